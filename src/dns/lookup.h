/* What the machine and DNS say of a host, asked side by side: getaddrinfo for the addresses clients
 * use, our own stub for why. Adds no round trip before connecting: the addresses are told as soon
 * as the system has them. Everything runs on the caller's loop. */
#ifndef WHY_DNS_LOOKUP_H
#define WHY_DNS_LOOKUP_H

#include <netdb.h>
#include <uv.h>

#include "evidence/evidence.h"

struct dns_lookup;

/* Zero in any field takes the default. */
struct dns_lookup_options {
	unsigned limit_ms;              /* the whole: 10,000 */
	unsigned first_try_ms;          /* silence before a question is repeated: 1,000 */
	unsigned tries;                 /* of each question: 3 */
	const char *resolv_conf;        /* "/etc/resolv.conf" */
	const char *hosts;              /* "/etc/hosts" */
	const char *root_key;           /* "/usr/share/dns/root.key" */
	uint16_t resolver_port;         /* 53 */
	int family;                     /* AF_UNSPEC, or AF_INET, AF_INET6 for -4, -6 */
	bool no_dnssec;                 /* leave out validation by libunbound */
	bool no_extra;                  /* addresses only: no CAA, HTTPS, TLSA */
	/* For tests: in place of libc's. Called in a thread of its own. */
	int (*getaddrinfo)(const char *host, const char *service, const struct addrinfo *hints,
			   struct addrinfo **result);
	void (*freeaddrinfo)(struct addrinfo *result);
};

struct dns_addresses {
	struct sockaddr_storage *items; /* in the system's order (RFC 6724), with the port; no doubles */
	size_t n;
};

/* Starts it. `arena`, `out` and the strings of `options` must live until `all_done` or stop;
 * `options` itself is copied. `addresses_ready` comes exactly once, before `all_done`, with or
 * without addresses; `all_done` exactly once; both only from the loop, neither after stop.
 * `out` may be read at any time from the loop's thread: what is not known yet is zero.
 * Never NULL. */
struct dns_lookup *dns_lookup_start(uv_loop_t *loop, struct arena *arena,
				    const struct dns_lookup_options *options, const char *host,
				    uint16_t port, struct dns_evidence *out,
				    void (*addresses_ready)(void *ctx), void (*all_done)(void *ctx),
				    void *ctx);
/* Lives in the arena. Empty before `addresses_ready`. */
const struct dns_addresses *dns_lookup_addresses(const struct dns_lookup *lookup);
/* Ends all that still runs, at once; `out` keeps what is there and says in `unknown` what is cut.
 * After `all_done` it does nothing. From then on neither `arena` nor `out` is touched; the loop must
 * still turn (uv_run) for its handles to close before uv_loop_close(). */
void dns_lookup_stop(struct dns_lookup *lookup);

#endif
