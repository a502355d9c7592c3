/* Files of TLS beside a certificate and its key: authorities for clients or for a server behind, revocation lists, parameters,
 * passwords. A server that cannot open one of them does not start. */
#include "server/conf.h"
#include "server/edit.h"

#include <errno.h>
#include <strings.h>
#include <sys/stat.h>

static const struct { enum server_kind kind; const char *directive, *what; } files[] = {
	{ SERVER_NGINX, "ssl_trusted_certificate", "file of trusted certificates" },
	{ SERVER_NGINX, "ssl_client_certificate", "file of the clients' authorities" },
	{ SERVER_NGINX, "ssl_crl", "revocation list" },
	{ SERVER_NGINX, "ssl_dhparam", "file of Diffie-Hellman parameters" },
	{ SERVER_NGINX, "ssl_password_file", "file of passwords" },
	{ SERVER_NGINX, "ssl_session_ticket_key", "ticket key" },
	{ SERVER_NGINX, "ssl_stapling_file", "file of the OCSP response" },
	{ SERVER_NGINX, "proxy_ssl_trusted_certificate", "file of trusted certificates" },
	{ SERVER_NGINX, "proxy_ssl_crl", "revocation list" },
	{ SERVER_NGINX, "proxy_ssl_certificate", "client certificate" },
	{ SERVER_NGINX, "proxy_ssl_certificate_key", "client key" },
	{ SERVER_NGINX, "proxy_ssl_password_file", "file of passwords" },
	{ SERVER_NGINX, "grpc_ssl_trusted_certificate", "file of trusted certificates" },
	{ SERVER_NGINX, "grpc_ssl_certificate", "client certificate" },
	{ SERVER_NGINX, "grpc_ssl_certificate_key", "client key" },
	{ SERVER_NGINX, "uwsgi_ssl_trusted_certificate", "file of trusted certificates" },
	{ SERVER_APACHE, "SSLCACertificateFile", "file of the clients' authorities" },
	{ SERVER_APACHE, "SSLCACertificatePath", "folder of the clients' authorities" },
	{ SERVER_APACHE, "SSLCADNRequestFile", "file of the clients' authorities" },
	{ SERVER_APACHE, "SSLCARevocationFile", "revocation list" },
	{ SERVER_APACHE, "SSLCARevocationPath", "folder of revocation lists" },
	{ SERVER_APACHE, "SSLProxyCACertificateFile", "file of trusted certificates" },
	{ SERVER_APACHE, "SSLProxyCACertificatePath", "folder of trusted certificates" },
	{ SERVER_APACHE, "SSLProxyMachineCertificateFile", "client certificate" },
	{ SERVER_APACHE, "SSLProxyCARevocationFile", "revocation list" },
	{ SERVER_STUNNEL, "CAfile", "file of trusted certificates" },
	{ SERVER_STUNNEL, "CApath", "folder of trusted certificates" },
	{ SERVER_STUNNEL, "CRLfile", "revocation list" },
	{ SERVER_HITCH, "client-verify-ca", "file of the clients' authorities" },
};

/* Parameters and ticket keys can be made; what else is missing has to come from somewhere. */
static const char *steps_for(struct conf *conf, const char *path, struct server_place at)
{
	const struct conf_node *n = edit_node(conf, at, NULL);
	const char *file = edit_shell(conf->arena, path);

	if (n && conf_is(n, "ssl_dhparam"))
		return arena_printf(conf->arena, "Run `openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out %s`", file);
	if (n && conf_is(n, "ssl_session_ticket_key"))
		return arena_printf(conf->arena, "Run `umask 077; openssl rand -out %s 80`", file);
	if (n && (conf_is(n, "bind") || conf_is(n, "server") || conf_is(n, "default-server")))
		return arena_printf(conf->arena, "%s:%u: correct the path, or restore %s", at.file, at.line, path);
	return arena_printf(conf->arena, "%s:%u: correct the path, restore %s, or take the line out (what it does is then off)", at.file, at.line, path);
}

static void look(struct conf *conf, const char *path, struct server_place at, const char *what)
{
	struct stat st;
	struct server_fault *f;

	if (!*path || strpbrk(path, "$%") || strncmp(path, "data:", 5) == 0 || strncmp(path, "engine:", 7) == 0 || conf_stat(conf, path, &st))
		return;
	if (errno != ENOENT && errno != ENOTDIR) {
		conf_unread(conf, "%s: %s", path, strerror(errno));
		return;
	}
	f = conf_fault(conf, "host.certificate-file-missing", at, arena_printf(conf->arena, "The %s %s does not exist", what, path));
	conf_fault_line(conf, f, "%s: %s", path, strerror(errno));
	f->fix = edit_then(conf, steps_for(conf, path, at));
	f->shows = arena_printf(conf->arena, "ls -l %s", edit_shell(conf->arena, path));
}

static void directive_look(struct conf *conf, const struct conf_node *n)
{
	for (size_t i = 0; i < COUNT_OF(files); i++)
		if (files[i].kind == conf->server->kind && conf_is(n, files[i].directive))
			look(conf, conf_path(conf, conf->base, conf_word(n, 1)), n->at, files[i].what);
}

/* HAProxy has them among the words of bind and server lines. */
static void line_look(struct conf *conf, const struct conf_node *n, const char *ca_base, const char *crt_base)
{
	bool is_bind = conf_is(n, "bind"), is_server = conf_is(n, "server") || conf_is(n, "default-server");

	for (size_t i = 2; (is_bind || is_server) && i + 1 < n->n_words; i++) {
		const char *word = n->words[i], *value = n->words[i + 1];

		if (value[0] == '@')
			continue;
		if (strcmp(word, "ca-file") == 0 || strcmp(word, "ca-verify-file") == 0)
			look(conf, conf_path(conf, ca_base, value), n->at, is_bind ? "file of the clients' authorities" : "file of trusted certificates");
		else if (strcmp(word, "crl-file") == 0)
			look(conf, conf_path(conf, ca_base, value), n->at, "revocation list");
		else if (is_server && strcmp(word, "crt") == 0)
			look(conf, conf_path(conf, crt_base, value), n->at, "client certificate");
	}
}

static const char *global_word(const struct conf *conf, const char *name)
{
	const char *found = "";

	for (const struct conf_node *g = conf->root->first; g; g = g->next)
		if (conf_is(g, "global") && conf_last(g, name))
			found = conf_word(conf_last(g, name), 1);
	return found;
}

static void walk(struct conf *conf, const struct conf_node *in, unsigned depth)
{
	for (const struct conf_node *n = in->first; n; n = n->next) {
		if (!n->is_block)
			directive_look(conf, n);
		else if (depth < 16)
			walk(conf, n, depth + 1);
	}
}

void server_other_files(struct conf *conf)
{
	const char *ca_base, *crt_base;

	if (!conf->root)
		return;
	if (conf->server->kind != SERVER_HAPROXY) {
		walk(conf, conf->root, 0);
		return;
	}
	ca_base = global_word(conf, "ca-base");
	crt_base = global_word(conf, "crt-base");
	for (const struct conf_node *p = conf->root->first; p; p = p->next)
		for (const struct conf_node *n = p->first; n; n = n->next)
			line_look(conf, n, ca_base, crt_base);
}
