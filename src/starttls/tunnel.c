/* What proxies want to hear: CONNECT (RFC 9110 9.3.6, 11.7; Basic: RFC 7617), SOCKS5 (RFC 1928, 1929),
 * SOCKS4 and 4a. */
#include "starttls/dialogue.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>

#include "base/wr.h"

/* ---- CONNECT ------------------------------------------------------------------------------------------------ */

enum connect_state { STATUS_LINE, HEADERS };

const char *tunnel_basic(struct arena *arena, const char *user, const char *password)
{
	const char *pair = arena_printf(arena, "%s:%s", user, password ? password : "");
	size_t n = strlen(pair);
	char *text = arena_alloc(arena, 4 * ((n + 2) / 3) + 1);

	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)pair, (int)n);
	return arena_printf(arena, "Basic %s", text);
}

static void begin_connect(struct dialogue *d)
{
	const struct dialogue_ask *ask = d->ask;
	bool is_v6 = strchr(ask->host, ':') != NULL;
	const char *at = arena_printf(d->arena, "%s%s%s:%u", is_v6 ? "[" : "", ask->host, is_v6 ? "]" : "", ask->port);

	d->out->step = DIALOGUE_COMMAND;
	dialogue_say(d, arena_printf(d->arena, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s%s%sUser-Agent: why443\r\n\r\n", at, at,
				     ask->user ? "Proxy-Authorization: " : "",
				     ask->user ? tunnel_basic(d->arena, ask->user, ask->password) : "", ask->user ? "\r\n" : ""));
}

static void status_line(struct dialogue *d, struct span line)
{
	bool is_last;
	long blank = span_find(line, span_str(" "));
	int code = blank < 0 ? 0 : line_code(span_sub(line, (size_t)blank + 1, 3), &is_last);

	if (!span_is(span_sub(line, 0, 7), "HTTP/1.") || code < 100) {
		dialogue_foreign(d, line);
		return;
	}
	d->out->code = code;
	d->out->greeting = arena_text(d->arena, span_sub(line, 0, 300));
	d->out->text = d->out->greeting;
	d->state = HEADERS;
}

/* What says why, and who says it. */
static void header_line(struct dialogue *d, struct span line)
{
	static const char *const telling[] = { "x-squid-error", "proxy-status", "x-proxy-error", "via", "server" };
	long colon = span_find(line, span_str(":"));
	struct span name, value;

	if (colon <= 0)
		return;
	name = span_sub(line, 0, (size_t)colon);
	value = span_trim(span_sub(line, (size_t)colon + 1, line.n));
	if (span_is_nocase(name, "proxy-authenticate")) {
		dialogue_offer(d, value);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(telling); i++)
		if (span_is_nocase(name, telling[i]) && d->out->code != 407 && d->out->code >= 300)
			dialogue_offer(d, line);
}

static void headers_end(struct dialogue *d)
{
	int code = d->out->code;
	struct span line = span_str(d->out->greeting);

	if (code >= 200 && code < 300)
		dialogue_done(d);
	else if (code == 407 || code == 401)    /* 401 is a server's, but some proxies say it to a wrong password */
		dialogue_fail(d, DIALOGUE_WANTS_LOGIN, code, line);
	else if (code >= 200)
		dialogue_fail(d, DIALOGUE_REFUSED, code, line);
	else
		d->state = STATUS_LINE;         /* 1xx: the answer is yet to come */
}

static size_t take_connect(struct dialogue *d, struct span bytes)
{
	struct span line;
	size_t n;

	if (d->state == STATUS_LINE && bytes.p[0] != 'H') {
		dialogue_foreign(d, bytes);
		return 0;
	}
	if (!dialogue_line(bytes, &line, &n))
		return 0;
	if (d->state == STATUS_LINE)
		status_line(d, line);
	else if (line.n > 0)
		header_line(d, line);
	else
		headers_end(d);
	return n;
}

/* ---- SOCKS5 --------------------------------------------------------------------------------------------------- */

enum socks_state { METHODS, LOGIN, REPLY };
enum { SOCKS_NONE = 0, SOCKS_PASSWORD = 2, SOCKS_IPV4 = 1, SOCKS_NAME = 3, SOCKS_IPV6 = 4, FIELD_MAX = 255 };

static void begin_socks5(struct dialogue *d)
{
	if (d->ask->user)
		dialogue_say_bytes(d, span_of("\x05\x02\x00\x02", 4));
	else
		dialogue_say_bytes(d, span_of("\x05\x01\x00", 3));
}

static void field8(struct wr *wr, const char *text)
{
	struct span bytes = span_sub(span_str(text ? text : ""), 0, FIELD_MAX);

	wr_u8(wr, (uint8_t)bytes.n);
	wr_bytes(wr, bytes);
}

static void socks5_login(struct dialogue *d)
{
	uint8_t buffer[2 * FIELD_MAX + 8];
	struct wr wr = wr_of(buffer, sizeof buffer);

	wr_u8(&wr, 1);
	field8(&wr, d->ask->user);
	field8(&wr, d->ask->password);
	dialogue_say_bytes(d, wr_span(&wr));
	d->out->step = DIALOGUE_LOGIN;
	d->state = LOGIN;
}

/* The tunnel's end, where it is known as an address: a host that is written as one goes as one, since some
 * proxies look such a "name" up. AF_UNSPEC: the name is sent. */
static struct sockaddr_storage end_address(const struct dialogue_ask *ask)
{
	struct sockaddr_storage out = ask->address;

	if (out.ss_family != AF_UNSPEC)
		return out;
	if (inet_pton(AF_INET, ask->host, &((struct sockaddr_in *)(void *)&out)->sin_addr) == 1)
		out.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, ask->host, &((struct sockaddr_in6 *)(void *)&out)->sin6_addr) == 1)
		out.ss_family = AF_INET6;
	return out;
}

static void put_address(struct wr *wr, const struct sockaddr_storage *address)
{
	if (address->ss_family == AF_INET6) {
		wr_u8(wr, SOCKS_IPV6);
		wr_bytes(wr, span_of(&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16));
	} else {
		wr_u8(wr, SOCKS_IPV4);
		wr_bytes(wr, span_of(&((const struct sockaddr_in *)(const void *)address)->sin_addr, 4));
	}
}

static void socks5_request(struct dialogue *d)
{
	uint8_t buffer[FIELD_MAX + 16];
	struct wr wr = wr_of(buffer, sizeof buffer);
	const struct sockaddr_storage address = end_address(d->ask);

	wr_bytes(&wr, span_of("\x05\x01\x00", 3));
	if (address.ss_family != AF_UNSPEC) {
		put_address(&wr, &address);
	} else {
		wr_u8(&wr, SOCKS_NAME);
		field8(&wr, d->ask->host);
	}
	wr_u16(&wr, d->ask->port);
	dialogue_say_bytes(d, wr_span(&wr));
	d->out->step = DIALOGUE_COMMAND;
	d->state = REPLY;
}

static size_t socks5_method(struct dialogue *d, uint8_t method)
{
	if (method == SOCKS_NONE)
		socks5_request(d);
	else if (method == SOCKS_PASSWORD && d->ask->user)
		socks5_login(d);
	else {
		d->out->offers = method == 0xff ? NULL : arena_printf(d->arena, "method %u", method);
		dialogue_fail(d, DIALOGUE_WANTS_LOGIN, method, span_str("none of the ways to sign in that were offered is accepted"));
	}
	return 2;
}

static const char *socks5_words(uint8_t code)
{
	static const char *const words[] = {
		"succeeded", "general failure", "not allowed by the proxy's rules", "network unreachable", "host unreachable",
		"connection refused", "TTL expired", "command not supported", "address type not supported",
	};

	return code < COUNT_OF(words) ? words[code] : "an unassigned code";
}

static size_t socks5_reply(struct dialogue *d, struct span b)
{
	size_t n;

	if (b.n < 5)
		return 0;
	n = b.p[3] == SOCKS_IPV4 ? 10 : b.p[3] == SOCKS_IPV6 ? 22 : b.p[3] == SOCKS_NAME ? 7 + (size_t)b.p[4] : 0;
	if (b.p[1] != 0) {
		dialogue_fail(d, DIALOGUE_REFUSED, b.p[1], span_str(socks5_words(b.p[1])));
		return b.n;
	}
	if (n == 0) {
		dialogue_fail(d, DIALOGUE_MALFORMED, b.p[3], span_str("no such type of address"));
		return b.n;
	}
	if (b.n < n)
		return 0;
	dialogue_done(d);
	return n;
}

static size_t take_socks5(struct dialogue *d, struct span b)
{
	/* The answer to a login has a version of its own. */
	if (b.p[0] != 5 && d->state != LOGIN) {
		dialogue_foreign(d, b);
		return 0;
	}
	if (b.n < 2)
		return 0;
	if (d->state == METHODS)
		return socks5_method(d, b.p[1]);
	if (d->state == REPLY)
		return socks5_reply(d, b);
	if (b.p[1] == 0)
		socks5_request(d);
	else
		dialogue_fail(d, DIALOGUE_WANTS_LOGIN, b.p[1], span_str("user and password refused"));
	return 2;
}

/* ---- SOCKS4, 4a --------------------------------------------------------------------------------------------------- */

static void begin_socks4(struct dialogue *d)
{
	const struct sockaddr_storage address = end_address(d->ask);
	const struct sockaddr_in *v4 = (const void *)&address;
	bool has_address = address.ss_family == AF_INET;
	uint8_t buffer[2 * FIELD_MAX + 16];
	struct wr wr = wr_of(buffer, sizeof buffer);

	wr_bytes(&wr, span_of("\x04\x01", 2));
	wr_u16(&wr, d->ask->port);
	wr_bytes(&wr, has_address ? span_of(&v4->sin_addr, 4) : span_of("\0\0\0\x01", 4));
	wr_bytes(&wr, span_sub(span_str(d->ask->user ? d->ask->user : ""), 0, FIELD_MAX));
	wr_u8(&wr, 0);
	if (!has_address) {
		wr_bytes(&wr, span_sub(span_str(d->ask->host), 0, FIELD_MAX));
		wr_u8(&wr, 0);
	}
	dialogue_say_bytes(d, wr_span(&wr));
	d->out->step = DIALOGUE_COMMAND;
}

static size_t take_socks4(struct dialogue *d, struct span b)
{
	if (b.p[0] != 0) {
		dialogue_foreign(d, b);
		return 0;
	}
	if (b.n < 8)
		return 0;
	if (b.p[1] == 90)
		dialogue_done(d);
	else if (b.p[1] == 92 || b.p[1] == 93)
		dialogue_fail(d, DIALOGUE_WANTS_LOGIN, b.p[1], span_str("the user's identity is not confirmed (identd)"));
	else
		dialogue_fail(d, DIALOGUE_REFUSED, b.p[1], span_str("request rejected or failed"));
	return 8;
}

const struct dialogue_protocol protocol_connect = { "http", "HTTP CONNECT", "CONNECT", false, begin_connect, take_connect, false };
const struct dialogue_protocol protocol_socks5 = { "socks5", "SOCKS5", "CONNECT", true, begin_socks5, take_socks5, false };
const struct dialogue_protocol protocol_socks4 = { "socks4", "SOCKS4", "CONNECT", false, begin_socks4, take_socks4, false };
