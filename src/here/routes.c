/* See routes.h. */
#include "here/routes.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct ask {
	struct nlmsghdr head;
	struct rtmsg body;
	uint8_t room[256];
};

static void attribute(struct ask *ask, unsigned short type, const void *data, size_t n)
{
	size_t at = NLMSG_ALIGN((size_t)ask->head.nlmsg_len);
	struct rtattr *attr = (void *)((char *)ask + at);

	attr->rta_type = type;
	attr->rta_len = (unsigned short)RTA_LENGTH(n);
	memcpy(RTA_DATA(attr), data, n);
	ask->head.nlmsg_len = (uint32_t)(at + RTA_ALIGN(attr->rta_len));
}

static void address_attribute(struct ask *ask, unsigned short type, const struct fw_address *a)
{
	if (a->family == AF_INET)
		attribute(ask, type, a->bytes + 12, 4);
	else
		attribute(ask, type, a->bytes, 16);
}

static int send_ask(struct ask *ask)
{
	struct timeval limit = { .tv_sec = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
	    send(fd, ask, ask->head.nlmsg_len, 0) == (ssize_t)ask->head.nlmsg_len)
		return fd;
	close(fd);
	return -1;
}

/* The kernel tells unusable routes by the error that a sender would get. fib_props, fib_semantics.c */
static enum fw_route_type type_of_error(int error)
{
	switch (-error) {
	case EACCES: return FW_ROUTE_PROHIBIT;
	case EHOSTUNREACH: return FW_ROUTE_UNREACHABLE;
	case EINVAL: return FW_ROUTE_BLACKHOLE;
	default: return FW_ROUTE_NONE;
	}
}

static enum fw_route_type type_of(unsigned char rtm_type)
{
	switch (rtm_type) {
	case RTN_UNICAST: return FW_ROUTE_UNICAST;
	case RTN_LOCAL: return FW_ROUTE_LOCAL;
	case RTN_BROADCAST: return FW_ROUTE_BROADCAST;
	case RTN_MULTICAST: return FW_ROUTE_MULTICAST;
	case RTN_BLACKHOLE: return FW_ROUTE_BLACKHOLE;
	case RTN_UNREACHABLE: return FW_ROUTE_UNREACHABLE;
	case RTN_PROHIBIT: return FW_ROUTE_PROHIBIT;
	default: return FW_ROUTE_NONE;
	}
}

static void source_of(struct fw_route *out, int family, const struct rtattr *attr)
{
	size_t n = family == AF_INET ? 4 : 16;

	if (RTA_PAYLOAD(attr) < n)
		return;
	out->source.family = family;
	memcpy(out->source.bytes + 16 - n, RTA_DATA(attr), n);
}

static void answer_read(struct arena *arena, const struct nlmsghdr *head, int family, struct fw_route *out)
{
	const struct rtmsg *m = NLMSG_DATA(head);
	const char *at = (const char *)RTM_RTA(m);
	size_t left = RTM_PAYLOAD(head);
	char device[IF_NAMESIZE];

	out->type = type_of(m->rtm_type);
	out->is_on_link = true;
	while (left >= sizeof(struct rtattr)) {
		const struct rtattr *attr = (const void *)at;
		size_t step = RTA_ALIGN((size_t)attr->rta_len);
		uint32_t number = RTA_PAYLOAD(attr) >= 4 && attr->rta_len <= left ? *(const uint32_t *)RTA_DATA(attr) : 0;

		if (attr->rta_len < sizeof *attr || attr->rta_len > left)
			return;
		if (attr->rta_type == RTA_OIF && if_indextoname(number, device))
			out->device = arena_str(arena, device);
		else if (attr->rta_type == RTA_GATEWAY || attr->rta_type == RTA_VIA)
			out->is_on_link = false;
		else if (attr->rta_type == RTA_TABLE)
			out->table = number == RT_TABLE_MAIN ? "main" : number == RT_TABLE_LOCAL ? "local" : arena_printf(arena, "%u", number);
		else if (attr->rta_type == RTA_PREFSRC)
			source_of(out, family, attr);
		if (step >= left)
			return;
		at += step;
		left -= step;
	}
}

bool here_route(struct arena *arena, const struct fw_route_query *query, struct fw_route *out)
{
	uint8_t bits = query->to.family == AF_INET ? 32 : 128;
	struct ask ask = {
		.head = { .nlmsg_len = NLMSG_LENGTH(sizeof ask.body), .nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST },
		.body = { .rtm_family = (unsigned char)query->to.family, .rtm_dst_len = bits, .rtm_flags = RTM_F_LOOKUP_TABLE,
			  .rtm_src_len = query->from.family ? bits : 0 },
	};
	uint32_t index = query->in_device ? if_nametoindex(query->in_device) : 0;
	char buffer[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *head = (const void *)buffer;
	ssize_t n;
	int fd;

	*out = (struct fw_route){ 0 };
	address_attribute(&ask, RTA_DST, &query->to);
	if (query->from.family)
		address_attribute(&ask, RTA_SRC, &query->from);
	if (index)
		attribute(&ask, RTA_IIF, &index, sizeof index);
	if (query->mark)
		attribute(&ask, RTA_MARK, &query->mark, sizeof query->mark);
	fd = send_ask(&ask);
	n = fd < 0 ? -1 : recv(fd, buffer, sizeof buffer, 0);
	if (fd >= 0)
		close(fd);
	if (n < (ssize_t)sizeof *head || !NLMSG_OK(head, (size_t)n))
		return false;
	if (head->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *error = NLMSG_DATA(head);

		if (head->nlmsg_len < NLMSG_LENGTH(sizeof error->error))
			return false;
		out->type = type_of_error(error->error);
		return true;
	}
	if (head->nlmsg_type != RTM_NEWROUTE || head->nlmsg_len < NLMSG_LENGTH(sizeof(struct rtmsg)))
		return false;
	answer_read(arena, head, query->to.family, out);
	return true;
}
