/* See evidence.h. */
#include "evidence/evidence.h"

const struct attempt *evidence_attempt(const struct endpoint *endpoint, const char *name)
{
	for (size_t i = 0; endpoint && i < endpoint->n_attempts; i++)
		if (endpoint->attempts[i]->nth == 0 && strcmp(endpoint->attempts[i]->name, name) == 0)
			return endpoint->attempts[i];
	return NULL;
}
