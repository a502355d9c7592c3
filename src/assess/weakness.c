/* The tables of weaknesses and changes, and how weaknesses are collected and grouped. */
#include <stdarg.h>
#include <stdlib.h>

#include "assess/assess.h"
#include "base/attr.h"

struct weakness_row {
	const char *id;
	enum severity severity;
	const char *change, *title, *reference;
};

static const struct weakness_row rows[] = {
#define WEAKNESS(id, severity, change, title, reference) { id, SEVERITY_##severity, change, title, reference },
#include "assess/weaknesses.def"
#undef WEAKNESS
};

static const struct change changes[] = {
#define CHANGE(id, title, fix_id) { id, title, fix_id },
#include "assess/changes.def"
#undef CHANGE
};

const struct change *change_find(const char *id)
{
	for (size_t i = 0; i < COUNT_OF(changes); i++)
		if (strcmp(changes[i].id, id) == 0)
			return &changes[i];
	return change_find("software");
}

static const struct weakness_row *row_find(const char *id)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].id, id) == 0)
			return &rows[i];
	return NULL;
}

enum severity weakness_severity(const char *id)
{
	const struct weakness_row *row = row_find(id);

	return row ? row->severity : SEVERITY_MEDIUM;
}

struct weakness *weakness_add(struct assessment *a, const char *id, const char *title)
{
	struct arena *arena = a->diagnosis->evidence->arena;
	const struct weakness_row *row = row_find(id);
	struct weakness *w;

	for (size_t i = 0; i < a->n_weaknesses; i++)
		if (strcmp(a->weaknesses[i]->id, id) == 0)
			return a->weaknesses[i];
	w = arena_new_of(arena, struct weakness);
	*w = (struct weakness){ .id = id, .severity = row ? row->severity : SEVERITY_INFO,
				.change = change_find(row ? row->change : "software"),
				.title = title ? title : row ? row->title : id, .reference = row ? row->reference : NULL };
	*arena_push(arena, a->weaknesses, a->n_weaknesses, a->cap_weaknesses) = w;
	return w;
}

static void evidence_add(struct assessment *a, struct weakness *w, uint32_t at, const char *text)
{
	struct arena *arena = a->diagnosis->evidence->arena;
	size_t n_at = w->n_evidence;

	for (size_t i = 0; i < w->n_evidence; i++)
		if (strcmp(w->evidence[i], text) == 0) {
			w->at[i] |= at;
			return;
		}
	*arena_push(arena, w->at, n_at, w->cap_at) = at;
	*arena_push(arena, w->evidence, w->n_evidence, w->cap_evidence) = text;
}

void weakness_evidence(struct assessment *a, struct weakness *w, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	evidence_add(a, w, 0, arena_vprintf(a->diagnosis->evidence->arena, fmt, ap));
	va_end(ap);
}

void weakness_evidence_at(struct assessment *a, struct weakness *w, size_t nth_address, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	evidence_add(a, w, nth_address < 32 ? 1U << nth_address : 0, arena_vprintf(a->diagnosis->evidence->arena, fmt, ap));
	va_end(ap);
}

/* What is not so of every address says of which it is. */
static void addresses_name(struct assessment *a, struct weakness *w)
{
	struct arena *arena = a->diagnosis->evidence->arena;
	uint32_t all = a->n_addresses < 32 ? (1U << a->n_addresses) - 1 : UINT32_MAX;

	for (size_t i = 0; i < w->n_evidence; i++) {
		const char *names = "";

		if (w->at[i] == 0 || w->at[i] == all)
			continue;
		for (size_t k = 0; k < a->n_addresses && k < 32; k++)
			if (w->at[i] & 1U << k && a->addresses[k].audit->endpoint)
				names = arena_printf(arena, "%s%s%s", names, *names ? ", " : "", a->addresses[k].audit->endpoint->text);
		w->evidence[i] = arena_printf(arena, "%s (at %s)", w->evidence[i], names);
	}
}

/* ---- findings of the diagnosis ------------------------------------------------------------------------- */

static const struct { const char *prefix, *change; } change_of_finding[] = {
	{ "tls.weak-dh", "dh" }, { "tls.version-too-old", "tls" }, { "tls.weak-cipher", "tls" },
	{ "tls.no-common-version", "tls" }, { "tls.no-common-cipher", "tls" }, { "tls.no-common-group", "groups" },
	{ "tls.plain-http", "listener" }, { "tls.not-tls", "listener" }, { "tls.other-protocol", "listener" },
	{ "tls.sni-", "name" }, { "certificate.name-mismatch", "name" }, { "certificate.default-certificate", "name" },
	{ "tls.client-certificate", "client-certificate" },
	/* What no setting mends. */
	{ "tls.hello-", "software" }, { "tls.version-intolerant", "software" }, { "tls.extension-intolerant", "software" },
	{ "tls.group-intolerant", "software" }, { "tls.grease-", "software" }, { "tls.malformed", "software" }, { "tls.illegal", "software" },
	{ "tls.bad-", "software" }, { "tls.retry-loop", "software" }, { "tls.record-too", "software" }, { "tls.unexpected", "software" },
	{ "tls.renegotiation-required", "software" }, { "tls.", "handshake" }, { "certificate.missing-intermediate", "chain" }, { "certificate.out-of-order", "chain" },
	{ "certificate.unneeded-certificates", "chain" }, { "certificate.chain-too", "chain" },
	{ "certificate.weak-key", "key" }, { "certificate.unsupported-key", "key" },
	{ "certificate.must-staple-missing", "stapling" }, { "certificate.staple-invalid", "stapling" },
	{ "certificate.", "certificate" }, { "http.hsts", "hsts" }, { "http.redirect", "redirect" }, { "http.", "http" },
	{ "page.", "page" }, { "dns.", "dns" }, { "", "network" },
};

static const struct change *change_of(const char *finding_id)
{
	for (size_t i = 0; i < COUNT_OF(change_of_finding); i++)
		if (strncmp(finding_id, change_of_finding[i].prefix, strlen(change_of_finding[i].prefix)) == 0)
			return change_find(change_of_finding[i].change);
	return change_find("software");
}

static void finding_join(struct assessment *a, const struct finding *f)
{
	struct weakness *w = weakness_add(a, f->id, f->title);

	w->severity = f->severity > w->severity ? f->severity : w->severity;
	w->change = change_of(f->id);
	if (!w->reference && f->references && f->references[0])
		w->reference = f->references[0];
	for (size_t i = 0; i < f->n_evidence && i < 8; i++)
		weakness_evidence(a, w, "%s", f->evidence[i]);
}

static void findings_join(struct assessment *a)
{
	const struct findings *findings = &a->diagnosis->findings;

	/* What follows from another finding needs no change of its own. */
	for (size_t i = 0; i < findings->n; i++)
		if (!findings->items[i]->explained_by && findings->items[i]->layer != LAYER_CLIENT)
			finding_join(a, findings->items[i]);
}

/* ---- the order, and the groups ----------------------------------------------------------------------------- */

static void sort_by_severity(struct weakness **items, size_t n)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k > 0 && items[k]->severity > items[k - 1]->severity; k--) {
			struct weakness *one = items[k];

			items[k] = items[k - 1];
			items[k - 1] = one;
		}
}

static struct change_group *group_of(struct assessment *a, const struct change *change)
{
	for (size_t i = 0; i < a->n_changes; i++)
		if (a->changes[i].change == change)
			return &a->changes[i];
	a->changes[a->n_changes] = (struct change_group){ .change = change };
	return &a->changes[a->n_changes++];
}

void weaknesses_collect(struct assessment *a, const struct assess_options *options)
{
	struct arena *arena = a->diagnosis->evidence->arena;

	findings_join(a);
	for (size_t i = 0; i < a->n_addresses; i++)
		weak_tls(a, &a->addresses[i]);
	weak_http(a);
	weak_certificate(a, options);
	weak_dns(a);
	for (size_t i = 0; i < a->n_weaknesses; i++)
		addresses_name(a, a->weaknesses[i]);
	sort_by_severity(a->weaknesses, a->n_weaknesses);
	/* Weaknesses come worst first, so the groups do too. */
	a->changes = arena_array(arena, struct change_group, COUNT_OF(changes) + 1);
	for (size_t i = 0; i < a->n_weaknesses; i++) {
		struct change_group *group = group_of(a, a->weaknesses[i]->change);

		if (group->n == 0)
			group->severity = a->weaknesses[i]->severity;
		*arena_push(arena, group->items, group->n, group->cap) = a->weaknesses[i];
	}
}
