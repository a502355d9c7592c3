#include "x509/crl.h"

#include "x509/name.h"
#include "x509/oids.h"
#include "x509/sig.h"

static void read_scope(struct crl *crl, struct span value)
{
	struct der in = der_of(value, NULL), all = der_enter(&in, DER_SEQUENCE);
	struct span content, whole;
	uint8_t tag;

	while (der_next(&all, &tag, &content, &whole)) {
		bool yes = content.n == 1 && content.p[0];

		crl->only_user |= tag == DER_CONTEXT(1) && yes;
		crl->only_ca |= tag == DER_CONTEXT(2) && yes;
		crl->is_indirect |= tag == DER_CONTEXT(4) && yes;
		crl->only_attribute |= tag == DER_CONTEXT(5) && yes;
	}
}

static void read_extensions(struct crl *crl, struct span content)
{
	struct der in = der_of(content, NULL), list = der_enter(&in, DER_SEQUENCE);

	while (der_more(&list)) {
		struct der one = der_enter(&list, DER_SEQUENCE);
		struct span oid = der_get(&one, DER_OID), value;
		bool critical = der_peek(&one) == DER_BOOLEAN && der_bool(&one);

		value = der_get(&one, DER_OCTET_STRING);
		if (OID_IS(oid, OID_CE "\x1c"))
			read_scope(crl, value);
		else if (OID_IS(oid, OID_CE "\x1b"))
			crl->is_delta = true;
		else
			crl->has_unknown_critical |= critical;
	}
}

static int64_t read_time(struct der *in, struct crl *crl)
{
	struct span content, whole;
	uint8_t tag = 0;
	int64_t when = 0;

	if (!der_next(in, &tag, &content, &whole) || !der_time(tag, content, &when))
		crl->malformed = "a date of the list does not decode";
	return when;
}

static void read_body(struct crl *crl, struct der_fault *fault)
{
	struct der in = der_of(crl->tbs, fault), all = der_enter(&in, DER_SEQUENCE);
	struct span content;
	uint8_t tag;

	if (der_peek(&all) == DER_INTEGER)
		der_small(&all);
	cert_algorithm_read(&all);
	if (der_peek(&all) != DER_SEQUENCE || !der_next(&all, &tag, &content, &crl->issuer))
		der_fail(&all, "the issuer is missing");
	crl->this_update_unix = read_time(&all, crl);
	if (der_peek(&all) == DER_UTC_TIME || der_peek(&all) == DER_GENERALIZED_TIME) {
		crl->has_next_update = true;
		crl->next_update_unix = read_time(&all, crl);
	}
	der_optional(&all, DER_SEQUENCE, &crl->entries);
	if (der_optional(&all, DER_CONTEXT_OF(0), &content))
		read_extensions(crl, content);
}

struct crl crl_parse(struct span der)
{
	struct crl crl = { .der = der };
	struct der_fault fault = { 0 };
	struct der in = der_of(der, &fault), outer = der_enter(&in, DER_SEQUENCE);
	struct span content;
	uint8_t tag;
	unsigned unused;

	if (der_peek(&outer) == DER_SEQUENCE && der_next(&outer, &tag, &content, &crl.tbs))
		read_body(&crl, &fault);
	crl.algorithm = cert_algorithm_read(&outer);
	crl.signature = der_bits(&outer, &unused);
	if (fault.what)
		crl.malformed = fault.what;
	return crl;
}

static int entry_reason(struct span content)
{
	struct der list = der_of(content, NULL), in, code;

	while (der_more(&list)) {
		struct span oid, value;

		in = der_enter(&list, DER_SEQUENCE);
		oid = der_get(&in, DER_OID);
		if (der_peek(&in) == DER_BOOLEAN)
			der_bool(&in);
		value = der_get(&in, DER_OCTET_STRING);
		if (!OID_IS(oid, OID_CE "\x15"))
			continue;
		code = der_of(value, NULL);
		value = der_get(&code, DER_ENUMERATED);
		return value.n == 1 ? value.p[0] : -1;
	}
	return -1;
}

static bool find_entry(const struct crl *crl, struct span serial, struct crl_verdict *verdict)
{
	struct der list = der_of(crl->entries, NULL);

	while (der_more(&list)) {
		struct der one = der_enter(&list, DER_SEQUENCE);
		struct span content, whole;
		uint8_t tag = 0;

		if (!span_equal(der_get(&one, DER_INTEGER), serial))
			continue;
		if (der_next(&one, &tag, &content, &whole))
			(void)der_time(tag, content, &verdict->revoked_unix);
		if (der_optional(&one, DER_SEQUENCE, &content))
			verdict->reason = entry_reason(content);
		return true;
	}
	return false;
}

static bool is_out_of_scope(const struct crl *crl, const struct cert *cert)
{
	return crl->only_attribute || crl->is_delta || (crl->only_user && cert->is_ca) || (crl->only_ca && !cert->is_ca);
}

struct crl_verdict crl_check(struct span der, const struct cert *cert, const struct cert *issuer, int64_t now_unix)
{
	struct crl crl = crl_parse(der);
	struct crl_verdict v = { .reason = -1, .this_update_unix = crl.this_update_unix,
				 .next_update_unix = crl.next_update_unix };
	bool listed;

	if (crl.malformed)
		v.status = CRL_MALFORMED;
	else if (!issuer || !name_equal(crl.issuer, cert->issuer.raw) || !name_equal(crl.issuer, issuer->subject.raw))
		v.status = CRL_OTHER_ISSUER;
	else if (sig_verify(&issuer->key, &crl.algorithm, crl.tbs, crl.signature) != SIG_OK)
		v.status = CRL_BAD_SIGNATURE;
	else if (issuer->has_key_usage && !(issuer->key_usage & KU_BIT_CRL_SIGN))
		v.status = CRL_NO_CRL_SIGN;
	else if (crl.is_indirect || crl.has_unknown_critical)
		v.status = CRL_UNKNOWN_CRITICAL;
	else if (is_out_of_scope(&crl, cert))
		v.status = CRL_OUT_OF_SCOPE;
	if (v.status != CRL_NOT_LISTED)
		return v;
	listed = find_entry(&crl, cert->serial, &v) && v.reason != 8;
	if (crl.this_update_unix > now_unix)
		v.status = CRL_NOT_YET;
	else if (listed)
		v.status = CRL_REVOKED;
	else if (crl.has_next_update && crl.next_update_unix < now_unix)
		v.status = CRL_STALE;
	return v;
}
