/* The OpenSSL family: s_client, curl, Python, Node. Each is tried with OpenSSL itself, so its reason is at hand. */
#include "client/shows.h"
#include "http/exchange.h"
#include "tls/codes.h"

#include <strings.h>

/* ---- s_client: prints OpenSSL's reason ------------------------------------------------------------- */

#define REASON { "%s", 0, NULL, NULL }
#define ALL_TLS(row)                                                                                          \
	[SHOW_NOT_TLS] = row, [SHOW_PLAIN_HTTP] = row, [SHOW_RECORD_TOO_LONG] = row, [SHOW_BAD_RECORD] = row, \
	[SHOW_BAD_RECORD_MAC] = row, [SHOW_UNEXPECTED_MESSAGE] = row, [SHOW_MALFORMED] = row,                 \
	[SHOW_MALFORMED_CERTIFICATE] = row, [SHOW_VERSION] = row, [SHOW_SUITE] = row, [SHOW_COMPRESSION] = row, \
	[SHOW_SESSION_ECHO] = row, [SHOW_EXTENSION] = row, [SHOW_GROUP] = row, [SHOW_RETRY_LOOP] = row,       \
	[SHOW_DOWNGRADE] = row, [SHOW_RENEGOTIATION] = row, [SHOW_NO_CERTIFICATE] = row,                      \
	[SHOW_BAD_CERTIFICATE] = row, [SHOW_SCHEME] = row, [SHOW_BAD_SIGNATURE] = row, [SHOW_WEAK_DH] = row,  \
	[SHOW_BAD_FINISHED] = row, [SHOW_TLS_OTHER] = row

static const struct shown openssl_rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = { "Name or service not known", 0, "BIO_lookup_ex: system lib: Name or service not known", NULL },
	[SHOW_DNS_FAILED] = { "Temporary failure in name resolution", 0, "BIO_lookup_ex: system lib: Temporary failure in name resolution", NULL },
	[SHOW_DNS_TIMEOUT] = { "Temporary failure in name resolution", 0, "BIO_lookup_ex: system lib: Temporary failure in name resolution", NULL },
	[SHOW_NO_ADDRESS] = { "No address associated with hostname", 0, "BIO_lookup_ex: system lib: No address associated with hostname", NULL },
	[SHOW_REFUSED] = { "Connection refused", 111, "connect:errno=111", NULL },
	[SHOW_CONNECT_TIMEOUT] = { "Connection timed out", 110, "connect:errno=110", NULL },
	[SHOW_NO_ROUTE] = { "No route to host", 113, "connect:errno=113", NULL },
	[SHOW_NETWORK_UNREACHABLE] = { "Network is unreachable", 101, "connect:errno=101", NULL },
	[SHOW_PROTOCOL_UNREACHABLE] = { "Protocol not available", 92, "connect:errno=92", NULL },
	[SHOW_CONNECT_RESET] = { "Connection reset by peer", 104, "write:errno=104", NULL },
	[SHOW_TLS_CLOSED] = { "unexpected eof while reading", 0, NULL, NULL },
	[SHOW_TLS_CLOSE_NOTIFY] = { "no peer certificate available", 0, NULL, NULL },
	[SHOW_TLS_RESET] = { "Connection reset by peer", 104, "write:errno=104", NULL },
	[SHOW_TLS_SILENT] = { "no answer", 0, "waits for ever", NULL },
	[SHOW_TLS_STALLED] = { "no answer", 0, "waits for ever", NULL },
	ALL_TLS(REASON),
};

static const char *reason_of(const struct show_case *c, uint8_t code)
{
	return c->attempt && c->attempt->reason && c->attempt->kind == ATTEMPT_FULL ? c->attempt->reason :
										      openssl_alert_reason(c->arena, code);
}

static void openssl_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = { "%s", 0, "SSL alert", NULL };

	(void)late;
	show_set(c, &row, reason_of(c, code), out);
}

const struct client_texts texts_openssl = { .rows = openssl_rows, .alert = openssl_alert, .waits_for_refusal = true, .tried_fully = true };

/* ---- curl ---------------------------------------------------------------------------------------------- */

#define CONNECT_ERROR { "CURLE_SSL_CONNECT_ERROR", 35, "OpenSSL/3.0: error: SSL routines::%s", NULL }
#define RESOLVE { "CURLE_COULDNT_RESOLVE_HOST", 6, "Could not resolve host: %h", NULL }
#define CONNECT { "CURLE_COULDNT_CONNECT", 7, "Failed to connect to %h port %p: Couldn't connect to server", NULL }
#define CURL_RESET { "CURLE_SSL_CONNECT_ERROR", 35, "Recv failure: Connection reset by peer", NULL }
#define CURL_TIMEOUT(text) { "CURLE_OPERATION_TIMEDOUT", 28, text, NULL }
#define PARTIAL(text) { "CURLE_PARTIAL_FILE", 18, text, NULL }

static const struct shown curl_rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = RESOLVE, [SHOW_DNS_FAILED] = RESOLVE, [SHOW_DNS_TIMEOUT] = RESOLVE, [SHOW_NO_ADDRESS] = RESOLVE,
	[SHOW_REFUSED] = CONNECT, [SHOW_NO_ROUTE] = CONNECT, [SHOW_NETWORK_UNREACHABLE] = CONNECT, [SHOW_PROTOCOL_UNREACHABLE] = CONNECT,
	[SHOW_CONNECT_TIMEOUT] = CURL_TIMEOUT("Failed to connect to %h port %p: Timeout was reached"),
	[SHOW_CONNECT_RESET] = CURL_RESET, [SHOW_TLS_RESET] = CURL_RESET,
	[SHOW_TLS_CLOSED] = { "CURLE_SSL_CONNECT_ERROR", 35, "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to %h:%p", NULL },
	[SHOW_TLS_CLOSE_NOTIFY] = { "CURLE_SSL_CONNECT_ERROR", 35, "OpenSSL SSL_connect: SSL_ERROR_ZERO_RETURN in connection to %h:%p", NULL },
	[SHOW_TLS_SILENT] = CURL_TIMEOUT("SSL connection timeout"), [SHOW_TLS_STALLED] = CURL_TIMEOUT("SSL connection timeout"),
	ALL_TLS(CONNECT_ERROR),
	[SHOW_LATE_BAD_MAC] = { "CURLE_RECV_ERROR", 56, "OpenSSL SSL_read: decryption failed or bad record mac", NULL },
	[SHOW_EARLY_RESET] = { "CURLE_SEND_ERROR", 55, "Send failure: Broken pipe", NULL },
	[SHOW_HTTP_EMPTY] = { "CURLE_GOT_NOTHING", 52, "Empty reply from server", NULL },
	[SHOW_HTTP_RESET] = { "CURLE_RECV_ERROR", 56, "OpenSSL SSL_read: Connection reset by peer", NULL },
	[SHOW_HTTP_TIMEOUT] = CURL_TIMEOUT("Operation timed out"),
	[SHOW_HTTP_MALFORMED] = { "CURLE_UNSUPPORTED_PROTOCOL", 1, "Received HTTP/0.9 when not allowed", NULL },
	[SHOW_HTTP_BAD_HEADER] = { "CURLE_WEIRD_SERVER_REPLY", 8, "Header without colon", NULL },
	[SHOW_HTTP_SHORT] = PARTIAL("transfer closed with outstanding bytes remaining to read"),
	[SHOW_HTTP_SHORT_CHUNKED] = PARTIAL("transfer closed with outstanding read data remaining"),
	[SHOW_HTTP_BAD_CHUNK] = { "CURLE_RECV_ERROR", 56, "Illegal or missing hexadecimal sequence in chunked-encoding", NULL },
	[SHOW_HTTP_LONG_LINE] = { "CURLE_OUT_OF_MEMORY", 27, "Out of memory", NULL },
	[SHOW_HTTP_LARGE] = { "CURLE_RECV_ERROR", 56, "Too large response headers", NULL },
	[SHOW_H2_PROTOCOL] = { "CURLE_GOT_NOTHING", 52, "Empty reply from server", NULL },
	[SHOW_H2_COMPRESSION] = { "CURLE_GOT_NOTHING", 52, "Empty reply from server", NULL },
	[SHOW_H2_STREAM] = { "CURLE_HTTP2_STREAM", 92, "HTTP/2 stream 1 was not closed cleanly: %s", NULL },
	[SHOW_H2_GOAWAY] = { "CURLE_HTTP2", 16, "Error in the HTTP2 framing layer", NULL },
	[SHOW_H2_CLOSED] = { "CURLE_HTTP2_STREAM", 92, "HTTP/2 stream 1 was not closed cleanly: PROTOCOL_ERROR (err 1)", NULL },
	[SHOW_REDIRECT_LOOP] = { "CURLE_TOO_MANY_REDIRECTS", 47, "Maximum (10) redirects followed", NULL },
	[SHOW_H2_MESSAGE] = { "CURLE_HTTP2_STREAM", 92, "HTTP/2 stream 1 was not closed cleanly: PROTOCOL_ERROR (err 1)", NULL },
	[SHOW_REDIRECT_UNREADABLE] = { "CURLE_URL_MALFORMAT", 3, "URL using bad/illegal format or missing URL", NULL },
	[SHOW_BAD_REDIRECT] = { "CURLE_UNSUPPORTED_PROTOCOL", 1, "Protocol not supported or disabled in libcurl", NULL },
	[SHOW_PROXY_NO_NAME] = { "CURLE_COULDNT_RESOLVE_PROXY", 5, "Could not resolve proxy: %x", NULL },
	[SHOW_PROXY_REFUSED] = { "CURLE_COULDNT_CONNECT", 7, "Failed to connect to %x port %y: Couldn't connect to server", NULL },
	[SHOW_PROXY_TIMEOUT] = CURL_TIMEOUT("Failed to connect to %x port %y: Timeout was reached"),
	[SHOW_PROXY_TLS] = CONNECT_ERROR,
	[SHOW_PROXY_LOGIN] = { "CURLE_RECV_ERROR", 56, "CONNECT tunnel failed, response %c", NULL },
	[SHOW_PROXY_STATUS] = { "CURLE_RECV_ERROR", 56, "CONNECT tunnel failed, response %c", NULL },
	[SHOW_PROXY_CLOSED] = { "CURLE_RECV_ERROR", 56, "Proxy CONNECT aborted", NULL },
	[SHOW_PROXY_GARBAGE] = { "CURLE_RECV_ERROR", 56, "Proxy CONNECT aborted", NULL },
	[SHOW_PROXY_SILENT] = CURL_TIMEOUT("Proxy CONNECT aborted due to timeout"),
	[SHOW_SOCKS_LOGIN] = { "CURLE_PROXY", 97, "No authentication method was acceptable.", NULL },
	[SHOW_SOCKS_REPLY] = { "CURLE_PROXY", 97, "Can't complete SOCKS5 connection to %h. (%c)", NULL },
	[SHOW_SOCKS_GARBAGE] = { "CURLE_PROXY", 97, "Received invalid version in initial SOCKS5 response.", NULL },
	[SHOW_STARTTLS] = { "CURLE_USE_SSL_FAILED", 64, NULL, NULL },
};

static void curl_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown in_handshake = CONNECT_ERROR;
	static const struct shown later = { "CURLE_RECV_ERROR", 56, "OpenSSL SSL_read: %s", NULL };
	static const struct shown certificate = { "CURLE_SSL_CLIENTCERT", 98, "OpenSSL/3.0: error: SSL routines::%s", NULL };
	static const struct shown expired = { "CURLE_PEER_FAILED_VERIFICATION", 60, "SSL certificate verification failed", NULL };

	if (!late && code == ALERT_CERTIFICATE_EXPIRED)
		show_set(c, &expired, NULL, out);
	else if (!late && code == ALERT_CERTIFICATE_REQUIRED)
		show_set(c, &certificate, reason_of(c, code), out);
	else
		show_set(c, late ? &later : &in_handshake, reason_of(c, code), out);
}

/* curl and Python's urllib follow there too. */
static void goes_on_by_ftp(struct client_result *out)
{
	*out = (struct client_result){ .tried = out->tried, .version = out->version, .suite = out->suite, .group = out->group,
				       .unknown = "it goes on to a server by FTP, which was not looked at" };
}

static void curl_adjust(const struct show_case *c, enum show what, struct client_result *out)
{
	static const struct shown refused = { "CURLE_RECV_ERROR", 56, "REFUSED_STREAM, retrying a fresh connect", NULL };

	if (what == SHOW_BAD_REDIRECT && strncasecmp(c->http->location, "ftp:", 4) == 0)
		goes_on_by_ftp(out);
	/* To port 0 */
	if (what == SHOW_BAD_REDIRECT && strncmp(c->http->location, "http", 4) == 0)
		show_set(c, &curl_rows[SHOW_REFUSED], NULL, out);
	/* It asks again, on a connection of its own, until it gives up. */
	if (what == SHOW_H2_STREAM && c->http->h2_error == H2_REFUSED_STREAM)
		show_set(c, &refused, NULL, out);
}

const struct client_texts texts_curl = {
	.rows = curl_rows, .adjust = curl_adjust, .minds_late_close = true, .alert = curl_alert, .reads_head = h1_curl, .head_line_max = 100 << 10, .speaks_http = true, .follows_redirects = true, .offers_h2 = true, .tried_fully = true,
};

/* ---- Python ------------------------------------------------------------------------------------------------ */

#define SSL_ERROR { "SSLError", 0, "[SSL] %s (_ssl.c:1006)", NULL }
#define GAI(number, text) { "gaierror", number, "[Errno " #number "] " text, NULL }
#define TIMED_OUT(text) { "TimeoutError", 0, text, NULL }
#define DISCONNECTED { "RemoteDisconnected", 0, "Remote end closed connection without response", NULL }

static const struct shown python_rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = GAI(-2, "Name or service not known"), [SHOW_DNS_FAILED] = GAI(-3, "Temporary failure in name resolution"),
	[SHOW_DNS_TIMEOUT] = GAI(-3, "Temporary failure in name resolution"),
	[SHOW_NO_ADDRESS] = GAI(-5, "No address associated with hostname"),
	[SHOW_REFUSED] = { "ConnectionRefusedError", 111, "[Errno 111] Connection refused", NULL },
	[SHOW_CONNECT_TIMEOUT] = { "TimeoutError", 110, "[Errno 110] Connection timed out", NULL },
	[SHOW_NO_ROUTE] = { "OSError", 113, "[Errno 113] No route to host", NULL },
	[SHOW_NETWORK_UNREACHABLE] = { "OSError", 101, "[Errno 101] Network is unreachable", NULL },
	[SHOW_PROTOCOL_UNREACHABLE] = { "OSError", 92, "[Errno 92] Protocol not available", NULL },
	[SHOW_CONNECT_RESET] = { "ConnectionResetError", 104, "[Errno 104] Connection reset by peer", NULL },
	[SHOW_TLS_RESET] = { "ConnectionResetError", 104, "[Errno 104] Connection reset by peer", NULL },
	[SHOW_TLS_CLOSED] = { "SSLEOFError", 0, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:1006)", NULL },
	[SHOW_TLS_CLOSE_NOTIFY] = { "SSLZeroReturnError", 0, "TLS/SSL connection has been closed (EOF) (_ssl.c:1006)", NULL },
	[SHOW_TLS_SILENT] = TIMED_OUT("The handshake operation timed out"),
	[SHOW_TLS_STALLED] = TIMED_OUT("The handshake operation timed out"),
	ALL_TLS(SSL_ERROR),
	[SHOW_LATE_BAD_MAC] = { "SSLError", 0, "[SSL: DECRYPTION_FAILED_OR_BAD_RECORD_MAC] decryption failed or bad record mac (_ssl.c:2580)", NULL },
	[SHOW_HTTP_EMPTY] = DISCONNECTED, [SHOW_H2_CLOSED] = DISCONNECTED,
	[SHOW_EARLY_RESET] = DISCONNECTED, [SHOW_HTTP_RESET] = DISCONNECTED,
	[SHOW_HTTP_TIMEOUT] = TIMED_OUT("The read operation timed out"),
	[SHOW_HTTP_MALFORMED] = { "BadStatusLine", 0, "%s", NULL },
	[SHOW_HTTP_SHORT] = { "IncompleteRead", 0, "IncompleteRead", NULL },
	[SHOW_HTTP_SHORT_CHUNKED] = { "IncompleteRead", 0, "IncompleteRead(0 bytes read)", NULL },
	[SHOW_HTTP_BAD_CHUNK] = { "IncompleteRead", 0, "IncompleteRead(0 bytes read)", NULL },
	[SHOW_HTTP_LONG_LINE] = { "LineTooLong", 0, "got more than 65536 bytes when reading header line", NULL },
	[SHOW_HTTP_MANY_LINES] = { "HTTPException", 0, "got more than 100 headers", NULL },
	[SHOW_HTTP_LARGE] = { "LineTooLong", 0, "got more than 65536 bytes when reading header line", NULL },
	[SHOW_REDIRECT_LOOP] = { "HTTPError", 302, "HTTP Error 302: The HTTP server returned a redirect error that would lead to an infinite loop.", NULL },
	[SHOW_BAD_REDIRECT] = { "HTTPError", 302, "HTTP Error 302: redirection to this URL is not allowed", NULL },
	[SHOW_REDIRECT_EMPTY] = { "HTTPError", 301, "HTTP Error 301: The HTTP server returned a redirect error that would lead to an infinite loop.", NULL },
	[SHOW_REDIRECT_UNREADABLE] = { "ValueError", 0, "Invalid URL in Location", NULL },
	[SHOW_PROXY_NO_NAME] = GAI(-2, "Name or service not known"),
	[SHOW_PROXY_REFUSED] = { "ConnectionRefusedError", 111, "[Errno 111] Connection refused", NULL },
	[SHOW_PROXY_LOGIN] = { "OSError", 0, "Tunnel connection failed: %w", NULL },
	[SHOW_PROXY_STATUS] = { "OSError", 0, "Tunnel connection failed: %w", NULL },
	[SHOW_PROXY_CLOSED] = DISCONNECTED, [SHOW_PROXY_GARBAGE] = { "BadStatusLine", 0, "%s", NULL },
	[SHOW_PROXY_TIMEOUT] = TIMED_OUT("timed out"), [SHOW_PROXY_SILENT] = TIMED_OUT("timed out"),
};

static void python_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = { "SSLError", 0, "[SSL: %s", NULL };
	static const struct shown nameless = { "SSLError", 0, "[SSL] unknown error (_ssl.c:992)", NULL };
	const char *reason = reason_of(c, code);

	if (!alert_words(code) && strcmp(c->client->hello, "python_3_11_debian") == 0)
		show_set(c, &nameless, NULL, out);
	else
		show_set(c, &row, arena_printf(c->arena, "%s] %s (_ssl.c:%s)", openssl_reason_macro(c->arena, reason), reason,
				       late ? "2580" : "1006"), out);
}

/* An error may be gone by now: what follows is unknown. */
static bool is_ssl_error(const struct client_result *out)
{
	return out->error && strcmp(out->error, "SSLError") == 0;
}

static void python_adjust(const struct show_case *c, enum show what, struct client_result *out)
{
	static const struct shown cut = { "SSLEOFError", 0, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation of protocol (_ssl.c:2427)", NULL };

	if (what == SHOW_BAD_REDIRECT && strncasecmp(c->http->location, "ftp:", 4) == 0)
		goes_on_by_ftp(out);
	if (what == SHOW_EARLY_RESET && c->attempt->version < TLS_1_3)
		show_set(c, &cut, NULL, out);
	if (what == SHOW_HTTP_RESET && c->http->got_head)
		show_set(c, &python_rows[SHOW_HTTP_SHORT], NULL, out);
	if (is_ssl_error(out) && c->attempt && c->attempt->reason && what != SHOW_LATE_BAD_MAC)
		out->message = arena_printf(c->arena, "[SSL: %s] %s (_ssl.c:1006)",
					    openssl_reason_macro(c->arena, c->attempt->reason), c->attempt->reason);
}

const struct client_texts texts_python = {
	.rows = python_rows, .alert = python_alert, .reads_head = h1_python, .head_lines_max = 100, .head_line_max = 64 << 10, .adjust = python_adjust, .speaks_http = true, .follows_redirects = true,
	.tried_fully = true, .keeps_trailing_dot = true,
};

/* ---- Python 3.11 as Debian 12 builds it: OpenSSL's own suites, from TLS 1.0 on where its level allows, an end of the
 * connection told as a close, and reasons that it has no name for. Measured with 3.11.2. */

static void debian_adjust(const struct show_case *c, enum show what, struct client_result *out)
{
	python_adjust(c, what, out);
	if (what == SHOW_TLS_CLOSED && c->attempt && !c->attempt->has_server_hello)
		show_set(c, &python_rows[SHOW_TLS_CLOSE_NOTIFY], NULL, out);
	if (is_ssl_error(out) && c->attempt && c->attempt->reason && strncmp(c->attempt->reason, "legacy", 6) == 0)
		out->message = arena_printf(c->arena, "[SSL] %s (_ssl.c:992)", c->attempt->reason);
}

const struct client_texts texts_python_debian = {
	.rows = python_rows, .alert = python_alert, .reads_head = h1_python, .head_lines_max = 100, .head_line_max = 64 << 10, .adjust = debian_adjust, .speaks_http = true, .follows_redirects = true,
	.tried_fully = true, .keeps_trailing_dot = true,
};

/* ---- Node ---------------------------------------------------------------------------------------------------- */

#define EPROTO { "EPROTO", 0, "write EPROTO error: SSL routines: %s", NULL }
#define HANG_UP { "ECONNRESET", 0, "socket hang up", NULL }
#define DISCONNECT { "ECONNRESET", 0, "Client network socket disconnected before secure TLS connection was established", NULL }

static const struct shown node_rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = { "ENOTFOUND", 0, "getaddrinfo ENOTFOUND %h", NULL },
	[SHOW_NO_ADDRESS] = { "ENOTFOUND", 0, "getaddrinfo ENOTFOUND %h", NULL },
	[SHOW_DNS_FAILED] = { "EAI_AGAIN", 0, "getaddrinfo EAI_AGAIN %h", NULL },
	[SHOW_DNS_TIMEOUT] = { "EAI_AGAIN", 0, "getaddrinfo EAI_AGAIN %h", NULL },
	[SHOW_REFUSED] = { "ECONNREFUSED", 0, "connect ECONNREFUSED %a:%p", NULL },
	[SHOW_CONNECT_TIMEOUT] = { "ETIMEDOUT", 0, "connect ETIMEDOUT %a:%p", NULL },
	[SHOW_NO_ROUTE] = { "EHOSTUNREACH", 0, "connect EHOSTUNREACH %a:%p", NULL },
	[SHOW_NETWORK_UNREACHABLE] = { "ENETUNREACH", 0, "connect ENETUNREACH %a:%p", NULL },
	[SHOW_PROTOCOL_UNREACHABLE] = { "ENOPROTOOPT", 0, "connect ENOPROTOOPT %a:%p", NULL },
	[SHOW_CONNECT_RESET] = { "ECONNRESET", 0, "read ECONNRESET", NULL }, [SHOW_TLS_RESET] = { "ECONNRESET", 0, "read ECONNRESET", NULL },
	[SHOW_TLS_CLOSED] = DISCONNECT, [SHOW_TLS_CLOSE_NOTIFY] = DISCONNECT,
	[SHOW_TLS_SILENT] = { "ETIMEDOUT", 0, "waits until the program's own time limit", NULL },
	[SHOW_TLS_STALLED] = { "ETIMEDOUT", 0, "waits until the program's own time limit", NULL },
	ALL_TLS(EPROTO),
	[SHOW_LATE_BAD_MAC] = { "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", 0, "error: SSL routines: decryption failed or bad record mac", NULL },
	[SHOW_HTTP_EMPTY] = HANG_UP, [SHOW_EARLY_RESET] = { "ECONNRESET", 0, "read ECONNRESET", NULL }, [SHOW_H2_CLOSED] = HANG_UP, [SHOW_HTTP_RESET] = { "ECONNRESET", 0, "read ECONNRESET", NULL },
	[SHOW_HTTP_TIMEOUT] = { "ETIMEDOUT", 0, "waits until the program's own time limit", NULL },
	[SHOW_HTTP_MALFORMED] = { "HPE_INVALID_CONSTANT", 0, "Parse Error: Expected HTTP/", NULL },
	[SHOW_HTTP_BAD_HEADER] = { "HPE_INVALID_HEADER_TOKEN", 0, "Parse Error: Invalid header token", NULL },
	[SHOW_HTTP_TWO_LENGTHS] = { "HPE_UNEXPECTED_CONTENT_LENGTH", 0, "Parse Error: Content-Length can't be present twice", NULL },
	[SHOW_HTTP_SHORT] = { "ECONNRESET", 0, "aborted", NULL }, [SHOW_HTTP_SHORT_CHUNKED] = { "ECONNRESET", 0, "aborted", NULL },
	[SHOW_HTTP_BAD_CHUNK] = { "HPE_INVALID_CHUNK_SIZE", 0, "Parse Error: Invalid character in chunk size", NULL },
	[SHOW_HTTP_LARGE] = { "HPE_HEADER_OVERFLOW", 0, "Parse Error: Header overflow", NULL },
};

static void node_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown in_handshake = EPROTO, later = { "ERR_SSL_%s", 0, NULL, NULL };
	const char *reason = reason_of(c, code);

	show_set(c, late ? &later : &in_handshake, late ? openssl_reason_macro(c->arena, reason) : reason, out);
}

const struct client_texts texts_node = { .rows = node_rows, .alert = node_alert, .reads_head = h1_node, .head_bytes_max = 16 << 10, .speaks_http = true, .tried_fully = true };
