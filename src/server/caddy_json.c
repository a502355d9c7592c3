/* Caddy's own configuration, JSON: apps.http.servers has listeners and routes, tls_connection_policies say how a server name is
 * answered, apps.tls has the certificates. A block is one route with its hosts, on one server. Sources: Caddy's documentation
 * of its JSON structure, and what `caddy adapt` makes of Caddyfiles. */
#include <stdlib.h>
#include <strings.h>

#include "server/caddy.h"
#include "x509/name.h"

struct app {
	struct conf *conf;
	const struct conf_node *http, *tls;     /* may be NULL */
	struct caddy_options options;
};

static const struct conf_node *member(const struct conf_node *in, const char *name)
{
	for (const struct conf_node *n = in ? in->first : NULL; n; n = n->next)
		if (strcmp(conf_word(n, 0), name) == 0)
			return n;
	return NULL;
}

/* The member's first word; "" where there is none. */
static const char *value_of(const struct conf_node *in, const char *name)
{
	const struct conf_node *n = member(in, name);

	return n ? conf_word(n, 1) : "";
}

static const struct conf_node *at_path(const struct conf_node *in, const char *const *names)
{
	for (; in && *names; names++)
		in = member(in, *names);
	return in;
}

#define AT(in, ...) at_path(in, (const char *const[]){ __VA_ARGS__, NULL })

/* ---- certificates -------------------------------------------------------------------------------- */

/* Those of the policy's tag come first, whatever their names; else the one that covers the name. */
static bool pair_fits(const struct app *app, const struct conf_node *files, const struct conf_node *tags, const char *host, struct server_pair *out)
{
	const struct conf_node *of = member(files, "tags"), *cert = member(files, "certificate"), *key = member(files, "key");

	if (!cert || !key)
		return false;
	*out = (struct server_pair){ .at = cert->at, .key_at = key->at, .cert_path = conf_path(app->conf, app->conf->base, conf_word(cert, 1)),
				     .key_path = conf_path(app->conf, app->conf->base, conf_word(key, 1)) };
	for (size_t i = 1; tags && i < tags->n_words; i++)
		if (of && conf_has_word(of, tags->words[i]))
			return true;
	if (tags || !host)
		return !tags;
	server_pair_read(app->conf, out);
	for (size_t i = 0; i < out->n_names; i++)
		if (strcasecmp(out->names[i], host) == 0 || host_matches(span_str(out->names[i]), span_str(host), HOST_MATCH_STRICT))
			return true;
	return !out->is_read;
}

static void pair_choose(const struct app *app, struct server_block *block, const struct conf_node *policy, const char *host)
{
	const struct conf_node *tags = AT(policy, "certificate_selection", "any_tag"), *loaded = AT(app->tls, "certificates", "load_files");
	struct server_pair pair;

	for (const struct conf_node *f = loaded ? loaded->first : NULL; f; f = f->next)
		if (pair_fits(app, f, tags, host, &pair)) {
			*arena_push(app->conf->arena, block->pairs, block->n_pairs, block->cap_pairs) = pair;
			return;
		}
	if (host && app->options.storage)
		caddy_pair_of_storage(app->conf, block, &app->options, host);
	/* None covers the name: what there is shows which names would. */
	if (block->n_pairs == 0 && block->n_names == 0 && loaded && loaded->first && pair_fits(app, loaded->first, NULL, NULL, &pair))
		*arena_push(app->conf->arena, block->pairs, block->n_pairs, block->cap_pairs) = pair;
}

/* The first whose matcher takes the name; one without a matcher takes all. */
static const struct conf_node *policy_for(const struct conf_node *policies, const char *name)
{
	for (const struct conf_node *p = policies ? policies->first : NULL; p; p = p->next) {
		const struct conf_node *match = member(p, "match"), *sni = member(match, "sni");

		if (!match || !match->first)
			return p;
		for (size_t i = 1; name && sni && i < sni->n_words; i++)
			if (caddy_covers(sni->words[i], name) || strcasecmp(sni->words[i], name) == 0)
				return p;
	}
	return NULL;
}

/* ---- TLS or not ---------------------------------------------------------------------------------- */

static bool is_skipped(const struct conf_node *automatic, const char *host)
{
	const struct conf_node *skip = member(automatic, "skip");

	return strcmp(value_of(automatic, "disable"), "true") == 0 || (skip && conf_has_word(skip, host));
}

/* Automatic HTTPS begins with the first host that a certificate can be had for. */
static bool has_automatic_tls(const struct conf_node *server)
{
	const struct conf_node *routes = member(server, "routes"), *automatic = member(server, "automatic_https");

	for (const struct conf_node *r = routes ? routes->first : NULL; r; r = r->next) {
		const struct conf_node *match = member(r, "match");

		for (const struct conf_node *m = match ? match->first : NULL; m; m = m->next) {
			const struct conf_node *hosts = member(m, "host");

			for (size_t i = 1; hosts && i < hosts->n_words; i++)
				if (hosts->words[i][0] && !strchr(hosts->words[i], '{') && !is_skipped(automatic, hosts->words[i]))
					return true;
		}
	}
	return false;
}

static bool has_policies(const struct conf_node *server)
{
	const struct conf_node *policies = member(server, "tls_connection_policies");

	return policies && policies->first;
}

/* "tcp/:443", "127.0.0.1:8443", ":8000-8010": in a range the port that was asked about. */
static bool listen_read(const struct app *app, const char *text, struct server_bind *bind)
{
	static const char *const networks[] = { "tcp/", "tcp4/", "tcp6/" };
	const char *dash;
	int family = 0;

	for (size_t i = 0; i < COUNT_OF(networks); i++)
		if (strncmp(text, networks[i], strlen(networks[i])) == 0) {
			text += strlen(networks[i]);
			family = i == 1 ? AF_INET : i == 2 ? AF_INET6 : 0;
			break;
		}
	dash = strrchr(text, ':') ? strchr(strrchr(text, ':'), '-') : NULL;
	if (dash) {
		const char *first = arena_strn(app->conf->arena, text, (size_t)(dash - text));
		uint16_t last = caddy_port(dash + 1, 0);

		if (!conf_bind_parse(app->conf, first, 0, bind))
			return false;
		bind->port = bind->port <= app->conf->port && app->conf->port <= last ? app->conf->port : bind->port;
	} else if (!conf_bind_parse(app->conf, text, app->options.https_port, bind)) {
		return false;
	}
	bind->family = family ? family : bind->family;
	return bind->port != 0;
}

static void binds_read(const struct app *app, const struct conf_node *server, struct server_block *block)
{
	const struct conf_node *listen = member(server, "listen");
	bool is_tls = has_policies(server) || has_automatic_tls(server);

	for (size_t i = 1; listen && i < listen->n_words; i++) {
		struct server_bind bind = { .port = 0 };

		if (!listen_read(app, listen->words[i], &bind))
			continue;
		bind.at = listen->at;
		bind.is_tls = is_tls && bind.port != app->options.http_port;
		*conf_bind_add(app->conf, block, listen->at) = bind;
	}
}

/* ---- routes -------------------------------------------------------------------------------------- */

static struct conf_node *site_line(const struct app *app, struct conf_node *site, struct server_place at, const char *name, const char *rest)
{
	struct conf_node *n = conf_node_new(app->conf, site, at.file, at.line);

	conf_word_add(app->conf, n, name);
	if (rest)
		conf_word_add(app->conf, n, rest);
	return n;
}

/* Handlers as the Caddyfile's directives: those that are looked at, wherever they are nested. */
static void handlers_read(const struct app *app, const struct conf_node *in, struct conf_node *site)
{
	for (const struct conf_node *n = in->first; n && app->conf->n_nodes < CONF_NODES_MAX; n = n->next) {
		const struct conf_node *upstreams = member(n, "upstreams");

		if (upstreams) {
			struct conf_node *proxy = site_line(app, site, upstreams->at, "reverse_proxy", NULL);

			for (const struct conf_node *u = upstreams->first; u; u = u->next)
				if (member(u, "dial"))
					conf_word_add(app->conf, proxy, value_of(u, "dial"));
		}
		if (strcasecmp(conf_word(n, 0), "Strict-Transport-Security") == 0)
			site_line(app, site, n->at, "header", "Strict-Transport-Security");
		handlers_read(app, n, site);
	}
}

static const struct conf_node *site_of(const struct app *app, const struct conf_node *route, const struct conf_node *policy)
{
	struct conf_node *site = arena_new_of(app->conf->arena, struct conf_node), *tls;
	const struct conf_node *most = member(policy, "protocol_max");
	const char *least = value_of(policy, "protocol_min");

	*site = (struct conf_node){ .at = route->at, .is_block = true };
	if (most) {
		tls = site_line(app, site, most->at, "tls", NULL);
		tls->is_block = true;
		tls = site_line(app, tls, most->at, "protocols", *least ? least : "tls1.2");
		conf_word_add(app->conf, tls, conf_word(most, 1));
	}
	handlers_read(app, route, site);
	return site;
}

/* `host`: NULL for all. */
static void block_add(const struct app *app, const struct conf_node *server, const struct conf_node *route, struct server_place at, const char *host)
{
	const struct conf_node *policies = member(server, "tls_connection_policies");
	const char *name = host && host[0] != '*' ? host : app->conf->name ? app->conf->name : host;
	const struct conf_node *policy = policy_for(policies, name);
	struct server_block *block = conf_block_new(app->conf, at);

	block->of = site_of(app, route, policy);
	block->is_sni_only = true;
	if (host)
		*arena_push(app->conf->arena, block->names, block->n_names, block->cap_names) = host;
	binds_read(app, server, block);
	if (block->n_binds > 0 && block->binds[0].is_tls)
		pair_choose(app, block, policy, name);
}

static void route_read(const struct app *app, const struct conf_node *server, const struct conf_node *route)
{
	const struct conf_node *match = member(route, "match");
	bool is_for_all = true;

	for (const struct conf_node *m = match ? match->first : NULL; m; m = m->next) {
		const struct conf_node *hosts = member(m, "host");

		is_for_all = is_for_all && !hosts;
		for (size_t i = 1; hosts && i < hosts->n_words; i++)
			block_add(app, server, route, hosts->at, strcmp(hosts->words[i], "*") == 0 ? NULL : hosts->words[i]);
	}
	if (is_for_all)
		block_add(app, server, route, route->at, NULL);
}

static void server_read(const struct app *app, const struct conf_node *server)
{
	const struct conf_node *routes = member(server, "routes");

	for (const struct conf_node *r = routes ? routes->first : NULL; r; r = r->next)
		route_read(app, server, r);
	if (!routes || !routes->first)
		block_add(app, server, server, server->at, NULL);
}

static struct caddy_options options_of(const struct conf_node *root, const struct conf_node *http)
{
	struct caddy_options o = CADDY_DEFAULTS;
	const struct conf_node *storage = member(root, "storage");
	const char *module = value_of(storage, "module"), *folder = value_of(storage, "root");

	o.http_port = caddy_port(value_of(http, "http_port"), o.http_port);
	o.https_port = caddy_port(value_of(http, "https_port"), o.https_port);
	if (*module && strcmp(module, "file_system") != 0)
		o.storage = NULL;
	else if (*folder)
		o.storage = folder;
	return o;
}

void caddy_json_read(struct conf *conf, struct conf_node *root, const char *file, struct span text)
{
	json_tree_parse(conf, root, file, text);

	const struct conf_node *apps = member(root, "apps"), *http = member(apps, "http"), *servers = member(http, "servers");
	struct app app = { .conf = conf, .http = http, .tls = member(apps, "tls"), .options = options_of(root, http) };

	for (const struct conf_node *s = servers ? servers->first : NULL; s; s = s->next)
		server_read(&app, s);
}
