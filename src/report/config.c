/* See config.h. Protocols, suites and groups are those of Mozilla's guideline 6.0; each text is valid for
 * the program itself (tests/fix/run asks it, and serves it). Names go into the text only where they are plain
 * host names: a configuration is no place for a peer's or user's odd bytes. */
#include "report/config.h"

#include <stdio.h>
#include <strings.h>

#include "base/attr.h"
#include "report/lines.h"
#include "x509/chain.h"
#include "x509/name.h"

#define SUITES_12                                                                                                \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"                \
	"ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define SUITES_13 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS "X25519:prime256v1:secp384r1"
#define TWO_YEARS "63072000"

enum { OTHERS_MAX = 10 };

struct config {
	struct out *out;
	const struct diagnosis *d;
	const char *name;       /* as the program wants it: "example.org", "*.example.org", "[2001:db8::1]" */
	const char *folder;     /* for the files: "example.org" */
	char port_text[8];      /* ":8443"; empty for 443 */
	unsigned port;
	bool is_modern, is_ip, is_wildcard, has_ocsp, has_subdomains, has_preload;
};

static const char *hsts(const struct config *c, char *buffer, size_t cap)
{
	snprintf(buffer, cap, "max-age=" TWO_YEARS "%s%s", c->has_subdomains ? "; includeSubDomains" : "",
		 c->has_preload ? "; preload" : "");
	return buffer;
}

/* The other names of the certificate: whoever copies the block may want them in it. */
static void other_names(const struct config *c)
{
	const struct chain_facts *chain = c->d->evidence->visit->chain;
	const struct cert *leaf = chain && chain->name_matches ? chain->leaf : NULL;
	size_t n = 0;

	for (size_t i = 0; leaf && i < leaf->n_san && n <= OTHERS_MAX; i++) {
		const char *name = leaf->san[i].type == SAN_DNS ? general_name_text(c->d->evidence->arena, &leaf->san[i]) : NULL;

		if (!lines_is_name(name) || strcasecmp(name, c->name) == 0)
			continue;
		out_printf(c->out, "%s%s", n ? ", " : "# Its certificate is also for ", n < OTHERS_MAX ? name : "more");
		n++;
	}
	if (n > 0)
		out_str(c->out, ".\n");
}

static void head(const struct config *c, const char *needs)
{
	const struct chain_facts *chain = c->d->evidence->visit->chain;

	out_printf(c->out, "# %s, by Mozilla's guideline 6.0 (%s).\n", c->name, c->is_modern ? "modern: TLS 1.3 alone"
											    : "intermediate: TLS 1.2 and 1.3");
	out_printf(c->out, "# %s\n", needs);
	out_str(c->out, "# With OpenSSL 3.5 or newer put X25519MLKEM768 first among the groups: it is post-quantum.\n");
	if (c->is_modern && !(chain && chain->leaf && chain->leaf->key.type == KEY_TYPE_EC))
		out_str(c->out, "# The certificate: with a key on P-256 or P-384 (ECDSA), for 90 days at most.\n");
	other_names(c);
}

static void nginx(const struct config *c)
{
	char value[80];

	head(c, "For nginx 1.13 or newer; from 1.25.1 on \"http2 on;\" replaces the word http2.");
	out_printf(c->out, "server {\n    listen 80;\n    listen [::]:80;\n    server_name %s;\n"
		   "    return 301 https://$host%s$request_uri;\n}\n\n", c->name, c->port_text);
	out_printf(c->out, "server {\n    listen %u ssl http2;\n    listen [::]:%u ssl http2;\n    server_name %s;\n\n", c->port,
		   c->port, c->name);
	out_printf(c->out, "    ssl_certificate     /etc/ssl/%s/fullchain.pem;   # leaf first, then intermediates\n"
		   "    ssl_certificate_key /etc/ssl/%s/privkey.pem;\n\n", c->folder, c->folder);
	out_printf(c->out, "    ssl_protocols %s;\n", c->is_modern ? "TLSv1.3" : "TLSv1.2 TLSv1.3");
	if (!c->is_modern)
		out_str(c->out, "    ssl_ciphers " SUITES_12 ";\n");
	out_str(c->out, "    ssl_prefer_server_ciphers off;\n    ssl_ecdh_curve " GROUPS ";\n\n"
		"    ssl_session_timeout 1d;\n    ssl_session_cache shared:SSL:10m;\n    ssl_session_tickets off;\n");
	if (c->has_ocsp)
		out_str(c->out, "\n    ssl_stapling on;\n    ssl_stapling_verify on;\n"
			"    resolver 127.0.0.53 valid=300s;   # your resolver\n");
	out_char(c->out, '\n');
	if (!c->is_ip)
		out_printf(c->out, "    add_header Strict-Transport-Security \"%s\" always;\n", hsts(c, value, sizeof value));
	out_str(c->out, "    add_header X-Content-Type-Options nosniff always;\n");
	out_str(c->out, "\n    location / {\n        root /var/www/html;   # or proxy_pass http://127.0.0.1:8080;\n    }\n}\n");
}

/* ServerName takes neither a star nor an address of IPv6: for that the first host of the port answers. */
static void server_name(const struct config *c)
{
	if (c->name[0] == '[')
		return;
	if (c->is_wildcard)
		out_printf(c->out, "    ServerName %s\n    ServerAlias %s\n    UseCanonicalName Off\n", c->folder, c->name);
	else
		out_printf(c->out, "    ServerName %s\n", c->name);
}

static void apache(const struct config *c)
{
	char value[80];

	head(c, c->is_wildcard ? "For Apache httpd 2.4.36 or newer: a2enmod ssl headers http2 rewrite socache_shmcb" :
		"For Apache httpd 2.4.36 or newer: a2enmod ssl headers http2 socache_shmcb");
	out_str(c->out, "SSLSessionCache shmcb:/var/run/ssl_scache(512000)\n");
	if (c->has_ocsp)
		out_str(c->out, "SSLStaplingCache shmcb:/var/run/ocsp(128000)\n");
	if (c->port != 443)
		out_printf(c->out, "# In ports.conf, once: Listen %u\n", c->port);
	out_str(c->out, "\n<VirtualHost *:80>\n");
	server_name(c);
	/* A star is no address to send anybody to: each name goes to itself. */
	if (c->is_wildcard)
		out_printf(c->out, "    RewriteEngine on\n    RewriteRule ^ https://%%{SERVER_NAME}%s%%{REQUEST_URI} [R=301,L]\n", c->port_text);
	else
		out_printf(c->out, "    Redirect permanent / https://%s%s/\n", c->name, c->port_text);
	out_printf(c->out, "</VirtualHost>\n\n<VirtualHost *:%u>\n", c->port);
	server_name(c);
	out_str(c->out, "    DocumentRoot /var/www/html\n    Protocols h2 http/1.1\n\n");
	out_printf(c->out, "    SSLEngine on\n    SSLCertificateFile    /etc/ssl/%s/fullchain.pem\n"
		   "    SSLCertificateKeyFile /etc/ssl/%s/privkey.pem\n\n", c->folder, c->folder);
	out_printf(c->out, "    SSLProtocol -all%s +TLSv1.3\n", c->is_modern ? "" : " +TLSv1.2");
	if (!c->is_modern)
		out_str(c->out, "    SSLCipherSuite " SUITES_12 "\n");
	out_str(c->out, "    SSLCipherSuite TLSv1.3 " SUITES_13 "\n    SSLHonorCipherOrder off\n"
		"    SSLOpenSSLConfCmd Groups " GROUPS "\n    SSLSessionTickets off\n    SSLCompression off\n");
	if (c->has_ocsp)
		out_str(c->out, "    SSLUseStapling on\n");
	out_char(c->out, '\n');
	if (!c->is_ip)
		out_printf(c->out, "    Header always set Strict-Transport-Security \"%s\"\n", hsts(c, value, sizeof value));
	out_str(c->out, "    Header always set X-Content-Type-Options nosniff\n</VirtualHost>\n");
}

static void haproxy(const struct config *c)
{
	char value[80];

	head(c, "For HAProxy 2.4 or newer. The PEM file: cat fullchain.pem privkey.pem > NAME.pem");
	out_str(c->out, "global\n");
	if (!c->is_modern)
		out_str(c->out, "    ssl-default-bind-ciphers " SUITES_12 "\n");
	out_printf(c->out, "    ssl-default-bind-ciphersuites " SUITES_13 "\n"
		   "    ssl-default-bind-options prefer-client-ciphers ssl-min-ver TLSv1.%d no-tls-tickets\n\n", c->is_modern ? 3 : 2);
	out_str(c->out, "defaults\n    mode http\n    timeout connect 5s\n    timeout client 50s\n    timeout server 50s\n\n");
	out_printf(c->out, "frontend https\n    bind :::80 v4v6\n"
		   "    bind :::%u v4v6 ssl crt /etc/haproxy/certs/%s.pem alpn h2,http/1.1 curves " GROUPS "\n", c->port, c->folder);
	/* "redirect scheme" has no words for another port. */
	if (c->port == 443)
		out_str(c->out, "    http-request redirect scheme https code 301 unless { ssl_fc }\n");
	else
		out_printf(c->out, "    http-request redirect code 301 location https://%s%s%%[capture.req.uri] unless { ssl_fc }\n",
			   c->is_wildcard ? "%[req.hdr(host),field(1,:)]" : c->name, c->port_text);
	if (!c->is_ip)
		out_printf(c->out, "    http-after-response set-header Strict-Transport-Security \"%s\" if { ssl_fc }\n",
			   hsts(c, value, sizeof value));
	out_str(c->out, "    http-after-response set-header X-Content-Type-Options nosniff\n    default_backend site\n\n");
	out_str(c->out, "backend site\n    server web1 127.0.0.1:8080 check\n");
}

/* Caddy redirects port 80 and gets certificates by itself. */
static void caddy(const struct config *c)
{
	char value[80];

	head(c, "For Caddy 2: it gets and renews the certificate, and redirects port 80.");
	out_printf(c->out, "%s%s {\n", c->name, c->port_text);
	out_printf(c->out, "    tls {\n        protocols %s\n", c->is_modern ? "tls1.3" : "tls1.2 tls1.3");
	if (!c->is_modern)
		out_str(c->out, "        ciphers TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 "
			"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 "
			"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\n");
	out_str(c->out, "        curves x25519 secp256r1 secp384r1\n    }\n");
	out_str(c->out, "    header {\n");
	if (!c->is_ip)
		out_printf(c->out, "        Strict-Transport-Security \"%s\"\n", hsts(c, value, sizeof value));
	out_str(c->out, "        X-Content-Type-Options nosniff\n    }\n    reverse_proxy 127.0.0.1:8080\n}\n");
}

/* What none of the four serves: the settings of the program that usually does. */
static void for_other(struct out *out, const struct diagnosis *d, bool is_modern)
{
	static const char *const parts[] = { "starttls", "modern-tls", "tls13-only", "modern-groups" };
	const struct target *target = &d->evidence->visit->target;
	const char *program = lines_programs(target)[0];
	const char *speaks = lines_is_name(target->starttls) ? target->starttls : lines_is_name(target->scheme) ? target->scheme
																: "another protocol";

	out_printf(out, "# This service speaks %s, which web servers do not. By Mozilla's guideline 6.0 (%s)\n", speaks,
		   is_modern ? "modern: TLS 1.3 alone" : "intermediate: TLS 1.2 and 1.3");
	if (strcmp(program, "nginx") == 0) {
		out_printf(out, "# its own program should be given, in OpenSSL's words:\n#   protocols    %s\n", is_modern ? "TLSv1.3" : "TLSv1.2 TLSv1.3");
		if (!is_modern)
			out_str(out, "#   ciphers      " SUITES_12 "\n");
		out_str(out, "#   ciphersuites " SUITES_13 "\n#   groups       " GROUPS "\n#   the client's order, no compression\n");
		return;
	}
	out_printf(out, "# these lines are for %s.\n", kb_fix("modern-tls", program)->title);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		const struct kb_fix *fix = kb_fix(parts[i], program);

		if (fix && *fix->software && strcmp(parts[i], is_modern ? "modern-tls" : "tls13-only") != 0)
			out_printf(out, "%s\n", lines_text(d->evidence->arena, target, fix));
	}
}

void config_write_for(struct out *out, const struct diagnosis *d, const char *server)
{
	static const struct { const char *name; void (*write)(const struct config *c); } rows[] = {
		{ "nginx", nginx }, { "apache", apache }, { "haproxy", haproxy }, { "caddy", caddy },
	};
	const struct visit *visit = d->evidence->visit;
	const struct target *target = &visit->target;
	const struct cert *leaf = visit->chain ? visit->chain->leaf : NULL;
	struct config c = { .out = out, .d = d, .name = target->host, .folder = target->host, .port = target->port ? target->port : 443,
			    .is_modern = d->assessment && d->assessment->fix_modern, .is_ip = target->is_ip,
			    .has_ocsp = leaf && leaf->n_ocsp_urls > 0,
			    .has_subdomains = visit->http.hsts_valid && visit->http.hsts_subdomains,
			    .has_preload = visit->http.hsts_valid && visit->http.hsts_preload };

	if (!target_is_http(target)) {
		for_other(out, d, c.is_modern);
		return;
	}
	if (target->is_ip && strchr(target->host, ':')) {
		c.name = arena_printf(d->evidence->arena, "[%s]", target->host);
		c.folder = "server";
	} else if (!lines_is_name(target->host)) {
		c.name = c.folder = "example.org";
		out_str(out, "# The name is none that a configuration can hold: put the right one in place of example.org.\n");
	} else if (target->host[0] == '*') {
		c.is_wildcard = true;
		c.folder = target->host + 2;
	}
	if (strcmp(target->scheme, "http") == 0 && c.port == 80)
		c.port = 443;
	if (c.port != 443)
		snprintf(c.port_text, sizeof c.port_text, ":%u", c.port & 0xffff);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].name, server) == 0)
			rows[i].write(&c);
}

void config_write(struct out *out, const struct diagnosis *d)
{
	config_write_for(out, d, d->assessment->fix_for);
}
