/* The rules of the machine's packet filters, as their own programs list them. */
#ifndef WHY_HERE_RULES_H
#define WHY_HERE_RULES_H

#include "evidence/host.h"
#include "firewall/firewall.h"

struct rules_reading;

/* Begins the programs that list the rules: they work while the rest of the machine is looked at. */
struct rules_reading *here_rules_begin(struct arena *arena);
/* Reads nftables, iptables and ipset into `rules`. NULL, or why they are not all known. `reading` is over then. */
const char *here_rules_read(struct arena *arena, struct host_evidence *host, struct fw_ruleset *rules, struct rules_reading *reading);
/* Ends what was begun, where it is not wanted after all. NULL: nothing. */
void here_rules_drop(struct rules_reading *reading);

#endif
