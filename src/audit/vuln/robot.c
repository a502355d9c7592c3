/* ROBOT: does the peer let see whether the RSA block of a ClientKeyExchange is padded as it should be?
 * Five blocks, one of them sound, each with what follows it and alone; vulnerable only when three rounds
 * say the same. RFC 5246 7.4.7.1; Boeck, Somorovsky, Young, USENIX Security 2018. Nothing is decrypted. */
#include "audit/vuln/dialogue.h"
#include "audit/vuln/robot_blocks.h"

#include <openssl/rand.h>

enum { ROUNDS = 1 + CONFIRMATIONS, SHORT_WAIT_MS = 150 };

static const char *const titles[N_ROBOT_BLOCKS] = {
	[ROBOT_SOUND] = "a sound block",
	[ROBOT_WRONG_TYPE] = "a block that does not begin 00 02",
	[ROBOT_WRONG_PLACE] = "a block with its zero at a wrong place",
	[ROBOT_NO_ZERO] = "a block without its zero",
	[ROBOT_WRONG_VERSION] = "a block with a wrong version",
};

struct probe_robot {
	const struct raw_choice *choice;
	enum robot_block block;
	bool is_alone; /* ClientKeyExchange, and nothing behind it */
	bool carries;  /* questions of the audit, and perhaps another suite for each */
	struct reaction reaction;
};

/* Its body: two bytes of length and the encrypted block. */
static bool make_body(struct raw_client *client, enum robot_block block, struct wr *body)
{
	size_t n = raw_rsa_size(client->hello.leaf);
	uint8_t *plain, *sealed;

	if (n < ROBOT_BLOCK_MIN || n > ROBOT_BLOCK_MAX)
		return false;
	plain = arena_alloc(client->arena, n);
	sealed = arena_alloc(client->arena, n);
	if (RAND_bytes(plain, (int)n) != 1)
		return false;
	robot_block_make(block, client->version, plain, n);
	if (raw_rsa_encrypt(client->hello.leaf, span_of(plain, n), sealed, n) != n)
		return false;
	wr_u16(body, (uint16_t)n);
	wr_bytes(body, span_of(sealed, n));
	return wr_ok(body);
}

/* Keys of a premaster that nobody sent, so that the Finished never fits. */
static bool send_rest(struct raw_client *client)
{
	uint8_t other[48];

	return RAND_bytes(other, sizeof other) == 1 && raw_set_premaster(client, span_of(other, sizeof other)) &&
	       raw_send_ccs(client) && raw_send_finished(client, NULL);
}

static bool begin(struct dialogue *d, struct asking *asking, const struct probe_robot *probe)
{
	if (probe->carries)
		return dialogue_begin_patiently(d, asking, probe->choice);
	return dialogue_open_patiently(d, asking) && raw_begin(&d->client, &probe->choice->offer);
}

static void send_block(struct asking *asking, void *ctx)
{
	struct probe_robot *probe = ctx;
	uint8_t *room = arena_alloc(arena_of(asking), ROBOT_BLOCK_MAX + 2);
	struct wr body = wr_of(room, ROBOT_BLOCK_MAX + 2);
	struct dialogue d;

	probe->reaction = (struct reaction){0};
	if (begin(&d, asking, probe) && make_body(&d.client, probe->block, &body) && raw_send_no_certificate(&d.client) &&
	    raw_send_message(&d.client, HS_CLIENT_KEY_EXCHANGE, wr_span(&body))) {
		/* The peer that has gone may have said why. */
		if (!probe->is_alone)
			(void)send_rest(&d.client);
		else
			d.client.wait_ms = SHORT_WAIT_MS + (unsigned)(d.attempt->tcp.connect_ms * 2);
		probe->reaction = reaction_read(&d);
	} else {
		probe->reaction.text = raw_end_text(&d.client);
	}
	dialogue_close(&d);
}

/* ---- rounds ---------------------------------------------------------------------------------------------- */

enum { WITH_REST, ALONE, FORMS };

struct round {
	struct probe_robot shots[FORMS][N_ROBOT_BLOCKS];
};

/* The two forms go with different families of suites where there are two. */
static void run_round(struct asking *asking, struct round *round, const struct raw_choice *const choices[FORMS], bool carries)
{
	for (size_t form = 0; form < FORMS; form++)
		for (size_t i = 0; i < N_ROBOT_BLOCKS; i++)
			round->shots[form][i] = (struct probe_robot){ choices[form], (enum robot_block)i, form == ALONE, carries, { 0 } };
	ask_all(asking, send_block, round->shots, FORMS * N_ROBOT_BLOCKS, sizeof round->shots[0][0]);
}

static const struct probe_robot *find_failed(const struct round *round)
{
	for (size_t form = 0; form < FORMS; form++)
		for (size_t i = 0; i < N_ROBOT_BLOCKS; i++)
			if (!round->shots[form][i].reaction.is_known)
				return &round->shots[form][i];
	return NULL;
}

static enum robot_oracle oracle_of(const struct probe_robot shots[N_ROBOT_BLOCKS])
{
	unsigned classes[N_ROBOT_BLOCKS];

	for (unsigned i = 0; i < N_ROBOT_BLOCKS; i++)
		for (classes[i] = 0; classes[i] < i; classes[i]++)
			if (reaction_equal(&shots[classes[i]].reaction, &shots[i].reaction))
				break;
	return robot_classify(classes);
}

static bool is_same_round(const struct round *a, const struct round *b, size_t form)
{
	for (size_t i = 0; i < N_ROBOT_BLOCKS; i++)
		if (!reaction_equal(&a->shots[form][i].reaction, &b->shots[form][i].reaction))
			return false;
	return !find_failed(a) && !find_failed(b);
}

/* The block that is answered otherwise than the sound one. */
static enum robot_block odd_one(const struct probe_robot shots[N_ROBOT_BLOCKS])
{
	for (size_t i = 1; i < N_ROBOT_BLOCKS; i++)
		if (!reaction_equal(&shots[0].reaction, &shots[i].reaction))
			return (enum robot_block)i;
	return ROBOT_WRONG_TYPE;
}

static void note_form(struct asking *asking, struct audit_vulnerability *out, const struct round *round, size_t form)
{
	const struct probe_robot *shots = round->shots[form];
	enum robot_block odd = odd_one(shots);
	const char *rest = form == ALONE ? ", nothing behind it" : ", then a Finished that does not fit";

	note_exchange(asking, out, "sent %s%s: %s", titles[ROBOT_SOUND], rest, shots[ROBOT_SOUND].reaction.text);
	note_exchange(asking, out, "sent %s%s: %s", titles[odd], rest, shots[odd].reaction.text);
}

static void judge_oracle(struct asking *asking, struct audit_vulnerability *out, const struct round *rounds, size_t form)
{
	for (size_t i = 1; i < ROUNDS; i++)
		if (!is_same_round(&rounds[0], &rounds[i], form)) {
			is_unknown(asking, out, "the answers to wrong RSA blocks differ from one time to the next");
			return;
		}
	is_vulnerable(asking, out, "%s", oracle_of(rounds[0].shots[form]) == ROBOT_STRONG ?
		      "answers tell which RSA blocks are padded as they should be: recorded sessions can be decrypted" :
		      "answers tell some wrong RSA blocks from others: a slow oracle");
}

static bool has_oracle(const struct round *round)
{
	return oracle_of(round->shots[WITH_REST]) != ROBOT_NO_ORACLE || oracle_of(round->shots[ALONE]) != ROBOT_NO_ORACLE;
}

static void judge_rounds(struct asking *asking, struct audit_vulnerability *out, struct round *rounds,
			 const struct raw_choice *const choices[FORMS])
{
	size_t form = oracle_of(rounds[0].shots[WITH_REST]) != ROBOT_NO_ORACLE ? WITH_REST : ALONE;

	note_form(asking, out, &rounds[0], form);
	if (oracle_of(rounds[0].shots[form]) == ROBOT_NO_ORACLE) {
		note_form(asking, out, &rounds[0], WITH_REST);
		is_not_vulnerable(asking, out, "right and wrong RSA blocks are answered alike");
		return;
	}
	for (size_t i = 1; i < ROUNDS; i++)
		run_round(asking, &rounds[i], choices, false);
	judge_oracle(asking, out, rounds, form);
}

static bool wants_rsa_gcm(const struct raw_suite *s)
{
	return s->exchange == RAW_RSA && s->bulk == RAW_GCM;
}

static bool wants_rsa_cbc(const struct raw_suite *s)
{
	return s->exchange == RAW_RSA && s->bulk == RAW_CBC;
}

bool robot_is_ready(struct asking *asking)
{
	return raw_accepts(asking, wants_rsa_cbc) && raw_accepts(asking, wants_rsa_gcm);
}

void vulnerability_robot(struct asking *asking, struct audit_vulnerability *out)
{
	struct raw_choice *any = arena_array(arena_of(asking), struct raw_choice, 3);
	struct round *rounds = arena_array(arena_of(asking), struct round, ROUNDS);
	const struct raw_choice *choices[FORMS], *carrying[FORMS];

	raw_choose(&any[0], asking, raw_wants_rsa);
	raw_choose(&any[1], asking, wants_rsa_cbc);
	raw_choose(&any[2], asking, wants_rsa_gcm);
	if (!raw_has_choice(&any[0], out, "no suite with RSA key exchange is accepted"))
		return;
	choices[WITH_REST] = any[1].found == TRI_YES ? &any[1] : &any[0];
	choices[ALONE] = any[2].found == TRI_YES ? &any[2] : &any[0];
	/* What is wrong with a block shows before a cipher is used: any may come along where nothing follows. */
	carrying[WITH_REST] = choices[WITH_REST];
	carrying[ALONE] = &any[0];
	run_round(asking, &rounds[0], carrying, true);
	if (has_oracle(&rounds[0]))     /* or the suites differ: all with the same one, from the first on */
		run_round(asking, &rounds[0], choices, false);
	if (find_failed(&rounds[0]))
		is_unknown(asking, out, "not every block came to an answer: %s", find_failed(&rounds[0])->reaction.text);
	else
		judge_rounds(asking, out, rounds, choices);
}
