/* A TLS client of our own for TLS 1.0 to 1.2, for dialogues that OpenSSL will not make: each message is
 * sent when its caller says so and as bent as it says. Certificates are never judged. Runs in tasks; the
 * connection is the caller's. RFC 5246, RFC 8422, RFC 7627, RFC 7366, RFC 5077, RFC 5746. */
#ifndef WHY_TLS_RAW_CLIENT_H
#define WHY_TLS_RAW_CLIENT_H

#include "base/arena.h"
#include "net/net.h"
#include "tls/raw_record.h"
#include "tls/reply.h"

enum { RAW_MESSAGES_MAX = 256 * 1024, RAW_POINT_MAX = 1100 };

struct raw_offer {
	uint16_t version;               /* TLS 1.0 to 1.2 */
	const uint16_t *suites;
	size_t n_suites;
	const char *sni;
	struct span session_id;         /* sent as it stands, 32 bytes at most */
	bool wants_ticket;              /* session_ticket, empty or with this one */
	struct span ticket;
	bool no_ems, no_etm;            /* leaves out extended_master_secret, encrypt_then_mac */
	bool heartbeat;
	const uint16_t *groups;         /* NULL: the usual ones */
	size_t n_groups;
	struct span hello;              /* the whole message, made elsewhere (tls/hello.h); empty: of what stands above */
};

/* How a wait for the peer ended. */
enum raw_end { RAW_OPEN = 0, RAW_ALERT, RAW_CLOSED, RAW_RESET, RAW_SILENT, RAW_GARBAGE, RAW_UNREADABLE, RAW_UNCONNECTED };

struct raw_record {
	uint8_t type;
	struct span body;               /* decrypted */
	struct span wire;               /* as it came, without its header */
};

struct raw_message {
	uint8_t type;
	struct span body, whole;        /* without and with its header */
};

/* What came with the ServerHello and behind it. */
struct raw_hello {
	bool has_ems, has_etm, has_ticket, has_heartbeat, has_renegotiation_info;
	struct span session_id;
	bool is_resumed;                /* the server went on with the session that was offered */
	struct span leaf;               /* first certificate, DER */
	struct span key_exchange;       /* body of ServerKeyExchange */
	bool wants_certificate;
};

struct raw_client {
	struct conn *conn;
	struct arena *arena;
	unsigned wait_ms;               /* for each read */
	struct reply *listener;         /* hears all that comes, up to its end; NULL: nobody */
	uint16_t version;
	struct raw_suite suite;
	struct raw_hello hello;
	uint8_t client_random[32], server_random[32], master[RAW_MASTER];
	uint8_t client_verify[RAW_VERIFY], server_verify[RAW_VERIFY];   /* of the last handshake, RFC 5746 */
	bool has_master, is_writing_encrypted, is_reading_encrypted;
	struct raw_keys keys_out, keys_in;      /* in use, and those that ChangeCipherSpec brings */
	struct raw_keys next_out, next_in;
	uint64_t nonces[16];            /* explicit ones of the server's GCM records */
	size_t n_nonces;
	struct span new_ticket;
	uint32_t new_ticket_lifetime_s;

	enum raw_end end;               /* and how it ended, once it did */
	uint8_t alert_level, alert;
	unsigned n_alerts;

	uint8_t *bytes, *messages, *transcript;
	size_t n_bytes, cap_bytes, n_messages, cap_messages, at_message, n_transcript, cap_transcript;
};

void raw_client_init(struct raw_client *client, struct arena *arena, struct conn *conn, unsigned wait_ms);

/* For tests: without a connection nothing is sent, and these bytes are all that comes. */
void raw_client_feed(struct raw_client *client, struct span bytes);

/* ---- whole steps; false: client->end says how it ended ---------------------------------------------- */

/* Hello, and the answer up to ServerHelloDone (or, resumed, up to the ServerHello). Inside of a
 * connection that is encrypted already this begins a renegotiation. */
bool raw_begin(struct raw_client *client, const struct raw_offer *offer);
/* ClientKeyExchange as it should be, and the keys. Not after a resumed hello. */
bool raw_key_exchange(struct raw_client *client);
/* ChangeCipherSpec and Finished, and the server's. */
bool raw_finish(struct raw_client *client);
/* All of it, resumed or not. */
bool raw_handshake(struct raw_client *client, const struct raw_offer *offer);
/* All behind raw_begin(), resumed or not. */
bool raw_go_on(struct raw_client *client);
/* The same, and one record of application data behind it, which goes out with our Finished, a round trip
 * sooner than the server's (RFC 7918). */
bool raw_go_on_and_send(struct raw_client *client, struct span data, const struct raw_bend *bend);
/* The session of another connection, for an offer with its id or ticket. */
void raw_take_session(struct raw_client *client, const struct raw_client *other);

/* ---- parts --------------------------------------------------------------------------------------------- */

/* One record; encrypted and bent where keys are in use. */
bool raw_send(struct raw_client *client, uint8_t type, struct span payload, const struct raw_bend *bend);
/* A handshake message, which enters the transcript. */
bool raw_send_message(struct raw_client *client, uint8_t type, struct span body);
/* ChangeCipherSpec; from then on with the new keys, where a premaster was set. */
bool raw_send_ccs(struct raw_client *client);
/* Finished over what was sent so far; `bend` may spoil it. */
bool raw_send_finished(struct raw_client *client, const struct raw_bend *bend);
/* Master secret and keys from a premaster of one's own. */
bool raw_set_premaster(struct raw_client *client, struct span premaster);
/* An empty Certificate where the server wants one. */
bool raw_send_no_certificate(struct raw_client *client);

/* Takes what comes: a record of any type. Alerts count, fatal ones and close_notify end. */
bool raw_read(struct raw_client *client, struct raw_record *record);
bool raw_read_message(struct raw_client *client, struct raw_message *message);
/* The server's ChangeCipherSpec and Finished, perhaps a ticket before. */
bool raw_read_finished(struct raw_client *client);

/* "alert 20 (bad_record_mac)", "the connection was closed", "2 alerts, the last 40 (...)". */
const char *raw_end_text(const struct raw_client *client);

/* ---- keys of a server (raw_exchange.c) ------------------------------------------------------------------- */

/* The modulus length of the leaf's RSA key in bytes, 0 for another kind. */
size_t raw_rsa_size(struct span leaf);
/* Encrypts a block of exactly that length, padding and all; its length, 0 when it cannot be. */
size_t raw_rsa_encrypt(struct span leaf, struct span block, uint8_t *out, size_t cap);
/* Makes the body of a ClientKeyExchange and the premaster of the suite's kind. */
bool raw_make_exchange(struct raw_client *client, struct wr *body, uint8_t *premaster, size_t *n_premaster);

#endif
