/* See flight13.h. Every secret here is one block of HMAC long, so HKDF-Expand is one HMAC. */
#include "tls/flight13.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/attr.h"
#include "base/wr.h"

static const struct shape {
	uint16_t suite;
	bool sha384, ccm;
	uint8_t key_len, tag_len;
	const EVP_CIPHER *(*cipher)(void);
} shapes[] = {
	{ 0x1301, false, false, 16, 16, EVP_aes_128_gcm }, { 0x1302, true, false, 32, 16, EVP_aes_256_gcm },
	{ 0x1303, false, false, 32, 16, EVP_chacha20_poly1305 }, { 0x1304, false, true, 16, 16, EVP_aes_128_ccm },
	{ 0x1305, false, true, 16, 8, EVP_aes_128_ccm },
};

static const struct shape *shape_of(uint16_t suite)
{
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (shapes[i].suite == suite)
			return &shapes[i];
	return NULL;
}

/* ---- the key schedule ------------------------------------------------------------------------------ */

struct schedule {
	const EVP_MD *hash;
	size_t n;               /* of the hash */
	uint8_t secret[EVP_MAX_MD_SIZE];
};

static bool digest(const struct schedule *s, const struct span *parts, size_t n_parts, uint8_t out[EVP_MAX_MD_SIZE])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done = ctx && EVP_DigestInit_ex(ctx, s->hash, NULL) == 1;

	for (size_t i = 0; i < n_parts; i++)
		done = done && EVP_DigestUpdate(ctx, parts[i].p, parts[i].n) == 1;
	done = done && EVP_DigestFinal_ex(ctx, out, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	return done;
}

static bool hmac(const struct schedule *s, struct span key, struct span data, uint8_t out[EVP_MAX_MD_SIZE])
{
	return HMAC(s->hash, key.p, (int)key.n, data.p, data.n, out, NULL) != NULL;
}

/* HKDF-Expand-Label of the current secret, RFC 8446 7.1; `n` at most one block. */
static bool expand(const struct schedule *s, const char *label, struct span context, uint8_t *out, size_t n)
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
	if (!wr_ok(&wr) || n > s->n || !hmac(s, span_of(s->secret, s->n), wr_span(&wr), block))
		return false;
	memcpy(out, block, n);
	return true;
}

static bool derive(struct schedule *s, const char *label, struct span context)
{
	uint8_t next[EVP_MAX_MD_SIZE];

	if (!expand(s, label, context, next, s->n))
		return false;
	memcpy(s->secret, next, s->n);
	return true;
}

static bool extract(struct schedule *s, struct span input)
{
	uint8_t next[EVP_MAX_MD_SIZE];

	if (!hmac(s, span_of(s->secret, s->n), input, next))
		return false;
	memcpy(s->secret, next, s->n);
	return true;
}

bool flight13_start(struct flight13 *flight, uint16_t suite, struct span secret, struct span hello,
		    struct span server_hello)
{
	static const uint8_t zeros[EVP_MAX_MD_SIZE];
	const struct shape *shape = shape_of(suite);
	const struct span messages[] = { hello, server_hello };
	struct schedule s = { .hash = shape && shape->sha384 ? EVP_sha384() : EVP_sha256() };
	uint8_t empty[EVP_MAX_MD_SIZE], transcript[EVP_MAX_MD_SIZE];

	*flight = (struct flight13){ .suite = suite };
	if (!shape)
		return false;
	s.n = (size_t)EVP_MD_get_size(s.hash);
	return digest(&s, NULL, 0, empty) && digest(&s, messages, 2, transcript) &&
	       extract(&s, span_of(zeros, s.n)) && derive(&s, "derived", span_of(empty, s.n)) &&
	       extract(&s, secret) && derive(&s, "s hs traffic", span_of(transcript, s.n)) &&
	       expand(&s, "key", span_of(NULL, 0), flight->key, shape->key_len) &&
	       expand(&s, "iv", span_of(NULL, 0), flight->iv, sizeof flight->iv);
}

/* ---- records ------------------------------------------------------------------------------------------ */

static bool decrypt(const struct flight13 *flight, const struct shape *shape, const uint8_t nonce[12],
		    const uint8_t header[5], struct span body, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = (int)(body.n - shape->tag_len), n = 0;
	uint8_t tag[16];
	bool done;

	memcpy(tag, body.p + len, shape->tag_len);
	done = ctx && EVP_DecryptInit_ex(ctx, shape->cipher(), NULL, NULL, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, shape->tag_len, tag) == 1 &&
	       EVP_DecryptInit_ex(ctx, NULL, NULL, flight->key, nonce) == 1 &&
	       (!shape->ccm || EVP_DecryptUpdate(ctx, NULL, &n, NULL, len) == 1) &&
	       EVP_DecryptUpdate(ctx, NULL, &n, header, 5) == 1 &&
	       EVP_DecryptUpdate(ctx, out, &n, body.p, len) == 1 &&
	       (shape->ccm || EVP_DecryptFinal_ex(ctx, out + n, &n) == 1);
	EVP_CIPHER_CTX_free(ctx);
	return done;
}

long flight13_open(struct flight13 *flight, const uint8_t header[5], struct span body, uint8_t *out, uint8_t *type)
{
	const struct shape *shape = shape_of(flight->suite);
	uint8_t nonce[12];
	size_t n;

	if (!shape || body.n <= shape->tag_len || body.n > 16384 + 256)
		return -1;
	memcpy(nonce, flight->iv, sizeof nonce);
	for (int i = 0; i < 8; i++)
		nonce[11 - i] ^= (uint8_t)(flight->n_records >> 8 * i);
	if (!decrypt(flight, shape, nonce, header, body, out))
		return -1;
	flight->n_records++;
	/* Content, its type, zeros: RFC 8446 5.2. */
	for (n = body.n - shape->tag_len; n > 0 && out[n - 1] == 0; n--)
		;
	if (n == 0)
		return -1;
	*type = out[n - 1];
	return (long)n - 1;
}
