/* Certificates on disk against the rules that bind public authorities (lint/). Nobody is stopped by them; an authority
 * that breaks them withdraws the certificate in days, which does stop everybody. */
#include "evidence/files.h"
#include "lint/lint.h"
#include "rule/rule.h"
#include "x509/name.h"

static void told(const struct visit *visit, struct findings *findings, const struct lint_report *report)
{
	struct finding *f = finding_add(findings, visit, "certificate.lint",
					arena_printf(findings->arena, "%s breaks %zu rule%s for public certificates",
						     name_short(findings->arena, &report->cert->subject), report->n_failed,
						     report->n_failed == 1 ? "" : "s"));

	f->severity = SEVERITY_INFO;
	for (size_t i = 0; i < report->n_failed; i++) {
		const struct lint_result *r = &report->failed[i];

		if (lint_severity(report, r) > f->severity)
			f->severity = lint_severity(report, r);
		finding_evidence(findings, f, "%s: %s (%s; %s)", r->row->title, r->detail, r->row->id, r->row->source);
	}
}

static void cert_lint_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct files_evidence *files = evidence->files;

	for (size_t i = 0; files && visit == evidence->visit && i < files->n_lints; i++)
		if (files->lints[i].n_failed > 0 && !files->lints[i].is_note)
			told(visit, findings, &files->lints[i]);
}

const struct rule rule_cert_lint = { "cert_lint", LAYER_CERTIFICATE, cert_lint_check };
