/* One question to the configured servers: UDP, again after silence, the next server after a bad
 * answer, TCP after truncation. Each try has its own socket and id; answers to earlier tries are
 * still taken. RFC 1035 4.2, 5452 (forgery), 7766 (TCP). */
#ifndef WHY_DNS_ASK_H
#define WHY_DNS_ASK_H

#include <uv.h>

#include "dns/config.h"
#include "dns/message.h"

struct dns_ask;

struct dns_reply {
	enum dns_outcome outcome;       /* of the message alone: OK, NXDOMAIN, NODATA, ... */
	bool has_message;
	struct dns_message message;     /* in the arena */
	const char *server;             /* who answered; NULL when nobody did */
	const char *why;                /* for TIMEOUT, UNREACHABLE, MALFORMED, odd answers */
	unsigned n_forged;              /* answers dropped: wrong id or question */
	bool is_cut;                    /* too long for UDP, and not a byte came over TCP */
	unsigned n_tries;
	double elapsed_ms;
};

struct dns_ask_options {
	unsigned first_try_ms;          /* silence after which the next try starts; later ones wait longer */
	unsigned tries;                 /* at most DNS_TRIES_MAX */
};

#define DNS_TRIES_MAX 4

/* Calls `done` once, from the loop, unless stopped before. The ask frees itself after `done` or
 * stop as the loop turns; it touches `arena` and `servers` only until then. NULL when the name
 * cannot be asked for. `query->id` is chosen here. */
struct dns_ask *dns_ask_start(uv_loop_t *loop, struct arena *arena, const struct dns_servers *servers,
			      const struct dns_query *query, const struct dns_ask_options *options,
			      void (*done)(void *ctx, const struct dns_reply *reply), void *ctx);
void dns_ask_stop(struct dns_ask *ask);
/* The reply as evidence; `secure` stays unknown. The records stay in the arena of the ask. */
void dns_answer_of(struct arena *arena, const struct dns_reply *reply, struct dns_answer *answer);

#endif
