/* Connections: non-blocking sockets of our own, watched by uv_poll, because the error queue (ICMP),
 * segment boundaries, hop limits and binding need the socket itself. */
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "evidence/wire.h"
#include "net/delivery.h"
#include "net/icmp.h"
#include "net/task.h"

struct conn {
	struct net *net;
	int fd;
	uv_poll_t poll;
	uv_timer_t timer;
	struct task *waiter;
	int status;             /* what the wait ended with */
	int family;
	struct patience patience;
	unsigned open_handles;
	size_t n_unwaited;      /* bytes read since the loop had its turn */
	bool is_reset;          /* a write was told so */
	struct wire_record *record;
	struct conn_layer layer;
	bool is_below;          /* the layer itself reads or writes */
};

/* ---- waiting on a connection -------------------------------------------------------------- */

static void conn_wake(struct conn *conn, int status)
{
	struct task *waiter = conn->waiter;

	if (!waiter)
		return;
	conn->waiter = NULL;
	conn->status = status;
	uv_poll_stop(&conn->poll);
	uv_timer_stop(&conn->timer);
	task_resume(waiter);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	(void)events;
	/* An error status (EBADF for EPOLLERR alone) also means: look at the socket. */
	(void)status;
	conn_wake(poll->data, 0);
}

static void on_timer(uv_timer_t *timer)
{
	conn_wake(timer->data, -ETIMEDOUT);
}

static int conn_wait_once(struct conn *conn, int events, unsigned timeout_ms)
{
	unsigned left = net_left_ms(conn->net);

	if (left == 0)
		return -ETIMEDOUT;
	uv_update_time(&conn->net->loop);
	conn->waiter = task_current();
	uv_timer_start(&conn->timer, on_timer, timeout_ms < left ? timeout_ms : left, 0);
	uv_poll_start(&conn->poll, events, on_poll);
	task_suspend();
	return conn->status;
}

/* In slices, where the owner wants to be asked whether to go on waiting. */
static int conn_wait(struct conn *conn, int events, unsigned timeout_ms)
{
	const struct patience *patience = &conn->patience;
	double start = net_now_ms(conn->net);

	if (!patience->go_on)
		return conn_wait_once(conn, events, timeout_ms);
	for (;;) {
		double waited = net_now_ms(conn->net) - start, left = (double)timeout_ms - waited;
		int status = left <= 0 ? -ETIMEDOUT :
			conn_wait_once(conn, events, left < patience->slice_ms ? (unsigned)left + 1 : patience->slice_ms);

		waited = net_now_ms(conn->net) - start;
		if (status != -ETIMEDOUT || left <= 0 || net_out_of_time(conn->net) || !patience->go_on(patience->ctx, waited))
			return status;
	}
}

void conn_set_patience(struct conn *conn, const struct patience *patience)
{
	conn->patience = patience ? *patience : (struct patience){ 0 };
}

/* ---- opening and closing ------------------------------------------------------------------ */

static void conn_handle_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	if (--conn->open_handles > 0)
		return;
	close(conn->fd);
	free(conn);
}

/* What the peer has not taken after repeats would be repeated for minutes more, by nobody: a reset says it once, and frees the
 * peer too. */
static void give_up_the_lost(int fd)
{
	const struct conn_delivery delivery = tcp_delivery(fd);
	const struct linger now = { .l_onoff = 1 };

	if (delivery.is_unsent || (delivery.is_unacknowledged && delivery.retransmits > 0))
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void conn_close(struct conn *conn)
{
	if (!conn)
		return;
	give_up_the_lost(conn->fd);
	if (conn->layer.end)
		conn->layer.end(conn->layer.ctx);
	uv_close((uv_handle_t *)&conn->poll, conn_handle_closed);
	uv_close((uv_handle_t *)&conn->timer, conn_handle_closed);
}

struct net *conn_net(const struct conn *conn)
{
	return conn->net;
}

static struct conn *conn_new(struct net *net, int fd)
{
	struct conn *conn = calloc(1, sizeof *conn);

	/* A probe that cannot be sent for want of a few bytes would look like a peer that says nothing. */
	if (!conn)
		out_of_memory();
	conn->net = net;
	conn->fd = fd;
	if (uv_poll_init(&net->loop, &conn->poll, fd) != 0) {
		free(conn);
		return NULL;
	}
	uv_timer_init(&net->loop, &conn->timer);
	conn->poll.data = conn->timer.data = conn;
	conn->open_handles = 2;
	return conn;
}

static int bind_to(int fd, int family, const char *interface)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

	if (!interface)
		return 0;
	if (family == AF_INET && inet_pton(AF_INET, interface, &v4.sin_addr) == 1)
		return bind(fd, (struct sockaddr *)&v4, sizeof v4) ? -errno : 0;
	if (family == AF_INET6 && inet_pton(AF_INET6, interface, &v6.sin6_addr) == 1)
		return bind(fd, (struct sockaddr *)&v6, sizeof v6) ? -errno : 0;
	return setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface, (socklen_t)strlen(interface) + 1) ? -errno : 0;
}

int net_interface_check(const char *interface)
{
	unsigned char raw[16];
	int family = inet_pton(AF_INET, interface, raw) == 1 ? AF_INET : inet_pton(AF_INET6, interface, raw) == 1 ? AF_INET6 : AF_UNSPEC;
	int fd, status;

	if (family == AF_UNSPEC)
		return if_nametoindex(interface) ? 0 : -ENODEV;
	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	status = bind_to(fd, family, interface);
	close(fd);
	return status;
}

static void set_hops(int fd, int family, int hops)
{
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, sizeof hops);
	else
		setsockopt(fd, IPPROTO_IP, IP_TTL, &hops, sizeof hops);
}

static bool set_min_left(int fd, int family, int left)
{
	return (family == AF_INET6 ? setsockopt(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT, &left, sizeof left) :
				     setsockopt(fd, IPPROTO_IP, IP_MINTTL, &left, sizeof left)) == 0;
}

static int socket_for(const struct sockaddr *address, int type, const char *interface, const struct conn_wish *wish)
{
	int one = 1, mss = wish->mss;
	int fd = socket(address->sa_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	if (type == SOCK_STREAM)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	if (mss)
		setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &mss, sizeof mss);
	if (wish->hops)
		set_hops(fd, address->sa_family, wish->hops);
	/* On a client's socket this holds the ACK back (tcp_rcv_synsent_state_process in Linux). */
	if (wish->is_ack_late)
		setsockopt(fd, IPPROTO_TCP, TCP_DEFER_ACCEPT, &one, sizeof one);
	if (wish->min_left)
		set_min_left(fd, address->sa_family, wish->min_left);
	icmp_listen(fd, address->sa_family, true);
	error = bind_to(fd, address->sa_family, interface);
	if (error) {
		close(fd);
		return error;
	}
	return fd;
}

const char *sockaddr_text(struct arena *arena, const struct sockaddr *address)
{
	char text[INET6_ADDRSTRLEN] = "?";
	const void *raw = address->sa_family == AF_INET6 ?
		(const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr :
		(const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;

	if (address->sa_family == AF_INET || address->sa_family == AF_INET6)
		inet_ntop(address->sa_family, raw, text, sizeof text);
	return arena_str(arena, text);
}

/* ---- connecting ----------------------------------------------------------------------------- */

static bool is_connected(const struct conn *conn)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;

	return getpeername(conn->fd, (struct sockaddr *)&peer, &len) == 0 || errno != ENOTCONN;
}

static int conn_finish(struct conn *conn, unsigned timeout_ms, struct tcp_evidence *seen)
{
	int error = 0, status = conn_wait(conn, UV_WRITABLE, timeout_ms);
	socklen_t len = sizeof error;

	if (status < 0)
		return -status;
	/* In this order: taking the last ICMP error from the queue clears the socket's own. */
	getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	icmp_read(conn->fd, conn->net->arena, seen);
	if (error == 0 && !is_connected(conn))
		return EHOSTUNREACH;    /* an ICMP error ended it, and its errno was lost on the way */
	return error;
}

static struct conn *conn_try(struct net *net, const struct sockaddr *address, int type, const struct conn_wish *wish,
			     struct tcp_evidence *seen)
{
	int fd = socket_for(address, type, net->interface, wish);
	struct conn *conn = fd < 0 ? NULL : conn_new(net, fd);

	*seen = (struct tcp_evidence){ .outcome = TCP_LOCAL_ERROR, .error = fd < 0 ? -fd : ENOMEM };
	if (!conn && fd >= 0)
		close(fd);
	if (conn)
		conn->family = address->sa_family;
	return conn;
}

/* What this machine has run out of for the moment; others will give some back. */
static bool is_passing(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static struct conn *conn_make(struct net *net, const struct sockaddr *address, int type, const struct conn_wish *wish,
			      struct tcp_evidence *seen)
{
	enum { TRIES = 20, PAUSE_MS = 60 };

	for (int i = 1;; i++) {
		struct conn *conn = conn_try(net, address, type, wish, seen);

		if (conn || !is_passing(seen->error))
			return conn;
		if (i == TRIES || net_out_of_time(net)) {
			net->starved_of = seen->error;
			return NULL;
		}
		net_sleep(net, PAUSE_MS);
	}
}

struct conn *conn_open_as(struct net *net, const struct sockaddr *address, socklen_t len, const struct conn_wish *wish,
			  struct tcp_evidence *seen)
{
	double start = net_now_ms(net);
	struct conn *conn = conn_make(net, address, SOCK_STREAM, wish, seen);

	if (!conn)
		return NULL;
	net->n_connections++;
	conn->record = wire_open(net->wire, sockaddr_text(net->arena, address), start);
	conn->patience = wish->patience;
	seen->error = connect(conn->fd, address, len) == 0 ? 0 : errno;
	if (seen->error == EINPROGRESS)
		seen->error = conn_finish(conn, wish->timeout_ms, seen);
	seen->outcome = icmp_outcome(seen->error, seen, address->sa_family);
	seen->is_held_back = seen->outcome == TCP_TIMEOUT && tcp_is_held_back(conn->fd);
	seen->connect_ms = net_now_ms(net) - start;
	conn->patience = (struct patience){ 0 };
	if (seen->outcome == TCP_CONNECTED) {
		/* From now on a stray ICMP error is no end, as with any other client. */
		icmp_listen(conn->fd, conn->family, false);
		return conn;
	}
	conn_close(conn);
	return NULL;
}

struct conn *conn_open(struct net *net, const struct sockaddr *address, socklen_t len, unsigned timeout_ms,
		       struct tcp_evidence *seen)
{
	const struct conn_wish wish = { .timeout_ms = timeout_ms };

	return conn_open_as(net, address, len, &wish, seen);
}

struct conn *conn_open_udp(struct net *net, const struct sockaddr *address, socklen_t len, uint8_t hops,
			   struct tcp_evidence *seen)
{
	const struct conn_wish wish = { .hops = hops };
	struct conn *conn = conn_make(net, address, SOCK_DGRAM, &wish, seen);

	if (!conn)
		return NULL;
	seen->error = connect(conn->fd, address, len) == 0 ? 0 : errno;
	seen->outcome = icmp_outcome(seen->error, seen, address->sa_family);
	if (seen->outcome == TCP_CONNECTED)
		return conn;
	conn_close(conn);
	return NULL;
}

/* ---- what becomes of our packets -------------------------------------------------------------- */

void conn_limit_hops(struct conn *conn, uint8_t hops)
{
	set_hops(conn->fd, conn->family, hops ? hops : -1);
	icmp_listen(conn->fd, conn->family, hops != 0);
}

bool conn_require_left(struct conn *conn, uint8_t min_left)
{
	return set_min_left(conn->fd, conn->family, min_left);
}

bool conn_icmp(struct conn *conn, struct tcp_evidence *seen)
{
	seen->has_icmp = false;
	icmp_read(conn->fd, conn->net->arena, seen);
	return seen->has_icmp;
}

struct conn_delivery conn_delivery(const struct conn *conn)
{
	return tcp_delivery(conn->fd);
}

void conn_abort(struct conn *conn)
{
	struct linger now = { .l_onoff = 1 };

	if (!conn)
		return;
	setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
	conn_close(conn);
}

/* ---- reading and writing ------------------------------------------------------------------- */

/* Bytes that are there already cost no wait: whoever sends without end would keep the loop, and with
 * it everybody else and the deadline, from their turn. */
static int let_others(struct conn *conn, unsigned timeout_ms)
{
	enum { UNWAITED_MAX = 128 << 10 };

	if (net_out_of_time(conn->net))
		return -ETIMEDOUT;
	if (conn->n_unwaited < UNWAITED_MAX)
		return 0;
	conn->n_unwaited = 0;
	return conn_wait(conn, UV_READABLE, timeout_ms);
}

bool conn_has_layer(const struct conn *conn)
{
	return conn->layer.ctx != NULL;
}

void conn_set_layer(struct conn *conn, const struct conn_layer *layer)
{
	conn->layer = *layer;
}

static ssize_t layer_read(struct conn *conn, void *buffer, size_t n, unsigned timeout_ms)
{
	ssize_t got;

	conn->is_below = true;
	got = conn->layer.read(conn->layer.ctx, buffer, n, timeout_ms);
	conn->is_below = false;
	return got;
}

static int layer_write(struct conn *conn, struct span bytes, unsigned timeout_ms)
{
	int status;

	conn->is_below = true;
	status = conn->layer.write(conn->layer.ctx, bytes, timeout_ms);
	conn->is_below = false;
	return status;
}

static ssize_t socket_read(struct conn *conn, void *buffer, size_t n, unsigned timeout_ms)
{
	int status = let_others(conn, timeout_ms);

	if (status < 0)
		return status;
	for (;;) {
		ssize_t got = recv(conn->fd, buffer, n, 0);

		if (got >= 0) {
			conn->n_unwaited += (size_t)got;
			conn->net->bytes_received += (size_t)got;
			wire_note(conn->net->wire, conn->record, net_now_ms(conn->net), false, span_of(buffer, (size_t)got));
			return got == 0 && conn->is_reset ? -ECONNRESET : got;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		conn->n_unwaited = 0;
		status = conn_wait(conn, UV_READABLE, timeout_ms);
		if (status < 0)
			return status;
	}
}

ssize_t conn_read(struct conn *conn, void *buffer, size_t n, unsigned timeout_ms)
{
	bool in_layer = conn->layer.read && !conn->is_below;

	return in_layer ? layer_read(conn, buffer, n, timeout_ms) : socket_read(conn, buffer, n, timeout_ms);
}

static int socket_write(struct conn *conn, struct span bytes, unsigned timeout_ms)
{
	while (bytes.n > 0) {
		ssize_t sent = send(conn->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		int status;

		if (sent >= 0) {
			conn->net->bytes_sent += (size_t)sent;
			wire_note(conn->net->wire, conn->record, net_now_ms(conn->net), true, span_sub(bytes, 0, (size_t)sent));
			bytes = span_sub(bytes, (size_t)sent, bytes.n);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN) {
			/* The kernel tells of a reset once; whoever reads afterwards would take it for a FIN. */
			conn->is_reset |= errno == ECONNRESET;
			return -errno;
		}
		status = conn_wait(conn, UV_WRITABLE, timeout_ms);
		if (status < 0)
			return status;
	}
	return 0;
}

int conn_write(struct conn *conn, struct span bytes, unsigned timeout_ms)
{
	bool in_layer = conn->layer.write && !conn->is_below;

	return in_layer ? layer_write(conn, bytes, timeout_ms) : socket_write(conn, bytes, timeout_ms);
}

int conn_write_split(struct conn *conn, struct span bytes, size_t at, unsigned timeout_ms)
{
	int status = conn_write(conn, span_sub(bytes, 0, at), timeout_ms);

	if (status < 0)
		return status;
	/* TCP_NODELAY sends each write as it comes; the pause keeps the two from sharing a segment, or a read of a
	 * busy peer. */
	net_sleep(conn->net, 100);
	return conn_write(conn, span_sub(bytes, at, bytes.n), timeout_ms);
}

int conn_peek_error(struct conn *conn)
{
	char byte;
	ssize_t got = recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return got > 0 ? 0 : got == 0 ? 1 : errno == EAGAIN ? 0 : -errno;
}

bool conn_is_gone(struct conn *conn, unsigned ms)
{
	const int on = 1, off = 0, idle_s = 1;
	bool is_gone;

	if (setsockopt(conn->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on) != 0 ||
	    setsockopt(conn->fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s) != 0)
		return false;
	(void)conn_wait_once(conn, UV_READABLE, ms);
	is_gone = conn_peek_error(conn) == -ECONNRESET;
	setsockopt(conn->fd, SOL_SOCKET, SO_KEEPALIVE, &off, sizeof off);
	return is_gone;
}
