/* The audit of one address: everything it accepts. Runs in a task, after the diagnosis of the visit. */
#ifndef WHY_AUDIT_AUDIT_H
#define WHY_AUDIT_AUDIT_H

#include "evidence/audit.h"
#include "probe/probe.h"

/* Fills run->endpoint->audit. Where the address takes no connection or speaks no TLS, everything in it
 * is unknown, with the cause. `pool` 0 takes 20; options come from run->probing. */
void audit_run(struct run *run);

#endif
