/* The graded report for people: does it work, is it secure, what to change (worst first, with the lines
 * to write), then everything that was seen. */
#include "report/text_audit.h"

#include <stdio.h>

#include "assess/assess.h"
#include "report/lines.h"
#include "report/names.h"
#include "report/sheet.h"

static const char *const servers[] = { "nginx", "apache", "haproxy", "caddy" };

enum { EVIDENCE_SHOWN = 3, EVIDENCE_VERBOSE = 40, REASONS_MAX = 5 };

static enum paint severity_paint(enum severity severity)
{
	return severity >= SEVERITY_HIGH ? PAINT_BAD : severity >= SEVERITY_LOW ? PAINT_WARN : PAINT_DIM;
}

static enum paint letter_paint(enum grade_letter letter)
{
	return letter == GRADE_UNKNOWN ? PAINT_DIM : letter <= GRADE_A_MINUS ? PAINT_GOOD : letter <= GRADE_C ? PAINT_WARN : PAINT_BAD;
}

/* ---- is it secure --------------------------------------------------------------------------------------- */

static void grade_line(const struct page *page, const struct grade *grade)
{
	char line[200];

	page_label(page, "Secure");
	if (grade->letter == GRADE_UNKNOWN) {
		paint_str(page, PAINT_DIM, "grade unknown");
		out_char(page->out, '\n');
		return;
	}
	paint_str(page, letter_paint(grade->letter), grade_letter_name(grade->letter));
	*line = '\0';
	if (grade->has_score)
		snprintf(line, sizeof line, ", %d of 100 (protocols %d, key exchange %d, ciphers %d)", grade->score, grade->protocol,
			 grade->key_exchange, grade->cipher);
	page_text(page, line, page_indent(page), page_indent(page) + strlen(grade_letter_name(grade->letter)));
	if (grade->without_trust != grade->letter) {
		snprintf(line, sizeof line, "%s if trust is left aside", grade_letter_name(grade->without_trust));
		page_field(page, NULL, line);
	}
}

static void grade_reasons(const struct page *page, const struct grade *grade)
{
	size_t most = page->options->verbose ? 100 : 8, n_unknown = page->options->verbose ? 100 : 2;

	for (size_t i = 0; i < grade->n_capped_by && i < most; i++)
		page_field(page, NULL, grade->capped_by[i]);
	for (size_t i = 0; i < grade->n_unknown && i < n_unknown; i++) {
		struct out line = { 0 };

		out_printf(&line, "not known: %s", grade->unknown[i]);
		page_field(page, NULL, line.text);
		out_release(&line);
	}
	if (grade->n_unknown > n_unknown) {
		char line[80];

		snprintf(line, sizeof line, "and %zu more that are not known (-v)", grade->n_unknown - n_unknown);
		page_field(page, NULL, line);
	}
}

static void secure(const struct page *page, const struct assessment *a)
{
	if (!a->shown) {
		page_field(page, "Secure", "unknown: no address could be audited");
		return;
	}
	grade_line(page, &a->shown->grade);
	grade_reasons(page, &a->shown->grade);
	for (size_t i = 0; a->n_addresses > 1 && i < a->n_addresses; i++) {
		const struct assessed *one = &a->addresses[i];
		const char *letter = grade_letter_name(one->grade.letter);
		char line[160];

		snprintf(line, sizeof line, "%.80s: %s%s", one->audit->endpoint ? one->audit->endpoint->text : "?",
			 letter ? letter : "unknown", one == a->shown ? " (shown below)" : "");
		page_field(page, NULL, line);
	}
	if (a->shown->audit->gave_up) {
		struct out line = { 0 };

		out_printf(&line, "The audit was stopped: %s. What was not asked is unknown.", a->shown->audit->gave_up);
		page_field(page, NULL, line.text);
		out_release(&line);
	}
}

/* ---- what to change ---------------------------------------------------------------------------------------- */

static void lines_put(const struct page *page, const char *title, const char *text, size_t indent)
{
	out_repeat(page->out, " ", indent);
	paint_str(page, PAINT_STRONG, title);
	out_str(page->out, ":\n");
	while (*text) {
		size_t n = strcspn(text, "\n");

		out_repeat(page->out, " ", indent + 2);
		out_bytes(page->out, text, n);
		out_char(page->out, '\n');
		text += n + (text[n] == '\n');
	}
}

static const char *server_seen(const struct diagnosis *d)
{
	struct span banner = span_str(d->evidence->visit->http.server);

	for (size_t i = 0; i < COUNT_OF(servers); i++)
		if (span_find_nocase(banner, span_str(servers[i])) >= 0)
			return servers[i];
	return NULL;
}

static void fixes(const struct page *page, const struct diagnosis *d, const struct change *change, size_t indent)
{
	const struct target *target = &d->evidence->visit->target;
	const struct kb_fix *list[LINES_FIXES_MAX];
	size_t n = lines_fixes(target, change->fix_id, page->options->verbose ? NULL : server_seen(d), list);

	for (size_t i = 0; i < n; i++)
		lines_put(page, *list[i]->title ? list[i]->title : "how", lines_text(d->evidence->arena, target, list[i]), indent);
}

static void weakness_put(const struct page *page, const struct weakness *w, size_t indent)
{
	size_t most = page->options->verbose ? EVIDENCE_VERBOSE : EVIDENCE_SHOWN, column = indent + 10;

	out_repeat(page->out, " ", indent);
	paint_padded(page, severity_paint(w->severity), severity_name(w->severity), 10);
	page_text(page, w->title, column, column);
	for (size_t i = 0; i < w->n_evidence && i < most; i++) {
		out_repeat(page->out, " ", column);
		paint_begin(page, PAINT_DIM);
		page_text(page, w->evidence[i], column, column);
		paint_end(page, PAINT_DIM);
	}
	if (w->n_evidence > most) {
		out_repeat(page->out, " ", column);
		out_printf(page->out, "and %zu more (-v)\n", w->n_evidence - most);
	}
}

static void changes(const struct page *page, const struct diagnosis *d)
{
	const struct assessment *a = d->assessment;
	size_t indent = page_is_narrow(page) ? 0 : 2;

	if (a->n_changes == 0)
		return;
	page_head(page, "What to change, worst first");
	for (size_t i = 0; i < a->n_changes; i++) {
		const struct change_group *group = &a->changes[i];

		out_printf(page->out, "%s%zu. ", i ? "\n" : "", i + 1);
		paint_str(page, PAINT_STRONG, group->change->title);
		out_char(page->out, '\n');
		for (size_t k = 0; k < group->n; k++)
			weakness_put(page, group->items[k], indent);
		if (group->severity > SEVERITY_INFO || page->options->verbose)
			fixes(page, d, group->change, indent);
	}
}

/* ---- the whole ------------------------------------------------------------------------------------------------ */

static void cost(const struct page *page, const struct assessment *a)
{
	unsigned connections = 0, rounds = 0;
	double ms = 0;
	char line[200], time[24];

	for (size_t i = 0; i < a->n_addresses; i++) {
		connections += a->addresses[i].audit->n_connections;
		rounds += a->addresses[i].audit->n_rounds;
		ms += a->addresses[i].audit->elapsed_ms;
	}
	snprintf(line, sizeof line, "The audit took %u connections in %u rounds and %s.", connections, rounds, ms_format(time, ms));
	out_char(page->out, '\n');
	paint_begin(page, PAINT_DIM);
	page_text(page, line, 0, 0);
	paint_end(page, PAINT_DIM);
}

static void secure_quiet(const struct page *page, const struct assessment *a, struct arena *arena)
{
	const char *letter = a->shown ? grade_letter_name(a->shown->grade.letter) : NULL;

	out_printf(page->out, "Grade %s\n", letter ? letter : "unknown");
	if (a->compliance)
		page_text(page, compliance_summary(arena, a->compliance), 0, 0);
}

/* --fix knows Mozilla's two, for web servers. */
static bool has_configuration(const struct assessment *a)
{
	return target_is_http(&a->diagnosis->evidence->visit->target) && (strcmp(a->compliance->profile, "mozilla-modern") == 0 ||
									  strcmp(a->compliance->profile, "mozilla-intermediate") == 0);
}

/* Why the exit status is what it is. */
static void profile(const struct page *page, const struct assessment *a, struct arena *arena)
{
	const char *reasons[REASONS_MAX + 1];
	size_t n;

	if (!a->compliance)
		return;
	n = compliance_reasons(arena, a->compliance, reasons, COUNT_OF(reasons));
	page_field(page, "Profile", compliance_summary(arena, a->compliance));
	for (size_t i = 0; i < n && i < REASONS_MAX; i++)
		page_field(page, NULL, reasons[i]);
	if (n > REASONS_MAX)
		page_field(page, NULL, "and more: the table below");
	if (a->compliance->complies == TRI_NO && has_configuration(a))
		page_field(page, NULL, arena_printf(arena, "A configuration that keeps it: --profile %s --fix nginx (or apache, haproxy, caddy)",
						    a->compliance->profile));
}

void text_audit(const struct page *page, const struct diagnosis *d)
{
	struct sheets sheets = { .arena = arena_new((size_t)64 << 20) };

	if (page->options->quiet) {
		secure_quiet(page, d->assessment, sheets.arena);
	} else {
		secure(page, d->assessment);
		profile(page, d->assessment, sheets.arena);
		changes(page, d);
		sheets_of_audit(&sheets, d);
		for (size_t i = 0; i < sheets.n; i++)
			page_sheet(page, sheet_for_width(&sheets, sheets.items[i], page->width));
		page_clients(page, d, page->options->verbose);
		if (page->options->verbose)
			page_layers(page, d);
		cost(page, d->assessment);
	}
	arena_free(sheets.arena);
}
