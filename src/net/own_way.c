/* See own_way.h. */
#include "net/own_way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "net/netlink.h"

enum { ANSWER_MAX = 16384, LIMIT_MS = 300 };

/* An answer of one message. */
union answer {
	struct nlmsghdr head;
	uint8_t bytes[ANSWER_MAX];
};

/* ---- one question, one answer ------------------------------------------------------------------------ */

/* 1: an answer; else a negative errno: the kernel's own, -EIO when there was none. */
static int asked(const struct netlink_ask *ask, union answer *answer)
{
	const struct nlmsghdr *head = netlink_answer(ask, NETLINK_ROUTE, LIMIT_MS, answer, sizeof *answer);
	int status;

	if (!head)
		return -EIO;
	if (head->nlmsg_type != NLMSG_ERROR)
		return 1;
	status = netlink_error(head);
	return status < 0 ? status : -EIO;
}

static const struct rtattr *found(const struct nlmsghdr *head, size_t body, unsigned type)
{
	struct netlink_cursor left = netlink_attributes(head, body);
	const struct rtattr *attr;

	while ((attr = netlink_next(&left)) && netlink_type(attr) != type)
		;
	return attr;
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

static void choose(struct netlink_ask *ask, int family, const char *interface)
{
	uint8_t raw[16];
	unsigned index = interface ? if_nametoindex(interface) : 0;

	if (interface && inet_pton(family, interface, raw) == 1) {
		((struct rtmsg *)NLMSG_DATA(&ask->head))->rtm_src_len = (uint8_t)(8 * size_of(family));
		netlink_attribute(ask, RTA_SRC, raw, size_of(family));
	} else if (index) {
		netlink_attribute(ask, RTA_OIF, &index, sizeof index);
	}
}

static bool read_route(struct arena *arena, const struct sockaddr *to, const char *interface, struct own_way *out, struct next *next)
{
	int family = to->sa_family, status;
	const struct rtmsg route = { .rtm_family = (uint8_t)family, .rtm_dst_len = (uint8_t)(8 * size_of(family)) };
	struct netlink_ask ask;
	union answer answer;
	const struct rtattr *attr;
	char name[IF_NAMESIZE];

	netlink_begin(&ask, RTM_GETROUTE, 0, &route, sizeof route);
	netlink_attribute(&ask, RTA_DST, raw_of(to), size_of(family));
	choose(&ask, family, interface);
	status = asked(&ask, &answer);
	out->is_known = status != -EIO;
	if (status < 0) {
		out->error = -status;
		return false;
	}
	if ((attr = found(&answer.head, sizeof route, RTA_PREFSRC)) && RTA_PAYLOAD(attr) >= size_of(family))
		out->source = text_of(arena, family, RTA_DATA(attr));
	memcpy(next->raw, raw_of(to), size_of(family));
	if ((attr = found(&answer.head, sizeof route, RTA_GATEWAY)) && RTA_PAYLOAD(attr) >= size_of(family)) {
		memcpy(next->raw, RTA_DATA(attr), size_of(family));
		out->gateway = text_of(arena, family, next->raw);
	}
	if (!(attr = found(&answer.head, sizeof route, RTA_OIF)) || RTA_PAYLOAD(attr) < sizeof next->index)
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
	const struct ndmsg neighbour = { .ndm_family = (uint8_t)family, .ndm_ifindex = (int)next->index };
	struct netlink_ask ask;
	union answer answer;
	unsigned state;

	netlink_begin(&ask, RTM_GETNEIGH, 0, &neighbour, sizeof neighbour);
	netlink_attribute(&ask, NDA_DST, next->raw, size_of(family));
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

/* Any address that is the world's does: nothing is sent there. */
enum tri own_way_of_other_family(struct arena *arena, const struct sockaddr *to, const char *interface)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x01000001) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr.s6_addr = { 0x20 } };
	struct own_way way;

	own_way_read(arena, to->sa_family == AF_INET6 ? (const struct sockaddr *)&v4 : (const struct sockaddr *)&v6, interface, &way);
	return !way.is_known ? TRI_UNKNOWN : way.error == 0 ? TRI_YES : TRI_NO;
}

bool own_way_count(const char *interface, uint64_t *packets)
{
	const struct ifinfomsg link = { .ifi_index = (int)if_nametoindex(interface) };
	struct rtnl_link_stats64 stats;
	struct netlink_ask ask;
	union answer answer;
	const struct rtattr *attr;

	netlink_begin(&ask, RTM_GETLINK, 0, &link, sizeof link);
	if (link.ifi_index == 0 || asked(&ask, &answer) < 0 || !(attr = found(&answer.head, sizeof link, IFLA_STATS64)))
		return false;
	memset(&stats, 0, sizeof stats);
	memcpy(&stats, RTA_DATA(attr), RTA_PAYLOAD(attr) < sizeof stats ? RTA_PAYLOAD(attr) : sizeof stats);
	*packets = stats.tx_packets;
	return true;
}
