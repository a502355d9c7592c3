/* Fixed programs with fixed arguments: no shell, a fixed environment, an end in any case. */
#ifndef WHY_HERE_COMMAND_H
#define WHY_HERE_COMMAND_H

#include "base/arena.h"
#include "base/span.h"

struct command;

/* Begins `argv[0]` (a bare name, looked for in /usr/sbin, /sbin, /usr/bin, /bin). Never NULL: what went wrong
 * says command_end(). */
struct command *command_begin(struct arena *arena, const char *const *argv, unsigned limit_ms);
/* Waits for some of what it prints; 0 at its end, when its time is up, and behind 64 MiB. */
size_t command_read(struct command *command, void *buffer, size_t n);
/* The rest of what it printed; NULL stands for one that was not begun. False with `*why` when it was not there
 * ("not installed"), failed or took too long. The command is gone then. */
bool command_end(struct command *command, struct span *rest, const char **why);
/* Ends it at once, when no more of it is wanted. NULL: nothing. */
void command_drop(struct command *command);
/* Begins one and ends it. */
bool command_run(struct arena *arena, const char *const *argv, unsigned limit_ms, struct span *out, const char **why);
bool command_exists(const char *name);

#endif
