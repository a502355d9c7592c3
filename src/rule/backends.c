/* One name, several machines: repeats of one hello that are answered differently, and addresses that do
 * not behave alike. Answers are sorted into kinds by outcome, version, suite, ALPN and certificate. */
#include <math.h>

#include "base/timeutil.h"
#include "kb/names.h"
#include "rule/tls_view.h"
#include "x509/cert.h"
#include "x509/name.h"

enum { KINDS_MAX = 8 };

/* Answers that are alike. */
struct kind {
	const struct attempt *like;
	size_t n;
	const char *where;              /* "connections 1, 3" or addresses */
};

struct kinds {
	struct kind items[KINDS_MAX];
	size_t n, n_answers;
};

static bool same_text(const char *a, const char *b)
{
	return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

static bool is_alike(const struct attempt *a, const struct attempt *b)
{
	return a->done == b->done && a->fault == b->fault && a->alert == b->alert && a->version == b->version &&
	       a->suite == b->suite && same_text(a->alpn, b->alpn) &&
	       (a->n_chain == 0 || b->n_chain == 0 || span_equal(a->chain[0], b->chain[0]));
}

static void kinds_add(struct arena *arena, struct kinds *kinds, const struct attempt *at, const char *where)
{
	size_t i = 0;

	kinds->n_answers++;
	while (i < kinds->n && !is_alike(kinds->items[i].like, at))
		i++;
	if (i == KINDS_MAX)
		return;
	if (i == kinds->n)
		kinds->items[kinds->n++] = (struct kind){ .like = at };
	kinds->items[i].where = kinds->items[i].n == 0 ? where : arena_printf(arena, "%s, %s", kinds->items[i].where, where);
	kinds->items[i].n++;
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

static const char *kind_text(const struct tls_view *view, const struct attempt *at)
{
	struct arena *arena = view->findings->arena;
	const char *outcome = attempt_outcome(arena, at);
	char until[RFC3339_LEN];
	const struct cert *leaf;

	if (at->n_chain == 0)
		return outcome;
	leaf = cert_parse(arena, at->chain[0]);
	return arena_printf(arena, "%s%s%s, certificate %.23s... valid until %s", outcome, at->alpn ? ", " : "",
			    at->alpn ? at->alpn : "", cert_fingerprint(arena, leaf), when_format(until, leaf->not_after_unix));
}

/* With n looks a machine that takes a share p of the connections is missed with (1-p)^n. */
static void sampling_line(const struct tls_view *view, struct finding *f, size_t n)
{
	finding_evidence(view->findings, f,
			 "%zu connections were looked at; a server that takes one in ten would have been missed with a probability of %.0f %%",
			 n, 100 * pow(0.9, (double)n));
}

static void report(const struct tls_view *view, const struct kinds *kinds, const char *unit)
{
	size_t bad = 0;
	struct finding *f = tls_finding(view, "tls.backends-differ", NULL);

	for (size_t i = 0; i < kinds->n; i++)
		bad += is_bad(view, kinds->items[i].like) ? kinds->items[i].n : 0;
	f->fails = bad > 0 && bad < kinds->n_answers;
	if (!f->fails)
		f->severity = SEVERITY_INFO;
	for (size_t i = 0; i < kinds->n; i++)
		finding_evidence(view->findings, f, "%zu of %zu (%s %s): %s", kinds->items[i].n, kinds->n_answers, unit,
				 kinds->items[i].where, kind_text(view, kinds->items[i].like));
	sampling_line(view, f, kinds->n_answers);
}

static void repeats(const struct tls_view *view, const char *name)
{
	struct kinds kinds = { 0 };

	for (size_t i = 0; i < view->endpoint->n_attempts; i++) {
		const struct attempt *at = view->endpoint->attempts[i];

		if (strcmp(at->name, name) == 0 && at->fault != TLS_FAULT_CONNECT)
			kinds_add(view->findings->arena, &kinds, at, arena_printf(view->findings->arena, "%u", at->nth + 1));
	}
	report(view, &kinds, "connections");
}

/* The same question at each address of the name. */
static void addresses(const struct tls_view *view)
{
	struct kinds kinds = { 0 };

	for (size_t i = 0; i < view->visit->n_endpoints; i++) {
		const struct endpoint *ep = view->visit->endpoints[i];

		if (ep->main && ep->main->fault != TLS_FAULT_CONNECT && ep->main->tls_sent)
			kinds_add(view->findings->arena, &kinds, ep->main, ep->text);
	}
	if (kinds.n > 1)
		report(view, &kinds, "addresses");
}

static void backends_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct tls_view view;

	if (!tls_view_of(evidence, visit, findings, &view))
		return;
	if (evidence_answers_vary(view.endpoint))
		repeats(&view, "tls1.2-only");
	else
		addresses(&view);
}

const struct rule rule_backends = { "backends", LAYER_TLS, backends_check };
