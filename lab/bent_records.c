/* Records of a bent server: in, judged, and out. Which wrong record is answered how is what most of the
 * padding oracles differ in. */
#include <sys/socket.h>

#include "base/rd.h"
#include "bent.h"
#include "tls/codes.h"

enum { HEARTBEAT = 24, ALERT_UNEXPECTED = 10, ALERT_BAD_MAC = 20, ALERT_OVERFLOW = 22, ALERT_DECRYPTION_FAILED = 21 };

bool bent_send(struct bent_peer *peer, uint8_t type, struct span payload)
{
	while (peer->is_out_encrypted && payload.n > RAW_SEAL_MAX) {
		if (!bent_send(peer, type, span_sub(payload, 0, RAW_SEAL_MAX)))
			return false;
		payload = span_sub(payload, RAW_SEAL_MAX, payload.n);
	}
	size_t cap = payload.n + 1024, mark;
	struct wr wr = wr_of(arena_alloc(peer->arena, cap), cap);

	if (peer->is_out_encrypted) {
		const struct raw_bend same = {.nonce = bends(peer, "nonce-reuse") ? 7 : 0};

		if (!raw_seal(&peer->out, type, payload, &same, &wr))
			return false;
	} else {
		wr_u8(&wr, type);
		wr_u16(&wr, peer->version ? peer->version : TLS_1_0);
		mark = wr_open(&wr, 2);
		wr_bytes(&wr, payload);
		wr_close(&wr, mark, 2);
	}
	return channel_send(peer->channel, wr_span(&wr));
}

static void append(struct bent_peer *peer, uint8_t **buffer, size_t *n, size_t *cap, struct span more)
{
	if (*n + more.n > *cap) {
		uint8_t *bigger = arena_alloc(peer->arena, *cap = 2 * (*n + more.n) + 4096);

		if (*n > 0)
			memcpy(bigger, *buffer, *n);
		*buffer = bigger;
	}
	if (more.n > 0)
		memcpy(*buffer + *n, more.p, more.n);
	*n += more.n;
}

void bent_note(struct bent_peer *peer, struct span whole)
{
	append(peer, &peer->transcript, &peer->n_transcript, &peer->cap_transcript, whole);
}

bool bent_send_message(struct bent_peer *peer, uint8_t type, struct span body)
{
	struct wr wr = wr_of(arena_alloc(peer->arena, body.n + 4), body.n + 4);

	wr_u8(&wr, type);
	wr_u24(&wr, (uint32_t)body.n);
	wr_bytes(&wr, body);
	bent_note(peer, wr_span(&wr));
	return bent_send(peer, RECORD_HANDSHAKE, wr_span(&wr));
}

bool bent_alert(struct bent_peer *peer, uint8_t level, uint8_t code)
{
	const uint8_t alert[] = {level, code};

	(void)bent_send(peer, RECORD_ALERT, span_of(alert, sizeof alert));
	return false;
}

/* ---- wrong records -------------------------------------------------------------------------------------- */

/* True: go on as if it were sound. */
static bool judge_wrong(struct bent_peer *peer, size_t n_content)
{
	bool is_padding = peer->last_open == RAW_OPEN_PADDING, is_mac = peer->last_open == RAW_OPEN_MAC;

	if (is_mac && (bends(peer, "mac-unchecked") || bends(peer, "tag-unchecked")))
		return true;
	if (is_padding && bends(peer, "poodle"))
		return n_content > 0;
	if (peer->last_open == RAW_OPEN_NO_ROOM && bends(peer, "padding-22"))
		return bent_alert(peer, 2, ALERT_OVERFLOW);
	if (bends(peer, "zombie") && is_padding && n_content > 0)
		return bent_alert(peer, 2, ALERT_DECRYPTION_FAILED);
	if (bends(peer, "goldendoodle") && is_mac)
		return bent_alert(peer, 2, 40);
	if (bends(peer, "sleeping") && is_padding) {
		channel_hold(peer->channel);
		return false;
	}
	if (bends(peer, "zero-length") && is_padding && n_content == 0)
		return false;
	return bent_alert(peer, 2, ALERT_BAD_MAC);
}

/* A padding that is wrong where the MAC is sound shows as such; with a wrong MAC it is the MAC. */
static bool mac_is_sound(struct bent_peer *peer, const struct raw_keys *before, uint8_t type, struct span body,
			 size_t n_content)
{
	struct raw_keys again = *before;
	uint8_t plain[RAW_RECORD_MAX], mac[EVP_MAX_MD_SIZE], head[13];
	size_t n, len = EVP_MAX_MD_SIZE;
	EVP_PKEY *key;
	EVP_MD_CTX *ctx;

	if (peer->suite.bulk != RAW_CBC || before->encrypt_then_mac)
		return false;
	(void)raw_open(&again, type, body, plain, &n);
	for (int i = 0; i < 8; i++)
		head[i] = (uint8_t)(before->n_records >> (56 - 8 * i));
	head[8] = type;
	head[9] = (uint8_t)(before->version >> 8);
	head[10] = (uint8_t)before->version;
	head[11] = (uint8_t)(n_content >> 8);
	head[12] = (uint8_t)n_content;
	key = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, before->mac, before->suite.mac_len);
	ctx = EVP_MD_CTX_new();
	bool sound = key && ctx && EVP_DigestSignInit(ctx, NULL, before->suite.mac, NULL, key) == 1 &&
		     EVP_DigestSignUpdate(ctx, head, sizeof head) == 1 &&
		     EVP_DigestSignUpdate(ctx, plain, n_content) == 1 && EVP_DigestSignFinal(ctx, mac, &len) == 1 &&
		     memcmp(mac, plain + n_content, before->suite.mac_len) == 0;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return sound;
}

static bool open_record(struct bent_peer *peer, uint8_t type, struct span *body)
{
	struct raw_keys before = peer->in;
	uint8_t *out = arena_alloc(peer->arena, body->n + 1);
	size_t n;

	peer->last_open = raw_open(&peer->in, type, *body, out, &n);
	if (peer->last_open == RAW_OPEN_PADDING && !mac_is_sound(peer, &before, type, *body, n)) {
		/* Both are wrong: what an oracle calls a bad MAC, unless it looks at the padding first. */
		if (bends(peer, "goldendoodle"))
			return bent_alert(peer, 2, ALERT_BAD_MAC);
		if (bends(peer, "mac-unchecked"))
			return bent_alert(peer, 2, ALERT_BAD_MAC);
		peer->last_open = RAW_OPEN_MAC;
	}
	*body = span_of(out, n);
	return peer->last_open == RAW_OPEN_OK || judge_wrong(peer, n);
}

bool bent_read(struct bent_peer *peer, uint8_t *type, struct span *body)
{
	uint8_t record[5 + RAW_RECORD_MAX];
	size_t n = channel_record(peer->channel, record, sizeof record, false);

	if (n < 5)
		return false;
	*type = peer->last_type = record[0];
	*body = arena_copy(peer->arena, span_of(record + 5, n - 5));
	return !peer->is_in_encrypted || open_record(peer, *type, body);
}

/* ---- messages --------------------------------------------------------------------------------------------- */

/* RFC 6520 4; heartbleed gives what was claimed. */
static void answer_heartbeat(struct bent_peer *peer, struct span body)
{
	struct rd rd = rd_of(body);
	uint8_t type = rd_u8(&rd);
	size_t claimed = rd_u16(&rd);
	uint8_t answer[3 + 1024 + 16] = {2};

	if (type != 1 || claimed > 1024 || !rd_ok(&rd))
		return;
	if (claimed + 3 + 16 > body.n && !bends(peer, "heartbleed"))
		return;
	answer[1] = (uint8_t)(claimed >> 8);
	answer[2] = (uint8_t)claimed;
	memcpy(answer + 3, body.p + 3, claimed < body.n - 3 ? claimed : body.n - 3);
	(void)bent_send(peer, HEARTBEAT, span_of(answer, 3 + claimed + 16));
}

static bool take_message(struct bent_peer *peer, uint8_t *type, struct span *body, struct span *whole)
{
	struct rd rd = rd_of(span_of(peer->messages + peer->at_message, peer->n_messages - peer->at_message)), inner;

	*type = rd_u8(&rd);
	inner = rd_vec24(&rd);
	if (!rd_ok(&rd))
		return false;
	*body = arena_copy(peer->arena, rd_rest(&inner));
	*whole = arena_copy(peer->arena, span_of(peer->messages + peer->at_message, body->n + 4));
	peer->at_message += whole->n;
	return true;
}

bool bent_read_message(struct bent_peer *peer, uint8_t *type, struct span *body, struct span *whole)
{
	unsigned n_warnings = 0;

	for (unsigned i = 0; i < 64; i++) {
		uint8_t record;
		struct span content;

		if (peer->n_messages > peer->at_message && take_message(peer, type, body, whole))
			return true;
		if (!bent_read(peer, &record, &content))
			return false;
		if (record == HEARTBEAT && peer->hello.has_heartbeat &&
		    (bends(peer, "heartbeat") || bends(peer, "heartbleed"))) {
			answer_heartbeat(peer, content);
			continue;
		}
		if (record == RECORD_ALERT) {
			if (content.n < 2 || content.p[0] == 2 || ++n_warnings > 5)
				return false;
			continue;
		}
		if (record == RECORD_CCS && bends(peer, "early-ccs") && !peer->is_in_encrypted) {
			/* Keys of nothing: the next record decrypts to nothing sound. */
			if (!bent_read(peer, &record, &content))
				return false;
			return bent_alert(peer, 2, ALERT_DECRYPTION_FAILED);
		}
		if (record != RECORD_HANDSHAKE || peer->n_messages + content.n > BENT_MESSAGE_MAX)
			return bent_alert(peer, 2, ALERT_UNEXPECTED);
		append(peer, &peer->messages, &peer->n_messages, &peer->cap_messages, content);
	}
	return false;
}
