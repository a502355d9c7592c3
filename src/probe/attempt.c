/* The two ways of asking a TLS peer, and asking several things side by side. */
#include "probe/probe.h"

#include <errno.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "base/err.h"
#include "net/task.h"
#include "probe/connect.h"
#include "probe/stall.h"
#include "tls/codes.h"
#include "tls/reply.h"

struct attempt *attempt_new(struct run *run, const char *name, unsigned nth)
{
	struct endpoint *ep = run->endpoint;
	struct attempt *at = arena_new_of(run->probing->arena, struct attempt);

	at->name = name;
	at->nth = nth;
	*arena_push(run->probing->arena, ep->attempts, ep->n_attempts, ep->cap_attempts) = at;
	return at;
}

static enum tls_fault fault_of_end(ssize_t got)
{
	return got == 0 ? TLS_FAULT_CLOSED : got == -ETIMEDOUT ? TLS_FAULT_SILENT : TLS_FAULT_RESET;
}

static void read_reply(struct run *run, struct conn *conn, struct reply *reply, const struct tls_limits *limits)
{
	enum { ROOM = 16384 };
	struct net *net = &run->probing->net;
	struct attempt *at = reply->attempt;
	double sent = net_now_ms(net);
	uint8_t *buffer = malloc(ROOM);

	if (!buffer)
		out_of_memory();
	while (!reply->over) {
		double left = (double)limits->total_ms - (net_now_ms(net) - sent);
		ssize_t got = left <= 0 ? -ETIMEDOUT :
			conn_read(conn, buffer, ROOM, left < limits->idle_ms ? (unsigned)left + 1 : limits->idle_ms);

		if (got <= 0) {
			reply_end(reply, fault_of_end(got));
			break;
		}
		if (at->first_bytes.n == 0)
			at->first_byte_ms = net_now_ms(net) - sent;
		reply_feed(reply, span_of(buffer, (size_t)got));
	}
	free(buffer);
}

/* A reset right behind an alert tells a box from a server. */
static bool reset_follows(struct conn *conn, const struct attempt *at)
{
	char byte;

	return at->fault == TLS_FAULT_ALERT && conn_read(conn, &byte, 1, 30) == -ECONNRESET;
}

static void encode(struct run *run, const struct hello_spec *spec, const uint8_t random[64], struct wr *wr,
		   struct attempt *at)
{
	if (spec->n_suites == 0) {
		hello_sslv2_encode(random, wr);
		at->offer.hello_len = wr->n;
	} else {
		hello_encode(run->probing->arena, spec, random, wr, &at->offer);
	}
}

void attempt_exchange(struct run *run, struct attempt *at, struct conn *conn, const struct hello_spec *spec,
		      const struct tls_limits *limits)
{
	enum { HELLO_MAX = 24576 };
	struct arena *arena = run->probing->arena;
	uint8_t random[64], *buffer = malloc(HELLO_MAX);
	struct wr wr = wr_of(buffer, HELLO_MAX);
	struct reply reply;
	struct reply_keys keys = { .pairs = spec->own_keys, .n_pairs = spec->n_own_keys,
				   .psk = spec->psk ? spec->psk->key : span_of(NULL, 0) };
	int status;

	if (!buffer)
		out_of_memory();
	RAND_bytes(random, sizeof random);
	encode(run, spec, random, &wr, at);
	at->client_random = arena_copy(arena, span_of(random, 32));
	reply_init(&reply, arena, at, spec->empty_session_id ? span_of(NULL, 0) : arena_copy(arena, span_of(random + 32, 32)));
	reply.sslv2 = spec->n_suites == 0;
	status = spec->split_segments ? conn_write_split(conn, wr_span(&wr), 64, limits->idle_ms) :
					conn_write(conn, wr_span(&wr), limits->idle_ms);
	/* The message alone: the one record without its header. */
	if (keys.n_pairs > 0 && !spec->split_records && at->offer.hello_len > 5 && wr_ok(&wr)) {
		keys.hello = arena_copy(arena, span_sub(wr_span(&wr), wr.n - at->offer.hello_len + 5, wr.n));
		keys.inner = spec->ech ? spec->ech->inner : span_of(NULL, 0);
		reply.keys = &keys;
	}
	free(buffer);
	at->tls_sent = status == 0;
	read_reply(run, conn, &reply, limits);
	reply_release(&reply);
}

struct span attempt_hello(struct run *run, const struct hello_spec *spec)
{
	enum { HELLO_MAX = 24576 };
	uint8_t random[64], *buffer = arena_alloc(run->probing->arena, HELLO_MAX);
	struct wr wr = wr_of(buffer, HELLO_MAX);
	struct attempt unseen = { .name = "" };

	RAND_bytes(random, sizeof random);
	encode(run, spec, random, &wr, &unseen);
	return wr_ok(&wr) ? wr_span(&wr) : span_of(NULL, 0);
}

/* Hellos are browsers'; what is not of the web gets them without the web's protocols. */
static const struct hello_spec *spec_for(struct run *run, const struct hello_spec *spec)
{
	const char *const *alpn = alpn_for(&run->visit->target, spec->alpn);
	struct hello_spec *mine;
	struct hello_extension *kept;

	if (alpn == spec->alpn)
		return spec;
	mine = arena_new_of(run->probing->arena, struct hello_spec);
	kept = arena_array(run->probing->arena, struct hello_extension, spec->n_extensions + 1);
	*mine = *spec;
	mine->alpn = alpn;
	mine->n_alpn = alpn ? 1 : 0;
	mine->n_extensions = 0;
	mine->extensions = kept;
	for (size_t i = 0; i < spec->n_extensions; i++) {
		uint16_t type = spec->extensions[i].type;

		if ((type == EXT_ALPN && !alpn) || type == EXT_ALPS || type == EXT_ALPS_OLD)
			continue;
		kept[mine->n_extensions++] = spec->extensions[i];
	}
	return mine;
}

static bool is_wait(const struct attempt *at)
{
	return at->fault == TLS_FAULT_SILENT || at->fault == TLS_FAULT_STALLED || (at->fault == TLS_FAULT_CONNECT && at->tcp.outcome == TCP_TIMEOUT);
}

/* Who had no fair time to answer, because ours was over, was as good as not asked. The first one stays: there is nothing
 * else to tell of. */
static void forget_cut(struct run *run, const struct attempt *at)
{
	struct endpoint *ep = run->endpoint;
	size_t n = 0;

	if (!(run->probing->evidence->is_hasty || net_out_of_time(&run->probing->net)) || at->elapsed_ms >= FAIR_WAIT_MS || !is_wait(at) ||
	    strcmp(at->name, "main") == 0)
		return;
	for (size_t i = 0; i < ep->n_attempts; i++)
		if (ep->attempts[i] != at)
			ep->attempts[n++] = ep->attempts[i];
	ep->n_attempts = n;
	run->probing->evidence->out_of_time = true;
}

/* What was never acknowledged would be repeated for minutes: to no use, and at the cost of routers'
 * ICMP messages that are needed. */
static void end(struct run *run, struct conn *conn, const struct attempt *at)
{
	if (at->unacknowledged)
		conn_abort(conn);
	else
		conn_close(conn);
	forget_cut(run, at);
}

static void raw(struct run *run, struct attempt *at, const struct hello_spec *spec)
{
	struct probing *p = run->probing;
	struct tls_limits limits = { p->idle_timeout_ms, p->handshake_timeout_ms };
	double start = net_now_ms(&p->net);
	struct conn *conn = attempt_connect(run, at);
	const struct hello_spec *mine = spec_for(run, spec);
	struct stall_watch watch;

	if (conn) {
		stall_watch_begin(&watch, run, at, conn);
		attempt_exchange(run, at, conn, mine, &limits);
		at->reset_after_alert = reset_follows(conn, at);
	}
	at->elapsed_ms = net_now_ms(&p->net) - start;
	if (conn)
		stall_watch_end(&watch);
	end(run, conn, at);
}

void attempt_raw(struct run *run, const char *name, unsigned nth, const struct hello_spec *spec)
{
	raw(run, attempt_new(run, name, nth), spec);
}

void attempt_raw_mss(struct run *run, const char *name, const struct hello_spec *spec, uint16_t mss)
{
	struct attempt *at = attempt_new(run, name, 0);

	at->mss = mss;
	raw(run, at, spec);
}

static struct tls_session *full(struct run *run, struct attempt *at, const struct tls_config *config, const char *sni,
				struct conn **conn)
{
	struct probing *p = run->probing;
	struct tls_limits limits = { p->idle_timeout_ms, p->handshake_timeout_ms };
	double start = net_now_ms(&p->net);
	struct tls_session *made = NULL;
	struct tls_config mine = *config;
	struct stall_watch watch;

	mine.alpn = alpn_for(&run->visit->target, config->alpn);
	at->kind = ATTEMPT_FULL;
	*conn = attempt_connect(run, at);
	if (*conn) {
		stall_watch_begin(&watch, run, at, *conn);
		made = tls_handshake(p->tls, *conn, &mine, sni, &limits, at);
	}
	at->elapsed_ms = net_now_ms(&p->net) - start;
	if (*conn)
		stall_watch_end(&watch);
	return made;
}

static struct attempt *full_or_drop(struct run *run, struct attempt *at, const struct tls_config *config, const char *sni,
				    struct tls_session **session, struct conn **conn)
{
	struct conn *link = NULL;
	struct tls_session *made = full(run, at, config, sni, &link);

	if (made && session) {
		*session = made;
		*conn = link;
		return at;
	}
	if (made)
		tls_shutdown(made);
	tls_session_free(made);
	end(run, link, at);
	return at;
}

struct attempt *attempt_full(struct run *run, const char *name, unsigned nth, const struct tls_config *config,
			     const char *sni, struct tls_session **session, struct conn **conn)
{
	return full_or_drop(run, attempt_new(run, name, nth), config, sni, session, conn);
}

struct attempt *attempt_full_mss(struct run *run, const char *name, const struct tls_config *config, const char *sni,
				 uint16_t mss, struct tls_session **session, struct conn **conn)
{
	struct attempt *at = attempt_new(run, name, 0);

	at->mss = mss;
	return full_or_drop(run, at, config, sni, session, conn);
}

/* ---- side by side --------------------------------------------------------------------------- */

struct lane {
	struct run run;         /* a copy: the endpoint may differ from lane to lane */
	const struct side *sides;
	size_t n, *next;
	struct task_group *group;
};

static void lane_main(void *ctx)
{
	struct lane *lane = ctx;

	while (*lane->next < lane->n && !net_out_of_time(&lane->run.probing->net)) {
		const struct side *side = &lane->sides[(*lane->next)++];

		side->fn(side->run, side->ctx);
	}
	task_group_leave(lane->group);
}

void run_side_by_side(struct run *run, const struct side *sides, size_t n)
{
	struct probing *p = run->probing;
	size_t lanes = n < p->pool ? n : p->pool, next = 0;
	struct task_group group = { 0 };
	struct lane *lane = arena_array(p->arena, struct lane, lanes + 1);

	for (size_t i = 0; i < lanes; i++) {
		lane[i] = (struct lane){ *run, sides, n, &next, &group };
		task_group_add(&group);
		if (!task_spawn(lane_main, &lane[i]))
			task_group_leave(&group);
	}
	task_group_wait(&group);
}
