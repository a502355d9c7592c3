/* Does the name lead here? */
#ifndef WHY_HERE_NAME_H
#define WHY_HERE_NAME_H

#include "evidence/host.h"

/* Asks this machine's own resolver for host->name, two seconds at most, and the hosts file. */
void here_name(struct arena *arena, struct host_evidence *host);

#endif
