/* See arena.h: blocks that double up to a limit; a large request gets a block of its own. Under
 * AddressSanitizer what was not handed out is poisoned, and a gap follows each part. */
#include "base/arena.h"

#include "base/err.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum { FIRST_BLOCK = 8 << 10, LARGEST_BLOCK = 256 << 10, ALIGNMENT = 16 };

struct block {
	struct block *next;
	size_t n, cap;
};

struct arena {
	struct block *head;
	size_t used, ceiling, next_cap;
	void (*full)(void *ctx);
	void *full_ctx;
};

static uint8_t *block_data(struct block *b)
{
	uintptr_t at = (uintptr_t)(b + 1);

	return (uint8_t *)((at + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
}

struct arena *arena_new(size_t ceiling)
{
	struct arena *arena = calloc(1, sizeof *arena);

	if (!arena)
		out_of_memory();
	arena->ceiling = ceiling ? ceiling : (size_t)32 << 20;
	arena->next_cap = FIRST_BLOCK;
	return arena;
}

void arena_free(struct arena *arena)
{
	struct block *next;

	if (!arena)
		return;
	for (struct block *b = arena->head; b; b = next) {
		next = b->next;
		ASAN_UNPOISON_MEMORY_REGION(block_data(b), b->cap);
		free(b);
	}
	free(arena);
}

void arena_on_full(struct arena *arena, void (*full)(void *ctx), void *ctx)
{
	arena->full = full;
	arena->full_ctx = ctx;
}

size_t arena_used(const struct arena *arena)
{
	return arena->used;
}

static void give_up(struct arena *arena)
{
	if (arena->full)
		arena->full(arena->full_ctx);
	fputs("why443: out of memory\n", stderr);
	_Exit(2);
}

static struct block *block_new(struct arena *arena, size_t cap)
{
	struct block *b = malloc(sizeof *b + ALIGNMENT + cap);

	if (!b)
		give_up(arena);
	*b = (struct block){ .cap = cap };
	ASAN_POISON_MEMORY_REGION(block_data(b), cap);
	return b;
}

static struct block *block_add(struct arena *arena, size_t n)
{
	struct block *b;

	if (arena->head && n > arena->next_cap) {
		/* Behind the head, whose room is still to be used. */
		b = block_new(arena, n);
		b->next = arena->head->next;
		arena->head->next = b;
		return b;
	}
	b = block_new(arena, n > arena->next_cap ? n : arena->next_cap);
	if (arena->next_cap < LARGEST_BLOCK)
		arena->next_cap *= 2;
	b->next = arena->head;
	arena->head = b;
	return b;
}

void *arena_alloc(struct arena *arena, size_t n)
{
	size_t len = n ? n : 1, rounded = (len + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	struct block *b = arena->head;
	void *p;

	if (rounded < len || rounded > arena->ceiling - arena->used)
		give_up(arena);
	if (!b || rounded + GAP > b->cap - b->n)
		b = block_add(arena, rounded + GAP);
	p = block_data(b) + b->n;
	b->n += rounded + GAP;
	arena->used += rounded;
	ASAN_UNPOISON_MEMORY_REGION(p, len);
	return memset(p, 0, len);
}

void *arena_calloc(struct arena *arena, size_t n, size_t size)
{
	if (size > 0 && n > SIZE_MAX / size)
		give_up(arena);
	return arena_alloc(arena, n * size);
}

char *arena_strn(struct arena *arena, const void *text, size_t n)
{
	char *copy = arena_alloc(arena, n + 1);

	if (n > 0)
		memcpy(copy, text, n);
	return copy;
}

char *arena_text(struct arena *arena, struct span bytes)
{
	static const char shown[] = { '\xef', '\xbf', '\xbd' };      /* U+FFFD */
	size_t n = 0, nuls = 0;
	char *text;

	for (size_t i = 0; i < bytes.n; i++)
		nuls += bytes.p[i] == 0;
	if (nuls > (SIZE_MAX - bytes.n) / sizeof shown)
		give_up(arena);
	text = arena_alloc(arena, bytes.n + nuls * sizeof shown + 1);
	for (size_t i = 0; i < bytes.n; i++) {
		if (bytes.p[i] != 0) {
			text[n++] = (char)bytes.p[i];
			continue;
		}
		memcpy(text + n, shown, sizeof shown);
		n += sizeof shown;
	}
	return text;
}

char *arena_str(struct arena *arena, const char *text)
{
	return text ? arena_strn(arena, text, strlen(text)) : NULL;
}

struct span arena_copy(struct arena *arena, struct span bytes)
{
	return span_of(arena_strn(arena, bytes.p, bytes.n), bytes.n);
}

char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *text;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = arena_alloc(arena, (size_t)(n < 0 ? 0 : n) + 1);
	vsnprintf(text, (size_t)(n < 0 ? 0 : n) + 1, fmt, ap);
	return text;
}

char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	return text;
}

void *arena_grow(struct arena *arena, void *items, size_t n, size_t *cap, size_t size)
{
	size_t grown;
	void *bigger;

	if (n < *cap)
		return items;
	grown = *cap ? *cap * 2 : 8;
	bigger = arena_calloc(arena, grown, size);
	if (n > 0)
		memcpy(bigger, items, n * size);
	*cap = grown;
	return bigger;
}
