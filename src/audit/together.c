/* Questions that share a hello: see together.h. Who waits for a place in the pool can be taken along by
 * who has got one. */
#include "audit/together.h"

#include "audit/asking.h"
#include "base/attr.h"
#include "net/task.h"
#include "tls/codes.h"

enum { CREW_MAX = 8, FALLS_MAX = 4 };

struct crew {
	struct rider *riders[CREW_MAX];         /* by place, suites first */
	size_t n;
	unsigned places;
	bool is_decrypted;
	uint16_t *suites;
	size_t n_suites;
};

/* ---- what the suites of a hello must be ------------------------------------------------------------- */

static bool all_fit(const struct crew *crew, const struct kb_suite *suite)
{
	for (size_t i = 0; suite && i < crew->n; i++)
		if (crew->riders[i]->fits && !crew->riders[i]->fits(crew->riders[i], suite))
			return false;
	return suite != NULL;
}

static bool all_spare(const struct crew *crew, const struct kb_suite *suite)
{
	for (size_t i = 0; suite && i < crew->n; i++)
		if (crew->riders[i]->spares && !crew->riders[i]->spares(crew->riders[i], suite))
			return false;
	return suite != NULL;
}

static bool is_among(uint16_t code, const uint16_t *codes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (codes[i] == code)
			return true;
	return false;
}

static bool are_all_fit(const struct crew *crew)
{
	for (size_t i = 0; i < crew->n_suites; i++)
		if (!all_fit(crew, kb_suite(crew->suites[i])))
			return false;
	return true;
}

/* Of an offer whose choice is foreseen, what the others leave as it was; else whatever fits all. */
static bool choose_suites(struct crew *crew)
{
	const struct rider *first = crew->riders[0];
	bool is_offer = first->places & PLACE_SUITES;

	crew->n_suites = 0;
	for (size_t i = 0; i < first->own->n_suites; i++) {
		uint16_t code = first->own->suites[i];

		if (is_offer ? code == first->foreseen || all_spare(crew, kb_suite(code)) : all_fit(crew, kb_suite(code)))
			crew->suites[crew->n_suites++] = code;
	}
	/* Which of them is not foreseen: then every one must suit. */
	if (is_offer && first->is_any)
		return crew->n_suites == first->own->n_suites && are_all_fit(crew);
	if (is_offer)
		return all_fit(crew, kb_suite(first->foreseen)) &&
		       (first->beside == 0 || is_among(first->beside, crew->suites, crew->n_suites));
	return crew->n_suites > 0;
}

/* ---- who goes together --------------------------------------------------------------------------------- */

/* What is read behind the ServerHello needs shares of our own, so the groups that they are of, and a hello
 * that is hashed as it was sent. */
static unsigned places_of(const struct rider *rider)
{
	return rider->places | (rider->is_decrypted ? PLACE_GROUPS | PLACE_SHAPE : 0);
}

static void insert(struct crew *crew, struct rider *rider)
{
	size_t at = crew->n++;

	for (; at > 0 && crew->riders[at - 1]->places > rider->places; at--)
		crew->riders[at] = crew->riders[at - 1];
	crew->riders[at] = rider;
}

static bool is_admitted(const struct crew *crew, const struct rider *rider)
{
	for (size_t i = 0; i < crew->n; i++)
		if (crew->riders[i]->admits && !crew->riders[i]->admits(rider))
			return false;
	return true;
}

static void take_in(struct crew *crew, struct rider *rider, struct arena *arena)
{
	struct crew larger = *crew;

	if (crew->n == CREW_MAX || crew->places & places_of(rider) || !is_admitted(crew, rider))
		return;
	insert(&larger, rider);
	larger.places |= places_of(rider);
	larger.is_decrypted |= rider->is_decrypted;
	larger.suites = arena_array(arena, uint16_t, larger.riders[0]->own->n_suites + 1);
	if (choose_suites(&larger))
		*crew = larger;
}

static void take_in_waiting(struct asking *asking, struct crew *crew, bool offers)
{
	uint16_t version = crew->riders[0]->version;

	for (struct rider *r = asking->riders; r; r = r->next)
		if (!r->crew && r->version == version && ((r->places & PLACE_SUITES) != 0) == offers)
			take_in(crew, r, asking->run.probing->arena);
}

/* What could ride waits for others; not for ever, where none of them suits. */
enum slot_order rider_order(const struct rider *rider)
{
	enum { PASSED_MAX = 12 };
	bool carries = !rider->fits && rider->places & (PLACE_SUITES | PLACE_GROUPS | PLACE_SCHEMES);

	/* A dialogue: the longest wait for somebody to carry while there may be one. */
	if (rider->crew)
		return !rider->is_patient ? SLOT_LATER : rider->n_passed < 2 * PASSED_MAX ? SLOT_LAST : SLOT_FIRST;
	/* What may be answered either way decides what is asked next. */
	if (rider->is_any || rider->is_awaited || rider->n_passed >= PASSED_MAX)
		return SLOT_FIRST;
	return carries ? SLOT_LATER : SLOT_LAST;
}

/* One that waits in another queue than it should by now: woken it goes where it belongs. */
static struct rider *find_misplaced(struct asking *asking)
{
	struct rider *r = asking->riders;

	while (r && (!r->waits_in || r->waits_in == &asking->slots[rider_order(r)]))
		r = r->next;
	return r;
}

/* Those that a hello of their version left behind. */
static void note_passed(struct asking *asking, uint16_t version)
{
	struct rider *misplaced;

	for (struct rider *r = asking->riders; r; r = r->next)
		r->n_passed += r->version == version;
	while (slot_must_wait(asking) && (misplaced = find_misplaced(asking)) != NULL)
		(void)queue_wake_task(misplaced->waits_in, misplaced->task);
}

void rider_leave(struct asking *asking, const struct rider *rider)
{
	struct rider **at = &asking->riders;

	while (*at && *at != rider)
		at = &(*at)->next;
	if (*at)
		*at = rider->next;
}

static bool begin_crew(struct asking *asking, struct crew *crew, struct rider *host)
{
	*crew = (struct crew){ .suites = arena_array(asking->run.probing->arena, uint16_t, host->own->n_suites + 1) };
	insert(crew, host);
	crew->places = places_of(host);
	crew->is_decrypted = host->is_decrypted;
	return choose_suites(crew);
}

/* The host has a place in the pool: all that wait and suit come along, `before` them (NULL: nobody) who gave
 * it the place. */
static void board(struct asking *asking, struct crew *crew, struct rider *host, struct rider *before)
{
	if (!begin_crew(asking, crew, host))
		return;
	if (before)
		take_in(crew, before, asking->run.probing->arena);
	take_in_waiting(asking, crew, true);
	take_in_waiting(asking, crew, false);
	for (size_t i = 0; i < crew->n; i++) {
		struct rider *r = crew->riders[i];

		r->is_aboard = true;
		if (r == host)
			continue;
		rider_leave(asking, r);
		if (r->waits_in)
			(void)queue_wake_task(r->waits_in, r->task);
	}
}

/* ---- the hello --------------------------------------------------------------------------------------------- */

static void put_in(struct asking *asking, struct hello_spec *spec, struct rider *r)
{
	if (r->places & PLACE_GROUPS) {
		spec->groups = r->own->groups;
		spec->n_groups = r->own->n_groups;
	}
	if (r->places & PLACE_SCHEMES) {
		spec->schemes = r->own->schemes;
		spec->n_schemes = r->own->n_schemes;
	}
	if (r->change)
		r->change(asking, spec, r);
}

/* A carrier goes on with its connection as its own hello has it; all else begins as any hello of the version. */
static struct hello_spec *base_hello(struct asking *asking, const struct crew *crew)
{
	struct hello_spec *spec = hello_of_version(asking, crew->riders[0]->version);

	for (size_t i = 0; i < crew->n; i++)
		if (crew->riders[i]->crew)
			*spec = *crew->riders[i]->own;
	return spec;
}

static const struct hello_spec *make_hello(struct asking *asking, struct crew *crew)
{
	struct hello_spec *spec = base_hello(asking, crew);

	spec->suites = crew->suites;
	spec->n_suites = crew->n_suites;
	for (size_t i = 0; i < crew->n; i++)
		put_in(asking, spec, crew->riders[i]);
	if (crew->is_decrypted)
		put_own_shares(asking, spec);
	return spec;
}

static bool is_foreseen(const struct rider *r, uint16_t code, const uint16_t *offered, size_t n)
{
	return r->is_any ? is_among(code, offered, n) : code == r->foreseen;
}

static bool is_as_foreseen(const struct rider *r, const struct attempt *at)
{
	if (!at->has_server_hello || at->fault != TLS_FAULT_NONE || at->version != r->version)
		return false;
	if (r->is_decrypted && at->encrypted_extensions.n == 0)
		return false;
	if (r->crew)
		return true;    /* its places are only kept from others */
	return (!(r->places & PLACE_GROUPS) || is_foreseen(r, at->group, r->own->groups, r->own->n_groups)) &&
	       (!(r->places & PLACE_SCHEMES) || is_foreseen(r, at->scheme, r->own->schemes, r->own->n_schemes));
}

/* Another suite than foreseen is an answer all the same: those that were sent are weighed as ever. It must
 * be one that suits all. */
static bool all_as_foreseen(const struct crew *crew, const struct attempt *at)
{
	for (size_t i = 0; i < crew->n; i++)
		if (!is_as_foreseen(crew->riders[i], at))
			return false;
	return is_among(at->suite, crew->suites, crew->n_suites) && all_fit(crew, kb_suite(at->suite));
}

/* Nobody came along: its own hello, and any clear answer. */
static void travel_alone(struct asking *asking, struct rider *r)
{
	const struct attempt *at;

	if (r->is_decrypted)
		put_own_shares(asking, r->own);
	at = exchange_in_slot(asking, r->name, r->own);

	if (is_as_foreseen(r, at) || (!r->is_decrypted && (at->has_server_hello || at->fault == TLS_FAULT_ALERT)))
		r->answer = at;
	r->sent = r->own->suites;
	r->n_sent = r->own->n_suites;
}

static void land(struct asking *asking, struct crew *crew, const struct attempt *at)
{
	bool is_good = at && all_as_foreseen(crew, at);

	asking->n_rides += at && is_good;
	asking->n_falls += at && !is_good;
	for (size_t i = 0; i < crew->n; i++) {
		struct rider *r = crew->riders[i];

		r->answer = is_good ? at : NULL;
		r->sent = crew->suites;
		r->n_sent = crew->n_suites;
		r->is_landed = true;
	}
	for (size_t i = 0; i < crew->n; i++)
		if (crew->riders[i]->is_seated)
			task_resume(crew->riders[i]->task);
}

static void travel(struct asking *asking, struct crew *crew, const struct rider *host)
{
	land(asking, crew, exchange_in_slot(asking, host->name, make_hello(asking, crew)));
}

/* ---- lining up ---------------------------------------------------------------------------------------------- */

static void gate_main(void *ctx)
{
	enum { MS_MAX = 8, PART = 12 };
	struct asking *asking = ctx;
	double ms = asking->endpoint.tcp.connect_ms / PART;

	net_sleep(net_of(asking), ms < 1 ? 1 : ms > MS_MAX ? MS_MAX : (unsigned)ms);
	asking->is_gate_shut = false;
	queue_wake_all(&asking->gate);
}

/* Questions that arise from one answer, or from answers of one moment, are all known a little later. */
static void linger(struct asking *asking)
{
	if (!asking->is_gate_shut) {
		asking->is_gate_shut = true;
		if (!task_spawn(gate_main, asking)) {
			asking->is_gate_shut = false;
			return;
		}
	}
	queue_wait(&asking->gate);
}

static void line_up(struct asking *asking, struct rider *rider)
{
	struct rider **last = &asking->riders;

	while (*last)
		last = &(*last)->next;
	*last = rider;
	rider->next = NULL;
	linger(asking);
	rider->task = task_current();
}

/* ---- dialogues that carry ---------------------------------------------------------------------------------- */

static bool suits(struct asking *asking, struct rider *carrier, struct rider *rider)
{
	struct crew trial;

	if (!carrier->crew || !carrier->waits_in || carrier->version != rider->version || !begin_crew(asking, &trial, carrier))
		return false;
	take_in(&trial, rider, asking->run.probing->arena);
	return trial.n > 1;
}

/* A rider with a place in the pool leaves it to a dialogue that waits for one, and comes along. */
static bool give_up_place(struct asking *asking, struct rider *rider)
{
	struct rider *carrier = asking->riders;

	while (carrier && !suits(asking, carrier, rider))
		carrier = carrier->next;
	if (!carrier)
		return false;
	rider_leave(asking, carrier);
	board(asking, carrier->crew, carrier, rider);
	(void)queue_wake_task(carrier->waits_in, carrier->task);
	return true;
}

const struct hello_spec *ask_carry(struct asking *asking, struct rider *carrier)
{
	carrier->crew = arena_new_of(asking->run.probing->arena, struct crew);
	line_up(asking, carrier);
	if (!carrier->is_aboard && slot_take_or_ride(asking, carrier))
		board(asking, carrier->crew, carrier, NULL);
	return make_hello(asking, carrier->crew);
}

struct conn *ask_carry_connect(struct asking *asking, struct attempt *attempt)
{
	return connect_in_slot(asking, attempt);
}

bool ask_carry_done(struct asking *asking, struct rider *carrier, const struct attempt *answer,
		    const struct hello_spec *spec, double start)
{
	if (answer)
		learn_answer(asking, answer, spec, start);
	if (carrier->crew->n > 1)
		land(asking, carrier->crew, answer);
	return carrier->crew->n > 1;
}

/* ---- asking ------------------------------------------------------------------------------------------------- */

/* A server that answers otherwise than foreseen again and again is asked one thing at a time. */
static bool is_predictable(const struct asking *asking)
{
	return asking->n_falls < FALLS_MAX || asking->n_falls * 2 < asking->n_rides;
}

const struct attempt *ask_together(struct asking *asking, struct rider *rider)
{
	if (asking_stopped(asking) || !is_predictable(asking))
		return NULL;
	line_up(asking, rider);
	if (!rider->is_aboard && slot_take_or_ride(asking, rider) && !give_up_place(asking, rider)) {
		struct crew crew;

		board(asking, &crew, rider, NULL);
		note_passed(asking, rider->version);
		if (crew.n > 1)
			travel(asking, &crew, rider);
		else
			travel_alone(asking, rider);
		return rider->answer;
	}
	/* A hello that could not even be sent has landed by now. */
	rider->is_seated = true;
	while (!rider->is_landed)
		task_suspend();
	return rider->answer;
}

const struct attempt *ask_riding(struct asking *asking, struct rider *rider)
{
	const struct attempt *at = ask_together(asking, rider);

	if (at)
		return at;
	return rider->is_decrypted ? ask_decrypted(asking, rider->name, rider->own) :
				     ask_hello(asking, rider->name, rider->own);
}
