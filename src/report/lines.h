/* Lines to type, for the programs that speak the target's protocol: those of kb/fixes, with the target's
 * name in place of the example's. */
#ifndef WHY_REPORT_LINES_H
#define WHY_REPORT_LINES_H

#include "evidence/evidence.h"
#include "kb/fixes.h"

enum { LINES_PROGRAMS_MAX = 4, LINES_FIXES_MAX = 6 };

/* Web servers for HTTP and what is not known, else the program that usually speaks this protocol; NULL ends them. */
const char *const *lines_programs(const struct target *target);
/* The snippets of `fix_id` for those programs (of `seen` alone where it has one; NULL: of all); where there is none for
 * any of them, those for people: certbot, the DNS zone. Returns their number. */
size_t lines_fixes(const struct target *target, const char *fix_id, const char *seen, const struct kb_fix *fixes[LINES_FIXES_MAX]);
const char *lines_text(struct arena *arena, const struct target *target, const struct kb_fix *fix);
/* May it stand in a configuration? Letters, digits, dots and hyphens, and "*." in front. */
bool lines_is_name(const char *host);

#endif
