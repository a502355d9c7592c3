/* Several questions on one hello. A ServerHello answers more than one: which suite, which group, which
 * scheme, whether an extension is known. A question whose answer is foreseen may ride on the hello of
 * another; where the server answers all of them as foreseen, each is answered. Where not, each is asked
 * alone, so that nothing is ever learned from a hello that surprised. No rider changes server_name: what is
 * answered under another name says nothing of this one. */
#ifndef WHY_AUDIT_TOGETHER_H
#define WHY_AUDIT_TOGETHER_H

#include "audit/ask.h"
#include "kb/names.h"

/* What of a hello a question sets; two that set the same do not ride together. */
enum hello_place {
	PLACE_SUITES = 1, PLACE_GROUPS = 2, PLACE_SCHEMES = 4, PLACE_ALPN = 8, PLACE_RECORD = 16, PLACE_EXTENSIONS = 32,
	PLACE_SHAPE = 64
};

struct queue;
struct crew;

struct rider {
	const char *name;
	uint16_t version;       /* of the hello */
	unsigned places;        /* hello_place */
	bool is_decrypted;      /* TLS 1.3 with shares of our own, read to the end of the server's flight */
	struct hello_spec *own; /* the hello that asks this alone */
	/* PLACE_SUITES, _GROUPS, _SCHEMES: the code that will be chosen; or one of its own, whichever. */
	uint16_t foreseen;
	bool is_any;
	bool is_awaited;        /* few, and what they tell decides what is asked next */
	/* PLACE_SUITES: one listed beside the foreseen that must stay, as it is compared with; 0 none. */
	uint16_t beside;
	/* May it ride where this suite is chosen? NULL: wherever. */
	bool (*fits)(const struct rider *rider, const struct kb_suite *suite);
	/* Would the server weigh this suite as ever, if it chose one that fits? NULL: all of them. Those that
	 * it would not are left out. */
	bool (*spares)(const struct rider *rider, const struct kb_suite *suite);
	/* For the places of extensions, records and shapes: makes the change to a hello. */
	void (*change)(struct asking *asking, struct hello_spec *spec, const struct rider *rider);
	const void *ctx;

	struct crew *crew;      /* of a carrier (ask_carry) */
	bool is_patient;        /* a carrier that goes behind all others */
	bool (*admits)(const struct rider *rider);      /* of a carrier: whom it takes along; NULL: who suits */

	const uint16_t *sent;   /* PLACE_SUITES, from here on what came of it: the suites as they were sent */
	size_t n_sent;
	const struct attempt *answer;
	bool is_aboard, is_landed;
	bool is_seated;         /* its task is suspended until it lands */
	unsigned n_passed;      /* hellos that did not take it along */
	struct task *task;
	struct queue *waits_in; /* for a place in the pool; NULL: not now */
	struct rider *next;
};

/* An answer as foreseen, or a clear one to rider->own where nobody came along. NULL: the question is to be
 * asked alone. */
const struct attempt *ask_together(struct asking *asking, struct rider *rider);
/* The same, and alone where that brought nothing. */
const struct attempt *ask_riding(struct asking *asking, struct rider *rider);

/* A connection that is used for more than one hello (a dialogue) carries those along that suit. Waits for a
 * place in the pool, preferably one that a rider gives up to come along, and returns the hello to send in it. */
const struct hello_spec *ask_carry(struct asking *asking, struct rider *carrier);
/* The hello's connection, in the place that is held; NULL: none, and the place is given back. */
struct conn *ask_carry_connect(struct asking *asking, struct attempt *attempt);
/* What came of the hello, which was begun at `start` (net_now_ms()); answer NULL: there was no connection.
 * Was it in company? Then what it says may be due to that. */
bool ask_carry_done(struct asking *asking, struct rider *carrier, const struct attempt *answer,
		    const struct hello_spec *spec, double start);

#endif
