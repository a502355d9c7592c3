/* A reading cursor over bytes of a peer. Its error sticks: a parser reads as the message's schema
 * goes and asks rd_ok() once, at the end. After an error every read gives zero or an empty span. */
#ifndef WHY_BASE_RD_H
#define WHY_BASE_RD_H

#include "base/span.h"

struct rd {
	const uint8_t *p;
	size_t n;      /* bytes left */
	size_t at;     /* offset from the start of the outermost buffer, for evidence */
	bool failed;
};

struct rd rd_of(struct span bytes);
static inline bool rd_ok(const struct rd *rd) { return !rd->failed; }
/* No error and nothing left over. */
static inline bool rd_done(const struct rd *rd) { return !rd->failed && rd->n == 0; }
static inline bool rd_more(const struct rd *rd) { return !rd->failed && rd->n > 0; }
void rd_fail(struct rd *rd);

uint8_t rd_u8(struct rd *rd);
uint16_t rd_u16(struct rd *rd);
uint32_t rd_u24(struct rd *rd);
uint32_t rd_u32(struct rd *rd);
uint64_t rd_u64(struct rd *rd);
struct span rd_bytes(struct rd *rd, size_t n);
struct span rd_rest(struct rd *rd);
void rd_skip(struct rd *rd, size_t n);
uint8_t rd_peek_u8(const struct rd *rd);        /* 0 at the end, no error */

/* Sub-cursors of a part behind a 1, 2 or 3 byte length (big-endian). A length that overruns
 * fails both cursors. */
struct rd rd_vec8(struct rd *rd);
struct rd rd_vec16(struct rd *rd);
struct rd rd_vec24(struct rd *rd);
struct rd rd_sub(struct rd *rd, size_t n);

#endif
