/* DNS messages: RFC 1035 sections 3.1, 4.1 and 4.1.4 (compression), RFC 6891 for OPT. Names inside
 * RDATA are expanded here, where the whole message is at hand, so that a record stands alone
 * afterwards. A forged response may claim 65,535 records: what is kept is capped. */
#include "dns/message.h"

#include <stdio.h>

#include "dns/records.h"

#define MAX_RECORDS 256
#define MAX_POINTERS 64

#define FLAG_QR 0x8000
#define FLAG_TC 0x0200
#define FLAG_RD 0x0100
#define FLAG_AD 0x0020
#define FLAG_CD 0x0010
#define EDNS_DO 0x8000
#define EDNS_UDP_SIZE 1232      /* no fragments on any common path */
#define EDNS_OPTION_EXTENDED_ERROR 15

static const struct {
	uint16_t type;
	const char *name;
} type_names[] = {
	{ DNS_TYPE_A, "A" },         { DNS_TYPE_NS, "NS" },       { DNS_TYPE_CNAME, "CNAME" },
	{ DNS_TYPE_SOA, "SOA" },     { DNS_TYPE_PTR, "PTR" },     { DNS_TYPE_MX, "MX" },
	{ DNS_TYPE_TXT, "TXT" },     { DNS_TYPE_AAAA, "AAAA" },   { DNS_TYPE_DNAME, "DNAME" },
	{ DNS_TYPE_RRSIG, "RRSIG" }, { DNS_TYPE_TLSA, "TLSA" },   { DNS_TYPE_SVCB, "SVCB" },
	{ DNS_TYPE_HTTPS, "HTTPS" }, { DNS_TYPE_CAA, "CAA" },
};

const char *dns_type_name(uint16_t type)
{
	for (size_t i = 0; i < COUNT_OF(type_names); i++)
		if (type_names[i].type == type)
			return type_names[i].name;
	return NULL;
}

const char *dns_rcode_name(int rcode)
{
	static const char *const names[] = { "NOERROR", "FORMERR",  "SERVFAIL", "NXDOMAIN",
					     "NOTIMP",  "REFUSED",  "YXDOMAIN", "YXRRSET",
					     "NXRRSET", "NOTAUTH",  "NOTZONE" };

	return rcode >= 0 && (size_t)rcode < COUNT_OF(names) ? names[rcode] : NULL;
}

/* ---- names, 3.1 and 4.1.4 ---- */

bool dns_name_encode(struct wr *wr, const char *name)
{
	size_t total = 1;

	if (strcmp(name, ".") == 0)
		name = "";
	while (*name) {
		size_t len = strcspn(name, ".");

		total += len + 1;
		if (len == 0 || len > 63 || total > DNS_NAME_WIRE_MAX)
			return false;
		wr_u8(wr, (uint8_t)len);
		wr_bytes(wr, span_of(name, len));
		name += len;
		if (*name == '.')
			name++;
	}
	wr_u8(wr, 0);
	return wr_ok(wr);
}

static size_t label_text(char *text, struct span label)
{
	size_t n = 0;

	for (size_t i = 0; i < label.n; i++) {
		uint8_t c = label.p[i];

		if (c == '.' || c == '\\') {
			text[n++] = '\\';
			text[n++] = (char)c;
		} else if (c <= ' ' || c >= 0x7f) {
			n += (size_t)snprintf(text + n, 5, "\\%03u", c);
		} else {
			text[n++] = (char)c;
		}
	}
	return n;
}

/* A pointer must lead to before the name, or the part of it, that holds it: so no loop can be. */
bool dns_name_read(struct span message, struct rd *rd, char text[DNS_NAME_TEXT_MAX])
{
	struct rd at = *rd;
	bool has_jumped = false;
	size_t n = 0, wire = 1, limit = rd->at;

	text[0] = '\0';
	for (unsigned jumps = 0; rd_ok(&at);) {
		uint8_t len = rd_u8(&at);

		if (len == 0)
			break;
		if (len >= 0xc0) {
			size_t target = (size_t)(len & 0x3f) << 8 | rd_u8(&at);

			if (!has_jumped)
				*rd = at;
			has_jumped = true;
			if (target >= limit || ++jumps > MAX_POINTERS) {
				rd_fail(&at);
				break;
			}
			limit = target;
			at = rd_of(message);
			rd_skip(&at, target);
			continue;
		}
		wire += (size_t)len + 1;
		if (len > 63 || wire > DNS_NAME_WIRE_MAX) {
			rd_fail(&at);
			break;
		}
		if (n > 0)
			text[n++] = '.';
		n += label_text(text + n, rd_bytes(&at, len));
		text[n] = '\0';
	}
	if (!rd_ok(&at))
		rd_fail(rd);
	else if (!has_jumped)
		*rd = at;
	if (n == 0)
		memcpy(text, ".", 2);
	return rd_ok(rd);
}

/* The same name as uncompressed wire. Goes label by label from the text, undoing its escapes. */
static bool name_wire(struct span message, struct rd *rd, struct wr *wr)
{
	char text[DNS_NAME_TEXT_MAX];
	const char *p = text;

	if (!dns_name_read(message, rd, text))
		return false;
	if (strcmp(text, ".") == 0)
		p = "";
	while (*p) {
		size_t mark = wr_open(wr, 1);

		for (; *p && *p != '.'; p++) {
			uint8_t c = (uint8_t)*p;

			if (c == '\\' && p[1] >= '0' && p[1] <= '9') {
				c = (uint8_t)((p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0'));
				p += 3;
			} else if (c == '\\') {
				c = (uint8_t)*++p;
			}
			wr_u8(wr, c);
		}
		wr_close(wr, mark, 1);
		if (*p == '.')
			p++;
	}
	wr_u8(wr, 0);
	return wr_ok(wr);
}

/* ---- query ---- */

static void edns_encode(struct wr *wr, const struct dns_query *query)
{
	wr_u8(wr, 0);
	wr_u16(wr, DNS_TYPE_OPT);
	wr_u16(wr, EDNS_UDP_SIZE);
	wr_u16(wr, 0);
	wr_u16(wr, query->dnssec_ok ? EDNS_DO : 0);
	wr_u16(wr, 0);
}

bool dns_query_encode(struct wr *wr, const struct dns_query *query)
{
	wr_u16(wr, query->id);
	wr_u16(wr, (uint16_t)(FLAG_RD | (query->checking_disabled ? FLAG_CD : 0)));
	wr_u16(wr, 1);
	wr_u16(wr, 0);
	wr_u16(wr, 0);
	wr_u16(wr, query->has_edns ? 1 : 0);
	if (!dns_name_encode(wr, query->name))
		return false;
	wr_u16(wr, query->type);
	wr_u16(wr, DNS_CLASS_IN);
	if (query->has_edns)
		edns_encode(wr, query);
	return wr_ok(wr);
}

/* ---- response ---- */

/* RDATA whose names may be compressed (RFC 3597 section 4: only the types of RFC 1035). */
static struct span rdata_expand(struct arena *arena, struct span message, uint16_t type, struct rd rd)
{
	uint8_t buffer[2 * DNS_NAME_WIRE_MAX + 32];
	struct wr wr = wr_of(buffer, sizeof buffer);

	switch (type) {
	case DNS_TYPE_MX:
		wr_u16(&wr, rd_u16(&rd));
		name_wire(message, &rd, &wr);
		break;
	case DNS_TYPE_NS:
	case DNS_TYPE_CNAME:
	case DNS_TYPE_PTR:
	case DNS_TYPE_DNAME:
		name_wire(message, &rd, &wr);
		break;
	case DNS_TYPE_SOA:
		name_wire(message, &rd, &wr);
		name_wire(message, &rd, &wr);
		wr_bytes(&wr, rd_bytes(&rd, 20));
		break;
	default:
		return arena_copy(arena, rd_rest(&rd));
	}
	return rd_done(&rd) && wr_ok(&wr) ? arena_copy(arena, wr_span(&wr)) : span_of(NULL, 0);
}

static void opt_decode(struct arena *arena, struct dns_message *out, uint32_t ttl, struct rd rd)
{
	out->rcode |= (int)(ttl >> 24) << 4;
	while (rd_more(&rd)) {
		uint16_t code = rd_u16(&rd);
		struct rd option = rd_vec16(&rd);

		if (code == EDNS_OPTION_EXTENDED_ERROR && out->extended_error < 0 && option.n >= 2) {
			struct span text;

			out->extended_error = rd_u16(&option);
			text = rd_rest(&option);
			if (text.n > 0)
				out->extended_error_text = arena_text(arena, text);
		}
	}
}

enum section { SECTION_ANSWER, SECTION_AUTHORITY, SECTION_ADDITIONAL };

static bool record_decode(struct arena *arena, struct span message, struct rd *rd, enum section section,
			  struct dns_message *out)
{
	char owner[DNS_NAME_TEXT_MAX];
	uint16_t type, rclass;
	uint32_t ttl;
	struct rd rdata;
	struct dns_record *record;

	if (!dns_name_read(message, rd, owner))
		return false;
	type = rd_u16(rd);
	rclass = rd_u16(rd);
	ttl = rd_u32(rd);
	rdata = rd_vec16(rd);
	if (!rd_ok(rd))
		return false;
	if (type == DNS_TYPE_OPT && section == SECTION_ADDITIONAL)
		opt_decode(arena, out, ttl, rdata);
	if (type == DNS_TYPE_RRSIG && section != SECTION_ADDITIONAL)
		out->has_rrsig = true;
	if (section != SECTION_ANSWER || rclass != DNS_CLASS_IN || out->n_answers == MAX_RECORDS)
		return true;
	record = &out->answers[out->n_answers++];
	record->owner = arena_str(arena, owner);
	record->type = type;
	record->ttl = ttl;
	record->rdata = rdata_expand(arena, message, type, rdata);
	record->text = dns_record_text(arena, type, record->rdata);
	return true;
}

static void sections_decode(struct arena *arena, struct span message, struct rd *rd,
			    const uint16_t counts[3], struct dns_message *out)
{
	static const char *const faults[] = { "an answer record is cut or malformed",
					      "an authority record is cut or malformed",
					      "an additional record is cut or malformed" };

	for (int section = SECTION_ANSWER; section <= SECTION_ADDITIONAL; section++) {
		for (unsigned i = 0; i < counts[section]; i++) {
			if (record_decode(arena, message, rd, (enum section)section, out))
				continue;
			out->fault = faults[section];
			return;
		}
	}
}

bool dns_message_decode(struct arena *arena, struct span bytes, struct dns_message *out)
{
	struct rd rd = rd_of(bytes);
	char name[DNS_NAME_TEXT_MAX];
	uint16_t flags, questions, counts[3];
	size_t n;

	*out = (struct dns_message){ .extended_error = -1 };
	out->id = rd_u16(&rd);
	flags = rd_u16(&rd);
	questions = rd_u16(&rd);
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		counts[i] = rd_u16(&rd);
	out->is_response = (flags & FLAG_QR) != 0;
	out->is_truncated = (flags & FLAG_TC) != 0;
	out->is_authenticated = (flags & FLAG_AD) != 0;
	out->rcode = flags & 0xf;
	if (rd_ok(&rd) && questions == 1 && dns_name_read(bytes, &rd, name)) {
		out->name = arena_str(arena, name);
		out->type = rd_u16(&rd);
		out->rclass = rd_u16(&rd);
	}
	if (!rd_ok(&rd) || questions > 1) {
		out->fault = rd_ok(&rd) ? "more than one question" : "header or question is cut";
		return false;
	}
	/* A record takes 11 bytes at least: the count of a forged header buys no memory. */
	n = bytes.n / 11 < MAX_RECORDS ? bytes.n / 11 : MAX_RECORDS;
	out->answers = arena_array(arena, struct dns_record, n + 1);
	sections_decode(arena, bytes, &rd, counts, out);
	return true;
}
