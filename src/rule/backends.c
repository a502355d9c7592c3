/* Repeats of one hello that are answered differently: a load balancer whose backends differ. */
#include "base/timeutil.h"
#include "rule/tls_view.h"
#include "x509/cert.h"
#include "x509/name.h"

/* Would this answer stop a browser, as far as it shows. */
static bool is_bad(const struct tls_view *view, const struct attempt *at)
{
	const struct cert *leaf;

	if (!at->done)
		return true;
	if (at->n_chain == 0)
		return false;
	leaf = cert_parse(view->findings->arena, at->chain[0]);
	return view->evidence->now_unix > leaf->not_after_unix || view->evidence->now_unix < leaf->not_before_unix;
}

static void leaf_line(const struct tls_view *view, struct finding *f, const struct attempt *at)
{
	struct arena *arena = view->findings->arena;
	char until[RFC3339_LEN];
	const struct cert *leaf;

	if (at->n_chain == 0) {
		finding_evidence(view->findings, f, "connection %u: %s", at->nth + 1, attempt_outcome(arena, at));
		return;
	}
	leaf = cert_parse(arena, at->chain[0]);
	finding_evidence(view->findings, f, "connection %u: certificate %s, valid until %s", at->nth + 1,
			 cert_fingerprint(arena, leaf), when_format(until, leaf->not_after_unix));
}

static void report(const struct tls_view *view, const char *name)
{
	size_t bad = 0, n = 0;
	struct finding *f = tls_finding(view, "tls.backends-differ", NULL);

	for (size_t i = 0; i < view->endpoint->n_attempts; i++)
		if (strcmp(view->endpoint->attempts[i]->name, name) == 0) {
			n++;
			bad += is_bad(view, view->endpoint->attempts[i]);
		}
	f->fails = bad > 0 && bad < n;
	if (!f->fails)
		f->severity = SEVERITY_INFO;
	for (size_t i = 0; i < view->endpoint->n_attempts; i++)
		if (strcmp(view->endpoint->attempts[i]->name, name) == 0)
			leaf_line(view, f, view->endpoint->attempts[i]);
}

static void backends_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct tls_view view;

	if (tls_view_of(evidence, visit, findings, &view) && evidence_answers_vary(view.endpoint))
		report(&view, "tls1.2-only");
}

const struct rule rule_backends = { "backends", LAYER_TLS, backends_check };
