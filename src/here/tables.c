/* See tables.h: nfnetlink, NFT_MSG_GETTABLE. */
#include "here/tables.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "net/netlink.h"

enum { LIMIT_MS = 1000 };

static const char *family_name(unsigned family)
{
	switch (family) {
	case NFPROTO_INET: return "inet";
	case NFPROTO_IPV4: return "ip";
	case NFPROTO_IPV6: return "ip6";
	case NFPROTO_NETDEV: return "netdev";
	case NFPROTO_BRIDGE: return "bridge";
	default: return "arp";
	}
}

struct listing {
	void (*each)(void *ctx, const char *family, const char *name, bool is_dormant);
	void *ctx;
	int n_tables;
};

static void table_read(void *ctx, const struct nlmsghdr *head)
{
	struct listing *listing = ctx;
	const struct nfgenmsg *m = NLMSG_DATA(head);
	struct netlink_cursor left = netlink_attributes(head, sizeof *m);
	const struct rtattr *attr;
	const char *name = NULL;
	uint32_t flags = 0;

	if (head->nlmsg_len < NLMSG_LENGTH(sizeof *m))
		return;
	while ((attr = netlink_next(&left)) != NULL) {
		const char *data = RTA_DATA(attr);
		size_t n = RTA_PAYLOAD(attr);

		if (netlink_type(attr) == NFTA_TABLE_NAME && n > 0 && data[n - 1] == '\0')
			name = data;
		else if (netlink_type(attr) == NFTA_TABLE_FLAGS)
			flags = ntohl(netlink_number(attr));
	}
	if (name)
		listing->each(listing->ctx, family_name(m->nfgen_family), name, (flags & NFT_TABLE_F_DORMANT) != 0);
	listing->n_tables++;
}

int here_tables(void (*each)(void *ctx, const char *family, const char *name, bool is_dormant), void *ctx)
{
	const struct nfgenmsg any = { .version = NFNETLINK_V0 };
	struct listing listing = { each, ctx, 0 };
	struct netlink_ask ask;

	netlink_begin(&ask, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, NLM_F_DUMP, &any, sizeof any);
	return netlink_dump(&ask, NETLINK_NETFILTER, LIMIT_MS, table_read, &listing) ? listing.n_tables : -1;
}
