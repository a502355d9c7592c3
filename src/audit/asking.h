/* Inside of asking: what exchange.c, ask.c, slots.c, together.c, beside.c and asking.c share. */
#ifndef WHY_AUDIT_ASKING_H
#define WHY_AUDIT_ASKING_H

#include "audit/parts.h"
#include "net/task.h"

enum {
	POOL_MAX = 512, BUCKETS = 256, PAIRS_MAX = 4, TRIES_MAX = 6,
	PADDED = 600            /* what hellos of 256 to 511 bytes are padded to where those go unanswered */
};

/* Who gets a place first: whoever asks for what others wait to know; then what is foreseen, and proves a
 * set; last the checks on which nothing depends, and what may still find a hello to ride on. */
enum slot_order { SLOT_FIRST, SLOT_LATER, SLOT_LAST, SLOT_ORDERS };

struct waiter {
	struct task *task;
	struct waiter *next;
};

struct queue {
	struct waiter *first, **last;
};

void queue_wait(struct queue *queue);
/* Whoever came first, or this task if it waits there; false when nobody did. */
bool queue_wake(struct queue *queue);
bool queue_wake_task(struct queue *queue, const struct task *task);
void queue_wake_all(struct queue *queue);

struct asked {
	struct span key;
	const struct attempt *answer;   /* NULL while it is on its way */
	struct queue waiters;
	struct asked *next;
};

struct asking {
	struct run run;
	struct endpoint endpoint;       /* a copy: an audit's failures are not the diagnosis's */
	struct audit *audit;
	struct tls_limits limits;
	unsigned pool, in_use, delay_ms;
	double next_ms;                 /* no connection is begun before */
	struct queue slots[SLOT_ORDERS];
	struct asked *asked[BUCKETS];
	struct rider *riders;           /* those that wait for a slot or a hello to ride on (together.c) */
	unsigned n_rides, n_falls;
	bool is_gate_shut;
	struct queue gate;              /* riders that wait for others to come up */

	double last_hello_ms, last_refusal_ms;  /* when a ServerHello came last; when the last hello that was
	                                         * refused had been sent */
	const struct hello_spec *good;  /* a hello that was answered by a ServerHello */
	double good_since_ms;           /* when the last answer of any kind was asked for; <0: none yet */
	struct task *recoverer;
	struct queue recovered;
	uint16_t pad_to;                /* hellos of 256 to 511 bytes go unanswered here: no shorter than this; 0: as they are */
	bool takes_middling;            /* one of that length was answered */
	unsigned n_padded;              /* how often a longer one was tried */
	unsigned n_recoveries, n_meant, n_flaky;        /* n_flaky: ended once, answered the next time */
	const char *stopped;

	size_t start_sent, start_received;
	struct common_list common[5];
	struct collection *collection;
	struct ticket_store *tickets;
	struct signer *signer;
	struct key_pair *pairs[PAIRS_MAX];
	uint16_t shares[PAIRS_MAX];
	size_t n_pairs;
	double round_end_ms;
	struct task_group aside;
	struct queue idle, over;        /* for the moment in which nobody waits for a place; for the end */
	unsigned idle_rounds;           /* not before so many */
	bool is_over;
	bool suites_began;              /* the first suites of TLS 1.2 are known, or nothing will be */
	struct queue suites_waiters;
	const struct attempt *of_kind[HELLO_KINDS];
	bool *begun_checks;
};

/* ---- slots.c: the pool of connections ------------------------------------------------------------- */

struct net *net_of(const struct asking *asking);
bool slot_must_wait(const struct asking *asking);
/* Waits for a place in the pool, and for the pause between two connections. */
void slot_take(struct asking *asking, enum slot_order order);
/* The same for a rider, which may be served meanwhile (is_aboard): false then, without a place. */
bool slot_take_or_ride(struct asking *asking, struct rider *rider);
void slot_give(struct asking *asking);
/* Lets the next one have a free place; false when there is none, or nobody waits. */
bool slots_wake(struct asking *asking);

/* ---- together.c ------------------------------------------------------------------------------------- */

enum slot_order rider_order(const struct rider *rider);
/* It has a place of its own: nobody takes it along any more. */
void rider_leave(struct asking *asking, const struct rider *rider);

/* ---- exchange.c ------------------------------------------------------------------------------------- */

/* Asks until there is an answer, or an end that is known to be meant. */
struct attempt *settle(struct asking *asking, const char *name, const struct hello_spec *spec);
/* After `failed`, alone: one task at a time, the others wait, and then ask anew. NULL: ask again. */
struct attempt *ask_in_turn(struct asking *asking, const char *name, const struct hello_spec *spec,
			    const struct attempt *failed);
/* Rounds: the most exchanges that followed on each other, one begun after another had ended. */
void note_round(struct asking *asking, double began);
/* One connection and its answer, in a slot that is held already and given back. */
struct attempt *exchange_in_slot(struct asking *asking, const char *name, const struct hello_spec *spec);
/* In a slot that is held; given back where there is no connection. */
struct conn *connect_in_slot(struct asking *asking, struct attempt *at);
/* What an answer tells of the server as a whole; its hello was begun at `start`. */
void learn_answer(struct asking *asking, const struct attempt *at, const struct hello_spec *spec, double start);
/* ---- ask.c ------------------------------------------------------------------------------------------ */

/* The shares of our own keys among the groups that `spec` offers. */
void put_own_shares(struct asking *asking, struct hello_spec *spec);

#endif
