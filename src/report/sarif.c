/* SARIF 2.1.0 (OASIS): each finding, weakness and broken rule is a result; its rule is described once.
 * The artifact is the file and line to mend where there is one, else the target: its URL, or the path that was read. */
#include <stdio.h>

#include "report/flat.h"
#include "report/json_parts.h"

static bool is_result(const struct flat_row *r)
{
	if (strcmp(r->record, "finding") == 0 || strcmp(r->record, "weakness") == 0 || strcmp(r->record, "lint") == 0)
		return true;
	return strcmp(r->record, "rule") == 0 && strcmp(r->status, "fail") == 0;
}

static const char *level_of(const struct flat_row *r)
{
	if (strcmp(r->severity, "critical") == 0 || strcmp(r->severity, "high") == 0)
		return "error";
	return strcmp(r->severity, "info") == 0 ? "note" : "warning";
}

/* GitHub and others sort by this number, 0 to 10. */
static const char *score_of(const struct flat_row *r)
{
	static const struct { const char *severity, *score; } rows[] = {
		{ "critical", "9.5" }, { "high", "8.0" }, { "medium", "5.5" }, { "low", "3.0" }, { "info", "0.0" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(rows[i].severity, r->severity) == 0)
			return rows[i].score;
	return "0.0";
}

static const char *rule_id(struct arena *arena, const struct flat_row *r)
{
	if (strcmp(r->record, "rule") == 0)
		return arena_printf(arena, "profile/%s", r->id);
	return strcmp(r->record, "lint") == 0 ? arena_printf(arena, "lint/%s", r->id) : r->id;
}

/* Index of the row that describes the same rule first. */
static size_t first_of(const struct flat *flat, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (is_result(&flat->items[i]) && strcmp(flat->items[i].id, flat->items[at].id) == 0 &&
		    strcmp(flat->items[i].record, flat->items[at].record) == 0)
			return i;
	return at;
}

static void text_member(struct json *j, const char *key, const char *text)
{
	json_object_begin(j, key);
	json_text(j, "text", text && *text ? text : "-");
	json_end(j);
}

static void put_rules(struct json *j, const struct flat *flat)
{
	json_array_begin(j, "rules");
	for (size_t i = 0; i < flat->n; i++) {
		const struct flat_row *r = &flat->items[i];

		if (!is_result(r) || first_of(flat, i) != i)
			continue;
		json_object_begin(j, NULL);
		json_text(j, "id", rule_id(flat->arena, r));
		text_member(j, "shortDescription", r->title);
		if (*r->reference)
			text_member(j, "help", r->reference);
		json_object_begin(j, "defaultConfiguration");
		json_key_str(j, "level", level_of(r));
		json_end(j);
		json_object_begin(j, "properties");
		json_key_str(j, "security-severity", score_of(r));
		json_array_begin(j, "tags");
		json_key_str(j, NULL, "security");
		json_key_str(j, NULL, r->record);
		json_end(j);
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

/* A URI must hold nothing but its characters: all else is percent-encoded. */
static const char *escaped(struct arena *arena, const char *text, const char *without)
{
	struct out out = { 0 };
	const char *uri;

	for (const char *p = text; *p; p++)
		if ((uint8_t)*p > ' ' && (uint8_t)*p < 0x7f && !strchr(without, *p))
			out_char(&out, *p);
		else
			out_printf(&out, "%%%02X", (unsigned)(uint8_t)*p);
	uri = arena_str(arena, out.text ? out.text : "");
	out_release(&out);
	return uri;
}

/* A reference to a file, absolute or from where the tool ran. A colon in the first step would be a scheme's. */
static const char *uri_of_file(struct arena *arena, const char *path)
{
	return arena_printf(arena, "%s%s", *path == '/' ? "file://" : "", escaped(arena, path, "\"\\<>^`{|}%?#:[]"));
}

static const char *uri_of(struct arena *arena, const struct evidence *e)
{
	struct out url = { 0 };
	const char *uri;

	if (e->from_file)
		return uri_of_file(arena, e->visit->target.input);
	target_url(&url, &e->visit->target);
	uri = escaped(arena, url.text ? url.text : "", "\"\\<>^`{|}");
	out_release(&url);
	return uri;
}

/* The same rule broken in two files, or twice in one, is two alerts; the line is no part of it, as it moves. */
static const char *fingerprint(struct arena *arena, const struct flat_row *r, const char *uri)
{
	return arena_printf(arena, "%s %s%s%s", uri, rule_id(arena, r), *r->file ? " " : "", *r->file ? r->title : "");
}

static void put_result(struct json *j, const struct flat *flat, const struct flat_row *r, const char *uri)
{
	uri = *r->file ? uri_of_file(flat->arena, r->file) : uri;
	json_object_begin(j, NULL);
	json_text(j, "ruleId", rule_id(flat->arena, r));
	json_key_str(j, "level", level_of(r));
	text_member(j, "message", arena_printf(flat->arena, "%s%s%s%s%s", r->title, *r->detail ? ": " : "", r->detail,
					       *r->fix ? "\nFix: " : "", r->fix));
	json_array_begin(j, "locations");
	json_object_begin(j, NULL);
	json_object_begin(j, "physicalLocation");
	json_object_begin(j, "artifactLocation");
	json_text(j, "uri", uri);
	json_end(j);
	if (r->line > 0) {
		json_object_begin(j, "region");
		json_key_int(j, "startLine", r->line);
		json_end(j);
	}
	json_end(j);
	json_end(j);
	json_end(j);
	json_object_begin(j, "partialFingerprints");
	json_text(j, "why443/v1", fingerprint(flat->arena, r, uri));
	json_end(j);
	json_end(j);
}

static void sarif_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct flat flat = { .arena = arena_new((size_t)128 << 20) };
	struct json j = json_of(out, options->verbose);
	const char *uri = uri_of(flat.arena, d->evidence);

	flat_of(&flat, d);
	json_object_begin(&j, NULL);
	json_key_str(&j, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_key_str(&j, "version", "2.1.0");
	json_array_begin(&j, "runs");
	json_object_begin(&j, NULL);
	json_object_begin(&j, "tool");
	json_object_begin(&j, "driver");
	json_key_str(&j, "name", "why443");
	json_key_str(&j, "version", WHY443_VERSION);
	put_rules(&j, &flat);
	json_end(&j);
	json_end(&j);
	json_array_begin(&j, "results");
	for (size_t i = 0; i < flat.n; i++)
		if (is_result(&flat.items[i]))
			put_result(&j, &flat, &flat.items[i], uri);
	json_end(&j);
	json_end(&j);
	json_end(&j);
	json_end(&j);
	out_char(out, '\n');
	arena_free(flat.arena);
}

const struct renderer renderer_sarif = { .name = "sarif", .media = "application/sarif+json", .render = sarif_render };
