/* Is it this very machine? What any user may count: packets that leave by an interface, and packets that arrive and are
 * not let in. On a machine that is busy nothing can be told. */
#ifndef WHY_PROBE_LEAVES_H
#define WHY_PROBE_LEAVES_H

#include "net/counts.h"
#include "probe/probe.h"

/* Of a port that is refused at once, into run->endpoint->way->lets_out: a filter of this machine, or the first router?
 * SYNs that are refused are sent, then datagrams to the first router: where these are counted at the interface and the
 * SYNs are not, the SYNs never left. */
void leaves_measure(struct run *run);

/* Of a port that is silent: TRI_NO where SYNs sent in two pairs bring two pairs of packets that are not let in, as far apart,
 * and nothing else comes. Where not one was refused entry since the connection began, nothing is sent. */
struct answers {
	struct net_counts before;
	bool is_counted;
};
void answers_begin(const struct run *run, struct answers *out);
enum tri answers_let_in(struct run *run, const struct answers *since);

#endif
