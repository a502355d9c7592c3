/* A session of TLS 1.3 offered again in a hello of our own: the pre_shared_key extension and its binder.
 * RFC 8446 4.2.11. */
#ifndef WHY_TLS_PSK13_H
#define WHY_TLS_PSK13_H

#include "base/wr.h"

struct psk13 {
	struct span identity;   /* the ticket */
	uint32_t obfuscated_age;
	struct span key;        /* the PSK that was derived with the ticket's nonce */
	uint16_t suite;         /* that it came with: its hash is the PSK's */
};

/* Writes the extension, which must come last, with an empty binder. */
void psk13_put(struct wr *wr, const struct psk13 *psk);
/* Fills in the binder of a whole ClientHello message (with its header) that ends in that extension. */
bool psk13_bind(const struct psk13 *psk, uint8_t *message, size_t n);

#endif
