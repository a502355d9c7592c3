/* Memory with one lifetime: grows by blocks, freed whole. A ceiling guards against bloat: past it
 * the arena's owner is left by longjmp where one was armed (task runs do so), else the process
 * ends with a message; so no caller ever sees NULL. */
#ifndef WHY_BASE_ARENA_H
#define WHY_BASE_ARENA_H

#include <stdarg.h>

#include "base/attr.h"
#include "base/span.h"

struct arena;

/* `ceiling`: bytes at most; 0 takes the default of 32 MiB. */
struct arena *arena_new(size_t ceiling);
void arena_free(struct arena *arena);
/* Called when the ceiling or the system's memory is reached; must not return. */
void arena_on_full(struct arena *arena, void (*full)(void *ctx), void *ctx);
size_t arena_used(const struct arena *arena);

void *arena_alloc(struct arena *arena, size_t n);       /* zeroed, aligned for any type */
#define arena_new_of(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, n) ((type *)arena_calloc((arena), (n), sizeof(type)))
void *arena_calloc(struct arena *arena, size_t n, size_t size);
char *arena_str(struct arena *arena, const char *text);         /* NULL stays NULL */
char *arena_strn(struct arena *arena, const void *text, size_t n);
/* A peer's bytes as text: a NUL, which would hide what follows it, becomes U+FFFD. */
char *arena_text(struct arena *arena, struct span bytes);
struct span arena_copy(struct arena *arena, struct span bytes);
char *arena_printf(struct arena *arena, const char *fmt, ...) WHY_PRINTF(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap) WHY_PRINTF(2, 0);

/* A growing array in an arena: `items` has room for `n + 1` elements after the call.
 * Old storage stays in the arena until it is freed. */
void *arena_grow(struct arena *arena, void *items, size_t n, size_t *cap, size_t size);
#define arena_push(arena, array, n, cap)                                                        \
	((array) = arena_grow((arena), (array), (n), &(cap), sizeof *(array)), &(array)[(n)++])

#endif
