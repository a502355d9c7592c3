/* RSA keys that are known to be weak: primes close together (CVE-2022-26320), primes whose residues are
 * powers of 65537 (CVE-2017-15361). */
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "pki.h"

static EVP_PKEY *key_of_primes(const BIGNUM *p, const BIGNUM *q)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *n = BN_new(), *e = BN_new(), *d = BN_new(), *phi = BN_new(), *p1 = BN_dup(p), *q1 = BN_dup(q);
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *from = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *key = NULL;

	if (!ctx || !n || !e || !d || !phi || !p1 || !q1 || !BN_mul(n, p, q, ctx) || !BN_set_word(e, 65537) ||
	    !BN_sub_word(p1, 1) || !BN_sub_word(q1, 1) || !BN_mul(phi, p1, q1, ctx) ||
	    !BN_mod_inverse(d, e, phi, ctx) || !build || !from ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) ||
	    !OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_D, d))
		lab_fail("cannot make a weak RSA key");
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
	if (EVP_PKEY_fromdata_init(from) <= 0 || EVP_PKEY_fromdata(from, &key, EVP_PKEY_KEYPAIR, params) <= 0)
		lab_fail("cannot make a weak RSA key");
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	EVP_PKEY_CTX_free(from);
	BN_free(q1);
	BN_free(p1);
	BN_clear_free(phi);
	BN_clear_free(d);
	BN_free(e);
	BN_free(n);
	BN_CTX_free(ctx);
	return key;
}

static EVP_PKEY *key_close(void)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p = BN_new(), *q;
	EVP_PKEY *key;

	if (!ctx || !p || !BN_generate_prime_ex(p, 1024, 0, NULL, NULL, NULL) || !(q = BN_dup(p)))
		lab_fail("cannot make a prime");
	do
		BN_add_word(q, 2);
	while (BN_check_prime(q, ctx, NULL) != 1);
	key = key_of_primes(p, q);
	BN_free(q);
	BN_free(p);
	BN_CTX_free(ctx);
	return key;
}

/* k * M + (65537^a mod M), M the product of the primes that the fingerprint looks at. */
static BIGNUM *prime_of_65537(BN_CTX *ctx)
{
	BIGNUM *m = BN_new(), *base = BN_new(), *a = BN_new(), *p = BN_new();

	BN_set_word(m, 2);
	BN_set_word(base, 65537);
	for (BN_ULONG f = 3; f <= 167; f += 2) {
		bool is_prime = true;

		for (BN_ULONG d = 3; d * d <= f; d += 2)
			is_prime &= f % d != 0;
		if (is_prime)
			BN_mul_word(m, f);
	}
	do {
		if (!BN_rand(a, 128, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) || !BN_mod_exp(p, base, a, m, ctx) ||
		    !BN_rand(a, 1024 - BN_num_bits(m) + 1, BN_RAND_TOP_TWO, BN_RAND_BOTTOM_ANY) ||
		    !BN_mul(a, a, m, ctx) || !BN_add(p, p, a))
			lab_fail("cannot make a prime");
	} while (BN_check_prime(p, ctx, NULL) != 1);
	BN_free(a);
	BN_free(base);
	BN_free(m);
	return p;
}

static EVP_PKEY *key_roca(void)
{
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p = prime_of_65537(ctx), *q = prime_of_65537(ctx);
	EVP_PKEY *key = key_of_primes(p, q);

	BN_free(q);
	BN_free(p);
	BN_CTX_free(ctx);
	return key;
}

EVP_PKEY *pki_key_weak(const char *kind)
{
	return strcmp(kind, "rsa-close") == 0 ? key_close() : strcmp(kind, "rsa-roca") == 0 ? key_roca() : NULL;
}
