/* Chrome and Edge: net errors of Chromium 156, measured on Linux. */
#include "client/shows.h"
#include "http/exchange.h"
#include "tls/codes.h"

#include <strings.h>

#define PROTOCOL { "ERR_SSL_PROTOCOL_ERROR", -107, NULL, NULL }
#define MISMATCH { "ERR_SSL_VERSION_OR_CIPHER_MISMATCH", -113, NULL, NULL }
#define TUNNEL { "ERR_TUNNEL_CONNECTION_FAILED", -111, NULL, NULL }
#define SOCKS { "ERR_SOCKS_CONNECTION_FAILED", -120, NULL, NULL }
#define H2 { "ERR_HTTP2_PROTOCOL_ERROR", -337, NULL, NULL }
#define NO_NAME { "ERR_NAME_NOT_RESOLVED", -105, NULL, NULL }
#define UNREACHABLE { "ERR_ADDRESS_UNREACHABLE", -109, NULL, NULL }

static const struct shown rows[SHOW_COUNT] = {
	[SHOW_BLOCKED_PORT] = { "ERR_UNSAFE_PORT", -312, NULL, NULL },
	[SHOW_NO_SUCH_NAME] = NO_NAME, [SHOW_DNS_FAILED] = NO_NAME, [SHOW_DNS_TIMEOUT] = NO_NAME, [SHOW_NO_ADDRESS] = NO_NAME,
	[SHOW_REFUSED] = { "ERR_CONNECTION_REFUSED", -102, NULL, NULL },
	[SHOW_CONNECT_TIMEOUT] = { "ERR_CONNECTION_TIMED_OUT", -118, NULL, NULL },
	[SHOW_NO_ROUTE] = UNREACHABLE, [SHOW_NETWORK_UNREACHABLE] = UNREACHABLE,
	[SHOW_PROTOCOL_UNREACHABLE] = { "ERR_NOT_IMPLEMENTED", -11, NULL, NULL },
	[SHOW_CONNECT_RESET] = { "ERR_CONNECTION_RESET", -101, NULL, NULL },
	[SHOW_TLS_CLOSED] = { "ERR_CONNECTION_CLOSED", -100, NULL, NULL },
	[SHOW_TLS_RESET] = { "ERR_CONNECTION_RESET", -101, NULL, NULL },
	[SHOW_TLS_SILENT] = { "ERR_TIMED_OUT", -7, NULL, NULL }, [SHOW_TLS_STALLED] = { "ERR_TIMED_OUT", -7, NULL, NULL },
	[SHOW_TLS_CLOSE_NOTIFY] = PROTOCOL, [SHOW_NOT_TLS] = PROTOCOL, [SHOW_PLAIN_HTTP] = PROTOCOL,
	[SHOW_RECORD_TOO_LONG] = PROTOCOL, [SHOW_BAD_RECORD] = PROTOCOL, [SHOW_BAD_RECORD_MAC] = PROTOCOL,
	[SHOW_UNEXPECTED_MESSAGE] = PROTOCOL, [SHOW_MALFORMED] = PROTOCOL, [SHOW_MALFORMED_CERTIFICATE] = PROTOCOL,
	[SHOW_VERSION] = MISMATCH, [SHOW_SUITE] = PROTOCOL, [SHOW_COMPRESSION] = PROTOCOL, [SHOW_SESSION_ECHO] = PROTOCOL,
	[SHOW_EXTENSION] = PROTOCOL, [SHOW_GROUP] = PROTOCOL, [SHOW_RETRY_LOOP] = PROTOCOL,
	[SHOW_DOWNGRADE] = { "ERR_TLS13_DOWNGRADE_DETECTED", -180, NULL, NULL }, [SHOW_RENEGOTIATION] = PROTOCOL,
	[SHOW_NO_CERTIFICATE] = PROTOCOL, [SHOW_BAD_CERTIFICATE] = PROTOCOL, [SHOW_SCHEME] = PROTOCOL,
	[SHOW_BAD_SIGNATURE] = PROTOCOL, [SHOW_WEAK_DH] = PROTOCOL, [SHOW_BAD_FINISHED] = PROTOCOL,
	[SHOW_TLS_OTHER] = PROTOCOL, [SHOW_LATE_BAD_MAC] = PROTOCOL,
	[SHOW_EARLY_RESET] = { "ERR_SOCKET_NOT_CONNECTED", -15, NULL, NULL },
	[SHOW_HTTP_EMPTY] = { "ERR_EMPTY_RESPONSE", -324, NULL, NULL },
	[SHOW_HTTP_RESET] = { "ERR_CONNECTION_RESET", -101, NULL, NULL },
	[SHOW_HTTP_TIMEOUT] = { "ERR_TIMED_OUT", -7, NULL, NULL },
	[SHOW_HTTP_MALFORMED] = { "ERR_INVALID_HTTP_RESPONSE", -370, NULL, NULL },
	[SHOW_HTTP_TWO_LENGTHS] = { "ERR_RESPONSE_HEADERS_MULTIPLE_CONTENT_LENGTH", -346, NULL, NULL },
	[SHOW_HTTP_SHORT] = { "ERR_CONTENT_LENGTH_MISMATCH", -354, NULL, NULL },
	[SHOW_HTTP_SHORT_CHUNKED] = { "ERR_INCOMPLETE_CHUNKED_ENCODING", -355, NULL, NULL },
	[SHOW_HTTP_BAD_CHUNK] = { "ERR_INVALID_CHUNKED_ENCODING", -321, NULL, NULL },
	[SHOW_HTTP_ENCODING] = { "ERR_CONTENT_DECODING_FAILED", -330, NULL, NULL },
	[SHOW_HTTP_LARGE] = { "ERR_RESPONSE_HEADERS_TOO_BIG", -325, NULL, NULL },
	[SHOW_H2_PROTOCOL] = H2, [SHOW_H2_STREAM] = H2, [SHOW_H2_GOAWAY] = H2, [SHOW_H2_CLOSED] = H2,
	[SHOW_H2_COMPRESSION] = { "ERR_HTTP2_COMPRESSION_ERROR", -363, NULL, NULL },
	[SHOW_EMPTY_CLIENT_ERROR] = { "ERR_HTTP_RESPONSE_CODE_FAILURE", -379, NULL, NULL },
	[SHOW_EMPTY_SERVER_ERROR] = { "ERR_HTTP_RESPONSE_CODE_FAILURE", -379, NULL, NULL },
	[SHOW_REDIRECT_LOOP] = { "ERR_TOO_MANY_REDIRECTS", -310, NULL, NULL },
	[SHOW_BAD_REDIRECT] = { "ERR_UNSAFE_REDIRECT", -311, NULL, NULL },
	[SHOW_REDIRECT_UNREADABLE] = { "ERR_INVALID_REDIRECT", -303, NULL, NULL }, [SHOW_H2_MESSAGE] = H2,
	[SHOW_ASKS_PASSWORD] = { "ERR_INVALID_AUTH_CREDENTIALS", -338, "asks for a name and a password first", NULL },
	[SHOW_ASKS_PROXY_PASSWORD] = { "ERR_UNEXPECTED_PROXY_AUTH", -323, NULL, NULL },
	[SHOW_PROXY_NO_NAME] = { "ERR_PROXY_CONNECTION_FAILED", -130, NULL, NULL },
	[SHOW_PROXY_REFUSED] = { "ERR_PROXY_CONNECTION_FAILED", -130, NULL, NULL },
	[SHOW_PROXY_TIMEOUT] = { "ERR_PROXY_CONNECTION_FAILED", -130, NULL, NULL },
	[SHOW_PROXY_TLS] = { "ERR_PROXY_CONNECTION_FAILED", -130, NULL, NULL },
	[SHOW_PROXY_CERTIFICATE] = { "ERR_PROXY_CERTIFICATE_INVALID", -136, NULL, NULL },
	[SHOW_PROXY_LOGIN] = { "ERR_INVALID_AUTH_CREDENTIALS", -338, NULL, NULL },
	[SHOW_PROXY_LOGIN_PAGE] = { "ERR_INVALID_AUTH_CREDENTIALS", -338, NULL, NULL },
	[SHOW_PROXY_STATUS] = TUNNEL, [SHOW_PROXY_CLOSED] = { "ERR_EMPTY_RESPONSE", -324, NULL, NULL }, [SHOW_PROXY_GARBAGE] = TUNNEL,
	[SHOW_PROXY_SILENT] = { "ERR_TIMED_OUT", -7, NULL, NULL }, [SHOW_SOCKS_LOGIN] = SOCKS, [SHOW_SOCKS_REPLY] = SOCKS,
	[SHOW_SOCKS_GARBAGE] = SOCKS,
};

/* After a request for a certificate, a refusal is taken for one of the client's certificate. */
static void alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown client_auth = { "ERR_BAD_SSL_CLIENT_AUTH_CERT", -117, NULL, NULL };
	const struct alert_words *w = alert_words(code);
	bool asked = c->attempt->client_certificate_requested == TRI_YES && (late || c->attempt->last_message >= HS_SERVER_HELLO_DONE);
	struct shown row = PROTOCOL;

	/* "No common cipher" is for the handshake alone. */
	if (w && !(late && code == ALERT_HANDSHAKE_FAILURE))
		row = (struct shown){ w->chrome, w->chrome_number, NULL, NULL };

	show_set(c, asked && (code == ALERT_HANDSHAKE_FAILURE || code == ALERT_CERTIFICATE_REQUIRED) ? &client_auth : &row, NULL, out);
}

/* Schemes of the browser's own, which no server may lead to; others are handed to the system. */
static bool is_unsafe_scheme(const char *url)
{
	static const char *const own[] = { "file:", "data:", "about:", "blob:", "filesystem:", "chrome:", "view-source:" };

	for (size_t i = 0; i < COUNT_OF(own); i++)
		if (strncasecmp(url, own[i], strlen(own[i])) == 0)
			return true;
	return false;
}

static void adjust(const struct show_case *c, enum show what, struct client_result *out)
{
	static const struct shown refused_stream = { "ERR_HTTP2_SERVER_REFUSED_STREAM", -351, NULL, NULL },
		frame_size = { "ERR_HTTP2_FRAME_SIZE_ERROR", -362, NULL, NULL }, no_name = NO_NAME,
		left = { "ERR_ABORTED", -3, "hands the address to another program, and stays where it is", NULL };
	const struct http_evidence *http = c->http;

	if ((what == SHOW_H2_STREAM && http->h2_error == H2_REFUSED_STREAM) || (what == SHOW_H2_GOAWAY && http->h2_error == H2_NO_ERROR))
		show_set(c, &refused_stream, NULL, out);
	if (what == SHOW_H2_PROTOCOL && http->h2_error == H2_FRAME_SIZE_ERROR)
		show_set(c, &frame_size, NULL, out);
	/* A blank in a host name is escaped and then asked of the resolver. */
	if (what == SHOW_REDIRECT_UNREADABLE && strchr(http->location, ' ') && !strchr(http->location, '['))
		show_set(c, &no_name, NULL, out);
	if (what == SHOW_BAD_REDIRECT && strncasecmp(http->location, "http", 4) == 0)
		show_set(c, &rows[SHOW_BLOCKED_PORT], NULL, out);
	else if (what == SHOW_BAD_REDIRECT && !is_unsafe_scheme(http->location))
		show_set(c, &left, NULL, out);
	if (what == SHOW_HTTP_SHORT && c->http && !c->http->got_head) {
		out->error = "ERR_RESPONSE_HEADERS_TRUNCATED";
		out->number = -320;
	}
}

/* It does not hold a body against its Content-Length here. */
static bool passes_h2_message(const struct http_evidence *http)
{
	return http->status != 0 && !http->h2_bad_field;
}

const struct client_texts texts_chrome = {
	.rows = rows, .alert = alert, .reads_record = record_chrome, .reads_head = h1_chrome, .adjust = adjust, .passes_h2_message = passes_h2_message, .is_browser = true, .minds_late_close = true, .head_bytes_max = 256 << 10, .speaks_http = true, .follows_redirects = true,
	.offers_h2 = true,
};
