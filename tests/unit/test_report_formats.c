/* The shape of every format: CSV cells, JSON, well-formed XML and HTML; and hostile names in all of them. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

/* Both have a json_string(); jansson's is not needed here. */
#define json_string jansson_string
#include <jansson.h>
#undef json_string

#include <ctype.h>

#include "assess/profile.h"
#include "report/diff.h"
#include "report/report.h"
#include "test_audit_sample.h"

#define MARKUP "<script>alert(1)</script><img src=x onerror=alert(2)>\"' & ]]> --> =1+1|`x`" HOSTILE

static struct arena *arena;

/* Markup wherever a peer puts words. */
static void hostile(struct diagnosis *d, struct audit *a)
{
	static const char *alpn[] = { MARKUP };
	static struct http_header headers[] = { { "set-cookie", MARKUP }, { "server", "=1 " MARKUP }, { "content-type", "text/html" } };

	a->habits.alpn = alpn;
	a->habits.n_alpn = 1;
	a->gave_up = MARKUP;
	a->tolerances[0].because = a->vulnerabilities[0].because = a->protocols[0].because = MARKUP;
	a->vulnerabilities[0].status = VULNERABILITY_VULNERABLE;
	a->certificates[0].sni = MARKUP;
	d->evidence->visit->http.headers = headers;
	d->evidence->visit->http.n_headers = 3;
	d->evidence->visit->http.server = MARKUP;
	d->evidence->visit->target.host = MARKUP;
	d->summary = MARKUP;
	d->clients[0].result.error = MARKUP;
}

static const struct diagnosis *document(void)
{
	struct assess_options options = { 0 };
	struct why_error error = { 0 };

	assert_int_equal(profile_load(arena, "rfc9325", &options.profile, &error), 0);
	return sample_audited(arena, hostile, &options);
}

static char *rendered(const struct diagnosis *d, const char *format)
{
	struct report_options options = { .width = 100 };
	struct out out = { 0 };

	renderer_find(format)->render(&out, d, &options);
	assert_false(out.failed);
	assert_non_null(out.text);
	return out.text;
}

static void no_raw_controls(const char *text)
{
	for (const char *p = text; *p; p++)
		/* JSON may hold any character but controls: programs read it, no terminal. */
		if (((uint8_t)*p < ' ' && *p != '\n' && *p != '\r') || *p == 0x7f || ((uint8_t)*p == 0xc2 && (uint8_t)p[1] < 0xa0) ||
		    (strncmp(p, "\xe2\x80\xae", 3) == 0 && !strchr("{[", text[0])))
			fail_msg("a raw control: %.20s", p);
}

static void every_format_is_clean(void **state)
{
	const struct renderer *renderer;

	(void)state;
	for (size_t i = 0; (renderer = renderer_at(i)) != NULL; i++) {
		char *text;

		arena = arena_new((size_t)64 << 20);
		text = rendered(document(), renderer->name);
		no_raw_controls(text);
		free(text);
		/* Nothing audited, nothing seen at all: every format says so without a fault. */
		text = rendered(sample_empty(arena), renderer->name);
		free(text);
		text = rendered(sample_diagnosis(arena), renderer->name);
		no_raw_controls(text);
		free(text);
		arena_free(arena);
	}
}

/* ---- CSV ------------------------------------------------------------------------------------------------------ */

static void csv_has_ten_cells_a_line(void **state)
{
	char *text;
	size_t n_cells = 1, n_lines = 0;
	bool is_quoted = false;

	(void)state;
	arena = arena_new((size_t)64 << 20);
	text = rendered(document(), "csv");
	for (const char *p = text; *p; p++) {
		if (*p == '"' && is_quoted && p[1] == '"') {
			p++;
		} else if (*p == '"') {
			/* A cell that could run as a formula is defused. */
			if (!is_quoted && strchr("=+-@", p[1]))
				assert_true(p[1] == '"');
			is_quoted = !is_quoted;
		} else if (*p == ',' && !is_quoted) {
			n_cells++;
		} else if (*p == '\n' && !is_quoted) {
			assert_int_equal(n_cells, 10);
			assert_int_equal(p[-1], '\r');
			n_cells = 1;
			n_lines++;
		}
	}
	assert_false(is_quoted);
	assert_true(n_lines > 60);
	assert_non_null(strstr(text, "\"cipher\",\"1301\",\"recommended\""));
	free(text);
	arena_free(arena);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */

static json_t *loaded(const char *text)
{
	json_error_t error;
	json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!value)
		fail_msg("%s at %d: %.80s", error.text, error.position, text + (error.position > 40 ? error.position - 40 : 0));
	return value;
}

static void ndjson_is_objects(void **state)
{
	char *text, *line;
	size_t n = 0;

	(void)state;
	arena = arena_new((size_t)64 << 20);
	text = rendered(document(), "ndjson");
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), n++) {
		json_t *row = loaded(line);

		assert_true(json_is_string(json_object_get(row, "record")));
		assert_true(json_is_string(json_object_get(row, "id")));
		json_decref(row);
	}
	assert_true(n > 60);
	free(text);
	arena_free(arena);
}

static void sarif_names_each_rule_once(void **state)
{
	json_t *root, *run, *rules, *results, *one;
	char *text;
	size_t i;

	(void)state;
	arena = arena_new((size_t)64 << 20);
	text = rendered(document(), "sarif");
	root = loaded(text);
	run = json_array_get(json_object_get(root, "runs"), 0);
	rules = json_object_get(json_object_get(json_object_get(run, "tool"), "driver"), "rules");
	results = json_object_get(run, "results");
	assert_string_equal(json_string_value(json_object_get(root, "version")), "2.1.0");
	assert_true(json_array_size(results) > 3);
	json_array_foreach(results, i, one) {
		const char *id = json_string_value(json_object_get(one, "ruleId"));
		size_t k, n = 0;
		json_t *rule;

		json_array_foreach(rules, k, rule)
			n += strcmp(json_string_value(json_object_get(rule, "id")), id) == 0;
		assert_int_equal(n, 1);
		assert_non_null(json_object_get(json_object_get(one, "message"), "text"));
		assert_true(json_array_size(json_object_get(one, "locations")) == 1);
	}
	json_decref(root);
	free(text);
	arena_free(arena);
}

static void testssl_rows_are_flat(void **state)
{
	static const char *const ids[] = { "SSLv2", "TLS1_3", "cipherlist_NULL", "cipher_order", "cipher-tls1_3_x1301", "FS",
					   "cert_keySize", "HSTS_time", "heartbleed", "overall_grade",
					   "service", "FS_ciphers", "cert_fingerprintSHA1", "cert_keyUsage", "cert_revocation",
					   "clientsimulation-chrome_", "cookie_count", "banner_application",
					   "TLS_extensions", "cert_eTLS", "DROWN_hint", "HTTP_clock_skew" };
	static const char *const severities[] = { "OK", "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL", "WARN", "FATAL" };
	json_t *root, *row;
	char *text;
	size_t i;

	(void)state;
	arena = arena_new((size_t)64 << 20);
	text = rendered(document(), "testssl-json");
	root = loaded(text);
	for (size_t k = 0; k < COUNT_OF(ids); k++) {
		bool found = false;

		json_array_foreach(root, i, row)
			found |= strncmp(json_string_value(json_object_get(row, "id")), ids[k], strlen(ids[k])) == 0;
		if (!found)
			fail_msg("no %s", ids[k]);
	}
	json_array_foreach(root, i, row) {
		const char *severity = json_string_value(json_object_get(row, "severity"));
		bool known = false;

		for (size_t k = 0; k < COUNT_OF(severities); k++)
			known |= strcmp(severities[k], severity) == 0;
		assert_true(known);
		assert_true(json_is_string(json_object_get(row, "finding")) && json_is_string(json_object_get(row, "ip")) &&
			    json_is_string(json_object_get(row, "port")));
	}
	json_decref(root);
	free(text);
	arena_free(arena);
}

/* ---- XML and HTML ------------------------------------------------------------------------------------------------ */

static bool is_void(const char *name)
{
	static const char *const names[] = { "meta", "br", "img", "link", "hr" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* Tags nest, attributes are quoted, nothing but known entities, no stray bracket. */
static void is_well_formed(const char *text, bool is_html)
{
	char stack[64][32];
	size_t depth = 0;

	for (const char *p = text; *p; p++) {
		char name[32] = "";
		size_t n = 0;
		bool is_end;

		if (*p == '&')
			assert_true(strchr(p, ';') && strchr(p, ';') - p < 8);
		assert_false(*p == '>');
		if (*p != '<')
			continue;
		if (p[1] == '?' || p[1] == '!') {
			p = strchr(p, '>');
			continue;
		}
		is_end = p[1] == '/';
		p += 1 + is_end;
		while (isalnum((unsigned char)*p) || *p == '-')
			if (n < sizeof name - 1)
				name[n++] = *p++;
		name[n] = '\0';
		assert_true(n > 0);
		if (strcmp(name, "style") == 0 && !is_end) {
			p = strstr(p, "</style>") + 7;
			continue;
		}
		for (bool in_quotes = false; *p && (*p != '>' || in_quotes); p++) {
			assert_false(*p == '<');
			if (*p == '"')
				in_quotes = !in_quotes;
		}
		if (is_end) {
			assert_true(depth > 0);
			if (strcmp(stack[--depth], name) != 0)
				fail_msg("</%s> closes <%s>", name, stack[depth]);
		} else if (p[-1] != '/' && !(is_html && is_void(name))) {
			assert_true(depth < COUNT_OF(stack));
			memcpy(stack[depth++], name, sizeof name);
		}
	}
	assert_int_equal(depth, 0);
}

static void xml_is_well_formed(void **state)
{
	static const char *const formats[] = { "junit", "sslscan-xml", "html" };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		char *text;

		arena = arena_new((size_t)64 << 20);
		text = rendered(document(), formats[i]);
		is_well_formed(text, i == 2);
		assert_null(strstr(text, "<script"));
		assert_null(strstr(text, "<img"));
		free(text);
		text = rendered(sample_diagnosis(arena), formats[i]);
		is_well_formed(text, i == 2);
		free(text);
		arena_free(arena);
	}
}

static void html_stands_alone(void **state)
{
	char *text;

	(void)state;
	arena = arena_new((size_t)64 << 20);
	text = rendered(document(), "html");
	assert_non_null(strstr(text, "Content-Security-Policy\" content=\"default-src 'none'"));
	assert_non_null(strstr(text, "<html lang=\"en\">"));
	assert_non_null(strstr(text, "prefers-color-scheme:dark"));
	assert_non_null(strstr(text, "name=\"viewport\""));
	assert_non_null(strstr(text, "role=\"img\" aria-label=\"Grade F\""));
	assert_null(strstr(text, "<iframe"));
	assert_null(strstr(text, "url("));
	assert_null(strstr(text, "<link"));
	free(text);
	arena_free(arena);
}

static void markdown_has_no_markup_of_peers(void **state)
{
	char *text;

	(void)state;
	arena = arena_new((size_t)64 << 20);
	text = rendered(document(), "markdown");
	assert_null(strstr(text, "<script"));
	assert_null(strstr(text, "`x`"));
	assert_null(strstr(text, "1|`"));
	assert_non_null(strstr(text, "grade F"));
	free(text);
	arena_free(arena);
}

/* ---- diff ------------------------------------------------------------------------------------------------------------ */

static void fine(struct diagnosis *d, struct audit *a) { (void)d; (void)a; }
static void worse(struct diagnosis *d, struct audit *a)
{
	(void)d;
	audit_protocol_set(a, AUDIT_TLS10, TRI_YES);
	audit_suite_add(arena, a, AUDIT_TLS10, 0xc013);
	a->habits.early_data = TRI_YES;
}

static struct diff compared(void (*before)(struct diagnosis *, struct audit *), void (*after)(struct diagnosis *, struct audit *))
{
	char *texts[2] = { rendered(sample_audited(arena, before, NULL), "json"), rendered(sample_audited(arena, after, NULL), "json") };
	struct diff_entry *entries[2];
	struct why_error error = { 0 };
	struct diff diff = { 0 };
	size_t n[2];

	assert_int_equal(diff_read(arena, "a", span_str(texts[0]), &entries[0], &n[0], &diff.before_title, &error), 0);
	assert_int_equal(diff_read(arena, "b", span_str(texts[1]), &entries[1], &n[1], &diff.after_title, &error), 0);
	diff_compare(arena, entries[0], n[0], entries[1], n[1], &diff);
	free(texts[0]);
	free(texts[1]);
	return diff;
}

static const struct diff_change *change(const struct diff *diff, const char *section, const char *key)
{
	for (size_t i = 0; i < diff->n; i++)
		if (strcmp(diff->changes[i].section, section) == 0 && strstr(diff->changes[i].key, key))
			return &diff->changes[i];
	return NULL;
}

static void diff_tells_what_changed(void **state)
{
	const struct diff_change *c;
	struct diff diff;
	struct out out = { 0 };
	json_t *root;

	(void)state;
	arena = arena_new((size_t)128 << 20);
	diff = compared(fine, fine);
	assert_int_equal(diff.n, 0);
	diff = compared(fine, worse);
	c = change(&diff, "protocols", "TLS 1.0");
	assert_true(c && strcmp(c->before, "no") == 0 && strcmp(c->after, "yes") == 0);
	c = change(&diff, "ciphers", "C013");
	assert_true(c && !c->before && c->after);
	c = change(&diff, "grade", "letter");
	assert_true(c && strcmp(c->before, "A+") == 0 && strcmp(c->after, "B") == 0);
	assert_non_null(change(&diff, "habits", "early_data"));
	diff_json(&out, &diff);
	root = loaded(out.text);
	assert_true(json_is_false(json_object_get(root, "same")));
	assert_int_equal(json_array_size(json_object_get(root, "changes")), diff.n);
	json_decref(root);
	out_release(&out);
	arena_free(arena);
}

/* What is another each time is no change; a verdict without a cause has none, which is known. */
static void diff_knows_what_varies(void **state)
{
#define DOCUMENT(cause, nonce) "{\"schema\":\"why443/1\",\"verdict\":{\"status\":\"ok\",\"cause\":" cause "},\"observations\":{\"http\":" \
	"{\"status\":200,\"headers\":[{\"name\":\"content-security-policy\",\"value\":\"script-src 'nonce-" nonce "' 'self'\"}]}}}"
	static const char *const texts[] = { DOCUMENT("null", "abc"), DOCUMENT("null", "xy/z+12="), DOCUMENT("\"http.reset\"", "abc") };
	struct diff_entry *entries[3];
	const struct diff_change *c;
	struct diff diff = { 0 };
	const char *title;
	size_t n[3];

	(void)state;
	arena = arena_new(0);
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_int_equal(diff_read(arena, "a", span_str(texts[i]), &entries[i], &n[i], &title, &(struct why_error){ 0 }), 0);
	diff_compare(arena, entries[0], n[0], entries[1], n[1], &diff);
	assert_int_equal(diff.n, 0);
	diff_compare(arena, entries[0], n[0], entries[2], n[2], &diff);
	assert_int_equal(diff.n, 1);
	c = change(&diff, "verdict", "cause");
	assert_true(c && strcmp(c->before, "none") == 0 && strcmp(c->after, "http.reset") == 0);
	arena_free(arena);
}

static void diff_refuses_what_is_no_report(void **state)
{
	static const char *const texts[] = { "", "x", "[]", "{}", "{\"schema\":\"why443/2\",\"verdict\":{}}", "{\"schema\":7}", "\xff" };

	(void)state;
	arena = arena_new(0);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct diff_entry *entries;
		struct why_error error = { 0 };
		const char *title;
		size_t n;

		assert_int_equal(diff_read(arena, "f\033[1m", span_str(texts[i]), &entries, &n, &title, &error), WHY_EFILE);
		assert_non_null(strstr(error.text, "expected a report"));
		assert_null(strchr(error.text, '\033'));
	}
	arena_free(arena);
}

/* A report of other shape than ours, though it says it is one. */
static void diff_takes_odd_reports(void **state)
{
	static const char *const texts[] = {
		"{\"schema\":\"why443/1\",\"verdict\":[]}", "{\"schema\":\"why443/1\",\"verdict\":{},\"findings\":7,\"clients\":[1,[],{}]}",
		"{\"schema\":\"why443/1\",\"verdict\":{\"status\":[]},\"observations\":{\"tls\":{\"ciphers\":{},\"certificates\":[1,[2]]}}}",
	};

	(void)state;
	arena = arena_new(0);
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct diff_entry *entries = NULL;
		struct diff diff = { 0 };
		size_t n;

		assert_int_equal(diff_read(arena, "f", span_str(texts[i]), &entries, &n, &diff.before_title, NULL), 0);
		diff_compare(arena, entries, n, NULL, 0, &diff);
		assert_int_equal(diff.n, n);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_clean), cmocka_unit_test(csv_has_ten_cells_a_line),
		cmocka_unit_test(ndjson_is_objects), cmocka_unit_test(sarif_names_each_rule_once),
		cmocka_unit_test(testssl_rows_are_flat), cmocka_unit_test(xml_is_well_formed), cmocka_unit_test(html_stands_alone),
		cmocka_unit_test(markdown_has_no_markup_of_peers), cmocka_unit_test(diff_tells_what_changed), cmocka_unit_test(diff_knows_what_varies),
		cmocka_unit_test(diff_refuses_what_is_no_report), cmocka_unit_test(diff_takes_odd_reports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
