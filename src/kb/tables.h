/* Between the generated tables and names.c; nobody else needs it. */
#ifndef WHY_KB_TABLES_H
#define WHY_KB_TABLES_H

#include <stddef.h>
#include <stdint.h>

struct kb_suite_key {
	const char *name;       /* upper case; in order of strcmp() */
	uint16_t at;            /* index into kb_suites */
};

extern const struct kb_suite_key kb_suite_keys[];
extern const size_t n_kb_suite_keys;

#endif
