/* Does HTTP/3 have a way, where it is advertised. */
#ifndef WHY_PROBE_HTTP3_H
#define WHY_PROBE_HTTP3_H

#include "probe/probe.h"

/* Is it advertised, as far as is known by now: by Alt-Svc, or by the HTTPS record. */
bool http3_is_advertised(const struct visit *visit, struct arena *arena, struct quic_evidence *out);
/* Asks the endpoint and fills visit->quic; a round trip, or about a second of silence. */
void http3_run(struct run *run);
/* The same of the port in `out`, with so many packets, whoever advertises it. */
void http3_ask(struct run *run, unsigned n_tries, struct quic_evidence *out);

#endif
