/* What the kernel knows of our packets' fate: TCP_INFO of a socket, which needs no privilege. */
#ifndef WHY_NET_DELIVERY_H
#define WHY_NET_DELIVERY_H

#include <stdbool.h>

struct conn_delivery {
	bool is_unacknowledged; /* some are on their way, or lost */
	bool is_unsent;         /* the peer has room for them, nothing is on its way, and they are still here: a filter of
				 * this machine takes them */
	unsigned retransmits;   /* time-outs in a row of the oldest of them */
	unsigned mss;
};
struct conn_delivery tcp_delivery(int fd);
/* A SYN was repeated by the clock, and no repeat is on its way: a filter of this machine took them, or they wait for a
 * neighbour or a link (tcp_retransmit_skb in Linux counts what was handed over). */
bool tcp_is_held_back(int fd);

#endif
