/* What each client gets and shows: the table, and the sentence that sums it up. */
#include "evidence/host.h"
#include "report/page.h"

#include <stdio.h>

#include "kb/names.h"

enum { NAME_COLUMNS_MAX = 28, OUTCOME_COLUMNS = 9, GO_COLUMNS = 8 };

/* Which rows, and how wide the first column is for them. */
struct table {
	const struct page *page;
	const struct diagnosis *d;
	bool whole;             /* older versions and the unknown too, with the messages */
	size_t name_columns;
};

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

/* An earlier row has a newer version of it. */
static bool is_older(const struct diagnosis *d, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (strcmp(d->clients[k].client->title, d->clients[i].client->title) == 0)
			return true;
	return false;
}

static bool is_shown(const struct table *t, size_t i)
{
	return t->whole || (!is_older(t->d, i) && !t->d->clients[i].result.unknown);
}

static size_t name_columns(const struct table *t)
{
	size_t widest = 8;

	for (size_t i = 0; i < t->d->n_clients; i++) {
		char name[64];
		size_t n = is_shown(t, i) ? text_width(name_of(&t->d->clients[i], name, sizeof name)) : 0;

		widest = n > widest ? n : widest;
	}
	return (widest < NAME_COLUMNS_MAX ? widest : NAME_COLUMNS_MAX) + 2;
}

static void row_wide(const struct table *t, const struct client_row *row)
{
	const struct page *page = t->page;
	char name[64], what[PAGE_TEXT_MAX];
	size_t indent = 2 + t->name_columns + OUTCOME_COLUMNS + GO_COLUMNS;

	out_str(page->out, "  ");
	paint_padded(page, row->client->is_mainstream ? PAINT_STRONG : PAINT_NONE, name_of(row, name, sizeof name),
		     t->name_columns);
	paint_padded(page, outcome_paint(&row->result), outcome_word(&row->result), OUTCOME_COLUMNS);
	paint_padded(page, PAINT_NONE, go_on(&row->result), GO_COLUMNS);
	page_text(page, shown(&row->result, what, sizeof what), indent, indent);
}

static void row_narrow(const struct table *t, const struct client_row *row)
{
	const struct page *page = t->page;
	char name[64], what[PAGE_TEXT_MAX];
	const char *go = go_on(&row->result);

	paint_padded(page, row->client->is_mainstream ? PAINT_STRONG : PAINT_NONE, name_of(row, name, sizeof name),
		     t->name_columns);
	paint_str(page, outcome_paint(&row->result), outcome_word(&row->result));
	if (*go)
		out_printf(page->out, ", go on: %s", go);
	out_str(page->out, "\n  ");
	page_text(page, shown(&row->result, what, sizeof what), 2, 2);
}

static void row_message(const struct table *t, const struct client_row *row)
{
	size_t indent = page_is_narrow(t->page) ? 4 : 2 + t->name_columns;

	if (row->result.unknown || !row->result.message || !row->result.error)
		return;
	out_repeat(t->page->out, " ", indent);
	page_text(t->page, row->result.message, indent, indent);
}

static void table_head(const struct table *t)
{
	page_head(t->page, "Clients");
	if (page_is_narrow(t->page))
		return;
	paint_begin(t->page, PAINT_DIM);
	out_printf(t->page->out, "  %-*s%-*s%-*s%s", (int)t->name_columns, "client", OUTCOME_COLUMNS, "outcome", GO_COLUMNS,
		   "go on?", "shows");
	paint_end(t->page, PAINT_DIM);
	out_char(t->page->out, '\n');
}

static void table_foot(const struct table *t, size_t n_left_out)
{
	size_t indent = page_is_narrow(t->page) ? 0 : 2;
	char line[80];

	if (n_left_out == 0)
		return;
	snprintf(line, sizeof line, "%zu more, older or not decided: why443 clients", n_left_out);
	out_repeat(t->page->out, " ", indent);
	paint_begin(t->page, PAINT_DIM);
	page_text(t->page, line, indent, indent);
	paint_end(t->page, PAINT_DIM);
}

void page_clients(const struct page *page, const struct diagnosis *d, bool whole)
{
	struct table t = { page, d, whole, 0 };
	size_t n_left_out = 0;

	if (d->n_clients == 0)
		return;
	t.name_columns = name_columns(&t);
	table_head(&t);
	for (size_t i = 0; i < d->n_clients; i++) {
		if (!is_shown(&t, i)) {
			n_left_out++;
			continue;
		}
		if (page_is_narrow(page))
			row_narrow(&t, &d->clients[i]);
		else
			row_wide(&t, &d->clients[i]);
		if (whole)
			row_message(&t, &d->clients[i]);
	}
	table_foot(&t, n_left_out);
}

static bool is_of(const struct client_result *r, int kind)
{
	if (r->unknown)
		return kind == 3;
	return kind == (r->outcome == CLIENT_ERROR ? 0 : r->outcome == CLIENT_WARNING ? 1 : 2);
}

/* Named once for each outcome, however many versions there are. */
static bool is_named(const struct diagnosis *d, size_t i, int kind)
{
	for (size_t k = 0; k < i; k++)
		if (is_of(&d->clients[k].result, kind) &&
		    strcmp(d->clients[k].client->title, d->clients[i].client->title) == 0)
			return true;
	return false;
}

/* "Java" where all its versions fare alike or the newest does; "Java 7" where only an older one does. */
static void name_add(struct out *list, const struct diagnosis *d, size_t i, const char *before)
{
	const struct client *c = d->clients[i].client;

	out_printf(list, "%s%s", before, c->title);
	if (is_older(d, i) && c->version)
		out_printf(list, " %s", c->version);
}

/* Seen from the machine itself all is well; those outside are stopped. */
static bool stops_others(const struct diagnosis *d)
{
	const struct finding *root = d->root;

	if (!root || !root->fails || root->layer != LAYER_HOST || !d->evidence->host || d->evidence->host->is_out)
		return false;
	for (size_t i = 0; i < d->n_clients; i++)
		if (is_of(&d->clients[i].result, 0))
			return false;
	return true;
}

void page_who(const struct page *page, const struct diagnosis *d)
{
	static const char *const words[] = { "stopped: ", "warned: ", "not affected: ", "not known: " };
	const char *label = "Who";

	if (stops_others(d)) {
		page_field(page, label, d->evidence->host->is_probed ?
			   "stopped: whoever connects from outside; what was tried from this machine itself gets through" :
			   "stopped: whoever connects; nothing was tried from here");
		return;
	}
	for (int kind = 0; kind < 4; kind++) {
		struct out list = { 0 };

		for (size_t i = 0; i < d->n_clients; i++)
			if (is_of(&d->clients[i].result, kind) && !is_named(d, i, kind))
				name_add(&list, d, i, list.n ? ", " : words[kind]);
		if (list.n) {
			page_field(page, label, list.text);
			label = NULL;
		}
		out_release(&list);
	}
}
