/* TLS 1.3 of the bent server: a whole handshake with X25519 and TLS_AES_128_GCM_SHA256, sessions, early data, compressed
 * certificates and Encrypted Client Hello, each sound or as the `bend` lines say. */
#ifndef WHY_LAB_BENT13_H
#define WHY_LAB_BENT13_H

#include "bent.h"

/* Keys and the text that DNS would hold; NULL where the scene has no `ech`. */
struct bent_ech *bent_ech_make(struct lab *lab, const struct scene *scene, const char *public_name);
/* Its configurations, to be sent; `hidden` is the hello that was in `outer`, empty where none opens. Bodies. */
struct span bent_ech_configs(const struct bent_ech *ech);
struct span bent_ech_reveal(struct arena *arena, const struct bent_ech *ech, struct span outer);

/* Serves a connection whose first message is this ClientHello; false: it does not offer TLS 1.3. */
bool bent13_serve(struct bent_peer *peer, struct span body, struct span whole);

#endif
