/* Keys by name: ec, ec:P-384, rsa, rsa:1024, rsa-pss, ed25519; weak ones are in pki_weak.c. */
#include <stdlib.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "pki.h"

static EVP_PKEY *key_rsa(const char *bits, bool is_pss)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, is_pss ? "RSA-PSS" : "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || EVP_PKEY_keygen_init(ctx) <= 0 || EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, atoi(bits)) <= 0 ||
	    EVP_PKEY_generate(ctx, &key) <= 0)
		lab_fail("cannot make an RSA key of %s bits", bits);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

static EVP_PKEY *key_rsa_shared(EVP_PKEY **slot)
{
	if (!*slot)
		*slot = key_rsa("2048", false);
	EVP_PKEY_up_ref(*slot);
	return *slot;
}

EVP_PKEY *pki_key(struct lab *lab, const char *kind, bool is_ca)
{
	EVP_PKEY *key = pki_key_weak(kind);

	if (key)
		return key;
	if (strcmp(kind, "rsa") == 0)
		return key_rsa_shared(is_ca ? &lab->pki->rsa_ca : &lab->pki->rsa_leaf);
	if (strncmp(kind, "rsa:", 4) == 0)
		return key_rsa(kind + 4, false);
	if (strcmp(kind, "rsa-pss") == 0)
		return key_rsa("2048", true);
	if (strcmp(kind, "ed25519") == 0)
		key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		key = EVP_EC_gen(strncmp(kind, "ec:", 3) == 0 ? kind + 3 : "P-256");
	if (!key)
		lab_fail("cannot make a key \"%s\"", kind);
	return key;
}

/* A pair that does not match: the public half of `shown` over a private half of its own. That is
 * what a server does whose certificate was renewed and whose key file was not; OpenSSL compares
 * only public halves when it loads the two. */
EVP_PKEY *pki_key_of_another(EVP_PKEY *shown)
{
	EVP_PKEY *other = EVP_EC_gen("P-256"), *pair = NULL;
	BIGNUM *secret = NULL;
	unsigned char *point = NULL;
	size_t n = EVP_PKEY_get1_encoded_public_key(shown, &point);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);

	if (!other || n == 0 || !build || !ctx || !EVP_PKEY_get_bn_param(other, OSSL_PKEY_PARAM_PRIV_KEY, &secret) ||
	    !OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, n) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, secret))
		lab_fail("cannot make a pair of keys that does not match");
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	if (EVP_PKEY_fromdata_init(ctx) <= 0 || EVP_PKEY_fromdata(ctx, &pair, EVP_PKEY_KEYPAIR, params) <= 0)
		lab_fail("cannot make a pair of keys that does not match");
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(other);
	BN_clear_free(secret);
	OPENSSL_free(point);
	return pair;
}
