/* See dialogue.h: what all dialogues share. */
#include "starttls/dialogue.h"

#include "tls/reply.h"

enum { LINE_MAX_BYTES = 8192, LINES_MAX = 512, ALL_MAX = 128 << 10, FIRST_MAX = 512, OFFERS_MAX = 2000, TEXT_MAX_BYTES = 500 };

#define PROTOCOL(name) extern const struct dialogue_protocol protocol_##name;
#define TUNNEL(name) PROTOCOL(name)
#include "starttls/protocols.def"
#undef PROTOCOL
#undef TUNNEL

#define PROTOCOL(name) &protocol_##name,
#define TUNNEL(name)
const struct dialogue_protocol *const dialogue_protocols[] = {
#include "starttls/protocols.def"
	NULL
};
#undef PROTOCOL
#undef TUNNEL

#define PROTOCOL(name)
#define TUNNEL(name) &protocol_##name,
static const struct dialogue_protocol *const tunnels[] = {
#include "starttls/protocols.def"
	NULL
};
#undef PROTOCOL
#undef TUNNEL

static const struct dialogue_protocol *find(const struct dialogue_protocol *const *list, const char *name)
{
	for (; *list; list++)
		if (strcmp((*list)->name, name) == 0)
			return *list;
	return NULL;
}

const struct dialogue_protocol *starttls_find(const char *name)
{
	return name ? find(dialogue_protocols, name) : NULL;
}

const struct dialogue_protocol *tunnel_find(const char *scheme)
{
	/* The difference is who resolves the name, and what the bytes travel in. */
	if (strcmp(scheme, "https") == 0)
		scheme = "http";
	if (strcmp(scheme, "socks5h") == 0)
		scheme = "socks5";
	if (strcmp(scheme, "socks4a") == 0)
		scheme = "socks4";
	return find(tunnels, scheme);
}

struct dialogue *dialogue_new(struct arena *arena, const struct dialogue_protocol *protocol,
			      const struct dialogue_ask *ask, struct dialogue_evidence *out)
{
	struct dialogue *d = arena_new_of(arena, struct dialogue);

	*d = (struct dialogue){ .arena = arena, .protocol = protocol, .ask = ask, .out = out };
	*out = (struct dialogue_evidence){ .protocol = protocol->name };
	if (protocol->begin)
		protocol->begin(d);
	return d;
}

/* ---- bytes ---------------------------------------------------------------------------------------- */

struct span dialogue_send(struct dialogue *d)
{
	struct span bytes = d->to_send;

	d->to_send = span_of(NULL, 0);
	return bytes;
}

static struct span joined(struct arena *arena, struct span a, struct span b)
{
	uint8_t *copy = arena_alloc(arena, a.n + b.n + 1);

	if (a.n > 0)
		memcpy(copy, a.p, a.n);
	if (b.n > 0)
		memcpy(copy + a.n, b.p, b.n);
	return span_of(copy, a.n + b.n);
}

static void keep_first(struct dialogue *d, struct span bytes)
{
	struct dialogue_evidence *out = d->out;

	if (out->first_bytes.n < FIRST_MAX)
		out->first_bytes = joined(d->arena, out->first_bytes, span_sub(bytes, 0, FIRST_MAX - out->first_bytes.n));
}

static void drop(struct dialogue *d, size_t n)
{
	n = n < d->n_bytes ? n : d->n_bytes;
	memmove(d->bytes, d->bytes + n, d->n_bytes - n);
	d->n_bytes -= n;
}

static void take_all(struct dialogue *d)
{
	while (!d->is_over && d->n_bytes > 0) {
		size_t n = d->protocol->take(d, span_of(d->bytes, d->n_bytes));

		if (n == 0 && d->n_bytes >= LINE_MAX_BYTES && !d->is_over)
			dialogue_fail(d, DIALOGUE_ENDLESS, 0, span_of(d->bytes, d->n_bytes));
		if (n == 0)
			return;
		if (++d->n_lines > LINES_MAX && !d->is_over)
			dialogue_fail(d, DIALOGUE_ENDLESS, 0, span_of(d->bytes, n));
		drop(d, n);
	}
	if (d->is_over && d->out->fault == DIALOGUE_DONE && d->n_bytes > 0)
		d->out->after = arena_copy(d->arena, span_of(d->bytes, d->n_bytes));
}

void dialogue_receive(struct dialogue *d, struct span bytes)
{
	if (d->is_over || bytes.n == 0)
		return;
	if (!d->bytes)
		d->bytes = arena_alloc(d->arena, ALL_MAX);
	keep_first(d, bytes);
	d->n_all += bytes.n;
	if (d->n_all > ALL_MAX) {
		dialogue_fail(d, DIALOGUE_ENDLESS, 0, bytes);
		return;
	}
	memcpy(d->bytes + d->n_bytes, bytes.p, bytes.n);
	d->n_bytes += bytes.n;
	take_all(d);
}

void dialogue_end(struct dialogue *d, enum dialogue_fault how)
{
	if (d->is_over)
		return;
	/* An answer that began is not silence. */
	if (how == DIALOGUE_SILENT && d->n_bytes > 0)
		how = DIALOGUE_STALLED;
	dialogue_fail(d, how, 0, span_of(d->bytes, d->n_bytes));
}

bool dialogue_over(const struct dialogue *d)
{
	return d->is_over;
}

struct span dialogue_rest(const struct dialogue *d)
{
	return d->out->after;
}

/* ---- for the protocols ------------------------------------------------------------------------------ */

void dialogue_say_bytes(struct dialogue *d, struct span bytes)
{
	d->to_send = joined(d->arena, d->to_send, bytes);
}

void dialogue_say(struct dialogue *d, const char *text)
{
	dialogue_say_bytes(d, span_str(text));
}

void dialogue_done(struct dialogue *d)
{
	d->out->fault = DIALOGUE_DONE;
	d->is_over = true;
}

static struct span first_line(struct span bytes)
{
	size_t n = 0;

	while (n < bytes.n && n < TEXT_MAX_BYTES && bytes.p[n] != '\n' && bytes.p[n] != '\0')
		n++;
	return span_trim(span_of(bytes.p, n));
}

void dialogue_fail(struct dialogue *d, enum dialogue_fault fault, int code, struct span line)
{
	struct span text = first_line(line);

	d->out->fault = fault;
	d->out->code = code;
	if (text.n > 0)
		d->out->text = arena_text(d->arena, text);
	d->is_over = true;
}

static bool is_tls_record(struct span bytes)
{
	return bytes.n >= 2 && bytes.p[0] >= 0x14 && bytes.p[0] <= 0x17 && bytes.p[1] == 3;
}

void dialogue_foreign(struct dialogue *d, struct span bytes)
{
	const char *name = plain_protocol(bytes);
	bool is_tls = is_tls_record(bytes);

	/* One byte that may begin a TLS record: the next tells. */
	if (bytes.n == 1 && bytes.p[0] >= 0x14 && bytes.p[0] <= 0x17)
		return;
	if (!is_tls && strcmp(name, "unknown") != 0 && strcmp(name, d->protocol->name) != 0)
		d->out->speaks = name;
	dialogue_fail(d, is_tls ? DIALOGUE_TLS_ALREADY : DIALOGUE_OTHER_PROTOCOL, 0, is_tls ? span_of(NULL, 0) : bytes);
}

void dialogue_refused(struct dialogue *d, int code, struct span line)
{
	dialogue_fail(d, d->out->offered == TRI_NO ? DIALOGUE_NOT_OFFERED : DIALOGUE_REFUSED, code, line);
}

void dialogue_offer(struct dialogue *d, struct span entry)
{
	struct dialogue_evidence *out = d->out;
	struct span text = first_line(entry);

	if (text.n == 0 || (out->offers && strlen(out->offers) > OFFERS_MAX))
		return;
	out->offers = arena_printf(d->arena, "%s%s%.*s", out->offers ? out->offers : "", out->offers ? ", " : "",
				   (int)text.n, (const char *)text.p);
}

/* ---- lines --------------------------------------------------------------------------------------------- */

bool dialogue_line(struct span bytes, struct span *line, size_t *n)
{
	const uint8_t *end = bytes.n ? memchr(bytes.p, '\n', bytes.n) : NULL;

	if (!end)
		return false;
	*n = (size_t)(end - bytes.p) + 1;
	*line = span_of(bytes.p, *n - 1);
	if (line->n > 0 && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static bool is_word_end(struct span line, size_t at)
{
	return at >= line.n || strchr(" \t\"=;,\r", line.p[at]) != NULL;
}

bool line_begins(struct span line, const char *word)
{
	size_t n = strlen(word);

	return span_is_nocase(span_sub(line, 0, n), word) && is_word_end(line, n);
}

bool line_has_word(struct span line, const char *word)
{
	for (size_t at = 0; at < line.n; at++)
		if ((at == 0 || is_word_end(line, at - 1)) && line_begins(span_sub(line, at, line.n), word))
			return true;
	return false;
}

int line_code(struct span line, bool *is_last)
{
	int code = 0;

	if (line.n < 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			return 0;
		code = code * 10 + line.p[i] - '0';
	}
	if (line.n > 3 && line.p[3] != ' ' && line.p[3] != '-')
		return 0;
	*is_last = line.n == 3 || line.p[3] == ' ';
	return code;
}
