/* Looks a modulus up by its hash. */
#include "kb/dh_primes.h"

#include <stdlib.h>
#include <string.h>

static int by_hash(const void *key, const void *row)
{
	return memcmp(key, ((const struct kb_dh_prime *)row)->sha256, 32);
}

const struct kb_dh_prime *kb_dh_prime(const uint8_t sha256[32])
{
	return bsearch(sha256, kb_dh_primes, n_kb_dh_primes, sizeof *kb_dh_primes, by_hash);
}
