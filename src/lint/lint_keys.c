/* Keys: BR 6.1.1.3, 6.1.5, 6.1.6; RFC 3279, RFC 5480. The weak-key tests are those that need nothing but
 * the modulus: small factors, primes close together (Fermat, 100 rounds), and the fingerprint of ROCA
 * (Nemec et al. 2017: residues of the modulus are powers of 65537 for each of the small primes). */
#include <openssl/bn.h>

#include "lint/lint.h"
#include "base/attr.h"

enum { SMALL_PRIME_MAX = 752, FERMAT_ROUNDS = 100, MODULUS_MAX = 2048 };

static bool is_rsa(const struct lint_case *c)
{
	return (c->cert->key.type == KEY_TYPE_RSA || c->cert->key.type == KEY_TYPE_RSA_PSS) && c->cert->key.modulus.n > 0;
}

const char *lint_key_algorithm(const struct lint_case *c)
{
	enum cert_key_type type = c->cert->key.type;

	return type == KEY_TYPE_RSA || type == KEY_TYPE_EC ? NULL : c->cert->key.name ? c->cert->key.name : "unknown";
}

const char *lint_rsa_bits(const struct lint_case *c)
{
	if (!is_rsa(c))
		return LINT_NOT_APPLICABLE;
	return c->cert->key.bits >= 2048 ? NULL : arena_printf(c->arena, "%u bits", c->cert->key.bits);
}

const char *lint_rsa_multiple_of_8(const struct lint_case *c)
{
	if (!is_rsa(c))
		return LINT_NOT_APPLICABLE;
	return c->cert->key.bits % 8 == 0 ? NULL : arena_printf(c->arena, "%u bits", c->cert->key.bits);
}

const char *lint_rsa_exponent(const struct lint_case *c)
{
	struct span e = c->cert->key.exponent;

	if (!is_rsa(c))
		return LINT_NOT_APPLICABLE;
	if (e.n == 0 || !(e.p[e.n - 1] & 1))
		return "it is even";
	return e.n == 1 && e.p[0] < 3 ? "it is 1" : NULL;
}

const char *lint_rsa_exponent_range(const struct lint_case *c)
{
	struct span e = c->cert->key.exponent;
	unsigned value = 0;

	if (!is_rsa(c))
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < e.n && i < 4; i++)
		value = value << 8 | e.p[i];
	if (e.n <= 3 && value < 65537)
		return arena_printf(c->arena, "it is %u", value);
	return e.n > 32 ? "it is longer than 256 bits" : NULL;
}

static unsigned modulus_mod(struct span modulus, unsigned divisor)
{
	unsigned rest = 0;

	for (size_t i = 0; i < modulus.n; i++)
		rest = (rest << 8 | modulus.p[i]) % divisor;
	return rest;
}

static bool is_prime(unsigned n)
{
	for (unsigned d = 2; d * d <= n; d++)
		if (n % d == 0)
			return false;
	return n > 1;
}

const char *lint_rsa_small_factor(const struct lint_case *c)
{
	if (!is_rsa(c))
		return LINT_NOT_APPLICABLE;
	for (unsigned p = 2; p < SMALL_PRIME_MAX; p++)
		if (is_prime(p) && modulus_mod(c->cert->key.modulus, p) == 0)
			return arena_printf(c->arena, "it divides by %u", p);
	return NULL;
}

/* n = a^2 - b^2 with a just above the root of n. */
static bool factors_by_fermat(const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *a = BN_CTX_get(ctx), *rest = BN_CTX_get(ctx), *root = BN_CTX_get(ctx), *low = BN_CTX_get(ctx), *t = BN_CTX_get(ctx);

	if (!t || !BN_one(low) || !BN_lshift(a, BN_value_one(), (BN_num_bits(n) + 1) / 2))
		return false;
	/* Newton from above: ends at the root rounded down. */
	for (int i = 0; i < 10000; i++) {
		if (!BN_div(t, NULL, n, a, ctx) || !BN_add(t, t, a) || !BN_rshift1(t, t))
			return false;
		if (BN_cmp(t, a) >= 0)
			break;
		BN_copy(a, t);
	}
	for (int i = 0; i < FERMAT_ROUNDS; i++) {
		if (!BN_sqr(rest, a, ctx) || !BN_sub(rest, rest, n))
			return false;
		if (!BN_is_negative(rest)) {
			if (!BN_lshift(root, BN_value_one(), (BN_num_bits(rest) + 1) / 2))
				return false;
			for (int k = 0; k < 10000 && !BN_is_zero(root); k++) {
				if (!BN_div(t, NULL, rest, root, ctx) || !BN_add(t, t, root) || !BN_rshift1(t, t))
					return false;
				if (BN_cmp(t, root) >= 0)
					break;
				BN_copy(root, t);
			}
			if (BN_sqr(t, root, ctx) && BN_cmp(t, rest) == 0)
				return true;
		}
		if (!BN_add_word(a, 1))
			return false;
	}
	return false;
}

const char *lint_rsa_close_primes(const struct lint_case *c)
{
	struct span modulus = c->cert->key.modulus;
	bool does_factor = false;
	BN_CTX *ctx;
	BIGNUM *n;

	/* An even modulus has its rule already; one too large costs too much. */
	if (!is_rsa(c) || modulus.n > MODULUS_MAX || !(modulus.p[modulus.n - 1] & 1))
		return LINT_NOT_APPLICABLE;
	n = BN_bin2bn(modulus.p, (int)modulus.n, NULL);
	ctx = BN_CTX_new();
	if (n && ctx) {
		BN_CTX_start(ctx);
		does_factor = factors_by_fermat(n, ctx);
		BN_CTX_end(ctx);
	}
	BN_CTX_free(ctx);
	BN_free(n);
	return does_factor ? "factored within 100 rounds" : NULL;
}

static bool is_power_of_65537(unsigned rest, unsigned prime)
{
	unsigned power = 1;

	for (unsigned i = 0; i < prime; i++) {
		if (power == rest)
			return true;
		power = power * (65537 % prime) % prime;
	}
	return false;
}

const char *lint_rsa_roca(const struct lint_case *c)
{
	/* Of the primes that the faulty library multiplies, those whose residues tell something. */
	static const uint8_t primes[] = { 11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157 };

	if (!is_rsa(c))
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < COUNT_OF(primes); i++)
		if (!is_power_of_65537(modulus_mod(c->cert->key.modulus, primes[i]), primes[i]))
			return NULL;
	return "its residues are all powers of 65537";
}

const char *lint_ec_curve(const struct lint_case *c)
{
	const char *name = c->cert->key.curve_name;

	if (c->cert->key.type != KEY_TYPE_EC)
		return LINT_NOT_APPLICABLE;
	if (name && (strcmp(name, "P-256") == 0 || strcmp(name, "P-384") == 0 || strcmp(name, "P-521") == 0))
		return NULL;
	return name ? name : "an unknown one";
}

const char *lint_ec_named(const struct lint_case *c)
{
	if (c->cert->key.type != KEY_TYPE_EC)
		return LINT_NOT_APPLICABLE;
	return c->cert->key.is_explicit_curve ? "explicit parameters" : NULL;
}

const char *lint_ec_point(const struct lint_case *c)
{
	if (c->cert->key.type != KEY_TYPE_EC || c->cert->key.bits_of_key.n == 0)
		return LINT_NOT_APPLICABLE;
	return c->cert->key.bits_of_key.p[0] == 4 ? NULL : arena_printf(c->arena, "its form is %u", c->cert->key.bits_of_key.p[0]);
}

const char *lint_rsa_parameters(const struct lint_case *c)
{
	if (c->cert->key.type != KEY_TYPE_RSA)
		return LINT_NOT_APPLICABLE;
	return span_equal(c->cert->key.parameters, span_of("\x05\x00", 2)) ? NULL : "RFC 3279 wants NULL";
}
