/* See path.h. A router that is asked too much stays silent for a second (RFC 1812 4.3.2.8), so limits
 * go out one after another, no further than the first that is answered. */
#include "probe/path.h"

#include <errno.h>
#include <netinet/in.h>

#include "probe/arrival.h"
#include "probe/leaves.h"

enum {
	LIMIT_MS = 1800,        /* a SYN and its first repeat */
	GRACE_MS = 500,         /* for the routers before, once the end is known */
	APART_MS = 12,          /* between two limits */
	SLICE_MS = 100,
	TRACED_MAX = 4,
	UDP_PORT = 33434,       /* traceroute's: nobody listens there */
	ICMP4_TIME_EXCEEDED = 11, ICMP4_UNREACHABLE = 3, ICMP4_PORT = 3,
	ICMP6_TIME_EXCEEDED = 3, ICMP6_UNREACHABLE = 1, ICMP6_PORT = 4,
};

/* ---- one packet for each limit --------------------------------------------------------------------- */

struct tracing {
	const struct path_sender *sender;
	struct path_trace *out;
	struct task_group group;
	uint8_t end;            /* smallest limit that got an answer or a rejection; 0: none yet */
	double end_ms;          /* when that was */
};

struct hop_task {
	struct tracing *tracing;
	struct path_hop *hop;
};

static bool hop_go_on(void *ctx, double waited_ms)
{
	const struct hop_task *t = ctx;
	const struct tracing *tracing = t->tracing;

	if (tracing->end && (t->hop->hops > tracing->end ||
			     net_now_ms(&tracing->sender->run->probing->net) - tracing->end_ms > GRACE_MS))
		return false;
	return waited_ms < tracing->sender->limit_ms;
}

static void hop_main(void *ctx)
{
	struct hop_task *t = ctx;
	struct tracing *tracing = t->tracing;
	struct net *net = &tracing->sender->run->probing->net;
	const struct patience patience = { SLICE_MS, hop_go_on, t };
	double start = net_now_ms(net);

	tracing->sender->send(tracing->sender, t->hop, &patience);
	t->hop->elapsed_ms = net_now_ms(net) - start;
	if (t->hop->reply >= PATH_REJECT && (!tracing->end || t->hop->hops < tracing->end)) {
		tracing->end = t->hop->hops;
		tracing->end_ms = net_now_ms(net);
	}
	task_group_leave(&tracing->group);
}

static void cut(struct tracing *tracing)
{
	struct path_trace *out = tracing->out;

	if (tracing->end)
		out->n_hops = out->n_sent = tracing->end;
	/* What does not leave for one limit does for none. */
	if (out->n_hops > 0 && out->hops[0].is_unsent)
		out->n_hops = out->n_sent = 1;
	while (out->n_hops > 0 && out->hops[out->n_hops - 1].reply <= PATH_SILENT && !out->hops[out->n_hops - 1].is_unsent)
		out->n_hops--;
}

void path_trace_with(const struct path_sender *sender, size_t n, struct path_trace *out)
{
	struct arena *arena = sender->run->probing->arena;
	struct tracing tracing = { .sender = sender, .out = out };
	struct hop_task *tasks = arena_array(arena, struct hop_task, n + 1);

	out->was_sent = true;
	out->port = sender->port;
	out->hops = arena_array(arena, struct path_hop, n + 1);
	for (size_t i = 0; i < n && !tracing.end; i++) {
		out->hops[i].hops = (uint8_t)(i + 1);
		out->n_hops = out->n_sent = i + 1;
		tasks[i] = (struct hop_task){ &tracing, &out->hops[i] };
		task_group_add(&tracing.group);
		if (!task_spawn(hop_main, &tasks[i]))
			task_group_leave(&tracing.group);
		net_sleep(&sender->run->probing->net, APART_MS);
	}
	task_group_wait(&tracing.group);
	cut(&tracing);
}

/* ---- what is sent ------------------------------------------------------------------------------------- */

socklen_t path_address(const struct endpoint *ep, uint16_t port, struct sockaddr_storage *out)
{
	*out = ep->address;
	if (ep->family == AF_INET6)
		((struct sockaddr_in6 *)(void *)out)->sin6_port = htons(port);
	else
		((struct sockaddr_in *)(void *)out)->sin_port = htons(port);
	return ep->address_len;
}

uint16_t path_port(const struct endpoint *ep)
{
	return ntohs(ep->family == AF_INET6 ? ((const struct sockaddr_in6 *)(const void *)&ep->address)->sin6_port :
					      ((const struct sockaddr_in *)(const void *)&ep->address)->sin_port);
}

static bool is_time_exceeded(const struct endpoint *ep, const struct tcp_evidence *seen)
{
	return seen->has_icmp && seen->icmp_code == 0 &&
	       seen->icmp_type == (ep->family == AF_INET6 ? ICMP6_TIME_EXCEEDED : ICMP4_TIME_EXCEEDED);
}

static void note_icmp(struct path_hop *hop, const struct tcp_evidence *seen)
{
	hop->from = seen->icmp_from;
	hop->icmp_type = seen->icmp_type;
	hop->icmp_code = seen->icmp_code;
}

static void send_syn(const struct path_sender *sender, struct path_hop *hop, const struct patience *patience)
{
	const struct endpoint *ep = sender->run->endpoint;
	const struct conn_wish wish = { .timeout_ms = sender->limit_ms + 1000, .hops = hop->hops, .is_ack_late = true,
					.patience = *patience };
	struct sockaddr_storage address;
	socklen_t len = path_address(ep, sender->port, &address);
	struct tcp_evidence seen;
	struct conn *conn = conn_open_as(&sender->run->probing->net, (const struct sockaddr *)&address, len, &wish, &seen);

	hop->outcome = seen.outcome;
	note_icmp(hop, &seen);
	if (seen.has_icmp)
		hop->reply = is_time_exceeded(ep, &seen) ? PATH_ROUTER : PATH_REJECT;
	else if (conn || seen.outcome == TCP_REFUSED || seen.outcome == TCP_RESET)
		hop->reply = PATH_ANSWER;
	else
		hop->reply = seen.outcome == TCP_TIMEOUT ? PATH_SILENT : PATH_NOT_SENT;
	if (conn)
		conn_limit_hops(conn, 0);
	conn_close(conn);
}

static bool is_own_port_unreachable(const struct endpoint *ep, const struct tcp_evidence *seen)
{
	bool v6 = ep->family == AF_INET6;

	return seen->icmp_type == (v6 ? ICMP6_UNREACHABLE : ICMP4_UNREACHABLE) &&
	       seen->icmp_code == (v6 ? ICMP6_PORT : ICMP4_PORT) && seen->icmp_from && strcmp(seen->icmp_from, ep->text) == 0;
}

static void send_udp(const struct path_sender *sender, struct path_hop *hop, const struct patience *patience)
{
	static const uint8_t nothing[12];
	const struct endpoint *ep = sender->run->endpoint;
	struct sockaddr_storage address;
	socklen_t len = path_address(ep, (uint16_t)(sender->port + hop->hops), &address);
	struct tcp_evidence seen;
	struct conn *conn = conn_open_udp(&sender->run->probing->net, (const struct sockaddr *)&address, len, hop->hops,
					  &seen);
	uint8_t byte;

	if (!conn)
		return;
	conn_set_patience(conn, patience);
	hop->reply = PATH_SILENT;
	if (conn_write(conn, span_of(nothing, sizeof nothing), sender->limit_ms) == 0 &&
	    conn_read(conn, &byte, 1, sender->limit_ms) >= 0)
		hop->reply = PATH_ANSWER;
	else if (conn_icmp(conn, &seen)) {
		note_icmp(hop, &seen);
		hop->reply = is_time_exceeded(ep, &seen) ? PATH_ROUTER :
			     is_own_port_unreachable(ep, &seen) ? PATH_ANSWER : PATH_REJECT;
	}
	conn_close(conn);
}

/* ---- the three traces ----------------------------------------------------------------------------------- */

struct trace_task {
	struct path_sender sender;
	struct path_trace *out;
	struct task_group *group;
};

static void trace_main(void *ctx)
{
	struct trace_task *t = ctx;

	path_trace_with(&t->sender, PATH_HOPS_MAX, t->out);
	task_group_leave(t->group);
}

static void trace_spawn(struct trace_task *t)
{
	task_group_add(t->group);
	if (!task_spawn(trace_main, t))
		task_group_leave(t->group);
}

static uint16_t compare_port(const struct run *run)
{
	return run->probing->compare_port ? run->probing->compare_port : run->visit->target.port == 80 ? 443 : 80;
}

static const struct path_hop *end_of(const struct path_trace *trace)
{
	const struct path_hop *last = trace->n_hops > 0 ? &trace->hops[trace->n_hops - 1] : NULL;

	return last && last->reply == PATH_ANSWER ? last : NULL;
}

/* A box right before the host resets for no fewer hops than the host needs: then its packets tell. */
static void measure_refusal(struct run *run, struct path_evidence *path)
{
	const struct path_hop *end = end_of(&path->port), *other = end_of(&path->compare);

	if (!end || end->outcome == TCP_CONNECTED || end->hops < 2 || !other || other->hops != end->hops)
		return;
	path->reset_left = arrival_of_answer(run, path->port.port);
	path->answer_left = arrival_of_answer(run, path->compare.port);
}

/* Refused for a limit of one: where packets that get further are heard of, this machine or its first router does it. */
static void measure_own_refusal(struct run *run, struct path_evidence *path)
{
	const struct path_hop *end = end_of(&path->port);
	bool is_further = (path->compare.n_hops > 0 && path->compare.hops[0].reply == PATH_ROUTER) ||
			  (path->udp.n_hops > 0 && path->udp.hops[0].reply == PATH_ROUTER);

	if (end && end->hops == 1 && end->outcome == TCP_REFUSED && is_further)
		leaves_measure(run);
}

/* Right behind a router that was heard. */
static bool is_placed(const struct path_trace *trace, const char *from)
{
	for (size_t i = 0; i < trace->n_hops; i++)
		if (trace->hops[i].from && strcmp(trace->hops[i].from, from) == 0)
			return i == 0 || trace->hops[i - 1].reply == PATH_ROUTER;
	return false;
}

static size_t routers_heard(const struct path_trace *trace)
{
	size_t n = trace->n_hops;

	while (n > 0 && trace->hops[n - 1].reply != PATH_ROUTER)
		n--;
	return n;
}

/* Routers tell of a packet without a route about once a second. The one that told the connection, and then had no word
 * left for the trace, is asked again when it has: where, behind the last that was heard. */
static void place_rejecter(struct run *run, struct path_evidence *path)
{
	enum { PAUSE_MS = 1100, AGAIN_MS = 500, AGAIN_MAX = 3 };
	const struct path_sender sender = { send_syn, run, NULL, path->port.port, AGAIN_MS };
	const struct tcp_evidence *told = &run->endpoint->tcp;
	const struct path_hop *last = path->port.n_hops > 0 ? &path->port.hops[path->port.n_hops - 1] : NULL;
	const char *from = told->has_icmp && !is_time_exceeded(run->endpoint, told) ? told->icmp_from : last && last->reply == PATH_REJECT ? last->from : NULL;
	const struct own_way *way = run->endpoint->way;
	struct tracing tracing = { .sender = &sender, .out = &path->port };

	if (!from || strcmp(from, run->endpoint->text) == 0 || is_placed(&path->port, from) || (way && way->source && strcmp(from, way->source) == 0))
		return;
	for (unsigned i = 0; i < AGAIN_MAX && routers_heard(&path->port) < PATH_HOPS_MAX; i++) {
		size_t at = routers_heard(&path->port);
		struct path_hop *hop = &path->port.hops[at];
		struct hop_task task = { &tracing, hop };
		const struct patience patience = { SLICE_MS, hop_go_on, &task };

		net_sleep(&run->probing->net, PAUSE_MS);
		*hop = (struct path_hop){ .hops = (uint8_t)(at + 1) };
		send_syn(&sender, hop, &patience);
		if (hop->reply <= PATH_SILENT)
			continue;       /* others may have had the word */
		path->port.n_hops = path->port.n_sent = at + 1;
		if (hop->reply != PATH_ROUTER)
			return;
	}
}

static struct path_evidence *path_begin(struct run *run)
{
	struct probing *p = run->probing;
	struct path_evidence *path;

	if (run->endpoint->path || p->n_traced >= TRACED_MAX)
		return NULL;
	p->n_traced++;
	path = run->endpoint->path = arena_new_of(p->arena, struct path_evidence);
	path->port.sends = path->compare.sends = "SYN";
	path->udp.sends = "UDP";
	return path;
}

void path_trace(struct run *run, const struct answers *since)
{
	struct path_evidence *path = path_begin(run);
	struct task_group group = { 0 };

	if (!path)
		return;
	struct trace_task tasks[] = {
		{ { send_syn, run, NULL, path_port(run->endpoint), LIMIT_MS }, &path->port, &group },
		{ { send_syn, run, NULL, compare_port(run), LIMIT_MS }, &path->compare, &group },
		{ { send_udp, run, NULL, UDP_PORT, LIMIT_MS }, &path->udp, &group },
	};

	/* Before the trace: its packets would be counted too. */
	if (run->endpoint->tcp.outcome == TCP_NOT_TRIED || run->endpoint->tcp.outcome == TCP_TIMEOUT)
		path->lets_in = answers_let_in(run, since);
	for (size_t i = 0; i < COUNT_OF(tasks); i++)
		trace_spawn(&tasks[i]);
	task_group_wait(&group);
	measure_refusal(run, path);
	measure_own_refusal(run, path);
	place_rejecter(run, path);
	path->is_complete = true;
}

void path_trace_port(struct run *run)
{
	const struct path_sender sender = { send_syn, run, NULL, path_port(run->endpoint), LIMIT_MS };
	struct path_evidence *path = path_begin(run);

	if (!path)
		return;
	path_trace_with(&sender, PATH_HOPS_MAX, &path->port);
	path->is_complete = true;
}

/* ---- watching a connection come up ------------------------------------------------------------------------ */

static void watched_trace(void *ctx)
{
	struct path_watch *watch = ctx;

	path_trace(&watch->run, &watch->answers);
	task_group_leave(&watch->group);
}

static bool is_failure(enum tcp_outcome outcome)
{
	return outcome != TCP_NOT_TRIED && outcome != TCP_CONNECTED && outcome != TCP_TIMEOUT;
}

static bool connect_go_on(void *ctx, double waited_ms)
{
	struct path_watch *watch = ctx;
	const struct probing *p = watch->run.probing;
	const struct endpoint *ep = watch->run.endpoint;

	if (waited_ms < p->connect_slow_ms)
		return true;
	if (!ep->path && ep->tcp.outcome != TCP_CONNECTED) {
		task_group_add(&watch->group);
		if (!task_spawn(watched_trace, watch))
			task_group_leave(&watch->group);
	}
	/* Another attempt was told no: this one's refusal is merely late. */
	if (is_failure(ep->tcp.outcome))
		return false;
	return waited_ms < p->connect_decide_ms || (ep->path && !ep->path->is_complete && waited_ms < 2 * p->connect_decide_ms);
}

struct patience path_watch_begin(struct path_watch *watch, const struct run *run)
{
	*watch = (struct path_watch){ .run = *run };
	answers_begin(run, &watch->answers);
	return (struct patience){ SLICE_MS, connect_go_on, watch };
}

void path_watch_end(struct path_watch *watch, const struct tcp_evidence *seen)
{
	if (is_failure(seen->outcome) && !(seen->outcome == TCP_LOCAL_ERROR))
		path_trace(&watch->run, &watch->answers);
	task_group_wait(&watch->group);
}
