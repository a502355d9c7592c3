/* A real handshake by OpenSSL over memory BIOs, watched message by message, and the connection
 * after it. Certificates are never judged here. */
#ifndef WHY_TLS_SESSION_H
#define WHY_TLS_SESSION_H

#include "base/err.h"
#include "evidence/evidence.h"
#include "net/net.h"
#include "tls/psk13.h"

/* What a handshake of ours offers; zero and NULL take OpenSSL's own default. */
struct tls_config {
	const char *name;
	uint16_t min_version, max_version;
	const char *ciphers;            /* TLS 1.2 and below, OpenSSL's syntax */
	const char *groups;
	const char *schemes;
	const char *const *alpn;        /* NULL-terminated */
	int security_level;             /* -1: the default */
	bool legacy_server_connect;     /* accept servers without RFC 5746 */
	bool status_request;
	bool encrypt_then_mac_off;
	bool pads;                      /* no hello of 256 to 511 bytes: SSL_OP_ALL has it, OpenSSL's default not */
	bool no_ticket;                 /* TLS 1.2 and below: session ids alone */
	const struct tls_ticket *resume;        /* a session of an earlier handshake to go on with */
};

struct tls_context;                     /* shared by all handshakes of a scan */
/* `cert`/`key`: PEM of the client's certificate or NULL. NULL on failure, with the error set. */
struct tls_context *tls_context_new(const char *cert_file, const char *key_file, struct why_error *error);
void tls_context_free(struct tls_context *context);

struct tls_limits {
	unsigned idle_ms;               /* between two bytes of the peer */
	unsigned total_ms;
};

struct tls_session;
/* Runs the handshake over `conn`, noting all in `attempt`. NULL unless attempt->done. The session
 * does not own the connection. */
struct tls_session *tls_handshake(struct tls_context *context, struct conn *conn, const struct tls_config *config,
				  const char *sni, const struct tls_limits *limits, struct attempt *attempt);
void tls_session_free(struct tls_session *session);

/* What resumes a session later. In TLS 1.3 the server sends it after the handshake, often several: each
 * call gives another, waiting for `timeout_ms` at most. NULL when there is none. */
struct tls_ticket *tls_session_ticket(struct tls_session *session, unsigned timeout_ms);
/* Did the server end the connection, as far as was read? */
bool tls_session_has_ended(const struct tls_session *session);
void tls_ticket_free(struct tls_ticket *ticket);
bool tls_ticket_is_ticket(const struct tls_ticket *ticket);     /* else a session id */
uint32_t tls_ticket_lifetime_s(const struct tls_ticket *ticket);        /* the server's hint; 0 none */
uint32_t tls_ticket_early_data(const struct tls_ticket *ticket);        /* bytes of 0-RTT it may carry */
struct span tls_ticket_bytes(struct arena *arena, const struct tls_ticket *ticket);    /* as the server made it */
/* A ticket of TLS 1.3 for hellos of our own; false for others. */
bool tls_ticket_psk(struct arena *arena, const struct tls_ticket *ticket, struct psk13 *psk);
/* The handshake went on with config->resume. */
bool tls_session_is_resumed(const struct tls_session *session);

/* Application data. tls_read: bytes; 0 after close_notify; -ECONNRESET, -ETIMEDOUT, -EPIPE for a
 * FIN without close_notify, -EBADMSG for a record that does not decrypt, -EPROTO for an alert (its
 * number in attempt->late_alert_code) or another protocol error. */
ssize_t tls_read(struct tls_session *session, void *buffer, size_t n, unsigned timeout_ms);
int tls_write(struct tls_session *session, struct span bytes, unsigned timeout_ms);
void tls_shutdown(struct tls_session *session);

#endif
