/* See segments.h. Routers that drop a packet for its size spend their few ICMP messages on saying so,
 * even where nobody hears it: hops are asked one after another, and again after a pause. */
#include "probe/segments.h"

#include <errno.h>

#include "probe/path.h"
#include "probe/specs.h"
#include "probe/stall.h"

enum { WAIT_MS = 350, PAUSE_MS = 1050, ERRORS_MAX = 4 };

/* Segments for MTUs from Ethernet's, by way of PPPoE, the usual tunnels and clouds, to IPv6's least. */
static const uint16_t mtus[] = { 1500, 1492, 1480, 1460, 1450, 1440, 1420, 1400, 1380, 1360, 1340, 1320, 1300, 1280 };

/* ---- one segment ------------------------------------------------------------------------------------- */

static enum path_reply watch(struct run *run, struct conn *conn, double rtt_ms)
{
	struct net *net = &run->probing->net;
	double end = net_now_ms(net) + WAIT_MS + 2 * rtt_ms;

	for (unsigned errors = 0; errors < ERRORS_MAX && net_now_ms(net) < end; errors++) {
		uint8_t byte;
		ssize_t got = conn_read(conn, &byte, 1, (unsigned)(end - net_now_ms(net)) + 1);

		if (got == -EHOSTUNREACH)
			return PATH_ROUTER;
		if (got == -ETIMEDOUT)
			break;
		if (got >= 0 || got == -ECONNRESET)
			return PATH_ANSWER;
	}
	return conn_delivery(conn).is_unacknowledged ? PATH_SILENT : PATH_ANSWER;
}

/* Where one segment ends that is as full as `mss` (0: the usual) lets it be. */
static enum path_reply send_segment(struct run *run, struct span hello, uint16_t mss, uint8_t hops)
{
	const struct endpoint *ep = run->endpoint;
	const struct conn_wish wish = { .timeout_ms = PAUSE_MS, .mss = mss };
	enum path_reply reply = PATH_NOT_SENT;
	struct tcp_evidence seen;
	struct conn *conn = conn_open_as(&run->probing->net, (const struct sockaddr *)&ep->address, ep->address_len, &wish,
					 &seen);

	if (!conn)
		return reply;
	if (hops)
		conn_limit_hops(conn, hops);
	if (conn_write(conn, span_sub(hello, 0, conn_delivery(conn).mss), WAIT_MS) == 0)
		reply = watch(run, conn, seen.connect_ms);
	conn_limit_hops(conn, 0);
	conn_abort(conn);
	return reply;
}

/* ---- to which router ------------------------------------------------------------------------------------ */

static size_t hops_to_host(const struct path_trace *port)
{
	return port->n_hops > 0 && port->hops[port->n_hops - 1].reply == PATH_ANSWER ? port->n_hops : 0;
}

static void trace_hop(struct run *run, struct span hello, const struct path_hop *syn, struct path_hop *hop)
{
	struct net *net = &run->probing->net;
	double start = net_now_ms(net);

	hop->hops = syn->hops;
	/* A router that does not speak for a SYN will not speak now. */
	hop->reply = PATH_SILENT;
	if (syn->reply != PATH_ROUTER && syn->reply != PATH_ANSWER)
		return;
	hop->reply = send_segment(run, hello, 0, hop->hops);
	if (hop->reply == PATH_SILENT) {
		net_sleep(net, PAUSE_MS);
		hop->reply = send_segment(run, hello, 0, hop->hops);
	}
	if (hop->reply == PATH_ROUTER)
		hop->from = syn->from;
	hop->elapsed_ms = net_now_ms(net) - start;
}

static void trace_segment(struct run *run, struct span hello)
{
	struct path_evidence *path = run->endpoint->path;
	struct path_trace *out = &path->hello;
	size_t n = hops_to_host(&path->port);

	*out = (struct path_trace){ .was_sent = n > 0, .sends = "one full segment", .port = path->port.port, .n_sent = n,
				    .hops = arena_array(run->probing->arena, struct path_hop, n + 1) };
	for (size_t i = 0; i < n; i++) {
		trace_hop(run, hello, &path->port.hops[i], &out->hops[i]);
		if (out->hops[i].reply >= PATH_ROUTER)
			out->n_hops = i + 1;
		else if (path->port.hops[i].reply == PATH_ROUTER)
			return;
	}
}

/* ---- which size ------------------------------------------------------------------------------------------- */

struct segment_try {
	const char *name;
	struct span hello;
	uint16_t mss;
	bool passes, fails;
};

static bool attempt_passes(const struct endpoint *ep, enum attempt_kind kind, uint16_t mss, bool *fails)
{
	for (size_t i = 0; i < ep->n_attempts; i++) {
		const struct attempt *at = ep->attempts[i];

		if (at->mss != mss || at->kind != kind)
			continue;
		*fails = !at->done && at->fault != TLS_FAULT_CONNECT;
		return at->done;
	}
	return false;
}

/* What the server sends decides ("main"), or what we send ("chrome"). */
static void try_segment(struct run *run, const void *ctx)
{
	struct segment_try *t = (void *)(uintptr_t)ctx;
	enum path_reply reply;

	if (strcmp(t->name, "main") == 0) {
		stall_twin(run, t->name, t->mss);
		t->passes = attempt_passes(run->endpoint, ATTEMPT_FULL, t->mss, &t->fails);
		return;
	}
	reply = send_segment(run, t->hello, t->mss, 0);
	t->passes = reply == PATH_ANSWER;
	t->fails = reply == PATH_SILENT;
}

static void note_sizes(struct path_evidence *path, const struct segment_try *tries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tries[i].passes && tries[i].mss > path->mss_passes)
			path->mss_passes = tries[i].mss;
	for (size_t i = 0; i < n; i++)
		if (tries[i].fails && tries[i].mss > path->mss_passes && (!path->mss_fails || tries[i].mss < path->mss_fails))
			path->mss_fails = tries[i].mss;
}

static void find_size(struct run *run, const char *name, struct span hello)
{
	uint16_t headers = run->endpoint->family == AF_INET6 ? 60 : 40;
	struct segment_try tries[COUNT_OF(mtus) + 1];
	struct side sides[COUNT_OF(mtus) + 1];

	for (size_t i = 0; i <= COUNT_OF(mtus); i++) {
		uint16_t mss = i < COUNT_OF(mtus) ? (uint16_t)(mtus[i] - headers) : 536;

		tries[i] = (struct segment_try){ .name = name, .hello = hello, .mss = mss };
		sides[i] = (struct side){ run, try_segment, &tries[i] };
	}
	run_side_by_side(run, sides, COUNT_OF(sides));
	note_sizes(run->endpoint->path, tries, COUNT_OF(tries));
}

/* ---- both --------------------------------------------------------------------------------------------------- */

struct sizes_task {
	struct run *run;
	const char *name;
	struct span hello;
	struct task_group group;
};

static void sizes_main(void *ctx)
{
	struct sizes_task *t = ctx;

	find_size(t->run, t->name, t->hello);
	task_group_leave(&t->group);
}

void segments_run(struct run *run, const char *stalled)
{
	const struct hello_spec *spec = spec_of_attempt(run, "chrome");
	struct sizes_task t = { run, stalled, spec ? attempt_hello(run, spec) : span_of(NULL, 0), { 0 } };

	if (stalled) {
		task_group_add(&t.group);
		if (!task_spawn(sizes_main, &t))
			task_group_leave(&t.group);
	}
	/* Full segments of ours in numbers would cost the trace its answers. */
	if (stalled && strcmp(stalled, "chrome") == 0)
		task_group_wait(&t.group);
	if (t.hello.n > 0)
		trace_segment(run, t.hello);
	task_group_wait(&t.group);
}
