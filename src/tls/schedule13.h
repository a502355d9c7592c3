/* The key schedule of TLS 1.3, secret by secret. RFC 8446 7.1. Every secret is one block of HMAC long, so
 * HKDF-Expand is one HMAC. */
#ifndef WHY_TLS_SCHEDULE13_H
#define WHY_TLS_SCHEDULE13_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "base/span.h"

struct schedule13 {
	const EVP_MD *hash;
	size_t n;               /* of the hash */
	uint8_t secret[EVP_MAX_MD_SIZE];        /* the current one; zeros at first */
};

void schedule13_init(struct schedule13 *s, bool sha384);
/* Is it SHA-384 that goes with this suite? */
bool schedule13_is_sha384(uint16_t suite);
/* Each false where the library cannot. */
bool schedule13_digest(const struct schedule13 *s, const struct span *parts, size_t n_parts, uint8_t out[EVP_MAX_MD_SIZE]);
bool schedule13_hmac(const struct schedule13 *s, struct span key, struct span data, uint8_t out[EVP_MAX_MD_SIZE]);
/* HKDF-Extract with the current secret as salt. */
bool schedule13_extract(struct schedule13 *s, struct span input);
/* HKDF-Expand-Label of the current secret; `n` at most one block. */
bool schedule13_expand(const struct schedule13 *s, const char *label, struct span context, uint8_t *out, size_t n);
/* The same, as the next secret: Derive-Secret, `context` being a hash. */
bool schedule13_derive(struct schedule13 *s, const char *label, struct span context);
/* Derive-Secret over no messages. */
bool schedule13_derive_empty(struct schedule13 *s, const char *label);

#endif
