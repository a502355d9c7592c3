/* Is a session ticket sealed with a key of zeros? Pure. */
#ifndef WHY_AUDIT_VULN_TICKET_KEY_H
#define WHY_AUDIT_VULN_TICKET_KEY_H

#include <stdbool.h>

#include "base/span.h"

/* RFC 5077 4: a name of 16 bytes, an IV, the state, and behind it an HMAC (SHA-1 or SHA-256) of all. */
bool ticket_has_zero_key(struct span ticket);

#endif
