/* What only the kernel knows, for fw_follow(): routes, addresses, settings, sockets, devices. */
#ifndef WHY_HERE_KERNEL_H
#define WHY_HERE_KERNEL_H

#include "firewall/firewall.h"
#include "here/links.h"

struct kernel {
	struct arena *arena;
	struct host_evidence *host;
	struct link *links;
	int n_links;                    /* -1: not listed */
};

void here_kernel(struct kernel *kernel, struct arena *arena, struct host_evidence *host, struct fw_system *system);
/* Does a socket take connections to that address, port and device (NULL: any)? */
bool here_listens(void *kernel, const struct fw_address *address, uint16_t port, const char *device);

#endif
