/* nginx: what its configuration does that it should not. See nginx.c. */
#include "server/conf.h"
#include "server/edit.h"
#include "server/mend.h"
#include "server/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- its own test -------------------------------------------------------------------------------------- */

/* "[emerg] 123#123: ..." without the numbers of its process. */
static void number_drop(char *line)
{
	char *level = strstr(line, "] "), *text = level ? level + 2 : NULL;
	size_t n = text ? strspn(text, "0123456789#") : 0;

	if (n > 0 && text[n] == ':' && text[n + 1] == ' ')
		memmove(text, text + n + 2, strlen(text + n + 2) + 1);
}

/* nginx names file and line of what it cannot parse, and neither of what it cannot use. */
static void test_check(struct conf *conf)
{
	struct server_evidence *s = conf->server;
	struct server_place at = { NULL, 0 };
	const char *emerg, *in, *colon;
	struct server_fault *f;
	char *line;

	if (!s->is_tested || s->is_valid || !s->test_output)
		return;
	emerg = strstr(s->test_output, "[emerg]");
	if (!emerg)
		emerg = strstr(s->test_output, "[crit]");
	if (emerg && (strstr(emerg, "Permission denied") || strstr(emerg, "Operation not permitted")) && (!conf->host || !conf->host->is_root)) {
		conf_unread(conf, "%s: only root can run it", s->test_command);
		return;
	}
	emerg = emerg ? emerg : s->test_output;
	line = arena_strn(conf->arena, emerg, strcspn(emerg, "\n"));
	number_drop(line);
	in = NULL;
	for (const char *p = line; (p = strstr(p, " in /")) != NULL; p++)
		in = p + 4;
	colon = in ? strrchr(in, ':') : NULL;
	if (colon)
		at = (struct server_place){ arena_strn(conf->arena, in, (size_t)(colon - in)), (unsigned)strtoul(colon + 1, NULL, 10) };
	if (conf_is_read_fault(conf, at, line))
		return;
	f = conf_fault(conf, "host.config-invalid", at, NULL);
	f->at = colon ? at : conf_place_guess(conf, line);
	conf_fault_line(conf, f, "%s says: %s", s->test_command, line);
	f->shows = s->test_command;
	if (f->at.file)
		f->fix = edit_then(conf, mend_steps(conf, f->at, line));
}

static const struct server_block *default_of(const struct server_evidence *s, const struct server_choice *c)
{
	const struct server_block *first = NULL;

	for (size_t i = 0; i < s->n_blocks; i++) {
		const struct server_bind *b = conf_bind_for(s->blocks[i], c, c->address != NULL);

		b = b ? b : conf_bind_for(s->blocks[i], c, false);
		if (b && b->is_default)
			return s->blocks[i];
		if (b && !first)
			first = s->blocks[i];
	}
	return first;
}

/* The listen with ssl behind it and, where the block has none, a certificate that lies here. */
static const char *tls_steps(struct conf *conf, const struct server_block *block, const struct server_bind *b, const struct server_choice *c)
{
	const struct conf_node *listen = edit_node(conf, b->at, "listen"), *server = block->of;
	const char *name = c->name ? c->name : block->n_names ? block->names[0] : NULL;
	const char *steps = listen ? edit_write(conf, b->at, edit_line_with(conf, listen, "ssl", "ssl")) :
				     edit_into(conf, server, arena_printf(conf->arena, "listen %u ssl;", c->port));
	struct near_pair near;

	if (block->n_pairs > 0)
		return steps;
	if (name && near_certificate(conf, conf->server->config, name, conf->now_unix, false, &near))
		return arena_printf(conf->arena, "%s; %s", steps, edit_below(conf, listen ? b->at : server->at, arena_printf(conf->arena, "ssl_certificate %s; ssl_certificate_key %s;",
			edit_word(conf, near.cert_path), edit_word(conf, near.key_path))));
	return arena_printf(conf->arena, "%s, with ssl_certificate and ssl_certificate_key beside it (no certificate for %s was found here)", steps, name ? name : "this server");
}

static void socket_check(struct conf *conf, const struct server_choice *c)
{
	const struct server_block *block = conf->server->chosen;
	const struct server_bind *b = conf_bind_for(block, c, true);
	struct server_fault *f;

	b = b ? b : conf_bind_for(block, c, false);
	if (!b || b->is_tls || c->port == 80)
		return;
	f = conf_fault(conf, "host.tls-off", b->at, arena_printf(conf->arena, "Port %u is configured without TLS", c->port));
	conf_fault_line(conf, f, "no listen of this socket says ssl");
	f->fix = edit_then(conf, tls_steps(conf, block, b, c));
}

/* Before 1.23.4 TLS 1.3 had to be named. */
static void default_protocols_check(struct conf *conf, const struct server_block *d)
{
	unsigned major = 0, minor = 0, patch = 0;
	struct server_fault *f;

	if (!d || !conf->server->version || sscanf(conf->server->version, "%u.%u.%u", &major, &minor, &patch) != 3 || major * 1000000 + minor * 1000 + patch >= 1023004)
		return;
	f = conf_fault(conf, "host.config-weak", d->at, "The configuration leaves TLS 1.3 out");
	f->is_minor = true;
	conf_fault_line(conf, f, "no ssl_protocols holds here, and nginx %s takes TLSv1 TLSv1.1 TLSv1.2 then: TLS 1.3 is among them from 1.23.4 on", conf->server->version);
	f->fix = edit_then(conf, edit_into(conf, d->of, "ssl_protocols TLSv1.2 TLSv1.3;"));
}

/* The versions are settled before the name is known: those of the default server count for all. */
static void protocols_check(struct conf *conf, const struct server_choice *c)
{
	const struct server_block *d = default_of(conf->server, c);
	const struct conf_node *n = d ? conf_inherited(d->of, "ssl_protocols") : NULL;
	const struct conf_node *ciphers = conf->server->chosen->of ? conf_inherited(conf->server->chosen->of, "ssl_ciphers") : NULL;
	struct server_fault *f;

	if (ciphers)
		conf_ciphers_check(conf, conf_word(ciphers, 1), ciphers->at,
				   edit_then(conf, edit_write(conf, ciphers->at, "ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;")));
	if (!n) {
		default_protocols_check(conf, d);
		return;
	}
	if (conf_has_word(n, "SSLv2") || conf_has_word(n, "SSLv3") || conf_has_word(n, "TLSv1") || conf_has_word(n, "TLSv1.1")) {
		f = conf_fault(conf, "host.config-weak", n->at, "The configuration allows versions of TLS older than 1.2");
		f->fix = edit_then(conf, edit_write(conf, n->at, "ssl_protocols TLSv1.2 TLSv1.3;"));
	} else if (!conf_has_word(n, "TLSv1.3")) {
		f = conf_fault(conf, "host.config-weak", n->at, "The configuration leaves TLS 1.3 out");
		f->fix = edit_then(conf, edit_write(conf, n->at, "ssl_protocols TLSv1.2 TLSv1.3;"));
	} else {
		return;
	}
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u is what counts for every name on this socket", n->at.file, n->at.line);
}

/* The first nameserver of this machine. */
static const char *resolver_of(struct conf *conf)
{
	struct span text;
	size_t at = 0;

	while (server_load_quiet(conf, "/etc/resolv.conf", &text) && at < text.n) {
		const uint8_t *lf = memchr(text.p + at, '\n', text.n - at);
		size_t end = lf ? (size_t)(lf - text.p) : text.n;
		const char *line = arena_strn(conf->arena, text.p + at, end - at), *address = line + 10 + strspn(line + strnlen(line, 10), " \t");

		if (strncmp(line, "nameserver", 10) == 0 && strcspn(address, " \t%") > 0) {
			address = arena_strn(conf->arena, address, strcspn(address, " \t%\r"));
			return strchr(address, ':') ? arena_printf(conf->arena, "[%s]", address) : address;
		}
		at = end + 1;
	}
	return "127.0.0.53";
}

static void stapling_check(struct conf *conf, const struct conf_node *server)
{
	const struct conf_node *n = conf_inherited(server, "ssl_stapling");
	struct server_fault *f;

	if (!n || strcmp(conf_word(n, 1), "on") != 0 || conf_inherited(server, "resolver") || conf_inherited(server, "ssl_stapling_file"))
		return;
	f = conf_fault(conf, "host.stapling-no-resolver", n->at, NULL);
	f->is_minor = true;
	conf_fault_line(conf, f, "ssl_stapling is on, and neither this server nor http has a resolver");
	f->fix = edit_then(conf, edit_below(conf, n->at, arena_printf(conf->arena, "resolver %s;", resolver_of(conf))));
}

static bool is_hsts(const struct conf_node *n)
{
	return conf_is(n, "add_header") && strcasecmp(conf_word(n, 1), "Strict-Transport-Security") == 0;
}

static const struct conf_node *hsts_in(const struct conf_node *in)
{
	for (const struct conf_node *n = in->first; n; n = n->next)
		if (is_hsts(n))
			return n;
	return NULL;
}

/* Headers are inherited only where a level has no add_header of its own. */
static void headers_check(struct conf *conf, const struct conf_node *in, const struct conf_node *hsts, unsigned depth)
{
	const struct conf_node *own = conf_last(in, "add_header"), *here = hsts_in(in);

	if (own && !here && hsts) {
		struct server_fault *f = conf_fault(conf, "host.config-weak", own->at,
						    "An add_header of a location drops the server's Strict-Transport-Security");

		conf_fault_line(conf, f, "%s:%u sets Strict-Transport-Security; %s:%u is in a block within and takes the place of all headers set outside",
				hsts->at.file, hsts->at.line, own->at.file, own->at.line);
		f->fix = edit_then(conf, edit_above(conf, own->at, edit_line(conf, hsts)));
		f->is_minor = true;
	}
	for (const struct conf_node *n = in->first; n && depth < 16; n = n->next)
		if (n->is_block && (conf_is(n, "location") || conf_is(n, "if") || conf_is(n, "limit_except")))
			headers_check(conf, n, here ? here : own ? NULL : hsts, depth + 1);
}

static void hsts_check(struct conf *conf, const struct conf_node *server)
{
	const struct conf_node *http = server->parent, *hsts = http ? hsts_in(http) : NULL;
	const struct conf_node *own = conf_last(server, "add_header"), *here = hsts_in(server);

	headers_check(conf, server, hsts, 0);
	if (!here && (!hsts || own)) {
		struct server_fault *f;

		if (hsts)
			return;
		f = conf_fault(conf, "host.config-weak", server->at, "Strict-Transport-Security is not set");
		f->is_minor = true;
		conf_fault_line(conf, f, "no add_header of this server sets it; the application may");
		f->fix = edit_then(conf, edit_into(conf, server, "add_header Strict-Transport-Security \"max-age=63072000\" always;"));
	}
}

/* ---- names that never match ------------------------------------------------------------------------------ */

/* "https://a.test/x", "a.test:443", "a.test,": what a name was meant to be. NULL where nothing is odd about it. */
static const char *name_meant(struct conf *conf, const char *pattern)
{
	const char *scheme = strstr(pattern, "://"), *begin = scheme ? scheme + 3 : pattern;
	size_t n = strcspn(begin, ":/,");

	return pattern[0] == '~' || (!scheme && begin[n] == '\0') ? NULL : arena_strn(conf->arena, begin, n);
}

static const char *names_steps(struct conf *conf, const struct server_block *b, const char *odd, const char *meant)
{
	for (const struct conf_node *n = ((const struct conf_node *)b->of)->first; n; n = n->next)
		if (conf_is(n, "server_name") && conf_has_word(n, odd))
			return edit_write(conf, n->at, edit_line_with(conf, n, odd, meant));
	return edit_write(conf, b->at, arena_printf(conf->arena, "server_name %s;", edit_word(conf, meant)));
}

static void names_check(struct conf *conf, const struct server_choice *c)
{
	const struct server_evidence *s = conf->server;

	for (size_t i = 0; c->name && !s->chosen_name && i < s->n_blocks; i++)
		for (size_t k = 0; k < s->blocks[i]->n_names; k++) {
			const struct server_block *b = s->blocks[i];
			const char *meant = name_meant(conf, b->names[k]);
			struct server_fault *f;

			if (!meant || strcasecmp(meant, c->name) != 0 || (!conf_bind_for(b, c, true) && !conf_bind_for(b, c, false)))
				continue;
			f = conf_fault(conf, "host.name-not-served", b->name_at ? *b->name_at : b->at, arena_printf(conf->arena, "server_name %s matches no request", b->names[k]));
			conf_fault_line(conf, f, "a server_name holds a host name alone: no scheme, no port, no path, no comma");
			f->is_minor = b == s->chosen;
			f->fix = edit_then(conf, names_steps(conf, b, b->names[k], meant));
			return;
		}
}

/* ---- applications behind ------------------------------------------------------------------------------- */

static const struct conf_node *upstream_find(const struct conf_node *root, const char *name)
{
	for (const struct conf_node *http = root->first; http; http = http->next)
		for (const struct conf_node *n = conf_is(http, "http") ? http->first : NULL; n; n = n->next)
			if (conf_is(n, "upstream") && strcmp(conf_word(n, 1), name) == 0)
				return n;
	return NULL;
}

static void upstream_check(struct conf *conf, const struct conf_node *upstream)
{
	size_t n_servers = 0;

	for (const struct conf_node *n = upstream->first; n; n = n->next)
		n_servers += conf_is(n, "server");
	for (const struct conf_node *n = upstream->first; n; n = n->next)
		if (conf_is(n, "server") && !conf_has_word(n, "down") && !conf_has_word(n, "backup"))
			conf_backend(conf, conf_word(n, 1), 80, n->at, n_servers > 1);
}

/* "http://127.0.0.1:8080/x", "http://name", "unix:/run/x.sock" of fastcgi_pass. */
static void pass_check(struct conf *conf, const struct conf_node *n)
{
	const char *to = conf_word(n, 1), *scheme = strstr(to, "://");
	uint16_t port = strncmp(to, "https://", 8) == 0 ? 443 : 80;
	const struct conf_node *upstream;
	const char *host;

	if (strchr(to, '$'))
		return;
	host = scheme ? scheme + 3 : to;
	if (strncmp(host, "unix:", 5) != 0)
		host = arena_strn(conf->arena, host, strcspn(host, "/"));
	upstream = upstream_find(conf->root, host);
	if (upstream)
		upstream_check(conf, upstream);
	else
		conf_backend(conf, host, port, n->at, false);
}

static bool header_set(const struct conf_node *in, const char *name)
{
	for (; in; in = in->parent)
		if (conf_last(in, "proxy_set_header")) {
			for (const struct conf_node *n = in->first; n; n = n->next)
				if (conf_is(n, "proxy_set_header") && strcasecmp(conf_word(n, 1), name) == 0)
					return true;
			return false;
		}
	return false;
}

/* The header, and with it those of a level outside, which are not inherited beside one of its own. */
static const char *headers_text(struct conf *conf, const struct conf_node *in)
{
	const char *text = "";
	const struct conf_node *own = in;

	while (in && !conf_last(in, "proxy_set_header"))
		in = in->parent;
	for (const struct conf_node *n = in && in != own ? in->first : NULL; n; n = n->next)
		if (conf_is(n, "proxy_set_header"))
			text = arena_printf(conf->arena, "%s%s ", text, edit_line(conf, n));
	return arena_printf(conf->arena, "%sproxy_set_header X-Forwarded-Proto $scheme;", text);
}

static void forwarded_check(struct conf *conf, const struct conf_node *n)
{
	struct server_fault *f;

	if (strncmp(conf_word(n, 1), "http://", 7) != 0 || header_set(n->parent, "X-Forwarded-Proto") || header_set(n->parent, "Forwarded"))
		return;
	f = conf_fault(conf, "host.forwarded-proto-missing", n->at, NULL);
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u passes requests on in plain HTTP; no proxy_set_header X-Forwarded-Proto holds there", n->at.file, n->at.line);
	f->fix = edit_then(conf, edit_above(conf, n->at, headers_text(conf, n->parent)));
	chained_redirect(conf, arena_strn(conf->arena, conf_word(n, 1) + 7, strcspn(conf_word(n, 1) + 7, "/")), f);
}

/* `proxy_protocol on` of the stream module; it holds for the server or for the whole of stream. */
static void stream_check(struct conf *conf)
{
	for (const struct conf_node *stream = conf->root->first; stream; stream = stream->next)
		for (const struct conf_node *server = conf_is(stream, "stream") ? stream->first : NULL; server; server = server->next) {
			const struct conf_node *to = conf_is(server, "server") ? conf_last(server, "proxy_pass") : NULL;
			const struct conf_node *on = conf_inherited(server, "proxy_protocol");

			if (to)
				chained_proxy_protocol(conf, conf_word(to, 1), on && strcmp(conf_word(on, 1), "on") == 0, on ? on->at : to->at);
		}
}

static void passes_check(struct conf *conf, const struct conf_node *in, unsigned depth)
{
	for (const struct conf_node *n = in->first; n; n = n->next) {
		if (conf_is(n, "proxy_pass"))
			forwarded_check(conf, n);
		if (conf_is(n, "proxy_pass") || conf_is(n, "fastcgi_pass") || conf_is(n, "uwsgi_pass") || conf_is(n, "grpc_pass") || conf_is(n, "scgi_pass"))
			pass_check(conf, n);
		if (n->is_block && depth < 16)
			passes_check(conf, n, depth + 1);
	}
}

/* The way of before 1.25.1: a word of each listen that has TLS. */
static const char *http2_steps(struct conf *conf, const struct conf_node *http2)
{
	const struct conf_node *server = conf->server->chosen->of;
	const char *steps = edit_drop(conf, http2->at);

	for (const struct conf_node *n = server->first; n && strcmp(conf_word(http2, 1), "on") == 0; n = n->next)
		if (conf_is(n, "listen") && conf_has_word(n, "ssl") && !conf_has_word(n, "http2"))
			steps = arena_printf(conf->arena, "%s; %s", steps, edit_write(conf, n->at, edit_line_with(conf, n, "http2", "http2")));
	return steps;
}

/* Why `nginx -t` does not know the directive. */
static void http2_unknown(struct conf *conf, unsigned version)
{
	const struct conf_node *n = conf_inherited(conf->server->chosen->of, "http2");
	struct server_fault *f = NULL;

	if (!n || version >= 1025001)
		return;
	for (size_t i = 0; i < conf->server->n_faults; i++)
		if (strcmp(conf->server->faults[i].cause, "host.config-invalid") == 0 && conf->server->faults[i].at.line == n->at.line)
			f = &conf->server->faults[i];
	if (!f)
		f = conf_fault(conf, "host.config-invalid", n->at, NULL);
	f->title = "`http2 on` is not known to this version of nginx";
	conf_fault_line(conf, f, "nginx %s is older than 1.25.1, which brought the directive", conf->server->version);
	f->is_syntax = false;
	f->fix = edit_then(conf, http2_steps(conf, n));
}

/* From 1.25.1 on http2 is a directive of its own. */
static void http2_check(struct conf *conf)
{
	const struct server_evidence *s = conf->server;
	unsigned major = 0, minor = 0, patch = 0;

	if (!s->version || sscanf(s->version, "%u.%u.%u", &major, &minor, &patch) != 3)
		return;
	http2_unknown(conf, major * 1000000 + minor * 1000 + patch);
	for (size_t i = 0; i < s->chosen->n_binds; i++) {
		const struct server_bind *b = &s->chosen->binds[i];
		const struct conf_node *listen;
		struct server_fault *f;

		if (!b->is_http2 || conf_inherited(s->chosen->of, "http2") || major * 1000000 + minor * 1000 + patch < 1025001)
			continue;
		f = conf_fault(conf, "host.config-weak", b->at, "`listen ... http2` is out of date for this version of nginx");
		f->is_minor = true;
		listen = edit_node(conf, b->at, "listen");
		if (listen)
			f->fix = edit_then(conf, arena_printf(conf->arena, "%s; %s", edit_write(conf, b->at, edit_line_with(conf, listen, "http2", NULL)), edit_below(conf, b->at, "http2 on;")));
		return;
	}
}

void nginx_check(struct conf *conf, const struct server_choice *choice)
{
	static const char *const plain[] = { "nginx", "-t", "-q", "-c", NULL, NULL };
	const char *argv[COUNT_OF(plain)];
	const struct server_evidence *s = conf->server;

	memcpy(argv, plain, sizeof plain);
	argv[4] = s->config;
	server_test(conf, argv);
	test_check(conf);
	if (!s->chosen || !s->chosen->of)
		return;
	names_check(conf, choice);
	socket_check(conf, choice);
	protocols_check(conf, choice);
	stapling_check(conf, s->chosen->of);
	hsts_check(conf, s->chosen->of);
	passes_check(conf, s->chosen->of, 0);
	stream_check(conf);
	http2_check(conf);
}
