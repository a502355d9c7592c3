/* What a server does beside choosing: extensions it acknowledges, protocols over TLS, names it insists
 * on, how it guards against downgrades. Many questions ride on one hello. RFC 6066, 7627, 7366, 5746,
 * 7301, 7507, 8446 4.1.3, 8449, 8879, 6962, 6520, 9849 (ECH). */
#include "audit/parts.h"

#include <time.h>

#include "base/attr.h"
#include "base/rd.h"
#include "base/wr.h"
#include "http/encoding.h"
#include "kb/names.h"
#include "tls/codes.h"
#include "tls/ech.h"
#include "tls/reply.h"

enum {
	EXT_MAX_FRAGMENT_LENGTH = 1, EXT_TRUNCATED_HMAC = 4, EXT_HEARTBEAT = 15, EXT_COMPRESS_CERTIFICATE = 27,
	EXT_RECORD_SIZE_LIMIT = 28, EXT_NPN = 13172, FALLBACK_SCSV = 0x5600,
	ALERT_INAPPROPRIATE_FALLBACK = 86, RECORD_LIMIT = 8192
};

static struct arena *arena_of(struct asking *asking)
{
	return asking_run(asking)->probing->arena;
}

static bool is_answer(const struct attempt *at)
{
	return at->has_server_hello && at->fault == TLS_FAULT_NONE;
}

static enum tri tri_if(bool yes)
{
	return yes ? TRI_YES : TRI_NO;
}

/* The highest version before TLS 1.3, where extensions are in clear; 0 none. */
static uint16_t clear_version(const struct audit *audit)
{
	for (uint16_t v = TLS_1_2; v >= SSL_3_0; v--)
		if (audit_has_protocol(audit, v) == TRI_YES)
			return v;
	return 0;
}

static bool speaks_13(const struct audit *audit)
{
	return audit_has_protocol(audit, TLS_1_3) == TRI_YES;
}

/* ---- TLS 1.2 and below ------------------------------------------------------------------------------- */

static void read_plain(struct audit_habits *h, const struct attempt *at)
{
	struct span body;

	h->extended_master_secret = tri_if(at->has_ems);
	h->secure_renegotiation = tri_if(at->secure_renegotiation);
	h->heartbeat = tri_if(server_hello_extension(at->server_hello, EXT_HEARTBEAT, &body));
	h->truncated_hmac = tri_if(server_hello_extension(at->server_hello, EXT_TRUNCATED_HMAC, &body));
	h->npn = tri_if(server_hello_extension(at->server_hello, EXT_NPN, &body));
	if (server_hello_extension(at->server_hello, EXT_MAX_FRAGMENT_LENGTH, &body) && body.n == 1 && body.p[0] <= 4)
		h->max_fragment = (uint16_t)(256u << body.p[0]);
}

static unsigned count_scts(struct span list)
{
	struct rd rd = rd_of(list), scts = rd_vec16(&rd);
	unsigned n = 0;

	while (rd_more(&scts)) {
		(void)rd_vec16(&scts);
		n += rd_ok(&scts);
	}
	return n;
}

static void read_staple(struct audit_habits *h, const struct attempt *at)
{
	if (at->has_staple)
		h->ocsp_stapling = TRI_YES;
	else if (h->ocsp_stapling == TRI_UNKNOWN && at->n_chain > 0)
		h->ocsp_stapling = TRI_NO;
	if (count_scts(at->scts) > h->n_scts)
		h->n_scts = count_scts(at->scts);
	if (at->n_chain > 0 && (h->of_leaf.n == 0 || (h->scts.n == 0 && at->scts.n > 0))) {
		h->scts = at->scts;
		h->staple = at->has_staple ? at->staple : (struct span){ 0 };
		h->of_leaf = at->chain[0];
	}
}

/* A question that changes no more of a hello than `change` says, alone or with others. */
static const struct attempt *ask_change(struct asking *asking, struct rider rider, struct hello_spec *own)
{
	rider.change(asking, own, &rider);
	rider.own = own;
	return ask_riding(asking, &rider);
}

static void add_extensions(struct asking *asking, struct hello_spec *spec, const struct rider *rider)
{
	static const uint8_t heartbeat[] = { 1 }, fragment[] = { 4 }, status[] = { 1, 0, 0, 0, 0 };

	(void)rider;
	hello_add_extension(asking, spec, EXT_STATUS_REQUEST, span_of(status, sizeof status));
	hello_add_extension(asking, spec, EXT_SCT, span_of(NULL, 0));
	hello_add_extension(asking, spec, EXT_TRUNCATED_HMAC, span_of(NULL, 0));
	hello_add_extension(asking, spec, EXT_NPN, span_of(NULL, 0));
	/* Some do not take a hello whose last extension is empty. */
	hello_add_extension(asking, spec, EXT_HEARTBEAT, span_of(heartbeat, sizeof heartbeat));
	hello_add_extension(asking, spec, EXT_MAX_FRAGMENT_LENGTH, span_of(fragment, sizeof fragment));
	spec->offer_deflate = true;
}

/* Everything at once; what a server does not know it passes over. */
static void ask_extensions(struct asking *asking)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	uint16_t version = clear_version(asking_audit(asking));
	struct rider rider = { .name = "extensions", .version = version, .places = PLACE_EXTENSIONS, .change = add_extensions };
	const struct attempt *at;

	if (version <= SSL_3_0)
		return;
	at = ask_change(asking, rider, hello_common(asking, version));
	if (at->has_server_hello)
		h->compression = tri_if(at->compression != 0);
	if (is_answer(at) || at->fault == TLS_FAULT_COMPRESSION) {
		read_plain(h, at);
		read_staple(h, at);
	}
}

static bool is_cbc(const struct rider *rider, const struct kb_suite *suite)
{
	(void)rider;
	return suite->mode && strcmp(suite->mode, "CBC") == 0;
}

static void limit_records(struct asking *asking, struct hello_spec *spec, const struct rider *rider)
{
	static const uint8_t limit[] = { RECORD_LIMIT >> 8, RECORD_LIMIT & 0xff };

	(void)rider;
	hello_drop_extension(asking, spec, EXT_SESSION_TICKET);
	hello_add_extension(asking, spec, EXT_RECORD_SIZE_LIMIT, span_of(limit, sizeof limit));
}

/* Encrypt-then-MAC concerns CBC suites alone; session ids show where no ticket is asked for. */
static void ask_cbc(struct asking *asking)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	uint16_t version = clear_version(asking_audit(asking));
	struct rider rider = { .name = "cbc", .version = version, .places = PLACE_EXTENSIONS, .fits = is_cbc,
			       .change = limit_records };
	const struct attempt *at;
	struct span body;

	if (version <= SSL_3_0)
		return;
	/* Most servers of today take no CBC suite at all, or a usual one. */
	if (asking_spoke(asking, TLS_1_3) && !suites_wait_kind(asking, KIND_CBC))
		return;
	at = ask_change(asking, rider, hello_of_kind(asking, version, KIND_CBC));
	if (!is_answer(at))
		return;
	h->encrypt_then_mac = tri_if(server_hello_extension(at->server_hello, EXT_ENCRYPT_THEN_MAC, &body));
	if (server_hello_extension(at->server_hello, EXT_RECORD_SIZE_LIMIT, &body) && body.n == 2)
		h->record_size_limit = (uint16_t)(body.p[0] << 8 | body.p[1]);
}

/* ---- TLS 1.3 -------------------------------------------------------------------------------------------- */

/* An ECH extension that looks real and decrypts for nobody: who holds keys answers with its configs. */
static struct span grease_ech(struct asking *asking, uint8_t variant)
{
	enum { PAYLOAD = 176 };
	uint8_t *body = arena_alloc(arena_of(asking), 256);
	struct wr wr = wr_of(body, 256);
	size_t mark;

	wr_u8(&wr, 0);          /* outer */
	wr_u16(&wr, 1);         /* HKDF-SHA256 */
	wr_u16(&wr, 1);         /* AES-128-GCM */
	wr_u8(&wr, 0x5a);       /* config_id */
	mark = wr_open(&wr, 2);
	for (unsigned i = 0; i < 32; i++)
		wr_u8(&wr, (uint8_t)(9 + i * 7));
	wr_close(&wr, mark, 2);
	mark = wr_open(&wr, 2);
	for (unsigned i = 0; i < PAYLOAD; i++)
		wr_u8(&wr, (uint8_t)(i * 31 + 5 + variant));
	wr_close(&wr, mark, 2);
	return wr_span(&wr);
}

static void add_compression(struct asking *asking, struct hello_spec *spec, const uint16_t *algorithms, size_t n)
{
	uint8_t *body = arena_alloc(arena_of(asking), 1 + 2 * n);
	struct wr wr = wr_of(body, 1 + 2 * n);

	wr_u8(&wr, (uint8_t)(2 * n));
	for (size_t i = 0; i < n; i++)
		wr_u16(&wr, algorithms[i]);
	hello_add_extension(asking, spec, EXT_COMPRESS_CERTIFICATE, wr_span(&wr));
}

/* Does the message unpack to as much as it claims? RFC 8879 4; a byte more than that is enough to know. */
static void learn_packed(struct asking *asking, const struct attempt *at)
{
	static const char *const codings[] = { NULL, "deflate", "br", "zstd" };
	struct audit_habits *h = &asking_audit(asking)->habits;
	struct rd rd = rd_of(at->compressed_certificate), packed;
	uint16_t algorithm = rd_u16(&rd);
	uint32_t claimed = rd_u24(&rd);
	struct http_decoded decoded;

	packed = rd_vec24(&rd);
	if (!rd_ok(&rd) || algorithm == 0 || algorithm >= COUNT_OF(codings) || claimed > REPLY_CHAIN_MAX || h->compression_sound == TRI_NO)
		return;
	http_decode(arena_of(asking), codings[algorithm], span_of(packed.p, packed.n), claimed + 1, &decoded);
	h->compression_packed = packed.n;
	h->compression_claimed = claimed;
	h->compression_sound = tri_if(!decoded.bad && !decoded.is_short && decoded.body.n == claimed);
}

/* zlib, brotli, zstd: what was used is left out the next time. */
static void learn_compression(struct asking *asking, const struct attempt *at)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	uint16_t left[] = { 1, 2, 3 }, *used = arena_array(arena_of(asking), uint16_t, COUNT_OF(left));
	size_t n_left = COUNT_OF(left), n_used = 0;

	h->certificate_compression = used;
	while (at->certificate_compression != 0 && n_used < COUNT_OF(left)) {
		struct hello_spec *spec = hello_common(asking, TLS_1_3);
		size_t n = 0;

		used[n_used++] = at->certificate_compression;
		learn_packed(asking, at);
		for (size_t i = 0; i < n_left; i++)
			if (left[i] != at->certificate_compression)
				left[n++] = left[i];
		if (n == n_left || n == 0)
			break;
		n_left = n;
		add_compression(asking, spec, left, n_left);
		at = ask_decrypted(asking, "compressed certificate", spec);
	}
	h->n_certificate_compression = n_used;
}

static void learn_ech(struct asking *asking, const struct attempt *at)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	struct span body;

	if (h->ech_honoured == TRI_UNKNOWN)
		h->ech_honoured = tri_if(encrypted_extension(at->encrypted_extensions, EXT_ECH, &body) && body.n > 0);
}

/* Whether the extension that means nothing broke it: refused each time with it, answered without. Where it did, all
 * goes on without. */
static const struct attempt *without_grease_ech(struct asking *asking, struct hello_spec *spec, const struct attempt *failed)
{
	enum { CONFIRMATIONS = 2 };
	struct audit *audit = asking_audit(asking);
	const struct attempt *at, *again = failed;

	hello_drop_extension(asking, spec, EXT_ECH);
	at = ask_decrypted(asking, "encrypted extensions", spec);
	if (!is_answer(at))
		return at;
	for (uint8_t i = 1; i <= CONFIRMATIONS && is_refusal(again); i++) {
		struct hello_spec *greased = hello_common(asking, TLS_1_3);

		hello_add_extension(asking, greased, EXT_ECH, grease_ech(asking, i));
		again = ask_decrypted(asking, "encrypted extensions", greased);
	}
	audit->habits.ech_grease_refused = is_refusal(again) ? TRI_YES : is_answer(again) ? TRI_NO : TRI_UNKNOWN;
	tolerance_note_ech(asking, is_refusal(again) ? TRI_NO : is_answer(again) ? TRI_YES : TRI_UNKNOWN,
			   is_answer(again) ? NULL : answer_in_words(asking, again));
	return at;
}

static void add_encrypted(struct asking *asking, struct hello_spec *spec, const struct rider *rider)
{
	static const uint16_t algorithms[] = { 1, 2, 3 };
	static const uint8_t limit[] = { RECORD_LIMIT >> 8, RECORD_LIMIT & 0xff }, status[] = { 1, 0, 0, 0, 0 };

	(void)rider;
	add_compression(asking, spec, algorithms, COUNT_OF(algorithms));
	hello_add_extension(asking, spec, EXT_STATUS_REQUEST, span_of(status, sizeof status));
	hello_add_extension(asking, spec, EXT_SCT, span_of(NULL, 0));
	hello_add_extension(asking, spec, EXT_RECORD_SIZE_LIMIT, span_of(limit, sizeof limit));
	hello_add_extension(asking, spec, EXT_ECH, grease_ech(asking, 0));
}

static void ask_encrypted(struct asking *asking)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	struct rider rider = { .name = "encrypted extensions", .version = TLS_1_3, .places = PLACE_EXTENSIONS,
			       .is_decrypted = true, .change = add_encrypted };
	const struct attempt *at;
	struct span body;

	if (!speaks_13(asking_audit(asking)))
		return;
	at = ask_change(asking, rider, hello_common(asking, TLS_1_3));
	if (is_answer(at) && at->encrypted_extensions.n > 0) {
		tolerance_note_ech(asking, TRI_YES, NULL);
		learn_ech(asking, at);
	} else {
		struct hello_spec *spec = hello_common(asking, TLS_1_3);

		add_encrypted(asking, spec, NULL);
		at = without_grease_ech(asking, spec, at);
	}
	if (!is_answer(at) || at->encrypted_extensions.n == 0)
		return;
	if (encrypted_extension(at->encrypted_extensions, EXT_RECORD_SIZE_LIMIT, &body) && body.n == 2)
		h->record_size_limit = (uint16_t)(body.p[0] << 8 | body.p[1]);
	if (h->client_certificate_requested == TRI_UNKNOWN)
		h->client_certificate_requested = at->client_certificate_requested;
	read_staple(h, at);
	learn_compression(asking, at);
}

/* ---- ALPN -------------------------------------------------------------------------------------------------- */

enum { ALPN_MAX = 16 };

struct alpn_offer {
	const char *names[ALPN_MAX], *taken[ALPN_MAX];
	size_t n, n_taken;
	const char *chosen;
	const char *unclear;    /* why nothing is known of those that are left */
};

static void put_names(struct asking *asking, struct hello_spec *spec, const struct rider *rider)
{
	const struct alpn_offer *offer = rider->ctx;

	spec->alpn = offer->names;
	spec->n_alpn = offer->n;
	hello_add_extension(asking, spec, EXT_ALPN, span_of(NULL, 0));
}

/* Whether a name of one offer is taken or passed over, by what the diagnosis saw of an offer of the two
 * of today's web: only then it may go with other questions. */
static bool is_welcome(struct asking *asking, const struct alpn_offer *offer)
{
	const struct attempt *main = asking_audit(asking)->endpoint->main;

	if (!asking_spoke(asking, 0) || offer->n > 1)
		return false;
	return !main->alpn || strcmp(main->alpn, "h2") == 0 || strcmp(main->alpn, offer->names[0]) == 0;
}

/* That of the diagnosis, which is known at once; else the highest whose answers are in clear. */
static uint16_t version_for_alpn(struct asking *asking)
{
	uint16_t version = clear_version(asking_audit(asking));

	if (asking_spoke(asking, 0))
		return asking_audit(asking)->endpoint->main->version;
	return version >= TLS_1_0 ? version : TLS_1_3;
}

static void ask_alpn_offer(struct asking *asking, void *ctx)
{
	struct alpn_offer *offer = ctx;
	uint16_t version = version_for_alpn(asking);
	bool is_13 = version == TLS_1_3;
	struct rider rider = { .name = "alpn", .version = version, .places = PLACE_ALPN, .is_decrypted = is_13,
			       .change = put_names, .ctx = offer };
	struct hello_spec *spec = hello_common(asking, version);
	const struct attempt *at;

	if (is_welcome(asking, offer)) {
		at = ask_change(asking, rider, spec);
	} else {
		put_names(asking, spec, &rider);
		at = is_13 ? ask_decrypted(asking, "alpn", spec) : ask_hello(asking, "alpn", spec);
	}
	offer->chosen = is_answer(at) ? at->alpn : NULL;
	/* no_application_protocol, and whatever else is said to a hello that is taken without these names. */
	offer->unclear = is_answer(at) || is_refusal(at) ? NULL : answer_in_words(asking, at);
}

/* False when nothing was chosen, or a name that was not offered. */
static bool take_alpn(struct alpn_offer *offer)
{
	size_t n = 0;

	for (size_t i = 0; offer->chosen && i < offer->n; i++)
		if (strcmp(offer->names[i], offer->chosen) != 0)
			offer->names[n++] = offer->names[i];
	if (!offer->chosen || n == offer->n)
		return false;
	offer->taken[offer->n_taken++] = offer->chosen;
	offer->n = n;
	return true;
}

static void note_alpn_state(struct asking *asking, const struct alpn_offer *offers, size_t n)
{
	struct audit_state *state = &asking_audit(asking)->habits.alpn_state;

	*state = (struct audit_state){ AUDIT_WHOLE, NULL };
	for (size_t i = 0; i < n; i++)
		if (offers[i].unclear)
			*state = (struct audit_state){ AUDIT_PART, offers[i].unclear };
}

/* What is chosen is left out until nothing is. */
static void walk_alpn(struct asking *asking, void *ctx)
{
	struct alpn_offer *offer = ctx;

	do
		ask_alpn_offer(asking, offer);
	while (take_alpn(offer) && offer->n > 0);
}

void audit_alpn(struct asking *asking)
{
	enum { OFFERS = 3 };
	struct audit_habits *h = &asking_audit(asking)->habits;
	struct alpn_offer *offers = arena_array(arena_of(asking), struct alpn_offer, OFFERS);
	size_t cap = 0;

	offers[0] = (struct alpn_offer){ .names = { "h2" }, .n = 1 };
	offers[1] = (struct alpn_offer){ .names = { "http/1.1" }, .n = 1 };
	offers[2] = (struct alpn_offer){ .names = { "http/1.0", "http/0.9", "spdy/3.1", "spdy/3", "spdy/2", "h3", "dot", "imap", "pop3",
						    "smtp", "managesieve", "xmpp-client", "mqtt", "postgresql", "webrtc" }, .n = 15 };
	ask_all(asking, walk_alpn, offers, OFFERS, sizeof *offers);
	for (size_t i = 0; i < OFFERS; i++)
		for (size_t k = 0; k < offers[i].n_taken; k++)
			*arena_push(arena_of(asking), h->alpn, h->n_alpn, cap) = offers[i].taken[k];
	note_alpn_state(asking, offers, OFFERS);
}

/* ---- names --------------------------------------------------------------------------------------------------- */

struct name_question {
	const char *sni;
	enum hello_kind kind;
	const struct attempt *answer;
};

static void ask_name(struct asking *asking, void *ctx)
{
	struct name_question *q = ctx;
	uint16_t version = clear_version(asking_audit(asking));
	struct hello_spec *spec = version > SSL_3_0 ? hello_of_kind(asking, version, q->kind) : hello_common(asking, TLS_1_3);

	spec->sni = q->sni;
	q->answer = version > SSL_3_0 ? ask_hello(asking, "name", spec) : ask_decrypted(asking, "name", spec);
}

static void learn_name(enum tri *refused, const struct attempt *at)
{
	if (is_answer(at) || is_refusal(at))
		*refused = *refused == TRI_NO ? TRI_NO : tri_if(is_refusal(at));
}

/* Without a name, for each kind of key that is used with the right one; and with a name nobody has. A
 * name is refused where the same hello with the right one is answered. */
static void ask_names(struct asking *asking)
{
	const char *right = asking_run(asking)->visit->target.servername;
	struct name_question known[] = { { right, KIND_ECDHE_RSA, NULL }, { right, KIND_ECDHE_ECDSA, NULL }, { right, KIND_RSA, NULL } };
	struct name_question others[COUNT_OF(known) + 1];
	struct audit_habits *h = &asking_audit(asking)->habits;
	bool is_13 = clear_version(asking_audit(asking)) <= SSL_3_0;
	size_t n = 0;

	if (!right || (is_13 && !speaks_13(asking_audit(asking))))
		return;
	for (size_t i = 0; !is_13 && i < COUNT_OF(known); i++)
		known[i].answer = suites_wait_kind(asking, known[i].kind);
	if (known[0].answer || known[1].answer)
		known[2].answer = NULL;
	else if (!known[2].answer)
		ask_all(asking, ask_name, known, is_13 ? 1 : COUNT_OF(known), sizeof *known);
	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (!known[i].answer || !is_answer(known[i].answer))
			continue;
		if (n == 0)
			others[n++] = (struct name_question){ "why443.invalid", known[i].kind, NULL };
		others[n++] = (struct name_question){ NULL, known[i].kind, NULL };
	}
	ask_all(asking, ask_name, others, n, sizeof *others);
	for (size_t i = 0; i < n; i++)
		learn_name(others[i].sni ? &h->unknown_sni_refused : &h->sni_needed, others[i].answer);
}

/* ---- downgrades ------------------------------------------------------------------------------------------------- */

/* Without one each time; where only some lack it, several servers are behind the name. */
static enum tri sentinel_of(struct asking *asking, uint16_t version, const struct attempt *at)
{
	enum { CONFIRMATIONS = 4 };

	if (at->downgrade_sentinel)
		return TRI_YES;
	for (unsigned nth = 1; nth <= CONFIRMATIONS; nth++) {
		at = ask_hello_nth(asking, "version", hello_common(asking, version), nth);
		if (!is_answer(at) || at->downgrade_sentinel)
			return TRI_UNKNOWN;
	}
	return TRI_NO;
}

static void ask_fallback(struct asking *asking)
{
	struct audit *audit = asking_audit(asking);
	uint16_t high = speaks_13(audit) ? TLS_1_3 : clear_version(audit), low = 0;
	struct hello_spec *spec;
	const struct attempt *at;
	uint16_t *suites;

	for (uint16_t v = SSL_3_0; v < high; v++)
		if (audit_has_protocol(audit, v) == TRI_YES)
			low = v;
	if (low == 0)
		return;
	at = ask_hello(asking, "version", hello_common(asking, low));
	if (low >= TLS_1_1 - 1 && is_answer(at) && speaks_13(audit))
		audit->habits.downgrade_sentinel = sentinel_of(asking, low, at);
	spec = hello_common(asking, low);
	suites = arena_array(arena_of(asking), uint16_t, spec->n_suites + 1);
	memcpy(suites, spec->suites, spec->n_suites * sizeof *suites);
	suites[spec->n_suites++] = FALLBACK_SCSV;
	spec->suites = suites;
	at = ask_hello(asking, "fallback scsv", spec);
	if (is_answer(at))
		audit->habits.fallback_scsv = TRI_NO;
	else if (at->fault == TLS_FAULT_ALERT && at->alert == ALERT_INAPPROPRIATE_FALLBACK)
		audit->habits.fallback_scsv = TRI_YES;
}

/* ---- what the diagnosis saw --------------------------------------------------------------------------------------- */

static bool wants_certificate(uint8_t alert)
{
	return alert == ALERT_CERTIFICATE_REQUIRED || alert == ALERT_HANDSHAKE_FAILURE || alert == ALERT_BAD_CERTIFICATE;
}

/* In TLS 1.3 the server speaks last: only what it sends behind the handshake shows that it took us. */
static bool goes_on_without(struct asking *asking, const struct attempt *main)
{
	const struct visit *visit = asking_run(asking)->visit;
	bool is_answered = visit->http.got_head && visit->best == asking_audit(asking)->endpoint;

	if (!main->done || main->late_fault != TLS_FAULT_NONE)
		return false;
	return main->version <= TLS_1_2 || is_answered || asking_audit(asking)->habits.resumption_tls13 == TRI_YES;
}

/* A server that asks for a certificate and ends when it gets none insists on it; what it ends for without
 * having asked says nothing of that. */
void habits_learn_client_certificate(struct audit_habits *h, const struct attempt *full)
{
	bool alert = full->late_alert || full->fault == TLS_FAULT_ALERT;

	if (full->client_certificate_requested != TRI_YES || h->client_certificate_required == TRI_YES)
		return;
	if (alert && wants_certificate(full->late_alert ? full->late_alert_code : full->alert))
		h->client_certificate_required = TRI_YES;
}

/* nginx goes on with the handshake and refuses the request: 495, 496, or 400 with words. */
static bool is_wanted_in_http(const struct http_evidence *http)
{
	static const char words[] = "No required SSL certificate was sent";

	return http->status == 495 || http->status == 496 ||
	       (http->status == 400 && span_find_nocase(http->body, span_str(words)) >= 0);
}

static void learn_from_main(struct asking *asking)
{
	const struct attempt *main = asking_audit(asking)->endpoint->main;
	const struct visit *visit = asking_run(asking)->visit;
	struct audit_habits *h = &asking_audit(asking)->habits;

	if (!main)
		return;
	if (main->has_staple)
		h->ocsp_stapling = TRI_YES;
	if (main->client_certificate_requested != TRI_UNKNOWN)
		h->client_certificate_requested = main->client_certificate_requested;
	if (main->n_client_ca_names > 0) {
		h->client_ca_names = main->client_ca_names;
		h->n_client_ca_names = main->n_client_ca_names;
	}
	habits_learn_client_certificate(h, main);
	if (h->client_certificate_requested == TRI_NO)
		h->client_certificate_required = TRI_NO;
	else if (is_wanted_in_http(&visit->http))
		h->client_certificate_required = TRI_YES;
	else if (h->client_certificate_required == TRI_UNKNOWN && goes_on_without(asking, main) &&
		 (visit->target.starttls || visit->http.status != 0))
		h->client_certificate_required = TRI_NO;        /* in HTTP a request may still be refused */
}

/* nginx and IIS finish the handshake and insist on a certificate in a page. */
static bool page_wants_certificate(const struct http_evidence *http)
{
	static const struct { int status; const char *words; } signs[] = {
		{ 495, NULL }, { 496, NULL }, { 400, "No required SSL certificate was sent" }, { 400, "The SSL certificate error" },
		{ 403, "403.7 -" }, { 403, "403.16 -" },
	};

	for (size_t i = 0; i < COUNT_OF(signs); i++)
		if (http->status == signs[i].status && (!signs[i].words || span_find_nocase(http->body, span_str(signs[i].words)) >= 0))
			return true;
	return false;
}

static void learn_from_page(struct asking *asking)
{
	const struct visit *visit = asking_run(asking)->visit;
	struct audit_habits *h = &asking_audit(asking)->habits;

	if (h->client_certificate_requested == TRI_YES &&
	    (page_wants_certificate(&visit->http) || page_wants_certificate(&visit->http_fallback)))
		h->client_certificate_required = TRI_YES;
}

void audit_habits(struct asking *asking)
{
	static void (*const parts[])(struct asking *) = {
		ask_encrypted, ask_extensions, ask_cbc, ask_names, audit_nameless, ask_fallback,
	};

	ask_parts(asking, parts, COUNT_OF(parts));
}

static void learn_quic(struct asking *asking)
{
	const struct visit *visit = asking_run(asking)->visit;
	const struct quic_evidence *quic = visit->quic.outcome != QUIC_NOT_ASKED ? &visit->quic : &asking_audit(asking)->quic;
	struct audit_habits *h = &asking_audit(asking)->habits;

	if (quic->outcome == QUIC_ANSWERED)
		h->quic = TRI_YES;
	else if (quic->outcome == QUIC_REJECTED)
		h->quic = TRI_NO;
	h->quic_versions = quic->versions;
	h->quic_advertised_by = visit->quic.advertised_by;
}

/* What a version brings is not there where the version is not. */
static void learn_from_versions(struct asking *asking)
{
	const struct audit *audit = asking_audit(asking);
	struct audit_habits *h = &asking_audit(asking)->habits;
	bool has_old = false;

	for (uint16_t version = SSL_3_0; version <= TLS_1_2; version++)
		has_old |= audit_has_protocol(audit, version) != TRI_NO;
	if (audit_has_protocol(audit, TLS_1_3) == TRI_NO)
		h->resumption_tls13 = h->early_data = h->psk_ke = TRI_NO;
	/* The diagnosis, which waited for an answer, was given one. */
	if (h->lacked_ticket && audit->endpoint->main && audit->endpoint->main->new_ticket)
		h->resumption_tls13 = h->early_data = TRI_UNKNOWN;
	if (!has_old)
		h->tickets = h->session_ids = TRI_NO;
}

void habits_of_diagnosis(struct asking *asking)
{
	learn_from_versions(asking);
	learn_from_main(asking);
	learn_from_page(asking);
}

void habits_of_asides(struct asking *asking)
{
	learn_quic(asking);
}
