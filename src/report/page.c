/* See page.h. */
#include "report/page.h"

#include <stdio.h>

enum { LABEL_COLUMNS = 8, NARROW_INDENT = 2 };

struct page page_of(struct out *out, const struct report_options *options)
{
	size_t width = options->width ? options->width : 80;

	width = width < PAGE_MIN ? PAGE_MIN : width > PAGE_MAX ? PAGE_MAX : width;
	/* One line is one line, for scripts. */
	if (options->quiet)
		width = SIZE_MAX / 2;
	return (struct page){ .out = out, .options = options, .width = width };
}

bool page_is_narrow(const struct page *page)
{
	return page->width < PAGE_NARROW;
}

size_t page_indent(const struct page *page)
{
	return page_is_narrow(page) ? NARROW_INDENT : LABEL_COLUMNS;
}

/* Words longer than a line (fingerprints, URLs) get a blank where the line ends: text that the
 * terminal breaks by itself would leave the column. */
static void long_words_split(struct out *out, const char *text, size_t room)
{
	size_t column = 0;

	for (; *text; text++) {
		bool is_start = ((uint8_t)*text & 0xc0) != 0x80;

		if (*text == ' ') {
			column = 0;
		} else if (is_start && column++ == room) {
			out_char(out, ' ');
			column = 1;
		}
		out_char(out, *text);
	}
}

static void wrapped(const struct page *page, struct span text, size_t indent, size_t first)
{
	size_t room = page->width > indent + 8 ? page->width - indent : 8;
	char safe[PAGE_TEXT_MAX];
	struct out split = { 0 };

	long_words_split(&split, safe_copy(safe, sizeof safe, text), room);
	out_wrapped(page->out, split.text ? split.text : "", indent, page->width, first);
	out_release(&split);
}

void page_text(const struct page *page, const char *text, size_t indent, size_t first)
{
	wrapped(page, span_str(text ? text : ""), indent, first);
}

void page_lines(const struct page *page, const char *text, size_t indent, size_t first)
{
	for (;;) {
		size_t n = strcspn(text, "\n"), blanks = strspn(text, " ");

		blanks = blanks < n ? blanks : n;
		out_repeat(page->out, " ", blanks);
		wrapped(page, span_of(text + blanks, n - blanks), indent + blanks, first + blanks);
		text += n;
		if (!*text || !text[1])
			return;
		text++;
		out_repeat(page->out, " ", indent);
		first = indent;
	}
}

void page_label(const struct page *page, const char *label)
{
	if (!label) {
		out_repeat(page->out, " ", page_indent(page));
	} else if (page_is_narrow(page)) {
		paint_str(page, PAINT_HEAD, label);
		out_char(page->out, '\n');
		out_repeat(page->out, " ", NARROW_INDENT);
	} else {
		paint_padded(page, PAINT_HEAD, label, LABEL_COLUMNS);
	}
}

void page_field(const struct page *page, const char *label, const char *text)
{
	size_t indent = page_indent(page);

	page_label(page, label);
	page_text(page, text, indent, indent);
}

void page_head(const struct page *page, const char *title)
{
	out_char(page->out, '\n');
	paint_str(page, PAINT_HEAD, title);
	out_char(page->out, '\n');
}

const char *ms_format(char *buffer, double ms)
{
	if (ms >= 10000)
		snprintf(buffer, 24, "%.0f s", ms / 1000);
	else if (ms >= 1000)
		snprintf(buffer, 24, "%.1f s", ms / 1000);
	else if (ms >= 10)
		snprintf(buffer, 24, "%.0f ms", ms);
	else
		snprintf(buffer, 24, "%.1f ms", ms > 0 ? ms : 0);
	return buffer;
}
