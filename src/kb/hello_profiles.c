/* See hello_profiles.h. */
#include "kb/hello_profiles.h"

#include <string.h>

const struct hello_profile *hello_profile_find(const char *id)
{
	for (size_t i = 0; id && i < n_hello_profiles; i++)
		if (strcmp(hello_profiles[i].id, id) == 0)
			return &hello_profiles[i];
	return NULL;
}

static bool in_list(const uint16_t *list, size_t n, uint16_t value)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

bool hello_profile_offers_suite(const struct hello_profile *profile, uint16_t suite)
{
	return in_list(profile->suites, profile->n_suites, suite);
}

bool hello_profile_offers_group(const struct hello_profile *profile, uint16_t group)
{
	return in_list(profile->groups, profile->n_groups, group);
}

bool hello_profile_offers_scheme(const struct hello_profile *profile, uint16_t scheme)
{
	return in_list(profile->schemes, profile->n_schemes, scheme);
}

bool hello_profile_offers_version(const struct hello_profile *profile, uint16_t version)
{
	if (profile->n_versions > 0)
		return in_list(profile->versions, profile->n_versions, version);
	return version >= 0x0300 && version <= profile->legacy_version;
}
