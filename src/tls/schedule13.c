/* See schedule13.h. */
#include "tls/schedule13.h"

#include <openssl/hmac.h>

#include "base/wr.h"

void schedule13_init(struct schedule13 *s, bool sha384)
{
	*s = (struct schedule13){ .hash = sha384 ? EVP_sha384() : EVP_sha256() };
	s->n = (size_t)EVP_MD_get_size(s->hash);
}

bool schedule13_is_sha384(uint16_t suite)
{
	return suite == 0x1302;
}

bool schedule13_digest(const struct schedule13 *s, const struct span *parts, size_t n_parts, uint8_t out[EVP_MAX_MD_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done = ctx && EVP_DigestInit_ex(ctx, s->hash, NULL) == 1;

	for (size_t i = 0; i < n_parts; i++)
		done = done && EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
	done = done && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return done;
}

bool schedule13_hmac(const struct schedule13 *s, struct span key, struct span data, uint8_t out[EVP_MAX_MD_SIZE])
{
	return HMAC(s->hash, key.p, (int)key.n, data.p, data.n, out, NULL) != NULL;
}

bool schedule13_extract(struct schedule13 *s, struct span input)
{
	uint8_t next[EVP_MAX_MD_SIZE];

	if (!schedule13_hmac(s, span_of(s->secret, s->n), input, next))
		return false;
	memcpy(s->secret, next, s->n);
	return true;
}

bool schedule13_expand(const struct schedule13 *s, const char *label, struct span context, uint8_t *out, size_t n)
{
	uint8_t info[2 + 1 + 32 + 1 + EVP_MAX_MD_SIZE + 1], block[EVP_MAX_MD_SIZE];
	struct wr wr = wr_of(info, sizeof info);
	size_t mark;

	wr_u16(&wr, (uint16_t)n);
	mark = wr_open(&wr, 1);
	wr_bytes(&wr, span_str("tls13 "));
	wr_bytes(&wr, span_str(label));
	wr_close(&wr, mark, 1);
	mark = wr_open(&wr, 1);
	wr_bytes(&wr, context);
	wr_close(&wr, mark, 1);
	wr_u8(&wr, 1);
	if (!wr_ok(&wr) || n > s->n || !schedule13_hmac(s, span_of(s->secret, s->n), wr_span(&wr), block))
		return false;
	memcpy(out, block, n);
	return true;
}

bool schedule13_derive(struct schedule13 *s, const char *label, struct span context)
{
	uint8_t next[EVP_MAX_MD_SIZE];

	if (!schedule13_expand(s, label, context, next, s->n))
		return false;
	memcpy(s->secret, next, s->n);
	return true;
}

bool schedule13_derive_empty(struct schedule13 *s, const char *label)
{
	uint8_t empty[EVP_MAX_MD_SIZE];

	return schedule13_digest(s, NULL, 0, empty) && schedule13_derive(s, label, span_of(empty, s->n));
}
