/* See bent.h: settings, the hello, and the handshake's course. RFC 5246, RFC 5077, RFC 5746, RFC 6101. */
#include "bent.h"

#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/rd.h"
#include "bent13.h"
#include "hello.h"
#include "pki.h"
#include "tls/codes.h"

enum {
	EXT_HEARTBEAT = 15,
	SCSV_FALLBACK = 0x5600,
	TICKET = 16 + 16 + 2 + 48,
	RANDOM = 32,
	HELLO_MIN = 2 + RANDOM
};

bool bends(const struct bent_peer *peer, const char *word)
{
	return text_has(peer->bent->words, word);
}

/* ---- settings ------------------------------------------------------------------------------------------- */

static const char *bend_option(struct lab *lab, const struct bent *bent, const char *key, const char *fallback)
{
	const char *value = text_option(lab->arena, bent->words, key);

	return value ? value : fallback;
}

static struct span hex_number(struct lab *lab, const char *text)
{
	size_t n = strlen(text) / 2;
	uint8_t *bytes = arena_alloc(lab->arena, n + 1);

	for (size_t i = 0; i < n; i++) {
		char pair[3] = {text[2 * i], text[2 * i + 1], '\0'};

		bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	return span_of(bytes, n);
}

/* dh=BITS: a safe prime of RFC 2409, 3526 or 7919 by its size; dh=composite, dh=small-order: bent. */
static void set_dh(struct lab *lab, struct bent *bent)
{
	static const char p512[] =
		"da583c16d9852289d0e4af756f4cca92dd4be533b804fb0fed94ef9c8a4403ed574650d36999db29d776276ba2d3d412"
		"e218f4dd1e084cf6d8003e7c4774e833";
	const char *which = bend_option(lab, bent, "dh", "2048");
	BIGNUM *p = strcmp(which, "1024") == 0 ? BN_get_rfc2409_prime_1024(NULL) : BN_get_rfc3526_prime_2048(NULL);
	uint8_t *bytes = arena_alloc(lab->arena, 512);

	bent->dh_g = hex_number(lab, "02");
	if (strcmp(which, "composite") == 0)
		BN_add_word(p, 2);
	else if (strcmp(which, "small-order") == 0)
		BN_sub_word(p, 1); /* the generator p - 1, of order two */
	bent->dh_p = span_of(bytes, (size_t)BN_bn2bin(p, bytes));
	if (strcmp(which, "small-order") == 0) {
		bent->dh_g = arena_copy(lab->arena, bent->dh_p);
		BN_add_word(p, 1);
		BN_bn2bin(p, bytes);
	}
	if (strcmp(which, "512") == 0)
		bent->dh_p = hex_number(lab, p512);
	BN_free(p);
}

static void set_suites(struct lab *lab, struct bent *bent)
{
	const char *list = bend_option(lab, bent, "suites", "c02f,c013,009e,0033,009c,002f");
	char *parts[BENT_SUITES_MAX];

	bent->n_suites = text_split(arena_str(lab->arena, list), ",", parts, BENT_SUITES_MAX);
	for (size_t i = 0; i < bent->n_suites; i++)
		bent->suites[i] = (uint16_t)strtoul(parts[i], NULL, 16);
}

void bent_make(struct lab *lab, struct scene *scene)
{
	const struct line *cert = scene_next(scene, "cert", NULL);
	struct bent *bent = arena_new_of(lab->arena, struct bent);
	struct identity identity = pki_identity(lab, scene, cert);

	if (scene_next(scene, "other-cert", NULL)) {
		struct identity other = pki_identity(lab, scene, scene_next(scene, "other-cert", NULL));

		bent->other_leaf = other.leaf;
		bent->other_key = other.key;
	}
	bent->host = scene->host;
	bent->leaf = identity.leaf;
	bent->key = identity.key;
	bent->sent = identity.sent;
	bent->words = "";
	for (const struct line *line = NULL; (line = scene_next(scene, "bend", line));)
		bent->words = arena_printf(lab->arena, "%s %s", bent->words, line->rest);
	bent->low = (uint16_t)strtoul(bend_option(lab, bent, "low", "0303"), NULL, 16);
	bent->high = (uint16_t)strtoul(bend_option(lab, bent, "high", "0303"), NULL, 16);
	set_suites(lab, bent);
	set_dh(lab, bent);
	if (text_has(bent->words, "ecdh-fixed"))
		bent->fixed_ecdh = EVP_EC_gen("prime256v1");
	if (bend_option(lab, bent, "ech", NULL))
		bent->ech = bent_ech_make(lab, scene, bend_option(lab, bent, "ech", NULL));
	if (!text_has(bent->words, "zero-ticket"))
		RAND_bytes(bent->ticket_key, sizeof bent->ticket_key);
	scene->bent = bent;
}

/* ---- two names ----------------------------------------------------------------------------------------------- */

/* The other certificate is whoever's does not ask for this scene's host. */
static bool is_other(const struct bent_peer *peer)
{
	return peer->bent->other_leaf && !span_is_nocase(peer->hello.name, peer->bent->host);
}

X509 *bent_leaf(const struct bent_peer *peer)
{
	return is_other(peer) ? peer->bent->other_leaf : peer->bent->leaf;
}

EVP_PKEY *bent_leaf_key(const struct bent_peer *peer)
{
	return is_other(peer) ? peer->bent->other_key : peer->bent->key;
}

/* ---- the hello --------------------------------------------------------------------------------------------- */

static void read_extension(struct bent_hello *hello, uint16_t type, struct rd body)
{
	struct rd list;

	switch (type) {
	case EXT_SERVER_NAME:
		list = rd_vec16(&body);
		(void)rd_u8(&list);
		body = rd_vec16(&list);
		hello->name = rd_rest(&body);
		break;
	case EXT_SESSION_TICKET:
		hello->has_ticket = true;
		hello->ticket = rd_rest(&body);
		break;
	case EXT_SIGNATURE_ALGORITHMS:
		hello->has_schemes = true;
		list = rd_vec16(&body);
		hello->schemes = rd_rest(&list);
		break;
	case EXT_SUPPORTED_GROUPS:
		hello->has_groups = true;
		list = rd_vec16(&body);
		hello->groups = rd_rest(&list);
		break;
	case EXT_SUPPORTED_VERSIONS:
		list = rd_vec8(&body);
		hello->versions = rd_rest(&list);
		break;
	case EXT_KEY_SHARE:
		list = rd_vec16(&body);
		hello->shares = rd_rest(&list);
		break;
	case EXT_HEARTBEAT: hello->has_heartbeat = true; break;
	case EXT_RENEGOTIATION_INFO: hello->has_renegotiation_info = true; break;
	default: break;
	}
}

bool bent_read_hello(struct bent_hello *hello, struct span body)
{
	struct rd rd = rd_of(body), part;

	*hello = (struct bent_hello){.version = rd_u16(&rd)};
	hello->random = rd_bytes(&rd, RANDOM);
	part = rd_vec8(&rd);
	hello->session_id = rd_rest(&part);
	part = rd_vec16(&rd);
	hello->suites = rd_rest(&part);
	part = rd_vec8(&rd);
	hello->compression = rd_rest(&part);
	if (!rd_ok(&rd))
		return false;
	if (!rd_more(&rd))
		return true;
	part = rd_vec16(&rd);
	while (rd_more(&part)) {
		uint16_t type = rd_u16(&part);

		read_extension(hello, type, rd_vec16(&part));
	}
	return rd_ok(&rd);
}

static bool is_ecdhe(uint16_t code)
{
	return code >= 0xc007 && code <= 0xc030;
}

static bool choose_version(struct bent_peer *peer)
{
	uint16_t asked = peer->hello.version > TLS_1_2 ? TLS_1_2 : peer->hello.version;

	peer->version = asked < peer->bent->high ? asked : peer->bent->high;
	return peer->version >= peer->bent->low || bent_alert(peer, 2, 70);
}

static bool choose_suite(struct bent_peer *peer)
{
	bool p256 = !peer->hello.has_groups || span_has_u16(peer->hello.groups, 0x0017) || bends(peer, "any-group");

	if (span_has_u16(peer->hello.suites, SCSV_FALLBACK) && peer->version < peer->bent->high &&
	    !bends(peer, "no-fallback-guard"))
		return bent_alert(peer, 2, 86);
	for (size_t i = 0; i < peer->bent->n_suites; i++) {
		uint16_t code = peer->bent->suites[i];
		bool needs_12 = (code >= 0x003b && code <= 0x0040) || code == 0x0067 ||
				(code >= 0x009c && code <= 0x009f) || code >= 0xc023;

		if (!span_has_u16(peer->hello.suites, code) || (is_ecdhe(code) && (!p256 || peer->version < TLS_1_0)) ||
		    (needs_12 && peer->version < TLS_1_2))
			continue;
		peer->suite_code = code;
		peer->is_known_suite = raw_suite_of(code, &peer->suite) && peer->version >= TLS_1_0;
		return true;
	}
	return bent_alert(peer, 2, 40);
}

/* ---- the server's flight ------------------------------------------------------------------------------------- */

static void put_empty(struct wr *wr, uint16_t type)
{
	wr_u16(wr, type);
	wr_u16(wr, 0);
}

static bool send_hello(struct bent_peer *peer, bool is_resumed)
{
	uint8_t room[512], id[RANDOM];
	struct wr wr = wr_of(room, sizeof room);
	struct span echo = is_resumed ? peer->hello.session_id : span_of(NULL, 0);
	bool deflate = bends(peer, "deflate") && peer->hello.compression.n > 1;

	RAND_bytes(peer->server_random, RANDOM);
	if (bends(peer, "tls13") && !bends(peer, "no-sentinel"))
		memcpy(peer->server_random + 24, peer->version == TLS_1_2 ? "DOWNGRD\1" : "DOWNGRD\0", 8);
	if (bends(peer, "clock")) {
		uint32_t now = (uint32_t)time(NULL) + (uint32_t)atoi(text_option(peer->arena, peer->bent->words, "clock-off") ? text_option(peer->arena, peer->bent->words, "clock-off") : "0");

		for (int i = 0; i < 4; i++)
			peer->server_random[i] = (uint8_t)(now >> (24 - 8 * i));
	}
	if (is_resumed && bends(peer, "ticketbleed") && echo.n > 0) {
		RAND_bytes(id, sizeof id);
		memcpy(id, echo.p, echo.n < sizeof id ? echo.n : sizeof id);
		echo = span_of(id, sizeof id);
	} else if (!is_resumed && bends(peer, "echo-id")) {
		echo = peer->hello.session_id;
	}
	wr_u16(&wr, peer->version);
	wr_bytes(&wr, span_of(peer->server_random, RANDOM));
	wr_u8(&wr, (uint8_t)echo.n);
	wr_bytes(&wr, echo);
	wr_u16(&wr, peer->suite_code);
	wr_u8(&wr, deflate);
	size_t all = wr_open(&wr, 2);
	bool says_info = peer->hello.has_renegotiation_info || span_has_u16(peer->hello.suites, 0x00ff);
	if (says_info && !bends(peer, "no-renegotiation-info") && !peer->is_in_encrypted) {
		wr_u16(&wr, EXT_RENEGOTIATION_INFO);
		wr_u16(&wr, 1);
		wr_u8(&wr, 0);
	}
	if (peer->hello.has_ticket && bends(peer, "tickets") && !is_resumed)
		put_empty(&wr, EXT_SESSION_TICKET);
	if (peer->hello.has_heartbeat && (bends(peer, "heartbeat") || bends(peer, "heartbleed"))) {
		wr_u16(&wr, EXT_HEARTBEAT);
		wr_u16(&wr, 1);
		wr_u8(&wr, 1);
	}
	wr_close(&wr, all, 2);
	return bent_send_message(peer, HS_SERVER_HELLO, wr_span(&wr));
}

static void put_certificate(struct wr *wr, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	size_t mark = wr_open(wr, 3);

	wr_bytes(wr, span_of(der, n > 0 ? (size_t)n : 0));
	wr_close(wr, mark, 3);
	OPENSSL_free(der);
}

static bool send_certificates(struct bent_peer *peer)
{
	uint8_t *room = arena_alloc(peer->arena, 16384);
	struct wr wr = wr_of(room, 16384);
	size_t mark = wr_open(&wr, 3);

	put_certificate(&wr, bent_leaf(peer));
	for (int i = 0; i < sk_X509_num(peer->bent->sent); i++)
		put_certificate(&wr, sk_X509_value(peer->bent->sent, i));
	wr_close(&wr, mark, 3);
	return bent_send_message(peer, HS_CERTIFICATE, wr_span(&wr));
}

static bool is_anonymous(uint16_t code)
{
	return code == 0x0018 || code == 0x001b || code == 0x0034 || code == 0x003a;
}

static bool send_flight(struct bent_peer *peer)
{
	uint8_t *room = arena_alloc(peer->arena, 4096);
	struct wr wr = wr_of(room, 4096);

	if (!send_hello(peer, false) || (!is_anonymous(peer->suite_code) && !send_certificates(peer)))
		return false;
	if (!bent_put_key_exchange(peer, &wr))
		return bent_alert(peer, 2, 40);
	if (wr.n > 0 && !bent_send_message(peer, HS_SERVER_KEY_EXCHANGE, wr_span(&wr)))
		return false;
	/* RSA alone, any scheme, no names. */
	static const uint8_t request[] = {1, 1, 0, 2, 4, 1, 0, 0};
	if (bends(peer, "client-cert") &&
	    !bent_send_message(peer, HS_CERTIFICATE_REQUEST, span_of(request, sizeof request)))
		return false;
	return bent_send_message(peer, HS_SERVER_HELLO_DONE, span_of(NULL, 0));
}

/* ---- keys, Finished, tickets ------------------------------------------------------------------------------------ */

static bool derive(struct bent_peer *peer)
{
	return raw_keys_derive(&peer->suite, peer->version, peer->master, peer->client_random, peer->server_random,
			       &peer->next_in, &peer->next_out);
}

static bool verify_data(struct bent_peer *peer, const char *label, uint8_t out[RAW_VERIFY])
{
	uint8_t hash[RAW_HASH_MAX];
	size_t n = raw_transcript_hash(peer->version, peer->suite.prf, span_of(peer->transcript, peer->n_transcript),
				       hash);

	return raw_prf(peer->version, peer->suite.prf, span_of(peer->master, RAW_MASTER), label, span_of(hash, n), out,
		       RAW_VERIFY);
}

static bool send_finished(struct bent_peer *peer)
{
	static const uint8_t one[] = {1};
	uint8_t data[RAW_VERIFY];

	if (!bent_send(peer, RECORD_CCS, span_of(one, 1)))
		return false;
	peer->out = peer->next_out;
	peer->is_out_encrypted = true;
	return verify_data(peer, "server finished", data) &&
	       bent_send_message(peer, HS_FINISHED, span_of(data, sizeof data));
}

static bool read_finished(struct bent_peer *peer)
{
	uint8_t type, wanted[RAW_VERIFY];
	struct span body, whole;

	do {
		if (!bent_read(peer, &type, &body))
			return false;
	} while (type == RECORD_ALERT && body.n == 2 && body.p[0] == 1);
	if (type != RECORD_CCS)
		return bent_alert(peer, 2, 10);
	peer->in = peer->next_in;
	peer->is_in_encrypted = true;
	if (!verify_data(peer, "client finished", wanted) || !bent_read_message(peer, &type, &body, &whole))
		return false;
	if (type != HS_FINISHED || !span_equal(body, span_of(wanted, sizeof wanted)))
		return bent_alert(peer, 2, 51);
	bent_note(peer, whole);
	return true;
}

/* Name, IV, suite and master secret in clear, HMAC: a lab keeps no secrets. */
static bool send_ticket(struct bent_peer *peer)
{
	uint8_t room[6 + TICKET + 32];
	struct wr wr = wr_of(room, sizeof room);

	wr_u32(&wr, bends(peer, "ticket-month") ? 2592000 : 7200);
	wr_u16(&wr, TICKET + 32);
	wr_fill(&wr, 0x4e, 32);
	wr_u16(&wr, peer->suite_code);
	wr_bytes(&wr, span_of(peer->master, RAW_MASTER));
	HMAC(EVP_sha256(), peer->bent->ticket_key, 32, room + 6, TICKET, room + 6 + TICKET, NULL);
	wr.n += 32;
	return bent_send_message(peer, HS_NEW_SESSION_TICKET, wr_span(&wr));
}

static bool opens_ticket(struct bent_peer *peer)
{
	uint8_t mac[32];
	struct span t = peer->hello.ticket;

	if (is_other(peer) && !bends(peer, "shares-tickets"))
		return false;
	if (!bends(peer, "tickets") || t.n != TICKET + 32 ||
	    !HMAC(EVP_sha256(), peer->bent->ticket_key, 32, t.p, TICKET, mac, NULL) ||
	    memcmp(mac, t.p + TICKET, 32) != 0)
		return false;
	peer->suite_code = (uint16_t)(t.p[32] << 8 | t.p[33]);
	memcpy(peer->master, t.p + 34, RAW_MASTER);
	return raw_suite_of(peer->suite_code, &peer->suite);
}

static bool resume(struct bent_peer *peer)
{
	return send_hello(peer, true) && derive(peer) && send_finished(peer) && read_finished(peer);
}

static bool finish(struct bent_peer *peer)
{
	uint8_t type, premaster[1024], seed[2 * RANDOM];
	struct span body, whole;
	size_t n;

	if (!bent_read_message(peer, &type, &body, &whole))
		return false;
	if (type == HS_CERTIFICATE && bends(peer, "client-cert")) {
		bent_note(peer, whole);
		if (!bent_read_message(peer, &type, &body, &whole))
			return false;
	}
	if (type != HS_CLIENT_KEY_EXCHANGE)
		return bent_alert(peer, 2, 10);
	bent_note(peer, whole);
	n = bent_take_exchange(peer, body, premaster, sizeof premaster);
	memcpy(seed, peer->client_random, RANDOM);
	memcpy(seed + RANDOM, peer->server_random, RANDOM);
	if (n == 0 ||
	    !raw_prf(peer->version, peer->suite.prf, span_of(premaster, n), "master secret", span_of(seed, sizeof seed),
		     peer->master, RAW_MASTER) ||
	    !derive(peer) || !read_finished(peer))
		return false;
	if (peer->hello.has_ticket && bends(peer, "tickets") && !send_ticket(peer))
		return false;
	return send_finished(peer);
}

/* From a ClientHello, already read, to Finished. */
static bool shake_hands(struct bent_peer *peer, struct span body, struct span whole)
{
	peer->n_transcript = 0;
	bent_note(peer, whole);
	if (!bent_read_hello(&peer->hello, body))
		return bent_alert(peer, 2, 50);
	memcpy(peer->client_random, peer->hello.random.p, RANDOM);
	if (!choose_version(peer))
		return false;
	if (opens_ticket(peer))
		return resume(peer);
	if (bends(peer, "warns-name") && peer->hello.name.n > 0)
		(void)bent_alert(peer, 1, 112);
	return choose_suite(peer) && send_flight(peer) && peer->is_known_suite && finish(peer);
}

/* ---- SSLv2
 * ------------------------------------------------------------------------------------------------------------ */

/* draft-hickman-netscape-ssl 2.6: SERVER-HELLO with a certificate and two cipher kinds. */
static bool answer_ssl2(struct bent_peer *peer)
{
	static const uint8_t kinds[] = {1, 0, 0x80, 7, 0, 0xc0};
	uint8_t first[2], room[4096];
	struct wr wr = wr_of(room, sizeof room);
	unsigned char *der = NULL;
	int n;

	if (recv(peer->channel->fd, first, 2, MSG_PEEK | MSG_WAITALL) != 2 || !(first[0] & 0x80))
		return false;
	if (!bends(peer, "ssl2"))
		return true;
	n = i2d_X509(peer->bent->leaf, &der);
	wr_u16(&wr, (uint16_t)(0x8000 | (11 + (unsigned)n + sizeof kinds + 16)));
	wr_u8(&wr, 4);
	wr_u8(&wr, 0);
	wr_u8(&wr, 1);
	wr_u16(&wr, 0x0002);
	wr_u16(&wr, (uint16_t)n);
	wr_u16(&wr, sizeof kinds);
	wr_u16(&wr, 16);
	wr_bytes(&wr, span_of(der, (size_t)n));
	wr_bytes(&wr, span_of(kinds, sizeof kinds));
	wr_fill(&wr, 0x5a, 16);
	OPENSSL_free(der);
	(void)channel_send(peer->channel, wr_span(&wr));
	return true;
}

/* ---- a connection
 * ------------------------------------------------------------------------------------------------------ */

/* Data is answered once; a hello begins again, where the scene allows it. */
static void talk(struct bent_peer *peer)
{
	uint8_t type;
	struct span body;

	while (bent_read(peer, &type, &body)) {
		if (type == RECORD_DATA) {
			if (body.n > 0 && !bent_send(peer, RECORD_DATA, peer->channel->scene->answer))
				return;
			if (body.n > 0)
				(void)bent_alert(peer, 1, 0);
			if (body.n > 0)
				return;
		} else if (type == RECORD_HANDSHAKE && body.n >= 4 && body.p[0] == HS_CLIENT_HELLO) {
			if (!bends(peer, "renegotiates")) {
				(void)bent_alert(peer, 1, 100);
				continue;
			}
			if (!shake_hands(peer, span_sub(body, 4, body.n), body))
				return;
		} else {
			return;
		}
	}
}

void bent_serve(struct channel *channel)
{
	struct bent_peer peer = {
		.bent = channel->scene->bent, .channel = channel, .arena = arena_new((size_t)16 << 20)};
	uint8_t type;
	struct span body, whole;

	if (!answer_ssl2(&peer) && bent_read_message(&peer, &type, &body, &whole) && type == HS_CLIENT_HELLO) {
		bool is_13 = bends(&peer, "tls13") || bends(&peer, "tls13-careless");

		if (!(is_13 && bent13_serve(&peer, body, whole)) && shake_hands(&peer, body, whole))
			talk(&peer);
	}
	EVP_PKEY_free(peer.ecdh);
	BN_free(peer.dh_x);
	arena_free(peer.arena);
	channel_close(channel);
}
