/* DNS messages and records: golden bytes, cut at every length, forged pointers and lengths. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "dns/message.h"
#include "dns/records.h"

/* www.a.example HTTPS?  CNAME b.a.example (compressed), HTTPS 1 . alpn=h2 port=8443; OPT with EDE 6 "x" */
static const uint8_t golden[] =
	"\x12\x34\x81\x80\0\1\0\2\0\0\0\1"
	"\3www\1a\7example\0\0\x41\0\1"
	"\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1b\xc0\x10"
	"\1b\xc0\x10\0\x41\0\1\0\0\0\x3c\0\x10\0\1\0\0\1\0\3\2h2\0\3\0\2\x20\xfb"
	"\0\0\x29\x04\xd0\0\0\0\0\0\7\0\x0f\0\3\0\6x";

static const struct span golden_span = { golden, sizeof golden - 1 };

static void reads_a_response(void **state)
{
	struct arena *arena = arena_new(0);
	struct dns_message message;

	(void)state;
	assert_true(dns_message_decode(arena, golden_span, &message));
	assert_null(message.fault);
	assert_int_equal(message.id, 0x1234);
	assert_string_equal(message.name, "www.a.example");
	assert_int_equal(message.n_answers, 2);
	assert_string_equal(message.answers[0].text, "b.a.example");
	assert_int_equal(message.answers[0].rdata.n, 13);
	assert_string_equal(message.answers[1].owner, "b.a.example");
	assert_string_equal(message.answers[1].text, "1 . alpn=h2 port=8443");
	assert_int_equal(message.extended_error, 6);
	assert_string_equal(message.extended_error_text, "x");
	arena_free(arena);
}

static void survives_cuts_and_flips(void **state)
{
	(void)state;
	for (size_t n = 0; n < golden_span.n; n++) {
		struct arena *arena = arena_new(0);
		struct dns_message message;
		uint8_t copy[sizeof golden];

		assert_true(!dns_message_decode(arena, span_of(golden, n), &message) || message.fault);
		for (int bit = 0; bit < 8; bit++) {
			memcpy(copy, golden, sizeof golden);
			copy[n] ^= (uint8_t)(1 << bit);
			dns_message_decode(arena, span_of(copy, golden_span.n), &message);
		}
		arena_free(arena);
	}
}

static void refuses_pointer_loops(void **state)
{
	static const uint8_t self[] = "\0\1\x80\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1";
	static const uint8_t pair[] = "\0\1\x80\0\0\1\0\0\0\0\0\0\xc0\x0e\xc0\x0c\0\1\0\1";
	static const uint8_t label[] = "\0\1\x80\0\0\1\0\0\0\0\0\0\1a\xc0\x0c\0\1\0\1";
	struct arena *arena = arena_new(0);
	struct dns_message message;

	(void)state;
	assert_false(dns_message_decode(arena, span_of(self, sizeof self - 1), &message));
	assert_false(dns_message_decode(arena, span_of(pair, sizeof pair - 1), &message));
	assert_false(dns_message_decode(arena, span_of(label, sizeof label - 1), &message));
	assert_non_null(message.fault);
	arena_free(arena);
}

static void writes_queries(void **state)
{
	uint8_t buffer[DNS_QUERY_MAX];
	struct wr wr = wr_of(buffer, sizeof buffer);
	struct dns_query query = { .name = "a.example.", .type = DNS_TYPE_A, .id = 7 };

	(void)state;
	assert_true(dns_query_encode(&wr, &query));
	assert_memory_equal(buffer, "\0\7\1\0\0\1\0\0\0\0\0\0\1a\7example\0\0\1\0\1", 27);
	for (size_t i = 0; i < 3; i++) {
		static const char *const bad[] = { "a..b", ".a",
			"a234567890123456789012345678901234567890123456789012345678901234" };

		wr = wr_of(buffer, sizeof buffer);
		query.name = bad[i];
		assert_false(dns_query_encode(&wr, &query));
	}
}

struct text_case {
	uint16_t type;
	const char *rdata;
	size_t n;
	const char *text;
};

#define CASE(type, rdata, text) { type, rdata, sizeof(rdata) - 1, text }
static const struct text_case texts[] = {
	CASE(DNS_TYPE_A, "\xc0\0\2\1", "192.0.2.1"),
	CASE(DNS_TYPE_A, "\xc0\0\2", "(malformed) \\# 3 c00002"),
	CASE(DNS_TYPE_AAAA, " \1\r\xb8\0\0\0\0\0\0\0\0\0\0\0\1", "2001:db8::1"),
	CASE(DNS_TYPE_CAA, "\x80\5issueca.example", "128 issue \"ca.example\""),
	CASE(DNS_TYPE_CAA, "\0\0x", "(malformed) \\# 3 000078"),
	CASE(DNS_TYPE_CAA, "\0\x09x", "(malformed) \\# 3 000978"),
	CASE(DNS_TYPE_TLSA, "\3\1\1\xab\xcd", "3 1 1 abcd"),
	CASE(DNS_TYPE_TLSA, "\3\1\1", "(malformed) \\# 3 030101"),
	CASE(DNS_TYPE_MX, "\0\x0a\2mx\0", "10 mx"),
	CASE(DNS_TYPE_TXT, "\2a\"\1\x1b", "\"a\\\"\" \"\\027\""),
	CASE(DNS_TYPE_TXT, "\5ab", "(malformed) \\# 3 056162"),
	CASE(DNS_TYPE_NS, "\2ns\0", "ns"),
	CASE(DNS_TYPE_SOA, "\1a\0\1b\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5", "a b 1 2 3 4 5"),
	CASE(DNS_TYPE_HTTPS, "\0\0\1b\0", "0 b"),
	CASE(DNS_TYPE_HTTPS, "\0\1\0\0\4\0\4\xc0\0\2\1\0\5\0\2zz", "1 . ipv4hint=192.0.2.1 ech=(2 bytes)"),
	CASE(DNS_TYPE_HTTPS, "\0\1\0\0\4\0\3\xc0\0\2", "(malformed) \\# 10 000100000400" "03c00002"),
	CASE(DNS_TYPE_HTTPS, "\0\1\0\0\3\0\2\0\1\0\3\0\2\0\1", "(malformed) \\# 15 000100000300020001000300020001"),
	CASE(999, "\1", "\\# 1 01"),
};

static void writes_presentation(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_string_equal(dns_record_text(arena, texts[i].type, span_of(texts[i].rdata, texts[i].n)),
				    texts[i].text);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_response),    cmocka_unit_test(survives_cuts_and_flips),
		cmocka_unit_test(refuses_pointer_loops), cmocka_unit_test(writes_queries),
		cmocka_unit_test(writes_presentation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
