/* Recorded rule sets, followed without a kernel: what is decided, which rule is named, and what stays unknown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>

#include "firewall/firewall.h"

static const char *const local[] = { "192.0.2.4", "2001:db8::4", "172.17.0.1" };

static bool is_local(void *ctx, const struct fw_address *address)
{
	struct fw_address own;

	(void)ctx;
	for (size_t i = 0; i < COUNT_OF(local); i++)
		if (fw_address_parse(local[i], &own) && memcmp(&own, address, sizeof own) == 0)
			return true;
	return false;
}

static bool route(void *ctx, const struct fw_route_query *query, struct fw_route *out)
{
	(void)ctx;
	*out = (struct fw_route){ .type = FW_ROUTE_UNICAST, .device = query->to.family == AF_INET && query->to.bytes[12] == 172 ? "docker0" : "eth0" };
	return true;
}

static bool sysctl_of(void *ctx, const char *family, const char *device, const char *name, long *value)
{
	(void)family;
	(void)device;
	*value = ctx && strcmp(name, "forwarding") == 0 ? 0 : strcmp(name, "forwarding") == 0;
	return true;
}

static enum tri no_queue(void *ctx, unsigned number)
{
	(void)ctx;
	return number == 9 ? TRI_YES : TRI_NO;
}

struct world {
	struct arena *arena;
	struct fw_ruleset *rules;
	bool forwarding_off;
};

static struct world world_new(void)
{
	struct arena *arena = arena_new(0);

	return (struct world){ .arena = arena, .rules = fw_ruleset_new(arena) };
}

static struct firewall_verdict ask(struct world *w, const char *from, const char *to)
{
	struct fw_system system = { .ctx = w->forwarding_off ? w : NULL, .route = route, .is_local = is_local, .sysctl = sysctl_of, .queue = no_queue };
	struct fw_query query = { .port = 443, .in_device = "eth0", .has_listener = true };

	assert_true(fw_address_parse(from, &query.from));
	assert_true(fw_address_parse(to, &query.to));
	return fw_follow(w->arena, w->rules, &system, &query);
}

static void world_free(struct world *w)
{
	fw_ruleset_release(w->rules);
	arena_free(w->arena);
}

/* A table "t" of family inet with the chain "in" at input, its policy and its rules as JSON expressions. */
static struct firewall_verdict nft_rules(struct world *w, const char *policy, const char *exprs)
{
	struct arena *arena = w->arena;
	const char *text = arena_printf(arena, "{\"nftables\":[{\"table\":{\"family\":\"inet\",\"name\":\"t\",\"handle\":1}},"
		"{\"chain\":{\"family\":\"inet\",\"table\":\"t\",\"name\":\"in\",\"handle\":1,\"type\":\"filter\",\"hook\":\"input\",\"prio\":0,"
		"\"policy\":\"%s\"}}%s]}", policy, exprs);

	assert_int_equal(fw_read_nft(w->rules, span_str(text)), 0);
	return ask(w, "203.0.113.9", "192.0.2.4");
}

#define RULE(handle, expr) ",{\"rule\":{\"family\":\"inet\",\"table\":\"t\",\"chain\":\"in\",\"handle\":" #handle ",\"expr\":[" expr "]}}"
#define DPORT "{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"tcp\",\"field\":\"dport\"}},\"right\":443}}"

static const struct row {
	const char *name, *policy, *rules;
	enum firewall_end end;
	long handle;
} rows[] = {
	{ "empty", "accept", "", FIREWALL_ACCEPT, 0 },
	{ "policy", "drop", "", FIREWALL_DROP, 0 },
	{ "drop", "accept", RULE(7, DPORT ",{\"drop\":null}"), FIREWALL_DROP, 7 },
	{ "accept before drop", "drop", RULE(7, DPORT ",{\"accept\":null}") RULE(8, "{\"drop\":null}"), FIREWALL_ACCEPT, 0 },
	{ "reject", "accept", RULE(5, DPORT ",{\"reject\":{\"type\":\"tcp reset\"}}"), FIREWALL_REJECT, 5 },
	{ "queue without a reader", "accept", RULE(6, DPORT ",{\"queue\":{\"num\":3}}"), FIREWALL_DROP, 6 },
	{ "queue that may be bypassed", "accept", RULE(6, DPORT ",{\"queue\":{\"num\":3,\"flags\":[\"bypass\"]}}"), FIREWALL_ACCEPT, 0 },
	{ "queue with a reader", "accept", RULE(6, DPORT ",{\"queue\":{\"num\":9}}"), FIREWALL_UNKNOWN, 6 },
	{ "statement unknown to us", "accept", RULE(6, DPORT ",{\"frobnicate\":{\"a\":1}}"), FIREWALL_UNKNOWN, 6 },
	{ "match unknown to us", "accept", RULE(6, "{\"match\":{\"op\":\"==\",\"left\":{\"osf\":{\"key\":\"name\"}},\"right\":\"Linux\"}},{\"drop\":null}"),
	  FIREWALL_UNKNOWN, 6 },
	{ "unknown, then dropped all the same", "accept", RULE(6, "{\"match\":{\"op\":\"==\",\"left\":{\"osf\":{\"key\":\"name\"}},\"right\":\"Linux\"}},"
	  "{\"drop\":null}") RULE(7, "{\"drop\":null}"), FIREWALL_DROP, 7 },
	{ "unknown that another port never meets", "accept", RULE(6, "{\"match\":{\"op\":\"==\",\"left\":{\"payload\":{\"protocol\":\"tcp\",\"field\":"
	  "\"dport\"}},\"right\":80}},{\"match\":{\"op\":\"==\",\"left\":{\"osf\":{\"key\":\"name\"}},\"right\":\"Linux\"}},{\"drop\":null}"), FIREWALL_ACCEPT, 0 },
	{ "iptables' match without its values", "accept", RULE(6, "{\"xt\":{\"type\":\"match\",\"name\":\"u32\"}},{\"drop\":null}"), FIREWALL_UNKNOWN, 6 },
	{ "jump to itself", "accept", RULE(6, "{\"jump\":{\"target\":\"in\"}}"), FIREWALL_UNKNOWN, 0 },
	{ "jump to nowhere", "accept", RULE(6, "{\"jump\":{\"target\":\"none\"}}"), FIREWALL_ACCEPT, 0 },
};

static void test_nft(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct world w = world_new();
		struct firewall_verdict v = nft_rules(&w, rows[i].policy, rows[i].rules);

		if (v.end != rows[i].end || v.handle != rows[i].handle)
			fail_msg("%s: %d, handle %ld", rows[i].name, v.end, v.handle);
		if (v.end == FIREWALL_UNKNOWN)
			assert_non_null(v.because);
		world_free(&w);
	}
}

static struct firewall_verdict save(struct world *w, const char *text, bool is_legacy)
{
	assert_int_equal(fw_read_save(w->rules, span_str(text), AF_INET, is_legacy ? FW_SAVE_LEGACY : FW_SAVE_BESIDE_NFT), 0);
	return ask(w, "203.0.113.9", "192.0.2.4");
}

/* What docker 24 writes for `docker run -p 443:8443`. */
static const char docker[] =
	"*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:DOCKER - [0:0]\n"
	"-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER\n-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER\n"
	"-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE\n-A POSTROUTING -s 172.17.0.2/32 -d 172.17.0.2/32 -p tcp -m tcp --dport 8443 -j MASQUERADE\n"
	"-A DOCKER -i docker0 -j RETURN\n-A DOCKER ! -i docker0 -p tcp -m tcp --dport 443 -j DNAT --to-destination 172.17.0.2:8443\nCOMMIT\n"
	"*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:DOCKER - [0:0]\n:DOCKER-ISOLATION-STAGE-1 - [0:0]\n"
	":DOCKER-ISOLATION-STAGE-2 - [0:0]\n:DOCKER-USER - [0:0]\n-A FORWARD -j DOCKER-USER\n-A FORWARD -j DOCKER-ISOLATION-STAGE-1\n"
	"-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n-A FORWARD -o docker0 -j DOCKER\n"
	"-A FORWARD -i docker0 ! -o docker0 -j ACCEPT\n-A FORWARD -i docker0 -o docker0 -j ACCEPT\n"
	"-A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 8443 -j ACCEPT\n"
	"-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2\n-A DOCKER-ISOLATION-STAGE-1 -j RETURN\n"
	"-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP\n-A DOCKER-ISOLATION-STAGE-2 -j RETURN\n%s-A DOCKER-USER -j RETURN\nCOMMIT\n";

static void test_docker(void **state)
{
	struct world w = world_new(), closed = world_new(), off = world_new();
	struct firewall_verdict v = save(&w, arena_printf(w.arena, docker, ""), true);

	(void)state;
	assert_int_equal(v.end, FIREWALL_ACCEPT);
	assert_string_equal(v.to_address, "172.17.0.2");
	assert_int_equal(v.to_port, 8443);
	v = save(&closed, arena_printf(closed.arena, docker, "-A DOCKER-USER -i eth0 ! -s 198.51.100.0/24 -j DROP\n"), true);
	assert_int_equal(v.end, FIREWALL_DROP);
	assert_string_equal(v.chain, "DOCKER-USER");
	assert_int_equal(v.handle, 1);
	off.forwarding_off = true;
	v = save(&off, arena_printf(off.arena, docker, ""), true);
	assert_int_equal(v.end, FIREWALL_DROP);
	assert_string_equal(v.cause, "host.forwarding-off");
	world_free(&w);
	world_free(&closed);
	world_free(&off);
}

static void test_save_oddities(void **state)
{
	static const struct {
		const char *rule;
		enum firewall_end end;
	} cases[] = {
		{ "-A INPUT -m string --string x --algo bm --to 65535 -j DROP", FIREWALL_ACCEPT },
		{ "-A INPUT -m u32 --u32 \"6&0xFF=1\" -j DROP", FIREWALL_UNKNOWN },
		{ "-A INPUT -m geoip --source-country CN  -j DROP", FIREWALL_UNKNOWN },
		{ "-A INPUT ! -i lo ! -p udp -m comment --comment \"a \\\"b\\\" -j ACCEPT\" -j DROP", FIREWALL_DROP },
		{ "-A INPUT -p tcp -m multiport ! --dports 80,8443 -j DROP", FIREWALL_DROP },
		{ "-A INPUT -p tcp --dport 400:500 -j REJECT", FIREWALL_REJECT },
		{ "-A INPUT -j", FIREWALL_UNKNOWN },
		{ "-A INPUT -p tcp --dport", FIREWALL_ACCEPT },
		{ "-A INPUT -j FROBNICATE", FIREWALL_UNKNOWN },
		{ "-A INPUT -m set --match-set nobody src -j DROP", FIREWALL_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct world w = world_new();
		struct firewall_verdict v = save(&w, arena_printf(w.arena, "*filter\n:INPUT ACCEPT [0:0]\n%s\nCOMMIT\n", cases[i].rule), true);

		if (v.end != cases[i].end)
			fail_msg("%s: %d", cases[i].rule, v.end);
		world_free(&w);
	}
}

static void test_ipset(void **state)
{
	struct world w = world_new();
	struct firewall_verdict v;

	(void)state;
	assert_int_equal(fw_read_ipset(w.rules, span_str("create bad hash:net,port family inet\nadd bad 203.0.113.0/24,tcp:443\n")), 0);
	v = save(&w, "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m set --match-set bad src,dst -j DROP\nCOMMIT\n", true);
	assert_int_equal(v.end, FIREWALL_DROP);
	assert_string_equal(v.tool, "iptables-legacy");
	assert_non_null(strstr(v.fix, "iptables-legacy -t filter -I INPUT 1"));
	world_free(&w);
}

static void test_no_listing(void **state)
{
	struct world w = world_new();

	(void)state;
	assert_int_equal(fw_read_nft(w.rules, span_str("")), -1);
	assert_int_equal(fw_read_nft(w.rules, span_str("{\"nftables\":3}")), -1);
	assert_int_equal(fw_read_nft(w.rules, span_str("{\"nftables\":[")), -1);
	assert_int_equal(fw_read_save(w.rules, span_str("hello\n-A INPUT -j DROP\n"), AF_INET, FW_SAVE_LEGACY), -1);
	assert_int_equal(ask(&w, "203.0.113.9", "192.0.2.4").end, FIREWALL_ACCEPT);
	world_free(&w);
}

/* nft is not installed: what iptables-save tells of its own tables is all there is. */
static void test_save_alone(void **state)
{
	struct world w = world_new();
	struct firewall_verdict v;

	(void)state;
	assert_int_equal(fw_read_save(w.rules, span_str("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m multiport --dports 80,443 -j DROP\nCOMMIT\n"), AF_INET,
				      FW_SAVE_ALONE), 0);
	v = ask(&w, "198.51.100.7", "192.0.2.4");
	assert_int_equal(v.end, FIREWALL_DROP);
	assert_string_equal(v.tool, "iptables-nft");
	assert_int_equal(v.handle, 0);
	assert_string_equal(v.fix, "iptables -t filter -I INPUT 1 -p tcp --dport 443 -j ACCEPT");
	world_free(&w);
}

/* A packet that comes in by a port of a VRF is seen once more as the VRF's. */
static bool device_in_vrf(void *ctx, const char *name, struct fw_device *out)
{
	(void)ctx;
	*out = (struct fw_device){ .kind = strcmp(name, "eth0") == 0 ? "veth" : "vrf", .vrf = strcmp(name, "eth0") == 0 ? "red" : NULL };
	return true;
}

static void test_vrf(void **state)
{
	static const char *const rules[][2] = { { "-i red", "INPUT" }, { "-i eth0", "INPUT" } };
	static const enum firewall_end ends[] = { FIREWALL_DROP, FIREWALL_ACCEPT };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world w = world_new();
		struct fw_system system = { .route = route, .is_local = is_local, .sysctl = sysctl_of, .device = device_in_vrf };
		struct fw_query query = { .port = 443, .in_device = "eth0", .has_listener = true };
		const char *text = arena_printf(w.arena, "*filter\n:INPUT ACCEPT [0:0]\n-A %s %s -p tcp --dport 443 -j DROP\nCOMMIT\n", rules[i][1], rules[i][0]);

		assert_int_equal(fw_read_save(w.rules, span_str(text), AF_INET, FW_SAVE_LEGACY), 0);
		assert_true(fw_address_parse("198.51.100.7", &query.from) && fw_address_parse("192.0.2.4", &query.to));
		assert_int_equal(fw_follow(w.arena, w.rules, &system, &query).end, ends[i]);
		world_free(&w);
	}
}

/* Tuesday 2026-12-01 00:30:00 UTC. */
static bool half_past_midnight(void *ctx, int64_t *now, long *ahead)
{
	(void)ctx;
	*now = 1796085000;
	*ahead = 0;
	return true;
}

/* As xt_time takes them: times that are equal are the whole day; hours over midnight are the day's of their end, and with --contiguous of
 * their beginning. */
static void test_times(void **state)
{
	static const struct { const char *match; enum firewall_end end; } times[] = {
		{ "--timestart 00:00 --timestop 01:00", FIREWALL_DROP }, { "--timestart 01:00 --timestop 02:00", FIREWALL_ACCEPT },
		{ "--timestart 23:00 --timestop 01:00", FIREWALL_DROP }, { "--timestart 23:00 --timestop 00:10", FIREWALL_ACCEPT },
		{ "--timestart 10:00 --timestop 10:00", FIREWALL_DROP },
		{ "--weekdays Tue", FIREWALL_DROP }, { "--weekdays Mon", FIREWALL_ACCEPT }, { "! --weekdays Mon", FIREWALL_DROP },
		{ "--timestart 23:00 --timestop 01:00 --weekdays Tue", FIREWALL_DROP },
		{ "--timestart 23:00 --timestop 01:00 --weekdays Mon", FIREWALL_ACCEPT },
		{ "--timestart 23:00 --timestop 01:00 --weekdays Mon --contiguous", FIREWALL_DROP },
		{ "--timestart 23:00 --timestop 01:00 --weekdays Tue --contiguous", FIREWALL_ACCEPT },
		{ "--timestart 23:00 --timestop 01:00 --monthdays 30 --contiguous", FIREWALL_DROP }, { "--monthdays 1", FIREWALL_DROP },
		{ "--datestart 2026-12-01T00:00:00", FIREWALL_DROP }, { "--datestart 2026-12-02T00:00:00", FIREWALL_ACCEPT },
		{ "--datestop 2026-11-30T23:59:59", FIREWALL_ACCEPT },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		struct world w = world_new();
		struct fw_system system = { .route = route, .is_local = is_local, .sysctl = sysctl_of, .clock = half_past_midnight };
		struct fw_query query = { .port = 443, .in_device = "eth0", .has_listener = true };
		const char *text = arena_printf(w.arena, "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp -m time %s -j DROP\nCOMMIT\n", times[i].match);

		assert_int_equal(fw_read_save(w.rules, span_str(text), AF_INET, FW_SAVE_LEGACY), 0);
		assert_true(fw_address_parse("198.51.100.7", &query.from) && fw_address_parse("192.0.2.4", &query.to));
		if (fw_follow(w.arena, w.rules, &system, &query).end != times[i].end)
			fail_msg("%s", times[i].match);
		world_free(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_nft),
		cmocka_unit_test(test_save_alone),
		cmocka_unit_test(test_vrf), cmocka_unit_test(test_docker), cmocka_unit_test(test_save_oddities), cmocka_unit_test(test_ipset),
		cmocka_unit_test(test_no_listing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
