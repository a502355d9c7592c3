/* The kernel's routing decision and settings, for fw_follow(). */
#ifndef WHY_HERE_ROUTES_H
#define WHY_HERE_ROUTES_H

#include "firewall/firewall.h"

/* rtnetlink(7): RTM_GETROUTE. False when the kernel did not answer. */
bool here_route(struct arena *arena, const struct fw_route_query *query, struct fw_route *out);

#endif
