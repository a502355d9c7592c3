/* The engine: from what was asked to all that was seen. */
#ifndef WHY_SCAN_SCAN_H
#define WHY_SCAN_SCAN_H

#include "base/err.h"
#include "evidence/evidence.h"

struct why_options;             /* scan/options.h */

/* Told what is being done, for a progress line; called from the scan's thread. */
struct scan_progress {
	void (*step)(void *ctx, const char *what);
	void *ctx;
};

/* Looks at the target of `options` within its max_time_ms. 0, or a negative code with `error` set;
 * what the peer does wrong is evidence, never an error. `arena` holds the result. */
int scan_run(const struct why_options *options, struct arena *arena, struct evidence **out, struct why_error *error,
	     const struct scan_progress *progress) WHY_MUST_USE;

#endif
