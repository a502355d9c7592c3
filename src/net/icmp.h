/* What routers and hosts said of our packets: ICMP errors, from a socket's error queue, and what they
 * make of a connect() that failed. Linux hands them to any user (IP_RECVERR); RFC 792, 1812, 4443. */
#ifndef WHY_NET_ICMP_H
#define WHY_NET_ICMP_H

#include "net/net.h"

/* Asks for the error queue, or gives it up and empties it. */
void icmp_listen(int fd, int family, bool is_wanted);
/* Empties the queue; the last error found is noted in `seen`. */
void icmp_read(int fd, struct arena *arena, struct tcp_evidence *seen);
/* `error` is connect()'s errno, 0 when it succeeded. */
enum tcp_outcome icmp_outcome(int error, const struct tcp_evidence *seen, int family);

#endif
