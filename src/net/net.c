/* The loop, its clock and its deadline, over libuv. */
#include "net/net.h"

#include <limits.h>

#include "net/task.h"

int net_init(struct net *net, struct arena *arena, unsigned max_time_ms)
{
	*net = (struct net){ .arena = arena, .start_ns = uv_hrtime(), .deadline_ms = max_time_ms };
	return uv_loop_init(&net->loop);
}

static void close_handle(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void net_release(struct net *net)
{
	uv_walk(&net->loop, close_handle, NULL);
	uv_run(&net->loop, UV_RUN_DEFAULT);
	uv_loop_close(&net->loop);
}

void net_run(struct net *net)
{
	uv_run(&net->loop, UV_RUN_DEFAULT);
}

double net_now_ms(const struct net *net)
{
	return (double)(uv_hrtime() - net->start_ns) / 1e6;
}

bool net_out_of_time(const struct net *net)
{
	return net->cancelled || net_now_ms(net) >= (double)net->deadline_ms;
}

unsigned net_left_ms(const struct net *net)
{
	double left = (double)net->deadline_ms - net_now_ms(net);

	return net->cancelled || left <= 0 ? 0 : left > UINT_MAX / 2 ? UINT_MAX / 2 : (unsigned)left + 1;
}

/* ---- sleeping ----------------------------------------------------------------------------- */

struct sleeper {
	uv_timer_t timer;
	struct task *task;
};

static void sleeper_closed(uv_handle_t *handle)
{
	struct sleeper *sleeper = handle->data;

	task_resume(sleeper->task);
}

static void sleeper_woken(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, sleeper_closed);
}

void net_sleep(struct net *net, unsigned ms)
{
	struct sleeper sleeper = { .task = task_current() };
	unsigned left = net_left_ms(net);

	uv_update_time(&net->loop);
	uv_timer_init(&net->loop, &sleeper.timer);
	sleeper.timer.data = &sleeper;
	uv_timer_start(&sleeper.timer, sleeper_woken, ms < left ? ms : left, 0);
	task_suspend();
}
