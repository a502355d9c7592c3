/* See connect.h. */
#include "probe/connect.h"
#include "starttls/dialogue.h"

#include <errno.h>

#include "kb/names.h"
#include "net/own_way.h"
#include "probe/path.h"
#include "probe/tds.h"
#include "tls/session.h"

/* A connection that was made counts for the address, and a failure only where none was; a refusal
 * tells more than silence does. */
static void note_tcp(struct endpoint *ep, const struct tcp_evidence *seen)
{
	if (ep->tcp.outcome == TCP_NOT_TRIED ||
	    (ep->tcp.outcome == TCP_TIMEOUT && seen->outcome != TCP_LOCAL_ERROR) ||
	    (seen->outcome == TCP_CONNECTED && ep->tcp.outcome != TCP_CONNECTED))
		ep->tcp = *seen;
}

/* ---- a dialogue ------------------------------------------------------------------------------------------ */

static enum dialogue_fault end_of(ssize_t got)
{
	return got == 0 ? DIALOGUE_CLOSED : got == -ETIMEDOUT ? DIALOGUE_SILENT : DIALOGUE_RESET;
}

bool dialogue_hold(struct run *run, struct conn *conn, const struct dialogue_protocol *protocol,
		   const struct dialogue_ask *ask, struct span early, struct dialogue_evidence *out)
{
	enum { ROOM = 2048 };
	struct probing *p = run->probing;
	double start = net_now_ms(&p->net), limit = p->handshake_timeout_ms;
	struct dialogue *d = dialogue_new(p->arena, protocol, ask, out);
	uint8_t buffer[ROOM];

	dialogue_receive(d, early);
	for (;;) {
		struct span bytes = dialogue_send(d);
		double left = limit - (net_now_ms(&p->net) - start);
		ssize_t got;

		/* A peer that is gone may have said why before. */
		if (bytes.n > 0)
			(void)conn_write(conn, bytes, p->idle_timeout_ms);
		if (dialogue_over(d))
			break;
		got = left <= 0 ? -ETIMEDOUT : conn_read(conn, buffer, ROOM, (unsigned)left + 1);
		if (got > 0)
			dialogue_receive(d, span_of(buffer, (size_t)got));
		else
			dialogue_end(d, end_of(got));
	}
	out->elapsed_ms = net_now_ms(&p->net) - start;
	return out->fault == DIALOGUE_DONE;
}

/* ---- to the server, or to the proxy and through it --------------------------------------------------------- */

/* It never left this machine: nothing that the peer or the path could be blamed for. */
static bool is_own_failure(const struct tcp_evidence *seen)
{
	return !seen->has_icmp && (seen->outcome == TCP_NETWORK_UNREACHABLE || seen->outcome == TCP_HOST_UNREACHABLE ||
				   seen->outcome == TCP_LOCAL_ERROR);
}

/* Once more where others get through: a question left unasked would look like a client that fails. */
static struct conn *once_more(struct run *run, struct attempt *attempt)
{
	enum { AGAIN_MS = 150 };
	struct probing *p = run->probing;
	struct endpoint *ep = run->endpoint;
	const struct conn_wish wish = { .timeout_ms = p->connect_timeout_ms, .mss = attempt->mss };

	net_sleep(&p->net, AGAIN_MS);
	if (ep->tcp.outcome != TCP_CONNECTED)
		return NULL;
	return conn_open_as(&p->net, (const struct sockaddr *)&ep->address, ep->address_len, &wish, &attempt->tcp);
}

static struct conn *direct(struct run *run, struct attempt *attempt)
{
	struct probing *p = run->probing;
	struct endpoint *ep = run->endpoint;
	struct path_watch watch;
	const struct conn_wish wish = { .timeout_ms = p->connect_timeout_ms, .mss = attempt->mss,
					.patience = path_watch_begin(&watch, run) };
	struct conn *conn = conn_open_as(&p->net, (const struct sockaddr *)&ep->address, ep->address_len, &wish,
					 &attempt->tcp);

	note_tcp(ep, &attempt->tcp);
	if (!conn && !ep->way) {
		ep->way = arena_new_of(p->arena, struct own_way);
		own_way_read(p->arena, (const struct sockaddr *)&ep->address, p->net.interface, ep->way);
		if (ep->way->error == ENETUNREACH)
			ep->way->has_other_family = own_way_of_other_family(p->arena, (const struct sockaddr *)&ep->address, p->net.interface);
	}
	path_watch_end(&watch, &attempt->tcp);
	return conn || !is_own_failure(&attempt->tcp) ? conn : once_more(run, attempt);
}

static struct conn *to_proxy(struct run *run, struct proxy_route *route, struct attempt *attempt)
{
	struct probing *p = run->probing;
	unsigned timeout_ms = p->connect_timeout_ms / (unsigned)(route->n_addresses ? route->n_addresses : 1);
	size_t first = route->good;
	struct conn *conn = NULL;

	for (size_t i = 0; i < route->n_addresses && !conn; i++) {
		size_t n = (first + i) % route->n_addresses;
		const struct sockaddr_storage *address = &route->addresses[n];
		const struct conn_wish wish = { .timeout_ms = timeout_ms, .mss = attempt->mss };

		conn = conn_open_as(&p->net, (const struct sockaddr *)address, address->ss_family == AF_INET6 ?
				    sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in), &wish, &attempt->tcp);
		if (conn)
			route->good = n;
	}
	note_tcp(run->endpoint, &attempt->tcp);
	return conn;
}

/* ---- TLS to the proxy -------------------------------------------------------------------------------------- */

static ssize_t inside_read(void *ctx, void *buffer, size_t n, unsigned timeout_ms)
{
	ssize_t got = tls_read(ctx, buffer, n, timeout_ms);

	/* Behind the proxy's TLS an end without close_notify is an end, and what breaks it a reset. */
	return got == -EPIPE ? 0 : got == -EBADMSG || got == -EPROTO ? -ECONNRESET : got;
}

static int inside_write(void *ctx, struct span bytes, unsigned timeout_ms)
{
	return tls_write(ctx, bytes, timeout_ms);
}

static void inside_end(void *ctx)
{
	tls_session_free(ctx);
}

static enum dialogue_fault fault_of_tls(const struct attempt *at)
{
	switch (at->fault) {
	case TLS_FAULT_SILENT: return DIALOGUE_SILENT;
	case TLS_FAULT_STALLED: return DIALOGUE_STALLED;
	case TLS_FAULT_CLOSED: return DIALOGUE_CLOSED;
	case TLS_FAULT_RESET: return DIALOGUE_RESET;
	case TLS_FAULT_NOT_TLS: return DIALOGUE_OTHER_PROTOCOL;
	default: return DIALOGUE_MALFORMED;
	}
}

/* The first handshake with the proxy stands for it, unless a later one got further. */
static void note_tls(struct visit *visit, struct attempt *at)
{
	if (!visit->proxy.tls || (!visit->proxy.tls->done && at->done))
		visit->proxy.tls = at;
}

/* False, and why in `out`, where no handshake with it comes about. */
static bool enter_tls(struct run *run, const struct proxy_route *route, struct conn *conn, struct dialogue_evidence *out)
{
	static const char *const http1[] = { "http/1.1", NULL };
	static const struct tls_config config = { .name = "proxy", .alpn = http1, .security_level = -1 };
	struct probing *p = run->probing;
	const struct tls_limits limits = { p->idle_timeout_ms, p->idle_timeout_ms };
	struct attempt *at = arena_new_of(p->arena, struct attempt);
	struct tls_session *session = tls_handshake(p->tls, conn, &config, *route->tls_name ? route->tls_name : NULL, &limits, at);
	const char *name = at->fault == TLS_FAULT_ALERT ? kb_alert_name(at->alert) : NULL;

	at->name = "proxy";
	note_tls(run->visit, at);
	if (session) {
		conn_set_layer(conn, &(struct conn_layer){ inside_read, inside_write, inside_end, session });
		return true;
	}
	*out = (struct dialogue_evidence){
		.protocol = route->protocol->name, .fault = fault_of_tls(at), .speaks = at->plain, .first_bytes = at->first_bytes,
		.text = at->fault == TLS_FAULT_ALERT ? arena_printf(p->arena, "TLS alert %u (%s)", at->alert, name ? name : "unassigned") :
			at->reason,
	};
	return false;
}

static struct conn *through_proxy(struct run *run, struct proxy_route *route, struct attempt *attempt, struct span *rest)
{
	const struct target *target = &run->visit->target;
	struct dialogue_ask ask = { .host = target->host, .port = target->port, .user = route->user,
				    .password = route->password };
	struct conn *conn = to_proxy(run, route, attempt);

	if (!conn)
		return NULL;
	if (route->has_local_names)
		ask.address = run->endpoint->address;
	attempt->proxy = arena_new_of(run->probing->arena, struct dialogue_evidence);
	if ((!route->tls_name || enter_tls(run, route, conn, attempt->proxy)) && dialogue_hold(run, conn, route->protocol, &ask, span_of(NULL, 0), attempt->proxy)) {
		*rest = attempt->proxy->after;
		return conn;
	}
	conn_close(conn);
	return NULL;
}

struct conn *attempt_reach(struct run *run, struct attempt *attempt, struct span *rest)
{
	struct proxy_route *route = run->visit->route;
	struct conn *conn = route ? through_proxy(run, route, attempt, rest) : direct(run, attempt);

	if (!conn)
		attempt->fault = TLS_FAULT_CONNECT;
	/* A closed port refuses; a reset comes from a connection that stood, if only for a moment. */
	if (attempt->tcp.outcome == TCP_RESET && !route) {
		attempt->fault = TLS_FAULT_RESET;
		run->endpoint->reset_before_hello = true;
	}
	return conn;
}

/* ---- ready for TLS ----------------------------------------------------------------------------------------- */

/* Nobody waits for a greeting on a port that has answered a hello meanwhile. */
static bool greeting_go_on(void *ctx, double waited_ms)
{
	const struct run *run = ctx;
	const struct attempt *at = evidence_attempt(run->endpoint, "tls-at-once");

	(void)waited_ms;
	return !at || !at->has_server_hello;
}

struct conn *attempt_connect(struct run *run, struct attempt *attempt)
{
	const struct target *target = &run->visit->target;
	const struct dialogue_protocol *protocol = starttls_find(target->starttls);
	const struct dialogue_ask ask = { .host = target->servername ? target->servername : target->host,
					  .port = target->port };
	const struct patience patience = { 100, greeting_go_on, run };
	struct span rest = span_of(NULL, 0);
	struct conn *conn = attempt_reach(run, attempt, &rest);

	if (!conn || !protocol)
		return conn;
	attempt->starttls = arena_new_of(run->probing->arena, struct dialogue_evidence);
	conn_set_patience(conn, &patience);
	if (dialogue_hold(run, conn, protocol, &ask, rest, attempt->starttls) && (!protocol->wraps_handshake || tds_wrap(conn))) {
		conn_set_patience(conn, NULL);
		return conn;
	}
	attempt->fault = TLS_FAULT_CONNECT;
	conn_close(conn);
	return NULL;
}

const char *const *alpn_for(const struct target *target, const char *const *web)
{
	static const char *const postgres[] = { "postgresql", NULL };

	/* A PostgreSQL server that is spoken to in TLS at once wants to be named (version 17). */
	if (target_is_web(target))
		return web;
	return strcmp(target->scheme, "postgres") == 0 && !target->starttls ? postgres : NULL;
}

/* ---- http:// --------------------------------------------------------------------------------------------------- */

struct conn *plain_connect(struct run *run)
{
	struct proxy_route *route = run->visit->route;
	struct attempt unlisted = { .name = "plain" };
	struct attempt *at = route ? attempt_new(run, "plain", 0) : &unlisted;
	struct span rest = span_of(NULL, 0);

	struct conn *conn;

	if (!route || strcmp(route->protocol->name, "http") != 0)
		return attempt_reach(run, at, &rest);
	conn = to_proxy(run, route, at);
	if (!conn || !route->tls_name)
		return conn;
	at->proxy = arena_new_of(run->probing->arena, struct dialogue_evidence);
	if (enter_tls(run, route, conn, at->proxy))
		return conn;
	conn_close(conn);
	return NULL;
}
