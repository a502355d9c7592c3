/* The record layer with keys of our own: PRF against known answers and against OpenSSL's, records there
 * and back in each kind of suite, and each bend found by who opens them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>

#include "base/attr.h"
#include "tls/raw_client.h"

static const uint16_t suites[] = {0x002f, 0x0035, 0x003c, 0x000a, 0x0041, 0x0084,
				  0xc028, 0xc030, 0x009c, 0xcca8, 0x0033, 0xc013};

static void test_prf_known(void **state)
{
	static const uint8_t secret[] = {0x9b, 0xbe, 0x43, 0x6b, 0xa9, 0x40, 0xf0, 0x17,
					 0xb1, 0x76, 0x52, 0x84, 0x9a, 0x71, 0xdb, 0x35};
	static const uint8_t seed[] = {0xa0, 0xba, 0x9f, 0x93, 0x6c, 0xda, 0x31, 0x18,
				       0x27, 0xa6, 0xf7, 0x96, 0xff, 0xd5, 0x19, 0x8c};
	static const uint8_t wanted[] = {0xe3, 0xf2, 0x29, 0xba, 0x72, 0x7b, 0xe1, 0x7b, 0x8d, 0x12, 0x26,
					 0x20, 0x55, 0x7c, 0xd4, 0x53, 0xc2, 0xaa, 0xb2, 0x1d, 0x07, 0xc3,
					 0xd4, 0x95, 0x32, 0x9b, 0x52, 0xd4, 0xe6, 0x1e, 0xdb, 0x5a};
	uint8_t out[100];

	(void)state;
	assert_true(raw_prf(0x0303, EVP_sha256(), span_of(secret, sizeof secret), "test label",
			    span_of(seed, sizeof seed), out, sizeof out));
	assert_memory_equal(out, wanted, sizeof wanted);
}

static void openssl_prf(const char *digest, struct span secret, const char *label, struct span seed, uint8_t *out,
			size_t n)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "TLS1-PRF", NULL);
	EVP_KDF_CTX *ctx = EVP_KDF_CTX_new(kdf);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)digest, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, (void *)(uintptr_t)secret.p, secret.n),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)label, strlen(label)),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, (void *)(uintptr_t)seed.p, seed.n),
		OSSL_PARAM_END,
	};

	assert_int_equal(EVP_KDF_derive(ctx, out, n, params), 1);
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
}

static void test_prf_openssl(void **state)
{
	static const uint8_t secret[47] = {1, 2, 3}, seed[64] = {9};
	uint8_t ours[77], theirs[77];

	(void)state;
	assert_true(raw_prf(0x0301, EVP_sha256(), span_of(secret, 47), "key expansion", span_of(seed, 64), ours, 77));
	openssl_prf("MD5-SHA1", span_of(secret, 47), "key expansion", span_of(seed, 64), theirs, 77);
	assert_memory_equal(ours, theirs, 77);
	assert_true(raw_prf(0x0303, EVP_sha384(), span_of(secret, 47), "key expansion", span_of(seed, 64), ours, 77));
	openssl_prf("SHA2-384", span_of(secret, 47), "key expansion", span_of(seed, 64), theirs, 77);
	assert_memory_equal(ours, theirs, 77);
}

struct pair {
	struct raw_keys client, server;
};

static struct pair make_pair(uint16_t code, uint16_t version, bool etm)
{
	static const uint8_t master[RAW_MASTER] = {7}, client_random[32] = {8}, server_random[32] = {9};
	struct pair pair = {.client.encrypt_then_mac = etm, .server.encrypt_then_mac = etm};
	struct raw_suite suite;

	assert_true(raw_suite_of(code, &suite));
	assert_true(raw_keys_derive(&suite, version, master, client_random, server_random, &pair.client, &pair.server));
	return pair;
}

static enum raw_open there(struct raw_keys *sealing, struct raw_keys *opening, struct span text,
			   const struct raw_bend *bend, uint8_t *out, size_t *n)
{
	uint8_t record[2048];
	struct wr wr = wr_of(record, sizeof record);

	assert_true(raw_seal(sealing, 23, text, bend, &wr));
	assert_int_equal(wr.n, 5 + (record[3] << 8 | record[4]));
	return raw_open(opening, 23, span_of(record + 5, wr.n - 5), out, n);
}

static void test_round_trips(void **state)
{
	uint8_t text[RAW_SEAL_MAX] = {1, 2, 3}, out[4096];
	size_t n;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(suites); i++)
		for (uint16_t version = 0x0301; version <= 0x0303; version++)
			for (int etm = 0; etm < 2; etm++) {
				struct pair one = make_pair(suites[i], version, etm);
				struct raw_keys opening = one.client;

				if (one.client.suite.bulk != RAW_CBC && version < 0x0303)
					continue;
				for (size_t len = 0; len <= sizeof text; len += len < 40 ? 1 : 123) {
					assert_int_equal(
						there(&one.client, &opening, span_of(text, len), NULL, out, &n),
						RAW_OPEN_OK);
					assert_int_equal(n, len);
					assert_memory_equal(out, text, len);
				}
				/* the other direction has other keys */
				assert_int_not_equal(there(&one.client, &one.server, span_of(text, 5), NULL, out, &n),
						     RAW_OPEN_OK);
			}
}

static enum raw_open open_bent(uint16_t code, const struct raw_bend *bend, size_t len)
{
	static const uint8_t text[64] = {5};
	struct pair one = make_pair(code, 0x0303, false);
	struct raw_keys opening = one.client;
	uint8_t out[4096];
	size_t n;

	return there(&one.client, &opening, span_of(text, len), bend, out, &n);
}

static void test_bends(void **state)
{
	const struct raw_bend padding = {.pad_blocks = 2, .flip_padding = 1}, mac = {.flip_mac = 1},
			      all = {.all_padding = true};
	const struct raw_bend far_padding = {.pad_blocks = 2, .flip_padding = 16}, tag = {.flip_mac = 16};

	(void)state;
	assert_int_equal(open_bent(0x002f, &padding, 20), RAW_OPEN_PADDING);
	assert_int_equal(open_bent(0x002f, &far_padding, 20), RAW_OPEN_PADDING);
	assert_int_equal(open_bent(0x002f, &padding, 0), RAW_OPEN_PADDING);
	assert_int_equal(open_bent(0x000a, &padding, 20), RAW_OPEN_PADDING);
	assert_int_equal(open_bent(0x002f, &mac, 20), RAW_OPEN_MAC);
	assert_int_equal(open_bent(0x002f, &all, 20), RAW_OPEN_NO_ROOM);
	assert_int_equal(open_bent(0x009c, &mac, 20), RAW_OPEN_MAC);
	assert_int_equal(open_bent(0x009c, &tag, 20), RAW_OPEN_MAC);
	assert_int_equal(open_bent(0xcca8, &tag, 20), RAW_OPEN_MAC);
}

/* Cut at every length, a sound record is never taken for sound. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(suites); i++) {
		struct pair one = make_pair(suites[i], 0x0303, false);
		uint8_t record[512], out[512];
		struct wr wr = wr_of(record, sizeof record);

		assert_true(raw_seal(&one.client, 23, span_str("some words"), NULL, &wr));
		for (size_t len = 0; len + 5 < wr.n; len++) {
			struct raw_keys opening = make_pair(suites[i], 0x0303, false).client;
			size_t n;

			assert_int_not_equal(raw_open(&opening, 23, span_of(record + 5, len), out, &n), RAW_OPEN_OK);
		}
	}
}

static void test_suites(void **state)
{
	struct raw_suite suite;

	(void)state;
	assert_true(raw_suite_of(0xc030, &suite));
	assert_int_equal(suite.exchange, RAW_ECDHE);
	assert_int_equal(suite.key_len, 32);
	assert_ptr_equal(suite.prf, EVP_sha384());
	assert_false(raw_suite_of(0x1301, &suite)); /* TLS 1.3 */
	assert_false(raw_suite_of(0x0005, &suite)); /* RC4 */
	assert_false(raw_suite_of(0x0008, &suite)); /* export */
	assert_false(raw_suite_of(0x00ff, &suite)); /* a signal */
	assert_false(raw_suite_of(0x0034, &suite)); /* nobody signs */
}

/* A flight that ends in the middle, and one that is none. */
static void test_client_hostile(void **state)
{
	static const uint8_t hello[] = {22, 3, 3, 0, 46, 2, 0, 0, 42, 3, 3, [43] = 0, 0x00, 0x2f, 0, 0, 0};
	static const uint8_t http[] = "HTTP/1.1 400 Bad Request\r\n";
	const uint16_t offered[] = {0x002f};
	const struct raw_offer offer = {.version = 0x0303, .suites = offered, .n_suites = 1};

	(void)state;
	for (size_t len = 0; len <= sizeof hello; len++) {
		struct arena *arena = arena_new(0);
		struct raw_client client;

		raw_client_init(&client, arena, NULL, 10);
		assert_int_equal(client.end, RAW_UNCONNECTED);
		raw_client_feed(&client, span_of(hello, len));
		assert_false(raw_handshake(&client, &offer));
		assert_int_equal(client.end, RAW_CLOSED);
		arena_free(arena);
	}
	struct arena *arena = arena_new(0);
	struct raw_client client;

	raw_client_init(&client, arena, NULL, 10);
	raw_client_feed(&client, span_of(http, sizeof http - 1));
	assert_false(raw_handshake(&client, &offer));
	assert_int_equal(client.end, RAW_GARBAGE);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prf_known),
		cmocka_unit_test(test_prf_openssl),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_bends),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_suites),
		cmocka_unit_test(test_client_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
