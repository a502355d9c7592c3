/* hitch: NAME = VALUE lines and blocks of braces. The certificate whose names cover the one that was sent answers (a wildcard
 * covers one label), of several the last; else the last pem-file of the configuration, or sni-nomatch-abort refuses. */
#include "server/conf.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

/* Words and quoted words; `=` parts them, `{` opens a block, `}` closes one. */
static void row_read(struct conf *conf, struct conf_node *node, struct span row)
{
	size_t at = 0;

	while (at < row.n && row.p[at] != '#') {
		size_t begin = at;

		if (strchr(" \t\r=,", row.p[at])) {
			at++;
			continue;
		}
		if (row.p[at] == '"') {
			const uint8_t *end = memchr(row.p + at + 1, '"', row.n - at - 1);

			begin++;
			at = end ? (size_t)(end - row.p) : row.n;
			conf_word_add(conf, node, arena_strn(conf->arena, row.p + begin, at - begin));
			at += at < row.n;
			continue;
		}
		while (at < row.n && !strchr(" \t\r=,#{}", row.p[at]))
			at++;
		at += at == begin;
		conf_word_add(conf, node, arena_strn(conf->arena, row.p + begin, at - begin));
	}
}

void hitch_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text)
{
	struct conf_node *in = root;
	unsigned line = 1;

	for (size_t at = 0; at < text.n && conf->n_nodes < CONF_NODES_MAX; line++) {
		const uint8_t *lf = memchr(text.p + at, '\n', text.n - at);
		struct span row = span_sub(text, at, lf ? (size_t)(lf - text.p) - at : text.n);
		struct conf_node scratch = { .at = { file, line } }, *node;

		at = lf ? (size_t)(lf - text.p) + 1 : text.n;
		row_read(conf, &scratch, row);
		if (scratch.n_words == 0)
			continue;
		if (strcmp(scratch.words[0], "}") == 0) {
			in = in->parent ? in->parent : in;
			continue;
		}
		node = conf_node_new(conf, in, file, line);
		node->words = scratch.words;
		node->n_words = scratch.n_words;
		if (strcmp(scratch.words[scratch.n_words - 1], "{") == 0) {
			node->words[--node->n_words] = NULL;
			node->is_block = true;
			in = node;
		} else if (scratch.n_words > 1 && strcmp(scratch.words[scratch.n_words - 1], "}") == 0) {
			node->words[--node->n_words] = NULL;
			in = in->parent ? in->parent : in;
		}
	}
	if (in != root && !conf_is_full(conf, file)) {
		struct server_fault *f = conf_fault(conf, "host.config-invalid", in->at, NULL);

		conf_fault_line(conf, f, "%s:%u: this block is never closed", file, in->at.line);
	}
}

/* "[HOST]:PORT" without the brackets that hitch has around any host, and that mean IPv6 elsewhere. */
static const char *address_plain(struct conf *conf, const char *text)
{
	size_t n = text[0] == '[' ? strcspn(text, "]") : 0;

	text = arena_strn(conf->arena, text, strcspn(text, "+"));
	if (n < 2 || text[n] != ']' || memchr(text + 1, ':', n - 1))
		return text;
	return arena_printf(conf->arena, "%.*s%s", (int)n - 1, text + 1, text + n + 1);
}

static void pem_add(struct conf *conf, const struct conf_node *n, const struct server_bind *binds, size_t n_binds, bool is_strict)
{
	const struct conf_node *cert = n->is_block ? conf_last(n, "cert") : n, *key = n->is_block ? conf_last(n, "private-key") : NULL;
	struct server_block *block;
	struct server_pair *pair;

	if (!cert || cert->n_words < 2)
		return;
	block = conf_block_new(conf, n->at);
	block->of = n;
	block->is_sni_only = true;
	for (size_t i = 0; i < n_binds; i++) {
		struct server_bind *b = conf_bind_add(conf, block, binds[i].at);

		*b = binds[i];
		b->is_strict_sni = is_strict;
	}
	pair = arena_push(conf->arena, block->pairs, block->n_pairs, block->cap_pairs);
	*pair = (struct server_pair){ .at = cert->at, .key_at = key ? key->at : cert->at, .cert_path = conf_word(cert, 1), .key_path = key ? conf_word(key, 1) : NULL };
	server_pair_read(conf, pair);
	for (size_t i = 0; i < pair->n_names; i++)
		*arena_push(conf->arena, block->names, block->n_names, block->cap_names) = pair->names[i];
}

struct sockets {
	struct server_bind *binds;
	size_t n, cap;
};

static bool is_on(const struct conf_node *root, const char *name)
{
	const struct conf_node *n = conf_last(root, name);

	return n && strcasecmp(conf_word(n, 1), "on") == 0;
}

/* A frontend's own files; those of all frontends do not count for it then. */
static void own_add(struct conf *conf, const struct conf_node *frontend, const struct server_bind *bind)
{
	for (const struct conf_node *n = frontend->first; n; n = n->next)
		if (conf_is(n, "pem-file"))
			pem_add(conf, n, bind, 1, is_on(frontend, "sni-nomatch-abort") || is_on(conf->root, "sni-nomatch-abort"));
}

static void frontends_read(struct conf *conf, const struct conf_node *root, struct sockets *s)
{
	for (const struct conf_node *n = root->first; n; n = n->next) {
		struct server_bind bind = { .port = 0 };
		const struct conf_node *host = n->is_block ? conf_last(n, "host") : NULL, *port = n->is_block ? conf_last(n, "port") : NULL;
		const char *text = n->is_block ? arena_printf(conf->arena, "[%s]:%s", host ? conf_word(host, 1) : "*", port ? conf_word(port, 1) : "443") : conf_word(n, 1);

		if (!conf_is(n, "frontend") || !conf_bind_parse(conf, address_plain(conf, text), 443, &bind))
			continue;
		bind.at = n->at;
		bind.is_tls = true;
		if (n->is_block && conf_last(n, "pem-file")) {
			own_add(conf, n, &bind);
			if (!is_on(n, "match-global-certs"))
				continue;
		}
		*arena_push(conf->arena, s->binds, s->n, s->cap) = bind;
	}
}

static void folder_add(struct conf *conf, const struct conf_node *root, const struct sockets *s, bool is_strict)
{
	const struct conf_node *dir = conf_last(root, "pem-dir"), *glob = conf_last(root, "pem-dir-glob");
	const char *const *paths;
	size_t n = dir ? conf_glob(conf, arena_printf(conf->arena, "%s/%s", conf_word(dir, 1), glob ? conf_word(glob, 1) : "*"), &paths) : 0;

	if (dir && !conf_exists(conf, conf_word(dir, 1)) && errno == ENOENT) {
		struct server_fault *f = conf_fault(conf, "host.certificate-file-missing", dir->at, arena_printf(conf->arena, "The folder of certificates %s does not exist", conf_word(dir, 1)));

		conf_fault_line(conf, f, "%s: %s", conf_word(dir, 1), strerror(ENOENT));
	}
	for (size_t i = 0; i < n; i++) {
		struct conf_node node = { .at = dir->at };

		conf_word_add(conf, &node, "pem-file");
		conf_word_add(conf, &node, paths[i]);
		pem_add(conf, &node, s->binds, s->n, is_strict);
		conf->server->blocks[conf->server->n_blocks - 1]->of = dir;
	}
}

static void hitch_read(struct conf *conf, const char *path)
{
	struct conf_node *root = arena_new_of(conf->arena, struct conf_node);
	struct sockets sockets = { .n = 0 };
	const struct conf_node *user;
	struct span text;
	bool is_strict;

	root->is_block = true;
	conf->root = root;
	if (!conf_load(conf, path, &text)) {
		conf_unread(conf, "%s: %s", path, strerror(errno));
		return;
	}
	hitch_parse(conf, root, path, text);
	is_strict = is_on(root, "sni-nomatch-abort");
	frontends_read(conf, root, &sockets);
	folder_add(conf, root, &sockets, is_strict);
	for (const struct conf_node *n = root->first; n; n = n->next)
		if (conf_is(n, "pem-file"))
			pem_add(conf, n, sockets.binds, sockets.n, is_strict);
	user = conf_last(root, "user");
	conf->service_user = user ? conf_word(user, 1) : NULL;
}

static void hitch_choose(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	const struct server_block *last = NULL;
	const char *dot = c->name ? strchr(c->name, '.') : NULL;

	for (int wildcard = 0; wildcard < 2 && !s->chosen; wildcard++)
		for (size_t i = 0; i < s->n_blocks; i++) {
			const struct server_block *b = s->blocks[i];

			if (!conf_bind_for(b, c, true) && !conf_bind_for(b, c, false))
				continue;
			last = b;
			for (size_t k = 0; c->name && k < b->n_names; k++)
				if (wildcard ? dot && b->names[k][0] == '*' && strcasecmp(b->names[k] + 1, dot) == 0 : strcasecmp(b->names[k], c->name) == 0) {
					s->chosen = b;
					s->chosen_name = b->names[k];
					s->chosen_because = wildcard ? "a wildcard of its certificate covers the name" : "the last certificate that has the name";
				}
		}
	if (s->chosen)
		return;
	if (last && last->binds[0].is_strict_sni && c->name) {
		s->chosen_because = "sni-nomatch-abort: no certificate has the name, so the handshake is refused";
		return;
	}
	s->chosen = last;
	s->chosen_because = last ? "no certificate has the name, and the last pem-file is the default" : "no frontend has this port";
}

/* "hitch: ..." and, for the syntax, "... at line 3". */
static void test_check(struct conf *conf)
{
	struct server_evidence *s = conf->server;
	const char *line, *at;
	struct server_fault *f;

	if (!s->is_tested || s->is_valid)
		return;
	for (size_t i = 0; i < s->n_faults; i++)
		if (strcmp(s->faults[i].cause, "host.config-invalid") == 0)
			return;
	line = s->test_output ? s->test_output : "";
	line = arena_strn(conf->arena, line, strcspn(line, "\n"));
	f = conf_fault(conf, "host.config-invalid", (struct server_place){ NULL, 0 }, NULL);
	f->shows = s->test_command;
	conf_fault_line(conf, f, "hitch says: %s", line);
	at = strcasestr(s->test_output ? s->test_output : "", "line ");
	if (at && at[5] >= '0' && at[5] <= '9')
		f->at = (struct server_place){ s->config, (unsigned)strtoul(at + 5, NULL, 10) };
}

static const char *place_fix(struct conf *conf, struct server_place at, const char *words)
{
	return arena_printf(conf->arena, "%s:%u: %s; then `hitch --test --config %s && systemctl reload hitch`.", at.file, at.line, words, conf->server->config);
}

static void weak_check(struct conf *conf)
{
	const struct conf_node *n = conf_last(conf->root, "tls-protos"), *ciphers = conf_last(conf->root, "ciphers");
	struct server_fault *f;

	if (ciphers)
		conf_ciphers_check(conf, conf_word(ciphers, 1), ciphers->at, place_fix(conf, ciphers->at, "write `ciphers = \"ECDHE+AESGCM:ECDHE+CHACHA20\"`"));
	if (!n || (!conf_has_word(n, "TLSv1.0") && !conf_has_word(n, "TLSv1.1") && !conf_has_word(n, "SSLv3") && conf_has_word(n, "TLSv1.3")))
		return;
	f = conf_fault(conf, "host.config-weak", n->at, conf_has_word(n, "TLSv1.3") ? "The configuration allows versions of TLS older than 1.2" : "The configuration leaves TLS 1.3 out");
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u counts for every name", n->at.file, n->at.line);
	f->fix = place_fix(conf, n->at, "write `tls-protos = TLSv1.2 TLSv1.3`");
}

static void hitch_check(struct conf *conf, const struct server_choice *choice)
{
	const struct conf_node *backend = conf_last(conf->root, "backend");
	const char *argv[] = { "hitch", "--test", "--config", conf->server->config, NULL };
	const char *to = backend ? conf_word(backend, 1) : "";

	(void)choice;
	if (!conf->server->n_files)
		return;
	server_test(conf, argv);
	test_check(conf);
	weak_check(conf);
	to = address_plain(conf, to);
	if (*to)
		conf_backend(conf, to[0] == '/' ? arena_printf(conf->arena, "unix:%s", to) : to, 0, backend->at, false);
}

const struct server_reader server_hitch = {
	SERVER_HITCH, "hitch", (const char *const[]){ "hitch", NULL }, (const char *const[]){ "/etc/hitch/hitch.conf", "/usr/local/etc/hitch/hitch.conf", NULL },
	hitch_read, hitch_choose, hitch_check, "--version", NULL,
};
