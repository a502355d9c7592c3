/* Over OpenSSL's EVP: see keypair.h. Shares: RFC 8446 4.2.8. */
#include "tls/keypair.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>

#include "base/attr.h"

struct key_pair {
	uint16_t group;
	EVP_PKEY *key;
	unsigned char *encoded;
	size_t n_encoded;
};

static const struct kind {
	uint16_t group;
	const char *type, *name;        /* name NULL: the type says it all */
} kinds[] = {
	{ 0x001d, "X25519", NULL }, { 0x001e, "X448", NULL }, { 0x0017, "EC", "prime256v1" }, { 0x0018, "EC", "secp384r1" },
	{ 0x0019, "EC", "secp521r1" }, { 0x001f, "EC", "brainpoolP256r1" }, { 0x0020, "EC", "brainpoolP384r1" },
	{ 0x0021, "EC", "brainpoolP512r1" }, { 0x0100, "DH", "ffdhe2048" }, { 0x0101, "DH", "ffdhe3072" },
	{ 0x0102, "DH", "ffdhe4096" }, { 0x0103, "DH", "ffdhe6144" }, { 0x0104, "DH", "ffdhe8192" },
};

static EVP_PKEY *generate(const struct kind *kind)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind->type, NULL);
	char name[24] = "";
	OSSL_PARAM params[2] = { OSSL_PARAM_END, OSSL_PARAM_END };
	EVP_PKEY *key = NULL;

	if (kind->name) {
		memcpy(name, kind->name, strlen(kind->name) + 1);
		params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0);
	}
	if (!ctx || EVP_PKEY_keygen_init(ctx) != 1 || EVP_PKEY_CTX_set_params(ctx, params) != 1 ||
	    EVP_PKEY_generate(ctx, &key) != 1)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return key;
}

bool key_pair_has_group(uint16_t group)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (kinds[i].group == group)
			return true;
	return false;
}

struct key_pair *key_pair_new(uint16_t group)
{
	struct key_pair *pair;
	EVP_PKEY *key = NULL;

	for (size_t i = 0; i < COUNT_OF(kinds) && !key; i++)
		if (kinds[i].group == group)
			key = generate(&kinds[i]);
	pair = key ? calloc(1, sizeof *pair) : NULL;
	if (!pair) {
		EVP_PKEY_free(key);
		return NULL;
	}
	pair->group = group;
	pair->key = key;
	pair->n_encoded = EVP_PKEY_get1_encoded_public_key(key, &pair->encoded);
	if (pair->n_encoded > 0)
		return pair;
	key_pair_free(pair);
	return NULL;
}

void key_pair_free(struct key_pair *pair)
{
	if (!pair)
		return;
	OPENSSL_free(pair->encoded);
	EVP_PKEY_free(pair->key);
	free(pair);
}

uint16_t key_pair_group(const struct key_pair *pair)
{
	return pair->group;
}

struct span key_pair_public(const struct key_pair *pair)
{
	return span_of(pair->encoded, pair->n_encoded);
}

size_t key_pair_derive(const struct key_pair *pair, struct span peer, uint8_t out[KEYPAIR_SECRET_MAX])
{
	EVP_PKEY *other = EVP_PKEY_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pair->key, NULL);
	unsigned pad = 1;
	OSSL_PARAM params[2] = { OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad), OSSL_PARAM_END };
	bool is_dh = pair->group >= 0x0100;
	size_t n = KEYPAIR_SECRET_MAX;

	/* Shares of one group are of one length; a finite-field secret keeps its leading zeros in TLS 1.3: RFC 8446 7.4.1. */
	if (!other || !ctx || peer.n != pair->n_encoded || EVP_PKEY_copy_parameters(other, pair->key) != 1 ||
	    EVP_PKEY_set1_encoded_public_key(other, peer.p, peer.n) != 1 || EVP_PKEY_derive_init(ctx) != 1 ||
	    (is_dh && EVP_PKEY_CTX_set_params(ctx, params) != 1) || EVP_PKEY_derive_set_peer(ctx, other) != 1 ||
	    EVP_PKEY_derive(ctx, out, &n) != 1)
		n = 0;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
	ERR_clear_error();
	return n;
}
