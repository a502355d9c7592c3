/* From how far an answer comes: the hop limit left in a packet when it arrives, found without raw
 * sockets. Connections are made side by side that take only packets with so much left or more
 * (RFC 5082); the largest demand that is still met is what the packet has. */
#ifndef WHY_PROBE_ARRIVAL_H
#define WHY_PROBE_ARRIVAL_H

#include "probe/probe.h"

/* What the host's answer to a SYN at `port` has left, SYN-ACK or reset; 0: could not be seen. */
uint8_t arrival_of_answer(struct run *run, uint16_t port);
/* What the reset has left that answers this hello. */
uint8_t arrival_of_reset(struct run *run, struct span hello);

#endif
