/* Names in the place of addresses, as a server resolves them when it starts. */
#ifndef WHY_SERVER_RESOLVE_H
#define WHY_SERVER_RESOLVE_H

#include "server/conf.h"

/* All addresses of a host name, as text; TRI_NO: it has none; TRI_UNKNOWN: no answer came in time. Each name is asked for once. */
enum tri server_resolve(struct conf *conf, const char *name, const char *const **addresses, size_t *n);

#endif
