/* Key pairs of our own for hellos whose answer is to be decrypted. One pair may serve many hellos:
 * it protects nobody. */
#ifndef WHY_TLS_KEYPAIR_H
#define WHY_TLS_KEYPAIR_H

#include <stdbool.h>

#include "base/span.h"

enum { KEYPAIR_SECRET_MAX = 1024 };

struct key_pair;

/* For X25519, X448, the NIST curves and the ffdhe groups; NULL for others and where the library cannot. */
struct key_pair *key_pair_new(uint16_t group);
/* Whether it is one of those. */
bool key_pair_has_group(uint16_t group);
void key_pair_free(struct key_pair *pair);
uint16_t key_pair_group(const struct key_pair *pair);
struct span key_pair_public(const struct key_pair *pair);       /* as it goes into a key_share */
/* The shared secret with the peer's share into `out`; its length, 0 when the share is no valid one. */
size_t key_pair_derive(const struct key_pair *pair, struct span peer, uint8_t out[KEYPAIR_SECRET_MAX]);

#endif
