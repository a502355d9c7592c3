/* Is the certificate for the host asked for: RFC 9525, RFC 6125. */
#include "rule/cert_parts.h"
#include "x509/name.h"

static void say_why_near(struct findings *findings, struct finding *f, const struct cert *leaf, const char *host)
{
	struct span name = span_str(host);

	for (size_t i = 0; i < leaf->n_san; i++) {
		struct span san = leaf->san[i].value;
		const char *text = general_name_text(findings->arena, &leaf->san[i]);

		if (leaf->san[i].type != SAN_DNS)
			continue;
		if (host_matches(san, name, HOST_MATCH_PUBLIC_SUFFIX | HOST_MATCH_TLD_WILDCARD))
			finding_evidence(findings, f, "%s would cover it, but clients take no wildcard right below a public suffix", text);
		else if (host_matches(san, name, HOST_MATCH_PARTIAL_WILDCARD))
			finding_evidence(findings, f, "%s would cover it, but browsers take a star as a whole label only", text);
		else if (san.n > 2 && san.p[0] == '*' && span_equal_nocase(span_sub(san, 2, san.n), name))
			finding_evidence(findings, f, "%s covers names below %s, not %s itself", text, host, host);
		else if (san.n > 1 && san.p[0] == '*' && name.n > san.n &&
			 span_equal_nocase(span_sub(name, name.n - san.n + 1, san.n), span_sub(san, 1, san.n)))
			finding_evidence(findings, f, "%s covers one label only, %s has more", text, host);
		else if (span_is_nocase(san, arena_printf(findings->arena, "www.%s", host)))
			finding_evidence(findings, f, "%s is covered, %s is not", text, host);
		else if (name.n > 4 && span_is_nocase(span_sub(name, 0, 4), "www.") &&
			 span_equal_nocase(span_sub(name, 4, name.n), san))
			finding_evidence(findings, f, "%s is covered, the name with www is not", text);
		else if (!host_name_is_valid(san))
			finding_evidence(findings, f, "\"%s\" is not written as a host name", text);
	}
}

static void say_mismatch(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct arena *arena = findings->arena;
	const char *names = cert_names_text(arena, facts->leaf, 8);
	struct finding *f = finding_add(findings, visit, "certificate.name-mismatch",
					arena_printf(arena, "The certificate is for %s, not for %s", names, facts->host));

	f->confidence = "certain";
	finding_evidence(findings, f, "asked for: %s", facts->host);
	finding_evidence(findings, f, "names in the certificate: %s", cert_names_text(arena, facts->leaf, 100));
	say_why_near(findings, f, facts->leaf, facts->host);
	cert_evidence(findings, f, facts->leaf);
}

static void say_no_san(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct finding *f = finding_add(findings, visit, "certificate.no-san", NULL);

	f->confidence = "certain";
	finding_evidence(findings, f, facts->leaf->has_san ? "subjectAltName holds neither a host name nor an address" :
							     "there is no subjectAltName extension");
	if (facts->leaf->version < 3)
		finding_evidence(findings, f, "the certificate is of version %d, which has no extensions", facts->leaf->version);
	if (facts->leaf->subject.common_name)
		finding_evidence(findings, f, "common name: %s", facts->leaf->subject.common_name);
	cert_evidence(findings, f, facts->leaf);
}

static void check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const struct cert *leaf = facts ? facts->leaf : NULL;
	bool no_san;

	(void)evidence;
	if (!leaf || !leaf->is_decoded || !facts->host)
		return;
	no_san = leaf->n_san_dns + leaf->n_san_ip == 0;
	if (no_san)
		say_no_san(visit, findings);
	if (!facts->name_matches && !(no_san && cert_common_name_matches(leaf, facts->host)))
		say_mismatch(visit, findings);
}

const struct rule rule_cert_names = { .name = "cert_names", .layer = LAYER_CERTIFICATE, .check = check };
