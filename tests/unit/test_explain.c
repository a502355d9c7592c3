/* explain: every code by name and by number, lines from real life, spelling, hostile input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "explain/explain.h"
#include "rule/rule.h"

static bool is_among(const struct explain_result *result, const struct explain_entry *entry)
{
	for (size_t i = 0; i < result->n_matches; i++) {
		if (result->matches[i].entry == entry)
			return true;
	}
	return false;
}

static void test_every_code_by_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_explain_entries; i++) {
		const struct explain_entry *entry = &explain_entries[i];
		struct arena *arena = arena_new(0);
		struct explain_result *result = explain(arena, entry->code);

		if (!is_among(result, entry) || result->is_guess)
			fail_msg("%s: %s not found", entry->table, entry->code);
		arena_free(arena);
	}
}

static void test_every_code_by_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_explain_entries; i++) {
		const struct explain_entry *entry = &explain_entries[i];
		struct arena *arena = arena_new(0);
		char query[160];

		if (entry->kind == EXPLAIN_CODE && entry->number) {
			snprintf(query, sizeof query, "%s %s", entry->table, entry->number);
			if (!is_among(explain(arena, query), entry))
				fail_msg("%s: %s not found", query, entry->code);
		}
		arena_free(arena);
	}
}

static void test_causes_resolve(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_explain_entries; i++) {
		for (size_t c = 0; explain_entries[i].causes[c]; c++)
			assert_non_null(cause_find(explain_entries[i].causes[c]));
	}
}

static FILE *lines_open(void)
{
	static const char *const paths[] = { "tests/data/explain_lines.tsv", "../tests/data/explain_lines.tsv" };
	const char *root = getenv("MESON_SOURCE_ROOT");
	char path[4096];

	if (root) {
		snprintf(path, sizeof path, "%s/%s", root, paths[0]);
		return fopen(path, "r");
	}
	FILE *file = fopen(paths[0], "r");
	return file ? file : fopen(paths[1], "r");
}

/* `text` is one of the alternatives, parted by |. */
static bool is_one_of(const char *text, const char *alternatives)
{
	size_t n = strlen(text);

	for (const char *at = alternatives; at; at = strchr(at, '|') ? strchr(at, '|') + 1 : NULL)
		if (strncmp(at, text, n) == 0 && (at[n] == '\0' || at[n] == '|'))
			return true;
	return false;
}

static bool line_is_right(const char *line, const char *expected)
{
	struct arena *arena = arena_new(0);
	struct explain_result *result = explain(arena, line);
	const struct explain_entry *first = result->n_matches ? result->matches[0].entry : NULL;
	bool is_right = first && (is_one_of(first->code, expected) ||
				  (first->causes[0] && is_one_of(first->causes[0], expected)));

	if (!is_right)
		print_message("%s\n  wanted %s, got %s\n", line, expected, first ? first->code : "nothing");
	arena_free(arena);
	return is_right;
}

static void test_lines(void **state)
{
	FILE *file = lines_open();
	char line[2048];
	size_t n = 0, n_right = 0;

	(void)state;
	assert_non_null(file);
	while (fgets(line, sizeof line, file)) {
		char *tab = strchr(line, '\t');

		if (line[0] == '#' || !tab)
			continue;
		*tab = '\0';
		tab[1 + strcspn(tab + 1, "\n")] = '\0';
		n++;
		n_right += line_is_right(line, tab + 1);
	}
	fclose(file);
	assert_true(n >= 60);
	assert_true(n_right * 100 >= n * 95);
}

static void test_spelling_and_meaning(void **state)
{
	(void)state;
	assert_true(line_is_right("ERR_CERT_COMON_NAME_INVALD", "ERR_CERT_COMMON_NAME_INVALID"));
	assert_true(line_is_right("errcertdateinvalid", "ERR_CERT_DATE_INVALID"));
	assert_true(line_is_right("certificate.expird", "certificate.expired"));
	assert_true(line_is_right("forwrd secrecy", "forward secrecy"));
	assert_true(line_is_right("sni", "SNI"));
	assert_true(line_is_right("-107", "ERR_SSL_PROTOCOL_ERROR"));
	assert_true(line_is_right("0x800B0109", "CERT_E_UNTRUSTEDROOT"));
	assert_true(line_is_right("36887", "Schannel event 36887"));
	assert_true(line_is_right("curl 35", "CURLE_SSL_CONNECT_ERROR"));
	assert_true(line_is_right("TLS alert 40", "handshake_failure"));
	assert_true(line_is_right("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
}

static void test_unknown(void **state)
{
	static const char *const queries[] = { "", "  \t\n", "zzzqqqxyzzy", "\xff\xfe\x01", "----", "0x" };
	struct arena *arena = arena_new(0);
	struct out out = { 0 };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(queries); i++) {
		struct explain_result *result = explain(arena, queries[i]);

		assert_int_equal(result->n_matches, 0);
		explain_text(&out, result, 80, false, NULL);
		explain_json(&out, result);
	}
	assert_null(strchr(out.text, '\x01'));
	out_release(&out);
	arena_free(arena);
}

/* "code" behind "error:" begins with a digit of hex and is no number: it was read for ever. */
static void test_no_packed_number(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	assert_non_null(explain(arena, "t crt error:code 0--"));
	assert_non_null(explain(arena, "error:d"));
	arena_free(arena);
}

static void test_long_input(void **state)
{
	struct arena *arena = arena_new(0);
	size_t n = 200000;
	char *text = malloc(n + 1);

	(void)state;
	for (size_t i = 0; i < n; i++)
		text[i] = "error -107 443 "[i % 15];
	text[n] = '\0';
	assert_true(explain(arena, text)->n_matches <= EXPLAIN_MATCHES);
	free(text);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_by_name), cmocka_unit_test(test_every_code_by_number),
		cmocka_unit_test(test_causes_resolve),	   cmocka_unit_test(test_lines),
		cmocka_unit_test(test_spelling_and_meaning), cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_long_input),	   cmocka_unit_test(test_no_packed_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
