/* Cipher suites by protocol, in the server's order. Nearly every server sorts as one of a few stacks
 * does, and takes all suites that share a key exchange with one it takes and a cipher with another:
 * from that the first guess is made, and the answers prove or mend it (choice.h). */
#include "audit/parts.h"
#include "audit/vulnerability.h"

#include <stdlib.h>

#include "base/attr.h"
#include "kb/names.h"
#include "tls/codes.h"

/* OpenSSL's own order of everything it knows, strength first; what it does not know comes behind. */
static const uint16_t openssl_order[] = {
	0x1302, 0x1303, 0x1301, 0xc02c, 0xc030, 0x00a3, 0x009f, 0xcca9, 0xcca8, 0xccaa, 0xc0af, 0xc0ad, 0xc0a3, 0xc09f,
	0xc05d, 0xc061, 0xc057, 0xc053, 0x00a7, 0xc02b, 0xc02f, 0x00a2, 0x009e, 0xc0ae, 0xc0ac, 0xc0a2, 0xc09e, 0xc05c,
	0xc060, 0xc056, 0xc052, 0x00a6, 0xc024, 0xc028, 0x006b, 0x006a, 0xc073, 0xc077, 0x00c4, 0x00c3, 0x006d, 0x00c5,
	0xc023, 0xc027, 0x0067, 0x0040, 0xc072, 0xc076, 0x00be, 0x00bd, 0x006c, 0x00bf, 0xc00a, 0xc014, 0x0039, 0x0038,
	0x0088, 0x0087, 0xc019, 0x003a, 0x0089, 0xc009, 0xc013, 0x0033, 0x0032, 0x0045, 0x0044, 0xc018, 0x0034, 0x0046,
	0x00ad, 0x00ab, 0xccae, 0xccad, 0xccac, 0xc0ab, 0xc0a7, 0xc06f, 0xc06d, 0x009d, 0xc0a1, 0xc09d, 0xc051, 0x00a9,
	0xccab, 0xc0a9, 0xc0a5, 0xc06b, 0x00ac, 0x00aa, 0xc0aa, 0xc0a6, 0xc06e, 0xc06c, 0x009c, 0xc0a0, 0xc09c, 0xc050,
	0x00a8, 0xc0a8, 0xc0a4, 0xc06a, 0x003d, 0x00c0, 0x003c, 0x00ba, 0xc038, 0xc036, 0xc022, 0xc021, 0xc020, 0x00b7,
	0x00b3, 0x0095, 0x0091, 0xc09b, 0xc099, 0xc097, 0x0035, 0x0084, 0x00af, 0x008d, 0xc095, 0xc037, 0xc035, 0xc01f,
	0xc01e, 0xc01d, 0x00b6, 0x00b2, 0x0094, 0x0090, 0xc09a, 0xc098, 0xc096, 0x002f, 0x0041, 0x00ae, 0x008c, 0xc094,
	0xc006, 0xc010, 0xc015, 0x003b, 0xc03b, 0xc03a, 0xc039, 0x00b9, 0x00b8, 0x00b5, 0x00b4, 0x002e, 0x002d, 0x0002,
	0x0001, 0x00b1, 0x00b0, 0x002c,
};

struct suite_set {
	struct asking *asking;
	uint16_t version;
	struct choice_item items[CHOICE_ITEMS_MAX];
	const struct kb_suite *suites[CHOICE_ITEMS_MAX];
	size_t n;
	struct question question;
};

/* ---- candidates ------------------------------------------------------------------------------------ */

static bool is_text(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static unsigned rank_of(const struct kb_suite *s)
{
	for (unsigned i = 0; i < COUNT_OF(openssl_order); i++)
		if (openssl_order[i] == s->code)
			return i;
	return (unsigned)COUNT_OF(openssl_order) + (KB_CLASS_RECOMMENDED - s->class) * 1000u + (512u - s->bits);
}

struct ranked {
	const struct kb_suite *suite;
	unsigned rank;
};

static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	return x->rank != y->rank ? (x->rank > y->rank) - (x->rank < y->rank) : x->suite->code - y->suite->code;
}

static bool is_candidate(const struct kb_suite *s, uint16_t version)
{
	return s->code != 0 && suite_is_of_version(s, version);
}

/* A number for each different text, from 1. */
static uint8_t number_of(const char **texts, const char *text)
{
	uint8_t i = 0;

	while (i < 250 && texts[i] && strcmp(texts[i], text) != 0)
		i++;
	texts[i] = text;
	return (uint8_t)(i + 1);
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

/* Servers that hash a CBC suite with SHA-256 know SHA-384 too, and either key length. */
static const char *column_text(struct arena *arena, const struct kb_suite *s)
{
	const char *mac = is_text(s->encryption, "NULL") || is_text(s->encryption, "CAMELLIA") ? "any" : s->mac && strncmp(s->mac, "SHA", 3) == 0 && strcmp(s->mac, "SHA1") != 0 ? "SHA2" : or_dash(s->mac);

	const char *mode = s->mode && strncmp(s->mode, "CCM", 3) == 0 ? "CCM" : or_dash(s->mode);

	return arena_printf(arena, "%s %s %s%s", or_dash(s->encryption), mode, mac, s->is_export ? " export" : "");
}

static const char *row_text(struct arena *arena, const struct kb_suite *s)
{
	return arena_printf(arena, "%s %s", or_dash(s->key_exchange), or_dash(s->authentication));
}

static void fill_items(struct suite_set *set)
{
	struct arena *arena = asking_run(set->asking)->probing->arena;
	struct ranked *ranked = arena_array(arena, struct ranked, n_kb_suites);
	const char *rows[256] = { NULL }, *columns[256] = { NULL };

	for (size_t i = 0; i < n_kb_suites && set->n < CHOICE_ITEMS_MAX; i++)
		if (is_candidate(&kb_suites[i], set->version))
			ranked[set->n++] = (struct ranked){ &kb_suites[i], rank_of(&kb_suites[i]) };
	qsort(ranked, set->n, sizeof *ranked, by_rank);
	for (size_t i = 0; i < set->n; i++) {
		const struct kb_suite *s = set->suites[i] = ranked[i].suite;
		bool in_families = set->version < TLS_1_3 && s->is_iana;

		set->items[i] = (struct choice_item){
			.code = s->code, .odd = is_text(s->encryption, "CHACHA20"),
			.steady = is_text(s->encryption, "AES") && is_text(s->mode, "GCM") &&
				  (set->version >= TLS_1_3 || is_text(s->key_exchange, "ECDHE")),
			.kind = is_text(s->authentication, "ECDSA"),
			.expected = set->version >= TLS_1_3 && s->code >> 8 == 0x13 && s->code <= 0x1303,
			.row = in_families ? number_of(rows, row_text(arena, s)) : 0,
			.column = in_families ? number_of(columns, column_text(arena, s)) : 0,
		};
	}
}

/* ---- first offers: one a family ----------------------------------------------------------------------- */

static bool is_usual_row(const struct kb_suite *s)
{
	return (is_text(s->key_exchange, "ECDHE") && (is_text(s->authentication, "ECDSA") || is_text(s->authentication, "RSA"))) ||
	       (is_text(s->key_exchange, "DHE") && is_text(s->authentication, "RSA")) ||
	       (is_text(s->key_exchange, "RSA") && is_text(s->authentication, "RSA"));
}

static bool is_cbc(const struct kb_suite *s)
{
	return is_text(s->encryption, "AES") && is_text(s->mode, "CBC");
}

static bool is_usual_column(const struct kb_suite *s)
{
	return is_text(s->encryption, "CHACHA20") || is_cbc(s) || (is_text(s->encryption, "AES") && is_text(s->mode, "GCM"));
}

static bool is_usual(const struct kb_suite *s)
{
	return is_usual_row(s) && is_usual_column(s) && !s->is_export;
}

static bool of_gcm(const struct kb_suite *s) { return is_usual(s) && is_text(s->mode, "GCM"); }
static bool of_chacha(const struct kb_suite *s) { return is_usual(s) && is_text(s->encryption, "CHACHA20"); }
static bool of_cbc_sha1(const struct kb_suite *s) { return is_usual(s) && is_cbc(s) && is_text(s->mac, "SHA1"); }
static bool of_cbc_sha2(const struct kb_suite *s) { return is_usual(s) && is_cbc(s) && !is_text(s->mac, "SHA1"); }
static bool of_ecdsa(const struct kb_suite *s) { return is_usual(s) && is_text(s->authentication, "ECDSA"); }
static bool of_dhe(const struct kb_suite *s) { return is_usual(s) && is_text(s->key_exchange, "DHE"); }
static bool of_rsa(const struct kb_suite *s) { return is_usual(s) && is_text(s->key_exchange, "RSA"); }
static bool of_rsa_cbc(const struct kb_suite *s) { return of_rsa(s) && is_cbc(s); }
static bool of_rsa_other(const struct kb_suite *s) { return of_rsa(s) && !is_cbc(s); }
static bool is_anon(const struct kb_suite *s) { return is_text(s->authentication, "anon"); }
static bool of_ecdh_anon(const struct kb_suite *s) { return is_anon(s) && s->key_exchange && s->key_exchange[0] == 'E'; }
static bool of_dh_anon(const struct kb_suite *s) { return is_anon(s) && !of_ecdh_anon(s); }

static bool of_ecdhe_rsa(const struct kb_suite *s)
{
	return is_usual(s) && is_text(s->key_exchange, "ECDHE") && is_text(s->authentication, "RSA");
}

static bool of_ccm(const struct kb_suite *s)
{
	return is_usual_row(s) && is_text(s->encryption, "AES") && !is_usual_column(s);
}

static bool of_aria(const struct kb_suite *s)
{
	return is_usual_row(s) && is_text(s->encryption, "ARIA");
}

static bool of_camellia(const struct kb_suite *s)
{
	return is_usual_row(s) && is_text(s->encryption, "CAMELLIA");
}

static bool of_null(const struct kb_suite *s)
{
	return is_usual_row(s) && is_text(s->encryption, "NULL");
}

static bool of_other_cipher(const struct kb_suite *s)
{
	return is_usual_row(s) && !is_usual(s) && !of_ccm(s) && !of_aria(s) && !of_camellia(s) && !of_null(s);
}

static bool of_none(const struct kb_suite *s)
{
	return !is_usual_row(s) && !is_anon(s);
}

enum { PART = 124 };     /* some stacks break above 128 suites in a hello */

/* Worst first, in parts of what a hello may hold. */
static void add_openers(struct suite_set *set, bool (*belongs)(const struct kb_suite *), struct choice_offer *offers, size_t *n)
{
	struct arena *arena = asking_run(set->asking)->probing->arena;
	uint16_t *items = NULL;
	size_t n_items = PART;

	for (size_t i = set->n; i-- > 0;) {
		if (!belongs(set->suites[i]) || (set->question.choice && choice_is_refused(set->question.choice, i)))
			continue;
		if (n_items == PART) {
			items = arena_array(arena, uint16_t, PART);
			n_items = 0;
			offers[(*n)++].items = items;
		}
		items[n_items++] = (uint16_t)i;
		offers[*n - 1].n = n_items;
	}
}

typedef bool family_fn(const struct kb_suite *s);

static bool of_unusual(const struct kb_suite *s)
{
	return !is_usual(s) && !is_text(s->authentication, "ECDSA");
}

static bool of_unusual_ecdsa(const struct kb_suite *s)
{
	return !is_usual(s) && is_text(s->authentication, "ECDSA");
}

static void open_families(struct suite_set *set, family_fn *const *families, size_t n_families)
{
	struct choice_offer *offers = arena_array(asking_run(set->asking)->probing->arena, struct choice_offer,
						  n_families + CHOICE_ITEMS_MAX / PART + 1);
	size_t n = 0;

	for (size_t i = 0; i < n_families; i++)
		add_openers(set, families[i], offers, &n);
	set->question.openers = offers;
	set->question.n_openers = n;
}

/* What most servers take some of, and what few do. */
static family_fn *const usual_families[] = {
	of_gcm, of_chacha, of_cbc_sha1, of_cbc_sha2, of_ecdsa, of_ecdhe_rsa, of_dhe, of_rsa_other, of_rsa_cbc, of_unusual,
	of_unusual_ecdsa,
};
static family_fn *const unusual_families[] = {
	of_ccm, of_aria, of_camellia, of_null, of_other_cipher, of_ecdh_anon, of_dh_anon, of_none,
};
static family_fn *const all_families[] = {
	of_gcm, of_chacha, of_cbc_sha1, of_cbc_sha2, of_ecdsa, of_ecdhe_rsa, of_dhe, of_rsa_other, of_rsa_cbc,
	of_ccm, of_aria, of_camellia, of_null, of_other_cipher, of_ecdh_anon, of_dh_anon, of_none,
};

/* ---- asking ---------------------------------------------------------------------------------------------- */

static struct hello_spec *hello_with_suites(struct question *q, const uint16_t *codes, size_t n)
{
	const struct suite_set *set = q->ctx;
	struct hello_spec *spec = hello_of_version(q->asking, set->version);

	spec->suites = codes;
	spec->n_suites = n;
	return spec;
}

static uint32_t chosen_suite(const struct attempt *at)
{
	bool is_theirs = at->fault == TLS_FAULT_VERSION_NOT_OFFERED || at->fault == TLS_FAULT_SUITE_NOT_OFFERED;

	return at->has_server_hello && !is_theirs ? at->suite : 0;
}

/* An answer to a hello that another question rode on says which group or scheme that one asked for; what the server
 * takes of all shows an answer to a plain one, with a key of the same kind. */
static const struct attempt *plain_answer(const struct suite_set *set, size_t item, bool for_group, const struct hello_spec *plain)
{
	const struct attempt *own = set->question.answers[item];

	for (size_t k = 0; k <= set->n; k++) {
		size_t i = k == 0 ? item : k - 1;
		const struct attempt *at = set->question.answers[i];
		bool is_plain = at && (for_group ? at->offer.n_groups >= plain->n_groups : at->offer.n_schemes >= plain->n_schemes);

		if (is_plain && is_text(set->suites[i]->authentication, set->suites[item]->authentication) &&
		    (for_group ? (at->group != 0) == (own->group != 0) : (at->scheme != 0) == (own->scheme != 0)))
			return at;
	}
	return own;
}

static void fill_suites(struct suite_set *set, struct audit_suites *out)
{
	struct arena *arena = asking_run(set->asking)->probing->arena;
	bool ordered = choice_server_order(set->question.choice) == TRI_YES;
	const struct hello_spec *plain = hello_of_version(set->asking, set->version);
	uint16_t order[CHOICE_ITEMS_MAX];
	size_t n = choice_taken(set->question.choice, order);

	out->n = 0;     /* a first list may have been there since the openers */
	for (size_t i = 0; i < n; i++) {
		const struct attempt *at = set->question.answers[order[i]];
		struct audit_suite *s = arena_push(arena, out->items, out->n, out->cap);

		*s = (struct audit_suite){ .code = set->items[order[i]].code, .order = ordered || n == 1 ? (unsigned)i + 1 : 0 };
		if (at && set->version < TLS_1_3) {
			s->group = plain_answer(set, order[i], true, plain)->group;
			s->dh_bits = at->dh_bits;
			s->scheme = plain_answer(set, order[i], false, plain)->scheme;
		}
	}
	out->state = set->question.state;
	out->server_preference = choice_server_order(set->question.choice);
	if (out->state.extent == AUDIT_WHOLE && ordered && !choice_is_ordered(set->question.choice))
		out->state.because = "the order of some suites is not proved: the server treats them alike, or its answers vary";
}

static struct audit_suites *list_of(struct audit *audit, uint16_t version)
{
	struct audit_suites *list = &audit->suites[version == TLS_1_3 ? 5 : version - SSL_3_0 + 1];

	list->version = version;
	return list;
}

static struct suite_set *new_set(struct asking *asking, uint16_t version)
{
	struct suite_set *set = arena_new_of(asking_run(asking)->probing->arena, struct suite_set);

	set->asking = asking;
	set->version = version;
	fill_items(set);
	set->question = (struct question){
		.asking = asking, .name = "suites", .items = set->items, .n = set->n, .wants_order = true,
		.version = version, .places = PLACE_SUITES,
		.hello = hello_with_suites, .chosen = chosen_suite, .ctx = set,
	};
	return set;
}

static void finish_set(struct suite_set *set)
{
	struct audit_suites *list = list_of(asking_audit(set->asking), set->version);

	question_finish(&set->question);
	fill_suites(set, list);
	list->chacha_first_honoured = choice_odd_first(set->question.choice);
}

static void ask_set(struct suite_set *set)
{
	question_open(&set->question);
	finish_set(set);
}

static void ask_13(struct asking *asking)
{
	ask_set(new_set(asking, TLS_1_3));
}

/* ---- the versions below, which take what the one above takes ------------------------------------------------ */

static bool any_taken(const struct suite_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (choice_is_taken(set->question.choice, i))
			return true;
	return false;
}

/* What a protocol above takes, or likely does, is a good guess for the one below. */
static void expect_as_above(struct suite_set *set, const struct suite_set *above)
{
	uint16_t likely[CHOICE_ITEMS_MAX];
	size_t n = choice_likely(above->question.choice, likely);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < set->n; k++)
			set->items[k].expected |= set->items[k].code == above->items[likely[i]].code;
	set->question.lean = choice_lean(above->question.choice);
}

static void note_kinds(struct suite_set *set)
{
	for (int kind = 0; kind < HELLO_KINDS; kind++)
		for (size_t i = 0; i < set->n; i++)
			if (set->question.answers[i] && is_usual(set->suites[i]) && suite_is_of_kind(set->suites[i], (enum hello_kind)kind)) {
				suites_note_kind(set->asking, (enum hello_kind)kind, set->question.answers[i]);
				break;
			}
	suites_note_begun(set->asking);
}

/* A version, to be asked beside the others. */
static void ask_version(struct asking *asking, void *ctx)
{
	struct suite_set *set = *(struct suite_set **)ctx;

	if (set->version == TLS_1_2)
		finish_set(set);
	else if (audit_has_protocol(asking_audit(asking), set->version) != TRI_NO)
		ask_set(set);
}

static bool takes_unusual(const struct suite_set *set)
{
	for (size_t i = 0; i < set->n; i++)
		if (!is_usual(set->suites[i]) && choice_is_taken(set->question.choice, i))
			return true;
	return false;
}

enum { MANY_AT_ONCE = 40 };

/* With many connections at once each family is asked beside the others; with few, those that few servers
 * take are asked for together first. */
static void open_set(struct suite_set *set)
{
	if (asking_pool(set->asking) >= MANY_AT_ONCE)
		open_families(set, all_families, COUNT_OF(all_families));
	else
		open_families(set, usual_families, COUNT_OF(usual_families));
	question_open(&set->question);
}

static void open_unusual(struct suite_set *set)
{
	if (asking_pool(set->asking) >= MANY_AT_ONCE || !takes_unusual(set))
		return;
	open_families(set, unusual_families, COUNT_OF(unusual_families));
	question_put_openers(&set->question);
}

/* One answer of each family tells nearly all that the others can go by: the versions below, and the
 * checks that take the most rounds. */
static void ask_12_and_below(struct asking *asking)
{
	static const uint16_t below[] = { TLS_1_1, TLS_1_0, SSL_3_0 };
	struct suite_set *sets[1 + COUNT_OF(below)] = { new_set(asking, TLS_1_2) };

	open_set(sets[0]);
	sets[0]->question.state.extent = AUDIT_PART;
	fill_suites(sets[0], list_of(asking_audit(asking), TLS_1_2));
	note_kinds(sets[0]);
	ask_aside(asking, vulnerabilities_run_early);
	open_unusual(sets[0]);
	for (size_t i = 1; i < COUNT_OF(sets); i++) {
		sets[i] = new_set(asking, below[i - 1]);
		if (any_taken(sets[0]))
			expect_as_above(sets[i], sets[0]);
		else
			open_families(sets[i], all_families, COUNT_OF(all_families));
	}
	ask_all(asking, ask_version, sets, COUNT_OF(sets), sizeof *sets);
}

void audit_suites(struct asking *asking)
{
	static void (*const parts[])(struct asking *) = { ask_13, ask_12_and_below };

	ask_parts(asking, parts, COUNT_OF(parts));
}

static void ask_late(struct asking *asking, void *ctx)
{
	struct suite_set *set = new_set(asking, *(const uint16_t *)ctx);

	open_families(set, all_families, COUNT_OF(all_families));
	ask_set(set);
}

/* A version that was first refused, and then found to be spoken with suites that are not common. */
void audit_suites_again(struct asking *asking)
{
	static const uint16_t below[] = { TLS_1_1, TLS_1_0, SSL_3_0 };
	uint16_t late[COUNT_OF(below)];
	size_t n = 0;

	for (size_t i = 0; i < COUNT_OF(below); i++)
		if (audit_has_protocol(asking_audit(asking), below[i]) == TRI_YES &&
		    list_of(asking_audit(asking), below[i])->state.extent == AUDIT_NOT_ASKED)
			late[n++] = below[i];
	ask_all(asking, ask_late, late, n, sizeof *late);
}
