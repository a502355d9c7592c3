/* A report as flat rows, one fact or judgement each: what CSV, NDJSON, JUnit and SARIF are made of.
 * Texts of peers are raw: each format escapes. */
#ifndef WHY_REPORT_FLAT_H
#define WHY_REPORT_FLAT_H

#include "assess/assess.h"
#include "report/report.h"

struct flat_row {
	const char *record;     /* "verdict", "grade", "finding", "weakness", "protocol", "cipher", ... */
	const char *id;
	const char *status;     /* "ok", "vulnerable", "yes", "B", ...; "" where there is none */
	const char *severity;   /* "critical" ... "info", or "" */
	const char *title, *detail;
	const char *reference;
	const char *address;    /* "" for the whole target */
	const char *fix;        /* of a finding; "" */
	const char *file;       /* where it is to be mended, with the line (0: the whole file); "" */
	int line;
};

struct flat {
	struct arena *arena;
	struct flat_row *items;
	size_t n, cap;
};

void flat_of(struct flat *flat, const struct diagnosis *d);
/* The lines of evidence as one text. */
const char *flat_joined(struct arena *arena, const char *const *lines, size_t n);

#endif
