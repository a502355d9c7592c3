/* See config.h. Protocols, suites and groups are those of Mozilla's guideline 6.0; each text is valid for
 * the program itself (tests/fix/run asks it). The name goes into the text only where it is a plain host
 * name: a configuration is no place for a peer's or user's odd bytes. */
#include "report/config.h"

#include <stdio.h>

#include "base/attr.h"
#include "x509/chain.h"

#define SUITES_12                                                                                                \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"                \
	"ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define SUITES_13 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define GROUPS "X25519:prime256v1:secp384r1"
#define TWO_YEARS "63072000"

struct config {
	struct out *out;
	char host[256];
	char port_text[8];      /* ":8443"; empty for 443 */
	unsigned port;
	bool is_modern, has_ocsp, has_subdomains, has_preload;
};

static bool is_plain_name(const char *host)
{
	size_t n = host ? strlen(host) : 0;

	return n > 0 && n < 254 && host[0] != '-' &&
	       strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == n;
}

static const char *hsts(const struct config *c, char *buffer, size_t cap)
{
	snprintf(buffer, cap, "max-age=" TWO_YEARS "%s%s", c->has_subdomains ? "; includeSubDomains" : "",
		 c->has_preload ? "; preload" : "");
	return buffer;
}

static void head(const struct config *c, const char *needs)
{
	out_printf(c->out, "# %s, by Mozilla's guideline 6.0 (%s).\n", c->host, c->is_modern ? "modern: TLS 1.3 alone"
											    : "intermediate: TLS 1.2 and 1.3");
	out_printf(c->out, "# %s\n", needs);
	out_str(c->out, "# With OpenSSL 3.5 or newer put X25519MLKEM768 first among the groups: it is post-quantum.\n");
}

static void nginx(const struct config *c)
{
	char value[80];

	head(c, "For nginx 1.13 or newer; from 1.25.1 on \"http2 on;\" replaces the word http2.");
	out_printf(c->out, "server {\n    listen 80;\n    listen [::]:80;\n    server_name %s;\n"
		   "    return 301 https://$host%s$request_uri;\n}\n\n", c->host, c->port_text);
	out_printf(c->out, "server {\n    listen %u ssl http2;\n    listen [::]:%u ssl http2;\n    server_name %s;\n\n", c->port,
		   c->port, c->host);
	out_printf(c->out, "    ssl_certificate     /etc/ssl/%s/fullchain.pem;   # leaf first, then intermediates\n"
		   "    ssl_certificate_key /etc/ssl/%s/privkey.pem;\n\n", c->host, c->host);
	out_printf(c->out, "    ssl_protocols %s;\n", c->is_modern ? "TLSv1.3" : "TLSv1.2 TLSv1.3");
	if (!c->is_modern)
		out_str(c->out, "    ssl_ciphers " SUITES_12 ";\n");
	out_str(c->out, "    ssl_prefer_server_ciphers off;\n    ssl_ecdh_curve " GROUPS ";\n\n"
		"    ssl_session_timeout 1d;\n    ssl_session_cache shared:SSL:10m;\n    ssl_session_tickets off;\n");
	if (c->has_ocsp)
		out_str(c->out, "\n    ssl_stapling on;\n    ssl_stapling_verify on;\n"
			"    resolver 127.0.0.53 valid=300s;   # your resolver\n");
	out_printf(c->out, "\n    add_header Strict-Transport-Security \"%s\" always;\n"
		   "    add_header X-Content-Type-Options nosniff always;\n", hsts(c, value, sizeof value));
	out_str(c->out, "\n    location / {\n        root /var/www/html;   # or proxy_pass http://127.0.0.1:8080;\n    }\n}\n");
}

static void apache(const struct config *c)
{
	char value[80];

	head(c, "For Apache httpd 2.4.36 or newer: a2enmod ssl headers http2 socache_shmcb");
	out_str(c->out, "SSLSessionCache shmcb:/var/run/ssl_scache(512000)\n");
	if (c->has_ocsp)
		out_str(c->out, "SSLStaplingCache shmcb:/var/run/ocsp(128000)\n");
	out_printf(c->out, "\n<VirtualHost *:80>\n    ServerName %s\n    Redirect permanent / https://%s%s/\n</VirtualHost>\n\n", c->host,
		   c->host, c->port_text);
	out_printf(c->out, "<VirtualHost *:%u>\n    ServerName %s\n    DocumentRoot /var/www/html\n    Protocols h2 http/1.1\n\n", c->port,
		   c->host);
	out_printf(c->out, "    SSLEngine on\n    SSLCertificateFile    /etc/ssl/%s/fullchain.pem\n"
		   "    SSLCertificateKeyFile /etc/ssl/%s/privkey.pem\n\n", c->host, c->host);
	out_printf(c->out, "    SSLProtocol -all%s +TLSv1.3\n", c->is_modern ? "" : " +TLSv1.2");
	if (!c->is_modern)
		out_str(c->out, "    SSLCipherSuite " SUITES_12 "\n");
	out_str(c->out, "    SSLCipherSuite TLSv1.3 " SUITES_13 "\n    SSLHonorCipherOrder off\n"
		"    SSLOpenSSLConfCmd Groups " GROUPS "\n    SSLSessionTickets off\n    SSLCompression off\n");
	if (c->has_ocsp)
		out_str(c->out, "    SSLUseStapling on\n");
	out_printf(c->out, "\n    Header always set Strict-Transport-Security \"%s\"\n"
		   "    Header always set X-Content-Type-Options nosniff\n</VirtualHost>\n", hsts(c, value, sizeof value));
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
	out_printf(c->out, "frontend https\n    bind :80\n"
		   "    bind :%u ssl crt /etc/haproxy/certs/%s.pem alpn h2,http/1.1 curves " GROUPS "\n"
		   "    http-request redirect scheme https code 301 unless { ssl_fc }\n"
		   "    http-response set-header Strict-Transport-Security \"%s\"\n"
		   "    http-response set-header X-Content-Type-Options nosniff\n    default_backend site\n\n", c->port, c->host,
		   hsts(c, value, sizeof value));
	out_str(c->out, "backend site\n    server web1 127.0.0.1:8080 check\n");
}

/* Caddy redirects port 80 and gets certificates by itself. */
static void caddy(const struct config *c)
{
	char value[80];

	head(c, "For Caddy 2: it gets and renews the certificate, and redirects port 80.");
	if (c->port == 443)
		out_printf(c->out, "%s {\n", c->host);
	else
		out_printf(c->out, "%s:%u {\n", c->host, c->port);
	out_printf(c->out, "    tls {\n        protocols tls1.%d tls1.3\n", c->is_modern ? 3 : 2);
	if (!c->is_modern)
		out_str(c->out, "        ciphers TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 "
			"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 "
			"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\n");
	out_str(c->out, "        curves x25519 secp256r1 secp384r1\n    }\n");
	out_printf(c->out, "    header {\n        Strict-Transport-Security \"%s\"\n        X-Content-Type-Options nosniff\n    }\n"
		   "    reverse_proxy 127.0.0.1:8080\n}\n", hsts(c, value, sizeof value));
}

void config_write_for(struct out *out, const struct diagnosis *d, const char *server)
{
	static const struct { const char *name; void (*write)(const struct config *c); } rows[] = {
		{ "nginx", nginx }, { "apache", apache }, { "haproxy", haproxy }, { "caddy", caddy },
	};
	const struct visit *visit = d->evidence->visit;
	const struct cert *leaf = visit->chain ? visit->chain->leaf : NULL;
	struct config c = { .out = out, .port = visit->target.port ? visit->target.port : 443,
			    .is_modern = d->assessment && d->assessment->fix_modern,
			    .has_ocsp = leaf && leaf->n_ocsp_urls > 0,
			    .has_subdomains = visit->http.hsts_valid && visit->http.hsts_subdomains,
			    .has_preload = visit->http.hsts_valid && visit->http.hsts_preload };

	snprintf(c.host, sizeof c.host, "%s", is_plain_name(visit->target.host) ? visit->target.host : "example.org");
	if (c.port != 443)
		snprintf(c.port_text, sizeof c.port_text, ":%u", c.port & 0xffff);
	if (!target_is_http(&visit->target))
		out_printf(out, "# This service speaks %s behind STARTTLS: take the TLS lines over to its own program.\n",
			   visit->target.starttls && is_plain_name(visit->target.starttls) ? visit->target.starttls : "another protocol");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].name, server) == 0)
			rows[i].write(&c);
}

void config_write(struct out *out, const struct diagnosis *d)
{
	config_write_for(out, d, d->assessment->fix_for);
}
