/* Between the files that write the HTML report. */
#ifndef WHY_REPORT_HTML_PARTS_H
#define WHY_REPORT_HTML_PARTS_H

#include "report/sheet.h"
#include "report/xml.h"

extern const char html_style[];         /* the content of <style> */

/* html_pictures.c: inline SVG beside words that say the same. */
void html_grade(struct out *out, const struct grade *grade);
void html_validity(struct out *out, struct arena *arena, const struct diagnosis *d);
void html_chain(struct out *out, struct arena *arena, const struct diagnosis *d);
void html_clients(struct out *out, const struct diagnosis *d);
/* "good", "warn", "bad", "dim", "strong" or "". */
const char *html_class(enum paint paint);

#endif
