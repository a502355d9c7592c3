/* The server that runs, where the port's owner may not be seen. */
#ifndef WHY_SERVER_PROCESS_FIND_H
#define WHY_SERVER_PROCESS_FIND_H

#include "base/arena.h"
#include "evidence/host.h"

/* The one process whose name `is_server` knows, without the workers of one; NULL where none or `several` run. */
const struct host_process *process_find(struct arena *arena, bool (*is_server)(const char *name), bool *several);

#endif
