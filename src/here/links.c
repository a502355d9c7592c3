/* See links.h. */
#include "here/links.h"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { BUFFER = 64 << 10, LINKS_MAX = 16384 };

static uint32_t number_at(const struct rtattr *attr)
{
	return RTA_PAYLOAD(attr) >= 4 ? *(const uint32_t *)RTA_DATA(attr) : 0;
}

static const char *text_at(struct arena *arena, const struct rtattr *attr)
{
	return arena_strn(arena, RTA_DATA(attr), strnlen(RTA_DATA(attr), RTA_PAYLOAD(attr)));
}

/* The next attribute of `*left` bytes; NULL behind the last. */
static const struct rtattr *attribute(const char **at, size_t *left)
{
	const struct rtattr *attr = (const void *)*at;
	size_t step;

	if (*left < sizeof *attr || attr->rta_len < sizeof *attr || attr->rta_len > *left)
		return NULL;
	step = RTA_ALIGN((size_t)attr->rta_len);
	*at += step < *left ? step : *left;
	*left -= step < *left ? step : *left;
	return attr;
}

static void kind_read(struct arena *arena, const struct rtattr *info, struct link *link)
{
	const char *at = RTA_DATA(info);
	size_t left = RTA_PAYLOAD(info);
	const struct rtattr *attr;

	while ((attr = attribute(&at, &left)) != NULL)
		if (attr->rta_type == IFLA_INFO_KIND)
			link->kind = text_at(arena, attr);
}

static bool link_read(struct arena *arena, const struct nlmsghdr *head, struct link *link)
{
	const struct ifinfomsg *m = NLMSG_DATA(head);
	const char *at = (const char *)m + NLMSG_ALIGN(sizeof *m);
	const unsigned type_mask = 0x3fff;
	const struct rtattr *attr;
	size_t left;

	if (head->nlmsg_type != RTM_NEWLINK || head->nlmsg_len < NLMSG_LENGTH(sizeof *m))
		return false;
	left = head->nlmsg_len - NLMSG_LENGTH(sizeof *m);
	*link = (struct link){ .index = (unsigned)m->ifi_index, .type = m->ifi_type, .kind = "" };
	while ((attr = attribute(&at, &left)) != NULL)
		switch (attr->rta_type & type_mask) {
		case IFLA_IFNAME: link->name = text_at(arena, attr); break;
		case IFLA_GROUP: link->group = number_at(attr); break;
		case IFLA_MASTER: link->master = number_at(attr); break;
		case IFLA_LINKINFO: kind_read(arena, attr, link); break;
		default: break;
		}
	return link->name != NULL;
}

/* Reads the dump to its end. */
static int dump_read(struct arena *arena, int fd, struct link **out)
{
	char *buffer = arena_alloc(arena, BUFFER);
	struct link *links = NULL, one;
	size_t n = 0, cap = 0;

	for (;;) {
		ssize_t got = recv(fd, buffer, BUFFER, 0);
		const struct nlmsghdr *head = (const void *)buffer;
		size_t left = got > 0 ? (size_t)got : 0;

		if (got <= 0)
			return -1;
		for (; left >= sizeof *head && head->nlmsg_len >= sizeof *head && head->nlmsg_len <= left;) {
			size_t step = NLMSG_ALIGN((size_t)head->nlmsg_len);

			if (head->nlmsg_type == NLMSG_DONE) {
				*out = links;
				return (int)n;
			}
			if (head->nlmsg_type == NLMSG_ERROR)
				return -1;
			if (n < LINKS_MAX && link_read(arena, head, &one))
				*arena_push(arena, links, n, cap) = one;
			if (step >= left)
				break;
			head = (const void *)((const char *)head + step);
			left -= step;
		}
	}
}

int here_links(struct arena *arena, struct link **out)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg body;
	} ask = {
		.head = { .nlmsg_len = sizeof ask, .nlmsg_type = RTM_GETLINK, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
	};
	struct timeval limit = { .tv_sec = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), n = -1;

	*out = NULL;
	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 && send(fd, &ask, sizeof ask, 0) == (ssize_t)sizeof ask)
		n = dump_read(arena, fd, out);
	close(fd);
	return n;
}
