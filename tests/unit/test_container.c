/* What files hold, told by their bytes: every kind, good and bad, and all of them cut at every length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#include "x509/cert.h"
#include "x509/container.h"

static struct span load(struct arena *arena, const char *name)
{
	FILE *f = fopen(arena_printf(arena, "%s/files/%s", TEST_DATA, name), "rbe");
	uint8_t *bytes = arena_alloc(arena, 1 << 16);
	size_t n;

	assert_non_null(f);
	n = fread(bytes, 1, 1 << 16, f);
	fclose(f);
	return span_of(bytes, n);
}

static struct file_seen *look(struct arena *arena, struct span bytes, const char *password)
{
	struct container_options options = { .password = password, .rounds_left = CONTAINER_ROUNDS };
	struct file_seen *file = arena_new_of(arena, struct file_seen);

	file->path = "x";
	container_read(arena, bytes, &options, file);
	return file;
}

static void test_kinds(void **state)
{
	static const struct {
		const char *name, *password, *format;
		size_t n;
		enum file_item_kind kind;
		bool has_key, is_encrypted;
	} rows[] = {
		{ "full.pem", NULL, "PEM", 2, ITEM_CERTIFICATE, true, false }, { "full.p7b", NULL, "PEM", 2, ITEM_CERTIFICATE, true, false },
		{ "leaf.csr", NULL, "PEM", 1, ITEM_REQUEST, true, false }, { "ca.crl", NULL, "PEM", 1, ITEM_CRL, false, false },
		{ "leaf.pub", NULL, "PEM", 1, ITEM_PUBLIC_KEY, true, false }, { "leaf.key", NULL, "PEM", 1, ITEM_KEY, true, false },
		{ "other.key", NULL, "PEM", 1, ITEM_KEY, true, false }, { "leaf.p8", NULL, "DER", 1, ITEM_KEY, true, false },
		{ "leaf.ecder", NULL, "DER", 1, ITEM_KEY, true, false }, { "enc.key", NULL, "PEM", 1, ITEM_KEY, false, true },
		{ "enc.key", "secret", "PEM", 1, ITEM_KEY, true, true }, { "enc.key", "guess", "PEM", 1, ITEM_KEY, false, true },
		{ "enc-old.key", NULL, "PEM", 1, ITEM_KEY, false, true }, { "enc-old.key", "secret", "PEM", 1, ITEM_KEY, true, true },
		{ "ssh.key", NULL, "PEM", 1, ITEM_KEY, false, false }, { "new.p12", "secret", "PKCS #12", 3, ITEM_CERTIFICATE, true, false },
		{ "old.p12", "secret", "PKCS #12", 3, ITEM_CERTIFICATE, true, false }, { "empty.p12", NULL, "PKCS #12", 3, ITEM_CERTIFICATE, true, false },
		{ "empty.p12", "", "PKCS #12", 3, ITEM_CERTIFICATE, true, false }, { "kubeconfig", NULL, "kubeconfig", 3, ITEM_CERTIFICATE, true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena *arena = arena_new(0);
		struct file_seen *file = look(arena, load(arena, rows[i].name), rows[i].password);

		assert_string_equal(file->format, rows[i].format);
		assert_int_equal(file->n_items, rows[i].n);
		assert_int_equal(file->items[0].kind, rows[i].kind);
		assert_int_equal(file->items[0].spki.n > 0, rows[i].has_key);
		assert_int_equal(file->items[0].is_encrypted, rows[i].is_encrypted);
		arena_free(arena);
	}
}

static void test_halves(void **state)
{
	struct arena *arena = arena_new(0);
	struct file_seen *leaf = look(arena, load(arena, "leaf.pem"), NULL), *key = look(arena, load(arena, "leaf.key"), NULL),
			 *other = look(arena, load(arena, "other.key"), NULL);
	struct file_seen *all[] = { leaf, key, other };
	const struct files_evidence files = { .files = all, .n_files = 3 };
	const struct file_seen *of = NULL;

	(void)state;
	assert_ptr_equal(files_other_half(&files, key, &key->items[0], &of), &leaf->items[0]);
	assert_ptr_equal(of, leaf);
	assert_null(files_other_half(&files, other, &other->items[0], &of));
	assert_true(files_are_pair("d/tls.key", "d/tls.crt"));
	assert_true(files_are_pair("d/privkey.pem", "d/fullchain.pem"));
	assert_false(files_are_pair("d/tls.key", "e/tls.crt"));
	assert_false(files_are_pair("d/a.key", "d/ab.crt"));
	arena_free(arena);
}

static void test_passwords(void **state)
{
	struct arena *arena = arena_new(0);
	struct file_seen *file = look(arena, load(arena, "new.p12"), NULL);

	(void)state;
	assert_true(file->needs_password);
	assert_int_equal(file->n_items, 0);
	file = look(arena, load(arena, "new.p12"), "guess");
	assert_string_equal(file->problem, "the password is wrong");
	file = look(arena, load(arena, "old.p12"), "secret");
	assert_non_null(file->old_encryption);
	assert_null(file->problem);
	assert_null(look(arena, load(arena, "new.p12"), "secret")->old_encryption);
	arena_free(arena);
}

/* Rounds without end are not begun. */
static void test_rounds(void **state)
{
	struct arena *arena = arena_new(0);
	struct container_options options = { .password = "secret", .rounds_left = 100 };
	struct file_seen file = { .path = "x" };

	(void)state;
	container_read(arena, load(arena, "enc.key"), &options, &file);
	assert_int_equal(file.n_items, 1);
	assert_int_equal(file.items[0].spki.n, 0);
	assert_non_null(strstr(file.items[0].problem, "too many rounds"));
	file = (struct file_seen){ .path = "x" };
	container_read(arena, load(arena, "new.p12"), &options, &file);
	assert_non_null(strstr(file.problem, "too many rounds"));
	arena_free(arena);
}

static void test_odd(void **state)
{
	static const struct { const char *bytes; size_t n; const char *format; bool has_problem; } rows[] = {
		{ "", 0, NULL, false }, { "hello\n", 6, NULL, false }, { "\xfe\xed\xfe\xed\0\0\0\2", 8, "Java keystore", true },
		{ "-----BEGIN CERTIFICATE-----\nMII", 31, "PEM", true }, { "\x30\x80\x06\x09", 4, NULL, false },
		{ "\x30\x06\x02\x01\x03\x30\x01\x00", 8, NULL, false },
	};
	struct arena *arena = arena_new(0);

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct file_seen *file = look(arena, span_of(rows[i].bytes, rows[i].n), NULL);

		assert_int_equal(file->format == NULL, rows[i].format == NULL);
		if (rows[i].format)
			assert_string_equal(file->format, rows[i].format);
		assert_int_equal(file->problem != NULL, rows[i].has_problem);
	}
	arena_free(arena);
}

static void test_lines(void **state)
{
	struct arena *arena = arena_new(0);
	struct file_seen *file = look(arena, load(arena, "full.pem"), NULL);
	struct file_seen *kube = look(arena, load(arena, "kubeconfig"), NULL);

	(void)state;
	assert_int_equal(file->items[0].line, 1);
	assert_true(file->items[1].line > 5);
	assert_string_equal(kube->items[2].within, "users[admin].client-key-data");
	assert_int_equal(kube->items[2].line, 12);
	arena_free(arena);
}

static void test_cut(void **state)
{
	static const char *const names[] = { "full.p7b", "leaf.csr", "leaf.p8", "leaf.ecder", "empty.p12", "kubeconfig", "enc-old.key", "ssh.key" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct arena *arena = arena_new((size_t)256 << 20);
		struct span whole = load(arena, names[i]);

		for (size_t n = 0; n < whole.n; n += whole.n > 1000 ? 7 : 1) {
			struct arena *mine = arena_new(0);

			look(mine, span_sub(whole, 0, n), NULL);
			arena_free(mine);
		}
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds), cmocka_unit_test(test_halves), cmocka_unit_test(test_passwords), cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_odd), cmocka_unit_test(test_lines), cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
