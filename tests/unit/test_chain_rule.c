/* Findings about chains that need a public root, another year or an outside service: made from the
 * fixture's real certificates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rule/rule.h"
#include "x509/chain.h"
#include "x509_fixture.h"

extern const struct rule rule_cert_chain, rule_cert_dates, rule_cert_status, rule_client, rule_http;

struct world {
	struct arena *arena;
	struct evidence e;
	struct visit v;
	struct findings findings;
};

static struct world *world_new(int64_t now, bool is_private)
{
	struct arena *arena = arena_new(0);
	struct world *w = arena_new_of(arena, struct world);
	struct span *sent = arena_array(arena, struct span, 2);
	struct cert **certs;
	struct chain_input in = { .sent = sent, .n_sent = 2, .host = "www.example.org", .now_unix = now };

	w->arena = w->findings.arena = arena;
	assert_int_equal(cert_read_all(arena, span_str(leaf_pem), &certs), 1);
	sent[0] = certs[0]->der;
	assert_int_equal(cert_read_all(arena, span_str(inter_pem), &certs), 1);
	sent[1] = certs[0]->der;
	w->e = (struct evidence){ .arena = arena, .started_unix = now, .now_unix = now, .visit = &w->v };
	in.trust = w->e.trust = trust_load_bytes(span_str(root_pem), is_private, NULL);
	w->v.target = (struct target){ .scheme = "https", .host = "www.example.org", .host_shown = "www.example.org",
				       .path = "/", .port = 443 };
	w->v.chain = chain_facts_build(arena, &in);
	assert_non_null(w->v.chain);
	return w;
}

static const struct finding *found(struct world *w, const struct rule *rule, const char *id)
{
	rule->check(&w->e, &w->v, &w->findings);
	return finding_get(&w->findings, id);
}

static void world_free(struct world *w)
{
	trust_free(w->e.trust);
	arena_free(w->arena);
}

static void test_transparency(void **state)
{
	struct world *public = world_new(FIXTURE_NOW, false), *own = world_new(FIXTURE_NOW, true);

	(void)state;
	assert_non_null(found(public, &rule_cert_status, "certificate.ct-missing"));
	assert_null(found(own, &rule_cert_status, "certificate.ct-missing"));
	world_free(public);
	world_free(own);
}

static void test_distrusted(void **state)
{
	struct world *w = world_new(FIXTURE_NOW, false), *good = world_new(FIXTURE_NOW, false);
	struct chain_path *path = (struct chain_path *)(uintptr_t)w->v.chain->best;
	struct cert root = *path->certs[path->n - 1];

	(void)state;
	root.subject.organization = "WoSign CA Limited";
	path->certs[path->n - 1] = &root;
	assert_non_null(found(w, &rule_cert_chain, "certificate.distrusted-ca"));
	assert_null(found(good, &rule_cert_chain, "certificate.distrusted-ca"));
	world_free(w);
	world_free(good);
}

static void test_expired_root(void **state)
{
	struct world *late = world_new(2428000000, true), *now = world_new(FIXTURE_NOW, true);        /* 2046-12-10 */

	(void)state;
	assert_non_null(found(late, &rule_cert_dates, "certificate.root-expired"));
	assert_null(found(now, &rule_cert_dates, "certificate.root-expired"));
	world_free(late);
	world_free(now);
}

static void test_silent_responder(void **state)
{
	struct world *w = world_new(FIXTURE_NOW, true);

	(void)state;
	assert_null(found(w, &rule_cert_status, "certificate.ocsp-unreachable"));
	w->v.chain->ocsp_url = "http://ocsp.example/";
	w->v.chain->ocsp_error = "no answer within 3 seconds";
	const struct finding *f = found(w, &rule_cert_status, "certificate.ocsp-unreachable");
	assert_non_null(f);
	assert_false(f->fails);
	world_free(w);
}

static void test_no_trust_store(void **state)
{
	struct world *w = world_new(FIXTURE_NOW, true);
	struct trust *trust = w->e.trust;

	(void)state;
	assert_null(found(w, &rule_client, "client.trust-store-missing"));
	w->e.trust = NULL;
	assert_non_null(found(w, &rule_client, "client.trust-store-missing"));
	w->e.trust = trust;
	world_free(w);
}

static void test_preloaded(void **state)
{
	struct arena *arena = arena_new(0);
	struct findings findings = { .arena = arena };
	struct visit v = { .target = { .scheme = "http", .host = "shop.dev", .host_shown = "shop.dev", .path = "/", .port = 80 },
			   .http = { .asked = true, .got_head = true, .status = 200 } };
	struct evidence e = { .arena = arena, .visit = &v };

	(void)state;
	rule_http.check(&e, &v, &findings);
	assert_non_null(finding_get(&findings, "http.hsts-preloaded"));
	findings.n = 0;
	v.target.host = v.target.host_shown = "shop.example";
	rule_http.check(&e, &v, &findings);
	assert_null(finding_get(&findings, "http.hsts-preloaded"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transparency), cmocka_unit_test(test_distrusted), cmocka_unit_test(test_expired_root),
		cmocka_unit_test(test_silent_responder), cmocka_unit_test(test_no_trust_store), cmocka_unit_test(test_preloaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
