/* HAProxy: its configuration and which certificate a bind line gives for a name. Sections of lines; crt names files and
 * folders, crt-list files with SNI filters. The first certificate of a bind line is its default, unless strict-sni; an
 * exact name wins over a wildcard, which covers one label; a filter with `!` takes a name out of its own line. */
#include "server/conf.h"
#include "server/edit.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- syntax -------------------------------------------------------------------------------------------- */

static bool is_section(const char *word)
{
	static const char *const names[] = { "global", "defaults", "frontend", "backend", "listen", "userlist", "peers", "resolvers", "cache", "program",
					     "ring", "http-errors", "mailers", "fcgi-app", "crt-store", "log-forward", "log-profile", "traces", "acme" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(word, names[i]) == 0)
			return true;
	return false;
}

/* What setenv and presetenv of the sections so far, else the process itself, have for a variable; NULL: not known. */
static const char *variable_value(struct conf *conf, const char *name)
{
	const char *value = NULL;

	for (const struct conf_node *g = conf->root ? conf->root->first : NULL; g; g = g->next)
		for (const struct conf_node *n = conf_is(g, "global") ? g->first : NULL; n; n = n->next)
			if ((conf_is(n, "setenv") || (conf_is(n, "presetenv") && !value)) && strcmp(conf_word(n, 1), name) == 0)
				value = conf_word(n, 2);
	return value || !conf->server->pid ? value : conf_variable(conf, conf->server->pid, name);
}

/* Behind "$", in weak quotes: NAME, {NAME} or {NAME-what else}. Where it is not known its text stays, and `at` does not move. */
static const char *variable_take(struct conf *conf, const char **at, const char *end)
{
	const char *p = *at;
	bool braced = p < end && *p == '{';
	size_t n = 0;
	const char *value, *close;

	p += braced;
	while (p + n < end && (p[n] == '_' || (p[n] >= '0' && p[n] <= '9') || ((p[n] | 32) >= 'a' && (p[n] | 32) <= 'z')))
		n++;
	close = braced ? memchr(p + n, '}', (size_t)(end - p) - n) : NULL;
	if (n == 0 || (braced && !close))
		return NULL;
	value = variable_value(conf, arena_strn(conf->arena, p, n));
	if (!value && braced && p[n] == '-')
		value = arena_strn(conf->arena, p + n + 1, (size_t)(close - p) - n - 1);
	if (value)
		*at = braced ? close + 1 : p + n;
	return value;
}

/* Backslashes, "weak" and 'strong' quotes anywhere in a word, variables in weak ones; `#` outside of quotes ends the line. */
static const char *word_take(struct conf *conf, const char **at, const char *end)
{
	const char *p = *at;
	char *word = NULL;

	while (p < end && strchr(" \t\r", *p) && *p)
		p++;
	if (p >= end || *p == '#')
		return NULL;
	/* Once to measure, once to write: a line of many words is not taken whole for each of them. */
	for (;;) {
		const char *q = p;
		char quote = 0;
		size_t n = 0;

		for (; q < end; q++) {
			const char *behind = q + 1, *value = *q == '$' && quote == '"' ? variable_take(conf, &behind, end) : NULL;
			char byte = *q;

			if (value) {
				if (word)
					memcpy(word + n, value, strlen(value));
				n += strlen(value);
				q = behind - 1;
				continue;
			}
			if (quote ? byte == quote : byte == '"' || byte == '\'') {
				quote = quote ? 0 : byte;
				continue;
			}
			if (byte == '\\' && quote != '\'' && q + 1 < end)
				byte = *++q;
			else if (!quote && (byte == ' ' || byte == '\t' || byte == '\r' || byte == '#'))
				break;
			if (word)
				word[n] = byte ? byte : '?';
			n++;
		}
		*at = q;
		if (word)
			return word;
		word = arena_alloc(conf->arena, n + 1);
	}
}

enum { IF_DEPTH_MAX = 16 };

/* .if of what is known; what is not (a version, a variable) counts as true. */
static bool condition_holds(const struct conf_node *n)
{
	const char *what = conf_word(n, 1);

	return !(strcmp(what, "0") == 0 || strcmp(what, "false") == 0 || what[0] == '\0');
}

struct ifs {
	bool taken[IF_DEPTH_MAX], on[IF_DEPTH_MAX];
	size_t n;
};

static bool is_off(const struct ifs *ifs)
{
	for (size_t i = 0; i < ifs->n; i++)
		if (!ifs->on[i])
			return true;
	return false;
}

/* True when the line is one of the preprocessor's. */
static bool condition_take(struct ifs *ifs, const struct conf_node *n)
{
	size_t top = ifs->n - 1;

	if (conf_is(n, ".if") && ifs->n < IF_DEPTH_MAX) {
		ifs->taken[ifs->n] = ifs->on[ifs->n] = condition_holds(n);
		ifs->n++;
	} else if (conf_is(n, ".elif") && ifs->n) {
		ifs->on[top] = !ifs->taken[top] && condition_holds(n);
		ifs->taken[top] |= ifs->on[top];
	} else if (conf_is(n, ".else") && ifs->n) {
		ifs->on[top] = !ifs->taken[top];
		ifs->taken[top] = true;
	} else if (conf_is(n, ".endif") && ifs->n) {
		ifs->n--;
	}
	return conf_word(n, 0)[0] == '.';
}

void haproxy_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text)
{
	struct conf_node *in = root;
	struct ifs ifs = { .n = 0 };
	unsigned line = 1;

	for (size_t at = 0; at < text.n && conf->n_nodes < CONF_NODES_MAX; line++) {
		const uint8_t *lf = memchr(text.p + at, '\n', text.n - at);
		const char *p = (const char *)text.p + at, *end = lf ? (const char *)lf : (const char *)text.p + text.n, *word;
		struct conf_node scratch = { .at = { file, line } }, *node;

		at = (size_t)(end - (const char *)text.p) + 1;
		while ((word = word_take(conf, &p, end)) != NULL)
			conf_word_add(conf, &scratch, word);
		if (scratch.n_words == 0 || condition_take(&ifs, &scratch) || is_off(&ifs))
			continue;
		if (is_section(scratch.words[0]))
			in = root;
		node = conf_node_new(conf, in, file, line);
		node->words = scratch.words;
		node->n_words = scratch.n_words;
		if (is_section(scratch.words[0])) {
			node->is_block = true;
			in = node;
		}
	}
	if (text.n > 0 && text.p[text.n - 1] != '\n' && in != root) {
		struct server_fault *f = conf_fault(conf, "host.config-invalid", (struct server_place){ file, line - 1 }, NULL);

		conf_fault_line(conf, f, "%s:%u: the last line does not end with a newline, which HAProxy refuses", file, line - 1);
		f->fix = arena_printf(conf->arena, "Run `echo >> %s`", edit_shell(conf->arena, file));
		f->fix = edit_then(conf, f->fix);
	}
}

/* ---- certificates of a bind line ------------------------------------------------------------------------ */

struct binding {
	struct conf *conf;
	const struct conf_node *section, *node;
	struct server_bind *binds;
	size_t n_binds, cap_binds;
	const char *crt_base;
	bool has_issuers;               /* issuers-chain-path completes chains */
};

static struct server_block *block_add(struct binding *b, struct server_place at)
{
	struct server_block *block = conf_block_new(b->conf, at);

	block->of = b->section;
	block->is_sni_only = true;
	for (size_t i = 0; i < b->n_binds; i++)
		*conf_bind_add(b->conf, block, b->node->at) = b->binds[i];
	return block;
}

static void names_of_certificate(struct conf *conf, struct server_block *block)
{
	struct server_pair *pair = &block->pairs[0];

	server_pair_read(conf, pair);
	for (size_t i = 0; i < pair->n_names; i++)
		*arena_push(conf->arena, block->names, block->n_names, block->cap_names) = pair->names[i];
}

/* The key lies in the same file, or beside it in FILE.key. */
static void certificate_add(struct binding *b, struct server_place at, const char *path, const struct conf_node *filters, size_t first_filter)
{
	struct conf *conf = b->conf;
	struct server_block *block = block_add(b, at);
	struct server_pair *pair = arena_push(conf->arena, block->pairs, block->n_pairs, block->cap_pairs);
	const char *key = arena_printf(conf->arena, "%s.key", path);

	*pair = (struct server_pair){ .at = at, .key_at = at, .cert_path = path, .key_path = conf_exists(conf, key) ? key : NULL, .has_other_chain = b->has_issuers };
	for (size_t i = first_filter; filters && i < filters->n_words; i++)
		*arena_push(conf->arena, block->names, block->n_names, block->cap_names) = filters->words[i];
	if (block->n_names == 0)
		names_of_certificate(conf, block);
}

static bool has_ending(const char *path, const char *ending)
{
	size_t n = strlen(path), k = strlen(ending);

	return n > k && strcmp(path + n - k, ending) == 0;
}

static void folder_add(struct binding *b, struct server_place at, const char *path)
{
	static const char *const others[] = { ".key", ".issuer", ".ocsp", ".sctl" };
	const char *const *paths;
	struct stat st;
	size_t n = conf_glob(b->conf, arena_printf(b->conf->arena, "%s/*", path), &paths);

	for (size_t i = 0; i < n; i++) {
		bool is_other = false;

		for (size_t k = 0; k < COUNT_OF(others); k++)
			is_other |= has_ending(paths[i], others[k]);
		is_other |= conf_stat(b->conf, paths[i], &st) && !S_ISREG(st.st_mode);
		if (!is_other)
			certificate_add(b, at, paths[i], NULL, 0);
	}
}

static void crt_add(struct binding *b, struct server_place at, const char *path, const struct conf_node *filters, size_t first_filter)
{
	static const char *const bundle[] = { ".rsa", ".ecdsa", ".dsa" };
	struct stat st;
	bool is_bundle = false;

	path = conf_path(b->conf, b->crt_base, path);
	if (conf_stat(b->conf, path, &st) && S_ISDIR(st.st_mode)) {
		folder_add(b, at, path);
		return;
	}
	for (size_t i = 0; !conf_stat(b->conf, path, &st) && i < COUNT_OF(bundle); i++)
		if (conf_exists(b->conf, arena_printf(b->conf->arena, "%s%s", path, bundle[i]))) {
			certificate_add(b, at, arena_printf(b->conf->arena, "%s%s", path, bundle[i]), filters, first_filter);
			is_bundle = true;
		}
	if (!is_bundle)
		certificate_add(b, at, path, filters, first_filter);
}

/* FILE [options in brackets] [filter ...] */
static void crt_list_line(struct binding *b, const struct conf_node *line)
{
	size_t first = 1;

	if (line->n_words > 1 && line->words[1][0] == '[')
		while (first < line->n_words && !strchr(line->words[first++], ']'))
			;
	crt_add(b, line->at, line->words[0], line, first);
}

/* A file beside it whose name is the like, else what it names has to come from somewhere. */
static const char *crt_list_fix(struct binding *b, const char *path)
{
	const char *const *paths;
	size_t n = conf_glob(b->conf, arena_printf(b->conf->arena, "%s*", path), &paths);

	if (n == 1)
		return edit_then(b->conf, edit_write(b->conf, b->node->at, edit_line_with(b->conf, b->node, path, paths[0])));
	return edit_then(b->conf, arena_printf(b->conf->arena, "%s:%u: correct the path, or restore %s (a line for each certificate file: FILE [NAME ...])", b->node->at.file, b->node->at.line, path));
}

static void crt_list_add(struct binding *b, struct server_place at, const char *path)
{
	struct conf *conf = b->conf;
	struct span text;
	unsigned line = 1;

	path = conf_path(conf, conf->base, path);
	if (!conf_load(conf, path, &text)) {
		struct server_fault *f;

		if (errno == EACCES || errno == EPERM) {
			conf_unread(conf, "%s: %s", path, strerror(errno));
			return;
		}
		f = conf_fault(conf, "host.certificate-file-missing", at, arena_printf(conf->arena, "The crt-list %s cannot be read", path));
		conf_fault_line(conf, f, "%s: %s", path, strerror(errno));
		f->fix = crt_list_fix(b, path);
		return;
	}
	for (size_t pos = 0; pos < text.n; line++) {
		const uint8_t *lf = memchr(text.p + pos, '\n', text.n - pos);
		const char *p = (const char *)text.p + pos, *end = lf ? (const char *)lf : (const char *)text.p + text.n, *word;
		struct conf_node node = { .at = { path, line } };

		pos = (size_t)(end - (const char *)text.p) + 1;
		while ((word = word_take(conf, &p, end)) != NULL)
			conf_word_add(conf, &node, word);
		if (node.n_words > 0)
			crt_list_line(b, &node);
	}
}

static void addresses_read(struct binding *b, const char *text)
{
	static const char *const prefixes[] = { "ipv4@", "ipv6@", "tcp4@", "tcp6@", "tcp@" };
	char *save = NULL, *copy = arena_str(b->conf->arena, text);

	for (char *word = strtok_r(copy, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		struct server_bind bind = { .at = b->node->at };

		for (size_t i = 0; i < COUNT_OF(prefixes); i++)
			if (strncmp(word, prefixes[i], strlen(prefixes[i])) == 0)
				word += strlen(prefixes[i]);
		if (!strchr(word, ':') || !conf_bind_parse(b->conf, word, 0, &bind))
			continue;
		bind.is_tls = conf_has_word(b->node, "ssl");
		bind.is_proxy_protocol = conf_has_word(b->node, "accept-proxy");
		bind.is_strict_sni = conf_has_word(b->node, "strict-sni");
		if (!bind.family)
			bind.family = AF_INET;
		*arena_push(b->conf->arena, b->binds, b->n_binds, b->cap_binds) = bind;
	}
}

static void bind_read(struct conf *conf, const struct conf_node *section, const struct conf_node *node, const char *crt_base, bool has_issuers)
{
	struct binding b = { .conf = conf, .section = section, .node = node, .crt_base = crt_base, .has_issuers = has_issuers };
	size_t before = conf->server->n_blocks;

	addresses_read(&b, conf_word(node, 1));
	for (size_t i = 2; i + 1 < node->n_words && conf_has_word(node, "ssl"); i++) {
		if (strcmp(node->words[i], "crt") == 0)
			crt_add(&b, node->at, node->words[++i], NULL, 0);
		else if (strcmp(node->words[i], "crt-list") == 0)
			crt_list_add(&b, node->at, node->words[++i]);
	}
	if (conf->server->n_blocks == before)
		block_add(&b, node->at);
}

/* ---- which one answers --------------------------------------------------------------------------------- */

static bool is_excluded(const struct server_block *block, const char *name)
{
	for (size_t i = 0; i < block->n_names; i++)
		if (block->names[i][0] == '!' && strcasecmp(block->names[i] + 1, name) == 0)
			return true;
	return false;
}

static const char *name_in(const struct server_block *block, const char *name, bool wildcard)
{
	const char *dot = strchr(name, '.');

	for (size_t i = 0; i < block->n_names; i++) {
		const char *pattern = block->names[i];

		if (!wildcard && strcasecmp(pattern, name) == 0)
			return pattern;
		if (wildcard && dot && pattern[0] == '*' && strcasecmp(pattern + 1, dot) == 0 && !is_excluded(block, name))
			return pattern;
	}
	return NULL;
}

static bool is_of_bind(const struct server_block *block, const struct server_place *at)
{
	return block->n_binds > 0 && block->binds[0].at.line == at->line && strcmp(block->binds[0].at.file, at->file) == 0;
}

static const struct server_bind *bind_first(const struct server_evidence *s, const struct server_choice *c)
{
	for (int any = 0; any < 2; any++)
		for (size_t i = 0; i < s->n_blocks; i++) {
			const struct server_bind *b = conf_bind_for(s->blocks[i], c, !any);

			if (b)
				return b;
		}
	return NULL;
}

/* Of several that match the first counts, but one with an ECDSA key goes before RSA, as today's clients take it. */
static void match(struct server_evidence *s, const struct server_place *at, const char *name, bool wildcard)
{
	for (size_t i = 0; i < s->n_blocks; i++) {
		const char *found = is_of_bind(s->blocks[i], at) ? name_in(s->blocks[i], name, wildcard) : NULL;
		bool is_ecdsa = found && s->blocks[i]->n_pairs && s->blocks[i]->pairs[0].is_ecdsa;

		if (!found || (s->chosen && !(is_ecdsa && !(s->chosen->n_pairs && s->chosen->pairs[0].is_ecdsa))))
			continue;
		s->chosen = s->blocks[i];
		s->chosen_name = found;
		s->chosen_because = wildcard ? "a wildcard that covers the name" : "its exact name";
	}
}

static void pairs_prepare(struct conf *conf)
{
	for (size_t i = 0; i < conf->server->n_blocks; i++)
		for (size_t k = 0; k < conf->server->blocks[i]->n_pairs; k++)
			server_pair_read(conf, &conf->server->blocks[i]->pairs[k]);
}

static void haproxy_choose(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	const struct server_bind *bind = bind_first(s, c);

	if (!bind) {
		s->chosen_because = "no bind line has this port";
		return;
	}
	pairs_prepare(conf);
	if (c->name && bind->is_tls)
		match(s, &bind->at, c->name, false);
	if (c->name && bind->is_tls && !s->chosen)
		match(s, &bind->at, c->name, true);
	if (s->chosen)
		return;
	s->chosen_because = bind->is_strict_sni ? "strict-sni: no certificate of this bind line has the name, so the handshake is refused" :
						  "no certificate of this bind line has the name, so its first one is used";
	for (size_t i = 0; i < s->n_blocks && !s->chosen && !(bind->is_strict_sni && bind->is_tls); i++)
		if (is_of_bind(s->blocks[i], &bind->at))
			s->chosen = s->blocks[i];
	if (s->chosen && !bind->is_tls) {
		s->chosen_name = c->name;
		s->chosen_because = "the first bind line of this port";
	}
}

/* A file, or the *.cfg of a folder. */
static void config_read(struct conf *conf, struct conf_node *root, const char *path)
{
	const char *const *paths = &path;
	struct stat st;
	struct span text;
	size_t n = 1;

	if (conf_stat(conf, path, &st) && S_ISDIR(st.st_mode))
		n = conf_glob(conf, arena_printf(conf->arena, "%s/*.cfg", path), &paths);
	for (size_t i = 0; i < n; i++) {
		if (conf_load(conf, paths[i], &text))
			haproxy_parse(conf, root, arena_str(conf->arena, paths[i]), text);
		else
			conf_unread(conf, "%s: %s", paths[i], strerror(errno));
	}
}

static void haproxy_read(struct conf *conf, const char *path)
{
	struct conf_node *root = arena_new_of(conf->arena, struct conf_node);
	const char *crt_base = "";
	bool has_issuers = false;

	root->is_block = true;
	conf->root = root;
	conf->base = "";
	config_read(conf, root, path);
	for (size_t i = 0; i < conf->n_more_configs; i++)
		config_read(conf, root, conf->more_configs[i]);
	for (const struct conf_node *g = root->first; g; g = g->next) {
		if (conf_is(g, "global") && conf_last(g, "crt-base"))
			crt_base = conf_word(conf_last(g, "crt-base"), 1);
		has_issuers |= conf_is(g, "global") && conf_last(g, "issuers-chain-path");
	}
	for (const struct conf_node *p = root->first; p; p = p->next)
		for (const struct conf_node *n_bind = conf_is(p, "frontend") || conf_is(p, "listen") ? p->first : NULL; n_bind; n_bind = n_bind->next)
			if (conf_is(n_bind, "bind"))
				bind_read(conf, p, n_bind, crt_base, has_issuers);
}

const struct server_reader server_haproxy = {
	SERVER_HAPROXY, "haproxy", (const char *const[]){ "haproxy", NULL },
	(const char *const[]){ "/etc/haproxy/haproxy.cfg", "/usr/local/etc/haproxy/haproxy.cfg", NULL }, haproxy_read, haproxy_choose, haproxy_check, "-v", NULL,
};
