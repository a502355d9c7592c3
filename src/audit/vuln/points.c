/* Public keys that are none: a point of order two on another curve (invalid curve), a share of zeros
 * (X25519). RFC 8422 5.11, RFC 7748 6.1; Jager, Schwenk, Somorovsky, ESORICS 2015. */
#include "audit/vuln/dialogue.h"

#include <openssl/rand.h>

#include "tls/hello.h"

enum {
	COORDINATE = 32,
	TRIES = 3,
	ALERT_BAD_MAC = 20,
	ALERT_DECRYPTION_FAILED = 21,
	ALERT_DECRYPT_ERROR = 51,
	HELLO_ROOM = 1024
};

/* ---- invalid curve ------------------------------------------------------------------------------------- */

enum off_curve { POINT_UNCLEAR, POINT_NOT_BEGUN, POINT_REFUSED, POINT_NOT_SEEN, POINT_USED };

/* (x, 0) has order two on the curve of its own b, and the formulas do not use b: with an odd key whoever
 * does not look gets x again. That the Finished fits proves it. */
static enum off_curve send_point(struct raw_client *client)
{
	uint8_t body[1 + 1 + 2 * COORDINATE] = {1 + 2 * COORDINATE, 4};
	uint8_t *x = body + 2;

	if (RAND_bytes(x, COORDINATE) != 1)
		return POINT_UNCLEAR;
	x[0] &= 0x7f; /* below the prime */
	(void)raw_send_no_certificate(client);
	(void)raw_send_message(client, HS_CLIENT_KEY_EXCHANGE, span_of(body, sizeof body));
	if (!raw_set_premaster(client, span_of(x, COORDINATE)))
		return POINT_UNCLEAR;
	(void)raw_send_ccs(client);
	(void)raw_send_finished(client, NULL);
	if (raw_read_finished(client))
		return POINT_USED;
	if (client->end == RAW_ALERT)
		return client->alert == ALERT_BAD_MAC || client->alert == ALERT_DECRYPTION_FAILED ||
				       client->alert == ALERT_DECRYPT_ERROR
			       ? POINT_NOT_SEEN
			       : POINT_REFUSED;
	return client->end == RAW_CLOSED || client->end == RAW_RESET ? POINT_REFUSED : POINT_UNCLEAR;
}

static enum off_curve try_point(struct asking *asking, const struct raw_choice *choice, const char **text)
{
	static const uint16_t p256[] = {0x0017};
	struct raw_choice on_p256 = *choice;
	enum off_curve result = POINT_NOT_BEGUN;
	struct dialogue d;

	on_p256.offer.suites = on_p256.suites;
	on_p256.offer.groups = p256;
	on_p256.offer.n_groups = COUNT_OF(p256);
	if (dialogue_begin(&d, asking, &on_p256)) {
		dialogue_hurry(&d);
		result = send_point(&d.client);
	}
	*text = raw_end_text(&d.client);
	dialogue_close(&d);
	return result;
}

/* In TLS 1.3 (0), or below (1). */
static enum tri takes_p256(const struct audit *audit, unsigned which)
{
	const struct audit_groups *groups = &audit->groups[which];

	for (size_t i = 0; i < groups->n; i++)
		if (groups->items[i].group == 0x0017)
			return groups->items[i].supported;
	return groups->state.extent == AUDIT_WHOLE ? TRI_NO : TRI_UNKNOWN;
}

static const char no_p256[] = "P-256, whose points the check sends, is refused";

/* As the groups say once they are known. */
static bool p256_is_refused(struct asking *asking, struct audit_vulnerability *out)
{
	if (takes_p256(asking_audit(asking), 1) == TRI_UNKNOWN)
		asking_wait_over(asking);
	if (takes_p256(asking_audit(asking), 1) == TRI_NO)
		is_not_applicable(asking, out, no_p256);
	return takes_p256(asking_audit(asking), 1) == TRI_NO;
}

static void judge_point(struct asking *asking, struct audit_vulnerability *out, const struct raw_choice *choice)
{
	enum off_curve result = POINT_UNCLEAR;
	unsigned n_used = 0, n_tries = 0;
	const char *text = "";

	/* An even key gives nothing away, so a miss is tried again; and one hit is not enough. */
	for (; n_tries < 2 * TRIES && n_used < TRIES; n_tries++) {
		result = try_point(asking, choice, &text);
		n_used += result == POINT_USED;
		if (result <= POINT_REFUSED || (n_tries + 1 == TRIES && n_used == 0))
			break;
	}
	if (result == POINT_NOT_BEGUN && p256_is_refused(asking, out))
		return;
	note_exchange(asking, out, "sent a ClientKeyExchange with a point of order two that is not on P-256: %s",
		      n_used > 0 ? "a Finished that proves it was used" : text);
	if (n_used >= 2)
		is_vulnerable(asking, out, "computes with points that are not on the curve");
	else if (result == POINT_REFUSED && n_used == 0)
		is_not_vulnerable(asking, out, "refuses a point that is not on the curve");
	else if (result == POINT_NOT_SEEN)
		is_unknown(asking, out,
			   "the point was refused no sooner than the Finished, which proves nothing either way");
	else
		is_unknown(asking, out, "no steady answer to a point that is not on the curve: %s", text);
}

/* Nearly everybody takes P-256: it is tried before the groups are known. */
bool invalid_curve_is_ready(struct asking *asking)
{
	return takes_p256(asking_audit(asking), 1) != TRI_NO && raw_accepts(asking, raw_wants_ecdhe);
}

void vulnerability_invalid_curve(struct asking *asking, struct audit_vulnerability *out)
{
	struct raw_choice *choice = arena_new_of(arena_of(asking), struct raw_choice);

	raw_choose(choice, asking, raw_wants_ecdhe);
	if (!raw_has_choice(choice, out, "no ECDHE suite of TLS 1.0 to 1.2 is accepted"))
		return;
	if (takes_p256(asking_audit(asking), 1) == TRI_NO)
		is_not_applicable(asking, out, no_p256);
	else
		judge_point(asking, out, choice);
}

/* ---- a TLS 1.3 hello of our own, watched in clear ---------------------------------------------------------- */

static size_t encode_13(struct asking *asking, uint16_t share, const uint8_t random[64], uint8_t *room)
{
	static const uint16_t groups[] = {0x001d, 0x0017, 0x0018};
	static const uint16_t x25519[] = {0x001d};
	uint16_t *shares = arena_array(arena_of(asking), uint16_t, 1);
	struct hello_spec *spec = hello_common(asking, TLS_1_3);
	struct wr wr = wr_of(room, HELLO_ROOM);
	struct offer offer;

	shares[0] = share;
	spec->groups = share == 0x001d ? x25519 : groups;
	spec->n_groups = share == 0x001d ? COUNT_OF(x25519) : COUNT_OF(groups);
	spec->key_shares = shares;
	spec->n_key_shares = share ? 1 : 0;
	hello_encode(arena_of(asking), spec, random, &wr, &offer);
	return wr_span(&wr).n;
}

/* ---- a share of zeros ------------------------------------------------------------------------------------------ */

enum zero_share { SHARE_UNCLEAR, SHARE_REFUSED, SHARE_TAKEN };

static bool send_zero_share(struct asking *asking, struct dialogue *d)
{
	static const uint8_t head[] = {0x00, 0x1d, 0x00, 0x20};
	uint8_t random[64], *room = arena_alloc(arena_of(asking), HELLO_ROOM);
	size_t n;
	long at;

	if (RAND_bytes(random, sizeof random) != 1)
		return false;
	n = encode_13(asking, 0x001d, random, room);
	at = span_find(span_of(room, n), span_of(head, sizeof head));
	if (at < 0 || (size_t)at + sizeof head + COORDINATE > n)
		return false;
	memset(room + at + sizeof head, 0, COORDINATE);
	return conn_write(d->conn, span_of(room, n), d->client.wait_ms) == 0;
}

/* Only the encrypted flight behind the ServerHello shows that keys were made of it. */
static enum zero_share watch_zero_share(struct raw_client *client)
{
	struct raw_record record;
	bool has_hello = false;

	while (raw_read(client, &record)) {
		has_hello |=
			record.type == RECORD_HANDSHAKE && record.body.n > 0 && record.body.p[0] == HS_SERVER_HELLO;
		if (has_hello && record.type == RECORD_DATA)
			return SHARE_TAKEN;
	}
	return client->end == RAW_SILENT || client->end == RAW_GARBAGE || client->end == RAW_UNCONNECTED
		       ? SHARE_UNCLEAR
		       : SHARE_REFUSED;
}

static enum zero_share try_zero_share(struct asking *asking, const char **text, bool *by_alert)
{
	enum zero_share result = SHARE_UNCLEAR;
	struct dialogue d;

	if (dialogue_open(&d, asking) && send_zero_share(asking, &d))
		result = watch_zero_share(&d.client);
	*text = raw_end_text(&d.client);
	*by_alert = d.client.end == RAW_ALERT;
	dialogue_close(&d);
	/* An end without a word may be the server's limit: then it does not answer others either. */
	if (result == SHARE_REFUSED && d.client.end != RAW_ALERT && !asking_still_answers(asking))
		result = SHARE_UNCLEAR;
	return result;
}

/* Without an alert, only where it ends so each time, with pauses between. */
static enum zero_share settle_zero_share(struct asking *asking, const char **text)
{
	enum { PAUSE_MS = 300 };
	bool by_alert;
	enum zero_share result = try_zero_share(asking, text, &by_alert);

	for (unsigned i = 0; i < CONFIRMATIONS && result == SHARE_REFUSED && !by_alert; i++) {
		net_sleep(&asking_run(asking)->probing->net, PAUSE_MS);
		result = try_zero_share(asking, text, &by_alert);
	}
	return result;
}

static enum tri takes_x25519(const struct audit *audit)
{
	const struct audit_groups *groups = &audit->groups[0];

	if (audit_has_protocol(audit, TLS_1_3) == TRI_NO)
		return TRI_NO;
	for (size_t i = 0; i < groups->n; i++)
		if (groups->items[i].group == 0x001d)
			return groups->items[i].supported;
	return groups->state.extent == AUDIT_WHOLE ? TRI_NO : TRI_UNKNOWN;
}

bool x25519_zero_is_ready(struct asking *asking)
{
	return takes_x25519(asking_audit(asking)) == TRI_YES;
}

void vulnerability_x25519_zero(struct asking *asking, struct audit_vulnerability *out)
{
	enum zero_share result;
	const char *text;

	if (takes_x25519(asking_audit(asking)) != TRI_YES) {
		judge(asking, out, takes_x25519(asking_audit(asking)), VULNERABILITY_UNKNOWN, NULL,
		      VULNERABILITY_NOT_APPLICABLE, "X25519 is not taken in TLS 1.3",
		      "whether X25519 is taken in TLS 1.3");
		return;
	}
	result = settle_zero_share(asking, &text);
	for (unsigned i = 0; i < CONFIRMATIONS && result == SHARE_TAKEN; i++)
		result = settle_zero_share(asking, &text);
	note_exchange(asking, out, "sent an X25519 share of 32 zeros: %s",
		      result == SHARE_TAKEN ? "a ServerHello and encrypted records" : text);
	if (result == SHARE_TAKEN)
		is_vulnerable(asking, out, "makes keys of a share of zeros, which anyone can compute");
	else if (result == SHARE_REFUSED)
		is_not_vulnerable(asking, out, "refuses a share of zeros");
	else
		is_unknown(asking, out, "no clear answer to a share of zeros: %s", text);
}
