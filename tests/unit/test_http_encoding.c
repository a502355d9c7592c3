#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include "http/encoding.h"

enum { PLAIN_LEN = 5000, LIMIT = 1 << 16 };

static size_t pack_zlib(int window_bits, struct span in, uint8_t *out, size_t cap)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p,
		       .avail_in = (uInt)in.n,
		       .next_out = out,
		       .avail_out = (uInt)cap };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return cap - z.avail_out;
}

static size_t pack_gzip(struct span in, uint8_t *out, size_t cap)
{
	return pack_zlib(15 + 16, in, out, cap);
}

static size_t pack_deflate(struct span in, uint8_t *out, size_t cap)
{
	return pack_zlib(15, in, out, cap);
}

static size_t pack_raw(struct span in, uint8_t *out, size_t cap)
{
	return pack_zlib(-15, in, out, cap);
}

static size_t pack_br(struct span in, uint8_t *out, size_t cap)
{
	assert_true(BrotliEncoderCompress(5, 22, BROTLI_MODE_TEXT, in.n, in.p, &cap, out));
	return cap;
}

static size_t pack_zstd(struct span in, uint8_t *out, size_t cap)
{
	return ZSTD_compress(out, cap, in.p, in.n, 3);
}

static const struct coding {
	const char *name;
	size_t (*pack)(struct span in, uint8_t *out, size_t cap);
} codings[] = {
	{ "gzip", pack_gzip },	 { "X-GZIP", pack_gzip }, { "deflate", pack_deflate },
	{ "deflate", pack_raw }, { "br", pack_br },	  { "zstd", pack_zstd },
};

static uint8_t plain[PLAIN_LEN], packed[4 << 20], twice[1 << 16];

static void plain_fill(void)
{
	for (size_t i = 0; i < sizeof plain; i++)
		plain[i] = (uint8_t)((size_t) "why443 "[i % 7] + (i / 700) % 3);
}

static void test_good(void **state)
{
	(void)state;
	plain_fill();
	for (size_t i = 0; i < COUNT_OF(codings); i++) {
		struct arena *arena = arena_new(0);
		struct http_decoded out;
		size_t n = codings[i].pack(span_of(plain, sizeof plain), packed, sizeof packed);

		http_decode(arena, codings[i].name, span_of(packed, n), LIMIT, &out);
		assert_null(out.bad);
		assert_false(out.is_cut || out.is_short);
		assert_true(span_equal(out.body, span_of(plain, sizeof plain)));
		arena_free(arena);
	}
}

static void test_every_cut(void **state)
{
	(void)state;
	plain_fill();
	for (size_t i = 0; i < COUNT_OF(codings); i++) {
		size_t n = codings[i].pack(span_of(plain, sizeof plain), packed, sizeof packed);

		for (size_t cut = 1; cut < n; cut++) {
			struct arena *arena = arena_new(0);
			struct http_decoded out;

			http_decode(arena, codings[i].name, span_of(packed, cut), LIMIT, &out);
			assert_null(out.bad);
			assert_true(out.is_short);
			arena_free(arena);
		}
	}
}

static void test_not_coded(void **state)
{
	static const char *const names[] = { "gzip", "br", "zstd", "deflate" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct arena *arena = arena_new(0);
		struct http_decoded out;

		http_decode(arena, names[i], span_str("<p>this is no compressed data at all</p>"),
			    LIMIT, &out);
		assert_string_equal(out.bad, names[i]);
		arena_free(arena);
	}
}

static void test_lists(void **state)
{
	struct arena *arena = arena_new(0);
	struct http_decoded out;
	size_t n, m;

	(void)state;
	plain_fill();
	n = pack_gzip(span_of(plain, sizeof plain), packed, sizeof packed);
	m = pack_br(span_of(packed, n), twice, sizeof twice);
	http_decode(arena, " gzip , br,identity", span_of(twice, m), LIMIT, &out);
	assert_true(span_equal(out.body, span_of(plain, sizeof plain)));
	/* what nobody knows, or nobody sends, stays as it is */
	http_decode(arena, "rot13", span_of(packed, n), LIMIT, &out);
	assert_true(!out.bad && out.body.n == n);
	http_decode(arena, "gzip,gzip,gzip,gzip,gzip", span_of(packed, n), LIMIT, &out);
	assert_true(!out.bad && out.body.n == n);
	http_decode(arena, NULL, span_of(packed, n), LIMIT, &out);
	assert_true(!out.bad && out.body.n == n);
	http_decode(arena, "gzip", span_of(NULL, 0), LIMIT, &out);
	assert_true(!out.bad && out.body.n == 0);
	/* something behind the end is ignored, a second member is not */
	memcpy(packed + n, "tail", 4);
	http_decode(arena, "gzip", span_of(packed, n + 4), LIMIT, &out);
	assert_true(!out.bad && out.body.n == sizeof plain);
	memcpy(packed + n, packed, n);
	http_decode(arena, "gzip", span_of(packed, 2 * n), LIMIT, &out);
	assert_true(!out.bad && out.body.n == 2 * sizeof plain);
	arena_free(arena);
}

static void test_bombs(void **state)
{
	static uint8_t zeros[16 << 20];

	(void)state;
	for (size_t i = 0; i < COUNT_OF(codings); i++) {
		struct arena *arena = arena_new(0);
		struct http_decoded out;
		size_t n = codings[i].pack(span_of(zeros, sizeof zeros), packed, sizeof packed);

		http_decode(arena, codings[i].name, span_of(packed, n), LIMIT, &out);
		assert_true(out.is_cut && !out.bad);
		assert_int_equal(out.body.n, LIMIT);
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	  cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_not_coded), cmocka_unit_test(test_lists),
		cmocka_unit_test(test_bombs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
