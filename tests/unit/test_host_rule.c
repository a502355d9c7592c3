/* What the machine says of itself, alone and beside a view from outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "evidence/host.h"
#include "rule/diagnosis.h"

struct world {
	struct arena *arena;
	struct evidence e;
	struct visit v;
	struct endpoint ep, *eps[1];
	struct host_evidence host;
	struct host_process process;
	struct host_listener listener;
	struct firewall_verdict verdict;
};

static struct world *world_new(void)
{
	struct arena *arena = arena_new(0);
	struct world *w = arena_new_of(arena, struct world);

	w->arena = arena;
	w->e = (struct evidence){ .arena = arena, .started_unix = 1795000000, .now_unix = 1795000000, .visit = &w->v, .host = &w->host };
	w->v.target = (struct target){ .input = "a.example", .scheme = "https", .host = "a.example", .host_shown = "a.example", .path = "/", .port = 443 };
	w->v.dns.skipped = true;
	w->process = (struct host_process){ .pid = 7, .name = "nginx", .unit = "nginx.service" };
	w->listener = (struct host_listener){ .family = AF_INET, .address = "0.0.0.0", .port = 443, .is_any = true, .backlog = 511, .process = &w->process };
	w->verdict = (struct firewall_verdict){ .end = FIREWALL_ACCEPT, .direction = "in", .from = "203.0.113.9", .to = "192.0.2.4" };
	w->host = (struct host_evidence){ .port = 443, .is_root = true, .listeners_read = TRI_YES, .listeners = &w->listener, .n_listeners = 1,
					  .firewall = &w->verdict, .n_firewall = 1, .worst = &w->verdict };
	return w;
}

static void drops(struct world *w)
{
	w->verdict.end = FIREWALL_DROP;
	w->verdict.tool = "nft";
	w->verdict.family = "inet";
	w->verdict.table = "t";
	w->verdict.chain = "input";
	w->verdict.hook = "input";
	w->verdict.handle = 7;
	w->verdict.rule = "tcp dport 443 drop";
	w->verdict.cause = "host.firewall-drops";
	w->verdict.fix = "nft insert rule inet t input position 7 tcp dport 443 accept";
}

/* The target's only address gives no answer to a SYN. */
static void times_out(struct world *w)
{
	w->host.is_joined = true;
	w->ep = (struct endpoint){ .text = "192.0.2.4", .family = AF_INET, .tcp = { .outcome = TCP_TIMEOUT } };
	w->eps[0] = &w->ep;
	w->v.endpoints = w->eps;
	w->v.n_endpoints = 1;
}

static void test_well(void **state)
{
	struct world *w = world_new();
	struct diagnosis *d = diagnose(&w->e);

	(void)state;
	assert_int_not_equal(d->status, STATUS_BROKEN);
	arena_free(w->arena);
}

static void test_nothing_listens(void **state)
{
	struct world *w = world_new();
	struct diagnosis *d;

	(void)state;
	w->listener.port = 80;
	d = diagnose(&w->e);
	assert_string_equal(d->root->id, "host.not-listening");
	assert_int_equal(d->n_clients, 0);
	/* Unless the port leads elsewhere, or the list could not be read. */
	w->verdict.to_address = "172.17.0.2";
	assert_null(finding_get(&diagnose(&w->e)->findings, "host.not-listening"));
	w->verdict.to_address = NULL;
	w->host.listeners_read = TRI_NO;
	assert_null(finding_get(&diagnose(&w->e)->findings, "host.not-listening"));
	arena_free(w->arena);
}

static void test_loopback_and_queue(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->listener.is_any = false;
	w->listener.is_loopback = true;
	w->listener.address = "127.0.0.1";
	assert_string_equal(diagnose(&w->e)->root->id, "host.loopback-only");
	w->listener.is_loopback = false;
	w->listener.queued = 512;
	assert_string_equal(diagnose(&w->e)->root->id, "host.accept-queue-full");
	w->listener.queued = 0;
	w->process.n_descriptors = w->process.max_descriptors = 1024;
	assert_string_equal(diagnose(&w->e)->root->id, "host.descriptors-exhausted");
	arena_free(w->arena);
}

static void test_rule_is_named(void **state)
{
	struct world *w = world_new();
	struct diagnosis *d;

	(void)state;
	drops(w);
	d = diagnose(&w->e);
	assert_string_equal(d->root->id, "host.firewall-drops");
	assert_string_equal(d->root->where.table, "t");
	assert_int_equal(d->root->where.handle, 7);
	assert_non_null(strstr(d->fix, "nft insert rule"));
	arena_free(w->arena);
}

static void test_both_sides(void **state)
{
	struct world *w = world_new();
	struct diagnosis *d;
	struct finding *f;

	(void)state;
	times_out(w);
	d = diagnose(&w->e);
	assert_string_equal(d->root->id, "tcp.timeout");
	assert_non_null(strstr(d->root->title, "before they reach the machine"));
	drops(w);
	d = diagnose(&w->e);
	assert_string_equal(d->root->id, "host.firewall-drops");
	f = finding_get(&d->findings, "tcp.timeout");
	assert_non_null(f);
	assert_ptr_equal(f->explained_by, d->root);
	/* What is said of another port counts for nothing. */
	w->host.port = 8443;
	assert_string_equal(diagnose(&w->e)->root->id, "tcp.timeout");
	arena_free(w->arena);
}

/* Then nothing is well, and nothing is closed: it is not known. */
static void test_listeners_unread(void **state)
{
	static const char *unread[] = { "listening sockets: the kernel does not list them" };
	struct world *w = world_new();
	struct diagnosis *d;

	(void)state;
	w->host.unread = unread;
	w->host.n_unread = 1;
	assert_int_equal(diagnose(&w->e)->status, STATUS_OK);
	w->host.listeners_read = TRI_NO;
	assert_int_equal(diagnose(&w->e)->status, STATUS_OK);           /* one family was read, and it is there */
	w->host.n_listeners = 0;
	d = diagnose(&w->e);
	assert_int_equal(d->status, STATUS_WARNING);
	assert_string_equal(d->root->id, "host.not-readable");
	assert_non_null(strstr(d->summary, "could not be seen"));
	arena_free(w->arena);
}

static bool found(struct world *w, const char *id)
{
	return finding_get(&diagnose(&w->e)->findings, id) != NULL;
}

static void test_one_family(void **state)
{
	struct world *w = world_new();
	struct host_address addresses[] = { { .text = "192.0.2.4", .device = "eth0", .family = AF_INET, .is_global = true },
					    { .text = "2001:db8::4", .device = "eth0", .family = AF_INET6, .is_global = true } };

	(void)state;
	w->host.addresses = addresses;
	w->host.n_addresses = 2;
	assert_true(found(w, "host.one-family-only"));
	/* A family without an address that others reach needs no listener. */
	w->host.n_addresses = 1;
	assert_false(found(w, "host.one-family-only"));
	w->host.n_addresses = 2;
	w->listener.family = AF_INET6;
	w->listener.address = "::";
	assert_false(found(w, "host.one-family-only"));
	arena_free(w->arena);
}

static void test_wrong_process(void **state)
{
	struct world *w = world_new();

	(void)state;
	assert_false(found(w, "host.wrong-process"));
	w->process.name = "sshd";
	assert_true(found(w, "host.wrong-process"));
	w->process.name = "a-server-of-mine";
	assert_false(found(w, "host.wrong-process"));
	arena_free(w->arena);
}

static void test_name_and_clock(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->host.name = "a.example";
	w->host.name_resolves = TRI_YES;
	w->host.name_is_here = TRI_NO;
	w->host.name_addresses = "203.0.113.1";
	assert_true(found(w, "host.name-elsewhere"));
	w->host.name_is_here = TRI_YES;
	assert_false(found(w, "host.name-elsewhere"));
	w->host.name_resolves = w->host.name_is_here = TRI_UNKNOWN;
	assert_false(found(w, "host.name-elsewhere"));
	assert_false(found(w, "host.clock-unsynchronized"));
	w->host.clock.is_read = true;
	assert_true(found(w, "host.clock-unsynchronized"));
	w->host.clock.is_synchronized = true;
	assert_false(found(w, "host.clock-unsynchronized"));
	arena_free(w->arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well), cmocka_unit_test(test_nothing_listens), cmocka_unit_test(test_loopback_and_queue),
		cmocka_unit_test(test_rule_is_named), cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_listeners_unread), cmocka_unit_test(test_one_family), cmocka_unit_test(test_wrong_process), cmocka_unit_test(test_name_and_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
