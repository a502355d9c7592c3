/* A packet on a connection that stands is answered by an ICMP error: of that the kernel tells an errno alone, which "time
 * exceeded", "host unreachable" and "administratively prohibited" share, and no sender. */
#ifndef WHY_PROBE_REJECTER_H
#define WHY_PROBE_REJECTER_H

#include "probe/path.h"

/* What the ICMP error that a read ended with (`error`, negative) says of `hop`. */
void rejecter_note(const struct run *run, struct path_hop *hop, ssize_t error);
/* Finds the first hop of `trace`, made with `sender`, that rejects: the trace takes every EHOSTUNREACH on the way for an
 * expiry, and who rejects does so for every limit from his own place on. Hops of which nobody can tell become silent. */
void rejecter_place(const struct path_sender *sender, struct path_trace *trace);

#endif
