/* Resumption: by ticket and by session id in TLS 1.2 and below (RFC 5077, RFC 5246 7.3), by ticket in
 * TLS 1.3 and whether it allows early data (RFC 8446 4.6.1). What counts is that a second handshake
 * goes on with the first one's session. */
#include "audit/parts.h"

#include "base/attr.h"
#include "tls/codes.h"

struct resuming {
	const char *name;
	uint16_t lowest, highest;
	bool no_ticket;
	struct attempt first;
	enum tri result;
	uint32_t lifetime_s, early_data;
};

static struct tls_config config_of(const struct resuming *r, const struct tls_ticket *resume)
{
	return (struct tls_config){
		.name = r->name, .min_version = r->lowest, .max_version = r->highest, .ciphers = "ALL:COMPLEMENTOFALL",
		.security_level = 0, .legacy_server_connect = true, .no_ticket = r->no_ticket, .resume = resume,
	};
}

static struct tls_ticket *first_handshake(struct asking *asking, struct resuming *r)
{
	enum { PATIENCE_MS = 1500 };
	struct tls_config config = config_of(r, NULL);
	struct conn *conn;
	struct tls_session *session = ask_session(asking, &r->first, &config, asking_run(asking)->visit->target.servername, &conn);
	struct tls_ticket *ticket = NULL;

	if (session) {
		/* A ticket of TLS 1.3 follows the handshake within a round trip, or not at all. */
		unsigned patience = (unsigned)(r->first.tcp.connect_ms * 3) + 150;

		ticket = tls_session_ticket(session, patience < PATIENCE_MS ? patience : PATIENCE_MS);
		if (!ticket || (r->no_ticket && tls_ticket_is_ticket(ticket)))
			r->result = TRI_NO;
	}
	ask_session_release(asking, session, conn);
	return ticket;
}

static void resume(struct asking *asking, void *ctx)
{
	struct resuming *r = ctx;
	struct attempt *second = arena_new_of(asking_run(asking)->probing->arena, struct attempt);
	struct tls_ticket *ticket = first_handshake(asking, r);
	struct tls_config config = config_of(r, ticket);
	struct tls_session *session;
	struct conn *conn;

	second->name = r->name;
	if (!ticket)
		return;
	if (!r->no_ticket && !tls_ticket_is_ticket(ticket)) {
		tls_ticket_free(ticket);
		r->result = TRI_NO;
		return;
	}
	r->lifetime_s = tls_ticket_lifetime_s(ticket);
	r->early_data = tls_ticket_early_data(ticket);
	session = ask_session(asking, second, &config, asking_run(asking)->visit->target.servername, &conn);
	if (session)
		r->result = tls_session_is_resumed(session) ? TRI_YES : TRI_NO;
	ask_session_release(asking, session, conn);
	tls_ticket_free(ticket);
}

void audit_resumption(struct asking *asking)
{
	struct audit *audit = asking_audit(asking);
	struct resuming *all = arena_array(asking_run(asking)->probing->arena, struct resuming, 3);

	all[0] = (struct resuming){ .name = "resume 1.3", .lowest = TLS_1_3, .highest = TLS_1_3 };
	all[1] = (struct resuming){ .name = "resume by ticket", .lowest = TLS_1_0, .highest = TLS_1_2 };
	all[2] = (struct resuming){ .name = "resume by id", .lowest = TLS_1_0, .highest = TLS_1_2, .no_ticket = true };
	for (size_t i = 0; i < 3; i++)
		all[i].first.name = all[i].name;
	ask_all(asking, resume, all, 3, sizeof *all);
	audit->habits.resumption_tls13 = all[0].result;
	audit->habits.tickets = all[1].result;
	audit->habits.session_ids = all[2].result;
	audit->habits.ticket_lifetime_s = all[0].lifetime_s ? all[0].lifetime_s : all[1].lifetime_s;
	if (all[0].result != TRI_UNKNOWN)
		audit->habits.early_data = all[0].early_data > 0 ? TRI_YES : TRI_NO;
}
