/* A task: straight-line code on a small stack of its own, which looks blocking and suspends to the
 * loop inside the calls of net/. One thread, one loop; a task never changes thread.
 *
 * Backends: a hand-written context switch (x86-64, aarch64), told to AddressSanitizer; and real
 * threads that hand a baton around, for other machines and for tools that dislike switched stacks. */
#ifndef WHY_NET_TASK_H
#define WHY_NET_TASK_H

#include <stdbool.h>
#include <stddef.h>

struct task;
typedef void task_fn(void *ctx);

/* Runs `fn` at once on a stack of its own until it first suspends; the task frees itself when `fn`
 * returns. NULL when no stack could be had. */
struct task *task_spawn(task_fn *fn, void *ctx);
struct task *task_current(void);        /* NULL outside of tasks */
void task_suspend(void);                /* back to whoever resumed us */
void task_resume(struct task *task);    /* from outside of tasks, or from another task */

/* Uses threads for all tasks from now on; call before the first task. */
void task_use_threads(void);

/* Several tasks of which one waits for all: task_group_add() before each spawn, task_group_leave()
 * last in each, task_group_wait() in the waiter. */
struct task_group {
	size_t running;
	struct task *waiter;
};

void task_group_add(struct task_group *group);
void task_group_leave(struct task_group *group);
void task_group_wait(struct task_group *group);

#endif
