/* Libraries that few runs need are opened when first used: linking them would cost every start
 * several milliseconds. Their headers are still used, so that types are checked. */
#ifndef WHY_BASE_LATE_H
#define WHY_BASE_LATE_H

#include <dlfcn.h>
#include <stdbool.h>
#include <stddef.h>

struct late_symbol {
	const char *name;
	void **slot;            /* address of a function pointer */
};

/* Opens `soname` (once a process, never closed) and fills the slots. False when it or a symbol is
 * missing; then no slot may be used. */
bool late_open(const char *soname, const struct late_symbol *symbols, size_t n) __attribute__((warn_unused_result));

#endif
