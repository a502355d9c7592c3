/* Dates of the certificates: RFC 5280 4.1.2.5; how long one may live: CA/B Baseline Requirements 6.3.2,
 * Apple's limits. */
#include "base/timeutil.h"
#include "rule/cert_parts.h"

static const char *date_id(const struct chain_facts *facts, const struct chain_problem *p)
{
	bool is_root = p->at > 0 && p->at + 1 == facts->best->n &&
		       (facts->is_trusted || facts->best->certs[p->at]->is_self_issued);

	if (p->fault == CHAIN_EXPIRED)
		return p->at == 0 ? "certificate.expired" : is_root ? "certificate.root-expired" : "certificate.intermediate-expired";
	return p->at == 0 ? "certificate.not-yet-valid" : "certificate.intermediate-not-yet-valid";
}

static void say_date(const struct evidence *evidence, const struct visit *visit, struct findings *findings,
		     const struct chain_problem *p)
{
	const struct chain_facts *facts = visit->chain;
	const struct cert *cert = facts->best->certs[p->at];
	bool expired = p->fault == CHAIN_EXPIRED;
	int64_t limit = expired ? cert->not_after_unix : cert->not_before_unix;
	int64_t apart = expired ? evidence->now_unix - limit : limit - evidence->now_unix;
	char from[RFC3339_LEN], to[RFC3339_LEN], now[RFC3339_LEN], span[40];
	const char *what = arena_printf(findings->arena, expired ? "expired on %s, %s ago" : "becomes valid on %s only, in %s",
					when_format(to, limit), duration_format(span, apart));
	struct finding *f = cert_finding(findings, visit, date_id(facts, p), p->at, what);

	finding_evidence(findings, f, "valid from %s to %s; judged at %s", when_format(from, cert->not_before_unix),
			 when_format(to, cert->not_after_unix), when_format(now, evidence->now_unix));
	if (cert->not_after_unix < cert->not_before_unix)
		finding_evidence(findings, f, "the end lies before the beginning: it is valid at no time");
}

/* A path around an expired certificate exists, but the expired one is sent as well. */
static void say_spare_expired(const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	struct finding *f;

	for (size_t i = 1; i < facts->n_sent; i++) {
		const struct cert *cert = facts->sent[i];

		if (!facts->is_unneeded[i] || !cert->is_decoded || cert->bad_time || cert->not_after_unix >= facts->now_unix)
			continue;
		f = finding_add(findings, visit, "certificate.unneeded-certificates",
				"An expired certificate is sent along, which today's clients pass over");
		f->confidence = "certain";
		f->severity = SEVERITY_LOW;
		cert_evidence(findings, f, cert);
		return;
	}
}

/* ---- length of life --------------------------------------------------------------------- */

static int64_t days_allowed(int64_t issued)
{
	static const struct {
		int64_t from;
		int64_t days;
	} limits[] = {
		{ 1868227200, 47 },     /* 2029-03-15 */
		{ 1805068800, 100 },    /* 2027-03-15 */
		{ 1773532800, 200 },    /* 2026-03-15 */
		{ 1598918400, 398 },    /* 2020-09-01 */
		{ 1519862400, 825 },    /* 2018-03-01 */
	};

	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		if (issued >= limits[i].from)
			return limits[i].days;
	}
	return 0;
}

static void say_life(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;
	const struct cert *leaf = facts->leaf;
	int64_t days = (leaf->not_after_unix - leaf->not_before_unix) / 86400;
	int64_t allowed = days_allowed(leaf->not_before_unix);
	bool is_public = facts->best->is_public, apple;
	struct finding *f;

	if (leaf->bad_time || allowed == 0 || days <= allowed)
		return;
	apple = days > 825 && leaf->not_before_unix >= 1561939200;      /* 2019-07-01 */
	f = cert_finding(findings, visit, "certificate.validity-too-long", 0,
			 arena_printf(findings->arena, "is valid for %lld days", (long long)days));
	f->fails = is_public || (apple && !evidence->from_file);
	finding_evidence(findings, f, "public authorities may give %lld days to a certificate of that date", (long long)allowed);
	if (!is_public)
		finding_evidence(findings, f, "the root is not one that browsers ship: %s", apple ?
				 "only Apple's systems refuse it, as they do anything over 825 days" :
				 "browsers do not apply this limit to it");
}

static void check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;

	if (!facts || !facts->best)
		return;
	for (size_t i = 0; i < facts->best->n_problems; i++) {
		const struct chain_problem *p = &facts->best->problems[i];

		if (p->fault == CHAIN_EXPIRED || p->fault == CHAIN_NOT_YET_VALID)
			say_date(evidence, visit, findings, p);
	}
	say_spare_expired(visit, findings);
	say_life(evidence, visit, findings);
}

const struct rule rule_cert_dates = { .name = "cert_dates", .layer = LAYER_CERTIFICATE, .check = check };
