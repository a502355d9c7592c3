/* Connections: what the kernel says once is not lost between two calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/net.h"
#include "net/task.h"

struct listener {
	int fd;
	struct sockaddr_in address;
};

static struct listener listen_somewhere(void)
{
	struct listener l = { .address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof l.address;

	l.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(l.fd >= 0);
	assert_int_equal(bind(l.fd, (struct sockaddr *)&l.address, len), 0);
	assert_int_equal(listen(l.fd, 4), 0);
	assert_int_equal(getsockname(l.fd, (struct sockaddr *)&l.address, &len), 0);
	return l;
}

/* Takes the waiting connection and ends it with a FIN or a reset. */
static void end_one(const struct listener *l, bool with_reset)
{
	struct linger now = { .l_onoff = with_reset };
	int fd = accept(l->fd, NULL, NULL);

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now), 0);
	close(fd);
}

struct ending {
	struct net *net;
	bool with_reset, write_first;
	int written;
	ssize_t got;
};

static void talk(void *ctx)
{
	struct ending *e = ctx;
	struct listener l = listen_somewhere();
	struct tcp_evidence seen;
	struct conn *conn = conn_open(e->net, (struct sockaddr *)&l.address, sizeof l.address, 1000, &seen);
	char byte;

	assert_non_null(conn);
	end_one(&l, e->with_reset);
	if (e->write_first)
		e->written = conn_write(conn, span_str("hello"), 1000);
	e->got = conn_read(conn, &byte, 1, 1000);
	conn_close(conn);
	close(l.fd);
}

static struct ending ended(bool with_reset, bool write_first)
{
	struct arena *arena = arena_new(1 << 20);
	struct net net;
	struct ending e = { .net = &net, .with_reset = with_reset, .write_first = write_first };

	assert_int_equal(net_init(&net, arena, 5000), 0);
	assert_non_null(task_spawn(talk, &e));
	net_run(&net);
	net_release(&net);
	arena_free(arena);
	return e;
}

static void test_reset_is_a_reset(void **state)
{
	struct ending e = ended(true, false);

	(void)state;
	assert_int_equal(e.got, -ECONNRESET);
	/* The write is told of the reset; the read behind it must not take the silence for a FIN. */
	e = ended(true, true);
	assert_int_equal(e.written, -ECONNRESET);
	assert_int_equal(e.got, -ECONNRESET);
}

static void test_fin_is_a_fin(void **state)
{
	(void)state;
	assert_int_equal(ended(false, false).got, 0);
}

/* ---- dropped without a word, as HAProxy's silent-drop does ------------------------------------------------- */

struct idle {
	struct net *net;
	bool is_dropped, could_drop, is_gone;
	ssize_t got;
};

static void wait_idly(void *ctx)
{
	struct idle *idle = ctx;
	struct listener l = listen_somewhere();
	struct tcp_evidence seen;
	struct conn *conn = conn_open(idle->net, (struct sockaddr *)&l.address, sizeof l.address, 1000, &seen);
	const int on = 1;
	char byte;
	int fd;

	assert_non_null(conn);
	fd = accept(l.fd, NULL, NULL);
	assert_true(fd >= 0);
	/* The socket goes, and nothing is sent; only root may. */
	idle->could_drop = idle->is_dropped && setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) == 0;
	if (idle->could_drop)
		close(fd);
	net_sleep(idle->net, 1100);
	idle->is_gone = conn_is_gone(conn, 300);
	if (!idle->could_drop) {
		assert_int_equal(send(fd, "x", 1, 0), 1);
		idle->got = conn_read(conn, &byte, 1, 1000);
		close(fd);
	}
	conn_close(conn);
	close(l.fd);
}

static struct idle idled(bool is_dropped)
{
	struct arena *arena = arena_new(1 << 20);
	struct net net;
	struct idle idle = { .net = &net, .is_dropped = is_dropped };

	assert_int_equal(net_init(&net, arena, 5000), 0);
	assert_non_null(task_spawn(wait_idly, &idle));
	net_run(&net);
	net_release(&net);
	arena_free(arena);
	return idle;
}

static void test_dropped_without_a_word(void **state)
{
	struct idle idle = idled(false);

	(void)state;
	assert_false(idle.is_gone);
	assert_int_equal(idle.got, 1);          /* asking has not harmed it */
	idle = idled(true);
	if (idle.could_drop)
		assert_true(idle.is_gone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reset_is_a_reset),
		cmocka_unit_test(test_fin_is_a_fin),
		cmocka_unit_test(test_dropped_without_a_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
