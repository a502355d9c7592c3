/* Certificates: decoded, shown, compared, and put through path building as a chain of one. */
#include "x509/chain.h"
#include "x509/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct span der = span_of(data, n);
	struct cert *cert = cert_parse(arena, der), **certs;
	struct chain_input in = { .sent = &der, .n_sent = 1, .host = "www.example.org", .now_unix = 1795468608 };

	name_text(arena, &cert->subject);
	cert_names_text(arena, cert, 10);
	name_constraints_broken(arena, cert, cert);
	cert_read_all(arena, der, &certs);
	chain_facts_build(arena, &in);
	arena_free(arena);
	return 0;
}
