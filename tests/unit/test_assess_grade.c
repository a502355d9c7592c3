/* The grade: one fact changed at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "test_audit_sample.h"

static struct arena *arena;

static void add_old(struct diagnosis *d, struct audit *a) { (void)d; audit_protocol_set(a, AUDIT_TLS10, TRI_YES); audit_suite_add(arena, a, AUDIT_TLS10, 0xc013); }
static void add_ssl3(struct diagnosis *d, struct audit *a) { (void)d; audit_protocol_set(a, AUDIT_SSL3, TRI_YES); audit_suite_add(arena, a, AUDIT_SSL3, 0x002f); }
static void add_ssl3_rc4(struct diagnosis *d, struct audit *a) { (void)d; audit_protocol_set(a, AUDIT_SSL3, TRI_YES); audit_suite_add(arena, a, AUDIT_SSL3, 0x0005); }
static void add_ssl2(struct diagnosis *d, struct audit *a) { (void)d; audit_protocol_set(a, AUDIT_SSL2, TRI_YES); audit_suite_add(arena, a, AUDIT_SSL2, 0x010080); }
static void add_rc4(struct diagnosis *d, struct audit *a) { (void)d; audit_suite_add(arena, a, AUDIT_TLS12, 0x0005); }
static void add_3des(struct diagnosis *d, struct audit *a) { (void)d; audit_suite_add(arena, a, AUDIT_TLS12, 0x000a); }
static void add_null(struct diagnosis *d, struct audit *a) { (void)d; audit_suite_add(arena, a, AUDIT_TLS12, 0x0002); }
static void add_anon(struct diagnosis *d, struct audit *a) { (void)d; audit_suite_add(arena, a, AUDIT_TLS12, 0x0034); }
static void add_export(struct diagnosis *d, struct audit *a) { (void)d; audit_suite_add(arena, a, AUDIT_TLS12, 0x0003); }
static void weak_dh_of(struct diagnosis *d, struct audit *a) { (void)d; audit_suite_add(arena, a, AUDIT_TLS12, 0x009e); a->suites[4].items[a->suites[4].n - 1].dh_bits = 1024; }
static void add_des(struct diagnosis *d, struct audit *a) { (void)d; audit_suite_add(arena, a, AUDIT_TLS12, 0x0009); }
static void weak_dh_768(struct diagnosis *d, struct audit *a) { weak_dh_of(d, a); a->suites[4].items[a->suites[4].n - 1].dh_bits = 768; }
static void no_13(struct diagnosis *d, struct audit *a) { (void)d; audit_protocol_set(a, AUDIT_TLS13, TRI_NO); a->suites[5].n = 0; }
static void no_hsts(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->http.has_hsts = false; }
static void short_hsts(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->http.hsts_max_age = 86400; }
static void hsts_off(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->http.hsts_max_age = 0; }
static void bad_hsts(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->http.hsts_valid = false; }
static void untrusted(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->chain->is_trusted = false; }
static void misnamed(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->chain->name_matches = false; }
static void incomplete(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->chain->needs_aia = true; }
static void expired(struct diagnosis *d, struct audit *a) { (void)a; ((struct cert *)(uintptr_t)d->evidence->visit->chain->leaf)->not_after_unix = d->evidence->now_unix - 1; }
static void bleeds(struct diagnosis *d, struct audit *a) { (void)d; a->vulnerabilities[0].status = VULNERABILITY_VULNERABLE; }
static void may_bleed(struct diagnosis *d, struct audit *a) { (void)d; a->vulnerabilities[0].status = VULNERABILITY_UNKNOWN; }
static void may_reuse(struct diagnosis *d, struct audit *a) { (void)d; a->vulnerabilities[0] = (struct audit_vulnerability){ .id = "gcm_nonce_reuse", .name = "GCM nonce reuse", .status = VULNERABILITY_UNKNOWN }; }
static void may_bleed_but_bad(struct diagnosis *d, struct audit *a) { may_bleed(d, a); add_null(d, a); }
static void no_answer(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->http.got_head = false; }
static void no_answer_but_old(struct diagnosis *d, struct audit *a) { no_answer(d, a); add_old(d, a); }
static void compresses(struct diagnosis *d, struct audit *a) { (void)d; a->habits.compression = TRI_YES; }
static void no_reneg(struct diagnosis *d, struct audit *a) { (void)d; a->habits.secure_renegotiation = TRI_NO; }
static void starttls(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->target.starttls = "smtp"; d->evidence->visit->http.got_head = false; }
static void unasked(struct diagnosis *d, struct audit *a) { (void)d; a->protocols[0].supported = TRI_UNKNOWN; }
static void part(struct diagnosis *d, struct audit *a) { (void)d; a->suites[4].state = (struct audit_state){ AUDIT_PART, "it resets" }; }
static void part_but_bad(struct diagnosis *d, struct audit *a) { part(d, a); bleeds(d, a); }
static void static_only(struct diagnosis *d, struct audit *a) { no_13(d, a); a->suites[4].n = 0; audit_suite_add(arena, a, AUDIT_TLS12, 0x009c); }
static void cbc_only(struct diagnosis *d, struct audit *a) { no_13(d, a); a->suites[4].n = 0; audit_suite_add(arena, a, AUDIT_TLS12, 0xc013); }

static const struct {
	void (*tune)(struct diagnosis *d, struct audit *audit);
	const char *letter, *without_trust;     /* NULL: unknown */
	const char *says;                       /* part of a line of capped_by or unknown */
} rows[] = {
	{ NULL, "A+", "A+", NULL }, { add_old, "B", "B", "TLS 1.0" }, { add_ssl3, "C", "C", "POODLE" },
	{ add_ssl3_rc4, "B", "B", "SSL 3.0" }, { add_ssl2, "F", "F", "SSL 2.0" }, { add_rc4, "C", "C", "RC4" },
	{ add_3des, "C", "C", "64-bit" }, { add_null, "F", "F", "without encryption" },
	{ add_anon, "F", "F", "without authentication" }, { add_export, "F", "F", "export" },
	{ weak_dh_of, "B", "B", "1024 bits" }, { no_13, "A-", "A-", "TLS 1.3" }, { no_hsts, "A", "A", "Strict-Transport" },
	{ short_hsts, "A", "A", "180 days" }, { hsts_off, "A-", "A-", "switched off" }, { bad_hsts, "A-", "A-", "invalid" },
	{ untrusted, "T", "A", "not trusted" }, { misnamed, "M", "A", "another name" }, { incomplete, "B", "B", "incomplete" },
	{ expired, "T", "A", "expired" }, { bleeds, "F", "F", "Heartbleed" }, { compresses, "C", "C", "CRIME" },
	{ no_reneg, "A-", "A-", "RFC 5746" }, { starttls, "A", "A", NULL }, { unasked, NULL, NULL, "SSL 2.0" },
	{ part, NULL, NULL, "it resets" }, { part_but_bad, "F", "F", "Heartbleed" }, { static_only, "B", "B", "forward secrecy" },
	{ cbc_only, "B", "B", "AEAD" }, { weak_dh_768, "F", "F", "768 bits" }, { add_des, "F", "F", "112 bits" },
	{ may_bleed, NULL, NULL, "Heartbleed" }, { may_reuse, "A+", "A+", "GCM nonce reuse" }, { may_bleed_but_bad, "F", "F", "without encryption" },
	{ no_answer, "A", "A", "HSTS" }, { no_answer_but_old, "B", "B", "TLS 1.0" },
};

static bool is_said(const struct grade *grade, const char *what)
{
	for (size_t i = 0; i < grade->n_capped_by; i++)
		if (strstr(grade->capped_by[i], what))
			return true;
	for (size_t i = 0; i < grade->n_unknown; i++)
		if (strstr(grade->unknown[i], what))
			return true;
	return false;
}

static void letters(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct grade *grade;
		const char *letter, *without;

		arena = arena_new(0);
		grade = &sample_audited(arena, rows[i].tune, NULL)->assessment->addresses[0].grade;
		letter = grade_letter_name(grade->letter);
		without = grade_letter_name(grade->without_trust);
		if ((!letter || !rows[i].letter) ? letter != rows[i].letter : strcmp(letter, rows[i].letter) != 0)
			fail_msg("row %zu: %s, not %s", i, letter ? letter : "unknown", rows[i].letter ? rows[i].letter : "unknown");
		if (without && rows[i].without_trust && rows[i].tune != untrusted && rows[i].tune != misnamed && rows[i].tune != expired)
			assert_string_equal(without, rows[i].without_trust);
		if (rows[i].says && !is_said(grade, rows[i].says))
			fail_msg("row %zu: nothing says %s", i, rows[i].says);
		arena_free(arena);
	}
}

static void scores(void **state)
{
	const struct grade *grade;

	(void)state;
	arena = arena_new(0);
	grade = &sample_audited(arena, NULL, NULL)->assessment->addresses[0].grade;
	assert_true(grade->has_score);
	assert_int_equal(grade->protocol, 100);
	assert_int_equal(grade->key_exchange, 90);
	assert_int_equal(grade->cipher, 90);
	assert_int_equal(grade->score, 93);
	grade = &sample_audited(arena, add_ssl3, NULL)->assessment->addresses[0].grade;
	assert_int_equal(grade->protocol, 90);
	grade = &sample_audited(arena, add_null, NULL)->assessment->addresses[0].grade;
	assert_int_equal(grade->cipher, 50);
	grade = &sample_audited(arena, add_anon, NULL)->assessment->addresses[0].grade;
	assert_int_equal(grade->key_exchange, 0);
	assert_int_equal(grade->score, 0);
	arena_free(arena);
}

/* Nothing at all was seen: no letter, no score, and no crash. */
static void nothing_seen(void **state)
{
	struct diagnosis *d;
	const struct assessment *a;
	struct assess_options none = { 0 };

	(void)state;
	arena = arena_new(0);
	d = sample_empty(arena);
	assert_null(assess(d, &none)->shown);
	d = sample_diagnosis(arena);
	d->evidence->visit->endpoints[0]->audit = arena_new_of(arena, struct audit);
	a = assess(d, &none);
	assert_int_equal(a->shown->grade.letter, GRADE_UNKNOWN);
	assert_false(a->shown->grade.has_score);
	assert_true(a->shown->grade.n_unknown > 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters), cmocka_unit_test(scores), cmocka_unit_test(nothing_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
