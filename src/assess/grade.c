/* The grade as the SSL Labs "SSL Server Rating Guide" 2009r (16 May 2025) defines it: three scores,
 * their weighted sum, then what caps the letter. Known from the guide's rules as facts; where a fact
 * that counts is missing, there is no letter, unless what is known already gives the lowest one.
 * STARTTLS is graded as any TLS: HSTS does not count there, and opportunistic use caps nothing. */
#include "assess/assess.h"
#include "assess/suite.h"
#include "kb/names.h"
#include "x509/chain.h"

enum { HSTS_HALF_YEAR = 180 * 86400 };

const char *grade_letter_name(enum grade_letter letter)
{
	static const char *const names[] = { NULL, "A+", "A", "A-", "B", "C", "D", "E", "F", "M", "T" };

	return names[letter];
}

bool target_is_http(const struct target *target)
{
	return !target->starttls && target->scheme && (strcmp(target->scheme, "https") == 0 || strcmp(target->scheme, "http") == 0);
}

struct grading {
	struct arena *arena;
	const struct diagnosis *d;
	const struct audit *audit;
	struct assessed *one;
	struct grade *grade;
	enum grade_letter cap;          /* the worst letter allowed so far */
	enum grade_letter trust;        /* T or M, or unknown for neither */
	bool is_warned;                 /* no better than A- */
	enum grade_letter blind;        /* what is missing could leave no better letter than this; unknown: nothing is missing */
};

static void say(struct grading *g, const char *text)
{
	struct grade *grade = g->grade;

	*arena_push(g->arena, grade->capped_by, grade->n_capped_by, grade->cap_capped_by) = text;
}

static void say_unknown(struct grading *g, const char *text)
{
	struct grade *grade = g->grade;

	*arena_push(g->arena, grade->unknown, grade->n_unknown, grade->cap_unknown) = text;
}

/* What was not seen would leave `letter`, if it were so. */
static void blind_at(struct grading *g, enum grade_letter letter)
{
	if (letter > g->blind)
		g->blind = letter;
}

static void cap_at(struct grading *g, enum grade_letter letter, const char *text)
{
	if (letter > g->cap)
		g->cap = letter;
	if (letter == GRADE_A_MINUS)
		g->is_warned = true;
	say(g, arena_printf(g->arena, "%s: %s", grade_letter_name(letter), text));
}

static void cap_if(struct grading *g, enum tri answer, enum grade_letter letter, const char *text)
{
	if (answer == TRI_YES)
		cap_at(g, letter, text);
}

/* ---- the three scores ------------------------------------------------------------------------------------ */

static bool protocol_score(struct grading *g)
{
	static const struct { uint16_t version; int score; } rows[] = {
		{ AUDIT_SSL2, 0 }, { AUDIT_SSL3, 80 }, { AUDIT_TLS10, 90 }, { AUDIT_TLS11, 95 }, { AUDIT_TLS12, 100 },
		{ AUDIT_TLS13, 100 },
	};
	int best = -1, worst = 101;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum tri has = audit_has_protocol(g->audit, rows[i].version);

		if (has == TRI_UNKNOWN) {
			say_unknown(g, arena_printf(g->arena, "whether %s is accepted", kb_version_name(rows[i].version)));
			return false;
		}
		if (has == TRI_NO)
			continue;
		best = rows[i].score > best ? rows[i].score : best;
		worst = rows[i].score < worst ? rows[i].score : worst;
	}
	if (best < 0) {
		say_unknown(g, "no protocol was accepted");
		return false;
	}
	g->grade->protocol = (best + worst) / 2;
	return true;
}

/* RSA modulus of the same strength (SP 800-57 part 1, table 2). */
static unsigned rsa_equal(unsigned security_bits)
{
	return security_bits < 80 ? 512 : security_bits < 112 ? 1024 : security_bits < 128 ? 2048 :
	       security_bits < 192 ? 3072 : security_bits < 256 ? 7680 : 15360;
}

static unsigned key_strength(const struct cert *leaf)
{
	switch (leaf->key.type) {
	case KEY_TYPE_RSA:
	case KEY_TYPE_RSA_PSS:
	case KEY_TYPE_DSA:
	case KEY_TYPE_DH:
		return leaf->key.bits;
	case KEY_TYPE_ED25519:
	case KEY_TYPE_X25519:
		return rsa_equal(128);
	case KEY_TYPE_ED448:
	case KEY_TYPE_X448:
		return rsa_equal(224);
	default:
		return leaf->key.bits ? rsa_equal(leaf->key.bits / 2) : 0;
	}
}

static void weaker(unsigned *weakest, unsigned strength)
{
	if (strength > 0 && (*weakest == 0 || strength < *weakest))
		*weakest = strength;
}

/* The weakest of all keys and parameters, as bits of RSA; 0: none seen. */
static unsigned weakest_exchange(const struct grading *g)
{
	unsigned weakest = 0;

	for (size_t i = 0; i < g->audit->n_certificates; i++)
		if (g->audit->certificates[i].n_chain > 0)
			weaker(&weakest, key_strength(g->one->chains[i][0]));
	for (size_t v = 0; v < AUDIT_PROTOCOLS; v++)
		for (size_t i = 0; i < g->audit->suites[v].n; i++)
			weaker(&weakest, g->audit->suites[v].items[i].dh_bits);
	for (size_t i = 0; i < g->audit->n_dh; i++)
		weaker(&weakest, g->audit->dh[i].bits);
	for (size_t v = 0; v < COUNT_OF(g->audit->groups); v++)
		for (size_t i = 0; i < g->audit->groups[v].n; i++) {
			const struct audit_group *group = &g->audit->groups[v].items[i];
			const struct kb_group *known = group->supported == TRI_YES ? kb_group(group->group) : NULL;

			if (known && known->kind == KB_GROUP_FFDHE)
				weaker(&weakest, known->bits);
			else if (known && known->security_bits)
				weaker(&weakest, rsa_equal(known->security_bits));
		}
	return weakest;
}

static bool exchange_score(struct grading *g)
{
	unsigned bits = weakest_exchange(g);
	bool is_anonymous = audit_any_suite(g->audit, AUDIT_SSL2, AUDIT_TLS12, suite_is_anonymous, NULL) == TRI_YES;
	bool is_export = audit_any_suite(g->audit, AUDIT_SSL2, AUDIT_TLS12, suite_is_export, NULL) == TRI_YES;

	if (bits == 0 && !is_anonymous) {
		say_unknown(g, "how strong the key exchange is");
		return false;
	}
	g->grade->key_exchange = is_anonymous ? 0 : bits < 512 ? 20 : bits < 1024 || is_export ? 40 : bits < 2048 ? 80 :
		bits < 4096 ? 90 : 100;
	return true;
}

static int cipher_points(unsigned bits)
{
	return bits == 0 ? 0 : bits < 128 ? 20 : bits < 256 ? 80 : 100;
}

static bool cipher_score(struct grading *g)
{
	const char *because = NULL;
	unsigned strongest = 0, weakest = UINT32_MAX;

	for (size_t v = 0; v < AUDIT_PROTOCOLS; v++)
		for (size_t i = 0; i < g->audit->suites[v].n; i++) {
			struct suite_view view = suite_view_of(g->audit->suites[v].version, g->audit->suites[v].items[i].code);

			if (!view.is_known)
				continue;
			strongest = view.bits > strongest ? view.bits : strongest;
			weakest = view.bits < weakest ? view.bits : weakest;
		}
	if (!audit_suites_are_whole(g->audit, &because)) {
		say_unknown(g, arena_printf(g->arena, "all cipher suites: %s", because));
		return false;
	}
	if (weakest == UINT32_MAX) {
		say_unknown(g, "which cipher suites are accepted");
		return false;
	}
	g->grade->cipher = (cipher_points(strongest) + cipher_points(weakest)) / 2;
	return true;
}

static enum grade_letter letter_of(int score)
{
	return score >= 80 ? GRADE_A : score >= 65 ? GRADE_B : score >= 50 ? GRADE_C : score >= 35 ? GRADE_D :
	       score >= 20 ? GRADE_E : GRADE_F;
}

/* ---- what caps the letter ---------------------------------------------------------------------------------- */

static enum tri not(enum tri answer)
{
	return answer == TRI_YES ? TRI_NO : answer == TRI_NO ? TRI_YES : TRI_UNKNOWN;
}

static enum tri both(enum tri a, enum tri b)
{
	return a == TRI_NO || b == TRI_NO ? TRI_NO : a == TRI_YES && b == TRI_YES ? TRI_YES : TRI_UNKNOWN;
}

static enum tri either(enum tri a, enum tri b)
{
	return not(both(not(a), not(b)));
}

static void cap_protocols(struct grading *g)
{
	const struct audit *a = g->audit;
	enum tri tls12 = audit_has_protocol(a, AUDIT_TLS12), tls13 = audit_has_protocol(a, AUDIT_TLS13);
	enum tri ssl3 = audit_has_protocol(a, AUDIT_SSL3), modern = either(tls12, tls13);
	enum tri old = either(audit_has_protocol(a, AUDIT_TLS10), audit_has_protocol(a, AUDIT_TLS11));
	enum tri is_best = both(ssl3, not(either(modern, old)));

	cap_if(g, audit_has_protocol(a, AUDIT_SSL2), GRADE_F, "SSL 2.0 is accepted");
	cap_if(g, is_best, GRADE_F, "SSL 3.0 is the best protocol");
	cap_if(g, both(ssl3, audit_any_suite(a, AUDIT_SSL3, AUDIT_SSL3, suite_is_cbc, NULL)), GRADE_C,
	       "SSL 3.0 with CBC suites (POODLE)");
	cap_if(g, ssl3, GRADE_B, "SSL 3.0 is accepted");
	cap_if(g, audit_has_protocol(a, AUDIT_TLS10), GRADE_B, "TLS 1.0 is accepted");
	cap_if(g, audit_has_protocol(a, AUDIT_TLS11), GRADE_B, "TLS 1.1 is accepted");
	cap_if(g, not(modern), GRADE_C, "neither TLS 1.2 nor TLS 1.3 is accepted");
	cap_if(g, not(tls13), GRADE_A_MINUS, "TLS 1.3 is not accepted");
}

/* DES and the like; export and NULL have lines of their own. */
static bool suite_is_insecure(const struct suite_view *suite)
{
	return suite->is_known && suite->bits > 0 && suite->bits < 112 && !suite->is_export;
}

static void cap_suites(struct grading *g)
{
	const struct audit *a = g->audit;

	cap_if(g, audit_any_suite(a, AUDIT_SSL2, AUDIT_TLS12, suite_is_export, NULL), GRADE_F, "export suites are accepted");
	cap_if(g, audit_any_suite(a, AUDIT_SSL2, AUDIT_TLS12, suite_is_anonymous, NULL), GRADE_F,
	       "suites without authentication are accepted");
	cap_if(g, audit_any_suite(a, AUDIT_SSL2, AUDIT_TLS12, suite_is_null, NULL), GRADE_F,
	       "suites without encryption are accepted");
	cap_if(g, audit_any_suite(a, AUDIT_SSL2, AUDIT_TLS12, suite_is_insecure, NULL), GRADE_F,
	       "suites of less than 112 bits are accepted");
	if (audit_any_suite(a, AUDIT_TLS11, AUDIT_TLS12, suite_is_rc4, NULL) == TRI_YES)
		cap_at(g, GRADE_C, "RC4 with TLS 1.1 or later");
	else
		cap_if(g, audit_any_suite(a, AUDIT_SSL2, AUDIT_TLS10, suite_is_rc4, NULL), GRADE_B, "RC4 is accepted");
	cap_if(g, audit_any_suite(a, AUDIT_TLS11, AUDIT_TLS12, suite_has_block64, NULL), GRADE_C,
	       "a cipher of 64-bit blocks (3DES and the like) with TLS 1.1 or later");
	cap_if(g, not(audit_any_suite(a, AUDIT_SSL3, AUDIT_TLS13, suite_has_forward_secrecy, NULL)), GRADE_B,
	       "no suite has forward secrecy");
	cap_if(g, not(audit_any_suite(a, AUDIT_SSL3, AUDIT_TLS13, suite_is_aead, NULL)), GRADE_B, "no suite is AEAD");
}

static void cap_exchange(struct grading *g)
{
	unsigned least_dh = 0;

	for (size_t v = 0; v < AUDIT_PROTOCOLS; v++)
		for (size_t i = 0; i < g->audit->suites[v].n; i++)
			weaker(&least_dh, g->audit->suites[v].items[i].dh_bits);
	for (size_t i = 0; i < g->audit->n_dh; i++)
		weaker(&least_dh, g->audit->dh[i].bits);
	if (least_dh > 0 && least_dh < 2048)
		cap_at(g, least_dh < 1024 ? GRADE_F : GRADE_B, arena_printf(g->arena, "Diffie-Hellman parameters of %u bits", least_dh));
	cap_if(g, g->audit->habits.compression, GRADE_C, "TLS compression (CRIME)");
	if (g->audit->habits.secure_renegotiation == TRI_NO)
		cap_at(g, GRADE_A_MINUS, "secure renegotiation (RFC 5746) is not supported");
}

/* Ids of the vulnerability table that the guide counts, with the letter they leave. Those that are facts
 * of the suites and protocols are said once. */
static const struct { const char *id; enum grade_letter letter; bool is_fact; } counted[] = {
	{ "heartbleed", GRADE_F, false }, { "ccs_injection", GRADE_F, false }, { "ticketbleed", GRADE_F, false }, { "robot", GRADE_F, false },
	{ "padding_oracle_2016_2107", GRADE_F, false }, { "zombie_poodle", GRADE_F, false }, { "goldendoodle", GRADE_F, false },
	{ "sleeping_poodle", GRADE_F, false }, { "zero_length_openssl", GRADE_F, false }, { "poodle_tls", GRADE_F, false },
	{ "cbc_mac_unchecked", GRADE_F, false }, { "gcm_tag_unchecked", GRADE_F, false }, { "gcm_nonce_reuse", GRADE_F, false },
	{ "drown", GRADE_F, true }, { "freak", GRADE_F, true }, { "logjam_export", GRADE_F, true }, { "null_anon", GRADE_F, true },
	{ "insecure_reneg", GRADE_F, true }, { "debian_weak_key", GRADE_F, false }, { "roca", GRADE_F, false }, { "crime", GRADE_C, true },
	{ "poodle_ssl", GRADE_C, true },
};

/* Flaws of a few products of one time, which the guide counts by their fellows alone: not to have seen them (no list of
 * Debian's keys at hand, too few records of a mail server) is told, and takes no letter away. */
static bool is_rare(const char *id)
{
	static const char *const ids[] = { "debian_weak_key", "roca", "cbc_mac_unchecked", "gcm_tag_unchecked", "gcm_nonce_reuse" };

	for (size_t i = 0; i < COUNT_OF(ids); i++)
		if (strcmp(ids[i], id) == 0)
			return true;
	return false;
}

static void cap_vulnerabilities(struct grading *g)
{
	for (size_t i = 0; i < g->audit->n_vulnerabilities; i++) {
		const struct audit_vulnerability *v = &g->audit->vulnerabilities[i];

		for (size_t k = 0; k < COUNT_OF(counted); k++) {
			if (strcmp(v->id, counted[k].id) != 0)
				continue;
			if (v->status == VULNERABILITY_VULNERABLE && !(counted[k].is_fact && g->cap >= counted[k].letter))
				cap_at(g, counted[k].letter, arena_printf(g->arena, "vulnerable to %s", v->name ? v->name : v->id));
			else if (v->status == VULNERABILITY_UNKNOWN) {
				if (!is_rare(v->id))
					blind_at(g, counted[k].letter);
				say_unknown(g, arena_printf(g->arena, "%s: %s", v->name ? v->name : v->id,
							    v->because ? v->because : "not seen"));
			}
		}
	}
}

/* ---- the certificate ------------------------------------------------------------------------------------------ */

static void distrust(struct grading *g, enum grade_letter letter, const char *text)
{
	if (letter > g->trust)
		g->trust = letter;
	say(g, arena_printf(g->arena, "%s: %s", grade_letter_name(letter), text));
}

static void cap_keys(struct grading *g)
{
	unsigned least = 0;

	for (size_t i = 0; i < g->audit->n_certificates; i++)
		if (g->audit->certificates[i].n_chain > 0)
			weaker(&least, key_strength(g->one->chains[i][0]));
	if (least > 0 && least < 1024)
		cap_at(g, GRADE_F, "a key weaker than 1024 bits of RSA");
	else if (least > 0 && least < 2048)
		cap_at(g, GRADE_B, "a key weaker than 2048 bits of RSA");
}

static void cap_certificate(struct grading *g)
{
	const struct visit *visit = g->d->evidence->visit;
	const struct chain_facts *chain = visit->chain;
	int64_t now = g->d->evidence->now_unix;

	if (!chain || !chain->leaf) {
		say_unknown(g, "whether the certificate is trusted: none was seen");
		return;
	}
	if (!chain->leaf->is_decoded || chain->leaf->bad_time)
		distrust(g, GRADE_T, "the certificate cannot be read");
	else if (now > chain->leaf->not_after_unix)
		distrust(g, GRADE_T, "the certificate has expired");
	else if (now < chain->leaf->not_before_unix)
		distrust(g, GRADE_T, "the certificate is not valid yet");
	else if (!chain->is_trusted)
		distrust(g, GRADE_T, "the certificate is not trusted");
	else if (chain->best && chain->best->n_problems > 0)
		distrust(g, GRADE_T, arena_printf(g->arena, "the chain has a fault: %s",
						  chain->best->problems[0].detail ? chain->best->problems[0].detail : "no detail"));
	if (finding_get(&g->d->findings, "certificate.revoked"))
		distrust(g, GRADE_T, "the certificate is revoked");
	if (!chain->name_matches)
		distrust(g, GRADE_M, "the certificate is for another name");
	if (chain->needs_aia)
		cap_at(g, GRADE_B, "the chain is incomplete: an intermediate certificate is missing");
	if (chain->leaf->signature_outer.hash == HASH_MD5 || chain->leaf->signature_outer.hash == HASH_MD2)
		cap_at(g, GRADE_F, "the certificate is signed with MD5 or MD2");
	if (chain->leaf->signature_outer.hash == HASH_SHA1)
		distrust(g, GRADE_T, "the certificate is signed with SHA-1");
	cap_keys(g);
}

/* ---- HSTS: the way from A to A+ ------------------------------------------------------------------------------ */

static void grade_hsts(struct grading *g, bool *is_plus)
{
	const struct visit *visit = g->d->evidence->visit;
	const struct http_evidence *http = visit->http.got_head ? &visit->http : &visit->http_fallback;

	*is_plus = false;
	if (!target_is_http(&visit->target) || visit->target.is_ip)
		return;
	if (!http->got_head) {
		/* It decides between an A and its neighbours alone: no plus without it. */
		say_unknown(g, "HSTS: no answer over HTTPS was seen");
		return;
	}
	if (!http->has_hsts)
		say(g, "A: no Strict-Transport-Security header, so no A+");
	else if (!http->hsts_valid)
		cap_at(g, GRADE_A_MINUS, "the Strict-Transport-Security header is invalid");
	else if (http->hsts_max_age == 0)
		cap_at(g, GRADE_A_MINUS, "Strict-Transport-Security is switched off (max-age 0)");
	else if (http->hsts_max_age < HSTS_HALF_YEAR)
		say(g, "A: Strict-Transport-Security for less than 180 days, so no A+");
	else
		*is_plus = true;
}

/* The letter that a line begins with, worst first. */
static size_t rank_of(const char *line)
{
	return strcspn("TMFEDCBA", (const char[2]){ line[0], '\0' });
}

static void sort_reasons(struct grade *grade)
{
	for (size_t i = 1; i < grade->n_capped_by; i++)
		for (size_t k = i; k > 0 && rank_of(grade->capped_by[k]) < rank_of(grade->capped_by[k - 1]); k--) {
			const char *one = grade->capped_by[k];

			grade->capped_by[k] = grade->capped_by[k - 1];
			grade->capped_by[k - 1] = one;
		}
}

void grade_build(struct arena *arena, const struct diagnosis *d, struct assessed *one)
{
	struct grading g = { .arena = arena, .d = d, .audit = one->audit, .one = one, .grade = &one->grade };
	bool has_protocol = protocol_score(&g), has_exchange = exchange_score(&g), has_cipher = cipher_score(&g);
	enum grade_letter letter;
	bool is_plus;

	one->grade.has_score = has_protocol && has_exchange && has_cipher;
	/* A zero in any category makes the whole zero. */
	if (one->grade.has_score && one->grade.protocol && one->grade.key_exchange && one->grade.cipher)
		one->grade.score = (one->grade.protocol * 30 + one->grade.key_exchange * 30 + one->grade.cipher * 40 + 50) / 100;
	cap_protocols(&g);
	cap_suites(&g);
	cap_exchange(&g);
	cap_vulnerabilities(&g);
	cap_certificate(&g);
	grade_hsts(&g, &is_plus);
	if (one->audit->habits.fallback_scsv == TRI_NO) {
		say(&g, "A: TLS_FALLBACK_SCSV is not heeded, so no A+");
		is_plus = false;
	}
	sort_reasons(&one->grade);
	if (!one->grade.has_score && g.cap != GRADE_F)
		return;
	letter = one->grade.has_score ? letter_of(one->grade.score) : GRADE_F;
	letter = g.cap > letter ? g.cap : letter;
	if (letter == GRADE_A && g.is_warned)
		letter = GRADE_A_MINUS;
	if (letter == GRADE_A && is_plus && !g.trust)
		letter = GRADE_A_PLUS;
	/* A letter that could as well be a worse one is none. */
	if (g.blind > letter)
		return;
	one->grade.without_trust = letter;
	one->grade.letter = g.trust > letter ? g.trust : letter;
}
