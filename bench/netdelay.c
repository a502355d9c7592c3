/* A link between two network namespaces on which every packet takes half a round trip, for kernels
 * without netem: two TUN devices, each one's packets written to the other after a while, in order.
 *
 *     netdelay CLIENT_NAMESPACE SERVER_NAMESPACE RTT_MS
 *
 * The client is 10.91.0.1, the server 10.91.0.2. A line on standard input is answered by one with the
 * connections that began (SYN packets of the client, repeats aside) and the bytes sent either way
 * since the last; a number in it is the new RTT. Needs root. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { PACKET_MAX = 2048, PORTS = 65536, BURST = 128 };

struct packet {
	uint64_t due_ns;
	size_t n;
	struct packet *next;
	uint8_t bytes[PACKET_MAX];
};

struct direction {
	int from, to;
	struct packet *first, **last;
	uint64_t bytes;
};

struct link {
	struct direction up, down;
	struct packet *spare;
	uint64_t half_ns;
	uint64_t connections;
	uint32_t sequence[PORTS];       /* of the last SYN from each port: a repeat has the same */
};

static void die(const char *what)
{
	fprintf(stderr, "netdelay: %s: %s\n", what, strerror(errno));
	exit(2);
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* ---- devices -------------------------------------------------------------------------------------- */

static int device_open(const char *namespace, const char *address)
{
	char text[256];
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	int space, device;

	snprintf(text, sizeof text, "/run/netns/%s", namespace);
	space = open(text, O_RDONLY | O_CLOEXEC);
	if (space < 0 || setns(space, CLONE_NEWNET) != 0)
		die(text);
	close(space);
	device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	snprintf(request.ifr_name, sizeof request.ifr_name, "delay0");
	if (device < 0 || ioctl(device, TUNSETIFF, &request) != 0)
		die("TUN device");
	snprintf(text, sizeof text, "ip link set lo up && ip addr add %s/24 dev delay0 && "
		 "ip link set delay0 txqueuelen 20000 up", address);
	if (system(text) != 0)
		die("ip");
	return device;
}

/* ---- packets ---------------------------------------------------------------------------------------- */

static void count(struct link *link, struct direction *d, const uint8_t *p, size_t n)
{
	size_t header = (size_t)(p[0] & 15) * 4;
	const uint8_t *tcp = p + header;
	uint32_t sequence;
	unsigned port;

	d->bytes += n;
	if (d != &link->up || n < header + 20 || p[0] >> 4 != 4 || p[9] != 6 || (tcp[13] & 0x12) != 0x02)
		return;
	port = (unsigned)tcp[0] << 8 | tcp[1];
	memcpy(&sequence, tcp + 4, sizeof sequence);
	link->connections += link->sequence[port] != sequence;
	link->sequence[port] = sequence;
}

static struct packet *packet_take(struct link *link)
{
	struct packet *p = link->spare;

	if (!p)
		return malloc(sizeof *p);
	link->spare = p->next;
	return p;
}

static void take_in(struct link *link, struct direction *d)
{
	for (int i = 0; i < BURST; i++) {
		struct packet *p = packet_take(link);
		ssize_t n;

		if (!p)
			die("memory");
		n = read(d->from, p->bytes, sizeof p->bytes);
		if (n <= 0) {
			p->next = link->spare;
			link->spare = p;
			return;
		}
		count(link, d, p->bytes, (size_t)n);
		p->n = (size_t)n;
		p->due_ns = now_ns() + link->half_ns;
		p->next = NULL;
		if (!d->first)
			d->last = &d->first;
		*d->last = p;
		d->last = &p->next;
	}
}

static void let_out(struct link *link, struct direction *d, uint64_t now)
{
	while (d->first && d->first->due_ns <= now) {
		struct packet *p = d->first;

		/* A full device loses the packet, as a router would. */
		if (write(d->to, p->bytes, p->n) < 0 && errno != EAGAIN && errno != EINVAL && errno != ENOBUFS)
			die("write");
		d->first = p->next;
		p->next = link->spare;
		link->spare = p;
	}
}

/* ---- asked from outside -------------------------------------------------------------------------------- */

static bool answer(struct link *link)
{
	char line[64];
	double rtt_ms;

	if (!fgets(line, sizeof line, stdin))
		return false;
	printf("%llu %llu %llu\n", (unsigned long long)link->connections, (unsigned long long)link->up.bytes,
	       (unsigned long long)link->down.bytes);
	fflush(stdout);
	link->connections = link->up.bytes = link->down.bytes = 0;
	if (sscanf(line, "%lf", &rtt_ms) == 1)
		link->half_ns = (uint64_t)(rtt_ms * 5e5);
	return true;
}

static int64_t wait_ns(const struct link *link, uint64_t now)
{
	uint64_t due = UINT64_MAX;

	if (link->up.first)
		due = link->up.first->due_ns;
	if (link->down.first && link->down.first->due_ns < due)
		due = link->down.first->due_ns;
	return due == UINT64_MAX ? -1 : due > now ? (int64_t)(due - now) : 0;
}

int main(int argc, char **argv)
{
	static struct link link;

	if (argc != 4) {
		fprintf(stderr, "usage: netdelay CLIENT_NAMESPACE SERVER_NAMESPACE RTT_MS\n");
		return 2;
	}
	link.half_ns = (uint64_t)(atof(argv[3]) * 5e5);
	link.up.from = link.down.to = device_open(argv[1], "10.91.0.1");
	link.up.to = link.down.from = device_open(argv[2], "10.91.0.2");
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct pollfd fds[] = { { link.up.from, POLLIN, 0 }, { link.down.from, POLLIN, 0 }, { 0, POLLIN, 0 } };
		int64_t wait = wait_ns(&link, now_ns());
		struct timespec timeout = { wait / 1000000000, wait % 1000000000 };

		if (ppoll(fds, 3, wait < 0 ? NULL : &timeout, NULL) < 0 && errno != EINTR)
			die("poll");
		take_in(&link, &link.up);
		take_in(&link, &link.down);
		let_out(&link, &link.up, now_ns());
		let_out(&link, &link.down, now_ns());
		if (fds[2].revents && !answer(&link))
			return 0;
	}
}
