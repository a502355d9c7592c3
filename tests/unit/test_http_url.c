#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "http/url.h"

static const struct good {
	const char *text, *base, *whole;
} goods[] = {
	{ "https://Example.COM", NULL, "https://example.com/" },
	{ "https://example.com:443/a", NULL, "https://example.com/a" },
	{ "https://example.com:8443", NULL, "https://example.com:8443/" },
	{ "  https://user:pw@example.com/x#f ", NULL, "https://example.com/x" },
	{ "http:\\\\example.com\\a", NULL, "http://example.com/a" },
	{ "ht\ntps://exa\tmple.com/", NULL, "https://example.com/" },
	{ "https://[2001:DB8::1]:8443/", NULL, "https://[2001:db8::1]:8443/" },
	{ "http://0x7f.1/", NULL, "http://127.0.0.1/" },
	{ "http://2130706433", NULL, "http://127.0.0.1/" },
	{ "https://example.com/a b?c d", NULL, "https://example.com/a%20b?c%20d" },
	{ "mailto:a@example.com", NULL, "mailto:a@example.com" },
	{ "file:///etc/hostname", NULL, "file:///etc/hostname" },
	{ "data:text/html,hi", NULL, "data:text/html,hi" },
	/* relative, RFC 3986 5.4 */
	{ "g", "http://a/b/c/d;p?q", "http://a/b/c/g" },
	{ "./g", "http://a/b/c/d;p?q", "http://a/b/c/g" },
	{ "g/", "http://a/b/c/d;p?q", "http://a/b/c/g/" },
	{ "/g", "http://a/b/c/d;p?q", "http://a/g" },
	{ "//g", "http://a/b/c/d;p?q", "http://g/" },
	{ "?y", "http://a/b/c/d;p?q", "http://a/b/c/d;p?y" },
	{ "g?y", "http://a/b/c/d;p?q", "http://a/b/c/g?y" },
	{ "#s", "http://a/b/c/d;p?q", "http://a/b/c/d;p?q" },
	{ "", "http://a/b/c/d;p?q", "http://a/b/c/d;p?q" },
	{ ".", "http://a/b/c/d;p?q", "http://a/b/c/" },
	{ "..", "http://a/b/c/d;p?q", "http://a/b/" },
	{ "../g", "http://a/b/c/d;p?q", "http://a/b/g" },
	{ "../..", "http://a/b/c/d;p?q", "http://a/" },
	{ "../../../g", "http://a/b/c/d;p?q", "http://a/g" },
	{ "/./g", "http://a/b/c/d;p?q", "http://a/g" },
	{ "g.", "http://a/b/c/d;p?q", "http://a/b/c/g." },
	{ "./g/.", "http://a/b/c/d;p?q", "http://a/b/c/g/" },
	{ "g;x=1/../y", "http://a/b/c/d;p?q", "http://a/b/c/y" },
	{ "g?y/../x", "http://a/b/c/d;p?q", "http://a/b/c/g?y/../x" },
	{ "http:g", "http://a/b/c/d;p?q", "http://a/b/c/g" },
	{ "\\\\g\\h", "https://a/b", "https://g/h" },
	{ "https:/g/h", "http://a/b", "https://g/h" },
	{ "a//b", "http://a/b/", "http://a/b/a//b" },
};

static const char *const bads[] = {
	"",
	"example.com",
	"https://",
	"https:///",
	"https://exa mple.com/",
	"https://a:99999/",
	"https://a:x/",
	"https://[::1",
	"https://[zz]/",
	"https://1.2.3.4.5/",
	"https://256.1.1.1/",
	"https://a%00b/",
	"://x",
	"1http://x",
};

static void test_good(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(goods); i++) {
		struct url base, url;

		if (goods[i].base)
			assert_true(url_parse(arena, span_str(goods[i].base), NULL, &base));
		assert_true(url_parse(arena, span_str(goods[i].text), goods[i].base ? &base : NULL,
				      &url));
		assert_string_equal(url_format(arena, &url), goods[i].whole);
	}
	arena_free(arena);
}

static void test_bad(void **state)
{
	struct arena *arena = arena_new(0);
	struct url url;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bads); i++)
		if (url_parse(arena, span_str(bads[i]), NULL, &url))
			fail_msg("taken for a URL: %s", bads[i]);
	arena_free(arena);
}

static void test_parts(void **state)
{
	struct arena *arena = arena_new(0);
	struct url url;

	(void)state;
	assert_true(url_parse(arena, span_str("wss://u@h.test:444/p/q?x=1#f"), NULL, &url));
	assert_string_equal(url.scheme, "wss");
	assert_string_equal(url.host, "h.test");
	assert_int_equal(url.port, 444);
	assert_true(url.has_port && url.has_userinfo);
	assert_string_equal(url_target(arena, &url), "/p/q?x=1");
	assert_string_equal(url_authority(arena, &url), "h.test:444");
	assert_string_equal(url.fragment, "f");
	arena_free(arena);
}

static void test_loopback(void **state)
{
	static const char *const yes[] = { "http://localhost/", "http://a.localhost",
					   "http://127.9.9.9/", "http://[::1]:80/" };
	static const char *const no[] = { "http://localhost.test/", "http://mylocalhost/",
					  "http://128.0.0.1/", "http://[::2]/" };
	struct arena *arena = arena_new(0);
	struct url url;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(yes); i++) {
		assert_true(url_parse(arena, span_str(yes[i]), NULL, &url));
		assert_true(url_is_loopback(&url));
		assert_true(url_parse(arena, span_str(no[i]), NULL, &url));
		assert_false(url_is_loopback(&url));
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_loopback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
