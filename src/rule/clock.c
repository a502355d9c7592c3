/* Is this machine's clock right? Certificates are judged by it. Others tell the time in what they send:
 * the Date of each server's HTTP answers (RFC 9110 6.6.1), and as a lower bound what somebody signed in
 * what would be our future: SCTs (RFC 6962 3.2), OCSP answers (RFC 6960 2.4). */
#include "base/rd.h"
#include "base/timeutil.h"
#include "rule/rule.h"
#include "x509/chain.h"

enum { SKEW_S = 300, BOUND_S = 3600, WITNESSES_MAX = 16 };

/* 2026-11-01: no clock that is right shows less to this program. */
#define RELEASED_UNIX 1793491200

struct witness {
	const char *who;
	int64_t ahead_s;        /* of our clock */
	bool is_bound;          /* at least so much ahead */
};

struct clock {
	const struct evidence *evidence;
	struct arena *arena;
	struct witness list[WITNESSES_MAX];
	size_t n;
};

static const char *header_of(const struct http_evidence *http, const char *name)
{
	for (size_t i = 0; i < http->n_headers; i++)
		if (strcmp(http->headers[i].name, name) == 0)
			return http->headers[i].value;
	return NULL;
}

static int64_t our_time(const struct clock *clock)
{
	return clock->evidence->started_unix + (int64_t)(clock->evidence->elapsed_ms / 1000);
}

static void add(struct clock *clock, const char *who, int64_t their_unix, bool is_bound)
{
	if (clock->n < WITNESSES_MAX)
		clock->list[clock->n++] = (struct witness){ who, their_unix - our_time(clock), is_bound };
}

/* One witness a server: two answers of one machine say the same thing twice. */
static bool is_heard(const struct clock *clock, const char *who)
{
	for (size_t i = 0; i < clock->n; i++)
		if (!clock->list[i].is_bound && strcmp(clock->list[i].who, who) == 0)
			return true;
	return false;
}

static void add_date(struct clock *clock, const struct visit *visit, const struct http_evidence *http)
{
	const char *date = header_of(http, "date");
	int64_t unix_seconds;

	if (date && !is_heard(clock, visit->target.host) && http_date_parse(date, &unix_seconds) &&
	    !header_of(http, "age"))
		add(clock, visit->target.host, unix_seconds, false);
}

static void add_bounds(struct clock *clock, const struct chain_facts *facts)
{
	int64_t sct = sct_times(facts->leaf->sct_list).last_unix, ocsp = facts->staple_verdict.this_update_unix;

	/* A log or a responder of the public web tells the time; a private one proves nothing. */
	if (!facts->is_trusted || !facts->best || !facts->best->is_public)
		return;
	if (sct - our_time(clock) > BOUND_S)
		add(clock, "a Certificate Transparency log (SCT of the certificate)", sct, true);
	if (ocsp - our_time(clock) > BOUND_S)
		add(clock, "the authority's OCSP answer", ocsp, true);
}

static int64_t absolute(int64_t n)
{
	return n < 0 ? -n : n;
}

/* How far off we are: what the first server says, if no server that answered disagrees. 0: not known. */
static int64_t agreed_skew(const struct clock *clock, size_t *n_agree)
{
	const struct witness *first = NULL;

	*n_agree = 0;
	for (size_t i = 0; i < clock->n; i++) {
		const struct witness *w = &clock->list[i];

		if (w->is_bound)
			continue;
		first = first ? first : w;
		if (absolute(w->ahead_s - first->ahead_s) > SKEW_S)
			return 0;
		++*n_agree;
	}
	for (size_t i = 0; first && i < clock->n; i++)
		if (clock->list[i].is_bound) {
			if (clock->list[i].ahead_s > first->ahead_s + BOUND_S)
				return 0;
			++*n_agree;
		}
	return first && absolute(first->ahead_s) > SKEW_S ? first->ahead_s : 0;
}

/* Do the dates of the path hold at that time. */
static bool dates_hold(const struct chain_facts *facts, int64_t at)
{
	for (size_t i = 0; i < facts->best->n; i++)
		if (at < facts->best->certs[i]->not_before_unix || at > facts->best->certs[i]->not_after_unix)
			return false;
	return true;
}

/* Ours says that the chain is not valid yet; by the others' it has expired, and that is the next thing to be seen. */
static bool has_expired_meanwhile(const struct chain_facts *facts, int64_t ours, int64_t theirs)
{
	const struct cert *leaf = facts->best->n > 0 ? facts->best->certs[0] : NULL;
	bool is_early = false;

	for (size_t i = 0; i < facts->best->n; i++)
		is_early |= ours < facts->best->certs[i]->not_before_unix;
	return leaf && is_early && theirs > leaf->not_after_unix;
}

static void evidence_lines(const struct clock *clock, struct findings *findings, struct finding *f)
{
	char time[RFC3339_LEN], length[40];

	finding_evidence(findings, f, "this machine: %s", when_format(time, our_time(clock)));
	for (size_t i = 0; i < clock->n; i++) {
		const struct witness *w = &clock->list[i];

		finding_evidence(findings, f, "%s: %s%s, %s %s", w->who, w->is_bound ? "signed at " : "",
				 when_format(time, our_time(clock) + w->ahead_s), duration_format(length, absolute(w->ahead_s)),
				 w->ahead_s > 0 ? "ahead" : "behind");
	}
}

static void clock_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct clock clock = { .evidence = evidence, .arena = findings->arena };
	const struct chain_facts *facts = visit->chain;
	bool is_about_dates, is_certain, is_likely, has_expired;
	struct finding *f;
	size_t n_agree;
	int64_t skew;

	/* --now asks about another time than ours. */
	if (evidence->from_file || evidence->visit != visit || evidence->now_unix != evidence->started_unix)
		return;
	for (const struct visit *v = visit; v; v = v->next) {
		add_date(&clock, v, &v->http);
		add_date(&clock, v, &v->http_fallback);
		add_date(&clock, v, &v->port80.http);
		if (v->chain && v->chain->leaf)
			add_bounds(&clock, v->chain);
	}
	skew = agreed_skew(&clock, &n_agree);
	is_certain = n_agree >= 2 || our_time(&clock) < RELEASED_UNIX;
	has_expired = skew != 0 && is_certain && facts && facts->best && has_expired_meanwhile(facts, evidence->now_unix, evidence->now_unix + skew);
	is_about_dates = skew != 0 && facts && facts->best && !dates_hold(facts, evidence->now_unix) &&
			 (dates_hold(facts, evidence->now_unix + skew) || has_expired);
	/* One server that is off by itself is that server's trouble. */
	if (skew == 0 || (n_agree < 2 && !is_about_dates))
		return;
	/* A single server may itself be the one whose clock is wrong: then its certificate is the cause. Devices that never
	 * heard of the time show a date of long ago. */
	is_likely = evidence->clock_steered == TRI_NO && our_time(&clock) + skew >= RELEASED_UNIX;
	f = finding_add(findings, visit, "client.clock-wrong", is_certain || is_likely ? NULL : "This machine's clock is wrong, or the server's");
	f->fails = is_about_dates && (is_certain || is_likely);
	f->confidence = is_certain ? "certain" : is_likely ? "likely" : "possible";
	if (!f->fails)
		f->severity = SEVERITY_LOW;
	evidence_lines(&clock, findings, f);
	if (!is_certain && is_likely)
		finding_evidence(findings, f, "no time service steers this machine's clock (adjtimex)");
	if (has_expired)
		finding_evidence(findings, f, "at the others' time the certificate has expired: that is to be mended as well");
	else if (is_about_dates)
		finding_evidence(findings, f, "the certificates' dates hold at the others' time and not at ours");
}

const struct rule rule_clock = { "clock", LAYER_CLIENT, clock_check };
