/* JSON as the tree of directives that all readers share, with its lines: a member is a directive, {"a": {"b": ["x", "y"]}} reads
 * as a { b x y }. Objects inside arrays are blocks without a name. RFC 8259; what is before a mistake is kept. */
#include "server/conf.h"

#include <ctype.h>
#include <stdlib.h>

struct reader {
	struct conf *conf;
	const char *file;
	struct span in;
	size_t at;
	unsigned line, depth;
	const char *wrong;      /* NULL: nothing yet */
};

static int peek(const struct reader *r)
{
	return r->at < r->in.n ? r->in.p[r->at] : -1;
}

static void blanks_pass(struct reader *r)
{
	for (int c; (c = peek(r)) == ' ' || c == '\t' || c == '\r' || c == '\n'; r->at++)
		r->line += c == '\n';
}

static bool fail(struct reader *r, const char *what)
{
	r->wrong = r->wrong ? r->wrong : what;
	return false;
}

/* The next byte that is no blank must be `c`. */
static bool expect(struct reader *r, int c, const char *what)
{
	blanks_pass(r);
	if (peek(r) != c)
		return fail(r, what);
	r->at++;
	return true;
}

static unsigned hex4(struct reader *r)
{
	char digits[5] = "";

	for (size_t i = 0; i < 4 && isxdigit(peek(r)); i++)
		digits[i] = (char)r->in.p[r->at++];
	if (strlen(digits) < 4)
		fail(r, "four digits are expected behind \\u");
	return (unsigned)strtoul(digits, NULL, 16);
}

static char escape_read(struct reader *r)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = peek(r);
	const char *at = c > 0 ? strchr(from, c) : NULL;

	r->at += c >= 0;
	if (at)
		return to[at - from];
	if (c == 'u') {
		unsigned code = hex4(r);

		return code > 0 && code < 0x80 ? (char)code : '?';      /* names and paths that matter here are ASCII */
	}
	fail(r, "an unknown escape");
	return '?';
}

static const char *string_read(struct reader *r)
{
	char text[2048];        /* what is behind that is passed over: no word that matters is longer */
	size_t n = 0;
	int c;

	if (!expect(r, '"', "a string is expected"))
		return NULL;
	while ((c = peek(r)) >= 0 && c != '"' && !r->wrong) {
		r->at++;
		if (c == '\n') {
			fail(r, "the string is not closed on its line");
			break;
		}
		c = c == '\\' ? escape_read(r) : c;
		if (n < sizeof text)
			text[n++] = (char)(c ? c : '?');
	}
	if (!r->wrong && !expect(r, '"', "the string is never closed"))
		return NULL;
	return r->wrong ? NULL : arena_strn(r->conf->arena, text, n);
}

static const char *bare_read(struct reader *r)
{
	size_t from = r->at;

	while (isalnum(peek(r)) || peek(r) == '-' || peek(r) == '+' || peek(r) == '.')
		r->at++;
	const char *word = arena_strn(r->conf->arena, r->in.p + from, r->at - from);

	if (strcmp(word, "true") != 0 && strcmp(word, "false") != 0 && strcmp(word, "null") != 0 && !isdigit((unsigned char)word[*word == '-'])) {
		fail(r, "a value is expected: an object, a list, a string, a number, true, false or null");
		return NULL;
	}
	return word;
}

static bool value_read(struct reader *r, struct conf_node *into, bool in_list);

static bool object_read(struct reader *r, struct conf_node *into)
{
	r->at++;
	into->is_block = true;
	for (blanks_pass(r); peek(r) != '}';) {
		blanks_pass(r);
		unsigned line = r->line;
		const char *key = string_read(r);

		if (!key || !expect(r, ':', "a colon is expected behind a name"))
			return false;
		struct conf_node *node = conf_node_new(r->conf, into, r->file, line);

		conf_word_add(r->conf, node, key);
		if (!value_read(r, node, false))
			return false;
		blanks_pass(r);
		if (peek(r) == '}')
			break;
		if (!expect(r, ',', "a comma or the end of the object is expected"))
			return false;
	}
	return expect(r, '}', "the object is never closed");
}

static bool list_read(struct reader *r, struct conf_node *into)
{
	r->at++;
	for (blanks_pass(r); peek(r) != ']';) {
		if (!value_read(r, into, true))
			return false;
		blanks_pass(r);
		if (peek(r) == ']')
			break;
		if (!expect(r, ',', "a comma or the end of the list is expected"))
			return false;
	}
	return expect(r, ']', "the list is never closed");
}

static bool nested_read(struct reader *r, struct conf_node *into, bool in_list)
{
	bool is_object = peek(r) == '{', is_good;

	if (r->depth >= 4 * CONF_DEPTH_MAX || r->conf->n_nodes >= CONF_NODES_MAX)
		return fail(r, "it is nested too deep, or too long, to be read");
	if (in_list) {
		into->is_block = true;
		into = conf_node_new(r->conf, into, r->file, r->line);
		conf_word_add(r->conf, into, "");
	}
	r->depth++;
	is_good = is_object ? object_read(r, into) : list_read(r, into);
	r->depth--;
	return is_good;
}

static bool value_read(struct reader *r, struct conf_node *into, bool in_list)
{
	const char *word;

	blanks_pass(r);
	if (peek(r) == '{' || peek(r) == '[')
		return nested_read(r, into, in_list);
	word = peek(r) == '"' ? string_read(r) : bare_read(r);
	if (word)
		conf_word_add(r->conf, into, word);
	return word != NULL;
}

bool json_tree_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text)
{
	struct reader r = { .conf = conf, .file = file, .in = text, .line = 1 };
	struct server_fault *f;

	blanks_pass(&r);
	if (peek(&r) != '{')
		fail(&r, "an object is expected");
	else if (object_read(&r, root)) {
		blanks_pass(&r);
		if (peek(&r) >= 0)
			fail(&r, "something stands behind the end of the object");
	}
	if (!r.wrong)
		return true;
	f = conf_fault(conf, "host.config-invalid", (struct server_place){ file, r.line }, NULL);
	conf_fault_line(conf, f, "%s:%u: %s", file, r.line, r.wrong);
	return false;
}
