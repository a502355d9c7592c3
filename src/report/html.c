/* One self-contained HTML file: no script, nothing loaded from anywhere (its own policy says so), all
 * texts of peers escaped. Reads on a phone, in the dark, on paper and by ear. */
#include <stdio.h>

#include "base/timeutil.h"
#include "report/lines.h"
#include "report/html_parts.h"
#include "report/names.h"


static enum paint severity_paint(enum severity severity)
{
	return severity >= SEVERITY_HIGH ? PAINT_BAD : severity >= SEVERITY_LOW ? PAINT_WARN : PAINT_DIM;
}

static void head(struct out *out, const struct diagnosis *d)
{
	const struct target *target = &d->evidence->visit->target;
	size_t n_addresses = d->evidence->from_file ? 0 : d->evidence->visit->n_endpoints;
	bool is_v6 = target->is_ip && strchr(target->host, ':');
	char when[RFC3339_LEN];

	out_str(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
		"base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	xml_text(out, target->host);
	out_printf(out, " - why443 %s</title>\n<style>\n%s</style>\n</head>\n<body>\n"
		   "<a class=\"skip\" href=\"#main\">To the report</a>\n<header>\n<h1>", d->assessment ? "audit" : "diagnosis", html_style);
	if (is_v6)
		out_char(out, '[');
	xml_text(out, d->evidence->from_file ? target->input : target->host);
	if (!d->evidence->from_file)
		out_printf(out, "%s:%u", is_v6 ? "]" : "", target->port);
	out_printf(out, "</h1>\n<p class=\"sub\">Looked at %s, %.1f s.%s", when_format(when, d->evidence->started_unix),
		   d->evidence->elapsed_ms / 1000, n_addresses > 0 ? " Addresses:" : "");
	for (size_t i = 0; i < n_addresses && i < 16; i++) {
		out_char(out, ' ');
		xml_text(out, d->evidence->visit->endpoints[i]->text);
	}
	out_str(out, "</p>\n</header>\n<main id=\"main\">\n");
}

static void works(struct out *out, const struct diagnosis *d)
{
	static const char *const words[] = { "Yes", "Yes, with warnings", "No", "Skipped" };
	size_t n_stopped = 0, n_known = 0;

	for (size_t i = 0; i < d->n_clients; i++) {
		n_known += d->clients[i].result.unknown == NULL;
		n_stopped += !d->clients[i].result.unknown && d->clients[i].result.outcome == CLIENT_ERROR;
	}
	out_printf(out, "<section class=\"card\"><h2>Does it work?</h2>\n<p class=\"verdict %s\">%s</p>\n<p>",
		   html_class(paint_of_status(d->status)), n_stopped > 0 && d->status == STATUS_OK
			? "Yes, but not for every client" : words[d->status]);
	xml_text(out, d->summary);
	out_str(out, "</p>\n");
	if (d->n_clients > 0)
		out_printf(out, "<p class=\"sub\">%zu of %zu clients are stopped. <a href=\"#clients\">Which?</a></p>\n", n_stopped,
			   n_known);
	if (d->root && d->fix) {
		out_str(out, "<p><span class=\"strong\">Fix:</span> ");
		xml_text(out, d->fix);
		out_str(out, "</p>\n");
	}
	out_str(out, "</section>\n");
}

static void texts(struct out *out, const char *const *items, size_t n, const char *before)
{
	if (n == 0)
		return;
	out_str(out, "<ul class=\"plain\">\n");
	for (size_t i = 0; i < n && i < 30; i++) {
		out_printf(out, "<li>%s", before);
		xml_text(out, items[i]);
		out_str(out, "</li>\n");
	}
	out_str(out, "</ul>\n");
}

static void secure(struct out *out, const struct assessment *a, struct arena *arena)
{
	const char *reasons[10];

	out_str(out, "<section class=\"card\"><h2>Is it secure?</h2>\n");
	if (a->shown) {
		html_grade(out, &a->shown->grade);
		texts(out, a->shown->grade.capped_by, a->shown->grade.n_capped_by, "");
		texts(out, a->shown->grade.unknown, a->shown->grade.n_unknown, "not known: ");
	} else {
		out_str(out, "<p>No address could be audited.</p>\n");
	}
	for (size_t i = 0; a->n_addresses > 1 && i < a->n_addresses; i++) {
		const char *letter = grade_letter_name(a->addresses[i].grade.letter);

		out_str(out, "<p class=\"sub\">");
		xml_text(out, a->addresses[i].audit->endpoint ? a->addresses[i].audit->endpoint->text : "?");
		out_printf(out, ": %s</p>\n", letter ? letter : "unknown");
	}
	if (a->compliance) {
		out_str(out, "<p><span class=\"strong\">Profile:</span> ");
		xml_text(out, compliance_summary(arena, a->compliance));
		out_str(out, "</p>\n");
		texts(out, reasons, compliance_reasons(arena, a->compliance, reasons, COUNT_OF(reasons)), "");
	}
	out_str(out, "</section>\n");
}

static void lines_for(struct out *out, const struct diagnosis *d, const char *fix_id)
{
	const struct target *target = &d->evidence->visit->target;
	const struct kb_fix *list[LINES_FIXES_MAX];
	size_t n = lines_fixes(target, fix_id, NULL, list);

	if (n == 0)
		return;
	out_str(out, "<div class=\"lines\">\n");
	for (size_t i = 0; i < n; i++) {
		const struct kb_fix *fix = list[i];

		out_str(out, "<details><summary>");
		xml_text(out, *fix->title ? fix->title : "how");
		out_str(out, "</summary><pre tabindex=\"0\">");
		/* Our own text, with line breaks that xml_text() would show as escapes. */
		for (const char *p = lines_text(d->evidence->arena, target, fix); *p; p++) {
			const char c[2] = { *p, '\0' };

			if (*p == '\n')
				out_char(out, '\n');
			else if (strchr("<>&\"'", *p))
				xml_text(out, c);
			else
				out_char(out, *p);
		}
		out_str(out, "</pre></details>\n");
	}
	out_str(out, "</div>\n");
}

/* An item of a list, up to its end, which may hold more. */
static void item_begin(struct out *out, enum severity severity, const char *title, const char *const *evidence, size_t n)
{
	out_printf(out, "<li><span class=\"tag %s\">%s</span>", html_class(severity_paint(severity)), severity_name(severity));
	xml_text(out, title);
	for (size_t i = 0; i < n && i < 20; i++) {
		out_str(out, "<p class=\"evidence\">");
		xml_text(out, evidence[i]);
		out_str(out, "</p>");
	}
}

static void changes(struct out *out, const struct diagnosis *d)
{
	const struct assessment *a = d->assessment;

	if (a->n_changes == 0)
		return;
	out_str(out, "<h2>What to change, worst first</h2>\n");
	for (size_t i = 0; i < a->n_changes; i++) {
		const struct change_group *group = &a->changes[i];

		out_printf(out, "<section class=\"card change\"><h3>%zu. ", i + 1);
		xml_text(out, group->change->title);
		out_str(out, "</h3>\n<ul>\n");
		for (size_t k = 0; k < group->n; k++) {
			item_begin(out, group->items[k]->severity, group->items[k]->title, group->items[k]->evidence,
				   group->items[k]->n_evidence);
			out_str(out, "</li>\n");
		}
		out_str(out, "</ul>\n");
		lines_for(out, d, group->change->fix_id);
		out_str(out, "</section>\n");
	}
}

static void findings(struct out *out, const struct diagnosis *d)
{
	if (d->findings.n == 0)
		return;
	out_str(out, "<h2>What was found</h2>\n<section class=\"card change\"><ul>\n");
	for (size_t i = 0; i < d->findings.n; i++) {
		const struct finding *f = d->findings.items[i];
		const struct cause *cause = cause_find(f->id);

		item_begin(out, f->severity, f->title, f->evidence, f->n_evidence);
		if (f->fix) {
			out_str(out, "<p><span class=\"strong\">Fix:</span> ");
			xml_text(out, f->fix);
			out_str(out, "</p>\n");
		}
		if (cause && cause->fix_id)
			lines_for(out, d, cause->fix_id);
		out_str(out, "</li>\n");
	}
	out_str(out, "</ul></section>\n");
}

static bool is_shown(const struct sheet *sheet, size_t column)
{
	for (size_t r = 0; r < sheet->n_rows; r++)
		if (sheet->rows[r].cells[column].text && *sheet->rows[r].cells[column].text)
			return true;
	return false;
}

static void sheet_put(struct out *out, const struct sheet *sheet)
{
	out_printf(out, "<section id=\"%s\"><h3>", sheet->id);
	xml_text(out, sheet->title);
	out_str(out, "</h3>\n");
	if (sheet->note) {
		out_str(out, "<p class=\"sub\">");
		xml_text(out, sheet->note);
		out_str(out, "</p>\n");
	}
	out_str(out, "<div class=\"scroll\"><table class=\"stack\"><thead><tr>");
	for (size_t c = 0; c < sheet->n_columns; c++)
		if (is_shown(sheet, c))
			out_printf(out, "<th scope=\"col\">%s</th>", sheet->columns[c]);
	out_str(out, "</tr></thead><tbody>\n");
	for (size_t r = 0; r < sheet->n_rows; r++) {
		out_str(out, "<tr>");
		for (size_t c = 0; c < sheet->n_columns; c++) {
			const struct cell *cell = &sheet->rows[r].cells[c];

			if (!is_shown(sheet, c))
				continue;
			out_printf(out, "<td class=\"%s\"", html_class(cell->paint));
			if (cell->text && *cell->text)
				xml_attribute(out, "data-label", sheet->columns[c]);
			out_char(out, '>');
			xml_text(out, cell->text);
			out_str(out, "</td>");
		}
		out_str(out, "</tr>\n");
	}
	out_str(out, "</tbody></table></div></section>\n");
}

static void html_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct sheets sheets = { .arena = arena_new((size_t)128 << 20) };

	(void)options;
	head(out, d);
	out_str(out, "<div class=\"answers\">\n");
	works(out, d);
	if (d->assessment)
		secure(out, d->assessment, d->evidence->arena);
	out_str(out, "</div>\n");
	if (d->assessment)
		changes(out, d);
	else
		findings(out, d);
	out_str(out, "<h2>Certificate</h2>\n");
	html_validity(out, sheets.arena, d);
	html_chain(out, sheets.arena, d);
	html_clients(out, d);
	if (d->assessment) {
		sheets_of_audit(&sheets, d);
		out_str(out, "<h2>Everything that was seen</h2>\n");
	}
	sheets_of_files(&sheets, d, true);
	for (size_t i = 0; i < sheets.n; i++)
		sheet_put(out, sheets.items[i]);
	out_str(out, "</main>\n<footer><p>Made by why443 " WHY443_VERSION ". What could not be seen is unknown, never assumed.</p>"
		"</footer>\n</body>\n</html>\n");
	arena_free(sheets.arena);
}

const struct renderer renderer_html = { .name = "html", .media = "text/html; charset=utf-8", .render = html_render };
