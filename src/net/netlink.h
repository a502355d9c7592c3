/* Questions to the kernel over netlink(7) and what it answers, message by message and attribute by attribute. */
#ifndef WHY_NET_NETLINK_H
#define WHY_NET_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netlink_ask {
	struct nlmsghdr head;
	uint8_t room[320];
};

/* `body`: the message's own struct (rtmsg, ndmsg ...). NLM_F_REQUEST is always set. */
void netlink_begin(struct netlink_ask *ask, uint16_t type, uint16_t flags, const void *body, size_t n);
void netlink_attribute(struct netlink_ask *ask, uint16_t type, const void *data, size_t n);
/* One question, one answer of one message: its header in `buffer` (aligned for it); NULL: none came. */
const struct nlmsghdr *netlink_answer(const struct netlink_ask *ask, int protocol, unsigned limit_ms, void *buffer, size_t size);
/* Of an NLMSG_ERROR: a negative errno, 0 for a mere acknowledgement. -EPROTO: too short to tell. */
int netlink_error(const struct nlmsghdr *head);

/* Asks for a dump (NLM_F_DUMP) and reads it to its end, handing each message to `each`: whether the end was reached. An error
 * is left in errno. */
bool netlink_dump(const struct netlink_ask *ask, int protocol, unsigned limit_ms, void (*each)(void *ctx, const struct nlmsghdr *head),
		  void *ctx);

/* What is left to be read. */
struct netlink_cursor {
	const char *at;
	size_t left;
};

/* The attributes behind the message's own struct of `n` bytes. */
struct netlink_cursor netlink_attributes(const struct nlmsghdr *head, size_t n);
/* Those inside of an attribute. */
struct netlink_cursor netlink_inside(const struct rtattr *attr);
/* The next one, whole; NULL behind the last. */
const struct rtattr *netlink_next(struct netlink_cursor *cursor);
/* Its type, without the flags of nesting and byte order. */
unsigned netlink_type(const struct rtattr *attr);
/* 0 where it is shorter than a number. */
uint32_t netlink_number(const struct rtattr *attr);

#endif
