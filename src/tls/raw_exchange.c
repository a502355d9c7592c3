/* Key exchanges of our own: RSA (RFC 5246 7.4.7.1), DHE, ECDHE (RFC 8422 5.7). A fresh key for each. */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/rd.h"
#include "tls/keypair.h"
#include "tls/raw_client.h"
#include "x509/decoded.h"

enum { PREMASTER = 48, DH_MAX = 1024, PKCS1_ROOM = 11 };

/* ---- RSA ------------------------------------------------------------------------------------------------- */

static EVP_PKEY *key_of(struct span leaf)
{
	X509 *cert = x509_decoded(leaf, NULL);
	EVP_PKEY *key = cert ? X509_get_pubkey(cert) : NULL;

	X509_free(cert);
	ERR_clear_error();
	return key;
}

size_t raw_rsa_size(struct span leaf)
{
	EVP_PKEY *key = key_of(leaf);
	int n = key && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? EVP_PKEY_get_size(key) : 0;

	EVP_PKEY_free(key);
	return n > 0 ? (size_t)n : 0;
}

size_t raw_rsa_encrypt(struct span leaf, struct span block, uint8_t *out, size_t cap)
{
	EVP_PKEY *key = key_of(leaf);
	EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
	size_t n = cap;

	if (!ctx || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_encrypt_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) != 1 ||
	    EVP_PKEY_encrypt(ctx, out, &n, block.p, block.n) != 1)
		n = 0;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return n;
}

static bool make_rsa(struct raw_client *client, struct wr *body, uint8_t *premaster, size_t *n_premaster)
{
	size_t size = raw_rsa_size(client->hello.leaf), n;
	uint8_t *block, *sealed;

	if (size < PREMASTER + PKCS1_ROOM || size > DH_MAX)
		return false;
	block = arena_alloc(client->arena, size);
	sealed = arena_alloc(client->arena, size);
	RAND_bytes(block, (int)size);
	for (size_t i = 0; i < size; i++)
		block[i] |= 1;
	block[0] = 0;
	block[1] = 2;
	block[size - PREMASTER - 1] = 0;
	block[size - PREMASTER] = (uint8_t)(client->version >> 8);
	block[size - PREMASTER + 1] = (uint8_t)client->version;
	memcpy(premaster, block + size - PREMASTER, PREMASTER);
	*n_premaster = PREMASTER;
	n = raw_rsa_encrypt(client->hello.leaf, span_of(block, size), sealed, size);
	wr_u16(body, (uint16_t)n);
	wr_bytes(body, span_of(sealed, n));
	return n == size && wr_ok(body);
}

/* ---- DHE ---------------------------------------------------------------------------------------------------- */

/* The premaster loses its leading zeros here: RFC 5246 8.1.2. */
static bool compute_dh(struct span p, struct span g, struct span ys, struct wr *body, uint8_t *premaster,
		       size_t *n_premaster)
{
	BIGNUM *P = BN_bin2bn(p.p, (int)p.n, NULL), *G = BN_bin2bn(g.p, (int)g.n, NULL),
	       *Y = BN_bin2bn(ys.p, (int)ys.n, NULL);
	BIGNUM *x = BN_new(), *mine = BN_new(), *secret = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	bool done = P && G && Y && x && mine && secret && ctx && BN_is_odd(P) && !BN_is_one(P) &&
		    BN_rand(x, 256, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) && BN_mod_exp(mine, G, x, P, ctx) &&
		    BN_mod_exp(secret, Y, x, P, ctx) && !BN_is_zero(secret);

	if (done) {
		uint8_t buffer[DH_MAX];
		int n = BN_bn2bin(mine, buffer);

		wr_u16(body, (uint16_t)n);
		wr_bytes(body, span_of(buffer, (size_t)n));
		*n_premaster = (size_t)BN_bn2bin(secret, premaster);
	}
	BN_CTX_free(ctx);
	BN_free(secret);
	BN_free(mine);
	BN_free(x);
	BN_free(Y);
	BN_free(G);
	BN_free(P);
	return done && wr_ok(body);
}

static bool make_dh(struct raw_client *client, struct wr *body, uint8_t *premaster, size_t *n_premaster)
{
	struct rd rd = rd_of(client->hello.key_exchange), p = rd_vec16(&rd), g = rd_vec16(&rd), y = rd_vec16(&rd);

	if (!rd_ok(&rd) || p.n == 0 || p.n > DH_MAX || g.n > DH_MAX || y.n > DH_MAX)
		return false;
	return compute_dh(rd_rest(&p), rd_rest(&g), rd_rest(&y), body, premaster, n_premaster);
}

/* ---- ECDHE --------------------------------------------------------------------------------------------------- */

static bool make_ecdh(struct raw_client *client, struct wr *body, uint8_t *premaster, size_t *n_premaster)
{
	struct rd rd = rd_of(client->hello.key_exchange), point;
	uint8_t kind = rd_u8(&rd);
	uint16_t group = rd_u16(&rd);
	struct key_pair *pair;

	point = rd_vec8(&rd);
	if (!rd_ok(&rd) || kind != 3)
		return false;
	pair = key_pair_new(group);
	if (!pair)
		return false;
	wr_u8(body, (uint8_t)key_pair_public(pair).n);
	wr_bytes(body, key_pair_public(pair));
	*n_premaster = key_pair_derive(pair, rd_rest(&point), premaster);
	key_pair_free(pair);
	return *n_premaster > 0 && wr_ok(body);
}

bool raw_make_exchange(struct raw_client *client, struct wr *body, uint8_t *premaster, size_t *n_premaster)
{
	switch (client->suite.exchange) {
	case RAW_RSA: return make_rsa(client, body, premaster, n_premaster);
	case RAW_DHE: return make_dh(client, body, premaster, n_premaster);
	case RAW_ECDHE: return make_ecdh(client, body, premaster, n_premaster);
	}
	return false;
}
