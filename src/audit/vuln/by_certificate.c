/* What follows from the certificates: weak RSA keys and chains. Nothing is sent. ROCA: Nemec et al.,
 * CCS 2017; close primes: Fermat's method, as in CVE-2022-26320. */
#include "audit/vuln/vuln.h"

#include <openssl/bn.h>

#include "x509/rsa_modulus.h"
#include "x509/cert.h"
#include "x509/chain.h"

enum { SHORT_BITS = 2048 };

struct keys {
	const struct cert *leaves[64];
	size_t n;
	unsigned n_rsa;
};

static void collect_keys(struct asking *asking, struct keys *keys)
{
	const struct audit *audit = asking_audit(asking);

	*keys = (struct keys){0};
	for (size_t i = 0; i < audit->n_certificates && keys->n < COUNT_OF(keys->leaves); i++) {
		const struct cert *leaf;

		if (audit->certificates[i].n_chain == 0)
			continue;
		leaf = cert_parse(arena_of(asking), audit->certificates[i].chain[0]);
		keys->leaves[keys->n++] = leaf;
		keys->n_rsa += leaf->key.modulus.n > 0;
	}
}

/* False where there is no RSA key to look at; says so. */
static bool has_rsa(struct asking *asking, struct audit_vulnerability *out, struct keys *keys)
{
	collect_keys(asking, keys);
	if (keys->n == 0)
		is_unknown(asking, out, "no certificate was seen");
	else if (keys->n_rsa == 0)
		is_not_applicable(asking, out, "no certificate has an RSA key");
	else
		note_exchange(asking, out, "looked at the RSA keys of %u certificates that were sent", keys->n_rsa);
	return keys->n_rsa > 0;
}

void vulnerability_roca(struct asking *asking, struct audit_vulnerability *out)
{
	struct keys keys;

	if (!has_rsa(asking, out, &keys))
		return;
	for (size_t i = 0; i < keys.n; i++)
		if (rsa_modulus_is_roca(keys.leaves[i]->key.modulus)) {
			is_vulnerable(
				asking, out,
				"the modulus of %s has the fingerprint of a flawed generator: its factors can be found",
				keys.leaves[i]->key.name);
			return;
		}
	is_not_vulnerable(asking, out, "no modulus has the fingerprint of the flawed generator");
}

static bool judge_rsa(struct asking *asking, struct audit_vulnerability *out, const struct cert_key *key)
{
	unsigned factor = rsa_modulus_small_factor(key->modulus, RSA_SMALL_MAX);

	if (factor > 0)
		is_vulnerable(asking, out, "the modulus of %s is divisible by %u", key->name, factor);
	else if (rsa_modulus_has_close_primes(key->modulus))
		is_vulnerable(asking, out, "the primes of %s lie close together: Fermat's method finds them at once",
			      key->name);
	else if (key->exponent.n == 1 && key->exponent.p[0] == 1)
		is_vulnerable(asking, out, "the exponent of %s is 1", key->name);
	else if (key->bits < SHORT_BITS)
		is_vulnerable(asking, out, "%s is shorter than 2048 bits", key->name);
	else
		return false;
	return true;
}

void vulnerability_weak_rsa_other(struct asking *asking, struct audit_vulnerability *out)
{
	struct keys keys;

	if (!has_rsa(asking, out, &keys))
		return;
	for (size_t i = 0; i < keys.n; i++)
		if (keys.leaves[i]->key.modulus.n > 0 && judge_rsa(asking, out, &keys.leaves[i]->key))
			return;
	for (size_t i = 0; i < keys.n; i++)
		for (size_t k = i + 1; k < keys.n; k++)
			if (rsa_moduli_share_factor(keys.leaves[i]->key.modulus, keys.leaves[k]->key.modulus)) {
				is_vulnerable(asking, out, "two keys of this server share a prime");
				return;
			}
	is_not_vulnerable(asking, out, "2048 bits or more, no small factor, no close primes, a sound exponent");
}

/* The lists of 2008 hold 32,767 keys for each size and kind of machine, more than a program carries. */
void vulnerability_debian_weak_key(struct asking *asking, struct audit_vulnerability *out)
{
	struct keys keys;

	if (has_rsa(asking, out, &keys))
		is_unknown(asking, out, "the list of keys that Debian made in 2006 to 2008 was not given");
}

/* A faulty signature among good ones gives the key away; what is wrong with it is not computed. */
void vulnerability_rsa_crt_leak(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit *audit = asking_audit(asking);
	unsigned n_good = audit->n_signatures_good, n_bad = audit->n_signatures_bad;

	if (n_good + n_bad > 0)
		note_exchange(asking, out, "verified the RSA signatures of %u key exchanges: %u good, %u bad", n_good + n_bad, n_good, n_bad);
	if (n_bad > 1 && n_good > 0)
		is_vulnerable(asking, out, "%u of %u signatures do not verify: each may give the private key away", n_bad, n_good + n_bad);
	else if (n_bad == 1 && n_good > 0)
		is_unknown(asking, out, "one of %u signatures does not verify: a fault of its key, or of the way here", n_good + n_bad);
	else if (n_bad > 0)
		is_unknown(asking, out, "no signature verifies: the key is rather another than faulty");
	else if (n_good > 0)
		is_not_vulnerable(asking, out, "each signature seen verifies");
	else if (audit_has_protocol(audit, TLS_1_3) == TRI_YES && has_tls_before_13(asking) == TRI_NO)
		is_unknown(asking, out, "its signatures in TLS 1.3 were not verified");
	else
		is_unknown(asking, out, "no RSA signature was seen");
}

/* ---- chains ------------------------------------------------------------------------------------------------ */

void vulnerability_cert_chain(struct asking *asking, struct audit_vulnerability *out)
{
	const struct chain_facts *facts = asking_run(asking)->visit->chain;
	const char *fault = NULL;

	if (!facts || !facts->best) {
		is_unknown(asking, out, "no certificate was judged");
		return;
	}
	if (facts->needs_aia || (!facts->is_trusted && facts->missing_below && facts->missing_is.is_root == TRI_NO))
		fault = "an intermediate certificate is missing";
	else if (facts->out_of_order)
		fault = "the certificates are not in order";
	else if (facts->best->n_problems > 0 && chain_problem_find(facts->best, CHAIN_EXPIRED, 1))
		fault = "an authority's certificate has expired";
	note_exchange(asking, out, "the Certificate message holds %zu certificates", facts->n_sent);
	if (fault)
		is_vulnerable(asking, out, "%s", fault);
	else
		is_not_vulnerable(asking, out,
				  facts->n_unneeded > 0 ? "complete and in order; some certificates are not needed"
							: "complete and in order");
}

void vulnerability_name_constraints_san(struct asking *asking, struct audit_vulnerability *out)
{
	const struct chain_facts *facts = asking_run(asking)->visit->chain;

	if (!facts || !facts->leaf) {
		is_unknown(asking, out, "no certificate was judged");
		return;
	}
	note_exchange(asking, out, "compared the subjectAltName of the leaf with %s",
		      asking_run(asking)->visit->target.host);
	judge(asking, out, facts->name_matches ? TRI_YES : TRI_NO, VULNERABILITY_NOT,
	      "the certificate is for this name", VULNERABILITY_VULNERABLE, "the certificate is for other names",
	      "the name");
}
