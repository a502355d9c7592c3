/* The audit of one address: everything it accepts. Runs in a task, after the diagnosis of the visit. */
#ifndef WHY_AUDIT_AUDIT_H
#define WHY_AUDIT_AUDIT_H

#include "evidence/audit.h"
#include "probe/probe.h"

/* Fills run->endpoint->audit. Where the address takes no connection or speaks no TLS, everything in it
 * is unknown, with the cause. `pool` 0 takes 20; options come from run->probing. */
void audit_run(struct run *run);

/* The same in two parts. The first asks what needs nothing else, so that it may run beside the rest of
 * the diagnosis; the second uses what that saw. NULL where there is nothing to go on with. */
struct asking;
struct asking *audit_begin(struct run *run);
void audit_end(struct asking *asking);

#endif
