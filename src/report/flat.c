/* See flat.h. */
#include "report/flat.h"

#include "assess/suite.h"
#include "base/timeutil.h"
#include "evidence/files.h"
#include "kb/names.h"
#include "lint/lint.h"
#include "report/names.h"
#include "x509/name.h"

static const char *const tri_words[] = { "unknown", "no", "yes" };

static void add(struct flat *f, struct flat_row row)
{
	const char **texts[] = { &row.record, &row.id, &row.status, &row.severity, &row.title, &row.detail, &row.reference,
				 &row.address, &row.fix, &row.file };

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = *texts[i] ? *texts[i] : "";
	*arena_push(f->arena, f->items, f->n, f->cap) = row;
}

const char *flat_joined(struct arena *arena, const char *const *lines, size_t n)
{
	struct out out = { 0 };
	const char *text;

	for (size_t i = 0; i < n && i < 64; i++)
		out_printf(&out, "%s%s", i ? "; " : "", lines[i] ? lines[i] : "");
	text = arena_str(arena, out.text ? out.text : "");
	out_release(&out);
	return text;
}

/* ---- the diagnosis ------------------------------------------------------------------------------------------ */

static void add_verdict(struct flat *f, const struct diagnosis *d)
{
	add(f, (struct flat_row){ .record = "verdict", .id = d->root ? d->root->id : "ok", .status = status_name(d->status),
				  .title = d->summary, .detail = d->fix });
	for (size_t i = 0; i < d->n_layers; i++)
		add(f, (struct flat_row){ .record = "layer", .id = layer_name(d->layers[i].layer),
					  .status = status_name(d->layers[i].status), .detail = d->layers[i].summary });
}

static void add_findings(struct flat *f, const struct diagnosis *d)
{
	for (size_t i = 0; i < d->findings.n; i++) {
		const struct finding *one = d->findings.items[i];

		add(f, (struct flat_row){ .record = "finding", .id = one->id, .status = one->fails ? "broken" : "warning",
					  .severity = severity_name(one->severity), .title = one->title,
					  .detail = flat_joined(f->arena, one->evidence, one->n_evidence),
					  .reference = one->references ? one->references[0] : NULL, .fix = one->fix,
					  .file = one->where.file, .line = (int)one->where.line });
	}
}

static void add_clients(struct flat *f, const struct diagnosis *d)
{
	static const char *const words[] = { "ok", "warning", "error" };

	for (size_t i = 0; i < d->n_clients; i++) {
		const struct client *c = d->clients[i].client;
		const struct client_result *r = &d->clients[i].result;

		add(f, (struct flat_row){ .record = "client", .id = c->id, .status = r->unknown ? "unknown" : words[r->outcome],
					  .title = arena_printf(f->arena, "%s%s%s", c->title, c->version ? " " : "",
								c->version ? c->version : ""),
					  .detail = r->unknown ? r->unknown : r->error ? r->error : r->page ? r->page : r->message });
	}
}

/* ---- the audit ------------------------------------------------------------------------------------------------- */

static void add_grade(struct flat *f, const struct grade *g, const char *address)
{
	const char *letter = grade_letter_name(g->letter);

	add(f, (struct flat_row){ .record = "grade", .id = "grade", .status = letter ? letter : "unknown",
				  .title = g->has_score ? arena_printf(f->arena, "%d of 100", g->score) : "no score",
				  .detail = flat_joined(f->arena, g->capped_by, g->n_capped_by), .address = address });
}

static void add_tls(struct flat *f, const struct audit *a, const char *address)
{
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++)
		if (a->protocols[i].version)
			add(f, (struct flat_row){ .record = "protocol", .id = kb_version_name(a->protocols[i].version),
						  .status = tri_words[a->protocols[i].supported],
						  .detail = a->protocols[i].because, .address = address });
	for (size_t v = AUDIT_PROTOCOLS; v-- > 0;)
		for (size_t i = 0; i < a->suites[v].n; i++) {
			struct suite_view view = suite_view_of(a->suites[v].version, a->suites[v].items[i].code);

			add(f, (struct flat_row){ .record = "cipher", .id = arena_str(f->arena, view.code_text),
						  .status = kb_class_name(view.class), .title = view.name,
						  .detail = arena_printf(f->arena, "%s, %s, %u bits, order %u",
									 kb_version_name(a->suites[v].version), view.key_exchange,
									 view.bits, a->suites[v].items[i].order),
						  .address = address });
		}
	for (size_t v = 0; v < COUNT_OF(a->groups); v++)
		for (size_t i = 0; i < a->groups[v].n; i++)
			add(f, (struct flat_row){ .record = "group",
						  .id = arena_printf(f->arena, "%04X", (unsigned)a->groups[v].items[i].group),
						  .status = tri_words[a->groups[v].items[i].supported],
						  .title = kb_group_name(a->groups[v].items[i].group),
						  .detail = kb_version_name(a->groups[v].version), .address = address });
	for (size_t v = 0; v < COUNT_OF(a->schemes); v++)
		for (size_t i = 0; i < a->schemes[v].n; i++)
			add(f, (struct flat_row){ .record = "signature_scheme",
						  .id = arena_printf(f->arena, "%04X", (unsigned)a->schemes[v].items[i]),
						  .status = "yes", .title = kb_scheme_name(a->schemes[v].items[i]),
						  .detail = kb_version_name(a->schemes[v].version), .address = address });
}

static void add_certificates(struct flat *f, const struct assessed *one, const char *address)
{
	for (size_t i = 0; i < one->audit->n_certificates; i++)
		for (size_t k = 0; assessed_first(one, i) == i && k < one->audit->certificates[i].n_chain; k++) {
			const struct cert *cert = one->chains[i][k];
			char from[RFC3339_LEN], until[RFC3339_LEN];

			add(f, (struct flat_row){ .record = "certificate", .id = cert_fingerprint(f->arena, cert),
						  .status = k ? "chain" : "leaf", .title = name_text(f->arena, &cert->subject),
						  .detail = arena_printf(f->arena, "%s to %s, %s",
									 rfc3339_format(from, cert->not_before_unix),
									 rfc3339_format(until, cert->not_after_unix),
									 cert->key.name ? cert->key.name : "unknown key"),
						  .address = address });
		}
}

static void add_checks(struct flat *f, const struct audit *a, const char *address)
{
	static const char *const words[] = { "unknown", "vulnerable", "not_vulnerable", "not_applicable" };

	for (size_t i = 0; i < a->n_vulnerabilities; i++) {
		const struct audit_vulnerability *v = &a->vulnerabilities[i];

		add(f, (struct flat_row){ .record = "vulnerability", .id = v->id, .status = words[v->status],
					  .severity = v->status == VULNERABILITY_VULNERABLE ? severity_name(vulnerability_severity(v->id)) : NULL,
					  .title = v->name, .detail = v->because, .reference = v->cve, .address = address });
	}
	for (size_t i = 0; i < a->n_tolerances; i++)
		add(f, (struct flat_row){ .record = "tolerance", .id = a->tolerances[i].id,
					  .status = tri_words[a->tolerances[i].tolerant], .title = a->tolerances[i].title,
					  .detail = a->tolerances[i].because, .address = address });
}

static void add_lints(struct flat *f, const struct lint_report *reports, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < reports[i].n_failed; k++) {
			const struct lint_result *r = &reports[i].failed[k];

			add(f, (struct flat_row){ .record = "lint", .id = r->row->id, .status = "fail",
						  .severity = severity_name(lint_severity(&reports[i], r)), .title = r->row->title,
						  .detail = r->detail, .reference = r->row->source });
		}
}

static void add_judgements(struct flat *f, const struct assessment *a)
{
	for (size_t i = 0; i < a->n_weaknesses; i++) {
		const struct weakness *w = a->weaknesses[i];

		add(f, (struct flat_row){ .record = "weakness", .id = w->id, .status = w->change->id,
					  .severity = severity_name(w->severity), .title = w->title,
					  .detail = flat_joined(f->arena, w->evidence, w->n_evidence), .reference = w->reference });
	}
	add_lints(f, a->lints, a->n_lints);
	for (size_t i = 0; a->compliance && i < a->compliance->n_results; i++) {
		const struct rule_result *r = &a->compliance->results[i];

		add(f, (struct flat_row){ .record = "rule", .id = r->what, .status = rule_outcome_name(r->outcome),
					  .severity = r->outcome != RULE_FAIL ? NULL : r->is_advice ? "low" : "medium",
					  .title = a->compliance->title, .detail = r->fact, .reference = r->source,
					  .address = r->address });
	}
}

void flat_of(struct flat *f, const struct diagnosis *d)
{
	const struct assessment *a = d->assessment;

	add_verdict(f, d);
	/* In an audit the findings are among the weaknesses. */
	if (!a)
		add_findings(f, d);
	for (size_t i = 0; a && i < a->n_addresses; i++) {
		const struct assessed *one = &a->addresses[i];
		const char *address = one->audit->endpoint ? one->audit->endpoint->text : "";

		add_grade(f, &one->grade, address);
		add_tls(f, one->audit, address);
		add_certificates(f, one, address);
		add_checks(f, one->audit, address);
	}
	if (a)
		add_judgements(f, a);
	if (d->evidence->files)
		add_lints(f, d->evidence->files->lints, d->evidence->files->n_lints);
	add_clients(f, d);
}
