/* Fixed programs with fixed arguments: no shell, a fixed environment, an end in any case. */
#ifndef WHY_HERE_COMMAND_H
#define WHY_HERE_COMMAND_H

#include "base/arena.h"
#include "base/span.h"

/* Runs `argv[0]` (a bare name, looked for in /usr/sbin, /sbin, /usr/bin, /bin) and gives what it printed, at
 * most 64 MiB. False with `*why` when it is not there ("not installed"), fails or takes too long. */
bool command_run(struct arena *arena, const char *const *argv, unsigned limit_ms, struct span *out, const char **why);
bool command_exists(const char *name);

#endif
