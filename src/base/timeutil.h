/* Time as seconds since 1970 in UTC, 64 bits; no time zone, no libc state. */
#ifndef WHY_BASE_TIMEUTIL_H
#define WHY_BASE_TIMEUTIL_H

#include "base/span.h"

struct civil {
	int64_t year;
	int month, day, hour, minute, second;   /* month and day from 1 */
};

int64_t unix_from_civil(struct civil when);
struct civil civil_from_unix(int64_t unix_seconds);

#define RFC3339_LEN 40
/* "2026-11-23T19:30:12Z" into `buffer` of RFC3339_LEN bytes; returns it. */
char *rfc3339_format(char *buffer, int64_t unix_seconds);
/* "2026-11-23 19:30 UTC" likewise. */
char *when_format(char *buffer, int64_t unix_seconds);
/* Date alone ("2026-11-23") is midnight; offsets and fractions are read. */
bool rfc3339_parse(const char *text, int64_t *unix_seconds) __attribute__((warn_unused_result));
/* IMF-fixdate, "Mon, 23 Nov 2026 19:30:12 GMT" (RFC 9110 5.6.7); the two obsolete forms are not read. */
bool http_date_parse(const char *text, int64_t *unix_seconds) __attribute__((warn_unused_result));
/* "3 days", "2 hours", "5 years": a length of time for people, into `buffer` of 40 bytes. */
char *duration_format(char *buffer, int64_t seconds);

#endif
