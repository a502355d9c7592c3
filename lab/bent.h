/* A TLS server of our own for SSL 3.0 to TLS 1.2 whose mistakes are chosen by the scene: what no server
 * that can be had today still does wrong. Records by tls/raw_record.h. `bend` lines say how. */
#ifndef WHY_LAB_BENT_H
#define WHY_LAB_BENT_H

#include "channel.h"
#include "tls/raw_record.h"

enum { BENT_SUITES_MAX = 64, BENT_MESSAGE_MAX = 65536 };

/* Settings: the words of the `bend` lines, read once. */
struct bent {
	X509 *leaf;
	EVP_PKEY *key;
	STACK_OF(X509) *sent;
	uint16_t suites[BENT_SUITES_MAX];
	size_t n_suites;
	uint16_t low, high;             /* versions */
	const char *words;              /* all bends, blank-separated */
	struct span dh_p, dh_g;
	EVP_PKEY *fixed_ecdh;
	uint8_t ticket_key[32];
	const char *host;
	X509 *other_leaf;               /* for other names; NULL: the same */
	EVP_PKEY *other_key;
	struct bent_ech *ech;
};

struct bent_hello {
	uint16_t version;
	struct span random, session_id, suites, compression, ticket, schemes, groups, versions, shares, name;
	bool has_ticket, has_heartbeat, has_renegotiation_info, has_schemes, has_groups;
};

/* One connection. */
struct bent_peer {
	const struct bent *bent;
	struct channel *channel;
	struct arena *arena;
	struct bent_hello hello;
	uint16_t version, suite_code;
	struct raw_suite suite;
	bool is_known_suite;            /* keys can be made for it */
	uint8_t client_random[32], server_random[32], master[RAW_MASTER];
	struct raw_keys in, out, next_in, next_out;
	bool is_in_encrypted, is_out_encrypted;
	EVP_PKEY *ecdh;
	BIGNUM *dh_x;
	uint8_t *transcript;
	size_t n_transcript, cap_transcript;
	uint8_t *messages;
	size_t n_messages, cap_messages, at_message;
	unsigned n_sent_data;
	uint8_t last_type;
	enum raw_open last_open;
	struct span last_wire;
};

bool bends(const struct bent_peer *peer, const char *word);

/* bent_records.c */
bool bent_send(struct bent_peer *peer, uint8_t type, struct span payload);
bool bent_send_message(struct bent_peer *peer, uint8_t type, struct span body);
bool bent_alert(struct bent_peer *peer, uint8_t level, uint8_t code);
/* The next record, opened and judged as the bends say: false when the connection is to end. */
bool bent_read(struct bent_peer *peer, uint8_t *type, struct span *body);
/* The next handshake message, whole; heartbeats and alerts are seen to on the way. */
bool bent_read_message(struct bent_peer *peer, uint8_t *type, struct span *body, struct span *whole);
void bent_note(struct bent_peer *peer, struct span whole);

/* bent_exchange.c: ServerKeyExchange and what comes back for it */
bool bent_put_key_exchange(struct bent_peer *peer, struct wr *body);
/* The premaster of a ClientKeyExchange; 0: the connection is to end (an alert may have gone out). */
size_t bent_take_exchange(struct bent_peer *peer, struct span body, uint8_t *premaster, size_t cap);

/* bent.c */
bool bent_read_hello(struct bent_hello *hello, struct span body);
/* For the name of the hello. */
X509 *bent_leaf(const struct bent_peer *peer);
EVP_PKEY *bent_leaf_key(const struct bent_peer *peer);
void bent_make(struct lab *lab, struct scene *scene);
void bent_serve(struct channel *channel);

#endif
