/* Tasks: see task.h. The switch saves the callee-saved registers of the ABI and nothing else; the
 * floating-point control words are never changed by us and so not saved. */
#include "net/task.h"

#include <assert.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/err.h"

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

/* Only pages that are touched cost memory; OpenSSL under sanitizers needs a few hundred KiB. */
enum { STACK_SIZE = 1 << 20 };

struct task {
	void *sp;               /* saved stack pointer while suspended */
	void *caller_sp;        /* of whoever resumed us */
	struct task *caller;
	task_fn *fn;
	void *ctx;
	char *stack;            /* mapping, guard page first */
	size_t stack_len;
	bool over;
	void *fake_stack;       /* AddressSanitizer's */
	const void *caller_bottom;
	size_t caller_size;

	pthread_t thread;       /* the thread backend's */
	pthread_mutex_t lock;
	pthread_cond_t turn;
	bool running;           /* whose turn: the task's or its caller's */
};

static _Thread_local struct task *current;
static bool use_threads;

struct task *task_current(void)
{
	return current;
}

#if defined(__x86_64__) || defined(__aarch64__)
#define HAVE_SWITCH 1
void why_task_switch(void **save_sp, void *load_sp);
void why_task_entry(void);
#else
#define HAVE_SWITCH 0
#endif

#if defined(__x86_64__)
__asm__(".text\n"
	".globl why_task_switch\n"
	".type why_task_switch,@function\n"
	"why_task_switch:\n"
	"	pushq %rbp\n"
	"	pushq %rbx\n"
	"	pushq %r12\n"
	"	pushq %r13\n"
	"	pushq %r14\n"
	"	pushq %r15\n"
	"	movq %rsp, (%rdi)\n"
	"	movq %rsi, %rsp\n"
	"	popq %r15\n"
	"	popq %r14\n"
	"	popq %r13\n"
	"	popq %r12\n"
	"	popq %rbx\n"
	"	popq %rbp\n"
	"	ret\n"
	".size why_task_switch,.-why_task_switch\n");

/* The frame that the first switch to a new stack unwinds: six registers and a return address,
 * placed so that the entry function sees the alignment a call would give it. */
static void *first_frame(char *top, void (*entry)(void))
{
	void **sp = (void **)(void *)((uintptr_t)top & ~(uintptr_t)15);

	*--sp = NULL;
	*--sp = (void *)(uintptr_t)entry;
	for (int i = 0; i < 6; i++)
		*--sp = NULL;
	return sp;
}
#elif defined(__aarch64__)
__asm__(".text\n"
	".globl why_task_switch\n"
	".type why_task_switch,%function\n"
	"why_task_switch:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp, #0]\n"
	"	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n"
	"	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n"
	"	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n"
	"	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #0]\n"
	"	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n"
	"	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n"
	"	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n"
	"	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size why_task_switch,.-why_task_switch\n");

static void *first_frame(char *top, void (*entry)(void))
{
	uint64_t *sp = (uint64_t *)(void *)(((uintptr_t)top & ~(uintptr_t)15) - 160);

	for (int i = 0; i < 20; i++)
		sp[i] = 0;
	sp[11] = (uint64_t)(uintptr_t)entry;    /* x30, where `ret` goes */
	return sp;
}
#endif

/* ---- the switch backend ----------------------------------------------------------------- */

#if HAVE_SWITCH
static void stack_free(struct task *task)
{
	munmap(task->stack, task->stack_len);
	free(task);
}

static void leave_to_caller(struct task *task)
{
#ifdef WITH_ASAN
	__sanitizer_start_switch_fiber(task->over ? NULL : &task->fake_stack, task->caller_bottom,
				       task->caller_size);
#endif
	why_task_switch(&task->sp, task->caller_sp);
#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(task->fake_stack, &task->caller_bottom, &task->caller_size);
#endif
}

static void first_entry(void)
{
	struct task *task = current;

#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(NULL, &task->caller_bottom, &task->caller_size);
#endif
	task->fn(task->ctx);
	task->over = true;
	leave_to_caller(task);
	abort();        /* nobody resumes a task that is over */
}

static void resume_switch(struct task *task)
{
	struct task *self = current;
#ifdef WITH_ASAN
	void *fake = NULL;
#endif

	task->caller = self;
	current = task;
#ifdef WITH_ASAN
	__sanitizer_start_switch_fiber(&fake, task->stack, task->stack_len);
#endif
	why_task_switch(&task->caller_sp, task->sp);
#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
#endif
	current = self;
	if (task->over)
		stack_free(task);
}

static bool stack_map(struct task *task)
{
	size_t guard = (size_t)sysconf(_SC_PAGESIZE);

	task->stack_len = STACK_SIZE + guard;
	task->stack = mmap(NULL, task->stack_len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (task->stack == MAP_FAILED)
		return false;
	if (mprotect(task->stack, guard, PROT_NONE) != 0) {
		munmap(task->stack, task->stack_len);
		return false;
	}
	task->sp = first_frame(task->stack + task->stack_len, first_entry);
	return true;
}
#else
static void resume_switch(struct task *task) { (void)task; }
static void leave_to_caller(struct task *task) { (void)task; }
static bool stack_map(struct task *task) { (void)task; return false; }
#endif

/* ---- the thread backend ----------------------------------------------------------------- */

/* The lock guards the baton alone and nobody holds it while he runs: a task resumes others, and those him. */

static void baton_wait(struct task *task, bool for_task)
{
	while (task->running != for_task)
		pthread_cond_wait(&task->turn, &task->lock);
}

static void *thread_main(void *arg)
{
	struct task *task = arg;

	pthread_mutex_lock(&task->lock);
	baton_wait(task, true);
	pthread_mutex_unlock(&task->lock);
	current = task;
	task->fn(task->ctx);
	task->over = true;
	pthread_mutex_lock(&task->lock);
	task->running = false;
	pthread_cond_broadcast(&task->turn);
	pthread_mutex_unlock(&task->lock);
	return NULL;
}

static bool thread_start(struct task *task)
{
	pthread_mutex_init(&task->lock, NULL);
	pthread_cond_init(&task->turn, NULL);
	return pthread_create(&task->thread, NULL, thread_main, task) == 0;
}

static void resume_thread(struct task *task)
{
	pthread_mutex_lock(&task->lock);
	task->running = true;
	pthread_cond_broadcast(&task->turn);
	baton_wait(task, false);
	pthread_mutex_unlock(&task->lock);
	if (!task->over)
		return;
	pthread_join(task->thread, NULL);
	pthread_mutex_destroy(&task->lock);
	pthread_cond_destroy(&task->turn);
	free(task);
}

static void suspend_thread(struct task *task)
{
	pthread_mutex_lock(&task->lock);
	task->running = false;
	pthread_cond_broadcast(&task->turn);
	baton_wait(task, true);
	pthread_mutex_unlock(&task->lock);
}

/* ---- common ----------------------------------------------------------------------------- */

void task_use_threads(void)
{
	use_threads = true;
}

static bool with_threads(void)
{
	return use_threads || !HAVE_SWITCH;
}

struct task *task_spawn(task_fn *fn, void *ctx)
{
	struct task *task = calloc(1, sizeof *task);
	bool is_ready;

	if (!task)
		out_of_memory();
	task->fn = fn;
	task->ctx = ctx;
	is_ready = with_threads() ? thread_start(task) : stack_map(task);
	/* Going on without it would leave a question unasked, and nobody would know. */
	if (!is_ready && !with_threads())
		out_of_memory();
	if (!is_ready) {
		free(task);
		return NULL;
	}
	task_resume(task);
	return task;
}

void task_resume(struct task *task)
{
	assert(task && task != current);
	if (with_threads())
		resume_thread(task);
	else
		resume_switch(task);
}

void task_suspend(void)
{
	assert(current);
	if (with_threads())
		suspend_thread(current);
	else
		leave_to_caller(current);
}

void task_group_add(struct task_group *group)
{
	group->running++;
}

void task_group_leave(struct task_group *group)
{
	assert(group->running > 0);
	if (--group->running == 0 && group->waiter) {
		struct task *waiter = group->waiter;

		group->waiter = NULL;
		task_resume(waiter);
	}
}

void task_group_wait(struct task_group *group)
{
	if (group->running == 0)
		return;
	group->waiter = current;
	task_suspend();
}
