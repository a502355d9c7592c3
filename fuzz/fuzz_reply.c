/* What a peer answers to a raw hello: records, TLS and SSLv2 messages, and the messages of TLS 1.3 that
 * come encrypted. The first byte says how: the version offered, SSLv2, or which message alone. */
#include "tls/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void whole(struct arena *arena, struct span bytes, bool sslv2, uint16_t version)
{
	static const uint16_t suites[] = { 0x1301, 0xc02f, 0x0033, 0x0034, 0xc018, 0x002f }, groups[] = { 0x001d, 0x0017 };
	struct attempt at = { .offer = { .versions = &version, .n_versions = 1, .suites = suites, .n_suites = 6,
					 .groups = groups, .n_groups = 2 } };
	struct reply reply;
	struct span body;

	reply_init(&reply, arena, &at, span_of(NULL, 0));
	reply.sslv2 = sslv2;
	/* In two parts, as TCP may cut anywhere. */
	reply_feed(&reply, span_sub(bytes, 0, bytes.n / 2));
	reply_feed(&reply, span_sub(bytes, bytes.n / 2, bytes.n));
	reply_end(&reply, TLS_FAULT_CLOSED);
	reply_release(&reply);
	server_hello_session_id(at.server_hello);
	server_hello_extension(at.server_hello, 0x0005, &body);
}

static void one(struct arena *arena, struct span bytes, unsigned which)
{
	struct attempt at = { .version = 0x0304 };
	struct span body;

	switch (which) {
	case 0: reply_encrypted_extensions(arena, &at, bytes); break;
	case 1: reply_certificate(arena, &at, bytes, true); break;
	case 2: reply_certificate_request(arena, &at, bytes, true); break;
	default: encrypted_extension(bytes, 28, &body);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new((size_t)256 << 20);
	unsigned how = n > 0 ? data[0] : 0;
	struct span rest = span_sub(span_of(data, n), 1, n);

	if (how & 0x80)
		one(arena, rest, how & 3);
	else
		whole(arena, rest, how & 1, how & 2 ? 0x0304 : how & 4 ? 0x0301 : 0x0303);
	arena_free(arena);
	return 0;
}
