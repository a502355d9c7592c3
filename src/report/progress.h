/* One live line that says what is being done; only ever on a terminal, and gone at the end. */
#ifndef WHY_REPORT_PROGRESS_H
#define WHY_REPORT_PROGRESS_H

#include <stdbool.h>

struct progress {
	int descriptor;
	bool is_live;           /* a terminal that understands control sequences */
	bool is_shown;
};

struct progress progress_of(int descriptor);
void progress_step(struct progress *progress, const char *what);
void progress_clear(struct progress *progress);

#endif
