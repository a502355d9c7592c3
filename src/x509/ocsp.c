#include "x509/ocsp.h"

#include <openssl/evp.h>

#include "base/timeutil.h"
#include "base/wr.h"
#include "x509/name.h"
#include "x509/sig.h"

enum { RESPONDERS_MAX = 8, ANSWERS_MAX = 256, CLOCK_SKEW = 300 };

static const uint8_t oid_basic[] = { 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x01 };
static const uint8_t oid_sha1[] = { 0x2b, 0x0e, 0x03, 0x02, 0x1a };
static const uint8_t oid_sha256[] = { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 };

struct single {
	struct span hash, name_hash, key_hash, serial;
	enum ocsp_status status;
	int64_t this_update, next_update, revoked;
	bool has_next, bad_time;
	int reason;
};

struct response {
	struct span tbs, signature, singles, certs;
	struct cert_algorithm algorithm;
	int64_t produced;
};

/* ---- reading ---------------------------------------------------------------------------- */

static int64_t read_time(struct der *in, bool *bad)
{
	int64_t when = 0;

	if (!der_time(DER_GENERALIZED_TIME, der_get(in, DER_GENERALIZED_TIME), &when))
		*bad = true;
	return when;
}

static bool read_data(struct response *response)
{
	struct der in = der_of(response->tbs, NULL), all = der_enter(&in, DER_SEQUENCE);
	struct span content, whole;
	uint8_t tag;
	bool bad = false;

	der_optional(&all, DER_CONTEXT_OF(0), &content);
	if (!der_next(&all, &tag, &content, &whole) || (tag != DER_CONTEXT_OF(1) && tag != DER_CONTEXT_OF(2)))
		return false;
	response->produced = read_time(&all, &bad);
	response->singles = der_get(&all, DER_SEQUENCE);
	return der_ok(&all) && !bad;
}

static bool read_basic(struct span bytes, struct response *response)
{
	struct der in = der_of(bytes, NULL), all = der_enter(&in, DER_SEQUENCE), list;
	struct span content;
	uint8_t tag;
	unsigned unused;

	if (!der_next(&all, &tag, &content, &response->tbs) || tag != DER_SEQUENCE)
		return false;
	response->algorithm = cert_algorithm_read(&all);
	response->signature = der_bits(&all, &unused);
	if (der_optional(&all, DER_CONTEXT_OF(0), &content)) {
		list = der_of(content, NULL);
		response->certs = der_get(&list, DER_SEQUENCE);
	}
	return der_ok(&all) && read_data(response);
}

static bool read_outer(struct span bytes, int *status, struct response *response)
{
	struct der in = der_of(bytes, NULL), all = der_enter(&in, DER_SEQUENCE), wrapped, pair;
	struct span code = der_get(&all, DER_ENUMERATED), content;

	if (!der_ok(&all) || code.n != 1)
		return false;
	*status = code.p[0];
	if (*status != 0)
		return true;
	wrapped = der_enter(&all, DER_CONTEXT_OF(0));
	pair = der_enter(&wrapped, DER_SEQUENCE);
	content = der_get(&pair, DER_OID);
	if (!der_ok(&pair) || !span_equal(content, span_of(oid_basic, sizeof oid_basic)))
		return false;
	content = der_get(&pair, DER_OCTET_STRING);
	return der_ok(&pair) && read_basic(content, response);
}

static void read_revoked(struct single *single, struct span content)
{
	struct der in = der_of(content, NULL), reason;
	struct span code;

	single->revoked = read_time(&in, &single->bad_time);
	if (!der_optional(&in, DER_CONTEXT_OF(0), &content))
		return;
	reason = der_of(content, NULL);
	code = der_get(&reason, DER_ENUMERATED);
	if (code.n == 1)
		single->reason = code.p[0];
}

static bool read_single(struct der *list, struct single *single)
{
	struct der all = der_enter(list, DER_SEQUENCE), id = der_enter(&all, DER_SEQUENCE);
	struct der algorithm = der_enter(&id, DER_SEQUENCE), next;
	struct span content, whole;
	uint8_t tag;

	*single = (struct single){ .reason = -1, .hash = der_get(&algorithm, DER_OID) };
	single->name_hash = der_get(&id, DER_OCTET_STRING);
	single->key_hash = der_get(&id, DER_OCTET_STRING);
	single->serial = der_get(&id, DER_INTEGER);
	if (!der_ok(&id) || !der_next(&all, &tag, &content, &whole))
		return false;
	single->status = tag == DER_CONTEXT(0) ? OCSP_GOOD : tag == DER_CONTEXT_OF(1) ? OCSP_REVOKED : OCSP_UNKNOWN;
	if (single->status == OCSP_REVOKED)
		read_revoked(single, content);
	single->this_update = read_time(&all, &single->bad_time);
	single->has_next = der_optional(&all, DER_CONTEXT_OF(0), &content);
	if (single->has_next) {
		next = der_of(content, NULL);
		single->next_update = read_time(&next, &single->bad_time);
	}
	return der_ok(&all);
}

/* ---- whose answer ----------------------------------------------------------------------- */

static bool hash_is(const char *digest, struct span bytes, struct span expected)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t n = 0;

	return EVP_Q_digest(NULL, digest, NULL, bytes.p, bytes.n, hash, &n) == 1 &&
	       span_equal(span_of(hash, n), expected);
}

static bool is_about(const struct single *single, const struct cert *cert, const struct cert *issuer)
{
	const char *digest = span_equal(single->hash, span_of(oid_sha1, sizeof oid_sha1))     ? "SHA1" :
			     span_equal(single->hash, span_of(oid_sha256, sizeof oid_sha256)) ? "SHA256" :
												NULL;

	if (!digest || !span_equal(single->serial, cert->serial) || !hash_is(digest, cert->issuer.raw, single->name_hash))
		return false;
	return !issuer || hash_is(digest, issuer->key.bits_of_key, single->key_hash);
}

static bool find_single(const struct response *response, const struct cert *cert, const struct cert *issuer,
			struct single *found)
{
	struct der list = der_of(response->singles, NULL);

	for (size_t i = 0; der_more(&list) && i < ANSWERS_MAX; i++) {
		if (!read_single(&list, found))
			return false;
		if (is_about(found, cert, issuer))
			return true;
	}
	return false;
}

static bool signed_by_delegate(struct arena *arena, const struct response *response, const struct cert *issuer,
			       int64_t now, enum ocsp_status *why)
{
	struct der list = der_of(response->certs, NULL);
	struct span content, whole;
	uint8_t tag;

	for (size_t i = 0; i < RESPONDERS_MAX && der_next(&list, &tag, &content, &whole); i++) {
		const struct cert *responder = cert_parse(arena, whole);

		if (sig_verify(&responder->key, &response->algorithm, response->tbs, response->signature) != SIG_OK)
			continue;
		if (cert_equal(responder, issuer))
			return true;
		*why = OCSP_BAD_RESPONDER;
		if (responder->eku_ocsp && now >= responder->not_before_unix && now <= responder->not_after_unix &&
		    name_equal(responder->issuer.raw, issuer->subject.raw) && cert_signed_by(responder, issuer) == SIG_OK)
			return true;
	}
	return false;
}

/* ---- the verdict ------------------------------------------------------------------------ */

static struct ocsp_verdict say(struct ocsp_verdict verdict, enum ocsp_status status, const char *why)
{
	verdict.status = status;
	verdict.why = why;
	return verdict;
}

static struct ocsp_verdict check_dates(struct arena *arena, struct ocsp_verdict v, enum ocsp_status status, int64_t now)
{
	char when[RFC3339_LEN];

	if (v.this_update_unix > now + CLOCK_SKEW)
		return say(v, OCSP_NOT_YET, arena_printf(arena, "the answer counts from %s only",
							 when_format(when, v.this_update_unix)));
	if (v.has_next_update && v.next_update_unix + CLOCK_SKEW < now)
		return say(v, OCSP_STALE, arena_printf(arena, "the answer ran out on %s",
						       when_format(when, v.next_update_unix)));
	if (status == OCSP_UNKNOWN)
		return say(v, status, "the responder does not know this certificate");
	return say(v, status, NULL);
}

static const char *refusal(int status)
{
	static const char *const names[] = { "successful", "malformedRequest", "internalError", "tryLater",
					     "response status 4", "sigRequired", "unauthorized" };

	return (size_t)status < COUNT_OF(names) ? names[status] : "unknown response status";
}

struct ocsp_verdict ocsp_check(struct arena *arena, struct span bytes, const struct cert *cert,
			       const struct cert *issuer, int64_t now)
{
	struct ocsp_verdict v = { .reason = -1 };
	struct response response = { 0 };
	struct single single;
	enum ocsp_status why = OCSP_BAD_SIGNATURE;

	if (!read_outer(bytes, &v.response_status, &response))
		return say(v, OCSP_MALFORMED, "the answer does not decode as an OCSPResponse");
	if (v.response_status != 0)
		return say(v, OCSP_REFUSED, arena_printf(arena, "the responder refuses to answer: %s (%d)",
							 refusal(v.response_status), v.response_status));
	v.produced_unix = response.produced;
	if (!find_single(&response, cert, issuer, &single))
		return say(v, OCSP_OTHER_CERTIFICATE, "the answer is about another certificate");
	if (single.bad_time)
		return say(v, OCSP_MALFORMED, "a time in the answer does not decode");
	v.this_update_unix = single.this_update;
	v.next_update_unix = single.next_update;
	v.has_next_update = single.has_next;
	v.revoked_unix = single.revoked;
	v.reason = single.reason;
	if (!issuer)
		return say(v, OCSP_UNVERIFIED, "the issuer's certificate, which would verify the answer, is not known");
	if (sig_verify(&issuer->key, &response.algorithm, response.tbs, response.signature) != SIG_OK &&
	    !signed_by_delegate(arena, &response, issuer, now, &why))
		return say(v, why, why == OCSP_BAD_RESPONDER ? "the answer is signed by one whom the issuer did not appoint" :
							       "the signature of the answer does not verify");
	return check_dates(arena, v, single.status, now);
}

const char *ocsp_status_name(enum ocsp_status status)
{
	static const char *const names[] = {
		[OCSP_NONE] = "none", [OCSP_GOOD] = "good", [OCSP_REVOKED] = "revoked", [OCSP_UNKNOWN] = "unknown",
		[OCSP_OTHER_CERTIFICATE] = "for another certificate", [OCSP_STALE] = "out of date",
		[OCSP_NOT_YET] = "not valid yet", [OCSP_BAD_SIGNATURE] = "badly signed",
		[OCSP_BAD_RESPONDER] = "signed by a stranger", [OCSP_REFUSED] = "an error of the responder",
		[OCSP_MALFORMED] = "malformed", [OCSP_UNVERIFIED] = "not verified",
	};

	return names[status];
}

const char *revocation_reason(int reason)
{
	static const char *const names[] = { "unspecified", "keyCompromise", "cACompromise", "affiliationChanged",
					     "superseded", "cessationOfOperation", "certificateHold", "unknown reason",
					     "removeFromCRL", "privilegeWithdrawn", "aACompromise" };

	return reason >= 0 && (size_t)reason < COUNT_OF(names) ? names[reason] : "no reason given";
}

/* ---- asking ----------------------------------------------------------------------------- */

static void put_hash(struct wr *out, struct span bytes)
{
	uint8_t hash[EVP_MAX_MD_SIZE];
	size_t n = 0;

	if (EVP_Q_digest(NULL, "SHA1", NULL, bytes.p, bytes.n, hash, &n) != 1)
		out->failed = true;
	wr_u8(out, DER_OCTET_STRING);
	wr_u8(out, (uint8_t)n);
	wr_bytes(out, span_of(hash, n));
}

static size_t open_sequence(struct wr *out)
{
	wr_u8(out, DER_SEQUENCE);
	return wr_open(out, 1);
}

/* All lengths stay below 128 with a serial of at most 20 bytes, so one byte holds each. */
struct span ocsp_request(struct arena *arena, const struct cert *cert, const struct cert *issuer)
{
	static const uint8_t sha1[] = { 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00 };
	struct wr out = wr_of(arena_alloc(arena, 160), 160);
	size_t marks[5];

	if (!issuer || cert->serial.n > 32)
		return span_of(NULL, 0);
	for (size_t i = 0; i < 5; i++)
		marks[i] = open_sequence(&out);
	wr_bytes(&out, span_of(sha1, sizeof sha1));
	put_hash(&out, cert->issuer.raw);
	put_hash(&out, issuer->key.bits_of_key);
	wr_u8(&out, DER_INTEGER);
	wr_u8(&out, (uint8_t)cert->serial.n);
	wr_bytes(&out, cert->serial);
	for (size_t i = 5; i-- > 0;)
		wr_close(&out, marks[i], 1);
	return wr_span(&out);
}
