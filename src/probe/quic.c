/* See quic.h. */
#include "probe/quic.h"

#include <string.h>

#include "base/rd.h"
#include "base/wr.h"

enum { LONG_HEADER = 0x80, FIXED_BIT = 0x40 };

bool quic_version_is_reserved(uint32_t version)
{
	return (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}

/* RFC 8999 5.1: what stays the same in every version. */
void quic_probe_encode(const uint8_t random[QUIC_DATAGRAM_MIN], uint8_t out[QUIC_DATAGRAM_MIN], struct quic_ids *ids)
{
	struct wr wr = wr_of(out, QUIC_DATAGRAM_MIN);
	uint32_t noise;

	memcpy(ids->to, random, QUIC_ID_LEN);
	memcpy(ids->from, random + QUIC_ID_LEN, QUIC_ID_LEN);
	memcpy(&noise, random + 2 * QUIC_ID_LEN, sizeof noise);
	wr_u8(&wr, LONG_HEADER | FIXED_BIT);
	wr_u32(&wr, (noise & 0xf0f0f0f0) | 0x0a0a0a0a);
	wr_u8(&wr, QUIC_ID_LEN);
	wr_bytes(&wr, span_of(ids->to, QUIC_ID_LEN));
	wr_u8(&wr, QUIC_ID_LEN);
	wr_bytes(&wr, span_of(ids->from, QUIC_ID_LEN));
	wr_bytes(&wr, span_of(random + wr.n, QUIC_DATAGRAM_MIN - wr.n));
}

static bool is_id(struct span got, const uint8_t id[QUIC_ID_LEN])
{
	return got.n == QUIC_ID_LEN && memcmp(got.p, id, QUIC_ID_LEN) == 0;
}

/* RFC 9000 17.2.1: the ids come back in each other's place, then the versions, at least one. */
bool quic_versions_decode(struct span datagram, const struct quic_ids *ids, struct quic_versions *out)
{
	struct rd rd = rd_of(datagram);
	uint8_t first = rd_u8(&rd);
	uint32_t version = rd_u32(&rd);
	struct span to = rd_bytes(&rd, rd_u8(&rd)), from = rd_bytes(&rd, rd_u8(&rd));

	out->n = 0;
	if (!rd_ok(&rd) || !(first & LONG_HEADER) || version != 0 || !is_id(to, ids->from) || !is_id(from, ids->to))
		return false;
	while (rd.n >= 4 && out->n < QUIC_VERSIONS_MAX)
		out->versions[out->n++] = rd_u32(&rd);
	return out->n > 0;
}
