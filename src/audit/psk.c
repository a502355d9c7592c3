/* See psk.h. RFC 8446 4.2.9 to 4.2.11. */
#include "audit/psk.h"

#include "tls/codes.h"
#include "tls/reply.h"

static struct hello_spec *hello_with_psk(struct asking *asking, const struct psk13 *psk, const char *sni, enum psk_mode mode)
{
	struct arena *arena = asking_run(asking)->probing->arena;
	struct hello_spec *spec = hello_common(asking, TLS_1_3);
	uint8_t *modes = arena_alloc(arena, 2);
	uint16_t *suite = arena_array(arena, uint16_t, 1);

	/* A suite of another hash would not do, and a server that follows the client might take one. */
	suite[0] = psk->suite;
	modes[0] = 1;
	modes[1] = (uint8_t)mode;
	spec->suites = suite;
	spec->n_suites = 1;
	spec->sni = sni;
	spec->psk = psk;
	hello_drop_extension(asking, spec, EXT_PSK_MODES);
	hello_add_extension(asking, spec, EXT_PSK_MODES, span_of(modes, 2));
	return spec;
}

const struct attempt *ask_with_psk(struct asking *asking, const char *name, const struct psk13 *psk, const char *sni,
				   enum psk_mode mode, bool early)
{
	struct hello_spec *spec = hello_with_psk(asking, psk, sni, mode);

	if (early)
		hello_add_extension(asking, spec, EXT_EARLY_DATA, span_of(NULL, 0));
	return ask_decrypted(asking, name, spec);
}

enum tri psk_is_taken(const struct attempt *at)
{
	struct span chosen;

	if (!at->has_server_hello || at->fault != TLS_FAULT_NONE || at->hello_retry)
		return TRI_UNKNOWN;
	return server_hello_extension(at->server_hello, EXT_PRE_SHARED_KEY, &chosen) ? TRI_YES : TRI_NO;
}
