/* One connection, from accept to close: the rules about hellos, TLS, the script. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <openssl/err.h>

#include "bent.h"
#include "channel.h"
#include "site.h"

static void set_socket(int fd)
{
	struct timeval patience = { .tv_sec = LAB_WAIT_SECONDS };
	int yes = 1;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

static bool handshake(struct channel *channel, const struct backend *backend)
{
	const struct pace *pace = channel->scene->site->pace;

	channel->ssl = SSL_new(backend->ctx);
	if (!channel->ssl)
		return false;
	if (pace) {
		BIO *bio = pace_bio(pace, channel->fd);

		SSL_set_bio(channel->ssl, bio, bio);
	} else if (!SSL_set_fd(channel->ssl, channel->fd)) {
		return false;
	}
	return SSL_accept(channel->ssl) == 1;
}

/* "PROXY TCP4 192.0.2.1 192.0.2.2 1 443\r\n", as a load balancer would send first. */
static bool take_proxy_header(struct channel *channel)
{
	char line[108] = "";

	for (size_t n = 0; n < sizeof line - 1; n++) {
		if (channel_receive(channel, line + n, 1) != 1)
			return false;
		if (n == 5 && strncmp(line, "PROXY ", 6) != 0)
			return false;
		if (line[n] == '\n')
			return true;
	}
	return false;
}

void serve(struct scene *scene, int fd)
{
	struct channel channel = { .scene = scene, .fd = fd };
	bool other = false;

	set_socket(fd);
	if (scene_is(scene, "proxy-protocol", "required") && !take_proxy_header(&channel)) {
		channel_close(&channel);
		return;
	}
	if (!script_before(&channel)) {
		channel_close(&channel);
		return;
	}
	if (when_apply(&channel, &other))
		return;
	if (scene->bent)
		bent_serve(&channel);
	else if (!scene->site || handshake(&channel, other ? &scene->site->other : &scene->site->main))
		script_run(&channel);
	else
		channel_close(&channel);
	ERR_clear_error();
}
