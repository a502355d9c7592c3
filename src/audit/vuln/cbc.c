/* CBC padding oracles: records that are wrong in one way each, and whether the peer lets see which way.
 * A check is vulnerable only when three rounds of all shapes say the same. POODLE over TLS, Zombie POODLE,
 * GOLDENDOODLE, Sleeping POODLE, CVE-2016-2107, CVE-2019-1559 and MACs that nobody verifies; Merget et
 * al., USENIX Security 2019. Nothing is decrypted, and nothing can break: each shape is one record. */
#include "audit/vuln/dialogue.h"

enum { ROUNDS = 1 + CONFIRMATIONS, ROUNDS_SOFT = 6, ALERT_BAD_MAC = 20, ALERT_OVERFLOW = 22, BLOCKS = 2 };

enum shape_id {
	SOUND,
	MAC_FIRST,
	MAC_MIDDLE,
	MAC_LAST,
	PAD_FIRST,
	PAD_LAST,
	PAD_AND_MAC,
	ALL_PADDING,
	EMPTY_MAC,
	EMPTY_PAD,
	N_SHAPES
};

struct shape {
	const char *title;
	struct raw_bend bend;
	bool is_empty; /* no content */
};

static const struct shape shapes[N_SHAPES] = {
	[SOUND] = {"a sound record", {.pad_blocks = BLOCKS}, false},
	[MAC_FIRST] = {"a record with a bit of its MAC's first byte flipped",
		       {.pad_blocks = BLOCKS, .flip_mac = 1},
		       false},
	[MAC_MIDDLE] = {"a record with a bit of its MAC's middle flipped",
			{.pad_blocks = BLOCKS, .flip_mac = RAW_BYTE_MIDDLE},
			false},
	[MAC_LAST] = {"a record with a bit of its MAC's last byte flipped",
		      {.pad_blocks = BLOCKS, .flip_mac = RAW_BYTE_LAST},
		      false},
	[PAD_FIRST] = {"a record with a sound MAC and its first padding byte wrong",
		       {.pad_blocks = BLOCKS, .flip_padding = 1},
		       false},
	[PAD_LAST] = {"a record with a sound MAC and its 16th padding byte wrong",
		      {.pad_blocks = BLOCKS, .flip_padding = 16},
		      false},
	[PAD_AND_MAC] = {"a record with padding and MAC both wrong",
			 {.pad_blocks = BLOCKS, .flip_mac = 1, .flip_padding = 1},
			 false},
	[ALL_PADDING] = {"a record of padding alone", {.all_padding = true}, false},
	[EMPTY_MAC] = {"an empty record with a wrong MAC", {.pad_blocks = BLOCKS, .flip_mac = 1}, true},
	[EMPTY_PAD] = {"an empty record with wrong padding", {.pad_blocks = BLOCKS, .flip_padding = 1}, true},
};

struct probe_cbc {
	const struct raw_choice *choice;
	enum shape_id id;
	bool carries;
	struct reaction reaction;
};

/* Other suites than the first of the list only where questions of the audit come along. */
static bool begin(struct dialogue *d, struct asking *asking, const struct probe_cbc *probe)
{
	if (probe->carries)
		return dialogue_begin_patiently(d, asking, probe->choice);
	return dialogue_open_patiently(d, asking) && raw_begin(&d->client, &probe->choice->offer);
}

static void send_shape(struct asking *asking, void *ctx)
{
	struct probe_cbc *probe = ctx;
	const struct shape *shape = &shapes[probe->id];
	struct dialogue d;

	probe->reaction = (struct reaction){0};
	if (begin(&d, asking, probe) &&
	    raw_go_on_and_send(&d.client, shape->is_empty ? span_of(NULL, 0) : harmless_request(asking), &shape->bend))
		probe->reaction = reaction_read(&d);
	if (!probe->reaction.is_known)
		probe->reaction.text = raw_end_text(&d.client);
	dialogue_close(&d);
}

/* ---- judging a round ----------------------------------------------------------------------------------- */

struct round {
	struct probe_cbc probes[N_SHAPES];
};

static const struct reaction *of(const struct round *round, enum shape_id id)
{
	return &round->probes[id].reaction;
}

static bool differs(const struct round *round, enum shape_id a, enum shape_id b)
{
	return of(round, a)->is_known && of(round, b)->is_known && !reaction_equal(of(round, a), of(round, b));
}

/* Was the record taken for sound? Only an answer to it says so. */
static bool is_processed(const struct round *round, enum shape_id id)
{
	return of(round, id)->is_known && of(round, id)->has_data;
}

static bool is_open(const struct round *round, enum shape_id id)
{
	return of(round, id)->end == RAW_SILENT;
}

struct verdict {
	const char *id;
	/* The two shapes that are told apart, or the one that is taken; false when neither. */
	bool (*is_bad)(const struct round *round, enum shape_id *a, enum shape_id *b);
	const char *bad, *good;
	enum shape_id needs[3]; /* reactions that must be known */
};

static bool bad_padding_taken(const struct round *round, enum shape_id *a, enum shape_id *b)
{
	*a = is_processed(round, PAD_FIRST) ? PAD_FIRST : PAD_LAST;
	*b = SOUND;
	return is_processed(round, *a);
}

static bool bad_mac_taken(const struct round *round, enum shape_id *a, enum shape_id *b)
{
	static const enum shape_id macs[] = {MAC_FIRST, MAC_MIDDLE, MAC_LAST};

	*b = SOUND;
	for (size_t i = 0; i < COUNT_OF(macs); i++)
		if (is_processed(round, *a = macs[i]))
			return true;
	return false;
}

/* Sound MAC, wrong padding: unlike records whose MAC is wrong as well. */
static bool padding_shows(const struct round *round, enum shape_id *a, enum shape_id *b)
{
	*a = differs(round, PAD_FIRST, PAD_AND_MAC) ? PAD_FIRST : PAD_LAST;
	*b = PAD_AND_MAC;
	return differs(round, *a, *b) && !is_processed(round, *a) && !is_processed(round, *b);
}

/* Sound padding, wrong MAC: unlike records whose padding is wrong as well. */
static bool mac_shows(const struct round *round, enum shape_id *a, enum shape_id *b)
{
	*a = MAC_FIRST;
	*b = PAD_AND_MAC;
	return differs(round, *a, *b) && !is_processed(round, *a) && !is_processed(round, *b);
}

static bool silence_shows(const struct round *round, enum shape_id *a, enum shape_id *b)
{
	static const enum shape_id wrong[] = {MAC_FIRST, PAD_FIRST, PAD_LAST, PAD_AND_MAC};

	for (size_t i = 0; i < COUNT_OF(wrong); i++)
		for (size_t k = 0; k < COUNT_OF(wrong); k++)
			if (differs(round, *a = wrong[i], *b = wrong[k]) && is_open(round, *a) && !is_open(round, *b) &&
			    !is_processed(round, *b))
				return true;
	return false;
}

static bool overflow_shows(const struct round *round, enum shape_id *a, enum shape_id *b)
{
	*a = ALL_PADDING;
	*b = MAC_FIRST;
	return differs(round, *a, *b) && of(round, *a)->alert == ALERT_OVERFLOW &&
	       of(round, *b)->alert == ALERT_BAD_MAC;
}

static bool empty_shows(const struct round *round, enum shape_id *a, enum shape_id *b)
{
	*a = EMPTY_MAC;
	*b = EMPTY_PAD;
	return differs(round, *a, *b) && !padding_shows(round, a, b) && !mac_shows(round, a, b) &&
	       (*a = EMPTY_MAC, *b = EMPTY_PAD, true);
}

static const struct verdict verdicts[] = {
	{"poodle_tls",
	 bad_padding_taken,
	 "takes records whose padding is wrong",
	 "refuses records whose padding is wrong",
	 {SOUND, PAD_FIRST, PAD_LAST}},
	{"cbc_mac_unchecked",
	 bad_mac_taken,
	 "takes records whose MAC is wrong",
	 "refuses records whose MAC is wrong",
	 {SOUND, MAC_FIRST, MAC_LAST}},
	{"zombie_poodle",
	 padding_shows,
	 "lets see that the padding of a record with a sound MAC is wrong",
	 "wrong padding looks the same with a sound MAC and with a wrong one",
	 {PAD_FIRST, PAD_LAST, PAD_AND_MAC}},
	{"goldendoodle",
	 mac_shows,
	 "lets see that the padding of a record with a wrong MAC is sound",
	 "a wrong MAC looks the same with sound padding and with wrong padding",
	 {MAC_FIRST, PAD_AND_MAC, PAD_AND_MAC}},
	{"sleeping_poodle",
	 silence_shows,
	 "keeps the connection open for one kind of wrong record, and ends it for another",
	 "each kind of wrong record ends in the same way",
	 {MAC_FIRST, PAD_FIRST, PAD_AND_MAC}},
	{"padding_oracle_2016_2107",
	 overflow_shows,
	 "answers record_overflow to a record of padding alone",
	 "answers a record of padding alone as any other wrong one",
	 {ALL_PADDING, MAC_FIRST, MAC_FIRST}},
	{"zero_length_openssl",
	 empty_shows,
	 "treats an empty record with wrong padding otherwise than one with a wrong MAC",
	 "empty records with wrong padding or MAC end in the same way",
	 {EMPTY_MAC, EMPTY_PAD, EMPTY_PAD}},
};

/* ---- rounds ------------------------------------------------------------------------------------------------ */

static void run_round(struct asking *asking, struct round *round, const struct raw_choice *choice,
		      const struct raw_choice *non_stitched, bool carries)
{
	for (size_t i = 0; i < N_SHAPES; i++)
		round->probes[i] = (struct probe_cbc){i >= EMPTY_MAC ? non_stitched : choice, (enum shape_id)i, carries, {0}};
	ask_all(asking, send_shape, round->probes, N_SHAPES, sizeof *round->probes);
}

static void note_shape(struct asking *asking, struct audit_vulnerability *out, const struct round *round,
		       enum shape_id id)
{
	note_exchange(asking, out, "sent %s: %s", shapes[id].title, of(round, id)->text);
}

static const struct reaction *missing(const struct verdict *v, const struct round *round)
{
	for (size_t i = 0; i < COUNT_OF(v->needs); i++)
		if (!of(round, v->needs[i])->is_known)
			return of(round, v->needs[i]);
	return NULL;
}

/* Alerts get lost on the way, and connections break: where that is all the difference, by chance perhaps. */
static bool is_soft(const struct reaction *a, const struct reaction *b)
{
	return a->has_data == b->has_data && (a->end != RAW_ALERT || b->end != RAW_ALERT);
}

static unsigned rounds_wanted(const struct round *first)
{
	enum shape_id a, b;
	bool hard = false, soft = false;

	for (size_t i = 0; i < COUNT_OF(verdicts); i++)
		if (verdicts[i].is_bad(first, &a, &b))
			*(is_soft(of(first, a), of(first, b)) ? &soft : &hard) = true;
	return soft ? ROUNDS_SOFT : hard ? ROUNDS : 1;
}

static bool is_same(const struct round *first, const struct round *other, enum shape_id id)
{
	return of(other, id)->is_known && reaction_equal(of(first, id), of(other, id));
}

/* Each time the same two, and each answered as before: a server of moods is no oracle. */
static void give_verdict(struct asking *asking, const struct verdict *v, const struct round *rounds, unsigned n_rounds)
{
	struct audit_vulnerability *out = vulnerability_row(asking, v->id);
	enum shape_id a = v->needs[0], b = v->needs[1];
	bool is_bad = v->is_bad(&rounds[0], &a, &b);
	unsigned n_same = 1, n_bad = 0;
	enum shape_id other_a, other_b;

	for (unsigned i = 0; i < n_rounds; i++)
		n_bad += v->is_bad(&rounds[i], &other_a, &other_b);
	if (!is_bad) {
		a = v->needs[0];
		b = v->needs[1];
	}
	for (unsigned i = 1; i < n_rounds; i++)
		n_same += is_same(&rounds[0], &rounds[i], a) && is_same(&rounds[0], &rounds[i], b);
	note_shape(asking, out, &rounds[0], a);
	note_shape(asking, out, &rounds[0], b);
	if (is_bad && n_rounds > 1 && n_same == n_rounds)
		is_vulnerable(asking, out, "%s, %u times out of %u", v->bad, n_same, n_rounds);
	else if (n_bad > 0)
		is_unknown(asking, out, "the answers differ from one time to the next");
	else if (missing(v, &rounds[0]))
		is_unknown(asking, out, "the handshake or the answer did not come: %s", missing(v, &rounds[0])->text);
	else
		is_not_vulnerable(asking, out, "%s", v->good);
}

/* Stitched code, which cannot have CVE-2019-1559, exists for AES with SHA-1 and SHA-256. */
static bool wants_non_stitched(const struct raw_suite *s)
{
	return s->bulk == RAW_CBC && (s->block_len == 8 || s->mac_len == 48 || s->cipher == EVP_camellia_128_cbc() ||
				      s->cipher == EVP_camellia_256_cbc());
}

static bool wants_aes_sha1(const struct raw_suite *s)
{
	return s->bulk == RAW_CBC && s->mac_len == 20 && (s->cipher == EVP_aes_128_cbc() || s->cipher == EVP_aes_256_cbc());
}

bool cbc_is_ready(struct asking *asking)
{
	return raw_accepts(asking, wants_non_stitched);
}

void vulnerability_cbc(struct asking *asking, struct audit_vulnerability *out)
{
	struct raw_choice *choice = arena_array(arena_of(asking), struct raw_choice, 3);
	const struct raw_choice *stitched, *non_stitched;
	struct round *rounds = arena_array(arena_of(asking), struct round, ROUNDS_SOFT);
	unsigned n_rounds = 1;

	(void)out;
	raw_choose(&choice[0], asking, raw_wants_cbc);
	raw_choose(&choice[1], asking, wants_non_stitched);
	raw_choose(&choice[2], asking, wants_aes_sha1);
	for (size_t i = 0; i < 3; i++)
		choice[i].offer.no_etm = true;
	stitched = choice[2].found == TRI_YES ? &choice[2] : &choice[0];
	if (choice[0].found != TRI_YES) {
		for (size_t i = 0; i < COUNT_OF(verdicts); i++)
			(void)raw_has_choice(&choice[0], vulnerability_row(asking, verdicts[i].id),
					     "no CBC suite of TLS 1.0 to 1.2 that this check speaks is accepted");
		return;
	}
	non_stitched = choice[1].found == TRI_YES ? &choice[1] : &choice[0];
	run_round(asking, &rounds[0], stitched, non_stitched, true);
	/* Records of one kind are opened by the same code whichever way the keys were agreed on. Where that seems
	 * otherwise, all shapes go with the same suite, from the first on. */
	if (rounds_wanted(&rounds[0]) > 1)
		run_round(asking, &rounds[0], &choice[0], non_stitched, false);
	while (n_rounds < rounds_wanted(&rounds[0]) && !asking_stopped(asking))
		run_round(asking, &rounds[n_rounds++], &choice[0], non_stitched, false);
	for (size_t i = 0; i < COUNT_OF(verdicts); i++)
		give_verdict(asking, &verdicts[i], rounds, n_rounds);
}
