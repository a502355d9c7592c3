/* Loop and connections over libuv: non-blocking sockets of our own, watched by uv_poll, because the
 * error queue (ICMP), segment boundaries and binding need the socket itself. */
#include "net/net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/task.h"

struct conn {
	struct net *net;
	int fd;
	uv_poll_t poll;
	uv_timer_t timer;
	struct task *waiter;
	int status;             /* what the wait ended with */
	unsigned open_handles;
};

int net_init(struct net *net, struct arena *arena, unsigned max_time_ms)
{
	*net = (struct net){ .arena = arena, .start_ns = uv_hrtime(), .deadline_ms = max_time_ms };
	return uv_loop_init(&net->loop);
}

static void close_handle(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void net_release(struct net *net)
{
	uv_walk(&net->loop, close_handle, NULL);
	uv_run(&net->loop, UV_RUN_DEFAULT);
	uv_loop_close(&net->loop);
}

void net_run(struct net *net)
{
	uv_run(&net->loop, UV_RUN_DEFAULT);
}

double net_now_ms(const struct net *net)
{
	return (double)(uv_hrtime() - net->start_ns) / 1e6;
}

bool net_out_of_time(const struct net *net)
{
	return net->cancelled || net_now_ms(net) >= (double)net->deadline_ms;
}

unsigned net_left_ms(const struct net *net)
{
	double left = (double)net->deadline_ms - net_now_ms(net);

	return net->cancelled || left <= 0 ? 0 : left > UINT_MAX / 2 ? UINT_MAX / 2 : (unsigned)left + 1;
}

/* ---- sleeping ----------------------------------------------------------------------------- */

struct sleeper {
	uv_timer_t timer;
	struct task *task;
};

static void sleeper_closed(uv_handle_t *handle)
{
	struct sleeper *sleeper = handle->data;

	task_resume(sleeper->task);
}

static void sleeper_woken(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, sleeper_closed);
}

void net_sleep(struct net *net, unsigned ms)
{
	struct sleeper sleeper = { .task = task_current() };
	unsigned left = net_left_ms(net);

	uv_update_time(&net->loop);
	uv_timer_init(&net->loop, &sleeper.timer);
	sleeper.timer.data = &sleeper;
	uv_timer_start(&sleeper.timer, sleeper_woken, ms < left ? ms : left, 0);
	task_suspend();
}

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

static int conn_wait(struct conn *conn, int events, unsigned timeout_ms)
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

/* ---- opening and closing ------------------------------------------------------------------ */

static void conn_handle_closed(uv_handle_t *handle)
{
	struct conn *conn = handle->data;

	if (--conn->open_handles > 0)
		return;
	close(conn->fd);
	free(conn);
}

void conn_close(struct conn *conn)
{
	if (!conn)
		return;
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

	if (!conn)
		return NULL;
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

static int socket_for(const struct sockaddr *address, const char *interface)
{
	int one = 1;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	int error;

	if (fd < 0)
		return -errno;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	/* The error queue names the box that sent an ICMP error, and its code. */
	if (address->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &one, sizeof one);
	else
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof one);
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

/* ---- ICMP ---------------------------------------------------------------------------------- */

static void note_icmp(struct net *net, const struct sock_extended_err *error, struct tcp_evidence *seen)
{
	const struct sockaddr *from = SO_EE_OFFENDER(error);

	if (error->ee_origin != SO_EE_ORIGIN_ICMP && error->ee_origin != SO_EE_ORIGIN_ICMP6)
		return;
	seen->has_icmp = true;
	seen->icmp_type = error->ee_type;
	seen->icmp_code = error->ee_code;
	if (from->sa_family != AF_UNSPEC)
		seen->icmp_from = sockaddr_text(net->arena, from);
}

static void read_error_queue(struct conn *conn, struct tcp_evidence *seen)
{
	char control[512], data[64];
	struct iovec part = { data, sizeof data };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof control };

	while (recvmsg(conn->fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) {
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
			if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
			    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
				note_icmp(conn->net, (const void *)CMSG_DATA(c), seen);
		msg.msg_controllen = sizeof control;
	}
}

static bool icmp_prohibits(const struct tcp_evidence *seen, int family)
{
	if (!seen->has_icmp)
		return false;
	if (family == AF_INET6)
		return seen->icmp_type == 1 &&
		       (seen->icmp_code == 1 || seen->icmp_code == 5 || seen->icmp_code == 6);
	return seen->icmp_type == 3 &&
	       (seen->icmp_code == 9 || seen->icmp_code == 10 || seen->icmp_code == 13);
}

static enum tcp_outcome outcome_of(int error, const struct tcp_evidence *seen, int family)
{
	if (icmp_prohibits(seen, family))
		return TCP_ADMIN_PROHIBITED;
	if (seen->has_icmp && seen->icmp_type == (family == AF_INET6 ? 1 : 3) &&
	    seen->icmp_code == (family == AF_INET6 ? 4 : 3))
		return TCP_PORT_UNREACHABLE;
	switch (error) {
	case 0: return TCP_CONNECTED;
	case ECONNREFUSED: return TCP_REFUSED;
	case ETIMEDOUT: return TCP_TIMEOUT;
	case ECONNRESET: return TCP_RESET;
	case EHOSTUNREACH:
	case EHOSTDOWN: return TCP_HOST_UNREACHABLE;
	case ENETUNREACH:
	case ENETDOWN: return seen->has_icmp ? TCP_NETWORK_UNREACHABLE : TCP_LOCAL_ERROR;
	default: return TCP_LOCAL_ERROR;
	}
}

static int conn_finish(struct conn *conn, unsigned timeout_ms, struct tcp_evidence *seen)
{
	int error = 0, status = conn_wait(conn, UV_WRITABLE, timeout_ms);
	socklen_t len = sizeof error;

	if (status < 0)
		return -status;
	read_error_queue(conn, seen);
	getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

struct conn *conn_open(struct net *net, const struct sockaddr *address, socklen_t len, unsigned timeout_ms,
		       struct tcp_evidence *seen)
{
	double start = net_now_ms(net);
	int fd = socket_for(address, net->interface);
	struct conn *conn = fd < 0 ? NULL : conn_new(net, fd);

	*seen = (struct tcp_evidence){ .outcome = TCP_LOCAL_ERROR, .error = fd < 0 ? -fd : ENOMEM };
	if (!conn) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	net->n_connections++;
	seen->error = connect(fd, address, len) == 0 ? 0 : errno;
	if (seen->error == EINPROGRESS)
		seen->error = conn_finish(conn, timeout_ms, seen);
	seen->outcome = outcome_of(seen->error, seen, address->sa_family);
	seen->connect_ms = net_now_ms(net) - start;
	if (seen->outcome == TCP_CONNECTED)
		return conn;
	conn_close(conn);
	return NULL;
}

/* ---- reading and writing ------------------------------------------------------------------- */

ssize_t conn_read(struct conn *conn, void *buffer, size_t n, unsigned timeout_ms)
{
	for (;;) {
		ssize_t got = recv(conn->fd, buffer, n, 0);
		int status;

		if (got >= 0) {
			conn->net->bytes_received += (size_t)got;
			return got;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		status = conn_wait(conn, UV_READABLE, timeout_ms);
		if (status < 0)
			return status;
	}
}

int conn_write(struct conn *conn, struct span bytes, unsigned timeout_ms)
{
	while (bytes.n > 0) {
		ssize_t sent = send(conn->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		int status;

		if (sent >= 0) {
			conn->net->bytes_sent += (size_t)sent;
			bytes = span_sub(bytes, (size_t)sent, bytes.n);
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return -errno;
		status = conn_wait(conn, UV_WRITABLE, timeout_ms);
		if (status < 0)
			return status;
	}
	return 0;
}

int conn_write_split(struct conn *conn, struct span bytes, size_t at, unsigned timeout_ms)
{
	int status = conn_write(conn, span_sub(bytes, 0, at), timeout_ms);

	if (status < 0)
		return status;
	/* TCP_NODELAY sends each write as it comes; the pause keeps the two from sharing a segment. */
	net_sleep(conn->net, 10);
	return conn_write(conn, span_sub(bytes, at, bytes.n), timeout_ms);
}

int conn_peek_error(struct conn *conn)
{
	char byte;
	ssize_t got = recv(conn->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return got > 0 ? 0 : got == 0 ? 1 : errno == EAGAIN ? 0 : -errno;
}
