/* The server's encrypted flight in TLS 1.3: handshake keys from the shared secret, and its records
 * opened. Reads only; nothing is ever sent with these keys. RFC 8446 5.2, 7.1, 7.3. */
#ifndef WHY_TLS_FLIGHT13_H
#define WHY_TLS_FLIGHT13_H

#include <stdbool.h>

#include "base/span.h"

struct flight13 {
	uint16_t suite;
	uint8_t key[32], iv[12];
	uint64_t n_records;     /* opened so far: the nonce counts them */
};

/* Messages are whole, with their headers. */
struct flight13_start {
	uint16_t suite;
	struct span secret;     /* of the key shares; empty where a PSK does alone */
	struct span psk;        /* that the server took; empty: none */
	struct span before;     /* what came before the hello: message_hash and HelloRetryRequest */
	struct span hello, server_hello;
};

/* False for a suite without a cipher here. */
bool flight13_start(struct flight13 *flight, const struct flight13_start *from);
enum { FLIGHT13_MESSAGE_HASH_MAX = 4 + 64 };
/* What stands for the first hello once a retry was asked for, RFC 8446 4.4.1; its length. */
size_t flight13_message_hash(uint16_t suite, struct span hello, uint8_t out[FLIGHT13_MESSAGE_HASH_MAX]);
/* Opens one record (`header`: its five bytes) into `out`, which has room for body.n bytes. The length
 * of its content, and its true type; -1 when it does not decrypt. */
long flight13_open(struct flight13 *flight, const uint8_t header[5], struct span body, uint8_t *out, uint8_t *type);

#endif
