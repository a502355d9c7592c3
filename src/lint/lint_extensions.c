/* Extensions: RFC 5280 4.2, BR 7.1.2.7, certificate transparency as browsers want it. */
#include <string.h>

#include "lint/lint.h"
#include "base/attr.h"

#define OID_BR "\x67\x81\x0c\x01"               /* 2.23.140.1 */
#define OID_PRECERTIFICATE_SIGNING "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x04"

enum { SHORT_LIVED_DAYS = 10, CT_LONG_DAYS = 180, CT_2018 = 1524960000 };

static const char *critical(const struct lint_case *c, struct span oid, bool must_be)
{
	const struct cert_extension *e = lint_extension(c, oid);

	if (!e)
		return LINT_NOT_APPLICABLE;
	return e->critical == must_be ? NULL : must_be ? "it is not" : "it is";
}

const char *lint_extension_once(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->n_extensions; i++)
		if (c->cert->extensions[i].is_duplicate)
			return oid_text(c->arena, c->cert->extensions[i].oid);
	return NULL;
}

/* What is wrong inside has a rule that tells more: san_empty, ip_length, dns_characters, key_usage_empty, eku_server. */
static bool has_own_rule(const struct cert *cert, struct span oid)
{
	if (OID_IS(oid, OID_KEY_USAGE))
		return cert->key_usage == 0;
	if (OID_IS(oid, OID_EXT_KEY_USAGE))
		return cert->n_eku == 0;
	if (!OID_IS(oid, OID_SUBJECT_ALT_NAME) || cert->n_san == 0)
		return OID_IS(oid, OID_SUBJECT_ALT_NAME);
	for (size_t i = 0; i < cert->n_san; i++) {
		struct span value = cert->san[i].value;

		if (cert->san[i].type == SAN_IP && value.n != 4 && value.n != 16)
			return true;
		for (size_t k = 0; cert->san[i].type == SAN_DNS && k < value.n; k++)
			if (value.p[k] >= 0x80)
				return true;
	}
	return false;
}

const char *lint_extension_decodes(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->n_extensions; i++) {
		const struct cert_extension *e = &c->cert->extensions[i];

		if (e->is_malformed && (e->is_unreadable || !has_own_rule(c->cert, e->oid)))
			return oid_text(c->arena, e->oid);
	}
	return NULL;
}

const char *lint_extension_critical_known(const struct lint_case *c)
{
	return c->cert->unknown_critical && !c->cert->has_poison ? oid_text(c->arena, c->cert->unknown_critical->oid) : NULL;
}

const char *lint_not_precertificate(const struct lint_case *c)
{
	return c->cert->has_poison ? "it holds the poison extension" : NULL;
}

/* ---- basicConstraints, keyUsage ----------------------------------------------------------------------------- */

const char *lint_basic_constraints_leaf(const struct lint_case *c)
{
	return c->cert->is_ca ? "cA is TRUE" : NULL;
}

const char *lint_basic_constraints_path(const struct lint_case *c)
{
	if (!c->cert->has_basic_constraints)
		return LINT_NOT_APPLICABLE;
	return !c->cert->is_ca && c->cert->path_length >= 0 ? "pathLenConstraint without cA" : NULL;
}

const char *lint_basic_constraints_critical(const struct lint_case *c)
{
	if (!c->cert->has_basic_constraints)
		return LINT_NOT_APPLICABLE;
	return c->cert->basic_constraints_critical ? NULL : "it is not";
}

const char *lint_key_usage_present(const struct lint_case *c)
{
	return c->cert->has_key_usage ? NULL : "no such extension";
}

const char *lint_key_usage_critical(const struct lint_case *c)
{
	return critical(c, OID_SPAN(OID_KEY_USAGE), true);
}

const char *lint_key_usage_empty(const struct lint_case *c)
{
	if (!c->cert->has_key_usage)
		return LINT_NOT_APPLICABLE;
	return c->cert->key_usage ? NULL : "all bits are zero";
}

static const char *usage_forbidden(const struct lint_case *c, uint32_t bits)
{
	static const char *const names[] = { "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment",
					     "keyAgreement", "keyCertSign", "cRLSign", "encipherOnly", "decipherOnly" };

	if (!c->cert->has_key_usage)
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (c->cert->key_usage & bits & (1U << i))
			return names[i];
	return NULL;
}

const char *lint_key_usage_no_ca(const struct lint_case *c)
{
	return usage_forbidden(c, KU_BIT_KEY_CERT_SIGN | KU_BIT_CRL_SIGN);
}

const char *lint_key_usage_rsa(const struct lint_case *c)
{
	if (c->cert->key.type != KEY_TYPE_RSA)
		return LINT_NOT_APPLICABLE;
	return usage_forbidden(c, KU_BIT_NON_REPUDIATION | KU_BIT_KEY_AGREEMENT | KU_BIT_ENCIPHER_ONLY | KU_BIT_DECIPHER_ONLY);
}

const char *lint_key_usage_ec(const struct lint_case *c)
{
	if (c->cert->key.type != KEY_TYPE_EC)
		return LINT_NOT_APPLICABLE;
	return usage_forbidden(c, KU_BIT_NON_REPUDIATION | KU_BIT_KEY_ENCIPHERMENT | KU_BIT_DATA_ENCIPHERMENT |
				  KU_BIT_ENCIPHER_ONLY | KU_BIT_DECIPHER_ONLY);
}

const char *lint_key_usage_signs(const struct lint_case *c)
{
	if (!c->cert->has_key_usage)
		return LINT_NOT_APPLICABLE;
	return c->cert->key_usage & KU_BIT_DIGITAL_SIGNATURE ? NULL : "digitalSignature is not set";
}

const char *lint_key_usage_only_bits(const struct lint_case *c)
{
	if (c->cert->key_usage & KU_BIT_KEY_AGREEMENT)
		return LINT_NOT_APPLICABLE;
	return usage_forbidden(c, KU_BIT_ENCIPHER_ONLY | KU_BIT_DECIPHER_ONLY);
}

/* ---- extKeyUsage ----------------------------------------------------------------------------------------------- */

const char *lint_eku_present(const struct lint_case *c)
{
	return c->cert->has_eku ? NULL : "no such extension";
}

const char *lint_eku_server(const struct lint_case *c)
{
	if (!c->cert->has_eku)
		return LINT_NOT_APPLICABLE;
	return c->cert->eku_server ? NULL : "it is not there";
}

const char *lint_eku_critical(const struct lint_case *c)
{
	return critical(c, OID_SPAN(OID_EXT_KEY_USAGE), false);
}

const char *lint_eku_any(const struct lint_case *c)
{
	return c->cert->eku_any ? "2.5.29.37.0" : NULL;
}

const char *lint_eku_forbidden(const struct lint_case *c)
{
	for (size_t i = 0; i < c->cert->n_eku; i++)
		if (OID_IS(c->cert->eku[i], OID_PRECERTIFICATE_SIGNING))
			return "signing of precertificates (1.3.6.1.4.1.11129.2.4.4)";
	return c->cert->eku_code ? "codeSigning" : c->cert->eku_email ? "emailProtection" :
	       c->cert->eku_time ? "timeStamping" : c->cert->eku_ocsp ? "OCSPSigning" : NULL;
}

const char *lint_eku_client(const struct lint_case *c)
{
	return c->cert->eku_client && c->cert->eku_server ? "both are there" : NULL;
}

/* ---- key identifiers ---------------------------------------------------------------------------------------------- */

const char *lint_aki_present(const struct lint_case *c)
{
	if (c->cert->is_self_issued)
		return LINT_NOT_APPLICABLE;
	return c->cert->has_aki ? NULL : "no such extension";
}

const char *lint_aki_critical(const struct lint_case *c)
{
	return critical(c, OID_SPAN(OID_AUTHORITY_KEY_ID), false);
}

const char *lint_aki_key_id(const struct lint_case *c)
{
	if (!c->cert->has_aki)
		return LINT_NOT_APPLICABLE;
	return c->cert->aki.n ? NULL : "keyIdentifier is missing";
}

const char *lint_aki_issuer_serial(const struct lint_case *c)
{
	return c->cert->aki_has_issuer || c->cert->aki_has_serial ? "both identify the issuer by its own issuer" : NULL;
}

const char *lint_aki_matches(const struct lint_case *c)
{
	if (!c->cert->aki.n || !c->issuer || !c->issuer->ski.n)
		return LINT_NOT_APPLICABLE;
	return span_equal(c->cert->aki, c->issuer->ski) ? NULL : "the identifiers differ";
}

const char *lint_ski_critical(const struct lint_case *c)
{
	return critical(c, OID_SPAN(OID_SUBJECT_KEY_ID), false);
}

/* ---- addresses ---------------------------------------------------------------------------------------------------------- */

static const char *not_http(const struct lint_case *c, const struct span *urls, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!span_is_nocase(span_sub(urls[i], 0, 7), "http://"))
			return lint_quoted(c, urls[i]);
	return NULL;
}

const char *lint_aia_issuer(const struct lint_case *c)
{
	if (c->cert->is_self_issued)
		return LINT_NOT_APPLICABLE;
	return c->cert->n_issuer_urls ? NULL : "it is not there";
}

const char *lint_aia_critical(const struct lint_case *c)
{
	return critical(c, OID_SPAN(OID_INFO_ACCESS), false);
}

const char *lint_aia_scheme(const struct lint_case *c)
{
	const char *fault = not_http(c, c->cert->ocsp_urls, c->cert->n_ocsp_urls);

	return fault ? fault : not_http(c, c->cert->issuer_urls, c->cert->n_issuer_urls);
}

/* Certificates of a few days need no revocation (BR 1.6.1): ten, and seven from 2026-03-15 on. */
static bool is_short_lived(const struct lint_case *c)
{
	return c->days > 0 && c->days <= (c->cert->not_before_unix >= 1773532800 ? 7 : SHORT_LIVED_DAYS);
}

const char *lint_revocation_pointer(const struct lint_case *c)
{
	if (c->cert->is_self_issued || is_short_lived(c))
		return LINT_NOT_APPLICABLE;
	return c->cert->n_crl_urls || c->cert->n_ocsp_urls ? NULL : "no address at all";
}

const char *lint_crl_present(const struct lint_case *c)
{
	if (c->cert->is_self_issued || is_short_lived(c) || c->cert->n_ocsp_urls)
		return LINT_NOT_APPLICABLE;
	return c->cert->n_crl_urls ? NULL : "cRLDistributionPoints is missing";
}

const char *lint_crl_scheme(const struct lint_case *c)
{
	return c->cert->n_crl_urls ? not_http(c, c->cert->crl_urls, c->cert->n_crl_urls) : LINT_NOT_APPLICABLE;
}

const char *lint_crl_critical(const struct lint_case *c)
{
	return critical(c, OID_SPAN(OID_CRL_POINTS), false);
}

/* ---- policies -------------------------------------------------------------------------------------------------------------- */

const char *lint_policies_present(const struct lint_case *c)
{
	return c->cert->n_policies ? NULL : "no such extension";
}

static bool is_reserved_policy(struct span oid)
{
	static const struct span reserved[] = {
		{ (const uint8_t *)OID_BR "\x01", 5 }, { (const uint8_t *)OID_BR "\x02\x01", 6 },
		{ (const uint8_t *)OID_BR "\x02\x02", 6 }, { (const uint8_t *)OID_BR "\x02\x03", 6 },
	};

	for (size_t i = 0; i < COUNT_OF(reserved); i++)
		if (span_equal(oid, reserved[i]))
			return true;
	return false;
}

const char *lint_policies_reserved(const struct lint_case *c)
{
	size_t n = 0;

	if (c->cert->n_policies == 0)
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < c->cert->n_policies; i++)
		n += is_reserved_policy(c->cert->policies[i]);
	return n == 1 ? NULL : n == 0 ? "none of 2.23.140.1.1 and 2.23.140.1.2.1 to .3" : "more than one";
}

const char *lint_policies_critical(const struct lint_case *c)
{
	return critical(c, OID_SPAN(OID_POLICIES), false);
}

const char *lint_policies_duplicates(const struct lint_case *c)
{
	size_t n = c->cert->n_policies < 100 ? c->cert->n_policies : 100;

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (span_equal(c->cert->policies[i], c->cert->policies[k]))
				return oid_text(c->arena, c->cert->policies[i]);
	return n ? NULL : LINT_NOT_APPLICABLE;
}

const char *lint_ca_extensions(const struct lint_case *c)
{
	return c->cert->has_name_constraints ? "nameConstraints" : c->cert->has_policy_constraints ? "policyConstraints" :
	       c->cert->has_policy_mappings ? "policyMappings" : c->cert->has_inhibit_any_policy ? "inhibitAnyPolicy" : NULL;
}

const char *lint_netscape(const struct lint_case *c)
{
	static const uint8_t prefix[] = { 0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x01 };

	for (size_t i = 0; i < c->cert->n_extensions; i++)
		if (span_equal(span_sub(c->cert->extensions[i].oid, 0, sizeof prefix), span_of(prefix, sizeof prefix)))
			return oid_text(c->arena, c->cert->extensions[i].oid);
	return NULL;
}

const char *lint_sct_critical(const struct lint_case *c)
{
	return critical(c, OID_SPAN(OID_CT_SCTS), false);
}

/* Two up to 180 days, three beyond; from 2018 to 2021 by months of validity. None at all may mean that
 * they come in the handshake, or that the authority is a private one: told by other rules. */
const char *lint_sct_count(const struct lint_case *c)
{
	size_t least = c->days > CT_LONG_DAYS ? 3 : 2;

	if (c->cert->n_scts == 0 || c->days == 0 || c->cert->not_before_unix < CT_2018)
		return LINT_NOT_APPLICABLE;
	/* Two of the same log are one. */
	return c->cert->n_sct_logs >= least ? NULL
		: arena_printf(c->arena, "of %zu log%s for %lld days, %zu are needed", c->cert->n_sct_logs,
			       c->cert->n_sct_logs == 1 ? "" : "s", (long long)c->days, least);
}
