/* See icmp.h. */
#include "net/icmp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>

void icmp_listen(int fd, int family, bool is_wanted)
{
	int value = is_wanted;

	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &value, sizeof value);
	else
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &value, sizeof value);
}

static void note(struct arena *arena, const struct sock_extended_err *error, struct tcp_evidence *seen)
{
	const struct sockaddr *from = SO_EE_OFFENDER(error);

	if (error->ee_origin != SO_EE_ORIGIN_ICMP && error->ee_origin != SO_EE_ORIGIN_ICMP6)
		return;
	seen->has_icmp = true;
	seen->icmp_type = error->ee_type;
	seen->icmp_code = error->ee_code;
	if (from->sa_family != AF_UNSPEC)
		seen->icmp_from = sockaddr_text(arena, from);
}

void icmp_read(int fd, struct arena *arena, struct tcp_evidence *seen)
{
	char control[512], data[64];
	struct iovec part = { data, sizeof data };
	struct msghdr msg = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof control };

	while (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) {
		for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
			if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
			    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
				note(arena, (const void *)CMSG_DATA(c), seen);
		msg.msg_controllen = sizeof control;
	}
}

enum tcp_outcome icmp_outcome(int error, const struct tcp_evidence *seen, int family)
{
	if (error != 0 && seen->has_icmp)
		return tcp_outcome_told(seen, family);
	switch (error) {
	case 0: return TCP_CONNECTED;
	case ECONNREFUSED: return TCP_REFUSED;
	case ETIMEDOUT: return TCP_TIMEOUT;
	case ECONNRESET: return TCP_RESET;
	case EHOSTUNREACH:
	case EHOSTDOWN: return TCP_HOST_UNREACHABLE;
	default: return TCP_LOCAL_ERROR;
	}
}
