/* The street's doors: one listener a scene, one thread a connection. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lab.h"

struct visitor {
	struct scene *scene;
	int fd;
};

static struct sockaddr_in loopback(unsigned port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* port A,B,C: the first that is free. */
static bool bind_one_of(int fd, const char *ports)
{
	for (const char *at = ports; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
		struct sockaddr_in address = loopback((unsigned)atoi(at));

		if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
			return true;
	}
	return false;
}

static int bind_port(const struct lab *lab, struct scene *scene, size_t nth)
{
	const char *own = scene_get(scene, "port");
	struct sockaddr_in address = loopback(lab->base_port ? lab->base_port + (unsigned)nth : 0);
	socklen_t len = sizeof address;
	int yes = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
	    (own ? !bind_one_of(fd, own) : bind(fd, (struct sockaddr *)&address, sizeof address) != 0) ||
	    getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		lab_fail(address.sin_port && !own ? "%s: %s: port %u; --base N chooses others" : "%s: no port to be had: %s", scene->name, strerror(errno),
			 ntohs(address.sin_port));
	scene->port = ntohs(address.sin_port);
	return fd;
}

/* Fills the accept queue, so that the kernel drops further SYNs as a firewall would. */
static void fill_queue(struct lab *lab, const struct scene *scene)
{
	struct sockaddr_in address = loopback(scene->port);

	for (int i = 0; i < 4 && lab->n_parked < COUNT_OF(lab->parked); i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (fd < 0)
			lab_fail("%s: no socket", scene->name);
		connect(fd, (struct sockaddr *)&address, sizeof address);
		lab->parked[lab->n_parked++] = fd;
	}
}

/* The same port of UDP. */
static void open_quic(struct lab *lab, const struct scene *scene)
{
	struct sockaddr_in address = loopback(scene->port);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
		lab_fail("%s: no UDP port %u: %s", scene->name, scene->port, strerror(errno));
	quic_answer(lab, fd, scene_get(scene, "quic"));
}

/* kind closed: the port is taken, but nothing listens. kind full: nobody accepts. */
void listen_open(struct lab *lab, struct scene *scene, size_t nth)
{
	bool is_full = scene_is(scene, "kind", "full");

	if (scene_is_far(scene)) {
		far_listen(lab, scene);
		return;
	}
	if (scene_is_dns(scene)) {
		dns_listen(lab, scene, nth);
		return;
	}
	int fd = bind_port(lab, scene, nth);

	if (scene_get(scene, "quic"))
		open_quic(lab, scene);
	if (scene_is(scene, "kind", "closed"))
		return;
	if (listen(fd, is_full ? 0 : 128) != 0)
		lab_fail("%s: cannot listen", scene->name);
	if (is_full)
		fill_queue(lab, scene);
	else
		scene->listeners[scene->n_listeners++] = fd;
}

static void *visit(void *arg)
{
	struct visitor visitor = *(struct visitor *)arg;

	free(arg);
	serve(visitor.scene, visitor.fd);
	return NULL;
}

static void receive(struct scene *scene, int listener, pthread_attr_t *attributes)
{
	pthread_t thread;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct visitor *visitor = fd >= 0 ? malloc(sizeof *visitor) : NULL;

	if (visitor) {
		*visitor = (struct visitor){ .scene = scene, .fd = fd };
		if (pthread_create(&thread, attributes, visit, visitor) == 0)
			return;
	}
	free(visitor);
	if (fd >= 0)
		close(fd);
}

/* Returns on a signal, or where asked to at the end of standard input. */
void listen_run(struct lab *lab, int signals, bool stdin_too)
{
	size_t n = 0, most = 2 * lab->n_scenes;
	struct pollfd *doors = arena_array(lab->arena, struct pollfd, most + 2);
	struct scene **behind = arena_array(lab->arena, struct scene *, most);
	pthread_attr_t attributes;
	char sink[256];

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 1 << 20);
	for (size_t i = 0; i < lab->n_scenes; i++)
		for (size_t k = 0; k < lab->scenes[i].n_listeners; k++, n++) {
			doors[n] = (struct pollfd){ .fd = lab->scenes[i].listeners[k], .events = POLLIN };
			behind[n] = &lab->scenes[i];
		}
	doors[n] = (struct pollfd){ .fd = signals, .events = POLLIN };
	doors[n + 1] = (struct pollfd){ .fd = stdin_too ? STDIN_FILENO : -1, .events = POLLIN };
	for (;;) {
		if (poll(doors, n + 2, -1) < 0 && errno != EINTR)
			return;
		if (doors[n].revents)
			return;
		if (doors[n + 1].revents && read(STDIN_FILENO, sink, sizeof sink) <= 0)
			return;
		for (size_t i = 0; i < n; i++)
			if (doors[i].revents)
				receive(behind[i], doors[i].fd, &attributes);
	}
}
