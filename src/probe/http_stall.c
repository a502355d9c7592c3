/* See http_stall.h. */
#include "probe/http_stall.h"

#include "probe/exchange.h"

enum {
	SLICE_MS = 100,
	STALL_MS = 1800,        /* so long without a byte: ask again */
	AHEAD_MS = 1200,        /* the small segments are that far ahead of the usual ones: it is the size */
	MSS = 1200
};

bool http_stalls_by_size(const struct http_stall *stall)
{
	return stall->small_answered && !stall->usual_answered;
}

static bool is_settled(const struct http_stall_watch *watch)
{
	const struct http_stall *stall = &watch->run.visit->http_stall;

	return http_stalls_by_size(stall) && net_now_ms(&watch->run.probing->net) - watch->small_ms > AHEAD_MS;
}

static bool again_go_on(void *ctx, double waited_ms)
{
	const struct http_stall_watch *watch = ctx;

	(void)waited_ms;
	return !watch->is_over && !is_settled(watch);
}

static bool ask_again(struct http_stall_watch *watch, const char *name, uint16_t mss)
{
	const struct patience patience = { SLICE_MS, again_go_on, watch };
	struct run *run = &watch->run;
	struct tls_session *session = NULL;
	struct http_evidence answer = { 0 };
	struct conn *conn = NULL;
	struct attempt *at = attempt_full_mss(run, name, &config_main, run->visit->target.servername, mss, &session, &conn);

	if (!session)
		return false;
	conn_set_patience(conn, &patience);
	http_over(run, session, conn, at, &answer);
	conn_set_patience(conn, NULL);
	tls_shutdown(session);
	tls_session_free(session);
	conn_close(conn);
	return answer.got_head && answer.fault == HTTP_FAULT_NONE;
}

static void small_main(void *ctx)
{
	struct http_stall_watch *watch = ctx;

	if (ask_again(watch, "http-small-segments", MSS)) {
		watch->run.visit->http_stall.small_answered = true;
		watch->small_ms = net_now_ms(&watch->run.probing->net);
	}
	task_group_leave(&watch->group);
}

static void usual_main(void *ctx)
{
	struct http_stall_watch *watch = ctx;

	if (ask_again(watch, "http-again", 0))
		watch->run.visit->http_stall.usual_answered = true;
	task_group_leave(&watch->group);
}

static void start(struct http_stall_watch *watch, task_fn *fn)
{
	task_group_add(&watch->group);
	if (!task_spawn(fn, watch))
		task_group_leave(&watch->group);
}

static bool go_on(void *ctx, double waited_ms)
{
	struct http_stall_watch *watch = ctx;
	struct http_stall *stall = &watch->run.visit->http_stall;

	if (waited_ms >= STALL_MS && !stall->was_tried) {
		stall->was_tried = true;
		stall->mss = MSS;
		start(watch, small_main);
		start(watch, usual_main);
	}
	return !is_settled(watch);
}

void http_stall_begin(struct http_stall_watch *watch, struct run *run, struct conn *conn)
{
	const struct patience patience = { SLICE_MS, go_on, watch };

	*watch = (struct http_stall_watch){ .run = *run, .conn = conn };
	conn_set_patience(conn, &patience);
}

void http_stall_end(struct http_stall_watch *watch)
{
	conn_set_patience(watch->conn, NULL);
	/* The first was answered after all: the others need not be. */
	if (watch->run.visit->http.fault == HTTP_FAULT_NONE)
		watch->run.visit->http_stall.usual_answered = true;
	watch->is_over = true;
	task_group_wait(&watch->group);
}
