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
#include "net/delivery.h"

struct net {
	uv_loop_t loop;
	struct arena *arena;            /* where evidence goes */
	uint64_t start_ns;
	uint64_t deadline_ms;           /* on net_now_ms()'s clock */
	bool cancelled;                 /* the user interrupted */
	const char *interface;          /* bind to this interface or local address, or NULL */
	struct wire_log *wire;          /* NULL: bytes are not kept */
	unsigned n_connections;
	size_t bytes_sent, bytes_received;
	int starved_of;                 /* EMFILE, ENOBUFS ...: a connection was given up because this machine had no more; 0: none */
};

int net_init(struct net *net, struct arena *arena, unsigned max_time_ms) WHY_MUST_USE;
void net_release(struct net *net);
void net_run(struct net *net);          /* until nothing is left to wait for */

/* 0 where this machine has that interface or local address, else -errno. */
int net_interface_check(const char *interface) WHY_MUST_USE;

double net_now_ms(const struct net *net);       /* since net_init, fractions kept */
bool net_out_of_time(const struct net *net);
unsigned net_left_ms(const struct net *net);
void net_sleep(struct net *net, unsigned ms);

/* One TCP connection. Results are byte counts; 0 the peer's FIN; else -errno: -ETIMEDOUT,
 * -ECONNRESET, -EPIPE ... */
struct conn;

/* Asked after each slice of a wait that brought nothing; false gives the wait up as timed out. */
struct patience {
	unsigned slice_ms;
	bool (*go_on)(void *ctx, double waited_ms);     /* NULL: never asked */
	void *ctx;
};

struct conn_wish {
	unsigned timeout_ms;
	uint8_t hops;           /* hop limit of every packet, the SYN included; 0: the system's */
	uint16_t mss;           /* largest segment either way (TCP_MAXSEG); 0: the system's */
	bool is_ack_late;       /* the handshake's last ACK waits (up to 200 ms) for the first bytes we send */
	uint8_t min_left;       /* what arrives with a smaller hop limit left is thrown away (RFC 5082); 0: nothing */
	struct patience patience;       /* while connecting */
};

/* As conn_open(), with wishes. */
struct conn *conn_open_as(struct net *net, const struct sockaddr *address, socklen_t len, const struct conn_wish *wish,
			  struct tcp_evidence *seen);
/* A UDP socket that talks to this address alone. conn_write() sends a datagram, conn_read() takes
 * one; an ICMP error ends either with its -errno, and conn_icmp() tells it. NULL: `seen` says why. */
struct conn *conn_open_udp(struct net *net, const struct sockaddr *address, socklen_t len, uint8_t hops,
			   struct tcp_evidence *seen);
/* For the waits of conn_read() and conn_write() from now on; NULL ends it. */
void conn_set_patience(struct conn *conn, const struct patience *patience);
/* Packets from now on expire after `hops` routers, and conn_read() returns the -errno of the ICMP
 * error that tells of it (the connection stands); 0 undoes both. */
void conn_limit_hops(struct conn *conn, uint8_t hops);
/* conn_wish.min_left from now on. Any user may ask the kernel for it: so it is measured from how far
 * a reset comes, where raw sockets and socket filters are not allowed. */
bool conn_require_left(struct conn *conn, uint8_t min_left);
/* Takes what the error queue holds into seen->icmp_*; false when it was empty. */
bool conn_icmp(struct conn *conn, struct tcp_evidence *seen);

struct conn_delivery conn_delivery(const struct conn *conn);

/* Connects, noting outcome, errno, ICMP and time in `seen`. NULL unless TCP_CONNECTED. */
struct conn *conn_open(struct net *net, const struct sockaddr *address, socklen_t len, unsigned timeout_ms,
		       struct tcp_evidence *seen);
ssize_t conn_read(struct conn *conn, void *buffer, size_t n, unsigned timeout_ms);
/* All of `bytes` or an error. */
int conn_write(struct conn *conn, struct span bytes, unsigned timeout_ms);
/* The same in two TCP segments: the first `at` bytes are pushed out alone. */
int conn_write_split(struct conn *conn, struct span bytes, size_t at, unsigned timeout_ms);
struct net *conn_net(const struct conn *conn);

/* What the bytes travel in, as TLS to a proxy. Results as of conn_read() and conn_write(), which `read` and `write`
 * call for the bytes below; `end` is called when the connection is closed. */
struct conn_layer {
	ssize_t (*read)(void *ctx, void *buffer, size_t n, unsigned timeout_ms);
	int (*write)(void *ctx, struct span bytes, unsigned timeout_ms);
	void (*end)(void *ctx);
	void *ctx;
};
bool conn_has_layer(const struct conn *conn);
/* From now on; once. */
void conn_set_layer(struct conn *conn, const struct conn_layer *layer);
void conn_close(struct conn *conn);
void conn_abort(struct conn *conn);     /* with a reset instead of a FIN */
/* The peer ended the connection (or spoke) before we sent anything; looks, does not wait. */
int conn_peek_error(struct conn *conn);
/* Asks the peer's TCP, by a keepalive, whether it still knows of an idle connection: true where it resets within `ms`, as
 * after a server that dropped it without a word. RFC 9293 3.8.4. */
bool conn_is_gone(struct conn *conn, unsigned ms);

const char *sockaddr_text(struct arena *arena, const struct sockaddr *address);

#endif
