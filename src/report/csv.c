/* CSV (RFC 4180) and NDJSON of the flat rows. A cell of a peer that begins like a formula gets an
 * apostrophe in front, as spreadsheets would otherwise run it. */
#include <stdio.h>

#include "report/flat.h"
#include "report/json_parts.h"

/* What a chain on disk has instead of a host is its path; it has no port. */
static const char *host_of(const struct diagnosis *d)
{
	const struct target *target = &d->evidence->visit->target;

	return d->evidence->from_file ? target->input : target->host ? target->host : "";
}

static void cell_put(struct out *out, const char *text, bool is_last)
{
	struct out safe = { 0 };

	out_safe(&safe, span_str(text));
	out_char(out, '"');
	if (safe.text && strchr("=+-@\t", safe.text[0]) && safe.text[0])
		out_char(out, '\'');
	for (const char *p = safe.text ? safe.text : ""; *p; p++) {
		if (*p == '"')
			out_char(out, '"');
		out_char(out, *p);
	}
	out_str(out, is_last ? "\"\r\n" : "\",");
	out_release(&safe);
}

static void csv_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct flat flat = { .arena = arena_new((size_t)128 << 20) };
	char port[8] = "";

	(void)options;
	flat_of(&flat, d);
	if (!d->evidence->from_file)
		snprintf(port, sizeof port, "%u", d->evidence->visit->target.port);
	out_str(out, "host,port,address,record,id,status,severity,title,detail,reference\r\n");
	for (size_t i = 0; i < flat.n; i++) {
		const struct flat_row *r = &flat.items[i];

		cell_put(out, host_of(d), false);
		cell_put(out, port, false);
		cell_put(out, r->address, false);
		cell_put(out, r->record, false);
		cell_put(out, r->id, false);
		cell_put(out, r->status, false);
		cell_put(out, r->severity, false);
		cell_put(out, r->title, false);
		cell_put(out, r->detail, false);
		cell_put(out, r->reference, true);
	}
	arena_free(flat.arena);
}

static void ndjson_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct flat flat = { .arena = arena_new((size_t)128 << 20) };

	(void)options;
	flat_of(&flat, d);
	for (size_t i = 0; i < flat.n; i++) {
		const struct flat_row *r = &flat.items[i];
		struct json j = json_of(out, false);

		json_object_begin(&j, NULL);
		json_text(&j, "host", host_of(d));
		if (d->evidence->from_file)
			json_key_null(&j, "port");
		else
			json_key_int(&j, "port", d->evidence->visit->target.port);
		json_text(&j, "address", *r->address ? r->address : NULL);
		json_key_str(&j, "record", r->record);
		json_text(&j, "id", r->id);
		json_text(&j, "status", *r->status ? r->status : NULL);
		json_text(&j, "severity", *r->severity ? r->severity : NULL);
		json_text(&j, "title", r->title);
		json_text(&j, "detail", r->detail);
		json_text(&j, "reference", *r->reference ? r->reference : NULL);
		json_end(&j);
		out_char(out, '\n');
	}
	arena_free(flat.arena);
}

const struct renderer renderer_csv = { .name = "csv", .media = "text/csv", .render = csv_render };
const struct renderer renderer_ndjson = { .name = "ndjson", .media = "application/x-ndjson", .render = ndjson_render };
