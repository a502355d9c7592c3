/* STARTTLS: a command behind STARTTLS in the same segment that is answered within TLS (CVE-2011-0411 and
 * many after it), and what is offered in clear. NOOP alone is ever injected. RFC 3207, 2595, 4217, 4642,
 * 5804; Poddebniak et al., USENIX Security 2021. */
#include "audit/vuln/dialogue.h"

#include "audit/vuln/mail_lines.h"
#include "probe/connect.h"

enum { ROOM = 4096, WAIT_MS = 6000, INSIDE_WAIT_MS = 1500 };

struct clear_talk {
	const struct mail_protocol *protocol;
	char *text; /* all that came in clear */
	size_t n;
	const char *failed; /* which step was not answered as it should be */
	bool has_more;	    /* bytes behind the answer to STARTTLS: answered in clear */
};

/* Reads until a whole answer of this step is there; what it holds is from `start` on. */
static bool read_answer(struct clear_talk *talk, struct conn *conn, const char *last_line)
{
	size_t start = talk->n;

	while (talk->n < ROOM) {
		size_t end = mail_answer_end(span_of(talk->text + start, talk->n - start), last_line);
		ssize_t got;

		if (end > 0) {
			talk->has_more = start + end < talk->n;
			return true;
		}
		got = conn_read(conn, talk->text + talk->n, ROOM - talk->n, WAIT_MS);
		if (got <= 0)
			return false;
		talk->n += (size_t)got;
	}
	return false;
}

static bool say(struct conn *conn, const char *line)
{
	return conn_write(conn, span_str(line), WAIT_MS) == 0;
}

/* Up to the answer to STARTTLS, with NOOP in the same write. */
static bool talk_in_clear(struct clear_talk *talk, struct conn *conn)
{
	const struct mail_protocol *p = talk->protocol;

	talk->failed = "the greeting";
	if (!read_answer(talk, conn, p->greeting))
		return false;
	talk->failed = "the list of capabilities";
	if (p->ask && (!say(conn, p->ask) || !read_answer(talk, conn, p->asked)))
		return false;
	talk->failed = "STARTTLS";
	if (!say(conn, p->start_and_noop) || !read_answer(talk, conn, p->started))
		return false;
	talk->failed = NULL;
	return true;
}

/* The way all connections go, through a proxy where one is used; what came early is the talk's beginning. */
static struct conn *connect_in_clear(struct asking *asking, struct clear_talk *talk)
{
	struct attempt *unlisted = arena_new_of(arena_of(asking), struct attempt);
	struct span early = span_of(NULL, 0);
	struct conn *conn;

	unlisted->name = "injection";
	asking_audit(asking)->n_connections++;
	conn = attempt_reach(asking_run(asking), unlisted, &early);
	if (early.n > 0 && early.n < ROOM) {
		memcpy(talk->text, early.p, early.n);
		talk->n = early.n;
	}
	return conn;
}

struct injection {
	struct clear_talk talk;
	bool is_secure;	  /* TLS was finished after it */
	bool is_answered; /* and something came without our asking */
};

static void inject(struct asking *asking, const struct mail_protocol *protocol, struct injection *out)
{
	struct probing *p = asking_run(asking)->probing;
	const struct tls_config config = {.name = "injection", .security_level = 0, .legacy_server_connect = true};
	const struct tls_limits limits = {p->idle_timeout_ms, p->handshake_timeout_ms};
	struct attempt *at = arena_new_of(p->arena, struct attempt);
	struct tls_session *session = NULL;
	struct conn *conn;
	char inside[256];

	*out = (struct injection){
		.talk = {.protocol = protocol, .text = arena_alloc(p->arena, ROOM), .failed = "the connection"}};
	conn = connect_in_clear(asking, &out->talk);
	if (conn && talk_in_clear(&out->talk, conn) && !out->talk.has_more)
		session =
			tls_handshake(p->tls, conn, &config, asking_run(asking)->visit->target.servername, &limits, at);
	if (session) {
		out->is_secure = true;
		out->is_answered = tls_read(session, inside, sizeof inside, INSIDE_WAIT_MS) > 0;
		tls_session_free(session);
	}
	conn_close(conn);
}

static const struct mail_protocol *protocol_of(struct asking *asking, struct audit_vulnerability *out)
{
	const char *name = asking_run(asking)->visit->target.starttls;
	const struct mail_protocol *p = name ? mail_protocol_find(name) : NULL;

	if (!name)
		is_not_applicable(asking, out, "TLS begins at once, without STARTTLS");
	else if (!p)
		is_unknown(asking, out, "not tested for this protocol");
	return p;
}

static void judge_injection(struct asking *asking, struct audit_vulnerability *out, const struct injection *i)
{
	if (i->talk.failed)
		is_unknown(asking, out, "%s was not answered as it should be", i->talk.failed);
	else if (i->talk.has_more)
		is_not_vulnerable(asking, out, "answers the command in clear before TLS, which is no injection");
	else if (!i->is_secure)
		is_not_vulnerable(asking, out, "with a command behind STARTTLS no TLS comes about");
	else
		is_not_vulnerable(asking, out, "a command sent in clear is not answered within TLS");
}

/* The other direction: plain text behind the answer that begins TLS, which some clients take for part of it. */
static bool answers_too_much(struct asking *asking, struct audit_vulnerability *out)
{
	const struct endpoint *ep = asking_run(asking)->endpoint;
	const struct dialogue_evidence *e = ep->main ? ep->main->starttls : NULL;

	if (!e || e->after.n == 0)
		return false;
	note_exchange(asking, out, "sent STARTTLS: %zu bytes came in clear behind the answer", e->after.n);
	is_vulnerable(asking, out, "sends plain text behind the answer that begins TLS (response injection)");
	return true;
}

void vulnerability_starttls_injection(struct asking *asking, struct audit_vulnerability *out)
{
	const struct mail_protocol *protocol = protocol_of(asking, out);
	struct injection i;

	if (!protocol || answers_too_much(asking, out))
		return;
	inject(asking, protocol, &i);
	for (unsigned n = 0; n < CONFIRMATIONS && i.is_answered; n++)
		inject(asking, protocol, &i);
	note_exchange(asking, out, "sent STARTTLS and NOOP in one segment, %s",
		      i.is_answered ? "finished TLS: an answer came within it, three times"
		      : i.is_secure ? "finished TLS: nothing came within it"
				    : "TLS was not finished");
	if (i.is_answered)
		is_vulnerable(asking, out, "a command sent in clear behind STARTTLS is carried out within TLS");
	else
		judge_injection(asking, out, &i);
}

/* ---- what is offered in clear -------------------------------------------------------------------------------- */

void vulnerability_starttls_strip(struct asking *asking, struct audit_vulnerability *out)
{
	const struct mail_protocol *protocol = protocol_of(asking, out);
	struct clear_talk talk = {.protocol = protocol};
	struct conn *conn;
	enum tri login;

	if (!protocol)
		return;
	talk.text = arena_alloc(arena_of(asking), ROOM);
	conn = connect_in_clear(asking, &talk);
	if (!conn || !read_answer(&talk, conn, protocol->greeting) ||
	    (protocol->ask && (!say(conn, protocol->ask) || !read_answer(&talk, conn, protocol->asked)))) {
		conn_close(conn);
		is_unknown(asking, out, "the list of capabilities did not come");
		return;
	}
	conn_close(conn);
	login = mail_offers_login(protocol, span_of(talk.text, talk.n));
	if (login != TRI_UNKNOWN)
		note_exchange(asking, out, "asked for capabilities before TLS: %s",
			      login == TRI_YES ? "passwords are taken in clear" : "no password is taken");
	judge(asking, out, login, VULNERABILITY_VULNERABLE,
	      "takes passwords before TLS, so that a man in the middle need only hide STARTTLS", VULNERABILITY_NOT,
	      "takes no password before TLS", "what is offered before TLS");
}
