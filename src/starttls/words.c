/* Protocols whose answers begin with a word: IMAP (RFC 9051), POP3 (RFC 1939, 2449, 2595), ManageSieve
 * (RFC 5804), IRC (RFC 2812, the old tls extension of IRCv3). */
#include "starttls/dialogue.h"

enum state { GREETING, LIST, LINES, COMMAND };

static void greet(struct dialogue *d, struct span line)
{
	if (!d->out->greeting)
		d->out->greeting = arena_text(d->arena, span_sub(line, 0, 500));
}

static void ask_list(struct dialogue *d, const char *command)
{
	d->out->step = DIALOGUE_CAPABILITIES;
	d->state = LIST;
	dialogue_say(d, command);
}

static void ask_tls(struct dialogue *d, const char *command)
{
	d->out->step = DIALOGUE_COMMAND;
	d->state = COMMAND;
	dialogue_say(d, command);
}

/* The next whole line; in the greeting, bytes that do not begin as they should end the dialogue at once. */
static bool next_line(struct dialogue *d, struct span bytes, const char *starts, struct span *line, size_t *n)
{
	if (d->state == GREETING && !d->out->greeting && !strchr(starts, bytes.p[0])) {
		dialogue_foreign(d, bytes);
		return false;
	}
	return dialogue_line(bytes, line, n);
}

/* ---- IMAP ----------------------------------------------------------------------------------------------- */

static void imap_greeting(struct dialogue *d, struct span line)
{
	greet(d, line);
	if (line_begins(line, "* OK"))
		ask_list(d, "a1 CAPABILITY\r\n");
	else if (line_begins(line, "* PREAUTH"))        /* signed in already: RFC 9051 6.2.1 forbids STARTTLS now */
		dialogue_fail(d, DIALOGUE_REFUSED, 0, line);
	else if (line_begins(line, "* BYE"))
		dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, line);
	else
		dialogue_foreign(d, line);
}

/* Untagged, a continuation, or with one of our tags: RFC 9051 2.2.2. */
static bool is_imap(struct span line)
{
	return line.n > 0 && (line.p[0] == '*' || line.p[0] == '+' || line.p[0] == 'a' || line.p[0] == 'A');
}

static void imap_list(struct dialogue *d, struct span line)
{
	if (line_begins(line, "* CAPABILITY")) {
		dialogue_offer(d, span_sub(line, 13, line.n));
		d->out->offered = line_has_word(line, "STARTTLS") ? TRI_YES : TRI_NO;
	} else if (line_begins(line, "* BYE")) {
		dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, line);
	} else if (line_begins(line, "a1")) {
		ask_tls(d, "a2 STARTTLS\r\n");
	} else if (!is_imap(line)) {
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, line);
	}
}

static void imap_answer(struct dialogue *d, struct span line)
{
	if (line_begins(line, "a2 OK"))
		dialogue_done(d);
	else if (line_begins(line, "a2") || line_begins(line, "* BYE"))
		dialogue_refused(d, 0, line);
	else if (!is_imap(line))
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, line);
}

static size_t take_imap(struct dialogue *d, struct span bytes)
{
	struct span line;
	size_t n;

	if (!next_line(d, bytes, "*", &line, &n))
		return 0;
	if (d->state == GREETING)
		imap_greeting(d, line);
	else if (d->state == LIST)
		imap_list(d, line);
	else
		imap_answer(d, line);
	return n;
}

/* ---- POP3 ----------------------------------------------------------------------------------------------- */

static void pop3_greeting(struct dialogue *d, struct span line)
{
	greet(d, line);
	if (line_begins(line, "+OK"))
		ask_list(d, "CAPA\r\n");
	else if (line_begins(line, "-ERR"))
		dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, line);
	else
		dialogue_foreign(d, line);
}

static void pop3_list(struct dialogue *d, struct span line)
{
	if (d->state == LIST && line_begins(line, "+OK")) {
		d->state = LINES;
	} else if (d->state == LIST && (line.n == 0 || line.p[0] != '-')) {
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, line);
	} else if (d->state == LIST || span_is(line, ".")) {
		/* Only a whole list shows what is not in it. */
		if (d->state == LINES && d->out->offered == TRI_UNKNOWN)
			d->out->offered = TRI_NO;
		ask_tls(d, "STLS\r\n");         /* no CAPA: RFC 1939 alone */
	} else {
		dialogue_offer(d, line);
		if (line_begins(line, "STLS"))
			d->out->offered = TRI_YES;
	}
}

static size_t take_pop3(struct dialogue *d, struct span bytes)
{
	struct span line;
	size_t n;

	if (!next_line(d, bytes, "+-", &line, &n))
		return 0;
	if (d->state == GREETING)
		pop3_greeting(d, line);
	else if (d->state != COMMAND)
		pop3_list(d, line);
	else if (line_begins(line, "+OK"))
		dialogue_done(d);
	else if (line.n > 0 && line.p[0] == '-')
		dialogue_refused(d, 0, line);
	else
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, line);
	return n;
}

/* ---- ManageSieve: the greeting is the list --------------------------------------------------------------- */

static void sieve_greeting(struct dialogue *d, struct span line)
{
	greet(d, line);
	if (line.n > 0 && line.p[0] == '"') {
		dialogue_offer(d, line);
		if (line_begins(line, "\"STARTTLS"))
			d->out->offered = TRI_YES;
	} else if (line_begins(line, "OK")) {
		d->out->offered = d->out->offered == TRI_YES ? TRI_YES : TRI_NO;
		ask_tls(d, "STARTTLS\r\n");
	} else if (line_begins(line, "NO") || line_begins(line, "BYE")) {
		dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, line);
	} else {
		dialogue_foreign(d, line);
	}
}

static size_t take_sieve(struct dialogue *d, struct span bytes)
{
	struct span line;
	size_t n;

	if (!next_line(d, bytes, "\"OoNnBb", &line, &n))
		return 0;
	if (d->state == GREETING)
		sieve_greeting(d, line);
	else if (line_begins(line, "OK"))
		dialogue_done(d);
	else if (line_begins(line, "NO") || line_begins(line, "BYE"))
		dialogue_refused(d, 0, line);
	else
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, line);
	return n;
}

/* ---- IRC ------------------------------------------------------------------------------------------------- */

/* ":server 670 nick :text": the second word is what matters; notices come at any time. */
static int irc_numeric(struct span line)
{
	size_t at = 0;
	bool is_last;

	if (line.n > 0 && line.p[0] == ':')
		while (at < line.n && line.p[at++] != ' ')
			;
	return line_code(span_sub(line, at, 3), &is_last);
}

static void begin_irc(struct dialogue *d)
{
	d->out->step = DIALOGUE_COMMAND;
	dialogue_say(d, "STARTTLS\r\n");
}

static size_t take_irc(struct dialogue *d, struct span bytes)
{
	struct span line;
	size_t n;
	int code;

	/* A prefix, or a command in letters. */
	if (!d->out->greeting && bytes.p[0] != ':' && (bytes.p[0] < 'A' || bytes.p[0] > 'Z')) {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (!dialogue_line(bytes, &line, &n))
		return 0;
	if (line_begins(line, "HTTP/1.1") || span_is(span_sub(line, 0, 5), "HTTP/") || span_is(span_sub(line, 0, 4), "SSH-")) {
		dialogue_foreign(d, bytes);
		return n;
	}
	greet(d, line);
	code = irc_numeric(line);
	if (code == 670)
		dialogue_done(d);
	else if (code == 421)           /* unknown command */
		dialogue_fail(d, DIALOGUE_NOT_OFFERED, code, line);
	else if (code == 691 || code == 451)
		dialogue_refused(d, code, line);
	else if (line_begins(line, "ERROR"))
		dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, line);
	return n;
}

const struct dialogue_protocol protocol_imap = { "imap", "IMAP", "STARTTLS", true, NULL, take_imap, false };
const struct dialogue_protocol protocol_pop3 = { "pop3", "POP3", "STLS", true, NULL, take_pop3, false };
const struct dialogue_protocol protocol_sieve = { "sieve", "ManageSieve", "STARTTLS", true, NULL, take_sieve, false };
const struct dialogue_protocol protocol_irc = { "irc", "IRC", "STARTTLS", false, begin_irc, take_irc, false };
