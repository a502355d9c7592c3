/* Shared by the files that say what a client shows, a step of its way each. */
#ifndef WHY_CLIENT_ENGINE_H
#define WHY_CLIENT_ENGINE_H

#include "client/shows.h"

/* False: the client has nothing to show for it, and goes on. */
bool engine_show(const struct show_case *c, enum show what, enum layer layer, const char *more, struct client_result *out);

/* The address that clients get to; NULL: none. */
const struct endpoint *engine_endpoint(const struct visit *visit);

/* engine_tls.c: the handshake. The attempt that stands for the client's, NULL where it ended there. */
const struct attempt *engine_through_tls(struct show_case *c, const struct endpoint *ep, struct client_result *out);
enum show engine_fault_show(const struct attempt *at);

/* engine_http.c: the answer and the redirects. */
void engine_through_http(struct show_case *c, struct client_result *out);

#endif
