/* Key exchanges of a bent server: RSA with or without an oracle, DHE with any parameters, ECDHE on P-256
 * with or without a look at the point. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "base/rd.h"
#include "bent.h"
#include "hello.h"
#include "tls/codes.h"

enum { PREMASTER = 48, ALERT_BAD_MAC = 20, POINT = 65 };

/* ---- signatures --------------------------------------------------------------------------------------- */

static const struct {
	uint16_t scheme;
	const EVP_MD *(*hash)(void);
	const char *bend;
} rsa_schemes[] = {
	{0x0401, EVP_sha256, NULL}, {0x0501, EVP_sha384, NULL}, {0x0601, EVP_sha512, NULL},
	{0x0201, EVP_sha1, "sha1"}, {0x0101, EVP_md5, "md5"},
};

static bool sign(struct bent_peer *peer, const EVP_MD *hash, struct span params, struct wr *body)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t signature[1024];
	size_t n = sizeof signature;
	bool done = ctx && EVP_DigestSignInit(ctx, NULL, hash, NULL, bent_leaf_key(peer)) == 1 &&
		    EVP_DigestSignUpdate(ctx, peer->client_random, 32) == 1 &&
		    EVP_DigestSignUpdate(ctx, peer->server_random, 32) == 1 &&
		    EVP_DigestSignUpdate(ctx, params.p, params.n) == 1 && EVP_DigestSignFinal(ctx, signature, &n) == 1;

	EVP_MD_CTX_free(ctx);
	/* A fault of the arithmetic, every other time. */
	if (bends(peer, "crt-fault") && (peer->server_random[0] & 1))
		signature[n / 2] ^= 1;
	wr_u16(body, (uint16_t)n);
	wr_bytes(body, span_of(signature, n));
	return done && wr_ok(body);
}

static bool put_signature(struct bent_peer *peer, size_t start, struct wr *body)
{
	struct span params = span_of(body->p + start, body->n - start);

	if (peer->version < TLS_1_2)
		return sign(peer, EVP_md5_sha1(), params, body);
	if (!peer->hello.has_schemes && bends(peer, "sha1")) {
		wr_u16(body, 0x0201);
		return sign(peer, EVP_sha1(), params, body);
	}
	for (size_t i = 0; i < COUNT_OF(rsa_schemes); i++) {
		if (peer->hello.has_schemes && !span_has_u16(peer->hello.schemes, rsa_schemes[i].scheme))
			continue;
		if (rsa_schemes[i].bend && !bends(peer, rsa_schemes[i].bend))
			continue;
		wr_u16(body, rsa_schemes[i].scheme);
		return sign(peer, rsa_schemes[i].hash(), params, body);
	}
	return false;
}

/* ---- what is sent ---------------------------------------------------------------------------------------- */

static bool put_ecdh(struct bent_peer *peer, struct wr *body)
{
	unsigned char *point = NULL;
	size_t n;

	if (peer->bent->fixed_ecdh) {
		EVP_PKEY_up_ref(peer->bent->fixed_ecdh);
		peer->ecdh = peer->bent->fixed_ecdh;
	} else {
		peer->ecdh = EVP_EC_gen("prime256v1");
	}
	n = peer->ecdh ? EVP_PKEY_get1_encoded_public_key(peer->ecdh, &point) : 0;
	wr_u8(body, 3);
	wr_u16(body, 0x0017);
	wr_u8(body, (uint8_t)n);
	wr_bytes(body, span_of(point, n));
	OPENSSL_free(point);
	return n == POINT && put_signature(peer, 0, body);
}

static bool put_dh(struct bent_peer *peer, bool is_signed, struct wr *body)
{
	const struct bent *bent = peer->bent;
	BIGNUM *p = BN_bin2bn(bent->dh_p.p, (int)bent->dh_p.n, NULL),
	       *g = BN_bin2bn(bent->dh_g.p, (int)bent->dh_g.n, NULL);
	BIGNUM *y = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	uint8_t public[1024];
	bool done;

	peer->dh_x = BN_new();
	done = p && g && y && ctx && peer->dh_x && BN_rand(peer->dh_x, 200, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) &&
	       (!bends(peer, "dh-fixed") || BN_set_word(peer->dh_x, 0x7654321)) && BN_mod_exp(y, g, peer->dh_x, p, ctx);
	if (done) {
		wr_u16(body, (uint16_t)bent->dh_p.n);
		wr_bytes(body, bent->dh_p);
		wr_u16(body, (uint16_t)bent->dh_g.n);
		wr_bytes(body, bent->dh_g);
		wr_u16(body, (uint16_t)bent->dh_p.n);
		wr_bytes(body, span_of(public, (size_t)BN_bn2binpad(y, public, (int)bent->dh_p.n)));
	}
	BN_CTX_free(ctx);
	BN_free(y);
	BN_free(g);
	BN_free(p);
	return done && (!is_signed || put_signature(peer, 0, body));
}

bool bent_put_key_exchange(struct bent_peer *peer, struct wr *body)
{
	switch (peer->suite_code) {
	case 0x0018:
	case 0x001b:
	case 0x0034:
	case 0x003a: return put_dh(peer, false, body);
	case 0x0011:
	case 0x0014:
	case 0x0016:
	case 0x0033:
	case 0x0039:
	case 0x0067:
	case 0x009e: return put_dh(peer, true, body);
	case 0xc012:
	case 0xc013:
	case 0xc014:
	case 0xc027:
	case 0xc028:
	case 0xc02f:
	case 0xc030: return put_ecdh(peer, body);
	default: return true; /* none: static keys */
	}
}

/* ---- what comes back ---------------------------------------------------------------------------------------- */

/* 00 02, no zero in the padding, 00, 48 bytes; with the client's version. */
static bool is_sound_block(const struct bent_peer *peer, const uint8_t *block, size_t n)
{
	size_t zero = n - PREMASTER - 1;

	if (n < PREMASTER + 11 || block[0] != 0 || block[1] != 2 || block[zero] != 0)
		return false;
	for (size_t i = 2; i < zero; i++)
		if (block[i] == 0)
			return false;
	return block[zero + 1] == peer->hello.version >> 8 && block[zero + 2] == (peer->hello.version & 0xff);
}

static size_t take_rsa(struct bent_peer *peer, struct span body, uint8_t *premaster)
{
	struct rd rd = rd_of(body), inner = rd_vec16(&rd);
	struct span sealed = rd_rest(&inner);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(bent_leaf_key(peer), NULL);
	uint8_t block[1024];
	size_t n = sizeof block;
	bool open = rd_ok(&rd) && ctx && EVP_PKEY_decrypt_init(ctx) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1 &&
		    EVP_PKEY_decrypt(ctx, block, &n, sealed.p, sealed.n) == 1;
	bool is_sound = open && is_sound_block(peer, block, n);

	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	if (!is_sound && bends(peer, "robot"))
		return bent_alert(peer, 2, 47);
	if (open && bends(peer, "robot-weak") && block[1] == 2 && block[n - 2] == 0)
		return bent_alert(peer, 2, 47);
	/* RFC 5246 7.4.7.1: with a random one nobody can tell. */
	if (RAND_bytes(premaster, PREMASTER) != 1)
		return 0;
	if (is_sound)
		memcpy(premaster, block + n - PREMASTER, PREMASTER);
	return PREMASTER;
}

static size_t take_ecdh(struct bent_peer *peer, struct span body, uint8_t *premaster, size_t cap)
{
	struct rd rd = rd_of(body), inner = rd_vec8(&rd);
	struct span point = rd_rest(&inner);
	EVP_PKEY *other = EVP_PKEY_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(peer->ecdh, NULL);
	size_t n = cap;
	bool valid = rd_ok(&rd) && other && ctx && EVP_PKEY_copy_parameters(other, peer->ecdh) == 1 &&
		     EVP_PKEY_set1_encoded_public_key(other, point.p, point.n) == 1;

	if (!valid && bends(peer, "invalid-curve") && point.n == POINT) {
		/* A multiple of a point of order two: itself. */
		memcpy(premaster, point.p + 1, 32);
		n = 32;
	} else if (!valid) {
		n = bent_alert(peer, 2, 47);
	} else if (EVP_PKEY_derive_init(ctx) != 1 || EVP_PKEY_derive_set_peer(ctx, other) != 1 ||
		   EVP_PKEY_derive(ctx, premaster, &n) != 1) {
		n = 0;
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
	ERR_clear_error();
	return n;
}

static size_t take_dh(struct bent_peer *peer, struct span body, uint8_t *premaster)
{
	struct rd rd = rd_of(body), inner = rd_vec16(&rd);
	struct span public = rd_rest(&inner);
	BIGNUM *p = BN_bin2bn(peer->bent->dh_p.p, (int)peer->bent->dh_p.n, NULL),
	       *y = BN_bin2bn(public.p, (int)public.n, NULL);
	BIGNUM *secret = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	size_t n = 0;

	if (rd_ok(&rd) && p && y && secret && ctx && BN_mod_exp(secret, y, peer->dh_x, p, ctx))
		n = (size_t)BN_bn2bin(secret, premaster);
	BN_CTX_free(ctx);
	BN_free(secret);
	BN_free(y);
	BN_free(p);
	return n;
}

size_t bent_take_exchange(struct bent_peer *peer, struct span body, uint8_t *premaster, size_t cap)
{
	switch (peer->suite.exchange) {
	case RAW_RSA: return take_rsa(peer, body, premaster);
	case RAW_ECDHE: return take_ecdh(peer, body, premaster, cap);
	case RAW_DHE: return take_dh(peer, body, premaster);
	}
	return 0;
}
