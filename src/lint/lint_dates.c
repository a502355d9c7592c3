/* Dates: RFC 5280 4.1.2.5; how long a certificate may be valid, by its day of issue: BR 6.3.2 with the
 * schedule of ballot SC-081v3. A day has 86,400 seconds, both ends count, a fraction is a day. */
#include "lint/lint.h"
#include "base/attr.h"
#include "base/timeutil.h"

enum { YEAR_2050 = 2050 };

const char *lint_time_readable(const struct lint_case *c)
{
	return c->cert->bad_time ? "not Zulu time with seconds" : NULL;
}

static const char *type_fault(uint8_t type, int64_t unix_seconds)
{
	bool is_late = civil_from_unix(unix_seconds).year >= YEAR_2050;

	if (type == DER_GENERALIZED_TIME && !is_late)
		return "GeneralizedTime for a date before 2050";
	if (type == DER_UTC_TIME && is_late)
		return "UTCTime for a date after 2049";
	return NULL;
}

const char *lint_time_type(const struct lint_case *c)
{
	const char *fault;

	if (c->cert->bad_time)
		return LINT_NOT_APPLICABLE;
	fault = type_fault(c->cert->not_before_type, c->cert->not_before_unix);
	return fault ? fault : type_fault(c->cert->not_after_type, c->cert->not_after_unix);
}

const char *lint_time_order(const struct lint_case *c)
{
	if (c->cert->bad_time)
		return LINT_NOT_APPLICABLE;
	return c->cert->not_after_unix < c->cert->not_before_unix ? "notAfter is before notBefore" : NULL;
}

static const struct { unsigned from; int days; } schedule[] = {
	{ 20290315, 47 }, { 20270315, 100 }, { 20260315, 200 }, { 20200901, 398 }, { 20180301, 825 },
	{ 20150401, 39 * 31 }, { 20120701, 60 * 31 },
};

static int64_t limit_of(const struct cert *cert)
{
	struct civil day = civil_from_unix(cert->not_before_unix);
	int64_t number = day.year * 10000 + day.month * 100 + day.day;

	for (size_t i = 0; i < COUNT_OF(schedule); i++)
		if (number >= schedule[i].from)
			return schedule[i].days;
	return 0;
}

const char *lint_validity_60_months(const struct lint_case *c)
{
	int64_t limit = limit_of(c->cert);

	if (c->days == 0 || limit == 0)
		return LINT_NOT_APPLICABLE;
	return c->days <= limit ? NULL : arena_printf(c->arena, "%lld days, %lld were permitted", (long long)c->days,
						      (long long)limit);
}

const char *lint_validity_recommended(const struct lint_case *c)
{
	int64_t limit = limit_of(c->cert);

	if (c->days == 0)
		return LINT_NOT_APPLICABLE;
	return c->days == limit ? arena_printf(c->arena, "%lld days", (long long)c->days) : NULL;
}

const char *lint_validity_apple(const struct lint_case *c)
{
	int64_t limit = limit_of(c->cert);

	/* From 2020-09-01 on Apple's limit is that of the BR, which is told already. */
	if (c->days == 0 || limit != 825)
		return LINT_NOT_APPLICABLE;
	return c->days <= 825 ? NULL : arena_printf(c->arena, "%lld days, 825 are accepted", (long long)c->days);
}
