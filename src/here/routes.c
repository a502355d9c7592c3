/* See routes.h. */
#include "here/routes.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "net/netlink.h"

enum { LIMIT_MS = 1000 };

static void address_attribute(struct netlink_ask *ask, unsigned short type, const struct fw_address *a)
{
	if (a->family == AF_INET)
		netlink_attribute(ask, type, a->bytes + 12, 4);
	else
		netlink_attribute(ask, type, a->bytes, 16);
}

static void port_attribute(struct netlink_ask *ask, unsigned short type, uint16_t port)
{
	uint16_t wire = htons(port);

	netlink_attribute(ask, type, &wire, sizeof wire);
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
	struct netlink_cursor left = netlink_attributes(head, sizeof *m);
	const struct rtattr *attr;
	char device[IF_NAMESIZE];

	out->type = type_of(m->rtm_type);
	out->is_on_link = true;
	while ((attr = netlink_next(&left)) != NULL) {
		uint32_t number = netlink_number(attr);

		if (attr->rta_type == RTA_OIF && if_indextoname(number, device))
			out->device = arena_str(arena, device);
		else if (attr->rta_type == RTA_GATEWAY || attr->rta_type == RTA_VIA)
			out->is_on_link = false;
		else if (attr->rta_type == RTA_TABLE)
			out->table = number == RT_TABLE_MAIN ? "main" : number == RT_TABLE_LOCAL ? "local" : arena_printf(arena, "%u", number);
		else if (attr->rta_type == RTA_PREFSRC)
			source_of(out, family, attr);
	}
}

static const struct nlmsghdr *route_ask(const struct fw_route_query *query, unsigned flags, char *buffer, size_t size)
{
	uint8_t bits = query->to.family == AF_INET ? 32 : 128;
	const struct rtmsg route = {
		.rtm_family = (unsigned char)query->to.family, .rtm_dst_len = bits, .rtm_flags = RTM_F_LOOKUP_TABLE | flags,
		.rtm_src_len = query->from.family ? bits : 0,
	};
	const uint8_t tcp = IPPROTO_TCP;
	uint32_t index = query->in_device ? if_nametoindex(query->in_device) : 0;
	struct netlink_ask ask;

	netlink_begin(&ask, RTM_GETROUTE, 0, &route, sizeof route);
	address_attribute(&ask, RTA_DST, &query->to);
	if (query->from.family)
		address_attribute(&ask, RTA_SRC, &query->from);
	if (index)
		netlink_attribute(&ask, RTA_IIF, &index, sizeof index);
	if (query->mark)
		netlink_attribute(&ask, RTA_MARK, &query->mark, sizeof query->mark);
	if (query->from_port || query->to_port)
		netlink_attribute(&ask, RTA_IP_PROTO, &tcp, sizeof tcp);
	if (query->from_port)
		port_attribute(&ask, RTA_SPORT, query->from_port);
	if (query->to_port)
		port_attribute(&ask, RTA_DPORT, query->to_port);
	return netlink_answer(&ask, NETLINK_ROUTE, LIMIT_MS, buffer, size);
}

/* The devices of a route with several next hops. */
static void hops_note(struct arena *arena, const struct rtattr *multipath, struct fw_route *out)
{
	const char *at = RTA_DATA(multipath), **devices = NULL;
	size_t left = RTA_PAYLOAD(multipath), n = 0, cap = 0;
	char device[IF_NAMESIZE];

	while (left >= sizeof(struct rtnexthop)) {
		const struct rtnexthop *hop = (const void *)at;
		size_t step = ((size_t)hop->rtnh_len + RTNH_ALIGNTO - 1) & ~(size_t)(RTNH_ALIGNTO - 1);

		if (hop->rtnh_len < sizeof *hop || hop->rtnh_len > left)
			break;
		if (if_indextoname((unsigned)hop->rtnh_ifindex, device))
			*arena_push(arena, devices, n, cap) = arena_str(arena, device);
		if (step >= left)
			break;
		at += step;
		left -= step;
	}
	out->devices = devices;
	out->n_devices = n;
}

/* The route as it stands in the table, where it has several hops. */
static void hops_ask(struct arena *arena, const struct fw_route_query *query, struct fw_route *out)
{
	char buffer[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *head = route_ask(query, RTM_F_FIB_MATCH, buffer, sizeof buffer);
	struct netlink_cursor left;
	const struct rtattr *attr;

	if (!head || head->nlmsg_type != RTM_NEWROUTE)
		return;
	left = netlink_attributes(head, sizeof(struct rtmsg));
	while ((attr = netlink_next(&left)) != NULL)
		if (attr->rta_type == RTA_MULTIPATH)
			hops_note(arena, attr, out);
}

/* ---- which route it is that stops a packet ------------------------------------------------------------- */

struct stopper {
	struct arena *arena;
	const struct fw_route_query *query;
	enum fw_route_type type;
	int prefix;             /* of the longest found so far, -1: none */
	const char *text;
	size_t n;               /* with that prefix, in different tables */
};

static bool covers(const struct fw_address *net, unsigned prefix, const struct fw_address *address)
{
	unsigned skip = net->family == AF_INET ? 96 : 0;

	for (unsigned bit = skip; bit < skip + prefix && bit < 128; bit++)
		if ((net->bytes[bit / 8] ^ address->bytes[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

static void stopper_note(void *ctx, const struct nlmsghdr *head)
{
	static const char *const words[] = { [FW_ROUTE_BLACKHOLE] = "blackhole", [FW_ROUTE_UNREACHABLE] = "unreachable", [FW_ROUTE_PROHIBIT] = "prohibit" };
	struct stopper *s = ctx;
	const struct rtmsg *m = NLMSG_DATA(head);
	struct netlink_cursor left = netlink_attributes(head, sizeof *m);
	struct fw_address net = { .family = m->rtm_family };
	uint32_t table = m->rtm_table, metric = 0;
	size_t n = m->rtm_family == AF_INET ? 4 : 16;
	const struct rtattr *attr;

	if (head->nlmsg_type != RTM_NEWROUTE || left.left == 0 || m->rtm_family != s->query->to.family || type_of(m->rtm_type) != s->type)
		return;
	while ((attr = netlink_next(&left)) != NULL) {
		if (attr->rta_type == RTA_DST && RTA_PAYLOAD(attr) >= n)
			memcpy(net.bytes + 16 - n, RTA_DATA(attr), n);
		else if (attr->rta_type == RTA_TABLE && RTA_PAYLOAD(attr) >= 4)
			table = netlink_number(attr);
		else if (attr->rta_type == RTA_PRIORITY)
			metric = netlink_number(attr);
	}
	if (!covers(&net, m->rtm_dst_len, &s->query->to) || m->rtm_dst_len < s->prefix)
		return;
	s->n = m->rtm_dst_len > s->prefix ? 1 : s->n + 1;
	s->prefix = m->rtm_dst_len;
	s->text = arena_printf(s->arena, m->rtm_dst_len ? "%s %s/%u" : "%s default", words[s->type], fw_address_text(s->arena, &net), (unsigned)m->rtm_dst_len);
	if (table != RT_TABLE_MAIN)
		s->text = arena_printf(s->arena, "%s table %u", s->text, table);
	if (metric)
		s->text = arena_printf(s->arena, "%s metric %u", s->text, metric);
}

/* The kernel says that a route stops it, and not which: the only one of that sort that fits best. */
static const char *stopper_find(struct arena *arena, const struct fw_route_query *query, enum fw_route_type type)
{
	const struct rtmsg any = { .rtm_family = (unsigned char)query->to.family };
	struct stopper s = { .arena = arena, .query = query, .type = type, .prefix = -1 };
	struct netlink_ask ask;

	netlink_begin(&ask, RTM_GETROUTE, NLM_F_DUMP, &any, sizeof any);
	(void)netlink_dump(&ask, NETLINK_ROUTE, LIMIT_MS, stopper_note, &s);
	return s.n == 1 ? s.text : NULL;
}

bool here_route(struct arena *arena, const struct fw_route_query *query, struct fw_route *out)
{
	char buffer[8192] __attribute__((aligned(8)));
	const struct nlmsghdr *head = route_ask(query, 0, buffer, sizeof buffer);

	*out = (struct fw_route){ 0 };
	if (!head)
		return false;
	if (head->nlmsg_type == NLMSG_ERROR) {
		out->type = type_of_error(netlink_error(head));
		if (out->type >= FW_ROUTE_BLACKHOLE)
			out->text = stopper_find(arena, query, out->type);
		return true;
	}
	if (head->nlmsg_type != RTM_NEWROUTE || head->nlmsg_len < NLMSG_LENGTH(sizeof(struct rtmsg)))
		return false;
	answer_read(arena, head, query->to.family, out);
	/* IPv6 answers with the route itself, and its own device. */
	if (out->type >= FW_ROUTE_BLACKHOLE)
		out->text = stopper_find(arena, query, out->type);
	if (out->type == FW_ROUTE_UNICAST && !query->in_device)
		hops_ask(arena, query, out);
	return true;
}
