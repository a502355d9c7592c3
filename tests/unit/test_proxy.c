/* Proxy settings: URLs, exemptions, which variable counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "scan/proxy.h"
#include "scan/target.h"

static void urls(void **state)
{
	static const struct { const char *text, *scheme, *host; uint16_t port; const char *user, *password; } rows[] = {
		{ "proxy.test:3128", "http", "proxy.test", 3128, NULL, NULL }, { "proxy.test", "http", "proxy.test", 1080, NULL, NULL },
		{ "http://u:p@proxy.test:1/", "http", "proxy.test", 1, "u", "p" }, { "https://p.test", "https", "p.test", 443, NULL, NULL },
		{ "socks5h://a%40b:c%3a@[::1]:9", "socks5h", "::1", 9, "a@b", "c:" }, { "SOCKS5://x", "socks5", "x", 1080, NULL, NULL },
		{ "http://u@h:1", "http", "h", 1, "u", "" }, { "http://a@b:c@h:1", "http", "h", 1, "a@b", "c" },
	};
	static const char *const bad[] = { "", "http://", "gopher://a", "http://a:0", "http://a:65536", "http://a:x", "http://[::1", "http://a b", "http://u@" };
	struct arena *arena = arena_new(0);
	struct proxy_url url;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		assert_int_equal(proxy_url_parse(arena, rows[i].text, "test", &url, NULL), 0);
		assert_string_equal(url.scheme, rows[i].scheme);
		assert_string_equal(url.host, rows[i].host);
		assert_int_equal(url.port, rows[i].port);
		assert_int_equal(url.user == NULL, rows[i].user == NULL);
		if (rows[i].user) {
			assert_string_equal(url.user, rows[i].user);
			assert_string_equal(url.password, rows[i].password);
			assert_null(strstr(url.shown, "@"));
		}
	}
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (proxy_url_parse(arena, bad[i], "test", &url, NULL) == 0)
			fail_msg("\"%s\" is taken for a proxy", bad[i]);
	arena_free(arena);
}

static void exemptions(void **state)
{
	static const struct { const char *list, *target; bool is_exempt; } rows[] = {
		{ "*", "a.test", true }, { "a.test", "a.test", true }, { "a.test", "b.a.test", true }, { ".a.test", "b.a.test", true },
		{ ".a.test", "a.test", true }, { "a.test", "aa.test", false }, { "x, a.test", "a.test", true }, { "A.TEST.", "a.test", true },
		{ "192.0.2.0/24", "192.0.2.7", true }, { "192.0.2.0/24", "192.0.3.7", false }, { "192.0.2.7", "192.0.2.7", true },
		{ "2001:db8::/32", "[2001:db8::1]", true }, { "2001:db8::/32", "[2001:db9::1]", false }, { "192.0.2.0/33", "192.0.2.1", false },
		{ "2.7", "192.0.2.7", false }, { "a.test:443", "a.test", true }, { "a.test:8443", "a.test", false }, { "", "a.test", false },
	};
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct target target;

		assert_int_equal(target_parse(arena, rows[i].target, NULL, &target, NULL), 0);
		if ((no_proxy_entry(arena, rows[i].list, &target) != NULL) != rows[i].is_exempt)
			fail_msg("no_proxy=%s with %s", rows[i].list, rows[i].target);
	}
	arena_free(arena);
}

static const char *variables(const char *name)
{
	return strcmp(name, "HTTP_PROXY") == 0 ? "trap:1" : strcmp(name, "https_proxy") == 0 ? "a:1" :
	       strcmp(name, "ALL_PROXY") == 0 ? "b:1" : NULL;
}

static void which_counts(void **state)
{
	struct why_options options = { 0 };
	struct target target = { .scheme = "https" };
	const char *by;

	(void)state;
	assert_string_equal(proxy_setting(&options, &target, variables, &by), "a:1");
	assert_string_equal(by, "https_proxy");
	target.scheme = "http";
	assert_string_equal(proxy_setting(&options, &target, variables, &by), "b:1");
	target.scheme = "smtp";
	assert_string_equal(proxy_setting(&options, &target, variables, &by), "b:1");
	options.proxy = "";
	assert_null(proxy_setting(&options, &target, variables, &by));
	options.proxy = "c:1";
	assert_string_equal(proxy_setting(&options, &target, variables, &by), "c:1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls), cmocka_unit_test(exemptions), cmocka_unit_test(which_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
