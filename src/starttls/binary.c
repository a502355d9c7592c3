/* Protocols in binary: LDAP (RFC 4511 4.12, 4.14.1), PostgreSQL (Frontend/Backend Protocol, SSL session
 * encryption), MySQL (connection phase), RDP (MS-RDPBCGR 2.2.1.1), Telnet (draft-altman-telnet-starttls),
 * VNC (RFC 6143 7.1, VeNCrypt). */
#include "starttls/dialogue.h"

#include "base/rd.h"
#include "tls/reply.h"

static void begin_bytes(struct dialogue *d, const void *bytes, size_t n)
{
	d->out->step = DIALOGUE_COMMAND;
	dialogue_say_bytes(d, span_of(bytes, n));
}

/* ---- LDAP ------------------------------------------------------------------------------------------------ */

static void begin_ldap(struct dialogue *d)
{
	static const char request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" "1.3.6.1.4.1.1466.20037";

	begin_bytes(d, request, sizeof request - 1);
}

/* One BER element; false when it is not whole (or, `rd` failed, never will be). */
static bool ber(struct rd *rd, uint8_t *tag, struct rd *body)
{
	size_t n;
	uint8_t len;

	*tag = rd_u8(rd);
	len = rd_u8(rd);
	n = len;
	if (len > 0x84 || len == 0x80)
		return false;
	if (len > 0x80) {
		n = 0;
		for (unsigned i = 0; i < (len & 0x7fu); i++)
			n = n << 8 | rd_u8(rd);
	}
	if (!rd_ok(rd) || n > rd->n)
		return false;
	*body = rd_sub(rd, n);
	return rd_ok(rd);
}

static const char *ldap_words(uint8_t code)
{
	switch (code) {
	case 1: return "operationsError";
	case 2: return "protocolError: the server has no TLS";
	case 8: return "strongerAuthRequired";
	case 51: return "busy";
	case 52: return "unavailable: TLS is not set up";
	case 53: return "unwillingToPerform";
	case 80: return "other";
	default: return "an error";
	}
}

static void on_ldap(struct dialogue *d, struct rd *message)
{
	struct rd part, op;
	uint8_t tag, result;
	struct span text = span_of(NULL, 0);

	if (!ber(message, &tag, &part) || tag != 0x02 || !ber(message, &tag, &op) || tag != 0x78 ||
	    !ber(&op, &tag, &part) || tag != 0x0a || part.n != 1) {
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, span_of(NULL, 0));
		return;
	}
	result = rd_u8(&part);
	if (result == 0) {
		dialogue_done(d);
		return;
	}
	if (ber(&op, &tag, &part) && ber(&op, &tag, &part) && part.n > 0)
		text = rd_rest(&part);
	d->out->offered = result == 2 || result == 52 ? TRI_NO : TRI_UNKNOWN;
	dialogue_refused(d, result, text.n ? span_str(arena_printf(d->arena, "%s (%.*s)", ldap_words(result), (int)text.n,
								    (const char *)text.p)) : span_str(ldap_words(result)));
}

static size_t take_ldap(struct dialogue *d, struct span bytes)
{
	struct rd rd = rd_of(bytes), message;
	uint8_t tag;

	if (bytes.p[0] != 0x30) {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (!ber(&rd, &tag, &message)) {
		/* A length of five bytes and more, or none at all: nobody writes that. */
		if (bytes.n >= 2 && (bytes.p[1] > 0x84 || bytes.p[1] == 0x80))
			dialogue_fail(d, DIALOGUE_MALFORMED, 0, span_of(NULL, 0));
		return 0;
	}
	on_ldap(d, &message);
	return rd.at;
}

/* ---- PostgreSQL -------------------------------------------------------------------------------------------- */

static void begin_postgres(struct dialogue *d)
{
	begin_bytes(d, "\0\0\0\x08\x04\xd2\x16\x2f", 8);
}

/* "EFATAL: ..." of servers before 7.0, or an ErrorResponse whose field M is the message. */
static size_t postgres_error(struct dialogue *d, struct span bytes)
{
	struct rd rd = rd_of(bytes);
	uint32_t n;

	rd_skip(&rd, 1);
	n = rd_u32(&rd);
	if (n >= 4 && n < 4096 && rd_ok(&rd)) {
		struct rd fields = rd_sub(&rd, n - 4);

		while (rd_more(&fields)) {
			uint8_t type = rd_u8(&fields);
			const uint8_t *end = fields.n ? memchr(fields.p, 0, fields.n) : NULL;
			struct span text = rd_bytes(&fields, end ? (size_t)(end - fields.p) : fields.n);

			rd_skip(&fields, 1);
			if (type == 'M') {
				dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, text);
				return bytes.n;
			}
		}
	}
	dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, span_sub(bytes, 1, bytes.n));
	return bytes.n;
}

static size_t take_postgres(struct dialogue *d, struct span bytes)
{
	switch (bytes.p[0]) {
	case 'S':
		/* "SSH-2.0-..." begins with the letter that says yes. */
		if (bytes.n >= 4 && memcmp(bytes.p, "SSH-", 4) == 0) {
			dialogue_foreign(d, bytes);
			return 0;
		}
		d->out->offered = TRI_YES;
		dialogue_done(d);
		return 1;
	case 'N':
		d->out->offered = TRI_NO;
		dialogue_refused(d, 0, span_str("N"));
		return 1;
	case 'E': return postgres_error(d, bytes);
	default: dialogue_foreign(d, bytes); return 0;
	}
}

/* ---- MySQL ------------------------------------------------------------------------------------------------- */

enum { CLIENT_SSL = 0x0800 };

static void mysql_refuses(struct dialogue *d, struct rd *packet)
{
	unsigned code = rd_u8(packet);

	code |= (unsigned)rd_u8(packet) << 8;
	if (packet->n > 6 && packet->p[0] == '#')
		rd_skip(packet, 6);     /* the SQL state */
	dialogue_fail(d, DIALOGUE_TURNED_AWAY, (int)code, rd_rest(packet));
}

static void mysql_greets(struct dialogue *d, struct rd *packet)
{
	static const uint8_t request[36] = { 32, 0, 0, 1, 0x05, 0xae, 0x03, 0, 0, 0, 0, 1, 45 };
	const uint8_t *end = packet->n ? memchr(packet->p, 0, packet->n) : NULL;
	struct span version = rd_bytes(packet, end ? (size_t)(end - packet->p) : packet->n);
	unsigned flags;

	rd_skip(packet, 1 + 4 + 8 + 1);
	flags = rd_u8(packet);
	flags |= (unsigned)rd_u8(packet) << 8;
	if (!rd_ok(packet)) {
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, version);
		return;
	}
	d->out->greeting = arena_text(d->arena, span_sub(version, 0, 200));
	d->out->offered = flags & CLIENT_SSL ? TRI_YES : TRI_NO;
	d->out->step = DIALOGUE_CAPABILITIES;
	if (!(flags & CLIENT_SSL)) {
		dialogue_fail(d, DIALOGUE_NOT_OFFERED, 0, span_of(NULL, 0));
		return;
	}
	/* Nothing comes back: the hello follows at once. CLIENT_LONG_PASSWORD, LONG_FLAG, PROTOCOL_41, SSL,
	 * TRANSACTIONS, SECURE_CONNECTION, MULTI_STATEMENTS, MULTI_RESULTS; 16 MiB; utf8mb4. */
	dialogue_say_bytes(d, span_of(request, sizeof request));
	d->out->step = DIALOGUE_COMMAND;
	dialogue_done(d);
}

static size_t take_mysql(struct dialogue *d, struct span bytes)
{
	struct rd rd = rd_of(bytes), packet;
	size_t n;
	uint8_t kind;

	if (bytes.n < 5)
		return 0;
	n = (size_t)bytes.p[0] | (size_t)bytes.p[1] << 8 | (size_t)bytes.p[2] << 16;
	kind = bytes.p[4];
	if (bytes.p[3] != 0 || n < 5 || n > 4096 || (kind != 10 && kind != 9 && kind != 0xff)) {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (bytes.n < 4 + n)
		return 0;
	rd_skip(&rd, 5);
	packet = rd_sub(&rd, n - 1);
	if (kind == 0xff)
		mysql_refuses(d, &packet);
	else if (kind == 10)
		mysql_greets(d, &packet);
	else
		dialogue_fail(d, DIALOGUE_NOT_OFFERED, 0, span_str("protocol version 9, from before TLS"));
	return 4 + n;
}

/* ---- RDP ------------------------------------------------------------------------------------------------------ */

static void begin_rdp(struct dialogue *d)
{
	/* TLS or CredSSP: both begin with TLS. */
	begin_bytes(d, "\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0", 19);
}

static const char *rdp_words(unsigned code)
{
	static const char *const words[] = {
		[1] = "SSL_REQUIRED_BY_SERVER", [2] = "SSL_NOT_ALLOWED_BY_SERVER", [3] = "SSL_CERT_NOT_ON_SERVER",
		[4] = "INCONSISTENT_FLAGS", [5] = "HYBRID_REQUIRED_BY_SERVER", [6] = "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
	};

	return code < COUNT_OF(words) && words[code] ? words[code] : "an unknown failure code";
}

static size_t take_rdp(struct dialogue *d, struct span bytes)
{
	size_t n;
	unsigned code;

	if (bytes.p[0] != 3 || (bytes.n > 1 && bytes.p[1] != 0)) {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (bytes.n < 4)
		return 0;
	n = (size_t)bytes.p[2] << 8 | bytes.p[3];
	if (n < 11 || n > 512 || (bytes.n > 5 && bytes.p[5] != 0xd0)) {
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, span_of(NULL, 0));
		return 0;
	}
	if (bytes.n < n)
		return 0;
	if (n < 19) {
		dialogue_fail(d, DIALOGUE_NOT_OFFERED, 0, span_str("the server knows the old RDP security only"));
		return n;
	}
	code = bytes.p[15] | (unsigned)bytes.p[16] << 8;
	if (bytes.p[11] == 2 && code != 0)
		dialogue_done(d);
	else if (bytes.p[11] == 2)
		dialogue_fail(d, DIALOGUE_NOT_OFFERED, 0, span_str("the server chose the old RDP security"));
	else
		dialogue_fail(d, code == 2 || code == 3 ? DIALOGUE_NOT_OFFERED : DIALOGUE_REFUSED, (int)code, span_str(rdp_words(code)));
	return n;
}

/* ---- Telnet ---------------------------------------------------------------------------------------------------- */

enum { IAC = 255, TELNET_SB = 250, TELNET_WILL = 251, TELNET_DO = 253, TELNET_START_TLS = 46 };

static void begin_telnet(struct dialogue *d)
{
	begin_bytes(d, "\xff\xfb\x2e", 3);      /* we WILL START_TLS */
}

/* One command or one byte of text at a time. */
static size_t take_telnet(struct dialogue *d, struct span b)
{
	if (b.p[0] != IAC) {
		if (!d->out->greeting && (b.p[0] == 0x15 || b.p[0] == 0x16))
			dialogue_foreign(d, b);
		return b.n == 1 && !d->out->greeting && b.p[0] == 0x16 ? 0 : 1;
	}
	d->out->greeting = "option negotiation";
	if (b.n < 3)
		return 0;
	if (b.p[1] == TELNET_SB) {
		if (b.n < 6)
			return 0;
		if (b.p[2] == TELNET_START_TLS && b.p[3] == 1) {
			dialogue_done(d);
			return 6;
		}
		return 3;
	}
	if (b.p[2] == TELNET_START_TLS && b.p[1] == TELNET_DO)
		dialogue_say_bytes(d, span_of("\xff\xfa\x2e\x01\xff\xf0", 6));
	else if (b.p[2] == TELNET_START_TLS && b.p[1] != TELNET_WILL)
		dialogue_fail(d, DIALOGUE_NOT_OFFERED, 0, span_str(b.p[1] == 254 ? "DONT START_TLS" : "WONT START_TLS"));
	return b.p[1] < TELNET_WILL ? 2 : 3;
}

/* ---- VNC ---------------------------------------------------------------------------------------------------------- */

enum vnc_state { VNC_VERSION, VNC_TYPES, VNC_VENCRYPT, VNC_ACCEPTED, VNC_SUBTYPES, VNC_GO };
enum { VNC_TYPE_VENCRYPT = 19 };

static size_t vnc_types(struct dialogue *d, struct span b)
{
	size_t n = b.p[0];

	if (n == 0) {
		dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, span_sub(b, 5, b.n));
		return b.n;
	}
	if (b.n < 1 + n)
		return 0;
	d->out->offered = memchr(b.p + 1, VNC_TYPE_VENCRYPT, n) ? TRI_YES : TRI_NO;
	d->out->step = DIALOGUE_CAPABILITIES;
	if (d->out->offered == TRI_NO) {
		dialogue_fail(d, DIALOGUE_NOT_OFFERED, 0, span_str("no VeNCrypt among the security types"));
	} else {
		d->state = VNC_VENCRYPT;
		dialogue_say_bytes(d, span_of("\x13", 1));
	}
	return 1 + n;
}

/* Subtypes 260 to 262 use certificates; 257 to 259 anonymous keys. */
static size_t vnc_subtypes(struct dialogue *d, struct span b)
{
	size_t n = b.p[0];

	if (b.n < 1 + 4 * n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		const uint8_t *p = b.p + 1 + 4 * i;

		if (p[0] == 0 && p[1] == 0 && p[2] == 1 && p[3] >= 4 && p[3] <= 6) {
			d->out->step = DIALOGUE_COMMAND;
			d->state = VNC_GO;
			dialogue_say_bytes(d, span_of(p, 4));
			return 1 + 4 * n;
		}
	}
	dialogue_fail(d, DIALOGUE_NOT_OFFERED, 0, span_str("VeNCrypt without certificates only"));
	return 1 + 4 * n;
}

static size_t vnc_version(struct dialogue *d, struct span b)
{
	if (b.p[0] != 'R') {
		dialogue_foreign(d, b);
		return 0;
	}
	if (b.n < 12)
		return 0;
	if (memcmp(b.p, "RFB 003.", 8) != 0) {
		dialogue_foreign(d, b);
		return 0;
	}
	d->out->greeting = arena_strn(d->arena, b.p, 11);
	d->state = VNC_TYPES;
	dialogue_say(d, "RFB 003.008\n");
	return 12;
}

static size_t take_vnc(struct dialogue *d, struct span b)
{
	switch (d->state) {
	case VNC_VERSION: return vnc_version(d, b);
	case VNC_TYPES: return vnc_types(d, b);
	case VNC_VENCRYPT:
		if (b.n < 2)
			return 0;
		d->state = VNC_ACCEPTED;
		dialogue_say_bytes(d, span_of("\0\x02", 2));
		return 2;
	case VNC_ACCEPTED:
		if (b.p[0] != 0)
			dialogue_refused(d, b.p[0], span_str("VeNCrypt version 0.2 refused"));
		d->state = VNC_SUBTYPES;
		return 1;
	case VNC_SUBTYPES: return vnc_subtypes(d, b);
	default:
		if (b.p[0] == 1)
			dialogue_done(d);
		else
			dialogue_refused(d, b.p[0], span_str("the server cannot begin TLS"));
		return 1;
	}
}

const struct dialogue_protocol protocol_ldap = { "ldap", "LDAP", "StartTLS", false, begin_ldap, take_ldap, false };
const struct dialogue_protocol protocol_postgres = { "postgres", "PostgreSQL", "SSLRequest", false, begin_postgres, take_postgres, false };
const struct dialogue_protocol protocol_mysql = { "mysql", "MySQL", "the SSL flag", true, NULL, take_mysql, false };
const struct dialogue_protocol protocol_rdp = { "rdp", "RDP", "TLS negotiation", false, begin_rdp, take_rdp, false };
const struct dialogue_protocol protocol_telnet = { "telnet", "Telnet", "START_TLS", false, begin_telnet, take_telnet, false };
const struct dialogue_protocol protocol_vnc = { "vnc", "VNC", "VeNCrypt", true, NULL, take_vnc, false };
