/* A writing cursor into a caller's buffer. Overflow sticks and writes nothing more. Lengths are
 * backfilled: open a vector, write its body, close it. */
#ifndef WHY_BASE_WR_H
#define WHY_BASE_WR_H

#include "base/span.h"

struct wr {
	uint8_t *p;
	size_t n;       /* bytes written */
	size_t cap;
	bool failed;
};

struct wr wr_of(void *buffer, size_t cap);
static inline bool wr_ok(const struct wr *wr) { return !wr->failed; }
static inline struct span wr_span(const struct wr *wr)
{
	return wr->failed ? span_of(NULL, 0) : span_of(wr->p, wr->n);
}

void wr_u8(struct wr *wr, uint8_t v);
void wr_u16(struct wr *wr, uint16_t v);
void wr_u24(struct wr *wr, uint32_t v);
void wr_u32(struct wr *wr, uint32_t v);
void wr_bytes(struct wr *wr, struct span bytes);
void wr_fill(struct wr *wr, uint8_t byte, size_t n);

/* Opens a part with a length of `width` bytes (1, 2, 3); the result goes to wr_close(). */
size_t wr_open(struct wr *wr, int width);
void wr_close(struct wr *wr, size_t mark, int width);

#endif
