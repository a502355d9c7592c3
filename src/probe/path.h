/* Where the packets to an address end: traces without root. A SYN (or a UDP datagram) is sent with
 * hop limits of 1, 2, 3 ... side by side; the router at which it expires says so by ICMP, which the
 * socket's error queue hands to any user. RFC 792, RFC 4443 3.3, RFC 1812 5.3.1. */
#ifndef WHY_PROBE_PATH_H
#define WHY_PROBE_PATH_H

#include "net/task.h"
#include "probe/leaves.h"
#include "probe/probe.h"

enum { PATH_HOPS_MAX = 30 };

/* Traces the run's address, unless it was done or enough others were; returns when that is over. `since`: what was counted
 * as the connection began. */
void path_trace(struct run *run, const struct answers *since);
/* SYNs to the port alone: routers speak up a few times a second only, and more is to be asked. */
void path_trace_port(struct run *run);

/* A connection under watch while it comes up: starts the trace when the answer is late, and gives up
 * when the trace is over and enough repeats of the SYN were lost. */
struct path_watch {
	struct run run;
	struct task_group group;
	struct answers answers;
};
struct patience path_watch_begin(struct path_watch *watch, const struct run *run);
/* Waits for the trace if this watch has started one; starts it now when `seen` calls for it. */
void path_watch_end(struct path_watch *watch, const struct tcp_evidence *seen);

/* The address of `endpoint` with another port; and the port it has. */
socklen_t path_address(const struct endpoint *endpoint, uint16_t port, struct sockaddr_storage *out);
uint16_t path_port(const struct endpoint *endpoint);

/* One packet for each hop limit up to `n`, side by side: `send` fills its hop. Stops early behind the
 * smallest limit that was answered. Trailing silence is cut. */
struct path_sender {
	void (*send)(const struct path_sender *sender, struct path_hop *hop, const struct patience *patience);
	struct run *run;
	const void *ctx;
	uint16_t port;
	unsigned limit_ms;
};
void path_trace_with(const struct path_sender *sender, size_t n, struct path_trace *out);

#endif
