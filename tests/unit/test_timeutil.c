#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/attr.h"
#include "base/timeutil.h"

static void known_times(void **state)
{
	static const struct { int64_t unix_seconds; const char *text; } rows[] = {
		{ 0, "1970-01-01T00:00:00Z" }, { -1, "1969-12-31T23:59:59Z" }, { 951782400, "2000-02-29T00:00:00Z" },
		{ 2147483647, "2038-01-19T03:14:07Z" }, { 2147483648, "2038-01-19T03:14:08Z" },
		{ 4107542399, "2100-02-28T23:59:59Z" }, { 4107542400, "2100-03-01T00:00:00Z" },
		{ 253402300799, "9999-12-31T23:59:59Z" }, { -62135596800, "0001-01-01T00:00:00Z" },
	};
	char buffer[RFC3339_LEN];
	int64_t back;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_string_equal(rfc3339_format(buffer, rows[i].unix_seconds), rows[i].text);
		assert_true(rfc3339_parse(rows[i].text, &back));
		assert_true(back == rows[i].unix_seconds);
	}
	assert_string_equal(when_format(buffer, 1795462212), "2026-11-23 19:30 UTC");
}

/* Every day of eight centuries there and back, each following the one before. */
static void days_follow_each_other(void **state)
{
	int last = 31;

	(void)state;
	for (int64_t day = -150000; day < 150000; day++) {
		struct civil c = civil_from_unix(day * 86400 + 86399);

		assert_true(unix_from_civil(c) == day * 86400 + 86399);
		assert_true(c.day == last + 1 || c.day == 1 || day == -150000);
		assert_true(c.month >= 1 && c.month <= 12 && c.day >= 1 && c.day <= 31);
		assert_int_equal(c.hour * 10000 + c.minute * 100 + c.second, 235959);
		last = c.day;
	}
}

static void extremes_fit(void **state)
{
	static const int64_t ends[] = { INT64_MAX, INT64_MIN };
	char buffer[RFC3339_LEN], length[40];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		assert_true(strlen(rfc3339_format(buffer, ends[i])) < RFC3339_LEN);
		assert_true(strlen(when_format(buffer, ends[i])) < RFC3339_LEN);
		assert_true(strlen(duration_format(length, ends[i])) < sizeof length);
	}
}

static void reads_rfc3339(void **state)
{
	static const struct { const char *text; int64_t want; } rows[] = {
		{ "2026-11-23", 1795392000 }, { "2026-11-23T19:30:12Z", 1795462212 },
		{ "2026-11-23t19:30:12z", 1795462212 }, { "2026-11-23 19:30:12Z", 1795462212 },
		{ "2026-11-23T19:30:12.999Z", 1795462212 }, { "2026-11-23T20:30:12+01:00", 1795462212 },
		{ "2026-11-23T14:00:12-05:30", 1795462212 }, { "2026-11-23T19:30Z", 1795462200 },
		{ "2016-12-31T23:59:60Z", 1483228800 }, { "2024-02-29", 1709164800 },
	};
	int64_t got;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_true(rfc3339_parse(rows[i].text, &got));
		assert_true(got == rows[i].want);
	}
}

static void refuses_what_is_none(void **state)
{
	static const char *const rows[] = {
		"", "2026", "2026-11", "2026-11-", "2026-11-2", "2026-1-23", "26-11-23", "+2026-11-23",
		"2026-00-10", "2026-13-01", "2026-01-00", "2026-04-31", "2023-02-29", "2100-02-29",
		"2026-11-23T", "2026-11-23T19", "2026-11-23T19:30", "2026-11-23T24:00:00Z", "2026-11-23T19:60:00Z",
		"2026-11-23T19:30:61Z", "2026-11-23T19:30:12", "2026-11-23T19:30:12.Z", "2026-11-23T19:30.5Z",
		"2026-11-23T19:30:12+1", "2026-11-23T19:30:12+24:00", "2026-11-23T19:30:12+01:60",
		"2026-11-23T19:30:12Z ", "2026-11-23x19:30:12Z", " 2026-11-23", "2026-11-23\n",
	};
	int64_t got;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rfc3339_parse(rows[i], &got))
			fail_msg("read: \"%s\"", rows[i]);
}

static void every_cut_is_refused(void **state)
{
	static const char whole[] = "2026-11-23T19:30:12+01:00";
	char cut[sizeof whole];
	int64_t got;

	(void)state;
	for (size_t n = 0; n < sizeof whole - 1; n++) {
		memcpy(cut, whole, n);
		cut[n] = '\0';
		assert_int_equal(rfc3339_parse(cut, &got), n == strlen("2026-11-23"));
	}
}

static void lengths_for_people(void **state)
{
	static const struct { int64_t seconds; const char *want; } rows[] = {
		{ 0, "0 seconds" }, { 1, "1 second" }, { 119, "119 seconds" }, { 120, "2 minutes" },
		{ 7200, "2 hours" }, { 86400, "24 hours" }, { 3 * 86400, "3 days" }, { -3 * 86400, "3 days" },
		{ 5LL * 365 * 86400, "5 years" },
	};
	char buffer[40];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(duration_format(buffer, rows[i].seconds), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_times), cmocka_unit_test(days_follow_each_other), cmocka_unit_test(extremes_fit),
		cmocka_unit_test(reads_rfc3339), cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(every_cut_is_refused), cmocka_unit_test(lengths_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
