/* What the client's own side adds: ports browsers refuse, a missing trust store. */
#include "kb/ports.h"
#include "rule/rule.h"
#include "x509/trust.h"

static void blocked_port(const struct visit *visit, struct findings *findings)
{
	struct finding *f;

	if (!kb_port_is_blocked(visit->target.port))
		return;
	f = finding_add(findings, visit, "client.blocked-port", NULL);
	finding_evidence(findings, f, "port %u is on the list of ports that browsers never open (Fetch, \"bad port\")",
			 visit->target.port);
	f->shows = arena_printf(findings->arena, "curl -I %s://%s:%u/", visit->target.scheme, visit->target.host,
				visit->target.port);
}

static void no_trust_store(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct finding *f;

	if (evidence->trust || !visit->chain || evidence->visit != visit)
		return;
	f = finding_add(findings, visit, "client.trust-store-missing", NULL);
	f->fails = false;
	finding_evidence(findings, f, "no file of trusted certificates was found at the usual places on this machine");
}

static void client_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	if (!evidence->from_file)
		blocked_port(visit, findings);
	no_trust_store(evidence, visit, findings);
}

const struct rule rule_client = { "client", LAYER_CLIENT, client_check };
