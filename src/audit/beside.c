/* Tasks side by side, and those that nobody waits for until the end. */
#include "audit/asking.h"

struct batch {
	struct asking *asking;
	void (*fn)(struct asking *asking, void *ctx);
	char *ctxs;
	size_t n, size, next;
	struct task_group group;
};

static void batch_lane(void *ctx)
{
	struct batch *b = ctx;

	while (b->next < b->n)
		b->fn(b->asking, b->ctxs + b->next++ * b->size);
	task_group_leave(&b->group);
}

void ask_all(struct asking *asking, void (*fn)(struct asking *asking, void *ctx), void *ctxs, size_t n, size_t size)
{
	struct batch b = { asking, fn, ctxs, n, size, 0, { 0 } };

	/* Those that wait for each other's answers must all run: a lane each, up to a pool's size. */
	for (size_t i = 0; i < n && i < POOL_MAX; i++) {
		if (b.next >= n)
			break;
		task_group_add(&b.group);
		if (!task_spawn(batch_lane, &b))
			task_group_leave(&b.group);
	}
	task_group_wait(&b.group);
}

struct part {
	void (*fn)(struct asking *asking);
};

static void run_part(struct asking *asking, void *ctx)
{
	((const struct part *)ctx)->fn(asking);
}

void ask_parts(struct asking *asking, void (*const *fns)(struct asking *asking), size_t n)
{
	struct part *parts = arena_array(asking->run.probing->arena, struct part, n + 1);

	for (size_t i = 0; i < n; i++)
		parts[i].fn = fns[i];
	ask_all(asking, run_part, parts, n, sizeof *parts);
}

struct aside {
	struct asking *asking;
	void (*fn)(struct asking *asking);
};

static void aside_main(void *ctx)
{
	const struct aside *aside = ctx;

	aside->fn(aside->asking);
	task_group_leave(&aside->asking->aside);
}

void ask_aside(struct asking *asking, void (*fn)(struct asking *asking))
{
	struct aside *aside = arena_new_of(asking->run.probing->arena, struct aside);

	*aside = (struct aside){ asking, fn };
	task_group_add(&asking->aside);
	if (!task_spawn(aside_main, aside))
		task_group_leave(&asking->aside);
}

void ask_aside_wait(struct asking *asking)
{
	task_group_wait(&asking->aside);
}
