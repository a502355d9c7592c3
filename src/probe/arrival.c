/* See arrival.h. Systems send with 64, 128 or 255 (a few with 32); routers take one each. */
#include "probe/arrival.h"

#include <errno.h>

#include "probe/path.h"

enum { FAR_MAX = 24, DEMANDS_MAX = FAR_MAX + 1, LIMIT_MS = 900, GRACE_MS = 200, SLICE_MS = 30 };

struct measuring {
	struct run *run;
	uint16_t port;
	struct span hello;      /* empty: the answer to the SYN is measured */
	uint8_t most;           /* largest demand met so far */
	double met_ms;          /* when one was met first; 0: none yet */
};

struct demand {
	struct measuring *m;
	uint8_t left;
};

/* Where smaller demands have been met for a while, the packet has come and was too far gone. */
static bool demand_go_on(void *ctx, double waited_ms)
{
	const struct demand *d = ctx;
	const struct measuring *m = d->m;

	if (m->most >= d->left || (m->met_ms > 0 && net_now_ms(&m->run->probing->net) - m->met_ms > GRACE_MS))
		return false;
	return waited_ms < LIMIT_MS;
}

static void met(const struct demand *d)
{
	if (d->m->met_ms == 0)
		d->m->met_ms = net_now_ms(&d->m->run->probing->net);
	if (d->left > d->m->most)
		d->m->most = d->left;
}

static struct conn *open_to(const struct demand *d, const struct conn_wish *wish, struct tcp_evidence *seen)
{
	struct sockaddr_storage address;
	socklen_t len = path_address(d->m->run->endpoint, d->m->port, &address);

	return conn_open_as(&d->m->run->probing->net, (const struct sockaddr *)&address, len, wish, seen);
}

static void ask_syn(const struct demand *d, const struct patience *patience)
{
	const struct conn_wish wish = { .timeout_ms = 2 * LIMIT_MS, .min_left = d->left, .patience = *patience };
	struct tcp_evidence seen;
	struct conn *conn = open_to(d, &wish, &seen);

	if (conn || (!seen.has_icmp && (seen.outcome == TCP_REFUSED || seen.outcome == TCP_RESET)))
		met(d);
	conn_abort(conn);
}

static void ask_hello(const struct demand *d, const struct patience *patience)
{
	const struct conn_wish wish = { .timeout_ms = LIMIT_MS, .is_ack_late = true };
	struct tcp_evidence seen;
	struct conn *conn = open_to(d, &wish, &seen);
	uint8_t byte;
	ssize_t got;

	if (!conn)
		return;
	conn_set_patience(conn, patience);
	if (conn_require_left(conn, d->left)) {
		got = conn_write(conn, d->m->hello, LIMIT_MS);
		if (got == 0)
			got = conn_read(conn, &byte, 1, 2 * LIMIT_MS);
		if (got == -ECONNRESET || got == -EPIPE)
			met(d);
	}
	conn_abort(conn);
}

static void ask(struct run *run, const void *ctx)
{
	struct demand d = *(const struct demand *)ctx;
	const struct patience patience = { SLICE_MS, demand_go_on, &d };

	(void)run;
	if (d.m->hello.n > 0)
		ask_hello(&d, &patience);
	else
		ask_syn(&d, &patience);
}

static void ask_all(struct measuring *m, const uint8_t *left, size_t n)
{
	struct demand demands[DEMANDS_MAX];
	struct side sides[DEMANDS_MAX];

	for (size_t i = 0; i < n; i++) {
		demands[i] = (struct demand){ m, left[i] };
		sides[i] = (struct side){ m->run, ask, &demands[i] };
	}
	m->met_ms = 0;
	run_side_by_side(m->run, sides, n);
}

/* First what the sender began with, then how many routers took one. */
static uint8_t measure(struct measuring *m)
{
	static const uint8_t coarse[] = { 1, 33, 65, 129 };
	uint8_t fine[DEMANDS_MAX], began;

	ask_all(m, coarse, COUNT_OF(coarse));
	if (m->most == 0)
		return 0;
	began = m->most >= 129 ? 255 : m->most >= 65 ? 128 : m->most >= 33 ? 64 : 32;
	for (uint8_t i = 0; i < DEMANDS_MAX; i++)
		fine[i] = (uint8_t)(began - i);
	ask_all(m, fine, DEMANDS_MAX);
	/* Further away than asked for. */
	return m->most > began - DEMANDS_MAX ? m->most : 0;
}

uint8_t arrival_of_answer(struct run *run, uint16_t port)
{
	struct measuring m = { .run = run, .port = port };

	return measure(&m);
}

uint8_t arrival_of_reset(struct run *run, struct span hello)
{
	struct measuring m = { .run = run, .port = path_port(run->endpoint), .hello = hello };

	return measure(&m);
}
