/* The table of lints.def, and running it. */
#include "lint/lint.h"

#include <string.h>

#include "base/attr.h"
#include "base/timeutil.h"

const char lint_not_applicable[] = "not applicable";

const struct lint_row lint_rows[] = {
#define LINT(name, severity, source, from, title) { #name, SEVERITY_##severity, source, from, title, lint_##name },
#include "lint/lints.def"
#undef LINT
};
const size_t n_lint_rows = COUNT_OF(lint_rows);

const struct cert_extension *lint_extension(const struct lint_case *c, struct span oid)
{
	return cert_extension_find(c->cert, oid);
}

const char *lint_quoted(const struct lint_case *c, struct span text)
{
	return arena_strn(c->arena, text.p ? text.p : (const uint8_t *)"", text.n < 200 ? text.n : 200);
}

/* 20260315 as seconds. */
static int64_t day_unix(unsigned day)
{
	return unix_from_civil((struct civil){ .year = day / 10000, .month = (int)(day / 100 % 100), .day = (int)(day % 100) });
}

/* A first date that cannot be read is 0; a second one that cannot says nothing about the day of issue. */
static bool applies(const struct lint_row *row, const struct cert *cert)
{
	return row->from == 0 || cert->not_before_unix >= day_unix(row->from);
}

enum severity lint_severity(const struct lint_report *report, const struct lint_result *result)
{
	return report->is_note ? SEVERITY_INFO : result->row->severity;
}

/* One fault, one line: the rule in front is left out where one behind it says the same in more detail. */
static const struct { const char *id, *told_by; } told_by_others[] = {
	{ "der", "trailing_bytes" }, { "der", "version_3" }, { "der", "serial_minimal" }, { "der", "time_readable" },
	{ "der", "time_type" },
};

static bool has_failed(const struct lint_report *report, const char *id)
{
	for (size_t i = 0; i < report->n_failed; i++)
		if (strcmp(report->failed[i].row->id, id) == 0)
			return true;
	return false;
}

static bool is_told(const struct lint_report *report, const char *id)
{
	for (size_t i = 0; i < COUNT_OF(told_by_others); i++)
		if (strcmp(id, told_by_others[i].id) == 0 && has_failed(report, told_by_others[i].told_by))
			return true;
	return false;
}

static void leave_out_told(struct lint_report *report)
{
	size_t n = 0;

	for (size_t i = 0; i < report->n_failed; i++) {
		struct lint_result one = report->failed[i];

		if (is_told(report, one.row->id))
			report->n_not_applicable++;
		else
			report->failed[n++] = one;
	}
	report->n_failed = n;
}

struct lint_report lint_certificate(struct arena *arena, const struct cert *cert, const struct cert *issuer)
{
	struct lint_report report = { .cert = cert };
	struct lint_case c = { .arena = arena, .cert = cert, .issuer = issuer };

	if (cert->is_decoded && !cert->bad_time && cert->not_after_unix >= cert->not_before_unix)
		c.days = (cert->not_after_unix - cert->not_before_unix + 86400) / 86400;
	for (size_t i = 0; i < n_lint_rows; i++) {
		const struct lint_row *row = &lint_rows[i];
		const char *detail = applies(row, cert) && (cert->is_decoded || row->check == lint_der) ? row->check(&c)
												      : LINT_NOT_APPLICABLE;

		if (!detail)
			report.n_passed++;
		else if (detail == LINT_NOT_APPLICABLE)
			report.n_not_applicable++;
		else
			*arena_push(arena, report.failed, report.n_failed, report.cap_failed) =
				(struct lint_result){ row, detail };
	}
	leave_out_told(&report);
	return report;
}
