/* RDATA decoders; see records.h. The texts are our own writing, one line each. */
#include "dns/records.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "dns/message.h"

#define TEXT_BYTES_MAX 2048     /* of hexadecimal or strings shown of one record */

enum svcb_key {
	SVCB_MANDATORY = 0,
	SVCB_ALPN = 1,
	SVCB_NO_DEFAULT_ALPN = 2,
	SVCB_PORT = 3,
	SVCB_IPV4_HINT = 4,
	SVCB_ECH = 5,
	SVCB_IPV6_HINT = 6,
};

static const char *hex(struct arena *arena, struct span bytes)
{
	size_t n = bytes.n < TEXT_BYTES_MAX ? bytes.n : TEXT_BYTES_MAX;
	char *text = arena_alloc(arena, 2 * n + 4);

	for (size_t i = 0; i < n; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes.p[i]);
	if (n < bytes.n)
		memcpy(text + 2 * n, "...", 4);
	return text;
}

static const char *unknown_text(struct arena *arena, struct span rdata)
{
	return arena_printf(arena, "\\# %zu %s", rdata.n, hex(arena, rdata));
}

/* ---- addresses and names ---- */

bool dns_address_decode(uint16_t type, struct span rdata, uint16_t port,
			struct sockaddr_storage *address, socklen_t *len)
{
	memset(address, 0, sizeof *address);
	if (type == DNS_TYPE_A && rdata.n == 4) {
		struct sockaddr_in *in = (struct sockaddr_in *)address;

		in->sin_family = AF_INET;
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, rdata.p, 4);
		*len = sizeof *in;
		return true;
	}
	if (type == DNS_TYPE_AAAA && rdata.n == 16) {
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)address;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons(port);
		memcpy(&in6->sin6_addr, rdata.p, 16);
		*len = sizeof *in6;
		return true;
	}
	return false;
}

static const char *address_text(struct arena *arena, uint16_t type, struct span rdata)
{
	char text[INET6_ADDRSTRLEN];

	if (rdata.n != (type == DNS_TYPE_A ? 4u : 16u))
		return NULL;
	if (!inet_ntop(type == DNS_TYPE_A ? AF_INET : AF_INET6, rdata.p, text, sizeof text))
		return NULL;
	return arena_str(arena, text);
}

bool dns_name_decode(struct arena *arena, struct span rdata, const char **name)
{
	char text[DNS_NAME_TEXT_MAX];
	struct rd rd = rd_of(rdata);

	if (!dns_name_read(rdata, &rd, text) || !rd_done(&rd))
		return false;
	*name = arena_str(arena, text);
	return true;
}

static const char *name_text(struct arena *arena, struct span rdata)
{
	const char *name;

	return dns_name_decode(arena, rdata, &name) ? name : NULL;
}

static const char *mx_text(struct arena *arena, struct span rdata)
{
	struct rd rd = rd_of(rdata);
	char name[DNS_NAME_TEXT_MAX];
	uint16_t preference = rd_u16(&rd);

	if (!dns_name_read(rdata, &rd, name) || !rd_done(&rd))
		return NULL;
	return arena_printf(arena, "%u %s", preference, name);
}

static const char *soa_text(struct arena *arena, struct span rdata)
{
	struct rd rd = rd_of(rdata);
	char primary[DNS_NAME_TEXT_MAX], mailbox[DNS_NAME_TEXT_MAX];
	uint32_t v[5];

	dns_name_read(rdata, &rd, primary);
	dns_name_read(rdata, &rd, mailbox);
	for (size_t i = 0; i < COUNT_OF(v); i++)
		v[i] = rd_u32(&rd);
	if (!rd_done(&rd))
		return NULL;
	return arena_printf(arena, "%s %s %u %u %u %u %u", primary, mailbox, v[0], v[1], v[2], v[3], v[4]);
}

/* ---- strings ---- */

/* In quotes; quote and backslash escaped, unprintable bytes as \DDD. */
static size_t quote(char *to, struct span text)
{
	size_t n = 0;

	to[n++] = '"';
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		if (c == '"' || c == '\\') {
			to[n++] = '\\';
			to[n++] = (char)c;
		} else if (c < ' ' || c >= 0x7f) {
			n += (size_t)snprintf(to + n, 5, "\\%03u", c);
		} else {
			to[n++] = (char)c;
		}
	}
	to[n++] = '"';
	to[n] = '\0';
	return n;
}

static const char *quoted(struct arena *arena, struct span text)
{
	char *to = arena_alloc(arena, 4 * text.n + 3);

	quote(to, text);
	return to;
}

static const char *txt_text(struct arena *arena, struct span rdata)
{
	struct rd rd = rd_of(span_sub(rdata, 0, rdata.n));
	char *text = arena_alloc(arena, 6 * rdata.n + 3);
	size_t n = 0;

	while (rd_more(&rd)) {
		struct rd string = rd_vec8(&rd);

		if (n > 0)
			text[n++] = ' ';
		n += quote(text + n, rd_rest(&string));
	}
	return rdata.n > 0 && rd_ok(&rd) ? text : NULL;
}

/* ---- CAA, RFC 8659 4.1 ---- */

bool dns_caa_decode(struct arena *arena, struct span rdata, struct dns_caa *out)
{
	struct rd rd = rd_of(rdata), tag;
	struct span tag_text, value;

	out->is_critical = (rd_u8(&rd) & 0x80) != 0;
	tag = rd_vec8(&rd);
	tag_text = rd_rest(&tag);
	value = rd_rest(&rd);
	if (!rd_ok(&rd) || tag_text.n == 0)
		return false;
	for (size_t i = 0; i < tag_text.n; i++) {
		uint8_t c = tag_text.p[i] | 0x20;

		if (!(c >= 'a' && c <= 'z') && !(tag_text.p[i] >= '0' && tag_text.p[i] <= '9'))
			return false;
	}
	out->tag = arena_text(arena, tag_text);
	out->value = arena_text(arena, value);
	return true;
}

static const char *caa_text(struct arena *arena, struct span rdata)
{
	struct dns_caa caa;

	if (!dns_caa_decode(arena, rdata, &caa))
		return NULL;
	return arena_printf(arena, "%u %s %s", rdata.p[0], caa.tag, quoted(arena, span_str(caa.value)));
}

/* ---- TLSA, RFC 6698 2.1 ---- */

bool dns_tlsa_decode(struct span rdata, struct dns_tlsa *out)
{
	struct rd rd = rd_of(rdata);

	out->usage = rd_u8(&rd);
	out->selector = rd_u8(&rd);
	out->matching = rd_u8(&rd);
	out->data = rd_rest(&rd);
	return rd_ok(&rd) && out->data.n > 0;
}

static const char *tlsa_text(struct arena *arena, struct span rdata)
{
	struct dns_tlsa tlsa;

	if (!dns_tlsa_decode(rdata, &tlsa))
		return NULL;
	return arena_printf(arena, "%u %u %u %s", tlsa.usage, tlsa.selector, tlsa.matching,
			    hex(arena, tlsa.data));
}

/* ---- SVCB and HTTPS, RFC 9460 2.2 and 7 ---- */

static bool alpn_decode(struct arena *arena, struct rd value, struct dns_svcb *out)
{
	size_t cap = 0;

	while (rd_more(&value)) {
		struct rd id = rd_vec8(&value);
		struct span text = rd_rest(&id);

		if (rd_ok(&value) && text.n > 0)
			*arena_push(arena, out->alpn, out->n_alpn, cap) =
				arena_text(arena, text);
		else
			rd_fail(&value);
	}
	return rd_ok(&value) && out->n_alpn > 0;
}

static bool svcb_param_decode(struct arena *arena, uint16_t key, struct rd value, struct dns_svcb *out)
{
	switch (key) {
	case SVCB_ALPN:
		return alpn_decode(arena, value, out);
	case SVCB_NO_DEFAULT_ALPN:
		out->no_default_alpn = true;
		return value.n == 0;
	case SVCB_PORT:
		out->has_port = true;
		out->port = rd_u16(&value);
		return rd_done(&value);
	case SVCB_IPV4_HINT:
		out->ipv4_hints = rd_rest(&value);
		return out->ipv4_hints.n > 0 && out->ipv4_hints.n % 4 == 0;
	case SVCB_IPV6_HINT:
		out->ipv6_hints = rd_rest(&value);
		return out->ipv6_hints.n > 0 && out->ipv6_hints.n % 16 == 0;
	case SVCB_ECH:
		out->ech = rd_rest(&value);
		return out->ech.n > 0;
	default:
		return true;
	}
}

bool dns_svcb_decode(struct arena *arena, struct span rdata, struct dns_svcb *out)
{
	struct rd rd = rd_of(rdata);
	char target[DNS_NAME_TEXT_MAX];
	long last_key = -1;

	*out = (struct dns_svcb){ 0 };
	out->priority = rd_u16(&rd);
	if (!dns_name_read(rdata, &rd, target))
		return false;
	out->target = arena_str(arena, target);
	while (rd_more(&rd)) {
		uint16_t key = rd_u16(&rd);
		struct rd value = rd_vec16(&rd);

		/* Keys go strictly upwards, so none comes twice. */
		if (!rd_ok(&rd) || (long)key <= last_key || !svcb_param_decode(arena, key, value, out))
			return false;
		last_key = key;
	}
	return rd_ok(&rd);
}

static const char *hints_text(struct arena *arena, struct span hints, uint16_t type)
{
	size_t each = type == DNS_TYPE_A ? 4 : 16;
	const char *list = "";

	for (size_t at = 0; at + each <= hints.n && at < 8 * each; at += each)
		list = arena_printf(arena, "%s%s%s", list, at ? "," : "",
				    address_text(arena, type, span_sub(hints, at, each)));
	return list;
}

static const char *svcb_text(struct arena *arena, struct span rdata)
{
	struct dns_svcb svcb;
	char *text;

	if (!dns_svcb_decode(arena, rdata, &svcb))
		return NULL;
	text = arena_printf(arena, "%u %s", svcb.priority, svcb.target);
	for (size_t i = 0; i < svcb.n_alpn && i < 16; i++)
		text = arena_printf(arena, "%s%s%s", text, i ? "," : " alpn=", svcb.alpn[i]);
	if (svcb.no_default_alpn)
		text = arena_printf(arena, "%s no-default-alpn", text);
	if (svcb.has_port)
		text = arena_printf(arena, "%s port=%u", text, svcb.port);
	if (svcb.ipv4_hints.n)
		text = arena_printf(arena, "%s ipv4hint=%s", text,
				    hints_text(arena, svcb.ipv4_hints, DNS_TYPE_A));
	if (svcb.ech.n)
		text = arena_printf(arena, "%s ech=(%zu bytes)", text, svcb.ech.n);
	if (svcb.ipv6_hints.n)
		text = arena_printf(arena, "%s ipv6hint=%s", text,
				    hints_text(arena, svcb.ipv6_hints, DNS_TYPE_AAAA));
	return text;
}

const char *dns_record_text(struct arena *arena, uint16_t type, struct span rdata)
{
	const char *text = NULL;

	switch (type) {
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		text = address_text(arena, type, rdata);
		break;
	case DNS_TYPE_CNAME:
	case DNS_TYPE_NS:
	case DNS_TYPE_PTR:
	case DNS_TYPE_DNAME:
		text = name_text(arena, rdata);
		break;
	case DNS_TYPE_MX:
		text = mx_text(arena, rdata);
		break;
	case DNS_TYPE_SOA:
		text = soa_text(arena, rdata);
		break;
	case DNS_TYPE_TXT:
		text = txt_text(arena, rdata);
		break;
	case DNS_TYPE_CAA:
		text = caa_text(arena, rdata);
		break;
	case DNS_TYPE_TLSA:
		text = tlsa_text(arena, rdata);
		break;
	case DNS_TYPE_SVCB:
	case DNS_TYPE_HTTPS:
		text = svcb_text(arena, rdata);
		break;
	default:
		return unknown_text(arena, rdata);
	}
	return text ? text : arena_printf(arena, "(malformed) %s", unknown_text(arena, rdata));
}
