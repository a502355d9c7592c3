/* The public API as a program outside would use it: options, errors, files, texts. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "why443.h"

static void options_are_checked(void **state)
{
	static const struct {
		const char *name, *value;
		int is_good;
	} rows[] = {
		{ "max-time", "2.5", 1 }, { "max-time", "10", 1 }, { "max-time", "0", 0 }, { "max-time", "-1", 0 },
		{ "max-time", "1e3", 0 }, { "max-time", "nan", 0 }, { "max-time", "", 0 }, { "max-time", NULL, 0 },
		{ "resolve", "a.test:443:192.0.2.1", 1 }, { "resolve", "a.test:443:192.0.2.1,[2001:db8::1]", 1 },
		{ "resolve", "a.test:443:2001:db8::1", 1 }, { "resolve", "*:443:192.0.2.1", 1 },
		{ "resolve", "[2001:db8::2]:443:192.0.2.1", 1 }, { "resolve", "a.test:443:", 0 },
		{ "resolve", "a.test:0:192.0.2.1", 0 }, { "resolve", "a.test:443:b.test", 0 }, { "resolve", "", 0 },
		{ "resolve", "[::1", 0 }, { "resolve", "a.test:443:,", 0 }, { "resolve", ":443:192.0.2.1", 0 },
		{ "connect-to", "a.test:443:b.test:8443", 1 }, { "connect-to", "::b.test:", 1 },
		{ "connect-to", "a.test:443:[::1]:8443", 1 }, { "connect-to", ":::", 1 },
		{ "connect-to", "a.test:443:b.test", 0 }, { "connect-to", "a:1:b:2:c", 0 }, { "connect-to", "a:x:b:2", 0 },
		{ "now", "2026-11-23T12:00:00Z", 1 }, { "now", "2026-11-23", 1 }, { "now", "soon", 0 },
		{ "samples", "5", 1 }, { "samples", "0", 0 }, { "samples", "101", 0 }, { "samples", "3x", 0 },
		{ "tasks", "threads", 1 }, { "tasks", "fibres", 0 }, { "ipv4", NULL, 1 }, { "no-external", NULL, 1 },
		{ "cacert", "/nowhere.pem", 0 }, { "proxy", "socks5://a:1", 1 }, { "proxy", "gopher://a:1", 0 }, { "proxy", "http://", 0 }, { "proxy", "http://a:99999", 0 }, { "proxy", "", 1 }, { "noproxy", "a.test,.b.test", 1 }, { "servername", "", 0 },
		{ "frobnicate", "1", 0 }, { "pool", "20", 1 }, { "pool", "0", 0 }, { "pool", "257", 0 }, { "delay", "0", 1 },
		{ "delay", "1.5", 0 }, { "fix", "nginx", 1 }, { "fix", "iis", 0 }, { "profile", "rfc9325", 1 }, { "profile", "", 0 },
		{ "roots", "/nowhere.pem", 0 },
	};
	struct why_request *request = why_request_new();

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		int status = why_request_set(request, rows[i].name, rows[i].value);

		if ((status == 0) != rows[i].is_good)
			fail_msg("--%s %s gives %d", rows[i].name, rows[i].value ? rows[i].value : "(none)", status);
		assert_int_equal(*why_request_error(request) == '\0', rows[i].is_good);
	}
	why_request_free(request);
}

/* A list whose second address is none leaves nothing behind: what follows must not stumble over its first. */
static void a_refused_option_changes_nothing(void **state)
{
	struct why_request *request = why_request_new();
	struct why_report *report;

	(void)state;
	assert_int_not_equal(why_request_set(request, "resolve", "localhost:1:192.0.2.1,b.test"), 0);
	assert_int_equal(why_request_set(request, "max-time", "2"), 0);
	report = why_diagnose(request, "https://127.0.0.1:1/");
	assert_non_null(report);
	why_report_free(report);
	why_request_free(request);
}

static void errors_are_safe_to_print(void **state)
{
	struct why_request *request = why_request_new();

	(void)state;
	assert_int_not_equal(why_request_set(request, "now", "\033[31m\xff"), 0);
	assert_null(strchr(why_request_error(request), '\033'));
	assert_non_null(strstr(why_request_error(request), "\\x1b[31m"));
	assert_null(why_diagnose(request, "\033://x"));
	assert_null(strchr(why_request_error(request), '\033'));
	assert_null(why_diagnose(request, ""));
	assert_null(why_diagnose(request, "gopher://a.test"));
	assert_non_null(strstr(why_request_error(request), "STARTTLS"));
	why_request_free(request);
}

static struct why_report *file_report(struct why_request *request, const char *name)
{
	static char path[512];
	const char *paths[] = { path };

	snprintf(path, sizeof path, "%s/chain/%s", TEST_DATA, name);
	return why_file(request, paths, 1);
}

static void file_is_judged(void **state)
{
	struct why_request *request = why_request_new();
	struct why_report *report;
	char *text, *again;

	(void)state;
	assert_int_equal(why_request_set(request, "cacert", TEST_DATA "/chain/roots.pem"), 0);
	assert_int_equal(why_request_set(request, "now", "2026-11-23"), 0);
	assert_int_equal(why_request_set(request, "no-external", NULL), 0);
	report = file_report(request, "date-expired.pem");
	assert_non_null(report);
	/* The report must not need its request. */
	why_request_free(request);
	assert_int_equal(why_report_status(report), WHY_STATUS_BROKEN);
	text = why_report_render(report, "json", NULL);
	again = why_report_render(report, "json", NULL);
	assert_non_null(strstr(text, "\"cause\":\"certificate.expired\""));
	assert_string_equal(text, again);
	why_free(text);
	why_free(again);
	assert_null(why_report_render(report, "pdf", NULL));
	why_report_free(report);
}

static void file_that_is_none(void **state)
{
	struct why_request *request = why_request_new();

	(void)state;
	assert_null(file_report(request, "nowhere.pem"));
	assert_non_null(strstr(why_request_error(request), "nowhere.pem"));
	why_request_free(request);
}

static void explain_and_schema(void **state)
{
	size_t n = 0;
	char *text = why_explain("ERR_CERT_DATE_INVALID", "json", NULL, &n);

	(void)state;
	assert_true(n > 0);
	assert_non_null(strstr(text, "\"schema\":\"why443/1\""));
	why_free(text);
	text = why_explain("qqzzxxyy", "text", NULL, &n);
	assert_int_equal(n, 0);
	why_free(text);
	assert_non_null(strstr(why_schema(), "2020-12"));
	assert_true(*why_version() >= '0' && *why_version() <= '9');
}

static void null_is_no_trouble(void **state)
{
	(void)state;
	why_request_free(NULL);
	why_report_free(NULL);
	why_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_checked), cmocka_unit_test(a_refused_option_changes_nothing), cmocka_unit_test(errors_are_safe_to_print),
		cmocka_unit_test(file_is_judged), cmocka_unit_test(file_that_is_none),
		cmocka_unit_test(explain_and_schema), cmocka_unit_test(null_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
