/* Holds the rules of a profile against the facts. A list that is not whole can break a rule by what
 * was seen, but never keep it. */
#include "assess/profile_parts.h"

#include <strings.h>

#include "base/attr.h"
#include "base/out.h"
#include "x509/chain.h"

enum { NAMED_MAX = 8, DAY = 86400 };

const char *rule_outcome_name(enum rule_outcome outcome)
{
	static const char *const names[] = { "pass", "fail", "unknown", "not_applicable" };

	return names[outcome];
}

struct checking {
	struct arena *arena;
	const struct assessment *a;
	const struct assessed *one;
	const struct audit *audit;
	const struct profile_rule *rule;
	struct rule_result *result;
};

static void conclude(struct checking *c, enum rule_outcome outcome, const char *fact)
{
	c->result->outcome = outcome;
	c->result->fact = fact;
}

/* ---- sets: protocols, suites, groups, schemes --------------------------------------------------------------- */

struct member {
	uint32_t code;
	uint16_t version;       /* of a suite */
	const char *name;
};

/* What was seen of a set, and whether that is all of it. */
struct members {
	struct member *items;
	size_t n, cap;
	bool is_whole;
	const char *because;
};

static void member_add(struct checking *c, struct members *set, uint32_t code, uint16_t version, const char *name)
{
	*arena_push(c->arena, set->items, set->n, set->cap) =
		(struct member){ code, version, name ? name : arena_printf(c->arena, "%04X", (unsigned)code) };
}

static struct members protocols_seen(struct checking *c)
{
	struct members set = { .is_whole = true };

	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++) {
		const struct audit_protocol *p = &c->audit->protocols[i];

		if (p->supported == TRI_YES)
			member_add(c, &set, p->version, p->version, kb_version_name(p->version));
		if (p->supported != TRI_UNKNOWN)
			continue;
		set.is_whole = false;
		set.because = p->because ? p->because : c->audit->gave_up ? c->audit->gave_up : "not every version was asked";
	}
	return set;
}

static struct members suites_seen(struct checking *c)
{
	struct members set = { 0 };

	set.is_whole = audit_suites_are_whole(c->audit, &set.because);
	for (size_t v = AUDIT_PROTOCOLS; v-- > 0;)
		for (size_t i = 0; i < c->audit->suites[v].n; i++) {
			uint32_t code = c->audit->suites[v].items[i].code;

			member_add(c, &set, code, c->audit->suites[v].version,
				   suite_view_of(c->audit->suites[v].version, code).name);
		}
	return set;
}

/* A list that belongs to a protocol which is not spoken is whole by itself. */
static bool is_list_whole(const struct checking *c, uint16_t version, const struct audit_state *state)
{
	if (state->extent == AUDIT_WHOLE)
		return true;
	if (version == AUDIT_TLS13)
		return audit_has_protocol(c->audit, AUDIT_TLS13) == TRI_NO;
	return audit_has_protocol(c->audit, AUDIT_TLS12) == TRI_NO && audit_has_protocol(c->audit, AUDIT_TLS11) == TRI_NO &&
	       audit_has_protocol(c->audit, AUDIT_TLS10) == TRI_NO;
}

static struct members groups_seen(struct checking *c)
{
	static const uint16_t versions[] = { AUDIT_TLS13, AUDIT_TLS12 };
	struct members set = { .is_whole = true };

	for (size_t v = 0; v < COUNT_OF(c->audit->groups); v++) {
		const struct audit_groups *list = &c->audit->groups[v];

		for (size_t i = 0; i < list->n; i++)
			if (list->items[i].supported == TRI_YES)
				member_add(c, &set, list->items[i].group, 0, kb_group_name(list->items[i].group));
		if (!is_list_whole(c, list->version ? list->version : versions[v], &list->state)) {
			set.is_whole = false;
			set.because = list->state.because ? list->state.because : "not every group was asked";
		}
	}
	return set;
}

static struct members schemes_seen(struct checking *c)
{
	static const uint16_t versions[] = { AUDIT_TLS13, AUDIT_TLS12 };
	struct members set = { .is_whole = true };

	for (size_t v = 0; v < COUNT_OF(c->audit->schemes); v++) {
		const struct audit_schemes *list = &c->audit->schemes[v];

		for (size_t i = 0; i < list->n; i++)
			member_add(c, &set, list->items[i], 0, kb_scheme_name(list->items[i]));
		if (!is_list_whole(c, list->version ? list->version : versions[v], &list->state)) {
			set.is_whole = false;
			set.because = list->state.because ? list->state.because : "not every scheme was asked";
		}
	}
	return set;
}

static bool value_covers(const struct profile_value *value, const struct member *member)
{
	struct suite_view view;

	if (!value->property)
		return value->code == member->code;
	view = suite_view_of(member->version, member->code);
	return value->property(&view);
}

static bool rule_names(const struct profile_rule *rule, const struct member *member)
{
	for (size_t i = 0; i < rule->n_values; i++)
		if (value_covers(&rule->values[i], member))
			return true;
	return false;
}

static bool is_seen(const struct members *set, const struct profile_value *value)
{
	for (size_t i = 0; i < set->n; i++)
		if (value_covers(value, &set->items[i]))
			return true;
	return false;
}

/* Each name once; the first few are shown. */
struct names {
	const char **items;
	size_t n, cap;
};

static void names_add(struct checking *c, struct names *names, const char *name)
{
	for (size_t i = 0; i < names->n; i++)
		if (strcmp(names->items[i], name) == 0)
			return;
	*arena_push(c->arena, names->items, names->n, names->cap) = name;
}

static const char *names_text(struct checking *c, const struct names *names)
{
	struct out list = { 0 };
	const char *text;

	for (size_t i = 0; i < names->n && i < NAMED_MAX; i++)
		out_printf(&list, "%s%s", i ? ", " : "", names->items[i]);
	if (names->n > NAMED_MAX)
		out_printf(&list, " and %zu more", names->n - NAMED_MAX);
	text = arena_str(c->arena, list.text ? list.text : "");
	out_release(&list);
	return text;
}

/* Members that must not be there: outside of an "only" list, or in a "never" list. */
static void check_unwanted(struct checking *c, const struct members *set)
{
	bool want = c->rule->relation == RELATION_ONLY;
	struct names unwanted = { 0 };

	for (size_t i = 0; i < set->n; i++)
		if (rule_names(c->rule, &set->items[i]) != want)
			names_add(c, &unwanted, set->items[i].name);
	if (unwanted.n > 0)
		conclude(c, RULE_FAIL, arena_printf(c->arena, "accepted: %s", names_text(c, &unwanted)));
	else if (!set->is_whole)
		conclude(c, RULE_UNKNOWN, set->because);
	else
		conclude(c, RULE_PASS, set->n ? "none other is accepted" : "nothing is accepted");
}

static void check_wanted(struct checking *c, const struct members *set)
{
	struct names missing = { 0 };
	size_t n_seen = 0;

	for (size_t i = 0; i < c->rule->n_values; i++) {
		if (is_seen(set, &c->rule->values[i]))
			n_seen++;
		else
			names_add(c, &missing, c->rule->values[i].text);
	}
	if (c->rule->relation == RELATION_SOME ? n_seen > 0 : missing.n == 0)
		conclude(c, RULE_PASS, "accepted");
	else if (!set->is_whole)
		conclude(c, RULE_UNKNOWN, set->because);
	else
		conclude(c, RULE_FAIL, arena_printf(c->arena, "not accepted: %s", names_text(c, &missing)));
}

static void check_set(struct checking *c, struct members set)
{
	if (c->rule->relation == RELATION_ONLY || c->rule->relation == RELATION_NEVER)
		check_unwanted(c, &set);
	else
		check_wanted(c, &set);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

/* The number of the facts that is nearest to breaking the rule. */
static void check_number(struct checking *c, bool is_known, int64_t number, const char *unit)
{
	bool is_kept = c->rule->relation == RELATION_AT_LEAST ? number >= c->rule->number : number <= c->rule->number;

	if (!is_known)
		conclude(c, RULE_UNKNOWN, "not seen");
	else
		conclude(c, is_kept ? RULE_PASS : RULE_FAIL, arena_printf(c->arena, "%lld %s", (long long)number, unit));
}

static void extreme(const struct checking *c, bool *is_known, int64_t *number, int64_t value)
{
	bool is_worse = c->rule->relation == RELATION_AT_LEAST ? value < *number : value > *number;

	if (!*is_known || is_worse)
		*number = value;
	*is_known = true;
}

static const struct cert *leaf_at(const struct checking *c, size_t i)
{
	return c->audit->certificates[i].n_chain > 0 ? c->one->chains[i][0] : NULL;
}

static void check_key_bits(struct checking *c, bool is_rsa)
{
	bool is_known = false;
	int64_t bits = 0;

	for (size_t i = 0; i < c->audit->n_certificates; i++) {
		const struct cert *leaf = leaf_at(c, i);
		bool fits = leaf && (is_rsa ? leaf->key.type == KEY_TYPE_RSA || leaf->key.type == KEY_TYPE_RSA_PSS
					    : leaf->key.type == KEY_TYPE_EC);

		if (fits)
			extreme(c, &is_known, &bits, leaf->key.bits);
	}
	if (!is_known && c->audit->n_certificates > 0)
		conclude(c, RULE_NOT_APPLICABLE, is_rsa ? "no RSA key is used" : "no EC key is used");
	else
		check_number(c, is_known, bits, "bits");
}

/* Days as the Baseline Requirements count them: both ends included, a fraction is a day. */
static void check_lifetime(struct checking *c)
{
	bool is_known = false;
	int64_t days = 0;

	for (size_t i = 0; i < c->audit->n_certificates; i++) {
		const struct cert *leaf = leaf_at(c, i);

		if (leaf && leaf->is_decoded && !leaf->bad_time)
			extreme(c, &is_known, &days, (leaf->not_after_unix - leaf->not_before_unix + DAY) / DAY);
	}
	check_number(c, is_known, days, "days");
}

static void check_dh(struct checking *c)
{
	bool is_known = false;
	int64_t bits = 0;
	enum tri any = audit_any_suite(c->audit, AUDIT_SSL3, AUDIT_TLS12, suite_is_dhe, NULL);

	for (size_t v = 0; v < AUDIT_PROTOCOLS; v++)
		for (size_t i = 0; i < c->audit->suites[v].n; i++)
			if (c->audit->suites[v].items[i].dh_bits)
				extreme(c, &is_known, &bits, c->audit->suites[v].items[i].dh_bits);
	for (size_t i = 0; i < c->audit->n_dh; i++)
		extreme(c, &is_known, &bits, c->audit->dh[i].bits);
	if (!is_known && any == TRI_NO)
		conclude(c, RULE_NOT_APPLICABLE, "no DHE suite is accepted");
	else
		check_number(c, is_known, bits, "bits");
	/* Another suite may come with another group. */
	if (c->result->outcome == RULE_PASS && any == TRI_UNKNOWN)
		conclude(c, RULE_UNKNOWN, "not every suite was asked");
}

static void check_strength(struct checking *c)
{
	struct members set = suites_seen(c);
	bool is_known = false;
	int64_t bits = 0;

	for (size_t i = 0; i < set.n; i++)
		extreme(c, &is_known, &bits, suite_view_of(set.items[i].version, set.items[i].code).bits);
	check_number(c, is_known, bits, "bits");
	if (c->result->outcome == RULE_PASS && !set.is_whole)
		conclude(c, RULE_UNKNOWN, set.because);
}

static void check_hsts(struct checking *c)
{
	const struct visit *visit = c->a->diagnosis->evidence->visit;
	const struct http_evidence *http = visit->http.got_head ? &visit->http : &visit->http_fallback;

	if (!target_is_http(&visit->target) || visit->target.is_ip)
		conclude(c, RULE_NOT_APPLICABLE, visit->target.is_ip ? "addresses never get HSTS" : "this is not HTTP");
	else if (http->got_head && !http->has_hsts)
		conclude(c, RULE_FAIL, "no Strict-Transport-Security header");
	else
		check_number(c, http->got_head, http->hsts_valid ? http->hsts_max_age : 0, "seconds");
}

static void check_tickets(struct checking *c)
{
	const struct audit_habits *h = &c->audit->habits;

	if (h->tickets == TRI_NO)
		conclude(c, RULE_NOT_APPLICABLE, "no tickets are given");
	else
		check_number(c, h->tickets == TRI_YES, h->ticket_lifetime_s, "seconds");
}

/* ---- words ---------------------------------------------------------------------------------------------------------- */

static bool is_named(const struct profile_rule *rule, const char *word)
{
	for (size_t i = 0; i < rule->n_values; i++)
		if (strcasecmp(rule->values[i].text, word) == 0)
			return true;
	return false;
}

static const char *key_word(const struct cert *leaf)
{
	switch (leaf->key.type) {
	case KEY_TYPE_RSA:
	case KEY_TYPE_RSA_PSS: return "RSA";
	case KEY_TYPE_EC: return "EC";
	case KEY_TYPE_ED25519: return "Ed25519";
	case KEY_TYPE_ED448: return "Ed448";
	case KEY_TYPE_DSA: return "DSA";
	default: return "unknown";
	}
}

static const char *leaf_word(const struct checking *c, const struct cert *leaf)
{
	if (c->rule->subject == SUBJECT_KEYS)
		return key_word(leaf);
	if (c->rule->subject == SUBJECT_SIGNATURE)
		return leaf->signature_outer.hash == HASH_NONE ? "none" : cert_hash_name(leaf->signature_outer.hash);
	return leaf->key.type == KEY_TYPE_EC ? leaf->key.curve_name ? leaf->key.curve_name : "unknown" : NULL;
}

/* "SHA-256" and "SHA256" are one. */
static const char *without_hyphen(struct arena *arena, const char *word)
{
	char *copy = arena_str(arena, word), *to = copy;

	for (const char *from = word; *from; from++)
		if (*from != '-')
			*to++ = *from;
	*to = '\0';
	return copy;
}

static void check_leaf_words(struct checking *c)
{
	bool wants = c->rule->relation != RELATION_NEVER;
	const char *seen = "";
	size_t n = 0, n_good = 0;

	for (size_t i = 0; i < c->audit->n_certificates; i++) {
		const struct cert *leaf = leaf_at(c, i);
		const char *word = leaf ? leaf_word(c, leaf) : NULL;
		bool fits;

		if (!word)
			continue;
		fits = (is_named(c->rule, word) || is_named(c->rule, without_hyphen(c->arena, word))) == wants;
		n++;
		n_good += fits;
		if (!fits || !*seen)
			seen = word;
	}
	if (n == 0 && c->audit->n_certificates > 0)
		conclude(c, RULE_NOT_APPLICABLE, "no certificate has such a key");
	else if (n == 0)
		conclude(c, RULE_UNKNOWN, "no certificate was seen");
	else if (c->rule->relation == RELATION_SOME ? n_good > 0 : n_good == n)
		conclude(c, RULE_PASS, seen);
	else
		conclude(c, RULE_FAIL, seen);
}

static void check_preference(struct checking *c)
{
	bool wants_server = is_named(c->rule, "server"), any = false, is_unknown = false;
	const char *wrong = NULL;

	for (size_t v = 0; v < AUDIT_PROTOCOLS; v++) {
		const struct audit_suites *list = &c->audit->suites[v];

		if (list->n < 2)
			continue;
		any = true;
		if (list->server_preference == TRI_UNKNOWN)
			is_unknown = true;
		else if ((list->server_preference == TRI_YES) != wants_server)
			wrong = arena_printf(c->arena, "%s: the %s's order rules", kb_version_name(list->version),
					     wants_server ? "client" : "server");
	}
	if (wrong)
		conclude(c, RULE_FAIL, wrong);
	else if (is_unknown || !any)
		conclude(c, any ? RULE_UNKNOWN : RULE_NOT_APPLICABLE, any ? "not seen" : "there are no two suites to choose from");
	else
		conclude(c, RULE_PASS, wants_server ? "the server's order rules" : "the client's order rules");
}

static void check_vulnerabilities(struct checking *c)
{
	bool all = is_named(c->rule, "all");
	struct names bad = { 0 }, unknown = { 0 };
	size_t n_asked = 0;

	for (size_t i = 0; i < c->audit->n_vulnerabilities; i++) {
		const struct audit_vulnerability *v = &c->audit->vulnerabilities[i];

		if (!all && !is_named(c->rule, v->id))
			continue;
		n_asked++;
		if (v->status == VULNERABILITY_VULNERABLE)
			names_add(c, &bad, v->id);
		else if (v->status == VULNERABILITY_UNKNOWN)
			names_add(c, &unknown, v->id);
	}
	if (bad.n > 0)
		conclude(c, RULE_FAIL, arena_printf(c->arena, "vulnerable: %s", names_text(c, &bad)));
	else if (n_asked == 0 || (!all && n_asked < c->rule->n_values))
		conclude(c, RULE_UNKNOWN, "not every one was checked");
	else if (unknown.n > 0)
		conclude(c, RULE_UNKNOWN, arena_printf(c->arena, "not known: %s", names_text(c, &unknown)));
	else
		conclude(c, RULE_PASS, "not vulnerable");
}

static void check_grade(struct checking *c)
{
	enum grade_letter letter = c->one->grade.letter;

	if (letter == GRADE_UNKNOWN) {
		conclude(c, RULE_UNKNOWN, "the grade is not known");
		return;
	}
	for (int i = GRADE_A_PLUS; i <= GRADE_F; i++)
		if (is_named(c->rule, grade_letter_name((enum grade_letter)i))) {
			conclude(c, letter <= (enum grade_letter)i ? RULE_PASS : RULE_FAIL, grade_letter_name(letter));
			return;
		}
	conclude(c, RULE_UNKNOWN, "there is no such grade");
}

/* ---- yes or no -------------------------------------------------------------------------------------------------------- */

/* As a careful client has it: to a known root, for this name, in time, not revoked. */
static enum tri is_trusted(const struct checking *c)
{
	const struct diagnosis *d = c->a->diagnosis;
	const struct chain_facts *chain = d->evidence->visit->chain;

	if (!chain || !chain->leaf)
		return TRI_UNKNOWN;
	if (!chain->is_trusted || !chain->name_matches || (chain->best && chain->best->n_problems > 0))
		return TRI_NO;
	if (chain->leaf->bad_time || d->evidence->now_unix > chain->leaf->not_after_unix ||
	    d->evidence->now_unix < chain->leaf->not_before_unix)
		return TRI_NO;
	return finding_get(&d->findings, "certificate.revoked") ? TRI_NO : TRI_YES;
}

static enum tri habit_of(const struct checking *c, enum profile_subject subject)
{
	const struct audit_habits *h = &c->audit->habits;

	switch (subject) {
	case SUBJECT_EMS: return h->extended_master_secret;
	case SUBJECT_ETM: return h->encrypt_then_mac;
	case SUBJECT_RENEGOTIATION: return h->secure_renegotiation;
	case SUBJECT_CLIENT_RENEGOTIATION: return h->client_renegotiation;
	case SUBJECT_EARLY_DATA: return h->early_data;
	case SUBJECT_STAPLING: return h->ocsp_stapling;
	case SUBJECT_HEARTBEAT: return h->heartbeat;
	case SUBJECT_COMPRESSION: return h->compression;
	case SUBJECT_TRUNCATED_HMAC: return h->truncated_hmac;
	case SUBJECT_FALLBACK_SCSV: return h->fallback_scsv;
	case SUBJECT_TRUSTED: return is_trusted(c);
	default: return TRI_UNKNOWN;
	}
}

/* Where TLS 1.3 alone is spoken, what older versions needed is no question any more. */
static bool is_for_older(enum profile_subject subject)
{
	return subject == SUBJECT_EMS || subject == SUBJECT_ETM || subject == SUBJECT_RENEGOTIATION ||
	       subject == SUBJECT_CLIENT_RENEGOTIATION || subject == SUBJECT_COMPRESSION || subject == SUBJECT_FALLBACK_SCSV ||
	       subject == SUBJECT_TRUNCATED_HMAC || subject == SUBJECT_HEARTBEAT;
}

static bool is_only_13(const struct checking *c)
{
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++)
		if (c->audit->protocols[i].version != AUDIT_TLS13 && c->audit->protocols[i].supported != TRI_NO)
			return false;
	return true;
}

/* Where the certificate names no responder, there is nothing to staple: many authorities have ended OCSP. */
static bool has_responder(const struct checking *c)
{
	for (size_t i = 0; i < c->audit->n_certificates; i++)
		if (leaf_at(c, i) && leaf_at(c, i)->n_ocsp_urls > 0)
			return true;
	return c->audit->n_certificates == 0;
}

/* RFC 7366: a server takes encrypt-then-MAC up for CBC suites alone. */
static bool has_no_cbc(const struct checking *c)
{
	return audit_any_suite(c->audit, AUDIT_SSL3, AUDIT_TLS12, suite_is_cbc, NULL) == TRI_NO;
}

static void check_habit(struct checking *c)
{
	enum tri answer = habit_of(c, c->rule->subject);

	if (c->rule->subject == SUBJECT_STAPLING && answer != TRI_YES && !has_responder(c))
		conclude(c, RULE_NOT_APPLICABLE, "the certificate names no OCSP responder");
	else if (is_for_older(c->rule->subject) && answer != TRI_YES && is_only_13(c))
		conclude(c, RULE_NOT_APPLICABLE, "only TLS 1.3 is spoken");
	else if (c->rule->subject == SUBJECT_ETM && answer != TRI_YES && has_no_cbc(c))
		conclude(c, RULE_NOT_APPLICABLE, "no CBC suite is accepted");
	else if (answer == TRI_UNKNOWN)
		conclude(c, RULE_UNKNOWN, "not seen");
	else
		conclude(c, (answer == TRI_YES) == c->rule->is_yes ? RULE_PASS : RULE_FAIL, answer == TRI_YES ? "yes" : "no");
}

/* ---- the whole -------------------------------------------------------------------------------------------------------- */

static void rule_check(struct checking *c)
{
	switch (c->rule->subject) {
	case SUBJECT_PROTOCOLS: check_set(c, protocols_seen(c)); break;
	case SUBJECT_CIPHERS: check_set(c, suites_seen(c)); break;
	case SUBJECT_GROUPS: check_set(c, groups_seen(c)); break;
	case SUBJECT_SCHEMES: check_set(c, schemes_seen(c)); break;
	case SUBJECT_KEYS:
	case SUBJECT_CURVES:
	case SUBJECT_SIGNATURE: check_leaf_words(c); break;
	case SUBJECT_KEY_RSA: check_key_bits(c, true); break;
	case SUBJECT_KEY_EC: check_key_bits(c, false); break;
	case SUBJECT_LIFETIME: check_lifetime(c); break;
	case SUBJECT_DH: check_dh(c); break;
	case SUBJECT_STRENGTH: check_strength(c); break;
	case SUBJECT_HSTS: check_hsts(c); break;
	case SUBJECT_TICKETS: check_tickets(c); break;
	case SUBJECT_PREFERENCE: check_preference(c); break;
	case SUBJECT_VULNERABILITIES: check_vulnerabilities(c); break;
	case SUBJECT_GRADE: check_grade(c); break;
	default: check_habit(c); break;
	}
}

const struct compliance *profile_check(const struct assessment *a, const struct profile *profile)
{
	struct arena *arena = a->diagnosis->evidence->arena;
	struct compliance *result = arena_new_of(arena, struct compliance);

	*result = (struct compliance){ .profile = profile->name, .title = profile->title, .version = profile->version,
				       .complies = TRI_UNKNOWN };
	if (!a->shown)
		return result;
	result->complies = TRI_YES;
	for (size_t k = 0; k < a->n_addresses; k++)
		for (size_t i = 0; i < profile->n_rules; i++) {
			struct rule_result *one = arena_push(arena, result->results, result->n_results, result->cap_results);
			struct checking c = { .arena = arena, .a = a, .one = &a->addresses[k], .audit = a->addresses[k].audit,
					      .rule = &profile->rules[i], .result = one };

			*one = (struct rule_result){ .what = c.rule->what, .source = c.rule->source, .line = c.rule->line,
						     .is_advice = c.rule->is_advice,
						     .address = c.audit->endpoint ? c.audit->endpoint->text : NULL };
			rule_check(&c);
			if (one->is_advice)
				continue;
			if (one->outcome == RULE_FAIL)
				result->complies = TRI_NO;
			else if (one->outcome == RULE_UNKNOWN && result->complies == TRI_YES)
				result->complies = TRI_UNKNOWN;
		}
	return result;
}

bool profile_is_modern(const struct profile *profile)
{
	for (size_t i = 0; i < profile->n_rules; i++) {
		const struct profile_rule *rule = &profile->rules[i];

		if (rule->subject == SUBJECT_PROTOCOLS && rule->relation == RELATION_ONLY && !rule->is_advice)
			return rule->n_values == 1 && rule->values[0].code == AUDIT_TLS13;
	}
	return false;
}
