/* Where a page leads: redirects, and the resources it loads. */
#ifndef WHY_SCAN_FOLLOW_H
#define WHY_SCAN_FOLLOW_H

#include "scan/visit.h"

void visit_follow(struct scan *scan, struct visit *visit, enum visit_depth depth);

#endif
