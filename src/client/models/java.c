/* Java 17, HttpsURLConnection; measured. */
#include "client/shows.h"
#include "kb/names.h"
#include "tls/codes.h"

#include <strings.h>

#define SSLX(text) { "SSLException", 0, text, NULL }
#define HANDSHAKE(text) { "SSLHandshakeException", 0, text, NULL }
#define PROTOCOL(text) { "SSLProtocolException", 0, text, NULL }
#define SOCKET(text) { "SocketException", 0, text, NULL }
#define READ_TIMEOUT { "SocketTimeoutException", 0, "Read timed out", NULL }
#define UNKNOWN_HOST { "UnknownHostException", 0, "%h", NULL }
#define NOT_TLS SSLX("Unsupported or unrecognized SSL message")
#define END SOCKET("Unexpected end of file from server")
#define TERMINATED HANDSHAKE("Remote host terminated the handshake")

static const struct shown rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = UNKNOWN_HOST, [SHOW_DNS_FAILED] = UNKNOWN_HOST, [SHOW_DNS_TIMEOUT] = UNKNOWN_HOST,
	[SHOW_NO_ADDRESS] = UNKNOWN_HOST, [SHOW_REFUSED] = { "ConnectException", 0, "Connection refused", NULL },
	[SHOW_CONNECT_TIMEOUT] = { "ConnectException", 0, "Connection timed out", NULL },
	[SHOW_NO_ROUTE] = { "NoRouteToHostException", 0, "No route to host", NULL },
	[SHOW_NETWORK_UNREACHABLE] = SOCKET("Network is unreachable"), [SHOW_PROTOCOL_UNREACHABLE] = SOCKET("Protocol not available"),
	[SHOW_CONNECT_RESET] = SOCKET("Connection reset"),
	[SHOW_TLS_RESET] = SOCKET("Connection reset"), [SHOW_TLS_CLOSED] = TERMINATED,
	[SHOW_TLS_CLOSE_NOTIFY] = PROTOCOL("Received close_notify during handshake"),
	[SHOW_TLS_SILENT] = READ_TIMEOUT, [SHOW_TLS_STALLED] = READ_TIMEOUT, [SHOW_NOT_TLS] = NOT_TLS, [SHOW_PLAIN_HTTP] = NOT_TLS,
	[SHOW_RECORD_TOO_LONG] = PROTOCOL("Bad input record size, TLSCiphertext.length = %s"), [SHOW_BAD_RECORD] = NOT_TLS,
	[SHOW_BAD_RECORD_MAC] = SSLX("Tag mismatch!"), [SHOW_UNEXPECTED_MESSAGE] = PROTOCOL("Unexpected handshake message: %s"),
	[SHOW_MALFORMED] = HANDSHAKE("Invalid handshake message"),
	[SHOW_MALFORMED_CERTIFICATE] = HANDSHAKE("Error parsing certificate message:no sufficient data"),
	[SHOW_VERSION] = HANDSHAKE("The server selected protocol version %s is not accepted by client preferences [TLS13, TLS12]"),
	[SHOW_SUITE] = HANDSHAKE("Server selected improper ciphersuite %s"),
	[SHOW_COMPRESSION] = HANDSHAKE("compression type not supported, 1"), [SHOW_SESSION_ECHO] = SSLX("Tag mismatch!"),
	[SHOW_EXTENSION] = HANDSHAKE("extension should not be presented"), [SHOW_GROUP] = HANDSHAKE("Unsupported named group: %s"),
	[SHOW_RETRY_LOOP] = HANDSHAKE("Illegal HelloRetryRequest selected group: %s"),
	[SHOW_DOWNGRADE] = HANDSHAKE("A potential protocol version downgrade attack"),
	[SHOW_RENEGOTIATION] = HANDSHAKE("Failed to negotiate the use of secure renegotiation"),
	[SHOW_NO_CERTIFICATE] = HANDSHAKE("Empty server certificate chain"), [SHOW_BAD_CERTIFICATE] = HANDSHAKE("Failed to parse server certificates"),
	[SHOW_SCHEME] = HANDSHAKE("Unsupported signature algorithm (%s) used in CertificateVerify handshake message"),
	[SHOW_BAD_SIGNATURE] = HANDSHAKE("Invalid CertificateVerify signature"),
	[SHOW_WEAK_DH] = HANDSHAKE("DH ServerKeyExchange does not comply to algorithm constraints"),
	[SHOW_BAD_FINISHED] = HANDSHAKE("The Finished message cannot be verified."), [SHOW_TLS_OTHER] = HANDSHAKE("Handshake failed"),
	[SHOW_LATE_BAD_MAC] = SSLX("Tag mismatch!"), [SHOW_HTTP_EMPTY] = END, [SHOW_EARLY_RESET] = { "IOException", 0, "Error writing to server", NULL }, [SHOW_H2_CLOSED] = END,
	[SHOW_HTTP_RESET] = SOCKET("Connection reset"), [SHOW_HTTP_TIMEOUT] = READ_TIMEOUT,
	[SHOW_HTTP_MALFORMED] = { "IOException", 0, "Invalid Http response", NULL },
	[SHOW_HTTP_SHORT_CHUNKED] = { "IOException", 0, "Premature EOF", NULL },
	[SHOW_HTTP_BAD_CHUNK] = { "IOException", 0, "Bogus chunk size", NULL },
	/* Counted byte by byte: it stops at the first beyond jdk.http.maxHeaderSize. */
	[SHOW_HTTP_LARGE] = { "ProtocolException", 0, "Header size too big: 393217 > 393216", NULL },
	[SHOW_REDIRECT_LOOP] = { "ProtocolException", 0, "Server redirected too many  times (20)", NULL },
	[SHOW_REDIRECT_EMPTY] = { "ProtocolException", 0, "Server redirected too many  times (20)", NULL },
	[SHOW_BAD_REDIRECT] = { "MalformedURLException", 0, "unknown protocol: %s", NULL },
	[SHOW_REDIRECT_UNREADABLE] = { "MalformedURLException", 0, "%s", NULL },
	[SHOW_PROXY_NO_NAME] = { "UnknownHostException", 0, "%x", NULL }, [SHOW_PROXY_REFUSED] = { "ConnectException", 0, "Connection refused", NULL },
	[SHOW_PROXY_TIMEOUT] = { "SocketTimeoutException", 0, "Connect timed out", NULL },
	[SHOW_PROXY_LOGIN] = { "IOException", 0, "Unable to tunnel through proxy. Proxy returns \"%s\"", NULL },
	[SHOW_PROXY_STATUS] = { "IOException", 0, "Unable to tunnel through proxy. Proxy returns \"%s\"", NULL },
	[SHOW_PROXY_CLOSED] = END, [SHOW_PROXY_SILENT] = READ_TIMEOUT,
};

/* sun.security.ssl.Alert: only those meant for the handshake alone become SSLHandshakeException. */
static bool is_handshake_alert(uint8_t code)
{
	static const uint8_t others[] = { 0, 20, 21, 22, 30, 80, 86, 90 };

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (others[i] == code)
			return false;
	return true;
}

static void alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown handshake = HANDSHAKE("Received fatal alert: %s"), other = SSLX("Received fatal alert: %s"),
		protocol = PROTOCOL("Received fatal alert: %s"), unknown = PROTOCOL("Unknown alert description (%s)"),
		canceled = SSLX("Received fatal close_notify alert"), warning = HANDSHAKE("received handshake warning: %s");
	const char *name = kb_alert_name(code);

	if (code == ALERT_USER_CANCELED)
		show_set(c, &canceled, NULL, out);
	else if (!name || !alert_words(code) || code == ALERT_GENERAL_ERROR)
		show_set(c, &unknown, arena_printf(c->arena, "%d", (int)(int8_t)code), out);
	else if (!late && c->attempt && c->attempt->warning_alert)
		show_set(c, &warning, name, out);
	else
		show_set(c, code == 10 ? &protocol : is_handshake_alert(code) ? &handshake : &other, name, out);
}

static const char *version_name(uint16_t version)
{
	return version == TLS_1_1 ? "TLS11" : version == TLS_1_0 ? "TLS10" : version == SSL_3_0 ? "SSL30" : "unknown";
}

/* Java names the suites of SSL days by their old prefix. */
static const char *suite_name(struct arena *arena, uint16_t code)
{
	const char *name = kb_suite_name(code);

	if (!name)
		return arena_printf(arena, "UNKNOWN-CIPHER-SUITE(0x%02X,0x%02X)", code >> 8, code & 0xff);
	return code < 0x1e || (code >= 0x60 && code <= 0x66) ? arena_printf(arena, "SSL%s", name + 3) : name;
}

/* The names that SSLHandshake gives. */
static const char *message_name(uint8_t message)
{
	switch (message) {
	case HS_CLIENT_HELLO: return "client_hello";
	case HS_SERVER_HELLO: return "server_hello";
	case HS_NEW_SESSION_TICKET: return "new_session_ticket";
	case HS_ENCRYPTED_EXTENSIONS: return "encrypted_extensions";
	case HS_CERTIFICATE: return "certificate";
	case HS_SERVER_KEY_EXCHANGE: return "server_key_exchange";
	case HS_CERTIFICATE_REQUEST: return "certificate_request";
	case HS_SERVER_HELLO_DONE: return "server_hello_done";
	case HS_CERTIFICATE_VERIFY: return "certificate_verify";
	case HS_CLIENT_KEY_EXCHANGE: return "client_key_exchange";
	case HS_FINISHED: return "finished";
	default: return NULL;
	}
}

/* Protocols that java.net.URL knows: a redirect to another than before is not followed, and no error. */
static bool has_handler(const char *url)
{
	static const char *const known[] = { "http:", "https:", "ftp:", "file:", "jar:", "mailto:" };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strncasecmp(url, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

static void adjust(const struct show_case *c, enum show what, struct client_result *out)
{
	const struct attempt *at = c->attempt;
	static const struct shown exchange = HANDSHAKE("Invalid ECDH ServerKeyExchange signature");
	static const struct shown suite = HANDSHAKE("Server selected improper ciphersuite %s");

	if (what == SHOW_BAD_REDIRECT && has_handler(c->http->location))
		*out = (struct client_result){ .tried = out->tried, .version = out->version, .suite = out->suite, .group = out->group };
	else if (what == SHOW_BAD_REDIRECT)
		show_set(c, &rows[what], arena_strn(c->arena, c->http->location, strcspn(c->http->location, ":")), out);
	if (!at)
		return;
	if (what == SHOW_VERSION && at->suite < 0x20 && at->suite != 0)
		show_set(c, &suite, suite_name(c->arena, at->suite), out);
	else if (what == SHOW_VERSION)
		show_set(c, &rows[what], version_name(at->version), out);
	else if (what == SHOW_UNEXPECTED_MESSAGE)
		show_set(c, &rows[what], message_name(at->fault_message), out);
	else if (what == SHOW_SUITE)
		show_set(c, &rows[what], suite_name(c->arena, at->suite), out);
	else if (what == SHOW_GROUP || what == SHOW_RETRY_LOOP)
		show_set(c, &rows[what], at->group == 0x16 ? "SECP256_K1" : kb_group_name(at->group), out);
	else if (what == SHOW_BAD_SIGNATURE && at->version < TLS_1_3)
		show_set(c, &exchange, NULL, out);
	else if (what == SHOW_SCHEME)
		show_set(c, &rows[what], at->scheme == 0x0101 ? "rsa_md5" : kb_scheme_name(at->scheme), out);
	else if (what == SHOW_RECORD_TOO_LONG && at->first_bytes.n >= 5)
		show_set(c, &rows[what], arena_printf(c->arena, "%u", (unsigned)(at->first_bytes.p[3] << 8 | at->first_bytes.p[4])), out);
}

const struct client_texts texts_java = {
	.rows = rows, .alert = alert, .reads_record = record_java, .reads_head = h1_java, .adjust = adjust, .head_bytes_max = 384 << 10, .speaks_http = true, .follows_redirects = true, .keeps_to_scheme = true, .heeds_warning_alerts = true,
};
