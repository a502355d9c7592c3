/* Hybrid public key encryption, one message in base mode: RFC 9180, with DHKEM(X25519, HKDF-SHA256), the three
 * HKDFs and the three AEADs. What Encrypted Client Hello needs (RFC 9849), and no more. */
#ifndef WHY_TLS_HPKE_H
#define WHY_TLS_HPKE_H

#include <stdbool.h>

#include "base/span.h"

enum { HPKE_X25519 = 0x0020, HPKE_KEY = 32, HPKE_TAG = 16 };

struct hpke_suite {
	uint16_t kem, kdf, aead;
};

bool hpke_is_known(const struct hpke_suite *suite);
/* Encrypts to a public key with a key of one use, whose public half goes to `enc`; `seed`: its private half, for
 * tests, NULL for a random one. `out` has room for text.n + HPKE_TAG. */
bool hpke_seal(const struct hpke_suite *suite, struct span public_key, struct span info, const uint8_t seed[HPKE_KEY], struct span aad,
	       struct span text, uint8_t enc[HPKE_KEY], uint8_t *out);
/* The other way, with the private key; `out` has room for sealed.n - HPKE_TAG. */
bool hpke_open(const struct hpke_suite *suite, struct span private_key, struct span enc, struct span info, struct span aad, struct span sealed,
	       uint8_t *out);

#endif
