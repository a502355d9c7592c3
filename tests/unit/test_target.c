/* Targets: what is typed, well and badly. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "scan/target.h"

struct good {
	const char *input, *scheme, *host, *path, *starttls;
	uint16_t port;
	bool is_ip, is_invalid;
};

static const struct good goods[] = {
	{ "example.org", "https", "example.org", "/", NULL, 443, false, false },
	{ " Example.ORG.\n", "https", "example.org", "/", NULL, 443, false, false },
	{ "example.org:8443", "https", "example.org", "/", NULL, 8443, false, false },
	{ "example.org:", "https", "example.org", "/", NULL, 443, false, false },
	{ "http://example.org", "http", "example.org", "/", NULL, 80, false, false },
	{ "HTTPS://u:p@w@Example.org:444/a?b=c#frag", "https", "example.org", "/a?b=c", NULL, 444, false, false },
	{ "https://example.org?q=://x", "https", "example.org", "/?q=://x", NULL, 443, false, false },
	{ "https://example.org/a b\xc3\xa4\r\nX: y", "https", "example.org", "/a%20b%C3%A4%0D%0AX:%20y", NULL, 443, false, false },
	{ "example.org/path://x", "https", "example.org", "/path://x", NULL, 443, false, false },
	{ "smtp://mail.example.org", "smtp", "mail.example.org", "/", "smtp", 25, false, false },
	{ "postgresql://u@db/x", "postgres", "db", "/x", "postgres", 5432, false, false },
	{ "192.0.2.1:99", "https", "192.0.2.1", "/", NULL, 99, true, false },
	{ "127.1", "https", "127.0.0.1", "/", NULL, 443, true, false },
	{ "0x7f.1.", "https", "127.0.0.1", "/", NULL, 443, true, false },
	{ "2130706433", "https", "127.0.0.1", "/", NULL, 443, true, false },
	{ "017700000001", "https", "127.0.0.1", "/", NULL, 443, true, false },
	{ "[2001:DB8::0:1]:8443", "https", "2001:db8::1", "/", NULL, 8443, true, false },
	{ "2001:db8::1", "https", "2001:db8::1", "/", NULL, 443, true, false },
	{ "https://[::1]/", "https", "::1", "/", NULL, 443, true, false },
	{ "[fe80::1%lo]:8443", "https", "fe80::1%lo", "/", NULL, 8443, true, false },
	{ "https://[FE80::1%25lo]/", "https", "fe80::1%lo", "/", NULL, 443, true, false },
	{ "[fe80::1%25]", "https", "fe80::1%25", "/", NULL, 443, true, false },
	{ "b\xc3\xbc" "cher.example", "https", "xn--bcher-kva.example", "/", NULL, 443, false, false },
	{ "fa\xc3\x9f.de", "https", "xn--fa-hia.de", "/", NULL, 443, false, false },
	{ "r3---sn-x_y.example", "https", "r3---sn-x_y.example", "/", NULL, 443, false, false },
	{ "_dmarc.example.org", "https", "_dmarc.example.org", "/", NULL, 443, false, false },
	{ "ex ample..com", "https", "ex ample..com", "/", NULL, 443, false, true },
	{ ".example.org", "https", ".example.org", "/", NULL, 443, false, true },
	{ "256.1.1.1", "https", "256.1.1.1", "/", NULL, 443, false, true },
	{ "1.2.3.4.5", "https", "1.2.3.4.5", "/", NULL, 443, false, true },
	{ "xn--999999999999.example", "https", "xn--999999999999.example", "/", NULL, 443, false, true },
	{ "a234567890123456789012345678901234567890123456789012345678901234.org", "https",
	  "a234567890123456789012345678901234567890123456789012345678901234.org", "/", NULL, 443, false, true },
};

static const char *const bads[] = {
	"", "   ", "https://", "https:///path", ":443", "example.org:70000", "example.org:0", "example.org:http",
	"example.org:-1", "gopher://example.org", "://x", "[::1", "[zz]", "[::1]x", "[fe80::1%]", "https://user@/", ".",
};

static void reads_targets(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(goods); i++) {
		const struct good *good = &goods[i];
		struct target target;
		struct why_error error = { 0 };

		print_message("# %s\n", good->host);
		assert_int_equal(target_parse(arena, good->input, NULL, &target, &error), 0);
		assert_string_equal(target.host, good->host);
		assert_string_equal(target.scheme, good->scheme);
		assert_string_equal(target.path, good->path);
		assert_int_equal(target.port, good->port);
		assert_int_equal(target.is_ip, good->is_ip);
		assert_int_equal(target.invalid != NULL, good->is_invalid);
		if (good->starttls)
			assert_string_equal(target.starttls, good->starttls);
		else
			assert_null(target.starttls);
		assert_int_equal(target.servername == NULL, good->is_ip);
	}
	arena_free(arena);
}

static void names_what_is_wrong(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(bads); i++) {
		struct target target;
		struct why_error error = { 0 };

		print_message("# %s\n", bads[i]);
		assert_int_equal(target_parse(arena, bads[i], NULL, &target, &error), WHY_EUSAGE);
		assert_true(strlen(error.text) > 20);
		assert_int_equal(target_parse(arena, bads[i], NULL, &target, NULL), WHY_EUSAGE);
	}
	arena_free(arena);
}

static void keeps_what_was_typed(void **state)
{
	struct arena *arena = arena_new(0);
	struct target target;

	(void)state;
	assert_int_equal(target_parse(arena, "https://Example.org.:1/", "other.example", &target, NULL), 0);
	assert_true(target.has_trailing_dot);
	assert_string_equal(target.host_shown, "Example.org.");
	assert_string_equal(target.servername, "other.example");
	assert_int_equal(target_parse(arena, "192.0.2.1", "a.example", &target, NULL), 0);
	assert_string_equal(target.servername, "a.example");
	assert_int_equal(target_parse(arena, "a.example", "", &target, NULL), 0);
	assert_null(target.servername);
	assert_int_equal(target_parse(arena, "https://user:pass@word@a.example:1/x@y", NULL, &target, NULL), 0);
	assert_string_equal(target.input, "https://***@a.example:1/x@y");
	assert_string_equal(target.path, "/x@y");
	assert_int_equal(target_parse(arena, "token@a.example", NULL, &target, NULL), 0);
	assert_string_equal(target.input, "***@a.example");
	assert_int_equal(target_parse(arena, "https://a.example/?q=://u@x", NULL, &target, NULL), 0);
	assert_string_equal(target.input, "https://a.example/?q=://u@x");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_targets),
		cmocka_unit_test(names_what_is_wrong),
		cmocka_unit_test(keeps_what_was_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
