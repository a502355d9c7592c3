/* The server's own side: its configuration, its certificate files, their renewal. */
#ifndef WHY_SERVER_SERVER_H
#define WHY_SERVER_SERVER_H

#include "base/arena.h"
#include "evidence/evidence.h"
#include "evidence/host.h"
#include "evidence/server.h"

struct why_options;             /* scan/options.h */

/* Looks for the configuration of what listens on host->port (or of options->config, options->kind) and
 * reads it. 0 with `*out` set, NULL where no server is known; what cannot be read is in the evidence. */
int server_look(struct arena *arena, const struct host_evidence *host, const struct why_options *options, const struct trust *trust,
		struct server_evidence **out);

/* Notes which certificate the port itself served; `server` may be NULL. */
void server_served(struct server_evidence *server, const struct evidence *evidence);

#endif
