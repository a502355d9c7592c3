/* Finite-field groups of TLS 1.2 and below, which a client offers in supported_groups beside DHE suites (RFC 7919).
 * Most servers pay no heed and use the one prime they were given. What the DHE suites were answered with shows that
 * where the prime is none of the groups; where it is, a hello without this group tells a choice from a habit. */
#include "audit/parts.h"

#include <openssl/sha.h>
#include <string.h>

#include "base/attr.h"
#include "base/rd.h"
#include "kb/dh_primes.h"
#include "kb/names.h"
#include "tls/codes.h"

enum { OWN_PRIME = 0xffff };

struct dhe_set {
	struct choice_item items[CHOICE_ITEMS_MAX];
	size_t n;
	const uint16_t *suites;
	size_t n_suites;
	struct question question;
};

/* The group whose prime the ServerKeyExchange holds, 0 when it is none. */
static uint16_t group_of(const struct attempt *at)
{
	struct rd rd = rd_of(at->key_exchange), prime = rd_vec16(&rd);
	struct span p = rd_rest(&prime);
	uint8_t hash[SHA256_DIGEST_LENGTH];
	const struct kb_dh_prime *known;

	if (!rd_ok(&rd) || at->dh_bits == 0)
		return 0;
	while (p.n > 0 && p.p[0] == 0)
		p = span_sub(p, 1, p.n);
	SHA256(p.p, p.n, hash);
	known = kb_dh_prime(hash);
	for (size_t i = 0; known && i < n_kb_groups; i++)
		if (kb_groups[i].kind == KB_GROUP_FFDHE && strcmp(kb_groups[i].name, known->name) == 0)
			return kb_groups[i].code;
	return 0;
}

static bool is_answered(const struct attempt *at)
{
	return at->has_server_hello && at->fault == TLS_FAULT_NONE && at->dh_bits > 0;
}

/* A prime of its own is an answer too: what was offered is not used. */
static uint32_t chosen_group(const struct attempt *at)
{
	uint16_t group = is_answered(at) ? group_of(at) : 0;

	return group ? group : is_answered(at) ? OWN_PRIME : 0;
}

/* ---- is it a choice? -------------------------------------------------------------------------------- */

static bool fits_dhe(const struct rider *rider, const struct kb_suite *suite)
{
	(void)rider;
	return suite_is_of_kind(suite, KIND_DHE);
}

static void drop_group(struct asking *asking, struct hello_spec *spec, uint16_t group)
{
	uint16_t *list = arena_array(asking_run(asking)->probing->arena, uint16_t, spec->n_groups + 1);
	size_t n = 0;

	for (size_t i = 0; i < spec->n_groups; i++)
		if (spec->groups[i] != group)
			list[n++] = spec->groups[i];
	spec->groups = list;
	spec->n_groups = n;
}

/* Does it use this group also for who does not offer it? */
static enum tri is_fixed(struct asking *asking, const struct hello_spec *dhe, uint16_t group)
{
	struct hello_spec *own = hello_of_version(asking, dhe->legacy_version);
	struct rider rider = { .name = "dhe groups", .version = dhe->legacy_version, .places = PLACE_GROUPS, .own = own, .fits = fits_dhe };
	const struct attempt *at;

	own->suites = dhe->suites;
	own->n_suites = dhe->n_suites;
	drop_group(asking, own, group);
	at = ask_riding(asking, &rider);
	if (is_answered(at))
		return group_of(at) == group ? TRI_YES : TRI_NO;
	return is_refusal(at) ? TRI_NO : TRI_UNKNOWN;
}

/* ---- which ---------------------------------------------------------------------------------------------- */

static struct hello_spec *hello_with_groups(struct question *q, const uint16_t *codes, size_t n)
{
	const struct dhe_set *set = q->ctx;
	struct hello_spec *spec = hello_of_version(q->asking, q->version);

	spec->groups = codes;
	spec->n_groups = n;
	spec->suites = set->suites;
	spec->n_suites = set->n_suites;
	return spec;
}

static void fill(struct dhe_set *set, struct audit_groups *out, struct arena *arena)
{
	uint16_t order[CHOICE_ITEMS_MAX];
	size_t n = choice_taken(set->question.choice, order);

	/* No order: which of the suites is chosen decides between these and the curves. */
	for (size_t i = 0; i < n; i++)
		*arena_push(arena, out->items, out->n, out->cap) = (struct audit_group){
			.group = set->items[order[i]].code, .supported = TRI_YES };
	out->state = set->question.state;
}

static void ask_set(struct asking *asking, const struct hello_spec *dhe, struct audit_groups *out)
{
	struct dhe_set *set = arena_new_of(asking_run(asking)->probing->arena, struct dhe_set);

	set->suites = dhe->suites;
	set->n_suites = dhe->n_suites;
	for (size_t i = 0; i < n_kb_groups && set->n < CHOICE_ITEMS_MAX; i++)
		if (kb_groups[i].kind == KB_GROUP_FFDHE && kb_groups[i].bits > 0)
			set->items[set->n++] = (struct choice_item){ .code = kb_groups[i].code, .expected = true };
	set->question = (struct question){
		.asking = asking, .name = "dhe groups", .items = set->items, .n = set->n, .lean = TRI_NO, .version = dhe->legacy_version,
		.hello = hello_with_groups, .chosen = chosen_group, .ctx = set,
	};
	question_ask(&set->question);
	fill(set, out, asking_run(asking)->probing->arena);
}

void groups_of_dhe(struct asking *asking, const struct hello_spec *dhe, const struct attempt *at, struct audit_groups *out)
{
	uint16_t group = is_answered(at) ? group_of(at) : 0;

	out->state.extent = AUDIT_WHOLE;
	if (group == 0)
		return;         /* every group was offered, and a prime of its own used */
	switch (is_fixed(asking, dhe, group)) {
	case TRI_YES: break;
	case TRI_NO: ask_set(asking, dhe, out); break;
	case TRI_UNKNOWN:
		out->state = (struct audit_state){ AUDIT_PART, "whether the server chooses among the finite-field groups that are "
							       "offered was not answered" };
		break;
	}
}
