/* Wildcards as the clients' matchers allow them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "client/chain_path.h"

static bool matches(const char *pattern, const char *host, unsigned how)
{
	return dns_name_matches(span_str(pattern), span_str(host), how);
}

static void test_plain(void **state)
{
	(void)state;
	assert_true(matches("www.example.org", "WWW.example.org.", 0));
	assert_false(matches("example.org", "www.example.org", 0));
	assert_false(matches("", "www.example.org", 0));
	assert_false(dns_name_matches(span_of("a.test\0.evil.test", 17), span_str("a.test"), 0));
}

static void test_wildcards(void **state)
{
	(void)state;
	assert_true(matches("*.example.org", "www.example.org", 0));
	assert_false(matches("*.example.org", "example.org", 0));
	assert_false(matches("*.example.org", "a.b.example.org", 0));
	assert_false(matches("a.*.example.org", "a.b.example.org", 0));
	assert_false(matches("w*.example.org", "www.example.org", 0));
	assert_true(matches("w*.example.org", "www.example.org", MATCH_PARTIAL_WILDCARD));
	assert_false(matches("w*w*.example.org", "www.example.org", MATCH_PARTIAL_WILDCARD));
}

static void test_suffixes(void **state)
{
	(void)state;
	assert_false(matches("*.test", "lab.test", MATCH_PUBLIC_SUFFIX_WILDCARD));
	assert_true(matches("*.test", "lab.test", MATCH_TLD_WILDCARD));
	assert_false(matches("*.co.uk", "example.co.uk", 0));
	assert_true(matches("*.co.uk", "example.co.uk", MATCH_PUBLIC_SUFFIX_WILDCARD));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_suffixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
