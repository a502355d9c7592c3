/* stunnel: services in brackets, NAME = VALUE lines. A service with `sni = MASTER:PATTERN` takes names from its master; the
 * first whose pattern matches wins, else the master itself answers. A star counts at the beginning of a pattern alone, and
 * stands for any number of labels. */
#include "server/conf.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <strings.h>

static const char *part(struct conf *conf, struct span text)
{
	text = span_trim(text);
	return arena_strn(conf->arena, text.p, text.n);
}

void stunnel_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text)
{
	struct conf_node *in = root;
	unsigned line = 1;

	if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0)
		text = span_sub(text, 3, text.n);
	for (size_t at = 0; at < text.n && conf->n_nodes < CONF_NODES_MAX; line++) {
		const uint8_t *lf = memchr(text.p + at, '\n', text.n - at), *equals;
		struct span row = span_trim(span_sub(text, at, lf ? (size_t)(lf - text.p) - at : text.n - at));
		struct conf_node *node;

		at = lf ? (size_t)(lf - text.p) + 1 : text.n;
		if (row.n == 0 || row.p[0] == ';' || row.p[0] == '#')
			continue;
		if (row.p[0] == '[' && row.p[row.n - 1] == ']') {
			node = conf_node_new(conf, root, file, line);
			conf_word_add(conf, node, "service");
			conf_word_add(conf, node, part(conf, span_sub(row, 1, row.n - 2)));
			node->is_block = true;
			in = node;
			continue;
		}
		equals = memchr(row.p, '=', row.n);
		node = conf_node_new(conf, in, file, line);
		conf_word_add(conf, node, part(conf, span_sub(row, 0, equals ? (size_t)(equals - row.p) : row.n)));
		if (equals)
			conf_word_add(conf, node, part(conf, span_sub(row, (size_t)(equals - row.p) + 1, row.n)));
	}
}

static void pair_set(struct conf *conf, struct server_block *block, const struct conf_node *service)
{
	const struct conf_node *cert = conf_inherited(service, "cert"), *key = conf_inherited(service, "key");

	if (cert)
		*arena_push(conf->arena, block->pairs, block->n_pairs, block->cap_pairs) = (struct server_pair){
			.at = cert->at, .cert_path = conf_path(conf, conf->base, conf_word(cert, 1)), .key_at = key ? key->at : cert->at,
			.key_path = key ? conf_path(conf, conf->base, conf_word(key, 1)) : NULL };
}

static const struct conf_node *service_find(const struct conf_node *root, const char *name, size_t n)
{
	for (const struct conf_node *s = root->first; s; s = s->next)
		if (s->is_block && strlen(conf_word(s, 1)) == n && strncasecmp(conf_word(s, 1), name, n) == 0)
			return s;
	return NULL;
}

static void service_read(struct conf *conf, const struct conf_node *service)
{
	const struct conf_node *sni = conf_last(service, "sni"), *client = conf_inherited(service, "client"), *accept;
	const char *colon = sni ? strchr(conf_word(sni, 1), ':') : NULL;
	const struct conf_node *master = colon ? service_find(conf->root, conf_word(sni, 1), (size_t)(colon - conf_word(sni, 1))) : NULL;
	struct server_bind bind = { .port = 0 };
	struct server_block *block;

	accept = conf_last(master ? master : service, "accept");
	if (!accept || (client && strcasecmp(conf_word(client, 1), "yes") == 0) || !conf_bind_parse(conf, conf_word(accept, 1), 0, &bind))
		return;
	block = conf_block_new(conf, service->at);
	block->of = service;
	block->is_sni_only = true;
	bind.at = accept->at;
	bind.is_tls = true;
	*conf_bind_add(conf, block, accept->at) = bind;
	if (colon)
		*arena_push(conf->arena, block->names, block->n_names, block->cap_names) = colon + 1;
	pair_set(conf, block, service);
}

static bool pattern_matches(const char *pattern, const char *name)
{
	size_t n = strlen(name), n_rest = *pattern ? strlen(pattern) - 1 : 0;

	return pattern[0] == '*' ? n >= n_rest && strcasecmp(name + n - n_rest, pattern + 1) == 0 : strcasecmp(name, pattern) == 0;
}

static void stunnel_choose(struct conf *conf, const struct server_choice *c)
{
	struct server_evidence *s = conf->server;
	const struct server_block *master = NULL;

	for (size_t i = 0; i < s->n_blocks; i++) {
		const struct server_block *b = s->blocks[i];

		if (!conf_bind_for(b, c, true) && !conf_bind_for(b, c, false))
			continue;
		if (b->n_names == 0) {
			master = master ? master : b;
		} else if (c->name && !s->chosen && pattern_matches(b->names[0], c->name)) {
			s->chosen = b;
			s->chosen_name = b->names[0];
			s->chosen_because = "the first service whose sni pattern matches";
		}
	}
	if (s->chosen)
		return;
	s->chosen = master;
	s->chosen_because = master ? "no sni pattern matches, so the service that accepts answers" : "no service accepts on this port";
}

/* ---- what is wrong: stunnel has no test of its own ----------------------------------------------------------- */

static const char *place_fix(struct conf *conf, struct server_place at, const char *words)
{
	return arena_printf(conf->arena, "%s:%u: %s; then restart stunnel and read its log.", at.file, at.line, words);
}

static void invalid(struct conf *conf, struct server_place at, const char *what, const char *fix)
{
	struct server_fault *f = conf_fault(conf, "host.config-invalid", at, NULL);

	conf_fault_line(conf, f, "%s:%u: %s", at.file, at.line, what);
	f->fix = place_fix(conf, at, fix);
}

/* Options of all versions up to 5.7x. `values`: those that it takes, where they are few. */
static const char *const yes_no[] = { "yes", "no", NULL };
static const char *const versions[] = { "all", "SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3", NULL };
static const struct { const char *name; const char *const *values; } options[] = {
	{ "chroot", NULL }, { "compression", NULL }, { "debug", NULL }, { "EGD", NULL }, { "engine", NULL }, { "engineCtrl", NULL }, { "engineDefault", NULL }, { "fips", yes_no },
	{ "foreground", NULL }, { "iconActive", NULL }, { "iconError", NULL }, { "iconIdle", NULL }, { "log", NULL }, { "output", NULL }, { "pid", NULL }, { "RNDbytes", NULL },
	{ "RNDfile", NULL }, { "RNDoverwrite", yes_no }, { "service", NULL }, { "syslog", yes_no }, { "taskbar", yes_no }, { "accept", NULL }, { "CAengine", NULL }, { "CApath", NULL },
	{ "CAfile", NULL }, { "CAstore", NULL }, { "cert", NULL }, { "checkEmail", NULL }, { "checkHost", NULL }, { "checkIP", NULL }, { "ciphers", NULL }, { "ciphersuites", NULL }, { "client", yes_no },
	{ "config", NULL }, { "connect", NULL }, { "CRLpath", NULL }, { "CRLfile", NULL }, { "curve", NULL }, { "curves", NULL }, { "logId", NULL }, { "delay", yes_no }, { "engineId", NULL },
	{ "engineNum", NULL }, { "exec", NULL }, { "execArgs", NULL }, { "execargs", NULL }, { "failover", NULL }, { "ident", NULL }, { "include", NULL }, { "key", NULL }, { "libwrap", yes_no }, { "local", NULL },
	{ "OCSP", NULL }, { "OCSPaia", yes_no }, { "OCSPflag", NULL }, { "OCSPnonce", yes_no }, { "OCSPrequire", yes_no }, { "options", NULL }, { "protocol", NULL }, { "protocolAuthentication", NULL },
	{ "protocolDomain", NULL }, { "protocolHeader", NULL }, { "protocolHost", NULL }, { "protocolPassword", NULL }, { "protocolUsername", NULL }, { "provider", NULL },
	{ "providerParameter", NULL }, { "PSKidentity", NULL }, { "PSKsecrets", NULL }, { "pty", yes_no }, { "redirect", NULL }, { "renegotiation", yes_no }, { "reset", yes_no },
	{ "retry", NULL }, { "securityLevel", NULL }, { "requireCert", yes_no }, { "setgid", NULL }, { "setuid", NULL }, { "sessionCacheSize", NULL }, { "sessionCacheTimeout", NULL },
	{ "session", NULL }, { "sessionResume", yes_no }, { "sessiond", NULL }, { "setEnv", NULL }, { "sni", NULL }, { "socket", NULL }, { "sslVersion", versions }, { "sslVersionMax", versions }, { "sslVersionMin", versions },
	{ "stack", NULL }, { "ticketKeySecret", NULL }, { "ticketMacSecret", NULL }, { "TIMEOUTbusy", NULL }, { "TIMEOUTclose", NULL }, { "TIMEOUTconnect", NULL }, { "TIMEOUTidle", NULL },
	{ "TIMEOUTocsp", NULL }, { "transparent", NULL }, { "verify", NULL }, { "verifyChain", yes_no }, { "verifyPeer", yes_no },
};

static bool is_value(const char *const *values, const char *value)
{
	for (; *values; values++)
		if (strcasecmp(*values, value) == 0)
			return true;
	return false;
}

static void option_check(struct conf *conf, const struct conf_node *n)
{
	for (size_t i = 0; i < COUNT_OF(options); i++) {
		char words[128] = "";

		if (!conf_is(n, options[i].name))
			continue;
		if (!options[i].values || is_value(options[i].values, conf_word(n, 1)))
			return;
		for (const char *const *v = options[i].values; *v; v++)
			snprintf(words + strlen(words), sizeof words - strlen(words), "%s%s", v == options[i].values ? "" : ", ", *v);
		invalid(conf, n->at, arena_printf(conf->arena, "%s = %s: its values are %s", options[i].name, conf_word(n, 1), words), "write one of these values");
		return;
	}
	invalid(conf, n->at, arena_printf(conf->arena, "%s is no option of stunnel", conf_word(n, 0)), "correct the name, or take the line out");
}

static void lines_check(struct conf *conf, const struct conf_node *in)
{
	for (const struct conf_node *n = in->first; n; n = n->next)
		if (n->is_block)
			lines_check(conf, n);
		else if (n->n_words < 2)
			invalid(conf, n->at, arena_printf(conf->arena, "\"%s\" has no =", conf_word(n, 0)), "write NAME = VALUE, or take the line out");
		else
			option_check(conf, n);
}

static bool is_yes(const struct conf_node *n)
{
	return n && strcasecmp(conf_word(n, 1), "yes") == 0;
}

/* What each service must have, or it keeps the whole of stunnel from starting. */
static void service_needs(struct conf *conf, const struct conf_node *s)
{
	const struct conf_node *verify = conf_inherited(s, "verifyChain"), *ciphers = conf_inherited(s, "ciphers"), *user = conf_inherited(s, "setuid");
	bool is_client = is_yes(conf_inherited(s, "client"));

	verify = is_yes(verify) ? verify : conf_inherited(s, "verifyPeer");
	if (!conf_last(s, "accept") && !conf_last(s, "sni") && !conf_last(s, "exec"))
		invalid(conf, s->at, arena_printf(conf->arena, "the service [%s] has neither accept nor sni", conf_word(s, 1)), "say with accept = PORT where it listens");
	if (!is_client && !conf_inherited(s, "cert") && !conf_inherited(s, "PSKsecrets") && !conf_inherited(s, "engineId"))
		invalid(conf, s->at, arena_printf(conf->arena, "the service [%s] has no certificate", conf_word(s, 1)), "add cert = FILE and key = FILE");
	if (is_yes(verify) && !conf_inherited(s, "CAfile") && !conf_inherited(s, "CApath") && !conf_inherited(s, "CAengine") && !conf_inherited(s, "CAstore"))
		invalid(conf, verify->at, arena_printf(conf->arena, "%s needs CAfile or CApath", conf_word(verify, 0)), "add CAfile = FILE");
	if (ciphers)
		conf_ciphers_valid(conf, conf_word(ciphers, 1), false, ciphers->at, place_fix(conf, ciphers->at, "take the line out"));
	if (user && !conf->root_dir && conf_word(user, 1)[strspn(conf_word(user, 1), "0123456789")] && !getpwnam(conf_word(user, 1)))
		invalid(conf, user->at, arena_printf(conf->arena, "there is no user %s", conf_word(user, 1)), "name a user of this machine");
}

static void services_check(struct conf *conf)
{
	for (const struct conf_node *s = conf->root->first; s; s = s->next) {
		const struct conf_node *sni = s->is_block ? conf_last(s, "sni") : NULL;
		const char *colon = sni ? strchr(conf_word(sni, 1), ':') : NULL;

		if (!s->is_block)
			continue;
		service_needs(conf, s);
		if (!conf_last(s, "connect") && !conf_last(s, "exec") && !conf_inherited(s, "protocol"))
			invalid(conf, s->at, arena_printf(conf->arena, "the service [%s] has neither connect nor exec", conf_word(s, 1)), "say with connect = HOST:PORT where it goes");
		if (colon && !service_find(conf->root, conf_word(sni, 1), (size_t)(colon - conf_word(sni, 1))))
			invalid(conf, sni->at, arena_printf(conf->arena, "there is no service [%.*s]", (int)(colon - conf_word(sni, 1)), conf_word(sni, 1)),
				"name a service that has accept");
	}
}

static void weak(struct conf *conf, const struct conf_node *at, const char *title, const char *fix)
{
	struct server_fault *f = conf_fault(conf, "host.config-weak", at->at, title);

	conf_fault_line(conf, f, "%s = %s", conf_word(at, 0), conf_word(at, 1));
	f->is_minor = true;
	f->fix = place_fix(conf, at->at, fix);
}

static bool is_old(const char *version)
{
	return strcasecmp(version, "SSLv3") == 0 || strcasecmp(version, "TLSv1") == 0 || strcasecmp(version, "TLSv1.0") == 0 || strcasecmp(version, "TLSv1.1") == 0;
}

static void weak_check(struct conf *conf, const struct conf_node *service)
{
	const struct conf_node *least = conf_inherited(service, "sslVersionMin"), *most = conf_inherited(service, "sslVersionMax"),
			       *only = conf_inherited(service, "sslVersion"), *ciphers = conf_inherited(service, "ciphers");

	least = least ? least : only;
	most = most ? most : only;
	if (least && is_old(conf_word(least, 1)))
		weak(conf, least, "The configuration allows TLS 1.0 or 1.1", "say TLSv1.2");
	if (most && strcasecmp(conf_word(most, 1), "TLSv1.3") != 0 && strcasecmp(conf_word(most, 1), "all") != 0)
		weak(conf, most, "The configuration leaves TLS 1.3 out", "take the line out");
	if (ciphers)
		conf_ciphers_check(conf, conf_word(ciphers, 1), ciphers->at, place_fix(conf, ciphers->at, "take the line out"));
}

static void stunnel_check(struct conf *conf, const struct server_choice *choice)
{
	const struct conf_node *connect = conf->server->chosen ? conf_last(conf->server->chosen->of, "connect") : NULL;
	struct server_bind to = { .port = 0 };

	(void)choice;
	lines_check(conf, conf->root);
	services_check(conf);
	if (conf->server->chosen)
		weak_check(conf, conf->server->chosen->of);
	/* A port alone is one of this machine. */
	if (connect && conf_bind_parse(conf, conf_word(connect, 1), 0, &to))
		conf_backend(conf, to.address ? conf_word(connect, 1) : arena_printf(conf->arena, "127.0.0.1:%u", to.port), 0, connect->at, false);
}

/* The files of a folder, in the order of their names. */
static void includes_read(struct conf *conf, struct conf_node *root)
{
	const struct conf_node *include = conf_last(root, "include");
	const char *const *paths;
	struct span text;
	size_t n = include ? conf_glob(conf, arena_printf(conf->arena, "%s/*", conf_word(include, 1)), &paths) : 0;

	if (include && !conf_exists(conf, conf_word(include, 1)))
		invalid(conf, include->at, arena_printf(conf->arena, "there is no folder %s", conf_word(include, 1)), "name the folder whose files are to be read");
	for (size_t i = 0; i < n; i++)
		if (conf_load(conf, paths[i], &text))
			stunnel_parse(conf, root, arena_str(conf->arena, paths[i]), text);
}

static void stunnel_read(struct conf *conf, const char *path)
{
	struct conf_node *root = arena_new_of(conf->arena, struct conf_node);
	struct span text;

	root->is_block = true;
	conf->root = root;
	conf->base = "/";
	if (!conf_load(conf, path, &text)) {
		conf_unread(conf, "%s: %s", path, strerror(errno));
		return;
	}
	stunnel_parse(conf, root, path, text);
	includes_read(conf, root);
	for (const struct conf_node *n = root->first; n; n = n->next)
		if (n->is_block)
			service_read(conf, n);
}

const struct server_reader server_stunnel = {
	SERVER_STUNNEL, "stunnel", (const char *const[]){ "stunnel", "stunnel4", NULL },
	(const char *const[]){ "/etc/stunnel/stunnel.conf", NULL }, stunnel_read, stunnel_choose, stunnel_check, "-version", NULL,
};
