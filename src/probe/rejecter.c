/* See rejecter.h. */
#include "probe/rejecter.h"

#include <errno.h>

#include "net/counts.h"

enum { TRIES = 6, AGREE = 2, PAUSE_MS = 1050 };    /* routers have a word for each sender about once a second */

/* Who sits there is known from the SYNs: where they have arrived, nothing expires any more. */
void rejecter_note(const struct run *run, struct path_hop *hop, ssize_t error)
{
	const struct path_trace *known = &run->endpoint->path->port;
	enum path_reply syn = hop->hops >= 1 && hop->hops <= known->n_hops ? known->hops[hop->hops - 1].reply : PATH_NOT_SENT;

	hop->reply = error == -EHOSTUNREACH && syn != PATH_ANSWER ? PATH_ROUTER : PATH_REJECT;
	if (hop->reply == PATH_REJECT)
		hop->error = (int)-error;
	else if (syn == PATH_ROUTER)
		hop->from = known->hops[hop->hops - 1].from;
}

/* TRI_YES: with that limit it is rejected, TRI_NO: it expires. The kernel's counters tell, and twice the same, because others'
 * errors may come at the same moment. */
static enum tri is_rejected(const struct path_sender *sender, uint8_t hops)
{
	struct run *run = sender->run;
	unsigned rejected = 0, expired = 0;

	for (unsigned i = 0; i < TRIES; i++) {
		struct path_hop hop = { .hops = hops };
		struct net_counts before, behind;

		if (!net_counts(run->endpoint->family, &before))
			return TRI_UNKNOWN;
		sender->send(sender, &hop, NULL);
		if (hop.is_unsent || hop.reply == PATH_NOT_SENT || hop.reply == PATH_ANSWER || !net_counts(run->endpoint->family, &behind))
			return TRI_UNKNOWN;
		if (hop.reply == PATH_SILENT) {
			net_sleep(&run->probing->net, PAUSE_MS);
			continue;
		}
		rejected += behind.unreachable > before.unreachable && behind.exceeded == before.exceeded;
		expired += behind.exceeded > before.exceeded && behind.unreachable == before.unreachable;
		if (rejected >= expired + AGREE || expired >= rejected + AGREE)
			return rejected > expired ? TRI_YES : TRI_NO;
	}
	return TRI_UNKNOWN;
}

void rejecter_place(const struct path_sender *sender, struct path_trace *trace)
{
	const struct path_hop *last = trace->n_hops > 0 ? &trace->hops[trace->n_hops - 1] : NULL;
	size_t expires = 0, rejected = trace->n_hops;
	enum tri is = TRI_NO;
	int error;

	if (!last || last->reply != PATH_REJECT || last->error != EHOSTUNREACH || last->is_unsent)
		return;
	error = last->error;
	while (rejected - expires > 1 && is != TRI_UNKNOWN) {
		size_t middle = expires + (rejected - expires) / 2;

		is = is_rejected(sender, (uint8_t)middle);
		if (is == TRI_YES)
			rejected = middle;
		else if (is == TRI_NO)
			expires = middle;
	}
	for (size_t i = expires; i + 1 < rejected; i++)
		trace->hops[i] = (struct path_hop){ .hops = (uint8_t)(i + 1), .reply = PATH_SILENT };
	trace->hops[rejected - 1] = (struct path_hop){ .hops = (uint8_t)rejected, .reply = PATH_REJECT, .error = error,
						       .elapsed_ms = trace->hops[rejected - 1].elapsed_ms };
	trace->n_hops = trace->n_sent = rejected;
}
