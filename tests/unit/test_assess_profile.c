/* Profiles: reading them, the errors of those that cannot be read, and what the facts amount to. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "assess/profile.h"
#include "kb/profiles.h"
#include "test_audit_sample.h"

static struct arena *arena;

static const struct profile *parsed(const char *text)
{
	const struct profile *profile = NULL;
	struct why_error error = { 0 };

	if (profile_parse(arena, "own", span_str(text), &profile, &error) != 0)
		fail_msg("%s", error.text);
	return profile;
}

static void own_profiles_compile(void **state)
{
	(void)state;
	arena = arena_new(0);
	assert_int_equal(n_kb_profiles, 7);
	for (size_t i = 0; i < n_kb_profiles; i++) {
		const struct profile *profile = NULL;
		struct why_error error = { 0 };

		if (profile_load(arena, kb_profiles[i].name, &profile, &error) != 0)
			fail_msg("%s: %s", kb_profiles[i].name, error.text);
		assert_int_equal(profile_is_modern(profile), strcmp(kb_profiles[i].name, "mozilla-modern") == 0);
	}
	arena_free(arena);
}

static void errors_name_line_and_wish(void **state)
{
	static const struct { const char *text, *says; } rows[] = {
		{ "", "no rule" }, { "# nothing\n", "no rule" }, { "shall protocols only TLS1.3\n", "line 1: \"shall\": expected must" },
		{ "\n\nmust\n", "line 3: the line ends" }, { "must suites only x\n", "line 1: \"suites\": expected a subject" },
		{ "must protocols\n", "expected was one of" }, { "must protocols >= 2\n", "\">=\": expected one of only, never, all, some" },
		{ "must protocols only TLS9\n", "\"TLS9\": expected SSLv2" }, { "must ciphers never TLS_FOO\n", "\"TLS_FOO\": expected suites" },
		{ "must groups only nist-p1\n", "\"nist-p1\": expected groups" }, { "must schemes only x\n", "signature schemes" },
		{ "must key-rsa-bits >= many\n", "\"many\": expected a number of bits" }, { "must key-rsa-bits >= 2048 x\n", "end of the line" },
		{ "must compression maybe\n", "\"maybe\": expected one of yes, no" }, { "must compression no way\n", "end of the line" },
		{ "must keys only DSAX\n", "\"DSAX\": expected RSA" }, { "must key-curves only P-257\n", "expected P-256" },
		{ "must certificate-hashes never SHA3X\n", "\"SHA3X\": expected MD5" }, { "must grade >= Z\n", "\"Z\": expected A+" },
		{ "must preference only mine\n", "\"mine\": expected client or server" },
		{ "\nmust vulnerabilities never heartbled\n", "line 2: \"heartbled\": expected ids" },
		{ "must certificate-days >= 3\n", "\">=\": expected one of <=" }, { "must protocols only ; RFC\n", "line ends" },
	};

	(void)state;
	arena = arena_new(0);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct profile *profile = NULL;
		struct why_error error = { 0 };
		const char *says = rows[i].says;

		assert_int_equal(profile_parse(arena, "own", span_str(rows[i].text), &profile, &error), WHY_EFILE);
		if (strcmp(says, "expected was one of") == 0)
			says = "line ends where one of";
		if (!strstr(error.text, says))
			fail_msg("%s: %s, not %s", rows[i].text, error.text, says);
		assert_null(strchr(error.text, '\033'));
	}
	arena_free(arena);
}

static void hostile_files_end_well(void **state)
{
	const struct profile *profile = NULL;
	struct why_error error = { 0 };
	char *flood;

	(void)state;
	arena = arena_new((size_t)256 << 20);
	assert_int_equal(profile_parse(arena, "own", span_of("must\0x", 6), &profile, &error), WHY_EFILE);
	assert_int_equal(profile_parse(arena, "own\033[31m", span_str("must \033[2J\n"), &profile, &error), WHY_EFILE);
	assert_null(strchr(error.text, '\033'));
	flood = arena_alloc(arena, (300 << 10) + 1);
	memset(flood, 'x', 300 << 10);
	assert_int_equal(profile_parse(arena, "own", span_str(flood), &profile, &error), WHY_EFILE);
	flood[200 << 10] = '\0';
	assert_int_equal(profile_parse(arena, "own", span_str(flood), &profile, &error), WHY_EFILE);
	assert_int_equal(profile_load(arena, "/nowhere/at/all", &profile, &error), WHY_EUSAGE);
	assert_non_null(strstr(error.text, "mozilla-modern"));
	arena_free(arena);
}

/* ---- against facts ----------------------------------------------------------------------------------------- */

static void nothing(struct diagnosis *d, struct audit *a) { (void)d; (void)a; }
static void old(struct diagnosis *d, struct audit *a) { (void)d; audit_protocol_set(a, AUDIT_TLS10, TRI_YES); audit_suite_add(arena, a, AUDIT_TLS10, 0x000a); }
static void blind(struct diagnosis *d, struct audit *a) { (void)d; audit_protocol_set(a, AUDIT_TLS10, TRI_UNKNOWN); a->suites[4].state = (struct audit_state){ AUDIT_PART, "reset" }; }
static void part(struct diagnosis *d, struct audit *a) { (void)d; a->suites[4].state = (struct audit_state){ AUDIT_PART, "reset" }; }
static void no_ems(struct diagnosis *d, struct audit *a) { (void)d; a->habits.extended_master_secret = TRI_NO; }
static void server_first(struct diagnosis *d, struct audit *a) { (void)d; a->suites[4].server_preference = a->suites[5].server_preference = TRI_YES; }
static void no_hsts(struct diagnosis *d, struct audit *a) { (void)a; d->evidence->visit->http.has_hsts = false; }
static void rc4(struct diagnosis *d, struct audit *a) { (void)d; audit_suite_add(arena, a, AUDIT_TLS12, 0x0005); }

static void two_cbc(struct diagnosis *d, struct audit *a)
{
	(void)d;
	audit_suite_add(arena, a, AUDIT_TLS12, 0x003c);
	audit_suite_add(arena, a, AUDIT_TLS12, 0x002f);
}
static void etm_unseen(struct diagnosis *d, struct audit *a) { (void)d; a->habits.encrypt_then_mac = TRI_UNKNOWN; }
static void etm_unseen_in_part(struct diagnosis *d, struct audit *a) { etm_unseen(d, a); part(d, a); }
static void cbc_etm_unseen(struct diagnosis *d, struct audit *a) { etm_unseen(d, a); two_cbc(d, a); }
static void cbc_no_etm(struct diagnosis *d, struct audit *a) { two_cbc(d, a); a->habits.encrypt_then_mac = TRI_NO; }
static void expired(struct diagnosis *d, struct audit *a)
{
	(void)a;
	((struct cert *)(uintptr_t)d->evidence->visit->chain->leaf)->not_after_unix = d->evidence->now_unix - 1;
}

static const struct {
	const char *rule;
	void (*tune)(struct diagnosis *d, struct audit *audit);
	enum rule_outcome outcome;
	const char *fact;
} rules[] = {
	{ "must protocols only TLS1.2 TLS1.3", nothing, RULE_PASS, NULL },
	{ "must protocols only TLS1.2 TLS1.3", old, RULE_FAIL, "TLS 1.0" },
	{ "must protocols only TLS1.2 TLS1.3", blind, RULE_UNKNOWN, NULL },
	{ "must protocols never SSLv3 TLS1.0", nothing, RULE_PASS, NULL },
	{ "must protocols never SSLv3 TLS1.0", old, RULE_FAIL, "TLS 1.0" },
	{ "must protocols all TLS1.1 TLS1.2", nothing, RULE_FAIL, "TLS1.1" },
	{ "must protocols some TLS1.1 TLS1.2", nothing, RULE_PASS, NULL },
	{ "must ciphers never rc4 null", nothing, RULE_PASS, NULL },
	{ "must ciphers never rc4 null", rc4, RULE_FAIL, "TLS_RSA_WITH_RC4_128_SHA" },
	/* What was seen breaks a rule though the list is not whole; it never keeps one. */
	{ "must ciphers never rc4 null", part, RULE_UNKNOWN, "reset" },
	{ "must ciphers never cbc", old, RULE_FAIL, "3DES" },
	{ "must ciphers only ECDHE-ECDSA-AES128-GCM-SHA256 C02C 1301 1302 1303", nothing, RULE_PASS, NULL },
	{ "must ciphers only 1301", nothing, RULE_FAIL, "TLS_AES_256_GCM_SHA384" },
	{ "must ciphers some C02F 1301", nothing, RULE_PASS, NULL },
	{ "must ciphers all C02F 1301", nothing, RULE_FAIL, "C02F" },
	{ "must groups only X25519 X25519MLKEM768", nothing, RULE_PASS, NULL },
	{ "must groups only X25519", nothing, RULE_FAIL, "MLKEM768" },
	{ "must schemes never ecdsa_sha1", nothing, RULE_PASS, NULL },
	{ "must schemes never ecdsa_secp256r1_sha256", nothing, RULE_FAIL, NULL },
	{ "must keys only EC", nothing, RULE_PASS, "EC" }, { "must keys only RSA", nothing, RULE_FAIL, "EC" },
	{ "must key-curves only P-256", nothing, RULE_PASS, NULL },
	{ "must key-rsa-bits >= 2048", nothing, RULE_NOT_APPLICABLE, "no RSA" },
	{ "must key-ec-bits >= 256", nothing, RULE_PASS, "256" }, { "must key-ec-bits >= 384", nothing, RULE_FAIL, "256" },
	{ "must certificate-hashes only SHA256", nothing, RULE_PASS, NULL },
	{ "must certificate-days <= 1", nothing, RULE_FAIL, "days" },
	{ "must dh-bits >= 2048", nothing, RULE_NOT_APPLICABLE, NULL },
	{ "must cipher-bits >= 128", nothing, RULE_PASS, "128" }, { "must cipher-bits >= 256", nothing, RULE_FAIL, "128" },
	{ "must encrypt-then-mac yes", etm_unseen, RULE_NOT_APPLICABLE, "no CBC suite" },
	{ "must encrypt-then-mac yes", etm_unseen_in_part, RULE_UNKNOWN, "not seen" },
	{ "must encrypt-then-mac yes", cbc_etm_unseen, RULE_UNKNOWN, "not seen" },
	{ "must encrypt-then-mac yes", cbc_no_etm, RULE_FAIL, "no" },
	{ "must hsts-seconds >= 31536000", nothing, RULE_PASS, NULL }, { "must hsts-seconds >= 1", no_hsts, RULE_FAIL, "no Strict" },
	{ "must ticket-lifetime <= 3600", nothing, RULE_FAIL, "7200" },
	{ "must preference only client", nothing, RULE_PASS, NULL }, { "must preference only client", server_first, RULE_FAIL, NULL },
	{ "must vulnerabilities never heartbleed", nothing, RULE_PASS, NULL },
	{ "must vulnerabilities never all", nothing, RULE_UNKNOWN, "raccoon" },
	{ "must vulnerabilities never heartbleed roca", nothing, RULE_UNKNOWN, "not every one" },
	{ "must certificate-hashes only SHA-256", nothing, RULE_PASS, NULL },
	{ "must grade >= A", nothing, RULE_PASS, "A+" }, { "must grade >= A", old, RULE_FAIL, "B" },
	/* One name may begin with another. */
	{ "must ciphers never cbc", two_cbc, RULE_FAIL, "TLS_RSA_WITH_AES_128_CBC_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA" },
	{ "must trusted yes", nothing, RULE_PASS, "yes" }, { "must trusted yes", expired, RULE_FAIL, "no" }, { "must extended-master-secret yes", no_ems, RULE_FAIL, "no" },
	{ "must compression no", nothing, RULE_PASS, "no" }, { "must compression yes", nothing, RULE_FAIL, "no" },
};

static void facts_are_judged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct assess_options options = { 0 };
		const struct compliance *c;

		arena = arena_new(0);
		options.profile = parsed(rules[i].rule);
		c = sample_audited(arena, rules[i].tune, &options)->assessment->compliance;
		/* The second address has the facts of the sample as they are. */
		if (c->results[0].outcome != rules[i].outcome)
			fail_msg("%s: %s (%s)", rules[i].rule, rule_outcome_name(c->results[0].outcome), c->results[0].fact);
		if (rules[i].fact && !strstr(c->results[0].fact, rules[i].fact))
			fail_msg("%s: %s", rules[i].rule, c->results[0].fact);
		arena_free(arena);
	}
}

/* Each check of an audit may be named in a profile. */
static void vulnerabilities_are_known(void **state)
{
	static const char *const ids[] = {
#define VULNERABILITY(id, name, cve, run) id,
#include "audit/vulnerabilities.def"
#undef VULNERABILITY
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(ids); i++)
		if (!vulnerability_is_known(ids[i]))
			fail_msg("%s", ids[i]);
	assert_false(vulnerability_is_known("heartbled"));
}

static enum tri complies(const char *text, void (*tune)(struct diagnosis *d, struct audit *audit))
{
	struct assess_options options = { 0 };

	options.profile = parsed(text);
	return sample_audited(arena, tune, &options)->assessment->compliance->complies;
}

static void the_sum(void **state)
{
	(void)state;
	arena = arena_new((size_t)64 << 20);
	assert_int_equal(complies("must trusted yes\n", nothing), TRI_YES);
	assert_int_equal(complies("must trusted yes\nmust grade >= A\n", old), TRI_NO);
	assert_int_equal(complies("must trusted yes\nshould grade >= A\n", old), TRI_YES);
	assert_int_equal(complies("must trusted yes\nmust ciphers never rc4\n", part), TRI_UNKNOWN);
	assert_int_equal(complies("must trusted no\nmust ciphers never rc4\n", part), TRI_NO);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(own_profiles_compile), cmocka_unit_test(errors_name_line_and_wish), cmocka_unit_test(vulnerabilities_are_known),
		cmocka_unit_test(hostile_files_end_well), cmocka_unit_test(facts_are_judged), cmocka_unit_test(the_sum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
