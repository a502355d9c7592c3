/* The messages of a server's flight: see reply.h. */
#include "base/attr.h"
#include "base/rd.h"
#include "kb/names.h"
#include "tls/codes.h"
#include "tls/hello.h"
#include "tls/reply.h"

/* SHA-256 of "HelloRetryRequest", RFC 8446 4.1.3 */
static const uint8_t retry_random[32] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static bool in_list(const uint16_t *list, size_t n, uint16_t value)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

static void fault(struct attempt *at, enum tls_fault fault, uint8_t message)
{
	if (at->fault != TLS_FAULT_NONE)
		return;
	at->fault = fault;
	at->fault_message = message;
}

/* ---- ServerHello --------------------------------------------------------------------------- */

static void read_key_share(struct arena *arena, struct attempt *at, struct rd *body)
{
	struct rd share;

	at->group = rd_u16(body);
	if (!rd_more(body))
		return;         /* a HelloRetryRequest names the group alone */
	share = rd_vec16(body);
	at->key_exchange = arena_copy(arena, rd_rest(&share));
}

static void read_extension(struct arena *arena, struct attempt *at, uint16_t type, struct rd body)
{
	struct rd list, name;

	switch (type) {
	case EXT_SUPPORTED_VERSIONS: at->version = rd_u16(&body); break;
	case EXT_KEY_SHARE: read_key_share(arena, at, &body); break;
	case EXT_SERVER_NAME: at->sni_acknowledged = true; break;
	case EXT_RENEGOTIATION_INFO: at->secure_renegotiation = true; break;
	case EXT_EXTENDED_MASTER_SECRET: at->has_ems = true; break;
	case EXT_SESSION_TICKET: at->has_ticket = true; break;
	case EXT_SCT: at->scts = arena_copy(arena, rd_rest(&body)); break;
	case EXT_ALPN:
		list = rd_vec16(&body);
		name = rd_vec8(&list);
		if (rd_ok(&name)) {
			struct span text = rd_rest(&name);

			at->alpn = arena_text(arena, text);
		}
		break;
	default: break;
	}
}

static bool is_13_suite(uint16_t code)
{
	const struct kb_suite *s = kb_suite(code);

	return s ? s->first_version >= TLS_1_3 : code >> 8 == 0x13;
}

static void check_choice(struct attempt *at, struct span echo, struct span session_id)
{
	const struct offer *o = &at->offer;
	bool is_13 = at->version >= TLS_1_3;

	if (!in_list(o->versions, o->n_versions, at->version))
		fault(at, TLS_FAULT_VERSION_NOT_OFFERED, HS_SERVER_HELLO);
	else if (!in_list(o->suites, o->n_suites, at->suite) || is_13 != is_13_suite(at->suite))
		fault(at, TLS_FAULT_SUITE_NOT_OFFERED, HS_SERVER_HELLO);
	else if (at->compression != 0)
		fault(at, TLS_FAULT_COMPRESSION, HS_SERVER_HELLO);
	else if (is_13 && !span_equal(echo, session_id))
		fault(at, TLS_FAULT_SESSION_ECHO, HS_SERVER_HELLO);
	else if (is_13 && at->group != 0 && !in_list(o->groups, o->n_groups, at->group))
		fault(at, TLS_FAULT_GROUP_NOT_OFFERED, HS_SERVER_HELLO);
	else if (is_13 && at->hello_retry && at->group != 0 && in_list(o->key_shares, o->n_key_shares, at->group))
		fault(at, TLS_FAULT_RETRY_LOOP, HS_SERVER_HELLO);
}

/* RFC 8446 4.1.3: the last eight bytes of the random tell that the server knows a higher version. */
static bool has_sentinel(struct span random)
{
	return random.n == 32 && memcmp(random.p + 24, "DOWNGRD", 7) == 0 && random.p[31] <= 1;
}

void reply_server_hello(struct arena *arena, struct attempt *at, struct span body, struct span session_id)
{
	struct rd rd = rd_of(body), echo, extensions;
	struct span random, echoed;

	at->legacy_version = at->version = rd_u16(&rd);
	random = rd_bytes(&rd, 32);
	echo = rd_vec8(&rd);
	echoed = rd_rest(&echo);
	at->suite = rd_u16(&rd);
	at->compression = rd_u8(&rd);
	at->hello_retry = random.n == 32 && memcmp(random.p, retry_random, 32) == 0;
	at->group = 0;
	if (rd_more(&rd)) {
		extensions = rd_vec16(&rd);
		while (rd_more(&extensions)) {
			uint16_t type = rd_u16(&extensions);

			read_extension(arena, at, type, rd_vec16(&extensions));
		}
		if (!rd_ok(&extensions))
			rd_fail(&rd);
	}
	if (!rd_done(&rd)) {
		fault(at, TLS_FAULT_MALFORMED, HS_SERVER_HELLO);
		return;
	}
	at->has_server_hello = true;
	at->downgrade_sentinel = has_sentinel(random);
	check_choice(at, echoed, session_id);
}

bool reply_encrypted_extensions(struct arena *arena, struct attempt *at, struct span body)
{
	struct rd rd = rd_of(body), extensions = rd_vec16(&rd);

	at->encrypted_extensions = arena_copy(arena, body);
	while (rd_more(&extensions)) {
		uint16_t type = rd_u16(&extensions);
		struct rd ext = rd_vec16(&extensions);

		if (type == EXT_ALPN || type == EXT_SERVER_NAME)
			read_extension(arena, at, type, ext);
	}
	return rd_done(&rd) && rd_ok(&extensions);
}

static bool find_extension(struct rd list, uint16_t wanted, struct span *out)
{
	while (rd_more(&list)) {
		uint16_t type = rd_u16(&list);
		struct rd body = rd_vec16(&list);

		if (rd_ok(&list) && type == wanted) {
			*out = rd_rest(&body);
			return true;
		}
	}
	return false;
}

bool server_hello_extension(struct span server_hello, uint16_t type, struct span *body)
{
	struct rd rd = rd_of(server_hello);

	rd_skip(&rd, 34);
	(void)rd_vec8(&rd);
	rd_skip(&rd, 3);
	return rd_more(&rd) && find_extension(rd_vec16(&rd), type, body);
}

bool encrypted_extension(struct span encrypted_extensions, uint16_t type, struct span *body)
{
	struct rd rd = rd_of(encrypted_extensions);

	return find_extension(rd_vec16(&rd), type, body);
}

struct span server_hello_session_id(struct span server_hello)
{
	struct rd rd = rd_of(server_hello), id;

	rd_skip(&rd, 34);
	id = rd_vec8(&rd);
	return rd_rest(&id);
}

/* ---- Certificate and CertificateRequest ----------------------------------------------------- */

static void keep_cert_extension(struct arena *arena, struct attempt *at, struct rd extensions)
{
	while (rd_more(&extensions)) {
		uint16_t type = rd_u16(&extensions);
		struct rd body = rd_vec16(&extensions);

		if (type == EXT_STATUS_REQUEST && at->n_chain == 1 && !at->has_staple) {
			struct rd response;

			rd_skip(&body, 1);
			response = rd_vec24(&body);
			at->staple = arena_copy(arena, rd_rest(&response));
			at->has_staple = true;
		} else if (type == EXT_SCT && at->n_chain == 1) {
			at->scts = arena_copy(arena, rd_rest(&body));
		}
	}
}

bool reply_certificate(struct arena *arena, struct attempt *at, struct span body, bool tls13)
{
	enum { CERTS_MAX = 64 };
	struct rd rd = rd_of(body), list;
	struct span *chain = arena_array(arena, struct span, CERTS_MAX);
	size_t kept = 0;

	at->has_certificate_message = true;
	at->n_chain = 0;
	if (tls13)
		(void)rd_vec8(&rd);     /* certificate_request_context */
	list = rd_vec24(&rd);
	at->chain = chain;
	while (rd_more(&list) && at->n_chain < CERTS_MAX) {
		struct rd one = rd_vec24(&list);
		struct span der = rd_rest(&one);

		kept += der.n;
		if (!rd_ok(&list) || kept > REPLY_CHAIN_MAX)
			break;
		chain[at->n_chain++] = arena_copy(arena, der);
		if (tls13)
			keep_cert_extension(arena, at, rd_vec16(&list));
	}
	/* The first alone is longer than what is kept of all: no certificate to speak of. */
	return rd_done(&rd) && rd_ok(&list) && (at->n_chain > 0 || kept <= REPLY_CHAIN_MAX);
}

static void read_ca_names(struct arena *arena, struct attempt *at, struct rd names)
{
	enum { NAMES_MAX = 512 };

	at->client_ca_names = arena_array(arena, struct span, NAMES_MAX);
	while (rd_more(&names) && at->n_client_ca_names < NAMES_MAX) {
		struct rd one = rd_vec16(&names);

		at->client_ca_names[at->n_client_ca_names++] = arena_copy(arena, rd_rest(&one));
	}
}

bool reply_certificate_request(struct arena *arena, struct attempt *at, struct span body, bool tls13)
{
	struct rd rd = rd_of(body), names;

	at->client_certificate_requested = TRI_YES;
	(void)rd_vec8(&rd);             /* certificate_types, or certificate_request_context in TLS 1.3 */
	if (tls13) {
		struct rd extensions = rd_vec16(&rd);

		while (rd_more(&extensions)) {
			uint16_t type = rd_u16(&extensions);
			struct rd ext = rd_vec16(&extensions);

			if (type == 47) /* certificate_authorities */
				read_ca_names(arena, at, rd_vec16(&ext));
		}
		return rd_ok(&rd) && rd_ok(&extensions);
	}
	if (at->version >= TLS_1_2)
		(void)rd_vec16(&rd);    /* supported_signature_algorithms */
	names = rd_vec16(&rd);
	read_ca_names(arena, at, names);
	return rd_ok(&rd);
}

/* ---- ServerKeyExchange ---------------------------------------------------------------------- */

static uint16_t bits_of(struct span number)
{
	while (number.n > 0 && number.p[0] == 0)
		number = span_sub(number, 1, number.n);
	if (number.n == 0)
		return 0;
	return (uint16_t)(number.n * 8 - (size_t)(__builtin_clz(number.p[0]) - 24));
}

static void read_curve(struct attempt *at, struct rd *rd)
{
	uint8_t kind = rd_u8(rd);

	if (kind != 3) {        /* named_curve; explicit curves are forbidden since RFC 8422 */
		fault(at, TLS_FAULT_GROUP_NOT_OFFERED, HS_SERVER_KEY_EXCHANGE);
		(void)rd_rest(rd);
		return;
	}
	at->group = rd_u16(rd);
	(void)rd_vec8(rd);
	if (at->offer.n_groups > 0 && !in_list(at->offer.groups, at->offer.n_groups, at->group))
		fault(at, TLS_FAULT_GROUP_NOT_OFFERED, HS_SERVER_KEY_EXCHANGE);
}

static void read_dh(struct attempt *at, struct rd *rd)
{
	struct rd p = rd_vec16(rd), g = rd_vec16(rd), y = rd_vec16(rd);

	at->dh_bits = bits_of(rd_rest(&p));
	if (!rd_ok(&g) || !rd_ok(&y))
		rd_fail(rd);
}

static bool is_in(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (text && strcmp(text, *list) == 0)
			return true;
	return false;
}

bool reply_key_exchange(struct attempt *at, uint16_t suite, struct span body)
{
	static const char *const ecdh[] = { "ECDHE", "ECDH", NULL };
	static const char *const dh[] = { "DHE", "DH", NULL };
	const struct kb_suite *s = kb_suite(suite);
	struct rd rd = rd_of(body);

	if (!s || (!is_in(s->key_exchange, ecdh) && !is_in(s->key_exchange, dh)))
		return true;    /* PSK, SRP, export RSA: nothing we read */
	if (is_in(s->key_exchange, ecdh))
		read_curve(at, &rd);
	else
		read_dh(at, &rd);
	if (at->version >= TLS_1_2 && s->authentication && strcmp(s->authentication, "anon") != 0 && rd_more(&rd)) {
		at->scheme = rd_u16(&rd);
		if (at->offer.n_schemes > 0 && !in_list(at->offer.schemes, at->offer.n_schemes, at->scheme))
			fault(at, TLS_FAULT_SCHEME_NOT_OFFERED, HS_SERVER_KEY_EXCHANGE);
	}
	return rd_ok(&rd);
}
