/* See delivery.h. A segment that the firewall of this machine takes is not counted as sent (tcp_write_xmit in Linux stops
 * at the error), and stays so when the connection ends. */
#include "net/delivery.h"

#include <linux/tcp.h>          /* knows more of struct tcp_info than netinet/tcp.h, and does not mix with it */
#include <netinet/in.h>
#include <sys/socket.h>

static bool info_of(int fd, struct tcp_info *info)
{
	socklen_t len = sizeof *info;

	*info = (struct tcp_info){ 0 };
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, &len) == 0;
}

struct conn_delivery tcp_delivery(int fd)
{
	struct tcp_info info;

	if (!info_of(fd, &info))
		return (struct conn_delivery){ 0 };
	return (struct conn_delivery){
		.is_unacknowledged = info.tcpi_unacked > 0,
		.is_unsent = info.tcpi_notsent_bytes > 0 && info.tcpi_unacked == 0 && info.tcpi_snd_wnd > 0,
		.retransmits = info.tcpi_retransmits, .mss = info.tcpi_snd_mss,
	};
}

bool tcp_is_held_back(int fd)
{
	struct tcp_info info;

	return info_of(fd, &info) && info.tcpi_retransmits > 0 && info.tcpi_retrans == 0;
}
