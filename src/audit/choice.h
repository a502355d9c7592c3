/* Which of many candidates a server takes, and in what order it prefers them, by few offers: each
 * answer is one choice or a refusal. Pure: offers out, answers in (doc/audit-probing.md). */
#ifndef WHY_AUDIT_CHOICE_H
#define WHY_AUDIT_CHOICE_H

#include "base/arena.h"
#include "evidence/layer.h"

enum { CHOICE_ITEMS_MAX = 512, CHOICE_ANY = CHOICE_ITEMS_MAX + 1 };

struct choice_item {
	uint16_t code;
	uint8_t row, column;    /* what it is made of (key exchange, cipher); a server that takes others of
				 * its row and of its column likely takes it too. 0: nothing in common */
	bool expected;          /* worth a question of its own from the start */
	bool odd;               /* some servers move it up: where it is first in a list, or where... (ChaCha20) */
	bool steady;            /* ...none like this is first (AES-GCM) */
	uint8_t kind;           /* of the certificate it needs, 0 to 3: a server may look at the whole list before it chooses
				 * its certificate, and then refuse a list of two kinds though it takes some of it */
};

struct choice_offer {
	const uint16_t *items;  /* indexes into the items, in the order to list */
	size_t n;
	size_t foreseen;        /* which of these is expected to be chosen, from 1; CHOICE_ANY: one of them,
				 * whichever; 0: anything may come */
	size_t beside;          /* which of these that is compared with, from 1; 0: none */
};

enum choice_answer {
	CHOICE_UNCLEAR,         /* no answer: neither taken nor refused */
	CHOICE_REFUSED,
	CHOICE_CHOSE
};

struct choice;

/* `items` in the order in which the server is guessed to prefer them; they must outlive the choice.
 * `lean`: whether it is guessed to have an order of its own. Without `wants_order` only the set is
 * asked for. */
struct choice *choice_new(struct arena *arena, const struct choice_item *items, size_t n, enum tri lean, bool wants_order);
/* What to ask next, side by side; 0 when nothing is left to ask. */
size_t choice_plan(struct choice *choice, const struct choice_offer **offers);
/* The answer to an offer; `at` is where in it the chosen one stood. */
void choice_learn(struct choice *choice, const struct choice_offer *offer, enum choice_answer answer, size_t at);

/* To be called when the answers to a plan are learned, before anything is asked of the choice below. */
void choice_conclude(struct choice *choice);
/* Those taken, as indexes in the server's order (else as guessed); `out` has room for all items. */
size_t choice_taken(const struct choice *choice, uint16_t *out);
bool choice_is_taken(const struct choice *choice, size_t item);
bool choice_is_refused(const struct choice *choice, size_t item);
/* Those taken and those that likely are, as indexes, best first: what a question of the same kind can
 * begin with. `out` has room for all items. */
size_t choice_likely(const struct choice *choice, uint16_t *out);
/* Whether the server is guessed to have an order of its own, where it is not proved yet. */
enum tri choice_lean(const struct choice *choice);
/* Each candidate was chosen or refused. */
bool choice_is_whole(const struct choice *choice);
/* The same was taken once and refused another time. */
bool choice_varies(const struct choice *choice);
/* Each of those taken is known to be preferred to the next. */
bool choice_is_ordered(const struct choice *choice);
/* Of a server with an order of its own: is an odd one chosen where it is listed first, though another is
 * preferred? */
enum tri choice_odd_first(const struct choice *choice);
enum tri choice_server_order(const struct choice *choice);

#endif
