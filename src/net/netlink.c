/* See netlink.h. */
#include "net/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/err.h"

enum { DUMP_BUFFER = 64 << 10, DUMP_MAX = 1 << 21 };

/* ---- asking ----------------------------------------------------------------------------------------------- */

void netlink_begin(struct netlink_ask *ask, uint16_t type, uint16_t flags, const void *body, size_t n)
{
	*ask = (struct netlink_ask){ .head = { .nlmsg_len = (uint32_t)NLMSG_LENGTH(n), .nlmsg_type = type,
					       .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) } };
	memcpy(NLMSG_DATA(&ask->head), body, n);
}

void netlink_attribute(struct netlink_ask *ask, uint16_t type, const void *data, size_t n)
{
	size_t at = NLMSG_ALIGN((size_t)ask->head.nlmsg_len);
	struct rtattr *attr = (void *)((char *)ask + at);

	if (at + RTA_SPACE(n) > sizeof *ask)
		abort();
	attr->rta_type = type;
	attr->rta_len = (unsigned short)RTA_LENGTH(n);
	memcpy(RTA_DATA(attr), data, n);
	ask->head.nlmsg_len = (uint32_t)(at + RTA_ALIGN(attr->rta_len));
}

/* A socket from which the answer is to be read, which waits so long; -1 with errno. The caller closes it. */
static int send_ask(const struct netlink_ask *ask, int protocol, unsigned limit_ms)
{
	const struct timeval limit = { .tv_sec = limit_ms / 1000, .tv_usec = (limit_ms % 1000) * 1000 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), error;

	if (fd < 0)
		return -1;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0 &&
	    send(fd, ask, ask->head.nlmsg_len, 0) == (ssize_t)ask->head.nlmsg_len)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

const struct nlmsghdr *netlink_answer(const struct netlink_ask *ask, int protocol, unsigned limit_ms, void *buffer, size_t size)
{
	int fd = send_ask(ask, protocol, limit_ms);
	const struct nlmsghdr *head = buffer;
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = recv(fd, buffer, size, 0);
	close(fd);
	return n >= (ssize_t)sizeof *head && NLMSG_OK(head, (size_t)n) ? head : NULL;
}

int netlink_error(const struct nlmsghdr *head)
{
	return head->nlmsg_len >= NLMSG_LENGTH(sizeof(int)) ? ((const struct nlmsgerr *)NLMSG_DATA(head))->error : -EPROTO;
}

/* ---- a dump ------------------------------------------------------------------------------------------------- */

/* The messages of one datagram: 1 where the dump ends with it, negative where it breaks off, 0: there is more. */
static int datagram(const char *buffer, size_t n, size_t *messages, void (*each)(void *ctx, const struct nlmsghdr *head), void *ctx)
{
	struct netlink_cursor c = { buffer, n };

	while (c.left >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *head = (const void *)c.at;
		size_t step = NLMSG_ALIGN((size_t)head->nlmsg_len);

		if (head->nlmsg_len < sizeof *head || head->nlmsg_len > c.left)
			return 0;
		if (head->nlmsg_type == NLMSG_DONE)
			return 1;
		if (head->nlmsg_type == NLMSG_ERROR || ++*messages > DUMP_MAX) {
			errno = head->nlmsg_type == NLMSG_ERROR ? -netlink_error(head) : EFBIG;
			return -1;
		}
		each(ctx, head);
		step = step < c.left ? step : c.left;
		c = (struct netlink_cursor){ c.at + step, c.left - step };
	}
	return 0;
}

bool netlink_dump(const struct netlink_ask *ask, int protocol, unsigned limit_ms, void (*each)(void *ctx, const struct nlmsghdr *head),
		  void *ctx)
{
	int fd = send_ask(ask, protocol, limit_ms), status = 0, error;
	char *buffer = fd < 0 ? NULL : malloc(DUMP_BUFFER);
	size_t messages = 0;

	if (fd < 0)
		return false;
	if (!buffer)
		out_of_memory();
	while (status == 0) {
		ssize_t n = recv(fd, buffer, DUMP_BUFFER, 0);

		status = n > 0 ? datagram(buffer, (size_t)n, &messages, each, ctx) : -1;
	}
	error = errno;
	free(buffer);
	close(fd);
	errno = error;
	return status > 0;
}

/* ---- attributes ------------------------------------------------------------------------------------------------ */

struct netlink_cursor netlink_attributes(const struct nlmsghdr *head, size_t n)
{
	size_t before = NLMSG_SPACE(n);

	if (head->nlmsg_len <= before)
		return (struct netlink_cursor){ 0 };
	return (struct netlink_cursor){ (const char *)head + before, head->nlmsg_len - before };
}

struct netlink_cursor netlink_inside(const struct rtattr *attr)
{
	return (struct netlink_cursor){ RTA_DATA(attr), RTA_PAYLOAD(attr) };
}

const struct rtattr *netlink_next(struct netlink_cursor *cursor)
{
	const struct rtattr *attr = (const void *)cursor->at;
	size_t step;

	if (cursor->left < sizeof *attr || attr->rta_len < sizeof *attr || attr->rta_len > cursor->left)
		return NULL;
	step = RTA_ALIGN((size_t)attr->rta_len);
	step = step < cursor->left ? step : cursor->left;
	*cursor = (struct netlink_cursor){ cursor->at + step, cursor->left - step };
	return attr;
}

unsigned netlink_type(const struct rtattr *attr)
{
	const unsigned type_mask = 0x3fff;

	return attr->rta_type & type_mask;
}

uint32_t netlink_number(const struct rtattr *attr)
{
	uint32_t number = 0;

	if (RTA_PAYLOAD(attr) >= sizeof number)
		memcpy(&number, RTA_DATA(attr), sizeof number);
	return number;
}
