/* The order in which an audit asks. */
#include "audit/audit.h"

#include "audit/parts.h"
#include "audit/vulnerability.h"
#include "base/attr.h"

static void protocols_and_habits(struct asking *asking)
{
	audit_protocols(asking);
	audit_habits(asking);
}

static void (*const parts[])(struct asking *) = {
	protocols_and_habits, audit_suites, audit_groups, audit_schemes
};

void audit_run(struct run *run)
{
	struct probing *p = run->probing;
	struct audit *audit = run->endpoint->audit = arena_new_of(p->arena, struct audit);
	double start = net_now_ms(&p->net);
	struct asking *asking;

	audit->endpoint = run->endpoint;
	if (run->endpoint->tcp.outcome != TCP_CONNECTED) {
		audit->gave_up = "no TCP connection";
		return;
	}
	asking = asking_new(run, audit, p->audit_pool, p->audit_delay_ms);
	ask_parts(asking, parts, COUNT_OF(parts));
	protocols_by_suites(audit);
	collect_finish(asking);
	vulnerabilities_run(asking);
	asking_finish(asking);
	audit->elapsed_ms = net_now_ms(&p->net) - start;
}
