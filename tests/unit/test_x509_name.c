#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "x509/name.h"
#include "x509_fixture.h"

static bool matches(const char *pattern, const char *host, unsigned how)
{
	return host_matches(span_str(pattern), span_str(host), how);
}

static void test_hosts(void **state)
{
	(void)state;
	assert_true(matches("WWW.example.org", "www.EXAMPLE.org", 0));
	assert_true(matches("*.example.org", "a.example.org", 0));
	assert_true(matches("www.example.org", "www.example.org.", 0));
	assert_false(matches("*.example.org", "example.org", 0));
	assert_false(matches("*.example.org", "a.b.example.org", 0));
	assert_false(matches("a.*.org", "a.example.org", 0));
	assert_false(matches("*", "localhost", 0));
	assert_false(matches("w*.example.org", "www.example.org", 0));
	assert_true(matches("w*.example.org", "www.example.org", HOST_MATCH_PARTIAL_WILDCARD));
	assert_false(matches("*.co.uk", "a.co.uk", 0));
	assert_true(matches("*.co.uk", "a.co.uk", HOST_MATCH_PUBLIC_SUFFIX));
	assert_false(matches("*.org", "example.org", HOST_MATCH_PUBLIC_SUFFIX));
}

static void test_valid(void **state)
{
	(void)state;
	assert_true(host_name_is_valid(span_str("*.a-b.example")));
	assert_false(host_name_is_valid(span_str(".example.org")));
	assert_false(host_name_is_valid(span_str("https://example.org/")));
	assert_false(host_name_is_valid(span_str("a.*.org")));
	assert_false(host_name_is_valid(span_str("a..org")));
}

/* CN=A  b as UTF8String, CN=a B as PrintableString, CN=ab. */
static const uint8_t utf8[] = { 0x30, 15, 0x31, 13, 0x30, 11, 6, 3, 0x55, 4, 3, 0x0c, 4, 'A', ' ', ' ', 'b' };
static const uint8_t printable[] = { 0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x13, 3, 'a', ' ', 'B' };
static const uint8_t padded[] = { 0x30, 16, 0x31, 14, 0x30, 12, 6, 3, 0x55, 4, 3, 0x0c, 5, ' ', 'a', ' ', 'b', ' ' };
static const uint8_t other[] = { 0x30, 13, 0x31, 11, 0x30, 9, 6, 3, 0x55, 4, 3, 0x13, 2, 'a', 'b' };
static const uint8_t empty[] = { 0x30, 0 };

#define RAW(bytes) span_of(bytes, sizeof(bytes))

static void test_names(void **state)
{
	(void)state;
	assert_true(name_equal(RAW(utf8), RAW(printable)));
	assert_true(name_equal(RAW(padded), RAW(printable)));
	assert_false(name_equal(RAW(utf8), RAW(other)));
	assert_false(name_equal(RAW(utf8), RAW(empty)));
	assert_true(name_hash(RAW(utf8)) == name_hash(RAW(printable)));
	assert_true(name_hash(RAW(padded)) == name_hash(RAW(printable)));
	assert_true(name_hash(RAW(utf8)) != name_hash(RAW(other)));
	assert_true(name_is_prefix(RAW(empty), RAW(utf8)));
}

static void test_certificate(void **state)
{
	struct arena *arena = arena_new(0);
	struct cert **leaf, **inter;

	(void)state;
	cert_read_all(arena, span_str(leaf_pem), &leaf);
	cert_read_all(arena, span_str(inter_pem), &inter);
	assert_true(cert_matches_host(leaf[0], "a.w.example.org", 0));
	assert_true(cert_matches_host(leaf[0], "192.0.2.1", 0));
	assert_false(cert_matches_host(leaf[0], "192.0.2.2", 0));
	assert_string_equal(name_text(arena, &leaf[0]->issuer), "CN=Inter One");
	assert_null(name_constraints_broken(arena, inter[0], leaf[0]));
	inter[0]->permitted[0].value = span_str("other.org");
	assert_non_null(name_constraints_broken(arena, inter[0], leaf[0]));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts), cmocka_unit_test(test_valid), cmocka_unit_test(test_names),
		cmocka_unit_test(test_certificate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
