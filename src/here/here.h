/* `why443 here`: the machine's own side of it. Reads, never changes. */
#ifndef WHY_HERE_HERE_H
#define WHY_HERE_HERE_H

#include "base/err.h"
#include "evidence/evidence.h"
#include "evidence/host.h"

struct why_options;             /* scan/options.h */
struct scan_progress;           /* scan/scan.h */

/* The same, and TLS spoken to the port through every local address on which it listens. 0, or a negative
 * code with `error` set. */
int here_look(const struct why_options *options, struct arena *arena, struct evidence **out, struct why_error *error,
	      const struct scan_progress *progress) WHY_MUST_USE;

/* Beside a diagnosis that is there: the machine's side of it (--here), or that of another machine, from the
 * file --with. */
int here_join(const struct why_options *options, struct evidence *evidence, struct why_error *error) WHY_MUST_USE;
int here_joined(const struct why_options *options, struct arena *arena, struct host_evidence **out, struct why_error *error) WHY_MUST_USE;

#endif
