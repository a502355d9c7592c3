/* The catalogue of causes as a table, in order of ids, and its look-up. */
#include "rule/rule.h"

#include <stdlib.h>
#include <string.h>

#define LIST(...) (const char *const[]) { __VA_ARGS__, NULL }
#define NOTHING (const char *const[]) { NULL }
#define CAUSE(id_, layer_, severity_, fails_, title_, meaning_, fix_, fix_id_, references_, explains_) \
	{                                                                                      \
		.id = (id_),                                                                   \
		.layer = LAYER_##layer_,                                                       \
		.severity = SEVERITY_##severity_,                                              \
		.fails = (fails_),                                                             \
		.title = (title_),                                                             \
		.meaning = (meaning_),                                                         \
		.fix = (fix_),                                                                 \
		.fix_id = (fix_id_),                                                           \
		.references = (references_),                                                   \
		.explains = (explains_),                                                       \
	},

const struct cause causes[] = {
#include "rule/causes.def"
};
const size_t n_causes = COUNT_OF(causes);

static int cause_compare(const void *id, const void *row)
{
	return strcmp(id, ((const struct cause *)row)->id);
}

const struct cause *cause_find(const char *id)
{
	if (!id)
		return NULL;
	return bsearch(id, causes, n_causes, sizeof *causes, cause_compare);
}
