/* The profiles compiled in: src/kb/data/profiles/NAME.profile, in the form of doc/profiles.md. */
#ifndef WHY_KB_PROFILES_H
#define WHY_KB_PROFILES_H

#include <stddef.h>

struct kb_profile {
	const char *name;
	const char *text;
};

extern const struct kb_profile kb_profiles[];
extern const size_t n_kb_profiles;

#endif
