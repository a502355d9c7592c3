/* Where on the way a handshake fails: the failing hello is sent on connections that stand, with hop
 * limits of 1, 2, 3 ... set for it alone. A reset that answers a hello which expired before the server
 * is not the server's; a filter that drops lets it expire before itself and nowhere behind. */
#include <errno.h>

#include "probe/arrival.h"
#include "probe/http_stall.h"
#include "probe/rejecter.h"
#include "probe/segments.h"
#include "probe/specs.h"

enum {
	LIMIT_MS = 900,         /* a hello and its first repeats; less than until the server repeats its SYN-ACK */
	SETTLE_MS = 120,        /* after the news that it expired: a reset may be behind it */
	ERRORS_MAX = 8
};

/* ---- one hello with a limit ------------------------------------------------------------------------ */

/* Reads until the connection ends, something answers, or nothing more is to be expected. */
static void watch_answer(struct run *run, struct conn *conn, struct path_hop *hop, double rtt_ms)
{
	struct net *net = &run->probing->net;
	double end = net_now_ms(net) + LIMIT_MS;

	for (unsigned errors = 0; errors < ERRORS_MAX && net_now_ms(net) < end;) {
		uint8_t byte;
		ssize_t got = conn_read(conn, &byte, 1, (unsigned)(end - net_now_ms(net)) + 1);

		hop->has_bytes = got > 0;
		hop->is_closed = got == 0;
		hop->is_reset = got == -ECONNRESET || got == -EPIPE;
		if (got >= 0 || got == -ETIMEDOUT || hop->is_reset)
			break;
		rejecter_note(run, hop, got);
		errors++;
		end = net_now_ms(net) + SETTLE_MS + 2 * rtt_ms;
	}
	if (hop->reply == PATH_ROUTER || hop->reply == PATH_REJECT)
		return;
	hop->reply = hop->has_bytes || hop->is_closed || hop->is_reset || !conn_delivery(conn).is_unacknowledged ?
		PATH_ANSWER : PATH_SILENT;
}

static void send_hello(const struct path_sender *sender, struct path_hop *hop, const struct patience *patience)
{
	struct run *run = sender->run;
	struct net *net = &run->probing->net;
	const struct endpoint *ep = run->endpoint;
	const struct span *hello = sender->ctx;
	/* A filter of connections acts on the handshake's last ACK: the limit is to hold for that too. */
	const struct conn_wish wish = { .timeout_ms = LIMIT_MS, .is_ack_late = true };
	struct tcp_evidence seen;
	struct conn *conn = conn_open_as(net, (const struct sockaddr *)&ep->address, ep->address_len, &wish, &seen);

	(void)patience;
	if (!conn)
		return;
	conn_limit_hops(conn, hop->hops);
	if (conn_write(conn, *hello, LIMIT_MS) == 0)
		watch_answer(run, conn, hop, seen.connect_ms);
	hop->is_unsent = conn_delivery(conn).is_unsent;
	if (hop->is_unsent && !hop->is_reset)
		hop->reply = PATH_SILENT;
	conn_limit_hops(conn, 0);
	conn_abort(conn);
}

/* ---- one limit after another ------------------------------------------------------------------------ */

struct hello_trace {
	struct run *run;
	struct span hello;
	struct path_trace *out;
	struct task_group *group;
};

static size_t hops_to_host(const struct path_evidence *path)
{
	const struct path_trace *port = &path->port;
	bool is_known = port->n_hops > 0 && port->hops[port->n_hops - 1].reply == PATH_ANSWER;

	return is_known ? port->n_hops : PATH_HOPS_MAX;
}

static void hello_trace_main(void *ctx)
{
	struct hello_trace *t = ctx;
	const struct path_sender sender = { send_hello, t->run, &t->hello, path_port(t->run->endpoint), LIMIT_MS };

	path_trace_with(&sender, hops_to_host(t->run->endpoint->path), t->out);
	task_group_leave(t->group);
}

static void hello_trace(struct run *run, struct task_group *group, const char *name, const struct hello_spec *spec,
			struct path_trace *out)
{
	struct hello_trace *t = arena_new_of(run->probing->arena, struct hello_trace);

	if (!spec)
		return;
	*t = (struct hello_trace){ run, attempt_hello(run, spec), out, group };
	out->sends = name;
	task_group_add(group);
	if (!task_spawn(hello_trace_main, t))
		task_group_leave(group);
}

/* ---- which hello, and what passes ---------------------------------------------------------------------- */

static bool fails_on_the_way(const struct attempt *at)
{
	return at && !at->done && at->mss == 0 &&
	       (at->fault == TLS_FAULT_RESET || (at->fault == TLS_FAULT_SILENT && at->unacknowledged));
}

/* The smallest that fails, so that size plays no part where it need not; any, where the connection is
 * reset as soon as it is made. */
static const char *failing_hello(const struct endpoint *ep)
{
	static const char *const names[] = { "no-pq", "tls1.2-only", "chrome" };

	if (ep->tcp.outcome == TCP_RESET)
		return names[0];

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (fails_on_the_way(evidence_attempt(ep, names[i])))
			return names[i];
	return NULL;
}

static const char *passing_hello(const struct endpoint *ep, const char *const *names)
{
	for (; *names; names++) {
		const struct attempt *at = evidence_attempt(ep, *names);

		if (at && at->done)
			return *names;
	}
	return NULL;
}

static const char *const without_name[] = { "other-sni", "no-sni", NULL };
static const char *const smaller[] = { "no-pq", "tls1.2-only", NULL };

/* What passes, as like to what fails as can be. */
static void trace_control(struct run *run, struct task_group *group, const char *failing, struct path_trace *out)
{
	const char *name = passing_hello(run->endpoint, without_name);

	if (name) {
		hello_trace(run, group, name, spec_with(run, failing, name), out);
		return;
	}
	name = passing_hello(run->endpoint, smaller);
	if (name)
		hello_trace(run, group, name, spec_of_attempt(run, name), out);
}

/* ---- segments ---------------------------------------------------------------------------------------- */

/* "main" or "chrome": stalls with segments of the usual size, passes with small ones. */
static const char *passes_when_small(const struct endpoint *ep)
{
	for (size_t i = 0; i < ep->n_attempts; i++) {
		const struct attempt *at = ep->attempts[i];
		const char *name = at->kind == ATTEMPT_FULL ? "main" : "chrome";
		const struct attempt *usual = evidence_attempt(ep, name);

		if (at->mss && at->done && usual && !usual->done)
			return name;
	}
	return NULL;
}

/* ---- the probe ------------------------------------------------------------------------------------------ */

static bool wants_path(const struct run *run)
{
	const struct endpoint *ep = run->endpoint;

	/* Its hellos go straight to the server. */
	if (run->visit->route || run->visit->target.starttls)
		return false;
	if (ep && run->visit->best == ep && http_stalls_by_size(&run->visit->http_stall))
		return true;
	return ep && (ep->tcp.outcome == TCP_CONNECTED || ep->tcp.outcome == TCP_RESET) && !looks_healthy(run->visit, ep) &&
	       (failing_hello(ep) || passes_when_small(ep));
}

static void hello_run(struct run *run, struct path_evidence *path, const char *failing)
{
	struct task_group group = { 0 };
	const struct attempt *at = evidence_attempt(run->endpoint, failing);

	hello_trace(run, &group, failing, spec_of_attempt(run, failing), &path->hello);
	trace_control(run, &group, failing, &path->control);
	if (!at || at->fault == TLS_FAULT_RESET) {
		path->answer_left = arrival_of_answer(run, path_port(run->endpoint));
		path->reset_left = arrival_of_reset(run, attempt_hello(run, spec_of_attempt(run, failing)));
	}
	task_group_wait(&group);
	if (path->hello.was_sent) {
		const struct span hello = attempt_hello(run, spec_of_attempt(run, failing));
		const struct path_sender sender = { send_hello, run, &hello, path_port(run->endpoint), LIMIT_MS };

		rejecter_place(&sender, &path->hello);
	}
}

static void hello_path_run(struct run *run)
{
	const struct endpoint *ep = run->endpoint;
	const char *stalled = passes_when_small(ep), *failing = failing_hello(ep);
	bool is_about_name = passing_hello(ep, without_name) != NULL;
	bool is_ours = failing && evidence_attempt(ep, failing) && evidence_attempt(ep, failing)->unsent;

	path_trace_port(run);
	if (!ep->path || ep->path->hello.was_sent)
		return;
	if (failing && (is_about_name || is_ours || !stalled))
		hello_run(run, ep->path, failing);
	else
		segments_run(run, stalled);
}

const struct probe probe_hello_path = {
	.name = "hello-path", .layer = LAYER_TCP, .stage = STAGE_PATH, .connections = 120,
	.does = "finds out where on the way the hello is cut off",
	.wanted = wants_path, .run = hello_path_run,
};
