/* What a scan and a chain on disk begin with. */
#ifndef WHY_SCAN_BEGIN_H
#define WHY_SCAN_BEGIN_H

#include "base/err.h"
#include "evidence/evidence.h"
#include "scan/options.h"

/* An evidence with its clock, trust store, CRLs and an empty visit. */
int evidence_begin(const struct why_options *options, struct arena *arena, struct evidence **out,
		   struct why_error *error) WHY_MUST_USE;
/* A whole file, at most 4 MiB; `what` names the option in the error. */
int file_read_upto(struct arena *arena, const char *path, const char *what, size_t max, struct span *out,
		   struct why_error *error) WHY_MUST_USE;
int file_read(struct arena *arena, const char *path, const char *what, struct span *out,
	      struct why_error *error) WHY_MUST_USE;

#endif
