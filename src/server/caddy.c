/* Caddy: the Caddyfile and which site's certificate answers a name. Tokens with "quotes" and `backticks`, blocks of braces,
 * snippets and imports, {$VARIABLES}; the first block without addresses holds the global options. Caddy sorts sites by
 * themselves: an exact name goes before a wildcard, which covers one label; where none matches and no site is for all
 * names, the handshake is refused. caddy_json.c reads the other syntax. */
#include "server/caddy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- syntax ------------------------------------------------------------------------------------------------------- */

struct reader {
	struct conf *conf;
	const char *file;
	struct span in;
	size_t at;
	unsigned line;
};

static int peek(const struct reader *r)
{
	return r->at < r->in.n ? r->in.p[r->at] : -1;
}

static int take(struct reader *r)
{
	int c = peek(r);

	r->at += c >= 0;
	r->line += c == '\n';
	return c;
}

/* Not by strchr(): that finds a zero byte at the end of any list. */
static bool is_blank(int byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* A default stands behind the first colon; what the server's environment has is not known here. */
static const char *variables_fill(struct conf *conf, const char *word)
{
	const char *begin = strstr(word, "{$"), *end = begin ? strchr(begin, '}') : NULL, *colon;

	if (!end || strlen(word) > CONF_PATH_MAX)
		return word;
	colon = memchr(begin, ':', (size_t)(end - begin));
	return arena_printf(conf->arena, "%.*s%.*s%s", (int)(begin - word), word, colon ? (int)(end - colon - 1) : 0, colon ? colon + 1 : "", end + 1);
}

static void invalid(struct reader *r, unsigned line, const char *what)
{
	struct server_fault *f = conf_fault(r->conf, "host.config-invalid", (struct server_place){ r->file, line }, NULL);

	conf_fault_line(r->conf, f, "%s:%u: %s", r->file, line, what);
}

/* The next word on the line; NULL at its end. A backslash before the end of a line joins it with the next. */
static const char *word_next(struct reader *r, bool *is_quoted)
{
	/* No word that matters is longer; what is behind that is passed over. */
	char word[2048];
	size_t n = 0;
	unsigned line = 0;
	int quote = 0;

	for (*is_quoted = false; peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r' || peek(r) == '\\';) {
		if (peek(r) == '\\' && !(r->at + 1 < r->in.n && (r->in.p[r->at + 1] == '\n' || r->in.p[r->at + 1] == '\r')))
			break;
		if (take(r) == '\\')
			while (peek(r) == '\r' || peek(r) == '\n')
				if (take(r) == '\n')
					break;
	}
	if (peek(r) < 0 || peek(r) == '\n' || peek(r) == '#')
		return NULL;
	if (peek(r) == '"' || peek(r) == '`') {
		*is_quoted = true;
		line = r->line;
		quote = take(r);
	}
	while (peek(r) >= 0 && (quote ? peek(r) != quote : !is_blank(peek(r)))) {
		int c = take(r);

		if (quote == '"' && c == '\\' && peek(r) == '"')
			c = take(r);
		if (n < sizeof word)
			word[n++] = (char)(c ? c : '?');
	}
	if (quote && take(r) < 0)
		invalid(r, line, "a quote is opened here and never closed");
	return variables_fill(r->conf, arena_strn(r->conf->arena, word, n));
}

static void line_end(struct reader *r)
{
	while (peek(r) >= 0 && take(r) != '\n')
		;
}

static bool ends_with_comma(const struct conf_node *node)
{
	const char *last = node->n_words ? node->words[node->n_words - 1] : "";

	return *last && last[strlen(last) - 1] == ',';
}

/* True when a line was read: a directive, and whether it opens a block. */
static bool line_read(struct reader *r, struct conf_node *in, struct conf_node **out, bool *opens, bool *closes)
{
	struct conf_node *node = NULL;
	const char *word;
	bool is_quoted;

	*opens = *closes = false;
	for (;;) {
		while ((word = word_next(r, &is_quoted)) != NULL) {
			if (!is_quoted && strcmp(word, "}") == 0 && !node) {
				*closes = true;
				line_end(r);
				return true;
			}
			node = node ? node : conf_node_new(r->conf, in, r->file, r->line);
			*opens = !is_quoted && strcmp(word, "{") == 0;
			if (*opens)
				break;
			conf_word_add(r->conf, node, word);
		}
		line_end(r);
		if (node && ends_with_comma(node) && !*opens && peek(r) >= 0)
			continue;
		if (node || peek(r) < 0)
			break;
	}
	*out = node;
	return node != NULL;
}

/* A file without braces around its site: the first line has the addresses, the rest are its directives. */
static bool is_bare(const struct conf_node *root)
{
	const struct conf_node *first = root->first;

	return first && !first->is_block && strcmp(conf_word(first, 0), "import") != 0;
}

static void bare_wrap(struct conf_node *root)
{
	struct conf_node *site = root->first;

	site->is_block = true;
	site->first = site->next;
	site->last = site->first ? root->last : NULL;
	site->next = NULL;
	root->last = site;
	for (struct conf_node *n = site->first; n; n = n->next)
		n->parent = site;
}

void caddy_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text)
{
	struct reader r = { .conf = conf, .file = file, .in = text, .line = 1 };
	struct conf_node *in = root, *node;
	bool opens, closes;

	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		r.at = 3;
	while (conf->n_nodes < CONF_NODES_MAX && line_read(&r, in, &node, &opens, &closes)) {
		if (closes && in == root) {
			invalid(&r, r.line > 1 ? r.line - 1 : 1, "a closing brace without its opening one");
		} else if (closes) {
			in = in->parent;
		} else if (opens) {
			node->is_block = true;
			in = node;
		}
	}
	if (in != root && !conf_is_full(conf, file))
		invalid(&r, in->at.line, "this block is never closed");
	if (is_bare(root))
		bare_wrap(root);
}

/* ---- imports -------------------------------------------------------------------------------------------------------- */

static const struct conf_node *snippet_find(const struct conf_node *root, const char *name)
{
	size_t n = strlen(name);

	for (const struct conf_node *s = root->first; s; s = s->next) {
		const char *word = conf_word(s, 0);

		if (s->is_block && word[0] == '(' && strncmp(word + 1, name, n) == 0 && strcmp(word + 1 + n, ")") == 0)
			return s;
	}
	return NULL;
}

static void tree_copy(struct conf *conf, struct conf_node *to, const struct conf_node *from, unsigned depth)
{
	for (const struct conf_node *n = from->first; n && depth < CONF_DEPTH_MAX && conf->n_nodes < CONF_NODES_MAX; n = n->next) {
		struct conf_node *copy = conf_node_new(conf, to, n->at.file, n->at.line);

		for (size_t i = 0; i < n->n_words; i++)
			conf_word_add(conf, copy, n->words[i]);
		copy->is_block = n->is_block;
		tree_copy(conf, copy, n, depth + 1);
	}
}

static void import_files(struct conf *conf, struct conf_node *holder, const struct conf_node *import)
{
	const char *pattern = conf_path(conf, conf_folder(conf, import->at.file), conf_word(import, 1));
	const char *const *paths;
	size_t n = conf_glob(conf, pattern, &paths);
	struct server_fault *f;
	struct span text;

	for (size_t i = 0; i < n; i++) {
		struct conf_node root = { .is_block = true };

		if (!conf_load(conf, paths[i], &text)) {
			conf_unread(conf, "%s: %s", paths[i], strerror(errno));
			continue;
		}
		/* Directives of a site are no site, so nothing is wrapped here. */
		caddy_parse(conf, &root, arena_str(conf->arena, paths[i]), text);
		if (import->parent && import->parent->parent && root.first && root.first == root.last && root.first->is_block && root.first->n_words) {
			struct conf_node *flat = conf_node_new(conf, holder, root.first->at.file, root.first->at.line);

			for (size_t k = 0; k < root.first->n_words; k++)
				conf_word_add(conf, flat, root.first->words[k]);
			tree_copy(conf, holder, root.first, 0);
		} else {
			tree_copy(conf, holder, &root, 0);
		}
	}
	if (n == 0 && !strpbrk(conf_word(import, 1), "*?[")) {
		f = conf_fault(conf, "host.config-invalid", import->at, NULL);
		conf_fault_line(conf, f, "%s:%u: there is neither a file nor a snippet %s", import->at.file, import->at.line, conf_word(import, 1));
	}
}

static void imports_expand(struct conf *conf, struct conf_node *root, struct conf_node *in, unsigned depth)
{
	struct conf_node *before = NULL;

	for (struct conf_node *n = in->first, *next; n && depth < CONF_DEPTH_MAX && conf->n_nodes < CONF_NODES_MAX; n = next) {
		next = n->next;
		if (!n->is_block && strcmp(conf_word(n, 0), "import") == 0) {
			struct conf_node *holder = arena_new_of(conf->arena, struct conf_node);
			const struct conf_node *snippet = snippet_find(root, conf_word(n, 1));

			if (snippet)
				tree_copy(conf, holder, snippet, 0);
			else
				import_files(conf, holder, n);
			imports_expand(conf, root, holder, depth + 1);
			conf_splice(n, before, holder);
			before = holder->last ? holder->last : before;
			continue;
		}
		if (n->is_block)
			imports_expand(conf, root, n, depth + 1);
		before = n;
	}
}

/* ---- sites ------------------------------------------------------------------------------------------------------------ */

uint16_t caddy_port(const char *text, uint16_t fallback)
{
	unsigned long v = strtoul(text, NULL, 10);

	return v > 0 && v <= 65535 ? (uint16_t)v : fallback;
}

static struct caddy_options options_read(const struct conf_node *root)
{
	struct caddy_options o = CADDY_DEFAULTS;
	const struct conf_node *global = root->first, *n;

	if (!global || global->n_words > 0)
		return o;
	if ((n = conf_last(global, "http_port")) != NULL)
		o.http_port = caddy_port(conf_word(n, 1), 80);
	if ((n = conf_last(global, "https_port")) != NULL)
		o.https_port = caddy_port(conf_word(n, 1), 443);
	if ((n = conf_last(global, "storage")) != NULL && strcmp(conf_word(n, 1), "file_system") == 0)
		o.storage = *conf_word(n, 2) ? conf_word(n, 2) : conf_last(n, "root") ? conf_word(conf_last(n, "root"), 1) : o.storage;
	return o;
}

struct address {
	const char *host;               /* "" for all */
	uint16_t port;
	bool is_tls;
};

/* [http://|https://]host[:port][/path] */
static struct address address_read(struct conf *conf, const char *text, const struct caddy_options *o)
{
	bool is_http = strncmp(text, "http://", 7) == 0, is_https = strncmp(text, "https://", 8) == 0;
	size_t n;
	const char *colon;
	struct address a;

	text += is_http ? 7 : is_https ? 8 : 0;
	n = strcspn(text, "/,");
	text = arena_strn(conf->arena, text, n);
	colon = text[0] == '[' ? strchr(text, ']') : text;
	colon = colon ? strchr(colon, ':') : NULL;
	a.host = colon ? arena_strn(conf->arena, text, (size_t)(colon - text)) : text;
	a.port = colon ? caddy_port(colon + 1, 0) : is_http ? o->http_port : o->https_port;
	a.is_tls = is_https || (!is_http && a.port != o->http_port);
	if (strcmp(a.host, "*") == 0)
		a.host = "";
	return a;
}

/* What Caddy got by itself lies in its storage: certificates/ISSUER/NAME/NAME.crt. */
void caddy_pair_of_storage(struct conf *conf, struct server_block *block, const struct caddy_options *o, const char *host)
{
	bool is_wildcard = host[0] == '*';
	const char *name = is_wildcard ? arena_printf(conf->arena, "wildcard_%s", host + 1) : host, *const *paths;
	size_t n = *host && !strpbrk(host, "/[?") ? conf_glob(conf, arena_printf(conf->arena, "%s/certificates/*/%s/%s.crt", o->storage, name, name), &paths) : 0;

	if (n > 0)
		*arena_push(conf->arena, block->pairs, block->n_pairs, block->cap_pairs) = (struct server_pair){
			.at = block->at, .key_at = block->at, .cert_path = paths[n - 1],
			.key_path = arena_printf(conf->arena, "%.*skey", (int)strlen(paths[n - 1]) - 3, paths[n - 1]) };
}

static void pair_read(struct conf *conf, struct server_block *block, const struct conf_node *site, const struct caddy_options *o)
{
	const struct conf_node *tls = conf_last(site, "tls");

	if (tls && tls->n_words >= 3)
		*arena_push(conf->arena, block->pairs, block->n_pairs, block->cap_pairs) = (struct server_pair){
			.at = tls->at, .key_at = tls->at, .cert_path = conf_path(conf, conf->base, conf_word(tls, 1)), .key_path = conf_path(conf, conf->base, conf_word(tls, 2)) };
	else if (block->n_names > 0)
		caddy_pair_of_storage(conf, block, o, block->names[0]);
}

/* A block for each address: they may differ in port and in TLS. */
static void site_read(struct conf *conf, const struct conf_node *site, const struct caddy_options *o)
{
	const struct conf_node *bind = conf_last(site, "bind");

	for (size_t i = 0; i < site->n_words; i++) {
		struct address a = address_read(conf, site->words[i], o);
		struct server_block *block;

		if (!*site->words[i] || strcmp(site->words[i], ",") == 0 || a.port == 0)
			continue;
		block = conf_block_new(conf, site->at);
		block->of = site;
		block->is_sni_only = true;
		if (*a.host)
			*arena_push(conf->arena, block->names, block->n_names, block->cap_names) = a.host;
		for (size_t k = 1; k < (bind ? bind->n_words : 2); k++) {
			struct server_bind socket = { .port = 0 };

			if (bind && !conf_bind_parse(conf, conf_word(bind, k), a.port, &socket))
				continue;
			socket.at = bind ? bind->at : site->at;
			socket.port = a.port;
			socket.is_tls = a.is_tls;
			*conf_bind_add(conf, block, socket.at) = socket;
		}
		if (a.is_tls)
			pair_read(conf, block, site, o);
	}
}

/* By what it begins with: a Caddyfile's brace has its line for itself. */
static bool looks_like_json(struct span text)
{
	text = span_trim(text);
	if (text.n == 0 || text.p[0] != '{')
		return false;
	text = span_trim(span_sub(text, 1, text.n));
	return text.n > 0 && (text.p[0] == '"' || text.p[0] == '}') && span_find(text, span_str("\":")) >= 0;
}

static void caddy_read(struct conf *conf, const char *path)
{
	struct conf_node *root = arena_new_of(conf->arena, struct conf_node);
	struct caddy_options o;
	struct span text;

	root->is_block = true;
	conf->root = root;
	conf->base = conf_folder(conf, path);
	if (!conf_load(conf, path, &text)) {
		conf_unread(conf, "%s: %s", path, strerror(errno));
		return;
	}
	if (looks_like_json(text)) {
		conf->is_json = true;
		caddy_json_read(conf, root, path, text);
		return;
	}
	caddy_parse(conf, root, path, text);
	imports_expand(conf, root, root, 0);
	o = options_read(root);
	for (const struct conf_node *n = root->first; n; n = n->next)
		if (n->is_block && n->n_words > 0 && conf_word(n, 0)[0] != '(' && conf_word(n, 0)[0] != '@')
			site_read(conf, n, &o);
}

/* ---- which one answers --------------------------------------------------------------------------------------------------- */

bool caddy_covers(const char *pattern, const char *name)
{
	const char *dot = strchr(name, '.');

	return pattern[0] == '*' ? dot && strcasecmp(pattern + 1, dot) == 0 : strcasecmp(pattern, name) == 0;
}

static void caddy_choose(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	const struct server_block *all = NULL, *any = NULL;

	for (size_t i = 0; i < s->n_blocks; i++) {
		const struct server_block *b = s->blocks[i];
		const char *pattern = b->n_names ? b->names[0] : NULL;

		if (!conf_bind_for(b, c, true) && !conf_bind_for(b, c, false))
			continue;
		any = any ? any : b;
		all = !pattern && !all ? b : all;
		if (!pattern || !c->name || !caddy_covers(pattern, c->name) || (s->chosen && (s->chosen_name[0] != '*' || pattern[0] == '*')))
			continue;
		s->chosen = b;
		s->chosen_name = pattern;
		s->chosen_because = pattern[0] == '*' ? "a wildcard that covers the name" : "its exact name";
	}
	if (s->chosen)
		return;
	s->chosen = all;
	if (all) {
		s->chosen_because = "no site has the name, and this one is for all names";
		s->chosen_name = all->n_pairs && !conf->is_json ? c->name : NULL;      /* JSON: certificates go by their own names */
	} else {
		s->chosen_because = any ? "no site of this port has the name, so the handshake is refused" : "no site has this port";
	}
}

/* ---- what is wrong ----------------------------------------------------------------------------------------------------------- */

static const char *place_fix(struct conf *conf, struct server_place at, const char *words)
{
	return arena_printf(conf->arena, "%s:%u: %s; then `caddy validate --config %s%s && systemctl reload caddy`.", at.file, at.line, words,
			    conf->server->config, conf->is_json ? "" : " --adapter caddyfile");
}

/* The last directive that has the word, a site's address among them; the last block without a word for NULL. */
static void place_last(const struct conf_node *in, const char *word, struct server_place *place, unsigned depth)
{
	for (const struct conf_node *n = in->first; n; n = n->next) {
		for (size_t i = 0; word && i < n->n_words; i++)
			if (strcmp(n->words[i], word) == 0 || (strncmp(n->words[i], word, strlen(word)) == 0 && strcmp(n->words[i] + strlen(word), ",") == 0))
				*place = n->at;
		if (!word && n->is_block && n->n_words == 0)
			*place = n->at;
		if (n->is_block && depth < 16)
			place_last(n, word, place, depth + 1);
	}
}

/* Messages without a line end with what they are about: "ambiguous site definition: a.test". */
static struct server_place place_guess(struct conf *conf, const char *error)
{
	struct server_place place = { NULL, 0 };
	const char *colon = strrchr(error, ' ');

	if (strstr(error, "server block without any key"))
		place_last(conf->root, NULL, &place, 0);
	else if (colon)
		place_last(conf->root, colon + 1, &place, 0);
	return place;
}

/* "... /etc/caddy/Caddyfile:12 - Error during parsing: ..." or "FILE:12: unrecognized directive: ..." */
static void test_check(struct conf *conf)
{
	struct server_evidence *s = conf->server;
	const char *error = s->is_tested && !s->is_valid && s->test_output ? strstr(s->test_output, "Error: ") : NULL, *end;
	struct server_fault *f;

	if (!s->is_tested || s->is_valid)
		return;
	error = error ? error : s->test_output ? s->test_output : "";
	error = arena_strn(conf->arena, error, strcspn(error, "\n"));
	f = conf_fault(conf, "host.config-invalid", (struct server_place){ NULL, 0 }, NULL);
	f->shows = s->test_command;
	conf_fault_line(conf, f, "caddy says: %s", error);
	for (size_t i = 0; i < s->n_files && !f->at.file; i++) {
		const char *at = strstr(error, s->files[i]);

		end = at ? at + strlen(s->files[i]) : NULL;
		if (end && *end == ':' && end[1] >= '0' && end[1] <= '9')
			f->at = (struct server_place){ s->files[i], (unsigned)strtoul(end + 1, NULL, 10) };
	}
	if (!f->at.file)
		f->at = place_guess(conf, error);
	if (f->at.file)
		f->fix = place_fix(conf, f->at, "correct what the message names");
}

static void tls_check(struct conf *conf, const struct conf_node *site)
{
	const struct conf_node *tls = conf_last(site, "tls"), *protocols = tls ? conf_last(tls, "protocols") : NULL;
	struct server_fault *f;

	if (!protocols || strcmp(conf_word(protocols, protocols->n_words - 1), "tls1.3") == 0 || protocols->n_words < 2 || (protocols->n_words == 2 && strcmp(conf_word(protocols, 1), "tls1.2") == 0))
		return;
	f = conf_fault(conf, "host.config-weak", protocols->at, "The configuration leaves TLS 1.3 out");
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u ends with %s", protocols->at.file, protocols->at.line, conf_word(protocols, protocols->n_words - 1));
	f->fix = place_fix(conf, protocols->at, "take the line out: the default is TLS 1.2 and 1.3");
}

static void proxies_check(struct conf *conf, const struct conf_node *in, unsigned depth)
{
	for (const struct conf_node *n = in->first; n; n = n->next) {
		size_t first = n->n_words > 2 && strchr("/@*", conf_word(n, 1)[0]) ? 2 : 1;

		for (size_t i = first; conf_is(n, "reverse_proxy") && i < n->n_words; i++) {
			const char *to = n->words[i], *scheme = strstr(to, "://");

			conf_backend(conf, strncmp(to, "unix/", 5) == 0 ? arena_printf(conf->arena, "unix:%s", to + 5) : scheme ? scheme + 3 : to,
				     strncmp(to, "https://", 8) == 0 ? 443 : 80, n->at, n->n_words - first > 1);
		}
		if (n->is_block && depth < 16)
			proxies_check(conf, n, depth + 1);
	}
}

static bool sets_hsts(const struct conf_node *in, unsigned depth)
{
	for (const struct conf_node *n = in->first; n; n = n->next)
		for (size_t i = 0; i < n->n_words; i++)
			if (strcasecmp(n->words[i] + strspn(n->words[i], "+?>"), "Strict-Transport-Security") == 0)
				return true;
	for (const struct conf_node *n = in->first; n && depth < 8; n = n->next)
		if (n->is_block && sets_hsts(n, depth + 1))
			return true;
	return false;
}

static void caddy_check(struct conf *conf, const struct server_choice *choice)
{
	const struct server_evidence *s = conf->server;
	const char *argv[] = { "caddy", "adapt", "--config", s->config, "--adapter", "caddyfile", NULL };
	const struct server_block *b = s->chosen;
	struct server_fault *f;

	if (!s->n_files || (s->n_unread && !s->n_blocks))
		return;
	if (!conf->is_json) {           /* nothing but `validate` takes JSON, and that sets all modules up */
		server_test(conf, argv);
		test_check(conf);
	}
	if (!b || b->n_binds == 0)
		return;
	if (!b->binds[0].is_tls && choice->port != 80) {
		f = conf_fault(conf, "host.tls-off", b->at, arena_printf(conf->arena, "Port %u is configured without TLS", choice->port));
		conf_fault_line(conf, f, conf->is_json ? "%s:%u: the server has no tls_connection_policies, and automatic HTTPS is off for it" :
							 "%s:%u: the site's address says http", b->at.file, b->at.line);
		f->fix = place_fix(conf, b->at, conf->is_json ? "add \"tls_connection_policies\": [{}] to the server" : "take http:// out of the address");
		return;
	}
	tls_check(conf, b->of);
	proxies_check(conf, b->of, 0);
	if (!sets_hsts(b->of, 0)) {
		f = conf_fault(conf, "host.config-weak", b->at, "Strict-Transport-Security is not set");
		f->is_minor = true;
		conf_fault_line(conf, f, "no header %s of this %s sets it; the application may", conf->is_json ? "handler" : "directive", conf->is_json ? "route" : "site");
		f->fix = place_fix(conf, b->at, conf->is_json ? "put {\"handler\": \"headers\", \"response\": {\"set\": {\"Strict-Transport-Security\": [\"max-age=63072000\"]}}} first in the route's handle" :
								"add `header Strict-Transport-Security max-age=63072000`");
	}
}

/* `caddy run --resume` goes on with what the admin API had set last. */
static const char *caddy_config_left(struct conf *conf, const struct host_process *p)
{
	const char *folder, *home;
	bool resumes = false;

	for (size_t i = 0; p->argv && i < p->n_argv; i++)
		resumes = resumes || strcmp(p->argv[i], "--resume") == 0 || strcmp(p->argv[i], "-resume") == 0;
	if (!resumes)
		return NULL;
	folder = conf_variable(conf, p->pid, "XDG_CONFIG_HOME");
	home = conf_variable(conf, p->pid, "HOME");
	if (!folder)
		folder = arena_printf(conf->arena, "%s/.config", home ? home : "/var/lib/caddy");
	return arena_printf(conf->arena, "%s/caddy/autosave.json", folder);
}

const struct server_reader server_caddy = {
	SERVER_CADDY, "caddy", (const char *const[]){ "caddy", NULL },
	(const char *const[]){ "/etc/caddy/Caddyfile", "/usr/local/etc/caddy/Caddyfile", NULL }, caddy_read, caddy_choose, caddy_check, "version", caddy_config_left,
};
