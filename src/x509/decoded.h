/* Certificates as OpenSSL's own objects, each decoded once: reading a public key takes OpenSSL 3 half a millisecond, and every
 * model of a client asks for the same few. */
#ifndef WHY_X509_DECODED_H
#define WHY_X509_DECODED_H

#include <openssl/x509.h>

#include "base/span.h"

/* A reference of the caller's own, to read and not to change: X509_free() it. NULL where it cannot be decoded, with OpenSSL's
 * errors; `*used`: of how many bytes (may be NULL). Safe in several threads. */
X509 *x509_decoded(struct span der, size_t *used);

#endif
