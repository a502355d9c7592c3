/* The machine's addresses and its routes. */
#ifndef WHY_HERE_ADDRESSES_H
#define WHY_HERE_ADDRESSES_H

#include "evidence/host.h"

void here_addresses(struct arena *arena, struct host_evidence *host);
const struct host_address *here_address_find(const struct host_evidence *host, const char *text);

#endif
