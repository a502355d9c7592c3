/* One exchange, and what is believed of it. What goes wrong on the way is of three kinds. A
 * connection that is refused says nothing of the hello: it is made again, later and slower. An end
 * without a word (reset, close, silence) may be the answer or the server's limit: it is believed only
 * where it comes again, with nothing else under way, between two answers to a hello that is known to
 * be answered. An alert or a ServerHello is an answer. */
#include "audit/asking.h"

#include "base/attr.h"
#include "tls/codes.h"

enum {
	PAUSE_FIRST_MS = 200, PAUSE_MAX_MS = 2000,
	CONTROLS_MAX = 5,       /* failures in a row before we leave the server alone */
	RECOVERIES_MAX = 60,    /* and altogether */
	PADDED_MAX = 3,
	MEANT_MIN = 3           /* ends that were proved to be meant, before others are taken at their word */
};

/* ---- one exchange ---------------------------------------------------------------------------------- */

static struct attempt *new_attempt(struct asking *asking, const char *name)
{
	struct attempt *at = arena_new_of(asking->run.probing->arena, struct attempt);

	at->name = name;
	return at;
}

static struct attempt *no_attempt(struct asking *asking, const char *name)
{
	struct attempt *at = new_attempt(asking, name);

	at->fault = TLS_FAULT_CONNECT;
	at->reason = asking->stopped;
	return at;
}

static bool is_answered(const struct attempt *at)
{
	return at->fault != TLS_FAULT_CONNECT && at->fault != TLS_FAULT_RESET && at->fault != TLS_FAULT_CLOSED &&
	       at->fault != TLS_FAULT_SILENT && at->fault != TLS_FAULT_STALLED;
}

void note_round(struct asking *asking, double began)
{
	if (began < asking->round_end_ms)
		return;
	asking->round_end_ms = net_now_ms(net_of(asking));
	asking->audit->n_rounds++;
}

struct conn *connect_in_slot(struct asking *asking, struct attempt *at)
{
	struct conn *conn = NULL;

	if (!asking->stopped) {
		conn = attempt_connect(&asking->run, at);
		asking->audit->n_connections++;
	}
	if (!conn) {
		at->fault = TLS_FAULT_CONNECT;
		slot_give(asking);
	}
	return conn;
}

void learn_answer(struct asking *asking, const struct attempt *at, const struct hello_spec *spec, double start)
{
	note_round(asking, start);
	collect_answer(asking, at);
	if (at->has_server_hello)
		asking->last_hello_ms = net_now_ms(net_of(asking));
	else if (start > asking->last_refusal_ms)
		asking->last_refusal_ms = start;
	if (is_answered(at) && start > asking->good_since_ms)
		asking->good_since_ms = start;
	asking->takes_middling |= is_answered(at) && attempt_is_middling(at);
	if (at->has_server_hello && at->fault == TLS_FAULT_NONE && !asking->good)
		asking->good = hello_spec_copy(asking->run.probing->arena, spec);
}

static bool can_be_padded(const struct hello_spec *spec)
{
	return spec->pad_to == 0 && spec->n_extensions > 0;
}

static const struct hello_spec *padded(struct asking *asking, const struct hello_spec *spec, uint16_t to)
{
	struct hello_spec *longer = arena_new_of(asking->run.probing->arena, struct hello_spec);

	*longer = *spec;
	longer->pad_to = to;
	return longer;
}

struct attempt *exchange_in_slot(struct asking *asking, const char *name, const struct hello_spec *spec)
{
	struct net *net = net_of(asking);
	struct attempt *at = new_attempt(asking, name);
	struct conn *conn = connect_in_slot(asking, at);
	double start = net_now_ms(net) - at->tcp.connect_ms;

	if (conn) {
		/* Made before it was known that hellos of its length are not answered. */
		if (asking->pad_to > 0 && can_be_padded(spec))
			spec = padded(asking, spec, asking->pad_to);
		attempt_exchange(&asking->run, at, conn, spec, &asking->limits);
		conn_close(conn);
		slot_give(asking);
	}
	at->elapsed_ms = net_now_ms(net) - start;
	learn_answer(asking, at, spec, start);
	return at;
}

static struct attempt *exchange(struct asking *asking, const char *name, const struct hello_spec *spec)
{
	slot_take(asking, SLOT_FIRST);
	return exchange_in_slot(asking, name, spec);
}

/* ---- when it goes wrong ------------------------------------------------------------------------------ */

static const char *in_words(const struct attempt *at)
{
	switch (at->fault) {
	case TLS_FAULT_CONNECT:
		return at->tcp.outcome == TCP_REFUSED ? "refuses connections" :
		       at->tcp.outcome == TCP_TIMEOUT ? "takes no connection in time" : "takes no connection";
	case TLS_FAULT_RESET: return "resets connections";
	case TLS_FAULT_CLOSED: return "closes connections without an answer";
	default: return "does not answer in time";
	}
}

static void stop(struct asking *asking, const char *why)
{
	if (asking->stopped)
		return;
	asking->stopped = why;
	asking->audit->gave_up = why;
	for (size_t i = 0; i < SLOT_ORDERS; i++)
		queue_wake_all(&asking->slots[i]);
}

/* Slower from here on: half as many at once, and a pause between two that grows. */
static void slow_down(struct asking *asking)
{
	asking->pool = asking->pool > 1 ? asking->pool / 2 : 1;
	asking->delay_ms = asking->delay_ms < 25 ? 25 : asking->delay_ms < 800 ? asking->delay_ms * 2 : asking->delay_ms;
}

static bool is_of_tls(const struct attempt *at)
{
	return is_answered(at) && at->fault != TLS_FAULT_NOT_TLS;
}

/* It answered us, or the diagnosis, if with an alert: where it ends connections now it may be that we ask too fast. */
static bool is_known_to_answer(struct asking *asking)
{
	const struct attempt *main = asking->endpoint.main;

	return asking->good || (main && is_of_tls(main));
}

/* One task asks the hello that is known to be answered until it is again, with growing pauses; the
 * others wait for the outcome. */
static void recover(struct asking *asking, const struct hello_spec *control, bool refused)
{
	struct net *net = net_of(asking);
	unsigned pause = PAUSE_FIRST_MS;
	struct attempt *at = NULL;

	if (refused)
		slow_down(asking);
	for (unsigned i = 0; i < (is_known_to_answer(asking) ? CONTROLS_MAX : 2u) && !net_out_of_time(net); i++) {
		if (refused || i > 0)
			net_sleep(net, pause);
		at = exchange(asking, "control", control);
		if (is_answered(at))
			return;
		slow_down(asking);
		pause = pause * 2 < PAUSE_MAX_MS ? pause * 2 : PAUSE_MAX_MS;
	}
	if (at && !net_out_of_time(net))
		stop(asking, arena_printf(asking->run.probing->arena, "after %u connections the server %s",
					  asking->audit->n_connections, in_words(at)));
}

static bool is_end(enum tls_fault fault)
{
	return fault == TLS_FAULT_RESET || fault == TLS_FAULT_CLOSED;
}

static bool is_hang(enum tls_fault fault)
{
	return fault == TLS_FAULT_SILENT || fault == TLS_FAULT_STALLED;
}

static bool is_same_end(enum tls_fault a, enum tls_fault b)
{
	return (is_end(a) && is_end(b)) || (is_hang(a) && is_hang(b));
}

/* Lets what is under way come to its end. */
static void drain(struct asking *asking)
{
	enum { STEP_MS = 10, STEPS = 400 };

	for (unsigned i = 0; asking->in_use > 0 && i < STEPS && !net_out_of_time(net_of(asking)); i++)
		net_sleep(net_of(asking), STEP_MS);
}

/* The hello that is known to be answered; before there is one, that of the version which the diagnosis spoke. Who answered
 * that with an alert does so to most. */
static const struct hello_spec *control_of(struct asking *asking, const struct hello_spec *spec)
{
	if (asking->good)
		return asking->good;
	if (!is_known_to_answer(asking))
		return spec;
	return hello_common(asking, asking_spoke(asking, 0) ? asking->audit->endpoint->main->version : TLS_1_2);
}

/* Nothing else under way: the hello that is known to be answered, until it is; the doubtful one, twice; the
 * known one again. What ends the same way each time between two answers is meant: twice, as a peer that
 * drops every other or every third connection would drop one of them alone. NULL: to be asked anew. */
static struct attempt *ask_alone(struct asking *asking, const char *name, const struct hello_spec *spec,
				 const struct attempt *failed)
{
	struct attempt *again;

	drain(asking);
	recover(asking, control_of(asking, spec), failed->fault == TLS_FAULT_CONNECT);
	if (failed->fault == TLS_FAULT_CONNECT || !asking->good || asking->stopped || net_out_of_time(net_of(asking)))
		return NULL;
	/* Silence costs seconds each time, and is rarely a peer's limit: once less. */
	for (unsigned i = is_hang(failed->fault); i < (asking->n_flaky > 0 ? 3u : 2u); i++) {
		again = exchange(asking, name, spec);
		if (is_answered(again))
			return again;
		if (!is_same_end(again->fault, failed->fault))
			return NULL;
	}
	if (!is_answered(exchange(asking, "control", asking->good))) {
		slow_down(asking);
		return NULL;
	}
	asking->n_meant++;
	return again;
}

struct attempt *ask_in_turn(struct asking *asking, const char *name, const struct hello_spec *spec,
			    const struct attempt *failed)
{
	struct attempt *answer;

	if (asking->recoverer) {
		queue_wait(&asking->recovered);
		return NULL;
	}
	if (failed->fault == TLS_FAULT_CONNECT && asking->good_since_ms < 0 && !is_known_to_answer(asking))
		stop(asking, arena_printf(asking->run.probing->arena, "the server %s", in_words(failed)));
	else if (asking->n_recoveries++ >= RECOVERIES_MAX)
		stop(asking, "the server ends connections without an answer again and again");
	if (asking->stopped)
		return NULL;
	asking->recoverer = task_current();
	answer = ask_alone(asking, name, spec, failed);
	asking->recoverer = NULL;
	queue_wake_all(&asking->recovered);
	while (slots_wake(asking))
		;
	return answer;
}

/* One of 256 to 511 bytes that ended without a word: the same once more, longer. Where that is answered, all that
 * follow are as long. NULL: it is not the length. */
static struct attempt *ask_longer(struct asking *asking, const char *name, const struct hello_spec *spec, const struct attempt *failed)
{
	struct attempt *at;

	if (!(is_end(failed->fault) || is_hang(failed->fault)) || !attempt_is_middling(failed) || !can_be_padded(spec) ||
	    asking->takes_middling || asking->pad_to > 0 || asking->n_padded >= PADDED_MAX)
		return NULL;
	asking->n_padded++;
	at = exchange(asking, name, padded(asking, spec, PADDED));
	if (!is_answered(at))
		return NULL;
	asking->pad_to = PADDED;
	return at;
}

struct attempt *settle(struct asking *asking, const char *name, const struct hello_spec *spec)
{
	struct net *net = net_of(asking);
	enum tls_fault before = TLS_FAULT_NONE;
	struct attempt *at = NULL, *alone;

	for (unsigned i = 0; i < TRIES_MAX; i++) {
		double start = net_now_ms(net);
		bool others_answered;

		if (asking->stopped || net_out_of_time(net))
			break;
		at = exchange(asking, name, spec);
		others_answered = asking->good_since_ms > start;
		if (is_answered(at)) {
			asking->n_flaky += is_end(before) || is_hang(before);
			return at;
		}
		/* Of a server that is known to refuse by ending, and never ended otherwise, twice is enough. */
		if (asking->n_meant >= MEANT_MIN && asking->n_flaky == 0 && others_answered && is_same_end(at->fault, before))
			return at;
		alone = ask_longer(asking, name, spec, at);
		if (alone)
			return alone;
		before = at->fault;
		if (i == 0 && others_answered)
			continue;
		alone = ask_in_turn(asking, name, spec, at);
		if (alone) {
			asking->n_flaky += is_answered(alone);
			return alone;
		}
	}
	/* An end that is not known to be meant is no answer. */
	if (at && !is_answered(at))
		at->fault = TLS_FAULT_CONNECT;
	return at ? at : no_attempt(asking, name);
}

/* ---- does it answer at all ------------------------------------------------------------------------------- */

struct first {
	struct hello_spec *spec;
	const struct attempt *answer;
};

static void ask_once(struct asking *asking, void *ctx)
{
	struct first *first = ctx;

	first->answer = exchange(asking, "first", first->spec);
}

bool asking_speaks_tls(struct asking *asking)
{
	const struct attempt *main = asking->endpoint.main;
	struct first firsts[AUDIT_PROTOCOLS - 1] = { { 0 } };
	const struct attempt *last = NULL;

	if (!main || is_of_tls(main))
		return true;
	for (size_t i = 0; i < COUNT_OF(firsts); i++)
		firsts[i].spec = hello_common(asking, (uint16_t)(SSL_3_0 + i));
	ask_all(asking, ask_once, firsts, COUNT_OF(firsts), sizeof *firsts);
	for (size_t i = 0; i < COUNT_OF(firsts); i++) {
		if (is_of_tls(firsts[i].answer))
			return true;
		last = firsts[i].answer;
	}
	stop(asking, arena_printf(asking->run.probing->arena, "no hello of any version is answered with TLS: the server %s",
				  last->fault == TLS_FAULT_NOT_TLS ? "speaks something else" : in_words(last)));
	return false;
}

bool asking_was_taken(const struct asking *asking)
{
	return asking->good != NULL;
}

bool asking_still_answers(struct asking *asking)
{
	const struct attempt *at;

	if (!asking->good || asking->stopped)
		return false;
	if (asking->last_hello_ms > asking->last_refusal_ms)
		return true;    /* it took one since */
	at = settle(asking, "still there", asking->good);
	return at->has_server_hello && at->fault == TLS_FAULT_NONE;
}
