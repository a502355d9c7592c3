/* Revocation and logging: RFC 6960, RFC 5280 5, RFC 7633, RFC 6962. */
#include "base/timeutil.h"
#include "rule/cert_parts.h"
#include "x509/crl.h"

static void say_revoked(const struct visit *visit, struct findings *findings, size_t at, const char *who, int64_t when, int reason)
{
	char date[RFC3339_LEN];
	struct finding *f = cert_finding(findings, visit, "certificate.revoked", at, "has been revoked");

	finding_evidence(findings, f, "%s: revoked on %s, %s", who, when_format(date, when), revocation_reason(reason));
}

static void say_unusable(const struct evidence *evidence, const struct visit *visit, struct findings *findings, size_t at)
{
	struct finding *f = cert_finding(findings, visit, "certificate.wrong-key-usage", at + 1,
					 "may not sign revocation lists (keyUsage lacks cRLSign), though it signed the one given");

	cert_finding_strict(evidence, f);
}

static void check_crls(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;

	for (size_t at = 0; at + 1 < facts->best->n; at++) {
		for (size_t i = 0; i < facts->n_crls; i++) {
			struct crl_verdict v = crl_check(facts->crls[i], facts->best->certs[at], facts->best->certs[at + 1],
							 facts->now_unix);

			if (v.status == CRL_REVOKED)
				say_revoked(visit, findings, at, "the authority's revocation list", v.revoked_unix, v.reason);
			else if (v.status == CRL_NO_CRL_SIGN)
				say_unusable(evidence, visit, findings, at);
			if (v.status == CRL_REVOKED || v.status == CRL_NO_CRL_SIGN)
				break;
		}
	}
}

/* Firefox refuses a staple that is no good, but passes over one for another certificate. */
static void check_staple(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const struct ocsp_verdict *v = &facts->staple_verdict;
	struct finding *f;

	if (!facts->has_staple || v->status == OCSP_NONE || v->status == OCSP_GOOD || v->status == OCSP_UNVERIFIED)
		return;
	if (v->status == OCSP_REVOKED) {
		say_revoked(visit, findings, 0, "stapled OCSP answer", v->revoked_unix, v->reason);
		return;
	}
	f = finding_add(findings, visit, "certificate.staple-invalid",
			arena_printf(findings->arena, "The stapled revocation answer is no good: %s", v->why));
	f->confidence = "certain";
	f->fails = v->status != OCSP_OTHER_CERTIFICATE || facts->leaf->must_staple;
	finding_evidence(findings, f, "status of the staple: %s", ocsp_status_name(v->status));
	cert_evidence(findings, f, facts->leaf);
}

static void check_must_staple(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct attempt *at = visit->best ? visit->best->main : NULL;
	struct finding *f;

	if (evidence->from_file || !visit->chain->leaf->must_staple || visit->chain->has_staple)
		return;
	if (at && !at->offer.has_status_request)
		return;         /* not asked for, so nothing can be missed */
	f = cert_finding(findings, visit, "certificate.must-staple-missing", 0,
			 "demands a stapled OCSP answer (TLS feature status_request), and none came");
	finding_evidence(findings, f, "Firefox refuses it; most other clients carry on");
}

static void check_fetched(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct finding *f;

	if (facts->ocsp_url && facts->ocsp_verdict.status == OCSP_REVOKED && facts->staple_verdict.status != OCSP_REVOKED)
		say_revoked(visit, findings, 0, facts->ocsp_url, facts->ocsp_verdict.revoked_unix, facts->ocsp_verdict.reason);
	if (!facts->ocsp_error && !facts->crl_error)
		return;
	f = finding_add(findings, visit, "certificate.ocsp-unreachable", NULL);
	f->confidence = "certain";
	if (facts->ocsp_error)
		finding_evidence(findings, f, "%s: %s", facts->ocsp_url, facts->ocsp_error);
	if (facts->crl_error)
		finding_evidence(findings, f, "%s: %s", facts->crl_url, facts->crl_error);
}

static void check_transparency(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const struct attempt *at = visit->best ? visit->best->main : NULL;
	struct finding *f;

	if (!facts->best->is_public || facts->leaf->n_scts || (at && at->scts.n) || facts->has_staple)
		return;
	f = cert_finding(findings, visit, "certificate.ct-missing", 0, "carries no proof that it was logged publicly");
	f->confidence = evidence->from_file ? "likely" : "certain";
	finding_evidence(findings, f, "no signed certificate timestamps in the certificate%s",
			 evidence->from_file ? "" : ", the handshake or an OCSP answer");
}

static void check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	if (!visit->chain || !visit->chain->best)
		return;
	check_crls(evidence, visit, findings);
	check_staple(visit, findings);
	check_must_staple(evidence, visit, findings);
	check_fetched(visit, findings);
	check_transparency(evidence, visit, findings);
}

const struct rule rule_cert_status = { .name = "cert_status", .layer = LAYER_CERTIFICATE, .check = check };
