/* Errors of our own (a peer's misbehaviour is an observation, not an error). */
#ifndef WHY_BASE_ERR_H
#define WHY_BASE_ERR_H

#include "base/attr.h"

enum why_code {
	WHY_OK = 0,
	WHY_EUSAGE = -1,        /* the caller's words are wrong */
	WHY_EFILE = -2,         /* a file cannot be read or holds something else */
	WHY_EMEMORY = -3,
	WHY_ESYSTEM = -4,       /* the system refused something we need */
};

struct why_error {
	int code;
	char text[512];         /* one sentence: what we were doing, to what, why it failed */
};

/* Sets the error and returns `code`. `error` may be NULL. */
int why_fail(struct why_error *error, int code, const char *fmt, ...) WHY_PRINTF(3, 4);

/* Says so and ends the process with status 2: nothing sensible can be done without memory. */
void out_of_memory(void) WHY_NORETURN;

#endif
