/* Sessions of TLS 1.3 offered again in hellos of our own: one hello, one answer, no keys but to read it. */
#ifndef WHY_AUDIT_PSK_H
#define WHY_AUDIT_PSK_H

#include "audit/parts.h"
#include "tls/psk13.h"

enum psk_mode { PSK_KE = 0, PSK_DHE_KE = 1 };

/* The session under this name (NULL: none) in this mode; `early`: says that early data follow, and sends none. */
const struct attempt *ask_with_psk(struct asking *asking, const char *name, const struct psk13 *psk, const char *sni,
				   enum psk_mode mode, bool early);
/* YES: the server goes on with the session; NO: it makes a new one; else no clear answer came. */
enum tri psk_is_taken(const struct attempt *at);

#endif
