/* See tables.h: nfnetlink, NFT_MSG_GETTABLE. */
#include "here/tables.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { BUFFER = 64 << 10 };

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
};

static void table_read(const struct listing *listing, const struct nlmsghdr *head)
{
	const struct nfgenmsg *m = NLMSG_DATA(head);
	const char *at = (const char *)(m + 1), *name = NULL;
	size_t left = head->nlmsg_len - NLMSG_LENGTH(sizeof *m);
	const size_t head_len = sizeof(struct nlattr);
	const unsigned type_mask = 0x3fff;      /* without the flags of nesting and byte order */
	uint32_t flags = 0;

	while (left >= sizeof(struct nlattr)) {
		const struct nlattr *attr = (const void *)at;
		size_t step = ((size_t)attr->nla_len + 3) & ~(size_t)3, n;
		const char *data = at + head_len;

		if (attr->nla_len < head_len || attr->nla_len > left)
			return;
		n = attr->nla_len - head_len;
		if (((unsigned)attr->nla_type & type_mask) == NFTA_TABLE_NAME && n > 0 && data[n - 1] == '\0')
			name = data;
		else if (((unsigned)attr->nla_type & type_mask) == NFTA_TABLE_FLAGS && n >= 4)
			flags = ntohl(*(const uint32_t *)(const void *)data);
		if (step >= left)
			break;
		at += step;
		left -= step;
	}
	if (name)
		listing->each(listing->ctx, family_name(m->nfgen_family), name, (flags & NFT_TABLE_F_DORMANT) != 0);
}

static int read_dump(const struct listing *listing, int fd, char *buffer)
{
	int n_tables = 0;

	for (;;) {
		ssize_t n = recv(fd, buffer, BUFFER, 0);
		const struct nlmsghdr *head = (const void *)buffer;
		size_t left = n > 0 ? (size_t)n : 0;

		if (n <= 0)
			return -1;
		for (; left >= sizeof *head && head->nlmsg_len >= sizeof *head && head->nlmsg_len <= left;) {
			size_t step = NLMSG_ALIGN((size_t)head->nlmsg_len);

			if (head->nlmsg_type == NLMSG_DONE)
				return n_tables;
			if (head->nlmsg_type == NLMSG_ERROR) {
				errno = head->nlmsg_len >= NLMSG_LENGTH(sizeof(int)) ? -((const struct nlmsgerr *)NLMSG_DATA(head))->error : EPROTO;
				return -1;
			}
			if (head->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nfgenmsg))) {
				table_read(listing, head);
				n_tables++;
			}
			if (step >= left)
				break;
			head = (const void *)((const char *)head + step);
			left -= step;
		}
	}
}

int here_tables(void (*each)(void *ctx, const char *family, const char *name, bool is_dormant), void *ctx)
{
	const struct listing listing = { each, ctx };
	struct {
		struct nlmsghdr head;
		struct nfgenmsg body;
	} ask = {
		.head = { .nlmsg_len = sizeof ask, .nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .version = NFNETLINK_V0 },
	};
	struct timeval limit = { .tv_sec = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), n = -1;
	char *buffer = fd >= 0 ? malloc(BUFFER) : NULL;

	if (buffer && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 && send(fd, &ask, sizeof ask, 0) == (ssize_t)sizeof ask)
		n = read_dump(&listing, fd, buffer);
	free(buffer);
	if (fd >= 0)
		close(fd);
	return n;
}
