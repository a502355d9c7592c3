/* Revocation that came with the certificates: a stapled OCSP response (RFC 6960, RFC 6066 8) and
 * the lists of the case (RFC 5280 5). Nothing is fetched. */
#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "client/chain_path.h"

enum { STAPLE_SLOP_S = 300 };

static bool unix_of(const ASN1_TIME *time, int64_t *unix_seconds)
{
	int days = 0, seconds = 0;
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	bool ok = time && epoch && ASN1_TIME_diff(&days, &seconds, epoch, time);

	*unix_seconds = (int64_t)days * 86400 + seconds;
	ASN1_TIME_free(epoch);
	return ok;
}

/* Signed by the issuer itself or by a responder it names in the response. */
static bool is_signed(OCSP_BASICRESP *basic, const struct link *issuer)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	bool ok = false;

	if (chain && store && X509_STORE_add_cert(store, issuer->x)) {
		X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(store),
					    X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
		sk_X509_push(chain, issuer->x);
		ok = OCSP_basic_verify(basic, chain, store, 0) == 1;
	}
	X509_STORE_free(store);
	sk_X509_free(chain);
	return ok;
}

/* Does the responder say it is the issuer itself? */
static bool names_issuer(OCSP_BASICRESP *basic, const struct link *issuer)
{
	const ASN1_OCTET_STRING *key = NULL;
	const X509_NAME *name = NULL;
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (!OCSP_resp_get0_id(basic, &key, &name))
		return false;
	if (name)
		return X509_NAME_cmp(name, X509_get_subject_name(issuer->x)) == 0;
	return X509_pubkey_digest(issuer->x, EVP_sha1(), hash, &n) == 1 &&
	       span_equal(span_of(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key)),
			  span_of(hash, n));
}

static enum staple_status status_of(OCSP_BASICRESP *basic, const struct chain_case *in,
				    const struct link *leaf, const struct link *issuer)
{
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf->x, issuer->x);
	int status = V_OCSP_CERTSTATUS_UNKNOWN, reason = 0, found;
	ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *to = NULL;
	int64_t at = 0;

	found = OCSP_resp_find_status(basic, id, &status, &reason, &revoked, &from, &to);
	OCSP_CERTID_free(id);
	if (!found)
		return STAPLE_OTHER_CERTIFICATE;
	if (!is_signed(basic, issuer))
		return names_issuer(basic, issuer) ? STAPLE_BAD_SIGNATURE : STAPLE_WRONG_SIGNER;
	if (unix_of(from, &at) && at > in->now_unix + STAPLE_SLOP_S)
		return STAPLE_NOT_YET;
	if (to && unix_of(to, &at) && at + STAPLE_SLOP_S < in->now_unix)
		return STAPLE_EXPIRED;
	if (status == V_OCSP_CERTSTATUS_GOOD)
		return STAPLE_GOOD;
	return status == V_OCSP_CERTSTATUS_REVOKED ? STAPLE_REVOKED : STAPLE_UNKNOWN;
}

struct staple link_staple(const struct chain_case *in, const struct link *leaf,
			  const struct link *issuer)
{
	const unsigned char *p = in->staple.p;
	struct staple staple = { .status = STAPLE_MALFORMED };
	OCSP_RESPONSE *response;
	OCSP_BASICRESP *basic;

	if (!in->has_staple)
		return (struct staple){ .status = STAPLE_NONE };
	response = in->staple.n && in->staple.n < INT32_MAX ?
			   d2i_OCSP_RESPONSE(NULL, &p, (long)in->staple.n) : NULL;
	if (!response)
		return staple;
	staple.response = OCSP_response_status(response);
	if (staple.response != OCSP_RESPONSE_STATUS_SUCCESSFUL) {
		staple.status = STAPLE_ERROR_RESPONSE;
	} else if ((basic = OCSP_response_get1_basic(response)) != NULL) {
		if (issuer && issuer->x)
			staple.status = status_of(basic, in, leaf, issuer);
		else
			staple.status = STAPLE_BAD_SIGNATURE;
		OCSP_BASICRESP_free(basic);
	}
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return staple;
}

static bool list_revokes(X509_CRL *crl, const struct link *leaf, const struct link *issuer)
{
	X509_REVOKED *entry = NULL;
	EVP_PKEY *key = X509_get0_pubkey(issuer->x);

	if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer->x)) != 0 || !key ||
	    X509_CRL_verify(crl, key) != 1)
		return false;
	return X509_CRL_get0_by_cert(crl, &entry, leaf->x) == 1;
}

bool link_revoked_by_crl(const struct chain_case *in, const struct link *leaf,
			 const struct link *issuer)
{
	bool revoked = false;

	for (size_t i = 0; !revoked && issuer && issuer->x && i < in->n_crls; i++) {
		const unsigned char *p = in->crls[i].p;
		X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)in->crls[i].n);

		revoked = crl && list_revokes(crl, leaf, issuer);
		X509_CRL_free(crl);
	}
	ERR_clear_error();
	return revoked;
}
