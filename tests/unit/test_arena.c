#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/arena.h"

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t n = 0; n < 300; n++) {
		uint8_t *p = arena_alloc(arena, n);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	arena_free(arena);
}

static void parts_do_not_overlap(void **state)
{
	struct arena *arena = arena_new(0);
	uint8_t *parts[200];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		parts[i] = arena_alloc(arena, i * 7 + 1);
		memset(parts[i], (int)i, i * 7 + 1);
	}
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		for (size_t at = 0; at < i * 7 + 1; at++)
			assert_int_equal(parts[i][at], (uint8_t)i);
	arena_free(arena);
}

static void large_ones_between_small_ones(void **state)
{
	struct arena *arena = arena_new(0);
	char *before = arena_str(arena, "before");
	uint8_t *large = arena_alloc(arena, 3 << 20);
	char *after = arena_str(arena, "after");

	(void)state;
	memset(large, 1, 3 << 20);
	assert_string_equal(before, "before");
	assert_string_equal(after, "after");
	assert_true(arena_used(arena) >= 3 << 20);
	arena_free(arena);
	arena_free(NULL);
}

static void copies_texts(void **state)
{
	struct arena *arena = arena_new(0);
	char source[] = "changes";
	char *copy = arena_str(arena, source);
	struct span bytes = arena_copy(arena, span_of("a\0b", 3));

	(void)state;
	source[0] = 'X';
	assert_string_equal(copy, "changes");
	assert_null(arena_str(arena, NULL));
	assert_string_equal(arena_str(arena, ""), "");
	assert_string_equal(arena_strn(arena, "abc", 2), "ab");
	assert_string_equal(arena_strn(arena, NULL, 0), "");
	assert_true(span_equal(bytes, span_of("a\0b", 3)));
	assert_int_equal(arena_copy(arena, span_of(NULL, 0)).n, 0);
	assert_string_equal(arena_printf(arena, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_printf(arena, "%s", ""), "");
	assert_int_equal(strlen(arena_printf(arena, "%05000d", 1)), 5000);
	arena_free(arena);
}

static void arrays_grow(void **state)
{
	struct arena *arena = arena_new(0);
	int *items = NULL;
	size_t n = 0, cap = 0;

	(void)state;
	for (int i = 0; i < 1000; i++)
		*arena_push(arena, items, n, cap) = i;
	assert_int_equal(n, 1000);
	assert_true(cap >= n);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	arena_free(arena);
}

static void leave(void *ctx)
{
	longjmp(*(jmp_buf *)ctx, 1);
}

/* Whether asking for `n` elements of `size` is refused by an arena of 64 KiB that already holds 1 KiB. */
static bool is_refused(size_t n, size_t size)
{
	struct arena *volatile arena = arena_new(64 << 10);
	volatile bool refused = true;
	jmp_buf out;

	arena_on_full(arena, leave, &out);
	arena_alloc(arena, 1 << 10);
	if (setjmp(out) == 0) {
		arena_calloc(arena, n, size);
		refused = false;
	}
	arena_free(arena);
	return refused;
}

static void ceiling_holds(void **state)
{
	(void)state;
	assert_false(is_refused(1, 62 << 10));
	assert_false(is_refused(0, 100));
	assert_false(is_refused(100, 0));
	assert_true(is_refused(1, 64 << 10));
	assert_true(is_refused(64 << 10, 64 << 10));
	assert_true(is_refused(1, SIZE_MAX));
	assert_true(is_refused(1, SIZE_MAX - 16));
	/* A product that would wrap to something small. */
	assert_true(is_refused(SIZE_MAX / 2 + 1, 2));
	assert_true(is_refused(SIZE_MAX / 8 + 1, 16));
}

/* Small steps reach the ceiling too, and not far below it. */
static void ceiling_is_reached_in_steps(void **state)
{
	struct arena *volatile arena = arena_new(64 << 10);
	volatile size_t got = 0;
	jmp_buf out;

	(void)state;
	arena_on_full(arena, leave, &out);
	if (setjmp(out) == 0)
		while (got < 1 << 20) {
			arena_alloc(arena, 100);
			got += 100;
		}
	assert_true(got <= 64 << 10);
	assert_true(got >= 32 << 10);
	arena_free(arena);
}

static void a_nul_hides_nothing(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_string_equal(arena_text(arena, span_of("a\0b\0", 4)), "a\xef\xbf\xbd" "b\xef\xbf\xbd");
	assert_string_equal(arena_text(arena, span_str("plain")), "plain");
	assert_string_equal(arena_text(arena, span_of(NULL, 0)), "");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned), cmocka_unit_test(parts_do_not_overlap),
		cmocka_unit_test(large_ones_between_small_ones), cmocka_unit_test(copies_texts),
		cmocka_unit_test(a_nul_hides_nothing),
		cmocka_unit_test(arrays_grow), cmocka_unit_test(ceiling_holds),
		cmocka_unit_test(ceiling_is_reached_in_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
