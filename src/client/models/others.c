/* Safari, .NET, OkHttp and Android, rustls, IE: from documentation and their published sources, never run here; Wget's
 * exit codes from its manual, its library's words as gnutls-cli's. */
#include "client/shows.h"
#include "kb/names.h"

#define NAME_ERROR { "NSURLErrorCannotFindHost", -1003, "A server with the specified hostname could not be found.", NULL }
#define CONNECT_ERROR { "NSURLErrorCannotConnectToHost", -1004, "Could not connect to the server.", NULL }
#define TIMED_OUT { "NSURLErrorTimedOut", -1001, "The request timed out.", NULL }
#define LOST { "NSURLErrorNetworkConnectionLost", -1005, "The network connection was lost.", NULL }
#define SECURE { "NSURLErrorSecureConnectionFailed", -1200, "An SSL error has occurred and a secure connection to the server cannot be made.", NULL }
#define EACH_TLS(row)                                                                                                   \
	[SHOW_TLS_CLOSED] = row, [SHOW_TLS_CLOSE_NOTIFY] = row, [SHOW_NOT_TLS] = row, [SHOW_PLAIN_HTTP] = row,          \
	[SHOW_RECORD_TOO_LONG] = row, [SHOW_BAD_RECORD] = row, [SHOW_BAD_RECORD_MAC] = row, [SHOW_UNEXPECTED_MESSAGE] = row, \
	[SHOW_MALFORMED] = row, [SHOW_MALFORMED_CERTIFICATE] = row, [SHOW_VERSION] = row, [SHOW_SUITE] = row,           \
	[SHOW_COMPRESSION] = row, [SHOW_SESSION_ECHO] = row, [SHOW_EXTENSION] = row, [SHOW_GROUP] = row,                \
	[SHOW_RETRY_LOOP] = row, [SHOW_DOWNGRADE] = row, [SHOW_NO_CERTIFICATE] = row, [SHOW_BAD_CERTIFICATE] = row,     \
	[SHOW_SCHEME] = row, [SHOW_BAD_SIGNATURE] = row, [SHOW_WEAK_DH] = row, [SHOW_BAD_FINISHED] = row,               \
	[SHOW_TLS_OTHER] = row, [SHOW_LATE_BAD_MAC] = row

static const struct shown safari_rows[SHOW_COUNT] = {
	[SHOW_BLOCKED_PORT] = { "WebKitErrorCannotUseRestrictedPort", 103, "Not allowed to use restricted network port", NULL },
	[SHOW_NO_SUCH_NAME] = NAME_ERROR, [SHOW_DNS_FAILED] = NAME_ERROR, [SHOW_DNS_TIMEOUT] = NAME_ERROR, [SHOW_NO_ADDRESS] = NAME_ERROR,
	[SHOW_REFUSED] = CONNECT_ERROR, [SHOW_NO_ROUTE] = CONNECT_ERROR, [SHOW_NETWORK_UNREACHABLE] = CONNECT_ERROR,
	[SHOW_CONNECT_TIMEOUT] = TIMED_OUT, [SHOW_CONNECT_RESET] = LOST, [SHOW_TLS_RESET] = LOST, [SHOW_TLS_SILENT] = TIMED_OUT,
	[SHOW_TLS_STALLED] = TIMED_OUT, EACH_TLS(SECURE), [SHOW_HTTP_EMPTY] = LOST, [SHOW_HTTP_RESET] = LOST, [SHOW_HTTP_TIMEOUT] = TIMED_OUT,
	[SHOW_HTTP_MALFORMED] = { "NSURLErrorCannotParseResponse", -1017, "cannot parse response", NULL },
	[SHOW_HTTP_SHORT] = LOST, [SHOW_HTTP_SHORT_CHUNKED] = LOST,
	[SHOW_HTTP_ENCODING] = { "NSURLErrorCannotDecodeContentData", -1016, "cannot decode raw data", NULL },
	[SHOW_H2_PROTOCOL] = LOST, [SHOW_H2_STREAM] = LOST, [SHOW_H2_GOAWAY] = LOST, [SHOW_H2_COMPRESSION] = LOST, [SHOW_H2_CLOSED] = LOST,
	[SHOW_REDIRECT_LOOP] = { "NSURLErrorHTTPTooManyRedirects", -1007, "too many HTTP redirects", NULL },
};

static void safari_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = SECURE;

	(void)code;
	(void)late;
	show_set(c, &row, NULL, out);
}

const struct client_texts texts_safari = {
	.rows = safari_rows, .alert = safari_alert, .is_browser = true, .speaks_http = true, .follows_redirects = true, .offers_h2 = true,
};

#define REQUEST(text) { "HttpRequestException", 0, text, NULL }
#define SSL_FAILED REQUEST("The SSL connection could not be established, see inner exception.")
#define SENDING REQUEST("An error occurred while sending the request.")

static const struct shown dotnet_rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = REQUEST("Name or service not known (%h:%p)"), [SHOW_DNS_FAILED] = REQUEST("Temporary failure in name resolution (%h:%p)"),
	[SHOW_DNS_TIMEOUT] = REQUEST("Temporary failure in name resolution (%h:%p)"),
	[SHOW_NO_ADDRESS] = REQUEST("No address associated with hostname (%h:%p)"), [SHOW_REFUSED] = REQUEST("Connection refused (%h:%p)"),
	[SHOW_CONNECT_TIMEOUT] = REQUEST("Connection timed out (%h:%p)"), [SHOW_NO_ROUTE] = REQUEST("No route to host (%h:%p)"),
	[SHOW_NETWORK_UNREACHABLE] = REQUEST("Network is unreachable (%h:%p)"), [SHOW_CONNECT_RESET] = SSL_FAILED, [SHOW_TLS_RESET] = SSL_FAILED,
	[SHOW_TLS_SILENT] = { "TaskCanceledException", 0, "The request was canceled due to the configured HttpClient.Timeout", NULL },
	[SHOW_TLS_STALLED] = { "TaskCanceledException", 0, "The request was canceled due to the configured HttpClient.Timeout", NULL },
	EACH_TLS(SSL_FAILED), [SHOW_HTTP_EMPTY] = SENDING, [SHOW_HTTP_RESET] = SENDING, [SHOW_H2_CLOSED] = SENDING,
	[SHOW_HTTP_TIMEOUT] = { "TaskCanceledException", 0, "The request was canceled due to the configured HttpClient.Timeout", NULL },
	[SHOW_HTTP_MALFORMED] = SENDING, [SHOW_HTTP_SHORT] = REQUEST("Error while copying content to a stream."),
	[SHOW_HTTP_SHORT_CHUNKED] = REQUEST("Error while copying content to a stream."),
};

static void dotnet_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = SSL_FAILED;

	(void)code;
	(void)late;
	show_set(c, &row, NULL, out);
}

const struct client_texts texts_dotnet = {
	.rows = dotnet_rows, .alert = dotnet_alert, .speaks_http = true, .follows_redirects = true,
};

/* ---- Wget with GnuTLS: one line and an exit code ------------------------------------------------------------- */

#define WGET_NET(text) { "network failure", 4, text, NULL }
#define WGET_TLS WGET_NET("GnuTLS: handshake failed. Unable to establish SSL connection.")

static const struct shown wget_rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = WGET_NET("wget: unable to resolve host address '%h'"), [SHOW_DNS_FAILED] = WGET_NET("wget: unable to resolve host address '%h'"),
	[SHOW_DNS_TIMEOUT] = WGET_NET("wget: unable to resolve host address '%h'"), [SHOW_NO_ADDRESS] = WGET_NET("wget: unable to resolve host address '%h'"),
	[SHOW_REFUSED] = WGET_NET("failed: Connection refused."), [SHOW_CONNECT_TIMEOUT] = WGET_NET("failed: Connection timed out."),
	[SHOW_NO_ROUTE] = WGET_NET("failed: No route to host."), [SHOW_NETWORK_UNREACHABLE] = WGET_NET("failed: Network is unreachable."),
	[SHOW_CONNECT_RESET] = WGET_TLS, [SHOW_TLS_RESET] = WGET_TLS, [SHOW_TLS_SILENT] = WGET_NET("Read error at the handshake: timed out"),
	[SHOW_TLS_STALLED] = WGET_NET("Read error at the handshake: timed out"), EACH_TLS(WGET_TLS),
	[SHOW_HTTP_EMPTY] = WGET_NET("No data received."), [SHOW_HTTP_RESET] = WGET_NET("Read error in headers."),
	[SHOW_HTTP_TIMEOUT] = WGET_NET("Read error in headers: timed out"),
	[SHOW_REDIRECT_LOOP] = { "server error", 8, "20 redirections exceeded.", NULL },
};

static void wget_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = WGET_TLS;

	(void)code;
	(void)late;
	show_set(c, &row, NULL, out);
}

const struct client_texts texts_wget = { .rows = wget_rows, .alert = wget_alert, .speaks_http = true, .follows_redirects = true };

/* ---- OkHttp and Android: Conscrypt's exceptions ----------------------------------------------------------------- */

#define ANDROID_TLS { "SSLHandshakeException", 0, "Handshake failed", NULL }
#define ANDROID_PROTOCOL { "SSLProtocolException", 0, "SSL handshake aborted: Failure in SSL library, usually a protocol error", NULL }
#define ANDROID_UNKNOWN { "UnknownHostException", 0, "Unable to resolve host \"%h\": No address associated with hostname", NULL }

static const struct shown okhttp_rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = ANDROID_UNKNOWN, [SHOW_DNS_FAILED] = ANDROID_UNKNOWN, [SHOW_DNS_TIMEOUT] = ANDROID_UNKNOWN,
	[SHOW_NO_ADDRESS] = ANDROID_UNKNOWN, [SHOW_REFUSED] = { "ConnectException", 0, "Failed to connect to %h/%a:%p", NULL },
	[SHOW_CONNECT_TIMEOUT] = { "SocketTimeoutException", 0, "failed to connect to %h/%a (port %p) after 10000ms", NULL },
	[SHOW_NO_ROUTE] = { "NoRouteToHostException", 0, "No route to host", NULL },
	[SHOW_NETWORK_UNREACHABLE] = { "ConnectException", 0, "Failed to connect to %h/%a:%p", NULL },
	[SHOW_CONNECT_RESET] = { "SSLHandshakeException", 0, "connection closed", NULL },
	[SHOW_TLS_RESET] = { "SSLHandshakeException", 0, "SSL handshake aborted: I/O error during system call, Connection reset by peer", NULL },
	[SHOW_TLS_SILENT] = { "SocketTimeoutException", 0, "timeout", NULL }, [SHOW_TLS_STALLED] = { "SocketTimeoutException", 0, "timeout", NULL },
	EACH_TLS(ANDROID_PROTOCOL), [SHOW_HTTP_EMPTY] = { "IOException", 0, "unexpected end of stream on https://%h:%p/...", NULL },
	[SHOW_HTTP_RESET] = { "SocketException", 0, "Connection reset", NULL }, [SHOW_HTTP_TIMEOUT] = { "SocketTimeoutException", 0, "timeout", NULL },
	[SHOW_HTTP_MALFORMED] = { "ProtocolException", 0, "Unexpected status line: %s", NULL },
	[SHOW_HTTP_SHORT] = { "ProtocolException", 0, "unexpected end of stream", NULL },
	[SHOW_HTTP_SHORT_CHUNKED] = { "ProtocolException", 0, "unexpected end of stream", NULL },
	[SHOW_H2_STREAM] = { "StreamResetException", 0, "stream was reset: %s", NULL }, [SHOW_H2_CLOSED] = { "IOException", 0, "connection shutdown", NULL },
	[SHOW_H2_GOAWAY] = { "ConnectionShutdownException", 0, NULL, NULL }, [SHOW_H2_PROTOCOL] = { "IOException", 0, "FRAME_SIZE_ERROR", NULL },
	[SHOW_H2_COMPRESSION] = { "IOException", 0, "COMPRESSION_ERROR", NULL },
	[SHOW_REDIRECT_LOOP] = { "ProtocolException", 0, "Too many follow-up requests: 21", NULL },
};

static void okhttp_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = ANDROID_TLS;

	(void)code;
	(void)late;
	show_set(c, &row, NULL, out);
}

const struct client_texts texts_okhttp = {
	.rows = okhttp_rows, .alert = okhttp_alert, .speaks_http = true, .follows_redirects = true, .offers_h2 = true,
};

/* ---- rustls ---------------------------------------------------------------------------------------------------------- */

#define RUSTLS(text) { text, 0, NULL, NULL }

static const struct shown rustls_rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = RUSTLS("failed to lookup address information: Name or service not known"),
	[SHOW_DNS_FAILED] = RUSTLS("failed to lookup address information: Temporary failure in name resolution"),
	[SHOW_DNS_TIMEOUT] = RUSTLS("failed to lookup address information: Temporary failure in name resolution"),
	[SHOW_NO_ADDRESS] = RUSTLS("failed to lookup address information: No address associated with hostname"),
	[SHOW_REFUSED] = RUSTLS("Connection refused (os error 111)"), [SHOW_CONNECT_TIMEOUT] = RUSTLS("Connection timed out (os error 110)"),
	[SHOW_NO_ROUTE] = RUSTLS("No route to host (os error 113)"), [SHOW_NETWORK_UNREACHABLE] = RUSTLS("Network is unreachable (os error 101)"),
	[SHOW_CONNECT_RESET] = RUSTLS("Connection reset by peer (os error 104)"), [SHOW_TLS_RESET] = RUSTLS("Connection reset by peer (os error 104)"),
	[SHOW_TLS_SILENT] = RUSTLS("operation timed out"), [SHOW_TLS_STALLED] = RUSTLS("operation timed out"),
	EACH_TLS(RUSTLS("received corrupt message")), [SHOW_HTTP_EMPTY] = RUSTLS("connection closed before message completed"),
};

static void rustls_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = RUSTLS("received fatal alert: %s");
	const char *name = kb_alert_name(code);

	(void)late;
	show_set(c, &row, name ? name : "Unknown", out);
}

const struct client_texts texts_rustls = {
	.rows = rustls_rows, .alert = rustls_alert, .speaks_http = true, .follows_redirects = true, .offers_h2 = true,
};

/* ---- Internet Explorer ------------------------------------------------------------------------------------------------- */

#define IE_PAGE { "INET_E_SECURITY_PROBLEM", 0, "This page can't be displayed. Turn on TLS 1.0, TLS 1.1, and TLS 1.2 in Advanced settings", NULL }
#define IE_NAME { "INET_E_RESOURCE_NOT_FOUND", 0, "This page can't be displayed", NULL }

static const struct shown ie_rows[SHOW_COUNT] = {
	[SHOW_NO_SUCH_NAME] = IE_NAME, [SHOW_DNS_FAILED] = IE_NAME, [SHOW_DNS_TIMEOUT] = IE_NAME, [SHOW_NO_ADDRESS] = IE_NAME,
	[SHOW_REFUSED] = IE_NAME, [SHOW_CONNECT_TIMEOUT] = IE_NAME, [SHOW_NO_ROUTE] = IE_NAME, [SHOW_NETWORK_UNREACHABLE] = IE_NAME,
	[SHOW_CONNECT_RESET] = IE_PAGE, [SHOW_TLS_RESET] = IE_PAGE, [SHOW_TLS_SILENT] = IE_NAME, [SHOW_TLS_STALLED] = IE_NAME,
	EACH_TLS(IE_PAGE), [SHOW_HTTP_EMPTY] = IE_NAME, [SHOW_HTTP_RESET] = IE_NAME, [SHOW_HTTP_TIMEOUT] = IE_NAME,
};

static void ie_alert(const struct show_case *c, uint8_t code, bool late, struct client_result *out)
{
	static const struct shown row = IE_PAGE;

	(void)code;
	(void)late;
	show_set(c, &row, NULL, out);
}

const struct client_texts texts_ie = { .rows = ie_rows, .alert = ie_alert, .is_browser = true, .speaks_http = true, .follows_redirects = true };
