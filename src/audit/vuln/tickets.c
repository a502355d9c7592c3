/* Sessions that come back: ids that nobody gave out, ids echoed longer than sent (Ticketbleed), tickets
 * sealed with a key of zeros (CVE-2020-13777), sessions taken under another name. RFC 5246 F.1.4, RFC
 * 5077 4; Delignat-Lavaud, Bhargavan 2014. Bytes that an echo adds are compared and forgotten. */
#include "audit/tickets.h"
#include "audit/vuln/dialogue.h"
#include "audit/vuln/ticket_key.h"

#include <openssl/rand.h>

enum { ID_MAX = 32 };

struct first_session {
	struct raw_choice choice;
	struct raw_client client;
	bool done;
	enum tri foreign_id_echoed;
	const char *text;
};

/* A whole handshake that offers an id nobody knows. */
static void take_session(struct asking *asking, struct first_session *first)
{
	uint8_t *id = arena_alloc(arena_of(asking), ID_MAX);
	struct raw_offer offer = first->choice.offer;
	struct dialogue d;

	RAND_bytes(id, ID_MAX);
	offer.session_id = span_of(id, ID_MAX);
	offer.wants_ticket = true;
	first->done = false;
	first->foreign_id_echoed = TRI_UNKNOWN;
	if (dialogue_open_first(&d, asking) && raw_begin(&d.client, &offer)) {
		first->foreign_id_echoed = span_equal(d.client.hello.session_id, offer.session_id) ? TRI_YES : TRI_NO;
		first->done = raw_key_exchange(&d.client) && raw_finish(&d.client);
	}
	first->client = d.client;
	first->text = raw_end_text(&d.client);
	dialogue_close(&d);
}

static void judge_foreign_id(struct asking *asking, struct audit_vulnerability *out, const struct first_session *first)
{
	struct first_session again = *first;

	for (unsigned i = 0; i < CONFIRMATIONS && again.foreign_id_echoed == TRI_YES; i++)
		take_session(asking, &again);
	if (first->foreign_id_echoed == TRI_UNKNOWN) {
		is_unknown(asking, out, "the hello was not answered: %s", first->text);
		return;
	}
	note_exchange(asking, out, "offered a random session id: the ServerHello %s",
		      again.foreign_id_echoed == TRI_YES ? "gives it back" : "has another one, or none");
	if (again.foreign_id_echoed == TRI_YES)
		is_vulnerable(asking, out, "gives back session ids that it never made");
	else
		is_not_vulnerable(asking, out, "does not go on with a session that it does not know");
}

/* ---- with the ticket -------------------------------------------------------------------------------------- */

struct resumption {
	bool is_answered, is_resumed;
	struct span id; /* what the ServerHello gave back */
	const char *text;
};

static struct resumption resume_as(struct asking *asking, const struct first_session *first, struct span id,
				   const char *sni)
{
	struct raw_offer offer = first->choice.offer;
	struct resumption result = {0};
	struct dialogue d;

	offer.session_id = id;
	offer.wants_ticket = true;
	offer.ticket = first->client.new_ticket;
	offer.sni = sni;
	if (dialogue_open(&d, asking)) {
		raw_take_session(&d.client, &first->client);
		result.is_answered = raw_begin(&d.client, &offer);
		result.is_resumed = d.client.hello.is_resumed;
		result.id = d.client.hello.session_id;
	}
	result.text = raw_end_text(&d.client);
	dialogue_close(&d);
	return result;
}

/* 32 bytes that begin with the one that was sent, behind it something else than zeros. */
static bool is_bleeding(const struct resumption *r, uint8_t sent)
{
	uint8_t any = 0;

	for (size_t i = 1; i < r->id.n; i++)
		any |= r->id.p[i];
	return r->is_answered && r->id.n == ID_MAX && r->id.p[0] == sent && any != 0;
}

static void judge_ticketbleed(struct asking *asking, struct audit_vulnerability *out, const struct first_session *first)
{
	static const uint8_t ids[1 + CONFIRMATIONS] = {0x78, 0x15, 0xe3};
	struct resumption r = {0};
	unsigned n = 0;

	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		r = resume_as(asking, first, span_of(&ids[i], 1), first->choice.offer.sni);
		if (!is_bleeding(&r, ids[i]))
			break;
		n++;
	}
	if (r.is_answered)
		note_exchange(asking, out,
			      "offered a ticket with a session id of 1 byte: the ServerHello has one of %zu bytes",
			      r.id.n);
	if (n == COUNT_OF(ids))
		is_vulnerable(asking, out,
			      "gives back 32 bytes for a session id of one, %u times: the others are of its memory", n);
	else if (r.is_answered && n == 0)
		is_not_vulnerable(asking, out,
				  r.is_resumed ? "gives back a session id as long as it was sent"
					       : "declines the ticket");
	else
		is_unknown(asking, out, "no steady answer to a ticket with a short session id: %s", r.text);
}

static void judge_ticket_key(struct asking *asking, struct audit_vulnerability *out, const struct first_session *first)
{
	note_exchange(asking, out, "finished a handshake, received a ticket of %zu bytes", first->client.new_ticket.n);
	if (ticket_has_zero_key(first->client.new_ticket))
		is_vulnerable(asking, out,
			      "its tickets are sealed with a key of zeros: everyone can read and make them");
	else
		is_not_vulnerable(
			asking, out,
			"its tickets are not sealed with a key of zeros; how long a key serves was not watched");
}

/* Under another name: audit/tickets.h keeps what came of it. */
static void try_other_name(struct asking *asking, void *ctx)
{
	const struct first_session *first = ctx;
	struct other_name other = other_name_of(asking, first->client.hello.leaf);
	struct resumption r;

	if (!other.name)
		return;
	r = resume_as(asking, first, span_of(NULL, 0), other.name);
	note_other_name(asking, first->choice.offer.version, &other,
			r.is_resumed ? TRI_YES : r.is_answered ? TRI_NO : TRI_UNKNOWN);
}

/* ---- side by side ------------------------------------------------------------------------------------------ */

struct ticket_part {
	struct first_session *first;
	const char *id;
	void (*judge)(struct asking *asking, struct audit_vulnerability *out, const struct first_session *first);
};

static void run_part(struct asking *asking, void *ctx)
{
	const struct ticket_part *part = ctx;

	part->judge(asking, vulnerability_row(asking, part->id), part->first);
}

static void say_no_ticket(struct asking *asking, struct audit_vulnerability *out, const struct first_session *first)
{
	if (first->done)
		is_not_applicable(asking, out, "no ticket comes in TLS 1.2 or below");
	else
		is_unknown(asking, out, "the handshake was not finished: %s", first->text);
}

void vulnerability_tickets(struct asking *asking, struct audit_vulnerability *out)
{
	struct first_session *first = arena_new_of(arena_of(asking), struct first_session);
	struct ticket_part parts[] = {
		{ first, "session_id_reuse", judge_foreign_id }, { first, "ticketbleed", judge_ticketbleed },
		{ first, "ticket_key_weak", judge_ticket_key },
	};
	bool has_ticket;

	(void)out;
	raw_choose(&first->choice, asking, raw_wants_any);
	if (first->choice.found != TRI_YES) {
		for (size_t i = 0; i < COUNT_OF(parts); i++)
			(void)raw_has_choice(&first->choice, vulnerability_row(asking, parts[i].id),
					     "no suite of TLS 1.0 to 1.2 that this check speaks is accepted");
		return;
	}
	take_session(asking, first);
	has_ticket = first->done && first->client.new_ticket.n > 0;
	for (size_t i = 1; i < COUNT_OF(parts) && !has_ticket; i++)
		parts[i].judge = say_no_ticket;
	if (has_ticket)
		audit_note_ticket(asking, first->client.new_ticket);
	ask_all(asking, run_part, parts, COUNT_OF(parts), sizeof *parts);
	if (has_ticket)
		audit_when_names_are_known(asking, try_other_name, first);
}
