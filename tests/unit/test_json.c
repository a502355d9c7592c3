#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

/* Both have a json_string(); jansson's is not needed here. */
#define json_string jansson_string
#include <jansson.h>
#undef json_string
#include <math.h>

#include "base/out.h"

static void assert_string(struct span in, const char *want)
{
	struct out out = { 0 };

	json_string(&out, in);
	assert_string_equal(out.text, want);
	out_release(&out);
}

static void strings(void **state)
{
	(void)state;
	assert_string(span_str(""), "\"\"");
	assert_string(span_of(NULL, 0), "\"\"");
	assert_string(span_str("a\"b\\c/"), "\"a\\\"b\\\\c/\"");
	assert_string(span_str("\r\n\t\b\x1b\x7f"), "\"\\r\\n\\t\\u0008\\u001b\\u007f\"");
	assert_string(span_of("a\0b", 3), "\"a\\u0000b\"");
	assert_string(span_str("\xc3\xbc\xe4\xbe\x8b\xf0\x9f\x94\x92"), "\"\xc3\xbc\xe4\xbe\x8b\xf0\x9f\x94\x92\"");
	assert_string(span_str("\xc2\x85\xc2\xa0"), "\"\\u0085\xc2\xa0\"");
	/* What turns or hides text around it, in the first plane and beyond. */
	assert_string(span_str("\xe2\x80\xae" "a\xe2\x81\xa6"), "\"\\u202e" "a\\u2066\"");
	assert_string(span_str("\xf3\xa0\x81\x81"), "\"\\udb40\\udc41\"");
}

static void invalid_utf8(void **state)
{
	(void)state;
	assert_string(span_str("\x80"), "\"\\u0080\"");
	assert_string(span_str("\xc0\x80"), "\"\\u00c0\\u0080\"");
	assert_string(span_str("\xe0\x80\xaf"), "\"\\u00e0\\u0080\\u00af\"");
	assert_string(span_str("\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"");
	assert_string(span_str("\xf4\x90\x80\x80"), "\"\\u00f4\\u0090\\u0080\\u0080\"");
	assert_string(span_str("\xff"), "\"\\u00ff\"");
	assert_string(span_str("\xe4\xbe"), "\"\\u00e4\\u00be\"");
	assert_string(span_str("\xf0\x9f\x94"), "\"\\u00f0\\u009f\\u0094\"");
	assert_string(span_str("\xc3" "a"), "\"\\u00c3" "a\"");
}

/* Each sequence of two bytes, valid or not, is a JSON document that another parser reads. */
static void all_pairs_are_valid(void **state)
{
	(void)state;
	for (unsigned pair = 0; pair < 0x10000; pair++) {
		uint8_t bytes[] = { (uint8_t)(pair >> 8), (uint8_t)pair };
		struct out out = { 0 };
		json_t *read;

		json_string(&out, span_of(bytes, sizeof bytes));
		read = json_loads(out.text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		assert_non_null(read);
		json_decref(read);
		out_release(&out);
	}
}

static void write_sample(struct json *j)
{
	json_object_begin(j, NULL);
	json_key_str(j, "text", "a");
	json_key_str(j, "none", NULL);
	json_key_null(j, "null");
	json_key_span(j, "span", span_str("b"));
	json_key_int(j, "least", INT64_MIN);
	json_key_bool(j, "yes", true);
	json_key_bool(j, "no", false);
	json_key_hex(j, "hex", span_of("\x00\xff", 2));
	json_array_begin(j, "empty");
	json_end(j);
	json_array_begin(j, "items");
	json_key_int(j, NULL, 1);
	json_object_begin(j, NULL);
	json_end(j);
	json_array_begin(j, NULL);
	json_key_str(j, NULL, "x");
	json_end(j);
	json_end(j);
	json_key_double(j, "double", 1.25, 1);
	json_end(j);
}

static void nests(void **state)
{
	struct out out = { 0 };
	struct json j = json_of(&out, false);

	(void)state;
	write_sample(&j);
	assert_string_equal(out.text, "{\"text\":\"a\",\"none\":null,\"null\":null,\"span\":\"b\","
				      "\"least\":-9223372036854775808,\"yes\":true,\"no\":false,\"hex\":\"00ff\","
				      "\"empty\":[],\"items\":[1,{},[\"x\"]],\"double\":1.2}");
	assert_int_equal(j.depth, 0);
	out_release(&out);
}

static void pretty_means_the_same(void **state)
{
	struct out plain = { 0 }, pretty = { 0 };
	struct json a = json_of(&plain, false), b = json_of(&pretty, true);
	json_t *left, *right;

	(void)state;
	write_sample(&a);
	write_sample(&b);
	left = json_loads(plain.text, 0, NULL);
	right = json_loads(pretty.text, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(left);
	assert_non_null(right);
	assert_true(json_equal(left, right));
	json_decref(left);
	json_decref(right);
	out_release(&plain);
	out_release(&pretty);
}

static void no_number_is_null(void **state)
{
	struct out out = { 0 };
	struct json j = json_of(&out, false);

	(void)state;
	json_array_begin(&j, NULL);
	json_key_double(&j, NULL, NAN, 2);
	json_key_double(&j, NULL, INFINITY, 2);
	json_key_double(&j, NULL, -INFINITY, 2);
	json_key_double(&j, NULL, -0.5, 2);
	json_end(&j);
	assert_string_equal(out.text, "[null,null,null,-0.50]");
	out_release(&out);
}

static void depth_is_bounded(void **state)
{
	struct out out = { 0 };
	struct json j = json_of(&out, false);

	(void)state;
	for (int i = 0; i < 64; i++)
		json_array_begin(&j, NULL);
	assert_false(out.failed);
	json_array_begin(&j, NULL);
	assert_true(out.failed);
	for (int i = 0; i < 70; i++)
		json_end(&j);
	assert_int_equal(j.depth, 0);
	out_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings), cmocka_unit_test(invalid_utf8), cmocka_unit_test(all_pairs_are_valid),
		cmocka_unit_test(nests), cmocka_unit_test(pretty_means_the_same),
		cmocka_unit_test(no_number_is_null), cmocka_unit_test(depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
