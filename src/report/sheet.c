/* See sheet.h. Text: columns as wide as their widest cell; the widest of them gives way and wraps where
 * the page is too narrow; on a narrow page each row becomes lines of "column value". */
#include "report/sheet.h"

#include <stdio.h>

enum { GAP = 2, LEAST = 12, WIDE = 110 };

struct cell cell_of(const char *text, enum paint paint)
{
	return (struct cell){ text ? text : "", paint };
}

struct cell cell_tri(enum tri value, enum tri good)
{
	static const char *const words[] = { "unknown", "no", "yes" };

	if (value == TRI_UNKNOWN)
		return cell_of(words[value], PAINT_DIM);
	return cell_of(words[value], good == TRI_UNKNOWN ? PAINT_NONE : value == good ? PAINT_GOOD : PAINT_BAD);
}

struct sheet *sheet_add(struct sheets *s, const char *id, const char *title)
{
	struct sheet *sheet = arena_new_of(s->arena, struct sheet);

	sheet->id = id;
	sheet->title = title;
	return *arena_push(s->arena, s->items, s->n, s->cap) = sheet;
}

struct sheet_row *sheet_row_add(struct sheets *s, struct sheet *sheet)
{
	struct sheet_row *row = arena_push(s->arena, sheet->rows, sheet->n_rows, sheet->cap_rows);

	*row = (struct sheet_row){ 0 };
	return row;
}

static bool is_worth(const struct sheet *sheet)
{
	return sheet->n_rows > 0 || sheet->note;
}

void sheets_of_audit(struct sheets *s, const struct diagnosis *d)
{
	const struct assessment *a = d->assessment;
	size_t n = 0;

	sheets_of_compliance(s, a);
	if (a->shown) {
		sheets_of_tls(s, a->shown);
		sheets_of_certificates(s, d);
		sheets_of_habits(s, a->shown);
		sheets_of_vulnerabilities(s, a->shown);
	}
	for (size_t i = 0; i < s->n; i++)
		if (is_worth(s->items[i]))
			s->items[n++] = s->items[i];
	s->n = n;
}

/* ---- as text ------------------------------------------------------------------------------------------------ */

struct widths {
	size_t column[SHEET_COLUMNS];
	size_t n_shown;
	bool is_shown[SHEET_COLUMNS];
	size_t elastic;         /* the column that wraps */
};

static const char *safe_cell(const struct cell *cell, char *buffer)
{
	return safe_copy(buffer, PAGE_TEXT_MAX, span_str(cell->text ? cell->text : ""));
}

static void widths_measure(const struct sheet *sheet, struct widths *w)
{
	*w = (struct widths){ 0 };
	for (size_t c = 0; c < sheet->n_columns; c++) {
		size_t title = text_width(sheet->columns[c]);

		for (size_t r = 0; r < sheet->n_rows; r++) {
			char safe[PAGE_TEXT_MAX];
			size_t n = text_width(safe_cell(&sheet->rows[r].cells[c], safe));

			w->is_shown[c] |= n > 0;
			w->column[c] = n > w->column[c] ? n : w->column[c];
		}
		w->column[c] = title > w->column[c] ? title : w->column[c];
		/* A column in which nothing stands is left out. */
		w->n_shown += w->is_shown[c];
	}
}

static size_t widest_of(const struct sheet *sheet, const struct widths *w)
{
	size_t widest = 0;

	for (size_t c = 0; c < sheet->n_columns; c++)
		if (w->is_shown[c] && (!w->is_shown[widest] || w->column[c] > w->column[widest]))
			widest = c;
	return widest;
}

static size_t total_of(const struct sheet *sheet, const struct widths *w)
{
	size_t total = GAP;

	for (size_t c = 0; c < sheet->n_columns; c++)
		if (w->is_shown[c])
			total += w->column[c] + GAP;
	return total - GAP;
}

/* False: no sensible columns at this width. */
static bool widths_fit(const struct sheet *sheet, struct widths *w, size_t width)
{
	size_t total = total_of(sheet, w);

	/* The widest gives first; what it cannot give the next one does. */
	for (int round = 0; round < 3 && total > width; round++) {
		size_t widest = widest_of(sheet, w), over = total - width;
		size_t least = LEAST + (w->column[widest] > 60 ? 14 : 0);

		if (w->column[widest] <= least)
			return false;
		w->column[widest] = w->column[widest] > over + least ? w->column[widest] - over : least;
		total = total_of(sheet, w);
	}
	return total <= width;
}

struct piece {
	const char *rest;
	size_t n;
};

/* The next line's worth of a cell: whole words (suites break behind an underscore, compounds behind a hyphen), or a cut word where it is longer than the column. */
static struct piece piece_next(const char **text, size_t columns)
{
	struct piece piece = { *text, 0 };
	size_t last_blank = 0, taken = 0, at = 0;

	while ((*text)[at]) {
		size_t step = 1;

		while (((uint8_t)(*text)[at + step] & 0xc0) == 0x80)
			step++;
		if (taken + 1 > columns)
			break;
		if ((*text)[at] == ' ')
			last_blank = at;
		else if (strchr("_-", (*text)[at]) && at + 1 < columns)
			last_blank = at + 1;
		taken++;
		at += step;
	}
	if ((*text)[at] && (*text)[at] != ' ' && last_blank > 0)
		at = last_blank;
	piece.n = at;
	*text += at;
	*text += strspn(*text, " ");
	return piece;
}

static void row_wide(const struct page *page, const struct sheet *sheet, const struct widths *w, const struct sheet_row *row)
{
	char safe[SHEET_COLUMNS][PAGE_TEXT_MAX];
	const char *rest[SHEET_COLUMNS];
	bool any = true;

	for (size_t c = 0; c < sheet->n_columns; c++)
		rest[c] = safe_cell(&row->cells[c], safe[c]);
	while (any) {
		size_t owed = GAP;

		any = false;
		for (size_t c = 0; c < sheet->n_columns; c++) {
			struct piece piece;
			char text[PAGE_TEXT_MAX];

			if (!w->is_shown[c])
				continue;
			piece = piece_next(&rest[c], w->column[c]);
			any |= *rest[c] != '\0';
			snprintf(text, sizeof text, "%.*s", (int)piece.n, piece.rest);
			if (*text) {
				out_repeat(page->out, " ", owed);
				paint_str(page, row->cells[c].paint, text);
				owed = 0;
			}
			owed += w->column[c] - (text_width(text) < w->column[c] ? text_width(text) : w->column[c]) + GAP;
		}
		out_char(page->out, '\n');
	}
}

static void head_wide(const struct page *page, const struct sheet *sheet, const struct widths *w)
{
	struct out line = { 0 };

	out_repeat(&line, " ", GAP);
	for (size_t c = 0; c < sheet->n_columns; c++) {
		if (!w->is_shown[c])
			continue;
		out_str(&line, sheet->columns[c]);
		out_repeat(&line, " ", w->column[c] - text_width(sheet->columns[c]) + GAP);
	}
	while (line.n > 0 && line.text[line.n - 1] == ' ')
		line.text[--line.n] = '\0';
	paint_str(page, PAINT_DIM, line.text ? line.text : "");
	out_char(page->out, '\n');
	out_release(&line);
}

/* The first columns on one line, as far as they are short; the rest below. */
static void row_narrow(const struct page *page, const struct sheet *sheet, const struct widths *w, const struct sheet_row *row)
{
	size_t taken = 2;

	out_str(page->out, "  ");
	for (size_t c = 0; c < sheet->n_columns; c++) {
		char safe[PAGE_TEXT_MAX];
		size_t n = text_width(safe_cell(&row->cells[c], safe));

		if (!w->is_shown[c] || n == 0)
			continue;
		if (taken > 2 && taken + GAP + n > page->width) {
			out_str(page->out, "\n    ");
			taken = 4;
		} else if (taken > 2) {
			out_repeat(page->out, " ", GAP);
			taken += GAP;
		}
		if (taken + n <= page->width) {
			paint_str(page, row->cells[c].paint, safe);
			taken += n;
			continue;
		}
		page_text(page, row->cells[c].text, 4, taken);
		out_str(page->out, "    ");
		taken = 4;
	}
	out_char(page->out, '\n');
}

const struct sheet *sheet_for_width(struct sheets *sheets, const struct sheet *sheet, size_t width)
{
	struct sheet *copy;
	size_t last = sheet->n_columns - 1;

	if (!sheet->last_joins || width >= WIDE || last == 0)
		return sheet;
	copy = arena_new_of(sheets->arena, struct sheet);
	*copy = *sheet;
	copy->n_columns = last;
	copy->rows = arena_array(sheets->arena, struct sheet_row, sheet->n_rows);
	for (size_t r = 0; r < sheet->n_rows; r++) {
		const char *text = sheet->rows[r].cells[last].text, *before = sheet->rows[r].cells[last - 1].text;

		copy->rows[r] = sheet->rows[r];
		if (text && *text)
			copy->rows[r].cells[last - 1].text = arena_printf(sheets->arena, "%s%s(%s)", before ? before : "",
									  before && *before ? " " : "", text);
	}
	return copy;
}

void page_sheet(const struct page *page, const struct sheet *sheet)
{
	struct widths w;
	char safe[PAGE_TEXT_MAX];
	bool fits;

	page_head(page, safe_copy(safe, sizeof safe, span_str(sheet->title)));
	if (sheet->note) {
		out_str(page->out, "  ");
		paint_begin(page, PAINT_DIM);
		page_text(page, sheet->note, 2, 2);
		paint_end(page, PAINT_DIM);
	}
	widths_measure(sheet, &w);
	fits = widths_fit(sheet, &w, page->width);
	if (fits && sheet->n_rows > 0 && strcmp(sheet->columns[0], "what") != 0)
		head_wide(page, sheet, &w);
	for (size_t r = 0; r < sheet->n_rows; r++) {
		if (fits)
			row_wide(page, sheet, &w, &sheet->rows[r]);
		else
			row_narrow(page, sheet, &w, &sheet->rows[r]);
	}
}
