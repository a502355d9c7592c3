/* Pages and URLs: whatever the document, the scan ends, stays within its caps and finds only whole URLs. */
#include "http/page.h"
#include "http/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new(0);
	struct page_evidence out;
	struct url base, url;

	page_scan(arena, span_of(data, n), "https://h.test/dir/page?q", NULL, &out);
	for (size_t i = 0; i < out.n_resources; i++)
		if (!url_parse(arena, span_str(out.resources[i].url), NULL, &url) ||
		    out.resources[i].line == 0)
			__builtin_trap();
	if (url_parse(arena, span_str("http://a/b/c"), NULL, &base) &&
	    url_parse(arena, span_of(data, n), &base, &url))
		url_format(arena, &url);
	arena_free(arena);
	return 0;
}
