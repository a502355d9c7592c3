/* Side fetches over plain HTTP or HTTPS by libcurl: issuers, OCSP, CRLs. Looks blocking, from a task.
 * The URL is a peer's word: only http and https, no redirect to another scheme, no proxy, no
 * local address unless the target itself is local, capped size and time. */
#ifndef WHY_NET_FETCH_H
#define WHY_NET_FETCH_H

#include "net/net.h"

struct fetch {
	const char *url;
	struct span post;               /* with bytes: a POST of content_type */
	const char *content_type;
	size_t body_max;
	unsigned timeout_ms;
	bool allow_local;
	/* results */
	struct span body;
	long status;
	const char *error;              /* NULL when an answer came */
};

void fetch_run(struct net *net, struct fetch *fetch);
/* Loopback, private, link-local and the like. */
bool sockaddr_is_local(const struct sockaddr *address);

#endif
