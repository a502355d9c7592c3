/* Public key shares for hellos whose secret nobody needs. */
#ifndef WHY_TLS_KEYSHARE_H
#define WHY_TLS_KEYSHARE_H

#include "base/wr.h"

/* Writes a share that a correct peer accepts as a valid public key of `group`; nothing for a group
 * it does not know. */
void keyshare_write(struct wr *wr, uint16_t group, const uint8_t random[64]);
/* Length of the share in bytes, 0 for an unknown group. RFC 8446 4.2.8, FIPS 203. */
size_t keyshare_len(uint16_t group);

#endif
