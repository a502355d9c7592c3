/* For testssl.sh's flat JSON: the extensions that the server's hellos answered with, in openssl's names for them. */
#include "base/attr.h"
#include "base/rd.h"
#include "report/testssl_parts.h"

enum { SEEN_MAX = 64 };

struct extensions_seen {
	uint16_t items[SEEN_MAX];
	size_t n;
};

static const char *openssl_name(struct arena *arena, uint16_t type)
{
	static const struct { uint16_t type; const char *name; } rows[] = {
		{ 0, "server name" }, { 1, "max fragment length" }, { 3, "trusted CA keys" }, { 4, "truncated HMAC" }, { 5, "status request" },
		{ 10, "supported_groups" }, { 11, "EC point formats" }, { 13, "signature algorithms" }, { 14, "use SRTP" }, { 15, "heartbeat" },
		{ 16, "application layer protocol negotiation" }, { 18, "signed certificate timestamps" }, { 21, "TLS padding" },
		{ 22, "encrypt-then-mac" }, { 23, "extended master secret" }, { 35, "session ticket" }, { 41, "pre-shared key" },
		{ 42, "early data" }, { 43, "supported versions" }, { 44, "cookie" }, { 51, "key share" }, { 13172, "next protocol" },
		{ 65281, "renegotiation info" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].type == type)
			return rows[i].name;
	return kb_extension_name(type) ? kb_extension_name(type) : arena_printf(arena, "unrecognized extension");
}

static void note(struct extensions_seen *seen, uint16_t type)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->items[i] == type)
			return;
	if (seen->n < SEEN_MAX)
		seen->items[seen->n++] = type;
}

static void note_all(struct extensions_seen *seen, struct rd *rd)
{
	struct rd list = rd_vec16(rd);

	while (rd_more(&list)) {
		uint16_t type = rd_u16(&list);

		rd_vec16(&list);
		if (rd_ok(&list))
			note(seen, type);
	}
}

/* RFC 8446 4.1.3: version, random, session id, suite, compression, extensions. */
static void note_hello(struct extensions_seen *seen, struct span hello)
{
	struct rd rd = rd_of(hello);

	rd_skip(&rd, 34);
	rd_vec8(&rd);
	rd_skip(&rd, 3);
	if (rd_more(&rd))
		note_all(seen, &rd);
}

/* What an audit's own hellos were answered with. */
static void note_habits(struct extensions_seen *seen, const struct audit_habits *h)
{
	const struct { enum tri has; uint16_t type; } rows[] = {
		{ h->truncated_hmac, 4 }, { h->ocsp_stapling, 5 }, { h->heartbeat, 15 }, { h->encrypt_then_mac, 22 },
		{ h->extended_master_secret, 23 }, { h->npn, 13172 }, { h->secure_renegotiation, 65281 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].has == TRI_YES)
			note(seen, rows[i].type);
	if (h->n_alpn > 0)
		note(seen, 16);
}

void testssl_extensions(struct flat_json *f)
{
	const struct endpoint *ep = f->audit->endpoint;
	struct extensions_seen seen = { .n = 0 };
	struct out list = { 0 };

	for (size_t i = 0; ep && i < ep->n_attempts; i++) {
		struct rd more = rd_of(ep->attempts[i]->encrypted_extensions);

		note_hello(&seen, ep->attempts[i]->server_hello);
		if (ep->attempts[i]->encrypted_extensions.n > 0)
			note_all(&seen, &more);
	}
	note_habits(&seen, &f->audit->habits);
	for (size_t i = 0; i < seen.n; i++)
		out_printf(&list, "%s'%s/#%u'", i ? " " : "", openssl_name(f->arena, seen.items[i]), seen.items[i]);
	testssl_put(f, "TLS_extensions", "INFO", NULL, list.text ? list.text : "(none)");
	out_release(&list);
}
