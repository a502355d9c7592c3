/* The audited report as text: widths, colours, hostile bytes, --fix. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "report/report.h"
#include "assess/profile.h"
#include "test_audit_sample.h"

static char *rendered(const struct diagnosis *d, const char *format, struct report_options options)
{
	struct out out = { 0 };

	assert_non_null(renderer_find(format));
	renderer_find(format)->render(&out, d, &options);
	assert_false(out.failed);
	return out.text;
}

static void no_raw_controls(const char *text)
{
	for (const char *p = text; *p; p++) {
		uint8_t c = (uint8_t)*p;

		if (c < ' ' && c != '\n' && c != 033)
			fail_msg("a raw control %02x", c);
		assert_false(c == 0x7f || (c == 0xc2 && (uint8_t)p[1] < 0xa0));
		assert_false(strncmp(p, "\033]0;owned", 9) == 0);
	}
}

/* Lines to be copied are as long as they are; all else keeps to the width. */
static bool is_copied(const char *line)
{
	return strstr(line, "ssl_ciphers") || strstr(line, "SSLCipherSuite") || strstr(line, "ssl-default") ||
	       strstr(line, "Content-Security") || strstr(line, "max-age") || strstr(line, "proxy_cookie") ||
	       strncmp(line + strspn(line, " "), "add_header", 10) == 0 || strstr(line, "Header always") ||
	       strstr(line, "http-response") || strstr(line, "/etc/ssl/") || strstr(line, "$1") || strstr(line, "openssl ") || strstr(line, "certbot ") || strstr(line, "kubectl ") ||
	       strstr(line, "acme.sh ") || strstr(line, "Certificate -FilePath") || strstr(line, "IIS Manager") || strstr(line, "      #");
}

static void keeps_to_width(char *text, size_t width)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (text_width(line) > width && !is_copied(line))
			fail_msg("%zu of %zu columns: %s", text_width(line), width, line);
}

static void widths(void **state)
{
	static const size_t columns[] = { 60, 80, 120, 200 };
	struct arena *arena = arena_new(0);
	const struct diagnosis *d = sample_audited(arena, NULL, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(columns); i++) {
		char *text = rendered(d, "text", (struct report_options){ .width = columns[i], .verbose = true });

		no_raw_controls(text);
		keeps_to_width(text, columns[i]);
		free(text);
	}
	arena_free(arena);
}

static void both_answers_come_first(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = rendered(sample_audited(arena, NULL, NULL), "text", (struct report_options){ .width = 80 });
	char *works = strstr(text, "Works"), *secure = strstr(text, "Secure"), *change = strstr(text, "What to change");

	(void)state;
	assert_true(works && secure && change && works < secure && secure < change);
	assert_non_null(strstr(secure, "A+"));
	assert_non_null(strstr(text, "TLS_AES_128_GCM_SHA256"));
	assert_non_null(strstr(text, "X25519MLKEM768"));
	free(text);
	arena_free(arena);
}

static void colour_is_only_colour(void **state)
{
	struct arena *arena = arena_new(0);
	const struct diagnosis *d = sample_audited(arena, NULL, NULL);
	char *plain = rendered(d, "text", (struct report_options){ .width = 80 });
	char *colour = rendered(d, "text", (struct report_options){ .width = 80, .colour = true });
	char *to = colour;

	(void)state;
	assert_non_null(strstr(colour, "\033[32m"));
	for (char *from = colour; *from; from++) {
		if (*from == 033)
			from += strcspn(from, "m");
		else
			*to++ = *from;
	}
	*to = '\0';
	assert_string_equal(plain, colour);
	free(plain);
	free(colour);
	arena_free(arena);
}

static void fix_prints_the_configuration_alone(void **state)
{
	static const char *const servers[][2] = { { "nginx", "server_name expired.example;" },
						  { "apache", "ServerName expired.example" },
						  { "haproxy", "certs/expired.example.pem" }, { "caddy", "expired.example {" } };
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(servers); i++) {
		struct assess_options options = { .fix_for = servers[i][0] };
		struct diagnosis *d = sample_audited(arena, NULL, &options);
		char *text = rendered(d, "text", (struct report_options){ .width = 80 });

		assert_non_null(strstr(text, servers[i][1]));
		assert_null(strstr(text, "What to change"));
		free(text);
		d->evidence->visit->target.host = "a;}\nreturn 200;";
		text = rendered(d, "text", (struct report_options){ .width = 80 });
		assert_null(strstr(text, "return 200"));
		free(text);
	}
	arena_free(arena);
}

static void quiet_is_two_lines(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = rendered(sample_audited(arena, NULL, NULL), "text", (struct report_options){ .quiet = true });

	(void)state;
	assert_non_null(strstr(text, "\nGrade A+\n"));
	free(text);
	arena_free(arena);
}

/* What decides the exit status stands before all lists; broken rules are the first of the table. */
static void profile_comes_before_lists(void **state)
{
	static const char own[] = "title Own\nmust protocols only TLS1.2 TLS1.3\nmust key-ec-bits >= 9999\n";
	struct arena *arena = arena_new(0);
	struct assess_options options = { 0 };
	const struct diagnosis *d;
	char *text, *summary, *change, *table;

	(void)state;
	assert_int_equal(profile_parse(arena, "own", span_str(own), &options.profile, &(struct why_error){ 0 }), 0);
	d = sample_audited(arena, NULL, &options);
	text = rendered(d, "text", (struct report_options){ .width = 80 });
	summary = strstr(text, "Profile Own: does not comply");
	change = strstr(text, "What to change");
	table = strstr(text, "Profile: Own");
	assert_true(summary && change && table && summary < change && change < table);
	assert_true(strstr(summary, "key-ec-bits >= 9999: 256 bits") < change);
	assert_true(strstr(table, "key-ec-bits") < strstr(table, "protocols only"));
	free(text);
	text = rendered(d, "text", (struct report_options){ .quiet = true });
	assert_non_null(strstr(text, "\nOwn: does not comply\n"));
	free(text);
	for (size_t i = 0; i < 2; i++) {
		text = rendered(d, i ? "html" : "markdown", (struct report_options){ .width = 80 });
		assert_non_null(strstr(text, "Own: does not comply"));
		free(text);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths), cmocka_unit_test(both_answers_come_first), cmocka_unit_test(colour_is_only_colour),
		cmocka_unit_test(fix_prints_the_configuration_alone), cmocka_unit_test(quiet_is_two_lines),
		cmocka_unit_test(profile_comes_before_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
