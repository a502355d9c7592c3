/* Two ways to know what a client meets: from what other hellos were answered with, and from its own hello. Where
 * they disagree the server looks at more than the choices that a hello offers: its size, its order, its extensions. */
#include "client/client.h"
#include "rule/tls_view.h"

static void note(const struct tls_view *view, const struct client *client, struct finding **f)
{
	const struct attempt *tried, *derived;

	if (!client_tried_differs(client, view->visit, &tried, &derived))
		return;
	*f = *f ? *f : tls_finding(view, "tls.client-differs", NULL);
	if ((*f)->n_evidence < 8)
		finding_evidence(view->findings, *f, "%s: its own hello -> %s; by what it offers one would expect %s", client->title,
				 attempt_outcome(view->findings->arena, tried), attempt_outcome(view->findings->arena, derived));
}

static void check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct finding *f = NULL;
	struct tls_view view;

	if (!tls_view_of(evidence, visit, findings, &view))
		return;
	/* Then the length is what it looks at, and is told as the cause. */
	if (evidence_drops_middling_hellos(view.endpoint))
		return;
	for (const struct client *const *c = clients; *c; c++)
		note(&view, *c, &f);
}

const struct rule rule_client_differs = { "client_differs", LAYER_TLS, check };
