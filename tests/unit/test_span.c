#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/attr.h"
#include "base/span.h"

static void zero_is_empty(void **state)
{
	struct span zero = { 0 };

	(void)state;
	assert_int_equal(span_str(NULL).n, 0);
	assert_true(span_equal(zero, span_str("")));
	assert_true(span_equal_nocase(zero, zero));
	assert_int_equal(span_trim(zero).n, 0);
	assert_int_equal(span_sub(zero, 0, 5).n, 0);
	assert_int_equal(span_find(zero, span_str("a")), -1);
	assert_int_equal(span_find_nocase(zero, span_str("a")), -1);
}

static void compares(void **state)
{
	(void)state;
	assert_true(span_is(span_str("Host"), "Host"));
	assert_false(span_is(span_str("Host"), "host"));
	assert_false(span_is(span_str("Host"), "Hos"));
	assert_true(span_is_nocase(span_str("Host"), "hOST"));
	assert_false(span_is_nocase(span_str("Host"), "hosts"));
	/* Only letters have a case: '@' and '`', '[' and '{' differ by the same bit. */
	assert_false(span_is_nocase(span_str("@["), "`{"));
	/* Nor do bytes beyond ASCII. */
	assert_false(span_is_nocase(span_str("\xc3\x84"), "\xc3\xa4"));
	assert_false(span_equal(span_of("a\0b", 3), span_of("a\0c", 3)));
}

static void cuts(void **state)
{
	static const struct { size_t at, n; const char *want; } rows[] = {
		{ 0, 6, "abcdef" }, { 0, 0, "" }, { 2, 3, "cde" }, { 5, 1, "f" }, { 5, 9, "f" },
		{ 6, 1, "" }, { 7, 1, "" }, { 1, SIZE_MAX, "bcdef" }, { SIZE_MAX, SIZE_MAX, "" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_true(span_is(span_sub(span_str("abcdef"), rows[i].at, rows[i].n), rows[i].want));
}

static void finds(void **state)
{
	static const struct { const char *in, *needle; long at, at_nocase; } rows[] = {
		{ "abcabd", "abd", 3, 3 }, { "abcabd", "ABD", -1, 3 }, { "abc", "abc", 0, 0 },
		{ "abc", "abcd", -1, -1 }, { "abc", "", 0, 0 }, { "aaab", "ab", 2, 2 }, { "ab", "b", 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(span_find(span_str(rows[i].in), span_str(rows[i].needle)), rows[i].at);
		assert_int_equal(span_find_nocase(span_str(rows[i].in), span_str(rows[i].needle)),
				 rows[i].at_nocase);
	}
	assert_int_equal(span_find(span_of("a\0b", 3), span_of("\0b", 2)), 1);
}

static void trims(void **state)
{
	(void)state;
	assert_true(span_is(span_trim(span_str(" \t\r\na b\n ")), "a b"));
	assert_true(span_is(span_trim(span_str("a")), "a"));
	assert_int_equal(span_trim(span_str(" \t\r\n")).n, 0);
	/* Vertical tab and form feed are no blanks of HTTP. */
	assert_int_equal(span_trim(span_str("\v\f")).n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_is_empty), cmocka_unit_test(compares), cmocka_unit_test(cuts),
		cmocka_unit_test(finds), cmocka_unit_test(trims),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
