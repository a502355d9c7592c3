/* Finite-field Diffie-Hellman moduli that many servers share. Generated from data/dh_primes.tsv. */
#ifndef WHY_KB_DH_PRIMES_H
#define WHY_KB_DH_PRIMES_H

#include <stddef.h>
#include <stdint.h>

struct kb_dh_prime {
	uint8_t sha256[32];     /* of the modulus, big-endian, without leading zeros */
	uint16_t bits;
	const char *name;       /* "ffdhe2048", "Apache 2.2 1024-bit", ... */
	char prime, safe;       /* 'y', 'n', or '-' where nobody tested: p, and (p - 1) / 2 */
};

/* NULL for a modulus that no table knows. */
const struct kb_dh_prime *kb_dh_prime(const uint8_t sha256[32]);

extern const struct kb_dh_prime kb_dh_primes[]; /* in order of the hash */
extern const size_t n_kb_dh_primes;

#endif
