/* The syntax of nginx.conf: words, quotes, `;`, blocks, comments; blocks of Lua are skipped whole. Line numbers are
 * those of a directive's first word. */
#include "server/conf.h"

struct reader {
	struct conf *conf;
	const char *file;
	struct span in;
	size_t at;
	unsigned line;
	struct arena *arena;
};

static int peek(const struct reader *r)
{
	return r->at < r->in.n ? r->in.p[r->at] : -1;
}

static int take(struct reader *r)
{
	int c = peek(r);

	if (c < 0)
		return c;
	r->at++;
	r->line += c == '\n';
	return c;
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_line(struct reader *r)
{
	while (peek(r) >= 0 && peek(r) != '\n')
		take(r);
}

static void skip_blanks(struct reader *r)
{
	for (;;) {
		while (is_blank(peek(r)))
			take(r);
		if (peek(r) != '#')
			return;
		skip_line(r);
	}
}

/* Behind a quote; NULL where the file ends before the other one. */
static const char *read_quoted(struct reader *r, int quote)
{
	char *word = arena_alloc(r->arena, 1);
	size_t n = 0, start = r->at;

	while (peek(r) >= 0 && peek(r) != quote)
		if (take(r) == '\\')
			take(r);
	if (peek(r) < 0)
		return NULL;
	word = arena_alloc(r->arena, r->at - start + 1);
	for (size_t i = start; i < r->at; i++) {
		int c = r->in.p[i];

		if (c == '\\' && i + 1 < r->at && (r->in.p[i + 1] == quote || r->in.p[i + 1] == '\\'))
			c = r->in.p[++i];
		word[n++] = (char)(c ? c : '?');
	}
	word[n] = '\0';
	take(r);
	return word;
}

/* `${` does not open a block. */
static const char *read_word(struct reader *r)
{
	size_t start = r->at;
	int c;

	while ((c = peek(r)) >= 0 && !is_blank(c) && c != ';' && c != '{') {
		take(r);
		if (c == '\\')
			take(r);
		else if (c == '$' && peek(r) == '{')
			take(r);
	}
	return arena_strn(r->arena, r->in.p + start, r->at - start);
}

/* Lua up to the brace that ends its block: strings, long brackets and comments hide braces. */
static void skip_lua_long(struct reader *r, size_t level)
{
	for (int c; (c = take(r)) >= 0;) {
		size_t n = 0;

		if (c != ']')
			continue;
		while (peek(r) == '=' && n < level) {
			take(r);
			n++;
		}
		if (n == level && peek(r) == ']') {
			take(r);
			return;
		}
	}
}

static bool lua_long_begins(struct reader *r, size_t *level)
{
	size_t at = r->at;

	for (*level = 0; at < r->in.n && r->in.p[at] == '='; at++)
		++*level;
	if (at >= r->in.n || r->in.p[at] != '[')
		return false;
	r->at = at + 1;
	return true;
}

static void skip_lua_string(struct reader *r, int quote)
{
	for (int c; (c = take(r)) >= 0 && c != quote && c != '\n';)
		if (c == '\\')
			take(r);
}

static bool skip_lua(struct reader *r)
{
	size_t depth = 1, level;

	for (int c; (c = take(r)) >= 0;) {
		if (c == '"' || c == '\'') {
			skip_lua_string(r, c);
		} else if (c == '[' && lua_long_begins(r, &level)) {
			skip_lua_long(r, level);
		} else if (c == '-' && peek(r) == '-') {
			take(r);
			if (peek(r) == '[' && (take(r), lua_long_begins(r, &level)))
				skip_lua_long(r, level);
			else
				skip_line(r);
		} else if (c == '{') {
			depth++;
		} else if (c == '}' && --depth == 0) {
			return true;
		}
	}
	return false;
}

static void invalid(struct reader *r, unsigned line, const char *what)
{
	struct server_fault *f = conf_fault(r->conf, "host.config-invalid", (struct server_place){ r->file, line }, NULL);

	conf_fault_line(r->conf, f, "%s:%u: %s", r->file, line, what);
}

/* Words up to `;` or `{`. The character that ended it, or -1. */
static int read_directive(struct reader *r, struct conf_node *node)
{
	for (;;) {
		int c;
		const char *word;

		skip_blanks(r);
		c = peek(r);
		if (c < 0 || c == ';' || c == '{' || (c == '}' && node->n_words == 0)) {
			take(r);
			return c;
		}
		if (c == '"' || c == '\'') {
			unsigned line = r->line;

			take(r);
			word = read_quoted(r, c);
			if (!word) {
				invalid(r, line, "a quote is opened here and never closed");
				return -2;
			}
		} else {
			word = read_word(r);
		}
		conf_word_add(r->conf, node, word);
	}
}

static bool is_lua_block(const char *name)
{
	size_t n = strlen(name);

	return n > 13 && strcmp(name + n - 13, "_by_lua_block") == 0;
}

void nginx_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text)
{
	struct reader r = { .conf = conf, .file = file, .in = text, .line = 1, .arena = conf->arena };
	struct conf_node *in = root;
	unsigned depth = 0;

	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		r.at = 3;
	while (conf->n_nodes < CONF_NODES_MAX) {
		struct conf_node scratch = { .words = NULL }, *node;
		unsigned line;
		int end;

		skip_blanks(&r);
		line = r.line;
		if (peek(&r) < 0)
			break;
		end = read_directive(&r, &scratch);
		if (end == '}' && in != root) {
			in = in->parent;
			depth--;
			continue;
		}
		if (end == '}') {
			invalid(&r, line, "unexpected \"}\"");
			continue;
		}
		if (end == -2)
			return;
		if (scratch.n_words == 0 && end != '{')
			continue;
		node = conf_node_new(conf, in, file, line);
		node->words = scratch.words;
		node->n_words = scratch.n_words;
		if (end < 0) {
			invalid(&r, line, "the file ends within this directive: \";\" or \"}\" is missing");
			return;
		}
		if (end != '{')
			continue;
		node->is_block = true;
		if (is_lua_block(conf_word(node, 0))) {
			if (!skip_lua(&r))
				invalid(&r, line, "this block of Lua is never closed");
		} else if (depth < 64) {
			depth++;
			in = node;
		} else {
			invalid(&r, line, "blocks lie too deep");
			return;
		}
	}
	if (in != root)
		invalid(&r, in->at.line, "this block is never closed: \"}\" is missing");
}
