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
	PAIR = 2,               /* SYNs that leave together are answered together */
	APART_MS = 120,         /* and the answers to two pairs come as far apart */
	SAMPLE_MS = 10,
	SLACK_MS = 15,
	STRETCHED_MAX_MS = 50,  /* with longer samples, on a machine that has other things to do, nothing is told */
	QUIET_MS = 250,
	BACK_MS = 400,
	ROUNDS = 3              /* of waiting for quiet */
};

struct back {
	struct run *run;
	struct task_group group;
	bool is_over;           /* nobody need wait any longer */
};

static bool is_back_soon(void *ctx, double waited_ms)
{
	const struct back *back = ctx;

	return !back->is_over && waited_ms < BACK_MS;
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

static double send_pair(struct back *back)
{
	for (unsigned i = 0; i < PAIR; i++) {
		task_group_add(&back->group);
		if (!task_spawn(syn_main, back))
			task_group_leave(&back->group);
	}
	return net_now_ms(&back->run->probing->net);
}

/* When packets came that were not let in. */
struct refused_entry {
	struct net_counts before;
	double looked_ms, longest_ms;   /* the last look, the longest time between two */
	double at[2 * PAIR];
	uint64_t n;
};

static bool look(struct run *run, struct refused_entry *r)
{
	struct net *net = &run->probing->net;
	struct net_counts now;
	double took;
	uint64_t n;

	net_sleep(net, SAMPLE_MS);
	if (!net_counts(run->endpoint->family, &now))
		return false;
	took = net_now_ms(net) - r->looked_ms;
	r->looked_ms += took;
	r->longest_ms = took > r->longest_ms ? took : r->longest_ms;
	n = net_counts_taken(&r->before, &now);
	r->before = now;
	for (uint64_t i = 0; i < n && r->n + i < COUNT_OF(r->at); i++)
		r->at[r->n + i] = r->looked_ms;
	r->n += n;
	return true;
}

static bool look_begin(struct run *run, struct refused_entry *r)
{
	*r = (struct refused_entry){ .looked_ms = net_now_ms(&run->probing->net) };
	return net_counts(run->endpoint->family, &r->before);
}

/* Two and two, as far apart as the SYNs were, and nothing else. */
static bool are_echoes(const struct refused_entry *r, double apart_ms)
{
	double slack = SLACK_MS + r->longest_ms, late = r->at[PAIR] - r->at[0] - apart_ms;

	return r->n == 2 * PAIR && r->longest_ms < STRETCHED_MAX_MS && r->at[1] - r->at[0] < slack && r->at[3] - r->at[2] < slack &&
	       late < slack && late > -slack;
}

static bool are_answers_taken(struct run *run)
{
	struct back back = { .run = run };
	struct refused_entry r;
	double first, second = 0;

	if (!look_begin(run, &r))
		return false;
	first = send_pair(&back);
	while (look(run, &r) && r.looked_ms < (second > 0 ? second : first + APART_MS) + BACK_MS) {
		if (second == 0 && r.looked_ms >= first + APART_MS)
			second = send_pair(&back);
		if (r.n >= 2 * PAIR && r.looked_ms > r.at[2 * PAIR - 1] + 2 * SLACK_MS)
			break;
	}
	back.is_over = true;
	task_group_wait(&back.group);
	return second > 0 && are_echoes(&r, second - first);
}

static bool is_quiet(struct run *run)
{
	struct refused_entry r;
	double end = net_now_ms(&run->probing->net) + QUIET_MS;

	if (!look_begin(run, &r))
		return false;
	while (r.n == 0 && r.looked_ms < end)
		if (!look(run, &r))
			return false;
	return r.n == 0;
}

void answers_begin(const struct run *run, struct answers *out)
{
	/* Where a connection came up, answers are let in; and the counters take longer to read than a SYN to send. */
	out->is_counted = run->endpoint && run->endpoint->tcp.outcome != TCP_CONNECTED &&
			  net_counts(run->endpoint->family, &out->before);
}

/* A server whose answers are not let in repeats them: then quiet comes a little later. */
enum tri answers_let_in(struct run *run, const struct answers *since)
{
	struct net_counts now;

	if (!since->is_counted || !net_counts(run->endpoint->family, &now) || net_counts_taken(&since->before, &now) == 0)
		return TRI_UNKNOWN;
	for (unsigned i = 0; i < ROUNDS && !net_out_of_time(&run->probing->net); i++)
		if (is_quiet(run))
			return are_answers_taken(run) ? TRI_NO : TRI_UNKNOWN;
	return TRI_UNKNOWN;
}
