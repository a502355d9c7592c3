/* What changed between two documents of ours, of two runs or of two addresses. */
#ifndef WHY_REPORT_DIFF_H
#define WHY_REPORT_DIFF_H

#include "base/arena.h"
#include "base/err.h"
#include "report/report.h"

struct diff_entry {
	const char *section, *key, *value;      /* "ciphers", "TLS 1.2 C02F TLS_...", "order 1" */
	bool is_open;           /* no fact: keys of the section that begin so and are missing are not known */
};

struct diff_change {
	const char *section, *key;
	const char *before, *after;             /* NULL: not there */
};

struct diff {
	const char *before_title, *after_title; /* target and time */
	struct diff_change *changes;
	size_t n, cap;
};

/* WHY_EFILE where a text is no document of schema why443/1. `name` is for the error. */
int diff_read(struct arena *arena, const char *name, struct span text, struct diff_entry **entries, size_t *n,
	      const char **title, struct why_error *error) WHY_MUST_USE;
/* Entries in any order; equal keys are paired. */
void diff_compare(struct arena *arena, struct diff_entry *before, size_t n_before, struct diff_entry *after, size_t n_after,
		  struct diff *out);
void diff_text(struct out *out, const struct diff *diff, const struct report_options *options);
void diff_json(struct out *out, const struct diff *diff);

#endif
