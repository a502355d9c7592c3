/* Encrypted Client Hello: RFC 9180 A.1.1 (HPKE), a hello hidden and found again, the confirmation (its values were
 * worked out apart from this program), configurations cut anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/rd.h"
#include "tls/ech.h"
#include "tls/hello.h"
#include "tls/reply.h"

static struct span bytes_of(struct arena *arena, const char *hex)
{
	uint8_t *bytes = arena_alloc(arena, strlen(hex) / 2 + 1);

	for (size_t i = 0; hex[2 * i]; i++)
		bytes[i] = (uint8_t)strtoul((char[]){ hex[2 * i], hex[2 * i + 1], '\0' }, NULL, 16);
	return span_of(bytes, strlen(hex) / 2);
}

static const char private_key[] = "4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8";
static const char public_key[] = "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d";

static void test_hpke(void **state)
{
	struct arena *arena = arena_new(0);
	const struct hpke_suite suite = { HPKE_X25519, 1, 1 };
	struct span seed = bytes_of(arena, "52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736");
	struct span info = bytes_of(arena, "4f6465206f6e2061204772656369616e2055726e"), aad = span_str("Count-0");
	struct span text = span_str("Beauty is truth, truth beauty");
	struct span sealed = bytes_of(arena, "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a");
	uint8_t enc[HPKE_KEY], out[64];

	(void)state;
	assert_int_equal(sealed.n, text.n + HPKE_TAG);
	assert_true(hpke_seal(&suite, bytes_of(arena, public_key), info, seed.p, aad, text, enc, out));
	assert_memory_equal(enc, bytes_of(arena, "37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431").p, HPKE_KEY);
	assert_memory_equal(out, sealed.p, sealed.n);
	assert_true(hpke_open(&suite, bytes_of(arena, private_key), span_of(enc, HPKE_KEY), info, aad, sealed, out));
	assert_memory_equal(out, text.p, text.n);
	assert_false(hpke_open(&suite, bytes_of(arena, private_key), span_of(enc, HPKE_KEY), info, span_str("Count-1"), sealed, out));
	for (size_t n = 0; n < sealed.n; n++)
		assert_false(hpke_open(&suite, bytes_of(arena, private_key), span_of(enc, HPKE_KEY), info, aad, span_sub(sealed, 0, n), out));
	arena_free(arena);
}

static void test_suites(void **state)
{
	struct arena *arena = arena_new(0);
	uint8_t enc[HPKE_KEY], sealed[64], out[64];

	(void)state;
	for (uint16_t kdf = 1; kdf <= 3; kdf++)
		for (uint16_t aead = 1; aead <= 3; aead++) {
			const struct hpke_suite suite = { HPKE_X25519, kdf, aead };

			assert_true(hpke_seal(&suite, bytes_of(arena, public_key), span_str("i"), NULL, span_str("a"), span_str("text"), enc, sealed));
			assert_true(hpke_open(&suite, bytes_of(arena, private_key), span_of(enc, HPKE_KEY), span_str("i"), span_str("a"),
					      span_of(sealed, 4 + HPKE_TAG), out));
			assert_memory_equal(out, "text", 4);
		}
	assert_false(hpke_is_known(&(struct hpke_suite){ 0x0010, 1, 1 }));
	assert_false(hpke_is_known(&(struct hpke_suite){ HPKE_X25519, 4, 1 }));
	arena_free(arena);
}

static const char list[] = "0043fe0d003f2a00200020" "3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"
			   "0004000100012010" "7075626c69632e68656c6c6f2e74657374" "0000";

static struct span list_of(struct arena *arena)
{
	struct span bytes = bytes_of(arena, list);

	/* Lengths that the text above leaves to be filled. */
	((uint8_t *)(uintptr_t)bytes.p)[1] = (uint8_t)(bytes.n - 2);
	((uint8_t *)(uintptr_t)bytes.p)[5] = (uint8_t)(bytes.n - 6);
	((uint8_t *)(uintptr_t)bytes.p)[bytes.n - 2 - 17 - 1] = 17;
	return bytes;
}

static void test_list(void **state)
{
	struct arena *arena = arena_new(0);
	struct span whole = list_of(arena), other;
	struct ech_config config;

	(void)state;
	assert_int_equal(ech_list_read(arena, whole, &config), ECH_LIST_READ);
	assert_int_equal(config.id, 0x2a);
	assert_string_equal(config.public_name, "public.hello.test");
	assert_memory_equal(config.public_key.p, bytes_of(arena, public_key).p, HPKE_KEY);
	assert_int_equal(config.whole.n, whole.n - 2);
	for (size_t n = 0; n < whole.n; n++)
		assert_int_equal(ech_list_read(arena, arena_copy(arena, span_sub(whole, 0, n)), &config), ECH_LIST_MALFORMED);
	for (size_t i = 0; i < whole.n; i++) {
		other = arena_copy(arena, whole);
		((uint8_t *)(uintptr_t)other.p)[i] ^= 0x55;
		(void)ech_list_read(arena, other, &config);
	}
	/* Another version is passed over; the one behind it counts. */
	other = arena_copy(arena, whole);
	((uint8_t *)(uintptr_t)other.p)[3] = 0x0a;
	assert_int_equal(ech_list_read(arena, other, &config), ECH_LIST_UNKNOWN);
	arena_free(arena);
}

/* The hidden hello names what it is for, the outer one the public name. */
static void test_hide(void **state)
{
	static const uint16_t versions[] = { 0x0304 }, suites[] = { 0x1301 }, groups[] = { 0x001d };
	static const struct hello_extension extensions[] = { { 0, { 0 } }, { 10, { 0 } }, { 43, { 0 } } };
	struct arena *arena = arena_new(0);
	struct ech_config config;
	struct ech_offer offer = { .config = &config };
	struct hello_spec spec = { .record_version = 0x0301, .legacy_version = 0x0303, .versions = versions, .n_versions = 1, .suites = suites,
				   .n_suites = 1, .groups = groups, .n_groups = 1, .sni = "secret.example", .extensions = extensions,
				   .n_extensions = 3, .ech = &offer };
	uint8_t room[4096], random[64] = { 1, 2, 3 };
	struct wr wr = wr_of(room, sizeof room);
	struct offer seen;
	struct span body, hidden;

	(void)state;
	assert_int_equal(ech_list_read(arena, list_of(arena), &config), ECH_LIST_READ);
	hello_encode(arena, &spec, random, &wr, &seen);
	assert_true(wr_ok(&wr));
	body = span_sub(wr_span(&wr), 9, wr.n);
	assert_true(span_find(body, span_str("secret.example")) < 0);
	assert_true(span_find(body, span_str("public.hello.test")) > 0);
	assert_string_equal(seen.sni, "public.hello.test");
	hidden = ech_reveal(arena, &config, bytes_of(arena, private_key), body);
	assert_true(span_find(hidden, span_str("secret.example")) > 0);
	assert_true(span_find(hidden, span_str("public.hello.test")) < 0);
	assert_memory_not_equal(hidden.p + 2, body.p + 2, 32);
	assert_memory_equal(offer.inner.p + 4, hidden.p, 34);
	assert_int_equal(offer.inner.p[38], 32);
	/* One bit of the outer hello is another, and it does not open. */
	for (size_t i = 0; i < body.n; i += 7) {
		struct span bent = arena_copy(arena, body);

		((uint8_t *)(uintptr_t)bent.p)[i] ^= 1;
		assert_int_equal(ech_reveal(arena, &config, bytes_of(arena, private_key), bent).n, 0);
	}
	arena_free(arena);
}

static void test_confirmation(void **state)
{
	static const struct { uint16_t suite; const char *wanted; } rows[] = { { 0x1301, "068b78b63f3a91fb" }, { 0x1303, "068b78b63f3a91fb" },
									      { 0x1302, "58d484c3b1a40a1c" } };
	struct arena *arena = arena_new(0);
	uint8_t inner[84] = { 1, 0, 0, 0x50, 3, 3 }, hello[58] = { 2, 0, 0, 0x36, 3, 3 }, out[8];

	(void)state;
	for (uint8_t i = 0; i < 32; i++)
		inner[6 + i] = i;
	for (uint8_t i = 0; i < 24; i++)
		hello[6 + i] = (uint8_t)(100 + i);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		memset(hello + 30, 0, 8);
		assert_true(ech_confirm(rows[i].suite, span_of(inner, sizeof inner), span_of(hello, sizeof hello), out));
		assert_memory_equal(out, bytes_of(arena, rows[i].wanted).p, 8);
		assert_false(ech_is_accepted(rows[i].suite, span_of(inner, sizeof inner), span_of(hello, sizeof hello)));
		memcpy(hello + 30, out, 8);
		assert_true(ech_is_accepted(rows[i].suite, span_of(inner, sizeof inner), span_of(hello, sizeof hello)));
		assert_false(ech_is_accepted(rows[i].suite, span_of(inner, 30), span_of(hello, sizeof hello)));
		assert_false(ech_is_accepted(rows[i].suite, span_of(inner, sizeof inner), span_of(hello, 20)));
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hpke), cmocka_unit_test(test_suites), cmocka_unit_test(test_list), cmocka_unit_test(test_hide),
		cmocka_unit_test(test_confirmation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
