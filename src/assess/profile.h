/* Profiles to comply with: those compiled in (src/kb/data/profiles/) and files of the user's in the
 * same form, which doc/profiles.md describes. */
#ifndef WHY_ASSESS_PROFILE_H
#define WHY_ASSESS_PROFILE_H

#include "assess/assess.h"

struct profile;

/* By name, else by path. WHY_EUSAGE where there is neither; WHY_EFILE with line and what was expected. */
int profile_load(struct arena *arena, const char *name, const struct profile **out, struct why_error *error) WHY_MUST_USE;
int profile_parse(struct arena *arena, const char *name, struct span text, const struct profile **out,
		  struct why_error *error) WHY_MUST_USE;
/* Holds each rule against the facts of an address. */
const struct compliance *profile_check(const struct assessment *a, const struct profile *profile);
/* Is TLS 1.2 not among the protocols it allows? Says which configuration --fix prints. */
bool profile_is_modern(const struct profile *profile);

#endif
