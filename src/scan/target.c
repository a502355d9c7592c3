/* Targets; see target.h. User and password are dropped, so that they get into no report; so is the
 * fragment, which never leaves a browser. */
#include "scan/target.h"

#include <arpa/inet.h>
#include <idn2.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX 16384
#define NAME_MAX_LEN 253
#define LABEL_MAX_LEN 63

struct scheme {
	const char *name;
	const char *scheme;     /* what it amounts to */
	const char *starttls;
	uint16_t port;
};

#define SCHEME(name, scheme, starttls, port) { name, scheme, starttls, port },
static const struct scheme schemes[] = {
#include "scan/schemes.def"
};
#undef SCHEME

static const struct scheme *scheme_find(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (span_is_nocase(name, schemes[i].name))
			return &schemes[i];
	return NULL;
}

/* ---- numeric hosts: "127.1", "0x7f000001", "2130706433" ---- */

static unsigned digit_value(uint8_t c)
{
	uint8_t small = c | 0x20;

	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	return small >= 'a' && small <= 'f' ? (unsigned)(small - 'a' + 10) : 99;
}

/* False for what is no number. Too large a value stays too large. */
static bool number_parse(struct span part, uint64_t *value)
{
	unsigned base = 10;
	size_t at = 0;

	if (part.n >= 2 && part.p[0] == '0' && (part.p[1] | 0x20) == 'x') {
		base = 16;
		at = 2;
	} else if (part.n >= 2 && part.p[0] == '0') {
		base = 8;
		at = 1;
	}
	*value = 0;
	for (; at < part.n; at++) {
		uint8_t c = part.p[at];
		unsigned digit = digit_value(c);

		if (digit >= base)
			return false;
		if (*value <= UINT32_MAX)
			*value = *value * base + digit;
	}
	return part.n > 0;
}

static bool is_digits(struct span part)
{
	for (size_t i = 0; i < part.n; i++)
		if (part.p[i] < '0' || part.p[i] > '9')
			return false;
	return part.n > 0;
}

/* The URL standard: a host whose last label is a number is an IPv4 address or nothing. */
static bool ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	struct span last = span_str(dot ? dot + 1 : host);
	uint64_t value;

	return is_digits(last) ||
	       (last.n >= 2 && last.p[0] == '0' && (last.p[1] | 0x20) == 'x' && number_parse(last, &value));
}

static bool ipv4_parse(const char *host, uint32_t *address)
{
	uint64_t parts[4] = { 0 }, value;
	size_t n = 0;

	for (const char *p = host;; p++) {
		size_t len = strcspn(p, ".");

		if (n == 4 || !number_parse(span_of(p, len), &parts[n]))
			return false;
		n++;
		p += len;
		if (!*p)
			break;
	}
	value = parts[n - 1];
	if (value >> (8 * (5 - n)))
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		if (parts[i] > 255)
			return false;
		value |= parts[i] << (24 - 8 * i);
	}
	*address = (uint32_t)value;
	return true;
}

/* ---- names ---- */

static const char *lower(struct arena *arena, const char *text)
{
	char *copy = arena_str(arena, text);

	for (char *p = copy; *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	return copy;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

static bool has_a_label(const char *host)
{
	for (const char *p = host; p; p = strchr(p, '.')) {
		if (*p == '.')
			p++;
		if (strncmp(p, "xn--", 4) == 0)
			return true;
	}
	return false;
}

/* UTS 46, non-transitional, as all browsers do today. Plain ASCII is left alone: names with hyphens in
 * the third and fourth place are in use though IDNA would refuse them. */
static const char *to_ascii(struct arena *arena, const char *host, const char **invalid)
{
	char *converted = NULL;
	const char *result;
	int error;

	if (is_ascii(host)) {
		result = lower(arena, host);
		if (!has_a_label(result))
			return result;
		error = idn2_to_unicode_8z8z(result, &converted, IDN2_NONTRANSITIONAL);
		if (error != IDN2_OK)
			*invalid = arena_printf(arena, "an xn-- label is no valid IDNA name: %s",
						idn2_strerror(error));
		idn2_free(converted);
		return result;
	}
	error = idn2_to_ascii_8z(host, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (error != IDN2_OK) {
		*invalid = arena_printf(arena, "it has no IDNA form: %s", idn2_strerror(error));
		return host;
	}
	result = lower(arena, converted);
	idn2_free(converted);
	return result;
}

static const char *label_fault(struct arena *arena, struct span label)
{
	if (label.n == 0)
		return "it has an empty label (two dots in a row, or a dot in front)";
	if (label.n > LABEL_MAX_LEN)
		return arena_printf(arena, "a label has %zu characters, 63 are allowed", label.n);
	for (size_t i = 0; i < label.n; i++) {
		uint8_t c = label.p[i], small = c | 0x20;

		if ((small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_')
			continue;
		if (c > ' ' && c < 0x7f)
			return arena_printf(arena, "it holds the character '%c'", c);
		return arena_printf(arena, c == ' ' ? "it holds a blank" : "it holds the byte 0x%02x", c);
	}
	return NULL;
}

static const char *name_fault(struct arena *arena, const char *host)
{
	const char *fault = NULL;

	if (strlen(host) > NAME_MAX_LEN)
		return arena_printf(arena, "it has %zu characters, 253 are allowed", strlen(host));
	for (const char *p = host; !fault;) {
		size_t len = strcspn(p, ".");

		fault = label_fault(arena, span_of(p, len));
		if (!p[len])
			break;
		p += len + 1;
	}
	return fault;
}

static void name_read(struct arena *arena, const char *shown, struct target *out)
{
	const char *host = to_ascii(arena, shown, &out->invalid);
	size_t n = strlen(host);
	uint32_t address;

	if (n > 1 && host[n - 1] == '.') {
		out->has_trailing_dot = true;
		host = arena_strn(arena, host, n - 1);
	}
	out->host = host;
	if (out->invalid)
		return;
	out->invalid = name_fault(arena, host);
	if (out->invalid || !ends_in_number(host))
		return;
	if (!ipv4_parse(host, &address)) {
		out->invalid = "it ends in a number but is no IPv4 address";
		return;
	}
	out->is_ip = true;
	out->host = arena_printf(arena, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
				 address >> 8 & 255, address & 255);
}

static bool ipv6_read(struct arena *arena, struct span text, struct target *out)
{
	char buffer[INET6_ADDRSTRLEN];
	struct in6_addr address;
	const uint8_t *zone = text.n ? memchr(text.p, '%', text.n) : NULL;
	size_t n = zone ? (size_t)(zone - text.p) : text.n;
	struct span name = span_sub(text, n + 1, text.n);

	if (n >= sizeof buffer || (zone && name.n == 0))
		return false;
	/* RFC 6874: a URL writes the % of a zone as %25, as curl does too. */
	if (name.n > 2 && name.p[0] == '2' && name.p[1] == '5')
		name = span_sub(name, 2, name.n);
	memcpy(buffer, text.p, n);
	buffer[n] = '\0';
	if (inet_pton(AF_INET6, buffer, &address) != 1)
		return false;
	inet_ntop(AF_INET6, &address, buffer, sizeof buffer);
	out->host = zone ? arena_printf(arena, "%s%%%.*s", buffer, (int)name.n, (const char *)name.p)
			 : arena_str(arena, buffer);
	out->is_ip = true;
	return true;
}

/* ---- the parts ---- */

static int port_read(struct span digits, const char *input, uint16_t *port, bool *has_port, struct why_error *error)
{
	unsigned value = 0;

	if (digits.n == 0)              /* "host:" takes the default, RFC 3986 3.2.3 */
		return 0;
	for (size_t i = 0; i < digits.n && is_digits(digits) && value <= 65535; i++)
		value = value * 10 + (unsigned)(digits.p[i] - '0');
	if (value == 0 || value > 65535)
		return why_fail(error, WHY_EUSAGE,
				"cannot read the target \"%.100s\": \"%.*s\" is no port, which is a number "
				"from 1 to 65535",
				input, (int)(digits.n < 40 ? digits.n : 40), digits.p);
	*port = (uint16_t)value;
	*has_port = true;
	return 0;
}

static int no_host(const char *input, struct why_error *error)
{
	return why_fail(error, WHY_EUSAGE,
			"cannot read the target \"%.100s\": it names no host; expected a name, an address, "
			"host:port, [IPv6]:port or a URL",
			input);
}

static int bracket_read(struct arena *arena, struct span authority, struct target *out,
			struct why_error *error)
{
	const uint8_t *end = memchr(authority.p, ']', authority.n);
	struct span address, rest;

	if (!end)
		return why_fail(error, WHY_EUSAGE,
				"cannot read the target \"%.100s\": the bracket is not closed", out->input);
	address = span_of(authority.p + 1, (size_t)(end - authority.p) - 1);
	rest = span_sub(authority, address.n + 2, authority.n);
	if (!ipv6_read(arena, address, out))
		return why_fail(error, WHY_EUSAGE,
				"cannot read the target \"%.100s\": no IPv6 address stands in the brackets",
				out->input);
	out->host_shown = arena_strn(arena, address.p, address.n);
	if (rest.n > 0 && rest.p[0] != ':')
		return why_fail(error, WHY_EUSAGE,
				"cannot read the target \"%.100s\": only :port may follow the bracket",
				out->input);
	return port_read(span_sub(rest, 1, rest.n), out->input, &out->port, &out->has_port, error);
}

static int authority_read(struct arena *arena, struct span authority, struct target *out,
			  struct why_error *error)
{
	const uint8_t *colon;
	struct span host;

	for (size_t at = authority.n; at > 0; at--) {
		if (authority.p[at - 1] != '@')
			continue;
		authority = span_sub(authority, at, authority.n);
		break;
	}
	if (authority.n == 0)
		return no_host(out->input, error);
	if (authority.p[0] == '[')
		return bracket_read(arena, authority, out, error);
	if (ipv6_read(arena, authority, out)) {
		out->host_shown = arena_strn(arena, authority.p, authority.n);
		return 0;
	}
	colon = memchr(authority.p, ':', authority.n);
	host = colon ? span_of(authority.p, (size_t)(colon - authority.p)) : authority;
	if (host.n == 0 || span_is(host, "."))
		return no_host(out->input, error);
	out->host_shown = arena_strn(arena, host.p, host.n);
	name_read(arena, out->host_shown, out);
	return colon ? port_read(span_sub(authority, host.n + 1, authority.n), out->input, &out->port, &out->has_port,
				 error) : 0;
}

/* Path and query as they go into a request line: blanks, controls and bytes outside of ASCII become %XX. */
static const char *path_read(struct arena *arena, struct span rest)
{
	const uint8_t *fragment = rest.n ? memchr(rest.p, '#', rest.n) : NULL;
	size_t n = fragment ? (size_t)(fragment - rest.p) : rest.n, len = 0;
	char *path = arena_alloc(arena, 3 * n + 2);

	if (n == 0 || rest.p[0] != '/')
		path[len++] = '/';
	for (size_t i = rest.n && rest.p[0] == '\\' ? 1 : 0; i < n; i++) {
		if (rest.p[i] <= ' ' || rest.p[i] >= 0x7f)
			len += (size_t)snprintf(path + len, 4, "%%%02X", rest.p[i]);
		else
			path[len++] = (char)rest.p[i];
	}
	return path;
}

static int scheme_read(struct span *text, const struct scheme **scheme, const char *input,
		       struct why_error *error)
{
	long at = span_find(*text, span_str("://"));
	struct span name = span_sub(*text, 0, at > 0 ? (size_t)at : 0);

	*scheme = &schemes[0];
	/* "://" within a path or query is no scheme's. */
	if (at < 0 || (name.n && (memchr(name.p, '/', name.n) || memchr(name.p, '?', name.n) ||
				  memchr(name.p, '#', name.n))))
		return 0;
	*scheme = scheme_find(name);
	if (!*scheme)
		return why_fail(error, WHY_EUSAGE,
				"cannot read the target \"%.100s\": the scheme \"%.*s\" is unknown; expected "
				"https, http, for STARTTLS smtp, imap, pop3, ftp, ldap, xmpp, postgres, mysql, ..., "
				"for TLS at once smtps, imaps, ldaps, ..., tls",
				input, (int)(name.n < 40 ? name.n : 40), (const char *)name.p);
	*text = span_sub(*text, (size_t)at + 3, text->n);
	return 0;
}

/* Whoever is named before the @ is nobody's business: reports and messages show stars. */
static const char *without_user(struct arena *arena, const char *input)
{
	const char *slashes = strstr(input, "://"), *from = slashes ? slashes + 3 : input;
	size_t n = strcspn(from, "/\\?#"), at = n;

	while (at > 0 && from[at - 1] != '@')
		at--;
	if (at == 0)
		return arena_str(arena, input);
	return arena_printf(arena, "%.*s***%s", (int)(from - input), input, from + at - 1);
}

int target_parse(struct arena *arena, const char *input, const char *servername, struct target *out,
		 struct why_error *error)
{
	struct span text = span_trim(span_str(input));
	const struct scheme *scheme;
	size_t n = 0;
	int status;

	*out = (struct target){ .input = without_user(arena, input ? input : "") };
	if (text.n == 0)
		return why_fail(error, WHY_EUSAGE,
				"the target is empty; expected a name, an address, host:port or a URL");
	if (text.n > INPUT_MAX)
		return why_fail(error, WHY_EUSAGE, "the target has %zu bytes; %d are the most", text.n,
				INPUT_MAX);
	status = scheme_read(&text, &scheme, out->input, error);
	if (status)
		return status;
	while (n < text.n && !strchr("/\\?#", text.p[n]))
		n++;
	out->scheme = scheme->scheme;
	out->starttls = scheme->starttls;
	out->port = scheme->port;
	status = authority_read(arena, span_sub(text, 0, n), out, error);
	if (status)
		return status;
	out->path = path_read(arena, span_sub(text, n, text.n));
	if (servername)
		out->servername = *servername ? arena_str(arena, servername) : NULL;
	else if (!out->is_ip)
		out->servername = out->host;
	return 0;
}

static const struct scheme *scheme_of_starttls(const char *starttls)
{
	for (size_t i = 0; i < COUNT_OF(schemes); i++)
		if (schemes[i].starttls && strcmp(schemes[i].starttls, starttls) == 0)
			return &schemes[i];
	return NULL;
}

int target_starttls(struct target *target, const char *starttls, struct why_error *error)
{
	const struct scheme *scheme = scheme_of_starttls(starttls);
	bool is_bare = strcmp(target->scheme, "https") == 0 || target->starttls;

	if (!scheme)
		return why_fail(error, WHY_EUSAGE,
				"--starttls %.40s: expected smtp, lmtp, imap, pop3, sieve, nntp, ftp, irc, xmpp, xmpp-server, "
				"ldap, postgres, mysql, rdp, telnet or vnc", starttls);
	if (!is_bare)
		return why_fail(error, WHY_EUSAGE, "--starttls %.40s: expected no scheme but %.40s:// in the target, not %.40s://",
				starttls, scheme->scheme, target->scheme);
	target->scheme = scheme->scheme;
	target->starttls = scheme->starttls;
	if (!target->has_port)
		target->port = scheme->port;
	return 0;
}
