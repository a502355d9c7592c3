/* The kernel's counters of what has arrived in this network namespace, for any user to read. ICMP errors by kind: for a
 * connection that stands the kernel tells an errno alone, which "time exceeded", "host unreachable" and "administratively
 * prohibited" share. And packets that came and went no further. */
#ifndef WHY_NET_COUNTS_H
#define WHY_NET_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

struct net_counts {
	uint64_t unreachable, exceeded; /* ICMP errors */
	uint64_t received, delivered, forwarded;        /* IP packets */
};

/* False where the kernel does not tell. */
bool net_counts(int family, struct net_counts *out);
/* Packets that this machine's firewall, its reverse path filter or the like took, since `before`. */
uint64_t net_counts_taken(const struct net_counts *before, const struct net_counts *now);

#endif
