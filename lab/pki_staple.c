/* OCSP responses to staple, signed by the leaf's issuer. RFC 6960 4.2.1. */
#include <openssl/ocsp.h>

#include "pki.h"

static OCSP_BASICRESP *answer_for(const struct identity *identity, bool is_revoked)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), identity->leaf, identity->issuer->cert);
	ASN1_TIME *from = X509_gmtime_adj(NULL, -3600), *to = X509_gmtime_adj(NULL, 4 * 86400);
	ASN1_TIME *revoked = X509_gmtime_adj(NULL, -2 * 86400);

	if (!basic || !id ||
	    !OCSP_basic_add1_status(basic, id, is_revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
				    OCSP_REVOKED_STATUS_KEYCOMPROMISE, is_revoked ? revoked : NULL, from, to) ||
	    !OCSP_basic_sign(basic, identity->issuer->cert, identity->issuer->key, EVP_sha256(), NULL, OCSP_NOCERTS))
		lab_fail("cannot make an OCSP response");
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	ASN1_TIME_free(revoked);
	OCSP_CERTID_free(id);
	return basic;
}

unsigned char *pki_staple(const struct identity *identity, const char *status, int *len)
{
	unsigned char *der = NULL;

	if (strcmp(status, "garbage") == 0) {
		*len = 5;
		return OPENSSL_memdup("\x30\x03\x0a\x01\x06", 5);
	}
	if (!identity->issuer)
		lab_fail("a self-signed certificate has nobody to sign its OCSP response");
	OCSP_BASICRESP *basic = answer_for(identity, strcmp(status, "revoked") == 0);
	OCSP_RESPONSE *response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	*len = response ? i2d_OCSP_RESPONSE(response, &der) : -1;
	if (*len <= 0)
		lab_fail("cannot encode an OCSP response");
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	return der;
}
