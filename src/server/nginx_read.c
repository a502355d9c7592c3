/* The syntax of nginx.conf: words, quotes, `;`, blocks, comments; blocks of Lua are skipped whole. Line numbers are
 * those of a directive's first word. What is missing (`;`, a brace, a quote) is told where it is missing, and reading goes on
 * behind it, so that one slip does not hide the servers that follow: nginx itself names the line where it noticed. */
#include "server/conf.h"
#include "server/edit.h"

enum { BLOCK_DEPTH_MAX = 64 };

struct reader {
	struct conf *conf;
	const char *file;
	struct span in;
	size_t at;
	unsigned line;
	struct arena *arena;
	size_t indents[BLOCK_DEPTH_MAX + 1];    /* of the line that opened each block */
	unsigned depth;
	const struct conf_node *unclosed;       /* the first block closed by a brace that looks like another's */
	bool has_recovered;                     /* a brace too many, or the end too early, may follow from it */
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

static const char *unescape(struct reader *r, size_t start, size_t end, int quote)
{
	char *word = arena_alloc(r->arena, end - start + 1);
	size_t n = 0;

	for (size_t i = start; i < end; i++) {
		int c = r->in.p[i];

		if (c == '\\' && i + 1 < end && (r->in.p[i + 1] == quote || r->in.p[i + 1] == '\\'))
			c = r->in.p[++i];
		word[n++] = (char)(c ? c : '?');
	}
	word[n] = '\0';
	return word;
}

static bool ends_quote(int c)
{
	return c < 0 || is_blank(c) || c == ';' || c == '{' || c == ')';
}

/* A quote that is closed nowhere, or lines below by the opening one of another, ends with its line. */
static const char *quote_cut(struct reader *r, size_t start, unsigned line, int quote)
{
	size_t end = start;

	while (end < r->in.n && r->in.p[end] != '\n')
		end++;
	while (end > start && is_blank(r->in.p[end - 1]))
		end--;
	end -= end > start && r->in.p[end - 1] == ';';
	r->at = end;
	r->line = line;
	return unescape(r, start, end, quote);
}

/* Behind a quote. `fault`: what is wrong with it, or NULL. */
static const char *read_quoted(struct reader *r, int quote, const char **fault)
{
	size_t start = r->at, end;
	unsigned line = r->line;

	*fault = NULL;
	while (peek(r) >= 0 && peek(r) != quote)
		if (take(r) == '\\')
			take(r);
	end = r->at;
	if (take(r) < 0 || (!ends_quote(peek(r)) && r->line > line)) {
		*fault = "a quote is opened here and never closed";
		return quote_cut(r, start, line, quote);
	}
	if (!ends_quote(peek(r)))
		*fault = "something stands right behind a closing quote: a blank or \";\" is missing";
	return unescape(r, start, end, quote);
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

static void invalid(struct reader *r, unsigned line, const char *what, const char *fix)
{
	struct server_fault *f = conf_fault(r->conf, "host.config-invalid", (struct server_place){ r->file, line }, NULL);

	conf_fault_line(r->conf, f, "%s:%u: %s", r->file, line, what);
	f->is_syntax = true;
	if (fix)
		f->fix = edit_then(r->conf, fix);
}

static bool is_one_of(const char *word, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, names[i]) == 0)
			return true;
	return false;
}

static const char *const blocks[] = { "http", "server", "location", "events", "stream", "upstream", "if", "limit_except", "map", "types" };

/* Names that begin a directive and nothing else: where one begins a line within another directive, that one's end is missing. */
static bool begins_directive(const char *word)
{
	static const char *const names[] = { "server_name", "listen", "root", "index", "location", "server", "upstream", "return", "rewrite", "include", "add_header", "access_log", "error_log",
					     "try_files", "keepalive_timeout", "client_max_body_size", "resolver", "if", "http2", "expires", "alias", "set", "map", "sendfile", "gzip", "default_type" };
	static const char *const stems[] = { "ssl_", "proxy_", "fastcgi_", "uwsgi_", "grpc_", "gzip_", "auth_" };

	for (size_t i = 0; i < COUNT_OF(stems); i++)
		if (strncmp(word, stems[i], strlen(stems[i])) == 0)
			return strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(word);
	return is_one_of(word, names, COUNT_OF(names));
}

/* The word at `start`, the first of its line, begins the next directive: it has words behind it on the same line. */
static bool next_begins(const struct reader *r, size_t start, const char *word)
{
	size_t at = r->at;

	for (size_t i = start; i-- > 0 && r->in.p[i] != '\n';)
		if (!is_blank(r->in.p[i]))
			return false;
	while (at < r->in.n && (r->in.p[at] == ' ' || r->in.p[at] == '\t'))
		at++;
	return at > r->at && at < r->in.n && r->in.p[at] != ';' && r->in.p[at] != '\n' && r->in.p[at] != '\r' && begins_directive(word);
}

/* What ended a directive: its `;`, its `{`, a `}`, -1 for the end of the file; or that its own end is missing. */
enum { END_MISSING = -3 };

/* The words that were read, with the end that they lack. */
static const char *end_steps(struct reader *r, const struct conf_node *node, unsigned line, bool is_block)
{
	struct conf_node whole = *node;

	whole.is_block = is_block;
	return edit_write(r->conf, (struct server_place){ r->file, line }, edit_line(r->conf, &whole));
}

static int end_missing(struct reader *r, const struct conf_node *node, unsigned line)
{
	/* `server 127.0.0.1:80;` of an upstream is no block. */
	bool is_block = is_one_of(conf_word(node, 0), blocks, COUNT_OF(blocks)) && (strcmp(conf_word(node, 0), "server") != 0 || node->n_words == 1);

	r->has_recovered = true;
	invalid(r, line, is_block ? arena_printf(r->arena, "\"{\" is missing behind \"%s\"", conf_word(node, 0)) : arena_printf(r->arena, "\";\" is missing at the end of \"%s\"", conf_word(node, 0)),
		end_steps(r, node, line, is_block));
	return is_block ? '{' : END_MISSING;
}

/* The directive as far as it was read, the word in whole quotes. */
static const char *quote_steps(struct reader *r, const struct conf_node *node, unsigned line, const char *word)
{
	struct conf_node whole = *node;

	whole.words = arena_array(r->arena, const char *, node->n_words + 1);
	if (node->n_words)
		memcpy(whole.words, node->words, node->n_words * sizeof *whole.words);
	whole.words[whole.n_words++] = word;
	return edit_write(r->conf, (struct server_place){ r->file, line }, edit_line(r->conf, &whole));
}

/* Words up to what ends it. */
static int read_directive(struct reader *r, struct conf_node *node, unsigned line)
{
	for (;;) {
		size_t start;
		unsigned at_line;
		const char *word, *fault;
		int c;

		skip_blanks(r);
		c = peek(r);
		if (c == '}' && node->n_words > 0)
			return end_missing(r, node, line);
		if (c < 0 || c == ';' || c == '{' || c == '}') {
			take(r);
			return c;
		}
		start = r->at;
		at_line = r->line;
		if (c == '"' || c == '\'') {
			take(r);
			word = read_quoted(r, c, &fault);
			if (fault && !ends_quote(peek(r)))
				word = arena_printf(r->arena, "%s%s", word, read_word(r));
			if (fault)
				invalid(r, at_line, fault, quote_steps(r, node, line, word));
			r->has_recovered |= fault != NULL;
		} else {
			word = read_word(r);
			if (node->n_words > 0 && next_begins(r, start, word)) {
				r->at = start;
				r->line = at_line;
				return end_missing(r, node, line);
			}
		}
		conf_word_add(r->conf, node, word);
	}
}

static bool is_lua_block(const char *name)
{
	size_t n = strlen(name);

	return n > 13 && strcmp(name + n - 13, "_by_lua_block") == 0;
}

/* Blanks before the first word of the line on which `at` lies; SIZE_MAX where something stands before it. */
static size_t indent_at(const struct reader *r, size_t at)
{
	size_t n = 0;

	while (at > 0 && r->in.p[at - 1] != '\n') {
		if (!is_blank(r->in.p[at - 1]))
			return SIZE_MAX;
		at--;
		n++;
	}
	return n;
}

/* A brace that stands under another block's first letter, and not under the innermost's, is likely that one's. */
static void brace_look(struct reader *r, const struct conf_node *in, size_t at)
{
	size_t indent = indent_at(r, at);

	if (r->unclosed || indent == SIZE_MAX || r->depth < 2 || r->indents[r->depth] == indent || r->indents[r->depth] == SIZE_MAX)
		return;
	for (unsigned d = 1; d < r->depth; d++)
		if (r->indents[d] == indent && r->indents[d] < r->indents[r->depth])
			r->unclosed = in;
}

/* The block around `in` in which no `name` may stand, so that its closing brace must be missing; NULL: none. */
static struct conf_node *wrongly_around(struct conf_node *in, const struct conf_node *root, const char *name)
{
	bool is_top = strcmp(name, "http") == 0 || strcmp(name, "events") == 0;
	bool is_of_http = strcmp(name, "server") == 0 || strcmp(name, "upstream") == 0 || strcmp(name, "map") == 0;
	struct conf_node *found = NULL;

	for (; (is_top || is_of_http) && in != root; in = in->parent)
		if (is_top || conf_is(in, "server") || conf_is(in, "location") || conf_is(in, "upstream"))
			found = in;
	return found;
}

/* The brace goes below the last directive that the block can hold: before the first that belongs outside. */
static const char *close_steps(struct reader *r, const struct conf_node *block, unsigned n_missing)
{
	const char *braces = "}";
	const struct conf_node *last = block;
	bool is_outer = false;

	for (unsigned i = 1; i < n_missing && i < 16; i++)
		braces = arena_printf(r->arena, "%s }", braces);
	/* What was read as its own ends where something begins that stands no deeper than it. */
	for (const struct conf_node *n = block->first; n && !is_outer; n = n->next) {
		is_outer = conf_is(n, "server") && conf_is(block, "server");
		last = is_outer || strcmp(n->at.file, block->at.file) != 0 ? last : n;
	}
	return edit_below(r->conf, (struct server_place){ r->file, last->end_line > last->at.line ? last->end_line : last->at.line }, braces);
}

/* Alone on its line as a rule. */
static const char *edit_drop_brace(struct reader *r, unsigned line)
{
	return arena_printf(r->arena, "%s; or open the block that it closes", edit_drop(r->conf, (struct server_place){ r->file, line }));
}

static void unclosed_say(struct reader *r, const struct conf_node *in, unsigned n_missing)
{
	const struct conf_node *block = r->unclosed ? r->unclosed : in;

	invalid(r, block->at.line, arena_printf(r->arena, "this block (%s) is never closed: \"}\" is missing", conf_word(block, 0)), close_steps(r, block, n_missing));
	r->unclosed = NULL;
}

/* Opens `node`, which `end` has ended. False where reading cannot go on. */
static bool block_open(struct reader *r, struct conf_node *node, struct conf_node **in, size_t at)
{
	node->is_block = true;
	if (is_lua_block(conf_word(node, 0))) {
		if (!skip_lua(r))
			invalid(r, node->at.line, "this block of Lua is never closed", NULL);
		return true;
	}
	if (r->depth >= BLOCK_DEPTH_MAX) {
		invalid(r, node->at.line, "blocks lie too deep", NULL);
		return false;
	}
	r->indents[++r->depth] = indent_at(r, at);
	*in = node;
	return true;
}

/* Leaves the blocks around a `server` (or the like) that cannot hold one. */
static struct conf_node *step_out(struct reader *r, struct conf_node *in, const struct conf_node *root, const char *name)
{
	struct conf_node *out = wrongly_around(in, root, name);

	if (!out)
		return in;
	unclosed_say(r, in, 1);
	r->has_recovered = true;
	for (; in != out->parent; in = in->parent)
		r->depth--;
	return in;
}

void nginx_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text)
{
	struct reader r = { .conf = conf, .file = file, .in = text, .line = 1, .arena = conf->arena };
	struct conf_node *in = root;

	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		r.at = 3;
	while (conf->n_nodes < CONF_NODES_MAX) {
		struct conf_node scratch = { .words = NULL }, *node;
		unsigned line;
		size_t at;
		int end;

		skip_blanks(&r);
		line = r.line;
		at = r.at;
		if (peek(&r) < 0)
			break;
		end = read_directive(&r, &scratch, line);
		if (end == '}' && in != root) {
			brace_look(&r, in, at);
			in->end_line = line;
			in = in->parent;
			r.depth--;
			continue;
		}
		if (end == '}') {
			if (!r.has_recovered)
				invalid(&r, line, "unexpected \"}\"", edit_drop_brace(&r, line));
			continue;
		}
		if (scratch.n_words == 0 && end != '{')
			continue;
		if (end == '{' && scratch.n_words > 0)
			in = step_out(&r, in, root, scratch.words[0]);
		node = conf_node_new(conf, in, file, line);
		node->words = scratch.words;
		node->n_words = scratch.n_words;
		if (end == -1 && r.has_recovered)
			return;
		if (end == -1) {
			invalid(&r, line, "the file ends within this directive: \";\" or \"}\" is missing", NULL);
			return;
		}
		if (end == '{' && !block_open(&r, node, &in, at))
			return;
	}
	if (in != root && !conf_is_full(conf, file))
		unclosed_say(&r, in, r.depth);
}
