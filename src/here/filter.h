/* The machine's packet filter, read and followed. */
#ifndef WHY_HERE_FILTER_H
#define WHY_HERE_FILTER_H

#include "evidence/host.h"

struct why_options;             /* scan/options.h */

struct rules_reading;           /* here/rules.h */

/* Reads the rules, and follows a connection to host->port on each local address that is asked for:
 * host->firewall, host->worst. Listeners and addresses must have been read. `reading` is over then. */
void here_filter(struct arena *arena, struct host_evidence *host, const struct why_options *options, struct rules_reading *reading);

#endif
