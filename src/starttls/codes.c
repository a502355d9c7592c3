/* Protocols whose answers begin with three digits: SMTP (RFC 5321, 3207), LMTP (RFC 2033), FTP (RFC 959,
 * 4217), NNTP (RFC 3977, 4642). */
#include "starttls/dialogue.h"

/* One protocol of this family. */
struct codes {
	int greeting, greeting_too;     /* the codes that welcome */
	const char *ask;                /* for what the peer offers */
	int list;                       /* the code of that list */
	bool is_dotted;                 /* the list goes on, without codes, to a lone dot */
	const char *entry;              /* what names TLS in it */
	const char *command;
	int go;                         /* the code that begins TLS */
};

enum state { GREETING, LIST, DOTTED, COMMAND };

static void ask_list(struct dialogue *d, const struct codes *c)
{
	d->out->step = DIALOGUE_CAPABILITIES;
	d->state = LIST;
	dialogue_say(d, c->ask);
}

/* Asked also where the list is without it: whether the list was doctored on the way shows in the answer. */
static void ask_tls(struct dialogue *d, const struct codes *c)
{
	d->out->step = DIALOGUE_COMMAND;
	d->state = COMMAND;
	dialogue_say(d, c->command);
}

static void on_greeting(struct dialogue *d, const struct codes *c, struct span line, int code, bool is_last)
{
	if (!d->out->greeting)
		d->out->greeting = arena_text(d->arena, span_sub(line, 0, 500));
	if (code != c->greeting && code != c->greeting_too)
		dialogue_fail(d, DIALOGUE_TURNED_AWAY, code, line);
	else if (is_last)
		ask_list(d, c);
}

static void note_entry(struct dialogue *d, const struct codes *c, struct span entry)
{
	dialogue_offer(d, entry);
	if (line_begins(span_trim(entry), c->entry) || (strchr(c->entry, ' ') && span_find_nocase(entry, span_str(c->entry)) >= 0))
		d->out->offered = TRI_YES;
}

/* Only a whole list shows what is not in it. */
static void list_ends(struct dialogue *d, const struct codes *c)
{
	if (d->out->offered == TRI_UNKNOWN)
		d->out->offered = TRI_NO;
	ask_tls(d, c);
}

static void on_list(struct dialogue *d, const struct codes *c, struct span line, int code, bool is_last)
{
	/* FTP's features stand on lines of their own between 211- and 211. */
	if (code == 0 && c->list == 211) {
		note_entry(d, c, line);
		return;
	}
	if (code == 0) {
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, line);
		return;
	}
	if (code != c->list) {
		/* Too old to list anything, or unwilling: the command will show. EHLO is the exception: who does not
		 * know it has no extensions at all. */
		if (c->list == 250 && is_last)
			d->out->offered = TRI_NO;
		if (is_last)
			ask_tls(d, c);
		return;
	}
	if (c->is_dotted) {
		d->state = DOTTED;
		return;
	}
	if (c->list == 250)
		note_entry(d, c, span_sub(line, 4, line.n));
	if (is_last)
		list_ends(d, c);
}

static void on_answer(struct dialogue *d, const struct codes *c, struct span line, int code, bool is_last)
{
	if (code == 0)
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, line);
	else if (code != c->go)
		dialogue_refused(d, code, line);
	else if (is_last)
		dialogue_done(d);
}

static size_t take(struct dialogue *d, struct span bytes, const struct codes *c)
{
	struct span line;
	bool is_last = true;
	size_t n;
	int code;

	/* What begins with no digit is not this family's, whether or not the line ends. */
	if (d->state == GREETING && !d->out->greeting && (bytes.p[0] < '0' || bytes.p[0] > '9')) {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (!dialogue_line(bytes, &line, &n))
		return 0;
	code = line_code(line, &is_last);
	if (d->state == GREETING && code == 0)
		dialogue_foreign(d, bytes);
	else if (d->state == GREETING)
		on_greeting(d, c, line, code, is_last);
	else if (d->state == DOTTED && span_is(line, "."))
		list_ends(d, c);
	else if (d->state == DOTTED)
		note_entry(d, c, line);
	else if (d->state == LIST)
		on_list(d, c, line, code, is_last);
	else
		on_answer(d, c, line, code, is_last);
	return n;
}

static const struct codes smtp = { 220, 220, "EHLO localhost\r\n", 250, false, "STARTTLS", "STARTTLS\r\n", 220 };
static const struct codes lmtp = { 220, 220, "LHLO localhost\r\n", 250, false, "STARTTLS", "STARTTLS\r\n", 220 };
static const struct codes ftp = { 220, 220, "FEAT\r\n", 211, false, "AUTH TLS", "AUTH TLS\r\n", 234 };
static const struct codes nntp = { 200, 201, "CAPABILITIES\r\n", 101, true, "STARTTLS", "STARTTLS\r\n", 382 };

/* "220 ProFTPD Server" at a mail port: the code alone does not tell the two apart. */
static size_t take_220(struct dialogue *d, struct span bytes, const struct codes *c, const char *other, const char *speaks)
{
	struct span line;
	size_t n;

	if (d->state == GREETING && !d->out->greeting && dialogue_line(bytes, &line, &n) &&
	    span_find_nocase(line, span_str(other)) >= 0 && span_find_nocase(line, span_str(d->protocol->name)) < 0) {
		dialogue_fail(d, DIALOGUE_OTHER_PROTOCOL, 0, line);
		d->out->speaks = speaks;
		return 0;
	}
	return take(d, bytes, c);
}

static size_t take_smtp(struct dialogue *d, struct span bytes)
{
	return take_220(d, bytes, &smtp, "ftp", "ftp");
}

static size_t take_lmtp(struct dialogue *d, struct span bytes)
{
	return take_220(d, bytes, &lmtp, "esmtp", "smtp");
}

static size_t take_ftp(struct dialogue *d, struct span bytes)
{
	return take_220(d, bytes, &ftp, "smtp", "smtp");
}

static size_t take_nntp(struct dialogue *d, struct span bytes)
{
	return take(d, bytes, &nntp);
}

const struct dialogue_protocol protocol_smtp = { "smtp", "SMTP", "STARTTLS", true, NULL, take_smtp, false };
const struct dialogue_protocol protocol_lmtp = { "lmtp", "LMTP", "STARTTLS", true, NULL, take_lmtp, false };
const struct dialogue_protocol protocol_ftp = { "ftp", "FTP", "AUTH TLS", true, NULL, take_ftp, false };
const struct dialogue_protocol protocol_nntp = { "nntp", "NNTP", "STARTTLS", true, NULL, take_nntp, false };
