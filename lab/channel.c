/* Bytes in and out of one connection. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "channel.h"

void sleep_ms(unsigned ms)
{
	struct timespec left = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

bool channel_send(struct channel *channel, struct span bytes)
{
	while (bytes.n > 0 && channel->fd >= 0) {
		long n = channel->ssl ? SSL_write(channel->ssl, bytes.p, bytes.n > 16384 ? 16384 : (int)bytes.n) :
					send(channel->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
		bytes = span_sub(bytes, (size_t)n, bytes.n);
	}
	return channel->fd >= 0;
}

long channel_receive(struct channel *channel, void *buffer, size_t n)
{
	if (channel->fd < 0)
		return -1;
	return channel->ssl ? SSL_read(channel->ssl, buffer, (int)n) : recv(channel->fd, buffer, n, 0);
}

void channel_read_request(struct channel *channel)
{
	char head[8192];
	size_t n = 0;

	while (n < sizeof head) {
		long got = channel_receive(channel, head + n, sizeof head - n);

		if (got <= 0)
			return;
		n += (size_t)got;
		if (span_find(span_of(head, n), span_str("\r\n\r\n")) >= 0)
			return;
	}
}

size_t channel_record(struct channel *channel, void *buffer, size_t cap, bool keep)
{
	uint8_t head[5];

	if (recv(channel->fd, head, sizeof head, MSG_PEEK | MSG_WAITALL) != (ssize_t)sizeof head)
		return 0;
	size_t n = sizeof head + (size_t)(head[3] << 8 | head[4]);
	if (n > cap)
		return 0;
	return recv(channel->fd, buffer, n, MSG_WAITALL | (keep ? MSG_PEEK : 0)) == (ssize_t)n ? n : 0;
}

static void channel_forget(struct channel *channel)
{
	SSL_free(channel->ssl);
	channel->ssl = NULL;
	close(channel->fd);
	channel->fd = -1;
}

/* Closing a socket that holds unread bytes sends a reset instead of a FIN, so read them first. */
void channel_close(struct channel *channel)
{
	char rest[4096];

	if (channel->fd < 0)
		return;
	if (channel->ssl && SSL_is_init_finished(channel->ssl))
		SSL_shutdown(channel->ssl);
	shutdown(channel->fd, SHUT_WR);
	for (int turns = 0; turns < 64; turns++) {
		struct pollfd poll_fd = { .fd = channel->fd, .events = POLLIN };

		if (poll(&poll_fd, 1, 2000) <= 0 || recv(channel->fd, rest, sizeof rest, 0) <= 0)
			break;
	}
	channel_forget(channel);
}

void channel_reset(struct channel *channel)
{
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	if (channel->fd < 0)
		return;
	setsockopt(channel->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
	channel_forget(channel);
}

void channel_hold(struct channel *channel)
{
	char sink[4096];

	for (int turns = 0; turns < 256; turns++)
		if (recv(channel->fd, sink, sizeof sink, 0) <= 0)
			return;
}
