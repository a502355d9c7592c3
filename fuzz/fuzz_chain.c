/* Several certificates as one chain, the way a server sends them (RFC 5246 7.4.2: each behind its length in three bytes), against a
 * trust store of the last of them; then TLSA records against what came out. */
#include <stdlib.h>

#include "base/rd.h"
#include "x509/chain.h"
#include "x509/tlsa.h"

enum { CERTS_MAX = 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	struct rd in = rd_of(span_of(data, size));
	struct span certs[CERTS_MAX];
	struct chain_input chain = { .sent = certs, .host = "www.example.org", .now_unix = 1795468608 };
	struct transcript_trust seen = { .is_known = true, .n_all = 1, .n_roots = 1 };
	struct transcript_root root = { .is_public = true };
	struct trust *trust;
	const struct chain_facts *facts;

	if (size > 64 << 10)
		return 0;
	chain.is_ip = rd_u8(&in) & 1;
	while (chain.n_sent < CERTS_MAX && rd_more(&in)) {
		struct rd one = rd_vec24(&in);

		certs[chain.n_sent++] = rd_rest(&one);
	}
	if (chain.n_sent == 0)
		return 0;
	arena = arena_new((size_t)256 << 20);
	root.der = certs[chain.n_sent - 1];
	seen.roots = &root;
	chain.trust = trust = trust_load_recalled(&seen);
	chain.host = chain.is_ip ? "192.0.2.1" : chain.host;
	facts = chain_facts_build(arena, &chain);
	if (!facts || facts->n_sent != chain.n_sent || facts->n_paths > CHAIN_PATHS_MAX)
		abort();
	for (size_t i = 0; i < chain.n_sent; i++)
		if (!tlsa_fault(certs[i]))
			tlsa_matches(facts, certs[i]);
	trust_free(trust);
	arena_free(arena);
	return 0;
}
