/* What a code, a message or a word means: any client's, any layer's, offline. */
#ifndef WHY_EXPLAIN_EXPLAIN_H
#define WHY_EXPLAIN_EXPLAIN_H

#include "base/arena.h"
#include "base/out.h"
#include "explain/index.h"

#define EXPLAIN_MATCHES 24

struct explain_match {
	const struct explain_entry *entry;
	double score;
};

struct explain_result {
	const char *query;              /* as given, cut at 64 KiB; hostile when pasted */
	struct explain_match matches[EXPLAIN_MATCHES];  /* best first */
	size_t n_matches;
	bool is_guess;                  /* nothing matched exactly: by spelling or by meaning */
	const struct explain_entry *nearest[3];         /* offered where nothing matched */
	size_t n_nearest;
};

/* Never NULL; lives in `arena`. Found nothing when n_matches is 0: the cli exits 1 then. */
struct explain_result *explain(struct arena *arena, const char *query);

/* One page for people. `width` 0 takes 80. `software` narrows the snippets ("nginx"), or NULL. */
void explain_text(struct out *out, const struct explain_result *result, size_t width, bool colour,
		  const char *software);
/* The contract's JSON object, with a line break behind it. */
void explain_json(struct out *out, const struct explain_result *result);

#endif
