/* Alternative names: RFC 5280 4.2.1.6, RFC 1034 3.5, BR 7.1.2.7.12 and 3.2.2.6. */
#include <string.h>

#include "lint/lint.h"
#include "base/attr.h"
#include "x509/name.h"

typedef bool name_test(const struct lint_case *c, struct span name);

/* The first dNSName of which the test says yes. */
static const char *any_dns(const struct lint_case *c, name_test *test)
{
	if (c->cert->n_san_dns == 0)
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < c->cert->n_san; i++)
		if (c->cert->san[i].type == SAN_DNS && test(c, c->cert->san[i].value))
			return lint_quoted(c, c->cert->san[i].value);
	return NULL;
}

const char *lint_san_present(const struct lint_case *c)
{
	return c->cert->has_san ? NULL : "clients find no name in it";
}

const char *lint_san_empty(const struct lint_case *c)
{
	if (!c->cert->has_san)
		return LINT_NOT_APPLICABLE;
	return c->cert->n_san ? NULL : "it holds no name";
}

const char *lint_san_critical(const struct lint_case *c)
{
	bool is_subject_empty = c->cert->subject.n_attributes == 0;

	if (!c->cert->has_san)
		return LINT_NOT_APPLICABLE;
	if (is_subject_empty && !c->cert->san_critical)
		return "the subject is empty";
	return !is_subject_empty && c->cert->san_critical ? "there is a subject" : NULL;
}

const char *lint_san_types(const struct lint_case *c)
{
	static const char *const names[] = { "otherName", "rfc822Name", "dNSName", "x400Address", "directoryName",
					     "ediPartyName", "URI", "iPAddress", "registeredID" };

	for (size_t i = 0; i < c->cert->n_san; i++)
		if (c->cert->san[i].type != SAN_DNS && c->cert->san[i].type != SAN_IP)
			return names[c->cert->san[i].type < COUNT_OF(names) ? c->cert->san[i].type : 0];
	return c->cert->has_san ? NULL : LINT_NOT_APPLICABLE;
}

/* A flood of names is cut: the rule is a remark, not worth quadratic time. */
const char *lint_san_duplicates(const struct lint_case *c)
{
	size_t n = c->cert->n_san < 500 ? c->cert->n_san : 500;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (c->cert->san[i].type == c->cert->san[k].type &&
			    span_equal_nocase(c->cert->san[i].value, c->cert->san[k].value))
				return general_name_text(c->arena, &c->cert->san[i]);
	return n ? NULL : LINT_NOT_APPLICABLE;
}

/* ---- dNSNames ---------------------------------------------------------------------------------------------- */

/* Calls for each label; stops at the first yes. */
typedef bool label_test(struct span label, bool is_first);

static bool any_label(struct span name, label_test *test)
{
	bool is_first = true;

	while (name.n > 0 || is_first) {
		const uint8_t *dot = name.n ? memchr(name.p, '.', name.n) : NULL;
		size_t n = dot ? (size_t)(dot - name.p) : name.n;

		/* The empty rest behind a last dot is told by another rule. */
		if (test(span_sub(name, 0, n), is_first))
			return true;
		if (!dot || n + 1 == name.n)
			return false;
		name = span_sub(name, n + 1, name.n);
		is_first = false;
	}
	return false;
}

static bool is_empty_label(struct span label, bool is_first) { (void)is_first; return label.n == 0; }
static bool is_long_label(struct span label, bool is_first) { (void)is_first; return label.n > 63; }
static bool has_outer_hyphen(struct span label, bool is_first)
{
	(void)is_first;
	return label.n > 0 && (label.p[0] == '-' || label.p[label.n - 1] == '-');
}

static bool has_misplaced_star(struct span label, bool is_first)
{
	return span_find(label, span_str("*")) >= 0 && !(is_first && label.n == 1);
}

static bool is_reserved_label(struct span label, bool is_first)
{
	(void)is_first;
	return label.n >= 4 && label.p[2] == '-' && label.p[3] == '-' && !span_is_nocase(span_sub(label, 0, 2), "xn");
}

/* ---- A-labels: RFC 3492, as far as asking whether it decodes ---------------------------------------------------- */

enum { PUNY_BASE = 36, PUNY_LEAST = 1, PUNY_MOST = 26, PUNY_SKEW = 38, PUNY_DAMP = 700, PUNY_BIAS = 72, PUNY_FIRST = 128,
       UNICODE_LAST = 0x10ffff };

static unsigned puny_digit(uint8_t b)
{
	return b >= '0' && b <= '9' ? b - '0' + 26u : b >= 'a' && b <= 'z' ? b - 'a' + 0u : b >= 'A' && b <= 'Z' ? b - 'A' + 0u
			 : PUNY_BASE;
}

static unsigned puny_bias(unsigned delta, unsigned n, bool is_first)
{
	unsigned k = 0;

	delta = is_first ? delta / PUNY_DAMP : delta / 2;
	delta += delta / n;
	for (; delta > (PUNY_BASE - PUNY_LEAST) * PUNY_MOST / 2; k += PUNY_BASE)
		delta /= PUNY_BASE - PUNY_LEAST;
	return k + (PUNY_BASE - PUNY_LEAST + 1) * delta / (delta + PUNY_SKEW);
}

/* One number of variable length; false where it ends too early or is too large. */
static bool puny_number(struct span text, size_t *at, unsigned bias, unsigned *value)
{
	uint64_t weight = 1, sum = 0;

	for (unsigned k = PUNY_BASE;; k += PUNY_BASE) {
		unsigned digit = *at < text.n ? puny_digit(text.p[(*at)++]) : PUNY_BASE;
		unsigned least = k <= bias ? PUNY_LEAST : k >= bias + PUNY_MOST ? PUNY_MOST : k - bias;

		sum += digit * weight;
		if (digit >= PUNY_BASE || sum > UINT32_MAX)
			return false;
		*value = (unsigned)sum;
		if (digit < least)
			return true;
		weight *= PUNY_BASE - least;
		if (weight > UINT32_MAX)
			return false;
	}
}

/* Does it stand for at least one letter beyond ASCII, and nothing that is no letter of Unicode at all? */
static bool puny_decodes(struct span text)
{
	size_t at = 0, n_basic = 0;
	uint64_t point = PUNY_FIRST, place = 0;
	unsigned bias = PUNY_BIAS, n, delta;

	for (size_t i = text.n; i > 0 && n_basic == 0; i--)
		if (text.p[i - 1] == '-')
			n_basic = i - 1;
	at = n_basic ? n_basic + 1 : 0;
	if (at >= text.n)
		return false;
	for (n = (unsigned)n_basic + 1; at < text.n; n++) {
		uint64_t before = place;

		if (!puny_number(text, &at, bias, &delta))
			return false;
		place += delta;
		bias = puny_bias((unsigned)(place - before), n, before == 0 && n == n_basic + 1);
		point += place / n;
		place = place % n + 1;
		if (point > UNICODE_LAST || (point >= 0xd800 && point < 0xe000))
			return false;
	}
	return true;
}

/* Which letters are permitted is IDNA's matter, and changes with Unicode. */
static bool is_fake_alabel(struct span label, bool is_first)
{
	(void)is_first;
	return label.n >= 4 && span_is_nocase(span_sub(label, 0, 4), "xn--") && !puny_decodes(span_sub(label, 4, label.n - 4));
}

static bool empty_label(const struct lint_case *c, struct span name) { (void)c; return any_label(name, is_empty_label); }
static bool long_label(const struct lint_case *c, struct span name) { (void)c; return any_label(name, is_long_label); }
static bool outer_hyphen(const struct lint_case *c, struct span name) { (void)c; return any_label(name, has_outer_hyphen); }
static bool misplaced_star(const struct lint_case *c, struct span name) { (void)c; return any_label(name, has_misplaced_star); }
static bool reserved_label(const struct lint_case *c, struct span name) { (void)c; return any_label(name, is_reserved_label); }
static bool trailing_dot(const struct lint_case *c, struct span name) { (void)c; return name.n > 0 && name.p[name.n - 1] == '.'; }
static bool too_long(const struct lint_case *c, struct span name) { (void)c; return name.n > 253; }
static bool underscore(const struct lint_case *c, struct span name) { (void)c; return span_find(name, span_str("_")) >= 0; }

static bool other_characters(const struct lint_case *c, struct span name)
{
	(void)c;
	for (size_t i = 0; i < name.n; i++) {
		uint8_t b = name.p[i];
		bool is_alnum = (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');

		if (!is_alnum && b != '.' && b != '-' && b != '*' && b != '_')
			return true;
	}
	return false;
}

static bool fake_alabel(const struct lint_case *c, struct span name) { (void)c; return any_label(name, is_fake_alabel); }

static struct span without_star(struct span name)
{
	return name.n > 2 && name.p[0] == '*' && name.p[1] == '.' ? span_sub(name, 2, name.n) : name;
}

static bool suffix_star(const struct lint_case *c, struct span name)
{
	struct span rest = without_star(name);

	(void)c;
	return rest.n != name.n && (host_is_public_suffix(rest) || span_find(rest, span_str(".")) < 0);
}

static struct span last_label(struct span name)
{
	for (size_t i = name.n; i > 0; i--)
		if (name.p[i - 1] == '.')
			return span_sub(name, i, name.n);
	return name;
}

static bool is_special(struct span tld)
{
	static const char *const names[] = { "test", "example", "invalid", "localhost", "local", "internal", "alt" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (span_is_nocase(tld, names[i]))
			return true;
	return false;
}

static bool is_address_text(const struct lint_case *c, struct span name)
{
	uint8_t bytes[16];

	return host_address(lint_quoted(c, name), bytes) != 0;
}

/* No dot, or a last label that is no top-level domain. */
static bool is_internal(const struct lint_case *c, struct span name)
{
	struct span rest = without_star(name), tld = last_label(rest);

	if (other_characters(c, tld) || is_address_text(c, rest) || is_special(tld) || span_is_nocase(tld, "onion") || tld.n == 0)
		return false;
	return !host_is_public_suffix(tld);
}

static bool below_reserved(const struct lint_case *c, struct span name)
{
	(void)c;
	return is_special(last_label(name));
}

static bool ends_with(struct span name, const char *end)
{
	size_t n = strlen(end);

	return name.n >= n && span_equal_nocase(span_sub(name, name.n - n, n), span_str(end));
}

static bool old_onion(const struct lint_case *c, struct span name)
{
	struct span rest = name;

	(void)c;
	if (!ends_with(name, ".onion"))
		return false;
	rest = last_label(span_sub(name, 0, name.n - 6));
	return rest.n != 56;
}

static bool in_reverse_zone(const struct lint_case *c, struct span name)
{
	(void)c;
	return ends_with(name, ".in-addr.arpa") || ends_with(name, ".ip6.arpa");
}

#define DNS_RULE(id, test) const char *lint_##id(const struct lint_case *c) { return any_dns(c, test); }
DNS_RULE(dns_empty_label, empty_label)
DNS_RULE(dns_trailing_dot, trailing_dot)
DNS_RULE(dns_label_length, long_label)
DNS_RULE(dns_length, too_long)
DNS_RULE(dns_characters, other_characters)
DNS_RULE(dns_underscore, underscore)
DNS_RULE(dns_hyphens, outer_hyphen)
DNS_RULE(dns_reserved_label, reserved_label)
DNS_RULE(dns_alabel, fake_alabel)
DNS_RULE(dns_onion, old_onion)
DNS_RULE(dns_wildcard_place, misplaced_star)
DNS_RULE(dns_wildcard_suffix, suffix_star)
DNS_RULE(dns_internal, is_internal)
DNS_RULE(dns_reserved_domain, below_reserved)
DNS_RULE(dns_address, is_address_text)
DNS_RULE(dns_reverse_zone, in_reverse_zone)

/* ---- addresses ----------------------------------------------------------------------------------------------- */

const char *lint_ip_length(const struct lint_case *c)
{
	if (c->cert->n_san_ip == 0)
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < c->cert->n_san; i++)
		if (c->cert->san[i].type == SAN_IP && c->cert->san[i].value.n != 4 && c->cert->san[i].value.n != 16)
			return arena_printf(c->arena, "%zu octets", c->cert->san[i].value.n);
	return NULL;
}

/* IANA's registries of special-purpose addresses, RFC 6890. */
static bool is_reserved_v4(const uint8_t *b)
{
	return b[0] == 0 || b[0] == 10 || b[0] == 127 || b[0] >= 224 || (b[0] == 100 && (b[1] & 0xc0) == 64) ||
	       (b[0] == 169 && b[1] == 254) || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
	       (b[0] == 192 && b[1] == 0 && (b[2] == 0 || b[2] == 2)) || (b[0] == 198 && (b[1] & 0xfe) == 18) ||
	       (b[0] == 198 && b[1] == 51 && b[2] == 100) || (b[0] == 203 && b[1] == 0 && b[2] == 113);
}

static bool is_reserved_v6(const uint8_t *b)
{
	return (b[0] & 0xe0) != 0x20 || (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) ||
	       (b[0] == 0x3f && b[1] == 0xff && (b[2] & 0xf0) == 0);
}

const char *lint_ip_reserved(const struct lint_case *c)
{
	if (c->cert->n_san_ip == 0)
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < c->cert->n_san; i++) {
		const struct general_name *name = &c->cert->san[i];

		if (name->type != SAN_IP)
			continue;
		if ((name->value.n == 4 && is_reserved_v4(name->value.p)) || (name->value.n == 16 && is_reserved_v6(name->value.p)))
			return general_name_text(c->arena, name);
	}
	return NULL;
}
