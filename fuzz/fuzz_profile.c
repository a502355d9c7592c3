/* A profile from anybody: read, or refused with a clean error. */
#include <stdlib.h>

#include "assess/profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	const struct profile *profile = NULL;
	struct why_error error = { 0 };

	if (size < 16 << 10 && profile_parse(arena, "fuzz", span_of(data, size), &profile, &error) != 0)
		for (const char *p = error.text; *p; p++)
			if ((uint8_t)*p < ' ' || *p == 0x7f)
				abort();
	arena_free(arena);
	return 0;
}
