/* See late.h. */
#include "base/late.h"

bool late_open(const char *soname, const struct late_symbol *symbols, size_t n)
{
	void *library = dlopen(soname, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);

	if (!library)
		return false;
	for (size_t i = 0; i < n; i++) {
		*symbols[i].slot = dlsym(library, symbols[i].name);
		if (!*symbols[i].slot)
			return false;
	}
	return true;
}
