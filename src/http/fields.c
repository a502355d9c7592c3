/* Fields that have a place of their own in the evidence: Strict-Transport-Security (RFC 6797 6.1),
 * Location (RFC 9110 10.2.2), Content-Length, Content-Type, Content-Security-Policy. */
#include "http/parts.h"
#include "http/url.h"

const char *http_header_get(const struct http_evidence *http, const char *name)
{
	for (size_t i = 0; i < http->n_headers; i++)
		if (strcmp(http->headers[i].name, name) == 0)
			return http->headers[i].value;
	return NULL;
}

/* ---- Content-Length, RFC 9112 6.3 ------------------------------------------------------------ */

static bool length_read(struct span text, uint64_t *length)
{
	uint64_t n = 0;

	if (text.n == 0 || text.n > 18)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(text.p[i] - '0');
	}
	*length = n;
	return true;
}

/* One field line; several equal numbers in a list count as one. */
static int length_line(struct span list, bool *has, uint64_t *length)
{
	for (bool more = true; more;) {
		long comma = span_find(list, span_str(","));
		uint64_t n;

		more = comma >= 0;
		if (!length_read(span_trim(more ? span_sub(list, 0, (size_t)comma) : list), &n))
			return -2;
		if (*has && n != *length)
			return -1;
		*has = true;
		*length = n;
		list = span_sub(list, (size_t)(comma + 1), list.n);
	}
	return 1;
}

int http_content_length(const struct http_evidence *http, uint64_t *length)
{
	bool has = false;

	for (size_t i = 0; i < http->n_headers; i++) {
		int got;

		if (strcmp(http->headers[i].name, "content-length") != 0)
			continue;
		got = length_line(span_str(http->headers[i].value), &has, length);
		if (got < 0)
			return got;
	}
	return has ? 1 : 0;
}

/* ---- Strict-Transport-Security, RFC 6797 6.1 -------------------------------------------------- */

/* A directive's value without its quotes; false when the quotes do not match. */
static bool unquote(struct span *value)
{
	if (value->n == 0 || value->p[0] != '"')
		return true;
	if (value->n < 2 || value->p[value->n - 1] != '"')
		return false;
	*value = span_sub(*value, 1, value->n - 2);
	return true;
}

static bool max_age_read(struct span value, int64_t *max_age)
{
	*max_age = 0;
	if (!unquote(&value) || value.n == 0)
		return false;
	for (size_t i = 0; i < value.n; i++) {
		if (value.p[i] < '0' || value.p[i] > '9')
			return false;
		/* longer than any clock runs: as long as can be told */
		*max_age = *max_age > INT64_MAX / 16 ? INT64_MAX / 16
						     : *max_age * 10 + (value.p[i] - '0');
	}
	return true;
}

struct hsts_seen {
	unsigned n_max_age, n_subdomains, n_preload;
	bool is_bad;
};

static void hsts_directive(struct http_evidence *out, struct span part, struct hsts_seen *seen)
{
	long equals = span_find(part, span_str("="));
	struct span name = span_trim(equals < 0 ? part : span_sub(part, 0, (size_t)equals));
	struct span value = equals < 0 ? (struct span){ 0 }
				       : span_trim(span_sub(part, (size_t)equals + 1, part.n));

	if (name.n == 0) {
		seen->is_bad |= equals >= 0;
	} else if (span_is_nocase(name, "max-age")) {
		seen->n_max_age++;
		seen->is_bad |= !max_age_read(value, &out->hsts_max_age);
	} else if (span_is_nocase(name, "includeSubDomains")) {
		seen->n_subdomains++;
		seen->is_bad |= equals >= 0;
	} else if (span_is_nocase(name, "preload")) {
		seen->n_preload++;
	}
}

static size_t directive_len(struct span text)
{
	bool quoted = false;
	size_t n = 0;

	for (; n < text.n && (quoted || text.p[n] != ';'); n++)
		if (text.p[n] == '"')
			quoted = !quoted;
	return n;
}

/* Only the first field counts (8.1); a directive given twice makes it invalid. */
static void hsts_read(struct http_evidence *out)
{
	const char *value = http_header_get(out, "strict-transport-security");
	struct hsts_seen seen = { 0 };
	struct span left = span_str(value);

	out->has_hsts = value != NULL;
	while (left.n > 0) {
		size_t n = directive_len(left);

		hsts_directive(out, span_sub(left, 0, n), &seen);
		left = span_sub(left, n + 1, left.n);
	}
	out->hsts_valid = value && !seen.is_bad && seen.n_max_age == 1 && seen.n_subdomains < 2;
	out->hsts_subdomains = seen.n_subdomains > 0;
	out->hsts_preload = seen.n_preload > 0;
}

/* ---- Location --------------------------------------------------------------------------------- */

static bool is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void location_resolve(struct http_exchange *x, const char *base_text)
{
	struct http_evidence *out = x->out;
	struct url base, to;

	if (!url_parse(x->arena, span_str(base_text), NULL, &base))
		return;
	if (!url_parse(x->arena, span_str(out->location), &base, &to)) {
		out->redirect_fault = "Location is no URL that can be read";
		out->redirect_unreadable = true;
	} else if (strcmp(to.scheme, "http") != 0 && strcmp(to.scheme, "https") != 0) {
		out->redirect_fault = arena_printf(
			x->arena, "Location leads to a %s: URL, which no client follows",
			to.scheme);
	} else if (to.port == 0) {
		out->redirect_fault = "Location leads to port 0, which nobody can connect to";
	} else if (!to.host || !*to.host) {
		out->redirect_fault = "Location names no host";
	} else {
		/* RFC 9110 10.2.2: without a fragment of its own it takes that of this URL, which we never send */
		out->redirect_url = url_format(x->arena, &to);
	}
}

static void location_read(struct http_exchange *x)
{
	struct http_evidence *out = x->out;
	const char *base;

	out->location = http_header_get(out, "location");
	if (!is_redirect(out->status))
		return;
	if (!out->location) {
		out->redirect_fault = "the redirect has no Location header";
		return;
	}
	if (span_trim(span_str(out->location)).n == 0) {
		out->redirect_fault = "the Location header is empty";
		return;
	}
	base = arena_printf(x->arena, "%s://%s%s", x->request.scheme, x->request.authority,
			    x->request.path);
	location_resolve(x, base);
}

/* Browsers take fields that say where a response ends or leads, given twice and differently, for an
 * attempt to smuggle a second response in, and show nothing. */
static void check_contradiction(struct http_exchange *x, const char *name)
{
	const char *first = http_header_get(x->out, name);

	for (size_t i = 0; first && i < x->out->n_headers; i++)
		if (strcmp(x->out->headers[i].name, name) == 0 &&
		    strcmp(x->out->headers[i].value, first) != 0)
			http_fault(x, HTTP_FAULT_BAD_HEADER, "two %s headers that differ", name);
}

/* Several policies come as several fields or as a list; all are in force. */
static const char *csp_join(struct http_exchange *x)
{
	struct buffer all = { 0 };

	for (size_t i = 0; i < x->out->n_headers; i++) {
		if (strcmp(x->out->headers[i].name, "content-security-policy") != 0)
			continue;
		if (all.n > 0)
			buffer_str(x->arena, &all, ", ");
		buffer_str(x->arena, &all, x->out->headers[i].value);
	}
	return all.p ? arena_strn(x->arena, all.p, all.n) : NULL;
}

void http_head_done(struct http_exchange *x)
{
	struct http_evidence *out = x->out;

	out->got_head = true;
	out->server = http_header_get(out, "server");
	out->alt_svc = http_header_get(out, "alt-svc");
	out->csp = csp_join(x);
	hsts_read(out);
	location_read(x);
	check_contradiction(x, "location");
	check_contradiction(x, "content-disposition");
}

/* ---- Content-Type ----------------------------------------------------------------------------- */

bool http_is_html(const struct http_evidence *http)
{
	const char *type = http_header_get(http, "content-type");
	struct span start;
	size_t n = 0;

	if (type) {
		struct span t = span_trim(span_sub(span_str(type), 0, strcspn(type, ";,")));

		return span_is_nocase(t, "text/html") || span_is_nocase(t, "application/xhtml+xml");
	}
	while (n < http->body.n && (http->body.p[n] <= ' ' || http->body.p[n] >= 0x80))
		n++;
	start = span_sub(http->body, n, 16);
	return span_find_nocase(start, span_str("<!doctype html")) == 0 ||
	       span_find_nocase(start, span_str("<html")) == 0 ||
	       span_find_nocase(start, span_str("<head")) == 0 ||
	       span_find_nocase(start, span_str("<body")) == 0 ||
	       span_find_nocase(start, span_str("<script")) == 0 ||
	       span_find_nocase(start, span_str("<!--")) == 0;
}
