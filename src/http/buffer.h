/* Bytes that grow in an arena. Old storage stays there until the arena goes, so growth doubles. */
#ifndef WHY_HTTP_BUFFER_H
#define WHY_HTTP_BUFFER_H

#include "base/arena.h"

struct buffer {
	uint8_t *p;
	size_t n, cap;
};

static inline void buffer_add(struct arena *arena, struct buffer *buffer, struct span bytes)
{
	if (bytes.n > buffer->cap - buffer->n) {
		size_t cap = buffer->cap ? buffer->cap : 512;
		uint8_t *p;

		while (cap - buffer->n < bytes.n)
			cap *= 2;
		p = arena_alloc(arena, cap);
		if (buffer->n > 0)
			memcpy(p, buffer->p, buffer->n);
		buffer->p = p;
		buffer->cap = cap;
	}
	if (bytes.n > 0)
		memcpy(buffer->p + buffer->n, bytes.p, bytes.n);
	buffer->n += bytes.n;
}

static inline void buffer_str(struct arena *arena, struct buffer *buffer, const char *text)
{
	buffer_add(arena, buffer, span_str(text));
}

static inline struct span buffer_span(const struct buffer *buffer)
{
	return span_of(buffer->p, buffer->n);
}

#endif
