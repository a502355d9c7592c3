/* One HTTP request over a connection that is open. */
#ifndef WHY_PROBE_EXCHANGE_H
#define WHY_PROBE_EXCHANGE_H

#include "probe/probe.h"

/* Over TLS, in the protocol that ALPN chose. */
void http_over(struct run *run, struct tls_session *session, struct conn *conn, struct attempt *attempt,
	       struct http_evidence *out);
/* The same up to the end of the answer's head; what follows is left. */
void http_head_over(struct run *run, struct tls_session *session, struct conn *conn, struct attempt *attempt,
		    struct http_evidence *out);
/* In clear. */
void http_plain(struct run *run, struct conn *conn, struct http_evidence *out);

void probe_main_run(struct run *run);
/* The same with a hello that is padded beyond 511 bytes. */
void probe_main_run_padded(struct run *run);

#endif
