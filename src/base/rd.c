/* See rd.h. */
#include "base/rd.h"

struct rd rd_of(struct span bytes)
{
	return (struct rd){ .p = bytes.p, .n = bytes.n };
}

void rd_fail(struct rd *rd)
{
	rd->failed = true;
	rd->n = 0;
}

struct span rd_bytes(struct rd *rd, size_t n)
{
	struct span part;

	if (rd->failed || n > rd->n) {
		rd_fail(rd);
		return span_of(NULL, 0);
	}
	if (n == 0)
		return span_of(rd->p, 0);
	part = span_of(rd->p, n);
	rd->p += n;
	rd->n -= n;
	rd->at += n;
	return part;
}

struct span rd_rest(struct rd *rd)
{
	return rd_bytes(rd, rd->n);
}

void rd_skip(struct rd *rd, size_t n)
{
	(void)rd_bytes(rd, n);
}

static uint64_t read_number(struct rd *rd, size_t width)
{
	struct span part = rd_bytes(rd, width);
	uint64_t value = 0;

	for (size_t i = 0; i < part.n; i++)
		value = value << 8 | part.p[i];
	return value;
}

uint8_t rd_u8(struct rd *rd)
{
	return (uint8_t)read_number(rd, 1);
}

uint16_t rd_u16(struct rd *rd)
{
	return (uint16_t)read_number(rd, 2);
}

uint32_t rd_u24(struct rd *rd)
{
	return (uint32_t)read_number(rd, 3);
}

uint32_t rd_u32(struct rd *rd)
{
	return (uint32_t)read_number(rd, 4);
}

uint64_t rd_u64(struct rd *rd)
{
	return read_number(rd, 8);
}

uint8_t rd_peek_u8(const struct rd *rd)
{
	return !rd->failed && rd->n > 0 ? rd->p[0] : 0;
}

struct rd rd_sub(struct rd *rd, size_t n)
{
	size_t at = rd->at;
	struct span part = rd_bytes(rd, n);

	return (struct rd){ .p = part.p, .n = part.n, .at = at, .failed = rd->failed };
}

struct rd rd_vec8(struct rd *rd)
{
	return rd_sub(rd, rd_u8(rd));
}

struct rd rd_vec16(struct rd *rd)
{
	return rd_sub(rd, rd_u16(rd));
}

struct rd rd_vec24(struct rd *rd)
{
	return rd_sub(rd, rd_u24(rd));
}
