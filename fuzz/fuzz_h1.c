/* HTTP/1.1 answers: the first byte says how they are cut into pieces and how the connection ends. */
#include "http/exchange.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const struct http_request request = { .scheme = "https",
					      .authority = "h.test:8443",
					      .path = "/a/b?c" };
	struct http_evidence out;
	struct http_exchange *x;
	struct arena *arena;
	size_t piece;

	if (n == 0)
		return 0;
	arena = arena_new(0);
	piece = data[0] & 0x1f ? data[0] & 0x1f : n;
	x = http_exchange_new(arena, &request, &out);
	for (size_t at = 1; at < n; at += piece)
		http_exchange_receive(x, span_of(data + at, at + piece > n ? n - at : piece));
	http_exchange_eof(x, (enum http_eof)((data[0] >> 5) % 6));
	if (!http_exchange_done(x) || (out.fault == HTTP_FAULT_NONE && !out.got_head))
		__builtin_trap();
	http_is_html(&out);
	arena_free(arena);
	return 0;
}
