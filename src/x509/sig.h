/* Signatures over certificates and what resembles them, by OpenSSL. Any hash and key size is
 * computed, whatever the system's security level says: policy is judged elsewhere. Pure; any thread. */
#ifndef WHY_X509_SIG_H
#define WHY_X509_SIG_H

#include "x509/cert.h"

enum sig_result { SIG_BAD, SIG_OK, SIG_UNSUPPORTED, SIG_NOT_ASKED /* more to check than is worth it */ };

enum sig_result sig_verify(const struct cert_key *key, const struct cert_algorithm *algorithm,
			   struct span signed_bytes, struct span signature);
enum sig_result cert_signed_by(const struct cert *child, const struct cert *issuer);

#endif
