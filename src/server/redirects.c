/* A server that has TLS already and sends every request to its own https address again: the browser goes round until it gives up.
 * Only what holds for each request counts: nothing behind a condition. */
#include "server/conf.h"
#include "server/edit.h"

#include <strings.h>

/* "https://HOST..." leads back to the block itself: by a variable, or by one of its names. */
static bool leads_back(const struct server_block *block, const struct server_choice *c, const char *url)
{
	static const char *const own[] = { "$host", "$server_name", "$http_host", "%{HTTP_HOST}", "%{SERVER_NAME}", "{host}", "{http.request.host}" };
	const char *host = url + 8;
	size_t n;

	if (strncasecmp(url, "https://", 8) != 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(own); i++) {
		n = strlen(own[i]);
		if (strncmp(host, own[i], n) == 0)
			return host[n] != ':' && host[n] != '.';
	}
	n = strcspn(host, "/:?$%{");
	if (host[n] == ':')
		return false;
	if (c->name)
		return strlen(c->name) == n && strncasecmp(host, c->name, n) == 0;
	for (size_t i = 0; i < block->n_names; i++)
		if (strlen(block->names[i]) == n && strncasecmp(host, block->names[i], n) == 0)
			return true;
	return false;
}

static bool is_everything(const char *pattern)
{
	static const char *const all[] = { "^", "^.*$", "^(.*)$", "^(.*)", "(.*)", ".*", "^/(.*)$", "^/(.*)", "^/?(.*)$", "^/?(.*)", "^/.*$" };

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (strcmp(pattern, all[i]) == 0)
			return true;
	return false;
}

static bool has_condition(const struct conf_node *n)
{
	for (size_t i = 1; i < n->n_words; i++)
		if (strcmp(n->words[i], "if") == 0 || strcmp(n->words[i], "unless") == 0)
			return true;
	return false;
}

static const struct conf_node *of_nginx(const struct server_block *b, const struct server_choice *c, const struct conf_node *in)
{
	for (const struct conf_node *n = in->first; n; n = n->next) {
		const struct conf_node *within = n->is_block && conf_is(n, "location") && strcmp(conf_word(n, 1), "/") == 0 ? of_nginx(b, c, n) : NULL;
		const char *to = conf_word(n, n->n_words > 2 ? 2 : 1);

		if (within)
			return within;
		if (conf_is(n, "return") && leads_back(b, c, to) && (!conf_is(in, "location") || strstr(to, "$request_uri") || strstr(to, "$uri")))
			return n;
		if (conf_is(n, "rewrite") && is_everything(conf_word(n, 1)) && leads_back(b, c, conf_word(n, 2)))
			return n;
	}
	return NULL;
}

static const struct conf_node *of_apache(const struct server_block *b, const struct server_choice *c, const struct conf_node *in)
{
	const struct conf_node *engine = conf_inherited(in, "RewriteEngine"), *before = NULL;

	for (const struct conf_node *n = in->first; n; before = n, n = n->next) {
		if (conf_is(n, "Redirect") && strcmp(conf_word(n, n->n_words - 2), "/") == 0 && leads_back(b, c, conf_word(n, n->n_words - 1)))
			return n;
		if (conf_is(n, "RewriteRule") && engine && strcasecmp(conf_word(engine, 1), "on") == 0 && !(before && conf_is(before, "RewriteCond")) && is_everything(conf_word(n, 1)) &&
		    leads_back(b, c, conf_word(n, 2)))
			return n;
	}
	return NULL;
}

static const struct conf_node *of_haproxy(const struct conf_node *in)
{
	for (const struct conf_node *n = in->first; n; n = n->next) {
		size_t i = conf_is(n, "http-request") ? 1 : 0;

		if (strcmp(conf_word(n, i), "redirect") == 0 && strcmp(conf_word(n, i + 1), "scheme") == 0 && strcmp(conf_word(n, i + 2), "https") == 0 && !has_condition(n))
			return n;
	}
	return NULL;
}

static const struct conf_node *of_caddy(const struct server_block *b, const struct server_choice *c, const struct conf_node *in)
{
	for (const struct conf_node *n = in->first; n; n = n->next)
		if (conf_is(n, "redir") && leads_back(b, c, conf_word(n, 1)))
			return n;
	return NULL;
}

/* It belongs to requests that did not come over TLS. */
static const char *redirect_steps(struct conf *conf, const struct server_block *b, const struct conf_node *n)
{
	const char *line = edit_line(conf, n);
	bool has_plain = false;

	for (size_t i = 0; i < b->n_binds; i++)
		has_plain |= !b->binds[i].is_tls;
	if (conf->server->kind == SERVER_HAPROXY)
		return edit_write(conf, n->at, arena_printf(conf->arena, "%s unless { ssl_fc }", line));
	if (conf->server->kind == SERVER_NGINX && has_plain)
		return edit_write(conf, n->at, arena_printf(conf->arena, "if ($scheme = http) { %s }", line));
	return edit_drop(conf, n->at);
}

void redirects_check(struct conf *conf, const struct server_choice *choice)
{
	const struct server_block *b = conf->server->chosen;
	const struct server_bind *bind = b ? conf_bind_for(b, choice, true) : NULL;
	const struct conf_node *n = NULL;
	struct server_fault *f;

	bind = bind || !b ? bind : conf_bind_for(b, choice, false);
	if (!bind || !bind->is_tls || !b->of || b->refuses_because)
		return;
	if (conf->server->kind == SERVER_NGINX)
		n = of_nginx(b, choice, b->of);
	else if (conf->server->kind == SERVER_APACHE)
		n = of_apache(b, choice, b->of);
	else if (conf->server->kind == SERVER_HAPROXY)
		n = of_haproxy(b->of);
	else if (conf->server->kind == SERVER_CADDY && !conf->is_json)
		n = of_caddy(b, choice, b->of);
	if (!n)
		return;
	f = conf_fault(conf, "http.redirect-loop", n->at, "The server sends each https request to itself again");
	conf_fault_line(conf, f, "%s:%u redirects to https, for requests that come over https as well", n->at.file, n->at.line);
	f->fix = edit_then(conf, redirect_steps(conf, b, n));
}
