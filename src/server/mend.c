/* See mend.h. Messages as nginx 1.18 to 1.27, Apache httpd 2.4 and HAProxy 2.2 to 3.0 have them. */
#include "server/mend.h"

#include <stdlib.h>
#include <strings.h>

#include "server/edit.h"
#include "server/words.h"

/* What stands between quotes of a kind, the n-th time; NULL: there are fewer. */
static const char *quoted(struct arena *arena, const char *message, char open, char close, unsigned n)
{
	for (const char *p = message, *end; (p = strchr(p, open)) != NULL && (end = strchr(p + 1, close)) != NULL; p = end + 1)
		if (n-- == 0)
			return arena_strn(arena, p + 1, (size_t)(end - p - 1));
	return NULL;
}

/* The directive at the place with its first word changed. */
static const char *renamed(const struct conf *conf, struct server_place at, const char *from, const char *to)
{
	const struct conf_node *n = edit_node(conf, at, from);
	struct conf_node copy;

	if (!n || !to)
		return NULL;
	copy = *n;
	copy.words = arena_array(conf->arena, const char *, n->n_words + 1);
	memcpy(copy.words, n->words, n->n_words * sizeof *copy.words);
	copy.words[0] = to;
	return edit_write(conf, at, edit_line(conf, &copy));
}

static const char *dropped(const struct conf *conf, struct server_place at, const char *name)
{
	const struct conf_node *n = edit_node(conf, at, name);

	return n && n->is_block ? edit_drop_block(conf, n) : edit_drop(conf, at);
}

/* ---- nginx --------------------------------------------------------------------------------------------------------- */

static const struct conf_node *block_of(const struct conf *conf, const char *name)
{
	for (const struct conf_node *n = conf->root ? conf->root->first : NULL; n; n = n->next)
		if (conf_is(n, name))
			return n;
	return NULL;
}

/* `unknown "hosst" variable` */
static const char *nginx_variable(struct conf *conf, struct server_place at, const char *name)
{
	const char *meant = words_variable_like(conf->arena, name);
	const struct conf_node *n = meant ? edit_node(conf, at, NULL) : NULL;
	const char *old = arena_printf(conf->arena, "$%s", name);

	const char *line = n ? edit_line_part(conf, n, old, arena_printf(conf->arena, "$%s", meant)) : NULL;

	return line ? edit_write(conf, at, line) : NULL;
}

/* "could not build server_names_hash, you should increase server_names_hash_bucket_size: 32" */
static const char *nginx_hash(struct conf *conf, const char *message)
{
	static const char *const names[] = { "server_names_hash_bucket_size", "server_names_hash_max_size", "map_hash_bucket_size", "map_hash_max_size", "variables_hash_max_size",
					     "variables_hash_bucket_size", "types_hash_bucket_size", "types_hash_max_size" };
	const struct conf_node *http = block_of(conf, "http"), *set;
	const char *last = strrchr(message, ' ');

	for (size_t i = 0; i < COUNT_OF(names) && http; i++) {
		const char *found = strstr(message, arena_printf(conf->arena, "%s: ", names[i]));
		unsigned value = found ? (unsigned)strtoul(found + strlen(names[i]) + 2, NULL, 10) : 0;
		const char *text = arena_printf(conf->arena, "%s %u;", names[i], value ? value * 4 : 512);

		if (!found || !last)
			continue;
		set = conf_last(http, names[i]);
		return set ? edit_write(conf, set->at, text) : edit_into(conf, http, text);
	}
	return NULL;
}

/* `open() "/x/nolog/a.log" failed (2: No such file or directory)` */
static const char *nginx_open(struct conf *conf, struct server_place at, const char *path)
{
	const struct conf_node *n = edit_node(conf, at, NULL);

	if (!path)
		return NULL;
	if (n && (conf_is(n, "access_log") || conf_is(n, "error_log") || conf_is(n, "pid")))
		return arena_printf(conf->arena, "Run `mkdir -p %s`", edit_shell(conf->arena, conf_folder(conf, path)));
	return arena_printf(conf->arena, "%s; or restore %s", edit_drop(conf, at), path);
}

/* Directives of modules that are files of their own: where it lies there, it has only to be loaded. */
static const char *nginx_module(struct conf *conf, const char *directive)
{
	static const struct { const char *stem, *module, *package; } modules[] = {
		{ "stream", "ngx_stream_module", "stream" }, { "mail", "ngx_mail_module", "mail" }, { "more_", "ngx_http_headers_more_filter_module", "http-headers-more-filter" },
		{ "brotli", "ngx_http_brotli_filter_module", "http-brotli-filter" }, { "echo", "ngx_http_echo_module", "http-echo" }, { "geoip2", "ngx_http_geoip2_module", "http-geoip2" },
		{ "geoip_", "ngx_http_geoip_module", "http-geoip" }, { "image_filter", "ngx_http_image_filter_module", "http-image-filter" }, { "xslt_", "ngx_http_xslt_filter_module", "http-xslt-filter" },
		{ "lua_", "ngx_http_lua_module", "http-lua" }, { "js_", "ngx_http_js_module", "http-js" }, { "perl", "ngx_http_perl_module", "http-perl" },
		{ "vhost_traffic_status", "ngx_http_vhost_traffic_status_module", "http-vhost-traffic-status" }, { "dav_ext_", "ngx_http_dav_ext_module", "http-dav-ext" },
	};
	static const char *const folders[] = { "/usr/lib/nginx/modules", "/usr/lib64/nginx/modules", "/usr/share/nginx/modules", "/etc/nginx/modules" };

	for (size_t i = 0; i < COUNT_OF(modules); i++) {
		if (strncmp(directive, modules[i].stem, strlen(modules[i].stem)) != 0)
			continue;
		for (size_t k = 0; k < COUNT_OF(folders); k++) {
			const char *path = arena_printf(conf->arena, "%s/%s.so", folders[k], modules[i].module);

			if (conf_exists(conf, path))
				return edit_above(conf, (struct server_place){ conf->server->config, 1 }, arena_printf(conf->arena, "load_module %s;", path));
		}
		if (conf_exists(conf, "/etc/debian_version"))
			return arena_printf(conf->arena, "Run `apt-get install libnginx-mod-%s`", modules[i].package);
	}
	return NULL;
}

static const char *nginx_steps(struct conf *conf, struct server_place at, const char *message)
{
	struct arena *a = conf->arena;
	const char *first = quoted(a, message, '"', '"', 0), *steps = NULL, *name;

	if (first && strstr(message, "unknown directive \"")) {
		first = quoted(a, strstr(message, "unknown directive "), '"', '"', 0);
		if (!first)
			return NULL;
		steps = nginx_module(conf, first);
		if (!steps)
			steps = renamed(conf, at, first, words_nginx_like(a, first));
		return steps ? steps : arena_printf(a, "%s; or load the module that brings %s", dropped(conf, at, first), first);
	}
	if ((name = strstr(message, "unknown \"")) != NULL && strstr(name, "variable"))
		steps = (name = quoted(a, name, '"', '"', 0)) != NULL ? nginx_variable(conf, at, name) : NULL;
	else if (strstr(message, "should increase "))
		steps = nginx_hash(conf, message);
	else if (strstr(message, "open() \"") && strstr(message, "(2: "))
		steps = nginx_open(conf, at, quoted(a, strstr(message, "open() "), '"', '"', 0));
	else if (strstr(message, "directive is duplicate") || strstr(message, "a duplicate listen") || strstr(message, "duplicate default server") || strstr(message, "duplicate upstream") ||
		 strstr(message, "duplicate location"))
		steps = dropped(conf, at, strstr(message, "duplicate upstream") ? "upstream" : strstr(message, "duplicate location") ? "location" : first && strstr(message, "directive is") ? first : "listen");
	else if (strstr(message, "no ssl_client_certificate for ssl_verify_client"))
		steps = edit_node(conf, at, "ssl_verify_client") ? arena_printf(a, "%s; or name the clients' authorities with ssl_client_certificate beside it", edit_drop(conf, at)) : NULL;
	else if (strstr(message, "is not allowed here") || strstr(message, "invalid number of arguments") || strstr(message, "invalid value"))
		steps = arena_printf(a, "%s:%u: correct or take out %s, as the message says", at.file, at.line, first ? first : "the directive");
	return steps;
}

/* ---- Apache httpd -------------------------------------------------------------------------------------------------- */

static bool is_debian(const struct conf *conf)
{
	return conf_exists(conf, "/usr/sbin/a2enmod") && conf->server->config && strncmp(conf->server->config, "/etc/apache2/", 13) == 0;
}

/* The last LoadModule of the configuration: one more goes below it. */
static const struct conf_node *last_module(const struct conf *conf)
{
	return conf->root ? conf_last(conf->root, "LoadModule") : NULL;
}

const char *mend_apache_module(const struct conf *conf, const char *module)
{
	const struct conf_node *n = last_module(conf);
	const char *path = n && n->n_words > 2 ? strrchr(n->words[2], '/') : NULL, *text;

	if (is_debian(conf))
		return arena_printf(conf->arena, "Run `a2enmod %s`", module);
	if (!n || n->n_words < 3)
		return arena_printf(conf->arena, "Load the module: `LoadModule %s_module modules/mod_%s.so`", module, module);
	text = arena_printf(conf->arena, "LoadModule %s_module %s", module, edit_word(conf, arena_printf(conf->arena, "%.*smod_%s.so", path ? (int)(path - n->words[2] + 1) : 0, n->words[2], module)));
	return edit_below(conf, n->at, text);
}

static const char *apache_steps(struct conf *conf, struct server_place at, const char *message)
{
	struct arena *a = conf->arena;
	const char *name = strstr(message, "Invalid command '") ? quoted(a, strstr(message, "Invalid command "), '\'', '\'', 0) : NULL, *module, *steps, *open;

	if (name) {
		bool is_block = name[0] == '<';

		name += is_block;
		module = words_apache_module(name);
		if (module)
			return mend_apache_module(conf, module);
		steps = renamed(conf, at, name, words_apache_like(a, name));
		return steps ? steps : arena_printf(a, "%s; or load the module that brings %s", dropped(conf, at, name), name);
	}
	/* "FILE:6: <Location> was not closed.", and "Expected </Location> but saw </VirtualHost>" at its end. */
	if ((open = strstr(message, "> was not closed")) != NULL || (strstr(message, "Expected </") && strstr(message, "but saw"))) {
		const char *section = open ? quoted(a, message, '<', '>', 0) : quoted(a, strstr(message, "Expected "), '/', '>', 0);
		const struct conf_node *n = section ? edit_node(conf, at, section) : NULL;
		const struct conf_node *last = n ? n->last : NULL;

		if (section && !open)
			return edit_above(conf, at, arena_printf(a, "</%s>", section));
		return section ? edit_below(conf, last && strcmp(last->at.file, at.file) == 0 ? last->at : at, arena_printf(a, "</%s>", section)) : NULL;
	}
	if (strstr(message, "without matching <"))
		return edit_drop(conf, at);
	if (strstr(message, "Could not open configuration file") || strstr(message, "No matches for the wildcard") || strstr(message, "Could not open config"))
		return arena_printf(a, "%s; or restore what it includes", edit_drop(conf, at));
	if (strstr(message, "Cannot define multiple Listeners"))
		return edit_drop(conf, at);
	if (strstr(message, "Illegal protocol"))
		return edit_write(conf, at, "SSLProtocol -all +TLSv1.2 +TLSv1.3");
	return NULL;
}

/* ---- HAProxy ------------------------------------------------------------------------------------------------------- */

/* "unknown keyword 'binds' in 'frontend' section; did you mean 'bind' maybe ?", "unknown keyword 'alpns'. Did you mean 'alpn' maybe ?" */
static const char *haproxy_steps(struct conf *conf, struct server_place at, const char *message)
{
	struct arena *a = conf->arena;
	const char *mean = strcasestr(message, "did you mean '"), *unknown = strcasestr(message, "unknown keyword '");
	const char *word = unknown ? quoted(a, unknown, '\'', '\'', 0) : NULL, *meant = mean ? quoted(a, mean, '\'', '\'', 0) : NULL;
	const struct conf_node *n = edit_node(conf, at, NULL);
	const char *backend;

	if (!n && (unknown = strstr(message, "unknown ssl keyword ")) != NULL) {        /* a line of a crt-list is no directive of the tree */
		const char *line = edit_raw(conf, at), *old = arena_strn(a, unknown + 20, strcspn(unknown + 20, " \n.")), *found = line ? strstr(line, old) : NULL;

		meant = words_haproxy_like(a, old);
		return found && meant ? edit_write(conf, at, arena_printf(a, "%.*s%s%s", (int)(found - line), line, meant, found + strlen(old))) : NULL;
	}
	if (word && n && strcmp(n->words[0], word) == 0)
		return meant ? renamed(conf, at, word, meant) : edit_drop(conf, at);
	if (word && n && conf_has_word(n, word))
		return edit_write(conf, at, edit_line_with(conf, n, word, meant));
	if (strstr(message, "unable to find") && strstr(message, "default_backend")) {
		backend = strrchr(message, '\'') ? quoted(a, strstr(message, "default_backend"), '\'', '\'', 0) : NULL;
		for (const struct conf_node *b = conf->root ? conf->root->first : NULL; b && backend; b = b->next)
			if (n && (conf_is(b, "backend") || conf_is(b, "listen")) && strcasecmp(conf_word(b, 1), backend) == 0)
				return edit_write(conf, at, edit_line_with(conf, n, backend, conf_word(b, 1)));
		return arena_printf(a, "%s; or add a backend of that name", edit_drop(conf, at));
	}
	return NULL;
}

const char *mend_steps(struct conf *conf, struct server_place at, const char *message)
{
	const char *steps = conf->server->kind == SERVER_NGINX ? nginx_steps(conf, at, message) : conf->server->kind == SERVER_APACHE ? apache_steps(conf, at, message) :
			    conf->server->kind == SERVER_HAPROXY ? haproxy_steps(conf, at, message) : NULL;

	return steps ? steps : arena_printf(conf->arena, "%s:%u: correct what the message names", at.file, at.line);
}
