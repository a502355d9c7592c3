/* HAProxy: what its configuration does that it should not. See haproxy.c. */
#include "server/conf.h"
#include "server/edit.h"
#include "server/mend.h"
#include "server/near.h"

#include <stdlib.h>
#include <strings.h>

/* "[ALERT] (1) : config : parsing [/etc/haproxy/haproxy.cfg:12] : ..." */
static void test_check(struct conf *conf)
{
	struct server_evidence *s = conf->server;
	const char *alert, *at, *line;
	struct server_fault *f;

	if (!s->is_tested || s->is_valid)
		return;
	for (size_t i = 0; i < s->n_faults; i++)
		if (strcmp(s->faults[i].cause, "host.config-invalid") == 0)
			return;
	alert = strstr(s->test_output ? s->test_output : "", "[ALERT]");
	alert = alert ? alert : s->test_output ? s->test_output : "";
	line = arena_strn(conf->arena, alert, strcspn(alert, "\n"));
	f = conf_fault(conf, "host.config-invalid", (struct server_place){ NULL, 0 }, NULL);
	f->shows = s->test_command;
	conf_fault_line(conf, f, "%s says: %s", s->test_command, line);
	/* Of several the last: the line of a crt-list stands behind the bind line that names it. */
	for (at = line; (at = strstr(at, "[/")) != NULL; at++) {
		const char *end = strchr(at, ']');
		const char *colon = end ? memrchr(at, ':', (size_t)(end - at)) : NULL;

		if (colon)
			f->at = (struct server_place){ arena_strn(conf->arena, at + 1, (size_t)(colon - at - 1)), (unsigned)strtoul(colon + 1, NULL, 10) };
	}
	if (!f->at.file)
		f->at = conf_place_guess(conf, line);
	if (f->at.file)
		f->fix = edit_then(conf, mend_steps(conf, f->at, line));
}

static const struct conf_node *bind_node(const struct server_block *block)
{
	const struct conf_node *section = block->of;

	for (const struct conf_node *n = section->first; n; n = n->next)
		if (n->at.line == block->binds[0].at.line && strcmp(n->at.file, block->binds[0].at.file) == 0)
			return n;
	return NULL;
}

static const char *value_behind(const struct conf_node *n, const char *word)
{
	for (size_t i = 0; n && i + 1 < n->n_words; i++)
		if (strcmp(n->words[i], word) == 0)
			return n->words[i + 1];
	return NULL;
}

static void version_check(struct conf *conf, const struct conf_node *n)
{
	const char *least = value_behind(n, "ssl-min-ver"), *most = value_behind(n, "ssl-max-ver");
	struct server_fault *f;

	if (least && (strcmp(least, "SSLv3") == 0 || strcmp(least, "TLSv1.0") == 0 || strcmp(least, "TLSv1.1") == 0)) {
		f = conf_fault(conf, "host.config-weak", n->at, "The configuration allows versions of TLS older than 1.2");
		f->fix = edit_then(conf, edit_write(conf, n->at, edit_line_with(conf, n, least, "TLSv1.2")));
	} else if ((most && strcmp(most, "TLSv1.3") != 0) || (n && conf_has_word(n, "no-tlsv13"))) {
		f = conf_fault(conf, "host.config-weak", n->at, "The configuration leaves TLS 1.3 out");
		f->fix = edit_then(conf, edit_write(conf, n->at, edit_line_with(conf, n, most ? most : "no-tlsv13", most ? "TLSv1.3" : NULL)));
	} else {
		return;
	}
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u: %s", n->at.file, n->at.line, least ? least : most ? most : "no-tlsv13");
}

static void weak_check(struct conf *conf, const struct conf_node *bind)
{
	const char *ciphers = value_behind(bind, "ciphers");

	if (bind)
		version_check(conf, bind);
	if (ciphers)
		conf_ciphers_check(conf, ciphers, bind->at, edit_then(conf, edit_write(conf, bind->at, edit_line_with(conf, bind, ciphers, "ECDHE+AESGCM:ECDHE+CHACHA20"))));
	for (const struct conf_node *g = conf->root->first; g; g = g->next)
		for (const struct conf_node *n = conf_is(g, "global") ? g->first : NULL; n; n = n->next) {
			if (conf_is(n, "ssl-default-bind-options") && !value_behind(bind, "ssl-min-ver"))
				version_check(conf, n);
			if (conf_is(n, "ssl-default-bind-ciphers") && !ciphers)
				conf_ciphers_check(conf, conf_word(n, 1), n->at, edit_then(conf, edit_write(conf, n->at, "ssl-default-bind-ciphers ECDHE+AESGCM:ECDHE+CHACHA20")));
		}
}

static const struct conf_node *backend_find(const struct conf *conf, const char *name)
{
	for (const struct conf_node *n = conf->root->first; n; n = n->next)
		if ((conf_is(n, "backend") || conf_is(n, "listen")) && strcmp(conf_word(n, 1), name) == 0)
			return n;
	return NULL;
}

static bool sends_proxy(const struct conf_node *n)
{
	static const char *const words[] = { "send-proxy", "send-proxy-v2", "send-proxy-v2-ssl", "send-proxy-v2-ssl-cn" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (conf_has_word(n, words[i]))
			return true;
	return false;
}

static void servers_check(struct conf *conf, const struct conf_node *section)
{
	size_t n_servers = 0;

	for (const struct conf_node *n = section->first; n; n = n->next)
		n_servers += conf_is(n, "server") && !conf_has_word(n, "backup") && !conf_has_word(n, "disabled");
	for (const struct conf_node *n = section->first; n; n = n->next)
		if (conf_is(n, "server") && !conf_has_word(n, "backup") && !conf_has_word(n, "disabled"))
			conf_backend(conf, strncmp(conf_word(n, 2), "unix@", 5) == 0 ? arena_printf(conf->arena, "unix:%s", conf_word(n, 2) + 5) : conf_word(n, 2), 0, n->at, n_servers > 1);
	for (const struct conf_node *n = section->first; n; n = n->next)
		if (conf_is(n, "server") && !conf_has_word(n, "disabled"))
			chained_proxy_protocol(conf, conf_word(n, 2), sends_proxy(n), n->at);
}

static bool has_header(const struct conf_node *section, const char *directive, const char *name)
{
	for (const struct conf_node *n = section ? section->first : NULL; n; n = n->next)
		if (conf_is(n, directive) && conf_has_word(n, name))
			return true;
	return false;
}

static bool is_http(const struct conf *conf, const struct conf_node *section)
{
	const struct conf_node *mode = conf_last(section, "mode");

	for (const struct conf_node *n = conf->root->first; n && n != section && !conf_last(section, "mode"); n = n->next)
		if (conf_is(n, "defaults"))
			mode = conf_last(n, "mode");
	return mode && strcmp(conf_word(mode, 1), "http") == 0;
}

static void headers_check(struct conf *conf, const struct server_block *b, const struct conf_node *section, const struct conf_node *backend)
{
	struct server_fault *f;

	if (!b->binds[0].is_tls || !is_http(conf, section))
		return;
	if (!has_header(section, "http-response", "Strict-Transport-Security") && !has_header(backend, "http-response", "Strict-Transport-Security")) {
		f = conf_fault(conf, "host.config-weak", b->binds[0].at, "Strict-Transport-Security is not set");
		f->is_minor = true;
		conf_fault_line(conf, f, "no http-response of this proxy sets it; the application may");
		f->fix = edit_then(conf, edit_below(conf, b->binds[0].at, "http-response set-header Strict-Transport-Security max-age=63072000"));
	}
	if (has_header(section, "http-request", "X-Forwarded-Proto") || has_header(backend, "http-request", "X-Forwarded-Proto"))
		return;
	f = conf_fault(conf, "host.forwarded-proto-missing", section->at, NULL);
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u passes requests on without X-Forwarded-Proto", section->at.file, section->at.line);
	f->fix = edit_then(conf, edit_below(conf, b->binds[0].at, "http-request set-header X-Forwarded-Proto https if { ssl_fc }"));
	for (const struct conf_node *n = backend ? backend->first : section->first; n; n = n->next)
		if (conf_is(n, "server"))
			chained_redirect(conf, conf_word(n, 2), f);
}

static const char *tls_steps(struct conf *conf, const struct server_block *b, const struct server_choice *c)
{
	const struct conf_node *bind = edit_node(conf, b->at, "bind");
	struct near_pair near;

	if (bind && c->name && near_certificate(conf, conf->server->config, c->name, conf->now_unix, true, &near))
		return edit_write(conf, b->at, arena_printf(conf->arena, "%s ssl crt %s", edit_line(conf, bind), edit_word(conf, near.cert_path)));
	return arena_printf(conf->arena, "%s:%u: add `ssl crt FILE` at the end of the bind line (no file with a certificate for %s and its key was found here)", b->at.file, b->at.line,
			    c->name ? c->name : "this server");
}

static void tls_check(struct conf *conf, const struct server_block *b, const struct server_choice *c)
{
	const struct conf_node *section = b->of;
	struct server_fault *f;

	/* In mode tcp TLS may well be ended by the server behind. */
	if (b->binds[0].is_tls || c->port == 80 || !is_http(conf, section))
		return;
	f = conf_fault(conf, "host.tls-off", b->at, arena_printf(conf->arena, "Port %u is configured without TLS", c->port));
	conf_fault_line(conf, f, "%s:%u: this bind line has no ssl", b->at.file, b->at.line);
	f->fix = edit_then(conf, tls_steps(conf, b, c));
}

void haproxy_check(struct conf *conf, const struct server_choice *choice)
{
	const struct server_evidence *s = conf->server;
	const char *argv[4 + 2 * COUNT_OF(conf->more_configs) + 1] = { "haproxy", "-c", "-f", s->config };
	const struct server_block *any = s->chosen;
	const struct conf_node *section, *backend, *n;

	for (size_t i = 0; i < conf->n_more_configs; i++) {
		argv[4 + 2 * i] = "-f";
		argv[5 + 2 * i] = conf->more_configs[i];
	}
	server_test(conf, argv);
	test_check(conf);
	for (size_t i = 0; !any && i < s->n_blocks; i++)
		if (conf_bind_for(s->blocks[i], choice, true) || conf_bind_for(s->blocks[i], choice, false))
			any = s->blocks[i];
	if (!any || any->n_binds == 0)
		return;
	section = any->of;
	n = conf_last(section, "default_backend");
	backend = n ? backend_find(conf, conf_word(n, 1)) : NULL;
	tls_check(conf, any, choice);
	weak_check(conf, bind_node(any));
	servers_check(conf, section);
	if (backend)
		servers_check(conf, backend);
	headers_check(conf, any, section, backend);
}
