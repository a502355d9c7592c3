/* A server's bytes read by the client of our own: flights, keys of any shape, encrypted records. */
#include "tls/raw_client.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint16_t suites[] = { 0xc02f, 0xc013, 0x0033, 0x009c, 0x002f, 0x000a };
	static const uint16_t versions[] = { 0x0303, 0x0301, 0x0302 };
	const struct raw_offer offer = { .version = versions[n > 0 ? data[0] % 3 : 0], .suites = suites, .n_suites = 6, .heartbeat = true,
					 .wants_ticket = true };
	struct arena *arena = arena_new((size_t)64 << 20);
	struct raw_client client;
	struct raw_record record;

	raw_client_init(&client, arena, NULL, 1);
	raw_client_feed(&client, span_of(data + (n > 0), n > 0 ? n - 1 : 0));
	if (raw_handshake(&client, &offer))
		while (raw_read(&client, &record))
			;
	(void)raw_end_text(&client);
	arena_free(arena);
	return 0;
}
