/* Alt-Svc: where else a server says it can be reached. RFC 7838 3. */
#ifndef WHY_HTTP_ALT_SVC_H
#define WHY_HTTP_ALT_SVC_H

#include <stdbool.h>
#include <stdint.h>

/* Does the field offer HTTP/3 ("h3", RFC 9114 3.1.1) on this very host; at which port. Offers on
 * other hosts, of drafts, and what does not follow the syntax are passed over. */
bool http_alt_svc_h3(const char *value, uint16_t *port);

#endif
