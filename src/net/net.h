/* The loop, its deadline and its connections. Every call that waits is made from a task and returns
 * in time whatever the peer does: at its own limit or at the deadline of the whole, whichever comes
 * first; after the deadline each wait returns at once, so tasks unwind by themselves. */
#ifndef WHY_NET_NET_H
#define WHY_NET_NET_H

#include <sys/socket.h>
#include <sys/types.h>
#include <uv.h>

#include "base/arena.h"
#include "base/span.h"
#include "evidence/evidence.h"

struct net {
	uv_loop_t loop;
	struct arena *arena;            /* where evidence goes */
	uint64_t start_ns;
	uint64_t deadline_ms;           /* on net_now_ms()'s clock */
	bool cancelled;                 /* the user interrupted */
	const char *interface;          /* bind to this interface or local address, or NULL */
	unsigned n_connections;
	size_t bytes_sent, bytes_received;
};

int net_init(struct net *net, struct arena *arena, unsigned max_time_ms) WHY_MUST_USE;
void net_release(struct net *net);
void net_run(struct net *net);          /* until nothing is left to wait for */

double net_now_ms(const struct net *net);       /* since net_init, fractions kept */
bool net_out_of_time(const struct net *net);
unsigned net_left_ms(const struct net *net);
void net_sleep(struct net *net, unsigned ms);

/* One TCP connection. Results are byte counts; 0 the peer's FIN; else -errno: -ETIMEDOUT,
 * -ECONNRESET, -EPIPE ... */
struct conn;

/* Connects, noting outcome, errno, ICMP and time in `seen`. NULL unless TCP_CONNECTED. */
struct conn *conn_open(struct net *net, const struct sockaddr *address, socklen_t len, unsigned timeout_ms,
		       struct tcp_evidence *seen);
ssize_t conn_read(struct conn *conn, void *buffer, size_t n, unsigned timeout_ms);
/* All of `bytes` or an error. */
int conn_write(struct conn *conn, struct span bytes, unsigned timeout_ms);
/* The same in two TCP segments: the first `at` bytes are pushed out alone. */
int conn_write_split(struct conn *conn, struct span bytes, size_t at, unsigned timeout_ms);
struct net *conn_net(const struct conn *conn);
void conn_close(struct conn *conn);
/* The peer ended the connection (or spoke) before we sent anything; looks, does not wait. */
int conn_peek_error(struct conn *conn);

const char *sockaddr_text(struct arena *arena, const struct sockaddr *address);

#endif
