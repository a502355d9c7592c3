/* HSTS and its preload list (RFC 6797, hstspreload.org), the way from port 80, cookies (RFC 6265 and
 * its successor) and the headers that guard a page; Content-Security-Policy: weak_csp.c. */
#include <stdio.h>
#include <strings.h>

#include "assess/assess.h"
#include "base/attr.h"
#include "x509/chain.h"
#include "x509/name.h"

enum { HALF_YEAR = 180 * 86400, YEAR = 365 * 86400, COOKIES_MAX = 64, REDIRECTS_MAX = 3 };

struct answer {
	struct assessment *a;
	const struct visit *visit;
	const struct http_evidence *http;
	bool is_page;           /* HTML, to which the headers about pages apply */
};

static const char *header(const struct http_evidence *http, const char *name)
{
	for (size_t i = 0; i < http->n_headers; i++)
		if (strcmp(http->headers[i].name, name) == 0)
			return http->headers[i].value ? http->headers[i].value : "";
	return NULL;
}

static bool holds(const char *text, const char *part)
{
	return text && span_find_nocase(span_str(text), span_str(part)) >= 0;
}

static void note(const struct answer *x, const char *id, const char *evidence)
{
	weakness_evidence(x->a, weakness_add(x->a, id, NULL), "%s", evidence);
}

/* ---- HSTS ------------------------------------------------------------------------------------------------ */

static void reason(struct hsts_preload *p, struct arena *arena, const char *text)
{
	*arena_push(arena, p->reasons, p->n_reasons, p->cap_reasons) = text;
	p->eligible = TRI_NO;
}

static const char *redirect_host_fault(const struct visit *visit, const struct http_evidence *plain)
{
	char wanted[300];

	snprintf(wanted, sizeof wanted, "https://%s", visit->target.host);
	if (!plain->redirect_url)
		return "port 80 answers without a redirect to https";
	if (strncasecmp(plain->redirect_url, "https://", 8) != 0)
		return "the first redirect from port 80 does not go to https";
	if (strncasecmp(plain->redirect_url, wanted, strlen(wanted)) != 0 || !strchr("/:?", plain->redirect_url[strlen(wanted)]))
		return "the first redirect from port 80 goes to another host; https on the same host must come first";
	return NULL;
}

static void preload_header(struct hsts_preload *p, struct arena *arena, const struct http_evidence *http)
{
	if (!http->has_hsts || !http->hsts_valid) {
		reason(p, arena, http->has_hsts ? "the Strict-Transport-Security header is invalid"
						: "there is no Strict-Transport-Security header");
		return;
	}
	if (http->hsts_max_age < YEAR)
		reason(p, arena, "max-age is less than one year (31536000)");
	if (!http->hsts_subdomains)
		reason(p, arena, "includeSubDomains is missing");
	if (!http->hsts_preload)
		reason(p, arena, "the word preload is missing");
}

/* Only a registrable domain gets onto the list: the label before a public suffix. */
static const char *name_fault(const struct target *target)
{
	const char *dot = target->host ? strchr(target->host, '.') : NULL;

	if (target->is_ip)
		return "addresses cannot be on the list";
	if (!dot || host_is_public_suffix(span_str(target->host)))
		return "the name is a public suffix";
	if (!host_is_public_suffix(span_str(dot + 1)))
		return "only registrable domains are listed, not names below them";
	if (target->port != 443)
		return "the list is about port 443";
	return NULL;
}

static bool is_out_of_time(const struct answer *x)
{
	const struct cert *leaf = x->visit->chain->leaf;
	int64_t now = x->a->diagnosis->evidence->now_unix;

	return leaf && leaf->is_decoded && (now > leaf->not_after_unix || now < leaf->not_before_unix);
}

/* Where the site itself sends its visitors: three steps at most, none of them to plain http. */
static void preload_redirects(struct hsts_preload *p, struct arena *arena, const struct visit *visit)
{
	size_t n = 0;

	for (; visit; visit = visit->next) {
		const char *to = visit->http.redirect_url;

		n += to != NULL;
		if (to && strncasecmp(to, "https://", 8) != 0) {
			reason(p, arena, "the site redirects to plain http");
			return;
		}
	}
	if (n > REDIRECTS_MAX)
		reason(p, arena, "the site redirects more than three times");
}

static void preload_judge(const struct answer *x)
{
	struct arena *arena = x->a->diagnosis->evidence->arena;
	struct hsts_preload *p = arena_new_of(arena, struct hsts_preload);
	const struct chain_facts *chain = x->visit->chain;
	const char *fault = name_fault(&x->visit->target);

	x->a->preload = p;
	p->eligible = TRI_YES;
	if (fault)
		reason(p, arena, fault);
	if (chain && (!chain->is_trusted || !chain->name_matches || (chain->best && chain->best->n_problems > 0) || is_out_of_time(x)))
		reason(p, arena, "the certificate is not valid for browsers");
	if (chain && chain->leaf && chain->leaf->signature_outer.hash == HASH_SHA1)
		reason(p, arena, "the certificate is signed with SHA-1");
	preload_header(p, arena, x->http);
	if (x->visit->port80.asked && x->visit->port80.http.got_head) {
		fault = redirect_host_fault(x->visit, &x->visit->port80.http);
		if (fault)
			reason(p, arena, fault);
	}
	preload_redirects(p, arena, x->visit);
	/* Subdomains, www among them, are not looked at. */
	if (p->eligible == TRI_YES) {
		p->eligible = TRI_UNKNOWN;
		*arena_push(arena, p->reasons, p->n_reasons, p->cap_reasons) =
			"all that one visit can see is as it must be; every subdomain must speak https too";
	}
}

static void look_hsts(const struct answer *x)
{
	const struct http_evidence *http = x->http;

	if (x->visit->target.is_ip)
		return;
	if (!http->has_hsts)
		note(x, "http.hsts-missing", "no Strict-Transport-Security header");
	else if (http->hsts_valid && http->hsts_max_age > 0 && http->hsts_max_age < HALF_YEAR)
		weakness_evidence(x->a, weakness_add(x->a, "http.hsts-short", NULL), "max-age=%lld",
				  (long long)http->hsts_max_age);
	preload_judge(x);
	if (http->has_hsts && http->hsts_preload && x->a->preload->eligible == TRI_NO)
		for (size_t i = 0; i < x->a->preload->n_reasons; i++)
			note(x, "http.hsts-preload", x->a->preload->reasons[i]);
}

static void look_port80(const struct answer *x)
{
	const struct http_evidence *plain = &x->visit->port80.http;

	if (!x->visit->port80.asked || !plain->got_head || plain->status >= 400)
		return;
	if (!plain->redirect_url)
		weakness_evidence(x->a, weakness_add(x->a, "http.no-redirect", NULL),
				  "http://%s/ answers %d without a redirect", x->visit->target.host, plain->status);
	else if (strncasecmp(plain->redirect_url, "https://", 8) != 0)
		weakness_evidence(x->a, weakness_add(x->a, "http.no-redirect", NULL), "http://%s/ redirects to %s",
				  x->visit->target.host, plain->redirect_url);
}

/* ---- cookies --------------------------------------------------------------------------------------------------- */

struct cookie {
	struct span name;
	bool is_secure, is_http_only, has_domain, is_root_path, is_deleted;
	struct span same_site;
};

static struct cookie cookie_read(const char *value)
{
	struct cookie c = { 0 };
	struct span rest = span_str(value);
	bool is_first = true;

	while (rest.n > 0 || is_first) {
		const uint8_t *semicolon = rest.n ? memchr(rest.p, ';', rest.n) : NULL;
		size_t n = semicolon ? (size_t)(semicolon - rest.p) : rest.n;
		struct span part = span_trim(span_sub(rest, 0, n));
		const uint8_t *equals = part.n ? memchr(part.p, '=', part.n) : NULL;
		struct span key = span_trim(equals ? span_sub(part, 0, (size_t)(equals - part.p)) : part);
		struct span text = equals ? span_trim(span_sub(part, (size_t)(equals - part.p) + 1, part.n)) : span_str("");

		if (is_first)
			c.name = key;
		else if (span_is_nocase(key, "secure"))
			c.is_secure = true;
		else if (span_is_nocase(key, "httponly"))
			c.is_http_only = true;
		else if (span_is_nocase(key, "domain"))
			c.has_domain = text.n > 0;
		else if (span_is_nocase(key, "path"))
			c.is_root_path = span_is(text, "/");
		else if (span_is_nocase(key, "samesite"))
			c.same_site = text;
		else if (span_is_nocase(key, "max-age"))
			c.is_deleted = text.n > 0 && (text.p[0] == '-' || text.p[0] == '0');
		else if (span_is_nocase(key, "expires"))
			c.is_deleted |= span_find(text, span_str("1970")) >= 0;
		is_first = false;
		rest = span_sub(rest, n + 1, rest.n);
	}
	return c;
}

static bool begins(struct span name, const char *prefix)
{
	return span_equal_nocase(span_sub(name, 0, strlen(prefix)), span_str(prefix));
}

/* Names that hold a session or a login, as frameworks call them. */
static bool is_session(struct span name)
{
	static const char *const parts[] = { "sess", "sid", "auth", "token", "login", "jwt", "csrf", "xsrf", "remember" };

	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (span_find_nocase(name, span_str(parts[i])) >= 0)
			return true;
	return false;
}

static void cookie_note(const struct answer *x, const char *id, const struct cookie *c, const char *what)
{
	weakness_evidence(x->a, weakness_add(x->a, id, NULL), "%.*s: %s", (int)(c->name.n < 60 ? c->name.n : 60),
			  (const char *)(c->name.p ? c->name.p : (const uint8_t *)""), what);
}

static void cookie_prefixes(const struct answer *x, const struct cookie *c)
{
	if (begins(c->name, "__Secure-") && !c->is_secure)
		cookie_note(x, "http.cookie-prefix", c, "__Secure- needs the attribute Secure");
	/* Of RFC 6265bis: for cookies that no script may set. */
	if ((begins(c->name, "__Http-") || begins(c->name, "__Host-Http-")) && (!c->is_secure || !c->is_http_only))
		cookie_note(x, "http.cookie-prefix", c, "__Http- needs Secure and HttpOnly");
	if (!begins(c->name, "__Host-"))
		return;
	if (!c->is_secure || !c->is_root_path)
		cookie_note(x, "http.cookie-prefix", c, "__Host- needs Secure and Path=/");
	if (c->has_domain)
		cookie_note(x, "http.cookie-prefix", c, "__Host- forbids Domain");
}

static void look_cookies(const struct answer *x)
{
	size_t n = 0;

	for (size_t i = 0; i < x->http->n_headers && n < COOKIES_MAX; i++) {
		struct cookie c;

		if (strcmp(x->http->headers[i].name, "set-cookie") != 0 || !x->http->headers[i].value)
			continue;
		n++;
		c = cookie_read(x->http->headers[i].value);
		/* What is taken away needs no guard. */
		if (c.is_deleted)
			continue;
		if (!c.is_secure)
			cookie_note(x, "http.cookie-insecure", &c, "no Secure");
		/* Tokens against forgery are made for scripts to read. */
		if (!c.is_http_only && is_session(c.name) && span_find_nocase(c.name, span_str("srf")) < 0)
			cookie_note(x, "http.cookie-script", &c, "no HttpOnly");
		if (c.same_site.n == 0)
			cookie_note(x, "http.cookie-samesite", &c, "no SameSite");
		else if (span_is_nocase(c.same_site, "none") && !c.is_secure)
			cookie_note(x, "http.cookie-samesite", &c, "SameSite=None without Secure is dropped");
		else if (!span_is_nocase(c.same_site, "none") && !span_is_nocase(c.same_site, "lax") && !span_is_nocase(c.same_site, "strict"))
			cookie_note(x, "http.cookie-samesite", &c, "SameSite is neither Strict, Lax nor None");
		cookie_prefixes(x, &c);
	}
	x->a->n_cookies = n;
}

/* ---- the other headers ------------------------------------------------------------------------------------------ */

static void look_framing(const struct answer *x)
{
	const char *options = header(x->http, "x-frame-options");

	if (csp_guards_frames(x->http))
		return;
	if (!options)
		note(x, "http.framing", "neither frame-ancestors nor X-Frame-Options");
	else if (!holds(options, "deny") && !holds(options, "sameorigin"))
		weakness_evidence(x->a, weakness_add(x->a, "http.framing", NULL), "X-Frame-Options: %s is not understood", options);
}

static void look_obsolete(const struct answer *x)
{
	static const char *const names[] = { "public-key-pins", "public-key-pins-report-only", "expect-ct", "x-xss-protection",
					     "feature-policy" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		/* "X-XSS-Protection: 0" switches off what was a hole itself. */
		if (header(x->http, names[i]) && !span_is(span_trim(span_str(header(x->http, names[i]))), "0"))
			weakness_evidence(x->a, weakness_add(x->a, "http.obsolete-header", NULL), "%s: %s", names[i],
					  header(x->http, names[i]));
}

static void look_banner(const struct answer *x)
{
	static const char *const names[] = { "server", "x-powered-by", "x-aspnet-version", "x-aspnetmvc-version", "x-generator" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const char *value = header(x->http, names[i]);

		if (value && strpbrk(value, "0123456789"))
			weakness_evidence(x->a, weakness_add(x->a, "http.banner", NULL), "%s: %s", names[i], value);
	}
}

/* Of a list the last word that is understood counts. */
static bool tells_all(const char *referrer)
{
	static const char *const words[] = { "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin", "same-origin",
					     "strict-origin", "strict-origin-when-cross-origin", "unsafe-url" };
	struct span rest = span_str(referrer);
	const char *last = NULL;

	while (rest.n > 0) {
		long comma = span_find(rest, span_str(","));
		size_t n = comma < 0 ? rest.n : (size_t)comma;

		for (size_t i = 0; i < COUNT_OF(words); i++)
			if (span_is_nocase(span_trim(span_sub(rest, 0, n)), words[i]))
				last = words[i];
		rest = span_sub(rest, n + 1, rest.n);
	}
	return last && (strcmp(last, "unsafe-url") == 0 || strcmp(last, "no-referrer-when-downgrade") == 0);
}

static void look_guards(const struct answer *x)
{
	const char *referrer = header(x->http, "referrer-policy");

	if (!holds(header(x->http, "x-content-type-options"), "nosniff"))
		note(x, "http.sniffing", "no X-Content-Type-Options: nosniff");
	if (!x->is_page)
		return;
	weak_csp(x->a, x->http, x->visit->page.meta_csp);
	look_framing(x);
	if (!referrer)
		note(x, "http.referrer", "no Referrer-Policy (browsers then take strict-origin-when-cross-origin)");
	else if (tells_all(referrer))
		weakness_evidence(x->a, weakness_add(x->a, "http.referrer", NULL), "Referrer-Policy: %s", referrer);
	if (!header(x->http, "permissions-policy"))
		note(x, "http.permissions", "no such header");
}

static void look_sharing(const struct answer *x)
{
	const char *origin = header(x->http, "access-control-allow-origin");

	if (origin && holds(header(x->http, "access-control-allow-credentials"), "true") &&
	    (strcmp(origin, "*") == 0 || strcmp(origin, "null") == 0))
		weakness_evidence(x->a, weakness_add(x->a, "http.cors", NULL),
				  "access-control-allow-origin: %s with credentials", origin);
}

void weak_http(struct assessment *a)
{
	const struct visit *visit = a->diagnosis->evidence->visit;
	struct answer x = { a, visit, visit->http.got_head ? &visit->http : &visit->http_fallback, false };

	if (!target_is_http(&visit->target))
		return;
	look_port80(&x);
	/* Headers of another URL's answer, or of a failure's page, say nothing about the site. */
	if (!x.http->got_head || x.http->status >= 500)
		return;
	x.is_page = holds(header(x.http, "content-type"), "text/html") && x.http->status < 300;
	look_hsts(&x);
	look_cookies(&x);
	look_banner(&x);
	look_obsolete(&x);
	look_sharing(&x);
	if (x.http->status >= 300)
		return;
	look_guards(&x);
	if (header(x.http, "content-encoding") && !holds(header(x.http, "content-encoding"), "identity"))
		weakness_evidence(a, weakness_add(a, "http.breach", NULL), "content-encoding: %s",
				  header(x.http, "content-encoding"));
}
