#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/rd.h"

static const uint8_t BYTES[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 };

/* A block of exactly `n` bytes, so that AddressSanitizer sees a read past them. */
static uint8_t *exact(const uint8_t *bytes, size_t n)
{
	uint8_t *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	return copy;
}

static void reads_big_endian(void **state)
{
	struct rd rd = rd_of(span_of(BYTES, sizeof BYTES));

	(void)state;
	assert_int_equal(rd_peek_u8(&rd), 1);
	assert_int_equal(rd_u8(&rd), 0x01);
	assert_int_equal(rd_u16(&rd), 0x0203);
	assert_int_equal(rd_u24(&rd), 0x040506);
	assert_int_equal(rd_u32(&rd), 0x0708090a);
	assert_true(rd_u64(&rd) == 0x0b0c0d0e0f101112);
	assert_true(rd_done(&rd));
	assert_false(rd_more(&rd));
	assert_int_equal(rd.at, sizeof BYTES);
}

static void cut_at_every_length(void **state)
{
	(void)state;
	for (size_t n = 0; n <= sizeof BYTES; n++) {
		uint8_t *block = exact(BYTES, n);
		struct rd rd = rd_of(span_of(block, n));

		rd_u8(&rd);
		rd_u16(&rd);
		rd_u24(&rd);
		rd_u32(&rd);
		assert_int_equal(rd_ok(&rd), n >= 10);
		rd_u64(&rd);
		assert_int_equal(rd_done(&rd), n == sizeof BYTES);
		free(block);
	}
}

static void error_sticks(void **state)
{
	struct rd rd = rd_of(span_of(BYTES, 3)), sub;

	(void)state;
	assert_int_equal(rd_u32(&rd), 0);
	assert_false(rd_ok(&rd));
	assert_int_equal(rd_u8(&rd), 0);
	assert_int_equal(rd_peek_u8(&rd), 0);
	assert_int_equal(rd_bytes(&rd, 0).n, 0);
	assert_int_equal(rd_rest(&rd).n, 0);
	sub = rd_vec8(&rd);
	assert_false(rd_ok(&sub));
	assert_false(rd_done(&rd));
	assert_false(rd_more(&rd));
}

static void sizes_do_not_wrap(void **state)
{
	struct rd rd = rd_of(span_of(BYTES, sizeof BYTES)), sub;

	(void)state;
	rd_u8(&rd);
	assert_int_equal(rd_bytes(&rd, SIZE_MAX).n, 0);
	assert_false(rd_ok(&rd));
	rd = rd_of(span_of(BYTES, sizeof BYTES));
	rd_skip(&rd, SIZE_MAX);
	assert_false(rd_ok(&rd));
	rd = rd_of(span_of(BYTES, sizeof BYTES));
	sub = rd_sub(&rd, SIZE_MAX);
	assert_false(rd_ok(&sub));
}

static void empty_is_no_error(void **state)
{
	struct rd rd = rd_of(span_of(NULL, 0));

	(void)state;
	assert_true(rd_done(&rd));
	assert_int_equal(rd_rest(&rd).n, 0);
	rd_skip(&rd, 0);
	assert_int_equal(rd_peek_u8(&rd), 0);
	assert_true(rd_done(&rd));
	rd_u8(&rd);
	assert_false(rd_ok(&rd));
}

static struct rd vec_of(struct rd *rd, size_t width)
{
	return width == 1 ? rd_vec8(rd) : width == 2 ? rd_vec16(rd) : rd_vec24(rd);
}

/* A vector of three bytes behind each width of length; the length itself one off either way. */
static void vectors(void **state)
{
	(void)state;
	for (size_t width = 1; width <= 3; width++) {
		for (uint8_t len = 2; len <= 4; len++) {
			uint8_t bytes[6] = { 0 };
			size_t n = width + 3;
			uint8_t *block;
			struct rd rd, sub;

			bytes[width - 1] = len;
			bytes[width] = 0xaa;
			block = exact(bytes, n);
			rd = rd_of(span_of(block, n));
			sub = vec_of(&rd, width);
			assert_int_equal(rd_ok(&rd), len <= 3);
			assert_int_equal(rd_ok(&sub), len <= 3);
			assert_int_equal(rd_done(&rd), len == 3);
			if (len <= 3) {
				assert_int_equal(sub.at, width);
				assert_int_equal(sub.n, len);
				assert_int_equal(rd_u8(&sub), 0xaa);
				rd_skip(&sub, len - 1u);
				assert_true(rd_done(&sub));
				/* A failure inside is the sub-cursor's own. */
				rd_u8(&sub);
				assert_false(rd_ok(&sub));
				assert_true(rd_ok(&rd));
			}
			free(block);
		}
	}
}

static void offsets_count_from_the_outermost(void **state)
{
	static const uint8_t nested[] = { 0xff, 0, 4, 2, 0xa, 0xb, 0xc };
	struct rd rd = rd_of(span_of(nested, sizeof nested)), outer, inner;

	(void)state;
	rd_u8(&rd);
	outer = rd_vec16(&rd);
	inner = rd_vec8(&outer);
	assert_int_equal(outer.at, 6);
	assert_int_equal(inner.at, 4);
	assert_int_equal(rd_u16(&inner), 0x0a0b);
	assert_int_equal(inner.at, 6);
	assert_int_equal(rd_u8(&outer), 0x0c);
	assert_true(rd_done(&outer));
	assert_true(rd_done(&rd));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_big_endian), cmocka_unit_test(cut_at_every_length),
		cmocka_unit_test(error_sticks), cmocka_unit_test(sizes_do_not_wrap),
		cmocka_unit_test(empty_is_no_error), cmocka_unit_test(vectors),
		cmocka_unit_test(offsets_count_from_the_outermost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
