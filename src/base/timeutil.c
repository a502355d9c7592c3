/* See timeutil.h. Civil dates by the days-from-civil arithmetic of the proleptic Gregorian calendar. */
#include "base/timeutil.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"

static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

int64_t unix_from_civil(struct civil when)
{
	return days_from_civil(when.year, when.month, when.day) * 86400 + when.hour * 3600 + when.minute * 60 + when.second;
}

struct civil civil_from_unix(int64_t unix_seconds)
{
	int64_t days = unix_seconds / 86400, rest = unix_seconds % 86400, era, doe, yoe, doy, mp;
	struct civil c;

	if (rest < 0) {
		rest += 86400;
		days--;
	}
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c.day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c.month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c.year = yoe + era * 400 + (c.month <= 2);
	c.hour = (int)(rest / 3600);
	c.minute = (int)(rest / 60 % 60);
	c.second = (int)(rest % 60);
	return c;
}

char *rfc3339_format(char *buffer, int64_t unix_seconds)
{
	struct civil c = civil_from_unix(unix_seconds);

	snprintf(buffer, RFC3339_LEN, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)c.year, c.month, c.day, c.hour,
		 c.minute, c.second);
	return buffer;
}

char *when_format(char *buffer, int64_t unix_seconds)
{
	struct civil c = civil_from_unix(unix_seconds);

	snprintf(buffer, RFC3339_LEN, "%04lld-%02d-%02d %02d:%02d UTC", (long long)c.year, c.month, c.day, c.hour, c.minute);
	return buffer;
}

static bool digits(const char **p, int n, int *value)
{
	*value = 0;
	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		*value = *value * 10 + (**p - '0');
	}
	return true;
}

static bool literal(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return month == 2 && leap ? 29 : days[month - 1];
}

static bool parse_date(const char **p, struct civil *c)
{
	int year;

	if (!digits(p, 4, &year) || !literal(p, '-') || !digits(p, 2, &c->month) || !literal(p, '-') ||
	    !digits(p, 2, &c->day))
		return false;
	c->year = year;
	return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= days_in(year, c->month);
}

static bool parse_clock(const char **p, struct civil *c)
{
	if (!digits(p, 2, &c->hour) || !literal(p, ':') || !digits(p, 2, &c->minute))
		return false;
	if (!literal(p, ':'))
		return c->hour <= 23 && c->minute <= 59;        /* seconds may be left out, not by the RFC */
	if (!digits(p, 2, &c->second))
		return false;
	if (literal(p, '.')) {
		if (**p < '0' || **p > '9')
			return false;
		while (**p >= '0' && **p <= '9')
			(*p)++;
	}
	return c->hour <= 23 && c->minute <= 59 && c->second <= 60;
}

static bool parse_offset(const char **p, int *seconds)
{
	int sign = **p == '-' ? -1 : 1, hours, minutes;

	*seconds = 0;
	if (literal(p, 'Z') || literal(p, 'z'))
		return true;
	if (**p != '+' && **p != '-')
		return false;
	(*p)++;
	if (!digits(p, 2, &hours) || !literal(p, ':') || !digits(p, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool rfc3339_parse(const char *text, int64_t *unix_seconds)
{
	struct civil c = { 0 };
	int offset = 0;

	if (!parse_date(&text, &c))
		return false;
	if (*text != '\0') {
		if (*text != 'T' && *text != 't' && *text != ' ')
			return false;
		text++;
		if (!parse_clock(&text, &c) || !parse_offset(&text, &offset))
			return false;
	}
	*unix_seconds = unix_from_civil(c) - offset;
	return *text == '\0';
}

char *duration_format(char *buffer, int64_t seconds)
{
	static const struct { int64_t seconds; const char *unit; } units[] = {
		{ 365 * 86400, "year" }, { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" },
	};
	int64_t left = seconds >= 0 ? seconds : seconds == INT64_MIN ? INT64_MAX : -seconds;
	size_t i = 0;

	/* Two of the next smaller unit say more than one of the larger. */
	while (i + 1 < COUNT_OF(units) && left < 2 * units[i].seconds)
		i++;
	left /= units[i].seconds;
	snprintf(buffer, 40, "%lld %s%s", (long long)left, units[i].unit, left == 1 ? "" : "s");
	return buffer;
}

bool http_date_parse(const char *text, int64_t *unix_seconds)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil when = { 0 };
	char month[4], zone[4];
	const char *at;
	int year, end = 0;

	if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d %3[A-Z]%n", &when.day, month, &year, &when.hour, &when.minute,
		   &when.second, zone, &end) != 7 || text[end] || strcmp(zone, "GMT") != 0)
		return false;
	at = strstr(months, month);
	if (!at || strlen(month) != 3 || (at - months) % 3 || year < 1970 || when.day < 1 || when.day > 31 || when.hour > 23 ||
	    when.hour < 0 || when.minute < 0 || when.minute > 59 || when.second < 0 || when.second > 60)
		return false;
	when.year = year;
	when.month = (int)(at - months) / 3 + 1;
	*unix_seconds = unix_from_civil(when);
	return true;
}
