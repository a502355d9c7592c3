/* What stands inside of the extensions whose shape BR 7.1.2.7 fixes: addresses of the authority, CRL
 * distribution points, policies. Read again from the bytes, as these details concern no client. */
#include "lint/lint.h"
#include "base/attr.h"

#define OID_PKIX_ACCESS "\x2b\x06\x01\x05\x05\x07\x30"
#define OID_QUALIFIER_CPS "\x2b\x06\x01\x05\x05\x07\x02\x01"
#define OID_ANY_POLICY "\x55\x1d\x20\x00"

/* The elements of an extension that is a SEQUENCE; an empty reader where it is not there. */
static struct der elements_of(const struct lint_case *c, struct span oid)
{
	const struct cert_extension *e = lint_extension(c, oid);
	struct der in = der_of(e ? e->value : span_of(NULL, 0), NULL);

	return e ? der_enter(&in, DER_SEQUENCE) : in;
}

const char *lint_aia_shape(const struct lint_case *c)
{
	struct der all = elements_of(c, OID_SPAN(OID_INFO_ACCESS)), one;

	if (!lint_extension(c, OID_SPAN(OID_INFO_ACCESS)))
		return LINT_NOT_APPLICABLE;
	while (one = der_enter(&all, DER_SEQUENCE), der_ok(&one)) {
		struct span method = der_get(&one, DER_OID);

		if (!der_ok(&one))
			break;
		if (!OID_IS(method, OID_PKIX_ACCESS "\x01") && !OID_IS(method, OID_PKIX_ACCESS "\x02"))
			return arena_printf(c->arena, "the access method %s", oid_text(c->arena, method));
		if (der_peek(&one) != DER_CONTEXT(SAN_URI))
			return "a name that is no URI";
	}
	return NULL;
}

static const char *point_fault(struct der *point)
{
	struct span name;
	struct der names;

	if (!der_optional(point, DER_CONTEXT_OF(0), &name))
		return "a point without an address";
	if (der_more(point))
		return der_peek(point) == DER_CONTEXT(1) ? "reasons are given" : "cRLIssuer is given";
	names = der_of(name, NULL);
	if (der_peek(&names) != DER_CONTEXT_OF(0))
		return "a name relative to the issuer";
	names = der_enter(&names, DER_CONTEXT_OF(0));
	return der_peek(&names) == DER_CONTEXT(SAN_URI) ? NULL : "a name that is no URI";
}

const char *lint_crl_shape(const struct lint_case *c)
{
	struct der all = elements_of(c, OID_SPAN(OID_CRL_POINTS)), one;
	const char *fault = NULL;

	if (!lint_extension(c, OID_SPAN(OID_CRL_POINTS)))
		return LINT_NOT_APPLICABLE;
	while (!fault && (one = der_enter(&all, DER_SEQUENCE), der_ok(&one)))
		fault = point_fault(&one);
	return fault;
}

const char *lint_policies_any(const struct lint_case *c)
{
	if (c->cert->n_policies == 0)
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < c->cert->n_policies; i++)
		if (OID_IS(c->cert->policies[i], OID_ANY_POLICY))
			return "2.5.29.32.0";
	return NULL;
}

static bool is_web_address(struct span text)
{
	return span_is_nocase(span_sub(text, 0, 7), "http://") || span_is_nocase(span_sub(text, 0, 8), "https://");
}

const char *lint_policies_qualifiers(const struct lint_case *c)
{
	struct der all = elements_of(c, OID_SPAN(OID_POLICIES)), one;

	if (c->cert->n_policies == 0)
		return LINT_NOT_APPLICABLE;
	while (one = der_enter(&all, DER_SEQUENCE), der_ok(&one)) {
		struct der list, qualifier;

		der_get(&one, DER_OID);
		if (der_peek(&one) != DER_SEQUENCE)
			continue;
		list = der_enter(&one, DER_SEQUENCE);
		while (qualifier = der_enter(&list, DER_SEQUENCE), der_ok(&qualifier)) {
			struct span kind = der_get(&qualifier, DER_OID), address;

			if (!der_ok(&qualifier))
				break;
			if (!OID_IS(kind, OID_QUALIFIER_CPS))
				return oid_text(c->arena, kind);
			address = der_get(&qualifier, DER_IA5);
			if (der_ok(&qualifier) && !is_web_address(address))
				return lint_quoted(c, address);
		}
	}
	return NULL;
}

/* X.690 11.2.2: a list of named bits ends with the last that is set. */
const char *lint_key_usage_minimal(const struct lint_case *c)
{
	const struct cert_extension *e = lint_extension(c, OID_SPAN(OID_KEY_USAGE));
	struct der in;
	struct span bits;
	unsigned unused;

	if (!e || c->cert->key_usage == 0)
		return LINT_NOT_APPLICABLE;
	in = der_of(e->value, NULL);
	bits = der_bits(&in, &unused);
	if (!der_ok(&in) || bits.n == 0)
		return LINT_NOT_APPLICABLE;
	return bits.p[bits.n - 1] & 1u << unused ? NULL : "its last bit is not set";
}
