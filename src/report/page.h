/* Writing for people: a page of a given width with or without colour. Text from outside is escaped
 * here, before it is wrapped, and cut where it is too long for a person. */
#ifndef WHY_REPORT_PAGE_H
#define WHY_REPORT_PAGE_H

#include "report/report.h"

/* Narrower than this a page has no columns: labels and values stand on lines of their own. */
enum { PAGE_NARROW = 72, PAGE_MIN = 24, PAGE_MAX = 160, PAGE_TEXT_MAX = 1000 };

struct page {
	struct out *out;
	const struct report_options *options;
	size_t width;
};

enum paint { PAINT_NONE, PAINT_BAD, PAINT_WARN, PAINT_GOOD, PAINT_DIM, PAINT_STRONG, PAINT_HEAD };

struct page page_of(struct out *out, const struct report_options *options);
bool page_is_narrow(const struct page *page);
enum paint paint_of_status(enum status status);

/* colour.c: plain text where colour is off. */
void paint_begin(const struct page *page, enum paint paint);
void paint_end(const struct page *page, enum paint paint);
void paint_str(const struct page *page, enum paint paint, const char *text);
void paint_padded(const struct page *page, enum paint paint, const char *text, size_t columns);

/* Escapes and wraps, ends the line. `indent` blanks before further lines, `first` columns taken. */
void page_text(const struct page *page, const char *text, size_t indent, size_t first);
/* The same where line breaks are our own. */
void page_lines(const struct page *page, const char *text, size_t indent, size_t first);
/* "Why     text ..."; the label only where not NULL. */
void page_field(const struct page *page, const char *label, const char *text);
void page_label(const struct page *page, const char *label);
size_t page_indent(const struct page *page);
void page_head(const struct page *page, const char *title);
/* "3 ms", "1.2 s" into `buffer` of 24 bytes. */
const char *ms_format(char *buffer, double ms);

/* layers.c, table.c, attempts.c: parts of a page. */
void page_layers(const struct page *page, const struct diagnosis *d);
void page_clients(const struct page *page, const struct diagnosis *d, bool with_messages);
void page_who(const struct page *page, const struct diagnosis *d);
void page_attempts(const struct page *page, const struct diagnosis *d);

#endif
