/* The options of a request by name: read, checked, and kept as struct why_options. */
#ifndef WHY_API_OPTIONS_H
#define WHY_API_OPTIONS_H

#include "base/arena.h"
#include "base/err.h"
#include "scan/options.h"

struct request_options {
	struct why_options options;
	struct why_resolve *resolve, *connect_to;       /* what the options' lists point to */
	size_t cap_resolve, cap_connect_to;
	const char **roots;
	size_t cap_roots;
	const char **crls;
	size_t cap_crls;
};

/* 0, or WHY_EUSAGE with what was expected. */
int request_option_set(struct arena *arena, struct request_options *set, const char *name, const char *value,
		       struct why_error *error) WHY_MUST_USE;
/* For a report that outlives its request: every string and list in `arena`. */
struct why_options request_options_copy(struct arena *arena, const struct request_options *set);

#endif
