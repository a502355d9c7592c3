/* OCSP responses (RFC 6960): decoded, checked against certificate and issuer, and requests. */
#ifndef WHY_X509_OCSP_H
#define WHY_X509_OCSP_H

#include "x509/cert.h"

enum ocsp_status { OCSP_NONE = 0, OCSP_GOOD, OCSP_REVOKED, OCSP_UNKNOWN, OCSP_OTHER_CERTIFICATE, OCSP_STALE,
		   OCSP_NOT_YET, OCSP_BAD_SIGNATURE, OCSP_BAD_RESPONDER, OCSP_REFUSED, OCSP_MALFORMED,
		   OCSP_UNVERIFIED };

struct ocsp_verdict {
	enum ocsp_status status;
	const char *why;                /* a sentence where it is no good, NULL else */
	int response_status;            /* OCSPResponseStatus */
	int64_t produced_unix, this_update_unix, next_update_unix, revoked_unix;
	bool has_next_update;
	int reason;                     /* CRLReason, -1 none */
};

const char *ocsp_status_name(enum ocsp_status status);
/* `issuer` NULL: nothing can be verified; the verdict is OCSP_UNVERIFIED at best. */
struct ocsp_verdict ocsp_check(struct arena *arena, struct span response, const struct cert *cert,
			       const struct cert *issuer, int64_t now_unix);
/* An OCSPRequest for one certificate; SHA-1 CertID as RFC 5019 has it. Empty when out of bounds. */
struct span ocsp_request(struct arena *arena, const struct cert *cert, const struct cert *issuer);
const char *revocation_reason(int reason);

#endif
