/* Several machines behind one name: the same is asked several times, and what differs is seen. Beside the main exchange
 * always; and again where something failed, because a machine that fails now and then would look like one that minds what
 * a hello says. */
#include "probe/exchange.h"
#include "probe/specs.h"

/* ---- beside the main exchange ------------------------------------------------------------------------- */

/* TLS 1.2 shows the certificate in clear, so a repeat costs a hello and no cryptography. */
static void hello_sample(struct run *run, const void *ctx)
{
	const unsigned *nth = ctx;

	attempt_raw(run, "tls1.2-only", *nth, spec_tls12(run));
}

/* --samples: all that a browser would see, down to the fields of the answer. */
static void whole_sample(struct run *run, const void *ctx)
{
	const unsigned *nth = ctx;
	struct tls_session *session = NULL;
	struct conn *conn = NULL;
	struct attempt *at = attempt_full(run, "sample", *nth, &config_main, run->visit->target.servername, &session, &conn);

	if (!session)
		return;
	if (target_is_web(&run->visit->target)) {
		at->http = arena_new_of(run->probing->arena, struct http_evidence);
		http_head_over(run, session, conn, at, at->http);
	}
	tls_shutdown(session);
	tls_session_free(session);
	conn_close(conn);
}

static size_t add_sides(struct run *run, struct side *sides, unsigned n, void (*fn)(struct run *run, const void *ctx))
{
	unsigned *nth = arena_array(run->probing->arena, unsigned, n + 1);

	for (unsigned i = 0; i < n; i++) {
		nth[i] = i;
		sides[i] = (struct side){ run, fn, &nth[i] };
	}
	return n;
}

static bool always(const struct run *run)
{
	return run->endpoint != NULL;
}

static void backends_run(struct run *run)
{
	const struct probing *p = run->probing;
	struct side *sides = arena_array(p->arena, struct side, p->samples + PROBE_REPEATS + 1);
	size_t n = add_sides(run, sides, PROBE_REPEATS, hello_sample);

	n += add_sides(run, sides + n, p->samples, whole_sample);
	run_side_by_side(run, sides, n);
}

const struct probe probe_backends = {
	.name = "backends", .layer = LAYER_TLS, .stage = STAGE_OPEN, .connections = 3,
	.does = "connects several times and compares what answers",
	.wanted = always, .run = backends_run,
};

/* ---- once more, where something failed ---------------------------------------------------------------- */

enum { MORE = 6 };

/* Silence is asked again elsewhere (again.c), and costs time. */
static bool failed_loudly(const struct run *run, const char *name)
{
	const struct attempt *at = evidence_attempt(run->endpoint, name);

	return at && !at->done && at->mss == 0 && (at->fault == TLS_FAULT_RESET || at->fault == TLS_FAULT_CLOSED || at->fault == TLS_FAULT_ALERT);
}

/* The same name and the same wishes, and another certificate. */
static bool is_shown_another(const struct run *run)
{
	const struct attempt *main = run->endpoint->main, *old = evidence_attempt(run->endpoint, "tls1.2-only");

	return main && old && main->done && main->n_chain > 0 && old->n_chain > 0 && !span_equal(main->chain[0], old->chain[0]);
}

/* Does it fail every time. Where all hellos fail alike there is nothing to tell apart. */
static bool wants_more(const struct run *run)
{
	const struct attempt *old = evidence_attempt(run->endpoint, "tls1.2-only");

	if (!run->endpoint || attempt_dialogue_fault(run->endpoint->main) || evidence_answers_vary(run->endpoint))
		return false;
	if (is_shown_another(run))
		return true;
	return (failed_loudly(run, "chrome") || failed_loudly(run, "main")) &&
	       ((old && old->done) || !failed_loudly(run, "chrome") || !failed_loudly(run, "main"));
}

static void chrome_again(struct run *run, const void *ctx)
{
	const unsigned *nth = ctx;

	attempt_raw(run, "chrome", *nth + 1, spec_of_client(run, "chrome"));
}

static void main_again(struct run *run, const void *ctx)
{
	const unsigned *nth = ctx;

	(void)attempt_full(run, "main", *nth + 1, &config_main, run->visit->target.servername, NULL, NULL);
}

static void once_more_run(struct run *run)
{
	struct side sides[2 * MORE];
	bool has_chrome = failed_loudly(run, "chrome"), has_main = failed_loudly(run, "main") || is_shown_another(run);
	size_t n = has_chrome ? add_sides(run, sides, MORE, chrome_again) : 0;

	n += has_main ? add_sides(run, sides + n, MORE, main_again) : 0;
	run_side_by_side(run, sides, n);
}

const struct probe probe_once_more = {
	.name = "once-more", .layer = LAYER_TLS, .stage = STAGE_ISOLATE, .connections = 2 * MORE,
	.does = "sends what failed again: does it fail every time",
	.wanted = wants_more, .run = once_more_run,
};
