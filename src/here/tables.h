/* What nft's listing leaves out. */
#ifndef WHY_HERE_TABLES_H
#define WHY_HERE_TABLES_H

#include "firewall/firewall.h"

/* Asks the kernel itself for the tables of nftables: which are dormant (versions before 1.0.8 do not list it in
 * JSON). The number of tables, or -1 where the kernel does not say (no nftables, or not permitted: errno). */
int here_tables(struct fw_ruleset *set);

#endif
