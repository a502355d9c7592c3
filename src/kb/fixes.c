/* Look-ups among the fixes; the table is generated, neighbours share an id. */
#include "kb/fixes.h"

#include <string.h>
#include <strings.h>

const struct kb_fix *kb_fixes_of(const char *fix_id, size_t *n)
{
	size_t low = 0, high = n_kb_fixes;

	*n = 0;
	if (!fix_id)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(kb_fixes[middle].id, fix_id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + *n < n_kb_fixes && strcmp(kb_fixes[low + *n].id, fix_id) == 0)
		++*n;
	return *n ? &kb_fixes[low] : NULL;
}

const struct kb_fix *kb_fix(const char *fix_id, const char *software)
{
	size_t n;
	const struct kb_fix *fixes = kb_fixes_of(fix_id, &n), *for_all = NULL;

	for (size_t i = 0; i < n; i++) {
		if (software && strcasecmp(fixes[i].software, software) == 0)
			return &fixes[i];
		if (fixes[i].software[0] == '\0')
			for_all = &fixes[i];
	}
	return for_all;
}
