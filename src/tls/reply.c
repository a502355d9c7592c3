/* The record layer and the order of messages: see reply.h. The messages themselves are read in
 * reply_messages.c. */
#include "tls/reply.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/rd.h"
#include "kb/names.h"
#include "tls/codes.h"
#include "tls/ech.h"

enum { RECORD_MAX = 16384 + 2048 };     /* TLSCiphertext of TLS 1.2, RFC 5246 6.2.3 */

void reply_init(struct reply *reply, struct arena *arena, struct attempt *attempt, struct span session_id)
{
	*reply = (struct reply){ .arena = arena, .attempt = attempt, .session_id = session_id };
}

static void stop(struct reply *reply, enum tls_fault fault, uint8_t message)
{
	if (reply->attempt->fault == TLS_FAULT_NONE) {
		reply->attempt->fault = fault;
		reply->attempt->fault_message = message;
	}
	reply->over = true;
}

void reply_release(struct reply *reply)
{
	free(reply->bytes);
	free(reply->handshake);
	free(reply->plain);
	reply->bytes = reply->handshake = reply->plain = NULL;
}

static void append(uint8_t **buffer, size_t *n, size_t *cap, struct span bytes)
{
	if (*n + bytes.n > *cap) {
		size_t grown = (*n + bytes.n) * 2;
		uint8_t *bigger = realloc(*buffer, grown);

		if (!bigger)
			out_of_memory();
		*buffer = bigger;
		*cap = grown;
	}
	if (bytes.n > 0)
		memcpy(*buffer + *n, bytes.p, bytes.n);
	*n += bytes.n;
}

/* What says nothing may come, but not for ever. */
static void pass_over(struct reply *reply)
{
	if (++reply->n_idle > REPLY_IDLE_MAX)
		stop(reply, TLS_FAULT_UNEXPECTED_MESSAGE, 0);
}

static void drop(uint8_t *buffer, size_t *n, size_t used)
{
	if (used > 0)
		memmove(buffer, buffer + used, *n - used);
	*n -= used;
}

/* ---- messages in order -------------------------------------------------------------------- */

static bool is_anonymous(uint16_t suite)
{
	const struct kb_suite *s = kb_suite(suite);

	return s && s->authentication && strcmp(s->authentication, "anon") == 0;
}

static bool start_flight(struct reply *reply, const struct key_pair *pair, struct span body)
{
	uint8_t secret[KEYPAIR_SECRET_MAX], *message = arena_alloc(reply->arena, 4 + body.n);
	size_t n = key_pair_derive(pair, reply->attempt->key_exchange, secret);
	struct flight13_start from = { .suite = reply->attempt->suite, .secret = span_of(secret, n), .hello = reply->keys->hello,
				       .server_hello = span_of(message, 4 + body.n) };
	struct span chosen;

	if (server_hello_extension(body, EXT_PRE_SHARED_KEY, &chosen))
		from.psk = reply->keys->psk;
	message[0] = HS_SERVER_HELLO;
	message[2] = (uint8_t)(body.n >> 8);
	message[3] = (uint8_t)body.n;
	memcpy(message + 4, body.p, body.n);
	/* Whoever took the hidden hello goes on as if it alone had been sent. */
	if (reply->keys->inner.n > 0) {
		reply->attempt->ech_accepted = ech_is_accepted(from.suite, reply->keys->inner, from.server_hello) ? TRI_YES : TRI_NO;
		if (reply->attempt->ech_accepted == TRI_YES)
			from.hello = reply->keys->inner;
	}
	return n > 0 && flight13_start(&reply->flight, &from);
}

/* With the secret of the share that the server chose the rest can be read. */
static bool open_flight(struct reply *reply, struct span body)
{
	for (size_t i = 0; reply->keys && i < reply->keys->n_pairs; i++)
		if (key_pair_group(reply->keys->pairs[i]) == reply->attempt->group)
			reply->is_encrypted = start_flight(reply, reply->keys->pairs[i], body);
	return reply->is_encrypted;
}

static void on_server_hello(struct reply *reply, struct span body)
{
	struct attempt *at = reply->attempt;

	if (at->has_server_hello) {
		stop(reply, TLS_FAULT_UNEXPECTED_MESSAGE, HS_SERVER_HELLO);
		return;
	}
	at->server_hello = arena_copy(reply->arena, body);
	reply_server_hello(reply->arena, at, body, reply->session_id);
	if (at->fault != TLS_FAULT_NONE) {
		reply->over = true;
		return;
	}
	if (at->hello_retry || (at->version >= TLS_1_3 && !open_flight(reply, body))) {
		at->done = true;        /* the rest is encrypted */
		reply->over = true;
	}
}

static void on_certificate(struct reply *reply, struct span body)
{
	struct attempt *at = reply->attempt;

	if (at->has_certificate_message)
		stop(reply, TLS_FAULT_UNEXPECTED_MESSAGE, HS_CERTIFICATE);
	else if (!reply_certificate(reply->arena, at, body, reply->is_encrypted))
		stop(reply, TLS_FAULT_MALFORMED, HS_CERTIFICATE);
	else if (at->n_chain == 0)
		stop(reply, TLS_FAULT_NO_CERTIFICATE, HS_CERTIFICATE);
}

static void on_status(struct reply *reply, struct span body)
{
	struct rd rd = rd_of(body), response;

	rd_skip(&rd, 1);
	response = rd_vec24(&rd);
	if (rd_ok(&rd) && !reply->attempt->has_staple) {
		reply->attempt->staple = arena_copy(reply->arena, rd_rest(&response));
		reply->attempt->has_staple = true;
	}
}

/* Messages that come encrypted in TLS 1.3, or not at all before the client's own Finished. */
static void on_encrypted(struct reply *reply, uint8_t type, struct span body)
{
	struct attempt *at = reply->attempt;
	bool understood = body.n >= 2;
	struct rd rd = rd_of(body);

	if (!reply->is_encrypted) {
		if (type != HS_FINISHED)
			stop(reply, TLS_FAULT_UNEXPECTED_MESSAGE, type);
		return;
	}
	switch (type) {
	case HS_ENCRYPTED_EXTENSIONS: understood = reply_encrypted_extensions(reply->arena, at, body); break;
	case HS_COMPRESSED_CERTIFICATE:
		at->certificate_compression = rd_u16(&rd);
		if (body.n <= REPLY_CHAIN_MAX)
			at->compressed_certificate = arena_copy(reply->arena, body);
		break;
	case HS_CERTIFICATE_VERIFY: at->scheme = rd_u16(&rd); break;
	default:
		if (at->client_certificate_requested == TRI_UNKNOWN)
			at->client_certificate_requested = TRI_NO;
		at->done = at->fault == TLS_FAULT_NONE;
		reply->over = true;
	}
	if (!understood)
		stop(reply, TLS_FAULT_MALFORMED, type);
}

static void on_message(struct reply *reply, uint8_t type, struct span body)
{
	struct attempt *at = reply->attempt;

	if (type != HS_SERVER_HELLO && !at->has_server_hello) {
		/* HelloRequest may come at any time: ignored, RFC 5246 7.4.1.1 */
		if (type == 0)
			pass_over(reply);
		else
			stop(reply, TLS_FAULT_UNEXPECTED_MESSAGE, type);
		return;
	}
	switch (type) {
	case HS_SERVER_HELLO: on_server_hello(reply, body); break;
	case HS_CERTIFICATE: on_certificate(reply, body); break;
	case HS_CERTIFICATE_STATUS: on_status(reply, body); break;
	case HS_SERVER_KEY_EXCHANGE:
		if (at->last_message == type) {         /* due once */
			stop(reply, TLS_FAULT_UNEXPECTED_MESSAGE, type);
			break;
		}
		at->key_exchange = arena_copy(reply->arena, body);
		if (!reply_key_exchange(at, at->suite, body))
			stop(reply, TLS_FAULT_MALFORMED, type);
		break;
	case HS_CERTIFICATE_REQUEST:
		if (at->last_message == type)
			stop(reply, TLS_FAULT_UNEXPECTED_MESSAGE, type);
		else if (!reply_certificate_request(reply->arena, at, body, reply->is_encrypted))
			stop(reply, TLS_FAULT_MALFORMED, type);
		break;
	case HS_SERVER_HELLO_DONE:
		if (!at->has_certificate_message && !is_anonymous(at->suite))
			stop(reply, TLS_FAULT_UNEXPECTED_MESSAGE, type);
		at->done = at->fault == TLS_FAULT_NONE;
		reply->over = true;
		break;
	case HS_ENCRYPTED_EXTENSIONS: case HS_COMPRESSED_CERTIFICATE: case HS_CERTIFICATE_VERIFY: case HS_FINISHED:
		on_encrypted(reply, type, body);
		break;
	case 0: case 4: pass_over(reply); break;
	default: stop(reply, TLS_FAULT_UNEXPECTED_MESSAGE, type);
	}
	if (at->fault == TLS_FAULT_NONE || at->fault_message != type)
		at->last_message = type;
}

static void take_messages(struct reply *reply)
{
	size_t used = 0;

	while (!reply->over && reply->n_handshake - used >= 4) {
		const uint8_t *p = reply->handshake + used;
		size_t len = (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];

		if (len > REPLY_HANDSHAKE_MAX) {
			stop(reply, TLS_FAULT_MALFORMED, p[0]);
			return;
		}
		if (reply->n_handshake - used < 4 + len)
			break;
		on_message(reply, p[0], span_of(p + 4, len));
		used += 4 + len;
	}
	drop(reply->handshake, &reply->n_handshake, used);
}

/* ---- records ------------------------------------------------------------------------------ */

static void on_alert(struct reply *reply, struct span body)
{
	struct attempt *at = reply->attempt;

	if (body.n != 2) {
		stop(reply, TLS_FAULT_MALFORMED, 0);
		return;
	}
	at->alert_level = body.p[0];
	at->alert = body.p[1];
	if (at->alert == ALERT_CLOSE_NOTIFY)
		stop(reply, TLS_FAULT_CLOSED, 0);
	else if (at->alert_level != 1)
		stop(reply, TLS_FAULT_ALERT, 0);
	else
		pass_over(reply);
	at->warning_alert |= at->alert_level == 1 && at->alert != ALERT_CLOSE_NOTIFY;
}

static void on_record(struct reply *reply, uint8_t type, struct span body);

static void on_encrypted_record(struct reply *reply, const uint8_t *header, struct span body)
{
	uint8_t type = 0;
	long n;

	if (!reply->plain)
		reply->plain = malloc(RECORD_MAX + 1);
	if (!reply->plain)
		out_of_memory();
	n = flight13_open(&reply->flight, header, body, reply->plain, &type);
	if (n < 0 || type == RECORD_DATA)
		stop(reply, TLS_FAULT_BAD_RECORD_MAC, 0);
	else
		on_record(reply, type, span_of(reply->plain, (size_t)n));
}

static void on_record(struct reply *reply, uint8_t type, struct span body)
{
	switch (type) {
	case RECORD_HANDSHAKE:
		if (body.n == 0)
			pass_over(reply);
		append(&reply->handshake, &reply->n_handshake, &reply->cap_handshake, body);
		take_messages(reply);
		break;
	case RECORD_ALERT: on_alert(reply, body); break;
	case RECORD_CCS: pass_over(reply); break;
	default: stop(reply, TLS_FAULT_BAD_RECORD, 0);
	}
}

static void on_sslv2(struct reply *reply, struct span message)
{
	struct attempt *at = reply->attempt;

	if (message.p[0] == 4) {
		at->has_server_hello = at->done = true;
		at->version = 0x0002;
		at->server_hello = arena_copy(reply->arena, span_sub(message, 1, message.n));
	} else {
		at->fault = TLS_FAULT_ALERT;
		at->alert = ALERT_HANDSHAKE_FAILURE;
		at->alert_level = 2;
	}
	reply->over = true;
}

/* SSLv2 SERVER-HELLO: two bytes of header, message 4; ERROR is message 0 and three bytes long. True when
 * the bytes are SSLv2's, whether they are all there or not. */
static bool take_sslv2(struct reply *reply)
{
	const uint8_t *p = reply->bytes;
	size_t len;

	if (!(p[0] & 0x80) || (reply->n_bytes >= 3 && p[2] != 4 && p[2] != 0))
		return false;
	len = (size_t)(p[0] & 0x7f) << 8 | (reply->n_bytes > 1 ? p[1] : 0);
	if (reply->n_bytes >= 3 && reply->n_bytes >= 2 + len && len > 0)
		on_sslv2(reply, span_of(p + 2, len));
	return true;
}

static bool is_tls_start(const uint8_t *p, size_t n)
{
	return (p[0] >= RECORD_CCS && p[0] <= RECORD_DATA) && (n < 2 || p[1] == 3);
}

static void not_tls(struct reply *reply)
{
	if (reply->n_total > 5 && reply->attempt->has_server_hello) {
		stop(reply, TLS_FAULT_BAD_RECORD, 0);
		return;
	}
	reply->attempt->plain = plain_protocol(reply->attempt->first_bytes);
	stop(reply, TLS_FAULT_NOT_TLS, 0);
}

/* The first record of these bytes; returns its length, header included, 0 when it is not all there. */
static size_t take_record(struct reply *reply, struct span bytes)
{
	const uint8_t *p = bytes.p;
	size_t len;

	if (!is_tls_start(p, bytes.n)) {
		not_tls(reply);
		return 0;
	}
	if (bytes.n < 5)
		return 0;
	len = (size_t)p[3] << 8 | p[4];
	if (len > RECORD_MAX) {
		stop(reply, TLS_FAULT_RECORD_TOO_LONG, 0);
		return 0;
	}
	if (bytes.n < 5 + len)
		return 0;
	if (reply->is_encrypted && p[0] == RECORD_DATA)
		on_encrypted_record(reply, p, span_of(p + 5, len));
	else
		on_record(reply, p[0], span_of(p + 5, len));
	return 5 + len;
}

static void take_records(struct reply *reply)
{
	size_t used = 0;

	if (reply->sslv2 && reply->n_bytes > 0 && take_sslv2(reply))
		return;
	while (!reply->over && reply->n_bytes > used) {
		size_t len = take_record(reply, span_of(reply->bytes + used, reply->n_bytes - used));

		if (len == 0)
			break;
		used += len;
	}
	drop(reply->bytes, &reply->n_bytes, used);
}

static void keep_first(struct reply *reply, struct span bytes)
{
	struct span *first = &reply->attempt->first_bytes;
	size_t room = first->n < REPLY_FIRST_BYTES ? REPLY_FIRST_BYTES - first->n : 0;
	size_t take = bytes.n < room ? bytes.n : room;
	uint8_t *copy;

	if (take == 0)
		return;
	copy = arena_alloc(reply->arena, first->n + take);
	if (first->n > 0)
		memcpy(copy, first->p, first->n);
	memcpy(copy + first->n, bytes.p, take);
	*first = span_of(copy, first->n + take);
}

void reply_feed(struct reply *reply, struct span bytes)
{
	if (reply->over)
		return;
	keep_first(reply, bytes);
	reply->n_total += bytes.n;
	if (reply->n_total > REPLY_HANDSHAKE_MAX) {
		stop(reply, TLS_FAULT_MALFORMED, reply->attempt->last_message);
		return;
	}
	append(&reply->bytes, &reply->n_bytes, &reply->cap_bytes, bytes);
	take_records(reply);
}

void reply_end(struct reply *reply, enum tls_fault how)
{
	if (reply->over)
		return;
	if (how == TLS_FAULT_SILENT && reply->n_total > 0)
		how = TLS_FAULT_STALLED;
	if (how == TLS_FAULT_CLOSED && reply->attempt->has_server_hello && reply->attempt->warning_alert &&
	    reply->attempt->done)
		how = TLS_FAULT_NONE;
	stop(reply, how, 0);
}
