/* The report for people: what comes first, at which width, and nothing raw of a peer's. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "report/report.h"
#include "test_report_sample.h"

static char *rendered(const char *name, const struct diagnosis *d, struct report_options options)
{
	struct out out = { 0 };

	renderer_find(name)->render(&out, d, &options);
	assert_false(out.failed);
	return out.text;
}

static void check_clean(const char *text, bool may_colour)
{
	for (const char *p = text; *p; p++) {
		uint8_t c = (uint8_t)*p;

		if (c == '\n')
			continue;
		if (c == 033 && may_colour && p[1] == '[') {
			p += strspn(p + 2, "0123456789;") + 2;
			assert_int_equal(*p, 'm');
			continue;
		}
		assert_true(c >= ' ' && c != 0x7f);
		assert_false(c == 0xc2 && (uint8_t)p[1] < 0xa0);
	}
	assert_null(strstr(text, "\xe2\x80\xae"));
	assert_null(strstr(text, "\033]"));
}

/* Every line that can be wrapped fits; commands to copy are left whole. */
static void check_width(char *text, size_t width)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		if (!strstr(line, "$ "))
			assert_true(text_width(line) <= width);
}

static void fits_every_width(void **state)
{
	static const size_t widths[] = { 40, 60, 72, 80, 120 };
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(widths); i++) {
		for (int verbose = 0; verbose < 2; verbose++) {
			char *text = rendered("text", sample_diagnosis(arena),
					      (struct report_options){ .width = widths[i], .verbose = verbose });

			check_clean(text, false);
			check_width(text, widths[i]);
			free(text);
		}
	}
	arena_free(arena);
}

static void root_cause_comes_first(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = rendered("text", sample_diagnosis(arena), (struct report_options){ 0 });
	static const char *const order[] = { "BROKEN", "Cause", "Why", "Who", "Fix", "Show", "Layers", "Also found", "Clients" };
	const char *at = text;

	(void)state;
	assert_memory_equal(text, "BROKEN  expired.example:443: The certificate has expired\n", 57);
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		at = strstr(at, order[i]);
		assert_non_null(at);
	}
	free(text);
	arena_free(arena);
}

static void colour_only_when_asked(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = rendered("text", sample_diagnosis(arena), (struct report_options){ .colour = true, .verbose = true });

	(void)state;
	assert_non_null(strstr(text, "\033[1;31mBROKEN\033[0m"));
	check_clean(text, true);
	free(text);
	arena_free(arena);
}

static void quiet_is_one_line(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = rendered("text", sample_diagnosis(arena), (struct report_options){ .quiet = true, .width = 120 });

	(void)state;
	assert_string_equal(text, "BROKEN  expired.example:443: The certificate has expired\n");
	free(text);
	arena_free(arena);
}

static void verbose_shows_attempts(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = rendered("text", sample_diagnosis(arena), (struct report_options){ .verbose = true });

	(void)state;
	assert_non_null(strstr(text, "offered TLS 1.3, TLS 1.2"));
	assert_non_null(strstr(text, "15 03 03 00 02 02 28"));
	assert_non_null(strstr(text, "|......("));
	free(text);
	arena_free(arena);
}

static void clients_is_the_table(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = rendered("clients", sample_diagnosis(arena), (struct report_options){ 0 });

	(void)state;
	assert_non_null(strstr(text, "ERR_CERT_DATE_INVALID (-201)"));
	assert_non_null(strstr(text, "curl: (60) SSL certificate problem"));
	assert_null(strstr(text, "Layers"));
	free(text);
	arena_free(arena);
}

static void nothing_wrong_is_short(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = rendered("text", sample_empty(arena), (struct report_options){ 0 });

	(void)state;
	assert_string_equal(text, "OK  works\n");
	assert_null(renderer_find("pdf"));
	free(text);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fits_every_width), cmocka_unit_test(root_cause_comes_first),
		cmocka_unit_test(colour_only_when_asked), cmocka_unit_test(quiet_is_one_line),
		cmocka_unit_test(verbose_shows_attempts), cmocka_unit_test(clients_is_the_table),
		cmocka_unit_test(nothing_wrong_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
