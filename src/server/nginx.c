/* nginx: which server answers, and what is wrong with its configuration. Rules of selection as its manual's
 * "How nginx processes a request" and "Server names" have them. Relative paths, of includes and of certificates, begin
 * at the folder of nginx.conf, not at the prefix. Keys are read by the master, as root, but where their path holds a
 * variable by the workers, at each handshake. */
#include "server/conf.h"
#include "server/edit.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>

/* ---- reading ------------------------------------------------------------------------------------------- */

static void includes_expand(struct conf *conf, struct conf_node *in);

static void include_one(struct conf *conf, const struct conf_node *node, const char *path, struct conf_node *into)
{
	struct span text;

	if (!conf_load(conf, path, &text)) {
		int why = errno;
		struct server_fault *f;

		if (why == EACCES || why == EPERM) {
			conf_unread(conf, "%s: %s", path, strerror(why));
			return;
		}
		f = conf_fault(conf, "host.config-invalid", node->at, NULL);
		conf_fault_line(conf, f, "%s:%u includes %s: %s", node->at.file, node->at.line, path, strerror(why));
		f->is_syntax = true;
		f->fix = edit_then(conf, arena_printf(conf->arena, "%s, or restore %s", edit_drop(conf, node->at), path));
		return;
	}
	nginx_parse(conf, into, arena_str(conf->arena, path), text);
}

/* The file is being included already. */
static bool goes_round(struct conf *conf, const struct conf_node *node, const char *path)
{
	struct server_fault *f;

	for (unsigned i = 0; i < conf->depth; i++) {
		if (strcmp(conf->open[i], path) != 0)
			continue;
		f = conf_fault(conf, "host.config-invalid", node->at, NULL);
		conf_fault_line(conf, f, "%s:%u: includes go round in a circle: %s is being included already", node->at.file, node->at.line, path);
		f->is_syntax = true;
		f->fix = edit_then(conf, edit_drop(conf, node->at));
		return true;
	}
	return false;
}

static void nodes_append(struct conf_node *to, struct conf_node *from)
{
	for (struct conf_node *n = from->first; n; n = n->next)
		n->parent = to;
	if (!from->first)
		return;
	if (to->last)
		to->last->next = from->first;
	else
		to->first = from->first;
	to->last = from->last;
}

static void include_expand(struct conf *conf, struct conf_node *node, struct conf_node *before)
{
	struct conf_node *into = arena_new_of(conf->arena, struct conf_node);
	const char *pattern = conf_path(conf, conf->base, conf_word(node, 1));
	const char *const *paths;
	bool is_glob = strpbrk(pattern, "*?[") != NULL;
	size_t n = is_glob ? conf_glob(conf, pattern, &paths) : (paths = &pattern, (size_t)1);

	into->is_block = true;
	if (conf->depth >= CONF_DEPTH_MAX) {
		conf_unread(conf, "%s:%u: includes lie more than %d deep: not followed", node->at.file, node->at.line, (int)CONF_DEPTH_MAX);
		n = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct conf_node one = { .is_block = true };

		if (goes_round(conf, node, paths[i]))
			continue;
		include_one(conf, node, paths[i], &one);
		conf->open[conf->depth++] = paths[i];
		includes_expand(conf, &one);
		conf->depth--;
		nodes_append(into, &one);
	}
	conf_splice(node, before, into);
}

static void includes_expand(struct conf *conf, struct conf_node *in)
{
	struct conf_node *before = NULL;

	for (struct conf_node *n = in->first, *next; n; n = next) {
		next = n->next;
		if (!n->is_block && conf_is(n, "include") && n->n_words > 1) {
			include_expand(conf, n, before);
			for (struct conf_node *k = before ? before : in->first; k && k != next; k = k->next)
				before = k;
			continue;
		}
		if (n->first)
			includes_expand(conf, n);
		before = n;
	}
}

/* ---- server blocks ------------------------------------------------------------------------------------- */

static void listen_read(struct conf *conf, struct server_block *block, const struct conf_node *n)
{
	struct server_bind bind = { .at = n->at };

	if (!conf_bind_parse(conf, conf_word(n, 1), 80, &bind))
		return;
	if (!bind.family)
		bind.family = AF_INET;
	bind.is_tls = conf_has_word(n, "ssl") || conf_has_word(n, "quic");
	bind.is_default = conf_has_word(n, "default_server") || conf_has_word(n, "default");
	bind.is_proxy_protocol = conf_has_word(n, "proxy_protocol");
	bind.is_http2 = conf_has_word(n, "http2");
	bind.is_v6_only = !conf_has_word(n, "ipv6only=off");
	if (!conf_has_word(n, "quic"))
		*conf_bind_add(conf, block, n->at) = bind;
}

/* Certificates and keys stand in the same order; the first level that has any counts. */
static void pairs_read(struct conf *conf, struct server_block *block, const struct conf_node *server)
{
	const struct conf_node *in = server, *key, *passwords = conf_inherited(server, "ssl_password_file");

	while (in && !conf_last(in, "ssl_certificate"))
		in = in->parent;
	for (const struct conf_node *n = in ? in->first : NULL; n; n = n->next) {
		struct server_pair *pair;

		if (!conf_is(n, "ssl_certificate"))
			continue;
		pair = arena_push(conf->arena, block->pairs, block->n_pairs, block->cap_pairs);
		*pair = (struct server_pair){ .at = n->at };
		if (passwords)
			pair->password_path = conf_path(conf, conf->base, conf_word(passwords, 1));
		if (strncmp(conf_word(n, 1), "data:", 5) != 0)
			pair->cert_path = conf_path(conf, conf->base, conf_word(n, 1));
	}
	for (in = server; in && !conf_last(in, "ssl_certificate_key");)
		in = in->parent;
	key = in ? in->first : NULL;
	for (size_t i = 0; i < block->n_pairs; key = key ? key->next : NULL) {
		if (!key)
			break;
		if (!conf_is(key, "ssl_certificate_key"))
			continue;
		block->pairs[i].key_at = key->at;
		if (strncmp(conf_word(key, 1), "data:", 5) != 0 && strncmp(conf_word(key, 1), "engine:", 7) != 0)
			block->pairs[i].key_path = conf_path(conf, conf->base, conf_word(key, 1));
		i++;
	}
}

static void server_read(struct conf *conf, const struct conf_node *server)
{
	struct server_block *block = conf_block_new(conf, server->at);
	const struct conf_node *ssl = conf_inherited(server, "ssl");
	const struct conf_node *http2 = conf_inherited(server, "http2"), *reject = conf_inherited(server, "ssl_reject_handshake");

	block->of = server;
	if (reject && strcmp(conf_word(reject, 1), "on") == 0)
		block->refuses_because = arena_printf(conf->arena, "%s:%u: ssl_reject_handshake is on", reject->at.file, reject->at.line);
	for (const struct conf_node *n = server->first; n; n = n->next) {
		if (conf_is(n, "listen"))
			listen_read(conf, block, n);
		for (size_t i = 1; conf_is(n, "server_name") && i < n->n_words; i++) {
			*arena_push(conf->arena, block->names, block->n_names, block->cap_names) = n->words[i];
			if (!block->name_at)
				block->name_at = &n->at;
		}
	}
	if (block->n_binds == 0)
		*conf_bind_add(conf, block, server->at) = (struct server_bind){ .at = server->at, .port = 80, .family = AF_INET };
	for (size_t i = 0; i < block->n_binds; i++) {
		block->binds[i].is_tls |= ssl && strcmp(conf_word(ssl, 1), "on") == 0;
		block->binds[i].is_http2 |= http2 && strcmp(conf_word(http2, 1), "on") == 0;
	}
	if (!block->refuses_because)
		pairs_read(conf, block, server);
}

static void servers_read(struct conf *conf, const struct conf_node *root)
{
	for (const struct conf_node *http = root->first; http; http = http->next)
		for (const struct conf_node *n = conf_is(http, "http") ? http->first : NULL; n; n = n->next)
			if (conf_is(n, "server") && n->is_block)
				server_read(conf, n);
}

/* Options of a socket hold for all servers that share it. */
static bool bind_same(const struct server_bind *a, const struct server_bind *b)
{
	if (a->port != b->port || a->family != b->family || (a->address == NULL) != (b->address == NULL))
		return false;
	return !a->address || strcmp(a->address, b->address) == 0;
}

/* One row for each distinct socket; there are few of them. */
static void options_share(struct conf *conf, const struct server_evidence *s)
{
	struct server_bind *all = NULL;
	size_t n = 0, cap = 0;

	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < s->n_blocks; i++)
			for (size_t k = 0; k < s->blocks[i]->n_binds; k++) {
				struct server_bind *b = &s->blocks[i]->binds[k];
				size_t at = 0;

				while (at < n && !bind_same(&all[at], b))
					at++;
				if (at == n && n < 1024)
					*arena_push(conf->arena, all, n, cap) = *b;
				if (at == n)
					continue;
				b->is_tls = all[at].is_tls |= b->is_tls;
				b->is_proxy_protocol = all[at].is_proxy_protocol |= b->is_proxy_protocol;
			}
}

/* ---- which one answers --------------------------------------------------------------------------------- */

enum match { MATCH_NONE, MATCH_REGEX, MATCH_TRAILING, MATCH_LEADING, MATCH_EXACT };

enum { CLAIMS_MAX = 64 };

/* What nginx puts into one of its hashes of names: the first claim of a key stands, later ones are passed over. */
struct claims {
	const char *keys[CLAIMS_MAX];
	size_t n;
};

struct best {
	const struct server_block *block;
	const char *pattern;
	enum match match;
	size_t len;
	struct claims exact, leading, trailing;
};

static bool claim(struct claims *claims, const char *key)
{
	for (size_t i = 0; i < claims->n; i++)
		if (strcasecmp(claims->keys[i], key) == 0)
			return false;
	if (claims->n < CLAIMS_MAX)
		claims->keys[claims->n++] = key;
	return true;
}

/* `name` is `key` or ends with "." and `key`. */
static bool lies_below(const char *name, const char *key, bool *is_key)
{
	size_t n = strlen(name), k = strlen(key);

	*is_key = strcasecmp(name, key) == 0;
	return *is_key || (n > k + 1 && name[n - k - 1] == '.' && strcasecmp(name + n - k, key) == 0);
}

/* ".example.org" stands in the hash of exact names as well, and is passed over whole where either has its key already. */
static enum match leading_match(struct best *best, const char *pattern, const char *name)
{
	const char *key = pattern + (pattern[0] == '*' ? 2 : 1);
	bool is_key;

	if (!lies_below(name, key, &is_key))
		return MATCH_NONE;
	if (pattern[0] == '.' && !claim(&best->exact, key))
		return MATCH_NONE;
	if (!claim(&best->leading, key))
		return MATCH_NONE;
	return is_key && pattern[0] == '*' ? MATCH_NONE : MATCH_LEADING;
}

static enum match name_match(struct conf *conf, struct best *best, const char *pattern, const char *name, bool *undecided)
{
	size_t n = strlen(pattern), n_name = strlen(name);
	enum tri matched;

	if (pattern[0] == '~') {
		matched = best->match > MATCH_REGEX ? TRI_NO : conf_regex_match(conf->arena, pattern + 1, name);
		*undecided = matched == TRI_UNKNOWN;
		return matched == TRI_YES ? MATCH_REGEX : MATCH_NONE;
	}
	if ((n > 1 && pattern[0] == '.') || (n > 2 && pattern[0] == '*' && pattern[1] == '.'))
		return leading_match(best, pattern, name);
	if (n > 2 && pattern[n - 1] == '*' && pattern[n - 2] == '.')
		return n_name > n - 1 && strncasecmp(pattern, name, n - 1) == 0 && claim(&best->trailing, pattern) ? MATCH_TRAILING : MATCH_NONE;
	return strcasecmp(pattern, name) == 0 && claim(&best->exact, pattern) ? MATCH_EXACT : MATCH_NONE;
}

static void block_match(struct conf *conf, const struct server_block *block, const char *name, struct best *best)
{
	for (size_t i = 0; i < block->n_names; i++) {
		bool undecided = false;
		enum match match = name_match(conf, best, block->names[i], name, &undecided);
		size_t len = strlen(block->names[i]) + (block->names[i][0] == '.');    /* ".x" is as long as "*.x" */

		if (undecided && best->match < MATCH_REGEX && !conf->server->undecided)
			conf->server->undecided = arena_printf(conf->arena, "%s:%u: the expression %s is not one that could be followed here",
							       block->at.file, block->at.line, block->names[i]);
		if (match > best->match || (match == best->match && match > MATCH_REGEX && match < MATCH_EXACT && len > best->len)) {
			best->block = block;
			best->pattern = block->names[i];
			best->match = match;
			best->len = len;
		}
	}
}

static const struct server_block *default_find(const struct server_evidence *s, const struct server_choice *c, bool wants_address)
{
	const struct server_block *first = NULL;

	for (size_t i = 0; i < s->n_blocks; i++) {
		const struct server_bind *b = conf_bind_for(s->blocks[i], c, wants_address);

		if (b && b->is_default)
			return s->blocks[i];
		if (b && !first)
			first = s->blocks[i];
	}
	return first;
}

static void nginx_choose(struct conf *conf, const struct server_choice *choice)
{
	static const char *const words[] = { "", "the first regular expression that matches", "the longest name with a star at its end",
					     "the longest name with a star at its beginning", "its exact name" };
	struct server_evidence *s = conf->server;
	bool wants_address = choice->address && default_find(s, choice, true);
	const struct server_block *fallback = default_find(s, choice, wants_address);
	struct best best = { .match = MATCH_NONE };

	for (size_t i = 0; choice->name && i < s->n_blocks; i++)
		if (conf_bind_for(s->blocks[i], choice, wants_address))
			block_match(conf, s->blocks[i], choice->name, &best);
	if (best.match > MATCH_REGEX)
		s->undecided = NULL;
	s->chosen = best.block ? best.block : fallback;
	s->chosen_name = best.pattern;
	if (best.block)
		s->chosen_because = words[best.match];
	else if (fallback && conf_bind_for(fallback, choice, wants_address)->is_default)
		s->chosen_because = "no name matches, and its listen says default_server";
	else
		s->chosen_because = "no name matches, and it is the first that listens there";
}

/* ---- reading whole ------------------------------------------------------------------------------------- */

static void nginx_read(struct conf *conf, const char *path)
{
	struct conf_node *root = arena_new_of(conf->arena, struct conf_node);
	const struct conf_node *user;
	struct span text;

	root->is_block = true;
	conf->base = conf_folder(conf, path);
	if (!conf_load(conf, path, &text)) {
		conf_unread(conf, "%s: %s", path, strerror(errno));
		return;
	}
	nginx_parse(conf, root, path, text);
	conf->open[conf->depth++] = path;
	includes_expand(conf, root);
	conf->depth--;
	servers_read(conf, root);
	options_share(conf, conf->server);
	user = conf_last(root, "user");
	conf->service_user = user ? conf_word(user, 1) : NULL;
	conf->root = root;
}

const struct server_reader server_nginx = {
	SERVER_NGINX, "nginx", (const char *const[]){ "nginx", "openresty", "angie", "tengine", NULL },
	(const char *const[]){ "/etc/nginx/nginx.conf", "/usr/local/nginx/conf/nginx.conf", "/usr/local/etc/nginx/nginx.conf",
			       "/usr/local/openresty/nginx/conf/nginx.conf", NULL }, nginx_read, nginx_choose, nginx_check, "-v", NULL,
};
