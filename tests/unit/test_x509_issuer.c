/* What an issuer that nobody saw is likely to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "x509/issuer.h"
#include "x509_fixture.h"

enum { YES = TRI_YES, NO = TRI_NO, OPEN = TRI_UNKNOWN };

/* The trusted root of the fixture is "O=Test Root, CN=Root One"; the second is the same in the store of a system. */
static const struct {
	const char *common_name, *organization, *url;
	bool is_ca, is_logged;
	int is_root;
} names[] = {
	{ "Example Company Authority", NULL, NULL, false, false, OPEN },
	{ "mkcert admin@desk", "mkcert development CA", NULL, false, false, OPEN },
	{ "kubernetes", NULL, NULL, false, false, OPEN },
	{ NULL, NULL, NULL, false, false, OPEN },
	{ "My CA", NULL, NULL, false, false, OPEN },
	{ "ACME Root CA", NULL, NULL, false, false, YES },
	{ "ACME-Root", NULL, "http://ca.example/root.crt", false, false, YES },
	{ "Beetroot Farm", NULL, NULL, false, false, OPEN },
	{ "Caddy Local Authority - ECC Intermediate", NULL, NULL, false, false, NO },
	{ "ACME Issuing CA 2", NULL, NULL, false, false, NO },
	{ "ACME Sub-CA", NULL, NULL, false, false, NO },
	{ "ACME SubCA", NULL, NULL, true, false, NO },
	{ "Example", NULL, "http://ca.example/i.der", false, false, NO },
	{ "Example", NULL, "ldap:///CN=Example", false, false, OPEN },
	{ "Example", NULL, "http://ca.example/i.der", true, false, OPEN },
	{ "Example", NULL, NULL, false, true, NO },
	{ "Example Root", NULL, NULL, false, true, NO },
	{ "R10", "Let's Encrypt", NULL, false, false, NO },
	{ "Example", "test root", NULL, false, false, NO },
	{ "Example", "Test Root", NULL, true, false, OPEN },
};

static void test_names(void **state)
{
	struct trust *trust = trust_load_bytes(span_str(root_pem), true, NULL);
	static struct span url;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct cert below = { .is_ca = names[i].is_ca, .n_scts = names[i].is_logged,
				      .issuer = { .common_name = names[i].common_name, .organization = names[i].organization },
				      .issuer_urls = &url, .n_issuer_urls = names[i].url ? 1 : 0 };
		struct issuer_guess guess;

		url = span_str(names[i].url);
		guess = issuer_guess(&below, trust);
		if ((int)guess.is_root != names[i].is_root)
			print_error("# %s, %s: %d\n", names[i].common_name, names[i].organization, guess.is_root);
		assert_int_equal(guess.is_root, names[i].is_root);
		assert_int_equal(guess.why != NULL, guess.is_root != TRI_UNKNOWN);
		if (!guess.akin)
			assert_int_equal(issuer_guess(&below, NULL).is_root, guess.is_root);
	}
	trust_free(trust);
}

/* An authority of one's own: names that begin alike. Public roots are many, and their names begin alike by chance. */
static void test_family(void **state)
{
	static const struct transcript_root public_root = { .is_public = true };
	struct transcript_root roots[] = { public_root };
	struct trust *mine = trust_load_bytes(span_str(root_pem), true, NULL), *all;
	struct arena *arena = arena_new(0);
	struct cert below = { .issuer = { .common_name = "One" } };
	struct cert **certs;

	(void)state;
	assert_int_equal(cert_read_all(arena, span_str(root_pem), &certs), 1);
	certs[0]->subject.common_name = "One";
	roots[0].der = certs[0]->der;
	all = trust_load_recalled(&(struct transcript_trust){ .is_known = true, .is_system = true, .n_all = 1, .roots = roots, .n_roots = 1 });
	/* "Root One" begins with a word that says nothing. */
	assert_int_equal(issuer_guess(&below, mine).is_root, TRI_UNKNOWN);
	((struct cert *)(uintptr_t)trust_at(mine, 0))->subject.common_name = "ACME Root";
	((struct cert *)(uintptr_t)trust_at(all, 0))->subject.common_name = "ACME Root";
	below.issuer.common_name = "acme TLS 2024";
	assert_int_equal(issuer_guess(&below, mine).is_root, TRI_NO);
	assert_ptr_equal(issuer_guess(&below, mine).akin, trust_at(mine, 0));
	assert_int_equal(issuer_guess(&below, all).is_root, TRI_UNKNOWN);
	below.issuer.common_name = "ACMEs TLS";
	assert_int_equal(issuer_guess(&below, mine).is_root, TRI_UNKNOWN);
	trust_free(mine);
	trust_free(all);
	arena_free(arena);
}

/* openssl's `authorityKeyIdentifier = keyid,issuer:always` names the issuer's issuer. */
static void test_key_identifier(void **state)
{
	struct arena *arena = arena_new(0);
	struct cert **certs, below = { .issuer = { .common_name = "Example" } };

	(void)state;
	assert_int_equal(cert_read_all(arena, span_str(root_pem), &certs), 1);
	below.issuer.raw = certs[0]->subject.raw;
	below.aki_issuer = certs[0]->issuer.raw;
	assert_int_equal(issuer_guess(&below, NULL).is_root, TRI_YES);
	assert_int_equal(cert_read_all(arena, span_str(inter_pem), &certs), 1);
	below.issuer.raw = certs[0]->subject.raw;
	assert_int_equal(issuer_guess(&below, NULL).is_root, TRI_NO);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_family), cmocka_unit_test(test_key_identifier),
	};

	return cmocka_run_group_tests_name("x509_issuer", tests, NULL, NULL);
}
