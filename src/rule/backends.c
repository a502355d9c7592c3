/* Repeats of one hello that are answered differently: a load balancer whose backends differ. */
#include "base/timeutil.h"
#include "rule/tls_view.h"
#include "x509/cert.h"
#include "x509/name.h"

static bool same_leaf(const struct attempt *a, const struct attempt *b)
{
	return a->n_chain == 0 || b->n_chain == 0 || span_equal(a->chain[0], b->chain[0]);
}

static bool same_answer(const struct attempt *a, const struct attempt *b)
{
	return a->done == b->done && a->fault == b->fault && a->alert == b->alert && a->version == b->version &&
	       same_leaf(a, b);
}

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

static void report(const struct tls_view *view, const struct attempt *a, const struct attempt *b)
{
	struct finding *f = tls_finding(view, "tls.backends-differ", NULL);

	f->fails = is_bad(view, a) != is_bad(view, b);
	if (!f->fails)
		f->severity = SEVERITY_INFO;
	for (size_t i = 0; i < view->endpoint->n_attempts; i++)
		if (strcmp(view->endpoint->attempts[i]->name, a->name) == 0)
			leaf_line(view, f, view->endpoint->attempts[i]);
}

static void backends_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct tls_view view;
	const struct attempt *first = NULL;

	if (!tls_view_of(evidence, visit, findings, &view))
		return;
	for (size_t i = 0; i < view.endpoint->n_attempts; i++) {
		const struct attempt *at = view.endpoint->attempts[i];

		if (strcmp(at->name, "tls1.2-only") != 0 || at->fault == TLS_FAULT_CONNECT)
			continue;
		if (!first) {
			first = at;
		} else if (!same_answer(first, at)) {
			report(&view, first, at);
			return;
		}
	}
}

const struct rule rule_backends = { "backends", LAYER_TLS, backends_check };
