/* JUnit XML, as CI servers read it: a test case for each judgement. What could not be seen is skipped,
 * never passed; weaknesses fail from low severity on. */
#include "report/flat.h"
#include "report/xml.h"

enum verdict { CASE_PASS, CASE_FAIL, CASE_SKIP, CASE_NONE };

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (strcmp(word, *words) == 0)
			return true;
	return false;
}

static enum verdict verdict_of(const struct flat_row *r)
{
	static const char *const tests[] = { "verdict", "finding", "weakness", "vulnerability", "tolerance", "rule", "client",
					     "lint", NULL };
	static const char *const bad[] = { "broken", "vulnerable", "fail", "error", NULL };
	static const char *const skipped[] = { "unknown", "not_applicable", "skipped", NULL };

	if (!is_one_of(r->record, tests))
		return CASE_NONE;
	if (strcmp(r->record, "weakness") == 0 || strcmp(r->record, "finding") == 0)
		return strcmp(r->severity, "info") == 0 ? CASE_SKIP : CASE_FAIL;
	if (strcmp(r->record, "lint") == 0)
		return strcmp(r->severity, "info") == 0 ? CASE_SKIP : CASE_FAIL;
	/* Advice that is not taken is no failure. */
	if (strcmp(r->record, "rule") == 0 && strcmp(r->severity, "low") == 0)
		return CASE_SKIP;
	if (strcmp(r->record, "tolerance") == 0 && strcmp(r->status, "no") == 0)
		return CASE_FAIL;
	return is_one_of(r->status, bad) ? CASE_FAIL : is_one_of(r->status, skipped) ? CASE_SKIP : CASE_PASS;
}

static void case_put(struct out *out, const struct flat_row *r, const char *host, enum verdict verdict)
{
	struct out name = { 0 };

	out_printf(&name, "%s%s%s%s%s%s", r->id, *r->title ? ": " : "", r->title, *r->address ? " (" : "", r->address,
		   *r->address ? ")" : "");
	out_str(out, "    <testcase");
	out_printf(out, " classname=\"");
	xml_text(out, host);
	out_printf(out, ".%s\"", r->record);
	xml_attribute(out, "name", name.text);
	if (verdict == CASE_PASS) {
		out_str(out, "/>\n");
	} else {
		out_printf(out, ">\n      <%s", verdict == CASE_FAIL ? "failure" : "skipped");
		xml_attribute(out, "message", *r->detail ? r->detail : r->title);
		if (verdict == CASE_FAIL)
			xml_attribute(out, "type", *r->severity ? r->severity : r->status);
		if (verdict == CASE_FAIL && *r->fix) {
			out_str(out, ">");
			xml_text(out, r->fix);
			out_str(out, "</failure>\n    </testcase>\n");
		} else {
			out_str(out, "/>\n    </testcase>\n");
		}
	}
	out_release(&name);
}

static void junit_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct flat flat = { .arena = arena_new((size_t)128 << 20) };
	const struct target *target = &d->evidence->visit->target;
	const char *host = d->evidence->from_file || !target->host ? target->input : target->host;
	size_t n[4] = { 0 };

	(void)options;
	flat_of(&flat, d);
	for (size_t i = 0; i < flat.n; i++)
		n[verdict_of(&flat.items[i])]++;
	out_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite");
	xml_attribute(out, "name", host);
	xml_attribute_int(out, "tests", (long long)(n[CASE_PASS] + n[CASE_FAIL] + n[CASE_SKIP]));
	xml_attribute_int(out, "failures", (long long)n[CASE_FAIL]);
	xml_attribute_int(out, "skipped", (long long)n[CASE_SKIP]);
	out_printf(out, " errors=\"0\" time=\"%.3f\">\n", d->evidence->elapsed_ms / 1000);
	for (size_t i = 0; i < flat.n; i++)
		if (verdict_of(&flat.items[i]) != CASE_NONE)
			case_put(out, &flat.items[i], host, verdict_of(&flat.items[i]));
	out_str(out, "  </testsuite>\n</testsuites>\n");
	arena_free(flat.arena);
}

const struct renderer renderer_junit = { .name = "junit", .media = "application/xml", .render = junit_render };
