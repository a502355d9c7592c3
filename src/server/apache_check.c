/* Apache httpd: what its configuration does that it should not. See apache.c. */
#include "server/conf.h"

#include <stdlib.h>
#include <strings.h>

static const char *place_fix(struct conf *conf, struct server_place at, const char *words)
{
	return arena_printf(conf->arena, "%s:%u: %s; then `apachectl configtest && systemctl reload apache2`.", at.file, at.line, words);
}

/* "AH00526: Syntax error on line 5 of /etc/apache2/x.conf:" and what is wrong on the line after. */
static void test_check(struct conf *conf)
{
	struct server_evidence *s = conf->server;
	const char *at = s->is_tested && !s->is_valid && s->test_output ? strstr(s->test_output, "rror on line ") : NULL, *of;
	struct server_fault *f;

	if (!s->is_tested || s->is_valid)
		return;
	f = conf_fault(conf, "host.config-invalid", (struct server_place){ NULL, 0 }, NULL);
	f->shows = s->test_command;
	of = at ? strstr(at, " of /") : NULL;
	if (of) {
		const char *file = of + 4, *end = file + strcspn(file, ":\n"), *text = end + strspn(end, ":\n");

		f->at = (struct server_place){ arena_strn(conf->arena, file, (size_t)(end - file)), (unsigned)strtoul(at + 13, NULL, 10) };
		conf_fault_line(conf, f, "%s says: %.*s", s->test_command, (int)strcspn(text, "\n"), text);
	} else {
		const char *text = s->test_output ? strstr(s->test_output, "AH0") : NULL;

		text = text ? text : s->test_output ? s->test_output : "";
		conf_fault_line(conf, f, "%s says: %.*s", s->test_command, (int)strcspn(text, "\n"), text);
	}
}

static void engine_check(struct conf *conf, const struct server_choice *c)
{
	const struct server_block *b = conf->server->chosen;
	struct server_fault *f;

	if (b->n_binds == 0 || b->binds[0].is_tls || c->port == 80)
		return;
	f = conf_fault(conf, "host.tls-off", b->at, arena_printf(conf->arena, "Port %u is configured without TLS", c->port));
	conf_fault_line(conf, f, "%s:%u has no SSLEngine on", b->at.file, b->at.line);
	f->fix = place_fix(conf, b->at, "add `SSLEngine on` with SSLCertificateFile and SSLCertificateKeyFile");
}

/* "all -SSLv3", "+TLSv1.2": what is on in the end. */
static bool protocol_is_on(const struct conf_node *n, const char *name, bool by_all)
{
	bool on = false;

	for (size_t i = 1; i < n->n_words; i++) {
		const char *word = n->words[i];
		bool off = word[0] == '-';

		word += word[0] == '-' || word[0] == '+';
		if (strcasecmp(word, "all") == 0)
			on = off ? false : by_all;
		else if (strcasecmp(word, name) == 0)
			on = !off;
	}
	return on;
}

/* Protocols are those of the first VirtualHost of the address. */
static void protocols_check(struct conf *conf, const struct conf_node *host)
{
	const struct conf_node *n = conf_inherited(host, "SSLProtocol"), *ciphers = conf_inherited(host, "SSLCipherSuite");
	struct server_fault *f = NULL;

	if (ciphers)
		conf_ciphers_check(conf, conf_word(ciphers, ciphers->n_words > 2 ? 2 : 1), ciphers->at,
				   place_fix(conf, ciphers->at, "write `SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20`"));
	if (!n)
		return;
	if (protocol_is_on(n, "SSLv3", false) || protocol_is_on(n, "TLSv1", true) || protocol_is_on(n, "TLSv1.1", true))
		f = conf_fault(conf, "host.config-weak", n->at, "The configuration allows versions of TLS older than 1.2");
	else if (!protocol_is_on(n, "TLSv1.3", true))
		f = conf_fault(conf, "host.config-weak", n->at, "The configuration leaves TLS 1.3 out");
	if (!f)
		return;
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u counts for this VirtualHost", n->at.file, n->at.line);
	f->fix = place_fix(conf, n->at, "write `SSLProtocol -all +TLSv1.2 +TLSv1.3`");
}

/* Header set|always set NAME value */
static bool header_is(const struct conf_node *n, const char *directive, const char *name)
{
	if (!conf_is(n, directive))
		return false;
	for (size_t i = 1; i < n->n_words && i < 4; i++)
		if (strcasecmp(n->words[i], name) == 0)
			return !conf_has_word(n, "unset");
	return false;
}

static bool header_within(const struct conf_node *in, const char *directive, const char *name)
{
	for (; in; in = in->parent)
		for (const struct conf_node *n = in->first; n; n = n->next)
			if (header_is(n, directive, name))
				return true;
	return false;
}

static void hsts_check(struct conf *conf, const struct server_block *b)
{
	struct server_fault *f;

	if (b->n_binds == 0 || !b->binds[0].is_tls || header_within(b->of, "Header", "Strict-Transport-Security"))
		return;
	f = conf_fault(conf, "host.config-weak", b->at, "Strict-Transport-Security is not set");
	f->is_minor = true;
	conf_fault_line(conf, f, "no Header directive of this VirtualHost sets it; the application may");
	f->fix = place_fix(conf, b->at, "add `Header always set Strict-Transport-Security \"max-age=63072000\"`");
}

static void stapling_check(struct conf *conf, const struct conf_node *host)
{
	const struct conf_node *on = conf_inherited(host, "SSLUseStapling");
	struct server_fault *f;

	if (!on || strcasecmp(conf_word(on, 1), "on") != 0 || conf_last(conf->root, "SSLStaplingCache"))
		return;
	f = conf_fault(conf, "host.config-invalid", on->at, "SSLUseStapling is on without SSLStaplingCache");
	conf_fault_line(conf, f, "%s:%u: the server does not start with stapling and no cache for it", on->at.file, on->at.line);
	f->fix = place_fix(conf, on->at, "add `SSLStaplingCache shmcb:${APACHE_RUN_DIR}/stapling(32768)` outside of any VirtualHost");
}

static void missing_certificate(struct conf *conf, const struct server_block *b)
{
	struct server_fault *f;

	if (b->n_binds == 0 || !b->binds[0].is_tls || b->n_pairs > 0)
		return;
	f = conf_fault(conf, "host.config-invalid", b->at, "TLS is on without a certificate");
	conf_fault_line(conf, f, "%s:%u has TLS and no SSLCertificateFile", b->at.file, b->at.line);
	f->fix = place_fix(conf, b->at, "add SSLCertificateFile and SSLCertificateKeyFile");
}

static void pass_check(struct conf *conf, const struct conf_node *n)
{
	const char *to = conf_word(n, n->n_words > 2 && conf_word(n, 1)[0] == '/' ? 2 : 1), *scheme = strstr(to, "://");
	struct server_fault *f;

	if (!scheme || strchr(to, '$') || strncmp(to, "balancer:", 9) == 0 || strncmp(to, "unix:", 5) == 0)
		return;
	conf_backend(conf, arena_strn(conf->arena, scheme + 3, strcspn(scheme + 3, "/")), strncmp(to, "https", 5) == 0 ? 443 : 80, n->at, false);
	if (strncmp(to, "http://", 7) != 0 || header_within(n->parent, "RequestHeader", "X-Forwarded-Proto"))
		return;
	f = conf_fault(conf, "host.forwarded-proto-missing", n->at, NULL);
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u passes requests on in plain HTTP without X-Forwarded-Proto", n->at.file, n->at.line);
	f->fix = place_fix(conf, n->at, "add `RequestHeader set X-Forwarded-Proto \"https\"`");
}

static void passes_check(struct conf *conf, const struct conf_node *in, unsigned depth)
{
	for (const struct conf_node *n = in->first; n; n = n->next) {
		if (conf_is(n, "ProxyPass") && !conf_has_word(n, "!"))
			pass_check(conf, n);
		if (n->is_block && !conf_is(n, "VirtualHost") && depth < 16)
			passes_check(conf, n, depth + 1);
	}
}

void apache_check(struct conf *conf, const struct server_choice *choice)
{
	const char *const programs[] = { "apache2", "httpd" };
	const struct server_evidence *s = conf->server;

	for (size_t i = 0; i < COUNT_OF(programs) && !s->is_tested; i++) {
		const char *argv[] = { programs[i], "-t", "-f", s->config, NULL };

		server_test(conf, argv);
	}
	test_check(conf);
	for (size_t i = 0; i < s->n_blocks; i++)
		missing_certificate(conf, s->blocks[i]);
	if (!s->chosen)
		return;
	engine_check(conf, choice);
	protocols_check(conf, s->chosen->of);
	hsts_check(conf, s->chosen);
	stapling_check(conf, s->chosen->of);
	passes_check(conf, s->chosen->of, 0);
	if (conf_last(s->chosen->of, "RemoteIPProxyProtocol") && strcasecmp(conf_word(conf_last(s->chosen->of, "RemoteIPProxyProtocol"), 1), "on") == 0) {
		const struct conf_node *n = conf_last(s->chosen->of, "RemoteIPProxyProtocol");
		struct server_fault *f = conf_fault(conf, "host.proxy-protocol-mismatch", n->at, "The server waits for the PROXY protocol on this socket");

		f->is_minor = true;
		conf_fault_line(conf, f, "%s:%u: connections that do not begin with a PROXY header are closed", n->at.file, n->at.line);
	}
}
