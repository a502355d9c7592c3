#include "x509/cert.h"

#include <openssl/sha.h>

#include "x509/cert_parts.h"
#include "x509/name.h"

/* ---- time, key -------------------------------------------------------------------------- */

static int64_t read_time(struct der *validity, struct cert *cert, uint8_t *type, struct span *raw)
{
	struct span whole;
	int64_t when = 0;

	if (!der_next(validity, type, raw, &whole) || !der_time(*type, *raw, &when)) {
		cert->bad_time = true;
		der_note(validity, "a date is not written as RFC 5280 demands");
	} else if (*type == DER_GENERALIZED_TIME && when < 2524608000) {
		der_note(validity, "a date before 2050 is a GeneralizedTime, which RFC 5280 forbids");
	}
	return when;
}

static void read_validity(struct der *tbs, struct cert *cert)
{
	struct der validity = der_enter(tbs, DER_SEQUENCE);

	cert->not_before_unix = read_time(&validity, cert, &cert->not_before_type, &cert->not_before_raw);
	cert->not_after_unix = read_time(&validity, cert, &cert->not_after_type, &cert->not_after_raw);
	der_end(&validity);
}

/* ---- the body --------------------------------------------------------------------------- */

static struct span whole_of(struct der *in, uint8_t tag)
{
	struct span content, whole = { 0 };
	uint8_t got = 0;

	if (der_peek(in) != tag || !der_next(in, &got, &content, &whole)) {
		der_fail(in, "an element is missing or of another type");
		return span_of(NULL, 0);
	}
	return whole;
}

static void read_version(struct der *tbs, struct cert *cert)
{
	struct span content;
	struct der inner;

	cert->version = 1;
	if (!der_optional(tbs, DER_CONTEXT_OF(0), &content))
		return;
	inner = der_of(content, tbs->fault);
	cert->version = (int)(der_small(&inner) + 1);
	if (cert->version < 2 || cert->version > 3)
		der_note(tbs, "the version is none that exists");
}

static void read_serial(struct der *tbs, struct cert *cert)
{
	struct span s = der_get(tbs, DER_INTEGER);
	bool zero = s.n > 0;

	cert->serial = s;
	for (size_t i = 0; i < s.n; i++)
		zero &= s.p[i] == 0;
	cert->serial_zero = zero;
	cert->serial_negative = s.n > 0 && (s.p[0] & 0x80);
	if (s.n == 0)
		der_note(tbs, "the serial number is empty");
	else if (s.n > 1 && ((s.p[0] == 0 && !(s.p[1] & 0x80)) || (s.p[0] == 0xff && (s.p[1] & 0x80))))
		der_note(tbs, "the serial number is not in its shortest form");
}

static void read_tail(struct arena *arena, struct der *tbs, struct cert *cert)
{
	struct span content;

	cert->has_unique_ids |= der_optional(tbs, DER_CONTEXT(1), &content);
	cert->has_unique_ids |= der_optional(tbs, DER_CONTEXT(2), &content);
	if (der_optional(tbs, DER_CONTEXT_OF(3), &content)) {
		if (cert->version != 3)
			der_note(tbs, "there are extensions in a certificate that is not of version 3");
		extensions_read(arena, content, cert, tbs->fault);
	}
	der_end(tbs);
}

static void read_body(struct arena *arena, struct der *tbs, struct cert *cert)
{
	read_version(tbs, cert);
	read_serial(tbs, cert);
	cert->signature_inner = cert_algorithm_read(tbs);
	cert->issuer = name_read(arena, whole_of(tbs, DER_SEQUENCE), tbs->fault);
	read_validity(tbs, cert);
	cert->subject = name_read(arena, whole_of(tbs, DER_SEQUENCE), tbs->fault);
	cert->key = key_read(arena, whole_of(tbs, DER_SEQUENCE), tbs->fault);
	cert->is_decoded = der_ok(tbs);
	read_tail(arena, tbs, cert);
}

static void read_outer(struct arena *arena, struct der *in, struct cert *cert)
{
	struct der outer = der_enter(in, DER_SEQUENCE), tbs;
	unsigned unused;

	cert->tbs = whole_of(&outer, DER_SEQUENCE);
	tbs = der_of(cert->tbs, in->fault);
	tbs.rd.at = cert->tbs.p ? (size_t)(cert->tbs.p - cert->der.p) : 0;
	tbs = der_enter(&tbs, DER_SEQUENCE);
	if (der_ok(&tbs))
		read_body(arena, &tbs, cert);
	cert->signature_outer = cert_algorithm_read(&outer);
	cert->signature = der_bits(&outer, &unused);
	if (!der_ok(&outer))
		cert->is_decoded = false;
	der_end(&outer);
}

struct cert *cert_parse(struct arena *arena, struct span der)
{
	struct cert *cert = arena_new_of(arena, struct cert);
	struct der_fault fault = { 0 };
	struct der in = der_of(der, &fault);

	cert->der = der;
	cert->path_length = -1;
	cert->require_explicit_policy = -1;
	SHA256(der.p ? der.p : (const uint8_t *)"", der.n, cert->sha256);
	read_outer(arena, &in, cert);
	cert->has_trailing_bytes = der_more(&in);
	if (cert->has_trailing_bytes)
		der_note(&in, "bytes follow the certificate");
	cert->algorithm_differs = !span_equal(cert->signature_inner.raw, cert->signature_outer.raw);
	cert->subject_hash = name_hash(cert->subject.raw);
	cert->issuer_hash = name_hash(cert->issuer.raw);
	cert->is_self_issued = cert->is_decoded && name_equal(cert->subject.raw, cert->issuer.raw);
	cert->malformed = fault.what;
	cert->malformed_at = fault.at;
	return cert;
}

bool cert_equal(const struct cert *a, const struct cert *b)
{
	return span_equal(a->der, b->der);
}

const struct cert_extension *cert_extension_find(const struct cert *cert, struct span oid)
{
	for (size_t i = 0; i < cert->n_extensions; i++) {
		if (span_equal(cert->extensions[i].oid, oid))
			return &cert->extensions[i];
	}
	return NULL;
}

static const char *colons(struct arena *arena, struct span bytes)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = bytes.n < 64 ? bytes.n : 64;
	char *text = arena_alloc(arena, n * 3 + 1);

	for (size_t i = 0; i < n; i++) {
		text[3 * i] = hex[bytes.p[i] >> 4];
		text[3 * i + 1] = hex[bytes.p[i] & 15];
		text[3 * i + 2] = i + 1 < n ? ':' : 0;
	}
	return text;
}

const char *cert_fingerprint(struct arena *arena, const struct cert *cert)
{
	return colons(arena, span_of(cert->sha256, sizeof cert->sha256));
}

const char *cert_serial_text(struct arena *arena, const struct cert *cert)
{
	return colons(arena, cert->serial);
}
