/* What the client's own side adds: the clock against what others say, sign-in pages, hosts file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/timeutil.h"
#include "rule/rule.h"
extern const struct rule rule_clock, rule_client;
#include "x509/chain.h"

enum { NOW = 1795000000, DAY = 86400 };

struct world {
	struct arena *arena;
	struct evidence e;
	struct visit v, next;
	struct chain_facts facts;
	struct chain_path path;
	struct cert leaf;
	struct findings findings;
	struct http_header date, next_date;
};

static struct world *world_new(int64_t not_before, int64_t not_after)
{
	struct arena *arena = arena_new(0);
	struct world *w = arena_new_of(arena, struct world);

	w->arena = arena;
	w->findings.arena = arena;
	w->e = (struct evidence){ .arena = arena, .started_unix = NOW, .now_unix = NOW, .visit = &w->v };
	w->v.target = (struct target){ .scheme = "https", .host = "a.example", .host_shown = "a.example", .path = "/", .port = 443 };
	w->next.target = (struct target){ .scheme = "https", .host = "b.example", .host_shown = "b.example", .path = "/", .port = 443 };
	w->leaf.not_before_unix = not_before;
	w->leaf.not_after_unix = not_after;
	w->path.certs[0] = &w->leaf;
	w->path.n = 1;
	w->facts.best = &w->path;
	w->facts.leaf = &w->leaf;
	w->v.chain = &w->facts;
	return w;
}

/* "Date: ..." as a server whose clock is ahead of ours by so much would send it. */
static void says(struct world *w, struct visit *visit, struct http_header *header, int64_t ahead_s)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil c = civil_from_unix(NOW + ahead_s);

	*header = (struct http_header){ "date", arena_printf(w->arena, "Mon, %02d %s %04d %02d:%02d:%02d GMT", c.day, months[c.month - 1],
							     (int)c.year, c.hour, c.minute, c.second) };
	visit->http.headers = header;
	visit->http.n_headers = 1;
}

static const struct finding *check(struct world *w, const struct rule *rule, const char *id)
{
	rule->check(&w->e, &w->v, &w->findings);
	return finding_get(&w->findings, id);
}

static void test_two_servers_agree(void **state)
{
	struct world *w = world_new(NOW + 10 * DAY, NOW + 100 * DAY);
	const struct finding *f;

	(void)state;
	w->v.next = &w->next;
	says(w, &w->v, &w->date, 20 * DAY);
	says(w, &w->next, &w->next_date, 20 * DAY + 3);
	f = check(w, &rule_clock, "client.clock-wrong");
	assert_non_null(f);
	assert_true(f->fails);
	assert_string_equal(f->confidence, "certain");
	assert_true(f->n_evidence >= 3);
	arena_free(w->arena);
}

static void test_one_server_is_not_enough(void **state)
{
	struct world *w = world_new(NOW - 100 * DAY, NOW - 2 * DAY);
	const struct finding *f;

	(void)state;
	says(w, &w->v, &w->date, -20 * DAY);
	f = check(w, &rule_clock, "client.clock-wrong");
	assert_non_null(f);
	assert_false(f->fails);
	assert_string_equal(f->confidence, "possible");
	arena_free(w->arena);
}

/* A clock that nobody steers is the likelier one; but not where the server's shows a time before this program was made. */
static void test_one_server_and_no_time_service(void **state)
{
	static const struct { int64_t says; bool fails; const char *confidence; } rows[] = {
		{ -15 * DAY, true, "likely" }, { -4000 * DAY, false, "possible" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct world *w = world_new(NOW - 5000 * DAY, NOW - 2 * DAY);
		const struct finding *f;

		w->e.clock_steered = TRI_NO;
		says(w, &w->v, &w->date, rows[i].says);
		f = check(w, &rule_clock, "client.clock-wrong");
		assert_non_null(f);
		assert_int_equal(f->fails, rows[i].fails);
		assert_string_equal(f->confidence, rows[i].confidence);
		arena_free(w->arena);
	}
}

/* Our clock is years behind: "not yet valid" is its doing, though the certificate has expired. */
static void test_expired_and_clock_behind(void **state)
{
	struct world *w = world_new(NOW + 100 * DAY, NOW + 190 * DAY);
	const struct finding *f;

	(void)state;
	w->v.next = &w->next;
	says(w, &w->v, &w->date, 200 * DAY);
	says(w, &w->next, &w->next_date, 200 * DAY);
	f = check(w, &rule_clock, "client.clock-wrong");
	assert_non_null(f);
	assert_true(f->fails);
	arena_free(w->arena);
}

static void test_clock_is_right(void **state)
{
	struct world *w = world_new(NOW - 100 * DAY, NOW - 2 * DAY);

	(void)state;
	w->v.next = &w->next;
	says(w, &w->v, &w->date, 4);
	says(w, &w->next, &w->next_date, -2);
	assert_null(check(w, &rule_clock, "client.clock-wrong"));
	arena_free(w->arena);
}

static void test_servers_disagree(void **state)
{
	struct world *w = world_new(NOW + DAY, NOW + 9 * DAY);

	(void)state;
	w->v.next = &w->next;
	says(w, &w->v, &w->date, 3 * DAY);
	says(w, &w->next, &w->next_date, 0);
	assert_null(check(w, &rule_clock, "client.clock-wrong"));
	arena_free(w->arena);
}

static void test_another_time_was_asked_for(void **state)
{
	struct world *w = world_new(NOW + 10 * DAY, NOW + 100 * DAY);

	(void)state;
	w->e.now_unix = NOW - DAY;
	w->v.next = &w->next;
	says(w, &w->v, &w->date, 20 * DAY);
	says(w, &w->next, &w->next_date, 20 * DAY);
	assert_null(check(w, &rule_clock, "client.clock-wrong"));
	arena_free(w->arena);
}

static void test_http_dates(void **state)
{
	static const char *const bad[] = { "", "yesterday", "Mon, 23 Nov 2026 19:30:12", "Mon, 23 nov 2026 19:30:12 GMT",
					   "Mon, 99 Nov 2026 19:30:12 GMT", "Mon, 23 Nov 2026 29:30:12 GMT",
					   "Mon, 23 Nov 2026 19:30:12 GMT and more", "Monday, 23-Nov-26 19:30:12 GMT" };
	int64_t t;

	(void)state;
	assert_true(http_date_parse("Mon, 23 Nov 2026 19:30:12 GMT", &t));
	assert_int_equal(t, 1795462212);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(http_date_parse(bad[i], &t));
}

static void test_portals(void **state)
{
	struct world *w = world_new(NOW - DAY, NOW + DAY);

	(void)state;
	w->v.port80.http.status = 200;
	assert_null(check(w, &rule_client, "client.captive-portal"));
	w->v.port80.http.redirect_url = "https://www.a.example/";
	assert_null(check(w, &rule_client, "client.captive-portal"));
	w->v.port80.http.status = 511;
	assert_non_null(check(w, &rule_client, "client.captive-portal"));
	arena_free(w->arena);
}

/* What port 80 says, and whether https gets through all the same. */
static void test_portals_that_cut_https(void **state)
{
	struct world *w = world_new(NOW - DAY, NOW + DAY);
	struct endpoint ep = { .text = "192.0.2.1", .family = AF_INET, .tcp = { .outcome = TCP_REFUSED } }, *endpoints[] = { &ep };
	struct attempt done = { .name = "main", .done = true };
	const struct finding *f;

	(void)state;
	w->v.endpoints = endpoints;
	w->v.n_endpoints = 1;
	w->v.chain = NULL;
	w->v.port80.http.status = 302;
	w->v.port80.http.redirect_url = "https://elsewhere.example/";
	assert_null(check(w, &rule_client, "client.captive-portal"));
	w->v.port80.http.redirect_url = "http://172.32.0.1/login";
	assert_null(check(w, &rule_client, "client.captive-portal"));
	ep.main = &done;
	w->v.port80.http.redirect_url = "http://192.168.1.1/login";
	assert_null(check(w, &rule_client, "client.captive-portal"));
	w->v.port80.http.status = 511;
	f = check(w, &rule_client, "client.captive-portal");
	assert_non_null(f);
	assert_false(f->fails);
	w->findings.n = 0;
	w->v.port80.http.status = 302;
	ep.main = NULL;
	f = check(w, &rule_client, "client.captive-portal");
	assert_non_null(f);
	assert_true(f->fails);
	assert_string_equal(f->confidence, "likely");
	assert_non_null(strstr(f->fix, "opens http://192.168.1.1/login,"));
	w->findings.n = 0;
	w->v.port80.http.redirect_url = "http://[fd00::1]:8080/login";
	assert_non_null(check(w, &rule_client, "client.captive-portal"));
	arena_free(w->arena);
}

/* The gateway answers for port 80 of every host, and https is dropped. */
static void test_portals_on_the_way(void **state)
{
	struct world *w = world_new(NOW - DAY, NOW + DAY);
	struct path_hop plain[] = { { .hops = 1, .reply = PATH_ANSWER, .outcome = TCP_CONNECTED } };
	struct path_hop udp[] = { { .hops = 1, .reply = PATH_ROUTER, .from = "10.0.0.1" }, { .hops = 2, .reply = PATH_ANSWER, .from = "192.0.2.1" } };
	struct path_evidence path = { .is_complete = true, .compare = { .was_sent = true, .port = 80, .hops = plain, .n_hops = 1, .n_sent = 1 },
				      .udp = { .was_sent = true, .hops = udp, .n_hops = 2, .n_sent = 2 } };
	struct endpoint ep = { .text = "192.0.2.1", .family = AF_INET, .tcp = { .outcome = TCP_TIMEOUT }, .path = &path }, *endpoints[] = { &ep };

	(void)state;
	w->v.endpoints = endpoints;
	w->v.n_endpoints = 1;
	w->v.chain = NULL;
	w->v.port80 = (struct plain_http){ .asked = true, .address = "192.0.2.1", .http = { .status = 302, .redirect_url = "https://login.example/" } };
	assert_non_null(check(w, &rule_client, "client.captive-portal"));
	/* the host itself answers */
	w->findings.n = 0;
	udp[0].reply = PATH_ANSWER;
	path.udp.n_hops = 1;
	assert_null(check(w, &rule_client, "client.captive-portal"));
	/* its own site */
	udp[0].reply = PATH_ROUTER;
	path.udp.n_hops = 2;
	w->v.port80.http.redirect_url = "https://www.a.example/";
	assert_null(check(w, &rule_client, "client.captive-portal"));
	arena_free(w->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_servers_agree), cmocka_unit_test(test_one_server_is_not_enough),
		cmocka_unit_test(test_clock_is_right), cmocka_unit_test(test_one_server_and_no_time_service), cmocka_unit_test(test_expired_and_clock_behind),	  cmocka_unit_test(test_servers_disagree),
		cmocka_unit_test(test_another_time_was_asked_for), cmocka_unit_test(test_http_dates), cmocka_unit_test(test_portals), cmocka_unit_test(test_portals_that_cut_https), cmocka_unit_test(test_portals_on_the_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
