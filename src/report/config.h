/* The whole recommended configuration of a server for the host that was audited (--fix). */
#ifndef WHY_REPORT_CONFIG_H
#define WHY_REPORT_CONFIG_H

#include "assess/assess.h"
#include "base/out.h"

/* Of d->assessment->fix_for, for today's clients alone (modern) or for most (intermediate). */
void config_write(struct out *out, const struct diagnosis *d);
void config_write_for(struct out *out, const struct diagnosis *d, const char *server);

#endif
