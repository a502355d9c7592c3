/* A request under watch: when the answer stalls, the same is asked again beside it, in small segments
 * and in usual ones. Where only the small ones are answered, large packets vanish on the way. */
#ifndef WHY_PROBE_HTTP_STALL_H
#define WHY_PROBE_HTTP_STALL_H

#include "net/task.h"
#include "probe/probe.h"

struct http_stall_watch {
	struct run run;
	struct conn *conn;
	struct task_group group;
	bool is_over;           /* the first request has ended, one way or the other */
	double small_ms;        /* when the small segments were answered; 0: not yet */
};

void http_stall_begin(struct http_stall_watch *watch, struct run *run, struct conn *conn);
void http_stall_end(struct http_stall_watch *watch);

bool http_stalls_by_size(const struct http_stall *stall);

#endif
