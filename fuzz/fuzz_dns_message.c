/* Any bytes as a DNS response. */
#include "dns/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new(0);
	struct dns_message message;

	if (size <= 65535)
		dns_message_decode(arena, span_of(data, size), &message);
	arena_free(arena);
	return 0;
}
