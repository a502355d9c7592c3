/* A slow line: bytes leave a few at a time, and past a limit the connection stalls or dies. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "channel.h"

struct line_state {
	const struct pace *pace;
	int fd;
	long left;              /* bytes until it stops; -1: never */
	long sent;
};

static void line_stop(const struct line_state *line)
{
	struct pollfd peer = { .fd = line->fd, .events = POLLRDHUP };

	sleep_ms(100);
	if (line->pace->stop == PACE_STALL)
		poll(&peer, 1, LAB_WAIT_SECONDS * 1000);
	else if (line->pace->stop == PACE_RESET)        /* disconnecting is how Linux resets and keeps the socket */
		connect(line->fd, &(struct sockaddr){ .sa_family = AF_UNSPEC }, sizeof(struct sockaddr));
}

/* A line that changes one byte sends that one apart. */
static ssize_t line_send(struct line_state *line, const char *bytes, size_t n)
{
	char changed = (char)~bytes[0];
	long until = line->pace->flip - line->sent;
	ssize_t sent;

	if (line->pace->flip >= 0 && until > 0 && (long)n > until)
		n = (size_t)until;
	sent = until == 0 ? send(line->fd, &changed, 1, MSG_NOSIGNAL) : send(line->fd, bytes, n, MSG_NOSIGNAL);
	line->sent += sent > 0 ? sent : 0;
	return sent;
}

static int line_write(BIO *bio, const char *bytes, int n)
{
	struct line_state *line = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	for (int at = 0; at < n;) {
		long take = n - at < (int)line->pace->chunk ? n - at : (long)line->pace->chunk;

		if (line->left >= 0 && take > line->left)
			take = line->left;
		if (take == 0) {
			line_stop(line);
			return -1;
		}
		ssize_t sent = line_send(line, bytes + at, (size_t)take);
		if (sent <= 0)
			return -1;
		at += (int)sent;
		if (line->left >= 0)
			line->left -= sent;
		if (line->pace->delay_ms > 0)
			sleep_ms(line->pace->delay_ms);
	}
	return n;
}

static int line_read(BIO *bio, char *buffer, int n)
{
	struct line_state *line = BIO_get_data(bio);

	BIO_clear_retry_flags(bio);
	return (int)recv(line->fd, buffer, (size_t)n, 0);
}

static long line_control(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static int line_destroy(BIO *bio)
{
	free(BIO_get_data(bio));
	return 1;
}

static unsigned number_of(struct arena *arena, const char *settings, const char *key, unsigned otherwise)
{
	const char *value = text_option(arena, settings, key);

	return value ? (unsigned)strtoul(value, NULL, 10) : otherwise;
}

/* pace [chunk=N] [delay_ms=N] [limit=N] [then=stall|reset|close] [flip=N] */
struct pace *pace_make(struct arena *arena, const char *settings)
{
	struct pace *pace = arena_new_of(arena, struct pace);
	const char *limit = text_option(arena, settings, "limit"), *flip = text_option(arena, settings, "flip"), *then = text_option(arena, settings, "then");

	pace->chunk = number_of(arena, settings, "chunk", 16384);
	pace->delay_ms = number_of(arena, settings, "delay_ms", 0);
	pace->flip = flip ? strtol(flip, NULL, 10) : -1;
	pace->limit = limit ? strtol(limit, NULL, 10) : -1;
	if (then && strcmp(then, "reset") == 0)
		pace->stop = PACE_RESET;
	else if (then && strcmp(then, "close") == 0)
		pace->stop = PACE_CLOSE;
	pace->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "slow line");
	if (!pace->method || !BIO_meth_set_write(pace->method, line_write) ||
	    !BIO_meth_set_read(pace->method, line_read) || !BIO_meth_set_ctrl(pace->method, line_control) ||
	    !BIO_meth_set_destroy(pace->method, line_destroy))
		lab_fail("cannot make a slow line");
	return pace;
}

BIO *pace_bio(const struct pace *pace, int fd)
{
	BIO *bio = BIO_new(pace->method);
	struct line_state *line = calloc(1, sizeof *line);

	if (!bio || !line)
		lab_fail("out of memory");
	*line = (struct line_state){ .pace = pace, .fd = fd, .left = pace->limit };
	BIO_set_data(bio, line);
	BIO_set_init(bio, 1);
	return bio;
}
