/* The main exchange with one address: connect, shake hands as a browser would, and, on the address
 * that is first to get there, ask for the page over that very connection. */
#include <errno.h>

#include "http/exchange.h"
#include "probe/exchange.h"
#include "probe/http_stall.h"
#include "probe/probe.h"

/* What today's browsers offer, as far as OpenSSL can: the post-quantum share goes in raw hellos. */
static const char *const alpn_browser[] = { "h2", "http/1.1", NULL };

const struct tls_config config_main = {
	.name = "main",
	.min_version = 0x0303, .max_version = 0x0304,
	.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
		   "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
		   "ECDHE-RSA-AES128-SHA:ECDHE-RSA-AES256-SHA:AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA:AES256-SHA",
	.groups = "X25519:P-256:P-384",
	.schemes = "ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256:rsa_pkcs1_sha256:ecdsa_secp384r1_sha384:"
		   "rsa_pss_rsae_sha384:rsa_pkcs1_sha384:rsa_pss_rsae_sha512:rsa_pkcs1_sha512",
	.alpn = alpn_browser,
	.security_level = 0, .legacy_server_connect = true, .status_request = true, .encrypt_then_mac_off = true,
};

/* Everything OpenSSL has left, for servers that speak to no browser. */
const struct tls_config config_permissive = {
	.name = "permissive",
	.ciphers = "ALL:COMPLEMENTOFALL",
	.groups = "X25519:P-256:P-384:P-521:X448:brainpoolP256r1:brainpoolP384r1:brainpoolP512r1:secp256k1:"
		  "ffdhe2048:ffdhe3072:ffdhe4096",
	.security_level = 0, .legacy_server_connect = true, .status_request = true,
};

static void note_end_before_hello(struct endpoint *ep, const struct attempt *at)
{
	if (at->tls_sent || at->tcp.outcome != TCP_CONNECTED)
		return;
	ep->closed_before_hello = at->fault == TLS_FAULT_CLOSED;
	ep->reset_before_hello = at->fault == TLS_FAULT_RESET;
}

/* Nothing is asked of what is not of the web; but in TLS 1.3 a server says only after the handshake that it does not do
 * without the certificate it asked for, and Postfix in SMTP alone: "421 4.7.1 Error: No client certificate presented". */
static void hear_refusal(struct run *run, struct tls_session *session, struct attempt *at)
{
	enum { WAIT_MIN_MS = 150, WAIT_SMTP_MS = 1300, WAIT_MAX_MS = 2500 };
	bool is_smtp = at->starttls && strcmp(at->starttls->protocol, "smtp") == 0;
	double ms = (is_smtp ? WAIT_SMTP_MS : WAIT_MIN_MS) + 2 * at->tcp.connect_ms;
	char text[200];
	ssize_t got;

	if (at->client_certificate_requested != TRI_YES)
		return;
	if (is_smtp)
		(void)tls_write(session, span_str("EHLO localhost\r\n"), WAIT_SMTP_MS);
	got = tls_read(session, text, sizeof text, ms > WAIT_MAX_MS ? WAIT_MAX_MS : (unsigned)ms);
	if (at->late_alert)
		return;
	at->late_fault = got == -ECONNRESET ? TLS_FAULT_RESET : got == 0 || got == -EPIPE ? TLS_FAULT_CLOSED : TLS_FAULT_NONE;
	if (is_smtp && got > 3 && (text[0] == '4' || text[0] == '5')) {
		at->late_fault = TLS_FAULT_CLOSED;
		at->reason = arena_strn(run->probing->arena, text, strcspn(arena_strn(run->probing->arena, text, (size_t)got), "\r\n"));
	}
}

static void main_run(struct run *run, const struct tls_config *config)
{
	struct visit *visit = run->visit;
	struct endpoint *ep = run->endpoint;
	struct tls_session *session = NULL;
	struct conn *conn = NULL;
	struct http_stall_watch watch;

	ep->main = attempt_full(run, "main", 0, config, visit->target.servername, &session, &conn);
	note_end_before_hello(ep, ep->main);
	if (!session)
		return;
	/* The first address to get this far carries the request, as with a browser's racing. */
	if (!visit->best && !target_is_web(&visit->target)) {
		visit->best = ep;
		hear_refusal(run, session, ep->main);
	} else if (!visit->best) {
		visit->best = ep;
		http_stall_begin(&watch, run, conn);
		http_over(run, session, conn, ep->main, &visit->http);
		http_stall_end(&watch);
	}
	tls_shutdown(session);
	tls_session_free(session);
	conn_close(conn);
}

void probe_main_run(struct run *run)
{
	main_run(run, &config_main);
}

void probe_main_run_padded(struct run *run)
{
	struct tls_config config = config_main;

	config.pads = true;
	main_run(run, &config);
}
