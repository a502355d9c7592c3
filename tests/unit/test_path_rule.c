/* What traces amount to: the place, and the words of the findings, for hops made up by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "rule/path_view.h"
#include "rule/rules.h"

extern const struct rule rule_tcp, rule_path, rule_tls, rule_http3;

static struct arena *arena;
static struct evidence evidence;
static struct visit visit;
static struct endpoint ep, *endpoints[1] = { &ep };
static struct path_evidence path;
static struct attempt attempts[8], *list[8];

static int begin(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	evidence = (struct evidence){ .arena = arena, .visit = &visit };
	path = (struct path_evidence){ .is_complete = true };
	ep = (struct endpoint){ .text = "192.0.2.9", .family = AF_INET, .path = &path, .attempts = list,
				.tcp = { .outcome = TCP_TIMEOUT, .error = 110 } };
	visit = (struct visit){ .target = { .scheme = "https", .host = "h", .host_shown = "h", .port = 443, .servername = "h" },
				.endpoints = endpoints, .n_endpoints = 1 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

/* "rr." two routers, then silence; "rra" the third is the host; "rrx" someone rejects by ICMP. */
static void trace(struct path_trace *t, const char *hops, uint16_t port, enum tcp_outcome outcome)
{
	static const enum path_reply replies[] = { ['r'] = PATH_ROUTER, ['.'] = PATH_SILENT, ['a'] = PATH_ANSWER, ['x'] = PATH_REJECT };
	size_t n = strlen(hops);

	*t = (struct path_trace){ .was_sent = true, .sends = "SYN", .port = port, .n_sent = n,
				  .hops = arena_array(arena, struct path_hop, n + 1) };
	for (size_t i = 0; i < n; i++) {
		t->hops[i] = (struct path_hop){ .hops = (uint8_t)(i + 1), .reply = replies[(unsigned char)hops[i]] };
		if (hops[i] == 'r')
			t->hops[i].from = arena_printf(arena, "10.0.%zu.1", i + 1);
		if (hops[i] == 'a')
			t->hops[i].outcome = outcome;
		if (hops[i] != '.')
			t->n_hops = i + 1;
	}
}

static void traces(const char *port, enum tcp_outcome a, const char *compare, enum tcp_outcome b, const char *udp)
{
	trace(&path.port, port, 443, a);
	trace(&path.compare, compare, 80, b);
	trace(&path.udp, udp, 33434, TCP_NOT_TRIED);
}

static void expect(enum path_kind kind, const char *place)
{
	struct path_judgement j = path_judge(arena, &ep);

	assert_int_equal(j.kind, kind);
	if (place)
		assert_string_equal(j.place, place);
}

static void test_silence(void **state)
{
	(void)state;
	traces("rr....", 0, "rra", TCP_CONNECTED, "rra");
	expect(PATH_FILTERED, "hop 2 (10.0.2.1)");
	traces("rr....", 0, "rra", TCP_REFUSED, "......");
	expect(PATH_FILTERED, "hop 2 (10.0.2.1)");
	traces("r.....", 0, "rr....", 0, "rr....");
	expect(PATH_FILTERED, "hop 1 (10.0.1.1)");
	traces("rr....", 0, "rr....", 0, "rr....");
	expect(PATH_ALL_SILENT, "hop 2 (10.0.2.1)");
	traces("......", 0, "......", 0, "......");
	expect(PATH_ALL_SILENT, "this machine or the first router");
	traces("rra", TCP_CONNECTED, "rra", TCP_CONNECTED, "rra");
	expect(PATH_AT_TIMES, NULL);
	path.is_complete = false;
	expect(PATH_UNSEEN, NULL);
	ep.path = NULL;
	expect(PATH_UNSEEN, NULL);
}

static void test_rejection(void **state)
{
	(void)state;
	ep.tcp = (struct tcp_evidence){ TCP_ADMIN_PROHIBITED, 113, true, 3, 13, "10.0.2.1", 1, false };
	traces("rrx", 0, "rra", TCP_CONNECTED, "rra");
	expect(PATH_REJECTED, "hop 2 (10.0.2.1)");
	/* the router had no word left for the trace, and for the rejection only in the connection */
	traces("r.....", 0, "r.a", TCP_CONNECTED, "r.a");
	expect(PATH_REJECTED, "10.0.2.1 (behind hop 1 (10.0.1.1))");
	ep.tcp.icmp_from = "192.0.2.9";
	traces("rr....", 0, "rra", TCP_CONNECTED, "rra");
	expect(PATH_REJECTED_BY_HOST, NULL);
	ep.tcp.icmp_type = 11;
	ep.tcp.icmp_code = 0;
	ep.tcp.icmp_from = "10.0.2.1";
	expect(PATH_LOOP, "hop 2 (10.0.2.1)");
}

static void test_refusal(void **state)
{
	(void)state;
	ep.tcp.outcome = TCP_REFUSED;
	traces("rra", TCP_REFUSED, "rra", TCP_CONNECTED, "rra");
	expect(PATH_REFUSED_BY_HOST, NULL);
	traces("ra", TCP_REFUSED, "rra", TCP_CONNECTED, "rra");
	expect(PATH_REFUSED_NEARER, "hop 1 (10.0.1.1)");
	/* all ports refused by the box: a UDP packet shows that the way goes on */
	traces("ra", TCP_REFUSED, "ra", TCP_REFUSED, "rr...");
	expect(PATH_REFUSED_NEARER, "hop 1 (10.0.1.1)");
	traces("rra", TCP_REFUSED, "rra", TCP_CONNECTED, "rra");
	path.reset_left = 63;
	path.answer_left = 62;
	expect(PATH_REFUSED_NEARER, "hop 2 (10.0.2.1)");
	/* another system's first value, not a nearer one */
	path.reset_left = 253;
	expect(PATH_REFUSED_BY_HOST, NULL);
	path.reset_left = 62;
	expect(PATH_REFUSED_BY_HOST, NULL);
}

static struct finding *check(const struct rule *rule, const char *id)
{
	struct findings *findings = arena_new_of(arena, struct findings);

	findings->arena = arena;
	rule->check(&evidence, &visit, findings);
	return finding_get(findings, id);
}

static bool says(const struct finding *f, const char *text)
{
	for (size_t i = 0; f && i < f->n_evidence; i++)
		if (strstr(f->evidence[i], text))
			return true;
	return f && strstr(f->title, text);
}

static void test_titles(void **state)
{
	struct finding *f;

	(void)state;
	traces("rr....", 0, "rra", TCP_CONNECTED, "rra");
	f = check(&rule_tcp, "tcp.timeout");
	assert_true(says(f, "Port 443 is filtered at or behind hop 2 (10.0.2.1), the last before the host, or on the way back; port 80 of the same host answers"));
	assert_true(says(f, "1 10.0.1.1, 2 10.0.2.1, then silence"));
	ep.path = NULL;
	f = check(&rule_tcp, "tcp.timeout");
	assert_non_null(f);
	assert_false(says(f, "hop"));
}

static void test_text(void **state)
{
	struct path_trace t;

	(void)state;
	trace(&t, "r....r.ra", 443, TCP_REFUSED);
	assert_string_equal(path_trace_text(arena, &t), "1 10.0.1.1, 2-5 silent, 6 10.0.6.1, 7 silent, 8 10.0.8.1, 9 a reset answers");
	trace(&t, "...", 443, 0);
	assert_string_equal(path_trace_text(arena, &t), "silence from the start");
	trace(&t, ".x", 443, 0);
	assert_string_equal(path_trace_text(arena, &t), "1 silent, 2 someone refuses (ICMP type 0 code 0)");
}

static struct attempt *attempt(const char *name, enum tls_fault fault, uint16_t mss)
{
	struct attempt *at = &attempts[ep.n_attempts];

	*at = (struct attempt){ .name = name, .fault = fault, .done = fault == TLS_FAULT_NONE, .mss = mss,
				.tcp = { .outcome = TCP_CONNECTED }, .version = 0x0304, .suite = 0x1301 };
	list[ep.n_attempts++] = at;
	return at;
}

static void connected(enum tls_fault fault)
{
	ep.n_attempts = 0;
	ep.tcp.outcome = TCP_CONNECTED;
	ep.main = attempt("main", fault, 0);
	ep.main->kind = ATTEMPT_FULL;
	attempt("chrome", fault, 0);
}

static void test_black_hole(void **state)
{
	(void)state;
	connected(TLS_FAULT_SILENT);
	assert_null(check(&rule_path, "tcp.mtu-black-hole"));
	attempt("main-mss-536", TLS_FAULT_NONE, 536)->kind = ATTEMPT_FULL;
	assert_true(says(check(&rule_path, "tcp.mtu-black-hole"), "on the way towards us"));
	/* with another name it passes in segments of any size */
	attempt("other-sni", TLS_FAULT_NONE, 0);
	assert_null(check(&rule_path, "tcp.mtu-black-hole"));
}

static void only_large_hellos_vanish(void)
{
	connected(TLS_FAULT_NONE);
	ep.attempts[1]->done = false;
	ep.attempts[1]->fault = TLS_FAULT_SILENT;
	ep.attempts[1]->unacknowledged = true;
	attempt("chrome-mss-1200", TLS_FAULT_NONE, 1200);
	trace(&path.port, "rra", 443, TCP_CONNECTED);
}

static void test_black_hole_of_large_hellos(void **state)
{
	(void)state;
	only_large_hellos_vanish();
	trace(&path.hello, "r...", 443, 0);
	assert_true(says(check(&rule_path, "tcp.mtu-black-hole"), "at or behind hop 1 (10.0.1.1)"));
	/* a reset is someone's answer */
	ep.attempts[1]->fault = TLS_FAULT_RESET;
	assert_null(check(&rule_path, "tcp.mtu-black-hole"));
}

static void test_large_packets_rejected(void **state)
{
	(void)state;
	only_large_hellos_vanish();
	trace(&path.hello, "rx", 443, 0);
	path.hello.hops[1].error = EHOSTUNREACH;
	assert_null(check(&rule_path, "tcp.mtu-black-hole"));
	assert_true(says(check(&rule_path, "tcp.admin-prohibited"), "at or behind hop 1 (10.0.1.1) by ICMP"));
	/* which limit it begins with is not known: it is behind what is known to be passed */
	trace(&path.hello, "r.x", 443, 0);
	path.hello.hops[2].error = EHOSTUNREACH;
	assert_true(says(check(&rule_path, "tcp.admin-prohibited"), "at or behind hop 1 (10.0.1.1), or by the host itself, by ICMP"));
}

static void test_black_hole_of_answers(void **state)
{
	(void)state;
	connected(TLS_FAULT_NONE);
	attempt("no-sni", TLS_FAULT_NONE, 0);
	visit.http.fault = HTTP_FAULT_TIMEOUT;
	visit.http_stall = (struct http_stall){ .was_tried = true, .mss = 1200, .small_answered = true };
	assert_true(says(check(&rule_path, "tcp.mtu-black-hole"), "the page never comes"));
	/* the same request once more, as usual, was answered: a slow server */
	visit.http_stall.usual_answered = true;
	assert_null(check(&rule_path, "tcp.mtu-black-hole"));
	visit.http_stall = (struct http_stall){ .was_tried = true };
	assert_null(check(&rule_path, "tcp.mtu-black-hole"));
}

static void test_blame(void **state)
{
	struct finding *f;

	(void)state;
	connected(TLS_FAULT_RESET);
	attempt("other-sni", TLS_FAULT_NONE, 0);
	trace(&path.port, "rra", 443, TCP_CONNECTED);
	trace(&path.hello, "rra", 443, 0);
	trace(&path.control, "rra", 443, TCP_CONNECTED);
	path.hello.hops[2].is_reset = true;
	f = check(&rule_tls, "tls.sni-intolerant");
	assert_false(says(f, "not the server"));
	path.hello.hops[1].is_reset = true;
	f = check(&rule_tls, "tls.sni-intolerant");
	assert_true(says(f, "A device at or behind hop 1 (10.0.1.1), not the server, resets"));
	trace(&path.hello, "r...", 443, 0);
	f = check(&rule_tls, "tls.sni-intolerant");
	assert_true(says(f, "are dropped at or behind hop 1 (10.0.1.1)"));
}

static void test_http3(void **state)
{
	(void)state;
	assert_null(check(&rule_http3, "http.http3-unreachable"));
	visit.quic = (struct quic_evidence){ .outcome = QUIC_ANSWERED, .port = 443, .has_current = true, .versions = "0x00000001" };
	assert_null(check(&rule_http3, "http.http3-unreachable"));
	visit.quic.has_current = false;
	assert_non_null(check(&rule_http3, "http.http3-unreachable"));
	visit.quic.outcome = QUIC_SILENT;
	assert_true(says(check(&rule_http3, "http.http3-unreachable"), "filtered"));
	visit.quic.outcome = QUIC_REJECTED;
	visit.quic.address = "192.0.2.9";
	visit.quic.icmp = (struct tcp_evidence){ .has_icmp = true, .icmp_type = 3, .icmp_code = 3, .icmp_from = "192.0.2.9" };
	assert_true(says(check(&rule_http3, "http.http3-unreachable"), "nothing listens"));
	visit.quic.icmp.icmp_from = "10.0.1.1";
	assert_true(says(check(&rule_http3, "http.http3-unreachable"), "a device on the way"));
}

static void test_icmp_words(void **state)
{
	(void)state;
	assert_string_equal(icmp_text(arena, AF_INET, 3, 13), "communication administratively prohibited (ICMP type 3 code 13)");
	assert_string_equal(icmp_text(arena, AF_INET6, 1, 5), "source address failed policy (ICMPv6 type 1 code 5)");
	assert_string_equal(icmp_text(arena, AF_INET, 3, 200), "ICMP type 3 code 200");
	assert_string_equal(icmp_text(arena, AF_INET6, 3, 0), "time exceeded (ICMPv6 type 3 code 0)");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_silence), TEST(test_rejection), TEST(test_refusal), TEST(test_titles), TEST(test_text), TEST(test_black_hole),
		TEST(test_black_hole_of_large_hellos), TEST(test_large_packets_rejected), TEST(test_black_hole_of_answers), TEST(test_blame), TEST(test_http3), TEST(test_icmp_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
