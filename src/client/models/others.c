/* Safari and .NET, from their makers' documentation: never run here. */
#include "client/shows.h"

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
