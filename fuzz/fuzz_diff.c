/* Reports to compare may be any JSON; the result is always JSON. */
#include <stdlib.h>

#include "report/diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	struct diff_entry *entries = NULL;
	struct why_error error = { 0 };
	struct diff diff = { 0 };
	struct out out = { 0 };
	size_t n = 0;

	if (size < 64 << 10 && diff_read(arena, "fuzz", span_of(data, size), &entries, &n, &diff.before_title, &error) == 0) {
		diff.after_title = diff.before_title;
		diff_compare(arena, entries, n, NULL, 0, &diff);
		if (diff.n != n)
			abort();
		diff_json(&out, &diff);
		diff_text(&out, &diff, &(struct report_options){ 0 });
	}
	out_release(&out);
	arena_free(arena);
	return 0;
}
