/* The one QUIC exchange that needs no cryptography: a long header with a version that is reserved to
 * be unknown, and the Version Negotiation that answers it. RFC 8999, RFC 9000 6, 15, 17.2.1. */
#ifndef WHY_PROBE_QUIC_H
#define WHY_PROBE_QUIC_H

#include "base/arena.h"
#include "base/span.h"

enum {
	QUIC_DATAGRAM_MIN = 1200,       /* smaller ones are not answered: RFC 9000 14.1 */
	QUIC_ID_LEN = 8,
	QUIC_VERSIONS_MAX = 32,
};

struct quic_ids {
	uint8_t to[QUIC_ID_LEN];        /* destination connection id of what we send */
	uint8_t from[QUIC_ID_LEN];      /* its source connection id */
};

/* A datagram of QUIC_DATAGRAM_MIN bytes; `random` fills ids, version and payload. */
void quic_probe_encode(const uint8_t random[QUIC_DATAGRAM_MIN], uint8_t out[QUIC_DATAGRAM_MIN], struct quic_ids *ids);

struct quic_versions {
	uint32_t versions[QUIC_VERSIONS_MAX];
	size_t n;
};

/* Version Negotiation for what was sent with `ids`; false for anything else. */
bool quic_versions_decode(struct span datagram, const struct quic_ids *ids, struct quic_versions *out);
/* 0x?a?a?a?a, which no version will ever be. */
bool quic_version_is_reserved(uint32_t version);

#endif
