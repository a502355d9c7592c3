/* Key exchange groups and their order. In TLS 1.3 a hello without a key share makes the server name
 * its group in a HelloRetryRequest, before any cryptography (RFC 8446 4.1.4); so post-quantum groups
 * show without ML-KEM. In TLS 1.2 the ServerKeyExchange names it in clear (RFC 8422 5.4). */
#include "audit/parts.h"
#include "audit/vulnerability.h"

#include "base/attr.h"
#include "kb/names.h"
#include "tls/codes.h"
#include "x509/cert.h"

/* Those common stacks offer, OpenSSL's order; whatever else is known comes behind. */
static const uint16_t usual[] = {
	0x11ec, 0x11eb, 0x11ed, 0x001d, 0x0017, 0x001e, 0x0019, 0x0018, 0x0100, 0x0101, 0x0102, 0x0103, 0x0104
};

struct group_set {
	uint16_t version;
	struct choice_item items[CHOICE_ITEMS_MAX];
	size_t n;
	const uint16_t *suites;
	size_t n_suites;
	uint16_t appended;      /* the curve of the certificate, without which nothing is answered; 0 none */
	struct question question;
};

/* ---- candidates ---------------------------------------------------------------------------------- */

static bool is_candidate(const struct kb_group *g, uint16_t version)
{
	bool is_new = g->code == 0x001f || g->code == 0x0020 || g->code == 0x0021 || g->is_post_quantum;

	if (kb_is_grease(g->code) || g->code >= 0xff00 || (g->code >= 0x01fc && g->code <= 0x01ff))
		return false;
	return version >= TLS_1_3 || !(is_new || g->kind == KB_GROUP_FFDHE);
}

static bool is_usual(uint16_t code)
{
	for (size_t i = 0; i < COUNT_OF(usual); i++)
		if (usual[i] == code)
			return true;
	return false;
}

/* Post-quantum groups are one family, finite fields another: who takes one likely takes more. */
static void add_item(struct group_set *set, const struct kb_group *g)
{
	uint8_t family = g->is_post_quantum ? 1 : g->kind == KB_GROUP_FFDHE ? 2 : g->kind == KB_GROUP_EC_BINARY ? 3 : 0;
	bool is_usual_family = family == 1 || family == 2 ? is_usual(g->code) : true;

	set->items[set->n++] = (struct choice_item){
		.code = g->code, .row = is_usual_family ? family : 0, .column = family ? family : 4,
		.expected = is_usual(g->code) && !g->is_post_quantum,
	};
}

static void fill_items(struct group_set *set)
{
	for (size_t i = 0; i < COUNT_OF(usual); i++)
		if (kb_group(usual[i]) && is_candidate(kb_group(usual[i]), set->version))
			add_item(set, kb_group(usual[i]));
	for (size_t i = 0; i < n_kb_groups && set->n < CHOICE_ITEMS_MAX; i++)
		if (!is_usual(kb_groups[i].code) && is_candidate(&kb_groups[i], set->version))
			add_item(set, &kb_groups[i]);
}

/* ---- asking ---------------------------------------------------------------------------------------- */

static struct hello_spec *hello_with_groups(struct question *q, const uint16_t *codes, size_t n)
{
	const struct group_set *set = q->ctx;
	struct hello_spec *spec = hello_of_version(q->asking, set->version);
	uint16_t *list = arena_array(asking_run(q->asking)->probing->arena, uint16_t, n + 1);
	bool has_appended = set->appended == 0;

	for (size_t i = 0; i < n; i++) {
		list[i] = codes[i];
		has_appended |= codes[i] == set->appended;
	}
	if (!has_appended)
		list[n++] = set->appended;
	spec->groups = list;
	spec->n_groups = n;
	spec->suites = set->suites;
	spec->n_suites = set->n_suites;
	return spec;
}

static bool is_text(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

/* A list of groups decides nothing but the group where the key exchange is ECDHE with the key of its own
 * suites; and ECDSA where it names the certificate's curve. */
static bool fits_groups(const struct rider *rider, const struct kb_suite *suite)
{
	const struct group_set *set = ((const struct question *)rider->ctx)->ctx;

	return is_text(suite->key_exchange, "ECDHE") && is_text(suite->authentication, set->appended ? "ECDSA" : "RSA");
}

static bool spares_groups(const struct rider *rider, const struct kb_suite *suite)
{
	const struct group_set *set = ((const struct question *)rider->ctx)->ctx;

	return set->appended != 0 || !is_text(suite->authentication, "ECDSA");
}

static uint32_t chosen_group(const struct attempt *at)
{
	return at->has_server_hello && at->fault == TLS_FAULT_NONE ? at->group : 0;
}

static void fill_groups(struct group_set *set, struct audit_groups *out, struct arena *arena)
{
	struct choice *choice = set->question.choice;
	bool ordered = choice_server_order(choice) == TRI_YES;
	uint16_t order[CHOICE_ITEMS_MAX];
	size_t n = choice_taken(choice, order);

	for (size_t i = 0; i < n; i++)
		*arena_push(arena, out->items, out->n, out->cap) = (struct audit_group){
			.group = set->items[order[i]].code, .supported = TRI_YES,
			.order = ordered || n == 1 ? (unsigned)i + 1 : 0,
		};
	out->state = set->question.state;
	out->server_preference = choice_server_order(choice);
}

/* Below TLS 1.3 nearly every server that has an order of suites has one of groups. */
static enum tri lean_of_suites(const struct audit *audit)
{
	const struct audit_suites *list = audit_suites_of(audit, TLS_1_2);

	return list && list->server_preference == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

static void ask_set(struct asking *asking, struct group_set *set, struct audit_groups *out)
{
	set->question = (struct question){
		.asking = asking, .name = "groups", .items = set->items, .n = set->n, .wants_order = true,
		/* Who names a group in a HelloRetryRequest nearly always goes by its own list. */
		.lean = set->version >= TLS_1_3 ? TRI_YES : lean_of_suites(asking_audit(asking)),
		.hello = hello_with_groups, .chosen = chosen_group, .ctx = set,
		.version = set->version, .places = PLACE_GROUPS,
		.fits = set->version >= TLS_1_3 ? NULL : fits_groups, .spares = set->version >= TLS_1_3 ? NULL : spares_groups,
	};
	question_ask(&set->question);
	fill_groups(set, out, asking_run(asking)->probing->arena);
}

/* ---- TLS 1.3 ----------------------------------------------------------------------------------------- */

static struct group_set *new_set(struct asking *asking, uint16_t version)
{
	struct group_set *set = arena_new_of(asking_run(asking)->probing->arena, struct group_set);

	set->version = version;
	fill_items(set);
	return set;
}

static void groups_13(struct asking *asking)
{
	struct audit_groups *out = &asking_audit(asking)->groups[0];
	struct group_set *set = new_set(asking, TLS_1_3);

	out->version = TLS_1_3;
	set->suites = common_suites(asking, TLS_1_3, &set->n_suites);
	ask_set(asking, set, out);
	ask_aside(asking, vulnerabilities_run_early);
}

/* ---- TLS 1.2 ------------------------------------------------------------------------------------------- */

static uint16_t curve_of(struct asking *asking, const struct attempt *at)
{
	const struct cert *cert = at->n_chain > 0 ? cert_parse(asking_run(asking)->probing->arena, at->chain[0]) : NULL;
	static const struct { const char *name; uint16_t group; } curves[] = {
		{ "P-224", 0x0015 }, { "P-256", 0x0017 }, { "P-384", 0x0018 }, { "P-521", 0x0019 }, { "secp256k1", 0x0016 },
		{ "brainpoolP256r1", 0x001a }, { "brainpoolP384r1", 0x001b }, { "brainpoolP512r1", 0x001c },
	};

	if (!cert || cert->key.type != KEY_TYPE_EC || !cert->key.curve_name)
		return 0;
	for (size_t i = 0; i < COUNT_OF(curves); i++)
		if (strcmp(cert->key.curve_name, curves[i].name) == 0)
			return curves[i].group;
	return 0;
}

/* An ECDSA certificate is only used for who offers its curve (RFC 8422 5.1): behind that one, groups
 * that the server likes less cannot be seen. */
static void mind_appended(struct asking *asking, const struct group_set *set, struct audit_groups *out)
{
	if (set->appended == 0 || out->server_preference == TRI_NO || out->n == 0)
		return;
	out->state.extent = AUDIT_PART;
	out->state.because = arena_printf(asking_run(asking)->probing->arena,
		"each hello had to offer %s, the curve of the certificate; groups that the server likes less do not show",
		kb_group_name(set->appended));
}

static void groups_12(struct asking *asking)
{
	struct audit_groups *out = &asking_audit(asking)->groups[1];
	struct group_set *set = new_set(asking, TLS_1_2);
	const struct hello_spec *spec = hello_of_kind(asking, TLS_1_2, KIND_ECDHE_RSA);
	const struct attempt *at = suites_wait_kind(asking, KIND_ECDHE_RSA);

	out->version = TLS_1_2;
	if (!at)
		at = ask_hello(asking, "ecdhe rsa", spec);
	if (!at->has_server_hello || at->fault != TLS_FAULT_NONE) {
		spec = hello_of_kind(asking, TLS_1_2, KIND_ECDHE_ECDSA);
		at = suites_wait_kind(asking, KIND_ECDHE_ECDSA);
		at = at ? at : ask_hello(asking, "ecdhe ecdsa", spec);
		set->appended = curve_of(asking, at);
	}
	set->suites = spec->suites;
	set->n_suites = spec->n_suites;
	if (at->fault == TLS_FAULT_NONE)
		ask_set(asking, set, out);
	else if (is_refusal(at))
		out->state.extent = AUDIT_WHOLE;        /* no ECDHE at all */
	else
		out->state = (struct audit_state){ AUDIT_PART, answer_in_words(asking, at) };
	mind_appended(asking, set, out);
	ask_aside(asking, vulnerabilities_run_early);
}

/* ---- both, and the finite fields of TLS 1.2 --------------------------------------------------------------- */

struct part {
	void (*run)(struct asking *asking, struct audit_groups *dhe);
	struct audit_groups dhe;
};

static void run_part(struct asking *asking, void *ctx)
{
	struct part *part = ctx;

	part->run(asking, &part->dhe);
}

static void part_13(struct asking *asking, struct audit_groups *dhe)
{
	(void)dhe;
	groups_13(asking);
}

static void part_12(struct asking *asking, struct audit_groups *dhe)
{
	(void)dhe;
	groups_12(asking);
}

static void part_dhe(struct asking *asking, struct audit_groups *dhe)
{
	const struct attempt *at = suites_wait_kind(asking, KIND_DHE);

	if (at)
		groups_of_dhe(asking, hello_of_kind(asking, TLS_1_2, KIND_DHE), at, dhe);
}

/* One list says what TLS 1.2 takes, whichever suites it takes it with. */
static void join(struct asking *asking, const struct audit_groups *dhe, struct audit_groups *out)
{
	for (size_t i = 0; i < dhe->n; i++)
		*arena_push(asking_run(asking)->probing->arena, out->items, out->n, out->cap) = dhe->items[i];
	if (out->state.extent == AUDIT_NOT_ASKED || dhe->state.extent == AUDIT_PART)
		out->state = dhe->state;
}

void audit_groups(struct asking *asking)
{
	struct part parts[] = { { .run = part_13 }, { .run = part_12 }, { .run = part_dhe } };

	ask_all(asking, run_part, parts, COUNT_OF(parts), sizeof *parts);
	join(asking, &parts[2].dhe, &asking_audit(asking)->groups[1]);
}

/* ---- with suites that are not common ------------------------------------------------------------------ */

static bool is_ecdhe(const struct kb_suite *s)
{
	return strcmp(s->key_exchange, "ECDHE") == 0 && strcmp(s->authentication, "ECDSA") != 0;
}

static bool is_ecdhe_ecdsa(const struct kb_suite *s)
{
	return strcmp(s->key_exchange, "ECDHE") == 0 && strcmp(s->authentication, "ECDSA") == 0;
}

static bool is_dhe(const struct kb_suite *s)
{
	return strcmp(s->key_exchange, "DHE") == 0 || (strcmp(s->key_exchange, "DH") == 0 && strcmp(s->authentication, "anon") == 0);
}

static bool has_curve(const struct audit_groups *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (kb_group(list->items[i].group) && kb_group(list->items[i].group)->kind != KB_GROUP_FFDHE)
			return true;
	return false;
}

static const uint16_t below_13[] = { TLS_1_2, TLS_1_1, TLS_1_0 };

static void curves_again(struct asking *asking, uint16_t version, struct audit_groups *out)
{
	struct hello_spec *spec = hello_of_taken(asking, version, is_ecdhe);
	bool needs_curve = spec->n_suites == 0;
	struct group_set *set;

	if (needs_curve)
		spec = hello_of_taken(asking, version, is_ecdhe_ecdsa);
	if (has_curve(out) || spec->n_suites == 0)
		return;
	set = new_set(asking, version);
	set->suites = spec->suites;
	set->n_suites = spec->n_suites;
	if (needs_curve)
		set->appended = curve_of(asking, ask_hello(asking, "ecdhe ecdsa", spec));
	ask_set(asking, set, out);
	mind_appended(asking, set, out);
}

static void dhe_again(struct asking *asking, uint16_t version, struct audit_groups *out)
{
	struct hello_spec *spec = hello_of_taken(asking, version, is_dhe);
	struct audit_groups dhe = { 0 };

	if (suites_wait_kind(asking, KIND_DHE) || spec->n_suites == 0)
		return;
	groups_of_dhe(asking, spec, ask_hello(asking, "dhe", spec), &dhe);
	join(asking, &dhe, out);
}

/* With suites that the hellos above did not hold, and of the versions below where TLS 1.2 is not spoken. */
void audit_groups_again(struct asking *asking)
{
	struct audit_groups *out = &asking_audit(asking)->groups[1];

	for (size_t i = 0; i < COUNT_OF(below_13); i++) {
		const struct audit_suites *taken = audit_suites_of(asking_audit(asking), below_13[i]);

		if (!taken || taken->n == 0)
			continue;
		out->version = below_13[i];
		curves_again(asking, below_13[i], out);
		dhe_again(asking, below_13[i], out);
		break;
	}
}
