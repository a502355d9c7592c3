/* How a connection becomes one on which TLS can begin: TCP, then the proxy's dialogue, then STARTTLS. */
#ifndef WHY_PROBE_CONNECT_H
#define WHY_PROBE_CONNECT_H

#include "probe/probe.h"
struct dialogue_ask;            /* starttls/dialogue.h */
struct dialogue_protocol;

/* A proxy that is in use for a visit. */
struct proxy_route {
	const struct dialogue_protocol *protocol;
	const char *user, *password;
	struct sockaddr_storage *addresses;
	size_t n_addresses;
	size_t good;                    /* the last that connected */
	const char *tls_name;           /* the proxy is spoken to in TLS: its name, "" for an address; NULL: in clear */
	bool has_local_names;           /* socks4, socks5: the target's name is resolved here */
};

/* TCP to the endpoint, or to the proxy and through it, and not a word to the server yet. `*rest` is what
 * the server said already. NULL: attempt->fault. */
struct conn *attempt_reach(struct run *run, struct attempt *attempt, struct span *rest);
/* Holds the dialogue over `conn` to its end; false where it failed. `early` came before. */
bool dialogue_hold(struct run *run, struct conn *conn, const struct dialogue_protocol *protocol,
		   const struct dialogue_ask *ask, struct span early, struct dialogue_evidence *out);
/* For http://: a tunnel where the proxy is one of SOCKS; an HTTP proxy is asked for the page itself. */
struct conn *plain_connect(struct run *run);
/* What TLS application protocol the target's clients offer: for the web as they do, else none, but for
 * those that insist. */
const char *const *alpn_for(const struct target *target, const char *const *web);

#endif
