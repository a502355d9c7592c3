/* Heads of HTTP/1 answers and first records as servers really send them, and what each client said to these very bytes:
 * Chrome 156, Firefox 153, curl 7.88, Go 1.19, Java 17, Node.js 20, Python 3.11, GnuTLS 3.7 over TLS on loopback. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "client/shows.h"
#include "http/exchange.h"
#include "tls/codes.h"

enum { CHROME, CURL, GO, JAVA, NODE, PYTHON, N_READERS };

/* What is shown begins so; NULL: nothing is wrong with the head. */
struct head_row {
	const char *head;
	const char *says[N_READERS];
};

#define BROKEN "net/http: HTTP/1.x transport connection broken: "

static const struct head_row heads[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", { NULL } },
	{ "HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", { NULL, NULL, NULL, NULL, "HPE_CR_EXPECTED", NULL } },
	{ "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
	  { NULL, "Received HTTP/0.9", BROKEN "malformed HTTP response \"\"", "Invalid Http response", NULL, "BadStatusLine" } },
	{ "HTTP/1.1 abc\r\n\r\n", { NULL, "Unsupported HTTP version", BROKEN "malformed HTTP status code \"abc\"", "Invalid Http response",
				    "HPE_INVALID_STATUS", "BadStatusLine" } },
	{ "HTTP/1.1 99 Low\r\n\r\n", { NULL, "Unsupported response code", BROKEN "malformed HTTP status code \"99\"", NULL,
				       "HPE_INVALID_STATUS", "BadStatusLine" } },
	{ "HTTP/1.1 1000 High\r\nContent-Length: 0\r\n\r\n",
	  { NULL, "Unsupported response code", BROKEN "malformed HTTP status code \"1000\"", "Unexpected end of file", "HPE_INVALID_STATUS",
	    "BadStatusLine" } },
	{ "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", { NULL, NULL, NULL, "Invalid Http response", NULL, "UnknownProtocol" } },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n12345",
	  { NULL, NULL, NULL, NULL, "HPE_UNEXPECTED_CONTENT_LENGTH", NULL } },
	{ "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n12345",
	  { NULL, "Invalid Content-Length", BROKEN "bad Content-Length \"-5\"", NULL, "HPE_INVALID_CONTENT_LENGTH", NULL } },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n12345",
	  { NULL, NULL, BROKEN "bad Content-Length \"5, 5\"", NULL, "HPE_INVALID_CONTENT_LENGTH", NULL } },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	  { NULL, NULL, NULL, NULL, "HPE_INVALID_CONTENT_LENGTH", NULL } },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: foo\r\n\r\nhello",
	  { NULL, "Unrecognized content encoding", BROKEN "unsupported transfer encoding: \"foo\"", NULL, NULL, NULL } },
	{ "HTTP/1.1 200 OK\r\nfoo bar\r\nContent-Length: 2\r\n\r\nhi",
	  { NULL, "Header without colon", BROKEN "malformed MIME header: missing colon: \"foo bar\"", NULL, "HPE_INVALID_HEADER_TOKEN", NULL } },
	{ "HTTP/1.1 101 Switching Protocols\r\nUpgrade: foo\r\nConnection: upgrade\r\n\r\n",
	  { "ERR_EMPTY_RESPONSE", "Empty reply", NULL, NULL, NULL, NULL } },
	{ "HTTP/1.1 302 Found\r\nLocation: /a\r\nLocation: /b\r\n\r\n",
	  { "ERR_RESPONSE_HEADERS_MULTIPLE_LOCATION", NULL, NULL, NULL, NULL, NULL } },
	{ "SSH-2.0-OpenSSH_9.2p1\r\n", { NULL, "Received HTTP/0.9", BROKEN "malformed HTTP response \"SSH-2.0", "Invalid Http response",
					 "HPE_INVALID_CONSTANT", "BadStatusLine" } },
};

typedef enum h1_view reads_head(const struct show_case *c, const struct h1_head *head, struct client_result *out);

static void check_shown(const struct client_result *out, bool stops, const char *says)
{
	if (!says) {
		assert_false(stops);
		return;
	}
	assert_true(stops);
	assert_true((out->error && strncmp(out->error, says, strlen(says)) == 0) ||
		    (out->message && strncmp(out->message, says, strlen(says)) == 0));
}

static void test_heads(void **state)
{
	static reads_head *const readers[] = { h1_chrome, h1_curl, h1_go, h1_java, h1_node, h1_python };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		struct arena *arena = arena_new(0);
		struct http_evidence http;
		struct http_request request = { .scheme = "https", .authority = "a.example", .path = "/", .protocol = "http/1.1" };
		struct http_exchange *x = http_exchange_new(arena, &request, &http);
		struct show_case c = { .arena = arena, .http = &http };
		struct h1_head head;

		http_exchange_receive(x, span_str(heads[i].head));
		http_exchange_eof(x, HTTP_EOF_CLOSE_NOTIFY);
		assert_true(h1_head_read(&http, &head));
		for (size_t k = 0; k < N_READERS; k++) {
			struct client_result out = { 0 };

			check_shown(&out, readers[k](&c, &head, &out) == H1_STOPS, heads[i].says[k]);
		}
		arena_free(arena);
	}
}

/* What lies beyond the bytes that are kept is no ground for a judgement. */
static void test_head_unfinished(void **state)
{
	struct http_evidence http = { .asked = true, .first_bytes = span_str("HTTP/1.1 200 OK\r\nX-Long: aaaa") };
	struct h1_head head;

	(void)state;
	assert_false(h1_head_read(&http, &head));
	http.fault = HTTP_FAULT_TRUNCATED_LENGTH;       /* the connection ended there */
	assert_true(h1_head_read(&http, &head));
	assert_true(head.is_cut);
}

enum { R_CHROME, R_FIREFOX, R_GO, R_JAVA, R_GNUTLS, N_RECORD_READERS };

struct record_row {
	const char *bytes;
	size_t n;
	const char *says[N_RECORD_READERS];
};

#define BYTES(text) text, sizeof text - 1

static const struct record_row records[] = {
	{ BYTES("\x05\xff"), { "ERR_CONNECTION_CLOSED", "PR_END_OF_FILE_ERROR", "unexpected EOF", "Remote host terminated", "The TLS connection was non" } },
	{ BYTES("\x14\x03\x03\0\1\1"), { "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_UNEXPECTED_CHANGE_CIPHER", "tls: first record does not",
					 "Unsupported or unrecognized", "An unexpected TLS packet" } },
	{ BYTES("\x16\x03\x03\0\x04\0\0\0\0"), { "ERR_SSL_PROTOCOL_ERROR", NULL, "tls: received unexpected handshake message of type *tls.helloRequestMsg",
						 "Unsupported handshake message: hello_request", "An unexpected TLS handshake packet" } },
	{ BYTES("\x16\x03\x03\0\0"), { NULL, NULL, "local error: tls: unexpected message", NULL, "An unexpected TLS packet" } },
	{ BYTES("\x16\x03\x03\0\x7a\x02\0\0\x76\x03\x03"), { NULL, "PR_END_OF_FILE_ERROR", "unexpected EOF", NULL, NULL } },
	{ BYTES("<html></html>"), { "ERR_SSL_PROTOCOL_ERROR", "SSL_ERROR_RX_RECORD_TOO_LONG", "tls: first record does not", "Unsupported or unrecognized", NULL } },
	{ BYTES("\0\0\0\0\0\0\0\0"), { NULL, "SSL_ERROR_RX_UNKNOWN_RECORD_TYPE", "tls: first record does not", "Unsupported or unrecognized", NULL } },
	{ BYTES("\x16\x09\x09\0\x04\x0e\0\0\0"), { NULL, "SSL_ERROR_RX_UNEXPECTED_HELLO_DONE", "tls: received unexpected handshake message of type *tls.serverHelloDoneMsg",
						   "Unexpected handshake message: server_hello_done", "A packet with illegal or unsupported" } },
};

typedef bool reads_record(const struct show_case *c, const struct first_record *record, struct client_result *out);

static void test_records(void **state)
{
	static reads_record *const readers[] = { record_chrome, record_firefox, record_go, record_java, record_gnutls };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(records); i++) {
		struct arena *arena = arena_new(0);
		struct attempt at = { .first_bytes = span_of(records[i].bytes, records[i].n), .fault = TLS_FAULT_CLOSED };
		struct show_case c = { .arena = arena, .attempt = &at };
		struct first_record record;

		assert_true(first_record_read(&at, &record));
		for (size_t k = 0; k < N_RECORD_READERS; k++) {
			struct client_result out = { 0 };

			check_shown(&out, readers[k](&c, &record, &out), records[i].says[k]);
		}
		arena_free(arena);
	}
}

/* A server hello, an alert, a reset: not the first record's matter. */
static void test_record_of_no_concern(void **state)
{
	struct attempt at = { .first_bytes = span_of("\x05\xff", 2), .fault = TLS_FAULT_RESET };
	struct first_record record;

	(void)state;
	assert_false(first_record_read(&at, &record));
	at.fault = TLS_FAULT_CLOSED;
	at.has_server_hello = true;
	assert_false(first_record_read(&at, &record));
	at.has_server_hello = false;
	at.first_bytes.n = 0;
	assert_false(first_record_read(&at, &record));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_heads), cmocka_unit_test(test_head_unfinished), cmocka_unit_test(test_records),
		cmocka_unit_test(test_record_of_no_concern),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
