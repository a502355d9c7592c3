/* See hpke.h. */
#include "tls/hpke.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/wr.h"

enum { NONCE = 12, KEY_MAX = 32, LABELED_MAX = 4096 };

static const EVP_MD *hash_of(uint16_t kdf)
{
	return kdf == 1 ? EVP_sha256() : kdf == 2 ? EVP_sha384() : kdf == 3 ? EVP_sha512() : NULL;
}

static const EVP_CIPHER *cipher_of(uint16_t aead)
{
	return aead == 1 ? EVP_aes_128_gcm() : aead == 2 ? EVP_aes_256_gcm() : aead == 3 ? EVP_chacha20_poly1305() : NULL;
}

bool hpke_is_known(const struct hpke_suite *suite)
{
	return suite->kem == HPKE_X25519 && hash_of(suite->kdf) && cipher_of(suite->aead);
}

/* ---- labeled HKDF, RFC 9180 4 ---------------------------------------------------------------------------- */

struct labeled {
	const EVP_MD *hash;
	struct span suite_id;
};

static bool hmac(const struct labeled *l, struct span key, struct span data, uint8_t out[EVP_MAX_MD_SIZE])
{
	return HMAC(l->hash, key.n ? key.p : (const uint8_t *)"", (int)key.n, data.p, data.n, out, NULL) != NULL;
}

static void put_label(struct wr *wr, const struct labeled *l, const char *label)
{
	wr_bytes(wr, span_str("HPKE-v1"));
	wr_bytes(wr, l->suite_id);
	wr_bytes(wr, span_str(label));
}

static bool extract(const struct labeled *l, struct span salt, const char *label, struct span input, uint8_t out[EVP_MAX_MD_SIZE])
{
	uint8_t room[LABELED_MAX];
	struct wr wr = wr_of(room, sizeof room);

	put_label(&wr, l, label);
	wr_bytes(&wr, input);
	return wr_ok(&wr) && hmac(l, salt, wr_span(&wr), out);
}

/* No key here is longer than one block. */
static bool expand(const struct labeled *l, struct span secret, const char *label, struct span info, uint8_t *out, size_t n)
{
	uint8_t room[LABELED_MAX], block[EVP_MAX_MD_SIZE];
	struct wr wr = wr_of(room, sizeof room);

	wr_u16(&wr, (uint16_t)n);
	put_label(&wr, l, label);
	wr_bytes(&wr, info);
	wr_u8(&wr, 1);
	if (!wr_ok(&wr) || n > (size_t)EVP_MD_get_size(l->hash) || !hmac(l, secret, wr_span(&wr), block))
		return false;
	memcpy(out, block, n);
	return true;
}

/* ---- X25519 -------------------------------------------------------------------------------------------------- */

static bool public_of(EVP_PKEY *key, uint8_t out[HPKE_KEY])
{
	size_t n = HPKE_KEY;

	return EVP_PKEY_get_raw_public_key(key, out, &n) == 1 && n == HPKE_KEY;
}

static bool exchange(EVP_PKEY *own, struct span peer, uint8_t out[HPKE_KEY])
{
	EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer.p, peer.n);
	EVP_PKEY_CTX *ctx = theirs ? EVP_PKEY_CTX_new(own, NULL) : NULL;
	size_t n = HPKE_KEY;
	bool done = ctx && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, theirs) == 1 &&
		    EVP_PKEY_derive(ctx, out, &n) == 1 && n == HPKE_KEY;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(theirs);
	return done;
}

/* ---- keys, RFC 9180 4.1 and 5.1 ------------------------------------------------------------------------------- */

struct hpke_keys {
	uint8_t key[KEY_MAX], nonce[NONCE];
};

static bool shared_secret(const uint8_t dh[HPKE_KEY], struct span enc, struct span public_key, uint8_t out[32])
{
	static const uint8_t id[] = { 'K', 'E', 'M', 0x00, 0x20 };
	const struct labeled kem = { EVP_sha256(), span_of(id, sizeof id) };
	uint8_t prk[EVP_MAX_MD_SIZE], context[2 * HPKE_KEY];
	struct wr wr = wr_of(context, sizeof context);

	wr_bytes(&wr, enc);
	wr_bytes(&wr, public_key);
	return wr_ok(&wr) && extract(&kem, span_of(NULL, 0), "eae_prk", span_of(dh, HPKE_KEY), prk) &&
	       expand(&kem, span_of(prk, 32), "shared_secret", wr_span(&wr), out, 32);
}

static bool key_schedule(const struct hpke_suite *suite, const uint8_t shared[32], struct span info, struct hpke_keys *keys)
{
	uint8_t id[10], context[1 + 2 * EVP_MAX_MD_SIZE] = { 0 }, secret[EVP_MAX_MD_SIZE];
	struct wr wr = wr_of(id, sizeof id);
	struct labeled l = { hash_of(suite->kdf), { 0 } };
	size_t n = (size_t)EVP_MD_get_size(l.hash);
	struct span bound = span_of(context, 1 + 2 * n);
	uint8_t hash[EVP_MAX_MD_SIZE];

	wr_bytes(&wr, span_str("HPKE"));
	wr_u16(&wr, suite->kem);
	wr_u16(&wr, suite->kdf);
	wr_u16(&wr, suite->aead);
	l.suite_id = wr_span(&wr);
	if (!extract(&l, span_of(NULL, 0), "psk_id_hash", span_of(NULL, 0), hash))
		return false;
	memcpy(context + 1, hash, n);
	if (!extract(&l, span_of(NULL, 0), "info_hash", info, hash))
		return false;
	memcpy(context + 1 + n, hash, n);
	return extract(&l, span_of(shared, 32), "secret", span_of(NULL, 0), secret) &&
	       expand(&l, span_of(secret, n), "key", bound, keys->key, (size_t)EVP_CIPHER_get_key_length(cipher_of(suite->aead))) &&
	       expand(&l, span_of(secret, n), "base_nonce", bound, keys->nonce, NONCE);
}

/* ---- one message ------------------------------------------------------------------------------------------------- */

static bool crypt(const struct hpke_suite *suite, const struct hpke_keys *keys, bool seals, struct span aad, struct span text, uint8_t *out,
		  uint8_t tag[HPKE_TAG])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	bool done = ctx && EVP_CipherInit_ex(ctx, cipher_of(suite->aead), NULL, keys->key, keys->nonce, seals) == 1 &&
		    EVP_CipherUpdate(ctx, NULL, &n, aad.p, (int)aad.n) == 1 && EVP_CipherUpdate(ctx, out, &n, text.p, (int)text.n) == 1 &&
		    (seals || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, HPKE_TAG, tag) == 1) &&
		    EVP_CipherFinal_ex(ctx, out + n, &n) == 1 &&
		    (!seals || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, HPKE_TAG, tag) == 1);

	EVP_CIPHER_CTX_free(ctx);
	return done;
}

bool hpke_seal(const struct hpke_suite *suite, struct span public_key, struct span info, const uint8_t seed[HPKE_KEY], struct span aad,
	       struct span text, uint8_t enc[HPKE_KEY], uint8_t *out)
{
	uint8_t dh[HPKE_KEY], shared[32];
	struct hpke_keys keys;
	EVP_PKEY *own;
	bool done;

	if (!hpke_is_known(suite) || public_key.n != HPKE_KEY)
		return false;
	own = seed ? EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, seed, HPKE_KEY) : EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	done = own && public_of(own, enc) && exchange(own, public_key, dh) && shared_secret(dh, span_of(enc, HPKE_KEY), public_key, shared) &&
	       key_schedule(suite, shared, info, &keys) && crypt(suite, &keys, true, aad, text, out, out + text.n);
	EVP_PKEY_free(own);
	return done;
}

bool hpke_open(const struct hpke_suite *suite, struct span private_key, struct span enc, struct span info, struct span aad, struct span sealed,
	       uint8_t *out)
{
	uint8_t dh[HPKE_KEY], shared[32], public_key[HPKE_KEY], tag[HPKE_TAG];
	struct hpke_keys keys;
	EVP_PKEY *own;
	bool done;

	if (!hpke_is_known(suite) || private_key.n != HPKE_KEY || enc.n != HPKE_KEY || sealed.n < HPKE_TAG)
		return false;
	memcpy(tag, sealed.p + sealed.n - HPKE_TAG, HPKE_TAG);
	own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, private_key.p, HPKE_KEY);
	done = own && public_of(own, public_key) && exchange(own, enc, dh) && shared_secret(dh, enc, span_of(public_key, HPKE_KEY), shared) &&
	       key_schedule(suite, shared, info, &keys) && crypt(suite, &keys, false, aad, span_sub(sealed, 0, sealed.n - HPKE_TAG), out, tag);
	EVP_PKEY_free(own);
	return done;
}
