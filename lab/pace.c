/* A slow line: bytes leave a few at a time, and past a limit the connection stalls or dies. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "channel.h"

struct pace {
	int fd;
	unsigned chunk, delay_ms;
	long left;              /* bytes until it stops; -1: never */
	enum { STOP_STALL, STOP_RESET, STOP_CLOSE } stop;
};

static void pace_stop(const struct pace *pace)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };
	struct pollfd peer = { .fd = pace->fd, .events = POLLRDHUP };

	sleep_ms(100);
	if (pace->stop == STOP_STALL)
		poll(&peer, 1, LAB_WAIT_SECONDS * 1000);
	else if (pace->stop == STOP_RESET)
		setsockopt(pace->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

static int pace_write(BIO *bio, const char *bytes, int n)
{
	struct pace *pace = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	for (int at = 0; at < n;) {
		long take = n - at < (int)pace->chunk ? n - at : (long)pace->chunk;

		if (pace->left >= 0 && take > pace->left)
			take = pace->left;
		if (take == 0) {
			pace_stop(pace);
			return -1;
		}
		ssize_t sent = send(pace->fd, bytes + at, (size_t)take, MSG_NOSIGNAL);
		if (sent <= 0)
			return -1;
		at += (int)sent;
		if (pace->left >= 0)
			pace->left -= sent;
		if (pace->delay_ms > 0)
			sleep_ms(pace->delay_ms);
	}
	return n;
}

static int pace_read(BIO *bio, char *buffer, int n)
{
	struct pace *pace = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	return (int)recv(pace->fd, buffer, (size_t)n, 0);
}

static long pace_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

static int pace_destroy(BIO *bio)
{
	free(BIO_get_data(bio));
	BIO_meth_free(BIO_get_app_data(bio));
	return 1;
}

static unsigned number_of(struct arena *arena, const char *settings, const char *key, unsigned otherwise)
{
	const char *value = text_option(arena, settings, key);

	return value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}
