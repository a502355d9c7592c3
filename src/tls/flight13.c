/* See flight13.h. */
#include "tls/flight13.h"

#include <openssl/evp.h>

#include "base/attr.h"
#include "tls/codes.h"
#include "tls/schedule13.h"

static const struct shape {
	uint16_t suite;
	bool ccm;
	uint8_t key_len, tag_len;
	const EVP_CIPHER *(*cipher)(void);
} shapes[] = {
	{ 0x1301, false, 16, 16, EVP_aes_128_gcm }, { 0x1302, false, 32, 16, EVP_aes_256_gcm },
	{ 0x1303, false, 32, 16, EVP_chacha20_poly1305 }, { 0x1304, true, 16, 16, EVP_aes_128_ccm },
	{ 0x1305, true, 16, 8, EVP_aes_128_ccm },
};

static const struct shape *shape_of(uint16_t suite)
{
	for (size_t i = 0; i < COUNT_OF(shapes); i++)
		if (shapes[i].suite == suite)
			return &shapes[i];
	return NULL;
}

/* ---- keys ---------------------------------------------------------------------------------------------- */

size_t flight13_message_hash(uint16_t suite, struct span hello, uint8_t out[FLIGHT13_MESSAGE_HASH_MAX])
{
	struct schedule13 s;

	schedule13_init(&s, schedule13_is_sha384(suite));
	out[0] = HS_MESSAGE_HASH;
	out[1] = out[2] = 0;
	out[3] = (uint8_t)s.n;
	return schedule13_digest(&s, &hello, 1, out + 4) ? 4 + s.n : 0;
}

bool flight13_start(struct flight13 *flight, const struct flight13_start *from)
{
	static const uint8_t zeros[EVP_MAX_MD_SIZE];
	const struct shape *shape = shape_of(from->suite);
	const struct span messages[] = { from->before, from->hello, from->server_hello };
	uint8_t transcript[EVP_MAX_MD_SIZE];
	struct schedule13 s;

	*flight = (struct flight13){ .suite = from->suite };
	if (!shape)
		return false;
	schedule13_init(&s, schedule13_is_sha384(from->suite));
	return schedule13_digest(&s, messages, COUNT_OF(messages), transcript) &&
	       schedule13_extract(&s, from->psk.n > 0 ? from->psk : span_of(zeros, s.n)) &&
	       schedule13_derive_empty(&s, "derived") &&
	       schedule13_extract(&s, from->secret.n > 0 ? from->secret : span_of(zeros, s.n)) &&
	       schedule13_derive(&s, "s hs traffic", span_of(transcript, s.n)) &&
	       schedule13_expand(&s, "key", span_of(NULL, 0), flight->key, shape->key_len) &&
	       schedule13_expand(&s, "iv", span_of(NULL, 0), flight->iv, sizeof flight->iv);
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
