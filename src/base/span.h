/* A view of bytes that somebody else owns. A zero span is a valid empty one. */
#ifndef WHY_BASE_SPAN_H
#define WHY_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const uint8_t *p;
	size_t n;
};

static inline struct span span_of(const void *p, size_t n)
{
	return (struct span){ .p = p, .n = n };
}

static inline struct span span_str(const char *text)
{
	return span_of(text, text ? strlen(text) : 0);
}

static inline bool span_equal(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
	return span_equal(a, span_str(text));
}

static inline bool span_begins(struct span a, const char *text)
{
	size_t n = strlen(text);

	return a.n >= n && memcmp(a.p, text, n) == 0;
}

/* Equal but for the case of ASCII letters. */
bool span_equal_nocase(struct span a, struct span b);
bool span_is_nocase(struct span a, const char *text);

/* The part from `at` on, at most `n` bytes; empty when `at` lies beyond the end. */
struct span span_sub(struct span a, size_t at, size_t n);

/* Offset of the first `needle` in `a`, or -1. */
long span_find(struct span a, struct span needle);
long span_find_nocase(struct span a, struct span needle);

/* `a` without ASCII blanks (space, tab, CR, LF) on either side. */
struct span span_trim(struct span a);

#endif
