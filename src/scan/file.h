/* A chain on disk as evidence, for `why443 file`. */
#ifndef WHY_SCAN_FILE_H
#define WHY_SCAN_FILE_H

#include "base/err.h"
#include "evidence/evidence.h"

struct why_options;

/* Reads the certificates of options->paths (PEM or DER, leaf first) as if a server of the name
 * options->name had sent them. */
int file_evidence(const struct why_options *options, struct arena *arena, struct evidence **out,
		  struct why_error *error) WHY_MUST_USE;

#endif
