/* The order in which an audit asks. */
#include "audit/audit.h"

void audit_run(struct run *run)
{
	struct audit *audit = run->endpoint->audit = arena_new_of(run->probing->arena, struct audit);

	audit->endpoint = run->endpoint;
	if (run->endpoint->tcp.outcome != TCP_CONNECTED)
		audit->gave_up = "no TCP connection";
}
