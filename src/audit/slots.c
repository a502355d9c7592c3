/* The pool: so many connections to the server at once, and who waits for one. */
#include "audit/asking.h"

#include <stdio.h>

#include "base/attr.h"
#include "audit/together.h"

/* ---- waiting ------------------------------------------------------------------------------------- */

void queue_wait(struct queue *queue)
{
	struct waiter self = { task_current(), NULL };

	if (!queue->first)
		queue->last = &queue->first;
	*queue->last = &self;
	queue->last = &self.next;
	task_suspend();
}

static void queue_wake_one(struct queue *queue, const struct waiter *which)
{
	struct waiter **at = &queue->first;

	while (*at != which)
		at = &(*at)->next;
	*at = which->next;
	if (!*at)
		queue->last = at;
	task_resume(which->task);
}

bool queue_wake(struct queue *queue)
{
	if (!queue->first)
		return false;
	queue_wake_one(queue, queue->first);
	return true;
}

bool queue_wake_task(struct queue *queue, const struct task *task)
{
	for (const struct waiter *w = queue->first; w; w = w->next)
		if (w->task == task) {
			queue_wake_one(queue, w);
			return true;
		}
	return false;
}

void queue_wake_all(struct queue *queue)
{
	while (queue_wake(queue))
		;
}

/* ---- the pool ------------------------------------------------------------------------------------- */

struct net *net_of(const struct asking *asking)
{
	return &asking->run.probing->net;
}

/* While one task finds out whether the server answers at all, the others begin nothing. */
bool slot_must_wait(const struct asking *asking)
{
	if (asking->stopped)
		return false;
	return asking->in_use >= asking->pool || (asking->recoverer && asking->recoverer != task_current());
}

static void slot_occupy(struct asking *asking)
{
	struct net *net = net_of(asking);
	double now, at;

	asking->in_use++;
	if (asking->delay_ms == 0 || asking->stopped)
		return;
	now = net_now_ms(net);
	at = asking->next_ms > now ? asking->next_ms : now;
	asking->next_ms = at + asking->delay_ms;
	if (at > now)
		net_sleep(net, (unsigned)(at - now) + 1);
}

void slot_take(struct asking *asking, enum slot_order order)
{
	while (slot_must_wait(asking))
		queue_wait(&asking->slots[order]);
	slot_occupy(asking);
}

bool slot_take_or_ride(struct asking *asking, struct rider *rider)
{
	while (slot_must_wait(asking)) {
		rider->waits_in = &asking->slots[rider_order(rider)];
		queue_wait(rider->waits_in);
		rider->waits_in = NULL;
		if (rider->is_aboard)
			return false;
	}
	rider_leave(asking, rider);     /* before the pause, in which others could take it along */
	slot_occupy(asking);
	return true;
}

bool slots_wake(struct asking *asking)
{
	for (size_t i = 0; i < SLOT_ORDERS; i++)
		/* Whoever holds the slots back is itself in the queue, perhaps not at its head. */
		if (asking->recoverer ? queue_wake_task(&asking->slots[i], asking->recoverer) :
		    asking->in_use < asking->pool && queue_wake(&asking->slots[i]))
			return true;
	return false;
}

/* One live line for whoever waits: what was found so far. */
static void tell(const struct asking *asking)
{
	const struct probing *p = asking->run.probing;
	size_t n_suites = 0, n_protocols = 0;
	char line[160];

	if (!p->progress)
		return;
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++) {
		n_suites += asking->audit->suites[i].n;
		n_protocols += asking->audit->protocols[i].supported == TRI_YES;
	}
	snprintf(line, sizeof line, "auditing %.60s: %zu protocols, %zu cipher suites so far, %u connections",
		 asking->endpoint.text ? asking->endpoint.text : "", n_protocols, n_suites, asking->audit->n_connections);
	p->progress(p->progress_ctx, line);
}

void slot_give(struct asking *asking)
{
	asking->in_use--;
	tell(asking);
	if (!slots_wake(asking) && asking->audit->n_rounds >= asking->idle_rounds)
		queue_wake_all(&asking->idle);
}

void asking_wait_idle(struct asking *asking, unsigned rounds)
{
	asking->idle_rounds = rounds;
	if (!asking->is_over)
		queue_wait(&asking->idle);
}

void asking_wait_over(struct asking *asking)
{
	if (!asking->is_over)
		queue_wait(&asking->over);
}

void asking_is_over(struct asking *asking)
{
	asking->is_over = true;
	queue_wake_all(&asking->idle);
	queue_wake_all(&asking->over);
}
