/* ClientHello of our own making: any version, suites, groups, extensions, with or without GREASE,
 * and the SSLv2 CLIENT-HELLO. RFC 8446 4.1.2, RFC 5246 7.4.1.2, RFC 8701, RFC 6101. */
#ifndef WHY_TLS_HELLO_H
#define WHY_TLS_HELLO_H

#include "base/arena.h"
#include "base/wr.h"
#include "evidence/evidence.h"
#include "tls/keypair.h"
#include "tls/ech.h"
#include "tls/psk13.h"

/* An extension in wire order. Types that the encoder knows (server_name, supported_groups,
 * key_share, ...) are filled from the spec; others carry `body` as it stands. */
struct hello_extension {
	uint16_t type;
	struct span body;       /* for types the encoder does not fill */
};

enum { HELLO_GREASE = 0x0a0a }; /* stands for any GREASE value in the lists below */

struct hello_spec {
	uint16_t record_version;        /* 0x0301 usually */
	uint16_t legacy_version;        /* ClientHello.legacy_version: 0x0303 for 1.2 and 1.3 */
	const uint16_t *versions;       /* supported_versions, sent when the extension is listed */
	const uint16_t *suites;
	const uint16_t *groups;
	const uint16_t *key_shares;
	const uint16_t *schemes;
	size_t n_versions, n_suites, n_groups, n_key_shares, n_schemes;
	const char *const *alpn;
	size_t n_alpn;
	const char *sni;                /* NULL leaves server_name out even when it is listed */
	const struct hello_extension *extensions;
	size_t n_extensions;
	const struct key_pair *const *own_keys; /* shares whose secrets we keep; others are filler */
	size_t n_own_keys;
	struct ech_offer *ech;          /* hides this hello in one for the public name; NULL: plain */
	const struct psk13 *psk;        /* offered last; NULL: none */
	uint16_t pad_to;                /* record length to reach with the padding extension, 0: none */
	struct span prefix;             /* written before the record: a PROXY header */
	bool empty_session_id;
	bool grease;                    /* false drops every GREASE value and extension */
	bool offer_deflate;             /* as a compression method before null */
	bool split_records, split_segments;
};

/* Writes the whole record(s); `random` gives 32 bytes of client random and 32 of session id. Fills
 * `offer` (its lists point into the arena). wr_ok() false when the buffer is too small. */
void hello_encode(struct arena *arena, const struct hello_spec *spec, const uint8_t random[64], struct wr *wr,
		  struct offer *offer);

/* A copy that stands on its own. */
const struct hello_spec *hello_spec_copy(struct arena *arena, const struct hello_spec *spec);

/* SSLv2 CLIENT-HELLO offering every SSLv2 cipher kind. */
void hello_sslv2_encode(const uint8_t random[64], struct wr *wr);

bool grease_is(uint16_t value);         /* RFC 8701 2 */

#endif
