/* Rules in nft's own words: tests/data/nft_rules.tsv holds rules as `nft list ruleset` and `nft -j list ruleset` (1.0.6) show them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "firewall/parts.h"

struct rest {
	const char *at;
	size_t n;
};

static size_t rest_read(void *buffer, size_t n, void *ctx)
{
	struct rest *rest = ctx;

	n = n < rest->n ? n : rest->n;
	memcpy(buffer, rest->at, n);
	rest->at += n;
	rest->n -= n;
	return n;
}

static void says_what_nft_says(void **state)
{
	struct arena *arena = arena_new(0);
	const char *data = getenv("TEST_DATA");
	char line[4096];
	size_t n = 0;
	FILE *file = fopen(arena_printf(arena, "%s/nft_rules.tsv", data ? data : "tests/data"), "r");

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file)) {
		char *tab = strchr(line, '\t');
		struct rest rest = { tab ? tab + 1 : "", tab ? strcspn(tab + 1, "\n") : 0 };

		assert_non_null(tab);
		*tab = '\0';
		assert_string_equal(fw_nft_text(arena, tree_read(arena, rest_read, &rest)), line);
		n++;
	}
	fclose(file);
	assert_true(n > 120);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(says_what_nft_says) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
