/* What is asked beside the main exchange, at no cost of time: does a hello of a browser's true size
 * and with its post-quantum share pass; what does port 80 say. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "probe/exchange.h"
#include "probe/specs.h"
#include "net/task.h"

static bool always(const struct run *run)
{
	return run->endpoint != NULL;
}

static void browser_hello_run(struct run *run)
{
	attempt_raw(run, "chrome", 0, spec_of_client(run, "chrome"));
}

const struct probe probe_browser_hello = {
	.name = "browser-hello", .layer = LAYER_TLS, .stage = STAGE_OPEN, .connections = 1,
	.does = "sends Chrome's own hello: over 1,400 bytes, with GREASE and a post-quantum share",
	.wanted = always, .run = browser_hello_run,
};

static bool is_first_of_family(const struct run *run)
{
	for (size_t i = 0; i < run->visit->n_endpoints && run->visit->endpoints[i] != run->endpoint; i++)
		if (run->visit->endpoints[i]->family == run->endpoint->family)
			return false;
	return true;
}

static bool wants_plain_port(const struct run *run)
{
	return run->endpoint && run->visit->target.port == 443 && target_is_web(&run->visit->target) && !run->visit->route && is_first_of_family(run) &&
	       (run->endpoint != run->visit->endpoints[0] || !run->visit->port80.asked);
}

/* The other family is asked where the first is late or without an answer: sign-in pages of networks often know IPv4 alone. */
static bool is_other_family_needed(struct run *run)
{
	enum { LATE_MS = 400, SLICE_MS = 25 };
	const struct plain_http *first = &run->visit->port80;

	for (unsigned ms = 0; ms < LATE_MS && !first->http.asked && (first->tcp == TCP_NOT_TRIED || first->tcp == TCP_CONNECTED); ms += SLICE_MS)
		net_sleep(&run->probing->net, SLICE_MS);
	return !first->http.got_head;
}

/* What port 80 says is a courtesy: when it drops packets or hangs, nobody waits for it long. */
static bool plain_go_on(void *ctx, double waited_ms)
{
	const struct run *run = ctx;
	const struct probing *p = run->probing;
	const struct attempt *at = run->endpoint->main;
	bool is_settled = at && (at->fault != TLS_FAULT_NONE || run->visit->http.elapsed_ms > 0);

	return waited_ms < (is_settled ? p->connect_slow_ms : p->connect_decide_ms);
}

static void ask_plain(struct run *run, struct plain_http *out)
{
	struct probing *p = run->probing;
	struct endpoint *ep = run->endpoint;
	struct sockaddr_storage address = ep->address;
	const struct conn_wish wish = { .timeout_ms = p->connect_timeout_ms, .patience = { 100, plain_go_on, run } };
	struct tcp_evidence tcp;
	struct conn *conn;
	struct run plain = *run;
	struct visit copy = *run->visit;

	if (ep->family == AF_INET6)
		((struct sockaddr_in6 *)(void *)&address)->sin6_port = htons(80);
	else
		((struct sockaddr_in *)(void *)&address)->sin_port = htons(80);
	conn = conn_open_as(&p->net, (const struct sockaddr *)&address, ep->address_len, &wish, &tcp);
	*out = (struct plain_http){ .asked = true, .address = ep->text, .tcp = tcp.outcome };
	if (!conn)
		return;
	conn_set_patience(conn, &wish.patience);
	copy.target.port = 80;
	copy.target.scheme = "http";
	plain.visit = &copy;
	http_plain(&plain, conn, &out->http);
	conn_close(conn);
}

static void plain_port_run(struct run *run)
{
	struct plain_http *out = &run->visit->port80, *seen = arena_new_of(run->probing->arena, struct plain_http);
	bool is_first = run->endpoint == run->visit->endpoints[0];

	if (is_first)
		out->asked = true;
	else if (!is_other_family_needed(run))
		return;
	ask_plain(run, seen);
	if (!out->http.got_head && (is_first || seen->http.got_head))
		*out = *seen;
}

const struct probe probe_plain_port = {
	.name = "plain-port", .layer = LAYER_HTTP, .stage = STAGE_OPEN, .connections = 1,
	.does = "asks port 80 for the same page: does it answer, does it lead to https",
	.wanted = wants_plain_port, .run = plain_port_run,
};
