/* The secrets of TLS 1.0 to 1.2: PRF, master secret, key block, Finished. RFC 2246 5, RFC 5246 5, 6.3,
 * 8.1, 7.4.9, RFC 7627. Bytes in, bytes out. */
#ifndef WHY_TLS_RAW_SECRETS_H
#define WHY_TLS_RAW_SECRETS_H

#include "base/span.h"
#include "tls/raw_suite.h"

enum { RAW_MASTER = 48, RAW_VERIFY = 12, RAW_HASH_MAX = 64 };

/* PRF(secret, label, seed) into `out`; the suite's hash counts in TLS 1.2 alone. */
bool raw_prf(uint16_t version, const EVP_MD *prf, struct span secret, const char *label, struct span seed, uint8_t *out,
	     size_t n);
/* The hash of the messages as Finished and extended_master_secret take it; its length. */
size_t raw_transcript_hash(uint16_t version, const EVP_MD *prf, struct span messages, uint8_t out[RAW_HASH_MAX]);

#endif
