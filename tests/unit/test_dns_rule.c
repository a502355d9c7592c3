/* The rule about names: which evidence makes which finding, and which makes none. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <netdb.h>
#include <netinet/in.h>

#include "rule/rule.h"

extern const struct rule rule_dns;

struct rule_case {
	const char *id;         /* NULL: no finding at all */
	bool fails;
	struct dns_evidence dns;
	const char *invalid;
};

#define BOTH(o) .a = { .outcome = (o) }, .aaaa = { .outcome = (o) }
#define ALIAS(o) .a = { .outcome = (o), .canonical_name = "gone.test" }, .aaaa = { .outcome = (o) }

static const struct rule_case cases[] = {
	{ "dns.nxdomain", true, { .system_error = EAI_NONAME, BOTH(DNS_NXDOMAIN) }, NULL },
	{ NULL, false, { BOTH(DNS_NXDOMAIN) }, NULL },  /* the system knows it: search list, mDNS */
	{ "dns.no-address", true, { .system_error = EAI_NONAME, BOTH(DNS_NODATA) }, NULL },
	{ "dns.dangling-cname", true, { .system_error = EAI_NONAME, ALIAS(DNS_NXDOMAIN) }, NULL },
	{ "dns.dangling-cname", true, { .system_error = EAI_NONAME, ALIAS(DNS_NODATA) }, NULL },
	{ "dns.servfail", true, { .system_error = EAI_AGAIN, BOTH(DNS_SERVFAIL) }, NULL },
	{ "dns.servfail", true, { .system_error = EAI_AGAIN, ALIAS(DNS_SERVFAIL) }, NULL },
	{ "dns.nxdomain", true, { .system_error = EAI_NONAME, ALIAS(DNS_NXDOMAIN), .elsewhere = "192.0.2.53", .elsewhere_address = "10.0.0.1" }, NULL },
	{ "dns.resolver-unreachable", true, { .system_error = EAI_AGAIN, .a = { .outcome = DNS_MALFORMED, .is_cut = true }, .aaaa = { .outcome = DNS_MALFORMED } }, NULL },
	{ "dns.timeout", false, { .system_timed_out = true, .half_silent = true, .a = { .outcome = DNS_OK }, .aaaa = { .outcome = DNS_TIMEOUT } }, NULL },
	{ "dns.refused", true, { .system_error = EAI_AGAIN, BOTH(DNS_REFUSED) }, NULL },
	{ "dns.dnssec-bogus", true, { .system_error = EAI_AGAIN, BOTH(DNS_BOGUS) }, NULL },
	{ "dns.timeout", true, { .system_timed_out = true, .resolver_alive = TRI_YES, BOTH(DNS_TIMEOUT) }, NULL },
	{ "dns.resolver-unreachable", true,
	  { .system_timed_out = true, .resolver_alive = TRI_NO, BOTH(DNS_TIMEOUT) }, NULL },
	{ "dns.resolver-unreachable", true, { .system_error = EAI_AGAIN, BOTH(DNS_UNREACHABLE) }, NULL },
	{ "dns.dnssec-bogus", false,
	  { .a = { .outcome = DNS_OK, .secure = TRI_NO, .why = "signature expired" } }, NULL },
	{ "dns.timeout", false, { .a = { .outcome = DNS_OK }, .first_silent = "192.0.2.53" }, NULL },
	{ NULL, false, { .a = { .outcome = DNS_OK, .secure = TRI_NO } }, NULL },
	{ "client.hosts-file-override", false,
	  { .hosts_file = TRI_YES, .hosts_file_line = "192.0.2.9 x.test", BOTH(DNS_NXDOMAIN) }, NULL },
	{ NULL, false, { .hosts_file = TRI_YES, BOTH(DNS_TIMEOUT) }, NULL },    /* DNS was not heard */
	{ "dns.invalid-name", true, { 0 }, "it holds a blank" },
	{ NULL, false, { .skipped = true, .system_error = EAI_NONAME }, NULL },
};

static void finds_the_cause(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct rule_case *c = &cases[i];
		struct arena *arena = arena_new(0);
		struct findings findings = { .arena = arena };
		struct endpoint endpoint = { .address = { .ss_family = AF_INET } };
		struct endpoint *endpoints[] = { &endpoint };
		struct visit visit = { .dns = c->dns, .endpoints = endpoints, .n_endpoints = 1 };
		struct evidence evidence = { .arena = arena, .visit = &visit };

		visit.target = (struct target){ .host = "x.test", .host_shown = "x.test", .invalid = c->invalid };
		rule_dns.check(&evidence, &visit, &findings);
		print_message("# %zu %s\n", i, c->id ? c->id : "nothing");
		assert_int_equal(findings.n, c->id ? 1 : 0);
		if (c->id) {
			assert_string_equal(findings.items[0]->id, c->id);
			assert_int_equal(findings.items[0]->fails, c->fails);
			assert_true(findings.items[0]->n_evidence > 0);
		}
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(finds_the_cause) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
