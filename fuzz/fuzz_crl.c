/* Revocation lists. */
#include "x509/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct cert *cert = cert_parse(arena, span_of(data, n));
	struct crl crl = crl_parse(span_of(data, n));

	cert->issuer.raw = cert->subject.raw = crl.issuer;
	crl_check(span_of(data, n), cert, cert, 1795468608);
	arena_free(arena);
	return 0;
}
