/* See psk13.h. */
#include "tls/psk13.h"

#include "tls/codes.h"
#include "tls/schedule13.h"

static size_t binder_len(const struct psk13 *psk)
{
	return schedule13_is_sha384(psk->suite) ? 48 : 32;
}

void psk13_put(struct wr *wr, const struct psk13 *psk)
{
	size_t body, list, one;

	wr_u16(wr, EXT_PRE_SHARED_KEY);
	body = wr_open(wr, 2);
	list = wr_open(wr, 2);
	one = wr_open(wr, 2);
	wr_bytes(wr, psk->identity);
	wr_close(wr, one, 2);
	wr_u32(wr, psk->obfuscated_age);
	wr_close(wr, list, 2);
	list = wr_open(wr, 2);
	one = wr_open(wr, 1);
	wr_fill(wr, 0, binder_len(psk));
	wr_close(wr, one, 1);
	wr_close(wr, list, 2);
	wr_close(wr, body, 2);
}

bool psk13_bind(const struct psk13 *psk, uint8_t *message, size_t n)
{
	size_t len = binder_len(psk), cut = len + 3;    /* the list's length, one binder's length, the binder */
	uint8_t hash[EVP_MAX_MD_SIZE], finished[EVP_MAX_MD_SIZE], binder[EVP_MAX_MD_SIZE];
	struct span truncated;
	struct schedule13 s;

	if (n <= cut)
		return false;
	truncated = span_of(message, n - cut);
	schedule13_init(&s, schedule13_is_sha384(psk->suite));
	if (!schedule13_extract(&s, psk->key) || !schedule13_derive_empty(&s, "res binder") ||
	    !schedule13_expand(&s, "finished", span_of(NULL, 0), finished, len) ||
	    !schedule13_digest(&s, &truncated, 1, hash) ||
	    !schedule13_hmac(&s, span_of(finished, len), span_of(hash, len), binder))
		return false;
	memcpy(message + n - len, binder, len);
	return true;
}
