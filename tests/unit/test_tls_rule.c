/* The TLS rule over made-up evidence: what was tried, how it ended, which cause it must name. For what
 * scenes on loopback cannot send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "rule/rule.h"

extern const struct rule rule_tls, rule_tls_choice;

struct tried {
	const char *name;
	bool done;
	enum tls_fault fault;
	uint8_t alert;
};

struct tls_case {
	const char *id;                 /* expected; NULL: nothing that fails */
	struct tried tried[6];          /* main first */
	bool has_certificate, wants_certificate;
	uint8_t last_message;
	uint16_t dh_bits;
};

static const struct tls_case cases[] = {
	{ NULL, { { "main", true, TLS_FAULT_NONE, 0 }, { "chrome", true, TLS_FAULT_NONE, 0 } }, false, false, 0, 0 },
	{ "tls.bad-finished", { { "main", false, TLS_FAULT_BAD_FINISHED, 0 } }, false, false, 20, 0 },
	{ "tls.downgrade-detected", { { "main", false, TLS_FAULT_DOWNGRADE, 0 } }, false, false, 2, 0 },
	{ "tls.renegotiation-required", { { "main", false, TLS_FAULT_UNSAFE_RENEGOTIATION, 0 } }, false, false, 2, 0 },
	{ "tls.weak-dh", { { "main", false, TLS_FAULT_WEAK_DH, 0 } }, false, false, 12, 512 },
	{ "tls.bad-record-mac", { { "main", false, TLS_FAULT_BAD_RECORD_MAC, 0 } }, false, false, 2, 0 },
	{ "tls.intercepted",
	  { { "main", true, TLS_FAULT_NONE, 0 }, { "chrome", false, TLS_FAULT_RESET, 0 }, { "no-pq", false, TLS_FAULT_RESET, 0 },
	    { "no-grease", false, TLS_FAULT_RESET, 0 }, { "split-segments", true, TLS_FAULT_NONE, 0 } }, false, false, 0, 0 },
	{ "tls.client-certificate-required", { { "main", false, TLS_FAULT_ALERT, 116 } }, false, true, 14, 0 },
	{ "tls.client-certificate-rejected", { { "main", false, TLS_FAULT_ALERT, 48 } }, true, true, 14, 0 },
	{ "tls.client-certificate-rejected", { { "main", false, TLS_FAULT_ALERT, 116 } }, true, true, 14, 0 },
	{ "tls.internal-error", { { "main", false, TLS_FAULT_ALERT, 80 } }, false, false, 0, 0 },
	{ "tls.alert", { { "main", false, TLS_FAULT_ALERT, 50 } }, false, false, 0, 0 },
};

static struct attempt *attempt_of(struct arena *arena, const struct tls_case *c, const struct tried *t)
{
	struct attempt *at = arena_new_of(arena, struct attempt);

	*at = (struct attempt){ .name = t->name, .done = t->done, .fault = t->fault, .alert = t->alert, .alert_level = 2,
				.tcp = { .outcome = TCP_CONNECTED }, .tls_sent = true, .last_message = c->last_message,
				.dh_bits = c->dh_bits,
				.client_certificate_requested = c->wants_certificate ? TRI_YES : TRI_NO };
	return at;
}

static void finds_the_cause(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct tls_case *c = &cases[i];
		struct arena *arena = arena_new(0);
		struct findings findings = { .arena = arena };
		struct endpoint ep = { .text = "192.0.2.1", .tcp = { .outcome = TCP_CONNECTED } };
		struct endpoint *endpoints[] = { &ep };
		struct visit visit = { .endpoints = endpoints, .n_endpoints = 1, .best = &ep };
		struct evidence evidence = { .arena = arena, .visit = &visit, .has_client_certificate = c->has_certificate };
		const char *found = NULL;

		visit.target = (struct target){ .scheme = "https", .host = "x.test", .host_shown = "x.test", .path = "/",
						.port = 443, .servername = "x.test" };
		for (size_t k = 0; k < COUNT_OF(c->tried) && c->tried[k].name; k++)
			*arena_push(arena, ep.attempts, ep.n_attempts, ep.cap_attempts) = attempt_of(arena, c, &c->tried[k]);
		ep.main = ep.attempts[0];
		rule_tls.check(&evidence, &visit, &findings);
		for (size_t k = 0; k < findings.n && !found; k++)
			found = findings.items[k]->fails ? findings.items[k]->id : NULL;
		if ((found == NULL) != (c->id == NULL) || (found && strcmp(found, c->id) != 0))
			fail_msg("case %zu: wanted %s, found %s", i, c->id ? c->id : "nothing", found ? found : "nothing");
		arena_free(arena);
	}
}

/* The certificate is optional in the handshake, and the request without one gets no answer. */
static void hung_up_for_want_of_a_certificate(void **state)
{
	static const struct {
		enum http_fault fault, fallback;        /* fallback NONE: not asked */
		bool is_abandoned, asks, found;
	} rows[] = {
		{ HTTP_FAULT_NO_RESPONSE, HTTP_FAULT_NONE, false, true, true },
		{ HTTP_FAULT_NO_RESPONSE, HTTP_FAULT_NONE, false, false, false },
		{ HTTP_FAULT_TIMEOUT, HTTP_FAULT_NONE, false, true, false },
		{ HTTP_FAULT_TIMEOUT, HTTP_FAULT_NONE, true, true, true },
		{ HTTP_FAULT_H2_STREAM, HTTP_FAULT_NO_RESPONSE, false, true, true },
		{ HTTP_FAULT_H2_CLOSED, HTTP_FAULT_RESET, false, true, true },
		{ HTTP_FAULT_RESET, HTTP_FAULT_TIMEOUT, true, true, true },
		{ HTTP_FAULT_H2_STREAM, HTTP_FAULT_TIMEOUT, false, true, false },
		{ HTTP_FAULT_MALFORMED, HTTP_FAULT_NONE, false, true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena *arena = arena_new(0);
		struct findings findings = { .arena = arena };
		struct attempt at = { .name = "main", .done = true, .tls_sent = true, .tcp = { .outcome = TCP_CONNECTED },
				      .client_certificate_requested = rows[i].asks ? TRI_YES : TRI_NO };
		struct attempt *attempts[] = { &at };
		struct endpoint ep = { .text = "192.0.2.1", .tcp = { .outcome = TCP_CONNECTED }, .attempts = attempts, .n_attempts = 1, .main = &at };
		struct endpoint *endpoints[] = { &ep };
		struct visit visit = { .endpoints = endpoints, .n_endpoints = 1, .best = &ep,
				       .target = { .scheme = "https", .host = "x.test", .host_shown = "x.test", .path = "/", .port = 443 } };
		struct evidence evidence = { .arena = arena, .visit = &visit };

		visit.http = (struct http_evidence){ .asked = true, .fault = rows[i].fault, .is_abandoned = rows[i].is_abandoned };
		visit.http_fallback = (struct http_evidence){ .asked = rows[i].fallback != HTTP_FAULT_NONE, .fault = rows[i].fallback,
							      .is_abandoned = rows[i].is_abandoned };
		rule_tls.check(&evidence, &visit, &findings);
		if ((finding_get(&findings, "tls.client-certificate-required") != NULL) != rows[i].found)
			fail_msg("row %zu: %s", i, rows[i].found ? "not found" : "found");
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(finds_the_cause), cmocka_unit_test(hung_up_for_want_of_a_certificate) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
