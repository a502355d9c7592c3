/* One URL looked at: name, addresses, handshakes, request, page, and where it leads. */
#ifndef WHY_SCAN_VISIT_H
#define WHY_SCAN_VISIT_H

#include "dns/lookup.h"
#include "net/task.h"
#include "probe/probe.h"
#include "scan/options.h"

struct scan {
	struct probing probing;
	const struct why_options *options;
	struct dns_lookup_options dns;
	unsigned n_visits;
	bool is_visited;                /* the diagnosis is over */
	struct task_group audits;
};

/* An address of a visit (scan.c): where an audit is asked for, it begins beside the rest. */
void scan_endpoint_found(struct scan *scan, struct visit *visit, struct endpoint *endpoint);

enum visit_depth {
	VISIT_TARGET,           /* everything */
	VISIT_HOP,              /* where a redirect leads: no repeats for backends */
	VISIT_RESOURCE          /* does it load: one handshake, one request */
};

/* Fills visit (its target is set). Runs in a task. */
void visit_run(struct scan *scan, struct visit *visit, enum visit_depth depth);

#endif
