/* The http and page rules over evidence made by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "http/exchange.h"
#include "rule/rule.h"

extern const struct rule rule_http, rule_page;

struct scene {
	struct arena *arena;
	struct evidence evidence;
	struct visit visit;
	struct findings findings;
};

static void scene_open(struct scene *s, const char *scheme, const char *host)
{
	*s = (struct scene){ .arena = arena_new(0) };
	s->evidence.arena = s->findings.arena = s->arena;
	s->visit.target =
		(struct target){ .scheme = scheme, .host = host, .path = "/", .port = 443 };
	s->evidence.visit = &s->visit;
}

static void answer(struct scene *s, const char *protocol, const char *text,
		   struct http_evidence *out)
{
	const struct http_request request = { .protocol = protocol,
					      .scheme = s->visit.target.scheme,
					      .authority = s->visit.target.host,
					      .path = "/" };
	struct http_exchange *x = http_exchange_new(s->arena, &request, out);

	http_exchange_receive(x, span_str(text));
	http_exchange_eof(x, HTTP_EOF_CLOSE_NOTIFY);
}

static const struct one {
	const char *scheme, *answer;
	const char *id;
	bool fails;
} ones[] = {
	{ "https", "", "http.no-response", true },
	{ "https", "SSH-2.0-x\r\n", "http.malformed", true },
	{ "https", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", "http.truncated", true },
	{ "https", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nhi, no gzip",
	  "http.bad-encoding", true },
	{ "https", "HTTP/1.1 502 Bad Gateway\r\n\r\n<p>x</p>", "http.server-error", false },
	{ "https", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "http.server-error", true },
	{ "https", "HTTP/1.1 404 Not Found\r\n\r\n<p>x</p>", "http.client-error", false },
	{ "https", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "http.client-error",
	  true },
	{ "https",
	  "HTTP/1.1 400 Bad Request\r\n\r\n<center>No required SSL certificate was sent</center>",
	  "http.client-certificate", false },
	{ "http",
	  "HTTP/1.1 400 Bad Request\r\n\r\n<center>The plain HTTP request was sent to HTTPS "
	  "port</center>",
	  "http.plain-http-to-https-port", false },
	{ "https", "HTTP/1.1 526\r\n\r\n<p>x</p>", "http.origin-tls", false },
	{ "https", "HTTP/1.1 421 Misdirected Request\r\n\r\n<p>x</p>", "http.misdirected", false },
	{ "https", "HTTP/1.1 302 Found\r\nLocation: file:///etc/x\r\nContent-Length: 0\r\n\r\n",
	  "http.bad-redirect", true },
	{ "https", "HTTP/1.1 302 Found\r\n\r\n<p>moved</p>", "http.bad-redirect", false },
	{ "https", "HTTP/1.1 302 Found\r\nLocation: http://h.test/\r\n\r\n",
	  "http.redirect-to-plain", false },
	{ "https", "HTTP/1.1 200 OK\r\n\r\nhi", "http.hsts-missing", false },
	{ "https", "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=5\r\n\r\nhi",
	  "http.hsts-weak", false },
};

static void test_ones(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(ones); i++) {
		const struct finding *finding;
		struct scene s;

		scene_open(&s, ones[i].scheme, "h.test");
		answer(&s, "http/1.1", ones[i].answer, &s.visit.http);
		rule_http.check(&s.evidence, &s.visit, &s.findings);
		finding = finding_get(&s.findings, ones[i].id);
		if (!finding || finding->fails != ones[i].fails || finding->n_evidence == 0)
			fail_msg("%s is not found right in: %s", ones[i].id, ones[i].answer);
		arena_free(s.arena);
	}
}

static void test_healthy(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "https", "h.test");
	answer(&s, "http/1.1",
	       "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=31536000\r\n\r\nhi",
	       &s.visit.http);
	rule_http.check(&s.evidence, &s.visit, &s.findings);
	rule_page.check(&s.evidence, &s.visit, &s.findings);
	assert_int_equal(s.findings.n, 0);
	arena_free(s.arena);
}

static void test_h2(void **state)
{
	struct scene s;

	(void)state;
	scene_open(&s, "https", "h.test");
	answer(&s, "h2", "HTTP/1.1 400 Bad Request\r\n\r\n", &s.visit.http);
	answer(&s, "http/1.1", "HTTP/1.1 200 OK\r\n\r\nhi", &s.visit.http_fallback);
	rule_http.check(&s.evidence, &s.visit, &s.findings);
	assert_true(finding_get(&s.findings, "http.h2-broken")->fails);
	arena_free(s.arena);

	/* RST_STREAM HTTP_1_1_REQUIRED, and HTTP/1.1 works: clients mend that themselves */
	scene_open(&s, "https", "h.test");
	answer(&s, "http/1.1", "HTTP/1.1 200 OK\r\n\r\nhi", &s.visit.http_fallback);
	s.visit.http = (struct http_evidence){
		.asked = true, .protocol = "h2", .fault = HTTP_FAULT_H2_STREAM, .h2_error = 13
	};
	rule_http.check(&s.evidence, &s.visit, &s.findings);
	assert_false(finding_get(&s.findings, "http.h2-broken")->fails);
	arena_free(s.arena);

	/* no answer in either: the plainer of the two is told */
	scene_open(&s, "https", "h.test");
	answer(&s, "http/1.1", "", &s.visit.http_fallback);
	s.visit.http = (struct http_evidence){
		.asked = true, .protocol = "h2", .fault = HTTP_FAULT_H2_STREAM, .h2_error = 1
	};
	rule_http.check(&s.evidence, &s.visit, &s.findings);
	assert_non_null(finding_get(&s.findings, "http.no-response"));
	assert_null(finding_get(&s.findings, "http.h2-broken"));
	arena_free(s.arena);
}

static void test_page(void **state)
{
	struct resource resources[] = {
		{ .kind = RESOURCE_SCRIPT,
		  .url = "http://a.test/x.js",
		  .element = "script src",
		  .line = 3,
		  .is_plain = true,
		  .treatment = MIXED_BLOCKED },
		{ .kind = RESOURCE_IMAGE,
		  .url = "http://a.test/i.gif",
		  .element = "img src",
		  .line = 4,
		  .is_plain = true,
		  .treatment = MIXED_UPGRADED,
		  .works = TRI_NO },
		{ .kind = RESOURCE_STYLE,
		  .url = "https://b.test/s.css",
		  .element = "link",
		  .line = 5,
		  .works = TRI_NO },
		{ .kind = RESOURCE_SCRIPT,
		  .url = "http://c.test/x.js",
		  .element = "script src",
		  .line = 6,
		  .is_plain = true,
		  .treatment = MIXED_UPGRADED,
		  .works = TRI_YES },
	};
	struct scene s;

	(void)state;
	scene_open(&s, "https", "h.test");
	s.visit.page = (struct page_evidence){ .looked = true,
					       .resources = resources,
					       .n_resources = COUNT_OF(resources) };
	rule_page.check(&s.evidence, &s.visit, &s.findings);
	assert_int_equal(s.findings.n, 3);
	assert_non_null(
		strstr(finding_get(&s.findings, "page.mixed-active")->evidence[0], "line 3"));
	assert_int_equal(finding_get(&s.findings, "page.mixed-active")->n_evidence, 1);
	assert_non_null(finding_get(&s.findings, "page.mixed-passive"));
	assert_non_null(finding_get(&s.findings, "page.subresource-broken"));
	arena_free(s.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ones),
		cmocka_unit_test(test_healthy),
		cmocka_unit_test(test_h2),
		cmocka_unit_test(test_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
