/* What each client gets and shows: the table, and the sentence that sums it up. */
#include "report/page.h"

#include <stdio.h>

#include "kb/names.h"

enum { NAME_COLUMNS = 18, OUTCOME_COLUMNS = 9, GO_COLUMNS = 8 };

static const char *outcome_word(const struct client_result *r)
{
	static const char *const words[] = { "ok", "warning", "error" };

	return r->unknown ? "unknown" : words[r->outcome];
}

static enum paint outcome_paint(const struct client_result *r)
{
	static const enum paint paints[] = { PAINT_GOOD, PAINT_WARN, PAINT_BAD };

	return r->unknown ? PAINT_DIM : paints[r->outcome];
}

/* May the user go on? Only asked where something stops. */
static const char *go_on(const struct client_result *r)
{
	static const char *const words[] = { "", "no", "yes" };

	return r->unknown || r->outcome == CLIENT_OK ? "" : words[r->overridable];
}

static const char *name_of(const struct client_row *row, char *buffer, size_t cap)
{
	snprintf(buffer, cap, "%s%s%s", row->client->title, row->client->version ? " " : "",
		 row->client->version ? row->client->version : "");
	return buffer;
}

/* The code with its number, the page, or what it gets. */
static const char *shown(const struct client_result *r, char *buffer, size_t cap)
{
	const char *version = r->version ? kb_version_name(r->version) : NULL;
	const char *suite = r->suite ? kb_suite_name(r->suite) : NULL;

	if (r->unknown)
		snprintf(buffer, cap, "%s", r->unknown);
	else if (r->error && r->has_number && !strstr(r->error, "("))
		snprintf(buffer, cap, "%s (%lld)", r->error, (long long)r->number);
	else if (r->error)
		snprintf(buffer, cap, "%s", r->error);
	else if (r->page)
		snprintf(buffer, cap, "%s", r->page);
	else if (r->message)
		snprintf(buffer, cap, "%s", r->message);
	else
		snprintf(buffer, cap, "%s%s%s", version ? version : "the page", suite ? ", " : "", suite ? suite : "");
	return buffer;
}

static void row_wide(const struct page *page, const struct client_row *row)
{
	char name[64], what[PAGE_TEXT_MAX];
	size_t indent = 2 + NAME_COLUMNS + OUTCOME_COLUMNS + GO_COLUMNS;

	out_str(page->out, "  ");
	paint_padded(page, row->client->is_mainstream ? PAINT_STRONG : PAINT_NONE, name_of(row, name, sizeof name),
		     NAME_COLUMNS);
	paint_padded(page, outcome_paint(&row->result), outcome_word(&row->result), OUTCOME_COLUMNS);
	paint_padded(page, PAINT_NONE, go_on(&row->result), GO_COLUMNS);
	page_text(page, shown(&row->result, what, sizeof what), indent, indent);
}

static void row_narrow(const struct page *page, const struct client_row *row)
{
	char name[64], what[PAGE_TEXT_MAX];
	const char *go = go_on(&row->result);

	paint_padded(page, row->client->is_mainstream ? PAINT_STRONG : PAINT_NONE, name_of(row, name, sizeof name),
		     NAME_COLUMNS);
	paint_str(page, outcome_paint(&row->result), outcome_word(&row->result));
	if (*go)
		out_printf(page->out, ", go on: %s", go);
	out_str(page->out, "\n  ");
	page_text(page, shown(&row->result, what, sizeof what), 2, 2);
}

static void row_message(const struct page *page, const struct client_row *row)
{
	size_t indent = page_is_narrow(page) ? 4 : 2 + NAME_COLUMNS;

	if (row->result.unknown || !row->result.message || !row->result.error)
		return;
	out_repeat(page->out, " ", indent);
	page_text(page, row->result.message, indent, indent);
}

void page_clients(const struct page *page, const struct diagnosis *d, bool with_messages)
{
	if (d->n_clients == 0)
		return;
	page_head(page, "Clients");
	if (!page_is_narrow(page)) {
		paint_begin(page, PAINT_DIM);
		out_printf(page->out, "  %-*s%-*s%-*s%s", NAME_COLUMNS, "client", OUTCOME_COLUMNS, "outcome", GO_COLUMNS,
			   "go on?", "shows");
		paint_end(page, PAINT_DIM);
		out_char(page->out, '\n');
	}
	for (size_t i = 0; i < d->n_clients; i++) {
		if (page_is_narrow(page))
			row_narrow(page, &d->clients[i]);
		else
			row_wide(page, &d->clients[i]);
		if (with_messages)
			row_message(page, &d->clients[i]);
	}
}

static bool is_of(const struct client_result *r, int kind)
{
	if (r->unknown)
		return kind == 3;
	return kind == (r->outcome == CLIENT_ERROR ? 0 : r->outcome == CLIENT_WARNING ? 1 : 2);
}

void page_who(const struct page *page, const struct diagnosis *d)
{
	static const char *const words[] = { "stopped: ", "warned: ", "not affected: ", "not known: " };
	const char *label = "Who";

	for (int kind = 0; kind < 4; kind++) {
		struct out list = { 0 };

		for (size_t i = 0; i < d->n_clients; i++)
			if (is_of(&d->clients[i].result, kind))
				out_printf(&list, "%s%s", list.n ? ", " : words[kind], d->clients[i].client->title);
		if (list.n) {
			page_field(page, label, list.text);
			label = NULL;
		}
		out_release(&list);
	}
}
