/* Version, serial number, signature algorithm, issuer: RFC 5280 4.1, BR 7.1.1, 7.1.3. */
#include "lint/lint.h"

const char *lint_der(const struct lint_case *c)
{
	if (!c->cert->malformed)
		return NULL;
	return arena_printf(c->arena, "%s at byte %zu", c->cert->malformed, c->cert->malformed_at);
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

const char *lint_signature_parameters(const struct lint_case *c)
{
	const struct cert_algorithm *a = &c->cert->signature_outer;
	bool is_null = span_equal(a->parameters, span_of("\x05\x00", 2));

	if (a->signer == SIGNER_RSA && !is_null)
		return a->parameters.n ? "RSA: not NULL" : "RSA: NULL is missing";
	if (a->signer == SIGNER_ECDSA && a->parameters.n)
		return "ECDSA: there must be none";
	if (a->signer == SIGNER_RSA_PSS && (a->pss_mgf_hash != a->hash))
		return "RSA-PSS: the mask's hash is another one";
	return NULL;
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

	if (c->cert->signature_outer.signer != SIGNER_ECDSA || !c->issuer || c->issuer->key.type != KEY_TYPE_EC)
		return LINT_NOT_APPLICABLE;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (c->issuer->key.bits == pairs[i].bits && c->cert->signature_outer.hash != pairs[i].hash)
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
