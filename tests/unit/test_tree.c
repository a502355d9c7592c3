/* JSON as a tree of plain nodes: against jansson's reading of the same bytes, however they come in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "firewall/tree.h"

static const char document[] =
	" {\"nftables\" : [ {\"metainfo\": {\"version\":\"1.0.6\"}}, {\"rule\":{\"family\":\"inet\",\"handle\":4,\"expr\":["
	"{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}},\"right\":{\"set\":[80,443,{\"range\":[1000,-2]}]}}},"
	"{\"log\":{\"prefix\":\"a \\\"b\\\" \\\\ \\/ \\n\\t\\u00fc\\u20ac \xc3\xbc\"}},{\"drop\":null},{\"x\":[true,false,1.5,2e3,[],{},\"\"]}]}}]} ";

struct pieces {
	const char *at;
	size_t left, step;
};

static size_t pieces_read(void *buffer, size_t n, void *ctx)
{
	struct pieces *p = ctx;

	n = n < p->step ? n : p->step;
	n = n < p->left ? n : p->left;
	memcpy(buffer, p->at, n);
	p->at += n;
	p->left -= n;
	return n;
}

static const struct tree *read_of(struct arena *arena, const char *text, size_t n, size_t step)
{
	struct pieces pieces = { text, n, step };

	return tree_read(arena, pieces_read, &pieces);
}

static void assert_same(const struct tree *ours, json_t *theirs)
{
	const struct tree *inner;
	size_t i = 0;
	void *at = json_object_iter(theirs);

	assert_non_null(ours);
	assert_int_equal(tree_is(ours, TREE_TRUE), json_is_true(theirs));
	assert_int_equal(tree_is(ours, TREE_FALSE), json_is_false(theirs));
	assert_int_equal(tree_is(ours, TREE_NULL), json_is_null(theirs));
	assert_int_equal(tree_is(ours, TREE_REAL), json_is_real(theirs));
	assert_int_equal(tree_is(ours, TREE_INTEGER), json_is_integer(theirs));
	assert_int_equal(tree_integer(ours), json_integer_value(theirs));
	if (json_is_string(theirs))
		assert_string_equal(tree_text(ours), json_string_value(theirs));
	else
		assert_null(tree_text(ours));
	assert_int_equal(tree_size(ours), json_array_size(theirs));
	tree_foreach(ours, inner)
		assert_same(inner, json_array_get(theirs, i++));
	for (inner = tree_member(ours); inner; inner = inner->next, at = json_object_iter_next(theirs, at)) {
		assert_string_equal(inner->key, json_object_iter_key(at));
		assert_ptr_equal(tree_get(ours, inner->key), inner);
		assert_same(inner, json_object_iter_value(at));
	}
	assert_null(at);
}

static void same_as_jansson(void **state)
{
	json_t *theirs = json_loads(document, 0, NULL);

	(void)state;
	assert_non_null(theirs);
	for (size_t step = 1; step < sizeof document; step++) {
		struct arena *arena = arena_new(0);

		assert_same(read_of(arena, document, sizeof document - 1, step), theirs);
		arena_free(arena);
	}
	json_decref(theirs);
}

static void cut_anywhere(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 30);

	(void)state;
	for (size_t n = 0; n < sizeof document - 2; n++)
		assert_null(read_of(arena, document, n, 7));
	arena_free(arena);
}

static void wrong(void **state)
{
	static const char *const texts[] = { "", " ", "nul", "nullx", "tru", "-", "+1", "{a:1}", "{\"a\" 1}", "{\"a\":1,}", "[1,]", "[1 2]", "[", "]", "[}", "\"\\x\"",
		"\"\\u12g4\"", "\"", "{\"a\"}", "{1:2}", ",", ":" };
	struct arena *arena = arena_new((size_t)1 << 30);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_null(read_of(arena, texts[i], strlen(texts[i]), 64));
	arena_free(arena);
}

/* What follows is left where it is, numbers beyond a long stay at its end, circles of brackets end. */
static void odd(void **state)
{
	struct arena *arena = arena_new((size_t)1 << 30);
	char deep[4000];

	(void)state;
	assert_int_equal(tree_integer(read_of(arena, "99999999999999999999999", 23, 5)), INT64_MAX);
	assert_int_equal(tree_size(read_of(arena, "[1,2]]]]", 8, 8)), 2);
	assert_int_equal(tree_integer(tree_at(read_of(arena, "[1,2]", 5, 8), 1)), 2);
	assert_null(tree_at(read_of(arena, "[1,2]", 5, 8), 2));
	assert_string_equal(tree_text(read_of(arena, "\"a\\u0000b\"", 10, 3)), "ab");
	memset(deep, '[', sizeof deep);
	assert_null(read_of(arena, deep, sizeof deep, 64));
	assert_null(tree_get(NULL, "a"));
	assert_null(tree_at(NULL, 0));
	assert_int_equal(tree_size(NULL), 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_jansson),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(wrong),
		cmocka_unit_test(odd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
