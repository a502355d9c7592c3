/* Colour as ECMA-48 SGR sequences, the eight colours every terminal has. */
#include "report/page.h"

static const char *const starts[] = {
	[PAINT_NONE] = "", [PAINT_BAD] = "\033[1;31m", [PAINT_WARN] = "\033[1;33m", [PAINT_GOOD] = "\033[32m",
	[PAINT_DIM] = "\033[2m", [PAINT_STRONG] = "\033[1m", [PAINT_HEAD] = "\033[1;36m",
};

enum paint paint_of_status(enum status status)
{
	static const enum paint paints[] = { PAINT_GOOD, PAINT_WARN, PAINT_BAD, PAINT_DIM };

	return paints[status];
}

void paint_begin(const struct page *page, enum paint paint)
{
	if (page->options->colour && paint != PAINT_NONE)
		out_str(page->out, starts[paint]);
}

void paint_end(const struct page *page, enum paint paint)
{
	if (page->options->colour && paint != PAINT_NONE)
		out_str(page->out, "\033[0m");
}

void paint_str(const struct page *page, enum paint paint, const char *text)
{
	paint_begin(page, paint);
	out_str(page->out, text);
	paint_end(page, paint);
}

void paint_padded(const struct page *page, enum paint paint, const char *text, size_t columns)
{
	size_t taken = text_width(text);

	paint_str(page, paint, text);
	out_repeat(page->out, " ", taken < columns ? columns - taken : 1);
}
