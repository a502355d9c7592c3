/* See segments.h. Routers that drop a packet for its size spend their few ICMP messages on saying so,
 * even where nobody hears it: hops are asked one after another, and again after a pause. */
#include "probe/segments.h"

#include <errno.h>

#include "probe/rejecter.h"
#include "probe/specs.h"
#include "probe/stall.h"

enum { WAIT_MS = 350, PAUSE_MS = 1050 };

/* Segments for MTUs from Ethernet's, by way of PPPoE, the usual tunnels and clouds, to IPv6's least. */
static const uint16_t mtus[] = { 1500, 1492, 1480, 1460, 1450, 1440, 1420, 1400, 1380, 1360, 1340, 1320, 1300, 1280 };

/* ---- one segment ------------------------------------------------------------------------------------- */

static void watch(struct run *run, struct conn *conn, struct path_hop *hop, double rtt_ms)
{
	uint8_t byte;
	ssize_t got = conn_read(conn, &byte, 1, WAIT_MS + (unsigned)(2 * rtt_ms) + 1);

	if (got >= 0 || got == -ECONNRESET || got == -EPIPE)
		hop->reply = PATH_ANSWER;
	else if (got == -ETIMEDOUT)
		hop->reply = conn_delivery(conn).is_unacknowledged ? PATH_SILENT : PATH_ANSWER;
	else
		rejecter_note(run, hop, got);
}

/* Where one segment ends that is as full as `mss` (0: the usual) lets it be. */
static void send_with(struct run *run, struct span hello, uint16_t mss, struct path_hop *hop)
{
	const struct endpoint *ep = run->endpoint;
	const struct conn_wish wish = { .timeout_ms = PAUSE_MS, .mss = mss };
	struct tcp_evidence seen;
	struct conn *conn = conn_open_as(&run->probing->net, (const struct sockaddr *)&ep->address, ep->address_len, &wish,
					 &seen);

	hop->reply = PATH_NOT_SENT;
	if (!conn)
		return;
	if (hop->hops)
		conn_limit_hops(conn, hop->hops);
	if (conn_write(conn, span_sub(hello, 0, conn_delivery(conn).mss), WAIT_MS) == 0)
		watch(run, conn, hop, seen.connect_ms);
	conn_limit_hops(conn, 0);
	conn_abort(conn);
}

static void send_segment(const struct path_sender *sender, struct path_hop *hop, const struct patience *patience)
{
	const struct span *hello = sender->ctx;

	(void)patience;
	send_with(sender->run, *hello, 0, hop);
}

/* ---- to which router ------------------------------------------------------------------------------------ */

static size_t hops_to_host(const struct path_trace *port)
{
	return port->n_hops > 0 && port->hops[port->n_hops - 1].reply == PATH_ANSWER ? port->n_hops : 0;
}

static void trace_hop(const struct path_sender *sender, const struct path_hop *syn, struct path_hop *hop)
{
	struct net *net = &sender->run->probing->net;
	double start = net_now_ms(net);

	hop->hops = syn->hops;
	/* A router that does not speak for a SYN will not speak now. */
	hop->reply = PATH_SILENT;
	if (syn->reply != PATH_ROUTER && syn->reply != PATH_ANSWER)
		return;
	send_segment(sender, hop, NULL);
	if (hop->reply == PATH_SILENT) {
		net_sleep(net, PAUSE_MS);
		send_segment(sender, hop, NULL);
	}
	hop->elapsed_ms = net_now_ms(net) - start;
}

static void trace_segment(struct run *run, struct span hello)
{
	struct path_evidence *path = run->endpoint->path;
	struct path_trace *out = &path->hello;
	size_t n = hops_to_host(&path->port);
	const struct path_sender sender = { send_segment, run, &hello, path->port.port, WAIT_MS };

	*out = (struct path_trace){ .was_sent = n > 0, .sends = "one full segment", .port = path->port.port, .n_sent = n,
				    .hops = arena_array(run->probing->arena, struct path_hop, n + 1) };
	for (size_t i = 0; i < n; i++) {
		trace_hop(&sender, &path->port.hops[i], &out->hops[i]);
		if (out->hops[i].reply >= PATH_ROUTER)
			out->n_hops = i + 1;
		else if (path->port.hops[i].reply == PATH_ROUTER)
			return;
		if (out->hops[i].reply == PATH_REJECT) {
			out->n_sent = i + 1;
			return;
		}
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
	struct path_hop hop = { 0 };

	if (strcmp(t->name, "main") == 0) {
		stall_twin(run, t->name, t->mss);
		t->passes = attempt_passes(run->endpoint, ATTEMPT_FULL, t->mss, &t->fails);
		return;
	}
	send_with(run, t->hello, t->mss, &hop);
	t->passes = hop.reply == PATH_ANSWER;
	t->fails = hop.reply != PATH_ANSWER && hop.reply != PATH_NOT_SENT;
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
	/* Alone: the errors that come are counted. */
	if (t.hello.n > 0)
		rejecter_place(&(const struct path_sender){ send_segment, run, &t.hello, run->endpoint->path->port.port, WAIT_MS }, &run->endpoint->path->hello);
}
