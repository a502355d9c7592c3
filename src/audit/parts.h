/* Between the parts of the audit; checks for vulnerabilities need ask.h alone. */
#ifndef WHY_AUDIT_PARTS_H
#define WHY_AUDIT_PARTS_H

#include "audit/ask.h"

/* The same hello once more: `nth` tells repeats of it apart. */
const struct attempt *ask_hello_nth(struct asking *asking, const char *name, const struct hello_spec *spec, unsigned nth);

/* Notes what the audit cost. */
void asking_finish(struct asking *asking);

#endif
