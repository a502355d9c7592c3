/* This network namespace's devices: rtnetlink(7), RTM_GETLINK. /sys may be another namespace's. */
#ifndef WHY_HERE_LINKS_H
#define WHY_HERE_LINKS_H

#include "base/arena.h"

struct link {
	unsigned index, group, type, master;    /* type: ARPHRD_*; master: of a bridge or a VRF, 0: none */
	const char *name, *kind;                /* kind: "veth", "bridge", "vrf"; "" where the driver has no such name */
};

/* The number of links, or -1 where the kernel does not list them. */
int here_links(struct arena *arena, struct link **out);

#endif
