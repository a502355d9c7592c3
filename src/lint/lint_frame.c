/* Version, serial number, signature algorithm, issuer: RFC 5280 4.1, BR 7.1.1, 7.1.3. */
#include <string.h>

#include "lint/lint.h"
#include "base/attr.h"
#include "x509/name.h"

/* Inside of an extension: extension_decodes and the rules of that extension tell more. */
static bool is_in_extension(const struct cert *cert, size_t at)
{
	for (size_t i = 0; i < cert->n_extensions; i++) {
		size_t from = (size_t)(cert->extensions[i].value.p - cert->der.p);

		if (cert->extensions[i].is_malformed && at >= from && at <= from + cert->extensions[i].value.n)
			return true;
	}
	return false;
}

/* What other rules say is left to them: told_by_others in lint.c. */
const char *lint_der(const struct lint_case *c)
{
	const struct cert *cert = c->cert;

	if (cert->malformed && !(cert->is_decoded && is_in_extension(cert, cert->malformed_at)))
		return arena_printf(c->arena, "%s at byte %zu", cert->malformed, cert->malformed_at);
	for (size_t i = 0; i < cert->n_extensions; i++)
		if (cert->extensions[i].writes_default)
			return arena_printf(c->arena, "the extension %s writes out that it is not critical, which is the default",
					    oid_text(c->arena, cert->extensions[i].oid));
	return NULL;
}

const char *lint_trailing_bytes(const struct lint_case *c)
{
	return c->cert->has_trailing_bytes ? "there are bytes behind its end" : NULL;
}

const char *lint_version_3(const struct lint_case *c)
{
	return c->cert->version == 3 ? NULL : arena_printf(c->arena, "version %d", c->cert->version);
}

const char *lint_serial_positive(const struct lint_case *c)
{
	return c->cert->serial_zero ? "it is zero" : c->cert->serial_negative ? "it is negative" : NULL;
}

const char *lint_serial_length(const struct lint_case *c)
{
	return c->cert->serial.n <= 20 ? NULL : arena_printf(c->arena, "%zu octets", c->cert->serial.n);
}

/* 64 random bits give a shorter number once in 256; two octets less, once in 65,536. */
const char *lint_serial_entropy(const struct lint_case *c)
{
	size_t n = c->cert->serial.n;

	if (n > 0 && c->cert->serial.p[0] == 0)
		n--;
	return n >= 8 ? NULL : arena_printf(c->arena, "%zu octets", n);
}

const char *lint_serial_minimal(const struct lint_case *c)
{
	struct span s = c->cert->serial;

	if (s.n < 2)
		return s.n ? NULL : "it is empty";
	if ((s.p[0] == 0 && s.p[1] < 0x80) || (s.p[0] == 0xff && s.p[1] >= 0x80))
		return "a leading octet says nothing";
	return NULL;
}

const char *lint_signature_same(const struct lint_case *c)
{
	return c->cert->algorithm_differs ? "inside and outside of the signed part" : NULL;
}

const char *lint_signature_known(const struct lint_case *c)
{
	const struct cert_algorithm *a = &c->cert->signature_outer;

	if (a->signer == SIGNER_RSA || a->signer == SIGNER_RSA_PSS || a->signer == SIGNER_ECDSA)
		return a->hash == HASH_SHA224 || a->hash == HASH_UNKNOWN || a->hash == HASH_SHA3
			       ? cert_algorithm_name(c->arena, a) : NULL;
	return cert_algorithm_name(c->arena, a);
}

/* BR 7.1.3.2.1 has one encoding for each hash: NULL in each, a salt as long as the hash, no trailer field. */
static const char *pss_fault(const struct cert_algorithm *a)
{
	static const struct { enum cert_hash hash; uint8_t last; int salt; } rows[] = {
		{ HASH_SHA256, 1, 32 }, { HASH_SHA384, 2, 48 }, { HASH_SHA512, 3, 64 },
	};
	static const uint8_t model[] = {
		0x30, 0x34, 0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0, 0x05, 0x00,
		0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08,
		0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0,
	};
	uint8_t wanted[sizeof model];

	if (a->pss_mgf_hash != a->hash)
		return "RSA-PSS: the mask's hash is another one";
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (rows[i].hash != a->hash)
			continue;
		if (rows[i].salt != a->pss_salt)
			return "RSA-PSS: the salt is not as long as the hash";
		memcpy(wanted, model, sizeof model);
		wanted[16] = wanted[46] = rows[i].last;
		wanted[sizeof model - 1] = (uint8_t)rows[i].salt;
		return span_equal(a->parameters, span_of(wanted, sizeof wanted)) ? NULL
			: "RSA-PSS: not in the one form that is permitted";
	}
	return NULL;
}

const char *lint_signature_parameters(const struct lint_case *c)
{
	const struct cert_algorithm *a = &c->cert->signature_outer;
	bool is_null = span_equal(a->parameters, span_of("\x05\x00", 2));

	if (a->signer == SIGNER_RSA && !is_null)
		return a->parameters.n ? "RSA: not NULL" : "RSA: NULL is missing";
	if (a->signer == SIGNER_ECDSA && a->parameters.n)
		return "ECDSA: there must be none";
	return a->signer == SIGNER_RSA_PSS ? pss_fault(a) : NULL;
}

const char *lint_signature_sha1(const struct lint_case *c)
{
	return c->cert->signature_outer.hash == HASH_SHA1 ? cert_algorithm_name(c->arena, &c->cert->signature_outer) : NULL;
}

const char *lint_signature_md5(const struct lint_case *c)
{
	enum cert_hash hash = c->cert->signature_outer.hash;

	return hash == HASH_MD5 || hash == HASH_MD4 || hash == HASH_MD2
		       ? cert_algorithm_name(c->arena, &c->cert->signature_outer) : NULL;
}

const char *lint_signature_curve_hash(const struct lint_case *c)
{
	static const struct { unsigned bits; enum cert_hash hash; } pairs[] = {
		{ 256, HASH_SHA256 }, { 384, HASH_SHA384 }, { 521, HASH_SHA512 },
	};

	enum cert_hash hash = c->cert->signature_outer.hash;

	if (c->cert->signature_outer.signer != SIGNER_ECDSA || !c->issuer || c->issuer->key.type != KEY_TYPE_EC)
		return LINT_NOT_APPLICABLE;
	/* Other hashes, and two that differ, have rules of their own. */
	if (c->cert->algorithm_differs || (hash != HASH_SHA256 && hash != HASH_SHA384 && hash != HASH_SHA512))
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (c->issuer->key.bits == pairs[i].bits && hash != pairs[i].hash)
			return arena_printf(c->arena, "%s by a key of %u bits",
					    cert_algorithm_name(c->arena, &c->cert->signature_outer), pairs[i].bits);
	return NULL;
}

const char *lint_issuer_present(const struct lint_case *c)
{
	return c->cert->issuer.n_attributes ? NULL : "it has no part";
}

const char *lint_issuer_bytes(const struct lint_case *c)
{
	if (!c->issuer || !c->issuer->is_decoded)
		return LINT_NOT_APPLICABLE;
	return span_equal(c->cert->issuer.raw, c->issuer->subject.raw) ? NULL : "equal at best in meaning";
}

const char *lint_unique_ids(const struct lint_case *c)
{
	return c->cert->has_unique_ids ? "issuerUniqueID or subjectUniqueID" : NULL;
}
