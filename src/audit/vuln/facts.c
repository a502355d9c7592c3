/* Questions of the checks to what the audit saw. */
#include "audit/vuln/vuln.h"

#include "base/out.h"

struct arena *arena_of(struct asking *asking)
{
	return asking_run(asking)->probing->arena;
}

const char *why_not_seen(struct asking *asking)
{
	return asking_stopped(asking) ? asking_stopped(asking) : "no hello that asks for it was answered clearly";
}

bool suite_is_named(const struct kb_suite *suite, const char *part)
{
	return strstr(suite->name, part) != NULL;
}

static bool is_text(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

bool is_cbc_suite(const struct kb_suite *suite)
{
	return is_text(suite->mode, "CBC");
}

bool is_rsa_exchange_suite(const struct kb_suite *suite)
{
	return is_text(suite->key_exchange, "RSA") || suite_is_named(suite, "RSA_PSK");
}

bool is_dhe_suite(const struct kb_suite *suite)
{
	return is_text(suite->key_exchange, "DHE") || suite_is_named(suite, "_DHE_");
}

bool is_any_suite(const struct kb_suite *suite)
{
	return !suite->is_signal;
}

/* ---- searching -------------------------------------------------------------------------------------- */

struct collecting {
	struct suite_search *search;
	struct out versions;
	const char *first;
	uint16_t seen[64];
	size_t n;
};

static void collect(struct collecting *c, uint16_t code, const char *name)
{
	for (size_t i = 0; i < c->n && i < COUNT_OF(c->seen); i++)
		if (c->seen[i] == code)
			return;
	if (c->n < COUNT_OF(c->seen))
		c->seen[c->n] = code;
	c->n++;
	if (!c->first)
		c->first = name;
}

static void search_version(struct asking *asking, struct collecting *c, uint16_t version,
			   bool (*wanted)(const struct kb_suite *suite))
{
	const struct audit *audit = asking_audit(asking);
	const struct audit_suites *list = audit_suites_of(audit, version);
	size_t before = 0;

	for (size_t i = 0; list && i < list->n; i++) {
		const struct kb_suite *suite =
			list->items[i].code <= 0xffff ? kb_suite((uint16_t)list->items[i].code) : NULL;

		if (!suite || !wanted(suite))
			continue;
		if (!c->search->suite) {
			c->search->suite = suite->code;
			c->search->version = version;
		}
		collect(c, suite->code, suite->name);
		before++;
	}
	if (before > 0)
		out_printf(&c->versions, "%s%s", c->versions.n ? ", " : "", kb_version_name(version));
	if (audit_has_protocol(audit, version) == TRI_NO || (list && list->state.extent == AUDIT_WHOLE))
		return;
	if (!c->search->because)
		c->search->because = list && list->state.because ? list->state.because : why_not_seen(asking);
}

struct suite_search find_suites(struct asking *asking, uint16_t low, uint16_t high,
				bool (*wanted)(const struct kb_suite *suite))
{
	struct suite_search search = {0};
	struct collecting c = {.search = &search};

	for (uint16_t version = high; version >= low; version--)
		search_version(asking, &c, version, wanted);
	search.found = c.n > 0 ? TRI_YES : search.because ? TRI_UNKNOWN : TRI_NO;
	if (c.n > 1)
		search.names = arena_printf(arena_of(asking), "%s and %zu more (%.*s)", c.first, c.n - 1,
					    (int)c.versions.n, c.versions.text ? c.versions.text : "");
	else if (c.n == 1)
		search.names = arena_printf(arena_of(asking), "%s (%.*s)", c.first, (int)c.versions.n,
					    c.versions.text ? c.versions.text : "");
	out_release(&c.versions);
	return search;
}

enum tri has_tls_before_13(struct asking *asking)
{
	enum tri all = TRI_NO;

	for (uint16_t version = TLS_1_0; version <= TLS_1_2; version++) {
		enum tri one = audit_has_protocol(asking_audit(asking), version);

		if (one == TRI_YES)
			return TRI_YES;
		if (one == TRI_UNKNOWN)
			all = TRI_UNKNOWN;
	}
	return all;
}
