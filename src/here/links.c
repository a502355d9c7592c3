/* See links.h. */
#include "here/links.h"

#include <linux/if_link.h>
#include <string.h>

#include "net/netlink.h"

enum { LIMIT_MS = 1000, LINKS_MAX = 16384 };

static const char *text_at(struct arena *arena, const struct rtattr *attr)
{
	return arena_strn(arena, RTA_DATA(attr), strnlen(RTA_DATA(attr), RTA_PAYLOAD(attr)));
}

static void kind_read(struct arena *arena, const struct rtattr *info, struct link *link)
{
	struct netlink_cursor left = netlink_inside(info);
	const struct rtattr *attr;

	while ((attr = netlink_next(&left)) != NULL)
		if (netlink_type(attr) == IFLA_INFO_KIND)
			link->kind = text_at(arena, attr);
}

static bool link_read(struct arena *arena, const struct nlmsghdr *head, struct link *link)
{
	const struct ifinfomsg *m = NLMSG_DATA(head);
	struct netlink_cursor left = netlink_attributes(head, sizeof *m);
	const struct rtattr *attr;

	if (head->nlmsg_type != RTM_NEWLINK || head->nlmsg_len < NLMSG_LENGTH(sizeof *m))
		return false;
	*link = (struct link){ .index = (unsigned)m->ifi_index, .type = m->ifi_type, .kind = "" };
	while ((attr = netlink_next(&left)) != NULL)
		switch (netlink_type(attr)) {
		case IFLA_IFNAME: link->name = text_at(arena, attr); break;
		case IFLA_GROUP: link->group = netlink_number(attr); break;
		case IFLA_MASTER: link->master = netlink_number(attr); break;
		case IFLA_LINKINFO: kind_read(arena, attr, link); break;
		default: break;
		}
	return link->name != NULL;
}

struct listing {
	struct arena *arena;
	struct link *links;
	size_t n, cap;
};

static void list(void *ctx, const struct nlmsghdr *head)
{
	struct listing *l = ctx;
	struct link one;

	if (l->n < LINKS_MAX && link_read(l->arena, head, &one))
		*arena_push(l->arena, l->links, l->n, l->cap) = one;
}

int here_links(struct arena *arena, struct link **out)
{
	const struct ifinfomsg any = { 0 };
	struct listing l = { .arena = arena };
	struct netlink_ask ask;
	bool ok;

	netlink_begin(&ask, RTM_GETLINK, NLM_F_DUMP, &any, sizeof any);
	ok = netlink_dump(&ask, NETLINK_ROUTE, LIMIT_MS, list, &l);
	*out = l.links;
	return ok ? (int)l.n : -1;
}
