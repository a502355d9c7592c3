/* Configurations of Encrypted Client Hello out of DNS, and what a server finds of it in a hello. */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "tls/ech.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint8_t key[HPKE_KEY] = { 1 };
	struct arena *arena = arena_new((size_t)16 << 20);
	struct span bytes = span_of(data, n);
	struct ech_config config = { .id = 0x2a, .suite = { HPKE_X25519, 1, 1 } };

	(void)ech_reveal(arena, &config, span_of(key, HPKE_KEY), bytes);
	(void)ech_list_read(arena, bytes, &config);
	(void)ech_is_accepted(0x1301, bytes, bytes);
	arena_free(arena);
	return 0;
}
