/* Asking one server many things: see ask.h. Hellos that were answered are not sent again. */
#include "audit/asking.h"

#include "base/wr.h"
#include "tls/codes.h"

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
