/* See own_way.h. */
#include "net/own_way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_MAX = 4096 };

struct ask {
	struct nlmsghdr head;
	union {
		struct rtmsg route;
		struct ndmsg neighbour;
	} body;
	uint8_t room[128];
};

/* An answer of one message. */
union answer {
	struct nlmsghdr head;
	uint8_t bytes[ANSWER_MAX];
};

/* ---- one question, one answer ------------------------------------------------------------------------ */

static void attribute(struct ask *ask, unsigned short type, const void *data, size_t n)
{
	size_t at = NLMSG_ALIGN((size_t)ask->head.nlmsg_len);
	struct rtattr *attr = (void *)((char *)ask + at);

	attr->rta_type = type;
	attr->rta_len = (unsigned short)RTA_LENGTH(n);
	memcpy(RTA_DATA(attr), data, n);
	ask->head.nlmsg_len = (uint32_t)(at + RTA_ALIGN(attr->rta_len));
}

/* 1: an answer; else a negative errno: the kernel's own, -EIO when there was none. */
static int asked(const struct ask *ask, union answer *answer)
{
	const struct timeval limit = { .tv_usec = 300000 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), status = -EIO;
	ssize_t n = -1;

	if (fd < 0)
		return -EIO;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
	    send(fd, ask, ask->head.nlmsg_len, 0) == (ssize_t)ask->head.nlmsg_len)
		n = recv(fd, answer, sizeof *answer, 0);
	close(fd);
	if (n < (ssize_t)sizeof answer->head || !NLMSG_OK(&answer->head, (unsigned)n))
		return -EIO;
	if (answer->head.nlmsg_type != NLMSG_ERROR)
		return 1;
	if (answer->head.nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		status = ((const struct nlmsgerr *)NLMSG_DATA(&answer->head))->error;
	return status < 0 ? status : -EIO;
}

static const struct rtattr *found(const struct rtattr *first, size_t left, unsigned short type)
{
	for (const struct rtattr *a = first; RTA_OK(a, left); a = RTA_NEXT(a, left))
		if (a->rta_type == type)
			return a;
	return NULL;
}

/* ---- addresses ------------------------------------------------------------------------------------------ */

static size_t size_of(int family)
{
	return family == AF_INET6 ? 16 : 4;
}

static const void *raw_of(const struct sockaddr *address)
{
	return address->sa_family == AF_INET6 ? (const void *)&((const struct sockaddr_in6 *)(const void *)address)->sin6_addr :
						(const void *)&((const struct sockaddr_in *)(const void *)address)->sin_addr;
}

static const char *text_of(struct arena *arena, int family, const void *raw)
{
	char text[INET6_ADDRSTRLEN];

	return inet_ntop(family, raw, text, sizeof text) ? arena_str(arena, text) : NULL;
}

/* ---- the three questions ---------------------------------------------------------------------------------- */

struct next {
	unsigned index;         /* of the interface */
	uint8_t raw[16];        /* the gateway, or the address itself */
};

static void choose(struct ask *ask, int family, const char *interface)
{
	uint8_t raw[16];
	unsigned index = interface ? if_nametoindex(interface) : 0;

	if (interface && inet_pton(family, interface, raw) == 1) {
		ask->body.route.rtm_src_len = (uint8_t)(8 * size_of(family));
		attribute(ask, RTA_SRC, raw, size_of(family));
	} else if (index) {
		attribute(ask, RTA_OIF, &index, sizeof index);
	}
}

static bool read_route(struct arena *arena, const struct sockaddr *to, const char *interface, struct own_way *out, struct next *next)
{
	int family = to->sa_family, status;
	struct ask ask = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct rtmsg)), .nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST } };
	union answer answer;
	const struct rtattr *first, *attr;
	size_t left;
	char name[IF_NAMESIZE];

	ask.body.route.rtm_family = (uint8_t)family;
	ask.body.route.rtm_dst_len = (uint8_t)(8 * size_of(family));
	attribute(&ask, RTA_DST, raw_of(to), size_of(family));
	choose(&ask, family, interface);
	status = asked(&ask, &answer);
	out->is_known = status != -EIO;
	if (status < 0) {
		out->error = -status;
		return false;
	}
	first = RTM_RTA((const struct rtmsg *)NLMSG_DATA(&answer.head));
	left = RTM_PAYLOAD(&answer.head);
	if ((attr = found(first, left, RTA_PREFSRC)) && RTA_PAYLOAD(attr) >= size_of(family))
		out->source = text_of(arena, family, RTA_DATA(attr));
	memcpy(next->raw, raw_of(to), size_of(family));
	if ((attr = found(first, left, RTA_GATEWAY)) && RTA_PAYLOAD(attr) >= size_of(family)) {
		memcpy(next->raw, RTA_DATA(attr), size_of(family));
		out->gateway = text_of(arena, family, next->raw);
	}
	if (!(attr = found(first, left, RTA_OIF)) || RTA_PAYLOAD(attr) < sizeof next->index)
		return false;
	memcpy(&next->index, RTA_DATA(attr), sizeof next->index);
	out->interface = if_indextoname(next->index, name) ? arena_str(arena, name) : NULL;
	return true;
}

static void read_link(struct own_way *out)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	snprintf(request.ifr_name, sizeof request.ifr_name, "%s", out->interface);
	if (ioctl(fd, SIOCGIFFLAGS, &request) == 0)
		out->has_link = (request.ifr_flags & IFF_UP) && (request.ifr_flags & IFF_RUNNING) ? TRI_YES : TRI_NO;
	close(fd);
}

/* Interfaces without hardware addresses (NOARP) have no neighbours to speak of. */
static void read_neighbour(int family, const struct next *next, struct own_way *out)
{
	struct ask ask = { .head = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ndmsg)), .nlmsg_type = RTM_GETNEIGH, .nlmsg_flags = NLM_F_REQUEST } };
	union answer answer;
	unsigned state;

	ask.body.neighbour.ndm_family = (uint8_t)family;
	ask.body.neighbour.ndm_ifindex = (int)next->index;
	attribute(&ask, NDA_DST, next->raw, size_of(family));
	if (asked(&ask, &answer) < 0 || answer.head.nlmsg_len < NLMSG_LENGTH(sizeof(struct ndmsg)))
		return;
	state = ((const struct ndmsg *)NLMSG_DATA(&answer.head))->ndm_state;
	if (state & (NUD_FAILED | NUD_INCOMPLETE))
		out->neighbour = NEIGHBOUR_SILENT;
	else if (state & (NUD_REACHABLE | NUD_STALE | NUD_DELAY | NUD_PROBE))
		out->neighbour = NEIGHBOUR_ANSWERS;
}

void own_way_read(struct arena *arena, const struct sockaddr *to, const char *interface, struct own_way *out)
{
	struct next next = { 0 };

	*out = (struct own_way){ 0 };
	if (!read_route(arena, to, interface, out, &next))
		return;
	if (out->interface)
		read_link(out);
	read_neighbour(to->sa_family, &next, out);
}
