/* See raw_client.h: hello, records in and out, the handshake's steps. */
#include "tls/raw_client.h"

#include <errno.h>
#include <openssl/rand.h>

#include "base/rd.h"
#include "kb/names.h"
#include "tls/codes.h"

enum {
	EXT_HEARTBEAT = 15,
	HELLO_ROOM = 1024,
	READ_ROOM = 4096,
	EXCHANGE_ROOM = 2048,
	ALERT_NO_RENEGOTIATION = 100,
	RECORDS_PER_MESSAGE = 64
};

void raw_client_init(struct raw_client *client, struct arena *arena, struct conn *conn, unsigned wait_ms)
{
	*client = (struct raw_client){.conn = conn,
				      .arena = arena,
				      .wait_ms = wait_ms,
				      .version = TLS_1_0,
				      .end = conn ? RAW_OPEN : RAW_UNCONNECTED};
}

static void append(struct raw_client *client, uint8_t **buffer, size_t *n, size_t *cap, struct span more)
{
	if (*n + more.n > *cap) {
		size_t room = 2 * (*n + more.n) + 1024;
		uint8_t *bigger = arena_alloc(client->arena, room);

		if (*n > 0)
			memcpy(bigger, *buffer, *n);
		*buffer = bigger;
		*cap = room;
	}
	if (more.n > 0)
		memcpy(*buffer + *n, more.p, more.n);
	*n += more.n;
}

void raw_client_feed(struct raw_client *client, struct span bytes)
{
	append(client, &client->bytes, &client->n_bytes, &client->cap_bytes, bytes);
	client->end = RAW_OPEN;
}

/* ---- out ---------------------------------------------------------------------------------------------- */

static bool write_bytes(struct raw_client *client, struct span bytes)
{
	/* What the peer said before it left may still be read. */
	return !client->conn || conn_write(client->conn, bytes, client->wait_ms) == 0;
}

bool raw_send(struct raw_client *client, uint8_t type, struct span payload, const struct raw_bend *bend)
{
	size_t cap = payload.n + 512;
	struct wr wr = wr_of(arena_alloc(client->arena, cap), cap);
	size_t mark;

	if (client->is_writing_encrypted)
		return raw_seal(&client->keys_out, type, payload, bend, &wr) && write_bytes(client, wr_span(&wr));
	wr_u8(&wr, type);
	wr_u16(&wr, client->version);
	mark = wr_open(&wr, 2);
	wr_bytes(&wr, payload);
	wr_close(&wr, mark, 2);
	return wr_ok(&wr) && write_bytes(client, wr_span(&wr));
}

static void note_message(struct raw_client *client, struct span whole)
{
	append(client, &client->transcript, &client->n_transcript, &client->cap_transcript, whole);
}

static bool send_message(struct raw_client *client, uint8_t type, struct span body, const struct raw_bend *bend)
{
	struct wr wr = wr_of(arena_alloc(client->arena, body.n + 4), body.n + 4);

	wr_u8(&wr, type);
	wr_u24(&wr, (uint32_t)body.n);
	wr_bytes(&wr, body);
	note_message(client, wr_span(&wr));
	return raw_send(client, RECORD_HANDSHAKE, wr_span(&wr), bend);
}

bool raw_send_message(struct raw_client *client, uint8_t type, struct span body)
{
	return send_message(client, type, body, NULL);
}

bool raw_send_ccs(struct raw_client *client)
{
	static const uint8_t one[] = {1};
	bool sent = raw_send(client, RECORD_CCS, span_of(one, 1), NULL);

	client->keys_out = client->next_out;
	client->is_writing_encrypted = client->has_master;
	return sent;
}

static bool verify_data(struct raw_client *client, const char *label, uint8_t out[RAW_VERIFY])
{
	uint8_t hash[RAW_HASH_MAX];
	size_t n = raw_transcript_hash(client->version, client->suite.prf,
				       span_of(client->transcript, client->n_transcript), hash);

	return n > 0 && raw_prf(client->version, client->suite.prf, span_of(client->master, RAW_MASTER), label,
				span_of(hash, n), out, RAW_VERIFY);
}

bool raw_send_finished(struct raw_client *client, const struct raw_bend *bend)
{
	return verify_data(client, "client finished", client->client_verify) &&
	       send_message(client, HS_FINISHED, span_of(client->client_verify, RAW_VERIFY), bend);
}

/* ---- in ------------------------------------------------------------------------------------------------- */

static bool end_with(struct raw_client *client, enum raw_end end)
{
	if (client->end == RAW_OPEN)
		client->end = end;
	return false;
}

static bool need_bytes(struct raw_client *client, size_t n)
{
	while (client->n_bytes < n) {
		uint8_t buffer[READ_ROOM];
		ssize_t got = client->conn ? conn_read(client->conn, buffer, sizeof buffer, client->wait_ms) : 0;

		if (got == 0)
			return end_with(client, RAW_CLOSED);
		if (got < 0)
			return end_with(client, got == -ETIMEDOUT ? RAW_SILENT : RAW_RESET);
		append(client, &client->bytes, &client->n_bytes, &client->cap_bytes, span_of(buffer, (size_t)got));
		if (client->listener && !client->listener->over)
			reply_feed(client->listener, span_of(buffer, (size_t)got));
	}
	return true;
}

static bool note_alert(struct raw_client *client, struct span body)
{
	if (body.n < 2)
		return end_with(client, RAW_GARBAGE);
	client->n_alerts++;
	client->alert_level = body.p[0];
	client->alert = body.p[1];
	if (body.p[0] == 2 || body.p[1] == ALERT_CLOSE_NOTIFY || body.p[1] == ALERT_NO_RENEGOTIATION)
		return end_with(client, RAW_ALERT);
	return true;
}

static bool decrypt(struct raw_client *client, struct raw_record *record)
{
	uint8_t *out;
	size_t n;

	if (!client->is_reading_encrypted)
		return true;
	out = arena_alloc(client->arena, record->wire.n + 1);
	if (client->suite.bulk == RAW_GCM && record->wire.n >= 8 && client->n_nonces < COUNT_OF(client->nonces)) {
		struct rd rd = rd_of(record->wire);

		client->nonces[client->n_nonces++] = rd_u64(&rd);
	}
	/* An alert may come in clear where the peer never took our keys. */
	if (raw_open(&client->keys_in, record->type, record->wire, out, &n) != RAW_OPEN_OK)
		return record->type == RECORD_ALERT && record->wire.n == 2 ? true : end_with(client, RAW_UNREADABLE);
	record->body = span_of(out, n);
	return true;
}

bool raw_read(struct raw_client *client, struct raw_record *record)
{
	size_t n;

	if (client->end != RAW_OPEN || !need_bytes(client, 5))
		return false;
	n = (size_t)(client->bytes[3] << 8 | client->bytes[4]);
	if (client->bytes[0] < RECORD_CCS || client->bytes[0] > 24 || client->bytes[1] != 3 || n > RAW_RECORD_MAX)
		return end_with(client, RAW_GARBAGE);
	if (!need_bytes(client, 5 + n))
		return false;
	record->type = client->bytes[0];
	record->wire = record->body = arena_copy(client->arena, span_of(client->bytes + 5, n));
	client->n_bytes -= 5 + n;
	memmove(client->bytes, client->bytes + 5 + n, client->n_bytes);
	if (!decrypt(client, record))
		return false;
	return record->type != RECORD_ALERT || note_alert(client, record->body);
}

static bool take_message(struct raw_client *client, struct raw_message *message)
{
	struct rd rd = rd_of(span_of(client->messages + client->at_message, client->n_messages - client->at_message)),
		  body;

	message->type = rd_u8(&rd);
	body = rd_vec24(&rd);
	if (!rd_ok(&rd))
		return false;
	message->body = arena_copy(client->arena, rd_rest(&body));
	message->whole = arena_copy(client->arena, span_of(client->messages + client->at_message, message->body.n + 4));
	client->at_message += message->whole.n;
	return true;
}

bool raw_read_message(struct raw_client *client, struct raw_message *message)
{
	struct raw_record record;

	for (unsigned i = 0; i < RECORDS_PER_MESSAGE; i++) {
		if (client->n_messages > client->at_message && take_message(client, message)) {
			if (message->type != HS_HELLO_REQUEST && message->type != HS_FINISHED)
				note_message(client, message->whole);
			return true;
		}
		if (!raw_read(client, &record))
			return false;
		if (record.type == RECORD_ALERT)
			continue;
		if (record.type != RECORD_HANDSHAKE || client->n_messages + record.body.n > RAW_MESSAGES_MAX)
			return end_with(client, RAW_GARBAGE);
		append(client, &client->messages, &client->n_messages, &client->cap_messages, record.body);
	}
	return end_with(client, RAW_GARBAGE);
}

/* ---- hello ------------------------------------------------------------------------------------------------ */

static void put_empty(struct wr *wr, uint16_t type)
{
	wr_u16(wr, type);
	wr_u16(wr, 0);
}

static void put_name(struct wr *wr, const char *sni)
{
	size_t ext, list, name;

	if (!sni)
		return;
	wr_u16(wr, EXT_SERVER_NAME);
	ext = wr_open(wr, 2);
	list = wr_open(wr, 2);
	wr_u8(wr, 0);
	name = wr_open(wr, 2);
	wr_bytes(wr, span_str(sni));
	wr_close(wr, name, 2);
	wr_close(wr, list, 2);
	wr_close(wr, ext, 2);
}

static void put_list(struct wr *wr, uint16_t type, const uint16_t *list, size_t n)
{
	size_t ext, inner;

	wr_u16(wr, type);
	ext = wr_open(wr, 2);
	inner = wr_open(wr, 2);
	for (size_t i = 0; i < n; i++)
		wr_u16(wr, list[i]);
	wr_close(wr, inner, 2);
	wr_close(wr, ext, 2);
}

static void put_groups_and_schemes(struct wr *wr, const struct raw_offer *offer)
{
	static const uint16_t groups[] = {0x0017, 0x0018, 0x0019, 0x001d, 0x001e};
	static const uint16_t schemes[] = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0603, 0x0806,
					   0x0601, 0x0807, 0x0808, 0x0809, 0x080a, 0x080b, 0x0203, 0x0201};
	static const uint8_t point_formats[] = {0, EXT_EC_POINT_FORMATS, 0, 2, 1, 0};

	put_list(wr, EXT_SUPPORTED_GROUPS, offer->groups ? offer->groups : groups,
		 offer->groups ? offer->n_groups : COUNT_OF(groups));
	wr_bytes(wr, span_of(point_formats, sizeof point_formats));
	if (offer->version >= TLS_1_2)
		put_list(wr, EXT_SIGNATURE_ALGORITHMS, schemes, COUNT_OF(schemes));
}

/* No message of 256 to 511 bytes, as with OpenSSL: some boxes never answer those. RFC 7685. */
static void put_padding(struct wr *wr)
{
	enum { HEADER = 4, LEAST = 256, ROOMY = 512 };
	size_t n = wr->n + HEADER, fill = n + 4 < ROOMY ? ROOMY - n - 4 : 1;

	if (n < LEAST || n >= ROOMY)
		return;
	wr_u16(wr, EXT_PADDING);
	wr_u16(wr, (uint16_t)fill);
	wr_fill(wr, 0, fill);
}

static void put_extensions(const struct raw_client *client, const struct raw_offer *offer, struct wr *wr)
{
	bool again = client->is_writing_encrypted;
	size_t all = wr_open(wr, 2), ext, inner;

	put_name(wr, offer->sni);
	put_groups_and_schemes(wr, offer);
	wr_u16(wr, EXT_RENEGOTIATION_INFO);
	ext = wr_open(wr, 2);
	inner = wr_open(wr, 1);
	if (again)
		wr_bytes(wr, span_of(client->client_verify, RAW_VERIFY));
	wr_close(wr, inner, 1);
	wr_close(wr, ext, 2);
	if (!offer->no_ems)
		put_empty(wr, EXT_EXTENDED_MASTER_SECRET);
	if (!offer->no_etm)
		put_empty(wr, EXT_ENCRYPT_THEN_MAC);
	if (offer->wants_ticket) {
		wr_u16(wr, EXT_SESSION_TICKET);
		ext = wr_open(wr, 2);
		wr_bytes(wr, offer->ticket);
		wr_close(wr, ext, 2);
	}
	if (offer->heartbeat) {
		wr_u16(wr, EXT_HEARTBEAT);
		wr_u16(wr, 1);
		wr_u8(wr, 1);
	}
	put_padding(wr);
	wr_close(wr, all, 2);
}

static bool send_hello_as_made(struct raw_client *client, struct span hello)
{
	enum { RANDOM_AT = 4 + 2 };     /* behind the message's header and the version */

	if (hello.n < RANDOM_AT + sizeof client->client_random)
		return false;
	memcpy(client->client_random, hello.p + RANDOM_AT, sizeof client->client_random);
	note_message(client, hello);
	return raw_send(client, RECORD_HANDSHAKE, hello, NULL);
}

static bool send_hello(struct raw_client *client, const struct raw_offer *offer)
{
	size_t cap = HELLO_ROOM + offer->ticket.n + 2 * offer->n_suites + (offer->sni ? strlen(offer->sni) : 0), mark;
	struct wr wr = wr_of(arena_alloc(client->arena, cap), cap);

	client->n_transcript = 0;
	if (offer->hello.n > 0)
		return send_hello_as_made(client, offer->hello);
	if (RAND_bytes(client->client_random, sizeof client->client_random) != 1)
		return false;
	wr_u16(&wr, offer->version);
	wr_bytes(&wr, span_of(client->client_random, sizeof client->client_random));
	wr_u8(&wr, (uint8_t)offer->session_id.n);
	wr_bytes(&wr, offer->session_id);
	mark = wr_open(&wr, 2);
	for (size_t i = 0; i < offer->n_suites; i++)
		wr_u16(&wr, offer->suites[i]);
	wr_close(&wr, mark, 2);
	wr_u16(&wr, 0x0100); /* null compression alone */
	put_extensions(client, offer, &wr);
	return wr_ok(&wr) && raw_send_message(client, HS_CLIENT_HELLO, wr_span(&wr));
}

/* ---- the server's flight ----------------------------------------------------------------------------------- */

static void read_extensions(struct raw_hello *hello, struct rd extensions)
{
	while (rd_more(&extensions)) {
		uint16_t type = rd_u16(&extensions);

		(void)rd_vec16(&extensions);
		if (!rd_ok(&extensions))
			return;
		hello->has_ems |= type == EXT_EXTENDED_MASTER_SECRET;
		hello->has_etm |= type == EXT_ENCRYPT_THEN_MAC;
		hello->has_ticket |= type == EXT_SESSION_TICKET;
		hello->has_heartbeat |= type == EXT_HEARTBEAT;
		hello->has_renegotiation_info |= type == EXT_RENEGOTIATION_INFO;
	}
}

static bool read_hello(struct raw_client *client, const struct raw_offer *offer, struct span body)
{
	struct rd rd = rd_of(body), id;
	struct span random;
	uint16_t version = rd_u16(&rd), suite;

	random = rd_bytes(&rd, 32);
	id = rd_vec8(&rd);
	suite = rd_u16(&rd);
	rd_skip(&rd, 1);
	if (!rd_ok(&rd) || version != offer->version || !raw_suite_of(suite, &client->suite))
		return end_with(client, RAW_GARBAGE);
	client->version = version;
	memcpy(client->server_random, random.p, 32);
	client->hello = (struct raw_hello){.session_id = rd_rest(&id)};
	if (rd_more(&rd))
		read_extensions(&client->hello, rd_vec16(&rd));
	return true;
}

static void read_leaf(struct raw_client *client, struct span body)
{
	struct rd rd = rd_of(body), list = rd_vec24(&rd), one = rd_vec24(&list);

	client->hello.leaf = rd_rest(&one);
}

static bool read_flight(struct raw_client *client)
{
	struct raw_message message;

	while (raw_read_message(client, &message)) {
		switch (message.type) {
		case HS_CERTIFICATE: read_leaf(client, message.body); break;
		case HS_SERVER_KEY_EXCHANGE: client->hello.key_exchange = message.body; break;
		case HS_CERTIFICATE_REQUEST: client->hello.wants_certificate = true; break;
		case HS_SERVER_HELLO_DONE: return true;
		default: break;
		}
	}
	return false;
}

/* A resumed handshake goes on with ChangeCipherSpec, perhaps after a new ticket; another with its
 * certificate. Which one it is, only the next record tells where a ticket was offered. */
static bool is_resumed(struct raw_client *client, const struct raw_offer *offer)
{
	if (client->n_messages > client->at_message)
		return client->messages[client->at_message] == HS_NEW_SESSION_TICKET;
	if (!client->has_master || (offer->session_id.n == 0 && offer->ticket.n == 0) || !need_bytes(client, 6))
		return false;
	return client->bytes[0] == RECORD_CCS ||
	       (client->bytes[0] == RECORD_HANDSHAKE && client->bytes[5] == HS_NEW_SESSION_TICKET);
}

bool raw_begin(struct raw_client *client, const struct raw_offer *offer)
{
	struct raw_message message;

	if (!send_hello(client, offer))
		return end_with(client, RAW_CLOSED);
	do {
		if (!raw_read_message(client, &message))
			return false;
	} while (message.type == HS_HELLO_REQUEST);
	if (message.type != HS_SERVER_HELLO)
		return end_with(client, RAW_GARBAGE);
	if (!read_hello(client, offer, message.body))
		return false;
	client->hello.is_resumed = is_resumed(client, offer);
	return client->end == RAW_OPEN && (client->hello.is_resumed || read_flight(client));
}

/* ---- keys and Finished ---------------------------------------------------------------------------------------- */

static bool derive_keys(struct raw_client *client)
{
	client->next_out.encrypt_then_mac = client->next_in.encrypt_then_mac =
		client->hello.has_etm && client->suite.bulk == RAW_CBC;
	client->has_master = raw_keys_derive(&client->suite, client->version, client->master, client->client_random,
					     client->server_random, &client->next_out, &client->next_in);
	return client->has_master;
}

bool raw_set_premaster(struct raw_client *client, struct span premaster)
{
	uint8_t seed[64];
	size_t n = sizeof seed;

	memcpy(seed, client->client_random, 32);
	memcpy(seed + 32, client->server_random, 32);
	if (client->hello.has_ems)
		n = raw_transcript_hash(client->version, client->suite.prf,
					span_of(client->transcript, client->n_transcript), seed);
	return n > 0 &&
	       raw_prf(client->version, client->suite.prf, premaster,
		       client->hello.has_ems ? "extended master secret" : "master secret", span_of(seed, n),
		       client->master, RAW_MASTER) &&
	       derive_keys(client);
}

void raw_take_session(struct raw_client *client, const struct raw_client *other)
{
	memcpy(client->master, other->master, RAW_MASTER);
	client->has_master = true;
}

bool raw_send_no_certificate(struct raw_client *client)
{
	static const uint8_t none[] = {0, 0, 0};

	return !client->hello.wants_certificate || raw_send_message(client, HS_CERTIFICATE, span_of(none, sizeof none));
}

bool raw_key_exchange(struct raw_client *client)
{
	struct wr body = wr_of(arena_alloc(client->arena, EXCHANGE_ROOM), EXCHANGE_ROOM);
	uint8_t *premaster = arena_alloc(client->arena, EXCHANGE_ROOM);
	size_t n = 0;

	if (!raw_make_exchange(client, &body, premaster, &n))
		return end_with(client, RAW_GARBAGE);
	return raw_send_no_certificate(client) && raw_send_message(client, HS_CLIENT_KEY_EXCHANGE, wr_span(&body)) &&
	       raw_set_premaster(client, span_of(premaster, n));
}

static bool read_ticket(struct raw_client *client, struct span body)
{
	struct rd rd = rd_of(body), ticket;

	client->new_ticket_lifetime_s = rd_u32(&rd);
	ticket = rd_vec16(&rd);
	client->new_ticket = rd_rest(&ticket);
	return rd_ok(&rd);
}

/* ChangeCipherSpec, before it perhaps NewSessionTicket; alerts that are warnings pass. */
static bool read_ccs(struct raw_client *client)
{
	struct raw_record record;
	struct raw_message message;

	for (unsigned i = 0; i < 8; i++) {
		if (!raw_read(client, &record))
			return false;
		if (record.type == RECORD_CCS)
			return true;
		if (record.type == RECORD_ALERT)
			continue;
		if (record.type != RECORD_HANDSHAKE || record.body.n > RAW_MESSAGES_MAX)
			return end_with(client, RAW_GARBAGE);
		append(client, &client->messages, &client->n_messages, &client->cap_messages, record.body);
		while (client->n_messages > client->at_message && take_message(client, &message)) {
			note_message(client, message.whole);
			if (message.type == HS_NEW_SESSION_TICKET && !read_ticket(client, message.body))
				return end_with(client, RAW_GARBAGE);
		}
	}
	return end_with(client, RAW_GARBAGE);
}

bool raw_read_finished(struct raw_client *client)
{
	struct raw_message message;
	uint8_t wanted[RAW_VERIFY];

	if (!read_ccs(client))
		return false;
	client->keys_in = client->next_in;
	client->is_reading_encrypted = true;
	if (!raw_read_message(client, &message))
		return false;
	if (message.type != HS_FINISHED || message.body.n != RAW_VERIFY ||
	    !verify_data(client, "server finished", wanted))
		return end_with(client, RAW_GARBAGE);
	memcpy(client->server_verify, message.body.p, RAW_VERIFY);
	note_message(client, message.whole);
	return memcmp(wanted, message.body.p, RAW_VERIFY) == 0 || end_with(client, RAW_GARBAGE);
}

bool raw_finish(struct raw_client *client)
{
	return raw_send_ccs(client) && raw_send_finished(client, NULL) && raw_read_finished(client);
}

/* The server finishes first. */
static bool finish_resumed(struct raw_client *client)
{
	return derive_keys(client) && raw_read_finished(client) && raw_send_ccs(client) &&
	       raw_send_finished(client, NULL);
}

bool raw_go_on(struct raw_client *client)
{
	if (client->hello.is_resumed)
		return finish_resumed(client);
	return raw_key_exchange(client) && raw_finish(client);
}

bool raw_handshake(struct raw_client *client, const struct raw_offer *offer)
{
	return raw_begin(client, offer) && raw_go_on(client);
}

bool raw_go_on_and_send(struct raw_client *client, struct span data, const struct raw_bend *bend)
{
	if (client->hello.is_resumed)
		return finish_resumed(client) && raw_send(client, RECORD_DATA, data, bend);
	return raw_key_exchange(client) && raw_send_ccs(client) && raw_send_finished(client, NULL) &&
	       raw_send(client, RECORD_DATA, data, bend) && raw_read_finished(client);
}

/* ---- words ---------------------------------------------------------------------------------------------------- */

const char *raw_end_text(const struct raw_client *client)
{
	const char *name = kb_alert_name(client->alert);

	switch (client->end) {
	case RAW_OPEN: return "the connection went on";
	case RAW_ALERT:
		return arena_printf(client->arena, "%s%u (%s)",
				    client->n_alerts > 1 ? "more than one alert, the last " : "alert ", client->alert,
				    name ? name : "unassigned");
	case RAW_CLOSED:
		return client->n_alerts > 0 ? "a warning, and the connection was closed" : "the connection was closed";
	case RAW_RESET:
		return client->n_alerts > 0 ? "a warning, and the connection was reset" : "the connection was reset";
	case RAW_SILENT: return "nothing within the time";
	case RAW_GARBAGE: return "what is no answer to it";
	case RAW_UNCONNECTED: return "no connection";
	case RAW_UNREADABLE: return "a record that does not decrypt";
	}
	return "";
}
