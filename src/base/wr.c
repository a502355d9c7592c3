/* See wr.h. */
#include "base/wr.h"

struct wr wr_of(void *buffer, size_t cap)
{
	return (struct wr){ .p = buffer, .cap = cap };
}

void wr_bytes(struct wr *wr, struct span bytes)
{
	if (wr->failed || bytes.n > wr->cap - wr->n) {
		wr->failed = true;
		return;
	}
	if (bytes.n > 0)
		memcpy(wr->p + wr->n, bytes.p, bytes.n);
	wr->n += bytes.n;
}

static void write_number(struct wr *wr, uint32_t value, int width)
{
	uint8_t bytes[4];

	for (int i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> 8 * (width - 1 - i));
	wr_bytes(wr, span_of(bytes, (size_t)width));
}

void wr_u8(struct wr *wr, uint8_t v)
{
	write_number(wr, v, 1);
}

void wr_u16(struct wr *wr, uint16_t v)
{
	write_number(wr, v, 2);
}

void wr_u24(struct wr *wr, uint32_t v)
{
	write_number(wr, v, 3);
}

void wr_u32(struct wr *wr, uint32_t v)
{
	write_number(wr, v, 4);
}

void wr_fill(struct wr *wr, uint8_t byte, size_t n)
{
	if (wr->failed || n > wr->cap - wr->n) {
		wr->failed = true;
		return;
	}
	if (n > 0)
		memset(wr->p + wr->n, byte, n);
	wr->n += n;
}

size_t wr_open(struct wr *wr, int width)
{
	size_t mark = wr->n;

	wr_fill(wr, 0, (size_t)width);
	return mark;
}

void wr_close(struct wr *wr, size_t mark, int width)
{
	size_t len;

	if (wr->failed)
		return;
	len = wr->n - mark - (size_t)width;
	if (len >> 8 * width) {
		wr->failed = true;
		return;
	}
	for (int i = 0; i < width; i++)
		wr->p[mark + (size_t)i] = (uint8_t)(len >> 8 * (width - 1 - i));
}
