/* Renderers: each makes one text of the finished diagnosis and decides nothing. */
#ifndef WHY_REPORT_REPORT_H
#define WHY_REPORT_REPORT_H

#include "base/out.h"
#include "rule/diagnosis.h"

/* Zero in any field is a valid choice. */
struct report_options {
	size_t width;           /* columns; 0 takes 80 */
	bool colour;
	bool unicode;           /* marks other than ASCII */
	bool quiet;             /* the first line alone */
	bool verbose;           /* each attempt */
};

struct renderer {
	const char *name;       /* "json" */
	const char *media;
	void (*render)(struct out *out, const struct diagnosis *d, const struct report_options *options);
};

/* NULL for a name that no row of renderers.def has. */
const struct renderer *renderer_find(const char *name);

const struct renderer *renderer_at(size_t n);   /* NULL past the last */

/* The JSON Schema (draft 2020-12) that every document of the "json" renderer keeps. */
const char *report_schema(void);

#endif
