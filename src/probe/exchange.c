/* Moves bytes between an HTTP exchange and its connection. */
#include "probe/exchange.h"

#include <errno.h>

#include "http/exchange.h"
#include "probe/connect.h"
#include "starttls/dialogue.h"

enum { READ_SIZE = 16384 };

static const char user_agent[] = "Mozilla/5.0 (compatible; why443)";

static const char *authority_of(struct arena *arena, const struct target *target)
{
	bool is_default = target->port == (strcmp(target->scheme, "http") == 0 ? 80 : 443);
	bool is_v6 = strchr(target->host, ':') != NULL;
	const char *host = is_v6 ? arena_printf(arena, "[%s]", target->host) : target->host;

	return is_default ? host : arena_printf(arena, "%s:%u", host, target->port);
}

/* An HTTP proxy gets the whole URL: RFC 9112 3.2.2. */
static void ask_proxy(struct run *run, const struct proxy_route *route, struct http_request *request)
{
	struct arena *arena = run->probing->arena;
	struct http_field *login = arena_new_of(arena, struct http_field);

	request->path = arena_printf(arena, "http://%s%s", request->authority, request->path);
	if (!route->user)
		return;
	*login = (struct http_field){ "proxy-authorization", tunnel_basic(arena, route->user, route->password) };
	request->extra = login;
	request->n_extra = 1;
}

static struct http_exchange *exchange_for(struct run *run, const char *protocol, const char *scheme,
					  struct http_evidence *out)
{
	const struct target *target = &run->visit->target;
	const struct proxy_route *route = strcmp(scheme, "http") == 0 ? run->visit->route : NULL;
	struct http_request request = {
		.protocol = protocol, .method = "GET", .scheme = scheme,
		.authority = authority_of(run->probing->arena, target),
		.path = target->path ? target->path : "/", .user_agent = user_agent,
	};

	if (route && strcmp(route->protocol->name, "http") == 0)
		ask_proxy(run, route, &request);
	*out = (struct http_evidence){ .asked = true, .protocol = protocol, .method = "GET" };
	return http_exchange_new(run->probing->arena, &request, out);
}

/* How the bytes move: over TLS or in clear. */
struct link {
	struct tls_session *session;
	struct conn *conn;
	const struct attempt *attempt;
};

static ssize_t link_read(const struct link *link, void *buffer, size_t n, unsigned timeout_ms)
{
	return link->session ? tls_read(link->session, buffer, n, timeout_ms) :
			       conn_read(link->conn, buffer, n, timeout_ms);
}

static int link_write(const struct link *link, struct span bytes, unsigned timeout_ms)
{
	return link->session ? tls_write(link->session, bytes, timeout_ms) :
			       conn_write(link->conn, bytes, timeout_ms);
}

static enum http_eof eof_of(const struct link *link, ssize_t got)
{
	if (link->attempt && link->attempt->late_alert)
		return HTTP_EOF_TLS_ALERT;
	switch (got) {
	case 0: return link->session ? HTTP_EOF_CLOSE_NOTIFY : HTTP_EOF_FIN;
	case -EPIPE: return HTTP_EOF_FIN;
	case -ETIMEDOUT: return HTTP_EOF_TIMEOUT;
	case -EBADMSG: return HTTP_EOF_BAD_RECORD_MAC;
	case -ECONNRESET: return HTTP_EOF_RESET;
	default: return HTTP_EOF_BAD_RECORD_MAC;
	}
}

enum {
	LAST_WORDS_MS = 500,    /* whom nothing can be written to is gone, and has said what he had to say */
	IDLE_MS = 2500,         /* so long without a byte: does the server still know of the connection? */
	GONE_MS = 250
};

/* As link_read(); notes where the server has dropped the connection without a word: then nothing will come. Asked once. */
static ssize_t read_or_miss(struct run *run, const struct link *link, uint8_t *buffer, double left, struct http_evidence *out, bool *was_asked)
{
	struct net *net = &run->probing->net;
	double start = net_now_ms(net), rtt = link->attempt ? link->attempt->tcp.connect_ms : 0;
	ssize_t got;

	if (*was_asked || left <= IDLE_MS + GONE_MS + 2 * rtt)
		return link_read(link, buffer, READ_SIZE, (unsigned)left + 1);
	got = link_read(link, buffer, READ_SIZE, IDLE_MS);
	if (got != -ETIMEDOUT || net_now_ms(net) - start < IDLE_MS)
		return got;
	*was_asked = true;
	out->is_abandoned = conn_is_gone(link->conn, GONE_MS + (unsigned)(2 * rtt));
	return out->is_abandoned ? -ETIMEDOUT : link_read(link, buffer, READ_SIZE, (unsigned)(left - (net_now_ms(net) - start)) + 1);
}

static void drive(struct run *run, const struct link *link, struct http_exchange *x, struct http_evidence *out, bool is_head_enough)
{
	struct probing *p = run->probing;
	double start = net_now_ms(&p->net);
	uint8_t *buffer = arena_alloc(p->arena, READ_SIZE);
	bool can_write = true, was_asked = false;

	while (!http_exchange_done(x) && !(is_head_enough && out->got_head)) {
		double left = (double)p->http_timeout_ms - (net_now_ms(&p->net) - start);
		struct span to_write;
		ssize_t got;

		http_exchange_send(x, &to_write);
		/* A peer that is gone may still have said why: read on. */
		if (to_write.n > 0 && can_write && link_write(link, to_write, p->idle_timeout_ms) < 0)
			can_write = false;
		if (!can_write && left > LAST_WORDS_MS)
			left = LAST_WORDS_MS;
		got = left <= 0 ? -ETIMEDOUT : read_or_miss(run, link, buffer, left, out, &was_asked);
		if (got > 0 && out->first_byte_ms == 0)
			out->first_byte_ms = net_now_ms(&p->net) - start;
		if (got <= 0) {
			http_exchange_eof(x, got == -ETIMEDOUT && !can_write ? HTTP_EOF_RESET : eof_of(link, got));
			break;
		}
		http_exchange_receive(x, span_of(buffer, (size_t)got));
	}
	out->elapsed_ms = net_now_ms(&p->net) - start;
}

void http_over(struct run *run, struct tls_session *session, struct conn *conn, struct attempt *attempt,
	       struct http_evidence *out)
{
	const char *protocol = attempt->alpn && strcmp(attempt->alpn, "h2") == 0 ? "h2" : "http/1.1";
	struct http_exchange *x = exchange_for(run, protocol, "https", out);
	struct link link = { session, conn, attempt };

	drive(run, &link, x, out, false);
}

void http_head_over(struct run *run, struct tls_session *session, struct conn *conn, struct attempt *attempt,
		    struct http_evidence *out)
{
	const char *protocol = attempt->alpn && strcmp(attempt->alpn, "h2") == 0 ? "h2" : "http/1.1";
	struct http_exchange *x = exchange_for(run, protocol, "https", out);
	struct link link = { session, conn, attempt };

	drive(run, &link, x, out, true);
	out->body = span_of(NULL, 0);
}

void http_plain(struct run *run, struct conn *conn, struct http_evidence *out)
{
	struct http_exchange *x = exchange_for(run, "http/1.1", "http", out);
	struct link link = { NULL, conn, NULL };

	drive(run, &link, x, out, false);
}
