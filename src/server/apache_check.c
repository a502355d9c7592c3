/* Apache httpd: what its configuration does that it should not. See apache.c. */
#include "server/conf.h"
#include "server/edit.h"
#include "server/mend.h"
#include "server/near.h"

#include <stdlib.h>
#include <strings.h>

/* "Syntax error on line 4 of macro 'x' (defined on line 10 of "FILE") used on ...": its line 4 is the fourth behind that. */
static bool macro_place(struct conf *conf, const char *at, unsigned line, struct server_place *place)
{
	const char *defined = strstr(at, "(defined on line "), *file = defined ? strchr(defined, '"') : NULL, *end = file ? strchr(file + 1, '"') : NULL;

	if (!end)
		return false;
	*place = (struct server_place){ arena_strn(conf->arena, file + 1, (size_t)(end - file - 1)), line + (unsigned)strtoul(defined + 17, NULL, 10) };
	return true;
}

/* "AH00526: Syntax error on line 5 of /etc/apache2/x.conf:" and what is wrong on the line after; for an included file the place
 * of the include comes first, and then its own. */
static struct server_place error_place(struct conf *conf, const char *output, const char **text)
{
	struct server_place place = { NULL, 0 };
	const char *end_of_line = output + strcspn(output, "\n");

	for (const char *at = output; (at = strstr(at, "rror on line ")) != NULL && at < end_of_line; at++) {
		unsigned line = (unsigned)strtoul(at + 13, NULL, 10);
		const char *of = strstr(at, " of "), *file = of ? of + 4 : NULL, *end;

		if (file && strncmp(file, "macro ", 6) == 0 && macro_place(conf, at, line, &place)) {
			*text = end_of_line;
		} else if (file && *file == '/') {
			end = file + strcspn(file, ":\n");
			place = (struct server_place){ arena_strn(conf->arena, file, (size_t)(end - file)), line };
			*text = end;
		}
	}
	if (place.file)
		*text += strspn(*text, ": \n");
	return place;
}

static void test_check(struct conf *conf)
{
	struct server_evidence *s = conf->server;
	const char *output = s->test_output ? s->test_output : "", *text = output, *at;
	struct server_place place = { NULL, 0 };
	struct server_fault *f;

	if (!s->is_tested || s->is_valid)
		return;
	at = strstr(output, "rror on line ");
	while (at && at > output && at[-1] != '\n')
		at--;
	if (at)
		place = error_place(conf, at, &text);
	if (!place.file) {
		/* What is only a warning says [core:warn] before its number. */
		for (text = output; (text = strstr(text, "AH0")) != NULL; text++) {
			const char *begin = text;

			while (begin > output && begin[-1] != '\n')
				begin--;
			if (!memmem(begin, (size_t)(text - begin), "warn]", 5))
				break;
		}
		text = text ? text : output;
		place = conf_place_guess(conf, arena_strn(conf->arena, text, strcspn(text, "\n")));
	}
	text = arena_strn(conf->arena, text, strcspn(text, "\n"));
	if (conf_is_read_fault(conf, place, text))
		return;
	f = conf_fault(conf, "host.config-invalid", place, NULL);
	f->shows = s->test_command;
	conf_fault_line(conf, f, "%s says: %s", s->test_command, text);
	if (f->at.file)
		f->fix = edit_then(conf, mend_steps(conf, f->at, text));
}

/* Certificates that lie here, as lines for the block; says so where there are none. */
static const char *certificate_steps(struct conf *conf, const struct server_block *b, const struct server_choice *c, const char *before)
{
	const char *name = c->name ? c->name : b->n_names ? b->names[0] : NULL;
	struct near_pair near;

	if (name && near_certificate(conf, conf->server->config, name, conf->now_unix, false, &near)) {
		const char *text = arena_printf(conf->arena, "%sSSLCertificateFile %s\nSSLCertificateKeyFile %s", before, edit_word(conf, near.cert_path), edit_word(conf, near.key_path));

		return b->of == conf->root ? edit_below(conf, b->at, text) : edit_into(conf, b->of, text);
	}
	return arena_printf(conf->arena, "%s:%u: add %sSSLCertificateFile and SSLCertificateKeyFile (no certificate for %s was found here)", b->at.file, b->at.line, *before ? "SSLEngine on, " : "",
			    name ? name : "this server");
}

static const char *engine_steps(struct conf *conf, const struct server_block *b, const struct server_choice *c)
{
	const struct conf_node *engine = conf_last(b->of, "SSLEngine");

	if (engine && b->n_pairs > 0)
		return edit_write(conf, engine->at, "SSLEngine on");
	if (b->n_pairs > 0)
		return b->of == conf->root ? edit_below(conf, b->at, "SSLEngine on") : edit_into(conf, b->of, "SSLEngine on");
	if (b->of == conf->root && !engine)
		return certificate_steps(conf, b, c, "SSLEngine on\n");
	return engine ? arena_printf(conf->arena, "%s; %s", edit_write(conf, engine->at, "SSLEngine on"), certificate_steps(conf, b, c, "")) : certificate_steps(conf, b, c, "SSLEngine on\n");
}

static void engine_check(struct conf *conf, const struct server_choice *c)
{
	const struct server_block *b = conf->server->chosen;
	struct server_fault *f;

	if (b->n_binds == 0 || b->binds[0].is_tls || c->port == 80)
		return;
	f = conf_fault(conf, "host.tls-off", b->at, arena_printf(conf->arena, "Port %u is configured without TLS", c->port));
	if (conf->passed_over) {
		f->at = conf->passed_over->at;
		conf_fault_line(conf, f, "%s:%u: the module or name of <%s %s> is not there, so that all within is passed over, TLS with it", f->at.file, f->at.line, conf_word(conf->passed_over, 0),
				conf_word(conf->passed_over, 1));
		f->fix = conf_is(conf->passed_over, "IfModule") ? edit_then(conf, mend_apache_module(conf, "ssl")) :
								  edit_then(conf, edit_above(conf, f->at, arena_printf(conf->arena, "Define %s", conf_word(conf->passed_over, 1))));
		return;
	}
	conf_fault_line(conf, f, "%s:%u has no SSLEngine on", b->at.file, b->at.line);
	f->fix = edit_then(conf, engine_steps(conf, b, c));
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

/* "SSLCipherSuite TLSv1.3 LIST" has names of its own. */
static const char *ciphers_line(const struct conf *conf, const struct conf_node *n)
{
	if (n->n_words > 2 && strcasecmp(conf_word(n, 1), "TLSv1.3") == 0)
		return "SSLCipherSuite TLSv1.3 TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
	return n->n_words > 2 ? arena_printf(conf->arena, "SSLCipherSuite %s ECDHE+AESGCM:ECDHE+CHACHA20", conf_word(n, 1)) : "SSLCipherSuite ECDHE+AESGCM:ECDHE+CHACHA20";
}

/* A directive of mod_headers, and the module with it where it is known to be missing. */
static const char *header_steps(struct conf *conf, const char *steps)
{
	const struct conf_node *n = conf->root->first;

	while (n && !(conf_is(n, "LoadModule") && strcmp(conf_word(n, 1), "headers_module") == 0))
		n = n->next;
	return n || !conf_last(conf->root, "LoadModule") ? steps : arena_printf(conf->arena, "%s; %s", mend_apache_module(conf, "headers"), steps);
}

/* Protocols are those of the first VirtualHost of the address. */
static void protocols_check(struct conf *conf, const struct conf_node *host)
{
	const struct conf_node *n = conf_inherited(host, "SSLProtocol"), *ciphers = conf_inherited(host, "SSLCipherSuite");
	struct server_fault *f = NULL;

	for (const struct conf_node *in = host; in; in = in->parent)
		for (const struct conf_node *k = in->first; k; k = k->next)
			if (conf_is(k, "SSLCipherSuite"))
				conf_ciphers_valid(conf, conf_word(k, k->n_words > 2 ? 2 : 1), k->n_words > 2 && strcasecmp(conf_word(k, 1), "TLSv1.3") == 0, k->at,
						   edit_then(conf, edit_write(conf, k->at, ciphers_line(conf, k))));
	if (ciphers)
		conf_ciphers_check(conf, conf_word(ciphers, ciphers->n_words > 2 ? 2 : 1), ciphers->at,
				   edit_then(conf, edit_write(conf, ciphers->at, ciphers_line(conf, ciphers))));
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
	f->fix = edit_then(conf, edit_write(conf, n->at, "SSLProtocol -all +TLSv1.2 +TLSv1.3"));
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
	static const char hsts[] = "Header always set Strict-Transport-Security \"max-age=63072000\"";
	struct server_fault *f;

	if (b->n_binds == 0 || !b->binds[0].is_tls || header_within(b->of, "Header", "Strict-Transport-Security"))
		return;
	f = conf_fault(conf, "host.config-weak", b->at, "Strict-Transport-Security is not set");
	f->is_minor = true;
	conf_fault_line(conf, f, "no Header directive of this VirtualHost sets it; the application may");
	f->fix = edit_then(conf, header_steps(conf, b->of == conf->root ? edit_below(conf, b->at, hsts) : edit_into(conf, b->of, hsts)));
}

/* The cache belongs to the main server: above the VirtualHost. */
static const char *stapling_steps(struct conf *conf, const struct conf_node *host, const struct conf_node *on)
{
	const struct conf_node *module = conf->root->first;
	const char *steps = edit_above(conf, host == conf->root ? on->at : host->at, "SSLStaplingCache shmcb:ssl_stapling(128000)");

	while (module && !(conf_is(module, "LoadModule") && strcmp(conf_word(module, 1), "socache_shmcb_module") == 0))
		module = module->next;
	return module || !conf_last(conf->root, "LoadModule") ? steps : arena_printf(conf->arena, "%s; %s", mend_apache_module(conf, "socache_shmcb"), steps);
}

static void stapling_check(struct conf *conf, const struct conf_node *host)
{
	const struct conf_node *on = conf_inherited(host, "SSLUseStapling");
	struct server_fault *f;

	if (!on || strcasecmp(conf_word(on, 1), "on") != 0 || conf_last(conf->root, "SSLStaplingCache"))
		return;
	f = conf_fault(conf, "host.config-invalid", on->at, "SSLUseStapling is on without SSLStaplingCache");
	conf_fault_line(conf, f, "%s:%u: the server does not start with stapling and no cache for it", on->at.file, on->at.line);
	f->fix = edit_then(conf, stapling_steps(conf, host, on));
}

/* mod_md gets certificates itself for the names of MDomain. */
static bool is_managed(const struct conf *conf, const struct server_block *b)
{
	for (const struct conf_node *n = conf->root->first; n; n = n->next)
		for (size_t i = 1; (conf_is(n, "MDomain") || conf_is(n, "MDomainSet") || conf_is(n, "<MDomainSet")) && i < n->n_words; i++)
			for (size_t k = 0; k < b->n_names; k++)
				if (conf_name_match(n->words[i], b->names[k]))
					return true;
	return false;
}

/* Blocks of other ports and addresses that have certificates: the port may be the slip. */
static const struct server_block *elsewhere(const struct server_evidence *s, const struct server_block *not, const char *name)
{
	const struct server_block *any = NULL;

	for (size_t i = 0; i < s->n_blocks; i++) {
		if (s->blocks[i] == not || s->blocks[i]->n_pairs == 0)
			continue;
		any = any ? any : s->blocks[i];
		for (size_t k = 0; name && k < s->blocks[i]->n_names; k++)
			if (conf_name_match(s->blocks[i]->names[k], name))
				return s->blocks[i];
	}
	return name ? NULL : any;
}

static void missing_certificate(struct conf *conf, const struct server_block *b, const struct server_choice *c)
{
	const struct server_block *other = b->of == conf->root ? elsewhere(conf->server, b, c->name) : NULL;
	struct server_fault *f;

	if (b->n_binds == 0 || !b->binds[0].is_tls || b->n_pairs > 0 || is_managed(conf, b))
		return;
	f = conf_fault(conf, "host.config-invalid", other ? other->at : b->at, other ? arena_printf(conf->arena, "No VirtualHost takes port %u, where the main server has TLS without a certificate", c->port) :
									  "TLS is on without a certificate");
	conf_fault_line(conf, f, "%s:%u has TLS and no SSLCertificateFile", b->at.file, b->at.line);
	if (conf->passed_over && !other) {
		f->at = conf->passed_over->at;
		conf_fault_line(conf, f, "%s:%u: <%s %s> does not hold, so that all within is passed over, certificates with it", f->at.file, f->at.line, conf_word(conf->passed_over, 0), conf_word(conf->passed_over, 1));
		f->fix = edit_then(conf, conf_is(conf->passed_over, "IfModule") ? mend_apache_module(conf, "ssl") : edit_above(conf, f->at, arena_printf(conf->arena, "Define %s", conf_word(conf->passed_over, 1))));
		return;
	}
	if (other)
		conf_fault_line(conf, f, "%s:%u has certificates, for <VirtualHost %s>", other->at.file, other->at.line, conf_word(other->of, 1));
	f->fix = edit_then(conf, other ? edit_write(conf, other->at, arena_printf(conf->arena, "<VirtualHost *:%u>", c->port)) : certificate_steps(conf, b, c, ""));
}

static void pass_check(struct conf *conf, const struct conf_node *n)
{
	const char *to = conf_word(n, n->n_words > 2 && conf_word(n, 1)[0] == '/' ? 2 : 1), *scheme = strstr(to, "://");
	const struct conf_node *engine;
	struct server_fault *f;

	if (!scheme || strchr(to, '$') || strncmp(to, "balancer:", 9) == 0 || strncmp(to, "unix:", 5) == 0)
		return;
	conf_backend(conf, arena_strn(conf->arena, scheme + 3, strcspn(scheme + 3, "/")), strncmp(to, "https", 5) == 0 ? 443 : 80, n->at, false);
	engine = conf_inherited(n->parent, "SSLProxyEngine");
	if (strncmp(to, "https://", 8) == 0 && (!engine || strcasecmp(conf_word(engine, 1), "on") != 0)) {
		f = conf_fault(conf, "host.backend-down", n->at, "The proxy may not speak TLS to what stands behind it: SSLProxyEngine is not on");
		conf_fault_line(conf, f, "%s:%u passes to %s; each request is answered with 500", n->at.file, n->at.line, to);
		f->fix = edit_then(conf, edit_above(conf, n->at, "SSLProxyEngine on"));
	}
	if (strncmp(to, "http://", 7) != 0 || header_within(n->parent, "RequestHeader", "X-Forwarded-Proto"))
		return;
	f = conf_fault(conf, "host.forwarded-proto-missing", n->at, NULL);
	f->is_minor = true;
	conf_fault_line(conf, f, "%s:%u passes requests on in plain HTTP without X-Forwarded-Proto", n->at.file, n->at.line);
	f->fix = edit_then(conf, header_steps(conf, edit_above(conf, n->at, "RequestHeader set X-Forwarded-Proto \"https\"")));
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

enum { OPTIONS_MAX = 1024 };

/* Names that were defined, the root, directives of the command line: they are a part of the configuration. */
static void options_add(struct conf *conf, const char **to)
{
	const struct host_process *p = conf->process;
	size_t n = 0;

	for (size_t i = 1; p && p->argv && i < p->n_argv; i++) {
		const char *word = p->argv[i];

		if (word[0] != '-' || !word[1] || !strchr("DdCc", word[1]))
			continue;
		if (n + 2 > OPTIONS_MAX) {
			conf_unread(conf, "process %d has more than %d words of options: those behind them were not given to apache2 -t", (int)p->pid, (int)OPTIONS_MAX);
			return;
		}
		to[n++] = word;
		if (!word[2] && i + 1 < p->n_argv)
			to[n++] = p->argv[++i];
	}
}

void apache_check(struct conf *conf, const struct server_choice *choice)
{
	const char *const programs[] = { "apache2", "httpd" };
	const struct server_evidence *s = conf->server;
	const char **options = arena_array(conf->arena, const char *, OPTIONS_MAX + 1), **argv = arena_array(conf->arena, const char *, 4 + OPTIONS_MAX + 1);
	bool may_test;

	options_add(conf, options);
	/* `-C "LoadModule ..."` of another user's process would be run with our rights. */
	may_test = !options[0] || server_process_is_ours(conf->process);
	if (!may_test)
		conf_unread(conf, "process %d is another user's: its options are not given to apache2 -t, which was not run", (int)conf->process->pid);
	for (size_t i = 0; i < COUNT_OF(programs) && may_test && !s->is_tested; i++) {
		argv[0] = programs[i];
		argv[1] = "-t";
		argv[2] = "-f";
		argv[3] = s->config;
		memcpy(argv + 4, options, (OPTIONS_MAX + 1) * sizeof *options);
		server_test(conf, argv);
	}
	test_check(conf);
	for (size_t i = 0; i < s->n_blocks; i++)
		missing_certificate(conf, s->blocks[i], choice);
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
		f->fix = edit_then(conf, arena_printf(conf->arena, "%s (or have what stands before this server send it)", edit_write(conf, n->at, "RemoteIPProxyProtocol off")));
	}
}
