/* Does a port that was to be spoken to in plain text first speak TLS at once? Told by a hello without
 * the dialogue: beside it where the peer should speak first and says nothing, after it elsewhere. */
#include <errno.h>

#include "probe/connect.h"
#include "starttls/dialogue.h"
#include "probe/specs.h"

enum { GREETING_MS = 1500 };

static void hello_without_dialogue(struct run *run, unsigned wait_ms)
{
	struct probing *p = run->probing;
	struct tls_limits limits = { p->idle_timeout_ms / 2, p->idle_timeout_ms / 2 };
	double start = net_now_ms(&p->net);
	struct attempt *at = arena_new_of(p->arena, struct attempt);
	struct span rest = span_of(NULL, 0);
	struct conn *conn;
	uint8_t bytes[256];
	ssize_t got = 0;

	at->name = "tls-at-once";
	conn = attempt_reach(run, at, &rest);
	if (!conn)
		return;
	if (wait_ms > 0)
		got = conn_read(conn, bytes, sizeof bytes, wait_ms);
	/* It greets, or is gone: then the dialogue tells all. */
	if (rest.n == 0 && got <= 0 && (wait_ms == 0 || got == -ETIMEDOUT)) {
		attempt_exchange(run, at, conn, spec_tls12(run), &limits);
		at->elapsed_ms = net_now_ms(&p->net) - start;
		*arena_push(p->arena, run->endpoint->attempts, run->endpoint->n_attempts, run->endpoint->cap_attempts) = at;
	}
	conn_close(conn);
}

static const struct dialogue_protocol *protocol_of(const struct run *run)
{
	return run->endpoint ? starttls_find(run->visit->target.starttls) : NULL;
}

static bool wants_beside(const struct run *run)
{
	const struct dialogue_protocol *protocol = protocol_of(run);

	return protocol && protocol->peer_first;
}

static void beside_run(struct run *run)
{
	hello_without_dialogue(run, GREETING_MS);
}

const struct probe probe_at_once = {
	.name = "tls-at-once", .layer = LAYER_TLS, .stage = STAGE_OPEN, .connections = 1,
	.does = "sends a hello where no greeting comes: does the port speak TLS at once",
	.wanted = wants_beside, .run = beside_run,
};

static bool wants_after(const struct run *run)
{
	const struct dialogue_protocol *protocol = protocol_of(run);
	const struct attempt *at = protocol ? run->endpoint->main : NULL;

	return at && at->starttls && at->starttls->fault != DIALOGUE_DONE && !protocol->peer_first;
}

static void after_run(struct run *run)
{
	hello_without_dialogue(run, 0);
}

const struct probe probe_at_once_after = {
	.name = "tls-at-once-after", .layer = LAYER_TLS, .stage = STAGE_ISOLATE, .connections = 1,
	.does = "sends a hello without the dialogue that failed: does the port speak TLS at once",
	.wanted = wants_after, .run = after_run,
};
