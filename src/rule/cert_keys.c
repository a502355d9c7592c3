/* Keys and signature algorithms that clients refuse. What OpenSSL at security level 2 (curl), Apple (RSA
 * 2048) and Chrome (curves) demand; RFC 9325 4.5, RFC 9155. */
#include "rule/cert_parts.h"

static bool is_rsa(const struct cert_key *key)
{
	return key->type == KEY_TYPE_RSA || key->type == KEY_TYPE_RSA_PSS;
}

static bool is_even_modulus(const struct cert_key *key)
{
	return key->modulus.n && !(key->modulus.p[key->modulus.n - 1] & 1);
}

static bool is_exponent_one(const struct cert_key *key)
{
	return key->exponent.n == 1 && key->exponent.p[0] < 3;
}

static const char *weakness(struct arena *arena, const struct cert_key *key)
{
	if (is_rsa(key) && key->bits < 2048)
		return arena_printf(arena, "has an RSA key of %u bits; 2048 are the least", key->bits);
	if (is_rsa(key) && (is_even_modulus(key) || is_exponent_one(key)))
		return "has an RSA key that anybody can break";
	if (key->type == KEY_TYPE_EC && key->bits && key->bits < 224)
		return "has a key on too small a curve";
	if (key->type == KEY_TYPE_DSA && key->bits < 2048)
		return "has a key of too few bits";
	return NULL;
}

/* Curves and kinds every mainstream client takes in a server's certificate. */
static bool is_supported(const struct cert_key *key, bool is_leaf)
{
	if (key->type == KEY_TYPE_RSA)
		return true;
	if (key->type != KEY_TYPE_EC || key->is_explicit_curve || !key->curve_name)
		return false;
	return strcmp(key->curve_name, "P-256") == 0 || strcmp(key->curve_name, "P-384") == 0 ||
	       (!is_leaf && strcmp(key->curve_name, "P-521") == 0);
}

static void check_key(const struct evidence *evidence, const struct visit *visit, struct findings *findings, size_t at)
{
	const struct cert_key *key = &visit->chain->best->certs[at]->key;
	const char *weak = weakness(findings->arena, key);
	struct finding *f = NULL;

	if (weak)
		f = cert_finding(findings, visit, "certificate.weak-key", at, weak);
	else if (!is_supported(key, at == 0))
		f = cert_finding(findings, visit, "certificate.unsupported-key", at,
				 arena_printf(findings->arena, "has a kind of key (%s) that not all browsers take", key->name));
	else if (is_rsa(key) && key->bits % 8)
		cert_finding_strict(evidence, f = cert_finding(findings, visit, "certificate.weak-key", at,
							       "has an RSA key whose size is no multiple of 8 bits (Baseline Requirements 6.1.5)"));
	if (f)
		finding_evidence(findings, f, "key: %s", key->name);
}

static bool hash_is_refused(enum cert_hash hash)
{
	return hash == HASH_UNKNOWN || hash == HASH_MD2 || hash == HASH_MD4 || hash == HASH_MD5 || hash == HASH_SHA1 ||
	       hash == HASH_SHA224;
}

static void check_signature(const struct visit *visit, struct findings *findings, size_t at)
{
	const struct chain_path *best = visit->chain->best;
	const struct cert *cert = best->certs[at];
	const char *name = cert_algorithm_name(findings->arena, &cert->signature_outer);

	if ((best->is_trusted && at + 1 == best->n) || cert->is_self_issued || !hash_is_refused(cert->signature_outer.hash))
		return;
	cert_finding(findings, visit, "certificate.weak-signature", at, arena_printf(findings->arena, "is signed with %s", name));
}

static void check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;

	for (size_t i = 0; facts && facts->best && i < facts->best->n; i++) {
		check_key(evidence, visit, findings, i);
		check_signature(visit, findings, i);
	}
}

const struct rule rule_cert_keys = { .name = "cert_keys", .layer = LAYER_CERTIFICATE, .check = check };
