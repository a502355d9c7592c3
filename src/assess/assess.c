/* See assess.h. The order: chains are parsed, each address is graded, weaknesses are collected and
 * grouped, the profile is held against the facts. */
#include "assess/assess.h"

#include <stdarg.h>
#include <stdlib.h>

#include "assess/profile.h"

static struct cert ***chains_parse(struct arena *arena, const struct audit *audit)
{
	struct cert ***chains = arena_array(arena, struct cert **, audit->n_certificates + 1);

	for (size_t i = 0; i < audit->n_certificates; i++) {
		const struct audit_certificate *c = &audit->certificates[i];

		chains[i] = arena_array(arena, struct cert *, c->n_chain + 1);
		for (size_t k = 0; k < c->n_chain; k++)
			chains[i][k] = cert_parse(arena, c->chain[k]);
	}
	return chains;
}

size_t assessed_first(const struct assessed *one, size_t i)
{
	const struct audit_certificate *all = one->audit->certificates;

	for (size_t k = 0; k < i; k++) {
		bool is_same = all[k].n_chain == all[i].n_chain;

		for (size_t c = 0; is_same && c < all[i].n_chain; c++)
			is_same = span_equal(all[k].chain[c], all[i].chain[c]);
		if (is_same)
			return k;
	}
	return i;
}

/* Unknown counts as better than any letter that is known: what is known is shown. */
static const struct assessed *worst_of(const struct assessment *a)
{
	const struct assessed *worst = a->n_addresses ? &a->addresses[0] : NULL;

	for (size_t i = 1; i < a->n_addresses; i++)
		if (a->addresses[i].grade.letter > worst->grade.letter)
			worst = &a->addresses[i];
	return worst;
}

const struct assessment *assess(const struct diagnosis *d, const struct assess_options *options)
{
	struct arena *arena = d->evidence->arena;
	const struct visit *visit = d->evidence->visit;
	struct assessment *a = arena_new_of(arena, struct assessment);

	a->diagnosis = d;
	a->fix_for = options->fix_for;
	a->addresses = arena_array(arena, struct assessed, visit->n_endpoints + 1);
	for (size_t i = 0; i < visit->n_endpoints; i++) {
		struct assessed *one = &a->addresses[a->n_addresses];

		if (!visit->endpoints[i]->audit)
			continue;
		a->n_addresses++;
		one->audit = visit->endpoints[i]->audit;
		one->chains = chains_parse(arena, one->audit);
		grade_build(arena, d, one);
	}
	a->shown = worst_of(a);
	weaknesses_collect(a, options);
	if (options->profile) {
		a->compliance = profile_check(a, options->profile);
		a->fix_modern = profile_is_modern(options->profile);
	}
	return a;
}
