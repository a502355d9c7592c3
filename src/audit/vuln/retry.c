/* What follows a HelloRetryRequest: a hello without a share provokes one; with the share and the cookie it asks
 * for, the server has to go on with the same suite, once, and with keys that fit both hellos. Beside it one
 * with a ChangeCipherSpec that TLS 1.3 knows nothing of. RFC 8446 4.1.4, 4.2.2, 4.4.1, 5. */
#include "audit/vuln/dialogue.h"

#include <openssl/rand.h>

#include "audit/together.h"
#include "tls/flight13.h"
#include "tls/hello.h"
#include "tls/reply.h"

enum { HELLO_ROOM = 4096, RETRY_GROUPS_MAX = 10, COOKIE_MAX = 2048 };

/* Groups that OpenSSL has keys for: what follows can be read. */
static const uint16_t groups[RETRY_GROUPS_MAX] = { 0x001d, 0x0017, 0x001e, 0x0019, 0x0018, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104 };

struct retry {
	struct dialogue d;
	uint8_t random[64];
	struct attempt first, second;   /* what the two answers chose */
	struct span hello, request;     /* messages: the first hello, the HelloRetryRequest */
	const struct hello_spec *spec;  /* the first hello, without a share */
	struct key_pair *pair;
	const char *text;               /* how it ended, in words */
};

static struct hello_spec *hello_without_share(struct asking *asking)
{
	struct hello_spec *spec = hello_common(asking, TLS_1_3);

	spec->groups = groups;
	spec->n_groups = COUNT_OF(groups);
	spec->n_key_shares = 0;
	return spec;
}

/* The same hello, with the share that is asked for and the cookie: RFC 8446 4.1.2. */
static const struct hello_spec *hello_with_share(struct asking *asking, struct retry *r, struct span cookie)
{
	struct hello_spec *spec = arena_new_of(arena_of(asking), struct hello_spec);
	uint16_t *shares = arena_array(arena_of(asking), uint16_t, 1);
	const struct key_pair **pairs = arena_array(arena_of(asking), const struct key_pair *, 1);

	*spec = *r->spec;
	shares[0] = r->first.group;
	pairs[0] = r->pair;
	spec->key_shares = shares;
	spec->n_key_shares = 1;
	spec->own_keys = pairs;
	spec->n_own_keys = 1;
	if (cookie.n > 0)
		hello_add_extension(asking, spec, EXT_COOKIE, cookie);
	return spec;
}

/* Record and all; the message alone is behind its first five bytes. */
static struct span encode(struct asking *asking, struct retry *r, const struct hello_spec *spec, struct attempt *at)
{
	uint8_t *room = arena_alloc(arena_of(asking), HELLO_ROOM);
	struct wr wr = wr_of(room, HELLO_ROOM);

	hello_encode(arena_of(asking), spec, r->random, &wr, &at->offer);
	return wr_span(&wr);
}

/* The next handshake message, with its header; a ChangeCipherSpec that means nothing may stand before it. */
static struct span read_message(struct asking *asking, struct raw_client *client)
{
	uint8_t *room = arena_alloc(arena_of(asking), HELLO_ROOM);
	struct wr wr = wr_of(room, HELLO_ROOM);
	struct raw_record record;

	while (raw_read(client, &record)) {
		if (record.type == RECORD_CCS)
			continue;
		if (record.type != RECORD_HANDSHAKE)
			break;
		wr_bytes(&wr, record.body);
		if (!wr_ok(&wr))
			break;
		if (wr.n >= 4 && wr.n >= 4 + ((size_t)room[1] << 16 | (size_t)room[2] << 8 | room[3]))
			return wr_span(&wr);
	}
	return span_of(NULL, 0);
}

/* Sends a hello and reads the ServerHello of either kind; false where none comes. */
static bool ask_server_hello(struct asking *asking, struct retry *r, struct span bytes, struct attempt *at, struct span *whole)
{
	if (bytes.n == 0 || conn_write(r->d.conn, bytes, r->d.client.wait_ms) != 0)
		return false;
	*whole = read_message(asking, &r->d.client);
	if (whole->n == 0 || whole->p[0] != HS_SERVER_HELLO)
		return false;
	at->server_hello = span_sub(*whole, 4, whole->n);
	reply_server_hello(arena_of(asking), at, at->server_hello, span_of(r->random + 32, 32));
	return true;
}

/* Keys of 3,072 bits and more take long. */
static bool is_quick(const struct rider *rider)
{
	return !(rider->places & PLACE_GROUPS) || (!rider->is_any && key_pair_has_group(rider->foreseen) && rider->foreseen <= 0x0100);
}

static bool is_readable(const struct rider *rider, const struct kb_suite *suite)
{
	(void)rider;
	return suite->code >= 0x1301 && suite->code <= 0x1303;
}

/* The hello in r->spec, and what answers it. */
static bool ask_retry(struct asking *asking, struct retry *r)
{
	struct span bytes;

	if (RAND_bytes(r->random, sizeof r->random) != 1)
		return false;
	bytes = encode(asking, r, r->spec, &r->first);
	r->hello = span_sub(bytes, 5, bytes.n);
	return ask_server_hello(asking, r, bytes, &r->first, &r->request);
}

/* Questions of the audit for groups, which are asked the same way, come along. Were there any? */
static bool ask_retry_carrying(struct asking *asking, struct retry *r)
{
	struct rider carrier = {
		.name = "dialogue", .version = TLS_1_3, .places = PLACE_ALPN | PLACE_RECORD | PLACE_EXTENSIONS | PLACE_SHAPE,
		.own = hello_without_share(asking), .fits = is_readable, .admits = is_quick,
	};
	struct attempt *answer = NULL;
	double start;

	*r = (struct retry){ .spec = ask_carry(asking, &carrier) };
	start = net_now_ms(&asking_run(asking)->probing->net);
	if (dialogue_open_carrying(&r->d, asking) && ask_retry(asking, r)) {
		answer = arena_new_of(arena_of(asking), struct attempt);
		*answer = r->first;
	}
	return ask_carry_done(asking, &carrier, answer, r->spec, start);
}

/* Up to the HelloRetryRequest. */
static bool provoke(struct asking *asking, struct retry *r)
{
	if (ask_retry_carrying(asking, r) && !r->first.has_server_hello) {
		dialogue_close(&r->d);
		*r = (struct retry){ .spec = hello_without_share(asking) };
		(void)(dialogue_open(&r->d, asking) && ask_retry(asking, r));
	}
	if (!r->first.hello_retry || r->first.fault != TLS_FAULT_NONE)
		return false;
	r->pair = key_pair_new(r->first.group);
	dialogue_hurry(&r->d);
	return r->pair != NULL;
}

static struct span second_hello(struct asking *asking, struct retry *r)
{
	struct span cookie = { 0 };

	if (server_hello_extension(r->first.server_hello, EXT_COOKIE, &cookie) && cookie.n > COOKIE_MAX)
		return span_of(NULL, 0);
	return encode(asking, r, hello_with_share(asking, r, cookie), &r->second);
}

static void end(struct retry *r)
{
	r->text = raw_end_text(&r->d.client);
	key_pair_free(r->pair);
	dialogue_close(&r->d);
}

/* ---- is it gone on as it should be ------------------------------------------------------------------------ */

enum retry_result { RETRY_UNCLEAR, RETRY_NONE, RETRY_WELL, RETRY_WRONG };

/* Do the server's keys fit the transcript of both hellos? UNKNOWN where nothing can be read. */
static enum tri flight_opens(struct asking *asking, struct retry *r, struct span hello, struct span server_hello)
{
	uint8_t secret[KEYPAIR_SECRET_MAX], before[FLIGHT13_MESSAGE_HASH_MAX + HELLO_ROOM], type;
	size_t n = key_pair_derive(r->pair, r->second.key_exchange, secret);
	struct wr wr = wr_of(before, sizeof before);
	struct flight13_start from = { .suite = r->second.suite, .secret = span_of(secret, n), .hello = hello, .server_hello = server_hello };
	uint8_t hash[FLIGHT13_MESSAGE_HASH_MAX];
	struct raw_record record;
	struct flight13 flight;

	wr_bytes(&wr, span_of(hash, flight13_message_hash(r->second.suite, r->hello, hash)));
	wr_bytes(&wr, r->request);
	from.before = wr_span(&wr);
	if (n == 0 || from.before.n == 0 || !flight13_start(&flight, &from))
		return TRI_UNKNOWN;
	while (raw_read(&r->d.client, &record)) {
		uint8_t header[5] = { RECORD_DATA, 3, 3, (uint8_t)(record.body.n >> 8), (uint8_t)record.body.n };

		if (record.type == RECORD_DATA)
			return flight13_open(&flight, header, record.body, arena_alloc(arena_of(asking), record.body.n + 1), &type) >= 0 ?
			       TRI_YES : TRI_NO;
	}
	return TRI_UNKNOWN;
}

static enum retry_result go_on(struct asking *asking, struct retry *r)
{
	struct span bytes = second_hello(asking, r), whole;
	enum tri opens;

	if (bytes.n == 0)
		return RETRY_UNCLEAR;
	if (!ask_server_hello(asking, r, bytes, &r->second, &whole)) {
		r->text = raw_end_text(&r->d.client);
		return r->d.client.end == RAW_ALERT || r->d.client.end == RAW_CLOSED || r->d.client.end == RAW_RESET ? RETRY_WRONG : RETRY_UNCLEAR;
	}
	r->text = "a second HelloRetryRequest";
	if (r->second.hello_retry)
		return RETRY_WRONG;
	r->text = "a ServerHello of another suite";
	if (r->second.suite != r->first.suite)
		return RETRY_WRONG;
	r->text = "a ServerHello of another group";
	if (r->second.group != r->first.group)
		return RETRY_WRONG;
	r->text = "a ServerHello that does not fit";
	if (r->second.fault != TLS_FAULT_NONE)
		return RETRY_WRONG;
	opens = flight_opens(asking, r, span_sub(bytes, 5, bytes.n), whole);
	r->text = opens == TRI_YES ? "a ServerHello and records that open" :
		  opens == TRI_NO ? "keys that do not fit the two hellos" : "a ServerHello, and nothing that could be read";
	return opens == TRI_YES ? RETRY_WELL : opens == TRI_NO ? RETRY_WRONG : RETRY_UNCLEAR;
}

static enum retry_result try_retry(struct asking *asking, struct retry *r)
{
	enum retry_result result = RETRY_NONE;
	const char *text = NULL;

	if (provoke(asking, r)) {
		result = go_on(asking, r);
		text = r->text;
	} else if (!r->first.has_server_hello) {
		result = RETRY_UNCLEAR;
	}
	end(r);
	r->text = text ? text : r->text;
	/* An end without a word may be the server's limit: then it does not answer others either. */
	if (result == RETRY_WRONG && !r->second.has_server_hello && r->d.client.end != RAW_ALERT && !asking_still_answers(asking))
		result = RETRY_UNCLEAR;
	return result;
}

bool tls13_is_ready(struct asking *asking)
{
	return audit_has_protocol(asking_audit(asking), TLS_1_3) == TRI_YES;
}

/* False where there is no TLS 1.3, or nobody knows. */
static bool speaks_13(struct asking *asking, struct audit_vulnerability *out)
{
	enum tri has_13 = audit_has_protocol(asking_audit(asking), TLS_1_3);

	if (has_13 != TRI_YES)
		judge(asking, out, has_13, VULNERABILITY_UNKNOWN, NULL, VULNERABILITY_NOT_APPLICABLE, "TLS 1.3 is not spoken", "TLS 1.3");
	return has_13 == TRI_YES;
}

void vulnerability_hrr_errors(struct asking *asking, struct audit_vulnerability *out)
{
	enum retry_result result;
	struct retry r;

	if (!speaks_13(asking, out))
		return;
	result = try_retry(asking, &r);
	for (unsigned i = 0; i < CONFIRMATIONS && result == RETRY_WRONG; i++)
		result = try_retry(asking, &r);
	if (r.first.hello_retry)
		note_exchange(asking, out, "sent a hello without a share: a HelloRetryRequest for %s%s", kb_group_name(r.first.group),
			      server_hello_extension(r.first.server_hello, EXT_COOKIE, &(struct span){ 0 }) ? " with a cookie" : "");
	if (r.first.hello_retry && r.pair)
		note_exchange(asking, out, "sent the share it asked for: %s", r.text);
	if (result == RETRY_WELL)
		is_not_vulnerable(asking, out, "asks for another share once, and goes on with the suite and group it named");
	else if (result == RETRY_WRONG)
		is_vulnerable(asking, out, "what follows a HelloRetryRequest is wrong: %s", r.text);
	else
		is_unknown(asking, out, "no HelloRetryRequest was seen to the end: %s", r.text);
}

/* ---- ChangeCipherSpec of another value ---------------------------------------------------------------------- */

enum odd_ccs { ODD_UNCLEAR, ODD_REFUSED, ODD_TAKEN };

static enum odd_ccs send_odd_ccs(struct asking *asking, struct retry *r)
{
	static const uint8_t odd[] = { RECORD_CCS, 3, 3, 0, 1, 2 };
	uint8_t *room = arena_alloc(arena_of(asking), sizeof odd + HELLO_ROOM);
	struct span bytes = second_hello(asking, r);
	struct raw_record record;

	if (bytes.n == 0)
		return ODD_UNCLEAR;
	memcpy(room, odd, sizeof odd);
	memcpy(room + sizeof odd, bytes.p, bytes.n);
	(void)conn_write(r->d.conn, span_of(room, sizeof odd + bytes.n), r->d.client.wait_ms);
	while (raw_read(&r->d.client, &record))
		if (record.type == RECORD_HANDSHAKE && record.body.n > 0 && record.body.p[0] == HS_SERVER_HELLO)
			return ODD_TAKEN;
	return r->d.client.end == RAW_SILENT || r->d.client.end == RAW_GARBAGE ? ODD_UNCLEAR : ODD_REFUSED;
}

static enum odd_ccs try_odd_ccs(struct asking *asking, struct retry *r)
{
	enum odd_ccs result = ODD_UNCLEAR;

	if (provoke(asking, r))
		result = send_odd_ccs(asking, r);
	end(r);
	/* As above. */
	if (result == ODD_REFUSED && r->d.client.end != RAW_ALERT && !asking_still_answers(asking))
		result = ODD_UNCLEAR;
	return result;
}

void vulnerability_early_ccs_tls13(struct asking *asking, struct audit_vulnerability *out)
{
	enum odd_ccs result;
	struct retry r;

	if (!speaks_13(asking, out))
		return;
	result = try_odd_ccs(asking, &r);
	for (unsigned i = 0; i < CONFIRMATIONS && result == ODD_TAKEN; i++)
		result = try_odd_ccs(asking, &r);
	note_exchange(asking, out, "sent ChangeCipherSpec of value 2 after the HelloRetryRequest: %s",
		      result == ODD_TAKEN ? "a ServerHello" : r.text);
	if (result == ODD_TAKEN)
		is_vulnerable(asking, out, "goes on after a ChangeCipherSpec that RFC 8446 has it refuse");
	else if (result == ODD_REFUSED)
		is_not_vulnerable(asking, out, "refuses a ChangeCipherSpec of another value");
	else
		is_unknown(asking, out, "no retry was had, or no clear answer came: %s", r.text);
}
