/* What the tickets of a server show: the name of the key that sealed them, and whether a session goes on
 * under another name of the same server. RFC 5077 4, RFC 8446 4.6.1, RFC 6066 3. */
#ifndef WHY_AUDIT_TICKETS_H
#define WHY_AUDIT_TICKETS_H

#include "audit/parts.h"
#include "tls/psk13.h"

/* A ticket came, by whatever way. */
void audit_note_ticket(struct asking *asking, struct span ticket);

struct other_name {
	const char *name;               /* NULL: none is known */
	bool has_other_certificate;     /* one that does not hold for the target's name */
};
/* A name to try a session of the target's under: one of the certificate that whoever sends no name gets,
 * where it is another's, else another name of `leaf`. Once names were asked. */
struct other_name other_name_of(struct asking *asking, struct span leaf);
/* What came of it. */
void note_other_name(struct asking *asking, uint16_t version, const struct other_name *other, enum tri taken);

/* A session of TLS 1.3 that may be offered once more. */
void audit_keep_session(struct asking *asking, const struct psk13 *psk);
/* Sessions were tried; names were asked: behind the later of both the session is offered under another name. */
void audit_sessions_done(struct asking *asking);
void audit_names_done(struct asking *asking);
/* Runs this once names were asked; one of them, of the checks for TLS 1.2. */
void audit_when_names_are_known(struct asking *asking, void (*fn)(struct asking *asking, void *ctx), void *ctx);

#endif
