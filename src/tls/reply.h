/* What a peer answers to a raw hello, read as far as it is in clear (and, with keys, beyond): alerts,
 * ServerHello and HelloRetryRequest, certificates and the key exchange. Bytes in,
 * facts out; no I/O. RFC 8446 4.1.3, 5; RFC 5246 7.4; RFC 8422 5.4. */
#ifndef WHY_TLS_REPLY_H
#define WHY_TLS_REPLY_H

#include "evidence/evidence.h"
#include "tls/flight13.h"
#include "tls/keypair.h"

/* The most that is read of one answer; that is kept of its certificates, which is twice what any client
 * takes; and how many messages and records that say nothing (HelloRequests, warnings, empty records) a
 * patient client passes over. */
enum { REPLY_HANDSHAKE_MAX = 1 << 20, REPLY_CHAIN_MAX = 256 << 10, REPLY_FIRST_BYTES = 1024, REPLY_IDLE_MAX = 32 };

/* What the encrypted part of a TLS 1.3 answer is opened with. */
struct reply_keys {
	const struct key_pair *const *pairs;
	size_t n_pairs;
	struct span hello;              /* the ClientHello message as sent, header included */
	struct span psk;                /* that was offered; empty: none */
	struct span inner;              /* the hello that was hidden in it (ECH); empty: none */
};

struct reply {
	struct arena *arena;
	struct attempt *attempt;        /* where facts go; attempt->offer says what was offered */
	struct span session_id;         /* sent, to be echoed in TLS 1.3 */
	/* Outside of the arena: what is read is gone before the next attempt needs as much. */
	uint8_t *bytes;                 /* records not yet consumed */
	size_t n_bytes, cap_bytes;
	uint8_t *handshake;             /* handshake messages not yet consumed */
	size_t n_handshake, cap_handshake;
	uint8_t *plain;                 /* a record, decrypted */
	size_t n_total;
	unsigned n_idle;
	const struct reply_keys *keys;  /* NULL: read as far as it is in clear */
	struct flight13 flight;
	bool is_encrypted;
	bool sslv2;                     /* the hello was SSLv2's */
	bool over;
};

void reply_init(struct reply *reply, struct arena *arena, struct attempt *attempt, struct span session_id);
/* Takes what was read. Reply.over once all that matters is known. */
void reply_feed(struct reply *reply, struct span bytes);
/* The connection ended: TLS_FAULT_CLOSED, _RESET, _SILENT. */
void reply_end(struct reply *reply, enum tls_fault how);
void reply_release(struct reply *reply);

/* Guesses the protocol of bytes that are no TLS: "http", "ssh", "smtp", "ftp", "imap", "pop3",
 * "mysql", "postgresql", "proxy", "telnet", "rdp", "vnc", ... else "unknown". */
const char *plain_protocol(struct span bytes);

/* Reads a TLS 1.2 ServerKeyExchange of `suite`: group, dh_bits and scheme into the attempt. False
 * when it does not decode. */
bool reply_key_exchange(struct attempt *attempt, uint16_t suite, struct span body);
/* Reads a Certificate message body into attempt->chain; `tls13` has extensions per certificate. */
bool reply_certificate(struct arena *arena, struct attempt *attempt, struct span body, bool tls13);
/* Reads a CertificateRequest's names; both versions. */
bool reply_certificate_request(struct arena *arena, struct attempt *attempt, struct span body, bool tls13);
/* An extension of a ServerHello body, or of EncryptedExtensions: false when it is not there. */
bool server_hello_extension(struct span server_hello, uint16_t type, struct span *body);
bool encrypted_extension(struct span encrypted_extensions, uint16_t type, struct span *body);
/* The session id a ServerHello body names. */
struct span server_hello_session_id(struct span server_hello);
/* Reads EncryptedExtensions: the ALPN and what else it acknowledges. */
bool reply_encrypted_extensions(struct arena *arena, struct attempt *attempt, struct span body);
/* Reads a ServerHello body: what was chosen, and whether it may be. */
void reply_server_hello(struct arena *arena, struct attempt *attempt, struct span body, struct span session_id);

#endif
