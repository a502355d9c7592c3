/* Content codings: the first byte chooses them. The output never exceeds its limit. */
#include "http/encoding.h"

enum { LIMIT = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const codings[] = { "gzip", "deflate",  "br",
					       "zstd", "gzip, br", "zstd,deflate" };
	struct http_decoded out;
	struct arena *arena;

	if (n == 0)
		return 0;
	arena = arena_new(0);
	http_decode(arena, codings[data[0] % COUNT_OF(codings)], span_of(data + 1, n - 1), LIMIT,
		    &out);
	if (out.body.p != data + 1 && out.body.n > LIMIT)
		__builtin_trap();
	arena_free(arena);
	return 0;
}
