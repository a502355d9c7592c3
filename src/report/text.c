/* The report for people: the root cause first (what, why we say so, who is affected, what to do),
 * then the layers, what else was found, and what each client shows. */
#include "report/page.h"

#include <stdio.h>

#include "assess/assess.h"
#include "kb/fixes.h"
#include "report/config.h"
#include "report/sheet.h"
#include "report/text_audit.h"

static const char *status_word(const struct page *page, enum status status)
{
	static const char *const plain[] = { "OK", "WARNING", "BROKEN", "SKIPPED" };
	static const char *const marked[] = { "✓ OK", "! WARNING", "✗ BROKEN", "· SKIPPED" };

	return (page->options->unicode ? marked : plain)[status];
}

static void headline(const struct page *page, const struct diagnosis *d)
{
	const char *word = status_word(page, d->status);
	size_t taken = text_width(word) + 2;

	paint_str(page, paint_of_status(d->status), word);
	out_str(page->out, "  ");
	page_text(page, d->summary, page_is_narrow(page) ? 2 : taken, taken);
}

/* ---- the root cause ----------------------------------------------------------------------------- */

static void cause_line(const struct page *page, const struct finding *f)
{
	char line[512];

	snprintf(line, sizeof line, "%s (%s)%s%s", f->id, f->confidence ? f->confidence : "certain",
		 f->visit && f->visit->target.host && *f->visit->target.host ? " at " : "",
		 f->visit && f->visit->target.host ? f->visit->target.host : "");
	page_field(page, "Cause", line);
}

static void why(const struct page *page, const struct finding *f)
{
	for (size_t i = 0; i < f->n_evidence && i < 12; i++)
		page_field(page, i == 0 ? "Why" : NULL, f->evidence[i]);
}

/* Commands are not wrapped: they are to be copied. */
static void shows(const struct page *page, const struct finding *f)
{
	char safe[PAGE_TEXT_MAX];

	if (!f->shows)
		return;
	page_label(page, "Show");
	out_printf(page->out, "$ %s\n", safe_copy(safe, sizeof safe, span_str(f->shows)));
}

static const char *software_of(const struct visit *visit)
{
	static const char *const known[] = { "nginx", "apache", "caddy", "haproxy", "iis", "tomcat", "traefik", "envoy" };
	struct span server = span_str(visit ? visit->http.server : NULL);

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (span_find_nocase(server, span_str(known[i])) >= 0)
			return known[i];
	return NULL;
}

/* What to type, where the server told what it is. */
static void snippet(const struct page *page, const struct finding *f)
{
	const struct cause *cause = cause_find(f->id);
	const char *software = software_of(f->visit);
	const struct kb_fix *fix = cause && cause->fix_id && software ? kb_fix(cause->fix_id, software) : NULL;
	size_t indent = page_indent(page);

	if (!fix || !*fix->software)
		return;
	page_label(page, NULL);
	out_printf(page->out, "%s:\n", fix->title);
	for (const char *line = fix->text; *line;) {
		size_t n = strcspn(line, "\n");

		out_repeat(page->out, " ", indent + 2);
		out_bytes(page->out, line, n);
		out_char(page->out, '\n');
		line += n + (line[n] == '\n');
	}
}

static void fix(const struct page *page, const struct diagnosis *d)
{
	size_t indent = page_indent(page);

	if (!d->fix)
		return;
	page_label(page, "Fix");
	page_lines(page, d->fix, indent, indent);
	snippet(page, d->root);
}

static void see(const struct page *page, const struct finding *f)
{
	struct out line = { 0 };

	for (const char *const *r = f->references; r && *r; r++)
		out_printf(&line, "%s; ", *r);
	out_printf(&line, "why443 explain %s", f->id);
	page_field(page, "See", line.text);
	out_release(&line);
}

static void root(const struct page *page, const struct diagnosis *d)
{
	if (!d->root) {
		page_who(page, d);
		return;
	}
	cause_line(page, d->root);
	why(page, d->root);
	page_who(page, d);
	fix(page, d);
	shows(page, d->root);
	see(page, d->root);
}

/* ---- what else was found ------------------------------------------------------------------------- */

static const char *finding_word(const struct finding *f)
{
	return f->fails ? "broken" : f->severity > SEVERITY_INFO ? "warning" : "note";
}

static enum paint finding_paint(const struct finding *f)
{
	return f->fails ? PAINT_BAD : f->severity > SEVERITY_INFO ? PAINT_WARN : PAINT_DIM;
}

static void other(const struct page *page, const struct diagnosis *d, const struct finding *f)
{
	size_t indent = page_is_narrow(page) ? 2 : 11;

	if (!page_is_narrow(page))
		out_str(page->out, "  ");
	paint_padded(page, finding_paint(f), finding_word(f), 9);
	page_text(page, f->title, indent, page_is_narrow(page) ? 9 : 11);
	out_repeat(page->out, " ", indent);
	paint_begin(page, PAINT_DIM);
	out_str(page->out, f->id);
	if (f->explained_by)
		out_printf(page->out, ", follows from %s", f->explained_by->id);
	paint_end(page, PAINT_DIM);
	out_char(page->out, '\n');
	for (size_t i = 0; i < f->n_evidence && i < (page->options->verbose ? 8 : 1); i++) {
		out_repeat(page->out, " ", indent);
		page_text(page, f->evidence[i], indent, indent);
	}
	if (!f->fix || f->explained_by || (d->root && f->fix == d->root->fix))
		return;
	out_repeat(page->out, " ", indent);
	page_lines(page, f->fix, indent, indent);
}

static void others(const struct page *page, const struct diagnosis *d)
{
	bool any = false;

	for (size_t i = 0; i < d->findings.n; i++) {
		const struct finding *f = d->findings.items[i];

		if (f == d->root)
			continue;
		if (!any)
			page_head(page, "Also found");
		any = true;
		other(page, d, f);
	}
}

static bool is_anyone_stopped(const struct diagnosis *d)
{
	for (size_t i = 0; i < d->n_clients; i++)
		if (!d->clients[i].result.unknown && d->clients[i].result.outcome == CLIENT_ERROR)
			return true;
	return false;
}

/* Two answers: does it work, and for whom; is it secure. */
static void audited(const struct page *page, const struct diagnosis *d)
{
	if (!page->options->quiet) {
		out_char(page->out, '\n');
		page_field(page, "Works", d->status == STATUS_BROKEN ? "no, at least one of today's clients is stopped" :
			   is_anyone_stopped(d) ? "yes, but not for every client" : "yes");
		page_who(page, d);
		if (d->root && d->fix && d->status == STATUS_BROKEN) {
			cause_line(page, d->root);
			fix(page, d);
		}
	}
	text_audit(page, d);
}

static void files_shown(const struct page *page, const struct diagnosis *d)
{
	struct arena *arena = arena_new(0);
	struct sheets sheets = { .arena = arena };

	sheets_of_files(&sheets, d, page->options->verbose);
	for (size_t i = 0; i < sheets.n; i++)
		page_sheet(page, sheets.items[i]);
	arena_free(arena);
}

static void text_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct page page = page_of(out, options);

	/* --fix: the configuration alone, so that it can go into a file. */
	if (d->assessment && d->assessment->fix_for) {
		config_write(out, d);
		return;
	}
	headline(&page, d);
	if (d->assessment) {
		audited(&page, d);
		return;
	}
	if (options->quiet)
		return;
	if (d->root || d->n_clients > 0)
		out_char(out, '\n');
	root(&page, d);
	page_layers(&page, d);
	others(&page, d);
	files_shown(&page, d);
	page_clients(&page, d, options->verbose);
	if (options->verbose)
		page_attempts(&page, d);
}

static void clients_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct page page = page_of(out, options);

	headline(&page, d);
	if (!options->quiet)
		page_clients(&page, d, true);
}

const struct renderer renderer_text = { .name = "text", .media = "text/plain", .render = text_render };
const struct renderer renderer_clients = { .name = "clients", .media = "text/plain", .render = clients_render };
