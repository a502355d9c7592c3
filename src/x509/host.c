/* Host names and addresses against certificates: RFC 9525, RFC 6125, RFC 5280 4.2.1.6. */
#include <arpa/inet.h>
#include <libpsl.h>

#include "base/out.h"
#include "x509/name.h"

static struct span undotted(struct span name)
{
	return name.n > 0 && name.p[name.n - 1] == '.' ? span_sub(name, 0, name.n - 1) : name;
}

bool host_is_public_suffix(struct span name)
{
	const psl_ctx_t *list = psl_builtin();
	char text[256];

	if (!list || name.n >= sizeof text || name.n == 0 || memchr(name.p, 0, name.n))
		return false;
	memcpy(text, name.p, name.n);
	text[name.n] = 0;
	return psl_is_public_suffix2(list, text, PSL_TYPE_ICANN | PSL_TYPE_NO_STAR_RULE) == 1;
}

size_t host_address(const char *host, uint8_t bytes[16])
{
	if (inet_pton(AF_INET, host, bytes) == 1)
		return 4;
	return inet_pton(AF_INET6, host, bytes) == 1 ? 16 : 0;
}

static bool label_matches(struct span pattern, struct span label, unsigned how)
{
	long star = span_find(pattern, span_str("*"));
	struct span head, tail;

	if (star < 0)
		return span_equal_nocase(pattern, label);
	if (pattern.n == 1)
		return label.n > 0;
	head = span_sub(pattern, 0, (size_t)star);
	tail = span_sub(pattern, (size_t)star + 1, pattern.n);
	if (!(how & HOST_MATCH_PARTIAL_WILDCARD) || pattern.n - 1 > label.n ||
	    span_find(tail, span_str("*")) >= 0 || span_find_nocase(pattern, span_str("xn--")) == 0)
		return false;
	return span_equal_nocase(head, span_sub(label, 0, head.n)) &&
	       span_equal_nocase(tail, span_sub(label, label.n - tail.n, tail.n));
}

bool host_matches(struct span pattern, struct span host, unsigned how)
{
	struct span rest;
	long a, b;

	pattern = undotted(pattern);
	host = undotted(host);
	if (pattern.n == 0 || host.n == 0 || memchr(pattern.p, 0, pattern.n))
		return false;
	if (span_find(pattern, span_str("*")) < 0)
		return span_equal_nocase(pattern, host);
	a = span_find(pattern, span_str("."));
	b = span_find(host, span_str("."));
	if (a <= 0 || b <= 0)
		return false;
	rest = span_sub(pattern, (size_t)a + 1, pattern.n);
	if (span_find(rest, span_str("*")) >= 0 || !span_equal_nocase(rest, span_sub(host, (size_t)b + 1, host.n)))
		return false;
	if (!(how & HOST_MATCH_TLD_WILDCARD) && span_find(rest, span_str(".")) < 0)
		return false;
	if (!(how & HOST_MATCH_PUBLIC_SUFFIX) && host_is_public_suffix(rest))
		return false;
	return label_matches(span_sub(pattern, 0, (size_t)a), span_sub(host, 0, (size_t)b), how);
}

bool cert_matches_host(const struct cert *cert, const char *host, unsigned how)
{
	uint8_t bytes[16];
	size_t n = host_address(host, bytes);

	for (size_t i = 0; i < cert->n_san; i++) {
		const struct general_name *name = &cert->san[i];

		if (n && name->type == SAN_IP && span_equal(name->value, span_of(bytes, n)))
			return true;
		if (!n && name->type == SAN_DNS && host_matches(name->value, span_str(host), how))
			return true;
	}
	return false;
}

bool cert_common_name_matches(const struct cert *cert, const char *host)
{
	uint8_t bytes[16];
	struct span name = span_str(cert->subject.common_name);

	if (host_address(host, bytes))
		return span_is_nocase(name, host);
	return host_matches(name, span_str(host), HOST_MATCH_STRICT);
}

static bool is_name_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool host_name_is_valid(struct span name)
{
	size_t label = 0;

	if (name.n > 1 && name.p[0] == '*' && name.p[1] == '.')
		name = span_sub(name, 2, name.n);
	if (name.n == 0 || name.n > 253)
		return false;
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '.') {
			if (label == 0)
				return false;
			label = 0;
		} else if (!is_name_char(name.p[i]) || ++label > 63) {
			return false;
		}
	}
	return label > 0;
}

static const char *address_text(struct arena *arena, struct span bytes)
{
	char text[INET6_ADDRSTRLEN], mask[INET6_ADDRSTRLEN];
	int family = bytes.n == 4 || bytes.n == 8 ? AF_INET : AF_INET6;

	if (bytes.n == 4 || bytes.n == 16)
		return arena_str(arena, inet_ntop(family, bytes.p, text, sizeof text));
	if (bytes.n == 8 || bytes.n == 32) {
		inet_ntop(family, bytes.p, text, sizeof text);
		inet_ntop(family, bytes.p + bytes.n / 2, mask, sizeof mask);
		return arena_printf(arena, "%s/%s", text, mask);
	}
	return arena_printf(arena, "an address of %zu bytes", bytes.n);
}

const char *general_name_text(struct arena *arena, const struct general_name *name)
{
	struct cert_name directory;

	switch (name->type) {
	case SAN_DNS:
	case SAN_EMAIL:
	case SAN_URI:
		return arena_text(arena, name->value);
	case SAN_IP:
		return address_text(arena, name->value);
	case SAN_DIRECTORY:
		directory = name_read(arena, name->value, NULL);
		return name_text(arena, &directory);
	default:
		return "a name of another kind";
	}
}

const char *cert_names_text(struct arena *arena, const struct cert *cert, size_t max)
{
	struct out out = { 0 };
	const char *text;
	size_t shown = 0;

	for (size_t i = 0; i < cert->n_san && shown < max; i++, shown++)
		out_printf(&out, "%s%s", shown ? ", " : "", general_name_text(arena, &cert->san[i]));
	if (cert->n_san > shown)
		out_printf(&out, " and %zu more", cert->n_san - shown);
	if (out.n == 0 && cert->subject.common_name)
		out_printf(&out, "(no subjectAltName; common name %s)", cert->subject.common_name);
	text = out.n ? arena_strn(arena, out.text, out.n) : "(none)";
	out_release(&out);
	return text;
}
