/* Further ways from plain text to TLS: MS SQL Server (MS-TDS 2.2.6.5), the X Protocol of MySQL, AMQP (OASIS AMQP 1.0 5.2),
 * ACAP (RFC 2244, 2595), HTTP's Upgrade (RFC 2817). */
#include "starttls/dialogue.h"

#include <stdlib.h>

#include "base/rd.h"

static void begin_bytes(struct dialogue *d, const void *bytes, size_t n)
{
	d->out->step = DIALOGUE_COMMAND;
	dialogue_say_bytes(d, span_of(bytes, n));
}

/* ---- MS SQL Server ---------------------------------------------------------------------------------------- */

enum { TDS_HEADER = 8, TDS_RESPONSE = 0x04, TDS_PRELOGIN = 0x12, TDS_END = 0xff, TDS_ENCRYPTION = 1, ENCRYPT_NOT_SUPPORTED = 2 };

static void begin_mssql(struct dialogue *d)
{
	/* Options as (token, offset, length), then their values: version, encryption on, instance, thread, MARS. */
	static const uint8_t prelogin[] = {
		TDS_PRELOGIN, 0x01, 0x00, 0x2f, 0x00, 0x00, 0x01, 0x00,
		0x00, 0x00, 0x1a, 0x00, 0x06,  0x01, 0x00, 0x20, 0x00, 0x01,  0x02, 0x00, 0x21, 0x00, 0x01,
		0x03, 0x00, 0x22, 0x00, 0x04,  0x04, 0x00, 0x26, 0x00, 0x01,  TDS_END,
		0x0f, 0x00, 0x00, 0x00, 0x00, 0x00,  0x01,  0x00,  0x00, 0x00, 0x00, 0x00,  0x00,
	};

	begin_bytes(d, prelogin, sizeof prelogin);
}

/* The value of the option ENCRYPTION; -1: none is there. */
static int tds_encryption(struct span options)
{
	for (size_t at = 0; at + 5 <= options.n && options.p[at] != TDS_END; at += 5) {
		size_t offset = (size_t)options.p[at + 1] << 8 | options.p[at + 2], n = (size_t)options.p[at + 3] << 8 | options.p[at + 4];

		if (options.p[at] == TDS_ENCRYPTION && n >= 1 && offset < options.n)
			return options.p[offset];
	}
	return -1;
}

static size_t take_mssql(struct dialogue *d, struct span bytes)
{
	size_t n = bytes.n >= 4 ? (size_t)bytes.p[2] << 8 | bytes.p[3] : 0;
	int encryption;

	if (bytes.p[0] != TDS_RESPONSE) {
		dialogue_foreign(d, bytes);
		return 0;
	}
	/* A length that leaves its own header out is told at once: `n` bytes need not have come then. */
	if (bytes.n < 4 || (n >= TDS_HEADER && bytes.n < n))
		return 0;
	encryption = n >= TDS_HEADER ? tds_encryption(span_sub(bytes, TDS_HEADER, n - TDS_HEADER)) : -1;
	if (encryption < 0 || encryption > 3) {
		dialogue_fail(d, DIALOGUE_MALFORMED, 0, span_of(NULL, 0));
		return n >= TDS_HEADER ? n : 0;
	}
	d->out->offered = encryption == ENCRYPT_NOT_SUPPORTED ? TRI_NO : TRI_YES;
	if (encryption == ENCRYPT_NOT_SUPPORTED)
		dialogue_refused(d, encryption, span_str("encryption is not supported"));
	else
		dialogue_done(d);
	return n;
}

/* ---- MySQL's X Protocol ---------------------------------------------------------------------------------- */

enum { X_OK = 0, X_ERROR = 1, X_NOTICE = 11, X_MESSAGE_MAX = 65536 };

static void begin_mysqlx(struct dialogue *d)
{
	/* CapabilitiesSet { capabilities { capabilities { name: "tls" value { type: SCALAR scalar { type: V_BOOL v_bool: true } } } } } */
	begin_bytes(d, "\x14\x00\x00\x00\x02" "\x0a\x11\x0a\x0f\x0a\x03tls\x12\x08\x08\x01\x12\x04\x08\x07\x40\x01", 24);
}

static uint64_t varint(struct rd *rd)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		uint8_t byte = rd_u8(rd);

		value |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			break;
	}
	return value;
}

/* Error { severity, code, msg, sql_state }: the code and the message. */
static struct span x_error(struct span message, int *code)
{
	struct rd rd = rd_of(message);
	struct span text = span_str("an error");

	while (rd_more(&rd) && rd_ok(&rd)) {
		uint64_t key = varint(&rd), value = varint(&rd);

		if (key == (2 << 3))
			*code = value < 65536 ? (int)value : 0;
		if ((key & 7) != 2)
			continue;
		if (value > rd.n)
			break;
		if (key >> 3 == 3)
			text = rd_bytes(&rd, (size_t)value);
		else
			rd_skip(&rd, (size_t)value);
	}
	return text;
}

static size_t take_mysqlx(struct dialogue *d, struct span bytes)
{
	size_t n;
	int code = 0;

	if (bytes.n < 5)
		return 0;
	n = (size_t)bytes.p[0] | (size_t)bytes.p[1] << 8 | (size_t)bytes.p[2] << 16 | (size_t)bytes.p[3] << 24;
	if (n < 1 || n > X_MESSAGE_MAX || (bytes.p[4] != X_OK && bytes.p[4] != X_ERROR && bytes.p[4] != X_NOTICE)) {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (bytes.n < 4 + n)
		return 0;
	if (bytes.p[4] == X_OK)
		dialogue_done(d);
	else if (bytes.p[4] == X_ERROR) {
		struct span text = x_error(span_sub(bytes, 5, n - 1), &code);

		/* 5001: a capability that the server does not have. */
		d->out->offered = code == 5001 ? TRI_NO : TRI_UNKNOWN;
		dialogue_refused(d, code, text);
	}
	return 4 + n;
}

/* ---- AMQP ------------------------------------------------------------------------------------------------- */

static const char amqp_tls[] = "AMQP\x02\x01\x00\x00";

static void begin_amqp(struct dialogue *d)
{
	begin_bytes(d, amqp_tls, 8);
}

static size_t take_amqp(struct dialogue *d, struct span bytes)
{
	if (memcmp(bytes.p, "AMQP", bytes.n < 4 ? bytes.n : 4) != 0) {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (bytes.n < 8)
		return 0;
	if (memcmp(bytes.p, amqp_tls, 8) == 0) {
		dialogue_done(d);
	} else {
		d->out->offered = TRI_NO;
		dialogue_refused(d, 0, span_str(arena_printf(d->arena, "AMQP protocol id %u, version %u.%u.%u, instead of TLS", bytes.p[4], bytes.p[5],
							      bytes.p[6], bytes.p[7])));
	}
	return 8;
}

/* ---- ACAP -------------------------------------------------------------------------------------------------- */

static void begin_acap(struct dialogue *d)
{
	(void)d;
}

static size_t take_acap(struct dialogue *d, struct span bytes)
{
	struct span line;
	size_t n;

	if (!d->out->greeting && bytes.p[0] != '*') {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (!dialogue_line(bytes, &line, &n))
		return 0;
	if (!d->out->greeting) {
		d->out->greeting = arena_text(d->arena, span_sub(line, 0, 500));
		if (line_begins(line, "* BYE")) {
			dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, line);
		} else if (!line_begins(line, "* ACAP")) {
			dialogue_foreign(d, line);
		} else {
			dialogue_offer(d, span_sub(line, 6, line.n));
			d->out->offered = span_find_nocase(line, span_str("STARTTLS")) >= 0 ? TRI_YES : TRI_NO;
			d->out->step = DIALOGUE_COMMAND;
			dialogue_say(d, "a1 STARTTLS\r\n");
		}
	} else if (line_begins(line, "a1 OK")) {
		dialogue_done(d);
	} else if (line_begins(line, "a1")) {
		dialogue_refused(d, 0, line);
	} else if (line_begins(line, "* BYE")) {
		dialogue_fail(d, DIALOGUE_TURNED_AWAY, 0, line);
	}
	return n;
}

/* ---- HTTP ---------------------------------------------------------------------------------------------------- */

static void begin_http_upgrade(struct dialogue *d)
{
	const char *host = d->ask->host;
	bool is_v6 = strchr(host, ':') != NULL;

	d->out->step = DIALOGUE_COMMAND;
	dialogue_say(d, arena_printf(d->arena, "OPTIONS * HTTP/1.1\r\nHost: %s%s%s\r\nUpgrade: TLS/1.2, TLS/1.0\r\nConnection: Upgrade\r\n\r\n",
				     is_v6 ? "[" : "", host, is_v6 ? "]" : ""));
}

/* The head of the answer, a line at a time; only after a 101 and its empty line does TLS begin. */
static size_t take_http_upgrade(struct dialogue *d, struct span bytes)
{
	static const char start[] = "HTTP/1.";
	size_t known = bytes.n < sizeof start - 1 ? bytes.n : sizeof start - 1, n;
	struct span line;

	if (!d->out->greeting && memcmp(bytes.p, start, known) != 0) {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (!dialogue_line(bytes, &line, &n))
		return 0;
	if (!d->out->greeting) {
		const char *text = arena_text(d->arena, span_sub(line, 0, 500));

		d->out->greeting = text;
		d->state = line.n > 9 ? (unsigned)strtoul(text + 9, NULL, 10) : 0;
		if (d->state == 101)
			return n;
		/* Of a server in trouble nothing is known. */
		d->out->offered = d->state == 426 ? TRI_YES : d->state >= 500 ? TRI_UNKNOWN : TRI_NO;
		dialogue_refused(d, (int)d->state, line);
	} else if (line.n == 0) {
		d->out->offered = TRI_YES;
		dialogue_done(d);
	}
	return n;
}

const struct dialogue_protocol protocol_mssql = { "mssql", "MS SQL Server", "PRELOGIN with encryption", false, begin_mssql, take_mssql, true };
const struct dialogue_protocol protocol_mysqlx = { "mysqlx", "MySQL X Protocol", "CapabilitiesSet tls", false, begin_mysqlx, take_mysqlx, false };
const struct dialogue_protocol protocol_amqp = { "amqp", "AMQP", "the TLS protocol header", false, begin_amqp, take_amqp, false };
const struct dialogue_protocol protocol_acap = { "acap", "ACAP", "STARTTLS", true, begin_acap, take_acap, false };
const struct dialogue_protocol protocol_http_upgrade = { "http-upgrade", "HTTP", "Upgrade: TLS", false, begin_http_upgrade, take_http_upgrade, false };
