/* How this machine sends to an address, as the kernel tells any user (rtnetlink): the route, the link, and whether the
 * next station has answered for its hardware address. */
#ifndef WHY_NET_OWN_WAY_H
#define WHY_NET_OWN_WAY_H

#include "net/net.h"

/* `interface`: what --interface named, a device or a local address; NULL: whatever the routes say. What the kernel does
 * not tell stays unknown. */
void own_way_read(struct arena *arena, const struct sockaddr *to, const char *interface, struct own_way *out);

/* Has this machine a route to the world over IPv6, where `to` is of IPv4, or the other way round? */
enum tri own_way_of_other_family(struct arena *arena, const struct sockaddr *to, const char *interface);

/* How many packets have left by `interface` since it is there. */
bool own_way_count(const char *interface, uint64_t *packets);

#endif
