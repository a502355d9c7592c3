#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "http/exchange.h"

static const struct http_request request = {
	.protocol = "h2",
	.scheme = "https",
	.authority = "h.test",
	.path = "/",
	.user_agent = "test",
};

static size_t unhex(const char *text, uint8_t *bytes)
{
	size_t n = 0;
	int high = -1;

	for (; *text; text++) {
		int digit = *text >= '0' && *text <= '9' ? *text - '0'
			    : *text >= 'a'		 ? *text - 'a' + 10
							 : -1;

		if (digit < 0)
			continue;
		if (high >= 0)
			bytes[n++] = (uint8_t)(high * 16 + digit);
		high = high < 0 ? digit : -1;
	}
	return n;
}

#define SETTINGS	"000000 04 00 00000000 "
#define STATUS_200_OPEN "000001 01 04 00000001 88 "
#define STATUS_200_END	"000001 01 05 00000001 88 "
#define STATUS_100	"000005 01 04 00000001 4803313033 "
#define DATA_END	"000002 00 01 00000001 6869 "
#define DATA_OPEN	"000002 00 00 00000001 6869 "
/* :status 200, content-length 5 */
#define STATUS_LENGTH_5 "000005 01 04 00000001 88 0f0d0135 "
/* :status 200, content-encoding: gzip */
#define STATUS_GZIP "000008 01 04 00000001 88 0f0b04677a6970 "

static const struct answer {
	const char *frames;
	enum http_fault fault;
	uint32_t h2_error;
	int status;
	const char *body;
} answers[] = {
	{ SETTINGS STATUS_200_END, HTTP_FAULT_NONE, 0, 200, "" },
	{ SETTINGS STATUS_200_OPEN DATA_END, HTTP_FAULT_NONE, 0, 200, "hi" },
	{ SETTINGS STATUS_100 STATUS_200_OPEN DATA_OPEN DATA_END, HTTP_FAULT_NONE, 0, 200, "hihi" },
	{ SETTINGS STATUS_200_OPEN DATA_OPEN "000000 01 05 00000001", HTTP_FAULT_NONE, 0, 200,
	  "hi" },
	/* a graceful GOAWAY that includes our stream, as nginx sends it */
	{ SETTINGS "000008 07 00 00000000 00000001 00000000" STATUS_200_END, HTTP_FAULT_NONE, 0,
	  200, "" },
	{ SETTINGS "000004 03 00 00000001 00000002", HTTP_FAULT_H2_STREAM, 2, 0, "" },
	{ SETTINGS "000004 03 00 00000001 0000000d", HTTP_FAULT_H2_STREAM, 13, 0, "" },
	{ SETTINGS STATUS_200_OPEN DATA_OPEN "000004 03 00 00000001 00000002", HTTP_FAULT_H2_STREAM,
	  2, 200, "hi" },
	{ SETTINGS "000008 07 00 00000000 00000000 0000000c", HTTP_FAULT_H2_GOAWAY, 12, 0, "" },
	{ SETTINGS "000008 07 00 00000000 00000000 00000000", HTTP_FAULT_H2_GOAWAY, 0, 0, "" },
	{ SETTINGS "000008 07 00 00000000 00000001 00000001", HTTP_FAULT_H2_GOAWAY, 1, 0, "" },
	{ SETTINGS "000004 01 05 00000001 ffffffff", HTTP_FAULT_H2_COMPRESSION, 9, 0, "" },
	{ SETTINGS, HTTP_FAULT_H2_CLOSED, 0, 0, "" },
	{ "", HTTP_FAULT_NO_RESPONSE, 0, 0, "" },
	{ SETTINGS STATUS_200_OPEN DATA_OPEN, HTTP_FAULT_H2_CLOSED, 0, 200, "hi" },
	{ SETTINGS STATUS_LENGTH_5 DATA_OPEN, HTTP_FAULT_TRUNCATED_LENGTH, 0, 200, "hi" },
	{ SETTINGS STATUS_LENGTH_5 DATA_END, HTTP_FAULT_TRUNCATED_LENGTH, 1, 200, "hi" },
	{ SETTINGS STATUS_GZIP DATA_END, HTTP_FAULT_BAD_ENCODING, 0, 200, "" },
	/* DATA on a stream never opened, a frame too large, HEADERS without :status */
	{ SETTINGS "000002 00 01 00000003 6869", HTTP_FAULT_H2_PROTOCOL, 1, 0, "" },
	{ SETTINGS "ffffff 00 01 00000001", HTTP_FAULT_H2_PROTOCOL, 6, 0, "" },
	{ SETTINGS "000003 01 05 00000001 0f0d00", HTTP_FAULT_H2_PROTOCOL, 1, 0, "" },
};

static void ask(struct arena *arena, const uint8_t *bytes, size_t n, size_t piece,
		struct http_evidence *out)
{
	struct http_exchange *x = http_exchange_new(arena, &request, out);
	struct span sent;

	http_exchange_send(x, &sent);
	assert_int_equal(span_find(sent, span_str("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")), 0);
	for (size_t at = 0; at < n; at += piece) {
		http_exchange_receive(x, span_of(bytes + at, at + piece > n ? n - at : piece));
		http_exchange_send(x, &sent);
	}
	http_exchange_eof(x, HTTP_EOF_CLOSE_NOTIFY);
	assert_true(http_exchange_done(x));
}

static void test_answers(void **state)
{
	static const size_t pieces[] = { 1000, 1, 7 };
	uint8_t bytes[256];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers) * COUNT_OF(pieces); i++) {
		const struct answer *a = &answers[i / COUNT_OF(pieces)];
		struct arena *arena = arena_new(0);
		struct http_evidence out;
		size_t n = unhex(a->frames, bytes);

		ask(arena, bytes, n, pieces[i % COUNT_OF(pieces)], &out);
		if (out.fault != a->fault || out.h2_error != a->h2_error ||
		    out.status != a->status || !span_is(out.body, a->body))
			fail_msg("fault %d (%s), error %u, status %d, body %.*s: %s", out.fault,
				 out.fault_text ? out.fault_text : "", out.h2_error, out.status,
				 (int)out.body.n, out.body.n ? (const char *)out.body.p : "",
				 a->frames);
		assert_int_equal(out.got_body, a->fault == HTTP_FAULT_NONE ||
						       a->fault == HTTP_FAULT_BAD_ENCODING);
		arena_free(arena);
	}
}

static void test_http1_instead(void **state)
{
	static const char text[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

	(void)state;
	for (size_t n = 9; n < sizeof text; n++) {
		struct arena *arena = arena_new(0);
		struct http_evidence out;

		ask(arena, (const uint8_t *)text, n, 1000, &out);
		assert_int_equal(out.fault, HTTP_FAULT_H2_PROTOCOL);
		arena_free(arena);
	}
}

/* PINGs and empty frames without end are given up. */
static void test_floods(void **state)
{
	static const char *const frames[] = { "000008 06 00 00000000 0000000000000000",
					      "000000 04 00 00000000", "000000 00 00 00000001",
					      "000001 02 00 00000001 00" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(frames); i++) {
		struct arena *arena = arena_new(0);
		struct http_evidence out;
		struct http_exchange *x = http_exchange_new(arena, &request, &out);
		uint8_t frame[64], start[64];
		size_t n = unhex(frames[i], frame),
		       n_start = unhex(SETTINGS STATUS_200_OPEN, start), rounds = 0;

		http_exchange_receive(x, span_of(start, n_start));
		while (!http_exchange_done(x) && rounds++ < 1000000)
			http_exchange_receive(x, span_of(frame, n));
		assert_true(http_exchange_done(x));
		assert_int_not_equal(out.fault, HTTP_FAULT_NONE);
		arena_free(arena);
	}
}

/* A header of 4 kB put into the table once and named by one byte each, over and over. */
static void test_hpack_bomb(void **state)
{
	struct arena *arena = arena_new(0);
	struct http_evidence out;
	struct http_exchange *x = http_exchange_new(arena, &request, &out);
	uint8_t bomb[16000] = { 0x00, 0x00, 0x00, 0x01, 0x04, 0,    0,	  0,
				1,    0x88, 0x40, 0x01, 'a',  0x7f, 0x81, 0x1e };
	uint8_t start[16];

	(void)state;
	http_exchange_receive(x, span_of(start, unhex(SETTINGS, start)));
	memset(bomb + 16, 'b', 4000);
	memset(bomb + 4016, 0xbe, sizeof bomb - 4016);
	bomb[1] = (uint8_t)((sizeof bomb - 9) >> 8);
	bomb[2] = (uint8_t)((sizeof bomb - 9) & 255);
	http_exchange_receive(x, span_of(bomb, sizeof bomb));
	assert_true(http_exchange_done(x));
	assert_int_equal(out.fault, HTTP_FAULT_HEADERS_TOO_LARGE);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_http1_instead),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_hpack_bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
