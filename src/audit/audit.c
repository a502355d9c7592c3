/* The order in which an audit asks. */
#include "audit/audit.h"

#include "audit/parts.h"
#include "audit/tickets.h"
#include "audit/vulnerability.h"
#include "base/attr.h"
#include "probe/http3.h"
#include "tls/codes.h"

static void checks_of_protocols(struct asking *asking)
{
	vulnerabilities_run_stage(asking, VULNERABILITY_BY_PROTOCOLS);
}

static void checks_of_suites(struct asking *asking)
{
	vulnerabilities_run_stage(asking, VULNERABILITY_BY_SUITES);
}

static void protocols_and_habits(struct asking *asking)
{
	audit_protocols(asking);
	ask_aside(asking, checks_of_protocols);
	if (!asking_spoke(asking, 0))
		audit_alpn(asking);
	if (!asking_spoke(asking, TLS_1_3))
		audit_tolerances(asking);
	audit_habits(asking);
	audit_names_done(asking);
}

/* What the diagnosis saw is enough to begin these with. */
static void alpn_at_once(struct asking *asking)
{
	ask_aside(asking, vulnerabilities_run_early);
	if (asking_spoke(asking, 0))
		audit_alpn(asking);
}

static void tolerances_at_once(struct asking *asking)
{
	if (asking_spoke(asking, TLS_1_3))
		audit_tolerances(asking);
}

static void suites_and_what_they_allow(struct asking *asking)
{
	audit_suites(asking);
	protocols_by_suites(asking_audit(asking));
	ask_aside(asking, checks_of_suites);
}

/* QUIC is there, or not, whoever says so: where nobody does, the diagnosis does not ask. */
static void quic_unasked(struct asking *asking)
{
	enum { TRIES = 2 };
	const struct visit *visit = asking_run(asking)->visit;

	if (!target_is_web(&visit->target) || visit->route || visit->quic.outcome != QUIC_NOT_ASKED)
		return;
	asking_audit(asking)->quic.port = visit->target.port;
	http3_ask(asking_run(asking), TRIES, &asking_audit(asking)->quic);
}

/* ---- a server that is no longer what it was --------------------------------------------------------- */

static void doubt_state(struct audit_state *state, const char *because)
{
	if (state->extent == AUDIT_NOT_ASKED)
		return;
	state->extent = AUDIT_PART;
	if (!state->because)
		state->because = because;
}

/* What was refused may have been refused because the server had begun to refuse everything. */
static void doubt_refusals(struct audit *audit, const char *because)
{
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++) {
		struct audit_protocol *p = &audit->protocols[i];

		doubt_state(&audit->suites[i].state, because);
		if (p->supported != TRI_NO)
			continue;
		p->supported = TRI_UNKNOWN;
		p->because = because;
	}
	for (size_t i = 0; i < 2; i++) {
		doubt_state(&audit->groups[i].state, because);
		doubt_state(&audit->schemes[i].state, because);
	}
	doubt_state(&audit->habits.alpn_state, because);
	if (audit->habits.sni_needed == TRI_YES)
		audit->habits.sni_needed = TRI_UNKNOWN;
	if (audit->habits.unknown_sni_refused == TRI_YES)
		audit->habits.unknown_sni_refused = TRI_UNKNOWN;
	for (size_t i = 0; i < audit->n_tolerances; i++) {
		if (audit->tolerances[i].tolerant != TRI_NO)
			continue;
		audit->tolerances[i].tolerant = TRI_UNKNOWN;
		audit->tolerances[i].because = because;
	}
}

/* The same of what else rests on a hello that was refused. */
static void doubt_verdicts(struct audit *audit, const char *because)
{
	static const struct { const char *id; enum vulnerability_status status; } by_refusal[] = {
		{ "record_version_intol", VULNERABILITY_VULNERABLE }, { "f5_hello_256_511", VULNERABILITY_VULNERABLE },
		{ "split_hello", VULNERABILITY_VULNERABLE }, { "version_intolerance", VULNERABILITY_VULNERABLE },
		{ "grease_intolerance", VULNERABILITY_VULNERABLE }, { "sni_intolerance", VULNERABILITY_VULNERABLE },
		{ "sigalg_noext", VULNERABILITY_NOT },
	};

	for (size_t i = 0; i < audit->n_vulnerabilities; i++)
		for (size_t k = 0; k < COUNT_OF(by_refusal); k++) {
			struct audit_vulnerability *v = &audit->vulnerabilities[i];

			if (strcmp(v->id, by_refusal[k].id) != 0 || v->status != by_refusal[k].status)
				continue;
			v->status = VULNERABILITY_UNKNOWN;
			v->because = because;
		}
}

static const char *why_doubt(struct asking *asking)
{
	if (asking_still_answers(asking))
		return NULL;
	if (asking_stopped(asking))
		return asking_stopped(asking);
	return asking_was_taken(asking) ? "at the end the server refused the very hello that it had taken at first" :
		"the server took no hello at all: it may take nothing of us, or nothing of anybody";
}

/* ---- a server that became another half-way ------------------------------------------------------------- */

struct again {
	uint16_t version;
	unsigned nth;
	bool differs;
};

static bool is_clear(const struct attempt *at)
{
	return at->fault == TLS_FAULT_ALERT || (at->has_server_hello && at->fault == TLS_FAULT_NONE);
}

static void ask_again(struct asking *asking, void *ctx)
{
	struct again *again = ctx;
	const struct hello_spec *spec = hello_common(asking, again->version);
	const struct attempt *first = ask_hello_before(asking, spec), *last;

	if (!first || !is_clear(first))
		return;
	last = ask_hello_nth(asking, "version", spec, again->nth);
	again->differs = is_clear(last) && (first->has_server_hello != last->has_server_hello || first->suite != last->suite);
}

/* Of the hellos that came first, the nth time: an old version's, and a new one's. */
static void look_again(struct asking *asking, unsigned nth)
{
	struct again all[] = { { .version = TLS_1_1, .nth = nth }, { .version = TLS_1_2, .nth = nth }, { .version = TLS_1_3, .nth = nth } };

	if (asking_stopped(asking))
		return;
	ask_all(asking, ask_again, all, COUNT_OF(all), sizeof *all);
	for (size_t i = 0; i < COUNT_OF(all); i++)
		asking_audit(asking)->is_another |= all[i].differs;
}

/* Beside the last questions rather than behind them; where others were asked after it, once more. */
static void look_at_the_end(struct asking *asking)
{
	enum { EARLY = 4 };
	const struct audit *audit = asking_audit(asking);
	unsigned n;

	asking_wait_idle(asking, EARLY);
	look_again(asking, 1);
	n = audit->n_connections;
	asking_wait_over(asking);
	if (audit->n_connections != n)
		look_again(asking, 2);
}

static void doubt_change(struct audit *audit)
{
	struct audit_habits *h = &audit->habits;

	/* Nor is it known whether the one that was shown a session was the one that gave it. */
	h->tickets = h->tickets == TRI_NO ? TRI_UNKNOWN : h->tickets;
	h->session_ids = h->session_ids == TRI_NO ? TRI_UNKNOWN : h->session_ids;
	h->resumption_tls13 = h->resumption_tls13 == TRI_NO ? TRI_UNKNOWN : h->resumption_tls13;
	doubt_refusals(audit, "at the end the server answered otherwise than at first: another answers in its place, or its "
			      "configuration was changed meanwhile");
	doubt_verdicts(audit, "the server answered otherwise at the end than at first");
}

/* ---- all of it -------------------------------------------------------------------------------------------- */

static void sets_and_habits(struct asking *asking)
{
	static void (*const parts[])(struct asking *) = {
		protocols_and_habits, alpn_at_once, tolerances_at_once, suites_and_what_they_allow, audit_groups, audit_schemes
	};

	ask_parts(asking, parts, COUNT_OF(parts));
	audit_suites_again(asking);
	audit_groups_again(asking);
	audit_schemes_again(asking);
	protocols_by_suites(asking_audit(asking));
	asking_is_over(asking);
}

struct asking *audit_begin(struct run *run)
{
	static void (*const parts[])(struct asking *) = { audit_resumption, sets_and_habits, look_at_the_end };
	struct probing *p = run->probing;
	struct audit *audit = run->endpoint->audit = arena_new_of(p->arena, struct audit);
	double start = net_now_ms(&p->net);
	struct asking *asking;

	audit->endpoint = run->endpoint;
	if (run->endpoint->tcp.outcome != TCP_CONNECTED) {
		audit->gave_up = "no TCP connection";
		return NULL;
	}
	asking = asking_new(run, audit, p->audit_pool, p->audit_delay_ms);
	vulnerabilities_begin(asking);
	(void)asking_speaks_tls(asking);
	ask_aside(asking, quic_unasked);
	ask_parts(asking, parts, COUNT_OF(parts));
	audit->elapsed_ms = net_now_ms(&p->net) - start;
	return asking;
}

void audit_end(struct asking *asking)
{
	struct net *net = &asking_run(asking)->probing->net;
	struct audit *audit = asking_audit(asking);
	double start = net_now_ms(net);
	const char *because;

	because = why_doubt(asking);
	if (because)
		doubt_refusals(audit, because);
	habits_of_diagnosis(asking);
	collect_finish(asking);
	vulnerabilities_run_stage(asking, VULNERABILITY_BY_ALL);
	ask_aside_wait(asking);
	habits_of_asides(asking);
	vulnerabilities_run_stage(asking, VULNERABILITY_BY_ASIDE);
	vulnerabilities_end(asking);
	if (because)
		doubt_verdicts(audit, because);
	if (audit->is_another)
		doubt_change(audit);
	asking_finish(asking);
	audit->elapsed_ms += net_now_ms(net) - start;
}

void audit_run(struct run *run)
{
	struct asking *asking = audit_begin(run);

	if (asking)
		audit_end(asking);
}
