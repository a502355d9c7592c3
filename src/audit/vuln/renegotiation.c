/* Renegotiation: is it tied to the connection (RFC 5746), may clients begin it, and how often. A few
 * times in one connection, never more. CVE-2021-3449 is only inferred. */
#include "audit/vuln/dialogue.h"

#include <stdlib.h>

enum { TIMES = 4, FEW = 2 };

struct renegotiating {
	bool handshake_done, has_info;
	unsigned n_done; /* renegotiations that were finished */
	bool is_begun;	 /* one more was answered with a ServerHello */
	enum raw_end end;
	const char *text;
};

static void renegotiate(struct asking *asking, const struct raw_choice *choice, struct renegotiating *r)
{
	struct dialogue d;

	if (dialogue_begin(&d, asking, choice) && raw_go_on(&d.client)) {
		r->handshake_done = true;
		r->has_info = d.client.hello.has_renegotiation_info;
		dialogue_hurry(&d);
		while (r->n_done < TIMES && raw_begin(&d.client, &choice->offer)) {
			r->is_begun = true;
			if (!raw_key_exchange(&d.client) || !raw_finish(&d.client))
				break;
			r->n_done++;
		}
	} else {
		r->has_info = d.client.hello.has_renegotiation_info;
	}
	r->end = d.client.end;
	r->text = raw_end_text(&d.client);
	dialogue_close(&d);
}

static bool is_refused(const struct renegotiating *r)
{
	return r->handshake_done && !r->is_begun &&
	       (r->end == RAW_ALERT || r->end == RAW_CLOSED || r->end == RAW_RESET);
}

static void judge_client(struct asking *asking, struct audit_vulnerability *out, const struct renegotiating *r)
{
	if (!r->handshake_done) {
		is_unknown(asking, out, "the first handshake was not finished: %s", r->text);
		return;
	}
	note_exchange(asking, out, "sent a second ClientHello over the connection: %s",
		      r->is_begun ? "a ServerHello" : r->text);
	if (r->n_done > FEW)
		is_vulnerable(asking, out, "let the client renegotiate %u times in one connection; more were not tried",
			      r->n_done);
	else if (r->is_begun && (r->end == RAW_ALERT || r->end == RAW_CLOSED || r->end == RAW_RESET))
		is_not_vulnerable(asking, out, "lets the client renegotiate %u times, then ends it: %s", r->n_done,
				  r->text);
	else if (is_refused(r))
		is_not_vulnerable(asking, out, "refuses to renegotiate when the client wants it: %s", r->text);
	else
		is_unknown(asking, out, "no clear answer to a renegotiation: %s", r->text);
}

static void judge_tied(struct asking *asking, struct audit_vulnerability *out, const struct renegotiating *r)
{
	enum tri tied = r->has_info ? TRI_YES : asking_audit(asking)->habits.secure_renegotiation;

	if (tied != TRI_YES && r->handshake_done)
		tied = TRI_NO;
	if (tied != TRI_UNKNOWN)
		note_exchange(asking, out, "offered renegotiation_info, the ServerHello %s it",
			      tied == TRI_YES ? "has" : "lacks");
	if (tied == TRI_UNKNOWN)
		is_unknown(asking, out, "no ServerHello to an offer of renegotiation_info was seen: %s", r->text);
	else if (tied == TRI_YES)
		is_not_vulnerable(asking, out, "ties renegotiations to their connection");
	else if (is_refused(r)) {
		note_exchange(asking, out, "sent a second ClientHello over the connection: %s", r->text);
		is_not_vulnerable(
			asking, out,
			"does not know renegotiation_info, but refuses to renegotiate; some clients will not connect");
	} else {
		is_vulnerable(asking, out,
			      r->is_begun
				      ? "renegotiates without renegotiation_info: a stranger may put his words first"
				      : "does not know renegotiation_info, and a renegotiation was not seen refused");
	}
}

/* The trigger is never sent: without renegotiation it has no way in, else the Server header must say. */
static void judge_3449(struct asking *asking, struct audit_vulnerability *out, const struct renegotiating *r)
{
	const char *server = asking_run(asking)->visit->http.server;
	const char *version = server ? strstr(server, "OpenSSL/1.1.1") : NULL;

	if (is_refused(r))
		is_not_vulnerable(asking, out, "refuses the renegotiation that it takes");
	else if (version && (version[13] < 'a' || version[13] > 'z' || version[13] <= 'j'))
		is_unknown(asking, out,
			   "likely: its Server header says %.14s, which crashes, unless it was patched under that name",
			   version);
	else if (server && strstr(server, "OpenSSL/") && !version)
		is_not_vulnerable(asking, out, "its Server header names a version of OpenSSL without the flaw");
	else
		is_unknown(asking, out, "never tested: the check would end an affected server");
}

void vulnerability_renegotiation(struct asking *asking, struct audit_vulnerability *out)
{
	static const char *const ids[] = {"insecure_reneg", "client_reneg", "reneg_null_deref"};
	struct raw_choice *choice = arena_new_of(arena_of(asking), struct raw_choice);
	struct renegotiating r = {0};

	(void)out;
	raw_choose(choice, asking, raw_wants_any);
	if (choice->found == TRI_YES)
		renegotiate(asking, choice, &r);
	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		struct audit_vulnerability *row = vulnerability_row(asking, ids[i]);

		if (!raw_has_choice(choice, row, "no suite of TLS 1.0 to 1.2 that this check speaks is accepted"))
			continue;
		if (i == 0)
			judge_tied(asking, row, &r);
		else if (i == 1)
			judge_client(asking, row, &r);
		else
			judge_3449(asking, row, &r);
	}
	if (r.handshake_done && (r.is_begun || is_refused(&r)))
		asking_audit(asking)->habits.client_renegotiation = r.is_begun ? TRI_YES : TRI_NO;
}
