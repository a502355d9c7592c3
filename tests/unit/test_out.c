#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/out.h"

static void assert_safe(struct span in, const char *want)
{
	struct out out = { 0 };

	out_str(&out, "");
	out_safe(&out, in);
	assert_string_equal(out.text, want);
	out_release(&out);
}

static void buffer_grows(void **state)
{
	struct out out = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++)
		out_printf(&out, "%d,", i % 10);
	assert_int_equal(out.n, 2000);
	assert_int_equal(strlen(out.text), 2000);
	out_bytes(&out, NULL, 0);
	out_repeat(&out, "ab", 0);
	assert_int_equal(out.n, 2000);
	out_repeat(&out, "ab", 3);
	out_char(&out, '!');
	assert_string_equal(out.text + 2000, "ababab!");
	out_release(&out);
	assert_null(out.text);
	out_str(&out, "again");
	assert_string_equal(out.text, "again");
	out_release(&out);
}

static void nothing_after_failure(void **state)
{
	struct out out = { .failed = true };

	(void)state;
	out_str(&out, "a");
	out_printf(&out, "%d", 1);
	out_safe_str(&out, "b");
	assert_null(out.text);
	out_release(&out);
}

static void good_text_passes(void **state)
{
	static const char *const rows[] = {
		"a", "plain text, \\ and \"", "gr\xc3\xbc\xc3\x9f", "\xe4\xbe\x8b\xe3\x81\x88", "\xf0\x9f\x94\x92",
		"\xc2\xa0", "\xef\xbf\xbd", "\xd7\xa9", "\xe1\x80\x80",
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_safe(span_str(rows[i]), rows[i]);
}

static void controls_are_named(void **state)
{
	(void)state;
	assert_safe(span_of("a\0b", 3), "a\\x00b");
	assert_safe(span_str("\r\n\t"), "\\x0d\\x0a\\x09");
	assert_safe(span_str("\x1b[31m"), "\\x1b[31m");
	assert_safe(span_str("\x7f"), "\\x7f");
	assert_safe(span_str("\xc2\x9b"), "\\x9b");
	assert_safe(span_str("\xc2\xad"), "\\xad");
}

static void invisible_is_named(void **state)
{
	static const struct { const char *in, *want; } rows[] = {
		{ "\xe2\x80\xae", "\\u{202e}" }, { "\xe2\x80\x8b", "\\u{200b}" }, { "\xe2\x81\xa6", "\\u{2066}" },
		{ "\xe2\x80\xa8", "\\u{2028}" }, { "\xef\xbb\xbf", "\\u{feff}" }, { "\xd8\x9c", "\\u{061c}" },
		{ "\xef\xb8\x8f", "\\u{fe0f}" }, { "\xee\x80\x80", "\\u{e000}" }, { "\xef\xbf\xbf", "\\u{ffff}" },
		{ "\xf3\xa0\x81\x81", "\\u{e0041}" }, { "\xf4\x8f\xbf\xbf", "\\u{10ffff}" },
		/* format controls of hieroglyphs, shorthand and musical notation; a noncharacter of plane 1 */
		{ "\xf0\x93\x90\xb0", "\\u{13430}" }, { "\xf0\x9b\xb2\xa0", "\\u{1bca0}" },
		{ "\xf0\x9d\x85\xb3", "\\u{1d173}" }, { "\xf0\x9f\xbf\xbe", "\\u{1fffe}" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_safe(span_str(rows[i].in), rows[i].want);
}

static void invalid_utf8_is_named(void **state)
{
	(void)state;
	assert_safe(span_str("\x80"), "\\x80");
	assert_safe(span_str("\xff\xfe"), "\\xff\\xfe");
	assert_safe(span_str("\xc0\x80"), "\\xc0\\x80");
	assert_safe(span_str("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
	assert_safe(span_str("\xed\xa0\x80"), "\\xed\\xa0\\x80");
	assert_safe(span_str("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");
	assert_safe(span_str("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80");
	/* What follows a broken sequence is read afresh. */
	assert_safe(span_str("\xe4\xbe" "a"), "\\xe4\\xbe" "a");
	assert_safe(span_str("\xc3\xc3\xbc"), "\\xc3\xc3\xbc");
}

/* A good sequence of each length, cut at every length. */
static void cut_sequences(void **state)
{
	static const char *const whole[] = { "\xc3\xbc", "\xe4\xbe\x8b", "\xf0\x9f\x94\x92" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(whole); i++) {
		for (size_t n = 1; n < strlen(whole[i]); n++) {
			struct out out = { 0 };

			out_safe(&out, span_of(whole[i], n));
			assert_int_equal(out.n, 4 * n);
			assert_int_equal(out.text[0], '\\');
			out_release(&out);
		}
	}
}

static void copy_is_cut(void **state)
{
	char buffer[64];

	(void)state;
	assert_string_equal(safe_copy(buffer, 8, span_str("1234567")), "1234567");
	assert_string_equal(safe_copy(buffer, 8, span_str("12345678")), "1234...");
	assert_string_equal(safe_copy(buffer, 8, span_str("")), "");
	assert_string_equal(safe_copy(buffer, 8, span_of(NULL, 0)), "");
	assert_string_equal(safe_copy(buffer, 16, span_str("\n\n")), "\\x0a\\x0a");
	/* Never through a character. */
	assert_string_equal(safe_copy(buffer, 8, span_str("123\xc3\xbc\xc3\xbc\xc3\xbc")), "123...");
}

/* However small the room: terminated, and no sequence cut in two. */
static void copy_into_every_length(void **state)
{
	static const char text[] = "a\xc3\xbc\xe4\xbe\x8b\xf0\x9f\x94\x92\x1b\xffz";
	char buffer[64];

	(void)state;
	for (size_t cap = 1; cap < sizeof buffer; cap++) {
		memset(buffer, '#', sizeof buffer);
		safe_copy(buffer, cap, span_str(text));
		assert_non_null(memchr(buffer, '\0', cap));
		assert_safe(span_str(buffer), buffer);
	}
	buffer[0] = '#';
	safe_copy(buffer, 0, span_str(text));
	assert_int_equal(buffer[0], '#');
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(text_width(""), 0);
	assert_int_equal(text_width("abc"), 3);
	assert_int_equal(text_width("gr\xc3\xbc\xc3\x9f"), 4);
	assert_int_equal(text_width("\xe4\xbe\x8b"), 2);
	assert_int_equal(text_width("e\xcc\x81"), 1);
	assert_int_equal(text_width("\xff"), 1);
}

static void assert_wrapped(const char *text, size_t indent, size_t width, size_t first, const char *want)
{
	struct out out = { 0 };

	out_wrapped(&out, text, indent, width, first);
	assert_string_equal(out.text, want);
	out_release(&out);
}

static void wraps(void **state)
{
	(void)state;
	assert_wrapped("", 2, 10, 0, "\n");
	assert_wrapped("one", 2, 10, 0, "one\n");
	assert_wrapped("one two three", 2, 8, 0, "one two\n  three\n");
	assert_wrapped("one two", 2, 7, 0, "one two\n");
	assert_wrapped("one two", 2, 7, 1, "one\n  two\n");
	assert_wrapped("one   two ", 0, 80, 0, "one two\n");
	assert_wrapped("a\nb", 1, 80, 0, "a\n b\n");
	/* A word longer than the line stands alone and whole. */
	assert_wrapped("a verylongword b", 0, 5, 0, "a\nverylongword\nb\n");
	assert_wrapped("\xe4\xbe\x8b\xe4\xbe\x8b \xe4\xbe\x8b", 0, 6, 0, "\xe4\xbe\x8b\xe4\xbe\x8b\n\xe4\xbe\x8b\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffer_grows), cmocka_unit_test(nothing_after_failure),
		cmocka_unit_test(good_text_passes), cmocka_unit_test(controls_are_named),
		cmocka_unit_test(invisible_is_named), cmocka_unit_test(invalid_utf8_is_named),
		cmocka_unit_test(cut_sequences), cmocka_unit_test(copy_is_cut),
		cmocka_unit_test(copy_into_every_length), cmocka_unit_test(widths), cmocka_unit_test(wraps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
