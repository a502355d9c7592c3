/* Content-Security-Policy Level 3: whether injected scripts would run. Of several policies (header fields, commas
 * in one, a meta element) each has to let something pass; so what one of them stops is stopped. */
#include <string.h>

#include "assess/assess.h"
#include "base/attr.h"

enum { POLICIES_MAX = 16 };

static const char *const faults[] = {
	"neither script-src nor default-src: scripts from anywhere run",
	"scripts: 'unsafe-inline' lets injected scripts run",
	"scripts: 'unsafe-eval'",
	"scripts may come from any host",
	"scripts may be data: addresses, which is as good as inline",
	"object-src is missing",
	"base-uri is missing: an injected base moves relative addresses",
};
enum { ANYWHERE = 1, INLINE = 2, EVAL = 4, ANY_HOST = 8, DATA = 16, NO_OBJECT = 32, NO_BASE = 64, ALL = 127 };

static bool is_blank(uint8_t b)
{
	return b == ' ' || b == '\t' || b == '\n' || b == '\r' || b == '\f';
}

/* The value of a directive, the first of its name; false when it is not there. */
static bool directive(struct span policy, const char *name, struct span *value)
{
	size_t length = strlen(name);

	while (policy.n > 0) {
		long semicolon = span_find(policy, span_str(";"));
		size_t n = semicolon < 0 ? policy.n : (size_t)semicolon;
		struct span part = span_trim(span_sub(policy, 0, n));

		if (span_is_nocase(span_sub(part, 0, length), name) && (part.n == length || is_blank(part.p[length]))) {
			*value = span_trim(span_sub(part, length, part.n));
			return true;
		}
		policy = span_sub(policy, n + 1, policy.n);
	}
	return false;
}

static bool next_word(struct span *rest, struct span *word)
{
	size_t from = 0, to;

	while (from < rest->n && is_blank(rest->p[from]))
		from++;
	for (to = from; to < rest->n && !is_blank(rest->p[to]);)
		to++;
	*word = span_sub(*rest, from, to - from);
	*rest = span_sub(*rest, to, rest->n);
	return word->n > 0;
}

static bool has_word(struct span value, const char *wanted)
{
	struct span word;

	while (next_word(&value, &word))
		if (span_is_nocase(word, wanted))
			return true;
	return false;
}

/* With a nonce or a hash browsers pass over 'unsafe-inline'. */
static bool names_scripts(struct span value)
{
	struct span word;

	while (next_word(&value, &word))
		if (span_is_nocase(span_sub(word, 0, 7), "'nonce-") || span_is_nocase(span_sub(word, 0, 7), "'sha256") ||
		    span_is_nocase(span_sub(word, 0, 7), "'sha384") || span_is_nocase(span_sub(word, 0, 7), "'sha512"))
			return true;
	return false;
}

/* A source that is nothing but a star or a scheme lets everything in; 'strict-dynamic' makes browsers pass over such. */
static bool allows_any_host(struct span value)
{
	static const char *const words[] = { "*", "https:", "http:", "https://*", "http://*", "*:*" };

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (has_word(value, words[i]))
			return true;
	return false;
}

static unsigned faults_of(struct span policy)
{
	struct span scripts, value;
	unsigned out = 0;

	if (!directive(policy, "script-src", &scripts) && !directive(policy, "default-src", &scripts))
		return ALL;
	if (has_word(scripts, "'unsafe-inline'") && !names_scripts(scripts) && !has_word(scripts, "'strict-dynamic'"))
		out |= INLINE;
	if (has_word(scripts, "'unsafe-eval'"))
		out |= EVAL;
	if (!has_word(scripts, "'strict-dynamic'"))
		out |= (allows_any_host(scripts) ? ANY_HOST : 0u) | (has_word(scripts, "data:") ? DATA : 0u);
	if (!directive(policy, "object-src", &value) && !directive(policy, "default-src", &value))
		out |= NO_OBJECT;
	if (!directive(policy, "base-uri", &value))
		out |= NO_BASE;
	return out;
}

/* What each policy of the list lets pass, and none stops. */
static unsigned faults_of_list(const char *list, unsigned left)
{
	struct span rest = span_str(list);
	size_t n_seen = 0;

	while (rest.n > 0 && n_seen++ < POLICIES_MAX) {
		long comma = span_find(rest, span_str(","));
		size_t n = comma < 0 ? rest.n : (size_t)comma;
		struct span one = span_trim(span_sub(rest, 0, n)), value;

		/* base-uri and object-src count in a policy that says nothing of scripts, too. */
		if (directive(one, "base-uri", &value))
			left &= ~(unsigned)NO_BASE;
		if (directive(one, "object-src", &value))
			left &= ~(unsigned)NO_OBJECT;
		left &= faults_of(one);
		rest = span_sub(rest, n + 1, rest.n);
	}
	return left;
}

static bool is_enforced(const struct http_header *header)
{
	return strcmp(header->name, "content-security-policy") == 0 && header->value && span_trim(span_str(header->value)).n > 0;
}

bool csp_guards_frames(const struct http_evidence *http)
{
	struct span value;

	for (size_t i = 0; i < http->n_headers; i++) {
		struct span rest = is_enforced(&http->headers[i]) ? span_str(http->headers[i].value) : span_str("");

		while (rest.n > 0) {
			long comma = span_find(rest, span_str(","));
			size_t n = comma < 0 ? rest.n : (size_t)comma;

			if (directive(span_sub(rest, 0, n), "frame-ancestors", &value) && !has_word(value, "*"))
				return true;
			rest = span_sub(rest, n + 1, rest.n);
		}
	}
	return false;
}

void weak_csp(struct assessment *a, const struct http_evidence *http, const char *meta)
{
	unsigned left = ALL;
	bool is_there = meta && *meta, is_reported = false;

	for (size_t i = 0; i < http->n_headers; i++) {
		is_reported |= strcmp(http->headers[i].name, "content-security-policy-report-only") == 0;
		if (!is_enforced(&http->headers[i]))
			continue;
		is_there = true;
		left = faults_of_list(http->headers[i].value, left);
	}
	if (meta && *meta)
		left = faults_of_list(meta, left);
	if (!is_there) {
		weakness_evidence(a, weakness_add(a, "http.csp-missing", NULL), "%s",
				  is_reported ? "it is only reported on, not enforced" : "no such header");
		return;
	}
	/* Where scripts run from anywhere, nothing else is worth a word. */
	if (left & ANYWHERE)
		left = ANYWHERE;
	for (size_t i = 0; i < COUNT_OF(faults); i++)
		if (left & 1u << i)
			weakness_evidence(a, weakness_add(a, "http.csp-weak", NULL), "%s", faults[i]);
}
