/* Name constraints as Go's crypto/x509 has them: DNS names (also with a leading dot), addresses,
 * mail domains and URI hosts; directory names are an unhandled constraint. A constraint that does
 * not parse makes the certificate unreadable. */
#include "client/chain_go.h"

#include <arpa/inet.h>

#include "base/out.h"

static struct span string_bytes(const ASN1_STRING *string)
{
	int n = ASN1_STRING_length(string);

	return span_of(ASN1_STRING_get0_data(string), n > 0 ? (size_t)n : 0);
}

static bool is_ascii(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] > 0x7f)
			return false;
	}
	return true;
}

/* Labels without blanks and none empty; no absolute names. Reading from the right, Go never sees one
 * leading dot. */
static bool domain_parses(struct span domain)
{
	if (domain.n > 1 && domain.p[0] == '.')
		domain = span_sub(domain, 1, domain.n);
	if (domain.n == 0)
		return true;
	if (domain.p[0] == '.' || domain.p[domain.n - 1] == '.' ||
	    span_find(domain, span_str("..")) >= 0)
		return false;
	for (size_t i = 0; i < domain.n; i++) {
		if (domain.p[i] < 33 || domain.p[i] > 126)
			return false;
	}
	return true;
}

static struct span undotted_front(struct span domain)
{
	return domain.n && domain.p[0] == '.' ? span_sub(domain, 1, domain.n) : domain;
}

static bool domain_within(struct span domain, struct span constraint)
{
	struct span base = undotted_front(constraint), tail;

	if (constraint.n == 0)
		return true;
	if (base.n == domain.n)
		return constraint.p[0] != '.' && span_equal_nocase(base, domain);
	if (base.n > domain.n)
		return false;
	tail = span_sub(domain, domain.n - base.n, base.n);
	return domain.p[domain.n - base.n - 1] == '.' && span_equal_nocase(base, tail);
}

static bool address_within(struct span address, struct span constraint)
{
	if (address.n * 2 != constraint.n)
		return false;
	for (size_t i = 0; i < address.n; i++) {
		uint8_t mask = constraint.p[address.n + i];

		if ((address.p[i] & mask) != (constraint.p[i] & mask))
			return false;
	}
	return true;
}

static bool mask_is_valid(struct span constraint)
{
	bool zero = false;

	for (size_t i = constraint.n / 2; i < constraint.n; i++) {
		for (unsigned bit = 0x80; bit; bit >>= 1) {
			if (constraint.p[i] & bit) {
				if (zero)
					return false;
			} else {
				zero = true;
			}
		}
	}
	return true;
}

/* ---- does it parse ---------------------------------------------------------------------- */

static const char *subtree_fault(struct arena *arena, const GENERAL_NAME *base)
{
	struct span value;

	switch (base->type) {
	case GEN_DNS:
		value = string_bytes(base->d.dNSName);
		if (!is_ascii(value) || !domain_parses(undotted_front(value)))
			return arena_printf(arena, "x509: failed to parse dnsName constraint \"%s\"",
					    arena_strn(arena, value.p, value.n));
		return NULL;
	case GEN_IPADD:
		value = string_bytes(base->d.iPAddress);
		if (value.n != 8 && value.n != 32)
			return arena_printf(arena, "x509: IP constraint contained value of length %zu",
					    value.n);
		return mask_is_valid(value) ? NULL : "x509: IP constraint contained invalid mask";
	case GEN_EMAIL:
		value = string_bytes(base->d.rfc822Name);
		if (span_find(value, span_str("@")) < 0 && !domain_parses(undotted_front(value)))
			return arena_printf(arena, "x509: failed to parse rfc822Name constraint \"%s\"",
					    arena_strn(arena, value.p, value.n));
		return NULL;
	default:
		return NULL;
	}
}

const char *go_constraints_fault(struct arena *arena, const struct link *link, bool *unhandled)
{
	NAME_CONSTRAINTS *all = X509_get_ext_d2i(link->x, NID_name_constraints, NULL, NULL);
	STACK_OF(GENERAL_SUBTREE) *lists[2] = { all ? all->permittedSubtrees : NULL,
						all ? all->excludedSubtrees : NULL };
	const char *fault = NULL;

	if (!all)
		return "x509: invalid NameConstraints extension";
	if (sk_GENERAL_SUBTREE_num(lists[0]) <= 0 && sk_GENERAL_SUBTREE_num(lists[1]) <= 0)
		fault = "x509: empty name constraints extension";
	for (int k = 0; k < 2; k++) {
		for (int i = 0; !fault && i < sk_GENERAL_SUBTREE_num(lists[k]); i++) {
			const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(lists[k], i)->base;

			*unhandled |= base->type != GEN_DNS && base->type != GEN_IPADD &&
				      base->type != GEN_EMAIL && base->type != GEN_URI;
			fault = subtree_fault(arena, base);
		}
	}
	NAME_CONSTRAINTS_free(all);
	return fault;
}

/* ---- does a name pass ------------------------------------------------------------------- */

static struct span after_at(struct span mail)
{
	long at = span_find(mail, span_str("@"));

	return at < 0 ? mail : span_sub(mail, (size_t)at + 1, mail.n);
}

static struct span uri_host(struct span uri)
{
	long at = span_find(uri, span_str("://"));
	struct span host = at < 0 ? span_of(NULL, 0) : span_sub(uri, (size_t)at + 3, uri.n);

	for (size_t i = 0; i < host.n; i++) {
		if (host.p[i] == '/' || host.p[i] == ':' || host.p[i] == '?' || host.p[i] == '#')
			return span_sub(host, 0, i);
	}
	return host;
}

static bool within(const GENERAL_NAME *name, struct span value, const GENERAL_NAME *base)
{
	struct span constraint = string_bytes(base->d.ia5);

	switch (name->type) {
	case GEN_DNS:
		return domain_within(value, constraint);
	case GEN_IPADD:
		return address_within(value, constraint);
	case GEN_EMAIL:
		if (span_find(constraint, span_str("@")) >= 0)
			return span_equal(value, constraint);
		if (constraint.n && constraint.p[0] != '.')
			return span_equal_nocase(after_at(value), constraint);
		return domain_within(after_at(value), constraint);
	default:
		return domain_within(uri_host(value), constraint);
	}
}

static const char *kind_of(int type)
{
	switch (type) {
	case GEN_DNS:
		return "DNS name";
	case GEN_IPADD:
		return "IP address";
	case GEN_EMAIL:
		return "email address";
	default:
		return "URI";
	}
}

static unsigned mask_bits(struct span mask)
{
	unsigned n = 0;

	for (size_t i = 0; i < mask.n; i++)
		n += (unsigned)__builtin_popcount(mask.p[i]);
	return n;
}

static const char *shown(struct arena *arena, int type, struct span value)
{
	char text[INET6_ADDRSTRLEN] = "";

	if (type != GEN_IPADD)
		return arena_strn(arena, value.p, value.n);
	if (value.n == 4 || value.n == 8)
		inet_ntop(AF_INET, value.p, text, sizeof text);
	else if (value.n == 16 || value.n == 32)
		inet_ntop(AF_INET6, value.p, text, sizeof text);
	if (value.n == 8 || value.n == 32)
		return arena_printf(arena, "%s/%u", text,
				    mask_bits(span_sub(value, value.n / 2, value.n)));
	return arena_str(arena, text);
}

static const char *name_fault(struct arena *arena, const NAME_CONSTRAINTS *all,
			      const GENERAL_NAME *name)
{
	struct span value = string_bytes(name->d.ia5);
	bool any = false, permitted = false;
	static const char not_authorized[] =
		"x509: a root or intermediate certificate is not authorized to sign for this name: ";

	if (name->type == GEN_DNS && !domain_parses(value))
		return arena_printf(arena, "x509: cannot parse dnsName \"%s\"",
				    arena_strn(arena, value.p, value.n));
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(all->excludedSubtrees); i++) {
		const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(all->excludedSubtrees, i)->base;

		if (base->type == name->type && within(name, value, base))
			return arena_printf(arena, "%s%s \"%s\" is excluded by constraint \"%s\"",
					    not_authorized, kind_of(name->type),
					    shown(arena, name->type, value),
					    shown(arena, name->type, string_bytes(base->d.ia5)));
	}
	for (int i = 0; i < sk_GENERAL_SUBTREE_num(all->permittedSubtrees) && !permitted; i++) {
		const GENERAL_NAME *base = sk_GENERAL_SUBTREE_value(all->permittedSubtrees, i)->base;

		if (base->type != name->type)
			continue;
		any = true;
		permitted = within(name, value, base);
	}
	if (any && !permitted)
		return arena_printf(arena, "%s%s \"%s\" is not permitted by any constraint",
				    not_authorized, kind_of(name->type),
				    shown(arena, name->type, value));
	return NULL;
}

const char *go_names_fault(struct arena *arena, const struct link *ca, const struct link *subject)
{
	NAME_CONSTRAINTS *all = X509_get_ext_d2i(ca->x, NID_name_constraints, NULL, NULL);
	GENERAL_NAMES *names = X509_get_ext_d2i(subject->x, NID_subject_alt_name, NULL, NULL);
	const char *fault = NULL;

	for (int i = 0; all && !fault && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type == GEN_DNS || name->type == GEN_IPADD || name->type == GEN_EMAIL ||
		    name->type == GEN_URI)
			fault = name_fault(arena, all, name);
	}
	GENERAL_NAMES_free(names);
	NAME_CONSTRAINTS_free(all);
	return fault;
}

const char *go_san_fault(struct arena *arena, const struct link *link)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(link->x, NID_subject_alt_name, NULL, NULL);
	const char *fault = NULL;

	for (int i = 0; !fault && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
		struct span value;

		if (name->type != GEN_DNS && name->type != GEN_EMAIL && name->type != GEN_IPADD)
			continue;
		value = string_bytes(name->d.ia5);
		if (name->type == GEN_DNS && !is_ascii(value))
			fault = "x509: SAN dNSName is malformed";
		else if (name->type == GEN_EMAIL && !is_ascii(value))
			fault = "x509: SAN rfc822Name is malformed";
		else if (name->type == GEN_IPADD && value.n != 4 && value.n != 16)
			fault = arena_printf(arena, "x509: cannot parse IP address of length %zu",
					     value.n);
	}
	GENERAL_NAMES_free(names);
	return fault;
}
