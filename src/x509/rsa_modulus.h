/* Tests of an RSA modulus that need nothing but the number: bytes in, yes or no out. */
#ifndef WHY_X509_RSA_MODULUS_H
#define WHY_X509_RSA_MODULUS_H

#include <stdbool.h>

#include "base/span.h"

/* For each of 38 primes, the modulus is a power of 65537 modulo it: what keys of the flawed Infineon
 * library are, and one random key in 2^27 or so. */
bool rsa_modulus_is_roca(struct span modulus);
enum { RSA_SMALL_MAX = 8192 };

/* The smallest prime factor below `below`, which is at most RSA_SMALL_MAX; 0 when there is none. */
unsigned rsa_modulus_small_factor(struct span modulus, unsigned below);
/* A hundred steps of Fermat's method find the factors. */
bool rsa_modulus_has_close_primes(struct span modulus);
/* Two different moduli with a common prime. */
bool rsa_moduli_share_factor(struct span a, struct span b);

#endif
