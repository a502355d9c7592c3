/* Certificate revocation lists (RFC 5280 5): decoded, verified, looked up. */
#ifndef WHY_X509_CRL_H
#define WHY_X509_CRL_H

#include "x509/cert.h"

enum crl_status { CRL_NOT_LISTED, CRL_REVOKED, CRL_OTHER_ISSUER, CRL_BAD_SIGNATURE, CRL_NO_CRL_SIGN, CRL_STALE,
		  CRL_NOT_YET, CRL_OUT_OF_SCOPE, CRL_MALFORMED, CRL_UNKNOWN_CRITICAL };

struct crl {
	struct span der, tbs, issuer, signature;
	struct cert_algorithm algorithm;
	int64_t this_update_unix, next_update_unix;
	bool has_next_update, is_delta, is_indirect, only_user, only_ca, only_attribute, has_unknown_critical;
	struct span entries;            /* content of revokedCertificates */
	const char *malformed;
};

struct crl_verdict {
	enum crl_status status;
	int64_t revoked_unix;
	int reason;                     /* -1 none */
	int64_t this_update_unix, next_update_unix;
};

struct crl crl_parse(struct span der);
struct crl_verdict crl_check(struct span der, const struct cert *cert, const struct cert *issuer, int64_t now_unix);

#endif
