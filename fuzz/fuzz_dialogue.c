/* The dialogues before TLS, STARTTLS and proxies: the first byte chooses the protocol, the second how what
 * the peer says is cut into pieces and how it ends. */
#include <netinet/in.h>
#include <stdlib.h>

#include "starttls/dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const struct dialogue_protocol *choose(uint8_t number)
{
	static const char *const tunnels[] = { "http", "socks5", "socks4" };
	size_t n = 0;

	if (number >= 0x80)
		return tunnel_find(tunnels[number % COUNT_OF(tunnels)]);
	while (dialogue_protocols[n])
		n++;
	return dialogue_protocols[number % n];
}

static void must(bool is_so)
{
	if (!is_so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena;
	struct dialogue_ask ask = { .host = "mail.example", .port = 25 };
	struct dialogue_evidence out;
	struct dialogue *d;
	size_t piece;

	if (n < 2)
		return 0;
	arena = arena_new((size_t)64 << 20);
	piece = data[1] & 0x1f ? data[1] & 0x1f : n;
	ask.user = data[1] & 0x20 ? "user" : NULL;
	ask.password = ask.user ? "password" : NULL;
	ask.address.ss_family = data[1] & 0x40 ? AF_INET : AF_UNSPEC;
	d = dialogue_new(arena, choose(data[0]), &ask, &out);
	for (size_t at = 2; at < n; at += piece) {
		dialogue_receive(d, span_of(data + at, at + piece > n ? n - at : piece));
		dialogue_send(d);
	}
	dialogue_end(d, data[1] & 0x80 ? DIALOGUE_SILENT : DIALOGUE_CLOSED);
	must(dialogue_over(d));
	must(out.fault == DIALOGUE_DONE || out.after.n == 0);
	must(out.first_bytes.n <= 512);
	arena_free(arena);
	return 0;
}
