/* Whatever is pasted: an answer in JSON that can be read, and a page without a control character. */
#include <stdlib.h>

/* Both have a json_string(); jansson's is not needed here. */
#define json_string jansson_string
#include <jansson.h>
#undef json_string

#include "explain/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;
	const struct explain_result *result;
	struct out json = { 0 }, text = { 0 };
	json_t *read;

	if (size > 4096)
		return 0;
	arena = arena_new((size_t)64 << 20);
	result = explain(arena, arena_strn(arena, data, size));
	explain_json(&json, result);
	explain_text(&text, result, size % 3 * 40, false, size % 2 ? "nginx" : NULL);
	read = json_loadb(json.text, json.n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	if (!read)
		abort();
	json_decref(read);
	for (size_t i = 0; i < text.n; i++)
		if ((uint8_t)text.text[i] < ' ' && text.text[i] != '\n')
			abort();
	out_release(&json);
	out_release(&text);
	arena_free(arena);
	return 0;
}
