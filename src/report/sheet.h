/* The tables of an audit as data, made once and shown as text, Markdown and HTML. Texts of peers are raw:
 * each renderer escapes. Made in a scratch arena of the renderer. */
#ifndef WHY_REPORT_SHEET_H
#define WHY_REPORT_SHEET_H

#include "assess/assess.h"
#include "report/page.h"

enum { SHEET_COLUMNS = 7 };

struct cell {
	const char *text;
	enum paint paint;
};

struct sheet_row {
	struct cell cells[SHEET_COLUMNS];
};

struct sheet {
	const char *id, *title;
	const char *note;               /* below the title; NULL for none */
	const char *columns[SHEET_COLUMNS];
	size_t n_columns;
	bool last_joins;                /* where the page is narrow, the last column goes into the one before it, in brackets */
	struct sheet_row *rows;
	size_t n_rows, cap_rows;
};

struct sheets {
	struct arena *arena;
	struct sheet **items;
	size_t n, cap;
};

/* All tables of an audited diagnosis, those without rows left out. */
void sheets_of_audit(struct sheets *sheets, const struct diagnosis *d);
/* The clients as a table, for any diagnosis. */
void sheets_of_clients(struct sheets *sheets, const struct diagnosis *d);

/* What lies in the files that were named; nothing where none were. */
/* `verbose`: also what lint notes of certificates that its rules do not bind. */
void sheets_of_files(struct sheets *sheets, const struct diagnosis *d, bool verbose);
void sheet_of_lint(struct sheets *sheets, const struct lint_report *report);

/* The sheet as a page of this width wants it. */
const struct sheet *sheet_for_width(struct sheets *sheets, const struct sheet *sheet, size_t width);
/* As text of the page's width; columns that do not fit become lines of their own. */
void page_sheet(const struct page *page, const struct sheet *sheet);

/* The parts: sheet_tls.c, sheet_other.c. */
struct sheet *sheet_add(struct sheets *sheets, const char *id, const char *title);
struct sheet_row *sheet_row_add(struct sheets *sheets, struct sheet *sheet);
struct cell cell_of(const char *text, enum paint paint);
struct cell cell_tri(enum tri value, enum tri good);    /* TRI_UNKNOWN for `good`: neither is */
void sheets_of_tls(struct sheets *sheets, const struct assessed *one);
void sheets_of_certificates(struct sheets *sheets, const struct diagnosis *d);
void sheets_of_habits(struct sheets *sheets, const struct assessed *one);
void sheets_of_vulnerabilities(struct sheets *sheets, const struct assessed *one);
/* "Mozilla ..., intermediate: does not comply", and what it stands on: broken rules that count, else those not known. */
const char *compliance_summary(struct arena *arena, const struct compliance *compliance);
size_t compliance_reasons(struct arena *arena, const struct compliance *compliance, const char **reasons, size_t cap);
void sheets_of_compliance(struct sheets *sheets, const struct assessment *a);

#endif
