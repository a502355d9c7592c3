/* See leaves.h. */
#include "probe/leaves.h"

#include "net/counts.h"
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

enum { SYNS = 24, BACK_MS = 350, QUIET_MAX = SYNS / 2, BACK_MIN = SYNS - 4, ROUNDS = 3 };

struct back {
	struct run *run;
	struct task_group group;
};

static bool is_back_soon(void *ctx, double waited_ms)
{
	(void)ctx;
	return waited_ms < BACK_MS;
}

static void syn_main(void *ctx)
{
	struct back *back = ctx;
	const struct endpoint *ep = back->run->endpoint;
	const struct conn_wish wish = { .timeout_ms = BACK_MS, .patience = { BACK_MS, is_back_soon, NULL } };
	struct tcp_evidence seen;

	conn_abort(conn_open_as(&back->run->probing->net, (const struct sockaddr *)&ep->address, ep->address_len, &wish, &seen));
	task_group_leave(&back->group);
}

static void send_many(struct run *run)
{
	struct back back = { .run = run };

	for (unsigned i = 0; i < SYNS; i++) {
		task_group_add(&back.group);
		if (!task_spawn(syn_main, &back))
			task_group_leave(&back.group);
	}
	task_group_wait(&back.group);
}

/* How many are not let in from now on, for the time that an answer may take; false where nobody counts. */
static bool taken(struct run *run, void (*send)(struct run *run), uint64_t *n)
{
	struct net_counts before, now;

	if (!net_counts(run->endpoint->family, &before))
		return false;
	if (send)
		send(run);
	else
		net_sleep(&run->probing->net, BACK_MS);
	if (!net_counts(run->endpoint->family, &now))
		return false;
	*n = net_counts_taken(&before, &now);
	return true;
}

/* A server whose answers are not let in repeats them, those to earlier connections too: then once more. */
enum tri answers_let_in(struct run *run)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t quiet, asked, late = 0;

		if (!taken(run, NULL, &quiet))
			return TRI_UNKNOWN;
		if (quiet > QUIET_MAX)
			continue;
		if (!taken(run, send_many, &asked) || asked < quiet + SYNS / 4)
			return TRI_UNKNOWN;
		if (asked < quiet + BACK_MIN && !taken(run, NULL, &late))
			return TRI_UNKNOWN;
		if (asked + late >= (late ? 2 : 1) * quiet + BACK_MIN)
			return TRI_NO;
	}
	return TRI_UNKNOWN;
}
