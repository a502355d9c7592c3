/* The stub's state machine for one question; see ask.h. All handles sit in one block that is freed
 * when the last of them has closed, so that the owner may go away at any time. */
#include "dns/ask.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <sys/random.h>

#define TCP_MS 5000             /* as long as libc waits: resolv.conf(5), timeout */
#define TCP_MESSAGE_MAX 65537   /* with the two bytes of its length */

struct try {
	struct dns_ask *ask;
	uv_udp_t udp;
	size_t server;
	uint16_t id;
	uint8_t query[DNS_QUERY_MAX];
	size_t query_len;
	bool is_dead;
};

struct dns_ask {
	uv_loop_t *loop;
	struct arena *arena;
	const struct dns_servers *servers;
	struct dns_query query;
	char name[DNS_NAME_TEXT_MAX];
	struct dns_ask_options options;
	void (*done)(void *ctx, const struct dns_reply *reply);
	void *ctx;

	struct try tries[DNS_TRIES_MAX];
	size_t n_tries, n_handles;
	bool is_server_spent[DNS_SERVERS_MAX];  /* refused the packet, or answered badly */
	bool is_server_unreachable[DNS_SERVERS_MAX];
	size_t next_server;
	uv_timer_t timer;
	bool is_finished;
	uint64_t started_ns;
	struct dns_reply best;          /* what to report when nothing better comes */

	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	bool has_tcp;
	struct try *tcp_try;
	uint8_t tcp_out[DNS_QUERY_MAX + 2];
	uint8_t *tcp_in;
	size_t tcp_in_len;
	uint8_t udp_in[65536];
};

static void try_start(struct dns_ask *ask);

static void handle_closed(uv_handle_t *handle)
{
	struct dns_ask *ask = handle->data;

	if (--ask->n_handles > 0)
		return;
	free(ask->tcp_in);
	free(ask);
}

static void handle_close(uv_handle_t *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, handle_closed);
}

void dns_ask_stop(struct dns_ask *ask)
{
	if (!ask || ask->is_finished)
		return;
	ask->is_finished = true;
	for (size_t i = 0; i < ask->n_tries; i++)
		handle_close((uv_handle_t *)&ask->tries[i].udp);
	if (ask->has_tcp)
		handle_close((uv_handle_t *)&ask->tcp);
	handle_close((uv_handle_t *)&ask->timer);
}

static void finish(struct dns_ask *ask)
{
	struct dns_reply reply = ask->best;
	void (*done)(void *, const struct dns_reply *) = ask->done;
	void *ctx = ask->ctx;

	if (ask->is_finished)
		return;
	reply.elapsed_ms = (double)(uv_hrtime() - ask->started_ns) / 1e6;
	reply.n_tries = (unsigned)ask->n_tries;
	dns_ask_stop(ask);
	done(ctx, &reply);
}

/* ---- judging one answer ---- */

static enum dns_outcome outcome_of(const struct dns_message *message, uint16_t type)
{
	switch (message->rcode) {
	case DNS_RCODE_NOERROR:
		for (size_t i = 0; i < message->n_answers; i++)
			if (message->answers[i].type == type)
				return DNS_OK;
		return DNS_NODATA;
	case DNS_RCODE_NXDOMAIN:
		return DNS_NXDOMAIN;
	case DNS_RCODE_SERVFAIL:
		return DNS_SERVFAIL;
	case DNS_RCODE_REFUSED:
		return DNS_REFUSED;
	default:
		return DNS_OTHER;
	}
}

static bool question_matches(const struct dns_ask *ask, const struct dns_message *message)
{
	struct span asked = span_str(ask->name);

	if (!message->name)             /* some servers echo nothing with an error */
		return message->rcode != DNS_RCODE_NOERROR;
	if (asked.n > 1 && asked.p[asked.n - 1] == '.')
		asked.n--;
	return message->type == ask->query.type && message->rclass == DNS_CLASS_IN &&
	       span_equal_nocase(span_str(message->name), asked);
}

static bool has_other_server(const struct dns_ask *ask)
{
	for (size_t i = 0; i < ask->servers->n; i++)
		if (!ask->is_server_spent[i])
			return true;
	return false;
}

/* This server has nothing better to say: on to another one, or done. */
static void server_spent(struct dns_ask *ask, size_t server)
{
	ask->is_server_spent[server] = true;
	if (has_other_server(ask) && ask->n_tries < DNS_TRIES_MAX)
		try_start(ask);
	else
		finish(ask);
}

static void tcp_start(struct dns_ask *ask, struct try *try);
static void timer_fired(uv_timer_t *timer);

static bool is_final(const struct dns_reply *reply)
{
	return reply->outcome == DNS_OK || reply->outcome == DNS_NODATA || reply->outcome == DNS_NXDOMAIN;
}

static void answer_take(struct dns_ask *ask, struct try *try, struct span bytes, bool is_tcp)
{
	struct dns_reply reply = { .server = ask->servers->texts[try->server],
				   .n_forged = ask->best.n_forged };
	bool readable;

	if (bytes.n < 2 || (bytes.p[0] << 8 | bytes.p[1]) != try->id) {
		ask->best.n_forged++;
		return;
	}
	readable = dns_message_decode(ask->arena, bytes, &reply.message);
	if (readable && (!reply.message.is_response || !question_matches(ask, &reply.message))) {
		ask->best.n_forged++;
		return;
	}
	if (readable && reply.message.is_truncated && !is_tcp && ask->has_tcp)
		return;
	reply.has_message = readable;
	reply.outcome = readable ? outcome_of(&reply.message, ask->query.type) : DNS_MALFORMED;
	if (reply.message.fault && !(readable && reply.message.is_truncated)) {
		reply.outcome = DNS_MALFORMED;
		reply.why = reply.message.fault;
	}
	ask->best = reply;
	if (readable && reply.message.is_truncated && !is_tcp)
		tcp_start(ask, try);
	else if (is_final(&reply))
		finish(ask);
	else if (reply.has_message && reply.message.rcode == DNS_RCODE_FORMERR && ask->query.has_edns) {
		ask->query.has_edns = ask->query.dnssec_ok = false;     /* older than EDNS */
		ask->n_tries < DNS_TRIES_MAX ? try_start(ask) : finish(ask);
	} else
		server_spent(ask, try->server);
}

/* ---- TCP ---- */

static void tcp_failed(struct dns_ask *ask, const char *why)
{
	ask->best.why = arena_printf(ask->arena, "the answer is truncated and TCP to %s fails: %s",
				     ask->best.server, why);
	if (ask->best.outcome == DNS_NODATA)
		ask->best.outcome = DNS_MALFORMED;
	ask->best.is_cut = ask->tcp_in_len == 0;
	finish(ask);
}

static void tcp_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct dns_ask *ask = handle->data;

	(void)suggested;
	*buf = uv_buf_init((char *)ask->tcp_in + ask->tcp_in_len,
			   (unsigned)(TCP_MESSAGE_MAX - ask->tcp_in_len));
}

static void tcp_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct dns_ask *ask = stream->data;
	size_t want;

	(void)buf;
	if (ask->is_finished || n == 0)
		return;
	if (n < 0) {
		tcp_failed(ask, n == UV_EOF ? "closed before the answer" : uv_strerror((int)n));
		return;
	}
	ask->tcp_in_len += (size_t)n;
	if (ask->tcp_in_len < 2)
		return;
	want = (size_t)ask->tcp_in[0] << 8 | ask->tcp_in[1];
	if (ask->tcp_in_len < want + 2)
		return;
	answer_take(ask, ask->tcp_try, span_of(ask->tcp_in + 2, want), true);
	if (!ask->is_finished && ask->best.has_message && ask->best.message.is_truncated)
		tcp_failed(ask, "it answers another question");
}

static void tcp_connected(uv_connect_t *connect, int status)
{
	struct dns_ask *ask = connect->handle->data;
	uv_buf_t buf;

	if (ask->is_finished)
		return;
	if (status < 0) {
		tcp_failed(ask, uv_strerror(status));
		return;
	}
	buf = uv_buf_init((char *)ask->tcp_out, (unsigned)ask->tcp_try->query_len + 2);
	uv_write(&ask->write, (uv_stream_t *)&ask->tcp, &buf, 1, NULL);
	uv_read_start((uv_stream_t *)&ask->tcp, tcp_alloc, tcp_read);
}

static void tcp_start(struct dns_ask *ask, struct try *try)
{
	const struct sockaddr *to = (const struct sockaddr *)&ask->servers->items[try->server];
	int error;

	ask->tcp_in = malloc(TCP_MESSAGE_MAX);
	if (!ask->tcp_in) {
		tcp_failed(ask, "out of memory");
		return;
	}
	ask->has_tcp = true;
	ask->n_handles++;
	ask->tcp_try = try;
	uv_timer_start(&ask->timer, timer_fired, TCP_MS, 0);
	uv_tcp_init(ask->loop, &ask->tcp);
	ask->tcp.data = ask;
	ask->tcp_out[0] = (uint8_t)(try->query_len >> 8);
	ask->tcp_out[1] = (uint8_t)try->query_len;
	memcpy(ask->tcp_out + 2, try->query, try->query_len);
	error = uv_tcp_connect(&ask->connect, &ask->tcp, to, tcp_connected);
	if (error)
		tcp_failed(ask, uv_strerror(error));
}

/* ---- UDP ---- */

static void udp_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct dns_ask *ask = handle->data;

	(void)suggested;
	*buf = uv_buf_init((char *)ask->udp_in, sizeof ask->udp_in);
}

static void try_failed(struct try *try, int error)
{
	struct dns_ask *ask = try->ask;

	if (try->is_dead)
		return;
	try->is_dead = true;
	ask->is_server_unreachable[try->server] = true;
	if (!ask->best.has_message && ask->best.outcome != DNS_MALFORMED) {
		ask->best.outcome = DNS_UNREACHABLE;
		ask->best.why = arena_printf(ask->arena, "%s: %s", ask->servers->texts[try->server],
					     uv_strerror(error));
	}
	server_spent(ask, try->server);
}

static void udp_read(uv_udp_t *udp, ssize_t n, const uv_buf_t *buf, const struct sockaddr *from,
		     unsigned flags)
{
	struct dns_ask *ask = udp->data;

	(void)flags;
	for (size_t i = 0; i < ask->n_tries && !ask->is_finished; i++) {
		if (&ask->tries[i].udp != udp)
			continue;
		if (n < 0)
			try_failed(&ask->tries[i], (int)n);
		else if (n > 0 && from)
			answer_take(ask, &ask->tries[i], span_of(buf->base, (size_t)n), false);
		return;
	}
}

static int try_send(struct dns_ask *ask, struct try *try)
{
	uv_buf_t buf = uv_buf_init((char *)try->query, (unsigned)try->query_len);
	int error;

	/* Connected: the kernel takes answers of that address and port alone and tells of ICMP. */
	error = uv_udp_connect(&try->udp, (const struct sockaddr *)&ask->servers->items[try->server]);
	if (!error)
		error = uv_udp_recv_start(&try->udp, udp_alloc, udp_read);
	if (!error)
		error = uv_udp_try_send(&try->udp, &buf, 1, NULL);
	return error < 0 && error != UV_EAGAIN ? error : 0;
}

static void timer_fired(uv_timer_t *timer)
{
	struct dns_ask *ask = timer->data;

	if (ask->has_tcp)
		tcp_failed(ask, "no answer in time");
	else if (ask->n_tries < ask->options.tries)
		try_start(ask);
	else
		finish(ask);
}

static size_t server_choose(struct dns_ask *ask)
{
	for (size_t i = 0; i < ask->servers->n; i++) {
		size_t server = (ask->next_server + i) % ask->servers->n;

		if (ask->is_server_spent[server])
			continue;
		ask->next_server = (server + 1) % ask->servers->n;
		return server;
	}
	return 0;
}

static void try_start(struct dns_ask *ask)
{
	struct try *try = &ask->tries[ask->n_tries];
	struct wr wr = wr_of(try->query, sizeof try->query);
	unsigned wait_ms = ask->options.first_try_ms * (2 + (unsigned)ask->n_tries) / 2;
	int error;

	try->ask = ask;
	try->server = server_choose(ask);
	if (getrandom(&try->id, sizeof try->id, 0) != sizeof try->id)
		try->id = (uint16_t)(uv_hrtime() >> 4);
	ask->query.id = try->id;
	dns_query_encode(&wr, &ask->query);
	try->query_len = wr.n;
	ask->n_tries++;
	ask->n_handles++;
	uv_udp_init(ask->loop, &try->udp);
	try->udp.data = ask;
	uv_timer_start(&ask->timer, timer_fired, wait_ms, 0);
	error = try_send(ask, try);
	/* Not from here: the owner has not got its handle yet. */
	if (error) {
		try->is_dead = true;
		ask->is_server_unreachable[try->server] = true;
		ask->is_server_spent[try->server] = true;
		ask->best.outcome = DNS_UNREACHABLE;
		ask->best.why = arena_printf(ask->arena, "%s: %s", ask->servers->texts[try->server],
					     uv_strerror(error));
		if (!has_other_server(ask))
			ask->options.tries = 0;
		uv_timer_start(&ask->timer, timer_fired, 0, 0);
	}
}

struct dns_ask *dns_ask_start(uv_loop_t *loop, struct arena *arena, const struct dns_servers *servers,
			      const struct dns_query *query, const struct dns_ask_options *options,
			      void (*done)(void *ctx, const struct dns_reply *reply), void *ctx)
{
	uint8_t probe[DNS_QUERY_MAX];
	struct wr wr = wr_of(probe, sizeof probe);
	struct dns_ask *ask;

	if (servers->n == 0 || strlen(query->name) >= sizeof ask->name || !dns_query_encode(&wr, query))
		return NULL;
	ask = calloc(1, sizeof *ask);
	if (!ask)
		return NULL;
	ask->loop = loop;
	ask->arena = arena;
	ask->servers = servers;
	ask->query = *query;
	memcpy(ask->name, query->name, strlen(query->name) + 1);
	ask->query.name = ask->name;
	ask->options = *options;
	if (ask->options.tries > DNS_TRIES_MAX)
		ask->options.tries = DNS_TRIES_MAX;
	ask->done = done;
	ask->ctx = ctx;
	ask->started_ns = uv_hrtime();
	ask->best = (struct dns_reply){ .outcome = DNS_TIMEOUT };
	ask->n_handles = 1;
	uv_timer_init(loop, &ask->timer);
	ask->timer.data = ask;
	try_start(ask);
	return ask;
}
