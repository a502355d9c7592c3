/* Weaknesses of TLS, HTTP and DNS: one fact at a time, and what the good sample must not show. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <openssl/sha.h>

#include "test_audit_sample.h"

static struct arena *arena;

static const struct weakness *find(const struct assessment *a, const char *id)
{
	for (size_t i = 0; i < a->n_weaknesses; i++)
		if (strcmp(a->weaknesses[i]->id, id) == 0)
			return a->weaknesses[i];
	return NULL;
}

static bool says(const struct weakness *w, const char *what)
{
	for (size_t i = 0; w && i < w->n_evidence; i++)
		if (strstr(w->evidence[i], what))
			return true;
	return false;
}

/* ---- http --------------------------------------------------------------------------------------------------- */

static struct http_header headers[16];
static size_t n_headers;

static void add_header(const char *name, const char *value)
{
	headers[n_headers++] = (struct http_header){ name, value };
}

static void use_headers(struct diagnosis *d, struct audit *a)
{
	(void)a;
	d->evidence->visit->http.headers = headers;
	d->evidence->visit->http.n_headers = n_headers;
}

static const struct assessment *with_header(const char *name, const char *value)
{
	n_headers = 0;
	add_header("content-type", "text/html");
	add_header("x-content-type-options", "nosniff");
	if (name)
		add_header(name, value);
	return sample_audited(arena, use_headers, NULL)->assessment;
}

static void headers_are_read(void **state)
{
	static const struct { const char *name, *value, *id; bool is_weak; } rows[] = {
		{ "set-cookie", "a=1; Secure; HttpOnly; SameSite=Lax", "http.cookie-insecure", false },
		{ "set-cookie", "a=1; HttpOnly", "http.cookie-insecure", true },
		{ "set-cookie", "a=1;secure", "http.cookie-insecure", false },
		{ "set-cookie", "sessionid=1; Secure", "http.cookie-script", true },
		{ "set-cookie", "sessionid=1; Secure; HttpOnly", "http.cookie-script", false },
		{ "set-cookie", "csrf_token=1; Secure", "http.cookie-script", false },
		{ "set-cookie", "theme=dark; Secure", "http.cookie-script", false },
		{ "set-cookie", "a=1; Secure", "http.cookie-samesite", true },
		{ "set-cookie", "a=1; Secure; SameSite=None", "http.cookie-samesite", false },
		{ "set-cookie", "a=1; SameSite=None", "http.cookie-samesite", true },
		{ "set-cookie", "__Host-a=1; Secure; Path=/", "http.cookie-prefix", false },
		{ "set-cookie", "__Host-a=1; Secure; Path=/x", "http.cookie-prefix", true },
		{ "set-cookie", "__Host-a=1; Secure; Path=/; Domain=a.test", "http.cookie-prefix", true },
		{ "set-cookie", "__Secure-a=1", "http.cookie-prefix", true },
		{ "set-cookie", "", "http.cookie-insecure", true }, { "set-cookie", ";;;=;", "http.cookie-insecure", true },
		{ NULL, NULL, "http.csp-missing", true },
		{ "content-security-policy", "default-src 'self'; base-uri 'none'", "http.csp-missing", false },
		{ "content-security-policy", "default-src 'self'; base-uri 'none'", "http.csp-weak", false },
		{ "content-security-policy", "default-src 'self' 'unsafe-inline'; base-uri 'none'", "http.csp-weak", true },
		{ "content-security-policy", "default-src 'unsafe-inline' 'nonce-x'; base-uri 'none'", "http.csp-weak", false },
		{ "content-security-policy", "script-src *; object-src 'none'; base-uri 'none'", "http.csp-weak", true },
		{ "content-security-policy", "img-src 'self'", "http.csp-weak", true },
		{ NULL, NULL, "http.framing", true }, { "x-frame-options", "DENY", "http.framing", false },
		{ "x-frame-options", "ALLOW-FROM https://a.test", "http.framing", true },
		{ "content-security-policy", "default-src 'self'; frame-ancestors 'none'", "http.framing", false },
		/* More of policies: tabs, several in one field, words that only begin alike. */
		{ "content-security-policy", "script-src\t'self'; object-src 'none'; base-uri 'none'", "http.csp-weak", false },
		{ "content-security-policy", "default-src 'self' data:; base-uri 'none'", "http.csp-weak", true },
		{ "content-security-policy", "default-src https://*.example.org; base-uri 'none'", "http.csp-weak", false },
		{ "content-security-policy", "frame-ancestors 'none', default-src 'self'; base-uri 'none'", "http.csp-weak", false },
		{ "content-security-policy", "frame-ancestors 'none', default-src 'self'; base-uri 'none'", "http.framing", false },
		{ "content-security-policy", "default-src 'self'; base-uri 'none'; frame-ancestors *", "http.framing", true },
		{ "content-security-policy", "", "http.csp-missing", true },
		{ "content-security-policy", "script-src-elem 'self'; base-uri 'none'", "http.csp-weak", true },
		{ "x-xss-protection", "0", "http.obsolete-header", false }, { "x-xss-protection", "1; mode=block", "http.obsolete-header", true },
		{ "referrer-policy", "unsafe-url, strict-origin", "http.referrer", false },
		{ "referrer-policy", "strict-origin, unsafe-url", "http.referrer", true },
		{ "set-cookie", "session=; Max-Age=0", "http.cookie-insecure", false },
		{ "set-cookie", "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "http.cookie-insecure", false },
		{ "set-cookie", "a=1; Secure; SameSite=Laxx", "http.cookie-samesite", true },
		{ "set-cookie", "a=1; Secure; SameSite=strict", "http.cookie-samesite", false },
		{ "set-cookie", "__Http-a=1; Secure", "http.cookie-prefix", true },
		{ "set-cookie", "__Http-a=1; Secure; HttpOnly", "http.cookie-prefix", false },
		{ NULL, NULL, "http.sniffing", false }, { "referrer-policy", "unsafe-url", "http.referrer", true },
		{ "referrer-policy", "no-referrer", "http.referrer", false },
		{ "public-key-pins", "x", "http.obsolete-header", true }, { "server", "nginx", "http.banner", false },
		{ "server", "nginx/1.2", "http.banner", true }, { "x-powered-by", "PHP/8.1", "http.banner", true },
		{ "content-encoding", "gzip", "http.breach", true }, { NULL, NULL, "http.breach", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		arena = arena_new(0);
		if ((find(with_header(rows[i].name, rows[i].value), rows[i].id) != NULL) != rows[i].is_weak)
			fail_msg("%s: %s: %s", rows[i].name ? rows[i].name : "-", rows[i].value ? rows[i].value : "-", rows[i].id);
		arena_free(arena);
	}
}

/* Anonymous is not without encryption. */
static void use_anonymous(struct diagnosis *d, struct audit *a)
{
	(void)d;
	audit_suite_add(arena, a, AUDIT_TLS12, 0x0034);
	*arena_push(arena, a->vulnerabilities, a->n_vulnerabilities, a->cap_vulnerabilities) =
		(struct audit_vulnerability){ .id = "null_anon", .name = "NULL or anonymous suites", .status = VULNERABILITY_VULNERABLE };
}

static void anonymous_suites_encrypt(void **state)
{
	const struct assessment *a;

	(void)state;
	arena = arena_new(0);
	a = sample_audited(arena, use_anonymous, NULL)->assessment;
	assert_non_null(find(a, "tls.anonymous-cipher"));
	assert_null(find(a, "tls.null-cipher"));
	arena_free(arena);
}

static const char *meta;

static void use_policies(struct diagnosis *d, struct audit *a)
{
	use_headers(d, a);
	d->evidence->visit->page.meta_csp = meta;
}

/* What one policy of several stops is stopped. */
static void policies_add_up(void **state)
{
	static const struct { const char *one, *two, *meta; bool is_missing, is_weak; } rows[] = {
		{ "frame-ancestors 'none'", "default-src 'self'; base-uri 'none'", NULL, false, false },
		{ "default-src 'self'; base-uri 'none'", "script-src 'self' 'unsafe-inline'", NULL, false, false },
		{ "script-src 'unsafe-inline'; object-src 'none'; base-uri 'none'", "script-src * 'unsafe-inline'", NULL, false, true },
		{ NULL, NULL, "default-src 'self'; base-uri 'none'", false, false }, { NULL, NULL, "img-src *", false, true },
		{ "base-uri 'none'", NULL, "default-src 'self'", false, false }, { NULL, NULL, NULL, true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct assessment *a;

		arena = arena_new(0);
		n_headers = 0;
		add_header("content-type", "text/html; charset=utf-8");
		if (rows[i].one)
			add_header("content-security-policy", rows[i].one);
		if (rows[i].two)
			add_header("content-security-policy", rows[i].two);
		meta = rows[i].meta;
		a = sample_audited(arena, use_policies, NULL)->assessment;
		if ((find(a, "http.csp-missing") != NULL) != rows[i].is_missing || (find(a, "http.csp-weak") != NULL) != rows[i].is_weak)
			fail_msg("row %zu", i);
		arena_free(arena);
	}
}

static struct http_evidence plain;
static const char *host;
static bool has_preload;

static void use_port80(struct diagnosis *d, struct audit *a)
{
	struct visit *v = d->evidence->visit;

	(void)a;
	v->target.host = host;
	v->port80.asked = true;
	v->port80.http = plain;
	v->http.hsts_subdomains = v->http.hsts_preload = has_preload;
}

static void preload_is_judged(void **state)
{
	static const struct { const char *host, *redirect; bool has_preload; enum tri eligible; const char *says; } rows[] = {
		{ "example.org", "https://example.org/", true, TRI_UNKNOWN, "subdomain" },
		{ "example.org", "https://www.example.org/", true, TRI_NO, "another host" },
		{ "example.org", "https://example.org.evil.test/", true, TRI_NO, "another host" },
		{ "example.org", "http://example.org/x", true, TRI_NO, "does not go to https" },
		{ "example.org", NULL, true, TRI_NO, "without a redirect" },
		{ "www.example.org", "https://www.example.org/", true, TRI_NO, "registrable" },
		{ "co.uk", "https://co.uk/", true, TRI_NO, "public suffix" },
		{ "example.org", "https://example.org/", false, TRI_NO, "includeSubDomains" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct hsts_preload *p;
		bool found = false;

		arena = arena_new(0);
		host = rows[i].host;
		has_preload = rows[i].has_preload;
		plain = (struct http_evidence){ .asked = true, .got_head = true, .status = rows[i].redirect ? 301 : 200,
						.redirect_url = rows[i].redirect };
		p = sample_audited(arena, use_port80, NULL)->assessment->preload;
		assert_non_null(p);
		for (size_t k = 0; k < p->n_reasons; k++)
			found |= strstr(p->reasons[k], rows[i].says) != NULL;
		if (p->eligible != rows[i].eligible || !found)
			fail_msg("row %zu: %d %s", i, p->eligible, p->n_reasons ? p->reasons[0] : "");
		arena_free(arena);
	}
}

/* ---- dns ------------------------------------------------------------------------------------------------------ */

static const char *caa_value, *caa_tag, *organization;
static struct span tlsa;
static bool is_untrusted;
static enum tri secure;

static void use_dns(struct diagnosis *d, struct audit *a)
{
	struct visit *v = d->evidence->visit;
	struct cert *leaf = (struct cert *)(uintptr_t)v->chain->leaf;
	uint8_t *rdata = arena_alloc(arena, 300);

	(void)a;
	v->dns.caa.outcome = caa_value ? DNS_OK : DNS_NODATA;
	leaf->issuer.organization = organization;
	if (caa_value) {
		struct dns_record *record = arena_new_of(arena, struct dns_record);
		size_t n = strlen(caa_tag);

		rdata[1] = (uint8_t)n;
		memcpy(rdata + 2, caa_tag, n);
		memcpy(rdata + 2 + n, caa_value, strlen(caa_value));
		*record = (struct dns_record){ .type = 257, .rdata = span_of(rdata, 2 + n + strlen(caa_value)) };
		v->dns.caa.records = record;
		v->dns.caa.n_records = 1;
	}
	if (is_untrusted)
		v->chain->is_trusted = false;
	if (tlsa.n) {
		struct dns_record *record = arena_new_of(arena, struct dns_record);

		*record = (struct dns_record){ .type = 52, .rdata = tlsa };
		v->dns.tlsa = (struct dns_answer){ .outcome = DNS_OK, .records = record, .n_records = 1, .secure = secure };
	}
}

static void caa_is_compared(void **state)
{
	static const struct { const char *tag, *value, *organization; enum tri allows; } rows[] = {
		{ "issue", "letsencrypt.org", "Let's Encrypt", TRI_YES }, { "issue", "letsencrypt.org; accounturi=x", "Let's Encrypt", TRI_YES },
		{ "ISSUE", "LetsEncrypt.org", "Let's Encrypt", TRI_YES }, { "issue", "digicert.com", "Let's Encrypt", TRI_NO },
		{ "issue", ";", "Let's Encrypt", TRI_NO }, { "issue", "pki.goog", "Google Trust Services", TRI_YES },
		{ "issue", "letsencrypt.org", "Some Private CA", TRI_UNKNOWN }, { "issue", "letsencrypt.org", NULL, TRI_UNKNOWN },
		{ "issuewild", ";", "Let's Encrypt", TRI_YES }, { "iodef", "mailto:a@b.test", "Let's Encrypt", TRI_YES },
		{ NULL, NULL, "Let's Encrypt", TRI_YES },
	};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct assessment *a;

		arena = arena_new(0);
		caa_tag = rows[i].tag;
		caa_value = rows[i].value;
		organization = rows[i].organization;
		tlsa = (struct span){ 0 };
		a = sample_audited(arena, use_dns, NULL)->assessment;
		if (a->caa_allows != rows[i].allows)
			fail_msg("row %zu: %d, %s", i, a->caa_allows, a->caa_because);
		assert_int_equal(find(a, "dns.caa-mismatch") != NULL, rows[i].allows == TRI_NO);
		arena_free(arena);
	}
}

static void malformed_caa_is_harmless(void **state)
{
	static const char *const tags[] = { "", "x", "issue" };

	(void)state;
	tlsa = (struct span){ 0 };
	organization = "Let's Encrypt";
	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		arena = arena_new(0);
		caa_tag = tags[i];
		caa_value = "";
		sample_audited(arena, use_dns, NULL);
		arena_free(arena);
	}
}

static struct span tlsa_of(uint8_t usage, uint8_t selector, uint8_t matching, const struct cert *cert)
{
	uint8_t *rdata = arena_alloc(arena, 3 + 64);
	struct span what = selector ? cert->key.spki : cert->der;

	rdata[0] = usage;
	rdata[1] = selector;
	rdata[2] = matching;
	if (matching == 1)
		SHA256(what.p, what.n, rdata + 3);
	else
		SHA512(what.p, what.n, rdata + 3);
	return span_of(rdata, 3 + (matching == 1 ? 32 : 64));
}

static void tlsa_is_compared(void **state)
{
	static const struct { uint8_t usage, selector, matching, cert; enum tri matches; } rows[] = {
		{ 3, 1, 1, 0, TRI_YES }, { 3, 0, 2, 0, TRI_YES }, { 1, 1, 1, 0, TRI_YES }, { 3, 1, 1, 1, TRI_NO },
		{ 2, 1, 1, 1, TRI_YES }, { 2, 1, 1, 0, TRI_NO }, { 0, 0, 1, 1, TRI_YES },
	};
	const struct assessment *whole;
	struct span *blocks;

	(void)state;
	caa_value = NULL;
	secure = TRI_YES;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct assessment *a;
		struct span *ders;

		arena = arena_new(0);
		assert_true(pem_blocks(arena, sample_file(arena, "chain/ok-ec.pem"), "CERTIFICATE", &ders) >= 2);
		tlsa = tlsa_of(rows[i].usage, rows[i].selector, rows[i].matching, cert_parse(arena, ders[rows[i].cert]));
		a = sample_audited(arena, use_dns, NULL)->assessment;
		if (a->tlsa_matches != rows[i].matches)
			fail_msg("row %zu: %d", i, a->tlsa_matches);
		assert_int_equal(find(a, "dns.tlsa-mismatch") != NULL, rows[i].matches == TRI_NO);
		arena_free(arena);
	}
	arena = arena_new(0);
	/* What is for trusted certificates alone helps no other. */
	assert_true(pem_blocks(arena, sample_file(arena, "chain/ok-ec.pem"), "CERTIFICATE", &blocks) >= 2);
	tlsa = tlsa_of(1, 1, 1, cert_parse(arena, blocks[0]));
	is_untrusted = true;
	whole = sample_audited(arena, use_dns, NULL)->assessment;
	assert_int_equal(whole->tlsa_matches, TRI_NO);
	assert_true(says(find(whole, "dns.tlsa-mismatch"), "trusted certificate"));
	is_untrusted = false;
	arena_free(arena);
	arena = arena_new(0);
	tlsa = span_of("\x03\x01\x01short", 8);
	assert_non_null(find(sample_audited(arena, use_dns, NULL)->assessment, "dns.tlsa-malformed"));
	arena_free(arena);
	arena = arena_new(0);
	tlsa = span_of("\x03", 1);
	assert_non_null(find(sample_audited(arena, use_dns, NULL)->assessment, "dns.tlsa-malformed"));
	arena_free(arena);
	tlsa = (struct span){ 0 };
}

/* ---- tls -------------------------------------------------------------------------------------------------------- */

static void rc4_first(struct diagnosis *d, struct audit *a)
{
	struct audit_suites *list = &a->suites[4];

	(void)d;
	list->n = 0;
	audit_suite_add(arena, a, AUDIT_TLS12, 0x0005);
	audit_suite_add(arena, a, AUDIT_TLS12, 0xc02f);
	list->server_preference = TRI_YES;
}

static void short_dh(struct diagnosis *d, struct audit *a)
{
	(void)d;
	*arena_push(arena, a->dh, a->n_dh, a->cap_dh) =
		(struct audit_dh){ .bits = 512, .known = "an old default", .prime = TRI_YES, .safe = TRI_YES, .reused = TRI_YES };
}

static void bleeds(struct diagnosis *d, struct audit *a)
{
	(void)d;
	a->vulnerabilities[0].status = VULNERABILITY_VULNERABLE;
	a->vulnerabilities[1] = (struct audit_vulnerability){ .id = "rc4", .status = VULNERABILITY_VULNERABLE, .because = "it is" };
}

static void facts_of_tls(void **state)
{
	const struct assessment *a;

	(void)state;
	arena = arena_new((size_t)64 << 20);
	a = sample_audited(arena, NULL, NULL)->assessment;
	assert_null(find(a, "tls.rc4"));
	assert_null(find(a, "tls.old-version"));
	assert_null(find(a, "tls.no-post-quantum"));
	assert_true(says(find(a, "tls.intolerant"), "256 to 511"));
	a = sample_audited(arena, rc4_first, NULL)->assessment;
	assert_true(says(find(a, "tls.rc4"), "TLS_RSA_WITH_RC4_128_SHA"));
	assert_true(says(find(a, "tls.weak-first"), "comes before"));
	a = sample_audited(arena, short_dh, NULL)->assessment;
	assert_int_equal(find(a, "tls.dh-short")->severity, SEVERITY_CRITICAL);
	assert_true(says(find(a, "tls.dh-common"), "an old default"));
	assert_non_null(find(a, "tls.key-reused"));
	a = sample_audited(arena, bleeds, NULL)->assessment;
	assert_int_equal(find(a, "vulnerability.heartbleed")->severity, SEVERITY_CRITICAL);
	assert_null(find(a, "vulnerability.rc4"));
	assert_true(says(find(a, "tls.rc4"), "it is"));
	arena_free(arena);
}

static void groups_come_worst_first(void **state)
{
	const struct assessment *a;

	(void)state;
	arena = arena_new(0);
	a = sample_audited(arena, bleeds, NULL)->assessment;
	assert_true(a->n_changes > 1);
	for (size_t i = 1; i < a->n_weaknesses; i++)
		assert_true(a->weaknesses[i]->severity <= a->weaknesses[i - 1]->severity);
	for (size_t i = 1; i < a->n_changes; i++)
		assert_true(a->changes[i].severity <= a->changes[i - 1].severity);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_are_read), cmocka_unit_test(anonymous_suites_encrypt), cmocka_unit_test(policies_add_up), cmocka_unit_test(preload_is_judged), cmocka_unit_test(caa_is_compared),
		cmocka_unit_test(malformed_caa_is_harmless), cmocka_unit_test(tlsa_is_compared), cmocka_unit_test(facts_of_tls),
		cmocka_unit_test(groups_come_worst_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
