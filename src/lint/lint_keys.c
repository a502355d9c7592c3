/* Keys: BR 6.1.1.3, 6.1.5, 6.1.6; RFC 3279, RFC 5480. The weak-key tests are those that need nothing but
 * the modulus: x509/rsa_modulus.h. */
#include <openssl/err.h>
#include <openssl/x509.h>

#include "lint/lint.h"
#include "base/attr.h"
#include "x509/rsa_modulus.h"

enum { SMALL_PRIME_MAX = 752 };

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

const char *lint_rsa_small_factor(const struct lint_case *c)
{
	unsigned factor;

	if (!is_rsa(c))
		return LINT_NOT_APPLICABLE;
	factor = rsa_modulus_small_factor(c->cert->key.modulus, SMALL_PRIME_MAX);
	return factor ? arena_printf(c->arena, "it divides by %u", factor) : NULL;
}

const char *lint_rsa_close_primes(const struct lint_case *c)
{
	struct span modulus = c->cert->key.modulus;

	/* An even modulus has its rule already. */
	if (!is_rsa(c) || !(modulus.p[modulus.n - 1] & 1))
		return LINT_NOT_APPLICABLE;
	return rsa_modulus_has_close_primes(modulus) ? "factored within 100 rounds" : NULL;
}

const char *lint_rsa_roca(const struct lint_case *c)
{
	if (!is_rsa(c))
		return LINT_NOT_APPLICABLE;
	return rsa_modulus_is_roca(c->cert->key.modulus) ? "its residues are all powers of 65537" : NULL;
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

/* OpenSSL takes no point that does not solve the equation of its curve. */
static bool is_on_curve(const struct cert_key *key)
{
	const uint8_t *p = key->spki.p;
	EVP_PKEY *pkey = d2i_PUBKEY(NULL, &p, (long)key->spki.n);

	EVP_PKEY_free(pkey);
	if (!pkey)
		ERR_clear_error();
	return pkey != NULL;
}

const char *lint_ec_point(const struct lint_case *c)
{
	const struct cert_key *key = &c->cert->key;

	if (key->type != KEY_TYPE_EC || key->bits_of_key.n == 0)
		return LINT_NOT_APPLICABLE;
	if (key->bits_of_key.p[0] != 4)
		return arena_printf(c->arena, "its form is %u", key->bits_of_key.p[0]);
	/* Of other curves OpenSSL may know nothing. */
	return lint_ec_curve(c) || is_on_curve(key) ? NULL : "it is not on the curve";
}

const char *lint_rsa_parameters(const struct lint_case *c)
{
	if (c->cert->key.type != KEY_TYPE_RSA)
		return LINT_NOT_APPLICABLE;
	return span_equal(c->cert->key.parameters, span_of("\x05\x00", 2)) ? NULL : "RFC 3279 wants NULL";
}
