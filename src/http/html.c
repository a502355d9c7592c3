/* HTML tokens, as in the WHATWG standard 13.2.5, for finding what a page loads. Differences on
 * purpose: text between tags is skipped, "<![CDATA[" counts as a comment as it does outside of SVG and
 * MathML, and of the named character references only those are known that occur in URLs. */
#include "http/html.h"

struct html html_of(struct span document)
{
	return (struct html){ .all = document, .line = 1 };
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static bool is_alpha(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static uint8_t peek(const struct html *h, size_t ahead)
{
	return ahead < h->all.n - h->at ? h->all.p[h->at + ahead] : 0;
}

static bool more(const struct html *h)
{
	return h->at < h->all.n;
}

/* Moves on and counts lines: LF, CR and CR LF are one each. */
static void advance(struct html *h, size_t n)
{
	for (; n > 0 && more(h); n--) {
		uint8_t c = h->all.p[h->at++];

		if (c == '\n' || (c == '\r' && peek(h, 0) != '\n'))
			h->line++;
	}
}

static bool starts(const struct html *h, const char *text)
{
	return span_is_nocase(span_sub(h->all, h->at, strlen(text)), text);
}

static void advance_past(struct html *h, const char *text)
{
	long at = span_find(span_sub(h->all, h->at, h->all.n), span_str(text));

	advance(h, at < 0 ? h->all.n : (size_t)at + strlen(text));
}

/* ---- comments and other markup that is no element --------------------------------------------------- */

static void comment_skip(struct html *h)
{
	advance(h, 4);
	if (peek(h, 0) == '>') { /* "<!-->" */
		advance(h, 1);
		return;
	}
	if (peek(h, 0) == '-' && peek(h, 1) == '>') {
		advance(h, 2);
		return;
	}
	while (more(h)) {
		advance_past(h, "--");
		while (peek(h, 0) == '-')
			advance(h, 1);
		if (peek(h, 0) == '>' || (peek(h, 0) == '!' && peek(h, 1) == '>')) {
			advance(h, peek(h, 0) == '>' ? 1 : 2);
			return;
		}
	}
}

static void markup_skip(struct html *h)
{
	if (starts(h, "<!--"))
		comment_skip(h);
	else
		advance_past(h, ">");
}

/* ---- tags --------------------------------------------------------------------------------------- */

static void spaces_skip(struct html *h)
{
	while (more(h) && is_space(peek(h, 0)))
		advance(h, 1);
}

static struct span take_until(struct html *h, const char *stops)
{
	size_t from = h->at;

	while (more(h) && !is_space(peek(h, 0)) && !(peek(h, 0) && strchr(stops, peek(h, 0))))
		advance(h, 1);
	return span_sub(h->all, from, h->at - from);
}

static struct span value_take(struct html *h)
{
	uint8_t quote = peek(h, 0);
	struct span left, value;
	const uint8_t *end;

	if (quote != '"' && quote != '\'')
		return take_until(h, ">");
	advance(h, 1);
	left = span_sub(h->all, h->at, h->all.n);
	end = left.n > 0 ? memchr(left.p, quote, left.n) : NULL;
	value = end ? span_sub(left, 0, (size_t)(end - left.p)) : left;
	advance(h, value.n + 1);
	return value;
}

static void attribute_take(struct html *h, struct html_token *token)
{
	struct html_attribute attribute = { .line = h->line };
	size_t from = h->at;

	if (peek(h, 0) == '=') /* belongs to the name, says the standard */
		advance(h, 1);
	take_until(h, "=/>");
	attribute.name = span_sub(h->all, from, h->at - from);
	spaces_skip(h);
	if (peek(h, 0) == '=') {
		advance(h, 1);
		spaces_skip(h);
		attribute.line = h->line;
		if (peek(h, 0) != '>')
			attribute.value = value_take(h);
	}
	if (token->n_attributes < HTML_MAX_ATTRIBUTES)
		token->attributes[token->n_attributes++] = attribute;
}

static const char *const raw_elements[] = {
	"script", "style",   "textarea", "title",    "xmp",
	"iframe", "noembed", "noframes", "noscript", "plaintext"
};

static bool is_raw(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(raw_elements); i++)
		if (span_is_nocase(name, raw_elements[i]))
			return true;
	return false;
}

static bool tag_take(struct html *h, struct html_token *token)
{
	bool is_end = peek(h, 1) == '/';

	token->kind = is_end ? HTML_END_TAG : HTML_START_TAG;
	token->line = h->line;
	token->n_attributes = 0;
	advance(h, is_end ? 2 : 1);
	token->name = take_until(h, "/>");
	while (more(h)) {
		while (more(h) && (is_space(peek(h, 0)) || peek(h, 0) == '/'))
			advance(h, 1);
		if (peek(h, 0) == '>') {
			advance(h, 1);
			if (!is_end && is_raw(token->name))
				h->raw = token->name;
			return true;
		}
		if (more(h))
			attribute_take(h, token);
	}
	return false; /* a tag that the document's end cuts off is none */
}

/* ---- raw text ------------------------------------------------------------------------------------- */

/* Does an end tag of that element begin `at` bytes ahead? */
static bool tag_at(const struct html *h, size_t at, const char *open, struct span name)
{
	struct span here = span_sub(h->all, at, strlen(open) + name.n + 1);
	struct span word = span_sub(here, strlen(open), name.n);
	uint8_t next = here.n == strlen(open) + name.n + 1 ? here.p[here.n - 1] : 0;

	return span_is(span_sub(here, 0, strlen(open)), open) && span_equal_nocase(word, name) &&
	       (is_space(next) || next == '/' || next == '>');
}

/* Where the content ends. Within "<!--" of a script a "<script" hides the next "</script", the
 * "double escaped" state of the standard. */
static size_t raw_end(const struct html *h, struct span name)
{
	bool is_script = span_is_nocase(name, "script"), escaped = false, hidden = false;
	size_t at = h->at;

	if (span_is_nocase(name, "plaintext"))
		return h->all.n;
	for (; at < h->all.n; at++) {
		uint8_t c = h->all.p[at];

		if (c == '-' && escaped && span_is(span_sub(h->all, at, 3), "-->")) {
			escaped = hidden = false;
		} else if (c != '<') {
			continue;
		} else if (is_script && span_is(span_sub(h->all, at, 4), "<!--")) {
			escaped = true;
		} else if (escaped && tag_at(h, at, "<", name)) {
			hidden = true;
		} else if (tag_at(h, at, "</", name)) {
			if (!hidden)
				return at;
			hidden = false;
		}
	}
	return at;
}

static bool raw_take(struct html *h, struct html_token *token)
{
	size_t end = raw_end(h, h->raw);

	token->kind = HTML_RAW_TEXT;
	token->name = h->raw;
	token->line = h->line;
	token->n_attributes = 0;
	token->text = span_sub(h->all, h->at, end - h->at);
	advance(h, token->text.n);
	h->raw = (struct span){ 0 };
	return true;
}

bool html_next(struct html *h, struct html_token *token)
{
	if (h->raw.n > 0)
		return raw_take(h, token);
	while (more(h)) {
		struct span left = span_sub(h->all, h->at, h->all.n);
		const uint8_t *open = memchr(left.p, '<', left.n);
		uint8_t next;

		advance(h, open ? (size_t)(open - left.p) : left.n);
		if (!more(h))
			break;
		next = peek(h, 1);
		if (is_alpha(next) || (next == '/' && is_alpha(peek(h, 2)))) {
			if (tag_take(h, token))
				return true;
		} else if (next == '!' || next == '?' || next == '/') {
			markup_skip(h);
		} else {
			advance(h, 1);
		}
	}
	token->kind = HTML_END;
	return false;
}

const struct html_attribute *html_attribute(const struct html_token *token, const char *name)
{
	for (size_t i = 0; i < token->n_attributes; i++)
		if (span_is_nocase(token->attributes[i].name, name))
			return &token->attributes[i];
	return NULL;
}

/* ---- character references, 13.2.5.72 ---------------------------------------------------------------- */

static const struct named {
	const char *name;
	char c;
	bool needs_semicolon;
} named[] = {
	{ "amp", '&', false },	 { "lt", '<', false },	    { "gt", '>', false },
	{ "quot", '"', false },	 { "apos", '\'', true },    { "colon", ':', true },
	{ "sol", '/', true },	 { "period", '.', true },   { "quest", '?', true },
	{ "equals", '=', true }, { "num", '#', true },	    { "lowbar", '_', true },
	{ "Tab", '\t', true },	 { "NewLine", '\n', true }, { "lpar", '(', true },
	{ "rpar", ')', true },
};

static size_t utf8_put(uint8_t *to, uint32_t c)
{
	if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		c = 0xfffd;
	if (c < 0x80) {
		to[0] = (uint8_t)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (uint8_t)(0xc0 | c >> 6);
		to[1] = (uint8_t)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (uint8_t)(0xe0 | c >> 12);
		to[1] = (uint8_t)(0x80 | (c >> 6 & 63));
		to[2] = (uint8_t)(0x80 | (c & 63));
		return 3;
	}
	to[0] = (uint8_t)(0xf0 | c >> 18);
	to[1] = (uint8_t)(0x80 | (c >> 12 & 63));
	to[2] = (uint8_t)(0x80 | (c >> 6 & 63));
	to[3] = (uint8_t)(0x80 | (c & 63));
	return 4;
}

/* "#47;" or "#x2f;": bytes used, 0 when it is none. */
static size_t number_read(struct span text, uint32_t *value)
{
	bool is_hex = text.n > 1 && (text.p[1] | 0x20) == 'x';
	size_t n = is_hex ? 2 : 1, first = n;

	*value = 0;
	for (; n < text.n; n++) {
		uint8_t c = text.p[n];
		uint8_t letter = (uint8_t)(c | 0x20);
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (is_hex && letter >= 'a' && letter <= 'f')
			digit = (uint32_t)(letter - 'a' + 10);
		else
			break;
		if (*value <= 0x10ffff)
			*value = *value * (is_hex ? 16 : 10) + digit;
	}
	if (n == first)
		return 0;
	return n < text.n && text.p[n] == ';' ? n + 1 : n;
}

static size_t name_read(struct span text, uint32_t *value)
{
	for (size_t i = 0; i < COUNT_OF(named); i++) {
		size_t n = strlen(named[i].name);
		uint8_t next = n < text.n ? text.p[n] : 0;

		if (!span_is(span_sub(text, 0, n), named[i].name))
			continue;
		*value = (uint8_t)named[i].c;
		if (next == ';')
			return n + 1;
		/* "&lt=" in a URL is a parameter, not a reference */
		if (!named[i].needs_semicolon && next != '=' && !is_alpha(next) &&
		    !(next >= '0' && next <= '9'))
			return n;
	}
	return 0;
}

struct span html_text(struct arena *arena, struct span value)
{
	uint8_t *copy;
	size_t n = 0;

	if (value.n == 0 || !memchr(value.p, '&', value.n))
		return value;
	copy = arena_alloc(arena, value.n + 4);
	for (size_t i = 0; i < value.n;) {
		struct span rest = span_sub(value, i + 1, value.n);
		size_t used = 0;
		uint32_t c = 0;

		if (value.p[i] == '&' && rest.n > 0)
			used = rest.p[0] == '#' ? number_read(rest, &c) : name_read(rest, &c);
		if (used > 0)
			n += utf8_put(copy + n, c);
		else
			copy[n++] = value.p[i];
		i += 1 + used;
	}
	return span_of(copy, n);
}
