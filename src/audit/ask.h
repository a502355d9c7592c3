/* Asking one server many things politely: a pool of connections, a pause between them, no hello sent
 * twice, and a stop where the server begins to refuse. Runs in tasks (net/task.h). */
#ifndef WHY_AUDIT_ASK_H
#define WHY_AUDIT_ASK_H

#include "evidence/audit.h"
#include "probe/probe.h"

struct asking;

/* For the address of `run`. `pool` connections at once (0: 20), `delay_ms` between two of them. */
struct asking *asking_new(struct run *run, struct audit *audit, unsigned pool, unsigned delay_ms);

/* Sends a hello and reads the answer as far as it is in clear; an equal hello that was answered
 * before is not sent again. Never NULL: attempt->fault says what went wrong. Attempts of an audit are
 * kept apart from the endpoint's own, so that rules see only what a diagnosis asks. */
const struct attempt *ask_hello(struct asking *asking, const char *name, const struct hello_spec *spec);

/* A connection for a dialogue of one's own, counted in the pool and ready for TLS (proxy and STARTTLS
 * done); NULL with attempt->fault. Give it back with ask_release(), and ask nothing else of the server
 * before: the pool may have room for one. */
struct conn *ask_connect(struct asking *asking, struct attempt *attempt);
/* The same before others that wait: for a dialogue that another follows. */
struct conn *ask_connect_first(struct asking *asking, struct attempt *attempt);
/* The same for one of many side by side, which leaves others the way. */
struct conn *ask_connect_patiently(struct asking *asking, struct attempt *attempt);
void ask_release(struct asking *asking, struct conn *conn);
/* A whole handshake by OpenSSL (config as in tls/session.h); for resumption, HTTP over TLS. NULL or the
 * session with *conn, both given back with ask_session_release(). */
struct tls_session *ask_session(struct asking *asking, struct attempt *attempt, const struct tls_config *config,
				const char *sni, struct conn **conn);
void ask_session_release(struct asking *asking, struct tls_session *session, struct conn *conn);

/* Runs `fn(asking, ctxs + i * size)` for all i as tasks side by side, and waits for all. */
void ask_all(struct asking *asking, void (*fn)(struct asking *asking, void *ctx), void *ctxs, size_t n, size_t size);

struct run *asking_run(const struct asking *asking);
struct audit *asking_audit(const struct asking *asking);
/* Why nothing more is asked of this server, or NULL: out of time, it refuses, it resets. What was not
 * asked is unknown. */
const char *asking_stopped(const struct asking *asking);

#endif
