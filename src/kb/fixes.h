/* What to type to mend a cause: short texts for servers, clients and systems, each kept once in
 * src/kb/data/fixes.txt. The key is a cause's fix_id, the second key the software. */
#ifndef WHY_KB_FIXES_H
#define WHY_KB_FIXES_H

#include <stdbool.h>
#include <stddef.h>

struct kb_fix {
	const char *id;                 /* "send-full-chain" */
	const char *software;           /* "nginx", "apache", "debian", ... ; "" for all */
	const char *title;              /* "nginx", "Debian and Ubuntu": as shown */
	const char *text;               /* lines to type or write, or a few sentences */
};

/* The snippet for `software` (any case), or the one for all, or NULL. */
const struct kb_fix *kb_fix(const char *fix_id, const char *software);
/* All snippets of an id: the first of `*n` neighbours, or NULL. */
const struct kb_fix *kb_fixes_of(const char *fix_id, size_t *n);

extern const struct kb_fix kb_fixes[];
extern const size_t n_kb_fixes;

#endif
