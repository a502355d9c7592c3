/* A handshake under watch while nothing comes: is what we sent acknowledged at all (a packet lost on
 * the way and a server that thinks look alike to a client), and does the same go through in small
 * segments (then large packets vanish on the way: RFC 2923 2.1, RFC 4821). */
#ifndef WHY_PROBE_STALL_H
#define WHY_PROBE_STALL_H

#include "net/task.h"
#include "probe/probe.h"

struct stall_watch {
	struct run run;
	struct attempt *attempt;
	struct conn *conn;
	struct task_group group;
	bool has_twins;
};

void stall_watch_begin(struct stall_watch *watch, struct run *run, struct attempt *attempt, struct conn *conn);
/* Waits for the twins, where any were sent; the connection may live on. */
void stall_watch_end(struct stall_watch *watch);

/* The same hello once more with segments of at most `mss` bytes, noted as NAME-mss-N: "main" by
 * OpenSSL, "chrome" raw. */
void stall_twin(struct run *run, const char *name, uint16_t mss);

#endif
