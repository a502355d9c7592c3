/* See span.h. */
#include "base/span.h"

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool equal_nocase(const uint8_t *a, const uint8_t *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

bool span_equal_nocase(struct span a, struct span b)
{
	return a.n == b.n && equal_nocase(a.p, b.p, a.n);
}

bool span_is_nocase(struct span a, const char *text)
{
	return span_equal_nocase(a, span_str(text));
}

struct span span_sub(struct span a, size_t at, size_t n)
{
	if (at >= a.n)
		return span_of(NULL, 0);
	return span_of(a.p + at, n < a.n - at ? n : a.n - at);
}

long span_find(struct span a, struct span needle)
{
	const uint8_t *hit;

	if (needle.n == 0)
		return 0;
	if (needle.n > a.n)
		return -1;
	hit = memmem(a.p, a.n, needle.p, needle.n);
	return hit ? (long)(hit - a.p) : -1;
}

long span_find_nocase(struct span a, struct span needle)
{
	if (needle.n == 0)
		return 0;
	for (size_t i = 0; needle.n <= a.n && i <= a.n - needle.n; i++)
		if (lower(a.p[i]) == lower(needle.p[0]) && equal_nocase(a.p + i, needle.p, needle.n))
			return (long)i;
	return -1;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span a)
{
	while (a.n > 0 && is_blank(a.p[0]))
		a = span_sub(a, 1, a.n);
	while (a.n > 0 && is_blank(a.p[a.n - 1]))
		a.n--;
	return a;
}
