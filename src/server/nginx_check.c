/* nginx: what its configuration does that it should not. See nginx.c. */
#include "server/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

static const char *place_fix(struct conf *conf, struct server_place at, const char *words)
{
	return arena_printf(conf->arena, "%s:%u: %s; then `nginx -t && systemctl reload nginx`.", at.file, at.line, words);
}

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
	f = conf_fault(conf, "host.config-invalid", (struct server_place){ NULL, 0 }, NULL);
	f->at = colon ? (struct server_place){ arena_strn(conf->arena, in, (size_t)(colon - in)), (unsigned)strtoul(colon + 1, NULL, 10) } : conf_place_guess(conf, line);
	conf_fault_line(conf, f, "%s says: %s", s->test_command, line);
	f->shows = s->test_command;
	if (f->at.file)
		f->fix = place_fix(conf, f->at, "correct what the message names");
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
	f->fix = place_fix(conf, b->at, arena_printf(conf->arena, "write `listen %u ssl;`", c->port));
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
	f->fix = place_fix(conf, d->at, "add `ssl_protocols TLSv1.2 TLSv1.3;` to this server, or to http");
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
				   place_fix(conf, ciphers->at, "write `ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;`"));
	if (!n) {
		default_protocols_check(conf, d);
		return;
	}
	if (conf_has_word(n, "SSLv2") || conf_has_word(n, "SSLv3") || conf_has_word(n, "TLSv1") || conf_has_word(n, "TLSv1.1")) {
		f = conf_fault(conf, "host.config-weak", n->at, "The configuration allows versions of TLS older than 1.2");
		f->fix = place_fix(conf, n->at, "write `ssl_protocols TLSv1.2 TLSv1.3;`");
	} else if (!conf_has_word(n, "TLSv1.3")) {
		f = conf_fault(conf, "host.config-weak", n->at, "The configuration leaves TLS 1.3 out");
		f->fix = place_fix(conf, n->at, "write `ssl_protocols TLSv1.2 TLSv1.3;`");
	} else {
		return;
	}
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u is what counts for every name on this socket", n->at.file, n->at.line);
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
	f->fix = place_fix(conf, n->at, "add `resolver 127.0.0.53;` (or your resolver's address) beside it");
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
		f->fix = place_fix(conf, own->at, "repeat the add_header of Strict-Transport-Security beside it");
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
		f->fix = place_fix(conf, server->at, "add `add_header Strict-Transport-Security \"max-age=63072000\" always;` to this server");
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
			f->fix = place_fix(conf, f->at, arena_printf(conf->arena, "write `server_name %s;`", meant));
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

static void forwarded_check(struct conf *conf, const struct conf_node *n)
{
	struct server_fault *f;

	if (strncmp(conf_word(n, 1), "http://", 7) != 0 || header_set(n->parent, "X-Forwarded-Proto") || header_set(n->parent, "Forwarded"))
		return;
	f = conf_fault(conf, "host.forwarded-proto-missing", n->at, NULL);
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u passes requests on in plain HTTP; no proxy_set_header X-Forwarded-Proto holds there", n->at.file, n->at.line);
	f->fix = place_fix(conf, n->at, "add `proxy_set_header X-Forwarded-Proto $scheme;` (and the other proxy_set_header lines, which are not inherited beside it)");
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
	f->fix = place_fix(conf, n->at, "take the line out and write `listen ... ssl http2;`");
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
		struct server_fault *f;

		if (!b->is_http2 || conf_inherited(s->chosen->of, "http2") || major * 1000000 + minor * 1000 + patch < 1025001)
			continue;
		f = conf_fault(conf, "host.config-weak", b->at, "`listen ... http2` is out of date for this version of nginx");
		f->is_minor = true;
		f->fix = place_fix(conf, b->at, "leave http2 out and write `http2 on;` in the server");
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
