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

/* `hello` and `server_hello` are whole messages with their headers. False for a suite without a cipher
 * here. */
bool flight13_start(struct flight13 *flight, uint16_t suite, struct span secret, struct span hello,
		    struct span server_hello);
/* Opens one record (`header`: its five bytes) into `out`, which has room for body.n bytes. The length
 * of its content, and its true type; -1 when it does not decrypt. */
long flight13_open(struct flight13 *flight, const uint8_t header[5], struct span body, uint8_t *out, uint8_t *type);

#endif
