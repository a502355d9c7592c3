#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "x509/chain.h"
#include "x509/crl.h"
#include "x509_fixture.h"

struct scene {
	struct arena *arena;
	struct cert *leaf, *inter, *root;
	struct trust *trust;
	struct span good, revoked, crl;
};

static struct cert *one(struct arena *arena, const char *pem)
{
	struct cert **certs;

	assert_int_equal(cert_read_all(arena, span_str(pem), &certs), 1);
	return certs[0];
}

static struct span block(struct arena *arena, const char *pem, const char *label)
{
	struct span *blocks;

	assert_int_equal(pem_blocks(arena, span_str(pem), label, &blocks), 1);
	return blocks[0];
}

static int open_scene(void **state)
{
	struct arena *arena = arena_new(0);
	struct scene *s = arena_new_of(arena, struct scene);

	*s = (struct scene){ .arena = arena, .leaf = one(arena, leaf_pem), .inter = one(arena, inter_pem),
			     .root = one(arena, root_pem),
			     .trust = trust_load_bytes(span_str(root_pem), true, NULL),
			     .good = block(arena, good_pem, "OCSP RESPONSE"),
			     .revoked = block(arena, revoked_pem, "OCSP RESPONSE"), .crl = block(arena, crl_pem, "X509 CRL") };
	*state = s;
	return 0;
}

static int close_scene(void **state)
{
	struct scene *s = *state;

	trust_free(s->trust);
	arena_free(s->arena);
	return 0;
}

static struct chain_facts *build(struct scene *s, const struct span *sent, size_t n, struct chain_extra *extra, size_t n_extra)
{
	struct chain_input in = { .sent = sent, .n_sent = n, .trust = s->trust, .host = "www.example.org",
				  .now_unix = FIXTURE_NOW, .extra = extra, .n_extra = n_extra };

	return chain_facts_build(s->arena, &in);
}

static void test_good(void **state)
{
	struct scene *s = *state;
	struct span sent[] = { s->leaf->der, s->inter->der };
	struct chain_facts *facts = build(s, sent, 2, NULL, 0);

	assert_true(facts->is_trusted && facts->name_matches && !facts->needs_aia);
	assert_int_equal(facts->best->n, 3);
	assert_int_equal(facts->best->badness, 0);
	assert_int_equal(facts->n_unneeded, 0);
	assert_false(facts->best->is_public);
}

static void test_missing(void **state)
{
	struct scene *s = *state;
	struct span sent[] = { s->leaf->der };
	struct chain_extra extra = { s->inter, "http://ca.example/i.der" };
	const struct span *urls;
	struct chain_facts *facts = build(s, sent, 1, NULL, 0);

	assert_false(facts->is_trusted);
	assert_int_equal(chain_wanted_urls(facts, &urls), 1);
	facts = build(s, sent, 1, &extra, 1);
	assert_true(facts->is_trusted && facts->needs_aia);
	assert_ptr_equal(facts->missing_found, &extra);
	assert_string_equal(facts->missing_pem, cert_to_pem(s->arena, s->inter));
}

static void test_order(void **state)
{
	struct scene *s = *state;
	struct span sent[] = { s->leaf->der, s->root->der, s->inter->der, s->leaf->der };
	struct chain_facts *facts = build(s, sent, 4, NULL, 0);

	assert_true(facts->is_trusted && facts->out_of_order);
	assert_int_equal(facts->n_duplicates, 1);
	assert_int_equal(facts->n_unneeded, 2);
}

static void test_bad_signature(void **state)
{
	struct scene *s = *state;
	uint8_t *copy = arena_alloc(s->arena, s->leaf->der.n);
	struct span sent[] = { span_of(copy, s->leaf->der.n), s->inter->der };
	struct chain_facts *facts;

	memcpy(copy, s->leaf->der.p, s->leaf->der.n);
	copy[s->leaf->der.n - 1] ^= 1;
	facts = build(s, sent, 2, NULL, 0);
	assert_non_null(chain_problem_find(facts->best, CHAIN_BAD_SIGNATURE, 0));
}

static void test_ocsp(void **state)
{
	struct scene *s = *state;
	struct arena *a = s->arena;

	assert_int_equal(ocsp_check(a, s->good, s->leaf, s->inter, FIXTURE_NOW).status, OCSP_GOOD);
	assert_int_equal(ocsp_check(a, s->revoked, s->leaf, s->inter, FIXTURE_NOW).status, OCSP_REVOKED);
	assert_int_equal(ocsp_check(a, s->good, s->leaf, s->inter, FIXTURE_NOW + 30 * 86400).status, OCSP_STALE);
	assert_int_equal(ocsp_check(a, s->good, s->inter, s->root, FIXTURE_NOW).status, OCSP_OTHER_CERTIFICATE);
	assert_int_equal(ocsp_check(a, s->good, s->leaf, NULL, FIXTURE_NOW).status, OCSP_UNVERIFIED);
	assert_int_equal(ocsp_check(a, span_str("no answer"), s->leaf, s->inter, FIXTURE_NOW).status, OCSP_MALFORMED);
	assert_int_equal(ocsp_check(a, span_of("\x30\x03\x0a\x01\x06", 5), s->leaf, s->inter, FIXTURE_NOW).status, OCSP_REFUSED);
	for (size_t n = 0; n < s->good.n; n++)
		assert_int_not_equal(ocsp_check(a, span_of(s->good.p, n), s->leaf, s->inter, FIXTURE_NOW).status, OCSP_GOOD);
	assert_true(ocsp_request(a, s->leaf, s->inter).n > 50);
}

static void test_crl(void **state)
{
	struct scene *s = *state;

	assert_int_equal(crl_check(s->crl, s->leaf, s->inter, FIXTURE_NOW).status, CRL_REVOKED);
	assert_int_equal(crl_check(s->crl, s->inter, s->root, FIXTURE_NOW).status, CRL_OTHER_ISSUER);
	assert_int_equal(crl_check(s->crl, s->leaf, s->inter, 0).status, CRL_NOT_YET);
	for (size_t n = 0; n < s->crl.n; n++)
		assert_int_not_equal(crl_check(span_of(s->crl.p, n), s->leaf, s->inter, FIXTURE_NOW).status, CRL_REVOKED);
}

static void test_trust(void **state)
{
	struct scene *s = *state;
	struct why_error error = { 0 };

	assert_true(trust_contains(s->trust, s->root));
	assert_false(trust_contains(s->trust, s->inter));
	assert_null(trust_load_file("/nonexistent/roots.pem", &error));
	assert_int_equal(error.code, WHY_EFILE);
	assert_null(trust_load_bytes(span_str("no roots"), true, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(test_missing, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(test_order, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(test_bad_signature, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(test_ocsp, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(test_crl, open_scene, close_scene),
		cmocka_unit_test_setup_teardown(test_trust, open_scene, close_scene),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
