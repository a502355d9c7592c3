/* The table of renderers; see report.h. */
#include "report/report.h"

#define RENDERER(symbol) extern const struct renderer renderer_##symbol;
#include "report/renderers.def"
#undef RENDERER

static const struct renderer *const renderers[] = {
#define RENDERER(symbol) &renderer_##symbol,
#include "report/renderers.def"
#undef RENDERER
};

const struct renderer *renderer_at(size_t n)
{
	return n < COUNT_OF(renderers) ? renderers[n] : NULL;
}

const struct renderer *renderer_find(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(renderers); i++)
		if (strcmp(renderers[i]->name, name) == 0)
			return renderers[i];
	return NULL;
}
