#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/rd.h"
#include "base/wr.h"

static const uint8_t WANT[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 'a', 'b', 0xee, 0xee };

static void write_all(struct wr *wr)
{
	wr_u8(wr, 1);
	wr_u16(wr, 0x0203);
	wr_u24(wr, 0x040506);
	wr_u32(wr, 0x0708090a);
	wr_bytes(wr, span_str("ab"));
	wr_fill(wr, 0xee, 2);
}

/* Room for every length: all of it, or an overflow that never writes past the room. */
static void room_of_every_length(void **state)
{
	(void)state;
	for (size_t cap = 0; cap <= sizeof WANT + 1; cap++) {
		uint8_t *block = malloc(cap ? cap : 1);
		struct wr wr = wr_of(block, cap);

		assert_non_null(block);
		write_all(&wr);
		assert_int_equal(wr_ok(&wr), cap >= sizeof WANT);
		if (wr_ok(&wr))
			assert_true(span_equal(wr_span(&wr), span_of(WANT, sizeof WANT)));
		else
			assert_int_equal(wr_span(&wr).n, 0);
		free(block);
	}
}

static void overflow_sticks(void **state)
{
	uint8_t room[2];
	struct wr wr = wr_of(room, sizeof room);

	(void)state;
	wr_u24(&wr, 1);
	assert_false(wr_ok(&wr));
	wr_u8(&wr, 1);
	assert_false(wr_ok(&wr));
	assert_int_equal(wr.n, 0);
	wr = wr_of(room, sizeof room);
	wr_u8(&wr, 1);
	wr_fill(&wr, 0, SIZE_MAX);
	assert_false(wr_ok(&wr));
}

static void nothing_into_nothing(void **state)
{
	struct wr wr = wr_of(NULL, 0);

	(void)state;
	wr_bytes(&wr, span_of(NULL, 0));
	wr_fill(&wr, 7, 0);
	assert_true(wr_ok(&wr));
	wr_u8(&wr, 0);
	assert_false(wr_ok(&wr));
}

/* Bodies as long as the length can say, and one byte longer. */
static void vector_limits(void **state)
{
	static uint8_t room[70000];

	(void)state;
	for (int width = 1; width <= 2; width++) {
		size_t most = ((size_t)1 << 8 * width) - 1;

		for (size_t len = most - 1; len <= most + 1; len++) {
			struct wr wr = wr_of(room, sizeof room);
			size_t mark = wr_open(&wr, width);

			wr_fill(&wr, 5, len);
			wr_close(&wr, mark, width);
			assert_int_equal(wr_ok(&wr), len <= most);
		}
	}
}

static void vectors_nest(void **state)
{
	static const uint8_t want[] = { 9, 0, 0, 6, 0, 4, 2, 'x', 'y', 0 };
	uint8_t room[16];
	struct wr wr = wr_of(room, sizeof room);
	size_t outer, middle, inner;
	struct rd rd, a, b, c;

	(void)state;
	wr_u8(&wr, 9);
	outer = wr_open(&wr, 3);
	middle = wr_open(&wr, 2);
	inner = wr_open(&wr, 1);
	wr_bytes(&wr, span_str("xy"));
	wr_close(&wr, inner, 1);
	wr_u8(&wr, 0);
	wr_close(&wr, middle, 2);
	wr_close(&wr, outer, 3);
	assert_true(span_equal(wr_span(&wr), span_of(want, sizeof want)));
	rd = rd_of(wr_span(&wr));
	rd_u8(&rd);
	a = rd_vec24(&rd);
	b = rd_vec16(&a);
	c = rd_vec8(&b);
	assert_true(span_is(rd_rest(&c), "xy"));
	assert_int_equal(rd_u8(&b), 0);
	assert_true(rd_done(&rd) && rd_done(&a) && rd_done(&b) && rd_done(&c));
}

static void vector_without_room(void **state)
{
	uint8_t room[2] = { 0xcc, 0xcc };
	struct wr wr = wr_of(room, 1);
	size_t mark = wr_open(&wr, 2);

	(void)state;
	wr_close(&wr, mark, 2);
	assert_false(wr_ok(&wr));
	assert_int_equal(room[1], 0xcc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_of_every_length), cmocka_unit_test(overflow_sticks),
		cmocka_unit_test(nothing_into_nothing), cmocka_unit_test(vector_limits),
		cmocka_unit_test(vectors_nest), cmocka_unit_test(vector_without_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
