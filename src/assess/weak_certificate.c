/* The certificates: what lint says of each, dates, and whether other root stores trust them. */
#include "assess/assess.h"
#include "lint/lint.h"
#include "base/attr.h"
#include "base/timeutil.h"
#include "x509/chain.h"
#include "x509/ct.h"
#include "x509/name.h"

enum { DAY = 86400, SOON_DAYS = 14, LINTS_MAX = 32 };

enum { SCT_LISTS_MAX = 3 * LINTS_MAX };

static bool is_linted(const struct assessment *a, const struct cert *cert)
{
	for (size_t i = 0; i < a->n_lints; i++)
		if (cert_equal(a->lints[i].cert, cert))
			return true;
	return false;
}

/* The issuer among what was sent, else on the path that was found. */
static const struct cert *issuer_of(const struct assessment *a, const struct cert *leaf, struct cert *const *chain, size_t n)
{
	const struct chain_facts *facts = a->diagnosis->evidence->visit->chain;

	for (size_t i = 1; i < n; i++)
		if (name_equal(chain[i]->subject.raw, leaf->issuer.raw))
			return chain[i];
	if (facts && facts->best && facts->best->n > 1 && cert_equal(facts->best->certs[0], leaf))
		return facts->best->certs[1];
	return NULL;
}

/* The rules bind authorities that browsers ship; a company's own may do as it likes. */
static bool is_private(const struct assessment *a)
{
	const struct chain_facts *facts = a->diagnosis->evidence->visit->chain;

	return facts && facts->best && facts->best->is_trusted && !facts->best->is_public;
}

static void lint_one(struct assessment *a, struct cert *const *chain, size_t n)
{
	if (n == 0 || a->n_lints >= LINTS_MAX || is_linted(a, chain[0]))
		return;
	a->lints[a->n_lints] = lint_certificate(a->diagnosis->evidence->arena, chain[0], issuer_of(a, chain[0], chain, n));
	a->lints[a->n_lints++].is_note = is_private(a);
}

void lint_all(struct assessment *a)
{
	const struct chain_facts *facts = a->diagnosis->evidence->visit->chain;

	a->lints = arena_array(a->diagnosis->evidence->arena, struct lint_report, LINTS_MAX);
	if (facts)
		lint_one(a, facts->sent, facts->n_sent);
	for (size_t i = 0; i < a->n_addresses; i++)
		for (size_t k = 0; k < a->addresses[i].audit->n_certificates; k++)
			lint_one(a, a->addresses[i].chains[k], a->addresses[i].audit->certificates[k].n_chain);
}

static void lint_weaknesses(struct assessment *a)
{
	for (size_t i = 0; i < a->n_lints; i++)
		for (size_t k = 0; k < a->lints[i].n_failed; k++) {
			const struct lint_result *r = &a->lints[i].failed[k];
			struct weakness *w = weakness_add(a, "certificate.lint", NULL);
			enum severity severity = lint_severity(&a->lints[i], r);

			w->severity = w->n_evidence == 0 || severity > w->severity ? severity : w->severity;
			weakness_evidence(a, w, "%s: %s (%s; %s)", r->row->title, r->detail, r->row->id, r->row->source);
		}
}

static void look_end(struct assessment *a)
{
	int64_t now = a->diagnosis->evidence->now_unix;

	for (size_t i = 0; i < a->n_lints; i++) {
		const struct cert *cert = a->lints[i].cert;
		int64_t left = cert->not_after_unix - now, whole = cert->not_after_unix - cert->not_before_unix;
		char when[RFC3339_LEN], length[40];

		/* Certificates of days are always near their end: a third of the life left is time enough. */
		if (cert->bad_time || !cert->is_decoded || left < 0 || left > SOON_DAYS * DAY || left > whole / 3)
			continue;
		weakness_evidence(a, weakness_add(a, "certificate.expires-soon", NULL), "it ends in %s, at %s",
				  duration_format(length, left), when_format(when, cert->not_after_unix));
	}
}

static void look_roots(struct assessment *a, const struct assess_options *options)
{
	const struct chain_facts *facts = a->diagnosis->evidence->visit->chain;
	struct arena *arena = a->diagnosis->evidence->arena;

	a->stores = arena_array(arena, struct store_verdict, options->n_roots + 1);
	for (size_t i = 0; facts && i < options->n_roots; i++) {
		struct span *ders = arena_array(arena, struct span, facts->n_sent + 1);
		struct chain_input in = { .sent = ders, .n_sent = facts->n_sent, .trust = options->roots[i].trust,
					  .extra = facts->extra, .n_extra = facts->n_extra, .now_unix = facts->now_unix };
		struct chain_facts *other;

		for (size_t k = 0; k < facts->n_sent; k++)
			ders[k] = facts->sent[k]->der;
		other = chain_facts_build(arena, &in);
		a->stores[a->n_stores++] = (struct store_verdict){ options->roots[i].path,
								   other && other->is_trusted ? TRI_YES : TRI_NO };
		if (!other || !other->is_trusted)
			weakness_evidence(a, weakness_add(a, "certificate.root-store", NULL), "%s holds no root that it leads to",
					  options->roots[i].path);
	}
}

/* ---- Certificate Transparency ---------------------------------------------------------------------- */

static void scts_add(struct assessment *a, const struct assess_options *options, const struct cert *leaf, const struct cert *issuer, struct span list,
		     enum sct_source source)
{
	struct sct_list *of = &a->scts[a->n_scts];

	if (a->n_scts >= SCT_LISTS_MAX)
		return;
	*of = (struct sct_list){ .leaf = leaf };
	of->n = ct_check(a->diagnosis->evidence->arena, options->ct_logs, leaf, issuer, list, source, a->diagnosis->evidence->now_unix, &of->items);
	a->n_scts += of->n > 0;
	for (size_t i = 0; i < of->n; i++)
		if (of->items[i].state == SCT_INVALID || of->items[i].state == SCT_OF_FUTURE)
			weakness_evidence(a, weakness_add(a, "certificate.ct-invalid", NULL), "number %zu of those in the %s: %s%s%s", i + 1, sct_source_name(source),
					  sct_state_name(of->items[i].state), of->items[i].log ? ", said to be of " : "", of->items[i].log ? of->items[i].log : "");
}

static void scts_of_chain(struct assessment *a, const struct assess_options *options, const struct audit_habits *h, struct cert *const *chain, size_t n)
{
	const struct cert *issuer;

	if (n == 0 || !chain[0]->is_decoded)
		return;
	for (size_t i = 0; i < a->n_scts; i++)
		if (cert_equal(a->scts[i].leaf, chain[0]))
			return;
	issuer = issuer_of(a, chain[0], chain, n);
	scts_add(a, options, chain[0], issuer, chain[0]->sct_list, SCT_IN_CERTIFICATE);
	if (!span_equal(h->of_leaf, chain[0]->der))
		return;
	scts_add(a, options, chain[0], issuer, h->scts, SCT_IN_HANDSHAKE);
	scts_add(a, options, chain[0], issuer, ct_list_of_staple(a->diagnosis->evidence->arena, h->staple), SCT_IN_STAPLE);
}

static void look_transparency(struct assessment *a, const struct assess_options *options)
{
	a->has_ct_logs = options->ct_logs != NULL;
	a->scts = arena_array(a->diagnosis->evidence->arena, struct sct_list, SCT_LISTS_MAX + 1);
	for (size_t i = 0; i < a->n_addresses; i++)
		for (size_t k = 0; k < a->addresses[i].audit->n_certificates; k++)
			scts_of_chain(a, options, &a->addresses[i].audit->habits, a->addresses[i].chains[k], a->addresses[i].audit->certificates[k].n_chain);
}

void weak_certificate(struct assessment *a, const struct assess_options *options)
{
	lint_all(a);
	lint_weaknesses(a);
	look_end(a);
	look_roots(a, options);
	look_transparency(a, options);
}
