/* Markdown with tables (GitHub's), for tickets and wikis. */
#include <stdio.h>

#include "report/lines.h"
#include "report/names.h"
#include "report/sheet.h"

/* Nothing of a peer may become markup: all of Markdown's own characters are escaped, and HTML's. */
static void md_text(struct out *out, const char *text)
{
	struct out safe = { 0 };

	out_safe(&safe, span_str(text ? text : ""));
	for (const char *p = safe.text ? safe.text : ""; *p; p++) {
		if (*p == '<')
			out_str(out, "&lt;");
		else if (*p == '&')
			out_str(out, "&amp;");
		else {
			if (strchr("\\`*_[]|~#!", *p))
				out_char(out, '\\');
			out_char(out, *p);
			/* "https://" would become a link of its own. */
			if (*p == ':' && p[1] == '/')
				out_str(out, "&#8203;");
		}
	}
	out_release(&safe);
}

static void md_sheet(struct out *out, const struct sheet *sheet)
{
	out_str(out, "\n### ");
	md_text(out, sheet->title);
	out_str(out, "\n\n");
	if (sheet->note) {
		md_text(out, sheet->note);
		out_str(out, "\n\n");
	}
	if (sheet->n_rows == 0)
		return;
	for (size_t c = 0; c < sheet->n_columns; c++)
		out_printf(out, "| %s ", sheet->columns[c]);
	out_str(out, "|\n");
	out_repeat(out, "|---", sheet->n_columns);
	out_str(out, "|\n");
	for (size_t r = 0; r < sheet->n_rows; r++) {
		for (size_t c = 0; c < sheet->n_columns; c++) {
			out_str(out, "| ");
			md_text(out, sheet->rows[r].cells[c].text);
			out_char(out, ' ');
		}
		out_str(out, "|\n");
	}
}

static void md_change(struct out *out, const struct diagnosis *d, const struct change_group *group, size_t nth)
{
	const struct target *target = &d->evidence->visit->target;
	const struct kb_fix *list[LINES_FIXES_MAX];
	size_t n = lines_fixes(target, group->change->fix_id, NULL, list);

	out_printf(out, "\n### %zu. %s\n\n", nth, group->change->title);
	for (size_t i = 0; i < group->n; i++) {
		const struct weakness *w = group->items[i];

		out_printf(out, "- **%s** ", severity_name(w->severity));
		md_text(out, w->title);
		out_char(out, '\n');
		for (size_t k = 0; k < w->n_evidence && k < 12; k++) {
			out_str(out, "  - ");
			md_text(out, w->evidence[k]);
			out_char(out, '\n');
		}
	}
	for (size_t i = 0; i < n; i++) {
		const struct kb_fix *fix = list[i];

		out_printf(out, "\n%s:\n\n```\n%s\n```\n", *fix->title ? fix->title : "how", lines_text(d->evidence->arena, target, fix));
	}
}

static void md_grade(struct out *out, const struct assessment *a, struct arena *arena)
{
	const struct grade *g = a->shown ? &a->shown->grade : NULL;
	const char *letter = g ? grade_letter_name(g->letter) : NULL;

	out_printf(out, "\n**Secure:** grade %s", letter ? letter : "unknown");
	if (g && g->has_score)
		out_printf(out, ", %d of 100 (protocols %d, key exchange %d, ciphers %d)", g->score, g->protocol, g->key_exchange,
			   g->cipher);
	out_char(out, '\n');
	for (size_t i = 0; g && i < g->n_capped_by; i++) {
		out_str(out, i ? "- " : "\n- ");
		md_text(out, g->capped_by[i]);
		out_char(out, '\n');
	}
	if (a->compliance) {
		const char *reasons[10];
		size_t n = compliance_reasons(arena, a->compliance, reasons, COUNT_OF(reasons));

		out_str(out, "\n**Profile:** ");
		md_text(out, compliance_summary(arena, a->compliance));
		out_char(out, '\n');
		for (size_t i = 0; i < n; i++) {
			out_str(out, i ? "- " : "\n- ");
			md_text(out, reasons[i]);
			out_char(out, '\n');
		}
	}
}

static void md_findings(struct out *out, const struct diagnosis *d)
{
	if (d->findings.n > 0)
		out_str(out, "\n## Findings\n");
	for (size_t i = 0; i < d->findings.n; i++) {
		const struct finding *f = d->findings.items[i];

		out_printf(out, "\n### %s\n\n", f->id);
		md_text(out, f->title);
		out_printf(out, " (%s)\n\n", severity_name(f->severity));
		for (size_t k = 0; k < f->n_evidence && k < 12; k++) {
			out_str(out, "- ");
			md_text(out, f->evidence[k]);
			out_char(out, '\n');
		}
		out_str(out, "\nFix: ");
		md_text(out, f->fix ? f->fix : "-");
		out_char(out, '\n');
	}
}

static void markdown_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct sheets sheets = { .arena = arena_new((size_t)128 << 20) };
	const struct assessment *a = d->assessment;

	(void)options;
	out_printf(out, "# ");
	md_text(out, d->evidence->from_file ? d->evidence->visit->target.input : d->evidence->visit->target.host);
	out_printf(out, "\n\n**Works:** %s: ", status_name(d->status));
	md_text(out, d->summary);
	out_char(out, '\n');
	if (a)
		md_grade(out, a, d->evidence->arena);
	if (a && a->n_changes > 0)
		out_str(out, "\n## What to change, worst first\n");
	for (size_t i = 0; a && i < a->n_changes; i++)
		md_change(out, d, &a->changes[i], i + 1);
	if (!a)
		md_findings(out, d);
	if (a)
		sheets_of_audit(&sheets, d);
	sheets_of_files(&sheets, d, true);
	sheets_of_clients(&sheets, d);
	out_str(out, "\n## What was seen\n");
	for (size_t i = 0; i < sheets.n; i++)
		md_sheet(out, sheets.items[i]);
	arena_free(sheets.arena);
}

const struct renderer renderer_markdown = { .name = "markdown", .media = "text/markdown", .render = markdown_render };
