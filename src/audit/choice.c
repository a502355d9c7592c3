/* See choice.h, and doc/audit-probing.md for why so few offers prove a set and its order. */
#include "audit/choice.h"

#include "base/attr.h"

enum {
	WORDS = CHOICE_ITEMS_MAX / 64, OFFER_MAX = 120,         /* some stacks break above 128 suites */
	OFFER_SMALL = 12, ROUNDS_MAX = 48, UNCLEAR_MAX = 6, WRONG_ROUNDS_MAX = 2, LANES_MAX = 12, DECISIVE_MAX = 3,
	KINDS_MAX = 4
};

struct set {
	uint64_t words[WORDS];
};

enum item_state { ITEM_OPEN = 0, ITEM_TAKEN, ITEM_REFUSED, ITEM_UNCLEAR };

/* An odd one was chosen: what that says of the others depends on what was first in the list, and that on
 * whether the server takes it. */
struct odd_answer {
	struct choice_offer offer;
	size_t at;
};

struct choice {
	struct arena *arena;
	const struct choice_item *items;
	size_t n;
	enum tri lean, order;
	bool wants_order, varies, gave_up, is_odd_asked;
	enum tri odd_first;
	uint8_t *state;
	bool *own;              /* has an offer of its own in this plan */
	bool *tried;            /* had an offer of its own and was not chosen: is asked among the rest */
	struct set *over;       /* chosen though these were listed before it */
	struct set *ahead;      /* chosen, these were listed after it */
	struct set *beats;      /* both, and what follows from them, among those taken */
	struct set taken;
	bool rows[256], columns[256];   /* of those taken */
	unsigned n_decisive, n_rounds, n_wrong, n_wrong_rounds, n_unclear, n_rest_hits, n_learned;
	size_t offer_max;
	struct choice_offer *offers;
	size_t n_offers, cap_offers;
	struct odd_answer *odd_answers;
	size_t n_odd_answers, cap_odd_answers;
};

static void set_add(struct set *set, size_t i)
{
	set->words[i / 64] |= (uint64_t)1 << i % 64;
}

static bool set_has(const struct set *set, size_t i)
{
	return set->words[i / 64] >> i % 64 & 1;
}

static void set_join(struct set *set, const struct set *other)
{
	for (size_t i = 0; i < WORDS; i++)
		set->words[i] |= other->words[i];
}

static struct set set_both(const struct set *a, const struct set *b)
{
	struct set both;

	for (size_t i = 0; i < WORDS; i++)
		both.words[i] = a->words[i] & b->words[i];
	return both;
}

static bool set_is_empty(const struct set *set)
{
	uint64_t any = 0;

	for (size_t i = 0; i < WORDS; i++)
		any |= set->words[i];
	return any == 0;
}

struct choice *choice_new(struct arena *arena, const struct choice_item *items, size_t n, enum tri lean, bool wants_order)
{
	struct choice *c = arena_new_of(arena, struct choice);

	n = n < CHOICE_ITEMS_MAX ? n : CHOICE_ITEMS_MAX;
	*c = (struct choice){ .arena = arena, .items = items, .n = n, .lean = lean, .wants_order = wants_order,
			      .offer_max = OFFER_MAX };
	c->state = arena_array(arena, uint8_t, n + 1);
	c->tried = arena_array(arena, bool, n + 1);
	c->own = arena_array(arena, bool, n + 1);
	c->over = arena_array(arena, struct set, n + 1);
	c->ahead = arena_array(arena, struct set, n + 1);
	c->beats = arena_array(arena, struct set, n + 1);
	return c;
}

/* ---- what is known --------------------------------------------------------------------------------- */

static void close_beats(struct choice *c)
{
	for (size_t i = 0; i < c->n; i++) {
		struct set all = c->over[i];

		set_join(&all, &c->ahead[i]);
		c->beats[i] = set_both(&all, &c->taken);
	}
	for (size_t k = 0; k < c->n; k++) {
		if (!set_has(&c->taken, k) || set_is_empty(&c->beats[k]))
			continue;
		for (size_t i = 0; i < c->n; i++)
			if (set_has(&c->taken, i) && set_has(&c->beats[i], k))
				set_join(&c->beats[i], &c->beats[k]);
	}
}

static bool is_flipped(const struct choice *c, size_t i)
{
	for (size_t k = 0; k < c->n; k++)
		if (set_has(&c->taken, k) && set_has(&c->ahead[i], k) && set_has(&c->ahead[k], i))
			return true;
	return false;
}

/* A server that chose one though it takes another that was listed before has an order of its own; one
 * that chose either of two, whichever came first, follows the client. */
static void judge_order(struct choice *c)
{
	bool flipped = false, leaned = false;

	for (size_t i = 0; i < c->n; i++) {
		struct set over = set_both(&c->over[i], &c->taken), ahead = set_both(&c->ahead[i], &c->taken);

		if (!set_has(&c->taken, i))
			continue;
		if (!set_is_empty(&over)) {
			c->order = TRI_YES;
			return;
		}
		leaned |= !set_is_empty(&ahead);
		flipped |= leaned && is_flipped(c, i);
	}
	if (flipped)
		c->order = TRI_NO;
	else if (leaned)
		c->lean = TRI_NO;
}

/* Whether that x was chosen, odd or not, says something of its place beside y. */
static bool tells(const struct choice *c, size_t x, size_t y, size_t first)
{
	const struct choice_item *items = c->items;

	if (!items[x].odd || items[y].odd)
		return true;
	return c->state[first] == ITEM_TAKEN && !items[first].odd && (items[first].steady || !items[y].steady);
}

static void learn_places(struct choice *c, const struct choice_offer *offer, size_t at)
{
	size_t x = offer->items[at];

	for (size_t i = 0; i < offer->n; i++)
		if (i != at && tells(c, x, offer->items[i], offer->items[0]))
			set_add(i < at ? &c->over[x] : &c->ahead[x], offer->items[i]);
}

void choice_conclude(struct choice *c)
{
	for (size_t i = 0; i < c->n_odd_answers; i++)
		learn_places(c, &c->odd_answers[i].offer, c->odd_answers[i].at);
	c->taken = (struct set){ { 0 } };
	for (size_t i = 0; i < c->n; i++) {
		c->tried[i] |= c->own[i];
		if (c->state[i] != ITEM_TAKEN)
			continue;
		set_add(&c->taken, i);
		c->rows[c->items[i].row] = c->columns[c->items[i].column] = true;
	}
	judge_order(c);
	close_beats(c);
}

static bool is_likely(const struct choice *c, size_t i)
{
	const struct choice_item *item = &c->items[i];

	return c->state[i] == ITEM_OPEN && !c->tried[i] &&
	       (item->expected || (item->row && c->rows[item->row] && c->columns[item->column]));
}

static bool is_beaten(const struct choice *c, size_t i, const bool *left)
{
	for (size_t k = 0; k < c->n; k++)
		if (left[k] && k != i && set_has(&c->beats[k], i) && !set_has(&c->beats[i], k))
			return true;
	return false;
}

/* Those taken, and those likely to be, best first: what is known decides, then the guess. */
static size_t tentative(const struct choice *c, bool with_likely, uint16_t *out)
{
	bool left[CHOICE_ITEMS_MAX] = { false };
	size_t n = 0, n_left = 0;

	for (size_t i = 0; i < c->n; i++)
		n_left += left[i] = c->state[i] == ITEM_TAKEN || (with_likely && is_likely(c, i));
	while (n < n_left) {
		size_t best = CHOICE_ITEMS_MAX, first = CHOICE_ITEMS_MAX;

		for (size_t i = 0; i < c->n && best == CHOICE_ITEMS_MAX; i++) {
			if (!left[i])
				continue;
			if (first == CHOICE_ITEMS_MAX)
				first = i;
			if (c->order != TRI_YES || !is_beaten(c, i, left))
				best = i;
		}
		best = best == CHOICE_ITEMS_MAX ? first : best;
		left[best] = false;
		out[n++] = (uint16_t)best;
	}
	return n;
}

/* ---- offers ------------------------------------------------------------------------------------------- */

static uint16_t *new_offer(struct choice *c, size_t n)
{
	uint16_t *items = arena_array(c->arena, uint16_t, n + 1);

	*arena_push(c->arena, c->offers, c->n_offers, c->cap_offers) = (struct choice_offer){ .items = items, .n = n };
	return items;
}

/* The last offer: that one is expected to be chosen, as it is taken or likely so. */
static void foresee(struct choice *c, size_t at, size_t beside)
{
	c->offers[c->n_offers - 1].foreseen = at;
	c->offers[c->n_offers - 1].beside = beside;
}

static void swap(uint16_t *a, uint16_t *b)
{
	uint16_t kept = *a;

	*a = *b;
	*b = kept;
}

/* How well it stands first in a list with odd ones, so that these are treated as any. */
static unsigned leads(const struct choice *c, size_t item)
{
	if (c->items[item].odd)
		return 0;
	return 1u + 2u * c->items[item].steady + (c->state[item] == ITEM_TAKEN);
}

static void put_leader_first(const struct choice *c, uint16_t *items, size_t n)
{
	size_t best = 0;
	bool has_odd = false;

	for (size_t i = 0; i < n; i++) {
		has_odd |= c->items[items[i]].odd;
		if (leads(c, items[i]) > leads(c, items[best]))
			best = i;
	}
	if (has_odd)
		swap(&items[0], &items[best]);
}

/* order[i] last, those guessed to be worse before it, the worst first. */
static void offer_suffix(struct choice *c, const uint16_t *order, size_t n, size_t i)
{
	size_t len = n - i < c->offer_max ? n - i : c->offer_max;
	uint16_t *items = new_offer(c, len);

	c->own[order[i]] = true;
	for (size_t k = 0; k < len; k++)
		items[len - 1 - k] = order[i + k];
	put_leader_first(c, items, len);
	/* Of an odd one it matters what is listed before it: that goes alone. */
	if ((c->order == TRI_YES || (c->order == TRI_UNKNOWN && c->lean == TRI_YES)) && items[len - 1] == order[i] &&
	    !c->items[order[i]].odd)
		foresee(c, len, !c->wants_order || len == 1 ? 0 : items[len - 2] == order[i + 1] ? len - 1 : 1);
}

static bool is_before(const struct choice *c, size_t a, size_t b)
{
	return set_has(&c->over[a], b) || set_has(&c->ahead[a], b) || set_has(&c->beats[a], b);
}

static void offer_suffixes(struct choice *c, const uint16_t *order, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool is_open = c->state[order[i]] == ITEM_OPEN;

		if (is_open || (c->wants_order && i + 1 < n && !is_before(c, order[i], order[i + 1])))
			offer_suffix(c, order, n, i);
	}
}

/* Two at a time: each that is not placed yet against the middle of those it was not compared with. */
static void offer_pairs(struct choice *c, const uint16_t *order, size_t n)
{
	struct set *asked = arena_array(c->arena, struct set, c->n + 1);
	uint16_t unknown[CHOICE_ITEMS_MAX];

	for (size_t i = 0; i < n; i++) {
		size_t x = order[i], y, n_unknown = 0;
		uint16_t *items;

		for (size_t k = 0; k < n; k++)
			if (k != i && !set_has(&c->beats[x], order[k]) && !set_has(&c->beats[order[k]], x))
				unknown[n_unknown++] = order[k];
		if (n_unknown == 0)
			continue;
		y = unknown[n_unknown / 2];
		if (set_has(&asked[x], y) || set_has(&asked[y], x))
			continue;
		set_add(&asked[x], y);
		items = new_offer(c, 2);
		items[0] = (uint16_t)(c->items[y].odd ? x : y);
		items[1] = (uint16_t)(c->items[y].odd ? y : x);
	}
}

/* An odd one first, the best of all behind it: whose preference counts then? */
static void offer_odd_first(struct choice *c)
{
	uint16_t order[CHOICE_ITEMS_MAX];
	size_t n = tentative(c, false, order), odd = 0;
	uint16_t *items;

	while (odd < n && !c->items[order[odd]].odd)
		odd++;
	if (!c->wants_order || c->order != TRI_YES || c->is_odd_asked || odd == 0 || odd == n)
		return;
	c->is_odd_asked = true;
	items = new_offer(c, 2);
	items[0] = order[odd];
	items[1] = order[0];
	foresee(c, 2, 0);
}

static void plan_server_order(struct choice *c)
{
	uint16_t order[CHOICE_ITEMS_MAX];
	size_t n = tentative(c, true, order);

	offer_odd_first(c);

	/* Guesses that go on failing are no guesses: from then on two at a time. */
	c->n_wrong_rounds += c->n_wrong > 1;
	c->n_wrong = 0;
	if (c->n_wrong_rounds < WRONG_ROUNDS_MAX) {
		offer_suffixes(c, order, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (c->state[order[i]] == ITEM_OPEN)
			offer_suffix(c, order, n, i);
	n = tentative(c, false, order);
	if (c->wants_order)
		offer_pairs(c, order, n);
}

static void offer_pair(struct choice *c, size_t first, size_t second)
{
	uint16_t *items = new_offer(c, 2);

	items[0] = (uint16_t)first;
	items[1] = (uint16_t)second;
}

/* Two that were never listed together, either way round. */
static void offer_both_ways(struct choice *c)
{
	size_t pair[2], n = 0;

	for (size_t i = 0; i < c->n && n < 2; i++)
		if (set_has(&c->taken, i) && !c->items[i].odd)
			pair[n++] = i;
	if (n < 2 || c->n_decisive >= DECISIVE_MAX)
		return;
	c->n_decisive++;
	offer_pair(c, pair[0], pair[1]);
	offer_pair(c, pair[1], pair[0]);
}

/* One that won by being listed first, listed after one it won against. */
static void offer_decisive(struct choice *c)
{
	for (size_t x = 0; x < c->n; x++) {
		if (!set_has(&c->taken, x) || c->n_decisive >= DECISIVE_MAX)
			continue;
		for (size_t y = 0; y < c->n; y++) {
			if (set_has(&c->taken, y) && set_has(&c->ahead[x], y) && !c->items[y].odd) {
				c->n_decisive++;
				offer_pair(c, y, x);
				return;
			}
		}
	}
	offer_both_ways(c);
}

static size_t any_taken(const struct choice *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->state[i] == ITEM_TAKEN)
			return i;
	return c->n;
}

/* What to list behind `i`: one that is taken, else the next that likely is; n for none. */
static size_t company_of(const struct choice *c, size_t i, size_t known)
{
	if (known < c->n)
		return known;
	for (size_t k = 1; k < c->n; k++)
		if (is_likely(c, (i + k) % c->n) || c->own[(i + k) % c->n])
			return (i + k) % c->n;
	return c->n;
}

/* Each likely one first; behind it, until it is proved that the client's order rules, another. */
static void plan_client_order(struct choice *c)
{
	bool alone = !c->wants_order || c->order == TRI_NO;
	size_t known = any_taken(c), before = c->n_offers;

	for (size_t i = 0; i < c->n; i++) {
		size_t other = alone ? c->n : company_of(c, i, known);
		uint16_t *items;

		if (!is_likely(c, i))
			continue;
		items = new_offer(c, other < c->n ? 2 : 1);
		c->own[i] = true;
		items[0] = (uint16_t)i;
		if (other < c->n)
			items[1] = (uint16_t)other;
		foresee(c, 1, other < c->n ? 2 : 0);
	}
	if (c->n_offers == before && c->order == TRI_UNKNOWN && c->wants_order)
		offer_decisive(c);
}

/* Those that nothing speaks for: many at once, in families once some of them were taken; never two kinds
 * in one list, so that a refusal is one of each. */
static void plan_rest_of(struct choice *c, const uint16_t *rest, size_t n, size_t lanes)
{
	size_t at = 0;

	for (size_t lane = 0; lane < lanes; lane++) {
		size_t end = n * (lane + 1) / lanes;
		uint16_t *items = new_offer(c, end - at);

		/* The worst first, as everywhere: what is chosen then says something of the order. */
		for (size_t k = 0; at < end; at++, k++)
			items[k] = rest[end - 1 - k];
	}
}

static void plan_rest(struct choice *c)
{
	uint16_t rest[CHOICE_ITEMS_MAX];
	size_t n = 0, at = 0, most;

	for (unsigned group = 0; group < 256 * KINDS_MAX; group++)
		for (size_t i = 0; i < c->n; i++)
			if (c->items[i].kind == group / 256 && c->items[i].column == group % 256 && c->state[i] == ITEM_OPEN &&
			    !is_likely(c, i))
				rest[n++] = (uint16_t)i;
	most = !c->wants_order ? 0 : (n + 7) / 8 < LANES_MAX ? (n + 7) / 8 : LANES_MAX;
	while (at < n) {
		size_t end = at, lanes, fine;

		while (end < n && c->items[rest[end]].kind == c->items[rest[at]].kind)
			end++;
		lanes = (end - at + c->offer_max - 1) / c->offer_max;
		fine = c->n_rest_hits > 0 ? (most * (end - at) + n - 1) / n : 0;
		plan_rest_of(c, rest + at, end - at, lanes > fine ? lanes : fine);
		at = end;
	}
}

/* Before anything is known: all that are expected, in either direction. */
static void plan_first(struct choice *c)
{
	uint16_t order[CHOICE_ITEMS_MAX];
	size_t n = tentative(c, true, order);
	uint16_t *items;

	if (n == 0)
		return;
	offer_suffix(c, order, n, 0);
	foresee(c, CHOICE_ANY, 0);
	c->own[order[0]] = n == 1;
	if (n < 2 || !c->wants_order)
		return;
	n = n < c->offer_max ? n : c->offer_max;
	items = new_offer(c, n);
	for (size_t i = 0; i < n; i++)
		items[i] = order[i];
	put_leader_first(c, items, n);
}

size_t choice_plan(struct choice *c, const struct choice_offer **offers)
{
	c->offers = NULL;
	c->n_offers = c->cap_offers = 0;
	choice_conclude(c);
	if (c->gave_up || c->n_rounds++ >= ROUNDS_MAX) {
		c->gave_up = true;
		return 0;
	}
	if (c->n_learned == 0 && c->lean == TRI_UNKNOWN)
		plan_first(c);
	else if (!c->wants_order)
		plan_client_order(c);   /* each alone */
	else if (c->order == TRI_YES || (c->order == TRI_UNKNOWN && c->lean != TRI_NO))
		plan_server_order(c);
	else
		plan_client_order(c);
	plan_rest(c);
	*offers = c->offers;
	return c->n_offers;
}

/* ---- answers -------------------------------------------------------------------------------------------- */

static void learn_chosen(struct choice *c, const struct choice_offer *offer, size_t at)
{
	size_t x = offer->items[at];

	if (c->state[x] == ITEM_REFUSED)
		c->varies = true;
	c->n_wrong += offer->n > 2 && at + 1 < offer->n && c->state[offer->items[offer->n - 1]] == ITEM_TAKEN;
	c->n_rest_hits += c->state[x] == ITEM_OPEN && !is_likely(c, x) && c->n_rounds > 0;
	c->state[x] = ITEM_TAKEN;
	if (offer->n == 2 && c->items[offer->items[0]].odd && !c->items[offer->items[1]].odd)
		c->odd_first = at == 0 ? TRI_YES : TRI_NO;
	learn_places(c, offer, at);
	if (c->items[x].odd)
		*arena_push(c->arena, c->odd_answers, c->n_odd_answers, c->cap_odd_answers) = (struct odd_answer){ *offer, at };
}

static bool is_mixed(const struct choice *c, const struct choice_offer *offer)
{
	for (size_t i = 1; i < offer->n; i++)
		if (c->items[offer->items[i]].kind != c->items[offer->items[0]].kind)
			return true;
	return false;
}

/* Of a list of two kinds nothing is known to be refused: each is asked again among its own. */
static void learn_refused(struct choice *c, const struct choice_offer *offer)
{
	bool mixed = is_mixed(c, offer), all_taken = true;

	for (size_t i = 0; i < offer->n; i++)
		all_taken &= c->state[offer->items[i]] == ITEM_TAKEN;
	c->varies |= all_taken;
	for (size_t i = 0; i < offer->n; i++) {
		if (mixed)
			c->tried[offer->items[i]] = true;
		else if (c->state[offer->items[i]] == ITEM_TAKEN)
			c->varies = true;
		else
			c->state[offer->items[i]] = ITEM_REFUSED;
	}
}

/* A long list may be more than the peer can take: shorter ones are tried before it is left open. */
static void learn_unclear(struct choice *c, const struct choice_offer *offer)
{
	if (offer->n > OFFER_SMALL && offer->n >= c->offer_max / 2) {
		c->offer_max = c->offer_max / 2 > OFFER_SMALL ? c->offer_max / 2 : OFFER_SMALL;
	} else {
		for (size_t i = 0; i < offer->n; i++)
			if (c->state[offer->items[i]] == ITEM_OPEN)
				c->state[offer->items[i]] = ITEM_UNCLEAR;
	}
	if (++c->n_unclear >= UNCLEAR_MAX)
		c->gave_up = true;
}

void choice_learn(struct choice *c, const struct choice_offer *offer, enum choice_answer answer, size_t at)
{
	if (offer->n == 0)
		return;
	c->n_learned++;
	switch (answer) {
	case CHOICE_CHOSE: learn_chosen(c, offer, at); break;
	case CHOICE_REFUSED: learn_refused(c, offer); break;
	case CHOICE_UNCLEAR: learn_unclear(c, offer); break;
	}
}

/* ---- what came of it --------------------------------------------------------------------------------------- */

size_t choice_taken(const struct choice *c, uint16_t *out)
{
	return tentative(c, false, out);
}

bool choice_is_taken(const struct choice *c, size_t item)
{
	return c->state[item] == ITEM_TAKEN;
}

bool choice_is_refused(const struct choice *c, size_t item)
{
	return c->state[item] == ITEM_REFUSED;
}

size_t choice_likely(const struct choice *c, uint16_t *out)
{
	return tentative(c, true, out);
}

enum tri choice_lean(const struct choice *c)
{
	return c->order != TRI_UNKNOWN ? c->order : c->lean;
}

bool choice_is_whole(const struct choice *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (c->state[i] == ITEM_OPEN || c->state[i] == ITEM_UNCLEAR)
			return false;
	return !c->varies && !c->gave_up;
}

bool choice_varies(const struct choice *c)
{
	return c->varies;
}

bool choice_is_ordered(const struct choice *c)
{
	uint16_t order[CHOICE_ITEMS_MAX];
	size_t n = choice_taken(c, order);

	for (size_t i = 0; i + 1 < n; i++)
		if (!set_has(&c->beats[order[i]], order[i + 1]))
			return false;
	return c->order == TRI_YES || n < 2;
}

enum tri choice_odd_first(const struct choice *c)
{
	return c->order == TRI_YES ? c->odd_first : TRI_UNKNOWN;
}

enum tri choice_server_order(const struct choice *c)
{
	return c->order;
}
