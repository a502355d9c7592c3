/* Two bytes of type, then RDATA. */
#include "dns/records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena;

	if (size < 2 || size > 65535)
		return 0;
	arena = arena_new(0);
	dns_record_text(arena, (uint16_t)(data[0] << 8 | data[1]), span_of(data + 2, size - 2));
	arena_free(arena);
	return 0;
}
