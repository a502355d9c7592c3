/* Resumption: by ticket and by session id in TLS 1.2 and below (RFC 5077, RFC 5246 7.3), by ticket in
 * TLS 1.3 and whether it allows early data, or keys from the session alone (RFC 8446 4.6.1, 4.2.9,
 * 4.2.10). What counts is that a second handshake goes on with the first one's session. */
#include "audit/parts.h"

#include "audit/psk.h"
#include "audit/tickets.h"
#include "base/attr.h"
#include "tls/codes.h"
#include "tls/reply.h"

enum { SPARE_MS = 40 };         /* a second ticket comes with the first, or not at all */

struct resuming {
	const char *name;
	uint16_t lowest, highest;
	bool no_ticket;
	struct attempt first;
	enum tri result;
	uint32_t lifetime_s, early_data;
	struct tls_ticket *spare;       /* another ticket of the first handshake; NULL: only one came */
};

static struct arena *arena_of(struct asking *asking)
{
	return asking_run(asking)->probing->arena;
}

static struct tls_config config_of(const struct resuming *r, const struct tls_ticket *resume)
{
	return (struct tls_config){
		.name = r->name, .min_version = r->lowest, .max_version = r->highest, .ciphers = "ALL:COMPLEMENTOFALL",
		.security_level = 0, .legacy_server_connect = true, .no_ticket = r->no_ticket, .resume = resume,
	};
}

/* A ticket of TLS 1.3 follows the handshake within a round trip, or not at all. */
static unsigned patience_ms(const struct attempt *at)
{
	enum { PATIENCE_MS = 1500 };
	unsigned patience = (unsigned)(at->tcp.connect_ms * 3 + at->first_byte_ms * 3) + 150;

	return patience < PATIENCE_MS ? patience : PATIENCE_MS;
}

static struct tls_ticket *take_ticket(struct asking *asking, struct tls_session *session, unsigned timeout_ms)
{
	struct tls_ticket *ticket = tls_session_ticket(session, timeout_ms);

	if (ticket && tls_ticket_is_ticket(ticket))
		audit_note_ticket(asking, tls_ticket_bytes(arena_of(asking), ticket));
	return ticket;
}

static struct tls_ticket *first_handshake(struct asking *asking, struct resuming *r)
{
	struct tls_config config = config_of(r, NULL);
	struct conn *conn;
	struct tls_session *session = ask_session(asking, &r->first, &config, asking_run(asking)->visit->target.servername, &conn);
	struct tls_ticket *ticket = NULL;

	if (session) {
		ticket = take_ticket(asking, session, patience_ms(&r->first));
		/* Whom the server turns away behind the handshake is given no ticket: others may be. In TLS 1.3 it
		 * may do so at any time for want of a certificate. */
		if (!ticket && !tls_session_has_ended(session) &&
		    (r->highest < TLS_1_3 || r->first.client_certificate_requested != TRI_YES))
			r->result = TRI_NO;
		else if (r->no_ticket && ticket && tls_ticket_is_ticket(ticket))
			r->result = TRI_NO;
		if (ticket && r->highest >= TLS_1_3)
			r->spare = take_ticket(asking, session, SPARE_MS);
	}
	ask_session_release(asking, session, conn);
	return ticket;
}

static void go_on(struct asking *asking, struct resuming *r, struct tls_ticket *ticket)
{
	struct attempt *second = arena_new_of(arena_of(asking), struct attempt);
	struct tls_config config = config_of(r, ticket);
	struct tls_session *session;
	struct conn *conn;

	second->name = r->name;
	r->lifetime_s = tls_ticket_lifetime_s(ticket);
	r->early_data = tls_ticket_early_data(ticket);
	session = ask_session(asking, second, &config, asking_run(asking)->visit->target.servername, &conn);
	if (session)
		r->result = tls_session_is_resumed(session) ? TRI_YES : TRI_NO;
	ask_session_release(asking, session, conn);
}

static void resume(struct asking *asking, struct resuming *r)
{
	struct tls_ticket *ticket = first_handshake(asking, r);

	if (ticket && !r->no_ticket && !tls_ticket_is_ticket(ticket))
		r->result = TRI_NO;
	else if (ticket)
		go_on(asking, r, ticket);
	tls_ticket_free(ticket);
}

/* ---- what a session of TLS 1.3 allows ------------------------------------------------------------------- */

/* A ticket may be good for one use: the spare one, so that a refusal is none of a second use. Where there
 * is no spare one, the first is used again, and only being taken says something. */
static void try_session(struct asking *asking, struct resuming *r, struct tls_ticket *ticket)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	const char *sni = asking_run(asking)->visit->target.servername;
	struct psk13 *psk = arena_new_of(arena_of(asking), struct psk13);
	bool is_fresh = r->spare != NULL;
	const struct attempt *at;
	struct span body;

	if (!tls_ticket_psk(arena_of(asking), ticket, psk))
		return;
	/* Early data need a fresh ticket most, and come first. */
	if (r->early_data > 0) {
		at = ask_with_psk(asking, "early data", psk, sni, PSK_DHE_KE, true);
		if (psk_is_taken(at) == TRI_YES && at->encrypted_extensions.n > 0)
			h->early_data = encrypted_extension(at->encrypted_extensions, EXT_EARLY_DATA, &body) ? TRI_YES : TRI_NO;
		is_fresh = false;
	}
	at = ask_with_psk(asking, "psk_ke", psk, sni, PSK_KE, false);
	h->psk_ke = psk_is_taken(at);
	if (h->psk_ke == TRI_NO && !is_fresh &&
	    psk_is_taken(ask_with_psk(asking, "psk_dhe_ke", psk, sni, PSK_DHE_KE, false)) != TRI_YES)
		h->psk_ke = TRI_UNKNOWN;
	audit_keep_session(asking, psk);
}

struct use {
	struct resuming *r;
	struct tls_ticket *ticket;
	void (*run)(struct asking *asking, struct resuming *r, struct tls_ticket *ticket);
};

static void run_use(struct asking *asking, void *ctx)
{
	const struct use *use = ctx;

	use->run(asking, use->r, use->ticket);
}

/* Side by side where there are two tickets: of one that is good for a single use, neither takes it from
 * the other. */
static void resume_13(struct asking *asking, struct resuming *r)
{
	struct tls_ticket *ticket = first_handshake(asking, r);
	struct use uses[] = { { r, ticket, go_on }, { r, r->spare, try_session } };

	if (ticket && r->spare) {
		r->early_data = tls_ticket_early_data(ticket);
		ask_all(asking, run_use, uses, COUNT_OF(uses), sizeof *uses);
	} else if (ticket) {
		go_on(asking, r, ticket);
		if (r->result == TRI_YES)
			try_session(asking, r, ticket);
	}
	tls_ticket_free(r->spare);
	tls_ticket_free(ticket);
}

static void run_one(struct asking *asking, void *ctx)
{
	struct resuming *r = ctx;

	if (r->highest >= TLS_1_3)
		resume_13(asking, r);
	else
		resume(asking, r);
}

void audit_resumption(struct asking *asking)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	struct resuming *all = arena_array(arena_of(asking), struct resuming, 3);

	all[0] = (struct resuming){ .name = "resume 1.3", .lowest = TLS_1_3, .highest = TLS_1_3 };
	all[1] = (struct resuming){ .name = "resume by ticket", .lowest = TLS_1_0, .highest = TLS_1_2 };
	all[2] = (struct resuming){ .name = "resume by id", .lowest = TLS_1_0, .highest = TLS_1_2, .no_ticket = true };
	for (size_t i = 0; i < 3; i++)
		all[i].first.name = all[i].name;
	ask_all(asking, run_one, all, 3, sizeof *all);
	audit_sessions_done(asking);
	for (size_t i = 0; i < 3; i++)
		habits_learn_client_certificate(h, &all[i].first);
	h->resumption_tls13 = all[0].result;
	h->lacked_ticket = all[0].result == TRI_NO && all[0].lifetime_s == 0;
	h->tickets = all[1].result;
	h->session_ids = all[2].result;
	h->ticket_lifetime_s = all[0].lifetime_s ? all[0].lifetime_s : all[1].lifetime_s;
	if (h->early_data == TRI_UNKNOWN && all[0].result != TRI_UNKNOWN && all[0].early_data == 0)
		h->early_data = TRI_NO;
	h->early_data_allowed = all[0].early_data;
}
