/* Sets and orders proved by few offers: simulated servers of every kind, right and wrong guesses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "audit/choice.h"

/* OpenSSL moves ChaCha20 up where it is the first it knows in the list, Go where AES-GCM is not; HAProxy
 * chooses its certificate by the whole list, then only what goes with that one. */
enum order_kind { BY_SERVER, BY_CLIENT, CHACHA_FIRST, CHACHA_UNLESS_STEADY, TWO_CERTIFICATES };

struct server {
	enum order_kind kind;
	uint16_t preference[CHOICE_ITEMS_MAX];  /* items, the best first */
	size_t n;
	size_t limit;           /* longer offers are dropped in silence; 0 none */
	unsigned fails_from;    /* from this question on nothing is answered; 0 never */
	unsigned n_asked;
};

static size_t place_in(const struct choice_offer *offer, uint16_t item)
{
	for (size_t i = 0; i < offer->n; i++)
		if (offer->items[i] == item)
			return i;
	return offer->n;
}

static bool takes(const struct server *s, uint16_t item)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->preference[i] == item)
			return true;
	return false;
}

static enum choice_answer by_client(const struct server *s, const struct choice_offer *offer, size_t *at)
{
	for (*at = 0; *at < offer->n; ++*at)
		if (takes(s, offer->items[*at]))
			return CHOICE_CHOSE;
	return CHOICE_REFUSED;
}

static bool moves_odd_up(const struct server *s, const struct choice_offer *offer, const struct choice_item *items)
{
	size_t first = 0;

	while (first < offer->n && !takes(s, offer->items[first]))
		first++;
	if (first == offer->n)
		return false;
	return (s->kind == CHACHA_FIRST && items[offer->items[first]].odd) ||
	       (s->kind == CHACHA_UNLESS_STEADY && !items[offer->items[first]].steady);
}

static bool holds_kind(const struct choice_offer *offer, const struct choice_item *items, unsigned kind)
{
	for (size_t i = 0; i < offer->n; i++)
		if (items[offer->items[i]].kind == kind)
			return true;
	return false;
}

static enum choice_answer by_server(const struct server *s, const struct choice_offer *offer, const struct choice_item *items,
				    size_t *at)
{
	bool first_kind_alone = s->kind == TWO_CERTIFICATES && holds_kind(offer, items, 1);

	for (int pass = moves_odd_up(s, offer, items) ? 0 : 1; pass < 2; pass++) {
		for (size_t i = 0; i < s->n; i++) {
			const struct choice_item *item = &items[s->preference[i]];

			*at = place_in(offer, s->preference[i]);
			if (*at < offer->n && (pass == 1 || item->odd) && (!first_kind_alone || item->kind == 1))
				return CHOICE_CHOSE;
		}
	}
	return CHOICE_REFUSED;
}

static enum choice_answer answer(struct server *s, const struct choice_offer *offer, const struct choice_item *items, size_t *at)
{
	s->n_asked++;
	if ((s->limit && offer->n > s->limit) || (s->fails_from && s->n_asked >= s->fails_from))
		return CHOICE_UNCLEAR;
	return s->kind == BY_CLIENT ? by_client(s, offer, at) : by_server(s, offer, items, at);
}

static unsigned ask(struct choice *c, struct server *s, const struct choice_item *items)
{
	const struct choice_offer *offers;
	unsigned rounds = 0;
	size_t n, at = 0;

	while ((n = choice_plan(c, &offers)) > 0) {
		rounds++;
		for (size_t i = 0; i < n; i++) {
			enum choice_answer means = answer(s, &offers[i], items, &at);

			assert_true(offers[i].n <= 120);
			choice_learn(c, &offers[i], means, at);
		}
	}
	return rounds;
}

static void check(const struct choice *c, const struct server *s, size_t n_items)
{
	uint16_t order[CHOICE_ITEMS_MAX];

	assert_int_equal(choice_taken(c, order), s->n);
	for (size_t i = 0; i < s->n; i++)
		assert_true(choice_is_taken(c, s->preference[i]));
	for (size_t i = 0; i < n_items; i++)
		assert_int_equal(choice_is_taken(c, i), takes(s, (uint16_t)i));
	assert_true(choice_is_whole(c));
	if (s->kind == BY_CLIENT || s->n < 2)
		return;
	assert_int_equal(choice_server_order(c), TRI_YES);
	for (size_t i = 0; i < s->n; i++)
		assert_int_equal(order[i], s->preference[i]);
}

/* Every third of 60 items is taken; four rows, five columns. */
static size_t fill(struct choice_item *items, size_t n)
{
	for (size_t i = 0; i < n; i++)
		items[i] = (struct choice_item){ .code = (uint16_t)(0x100 + i), .row = (uint8_t)(1 + i % 4),
						 .column = (uint8_t)(1 + i / 12), .odd = i % 10 == 4,
						 .steady = i % 10 == 7 };
	return n;
}

static struct server server_of(enum order_kind kind, size_t n_items, unsigned every)
{
	struct server s = { .kind = kind };

	for (size_t i = 0; i < n_items; i++)
		if (i % every == 0)
			s.preference[s.n++] = (uint16_t)i;
	return s;
}

static void shuffle(struct server *s, unsigned seed)
{
	for (size_t i = s->n; i > 1; i--) {
		size_t k = (seed = seed * 1103515245u + 12345u) / 65536 % i;
		uint16_t kept = s->preference[k];

		s->preference[k] = s->preference[i - 1];
		s->preference[i - 1] = kept;
	}
}

static struct choice *choice_of(struct arena *arena, const struct choice_item *items, size_t n)
{
	return choice_new(arena, items, n, TRI_UNKNOWN, true);
}

static void test_as_guessed(void **state)
{
	struct arena *arena = arena_new(0);
	struct choice_item items[60];
	size_t n = fill(items, 60);
	struct server s = server_of(BY_SERVER, n, 3);
	struct choice *c;
	unsigned rounds;

	(void)state;
	for (size_t i = 0; i < n; i++)
		items[i].expected = i % 3 == 0;
	c = choice_of(arena, items, n);
	rounds = ask(c, &s, items);
	check(c, &s, n);
	assert_true(choice_is_ordered(c));
	/* One for each of the twenty, and few for the rest. */
	assert_true(rounds <= 3);
	assert_true(s.n_asked <= 24);
	arena_free(arena);
}

static void test_by_client(void **state)
{
	struct arena *arena = arena_new(0);
	struct choice_item items[60];
	size_t n = fill(items, 60);

	(void)state;
	for (unsigned every = 1; every < 12; every++) {
		struct server s = server_of(BY_CLIENT, n, every);
		struct choice *c = choice_of(arena, items, n);

		ask(c, &s, items);
		check(c, &s, n);
		if (s.n > 1)
			assert_int_equal(choice_server_order(c), TRI_NO);
		assert_true(s.n_asked < n + 24);
	}
	arena_free(arena);
}

static void test_any_order(void **state)
{
	struct arena *arena = arena_new(0);
	struct choice_item items[200];
	size_t n = fill(items, 200);

	(void)state;
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct server s = server_of(seed % 4 == 0 ? CHACHA_FIRST : BY_SERVER, n, 2 + seed % 13);
		struct choice *c = choice_of(arena, items, n);

		shuffle(&s, seed);
		ask(c, &s, items);
		check(c, &s, n);
	}
	arena_free(arena);
}

/* To the front, in the order they have: those of the first kind that `first` names. */
static size_t move_up(struct server *s, size_t from, bool (*first)(const struct choice_item *), const struct choice_item *items)
{
	for (size_t i = from; i < s->n; i++)
		if (first(&items[s->preference[i]])) {
			uint16_t kept = s->preference[from];

			s->preference[from++] = s->preference[i];
			s->preference[i] = kept;
		}
	return from;
}

static bool is_steady(const struct choice_item *item)
{
	return item->steady;
}

static bool is_odd(const struct choice_item *item)
{
	return item->odd;
}

static bool is_of_kind(const struct choice_item *item)
{
	return item->kind == 1;
}

/* Go: AES-GCM, ChaCha20, all else; where the client does not begin with AES-GCM, ChaCha20 before it. */
static void test_odd_unless_steady(void **state)
{
	struct arena *arena = arena_new(0);
	struct choice_item items[200];
	size_t n = fill(items, 200);

	(void)state;
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct server s = server_of(CHACHA_UNLESS_STEADY, n, 1 + seed % 3);
		struct choice *c = choice_of(arena, items, n);

		shuffle(&s, seed);
		(void)move_up(&s, move_up(&s, 0, is_steady, items), is_odd, items);
		ask(c, &s, items);
		check(c, &s, n);
	}
	arena_free(arena);
}

static void test_two_certificates(void **state)
{
	struct arena *arena = arena_new(0);
	struct choice_item items[200];
	size_t n = fill(items, 200);

	(void)state;
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct server s = server_of(TWO_CERTIFICATES, n, 3 + seed % 9);
		struct choice *c;

		/* Some of both kinds, or of one that is offered beside the other. */
		for (size_t i = 0; i < n; i++)
			items[i].kind = seed % 4 == 0 ? !takes(&s, (uint16_t)i) && i % 5 == 1 : i % 5 == 1;
		shuffle(&s, seed);
		(void)move_up(&s, 0, is_of_kind, items);
		c = choice_of(arena, items, n);
		ask(c, &s, items);
		check(c, &s, n);
		assert_false(choice_varies(c));
	}
	arena_free(arena);
}

static void test_one_and_none(void **state)
{
	struct arena *arena = arena_new(0);
	struct choice_item items[60];
	size_t n = fill(items, 60);
	struct server none = { .kind = BY_SERVER }, one = { .kind = BY_CLIENT, .preference = { 41 }, .n = 1 };
	struct choice *c = choice_of(arena, items, n);

	(void)state;
	ask(c, &none, items);
	check(c, &none, n);
	assert_true(none.n_asked <= 3);
	c = choice_of(arena, items, n);
	ask(c, &one, items);
	check(c, &one, n);
	assert_int_equal(choice_server_order(c), TRI_UNKNOWN);
	arena_free(arena);
}

/* A peer that drops long hellos is asked in shorter ones, and nothing is called refused that was not. */
static void test_long_offers_dropped(void **state)
{
	struct arena *arena = arena_new(0);
	struct choice_item items[200];
	size_t n = fill(items, 200);
	struct server s = server_of(BY_SERVER, n, 20);
	struct choice *c = choice_of(arena, items, n);

	(void)state;
	s.limit = 100;
	ask(c, &s, items);
	check(c, &s, n);
	arena_free(arena);
}

static void test_silence_is_no_refusal(void **state)
{
	struct arena *arena = arena_new(0);
	struct choice_item items[60];
	size_t n = fill(items, 60);

	(void)state;
	for (unsigned from = 1; from < 20; from += 3) {
		struct server s = server_of(BY_SERVER, n, 3);
		struct choice *c = choice_of(arena, items, n);

		s.fails_from = from;
		ask(c, &s, items);
		assert_false(choice_is_whole(c));
		assert_true(s.n_asked < 200);
	}
	arena_free(arena);
}

static void test_contradiction(void **state)
{
	static const uint16_t both[] = { 0, 1 };
	const struct choice_offer offer = { .items = both, .n = 2 };
	const struct choice_offer *offers;
	struct arena *arena = arena_new(0);
	struct choice_item items[2] = { { .code = 1 }, { .code = 2 } };
	struct choice *c = choice_of(arena, items, 2);

	(void)state;
	choice_learn(c, &offer, CHOICE_CHOSE, 0);
	choice_learn(c, &offer, CHOICE_REFUSED, 0);
	(void)choice_plan(c, &offers);
	assert_true(choice_varies(c));
	assert_false(choice_is_whole(c));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_guessed), cmocka_unit_test(test_by_client), cmocka_unit_test(test_any_order),
		cmocka_unit_test(test_odd_unless_steady), cmocka_unit_test(test_two_certificates), cmocka_unit_test(test_one_and_none), cmocka_unit_test(test_long_offers_dropped),
		cmocka_unit_test(test_silence_is_no_refusal), cmocka_unit_test(test_contradiction),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
