/* The record layer of TLS 1.0 to 1.2 with keys of our own, so that padding, MAC, tag and sequence can be
 * bent. No I/O. RFC 5246 6.2.3, RFC 5288, RFC 7905, RFC 7366 (encrypt_then_mac). */
#ifndef WHY_TLS_RAW_RECORD_H
#define WHY_TLS_RAW_RECORD_H

#include "base/wr.h"
#include "tls/raw_secrets.h"

enum { RAW_SEAL_MAX = 1024, RAW_RECORD_MAX = 16384 + 2048 };   /* bytes to seal at once, to open at once */

/* One direction. */
struct raw_keys {
	struct raw_suite suite;
	uint16_t version;
	bool encrypt_then_mac;
	uint8_t mac[48], key[32], iv[16];       /* iv: fixed part of an AEAD nonce; in TLS 1.0 the next CBC one */
	uint64_t n_records;
};

/* How a record is to be wrong; zero is a sound one. Counts are from 1, so that 0 is "none". */
enum { RAW_BYTE_MIDDLE = 254, RAW_BYTE_LAST };

struct raw_bend {
	unsigned flip_mac;      /* this byte of the MAC, or of the AEAD tag: from 1, or RAW_BYTE_* */
	unsigned flip_padding;  /* this byte of the padding, not its length */
	unsigned pad_blocks;    /* so many blocks of padding beyond what is needed */
	bool all_padding;       /* nothing else: a plaintext without room for a MAC */
	unsigned nonce;         /* AEAD: this explicit nonce instead of the count */
};

/* Keys of both directions from the master secret. */
bool raw_keys_derive(const struct raw_suite *suite, uint16_t version, const uint8_t master[RAW_MASTER],
		     const uint8_t client_random[32], const uint8_t server_random[32], struct raw_keys *client,
		     struct raw_keys *server);

/* Appends the whole record, header included. False when it does not fit or cannot be encrypted. */
bool raw_seal(struct raw_keys *keys, uint8_t type, struct span payload, const struct raw_bend *bend, struct wr *wr);

/* What is wrong with a record, first things first. */
enum raw_open { RAW_OPEN_OK, RAW_OPEN_LENGTH, RAW_OPEN_NO_ROOM, RAW_OPEN_PADDING, RAW_OPEN_MAC };

/* Opens the body of a record into `out` (room for body.n bytes); `n` is the length of its content,
 * which stands there too where the padding alone (RAW_OPEN_PADDING) or the MAC is wrong. */
enum raw_open raw_open(struct raw_keys *keys, uint8_t type, struct span body, uint8_t *out, size_t *n);

#endif
