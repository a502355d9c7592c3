#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "http/exchange.h"

static const struct http_request request = {
	.scheme = "https",
	.authority = "h.test",
	.path = "/dir/page",
	.user_agent = "test",
};

/* Feeds the answer in pieces of `piece` bytes. */
static void ask(struct arena *arena, const char *answer, size_t n, size_t piece, enum http_eof how,
		struct http_evidence *out)
{
	struct http_exchange *x = http_exchange_new(arena, &request, out);

	for (size_t at = 0; at < n; at += piece)
		http_exchange_receive(x, span_of(answer + at, at + piece > n ? n - at : piece));
	http_exchange_eof(x, how);
	assert_true(http_exchange_done(x));
}

#define HEAD "HTTP/1.1 200 OK\r\n"

static const struct answer {
	const char *text;
	enum http_fault fault;
	int status;
	const char *body;
} answers[] = {
	{ HEAD "Content-Length: 2\r\n\r\nhi", HTTP_FAULT_NONE, 200, "hi" },
	{ HEAD "Content-Length: 2, 2\r\n\r\nhi", HTTP_FAULT_NONE, 200, "hi" },
	{ HEAD "Content-Length: 2\r\n\r\nhi and more", HTTP_FAULT_NONE, 200, "hi" },
	{ HEAD "\r\nuntil the end", HTTP_FAULT_NONE, 200, "until the end" },
	{ "HTTP/1.0 200\nA: b\n\nbare", HTTP_FAULT_NONE, 200, "bare" },
	{ "http/1.1 200 ok\r\n\r\nx", HTTP_FAULT_NONE, 200, "x" },
	{ "\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx", HTTP_FAULT_NONE, 200, "x" },
	{ "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" HEAD "\r\nx", HTTP_FAULT_NONE, 200, "x" },
	{ HEAD "A: b\r\n c\r\n\r\nx", HTTP_FAULT_NONE, 200, "x" },
	{ "HTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n", HTTP_FAULT_NONE, 204, "" },
	{ "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", HTTP_FAULT_NONE, 304, "" },
	{ HEAD "Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nhi\r\n4\r\n you\r\n0\r\nT: v\r\n\r\n",
	  HTTP_FAULT_NONE, 200, "hi you" },
	{ HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n",
	  HTTP_FAULT_NONE, 200, "hi0123456789" },
	{ HEAD "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
	  HTTP_FAULT_NONE, 200, "hi" },
	{ "", HTTP_FAULT_NO_RESPONSE, 0, "" },
	{ "SSH-2.0-OpenSSH_9.2p1\r\n", HTTP_FAULT_MALFORMED, 0, "" },
	{ "<html>no head</html>", HTTP_FAULT_MALFORMED, 0, "" },
	{ "\r\n\r\n\r\n\r\n", HTTP_FAULT_MALFORMED, 0, "" },
	{ "HTTP/1.1 abc\r\n\r\n", HTTP_FAULT_BAD_HEADER, 0, "" },
	{ "HTTP/1.1 2000 OK\r\n\r\n", HTTP_FAULT_BAD_HEADER, 0, "" },
	{ HEAD "no colon here\r\nContent-Length: 2\r\n\r\nhi", HTTP_FAULT_BAD_HEADER, 200, "hi" },
	{ HEAD ": no name\r\nContent-Length: 2\r\n\r\nhi", HTTP_FAULT_NONE, 200, "hi" },
	{ HEAD " blank first\r\nContent-Length: 2\r\n\r\nhi", HTTP_FAULT_BAD_HEADER, 200, "hi" },
	{ HEAD "Content-Length: -2\r\n\r\nhi", HTTP_FAULT_BAD_HEADER, 200, "hi" },
	{ HEAD "Location: /a\r\nLocation: /b\r\n\r\n", HTTP_FAULT_BAD_HEADER, 200, "" },
	{ HEAD "Content-Length: 5\r\nContent-Length: 9\r\n\r\n123456789", HTTP_FAULT_TWO_LENGTHS,
	  200, "" },
	{ HEAD "Content-Length: 5, 9\r\n\r\n123456789", HTTP_FAULT_TWO_LENGTHS, 200, "" },
	{ HEAD "Content-Length: 5\r\n\r\nhi", HTTP_FAULT_TRUNCATED_LENGTH, 200, "hi" },
	{ HEAD "Content-Le", HTTP_FAULT_TRUNCATED_LENGTH, 200, "" },
	{ "HTTP", HTTP_FAULT_MALFORMED, 0, "" },
	{ HEAD "Transfer-Encoding: chunked\r\n\r\n40\r\nshort", HTTP_FAULT_TRUNCATED_CHUNKED, 200,
	  "short" },
	{ HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n", HTTP_FAULT_TRUNCATED_CHUNKED, 200,
	  "hi" },
	{ HEAD "Transfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n", HTTP_FAULT_BAD_CHUNK, 200, "" },
	{ HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nhiho\r\n", HTTP_FAULT_BAD_CHUNK, 200, "hi" },
	{ HEAD "Transfer-Encoding: chunked\r\n\r\n-2\r\nhi\r\n", HTTP_FAULT_BAD_CHUNK, 200, "" },
	{ HEAD "Content-Encoding: gzip\r\nContent-Length: 8\r\n\r\nnot gzip",
	  HTTP_FAULT_BAD_ENCODING, 200, "" },
};

static void test_answers(void **state)
{
	static const size_t pieces[] = { 100000, 1, 3 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(answers) * COUNT_OF(pieces); i++) {
		const struct answer *a = &answers[i / COUNT_OF(pieces)];
		struct arena *arena = arena_new(0);
		struct http_evidence out;

		ask(arena, a->text, strlen(a->text), pieces[i % COUNT_OF(pieces)],
		    HTTP_EOF_CLOSE_NOTIFY, &out);
		if (out.fault != a->fault)
			fail_msg("fault %d instead of %d: %s", out.fault, a->fault, a->text);
		assert_int_equal(out.status, a->status);
		if (!span_is(out.body, a->body))
			fail_msg("body is %.*s: %s", (int)out.body.n, (const char *)out.body.p,
				 a->text);
		assert_true(out.fault == HTTP_FAULT_NONE || out.fault_text);
		arena_free(arena);
	}
}

/* However much of it comes, nothing but the end is called whole. */
static void test_cut_everywhere(void **state)
{
	static const char text[] = HEAD "Server: s\r\nContent-Length: 2\r\n\r\nhi";

	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++) {
		struct arena *arena = arena_new(0);
		struct http_evidence out;

		ask(arena, text, n, 5, HTTP_EOF_FIN, &out);
		assert_int_not_equal(out.fault, HTTP_FAULT_NONE);
		assert_false(out.got_body);
		arena_free(arena);
	}
}

static void test_ends(void **state)
{
	static const struct {
		enum http_eof how;
		enum http_fault fault;
	} ends[] = {
		{ HTTP_EOF_RESET, HTTP_FAULT_RESET },
		{ HTTP_EOF_TIMEOUT, HTTP_FAULT_TIMEOUT },
		{ HTTP_EOF_TLS_ALERT, HTTP_FAULT_TLS_ALERT },
		{ HTTP_EOF_BAD_RECORD_MAC, HTTP_FAULT_BAD_RECORD_MAC },
		{ HTTP_EOF_FIN, HTTP_FAULT_NO_RESPONSE },
		{ HTTP_EOF_CLOSE_NOTIFY, HTTP_FAULT_NO_RESPONSE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct arena *arena = arena_new(0);
		struct http_evidence out;

		ask(arena, "", 0, 1, ends[i].how, &out);
		assert_int_equal(out.fault, ends[i].fault);
		assert_int_equal(out.closed_clean, ends[i].how == HTTP_EOF_CLOSE_NOTIFY);
		arena_free(arena);
	}
}

static void test_request(void **state)
{
	struct arena *arena = arena_new(0);
	struct http_evidence out;
	struct http_exchange *x = http_exchange_new(arena, &request, &out);
	struct span bytes;

	(void)state;
	http_exchange_send(x, &bytes);
	assert_int_equal(span_find(bytes, span_str("GET /dir/page HTTP/1.1\r\nHost: h.test\r\n")),
			 0);
	assert_true(span_find(bytes, span_str("\r\nConnection: close\r\n\r\n")) > 0);
	http_exchange_send(x, &bytes);
	assert_int_equal(bytes.n, 0);
	arena_free(arena);
}

static void test_too_large(void **state)
{
	struct arena *arena = arena_new(0);
	struct http_evidence out;
	struct http_exchange *x = http_exchange_new(arena, &request, &out);
	char line[1100] = "X: ";

	(void)state;
	memset(line + 3, 'a', 1000);
	memcpy(line + 1003, "\r\n", 3);
	http_exchange_receive(x, span_str(HEAD));
	for (int i = 0; i < 1000 && !http_exchange_done(x); i++)
		http_exchange_receive(x, span_str(line));
	assert_true(http_exchange_done(x));
	assert_int_equal(out.fault, HTTP_FAULT_HEADERS_TOO_LARGE);
	arena_free(arena);
}

static void test_body_limit(void **state)
{
	struct http_request small = request;
	struct arena *arena = arena_new(0);
	struct http_evidence out;
	struct http_exchange *x;

	(void)state;
	small.body_limit = 4;
	x = http_exchange_new(arena, &small, &out);
	http_exchange_receive(x, span_str(HEAD "\r\n123456789"));
	assert_true(http_exchange_done(x));
	assert_true(out.body_cut && !out.got_body);
	assert_int_equal(out.fault, HTTP_FAULT_NONE);
	assert_true(span_is(out.body, "1234"));
	arena_free(arena);
}

/* ---- fields ------------------------------------------------------------------------------------------ */

static const struct hsts {
	const char *value;
	bool valid;
	int64_t max_age;
	bool subdomains, preload;
} hsts[] = {
	{ "max-age=31536000", true, 31536000, false, false },
	{ "Max-Age=\"300\" ; includeSubDomains;preload", true, 300, true, true },
	{ "max-age=0", true, 0, false, false },
	{ ";max-age=5;;unknown=\"a;b\"", true, 5, false, false },
	{ "max-age=5; max-age=5", false, 5, false, false },
	{ "includeSubDomains", false, 0, true, false },
	{ "max-age", false, 0, false, false },
	{ "max-age=", false, 0, false, false },
	{ "max-age=\"5", false, 0, false, false },
	{ "max-age=-5", false, 0, false, false },
	{ "max-age=5; includeSubDomains; includeSubDomains", false, 5, true, false },
	{ "", false, 0, false, false },
};

static void test_hsts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(hsts); i++) {
		struct arena *arena = arena_new(0);
		struct http_evidence out;
		char *text = arena_printf(arena,
					  HEAD "Strict-Transport-Security: %s\r\n"
					       "Strict-Transport-Security: max-age=77\r\n\r\n",
					  hsts[i].value);

		ask(arena, text, strlen(text), 1000, HTTP_EOF_FIN, &out);
		assert_true(out.has_hsts);
		if (out.hsts_valid != hsts[i].valid)
			fail_msg("valid is %d: %s", out.hsts_valid, hsts[i].value);
		if (out.hsts_valid)
			assert_int_equal(out.hsts_max_age, hsts[i].max_age);
		assert_int_equal(out.hsts_subdomains, hsts[i].subdomains);
		assert_int_equal(out.hsts_preload, hsts[i].preload);
		arena_free(arena);
	}
}

static const struct redirect {
	const char *location, *url; /* NULL: unusable */
} redirects[] = {
	{ "https://other.test/x", "https://other.test/x" },
	{ "/y", "https://h.test/y" },
	{ "z?q#f", "https://h.test/dir/z?q" },
	{ "//o.test", "https://o.test/" },
	{ "http://h.test/", "http://h.test/" },
	{ "file:///etc/hostname", NULL },
	{ "https://", NULL },
	{ "https://a b/", NULL },
	{ "", NULL },
};

static void test_location(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(redirects); i++) {
		struct arena *arena = arena_new(0);
		struct http_evidence out;
		char *text = arena_printf(
			arena, "HTTP/1.1 302 Found\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n",
			redirects[i].location);

		ask(arena, text, strlen(text), 1000, HTTP_EOF_FIN, &out);
		assert_int_equal(out.fault, HTTP_FAULT_NONE);
		if (redirects[i].url)
			assert_string_equal(out.redirect_url, redirects[i].url);
		else
			assert_non_null(out.redirect_fault);
		assert_true(!out.redirect_url != !out.redirect_fault);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),	  cmocka_unit_test(test_cut_everywhere),
		cmocka_unit_test(test_ends),	  cmocka_unit_test(test_request),
		cmocka_unit_test(test_too_large), cmocka_unit_test(test_body_limit),
		cmocka_unit_test(test_hsts),	  cmocka_unit_test(test_location),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
