/* The subject: RFC 5280 4.1.2.6 and appendix A.1 (upper bounds), BR 7.1.4. */
#include <strings.h>

#include "lint/lint.h"
#include "base/attr.h"
#include "x509/name.h"

#define OID_AT(last) "\x55\x04" last
#define OID_BR_DV "\x67\x81\x0c\x01\x02\x01"
#define OID_BR_OV "\x67\x81\x0c\x01\x02\x02"
#define OID_BR_IV "\x67\x81\x0c\x01\x02\x03"
#define OID_BR_EV "\x67\x81\x0c\x01\x01"
#define OID_CABF_ORGANIZATION "\x67\x81\x0c\x03\x01"
#define OID_DOMAIN_COMPONENT "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"
#define OID_EMAIL_ADDRESS "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"

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

static bool is_jurisdiction(const struct cert_attribute *a)
{
	return OID_IS(a->oid, "\x2b\x06\x01\x04\x01\x82\x37\x3c\x02\x01\x03");
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

	/* Without any name there: san_present, san_empty. */
	if (!cn || c->cert->n_san == 0)
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

/* An address has one text: dotted decimal, or RFC 5952. That it is there at all is asked above. */
const char *lint_subject_cn_exact(const struct lint_case *c)
{
	const char *cn = c->cert->subject.common_name;

	if (!cn || c->cert->n_san == 0 || lint_subject_cn_in_san(c))
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < c->cert->n_san; i++) {
		const struct general_name *name = &c->cert->san[i];

		if (name->type == SAN_DNS && span_equal(name->value, span_str(cn)))
			return NULL;
		if (name->type == SAN_IP && strcmp(general_name_text(c->arena, name), cn) == 0)
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

/* The codes that ISO 3166-1 has assigned, and BR 7.1.2.7's XX for a place that has none. */
static bool is_country(const char *text)
{
	static const char codes[] =
		"AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO "
		"BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ "
		"DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP "
		"GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG "
		"KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML "
		"MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE "
		"PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL "
		"SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM "
		"US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW " "XX ";

	for (const char *p = codes; *p; p += 3)
		if (memcmp(p, text, 2) == 0)
			return true;
	return false;
}

const char *lint_subject_country(const struct lint_case *c)
{
	const char *all_well = LINT_NOT_APPLICABLE;

	for (size_t i = 0; i < c->cert->subject.n_attributes; i++) {
		const struct cert_attribute *a = &c->cert->subject.attributes[i];
		const char *text = text_of(a);

		if (!is_attribute(a, "\x06") && !is_jurisdiction(a))
			continue;
		if (strlen(text) != 2 || !is_country(text))
			return text;
		all_well = NULL;
	}
	return all_well;
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

/* Country, serial number and dnQualifier are PrintableString alone, domainComponent and emailAddress IA5String. */
static bool has_good_type(const struct cert_attribute *a)
{
	if (OID_IS(a->oid, OID_DOMAIN_COMPONENT) || OID_IS(a->oid, OID_EMAIL_ADDRESS))
		return a->type == DER_IA5;
	if (is_jurisdiction(a) || is_attribute(a, "\x06") || is_attribute(a, "\x05") || is_attribute(a, "\x2e"))
		return a->type == DER_PRINTABLE;
	if (a->oid.n != 3 || a->oid.p[0] != 0x55 || a->oid.p[1] != 0x04)
		return true;
	return a->type == DER_PRINTABLE || a->type == DER_UTF8;
}

const char *lint_subject_types(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++) {
		const struct cert_attribute *a = &c->cert->subject.attributes[i];

		if (!has_good_type(a))
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

/* No controls, and UTF8String holds UTF-8. */
static bool is_proper_text(const struct cert_attribute *a)
{
	for (size_t k = 0; k < a->value.n; ) {
		uint8_t b = a->value.p[k];
		size_t more = a->type != DER_UTF8 || b < 0x80 ? 0 : b >= 0xc2 && b < 0xe0 ? 1 : (b & 0xf0) == 0xe0 ? 2 :
			      b >= 0xf0 && b < 0xf5 ? 3 : SIZE_MAX;

		if ((a->type != DER_BMP && a->type != DER_UNIVERSAL && (b < 0x20 || b == 0x7f)) || more > a->value.n - k - 1)
			return false;
		for (size_t i = 1; i <= more; i++)
			if ((a->value.p[k + i] & 0xc0) != 0x80)
				return false;
		k += more + 1;
	}
	return true;
}

const char *lint_subject_characters(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++)
		if (!is_proper_text(&c->cert->subject.attributes[i]))
			return text_of(&c->cert->subject.attributes[i]);
	return NULL;
}

const char *lint_subject_one_each(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++)
		if (c->cert->subject.attributes[i].joins_last)
			return text_of(&c->cert->subject.attributes[i]);
	return NULL;
}

/* The place of an attribute in the order of BR 7.1.4.2; 0: it has none. */
static unsigned place_of(const struct cert_attribute *a)
{
	static const char order[] = "\x06\x08\x07\x11\x09\x0a\x04\x2a\x0b\x03";

	if (OID_IS(a->oid, OID_DOMAIN_COMPONENT))
		return 1;
	for (unsigned i = 0; i < sizeof order - 1; i++)
		if (is_attribute(a, order + i))
			return i + 2;
	return 0;
}

const char *lint_subject_order(const struct lint_case *c)
{
	unsigned last = 0;

	for (size_t i = 0; i < c->cert->subject.n_attributes; i++) {
		const struct cert_attribute *a = &c->cert->subject.attributes[i];
		unsigned place = place_of(a);

		if (place && place < last)
			return text_of(a);
		last = place ? place : last;
	}
	return NULL;
}

/* ---- what the way of validation demands ------------------------------------------------------------------------ */

const char *lint_subject_domain_validated(const struct lint_case *c)
{
	if (!has_policy(c, OID_SPAN(OID_BR_DV)))
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++)
		if (!is_attribute(&c->cert->subject.attributes[i], "\x06") && !is_attribute(&c->cert->subject.attributes[i], "\x03"))
			return text_of(&c->cert->subject.attributes[i]);
	return NULL;
}

const char *lint_subject_organization_present(const struct lint_case *c)
{
	if (!has_policy(c, OID_SPAN(OID_BR_OV)))
		return LINT_NOT_APPLICABLE;
	return c->cert->subject.organization ? NULL : "its policy is 2.23.140.1.2.2";
}

const char *lint_subject_individual_present(const struct lint_case *c)
{
	if (!has_policy(c, OID_SPAN(OID_BR_IV)))
		return LINT_NOT_APPLICABLE;
	return attribute_find(c, "\x04") && attribute_find(c, "\x2a") ? NULL : "its policy is 2.23.140.1.2.3";
}

const char *lint_subject_place(const struct lint_case *c)
{
	if (!has_policy(c, OID_SPAN(OID_BR_OV)) && !has_policy(c, OID_SPAN(OID_BR_IV)) && !has_policy(c, OID_SPAN(OID_BR_EV)))
		return LINT_NOT_APPLICABLE;
	if (!attribute_find(c, "\x06"))
		return "no country";
	return attribute_find(c, "\x07") || attribute_find(c, "\x08") ? NULL : "neither locality nor state";
}

static bool has_jurisdiction(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->subject.n_attributes; i++)
		if (is_jurisdiction(&c->cert->subject.attributes[i]))
			return true;
	return false;
}

static bool is_business_category(const char *text)
{
	static const char *const names[] = { "Private Organization", "Government Entity", "Business Entity",
					     "Non-Commercial Entity" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcasecmp(text, names[i]) == 0)
			return true;
	return false;
}

const char *lint_subject_extended(const struct lint_case *c)
{
	const struct cert_attribute *category = attribute_find(c, "\x0f");

	if (!has_policy(c, OID_SPAN(OID_BR_EV)))
		return LINT_NOT_APPLICABLE;
	if (category && !is_business_category(text_of(category)))
		return arena_printf(c->arena, "the businessCategory \"%s\"", text_of(category));
	if (attribute_find(c, "\x61") && !lint_extension(c, OID_SPAN(OID_CABF_ORGANIZATION)))
		return "an organizationIdentifier without the extension of that name";
	return !c->cert->subject.organization ? "no organization" : !category ? "no businessCategory" :
	       !attribute_find(c, "\x05") ? "no serialNumber" : !has_jurisdiction(c) ? "no jurisdictionCountry" : NULL;
}

/* A star is permitted for onion names alone (appendix F). */
const char *lint_san_extended(const struct lint_case *c)
{
	if (!has_policy(c, OID_SPAN(OID_BR_EV)) || c->cert->n_san == 0)
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < c->cert->n_san; i++) {
		const struct general_name *name = &c->cert->san[i];
		struct span end = span_sub(name->value, name->value.n < 6 ? 0 : name->value.n - 6, name->value.n);

		if (name->type == SAN_IP || (name->type == SAN_DNS && span_find(name->value, span_str("*")) >= 0 &&
					     !span_is_nocase(end, ".onion")))
			return general_name_text(c->arena, name);
	}
	return NULL;
}
