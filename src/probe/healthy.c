/* When is there nothing to isolate: every answer so far is one that a browser could go on with, and
 * all agree. */
#include "probe/probe.h"

static bool attempt_is_well(const struct attempt *at)
{
	return at->fault == TLS_FAULT_NONE && at->done && !at->warning_alert &&
	       at->late_fault == TLS_FAULT_NONE && !at->late_alert;
}

/* A choice that clients with stricter lists than a browser's would not get: no forward secrecy. */
static bool is_plain_choice(const struct attempt *at)
{
	return at->version >= 0x0304 || at->suite >> 8 == 0xc0 || at->suite >> 8 == 0xcc;
}

bool looks_healthy(const struct visit *visit, const struct endpoint *endpoint)
{
	if (!endpoint->main || !endpoint->main->done || !is_plain_choice(endpoint->main))
		return false;
	for (size_t i = 0; i < endpoint->n_attempts; i++) {
		const struct attempt *at = endpoint->attempts[i];

		/* A server without TLS 1.2 is no fault of its own. */
		if (strcmp(at->name, "tls1.2-only") == 0 && at->fault == TLS_FAULT_ALERT && endpoint->main->version >= 0x0304)
			continue;
		if (!attempt_is_well(at))
			return false;
	}
	return !visit->http.asked || visit->http.fault == HTTP_FAULT_NONE;
}
