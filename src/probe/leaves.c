/* See leaves.h. */
#include "probe/leaves.h"

#include "net/own_way.h"
#include "probe/path.h"

enum {
	BURST = 8,
	TRIES = 3,
	REFUSED_MS = 300,       /* who refuses is next door */
	COUNTED_MS = 60,        /* drivers count what the card has sent, not what it was handed */
	UDP_PORT = 33434
};

/* False where it is not refused: then there is nothing to tell apart. */
static bool send_syns(struct run *run)
{
	struct endpoint *ep = run->endpoint;
	const struct conn_wish wish = { .timeout_ms = REFUSED_MS };

	for (unsigned i = 0; i < BURST; i++) {
		struct tcp_evidence seen;
		struct conn *conn = conn_open_as(&run->probing->net, (const struct sockaddr *)&ep->address, ep->address_len, &wish, &seen);

		conn_abort(conn);
		if (seen.outcome != TCP_REFUSED && seen.outcome != TCP_RESET)
			return false;
	}
	return true;
}

static void send_datagrams(struct run *run)
{
	static const uint8_t nothing[12];
	struct sockaddr_storage address;
	socklen_t len;

	for (unsigned i = 0; i < BURST; i++) {
		struct tcp_evidence seen;
		struct conn *conn;

		len = path_address(run->endpoint, (uint16_t)(UDP_PORT + i), &address);
		conn = conn_open_udp(&run->probing->net, (const struct sockaddr *)&address, len, 1, &seen);
		if (conn)
			(void)conn_write(conn, span_of(nothing, sizeof nothing), REFUSED_MS);
		conn_close(conn);
	}
}

void leaves_measure(struct run *run)
{
	struct net *net = &run->probing->net;
	struct own_way *way = run->endpoint->way;

	for (unsigned i = 0; i < TRIES && way && way->interface && way->lets_out == TRI_UNKNOWN; i++) {
		uint64_t before, behind, end;

		if (!own_way_count(way->interface, &before) || !send_syns(run))
			return;
		net_sleep(net, COUNTED_MS);
		if (!own_way_count(way->interface, &behind))
			return;
		send_datagrams(run);
		net_sleep(net, COUNTED_MS);
		if (own_way_count(way->interface, &end) && behind - before < BURST && end - behind >= BURST)
			way->lets_out = TRI_NO;
	}
}

/* ---- what comes back ------------------------------------------------------------------------------------- */

enum {
	SYNS = 4,
	SAMPLE_MS = 10,
	CLOSE = 4,              /* samples: SYNs that leave at once are answered as close together */
	QUIET_MS = 250,
	BACK_MS = 400,
	ROUNDS = 3,             /* of waiting for quiet */
};

struct back {
	struct run *run;
	struct task_group group;
	bool is_seen;           /* nobody need wait any longer */
};

static bool is_back_soon(void *ctx, double waited_ms)
{
	const struct back *back = ctx;

	return !back->is_seen && waited_ms < BACK_MS;
}

static void syn_main(void *ctx)
{
	struct back *back = ctx;
	const struct endpoint *ep = back->run->endpoint;
	const struct conn_wish wish = { .timeout_ms = BACK_MS, .patience = { SAMPLE_MS, is_back_soon, back } };
	struct tcp_evidence seen;

	conn_abort(conn_open_as(&back->run->probing->net, (const struct sockaddr *)&ep->address, ep->address_len, &wish, &seen));
	task_group_leave(&back->group);
}

static void send_together(struct back *back)
{
	for (unsigned i = 0; i < SYNS; i++) {
		task_group_add(&back->group);
		if (!task_spawn(syn_main, back))
			task_group_leave(&back->group);
	}
}

/* The most packets that were not let in within CLOSE samples; ends with the first `enough`. `asked`: what brings them.
 * False where nobody counts. */
static bool taken_at_once(struct run *run, struct back *asked, unsigned ms, uint64_t enough, uint64_t *most)
{
	uint64_t at[CLOSE] = { 0 };
	struct net_counts before, now;

	*most = 0;
	if (!net_counts(run->endpoint->family, &before))
		return false;
	if (asked)
		send_together(asked);
	for (unsigned i = 0; i < ms / SAMPLE_MS && *most < enough; i++) {
		uint64_t sum = 0;

		net_sleep(&run->probing->net, SAMPLE_MS);
		if (!net_counts(run->endpoint->family, &now))
			return false;
		at[i % CLOSE] = net_counts_taken(&before, &now);
		before = now;
		for (unsigned k = 0; k < CLOSE; k++)
			sum += at[k];
		*most = sum > *most ? sum : *most;
	}
	return true;
}

static bool are_answers_taken(struct run *run)
{
	struct back back = { .run = run };
	uint64_t most;

	back.is_seen = taken_at_once(run, &back, BACK_MS, SYNS, &most) && most >= SYNS;
	task_group_wait(&back.group);
	return back.is_seen;
}

void answers_begin(const struct run *run, struct answers *out)
{
	out->is_counted = run->endpoint && net_counts(run->endpoint->family, &out->before);
}

/* A server whose answers are not let in repeats them: then quiet comes a little later. */
enum tri answers_let_in(struct run *run, const struct answers *since)
{
	struct net_counts now;

	if (!since->is_counted || !net_counts(run->endpoint->family, &now) || net_counts_taken(&since->before, &now) == 0)
		return TRI_UNKNOWN;
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t most;

		if (!taken_at_once(run, NULL, QUIET_MS, 2, &most))
			return TRI_UNKNOWN;
		if (most < 2)
			return are_answers_taken(run) ? TRI_NO : TRI_UNKNOWN;
	}
	return TRI_UNKNOWN;
}
