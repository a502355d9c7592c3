/* What the keys may be used for: RFC 5280 4.2.1.3, 4.2.1.9, 4.2.1.12. */
#include "rule/cert_parts.h"

static void check_eku(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const struct cert *leaf = facts->leaf;
	const struct chain_problem *p = chain_problem_find(facts->best, CHAIN_WRONG_EKU, 1);
	struct finding *f;

	if (p)
		cert_finding(findings, visit, "certificate.wrong-extended-key-usage", p->at,
			     "is limited to other uses than servers (extendedKeyUsage)");
	if (leaf->has_eku && !leaf->eku_server && !leaf->eku_any) {
		f = cert_finding(findings, visit, "certificate.wrong-extended-key-usage", 0,
				 "may not be used by a server (extendedKeyUsage)");
		finding_evidence(findings, f, "allowed:%s%s%s%s%s", leaf->eku_client ? " clientAuth" : "",
				 leaf->eku_email ? " emailProtection" : "", leaf->eku_code ? " codeSigning" : "",
				 leaf->eku_ocsp ? " OCSPSigning" : "", leaf->eku_time ? " timeStamping" : "");
	} else if ((!leaf->eku_server || leaf->eku_any) && leaf->version == 3 && !facts->leaf_self_signed && !leaf->is_ca) {
		f = cert_finding(findings, visit, "certificate.wrong-extended-key-usage", 0,
				 leaf->has_eku ? "allows any use (anyExtendedKeyUsage)" : "does not say that it is for servers");
		cert_finding_strict(evidence, f);
		finding_evidence(findings, f, "Apple's systems and the Baseline Requirements (7.1.2.7.10) want serverAuth named, and no wildcard");
	}
}

/* Suites without forward secrecy encrypt to the key; all others sign with it. */
static bool is_rsa_exchange(const struct visit *visit)
{
	const struct attempt *at = visit->best ? visit->best->main : NULL;
	uint16_t suite = at && at->has_server_hello && at->version != 0x0304 ? at->suite : 0;

	return (suite >= 0x0001 && suite <= 0x000a) || suite == 0x002f || suite == 0x0035 || suite == 0x003c ||
	       suite == 0x003d || suite == 0x009c || suite == 0x009d || suite == 0x0041 || suite == 0x0084;
}

static void check_key_usage(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const struct cert *leaf = facts->leaf;
	const struct chain_problem *p = chain_problem_find(facts->best, CHAIN_NO_CERT_SIGN, 1);
	bool encrypts = is_rsa_exchange(visit);
	uint32_t wanted = encrypts ? KU_BIT_KEY_ENCIPHERMENT : KU_BIT_DIGITAL_SIGNATURE;

	if (evidence->from_file)
		wanted |= KU_BIT_KEY_ENCIPHERMENT | KU_BIT_KEY_AGREEMENT;
	if (p)
		cert_finding(findings, visit, "certificate.wrong-key-usage", p->at, "may not sign certificates (keyUsage lacks keyCertSign)");
	if (leaf->has_key_usage && !(leaf->key_usage & wanted) && !(leaf->is_ca && evidence->from_file))
		cert_finding(findings, visit, "certificate.wrong-key-usage", 0,
			     encrypts ? "may not be used to encrypt keys (keyUsage lacks keyEncipherment)" :
					"may not sign handshakes (keyUsage lacks digitalSignature)");
	else if (leaf->has_key_usage && leaf->key_usage & KU_BIT_KEY_CERT_SIGN && !leaf->is_ca)
		cert_finding_strict(evidence, cert_finding(findings, visit, "certificate.wrong-key-usage", 0,
							   "claims keyCertSign without being an authority"));
}

static bool has_policy(const struct cert *cert, struct span oid)
{
	static const uint8_t any_policy[] = { 0x55, 0x1d, 0x20, 0x00 };

	for (size_t i = 0; i < cert->n_policies; i++)
		if (span_equal(cert->policies[i], oid) || span_equal(cert->policies[i], span_of(any_policy, sizeof any_policy)))
			return true;
	return false;
}

/* Does one policy of the leaf hold in each certificate below the root. Mappings are left to whoever has them. */
static bool has_common_policy(const struct chain_path *path)
{
	const struct cert *leaf = path->certs[0];

	for (size_t p = 0; p < leaf->n_policies; p++) {
		size_t at = 1;

		while (at + 1 < path->n && (has_policy(path->certs[at], leaf->policies[p]) || path->certs[at]->has_policy_mappings))
			at++;
		if (at + 1 >= path->n)
			return true;
	}
	return false;
}

/* An authority may demand that its chains name a policy from some depth on: RFC 5280 4.2.1.11, 6.1.3. */
static void check_policy(const struct visit *visit, struct findings *findings)
{
	const struct chain_path *path = visit->chain->best;
	struct finding *f;

	for (size_t at = path->n - 1; path->is_trusted && at-- > 1;) {
		const struct cert *ca = path->certs[at];

		if (ca->require_explicit_policy < 0 || (size_t)ca->require_explicit_policy >= at || has_common_policy(path))
			continue;
		f = cert_finding(findings, visit, "certificate.policy", at, "demands a certificate policy that the chain does not name");
		finding_evidence(findings, f, "requireExplicitPolicy: %d; policies of the server's certificate: %zu, none in all of the chain",
				 (int)ca->require_explicit_policy, path->certs[0]->n_policies);
		return;
	}
}

static void check_ca_leaf(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct finding *f;

	/* Where nobody trusts it that comes first; a file of roots that names no host is meant for no server. */
	if (!facts->leaf->is_ca || (facts->leaf_self_signed && (!facts->is_trusted || (evidence->from_file && (!facts->host || !facts->host[0])))))
		return;
	f = cert_finding(findings, visit, "certificate.ca-as-leaf", 0, "is an authority's (CA:TRUE)");
	finding_evidence(findings, f, facts->leaf_self_signed ? "browsers do not take a root that they trust for a server's own certificate; make one with CA:FALSE, issued by the root" :
								"Firefox refuses an authority's certificate as a server's; the other browsers load it");
	if (facts->n_sent > 1 && facts->sent[1]->is_decoded && !facts->sent[1]->is_ca)
		finding_evidence(findings, f, "the second certificate sent looks like the server's own: the file may be in the wrong order");
}

static void check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	if (!visit->chain || !visit->chain->best)
		return;
	check_eku(evidence, visit, findings);
	check_key_usage(evidence, visit, findings);
	check_ca_leaf(evidence, visit, findings);
	check_policy(visit, findings);
}

const struct rule rule_cert_use = { .name = "cert_use", .layer = LAYER_CERTIFICATE, .check = check };
