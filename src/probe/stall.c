/* See stall.h. */
#include "probe/stall.h"

#include "probe/specs.h"

enum {
	SLICE_MS = 100,
	TWIN_MS = 900,          /* so long without a byte: try small segments */
	LOST_MS = 1700, LOST_RETRANSMITS = 2,   /* three times sent, never acknowledged */
	SETTLED_MS = 1400,      /* the small segments went through: this will not come any more */
	NAMES_MAX = 2, MSS_MAX = 2
};

static const char *const watched[NAMES_MAX] = { "main", "chrome" };
/* 1200 fits every path that carries IPv6; 536 is what IPv4 promises (RFC 9293 3.7.1). */
static const uint16_t twin_mss[MSS_MAX] = { 1200, 536 };

void stall_twin(struct run *run, const char *name, uint16_t mss)
{
	const char *twin = arena_printf(run->probing->arena, "%s-mss-%u", name, mss);

	if (strcmp(name, "main") == 0)
		attempt_full_mss(run, twin, &config_main, run->visit->target.servername, mss, NULL, NULL);
	else
		attempt_raw_mss(run, twin, spec_of_client(run, name), mss);
}

struct twin {
	struct stall_watch *watch;
	uint16_t mss;
};

static void twin_main(void *ctx)
{
	struct twin *twin = ctx;

	stall_twin(&twin->watch->run, twin->watch->attempt->name, twin->mss);
	task_group_leave(&twin->watch->group);
}

static bool wants_twins(const struct stall_watch *watch)
{
	for (size_t i = 0; i < NAMES_MAX; i++)
		if (strcmp(watched[i], watch->attempt->name) == 0)
			return !watch->has_twins;
	return false;
}

static void send_twins(struct stall_watch *watch)
{
	watch->has_twins = true;
	for (size_t i = 0; i < MSS_MAX; i++) {
		struct twin *twin = arena_new_of(watch->run.probing->arena, struct twin);

		*twin = (struct twin){ watch, twin_mss[i] };
		task_group_add(&watch->group);
		if (!task_spawn(twin_main, twin))
			task_group_leave(&watch->group);
	}
}

static bool small_segments_pass(const struct endpoint *ep)
{
	for (size_t i = 0; i < ep->n_attempts; i++)
		if (ep->attempts[i]->mss && ep->attempts[i]->done)
			return true;
	return false;
}

static bool go_on(void *ctx, double waited_ms)
{
	struct stall_watch *watch = ctx;
	struct conn_delivery delivery = conn_delivery(watch->conn);

	if (waited_ms >= TWIN_MS && wants_twins(watch))
		send_twins(watch);
	if (waited_ms >= LOST_MS && (delivery.is_unsent || (delivery.is_unacknowledged && delivery.retransmits >= LOST_RETRANSMITS))) {
		watch->attempt->unacknowledged = true;
		watch->attempt->unsent = delivery.is_unsent;
		return false;
	}
	if (waited_ms < SETTLED_MS || !small_segments_pass(watch->run.endpoint))
		return true;
	watch->attempt->unacknowledged = watch->attempt->unsent = delivery.is_unsent;
	return false;
}

void stall_watch_begin(struct stall_watch *watch, struct run *run, struct attempt *attempt, struct conn *conn)
{
	const struct patience patience = { SLICE_MS, go_on, watch };

	*watch = (struct stall_watch){ .run = *run, .attempt = attempt, .conn = conn };
	conn_set_patience(conn, &patience);
}

void stall_watch_end(struct stall_watch *watch)
{
	conn_set_patience(watch->conn, NULL);
	task_group_wait(&watch->group);
}
