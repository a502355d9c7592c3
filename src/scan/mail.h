/* Mail to a domain: which servers take it (RFC 5321 5.1, RFC 7505), each looked at; what the domain says of
 * their TLS (RFC 8461, RFC 8460, RFC 7672). */
#ifndef WHY_SCAN_MAIL_H
#define WHY_SCAN_MAIL_H

#include "scan/visit.h"

/* The target is a domain mail goes to: smtp, no port typed, no address, nothing that says where to connect. */
bool mail_is_domain(const struct scan *scan, const struct visit *visit);
/* In place of visit_run() for such a target: its first mail server becomes the visit's own. */
void mail_run(struct scan *scan, struct visit *visit);

#endif
