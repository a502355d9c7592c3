/* See bent13.h. RFC 8446, RFC 8879, RFC 9849. */
#include "bent13.h"

#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <zlib.h>

#include "base/rd.h"
#include "hello.h"
#include "tls/codes.h"
#include "tls/ech.h"
#include "tls/keyshare.h"
#include "tls/schedule13.h"

enum {
	SUITE = 0x1301, OTHER_SUITE = 0x1303, X25519 = 0x001d, RANDOM = 32, KEY = 16, IV = 12, TAG = 16, HASH = 32,
	TICKET_NAME = 16, TICKET = TICKET_NAME + HASH, ROOM = 32768, FLIGHT_PART = 16000,
	ALERT_MAC = 20, ALERT_ILLEGAL = 47, ALERT_DECRYPT = 51, EXT_COMPRESS = 27
};

static const uint8_t retry_random[RANDOM] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c
};
static const uint8_t cookie[] = { 'l', 'a', 'b', ' ', 'c', 'o', 'o', 'k', 'i', 'e' };

struct keys13 {
	uint8_t key[KEY], iv[IV];
	uint64_t n;
};

/* One connection's TLS 1.3. */
struct talk {
	struct bent_peer *peer;
	struct rd extensions;           /* of the hello that counts */
	struct span session_id;
	struct schedule13 secret;       /* handshake, then master */
	struct keys13 in, out;
	bool is_encrypted;
	uint8_t client_secret[HASH], server_secret[HASH], psk[HASH];
	bool has_psk, is_hidden, is_retried;
	uint16_t group;
};

static bool extension(const struct talk *t, uint16_t wanted, struct span *body)
{
	struct rd list = t->extensions;

	while (rd_more(&list)) {
		uint16_t type = rd_u16(&list);
		struct rd one = rd_vec16(&list);

		if (type == wanted) {
			*body = rd_rest(&one);
			return true;
		}
	}
	return false;
}

static const char *option(const struct talk *t, const char *key, const char *fallback)
{
	const char *value = text_option(t->peer->arena, t->peer->bent->words, key);

	return value ? value : fallback;
}

/* ---- records ------------------------------------------------------------------------------------------- */

static void nonce_of(const struct keys13 *keys, uint8_t nonce[IV])
{
	memcpy(nonce, keys->iv, IV);
	for (int i = 0; i < 8; i++)
		nonce[IV - 1 - i] ^= (uint8_t)(keys->n >> 8 * i);
}

/* One AES-128-GCM record; the length of what came out, -1 when it does not open. */
static int gcm(struct keys13 *keys, bool seals, const uint8_t head[5], struct span text, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t n_text = seals ? text.n : text.n - TAG;
	uint8_t nonce[IV], tag[TAG];
	int n = 0, more = 0;
	bool done;

	nonce_of(keys, nonce);
	if (!seals)
		memcpy(tag, text.p + n_text, TAG);
	done = ctx && EVP_CipherInit_ex(ctx, EVP_aes_128_gcm(), NULL, keys->key, nonce, seals) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &n, head, 5) == 1 && EVP_CipherUpdate(ctx, out, &n, text.p, (int)n_text) == 1 &&
	       (seals || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, tag) == 1) && EVP_CipherFinal_ex(ctx, out + n, &more) == 1 &&
	       (!seals || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, out + n) == 1);
	EVP_CIPHER_CTX_free(ctx);
	keys->n++;
	return done ? n + (seals ? TAG : 0) : -1;
}

static bool put_record(struct talk *t, uint8_t type, struct span payload)
{
	uint8_t *plain = arena_alloc(t->peer->arena, payload.n + 1), *record = arena_alloc(t->peer->arena, 5 + payload.n + 1 + TAG);
	size_t n = payload.n + 1 + TAG;

	if (!t->is_encrypted)
		return bent_send(t->peer, type, payload);
	memcpy(plain, payload.p, payload.n);
	plain[payload.n] = type;
	memcpy(record, (const uint8_t[]){ RECORD_DATA, 3, 3, (uint8_t)(n >> 8), (uint8_t)n }, 5);
	return gcm(&t->out, true, record, span_of(plain, payload.n + 1), record + 5) == (int)n &&
	       channel_send(t->peer->channel, span_of(record, 5 + n));
}

static bool put_message(struct talk *t, uint8_t type, struct span body)
{
	size_t n = body.n + 4;
	struct wr wr = wr_of(arena_alloc(t->peer->arena, n), n);
	struct span whole;

	wr_u8(&wr, type);
	wr_u24(&wr, (uint32_t)body.n);
	wr_bytes(&wr, body);
	whole = wr_span(&wr);
	bent_note(t->peer, whole);
	for (; whole.n > FLIGHT_PART; whole = span_sub(whole, FLIGHT_PART, whole.n))
		if (!put_record(t, RECORD_HANDSHAKE, span_sub(whole, 0, FLIGHT_PART)))
			return false;
	return put_record(t, RECORD_HANDSHAKE, whole);
}

static bool put_alert(struct talk *t, uint8_t code)
{
	const uint8_t alert[] = { 2, code };

	(void)put_record(t, RECORD_ALERT, span_of(alert, sizeof alert));
	return false;
}

/* The next record that says something, opened. */
static bool take_record(struct talk *t, uint8_t *type, struct span *body)
{
	for (;;) {
		struct span sealed;
		uint8_t *out;
		int n;

		if (!bent_read(t->peer, type, &sealed))
			return false;
		if (*type == RECORD_CCS && sealed.n == 1 && (sealed.p[0] == 1 || bends(t->peer, "tls13-careless")))
			continue;
		if (*type == RECORD_CCS)
			return put_alert(t, 10);
		*body = sealed;
		if (!t->is_encrypted || *type != RECORD_DATA)
			return true;
		out = arena_alloc(t->peer->arena, sealed.n);
		n = sealed.n > TAG ? gcm(&t->in, false, (const uint8_t[]){ RECORD_DATA, 3, 3, (uint8_t)(sealed.n >> 8), (uint8_t)sealed.n }, sealed, out) : -1;
		while (n > 0 && out[n - 1] == 0)
			n--;
		if (n <= 0)
			return put_alert(t, ALERT_MAC);
		*type = out[n - 1];
		*body = span_of(out, (size_t)n - 1);
		return true;
	}
}

/* ---- the key schedule ----------------------------------------------------------------------------------- */

static struct span transcript(const struct talk *t)
{
	return span_of(t->peer->transcript, t->peer->n_transcript);
}

static bool traffic(const struct schedule13 *secret, const char *label, struct span hash, uint8_t out[HASH], struct keys13 *keys)
{
	struct schedule13 s = *secret;

	keys->n = 0;
	if (!schedule13_derive(&s, label, hash))
		return false;
	memcpy(out, s.secret, HASH);
	return schedule13_expand(&s, "key", span_of(NULL, 0), keys->key, KEY) && schedule13_expand(&s, "iv", span_of(NULL, 0), keys->iv, IV);
}

static bool handshake_keys(struct talk *t, struct span shared)
{
	static const uint8_t zeros[HASH];
	struct span messages = transcript(t);
	uint8_t hash[EVP_MAX_MD_SIZE];

	/* Whoever forgets the first hello has keys that fit nothing. */
	if (t->is_retried && bends(t->peer, "retry-forgets"))
		messages = span_sub(messages, 8, messages.n);
	schedule13_init(&t->secret, false);
	return schedule13_digest(&t->secret, &messages, 1, hash) &&
	       schedule13_extract(&t->secret, t->has_psk ? span_of(t->psk, HASH) : span_of(zeros, HASH)) &&
	       schedule13_derive_empty(&t->secret, "derived") && schedule13_extract(&t->secret, shared.n ? shared : span_of(zeros, HASH)) &&
	       traffic(&t->secret, "c hs traffic", span_of(hash, HASH), t->client_secret, &t->in) &&
	       traffic(&t->secret, "s hs traffic", span_of(hash, HASH), t->server_secret, &t->out);
}

static bool finished(const struct talk *t, const uint8_t secret[HASH], uint8_t out[EVP_MAX_MD_SIZE])
{
	struct span messages = transcript(t);
	uint8_t key[HASH], hash[EVP_MAX_MD_SIZE];
	struct schedule13 s = t->secret;

	memcpy(s.secret, secret, HASH);
	return schedule13_expand(&s, "finished", span_of(NULL, 0), key, HASH) && schedule13_digest(&s, &messages, 1, hash) &&
	       schedule13_hmac(&s, span_of(key, HASH), span_of(hash, HASH), out);
}

/* ---- sessions -------------------------------------------------------------------------------------------- */

/* Name and PSK in clear: a lab keeps no secrets. The binder is not looked at. */
static void take_session(struct talk *t)
{
	struct rd rd, list, one;
	struct span body, modes = { 0 };

	if (bent_leaf(t->peer) != t->peer->bent->leaf && !bends(t->peer, "shares-tickets"))
		return;
	if (!bends(t->peer, "tickets") || !extension(t, EXT_PRE_SHARED_KEY, &body) || !extension(t, EXT_PSK_MODES, &modes))
		return;
	rd = rd_of(body);
	list = rd_vec16(&rd);
	one = rd_vec16(&list);
	body = rd_rest(&one);
	if (body.n != TICKET || !(memchr(modes.p + 1, 1, modes.n - 1) || bends(t->peer, "psk-ke")))
		return;
	memcpy(t->psk, body.p + TICKET_NAME, HASH);
	t->has_psk = true;
}

static bool takes_psk_alone(const struct talk *t)
{
	struct span modes = { 0 };

	return t->has_psk && bends(t->peer, "psk-ke") && extension(t, EXT_PSK_MODES, &modes) && !memchr(modes.p + 1, 1, modes.n - 1);
}

static bool give_ticket(struct talk *t)
{
	struct span messages = transcript(t);
	uint8_t hash[EVP_MAX_MD_SIZE], psk[HASH], room[256];
	const uint8_t nonce[] = { 7 };
	struct schedule13 s = t->secret;
	struct wr wr = wr_of(room, sizeof room);
	size_t mark, early;

	if (!schedule13_digest(&s, &messages, 1, hash) || !schedule13_derive(&s, "res master", span_of(hash, HASH)) ||
	    !schedule13_expand(&s, "resumption", span_of(nonce, 1), psk, HASH))
		return false;
	wr_u32(&wr, bends(t->peer, "ticket-month") ? 2592000 : 7200);
	wr_u32(&wr, 0x01020304);
	wr_u8(&wr, 1);
	wr_bytes(&wr, span_of(nonce, 1));
	mark = wr_open(&wr, 2);
	wr_fill(&wr, 0x4e, TICKET_NAME);
	wr_bytes(&wr, span_of(psk, HASH));
	wr_close(&wr, mark, 2);
	early = wr_open(&wr, 2);
	if (bends(t->peer, "early") || bends(t->peer, "early-refused")) {
		wr_u16(&wr, EXT_EARLY_DATA);
		wr_u16(&wr, 4);
		wr_u32(&wr, 16384);
	}
	wr_close(&wr, early, 2);
	return put_message(t, HS_NEW_SESSION_TICKET, wr_span(&wr)) && put_message(t, HS_NEW_SESSION_TICKET, wr_span(&wr));
}

/* ---- ServerHello ----------------------------------------------------------------------------------------------- */

static void put_extension(struct wr *wr, uint16_t type, struct span body)
{
	wr_u16(wr, type);
	wr_u16(wr, (uint16_t)body.n);
	wr_bytes(wr, body);
}

/* The first group of ours that the client knows; 0 none. */
static uint16_t choose_group(const struct talk *t)
{
	char *parts[16];
	size_t n = text_split(arena_str(t->peer->arena, option(t, "groups", "001d")), ",", parts, COUNT_OF(parts));

	for (size_t i = 0; i < n; i++) {
		uint16_t group = (uint16_t)strtoul(parts[i], NULL, 16);

		if (span_has_u16(t->peer->hello.groups, group))
			return group;
	}
	return 0;
}

static struct span share_of(const struct talk *t, uint16_t group)
{
	struct rd list = rd_of(t->peer->hello.shares);

	while (rd_more(&list)) {
		uint16_t code = rd_u16(&list);
		struct rd one = rd_vec16(&list);

		if (code == group)
			return rd_rest(&one);
	}
	return span_of(NULL, 0);
}

static struct wr hello_begin(struct talk *t, const uint8_t random[RANDOM], uint16_t suite, size_t *mark)
{
	struct wr wr = wr_of(arena_alloc(t->peer->arena, 4096), 4096);
	static const uint8_t version[] = { 3, 4 };

	wr_u16(&wr, TLS_1_2);
	wr_bytes(&wr, span_of(random, RANDOM));
	wr_u8(&wr, (uint8_t)t->session_id.n);
	wr_bytes(&wr, t->session_id);
	wr_u16(&wr, suite);
	wr_u8(&wr, 0);
	*mark = wr_open(&wr, 2);
	put_extension(&wr, EXT_SUPPORTED_VERSIONS, span_of(version, sizeof version));
	return wr;
}

static bool send_retry(struct talk *t)
{
	const uint8_t group[] = { (uint8_t)(t->group >> 8), (uint8_t)t->group };
	uint8_t hash[EVP_MAX_MD_SIZE], head[4 + EVP_MAX_MD_SIZE] = { HS_MESSAGE_HASH, 0, 0, HASH };
	struct span first = transcript(t), with_length;
	uint8_t body[2 + sizeof cookie] = { 0, sizeof cookie };
	struct schedule13 s;
	size_t mark;
	struct wr wr = hello_begin(t, retry_random, SUITE, &mark);

	schedule13_init(&s, false);
	if (!schedule13_digest(&s, &first, 1, hash))
		return false;
	memcpy(head + 4, hash, HASH);
	t->peer->n_transcript = 0;
	bent_note(t->peer, span_of(head, 4 + HASH));
	put_extension(&wr, EXT_KEY_SHARE, span_of(group, sizeof group));
	memcpy(body + 2, cookie, sizeof cookie);
	with_length = span_of(body, sizeof body);
	if (bends(t->peer, "cookie"))
		put_extension(&wr, EXT_COOKIE, with_length);
	wr_close(&wr, mark, 2);
	t->is_retried = true;
	return put_message(t, HS_SERVER_HELLO, wr_span(&wr));
}

/* Where there is no arithmetic for the group, a share that looks like one. */
static size_t make_share(struct talk *t, struct span theirs, uint8_t *share, uint8_t secret[HASH])
{
	EVP_PKEY *own, *peer;
	EVP_PKEY_CTX *ctx;
	size_t n = HASH, n_share = HASH;
	bool done;

	if (t->group != X25519) {
		struct wr wr = wr_of(share, 2048);
		uint8_t random[64];

		RAND_bytes(random, sizeof random);
		keyshare_write(&wr, t->group, random);
		return wr.n;
	}
	own = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, theirs.p, theirs.n);
	ctx = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;
	done = ctx && peer && EVP_PKEY_get_raw_public_key(own, share, &n_share) == 1 && EVP_PKEY_derive_init(ctx) == 1 &&
	       EVP_PKEY_derive_set_peer(ctx, peer) == 1 && EVP_PKEY_derive(ctx, secret, &n) == 1;
	if (!done && bends(t->peer, "tls13-careless"))
		memset(secret, 0, HASH);        /* a share of zeros, and nobody looks */
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	EVP_PKEY_free(own);
	return done || bends(t->peer, "tls13-careless") ? n_share : 0;
}

/* The last eight bytes of the random tell that the hidden hello was taken: over the message with zeros there. */
static void confirm_hidden(const struct talk *t, struct wr *wr)
{
	uint8_t *message = arena_alloc(t->peer->arena, 4 + wr->n);
	struct span inner = transcript(t);

	message[0] = HS_SERVER_HELLO;
	message[1] = 0;
	message[2] = (uint8_t)(wr->n >> 8);
	message[3] = (uint8_t)wr->n;
	memset(wr->p + 2 + RANDOM - 8, 0, 8);
	memcpy(message + 4, wr->p, wr->n);
	(void)ech_confirm(SUITE, inner, span_of(message, 4 + wr->n), wr->p + 2 + RANDOM - 8);
}

static bool send_hello(struct talk *t)
{
	struct span theirs = share_of(t, t->group);
	uint8_t random[RANDOM], share[2048], secret[HASH] = { 0 };
	static const uint8_t first[] = { 0, 0 };
	bool alone = takes_psk_alone(t);
	size_t n_share = alone ? 0 : make_share(t, theirs, share, secret), mark, list;
	struct wr wr;

	if (n_share == 0 && !alone)
		return put_alert(t, ALERT_ILLEGAL);
	RAND_bytes(random, sizeof random);
	wr = hello_begin(t, random, t->is_retried && bends(t->peer, "retry-suite") ? OTHER_SUITE : SUITE, &mark);
	if (!alone) {
		wr_u16(&wr, EXT_KEY_SHARE);
		list = wr_open(&wr, 2);
		wr_u16(&wr, t->group);
		wr_u16(&wr, (uint16_t)n_share);
		wr_bytes(&wr, span_of(share, n_share));
		wr_close(&wr, list, 2);
	}
	if (t->has_psk)
		put_extension(&wr, EXT_PRE_SHARED_KEY, span_of(first, sizeof first));
	wr_close(&wr, mark, 2);
	if (t->is_hidden)
		confirm_hidden(t, &wr);
	if (!put_message(t, HS_SERVER_HELLO, wr_span(&wr)) || !handshake_keys(t, alone ? span_of(NULL, 0) : span_of(secret, HASH)))
		return false;
	t->is_encrypted = true;
	return true;
}

/* ---- the encrypted flight -------------------------------------------------------------------------------------- */

static bool send_encrypted_extensions(struct talk *t)
{
	uint8_t room[1024];
	struct wr wr = wr_of(room, sizeof room);
	size_t all = wr_open(&wr, 2);
	struct span body;

	if (t->has_psk && bends(t->peer, "early") && extension(t, EXT_EARLY_DATA, &body))
		put_extension(&wr, EXT_EARLY_DATA, span_of(NULL, 0));
	if (t->peer->bent->ech && !t->is_hidden && !bends(t->peer, "ech-no-retry") && extension(t, EXT_ECH, &body))
		put_extension(&wr, EXT_ECH, bent_ech_configs(t->peer->bent->ech));
	wr_close(&wr, all, 2);
	return put_message(t, HS_ENCRYPTED_EXTENSIONS, wr_span(&wr));
}

static bool ask_certificate(struct talk *t)
{
	static const uint8_t request[] = { 0, 0, 8, 0, 13, 0, 4, 0, 2, 8, 4 };

	return !bends(t->peer, "client-cert") || put_message(t, HS_CERTIFICATE_REQUEST, span_of(request, sizeof request));
}

static void put_certificate(struct wr *wr, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	size_t mark = wr_open(wr, 3);

	wr_bytes(wr, span_of(der, n > 0 ? (size_t)n : 0));
	wr_close(wr, mark, 3);
	wr_u16(wr, 0);
	OPENSSL_free(der);
}

/* RFC 8879: zlib, where it is wanted; compress-lies says one byte too many. */
static bool send_compressed(struct talk *t, struct span body)
{
	uLongf n = compressBound(body.n);
	uint8_t *packed = arena_alloc(t->peer->arena, n);
	struct wr wr = wr_of(arena_alloc(t->peer->arena, n + 16), n + 16);
	size_t mark;

	if (compress(packed, &n, body.p, body.n) != Z_OK)
		return false;
	wr_u16(&wr, 1);
	wr_u24(&wr, (uint32_t)body.n + (bends(t->peer, "compress-lies") ? 1 : 0));
	mark = wr_open(&wr, 3);
	wr_bytes(&wr, span_of(packed, n));
	wr_close(&wr, mark, 3);
	return put_message(t, HS_COMPRESSED_CERTIFICATE, wr_span(&wr));
}

static bool send_certificates(struct talk *t)
{
	const struct bent *bent = t->peer->bent;
	struct wr wr = wr_of(arena_alloc(t->peer->arena, ROOM), ROOM);
	struct span wanted = { 0 };
	size_t mark;

	wr_u8(&wr, 0);
	mark = wr_open(&wr, 3);
	put_certificate(&wr, bent_leaf(t->peer));
	for (int i = 0; i < sk_X509_num(bent->sent); i++)
		put_certificate(&wr, sk_X509_value(bent->sent, i));
	wr_close(&wr, mark, 3);
	if (bends(t->peer, "compress") && extension(t, EXT_COMPRESS, &wanted) && wanted.n > 0 &&
	    span_has_u16(span_sub(wanted, 1, wanted.n), 1))
		return send_compressed(t, wr_span(&wr));
	return put_message(t, HS_CERTIFICATE, wr_span(&wr));
}

static bool send_verify(struct talk *t)
{
	struct span messages = transcript(t);
	uint8_t text[64 + 34 + HASH], hash[EVP_MAX_MD_SIZE], signature[1024], room[1100];
	size_t n = sizeof signature;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	struct wr wr = wr_of(room, sizeof room);
	bool done;

	memset(text, ' ', 64);
	memcpy(text + 64, "TLS 1.3, server CertificateVerify", 34);
	done = ctx && schedule13_digest(&t->secret, &messages, 1, hash);
	memcpy(text + 64 + 34, hash, HASH);
	done = done && EVP_DigestSignInit(ctx, &how, EVP_sha256(), NULL, bent_leaf_key(t->peer)) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1 &&
	       EVP_DigestSign(ctx, signature, &n, text, sizeof text) == 1;
	EVP_MD_CTX_free(ctx);
	wr_u16(&wr, 0x0804);
	wr_u16(&wr, (uint16_t)n);
	wr_bytes(&wr, span_of(signature, n));
	return done && put_message(t, HS_CERTIFICATE_VERIFY, wr_span(&wr));
}

static bool send_flight(struct talk *t)
{
	uint8_t data[EVP_MAX_MD_SIZE];

	if (!send_encrypted_extensions(t) || (!t->has_psk && (!ask_certificate(t) || !send_certificates(t) || !send_verify(t))))
		return false;
	return finished(t, t->server_secret, data) && put_message(t, HS_FINISHED, span_of(data, HASH));
}

/* The client's Finished is believed; what it sends for a certificate is passed over. */
static bool take_finished(struct talk *t)
{
	struct span body;
	uint8_t type;

	while (take_record(t, &type, &body)) {
		if (type != RECORD_HANDSHAKE || body.n < 4)
			return false;
		bent_note(t->peer, body);
		if (body.p[0] == HS_FINISHED || span_find(body, span_of((const uint8_t[]){ HS_FINISHED, 0, 0, HASH }, 4)) >= 0)
			return true;
	}
	return false;
}

static bool application_keys(struct talk *t, struct span before_client)
{
	uint8_t hash[EVP_MAX_MD_SIZE], unused[HASH];

	return schedule13_digest(&t->secret, &before_client, 1, hash) && traffic(&t->secret, "c ap traffic", span_of(hash, HASH), unused, &t->in) &&
	       traffic(&t->secret, "s ap traffic", span_of(hash, HASH), unused, &t->out);
}

static bool finish(struct talk *t)
{
	static const uint8_t zeros[HASH];
	struct span flight = arena_copy(t->peer->arena, transcript(t));

	if (!take_finished(t) || !schedule13_derive_empty(&t->secret, "derived") || !schedule13_extract(&t->secret, span_of(zeros, HASH)) ||
	    !application_keys(t, flight))
		return false;
	return !bends(t->peer, "tickets") || give_ticket(t);
}

/* ---- a connection ------------------------------------------------------------------------------------------------ */

static bool read_extensions(struct talk *t, struct span body)
{
	struct rd rd = rd_of(body), id;

	rd_skip(&rd, 2 + RANDOM);
	id = rd_vec8(&rd);
	t->session_id = rd_rest(&id);
	(void)rd_vec16(&rd);
	(void)rd_vec8(&rd);
	t->extensions = rd_vec16(&rd);
	return rd_ok(&rd);
}

/* Extensions that the hidden hello has of the outer one, RFC 9849 5.1. */
static void put_outer(struct wr *wr, const struct talk *t, struct rd body)
{
	struct rd types = rd_vec8(&body);
	struct span found;

	while (rd_more(&types)) {
		uint16_t type = rd_u16(&types);

		if (extension(t, type, &found))
			put_extension(wr, type, found);
	}
}

/* The hidden hello, with the session id of the one that hid it, takes its place; behind it comes padding. */
static struct span reveal(struct talk *t, struct span body)
{
	enum { OUTER_EXTENSIONS = 0xfd00, CAP = 16384 };
	const struct bent *bent = t->peer->bent;
	struct span hidden = bent->ech ? bent_ech_reveal(t->peer->arena, bent->ech, body) : span_of(NULL, 0);
	struct rd rd = rd_of(hidden), list;
	struct wr wr = wr_of(arena_alloc(t->peer->arena, CAP), CAP);
	size_t mark;

	if (hidden.n == 0 || bends(t->peer, "ech-other-key"))
		return span_of(NULL, 0);
	wr_bytes(&wr, rd_bytes(&rd, 2 + RANDOM));
	(void)rd_vec8(&rd);
	wr_u8(&wr, (uint8_t)t->session_id.n);
	wr_bytes(&wr, t->session_id);
	list = rd_vec16(&rd);
	wr_u16(&wr, (uint16_t)list.n);
	wr_bytes(&wr, rd_rest(&list));
	list = rd_vec8(&rd);
	wr_u8(&wr, (uint8_t)list.n);
	wr_bytes(&wr, rd_rest(&list));
	list = rd_vec16(&rd);
	mark = wr_open(&wr, 2);
	while (rd_more(&list)) {
		uint16_t type = rd_u16(&list);
		struct rd one = rd_vec16(&list);

		if (type == OUTER_EXTENSIONS)
			put_outer(&wr, t, one);
		else
			put_extension(&wr, type, rd_rest(&one));
	}
	wr_close(&wr, mark, 2);
	return rd_ok(&rd) && rd_ok(&list) ? wr_span(&wr) : span_of(NULL, 0);
}

static bool take_second_hello(struct talk *t, struct span *body)
{
	struct span record, sent;
	uint8_t type;

	if (!take_record(t, &type, &record) || type != RECORD_HANDSHAKE || record.n < 4 || record.p[0] != HS_CLIENT_HELLO)
		return false;
	bent_note(t->peer, record);
	*body = span_sub(record, 4, record.n);
	if (!bent_read_hello(&t->peer->hello, *body) || !read_extensions(t, *body))
		return put_alert(t, 50);
	if (bends(t->peer, "cookie") && !(extension(t, EXT_COOKIE, &sent) && sent.n == 2 + sizeof cookie && memcmp(sent.p + 2, cookie, sizeof cookie) == 0))
		return put_alert(t, 109);
	return !bends(t->peer, "retry-fails") || put_alert(t, 40);
}

static bool retry_while_needed(struct talk *t, struct span body)
{
	while (share_of(t, t->group).n == 0 && !takes_psk_alone(t))
		if ((t->is_retried && !bends(t->peer, "retry-twice")) || !send_retry(t) || !take_second_hello(t, &body))
			return false;
	return !(t->is_retried && bends(t->peer, "retry-twice")) || (send_retry(t) && take_second_hello(t, &body) && put_alert(t, 10));
}

static bool shake_hands(struct talk *t, struct span body, struct span whole)
{
	struct span hidden = reveal(t, body);
	if (hidden.n > 0) {
		struct wr wr = wr_of(arena_alloc(t->peer->arena, hidden.n + 4), hidden.n + 4);

		t->is_hidden = true;
		wr_u8(&wr, HS_CLIENT_HELLO);
		wr_u24(&wr, (uint32_t)hidden.n);
		wr_bytes(&wr, hidden);
		whole = wr_span(&wr);
		body = hidden;
		if (!bent_read_hello(&t->peer->hello, body) || !read_extensions(t, body))
			return put_alert(t, 50);
	}
	t->group = choose_group(t);
	if (t->group == 0)
		return put_alert(t, 40);
	t->peer->n_transcript = 0;
	bent_note(t->peer, whole);
	take_session(t);
	if (!retry_while_needed(t, body) || !send_hello(t))
		return false;
	return send_flight(t) && finish(t);
}

bool bent13_serve(struct bent_peer *peer, struct span body, struct span whole)
{
	struct talk t = { .peer = peer };
	struct span data, grease;
	uint8_t type;

	if (!bent_read_hello(&peer->hello, body) || !span_has_u16(peer->hello.versions, TLS_1_3) || !span_has_u16(peer->hello.suites, SUITE) ||
	    !read_extensions(&t, body))
		return false;
	peer->version = TLS_1_2;        /* of the records */
	if (bends(peer, "ech-breaks") && extension(&t, EXT_ECH, &grease)) {
		(void)put_alert(&t, 50);
		return true;
	}
	if (shake_hands(&t, body, whole) && take_record(&t, &type, &data) && type == RECORD_DATA && data.n > 0 &&
	    put_record(&t, RECORD_DATA, peer->channel->scene->answer))
		(void)put_record(&t, RECORD_ALERT, span_of((const uint8_t[]){ 1, 0 }, 2));
	ERR_clear_error();
	return true;
}
