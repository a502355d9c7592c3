/* A connection that ends before our hello: the rules of TCP and of the proxy tell it; where neither has a word
 * on it, it is still no success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rule/rule.h"
extern const struct rule rule_tcp, rule_proxy, rule_tls;

struct world {
	struct arena *arena;
	struct evidence e;
	struct visit v;
	struct endpoint ep, *endpoints[1];
	struct attempt main;
	struct dialogue_evidence tunnel;
	struct findings findings;
	const char *addresses[1];
};

static struct world *world_new(void)
{
	struct arena *arena = arena_new(0);
	struct world *w = arena_new_of(arena, struct world);

	w->arena = arena;
	w->findings.arena = arena;
	w->e = (struct evidence){ .arena = arena, .visit = &w->v };
	w->v.target = (struct target){ .scheme = "https", .host = "a.example", .host_shown = "a.example", .path = "/", .port = 443 };
	w->main = (struct attempt){ .name = "main", .fault = TLS_FAULT_CLOSED, .tcp.outcome = TCP_CONNECTED };
	w->ep = (struct endpoint){ .text = "192.0.2.1", .main = &w->main, .tcp.outcome = TCP_CONNECTED, .closed_before_hello = true };
	w->endpoints[0] = w->v.best = &w->ep;
	w->v.endpoints = w->endpoints;
	w->v.n_endpoints = 1;
	return w;
}

static void check(struct world *w)
{
	rule_tcp.check(&w->e, &w->v, &w->findings);
	rule_proxy.check(&w->e, &w->v, &w->findings);
	rule_tls.check(&w->e, &w->v, &w->findings);
}

static void through_proxy(struct world *w)
{
	w->v.proxy = (struct proxy_evidence){ .is_used = true, .url = "http://proxy.example:3128", .host = "proxy.example",
					      .port = 3128, .given_by = "--proxy", .n_addresses = 1,
					      .addresses = w->addresses };
	w->addresses[0] = "192.0.2.8";
}

static void test_the_server_itself(void **state)
{
	struct world *w = world_new();

	(void)state;
	check(w);
	assert_non_null(finding_get(&w->findings, "tcp.closed"));
	assert_int_equal(w->findings.n, 1);
	arena_free(w->arena);
}

static void test_a_tunnel(void **state)
{
	struct world *w = world_new();
	const struct finding *f;

	(void)state;
	through_proxy(w);
	w->tunnel = (struct dialogue_evidence){ .protocol = "http", .code = 200, .text = "HTTP/1.1 200 OK" };
	w->main.proxy = &w->tunnel;
	check(w);
	f = finding_get(&w->findings, "proxy.connect-refused");
	assert_non_null(f);
	assert_true(f->fails);
	assert_string_equal(f->confidence, "likely");
	assert_int_equal(w->findings.n, 1);
	arena_free(w->arena);
}

static void test_nobody_explains_it(void **state)
{
	struct world *w = world_new();

	(void)state;
	through_proxy(w);
	check(w);
	assert_non_null(finding_get(&w->findings, "tls.closed-after-hello"));
	arena_free(w->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_server_itself), cmocka_unit_test(test_a_tunnel), cmocka_unit_test(test_nobody_explains_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
