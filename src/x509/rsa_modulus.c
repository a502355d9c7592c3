/* See rsa_modulus.h. Sizes are capped: a peer's modulus may be of any length. */
#include "x509/rsa_modulus.h"

#include <openssl/bn.h>

#include "base/attr.h"

enum { MODULUS_MAX = 2048, FERMAT_STEPS = 100 };

/* Four bytes at a time. */
static uint32_t remainder_by(struct span modulus, uint32_t divisor)
{
	uint64_t rest = 0;
	size_t i = 0;

	for (; i < modulus.n % 4; i++)
		rest = (rest << 8 | modulus.p[i]) % divisor;
	for (; i < modulus.n; i += 4)
		rest = (rest << 32 | (uint64_t)modulus.p[i] << 24 | (uint64_t)modulus.p[i + 1] << 16 | (uint64_t)modulus.p[i + 2] << 8 |
			modulus.p[i + 3]) % divisor;
	return (uint32_t)rest;
}

static bool is_power_of_65537(unsigned value, unsigned prime)
{
	unsigned power = 1;

	for (unsigned i = 0; i < prime; i++) {
		if (power == value)
			return true;
		power = power * (65537 % prime) % prime;
	}
	return false;
}

bool rsa_modulus_is_roca(struct span modulus)
{
	static const uint8_t primes[] = {3,   5,   7,	11,  13,  17,  19,  23,	 29,  31,  37,	41,  43,
					 47,  53,  59,	61,  67,  71,  73,  79,	 83,  89,  97,	101, 103,
					 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167};

	if (modulus.n < 32 || modulus.n > MODULUS_MAX)
		return false;
	for (size_t i = 0; i < COUNT_OF(primes); i++)
		if (!is_power_of_65537(remainder_by(modulus, primes[i]), primes[i]))
			return false;
	return true;
}

/* Primes are tried together as long as their product fits: one walk over the modulus for two or more of them. */
unsigned rsa_modulus_small_factor(struct span modulus, unsigned below)
{
	bool is_composite[RSA_SMALL_MAX] = { false };
	unsigned group[16];
	uint64_t product = 1;
	size_t n = 0;

	if (modulus.n < 3 || modulus.n > MODULUS_MAX)
		return 0;
	below = below < RSA_SMALL_MAX ? below : RSA_SMALL_MAX;
	for (unsigned d = 2; d <= below; d++) {
		if (n > 0 && (d == below || (!is_composite[d] && (product * d > UINT32_MAX || n == COUNT_OF(group))))) {
			uint32_t rest = remainder_by(modulus, (uint32_t)product);

			for (size_t i = 0; i < n; i++)
				if (rest % group[i] == 0)
					return group[i];
			product = 1;
			n = 0;
		}
		if (d == below || is_composite[d])
			continue;
		group[n++] = d;
		product *= d;
		for (unsigned k = 2 * d; k < below; k += d)
			is_composite[k] = true;
	}
	return 0;
}

/* The integer square root, by Newton's method from above. */
static bool square_root(BIGNUM *root, const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *next = BN_new();
	bool ok = next && BN_set_word(root, 0) && BN_set_bit(root, (BN_num_bits(n) + 1) / 2 + 1);

	for (unsigned i = 0; ok && i < 64; i++) {
		ok = BN_div(next, NULL, n, root, ctx) && BN_add(next, next, root) && BN_rshift1(next, next);
		if (!ok || BN_cmp(next, root) >= 0)
			break;
		ok = BN_copy(root, next) != NULL;
	}
	BN_free(next);
	return ok;
}

static bool is_residue(unsigned rest, unsigned modulus)
{
	for (unsigned k = 0; k <= modulus / 2; k++)
		if (k * k % modulus == rest)
			return true;
	return false;
}

/* Fewer than one number in a hundred passes that is no square. */
static bool may_be_square(const BIGNUM *n)
{
	enum { MODULI = 63 * 65 * 11 };
	unsigned rest = (unsigned)BN_mod_word(n, MODULI);

	return is_residue((unsigned)BN_mod_word(n, 64), 64) && is_residue(rest % 63, 63) && is_residue(rest % 65, 65) &&
	       is_residue(rest % 11, 11);
}

static bool is_square(const BIGNUM *n, BIGNUM *root, BIGNUM *square, BN_CTX *ctx)
{
	return may_be_square(n) && square_root(root, n, ctx) && BN_sqr(square, root, ctx) && BN_cmp(square, n) == 0;
}

/* n = a^2 - b^2 with a just above its root. */
static bool fermat(const BIGNUM *n, BN_CTX *ctx)
{
	BIGNUM *a = BN_new(), *b = BN_new(), *root = BN_new(), *square = BN_new();
	bool found = false, ok = a && b && root && square && square_root(a, n, ctx) && BN_add_word(a, 1);

	for (unsigned i = 0; ok && !found && i < FERMAT_STEPS; i++) {
		ok = BN_sqr(b, a, ctx) && BN_sub(b, b, n) && BN_add_word(a, 1);
		found = ok && is_square(b, root, square, ctx);
	}
	BN_free(square);
	BN_free(root);
	BN_free(b);
	BN_free(a);
	return found;
}

bool rsa_modulus_has_close_primes(struct span modulus)
{
	BIGNUM *n = modulus.n >= 32 && modulus.n <= MODULUS_MAX ? BN_bin2bn(modulus.p, (int)modulus.n, NULL) : NULL;
	BN_CTX *ctx = BN_CTX_new();
	bool found = n && ctx && BN_is_odd(n) && fermat(n, ctx);

	BN_CTX_free(ctx);
	BN_free(n);
	return found;
}

bool rsa_moduli_share_factor(struct span a, struct span b)
{
	bool in_size = a.n >= 32 && b.n >= 32 && a.n <= MODULUS_MAX && b.n <= MODULUS_MAX;
	BIGNUM *x = in_size ? BN_bin2bn(a.p, (int)a.n, NULL) : NULL,
	       *y = in_size ? BN_bin2bn(b.p, (int)b.n, NULL) : NULL;
	BIGNUM *common = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	bool shared = x && y && common && ctx && BN_cmp(x, y) != 0 && BN_gcd(common, x, y, ctx) && !BN_is_one(common);

	BN_CTX_free(ctx);
	BN_free(common);
	BN_free(y);
	BN_free(x);
	return shared;
}
