/* For testssl.sh's flat JSON: status, HSTS, cookies, banners, security headers. */
#include <stdio.h>
#include <stdlib.h>

#include "base/attr.h"
#include "base/timeutil.h"
#include "report/testssl_parts.h"

#define put testssl_put

static const char *header(const struct http_evidence *http, const char *name)
{
	for (size_t i = 0; i < http->n_headers; i++)
		if (strcmp(http->headers[i].name, name) == 0)
			return http->headers[i].value ? http->headers[i].value : "";
	return NULL;
}

static void put_hsts(struct flat_json *f, const struct http_evidence *http)
{
	if (!http->has_hsts) {
		put(f, "HSTS", "LOW", NULL, "not offered");
		return;
	}
	put(f, "HSTS_time", http->hsts_valid && http->hsts_max_age >= 15552000 ? "OK" : "MEDIUM", NULL,
	    arena_printf(f->arena, "%lld days (=%lld seconds)", (long long)(http->hsts_max_age / 86400), (long long)http->hsts_max_age));
	put(f, "HSTS_subdomains", http->hsts_subdomains ? "OK" : "INFO", NULL,
	    http->hsts_subdomains ? "includes subdomains" : "only for this domain");
	put(f, "HSTS_preload", http->hsts_preload ? "OK" : "INFO", NULL,
	    http->hsts_preload ? "domain IS marked for preloading" : "domain is NOT marked for preloading");
}

/* "a=1; Secure; HttpOnly": whether the attribute stands among those behind the first semicolon. */
static bool has_attribute(const char *cookie, const char *name)
{
	struct span rest = span_str(cookie);
	long at;

	while ((at = span_find(rest, span_str(";"))) >= 0) {
		long end;

		rest = span_sub(rest, (size_t)at + 1, rest.n);
		end = span_find(rest, span_str(";"));
		if (span_is_nocase(span_trim(end < 0 ? rest : span_sub(rest, 0, (size_t)end)), name))
			return true;
	}
	return false;
}

static void put_cookies(struct flat_json *f, const struct http_evidence *http)
{
	size_t n = 0, n_secure = 0, n_http_only = 0;

	for (size_t i = 0; i < http->n_headers; i++) {
		if (strcmp(http->headers[i].name, "set-cookie") != 0 || !http->headers[i].value)
			continue;
		n++;
		n_secure += has_attribute(http->headers[i].value, "secure");
		n_http_only += has_attribute(http->headers[i].value, "httponly");
	}
	put(f, "cookie_count", "INFO", NULL, arena_printf(f->arena, "%zu at '/'", n));
	if (n == 0)
		return;
	put(f, "cookie_secure", n_secure == n ? "OK" : "INFO", NULL, arena_printf(f->arena, "%zu/%zu at '/' marked as secure", n_secure, n));
	put(f, "cookie_httponly", n_http_only == n ? "OK" : "INFO", NULL,
	    arena_printf(f->arena, "%zu/%zu at '/' marked as HttpOnly", n_http_only, n));
}

static void put_banners(struct flat_json *f, const struct http_evidence *http)
{
	static const char *const applications[] = { "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator", "x-version" };
	static const char *const proxies[] = { "via", "x-cache", "x-varnish", "x-squid-error", "x-forwarded-for" };
	const char *application = NULL, *proxy = NULL;

	for (size_t i = 0; i < COUNT_OF(applications) && !application; i++)
		if (header(http, applications[i]))
			application = arena_printf(f->arena, "%s: %s", applications[i], header(http, applications[i]));
	for (size_t i = 0; i < COUNT_OF(proxies) && !proxy; i++)
		if (header(http, proxies[i]))
			proxy = arena_printf(f->arena, "%s: %s", proxies[i], header(http, proxies[i]));
	put(f, "banner_server", "INFO", NULL, http->server ? http->server : "No Server banner line in header");
	put(f, "banner_application", "INFO", NULL, application ? application : "No application banner found");
	put(f, "banner_reverseproxy", "INFO", NULL, proxy ? proxy : "--");
}

static void put_guards(struct flat_json *f, const struct http_evidence *http)
{
	static const struct { const char *name, *id, *severity; } rows[] = {
		{ "x-frame-options", "X-Frame-Options", "OK" }, { "x-content-type-options", "X-Content-Type-Options", "OK" },
		{ "content-security-policy", "Content-Security-Policy", "OK" }, { "permissions-policy", "Permissions-Policy", "OK" },
		{ "cross-origin-opener-policy", "Cross-Origin-Opener-Policy", "INFO" },
		{ "cross-origin-resource-policy", "Cross-Origin-Resource-Policy", "INFO" },
		{ "cross-origin-embedder-policy", "Cross-Origin-Embedder-Policy", "INFO" },
		{ "referrer-policy", "Referrer-Policy", "INFO" }, { "x-xss-protection", "X-XSS-Protection", "INFO" },
		{ "access-control-allow-origin", "Access-Control-Allow-Origin", "INFO" }, { "cache-control", "Cache-Control", "INFO" },
		{ "pragma", "Pragma", "INFO" },
	};
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (header(http, rows[i].name)) {
			put(f, rows[i].id, rows[i].severity, NULL, header(http, rows[i].name));
			any = true;
		}
	if (!any)
		put(f, "security_headers", "MEDIUM", NULL, "--");
}

/* Against the end of the scan: within the seconds that it took. */
static void put_time(struct flat_json *f, const struct http_evidence *http)
{
	const struct evidence *e = f->d->evidence;
	const char *date = header(http, "date"), *age = header(http, "age");
	int64_t theirs, skew;

	if (!date || !http_date_parse(date, &theirs)) {
		put(f, "HTTP_clock_skew", "INFO", NULL, "Got no HTTP time, maybe try different URL?");
		return;
	}
	if (age && strspn(age, "0123456789") == strlen(age) && strlen(age) < 10)
		theirs += atoll(age);
	skew = theirs - e->started_unix;
	/* The date is a whole second from somewhere within the scan. */
	if (skew > 0)
		skew = skew > (int64_t)(e->elapsed_ms / 1000) + 1 ? skew - (int64_t)(e->elapsed_ms / 1000) : 0;
	put(f, "HTTP_clock_skew", "INFO", NULL, arena_printf(f->arena, skew > 0 ? "+%lld seconds from localtime" : "%lld seconds from localtime",
							     (long long)skew));
	put(f, "HTTP_headerTime", "INFO", NULL, arena_printf(f->arena, "%lld", (long long)theirs));
	if (age)
		put(f, "HTTP_headerAge", "INFO", NULL, arena_printf(f->arena, "%s seconds", age));
}

void testssl_http(struct flat_json *f)
{
	const struct visit *visit = f->d->evidence->visit;
	const struct http_evidence *http = visit->http.got_head ? &visit->http : &visit->http_fallback;

	if (!http->got_head)
		return;
	put(f, "HTTP_status_code", "INFO", NULL, arena_printf(f->arena, "%d (\"%s\")", http->status,
							      visit->target.path ? visit->target.path : "/"));
	put_time(f, http);
	put_hsts(f, http);
	put(f, "HPKP", "INFO", NULL, header(http, "public-key-pins") ? header(http, "public-key-pins") : "No support for HTTP Public Key Pinning");
	put_banners(f, http);
	put_cookies(f, http);
	put_guards(f, http);
}
