/* Which size of packet gets through, and to which router a full one gets. RFC 4821, RFC 8899 in spirit:
 * loss is the only sign, because the ICMP message that should tell is filtered. */
#ifndef WHY_PROBE_SEGMENTS_H
#define WHY_PROBE_SEGMENTS_H

#include "probe/probe.h"

/* Fills endpoint->path: `hello` with the trace of one full segment, mss_passes and mss_fails. `stalled`
 * is the attempt that passes in small segments: "main", "chrome", or NULL when only a page stalls. */
void segments_run(struct run *run, const char *stalled);

#endif
