/* What the blocks of any server have wrong together: a name twice, a name that none serves, the PROXY protocol on one side. */
#include "server/blocks.h"

#include <stdlib.h>

#include "server/edit.h"
#include "server/near.h"
#include "x509/name.h"

/* ---- a name twice ----------------------------------------------------------------------------------------- */

struct name_row {
	const char *name;
	const struct server_block *block;
};

static int name_row_order(const void *a, const void *b)
{
	const struct name_row *x = a, *y = b;
	int order = strcasecmp(x->name, y->name);

	return order ? order : (x->block < y->block) - (x->block > y->block);
}

static size_t index_of(const struct server_evidence *s, const struct server_block *block)
{
	size_t i = 0;

	while (i < s->n_blocks && s->blocks[i] != block)
		i++;
	return i;
}

/* The name leaves the block that is never used for it; where it has no other, the block leaves. */
static const char *duplicate_steps(struct conf *conf, const struct server_block *block, const char *name)
{
	static const char *const directives[] = { "server_name", "ServerName", "ServerAlias" };
	const struct conf_node *of = block->of;

	if (conf->server->kind != SERVER_NGINX && conf->server->kind != SERVER_APACHE)
		return arena_printf(conf->arena, "Take %s out of %s:%u", name, block->at.file, block->at.line);
	for (const struct conf_node *n = block->n_names > 1 ? of->first : NULL; n; n = n->next)
		for (size_t i = 0; i < COUNT_OF(directives); i++) {
			if (!conf_is(n, directives[i]) || !conf_has_word(n, name))
				continue;
			if (n->n_words > 2)
				return edit_write(conf, n->at, edit_line_with(conf, n, name, NULL));
			/* ServerName: another name becomes it. */
			for (size_t k = 0; conf_is(n, "ServerName") && k < block->n_names; k++)
				if (strcasecmp(block->names[k], name) != 0)
					return edit_write(conf, n->at, edit_line_with(conf, n, name, block->names[k]));
			return edit_drop(conf, n->at);
		}
	return of->at.file ? edit_drop_block(conf, of) : edit_drop(conf, block->at);
}

static void duplicate_add(struct conf *conf, const struct name_row *a, const struct name_row *b)
{
	struct server_evidence *s = conf->server;
	bool in_order = index_of(s, a->block) < index_of(s, b->block);
	const struct server_block *first = in_order ? a->block : b->block, *second = in_order ? b->block : a->block;
	struct server_fault *f;

	f = conf_fault(conf, "host.duplicate-name", second->name_at ? *second->name_at : second->at,
		       arena_printf(conf->arena, "Two blocks claim the name %s", a->name));
	conf_fault_line(conf, f, "%s:%u has it first and answers", first->at.file, first->at.line);
	conf_fault_line(conf, f, "%s:%u has it again and is never used for it", second->at.file, second->at.line);
	f->is_minor = true;
	f->fix = edit_then(conf, duplicate_steps(conf, second, a->name));
}

static bool is_same_socket(const struct server_block *a, const struct server_block *b, const struct server_choice *c)
{
	for (size_t i = 0; i < a->n_binds; i++)
		for (size_t k = 0; k < b->n_binds; k++) {
			const struct server_bind *x = &a->binds[i], *y = &b->binds[k];

			if ((x->port == c->port || !x->port) && x->port == y->port && x->family == y->family && !x->address == !y->address &&
			    (!x->address || strcmp(x->address, y->address) == 0))
				return true;
		}
	return false;
}

/* Sorted, so that a thousand blocks cost no million comparisons. */
static void duplicates_check(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	struct name_row *rows = NULL;
	size_t n = 0, cap = 0;

	for (size_t i = 0; i < s->n_blocks; i++)
		for (size_t k = 0; k < s->blocks[i]->n_names && n < 200000; k++)
			if (s->blocks[i]->names[k][0] && !s->blocks[i]->is_sni_only && strcmp(s->blocks[i]->names[k], "_") != 0)
				*arena_push(conf->arena, rows, n, cap) = (struct name_row){ s->blocks[i]->names[k], s->blocks[i] };
	if (n < 2)
		return;
	qsort(rows, n, sizeof *rows, name_row_order);
	for (size_t i = 0; i + 1 < n; i++)
		if (strcasecmp(rows[i].name, rows[i + 1].name) == 0 && rows[i].block != rows[i + 1].block &&
		    is_same_socket(rows[i].block, rows[i + 1].block, c))
			duplicate_add(conf, &rows[i], &rows[i + 1]);
}

static bool pair_covers(const struct server_pair *pair, const char *name)
{
	for (size_t i = 0; i < pair->n_names; i++)
		if (host_matches(span_str(pair->names[i]), span_str(name), HOST_MATCH_STRICT))
			return true;
	return false;
}

/* ---- a name that nobody serves --------------------------------------------------------------------------- */

static const char *add_name(struct conf *conf, const struct server_block *b, const char *name)
{
	const struct conf_node *of = b->of;

	for (const struct conf_node *n = of->first; n; n = n->next)
		if (conf_is(n, "server_name") || conf_is(n, "ServerAlias"))
			return edit_write(conf, n->at, edit_line_with(conf, n, NULL, name));
	if (conf->server->kind == SERVER_NGINX)
		return edit_into(conf, of, arena_printf(conf->arena, "server_name %s;", name));
	if (!of->at.file && !conf_last(of, "ServerName"))
		return edit_below(conf, b->at, arena_printf(conf->arena, "ServerName %s", name));
	return conf_last(of, "ServerName") ? edit_below(conf, conf_last(of, "ServerName")->at, arena_printf(conf->arena, "ServerAlias %s", name)) :
					     edit_into(conf, of, arena_printf(conf->arena, "ServerName %s", name));
}

/* A block of its own behind the one that answers now, on the same socket. */
static const char *new_block(struct conf *conf, const struct server_choice *c, const struct near_pair *pair)
{
	const struct server_block *b = conf->server->chosen;
	const struct conf_node *of = b->of, *listen = NULL;
	struct server_place end = of->at.file ? (struct server_place){ of->at.file, of->end_line ? of->end_line : of->at.line } : b->at;
	const struct server_bind *bind = conf_bind_for(b, c, true);
	const char *text;

	bind = bind ? bind : conf_bind_for(b, c, false);
	if (conf->server->kind == SERVER_NGINX) {
		listen = bind ? edit_node(conf, bind->at, "listen") : NULL;
		text = arena_printf(conf->arena, "server { %s server_name %s; ssl_certificate %s; ssl_certificate_key %s; }",
				    listen ? edit_line_with(conf, listen, "default_server", NULL) : arena_printf(conf->arena, "listen %u ssl;", c->port), c->name, edit_word(conf, pair->cert_path),
				    edit_word(conf, pair->key_path));
	} else {
		text = arena_printf(conf->arena, "%s\nServerName %s\nSSLEngine on\nSSLCertificateFile %s\nSSLCertificateKeyFile %s\n</VirtualHost>",
				    conf_is(of, "VirtualHost") ? edit_line(conf, of) : arena_printf(conf->arena, "<VirtualHost *:%u>", c->port), c->name, edit_word(conf, pair->cert_path), edit_word(conf, pair->key_path));
	}
	return edit_below(conf, end, text);
}

static const char *haproxy_name(struct conf *conf, const struct server_choice *c, const char *path)
{
	const struct server_evidence *s = conf->server;
	const struct conf_node *bind;
	const struct server_block *any = s->chosen;

	for (size_t i = 0; !any && i < s->n_blocks; i++)
		if (conf_bind_for(s->blocks[i], c, true) || conf_bind_for(s->blocks[i], c, false))
			any = s->blocks[i];
	if (!any || any->n_binds == 0)
		return NULL;
	bind = edit_node(conf, any->binds[0].at, "bind");
	if (bind && any->at.line == any->binds[0].at.line && strcmp(any->at.file, any->binds[0].at.file) == 0)
		return edit_write(conf, bind->at, arena_printf(conf->arena, "%s crt %s", edit_line(conf, bind), edit_word(conf, path)));
	return edit_below(conf, any->at, arena_printf(conf->arena, "%s %s", path, c->name));
}

/* NULL: the catalogue's words. */
static const char *name_fix(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	bool is_one_file = s->kind == SERVER_HAPROXY;
	const char *steps = NULL;
	struct near_pair near;

	if ((s->kind != SERVER_NGINX && s->kind != SERVER_APACHE && !is_one_file) || strcspn(c->name, "`'\"\\ \t\n;{}$#<>") != strlen(c->name))
		return NULL;
	for (size_t i = 0; !is_one_file && i < s->n_blocks; i++) {
		struct server_block *b = s->blocks[i];
		bool covers = false;

		for (size_t k = 0; k < b->n_pairs; k++) {
			server_pair_read(conf, &b->pairs[k]);
			covers |= b->pairs[k].is_read && pair_covers(&b->pairs[k], c->name);
		}
		if (covers && (conf_bind_for(b, c, true) || conf_bind_for(b, c, false)))
			return edit_then(conf, add_name(conf, b, c->name));
	}
	if (!is_one_file && (!s->chosen || !s->chosen->of))
		return NULL;
	if (near_certificate(conf, s->chosen && s->chosen->n_pairs ? s->chosen->pairs[0].cert_path : s->config, c->name, conf->now_unix, is_one_file, &near))
		steps = is_one_file ? haproxy_name(conf, c, near.cert_path) : new_block(conf, c, &near);
	else
		near = (struct near_pair){ arena_printf(conf->arena, "/etc/letsencrypt/live/%s/fullchain.pem", c->name), arena_printf(conf->arena, "/etc/letsencrypt/live/%s/privkey.pem", c->name) };
	if (!steps && !is_one_file)
		return arena_printf(conf->arena, "No certificate for %s was found here: have one issued (`certbot certonly -d %s`, or as the others are). %s", c->name, c->name,
				    edit_then(conf, new_block(conf, c, &near)));
	return steps ? edit_then(conf, steps) : NULL;
}

static void served_check(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	struct server_fault *f;

	if (!c->name || s->undecided || s->n_blocks == 0)
		return;
	if (s->chosen && s->chosen->refuses_because) {
		f = conf_fault(conf, "host.name-not-served", s->chosen->at, arena_printf(conf->arena, "The server refuses handshakes for the name %s", c->name));
		conf_fault_line(conf, f, "%s:%u answers: %s", s->chosen->at.file, s->chosen->at.line, s->chosen_because);
		conf_fault_line(conf, f, "%s", s->chosen->refuses_because);
		f->fix = name_fix(conf, c);
		return;
	}
	if (s->chosen && s->chosen_name)
		return;
	for (size_t i = 0; s->chosen && i < s->chosen->n_pairs; i++)
		if (!s->chosen->pairs[i].is_read || pair_covers(&s->chosen->pairs[i], c->name))
			return;
	if (s->chosen && s->chosen->n_pairs == 0)
		return;
	f = conf_fault(conf, "host.name-not-served", s->chosen ? s->chosen->at : (struct server_place){ s->config, 0 },
		       arena_printf(conf->arena, "No block of %s serves the name %s", s->kind_name, c->name));
	if (s->chosen)
		conf_fault_line(conf, f, "%s:%u answers instead: %s", s->chosen->at.file, s->chosen->at.line, s->chosen_because);
	else
		conf_fault_line(conf, f, "%s", s->chosen_because ? s->chosen_because : "no block listens there");
	if (s->chosen && s->chosen->n_pairs > 0 && s->chosen->pairs[0].n_names > 0)
		conf_fault_line(conf, f, "its certificate is for %s", s->chosen->pairs[0].names[0]);
	f->fix = name_fix(conf, c);
}

static const char *proxy_protocol_off(struct conf *conf, const struct server_bind *b)
{
	const struct conf_node *n = edit_node(conf, b->at, conf->server->kind == SERVER_NGINX ? "listen" : conf->server->kind == SERVER_HAPROXY ? "bind" : NULL);
	const char *word = n && conf_has_word(n, "accept-proxy") ? "accept-proxy" : "proxy_protocol";

	return n && conf_has_word(n, word) ? edit_write(conf, b->at, edit_line_with(conf, n, word, NULL)) :
					     arena_printf(conf->arena, "%s:%u: take the PROXY protocol out", b->at.file, b->at.line);
}

static void proxy_protocol_check(struct conf *conf, const struct server_choice *c)
{
	const struct server_evidence *s = conf->server;
	const struct server_bind *b;
	struct server_fault *f;

	if (!s->chosen)
		return;
	b = conf_bind_for(s->chosen, c, true);
	b = b ? b : conf_bind_for(s->chosen, c, false);
	if (!b || !b->is_proxy_protocol)
		return;
	f = conf_fault(conf, "host.proxy-protocol-mismatch", b->at, "The server waits for the PROXY protocol on this socket");
	conf_fault_line(conf, f, "%s:%u: connections that do not begin with a PROXY header are closed", b->at.file, b->at.line);
	f->fix = edit_then(conf, arena_printf(conf->arena, "%s (or have what stands before this server send it)", proxy_protocol_off(conf, b)));
	f->is_minor = true;
}

void server_blocks_check(struct conf *conf, const struct server_choice *c)
{
	duplicates_check(conf, c);
	served_check(conf, c);
	proxy_protocol_check(conf, c);
}
