/* The subject: RFC 5280 4.1.2.6 and appendix A.1 (upper bounds), BR 7.1.4. */
#include <strings.h>

#include "lint/lint.h"
#include "base/attr.h"
#include "x509/name.h"

#define OID_AT(last) "\x55\x04" last
#define OID_BR_DV "\x67\x81\x0c\x01\x02\x01"
#define OID_BR_OV "\x67\x81\x0c\x01\x02\x02"

static bool is_attribute(const struct cert_attribute *a, const char *last)
{
	return a->oid.n == 3 && a->oid.p[0] == 0x55 && a->oid.p[1] == 0x04 && a->oid.p[2] == (uint8_t)last[0];
}

static const struct cert_attribute *attribute_find(const struct lint_case *c, const char *last)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++)
		if (is_attribute(&c->cert->subject.attributes[i], last))
			return &c->cert->subject.attributes[i];
	return NULL;
}

static const char *text_of(const struct cert_attribute *a)
{
	return a->text ? a->text : "";
}

static bool has_policy(const struct lint_case *c, struct span oid)
{
	for (size_t i = 0; i < c->cert->n_policies; i++)
		if (span_equal(c->cert->policies[i], oid))
			return true;
	return false;
}

const char *lint_subject_cn_once(const struct lint_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->cert->subject.n_attributes; i++)
		n += is_attribute(&c->cert->subject.attributes[i], "\x03");
	return n <= 1 ? NULL : arena_printf(c->arena, "%zu of them", n);
}

const char *lint_subject_cn_in_san(const struct lint_case *c)
{
	const char *cn = c->cert->subject.common_name;
	uint8_t address[16];
	size_t n;

	if (!cn)
		return LINT_NOT_APPLICABLE;
	n = host_address(cn, address);
	for (size_t i = 0; i < c->cert->n_san; i++) {
		const struct general_name *name = &c->cert->san[i];

		if (name->type == SAN_DNS && span_is_nocase(name->value, cn))
			return NULL;
		if (n && name->type == SAN_IP && span_equal(name->value, span_of(address, n)))
			return NULL;
	}
	return cn;
}

const char *lint_subject_lengths(const struct lint_case *c)
{
	static const struct { const char *last, *name; size_t most; } bounds[] = {
		{ "\x03", "common name", 64 }, { "\x0a", "organization", 64 }, { "\x0b", "organizational unit", 64 },
		{ "\x07", "locality", 128 }, { "\x08", "state", 128 }, { "\x05", "serial number", 64 }, { "\x09", "street", 128 },
		{ "\x11", "postal code", 40 }, { "\x04", "surname", 64 }, { "\x2a", "given name", 64 },
	};

	for (size_t i = 0; i < c->cert->subject.n_attributes; i++)
		for (size_t k = 0; k < COUNT_OF(bounds); k++) {
			const struct cert_attribute *a = &c->cert->subject.attributes[i];
			size_t n = 0;

			if (!is_attribute(a, bounds[k].last))
				continue;
			for (const char *p = text_of(a); *p; p++)
				n += ((uint8_t)*p & 0xc0) != 0x80;
			if (n > bounds[k].most)
				return arena_printf(c->arena, "%s: %zu characters, %zu at most", bounds[k].name, n, bounds[k].most);
		}
	return NULL;
}

const char *lint_subject_empty_value(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++) {
		struct span text = span_trim(span_str(text_of(&c->cert->subject.attributes[i])));

		if (text.n == 0)
			return "an empty value";
		if (text.n == 1 && strchr("-.?*", (char)text.p[0]))
			return lint_quoted(c, text);
		if (span_is_nocase(text, "n/a") || span_is_nocase(text, "none") || span_is_nocase(text, "unknown"))
			return lint_quoted(c, text);
	}
	return NULL;
}

const char *lint_subject_blanks(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++) {
		struct span text = span_str(text_of(&c->cert->subject.attributes[i]));

		if (text.n > 0 && span_trim(text).n != text.n)
			return lint_quoted(c, text);
	}
	return NULL;
}

const char *lint_subject_country(const struct lint_case *c)
{
	const struct cert_attribute *a = attribute_find(c, "\x06");
	const char *text;

	if (!a)
		return LINT_NOT_APPLICABLE;
	text = text_of(a);
	if (strlen(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z')
		return NULL;
	return text;
}

const char *lint_subject_unit(const struct lint_case *c)
{
	const struct cert_attribute *a = attribute_find(c, "\x0b");

	return a ? text_of(a) : NULL;
}

/* Domain components and street lines come several times by right. */
const char *lint_subject_duplicates(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++)
		for (size_t k = 0; k < i; k++) {
			const struct cert_attribute *a = &c->cert->subject.attributes[i];

			if (span_equal(a->oid, c->cert->subject.attributes[k].oid) && a->oid.n == 3 && a->oid.p[0] == 0x55 &&
			    !is_attribute(a, "\x09") && !is_attribute(a, "\x0b"))
				return text_of(a);
		}
	return NULL;
}

static bool is_directory_string(const struct cert_attribute *a)
{
	return a->oid.n == 3 && a->oid.p[0] == 0x55 && a->oid.p[1] == 0x04;
}

const char *lint_subject_types(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++) {
		const struct cert_attribute *a = &c->cert->subject.attributes[i];
		bool must_print = is_attribute(a, "\x06") || is_attribute(a, "\x05");

		if (!is_directory_string(a) || a->type == DER_PRINTABLE || (a->type == DER_UTF8 && !must_print))
			continue;
		return arena_printf(c->arena, "%s (string type %u)", text_of(a), a->type);
	}
	return NULL;
}

const char *lint_subject_printable(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++) {
		const struct cert_attribute *a = &c->cert->subject.attributes[i];

		for (size_t k = 0; a->type == DER_PRINTABLE && k < a->value.n; k++) {
			uint8_t b = a->value.p[k];
			bool is_alnum = (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z');

			if (!is_alnum && (b == 0 || !strchr(" '()+,-./:=?", b)))
				return text_of(a);
		}
	}
	return NULL;
}

const char *lint_subject_domain_validated(const struct lint_case *c)
{
	if (!has_policy(c, OID_SPAN(OID_BR_DV)))
		return LINT_NOT_APPLICABLE;
	return c->cert->subject.organization;
}

const char *lint_subject_organization_present(const struct lint_case *c)
{
	if (!has_policy(c, OID_SPAN(OID_BR_OV)))
		return LINT_NOT_APPLICABLE;
	return c->cert->subject.organization ? NULL : "its policy is 2.23.140.1.2.2";
}
