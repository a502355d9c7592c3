/* The layers as a ladder, lowest first: what each showed and how long it took. */
#include "report/page.h"

enum { STATUS_COLUMNS = 9, LAYER_COLUMNS = 13, TIME_COLUMNS = 9 };

static void time_right(const struct page *page, double ms, size_t column)
{
	char text[24];
	size_t n;

	if (ms <= 0)
		return;
	n = text_width(ms_format(text, ms));
	if (column + 1 + n < page->width)
		out_repeat(page->out, " ", page->width - column - n);
	else
		out_char(page->out, ' ');
	paint_str(page, PAINT_DIM, text);
}

static void layer_wide(const struct page *page, const struct layer_summary *row)
{
	size_t indent = 2 + STATUS_COLUMNS + LAYER_COLUMNS;
	struct page left = *page;
	struct out lines = { 0 };
	size_t first_n;

	out_str(page->out, "  ");
	paint_padded(page, paint_of_status(row->status), status_name(row->status), STATUS_COLUMNS);
	paint_padded(page, PAINT_NONE, layer_name(row->layer), LAYER_COLUMNS);
	left.width -= TIME_COLUMNS;
	left.out = &lines;
	page_text(&left, row->summary, indent, indent);
	/* The time belongs at the end of the first line, whatever follows. */
	first_n = lines.text ? strcspn(lines.text, "\n") : 0;
	out_bytes(page->out, lines.text ? lines.text : "", first_n);
	if (lines.text) {
		char *rest = lines.text + first_n;
		char cut = *rest;

		*rest = '\0';
		time_right(page, row->elapsed_ms, indent + text_width(lines.text));
		*rest = cut;
		out_str(page->out, rest);
	} else {
		out_char(page->out, '\n');
	}
	out_release(&lines);
}

static void layer_narrow(const struct page *page, const struct layer_summary *row)
{
	char text[24];

	paint_padded(page, paint_of_status(row->status), status_name(row->status), STATUS_COLUMNS);
	out_str(page->out, layer_name(row->layer));
	if (row->elapsed_ms > 0) {
		out_str(page->out, "  ");
		paint_str(page, PAINT_DIM, ms_format(text, row->elapsed_ms));
	}
	out_str(page->out, "\n  ");
	page_text(page, row->summary, 2, 2);
}

void page_layers(const struct page *page, const struct diagnosis *d)
{
	if (d->n_layers == 0 || (d->evidence->from_file && !d->evidence->visit->chain))
		return;
	page_head(page, "Layers");
	for (size_t i = 0; i < d->n_layers; i++) {
		/* Files have no other layers that could have been reached. */
		if (d->evidence->from_file && d->layers[i].status == STATUS_SKIPPED)
			continue;
		if (page_is_narrow(page))
			layer_narrow(page, &d->layers[i]);
		else
			layer_wide(page, &d->layers[i]);
	}
}
