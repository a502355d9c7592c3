/* URL parsing and resolving. See url.h for what is read and how. */
#include "http/url.h"

#include "http/buffer.h"

enum { MAX_URL = 64 << 10 };

static const struct special {
	const char *scheme;
	uint16_t port;
} specials[] = {
	{ "http", 80 }, { "https", 443 }, { "ws", 80 },
	{ "wss", 443 }, { "ftp", 21 },	  { "file", 0 },
};

static const struct special *special_find(const char *scheme)
{
	for (size_t i = 0; i < COUNT_OF(specials); i++)
		if (strcmp(specials[i].scheme, scheme) == 0)
			return &specials[i];
	return NULL;
}

static bool is_alpha(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static int hex_value(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- preparing ----------------------------------------------------------------------------------- */

/* Without controls and blanks around it and without tabs and line ends inside. */
static struct span clean(struct arena *arena, struct span text)
{
	uint8_t *copy;
	size_t n = 0;

	while (text.n > 0 && text.p[0] <= ' ')
		text = span_sub(text, 1, text.n);
	while (text.n > 0 && text.p[text.n - 1] <= ' ')
		text.n--;
	copy = arena_alloc(arena, text.n + 1);
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '\t' && text.p[i] != '\n' && text.p[i] != '\r')
			copy[n++] = text.p[i];
	return span_of(copy, n);
}

static size_t scheme_len(struct span text)
{
	size_t n = 0;

	if (text.n == 0 || !is_alpha(text.p[0]))
		return 0;
	while (n < text.n && (is_alpha(text.p[n]) || is_digit(text.p[n]) || text.p[n] == '+' ||
			      text.p[n] == '-' || text.p[n] == '.'))
		n++;
	return n < text.n && text.p[n] == ':' ? n : 0;
}

static char *lower_copy(struct arena *arena, struct span text)
{
	char *copy = arena_strn(arena, text.p, text.n);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	return copy;
}

static bool is_slash(uint8_t c, bool special)
{
	return c == '/' || (special && c == '\\');
}

/* ---- percent-encoding ------------------------------------------------------------------------------ */

static bool must_encode(uint8_t c, const char *also)
{
	return c <= ' ' || c >= 0x7f || strchr(also, c) != NULL;
}

static const char *encode(struct arena *arena, struct span text, const char *also)
{
	static const char digits[] = "0123456789ABCDEF";
	char *copy = arena_alloc(arena, text.n * 3 + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (must_encode(text.p[i], also)) {
			copy[n++] = '%';
			copy[n++] = digits[text.p[i] >> 4];
			copy[n++] = digits[text.p[i] & 15];
		} else {
			copy[n++] = (char)text.p[i];
		}
	}
	return copy;
}

static struct span percent_decode(struct arena *arena, struct span text)
{
	uint8_t *copy = arena_alloc(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool is_code = text.p[i] == '%' && i + 2 < text.n &&
			       hex_value(text.p[i + 1]) >= 0 && hex_value(text.p[i + 2]) >= 0;

		copy[n++] = is_code ? (uint8_t)(hex_value(text.p[i + 1]) * 16 +
						hex_value(text.p[i + 2]))
				    : text.p[i];
		i += is_code ? 2 : 0;
	}
	return span_of(copy, n);
}

/* ---- host --------------------------------------------------------------------------------------- */

/* One number of an IPv4 address: decimal, 0x hexadecimal or 0 octal. */
static bool ipv4_number(struct span part, uint64_t *value)
{
	unsigned radix = 10;

	*value = 0;
	if (part.n == 0)
		return false;
	if (part.n >= 2 && part.p[0] == '0' && (part.p[1] | 0x20) == 'x') {
		radix = 16;
		part = span_sub(part, 2, part.n);
	} else if (part.n >= 2 && part.p[0] == '0') {
		radix = 8;
	}
	for (size_t i = 0; i < part.n; i++) {
		int digit = hex_value(part.p[i]);

		if (digit < 0 || (unsigned)digit >= radix || *value > UINT32_MAX)
			return false;
		*value = *value * radix + (unsigned)digit;
	}
	return true;
}

static bool looks_numeric(struct span host)
{
	size_t at = host.n;
	struct span last;
	uint64_t unused;
	bool digits = true;

	while (at > 0 && host.p[at - 1] != '.')
		at--;
	last = span_sub(host, at, host.n);
	for (size_t i = 0; i < last.n; i++)
		digits &= is_digit(last.p[i]);
	return last.n > 0 && (digits || ipv4_number(last, &unused));
}

/* "127.1", "0x7f000001": the last part fills what is left. */
static bool ipv4_read(struct span host, uint32_t *address)
{
	uint64_t parts[4], last;
	size_t n = 0;

	*address = 0;
	for (bool more = true; more; n++) {
		long dot = span_find(host, span_str("."));

		more = dot >= 0;
		if (n == 4 || !ipv4_number(more ? span_sub(host, 0, (size_t)dot) : host, &parts[n]))
			return false;
		host = span_sub(host, (size_t)(dot + 1), host.n);
	}
	last = parts[n - 1];
	if (last >= (uint64_t)1 << (8 * (5 - n)))
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		if (parts[i] > 255)
			return false;
		*address |= (uint32_t)parts[i] << (24 - 8 * i);
	}
	*address |= (uint32_t)last;
	return true;
}

static bool ipv6_is_plausible(struct span text)
{
	size_t n_colons = 0;

	if (text.n < 2 || text.n > 45)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		n_colons += text.p[i] == ':';
		if (hex_value(text.p[i]) < 0 && text.p[i] != ':' && text.p[i] != '.')
			return false;
	}
	return n_colons >= 2 && n_colons <= 7;
}

static bool host_is_clean(struct span host)
{
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] <= ' ' || host.p[i] == 0x7f || strchr("#%/:<>?@[\\]^|", host.p[i]))
			return false;
	return true;
}

static bool host_read(struct arena *arena, struct span text, struct url *out)
{
	uint32_t address;

	if (text.n > 0 && text.p[0] == '[') {
		if (text.p[text.n - 1] != ']' || !ipv6_is_plausible(span_sub(text, 1, text.n - 2)))
			return false;
		out->is_ipv6 = true;
		out->host = lower_copy(arena, span_sub(text, 1, text.n - 2));
		return true;
	}
	text = percent_decode(arena, text);
	if (text.n > 1024 || !host_is_clean(text))
		return false;
	if (looks_numeric(text)) {
		if (!ipv4_read(text, &address))
			return false;
		out->is_ipv4 = true;
		out->host = arena_printf(arena, "%u.%u.%u.%u", address >> 24, address >> 16 & 255,
					 address >> 8 & 255, address & 255);
		return true;
	}
	out->host = lower_copy(arena, text);
	return true;
}

static bool port_read(struct span text, const struct special *special, struct url *out)
{
	uint32_t port = 0;

	if (text.n == 0)
		return true;
	for (size_t i = 0; i < text.n; i++) {
		if (!is_digit(text.p[i]))
			return false;
		port = port * 10 + (uint32_t)(text.p[i] - '0');
		if (port > UINT16_MAX)
			return false;
	}
	out->has_port = !special || special->port != port;
	out->port = (uint16_t)port;
	return true;
}

/* "user:password@host:port" */
static bool authority_read(struct arena *arena, struct span text, const struct special *special,
			   struct url *out)
{
	size_t at = text.n, colon;

	while (at > 0 && text.p[at - 1] != '@')
		at--;
	out->has_userinfo = at > 0;
	text = span_sub(text, at, text.n);
	colon = text.n;
	for (size_t i = text.n; i > 0 && text.p[i - 1] != ']'; i--)
		if (text.p[i - 1] == ':')
			colon = i - 1;
	if (!host_read(arena, span_sub(text, 0, colon), out))
		return false;
	if (special && special->port && !*out->host)
		return false;
	return port_read(span_sub(text, colon + 1, text.n), special, out);
}

/* ---- path ---------------------------------------------------------------------------------------- */

static bool is_dot(struct span part)
{
	return span_is(part, ".") || span_is_nocase(part, "%2e");
}

static bool is_dot_dot(struct span part)
{
	return span_is(part, "..") || span_is_nocase(part, "%2e.") ||
	       span_is_nocase(part, ".%2e") || span_is_nocase(part, "%2e%2e");
}

static void last_part_drop(struct buffer *path)
{
	while (path->n > 0 && path->p[--path->n] != '/')
		;
}

/* Joins `text` to `path`, dot segments taken out. RFC 3986 5.2.4. */
static void path_append(struct arena *arena, struct buffer *path, struct span text, bool special)
{
	while (text.n > 0) {
		size_t n = 0;
		struct span part;
		bool more;

		while (n < text.n && !is_slash(text.p[n], special))
			n++;
		part = span_sub(text, 0, n);
		more = n < text.n;
		if (is_dot_dot(part)) {
			last_part_drop(path);
		} else if (!is_dot(part)) {
			buffer_str(arena, path, "/");
			buffer_add(arena, path, part);
			text = span_sub(text, n + 1, text.n);
			if (more && text.n == 0)
				buffer_str(arena, path, "/");
			continue;
		}
		text = span_sub(text, n + 1, text.n);
		if (text.n == 0)
			buffer_str(arena, path, "/");
	}
}

static void tail_split(struct span *text, struct span *query, struct span *fragment,
		       bool *has_query, bool *has_fragment)
{
	long hash = span_find(*text, span_str("#")), mark;

	*has_fragment = hash >= 0;
	if (*has_fragment) {
		*fragment = span_sub(*text, (size_t)hash + 1, text->n);
		*text = span_sub(*text, 0, (size_t)hash);
	}
	mark = span_find(*text, span_str("?"));
	*has_query = mark >= 0;
	if (*has_query) {
		*query = span_sub(*text, (size_t)mark + 1, text->n);
		*text = span_sub(*text, 0, (size_t)mark);
	}
}

static void authority_copy(struct url *out, const struct url *base)
{
	out->host = base->host;
	out->port = base->port;
	out->has_port = base->has_port;
	out->has_userinfo = base->has_userinfo;
	out->is_ipv4 = base->is_ipv4;
	out->is_ipv6 = base->is_ipv6;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

/* Behind "scheme:" or the whole reference: the leading slashes tell what it is. */
static bool hierarchy_read(struct arena *arena, struct span text, const struct url *base,
			   bool is_absolute, struct url *out)
{
	const struct special *special = special_find(out->scheme);
	bool is_special = special != NULL, is_file = is_special && strcmp(out->scheme, "file") == 0;
	struct buffer path = { 0 };
	size_t slashes = 0, end;
	struct span rest = text;

	while (slashes < text.n && is_slash(text.p[slashes], is_special))
		slashes++;
	if ((is_absolute && is_special && !is_file) || slashes >= 2) {
		size_t skip = is_special && !is_file ? slashes : 2;

		rest = span_sub(text, skip < slashes ? skip : slashes, text.n);
		for (end = 0; end < rest.n && !is_slash(rest.p[end], is_special);)
			end++;
		if (!authority_read(arena, span_sub(rest, 0, end), special, out))
			return false;
		rest = span_sub(rest, end, rest.n);
	} else if (base) {
		authority_copy(out, base);
		if (slashes == 0) {
			path_append(arena, &path,
				    span_sub(span_str(base->path), 1, strlen(base->path)),
				    is_special);
			last_part_drop(&path);
		}
	}
	if (rest.n > 0 && is_slash(rest.p[0], is_special))
		rest = span_sub(rest, 1, rest.n);
	path_append(arena, &path, rest, is_special);
	out->path = path.n ? encode(arena, buffer_span(&path), "\"#<>?`{}") : "/";
	return true;
}

static bool is_relative_to(const struct url *base, const char *scheme, struct span rest)
{
	return base && strcmp(base->scheme, scheme) == 0 && special_find(scheme) &&
	       !(rest.n > 0 && is_slash(rest.p[0], true));
}

static bool absolute_read(struct arena *arena, struct span text, const struct url *base,
			  struct url *out)
{
	const struct special *special = special_find(out->scheme);

	out->port = special ? special->port : 0;
	/* "http:page" within http is relative, an old habit that the standard keeps */
	if (is_relative_to(base, out->scheme, text))
		return hierarchy_read(arena, text, base, false, out);
	if (!special && (text.n == 0 || text.p[0] != '/')) {
		out->path = encode(arena, text, ""); /* data:, mailto:, javascript: ... */
		return true;
	}
	return hierarchy_read(arena, text, NULL, true, out);
}

bool url_parse(struct arena *arena, struct span text, const struct url *base, struct url *out)
{
	struct span query = { 0 }, fragment = { 0 };
	bool has_query, has_fragment;
	size_t n_scheme;

	*out = (struct url){ 0 };
	if (text.n > MAX_URL)
		return false;
	text = clean(arena, text);
	n_scheme = scheme_len(text);
	tail_split(&text, &query, &fragment, &has_query, &has_fragment);
	if (n_scheme > text.n)
		return false;
	if (n_scheme > 0) {
		out->scheme = lower_copy(arena, span_sub(text, 0, n_scheme));
		if (!absolute_read(arena, span_sub(text, n_scheme + 1, text.n), base, out))
			return false;
	} else {
		if (!base || !base->host)
			return false;
		out->scheme = base->scheme;
		out->port =
			special_find(base->scheme) ? special_find(base->scheme)->port : base->port;
		if (text.n == 0) {
			authority_copy(out, base);
			out->path = base->path;
			out->query = has_query ? NULL : base->query;
		} else if (!hierarchy_read(arena, text, base, false, out)) {
			return false;
		}
	}
	if (has_query)
		out->query = encode(arena, query, "\"#<>'");
	if (has_fragment)
		out->fragment = encode(arena, fragment, "\"<>`");
	return true;
}

const char *url_authority(struct arena *arena, const struct url *url)
{
	const char *host = url->host ? url->host : "";

	if (url->is_ipv6)
		host = arena_printf(arena, "[%s]", host);
	return url->has_port ? arena_printf(arena, "%s:%u", host, url->port) : host;
}

const char *url_target(struct arena *arena, const struct url *url)
{
	return url->query ? arena_printf(arena, "%s?%s", url->path, url->query) : url->path;
}

const char *url_format(struct arena *arena, const struct url *url)
{
	return arena_printf(arena, "%s:%s%s%s", url->scheme, url->host ? "//" : "",
			    url->host ? url_authority(arena, url) : "", url_target(arena, url));
}

bool url_is_loopback(const struct url *url)
{
	size_t n = url->host ? strlen(url->host) : 0;

	if (n == 0)
		return false;
	if (url->is_ipv4)
		return strncmp(url->host, "127.", 4) == 0;
	if (url->is_ipv6)
		return strcmp(url->host, "::1") == 0 || strcmp(url->host, "0:0:0:0:0:0:0:1") == 0;
	if (url->host[n - 1] == '.')
		n--;
	if (n == 9 && strncmp(url->host, "localhost", 9) == 0)
		return true;
	return n > 10 && strncmp(url->host + n - 10, ".localhost", 10) == 0;
}
