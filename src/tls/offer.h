/* Reads a ClientHello back into what it offers. */
#ifndef WHY_TLS_OFFER_H
#define WHY_TLS_OFFER_H

#include "evidence/evidence.h"

/* `body`: a ClientHello without its handshake header. Also gives the session id it carries. False
 * when it does not decode (what was read stays). */
bool offer_read(struct arena *arena, struct span body, struct offer *offer, struct span *session_id);

#endif
