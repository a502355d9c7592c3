/* Insecure URLs that an inline script plainly asks for. No JavaScript is run or parsed: a string literal
 * with a whole http:// or ws:// URL counts when the words just before it are those of a call that
 * loads it. So a finding from here is likely, not certain, and its element says so. */
#include "http/page_parts.h"

enum { LOOK_BACK = 64 };

static const struct call {
	const char *word;
	enum resource_kind kind;
	const char *element;
} calls[] = {
	{ "websocket(", RESOURCE_WEBSOCKET, "inline script, likely: new WebSocket()" },
	{ "fetch(", RESOURCE_FETCH, "inline script, likely: fetch()" },
	{ "sendbeacon(", RESOURCE_FETCH, "inline script, likely: sendBeacon()" },
	{ "eventsource(", RESOURCE_FETCH, "inline script, likely: new EventSource()" },
	{ "importscripts(", RESOURCE_SCRIPT, "inline script, likely: importScripts()" },
	{ "import(", RESOURCE_SCRIPT, "inline script, likely: import()" },
	{ "worker(", RESOURCE_SCRIPT, "inline script, likely: new Worker()" },
	{ "from", RESOURCE_SCRIPT, "inline script, likely: import from" },
	{ "import", RESOURCE_SCRIPT, "inline script, likely: import" },
};

/* The code before a literal without its blanks, lower case. */
static size_t words_before(struct span script, size_t at, char *words)
{
	size_t from = at > LOOK_BACK ? at - LOOK_BACK : 0, n = 0;

	for (size_t i = from; i < at; i++) {
		uint8_t c = script.p[i];

		if (c > ' ' && c < 0x7f)
			words[n++] = (char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
	}
	words[n] = '\0';
	return n;
}

static bool ends_with(const char *text, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n >= m && memcmp(text + n - m, end, m) == 0;
}

/* xhr.open("GET", "http://...": the URL is the second argument. */
static bool is_open_call(const char *words, size_t n)
{
	if (n < 2 || words[n - 1] != ',' || !strchr("\"'`", words[n - 2]))
		return false;
	for (size_t i = n - 1; i >= 6; i--)
		if (memcmp(words + i - 6, ".open(", 6) == 0)
			return n - i <= 12;
	return false;
}

static void literal(struct collector *c, struct span script, size_t at, struct span text,
		    unsigned line)
{
	char words[LOOK_BACK + 1];
	size_t n;

	if (span_find_nocase(span_sub(text, 0, 7), span_str("http://")) != 0 &&
	    span_find_nocase(span_sub(text, 0, 5), span_str("ws://")) != 0)
		return;
	n = words_before(script, at, words);
	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		if (ends_with(words, n, calls[i].word)) {
			resource_add(c, calls[i].kind, false, calls[i].element, line, text);
			return;
		}
	}
	if (is_open_call(words, n))
		resource_add(c, RESOURCE_FETCH, false,
			     "inline script, likely: XMLHttpRequest.open()", line, text);
}

static size_t comment_len(struct span script, size_t at)
{
	struct span left = span_sub(script, at, script.n);
	long end;

	if (span_is(span_sub(left, 0, 2), "//"))
		end = span_find(left, span_str("\n"));
	else if (span_is(span_sub(left, 0, 2), "/*"))
		end = span_find(left, span_str("*/"));
	else
		return 0;
	return end < 0 ? left.n : (size_t)end + (left.p[1] == '*' ? 2 : 0);
}

/* Length of the literal's text: to its quote, or to the line's end for those that may not cross it
 * (which also mends the count after a quote inside a regular expression). */
static size_t literal_len(struct span script, size_t at)
{
	uint8_t quote = script.p[at];
	size_t n = 1;

	while (at + n < script.n && script.p[at + n] != quote &&
	       (quote == '`' || script.p[at + n] != '\n'))
		n += script.p[at + n] == '\\' ? 2 : 1;
	return n - 1;
}

static unsigned lines_in(struct span text)
{
	unsigned n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

void script_scan(struct collector *c, struct span script, unsigned line)
{
	size_t at = 0;

	while (at < script.n) {
		uint8_t ch = script.p[at];
		size_t n = 1;

		if (ch == '"' || ch == '\'' || ch == '`') {
			struct span text = span_sub(script, at + 1, literal_len(script, at));

			literal(c, script, at, text, line);
			n = text.n + 2;
		} else if (ch == '/' && comment_len(script, at) > 0) {
			n = comment_len(script, at);
		}
		line += lines_in(span_sub(script, at, n));
		at += n;
	}
}
