/* Content codings: gzip (RFC 1952), deflate (RFC 1950, and the bare RFC 1951 that some servers send),
 * br (RFC 7932), zstd (RFC 8878).
 *
 * Decoding happens when the body is there, in one go through the streaming interfaces, so that no
 * decoder outlives the call; output grows in steps up to the limit, which is what stops a bomb. As in
 * browsers, bytes after the end of the coded data are ignored and data that ends early is used as
 * far as it goes; only data that is not of the coding at all is bad. */
#include "http/encoding.h"

#include <brotli/decode.h>
#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>

enum { MAX_CODINGS = 4, STEP = 64 << 10, ZSTD_WINDOW_LOG = 23 /* RFC 9659: 8 MiB for HTTP */ };

/* Output outside of the arena: an arena may leave by longjmp, which must not lose a decoder. */
struct sink {
	uint8_t *p;
	size_t n, cap, limit;
	bool is_cut, is_short, is_bad;
};

static bool sink_room(struct sink *sink)
{
	size_t cap = sink->cap + (sink->cap > STEP ? sink->cap : STEP);
	uint8_t *p;

	if (sink->n < sink->cap)
		return true;
	if (cap > sink->limit)
		cap = sink->limit;
	p = cap > sink->cap ? realloc(sink->p, cap) : NULL;
	if (!p) {
		sink->is_cut = true;
		return false;
	}
	sink->p = p;
	sink->cap = cap;
	return true;
}

static void inflate_all(struct sink *sink, struct span in, int window_bits)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p, .avail_in = (uInt)in.n };
	int status = Z_OK;

	if (inflateInit2(&z, window_bits) != Z_OK) {
		sink->is_cut = true;
		return;
	}
	while (status == Z_OK && sink_room(sink)) {
		z.next_out = sink->p + sink->n;
		z.avail_out = (uInt)(sink->cap - sink->n);
		status = inflate(&z, Z_NO_FLUSH);
		sink->n = sink->cap - z.avail_out;
		/* gzip files may be several in a row */
		if (status == Z_STREAM_END && z.avail_in > 2 && z.next_in[0] == 0x1f &&
		    z.next_in[1] == 0x8b)
			status = inflateReset(&z);
	}
	sink->is_short = status == Z_BUF_ERROR;
	sink->is_bad = status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR;
	inflateEnd(&z);
}

static void decode_gzip(struct sink *sink, struct span in)
{
	inflate_all(sink, in, 15 + 16);
}

static void decode_deflate(struct sink *sink, struct span in)
{
	bool has_zlib_head =
		in.n >= 2 && (in.p[0] & 0x0f) == 8 && ((in.p[0] << 8) | in.p[1]) % 31 == 0;

	inflate_all(sink, in, has_zlib_head ? 15 : -15);
}

static void decode_brotli(struct sink *sink, struct span in)
{
	BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
	BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
	const uint8_t *next_in = in.p;
	size_t n_in = in.n;

	sink->is_cut = !state;
	while (state && result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT && sink_room(sink)) {
		uint8_t *next_out = sink->p + sink->n;
		size_t n_out = sink->cap - sink->n;

		result = BrotliDecoderDecompressStream(state, &n_in, &next_in, &n_out, &next_out,
						       NULL);
		sink->n = sink->cap - n_out;
	}
	sink->is_short = result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT;
	sink->is_bad = result == BROTLI_DECODER_RESULT_ERROR;
	BrotliDecoderDestroyInstance(state);
}

static void decode_zstd(struct sink *sink, struct span in)
{
	ZSTD_DStream *state = ZSTD_createDStream();
	ZSTD_inBuffer from = { .src = in.p, .size = in.n };
	size_t left = 1;

	sink->is_cut = !state;
	if (state)
		ZSTD_DCtx_setParameter(state, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	while (state && sink_room(sink)) {
		ZSTD_outBuffer to = { .dst = sink->p + sink->n, .size = sink->cap - sink->n };

		left = ZSTD_decompressStream(state, &to, &from);
		sink->n += to.pos;
		if (ZSTD_isError(left) || (from.pos == from.size && to.pos < to.size))
			break;
	}
	sink->is_bad = ZSTD_isError(left);
	sink->is_short = !sink->is_bad && !sink->is_cut && left > 0;
	ZSTD_freeDStream(state);
}

static const struct coding {
	const char *name;
	void (*decode)(struct sink *sink, struct span in);
} codings_known[] = {
	{ "gzip", decode_gzip }, { "x-gzip", decode_gzip }, { "deflate", decode_deflate },
	{ "br", decode_brotli }, { "zstd", decode_zstd },
};

static const struct coding *coding_find(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(codings_known); i++)
		if (span_is_nocase(name, codings_known[i].name))
			return &codings_known[i];
	return NULL;
}

/* Splits the list; false when a coding is unknown or there are too many to be honest. */
static bool codings_read(struct span list, const struct coding **found, size_t *n)
{
	for (*n = 0; list.n > 0;) {
		long comma = span_find(list, span_str(","));
		size_t len = comma < 0 ? list.n : (size_t)comma;
		struct span name = span_trim(span_sub(list, 0, len));

		list = span_sub(list, len + 1, list.n);
		if (name.n == 0 || span_is_nocase(name, "identity"))
			continue;
		if (*n == MAX_CODINGS)
			return false;
		found[*n] = coding_find(name);
		if (!found[(*n)++])
			return false;
	}
	return true;
}

static void decode_one(struct arena *arena, const struct coding *coding, size_t limit,
		       struct http_decoded *out)
{
	struct sink sink = { .limit = limit };

	coding->decode(&sink, out->body);
	out->is_cut |= sink.is_cut;
	out->is_short |= sink.is_short;
	if (sink.is_bad)
		out->bad = coding->name;
	out->body = arena_copy(arena, span_of(sink.p, sink.n));
	free(sink.p);
}

void http_decode(struct arena *arena, const char *codings, struct span body, size_t limit,
		 struct http_decoded *out)
{
	const struct coding *found[MAX_CODINGS];
	size_t n;

	*out = (struct http_decoded){ .body = body };
	if (!codings || body.n == 0 || body.n > UINT32_MAX ||
	    !codings_read(span_str(codings), found, &n))
		return;
	while (n > 0 && !out->bad && out->body.n > 0)
		decode_one(arena, found[--n], limit, out);
}
