/* Puts the offers of a choice to the server, side by side, until nothing is left to ask. */
#include "audit/parts.h"

#include "kb/names.h"
#include "tls/codes.h"

struct put {
	struct question *q;
	const struct choice_offer *offer;       /* as it was sent */
	const struct attempt *answer;
	enum choice_answer means;
	size_t at;
	bool is_awaited;
	struct put *rest;       /* the same offer without what was chosen */
};

/* ---- answers --------------------------------------------------------------------------------------- */

static bool is_plain_refusal(const struct attempt *at)
{
	if (at->fault == TLS_FAULT_VERSION_NOT_OFFERED || at->fault == TLS_FAULT_SUITE_NOT_OFFERED ||
	    at->fault == TLS_FAULT_GROUP_NOT_OFFERED || at->fault == TLS_FAULT_SCHEME_NOT_OFFERED)
		return true;
	return at->fault == TLS_FAULT_ALERT &&
	       (at->alert == ALERT_HANDSHAKE_FAILURE || at->alert == ALERT_INSUFFICIENT_SECURITY ||
		at->alert == ALERT_PROTOCOL_VERSION || at->alert == ALERT_ILLEGAL_PARAMETER);
}

bool is_refusal(const struct attempt *at)
{
	return is_plain_refusal(at) || at->fault == TLS_FAULT_ALERT || at->fault == TLS_FAULT_RESET ||
	       at->fault == TLS_FAULT_CLOSED;
}

const char *answer_in_words(struct asking *asking, const struct attempt *at)
{
	struct arena *arena = asking_run(asking)->probing->arena;
	const char *name;

	switch (at->fault) {
	case TLS_FAULT_NONE: return "answered";
	case TLS_FAULT_ALERT:
		name = kb_alert_name(at->alert);
		return arena_printf(arena, "alert %u (%s)", at->alert, name ? name : "unassigned");
	case TLS_FAULT_RESET: return "the connection was reset after the hello";
	case TLS_FAULT_CLOSED: return "the connection was closed after the hello";
	case TLS_FAULT_SILENT: return "no answer in time";
	case TLS_FAULT_STALLED: return "the answer began and never ended";
	case TLS_FAULT_CONNECT:
		return at->reason ? at->reason : asking_stopped(asking) ? asking_stopped(asking) : "no connection";
	case TLS_FAULT_NOT_TLS: return "the answer is no TLS";
	case TLS_FAULT_VERSION_NOT_OFFERED:
		name = kb_version_name(at->version);
		return arena_printf(arena, "answered with %s", name ? name : "a version that was not offered");
	default: return "the answer is not what TLS asks for";
	}
}

static enum choice_answer meaning_of(const struct question *q, const struct choice_offer *offer,
				     const struct attempt *at, size_t *where)
{
	uint32_t code = q->chosen(at);

	for (*where = 0; code != 0 && *where < offer->n; ++*where)
		if (q->items[offer->items[*where]].code == code)
			return CHOICE_CHOSE;
	/* A server that takes what was not offered takes none of what was. */
	return code != 0 || is_refusal(at) ? CHOICE_REFUSED : CHOICE_UNCLEAR;
}

/* ---- one offer ---------------------------------------------------------------------------------------- */

static const struct attempt *ask_items(struct question *q, const uint16_t *items, size_t n, const uint16_t *extra)
{
	uint16_t codes[CHOICE_ITEMS_MAX + 1];

	for (size_t i = 0; i < n; i++)
		codes[i] = q->items[items[i]].code;
	if (extra)
		codes[n++] = q->items[*extra].code;
	return q->is_decrypted ? ask_decrypted(q->asking, q->name, q->hello(q, codes, n)) :
				 ask_hello(q->asking, q->name, q->hello(q, codes, n));
}

/* A list that is refused with an odd word, or none, may be too long rather than unwanted: with one
 * more that the server takes it must be answered. */
static bool is_refused_for_good(struct question *q, const struct choice_offer *offer)
{
	enum { SHORT = 12 };
	const struct attempt *at;
	uint16_t known = 0;

	if (offer->n <= SHORT)
		return true;
	while (known < q->n && !choice_is_taken(q->choice, known))
		known++;
	if (known == q->n)
		return true;
	at = ask_items(q, offer->items, offer->n, &known);
	return q->chosen(at) == q->items[known].code;
}

/* ---- with others ---------------------------------------------------------------------------------------- */

static uint16_t code_at(const struct question *q, const struct choice_offer *offer, size_t place)
{
	return place > 0 && place <= offer->n ? q->items[offer->items[place - 1]].code : 0;
}

static bool is_sent(const struct rider *r, uint16_t code)
{
	for (size_t i = 0; i < r->n_sent; i++)
		if (r->sent[i] == code)
			return true;
	return false;
}

/* What of the offer was sent: suites that another question would have kept from being weighed were not. */
static const struct choice_offer *sent_offer(struct question *q, const struct choice_offer *offer, const struct rider *r)
{
	struct arena *arena = asking_run(q->asking)->probing->arena;
	struct choice_offer *sent = arena_new_of(arena, struct choice_offer);
	uint16_t *items = arena_array(arena, uint16_t, offer->n + 1);

	sent->items = items;
	for (size_t i = 0; i < offer->n; i++)
		if (is_sent(r, q->items[offer->items[i]].code))
			items[sent->n++] = offer->items[i];
	return sent;
}

static bool put_together(struct put *put)
{
	struct question *q = put->q;
	const struct choice_offer *offer = put->offer;
	uint16_t *codes = arena_array(asking_run(q->asking)->probing->arena, uint16_t, offer->n + 1);
	struct rider rider = {
		.name = q->name, .version = q->version, .places = q->places, .is_decrypted = q->is_decrypted,
		.foreseen = code_at(q, offer, offer->foreseen), .beside = code_at(q, offer, offer->beside),
		.is_any = offer->foreseen == CHOICE_ANY, .is_awaited = put->is_awaited,
		.fits = q->fits, .spares = q->spares, .change = q->change, .ctx = q,
	};

	if (q->places == 0 || offer->foreseen == 0)
		return false;
	for (size_t i = 0; i < offer->n; i++)
		codes[i] = q->items[offer->items[i]].code;
	rider.own = q->hello(q, codes, offer->n);
	put->answer = ask_together(q->asking, &rider);
	if (!put->answer)
		return false;
	if (q->places & PLACE_SUITES)
		put->offer = sent_offer(q, offer, &rider);
	return true;
}

static void put_once(struct put *put)
{
	if (!put_together(put))
		put->answer = ask_items(put->q, put->offer->items, put->offer->n, NULL);
	put->means = meaning_of(put->q, put->offer, put->answer, &put->at);
	if (put->means == CHOICE_REFUSED && !put->answer->has_server_hello && !is_plain_refusal(put->answer) && !is_refused_for_good(put->q, put->offer))
		put->means = CHOICE_UNCLEAR;
}

static struct put *without_chosen(const struct put *put)
{
	struct arena *arena = asking_run(put->q->asking)->probing->arena;
	uint16_t *items = arena_array(arena, uint16_t, put->offer->n);
	struct choice_offer *offer = arena_new_of(arena, struct choice_offer);
	struct put *rest = arena_new_of(arena, struct put);

	*offer = (struct choice_offer){ .items = items };
	for (size_t i = 0; i < put->offer->n; i++)
		if (i != put->at)
			items[offer->n++] = put->offer->items[i];
	*rest = (struct put){ .q = put->q, .offer = offer };
	return rest;
}

/* Where only the set is asked for, a list of those that nothing speaks for need not wait for the answers to others:
 * what was chosen is left out until the rest is refused. */
static void put_offer(struct asking *asking, void *ctx)
{
	struct put *put = ctx;
	bool walks = !put->q->wants_order && put->offer->foreseen == 0;

	put_once(put);
	while (walks && put->means == CHOICE_CHOSE && put->offer->n > 1 && !asking_stopped(asking)) {
		put->rest = without_chosen(put);
		put = put->rest;
		put_once(put);
	}
}

static void learn(struct question *q, const struct put *put)
{
	choice_learn(q->choice, put->offer, put->means, put->at);
	if (put->means == CHOICE_CHOSE)
		q->answers[put->offer->items[put->at]] = put->answer;
	else if (put->means == CHOICE_UNCLEAR)
		q->unclear = put->answer;
}

static void put_all(struct question *q, const struct choice_offer *offers, size_t n)
{
	enum { FEW = 16 };
	struct put *puts = arena_array(asking_run(q->asking)->probing->arena, struct put, n + 1);

	for (size_t i = 0; i < n; i++)
		puts[i] = (struct put){ .q = q, .offer = &offers[i], .is_awaited = q->places & PLACE_SUITES && n <= FEW };
	ask_all(q->asking, put_offer, puts, n, sizeof *puts);
	for (size_t i = 0; i < n; i++)
		for (const struct put *put = &puts[i]; put; put = put->rest)
			learn(q, put);
	choice_conclude(q->choice);
}

void question_put_openers(struct question *q)
{
	if (q->n_openers > 0)
		put_all(q, q->openers, q->n_openers);
}

void question_open(struct question *q)
{
	struct arena *arena = asking_run(q->asking)->probing->arena;

	q->choice = choice_new(arena, q->items, q->n, q->lean, q->wants_order);
	q->answers = arena_array(arena, const struct attempt *, q->n + 1);
	question_put_openers(q);
}

void question_finish(struct question *q)
{
	const struct choice_offer *offers;
	size_t n;

	while (!asking_stopped(q->asking) && (n = choice_plan(q->choice, &offers)) > 0)
		put_all(q, offers, n);
	q->state.extent = choice_is_whole(q->choice) ? AUDIT_WHOLE : AUDIT_PART;
	if (q->state.extent == AUDIT_WHOLE)
		return;
	q->state.because = asking_stopped(q->asking) ? asking_stopped(q->asking) :
		choice_varies(q->choice) ? "the same hello was answered differently from one connection to the next" :
		q->unclear ? arena_printf(asking_run(q->asking)->probing->arena, "some hellos had no clear answer: %s",
					  answer_in_words(q->asking, q->unclear)) :
		"the answers contradict each other";
}

void question_ask(struct question *q)
{
	question_open(q);
	question_finish(q);
}
