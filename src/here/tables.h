/* What nft's listing leaves out. */
#ifndef WHY_HERE_TABLES_H
#define WHY_HERE_TABLES_H

#include "firewall/firewall.h"

/* Asks the kernel itself for the tables of nftables, by family as nft names it. The number of tables, or -1 where
 * the kernel does not say (no nftables, or not permitted: errno). */
int here_tables(void (*each)(void *ctx, const char *family, const char *name, bool is_dormant), void *ctx);

#endif
