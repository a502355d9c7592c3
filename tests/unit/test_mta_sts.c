/* MTA-STS and TLS reporting: records and policies, right and wrong side by side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "starttls/mta_sts.h"

static struct dns_record txt(const char *rdata, size_t n)
{
	return (struct dns_record){ .owner = "_mta-sts.x", .type = 16, .rdata = span_of(rdata, n), .text = "" };
}

static void check_record(const char *text, const char *id, bool is_faulty)
{
	struct arena *arena = arena_new(0);
	size_t n = strlen(text);
	struct dns_record record = txt(arena_printf(arena, "%c%s", (int)n, text), n + 1);
	const struct dns_answer answer = { .outcome = DNS_OK, .records = &record, .n_records = 1 };
	const char *got, *fault;

	mta_sts_record(arena, &answer, &got, &fault);
	if (id)
		assert_string_equal(got, id);
	else
		assert_null(got);
	assert_int_equal(fault != NULL, is_faulty);
	arena_free(arena);
}

static void records(void **state)
{
	(void)state;
	check_record("v=STSv1; id=20240101T000000;", "20240101T000000", false);
	check_record("v=STSv1;id=1", "1", false);
	check_record("v=STSv1; x=y; id=Ab9;", "Ab9", false);
	check_record("v=STSv1;", NULL, true);
	check_record("v=STSv1; id=a-b;", NULL, true);
	check_record("v=STSv1; id=123456789012345678901234567890123;", NULL, true);
	check_record("v=spf1 -all", NULL, false);
	check_record("v=STSv11; id=1;", NULL, false);
	check_record("", NULL, false);
}

static void several_records(void **state)
{
	struct arena *arena = arena_new(0);
	struct dns_record two[] = { txt("\x0ev=STSv1; id=1;", 15), txt("\x0ev=STSv1; id=2;", 15), txt("\x03" "abc", 4) };
	struct dns_answer answer = { .outcome = DNS_OK, .records = two, .n_records = 2 };
	const char *id, *fault;

	(void)state;
	mta_sts_record(arena, &answer, &id, &fault);
	assert_null(id);
	assert_non_null(fault);
	answer.records = two + 1;
	mta_sts_record(arena, &answer, &id, &fault);
	assert_string_equal(id, "2");
	arena_free(arena);
}

static void policy(const char *text, enum mta_sts_mode mode, size_t n_patterns)
{
	struct arena *arena = arena_new(0);
	struct mta_sts_policy out;

	mta_sts_policy_read(arena, span_str(text), &out);
	assert_int_equal(out.mode, mode);
	assert_int_equal(out.fault == NULL, mode != MTA_STS_NO_POLICY);
	if (!out.fault)
		assert_int_equal(out.n_patterns, n_patterns);
	arena_free(arena);
}

static void policies(void **state)
{
	(void)state;
	policy("version: STSv1\r\nmode: enforce\r\nmx: a.x\r\nmx: *.x\r\nmax_age: 604800\r\n", MTA_STS_ENFORCE, 2);
	policy("version: STSv1\nmode: testing\nmx: a.x\nmax_age: 0", MTA_STS_TESTING, 1);
	policy("version: STSv1\nmode: none\nmax_age: 1\n", MTA_STS_NONE, 0);
	policy("version: STSv1\nmode: enforce\nmode: none\nmx: a\nmax_age: 1\nlater: on\n", MTA_STS_ENFORCE, 1);
	policy("", MTA_STS_NO_POLICY, 0);
	policy("<html>", MTA_STS_NO_POLICY, 0);
	policy("version: STSv2\nmode: none\nmax_age: 1\n", MTA_STS_NO_POLICY, 0);
	policy("version: STSv1\nmode: strict\nmx: a\nmax_age: 1\n", MTA_STS_NO_POLICY, 0);
	policy("version: STSv1\nmode: enforce\nmax_age: 1\n", MTA_STS_NO_POLICY, 0);
	policy("version: STSv1\nmode: enforce\nmx: a\n", MTA_STS_NO_POLICY, 0);
	policy("version: STSv1\nmode: enforce\nmx: a\nmax_age: 31557601\n", MTA_STS_NO_POLICY, 0);
	policy("version: STSv1\nmode: enforce\nmx: a\nmax_age: 99999999999999999999\n", MTA_STS_NO_POLICY, 0);
	policy("version: STSv1\nmode: enforce\nmx: a\nmax_age: -1\n", MTA_STS_NO_POLICY, 0);
}

static void names(void **state)
{
	const char *patterns[] = { "mail.x.org", "*.y.org" };
	const struct mta_sts_policy p = { .mode = MTA_STS_ENFORCE, .patterns = patterns, .n_patterns = 2 };

	(void)state;
	assert_true(mta_sts_matches(&p, "mail.x.org"));
	assert_true(mta_sts_matches(&p, "MAIL.X.ORG"));
	assert_true(mta_sts_matches(&p, "a.y.org"));
	assert_false(mta_sts_matches(&p, "y.org"));
	assert_false(mta_sts_matches(&p, "a.b.y.org"));
	assert_false(mta_sts_matches(&p, "x.org"));
	assert_false(mta_sts_matches(&p, "localhost"));
}

static void reporting(void **state)
{
	struct arena *arena = arena_new(0);
	struct dns_record one = txt("\x1fv=TLSRPTv1; rua=mailto:tls@x.org", 32);
	struct dns_answer answer = { .outcome = DNS_OK, .records = &one, .n_records = 1 };

	(void)state;
	assert_string_equal(tls_rpt_record(arena, &answer), "mailto:tls@x.or");
	one = txt("\x0bv=TLSRPTv1;", 12);
	assert_null(tls_rpt_record(arena, &answer));
	answer.n_records = 0;
	assert_null(tls_rpt_record(arena, &answer));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records), cmocka_unit_test(several_records), cmocka_unit_test(policies), cmocka_unit_test(names),
		cmocka_unit_test(reporting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
