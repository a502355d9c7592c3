/* Asking one server many things: see ask.h. What goes wrong on the way is of three kinds. A
 * connection that is refused says nothing of the hello: it is made again, later and slower. An end
 * without a word (reset, close, silence) may be the answer or the server's limit: it is believed only
 * where it comes again, with nothing else under way, between two answers to a hello that is known to
 * be answered. An alert or a ServerHello is an answer. */
#include "audit/asking.h"

#include "audit/vulnerability.h"
#include "base/attr.h"
#include "base/wr.h"
#include "tls/codes.h"

enum {
	POOL_DEFAULT = 20, PAUSE_FIRST_MS = 200, PAUSE_MAX_MS = 2000,
	CONTROLS_MAX = 5,       /* failures in a row before we leave the server alone */
	RECOVERIES_MAX = 60,    /* and altogether */
	TRIES_MAX = 6,
	PADDED = 600, PADDED_MAX = 3,
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

/* Rounds: the most exchanges that followed on each other, one begun after another had ended. */
static void note_round(struct asking *asking, double began)
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

/* It answered us, or the diagnosis: where it ends connections now it may be that we ask too fast. */
static bool is_known_to_answer(struct asking *asking)
{
	return asking->good || asking_spoke(asking, 0);
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

/* The hello that is known to be answered; before there is one, that of the version which the diagnosis spoke. */
static const struct hello_spec *control_of(struct asking *asking, const struct hello_spec *spec)
{
	if (asking->good)
		return asking->good;
	return asking_spoke(asking, 0) ? hello_common(asking, asking->audit->endpoint->main->version) : spec;
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

/* One task at a time; the others wait, and then ask anew. */
static struct attempt *ask_in_turn(struct asking *asking, const char *name, const struct hello_spec *spec,
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

/* Asks until there is an answer, or an end that is known to be meant. */
static struct attempt *settle(struct asking *asking, const char *name, const struct hello_spec *spec)
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

/* ---- the hellos already asked --------------------------------------------------------------------------- */

static struct span key_of(struct asking *asking, const struct hello_spec *spec, unsigned nth)
{
	static const uint8_t no_random[64];
	struct arena *arena = asking->run.probing->arena;
	uint8_t *buffer = arena_alloc(arena, 2048);
	struct wr wr = wr_of(buffer, 2048);
	struct offer offer;

	wr_u8(&wr, (uint8_t)(spec->split_segments | spec->split_records << 1));
	wr_u8(&wr, (uint8_t)nth);
	if (spec->n_suites == 0)
		hello_sslv2_encode(no_random, &wr);
	else
		hello_encode(arena, spec, no_random, &wr, &offer);
	return wr_span(&wr);    /* empty where it is larger: such are asked once only */
}

static size_t bucket_of(struct span key)
{
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < key.n; i++)
		hash = (hash ^ key.p[i]) * 16777619u;
	return (hash ^ hash >> 16) % BUCKETS;
}

static struct asked *find(struct asking *asking, struct span key)
{
	struct asked *a = asking->asked[bucket_of(key)];

	while (a && !span_equal(a->key, key))
		a = a->next;
	return a;
}

static const struct attempt *wait_answer(struct asked *asked)
{
	while (!asked->answer)
		queue_wait(&asked->waiters);
	return asked->answer;
}

const struct attempt *ask_hello_nth(struct asking *asking, const char *name, const struct hello_spec *spec, unsigned nth)
{
	struct span key = key_of(asking, spec, nth);
	struct asked *asked = key.n > 0 ? find(asking, key) : NULL;

	if (asked)
		return wait_answer(asked);
	if (key.n == 0)
		return settle(asking, name, spec);
	asked = arena_new_of(asking->run.probing->arena, struct asked);
	asked->key = key;
	asked->next = asking->asked[bucket_of(key)];
	asking->asked[bucket_of(key)] = asked;
	asked->answer = settle(asking, name, spec);
	queue_wake_all(&asked->waiters);
	return asked->answer;
}

const struct attempt *ask_hello_before(struct asking *asking, const struct hello_spec *spec)
{
	struct span key = key_of(asking, spec, 0);
	struct asked *asked = key.n > 0 ? find(asking, key) : NULL;

	return asked ? asked->answer : NULL;
}

const struct attempt *ask_hello(struct asking *asking, const char *name, const struct hello_spec *spec)
{
	return ask_hello_nth(asking, name, spec, 0);
}

/* ---- with keys of our own ---------------------------------------------------------------------------------- */

static bool add_pair(struct asking *asking, uint16_t group)
{
	struct key_pair *pair;

	for (size_t i = 0; i < asking->n_pairs; i++)
		if (asking->shares[i] == group)
			return true;
	pair = asking->n_pairs < PAIRS_MAX ? key_pair_new(group) : NULL;
	if (!pair)
		return false;
	asking->shares[asking->n_pairs] = group;
	asking->pairs[asking->n_pairs++] = pair;
	return true;
}

static bool is_offered(const struct hello_spec *spec, uint16_t group)
{
	for (size_t i = 0; i < spec->n_groups; i++)
		if (spec->groups[i] == group)
			return true;
	return false;
}

void put_own_shares(struct asking *asking, struct hello_spec *spec)
{
	uint16_t *shares = arena_array(asking->run.probing->arena, uint16_t, PAIRS_MAX);

	if (asking->n_pairs == 0) {
		(void)add_pair(asking, 0x001d);
		(void)add_pair(asking, 0x0017);
	}
	spec->own_keys = (const struct key_pair *const *)asking->pairs;
	spec->n_own_keys = asking->n_pairs;
	spec->key_shares = shares;
	spec->n_key_shares = 0;
	for (size_t i = 0; i < asking->n_pairs; i++)
		if (is_offered(spec, asking->shares[i]))
			shares[spec->n_key_shares++] = asking->shares[i];
}

static const struct attempt *ask_with_shares(struct asking *asking, const char *name, struct hello_spec *spec)
{
	put_own_shares(asking, spec);
	return ask_hello(asking, name, spec);
}

const struct attempt *ask_decrypted(struct asking *asking, const char *name, struct hello_spec *spec)
{
	const struct attempt *at = ask_with_shares(asking, name, spec);

	if (at->fault != TLS_FAULT_NONE || !at->hello_retry || at->group == 0)
		return at;
	/* Of all groups, it prefers one that no share was sent of. */
	if (is_offered(spec, 0x001d) && is_offered(spec, 0x0017))
		audit_retry_group(asking, at->group);
	return add_pair(asking, at->group) ? ask_with_shares(asking, name, spec) : at;
}

/* ---- dialogues ------------------------------------------------------------------------------------------- */

static struct conn *connect_in_order(struct asking *asking, struct attempt *attempt, enum slot_order order)
{
	struct net *net = net_of(asking);
	struct conn *conn = NULL;

	for (unsigned i = 0; i < TRIES_MAX && !conn && !asking->stopped && !net_out_of_time(net); i++) {
		attempt->fault = TLS_FAULT_NONE;
		slot_take(asking, order);
		conn = connect_in_slot(asking, attempt);
		if (!conn && !asking->good)
			break;
		if (!conn)
			(void)ask_in_turn(asking, "control", asking->good, attempt);
	}
	if (!conn)
		attempt->fault = TLS_FAULT_CONNECT;
	return conn;
}

struct conn *ask_connect(struct asking *asking, struct attempt *attempt)
{
	return connect_in_order(asking, attempt, SLOT_LATER);
}

struct conn *ask_connect_first(struct asking *asking, struct attempt *attempt)
{
	return connect_in_order(asking, attempt, SLOT_FIRST);
}

struct conn *ask_connect_patiently(struct asking *asking, struct attempt *attempt)
{
	return connect_in_order(asking, attempt, SLOT_LAST);
}

void ask_release(struct asking *asking, struct conn *conn)
{
	if (!conn)
		return;
	conn_close(conn);
	slot_give(asking);
}

struct tls_session *ask_session(struct asking *asking, struct attempt *attempt, const struct tls_config *config,
				const char *sni, struct conn **conn)
{
	struct tls_config padded = *config;
	struct tls_session *session;
	double start;

	padded.pads = config->pads || asking->pad_to > 0;
	*conn = ask_connect(asking, attempt);
	if (!*conn)
		return NULL;
	start = net_now_ms(net_of(asking)) - attempt->tcp.connect_ms;
	session = tls_handshake(asking->run.probing->tls, *conn, &padded, sni, &asking->limits, attempt);
	note_round(asking, start);
	if (!session) {
		ask_release(asking, *conn);
		*conn = NULL;
	}
	return session;
}

void ask_session_release(struct asking *asking, struct tls_session *session, struct conn *conn)
{
	if (session)
		tls_shutdown(session);
	tls_session_free(session);
	ask_release(asking, conn);
}

/* ---- side by side ------------------------------------------------------------------------------------------ */

struct batch {
	struct asking *asking;
	void (*fn)(struct asking *asking, void *ctx);
	char *ctxs;
	size_t n, size, next;
	struct task_group group;
};

static void batch_lane(void *ctx)
{
	struct batch *b = ctx;

	while (b->next < b->n)
		b->fn(b->asking, b->ctxs + b->next++ * b->size);
	task_group_leave(&b->group);
}

void ask_all(struct asking *asking, void (*fn)(struct asking *asking, void *ctx), void *ctxs, size_t n, size_t size)
{
	struct batch b = { asking, fn, ctxs, n, size, 0, { 0 } };

	/* Those that wait for each other's answers must all run: a lane each, up to a pool's size. */
	for (size_t i = 0; i < n && i < POOL_MAX; i++) {
		if (b.next >= n)
			break;
		task_group_add(&b.group);
		if (!task_spawn(batch_lane, &b))
			task_group_leave(&b.group);
	}
	task_group_wait(&b.group);
}

struct part {
	void (*fn)(struct asking *asking);
};

static void run_part(struct asking *asking, void *ctx)
{
	((const struct part *)ctx)->fn(asking);
}

void ask_parts(struct asking *asking, void (*const *fns)(struct asking *asking), size_t n)
{
	struct part *parts = arena_array(asking->run.probing->arena, struct part, n + 1);

	for (size_t i = 0; i < n; i++)
		parts[i].fn = fns[i];
	ask_all(asking, run_part, parts, n, sizeof *parts);
}

struct aside {
	struct asking *asking;
	void (*fn)(struct asking *asking);
};

static void aside_main(void *ctx)
{
	const struct aside *aside = ctx;

	aside->fn(aside->asking);
	task_group_leave(&aside->asking->aside);
}

void ask_aside(struct asking *asking, void (*fn)(struct asking *asking))
{
	struct aside *aside = arena_new_of(asking->run.probing->arena, struct aside);

	*aside = (struct aside){ asking, fn };
	task_group_add(&asking->aside);
	if (!task_spawn(aside_main, aside))
		task_group_leave(&asking->aside);
}

void ask_aside_wait(struct asking *asking)
{
	task_group_wait(&asking->aside);
}

/* ---- what the first suites show ----------------------------------------------------------------------------- */

void suites_note_kind(struct asking *asking, enum hello_kind kind, const struct attempt *answer)
{
	asking->of_kind[kind] = answer;
}

void suites_note_begun(struct asking *asking)
{
	asking->suites_began = true;
	queue_wake_all(&asking->suites_waiters);
}

const struct attempt *suites_wait_kind(struct asking *asking, enum hello_kind kind)
{
	while (!asking->suites_began)
		queue_wait(&asking->suites_waiters);
	return asking->of_kind[kind];
}

/* ---- setting up ---------------------------------------------------------------------------------------------- */

/* Silence is long for a peer that answered the first hellos at once. */
static struct tls_limits limits_of(const struct probing *p, const struct endpoint *ep)
{
	double slow = ep->tcp.connect_ms * 10 + (ep->main ? ep->main->first_byte_ms * 5 : 2000);
	unsigned idle = 2000 + (unsigned)slow;

	if (idle > p->idle_timeout_ms)
		idle = p->idle_timeout_ms;
	return (struct tls_limits){ idle, 2 * idle };
}

struct asking *asking_new(struct run *run, struct audit *audit, unsigned pool, unsigned delay_ms)
{
	struct probing *p = run->probing;
	struct asking *asking = arena_new_of(p->arena, struct asking);

	asking->run = *run;
	asking->endpoint = *run->endpoint;
	asking->endpoint.attempts = NULL;
	asking->endpoint.n_attempts = asking->endpoint.cap_attempts = 0;
	asking->run.endpoint = &asking->endpoint;
	asking->audit = audit;
	asking->limits = limits_of(p, run->endpoint);
	asking->pool = pool == 0 ? POOL_DEFAULT : pool < POOL_MAX ? pool : POOL_MAX;
	asking->delay_ms = delay_ms;
	asking->good_since_ms = -1;
	asking->pad_to = evidence_drops_middling_hellos(run->endpoint) ? PADDED : 0;
	asking->start_sent = p->net.bytes_sent;
	asking->start_received = p->net.bytes_received;
	return asking;
}

static bool is_of_tls(const struct attempt *at)
{
	return is_answered(at) && at->fault != TLS_FAULT_NOT_TLS;
}

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

void asking_finish(struct asking *asking)
{
	struct net *net = net_of(asking);

	for (size_t i = 0; i < asking->n_pairs; i++)
		key_pair_free(asking->pairs[i]);
	asking->n_pairs = 0;
	asking->audit->bytes_sent = net->bytes_sent - asking->start_sent;
	asking->audit->bytes_received = net->bytes_received - asking->start_received;
}

struct common_list *asking_common(struct asking *asking)
{
	return asking->common;
}

bool *asking_begun_checks(struct asking *asking)
{
	if (!asking->begun_checks)
		asking->begun_checks = arena_array(asking->run.probing->arena, bool, n_vulnerability_checks + 1);
	return asking->begun_checks;
}

struct collection **asking_collection(struct asking *asking)
{
	return &asking->collection;
}

struct ticket_store **asking_tickets(struct asking *asking)
{
	return &asking->tickets;
}

struct run *asking_run(const struct asking *asking)
{
	return (struct run *)&asking->run;
}

struct audit *asking_audit(const struct asking *asking)
{
	return asking->audit;
}

bool asking_spoke(const struct asking *asking, uint16_t version)
{
	const struct attempt *main = asking->audit->endpoint->main;

	return main && main->done && (version == 0 || main->version == version);
}

uint16_t asking_pad_to(const struct asking *asking)
{
	return asking->pad_to;
}

unsigned asking_pool(const struct asking *asking)
{
	return asking->pool;
}

const char *asking_stopped(const struct asking *asking)
{
	if (asking->stopped)
		return asking->stopped;
	return net_out_of_time(net_of(asking)) ? "the time was over" : NULL;
}
