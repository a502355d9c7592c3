/* Firefox 153: NSS and PSM codes, and about:neterror pages; measured on Linux. */
#include "client/shows.h"
#include "http/exchange.h"
#include "tls/codes.h"

#include <strings.h>

#define NSS(code, number) { code, number, NULL, "about:neterror?e=nssFailure2" }
#define BAD_CERT(code, number) { code, number, NULL, "about:neterror?e=nssBadCert" }
#define PAGE(id) { id, 0, NULL, "about:neterror?e=" id }
#define END_OF_FILE NSS("PR_END_OF_FILE_ERROR", -5938)
#define RESET NSS("PR_CONNECT_RESET_ERROR", -5961)
#define SERVER_HELLO NSS("SSL_ERROR_RX_MALFORMED_SERVER_HELLO", -12259)
#define NET_RESET { "NS_ERROR_NET_RESET", 0, NULL, "about:neterror?e=nssFailure2" }

static const struct shown rows[SHOW_COUNT] = {
	[SHOW_BLOCKED_PORT] = PAGE("deniedPortAccess"),
	[SHOW_NO_SUCH_NAME] = PAGE("dnsNotFound"), [SHOW_DNS_FAILED] = PAGE("dnsNotFound"),
	[SHOW_DNS_TIMEOUT] = PAGE("dnsNotFound"), [SHOW_NO_ADDRESS] = PAGE("dnsNotFound"),
	[SHOW_REFUSED] = PAGE("connectionFailure"), [SHOW_CONNECT_TIMEOUT] = PAGE("netTimeout"),
	[SHOW_NO_ROUTE] = PAGE("connectionFailure"), [SHOW_NETWORK_UNREACHABLE] = PAGE("connectionFailure"),
	[SHOW_PROTOCOL_UNREACHABLE] = { "NS_ERROR_FAILURE", 0, NULL, NULL }, [SHOW_CONNECT_RESET] = RESET, [SHOW_TLS_CLOSED] = END_OF_FILE, [SHOW_TLS_CLOSE_NOTIFY] = END_OF_FILE,
	[SHOW_TLS_RESET] = RESET, [SHOW_TLS_SILENT] = PAGE("netTimeout"), [SHOW_TLS_STALLED] = PAGE("netTimeout"),
	[SHOW_NOT_TLS] = END_OF_FILE,
	[SHOW_PLAIN_HTTP] = NSS("SSL_ERROR_RX_RECORD_TOO_LONG", -12263),
	[SHOW_RECORD_TOO_LONG] = NSS("SSL_ERROR_RX_RECORD_TOO_LONG", -12263),
	[SHOW_BAD_RECORD] = NSS("SSL_ERROR_RX_UNKNOWN_RECORD_TYPE", -12233),
	[SHOW_BAD_RECORD_MAC] = NSS("SSL_ERROR_BAD_MAC_READ", -12273),
	[SHOW_UNEXPECTED_MESSAGE] = NSS("SSL_ERROR_RX_UNEXPECTED_HANDSHAKE", -12235),
	[SHOW_MALFORMED] = SERVER_HELLO,
	[SHOW_MALFORMED_CERTIFICATE] = NSS("SSL_ERROR_RX_MALFORMED_CERTIFICATE", -12258),
	[SHOW_VERSION] = NSS("SSL_ERROR_UNSUPPORTED_VERSION", -12279),
	[SHOW_SUITE] = NSS("SSL_ERROR_NO_CYPHER_OVERLAP", -12286),
	[SHOW_COMPRESSION] = SERVER_HELLO, [SHOW_SESSION_ECHO] = SERVER_HELLO,
	[SHOW_EXTENSION] = NSS("SSL_ERROR_RX_UNEXPECTED_EXTENSION", -12137),
	[SHOW_GROUP] = BAD_CERT("SEC_ERROR_UNSUPPORTED_EC_POINT_FORM", -8050),
	[SHOW_RETRY_LOOP] = NSS("SSL_ERROR_RX_UNEXPECTED_HELLO_RETRY_REQUEST", -12134),
	[SHOW_DOWNGRADE] = SERVER_HELLO, [SHOW_RENEGOTIATION] = NSS("SSL_ERROR_UNSAFE_NEGOTIATION", -12175),
	[SHOW_NO_CERTIFICATE] = NSS("SSL_ERROR_RX_MALFORMED_CERTIFICATE", -12258),
	[SHOW_BAD_CERTIFICATE] = NSS("SSL_ERROR_RX_MALFORMED_CERTIFICATE", -12258),
	[SHOW_SCHEME] = NSS("SSL_ERROR_RX_MALFORMED_CERT_VERIFY", -12254),
	[SHOW_BAD_SIGNATURE] = BAD_CERT("SEC_ERROR_BAD_SIGNATURE", -8182),
	[SHOW_WEAK_DH] = NSS("SSL_ERROR_WEAK_SERVER_EPHEMERAL_DH_KEY", -12173),
	[SHOW_BAD_FINISHED] = NSS("SSL_ERROR_BAD_HANDSHAKE_HASH_VALUE", -12201),
	[SHOW_TLS_OTHER] = SERVER_HELLO,
	[SHOW_LATE_BAD_MAC] = NSS("SSL_ERROR_BAD_MAC_READ", -12273),
	[SHOW_EARLY_RESET] = RESET,
	[SHOW_HTTP_EMPTY] = NET_RESET, [SHOW_HTTP_RESET] = NET_RESET, [SHOW_HTTP_TIMEOUT] = PAGE("netTimeout"),
	[SHOW_HTTP_TWO_LENGTHS] = PAGE("corruptedContentErrorv2"),
	[SHOW_HTTP_SHORT] = { "NS_ERROR_NET_PARTIAL_TRANSFER", 0, NULL, NULL },
	[SHOW_HTTP_SHORT_CHUNKED] = { "NS_ERROR_NET_PARTIAL_TRANSFER", 0, NULL, NULL },
	[SHOW_HTTP_BAD_CHUNK] = { "NS_ERROR_UNEXPECTED", 0, NULL, NULL },
	[SHOW_HTTP_ENCODING] = PAGE("contentEncodingError"), [SHOW_HTTP_LARGE] = { "NS_ERROR_FILE_TOO_BIG", 0, NULL, NULL },
	[SHOW_H2_PROTOCOL] = PAGE("networkProtocolError"), [SHOW_H2_COMPRESSION] = PAGE("networkProtocolError"),
	[SHOW_H2_STREAM] = NET_RESET, [SHOW_H2_GOAWAY] = NET_RESET, [SHOW_H2_CLOSED] = NET_RESET,
	[SHOW_EMPTY_CLIENT_ERROR] = PAGE("httpErrorPage"), [SHOW_EMPTY_SERVER_ERROR] = PAGE("serverError"),
	[SHOW_REDIRECT_LOOP] = PAGE("redirectLoop"), [SHOW_BAD_REDIRECT] = PAGE("corruptedContentErrorv2"),
	[SHOW_REDIRECT_EMPTY] = PAGE("redirectLoop"), [SHOW_REDIRECT_UNREADABLE] = PAGE("corruptedContentErrorv2"),
	[SHOW_H2_MESSAGE] = { "NS_ERROR_ILLEGAL_VALUE", 0, NULL, NULL },
	[SHOW_PROXY_NO_NAME] = PAGE("proxyResolveFailure"), [SHOW_PROXY_REFUSED] = PAGE("proxyConnectFailure"),
	[SHOW_PROXY_TIMEOUT] = PAGE("proxyConnectFailure"), [SHOW_PROXY_LOGIN] = PAGE("proxyConnectFailure"),
	[SHOW_PROXY_STATUS] = PAGE("proxyConnectFailure"), [SHOW_PROXY_SILENT] = PAGE("netTimeout"),
	[SHOW_SOCKS_LOGIN] = PAGE("proxyConnectFailure"), [SHOW_SOCKS_REPLY] = PAGE("proxyConnectFailure"),
	[SHOW_SOCKS_GARBAGE] = PAGE("proxyConnectFailure"),
};

static void alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	const struct alert_words *w = alert_words(code);
	bool asked = late || (c->attempt->client_certificate_requested == TRI_YES && c->attempt->last_message >= HS_SERVER_HELLO_DONE);
	struct shown row = NSS("SSL_ERROR_RX_UNKNOWN_ALERT", -12231);

	if (code == ALERT_HANDSHAKE_FAILURE && (asked || c->attempt->has_server_hello))
		row = (struct shown)NSS("SSL_ERROR_HANDSHAKE_FAILURE_ALERT", -12227);
	else if (w)
		row = (struct shown)NSS(w->firefox, w->firefox_number);
	show_set(c, &row, NULL, out);
}

/* NSS names the message that came where another belonged. */
static const struct {
	uint8_t type;
	const char *error;
	int number;
} strangers[] = {
	{ HS_SERVER_KEY_EXCHANGE, "SSL_ERROR_RX_UNEXPECTED_SERVER_KEY_EXCH", -12243 },
	{ HS_CERTIFICATE_REQUEST, "SSL_ERROR_RX_UNEXPECTED_CERT_REQUEST", -12242 },
	{ HS_SERVER_HELLO_DONE, "SSL_ERROR_RX_UNEXPECTED_HELLO_DONE", -12241 },
	{ HS_HELLO_REQUEST, "SSL_ERROR_RX_UNEXPECTED_HELLO_REQUEST", -12247 },
	{ HS_CLIENT_HELLO, "SSL_ERROR_RX_UNEXPECTED_CLIENT_HELLO", -12246 },
	{ HS_NEW_SESSION_TICKET, "SSL_ERROR_RX_UNEXPECTED_NEW_SESSION_TICKET", -12179 },
	{ HS_ENCRYPTED_EXTENSIONS, "SSL_ERROR_RX_UNEXPECTED_ENCRYPTED_EXTENSIONS", -12146 },
	{ HS_CERTIFICATE, "SSL_ERROR_RX_UNEXPECTED_CERTIFICATE", -12244 },
	{ HS_CERTIFICATE_VERIFY, "SSL_ERROR_RX_UNEXPECTED_CERT_VERIFY", -12240 },
	{ HS_CLIENT_KEY_EXCHANGE, "SSL_ERROR_RX_UNEXPECTED_CLIENT_KEY_EXCH", -12239 },
	{ HS_FINISHED, "SSL_ERROR_RX_UNEXPECTED_FINISHED", -12238 },
};

static void name_stranger(const struct attempt *at, struct client_result *out)
{
	for (size_t i = 0; at && i < COUNT_OF(strangers); i++)
		if (strangers[i].type == at->fault_message && !at->has_server_hello) {
			out->error = strangers[i].error;
			out->number = strangers[i].number;
		}
}

/* An HTTP/2 stream that never answers is given up without an error page, once pings stay unanswered. */
static bool is_silent_h2(const struct show_case *c, enum show what)
{
	return what == SHOW_HTTP_TIMEOUT && c->http && c->http->protocol && strcmp(c->http->protocol, "h2") == 0;
}

static bool is_known_scheme(const char *url)
{
	static const char *const known[] = { "file:", "data:", "javascript:", "blob:", "about:", "view-source:", "resource:", "chrome:" };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strncasecmp(url, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

static void adjust(const struct show_case *c, enum show what, struct client_result *out)
{
	static const struct shown disallowed = NSS("SSL_ERROR_CIPHER_DISALLOWED_FOR_VERSION", -12167);
	static const struct shown aborted = { "NS_ERROR_ABORT", 0, NULL, NULL };
	static const struct shown interrupted = { "NS_ERROR_NET_INTERRUPT", 0, NULL, "about:neterror?e=netInterrupt" };
	static const struct shown unknown_scheme = PAGE("unknownProtocolFound");

	if (what == SHOW_H2_STREAM && (c->http->h2_error == H2_NO_ERROR || c->http->h2_error == H2_CANCEL))
		show_set(c, &interrupted, NULL, out);
	if (what == SHOW_BAD_REDIRECT && strncasecmp(c->http->location, "http", 4) == 0)
		show_set(c, &rows[SHOW_BLOCKED_PORT], NULL, out);
	else if (what == SHOW_BAD_REDIRECT && !is_known_scheme(c->http->location))
		show_set(c, &unknown_scheme, NULL, out);
	if (what == SHOW_HTTP_RESET && !c->http->got_head)
		show_set(c, &rows[SHOW_EARLY_RESET], NULL, out);
	if (is_silent_h2(c, what))
		show_set(c, &aborted, NULL, out);
	if (what == SHOW_UNEXPECTED_MESSAGE)
		name_stranger(c->attempt, out);
	if (what == SHOW_SUITE && c->attempt && c->attempt->version >= TLS_1_3)
		show_set(c, &disallowed, NULL, out);
}

/* A wrong Content-Length passes, and a second :status beside the first. */
static bool passes_h2_message(const struct http_evidence *http)
{
	return http->status != 0 && (!http->h2_bad_field || strcmp(http->h2_bad_field, ":status") == 0);
}

const struct client_texts texts_firefox = {
	.rows = rows, .alert = alert, .reads_record = record_firefox, .reads_head = h1_firefox, .adjust = adjust, .passes_h2_message = passes_h2_message, .is_browser = true, .head_bytes_max = 384 << 10, .speaks_http = true, .follows_redirects = true,
	.offers_h2 = true, .second_try = "firefox-again",
};
