/* The document of one diagnosis, schema "why443/1". All that came from outside goes through
 * json_string(), and no string is longer than JSON_TEXT_MAX bytes. */
#include "report/json_parts.h"

#include "base/timeutil.h"
#include "evidence/files.h"
#include "lint/lint.h"
#include "report/names.h"
#include "report/report.h"

void json_text(struct json *j, const char *key, const char *text)
{
	struct span span = span_str(text);

	if (!text) {
		json_key_null(j, key);
		return;
	}
	if (span.n > JSON_TEXT_MAX) {
		span.n = JSON_TEXT_MAX;
		while (span.n > 0 && (span.p[span.n] & 0xc0) == 0x80)
			span.n--;
	}
	json_key_span(j, key, span);
}

void json_ms(struct json *j, const char *key, double ms)
{
	json_key_double(j, key, ms > 0 ? ms : 0, 1);
}

void json_tri(struct json *j, const char *key, enum tri value)
{
	if (value == TRI_UNKNOWN)
		json_key_null(j, key);
	else
		json_key_bool(j, key, value == TRI_YES);
}

static void put_target(struct json *j, const struct diagnosis *d)
{
	const struct visit *visit = d->evidence->visit;
	const struct target *target = &visit->target;

	json_object_begin(j, "target");
	json_text(j, "input", target->input ? target->input : "");
	json_text(j, "host", target->host ? target->host : "");
	json_key_int(j, "port", target->port);
	json_text(j, "starttls", target->starttls);
	json_array_begin(j, "addresses");
	/* Behind a proxy that resolves names, the addresses are the proxy's. */
	for (size_t i = 0; i < visit->n_endpoints && !(visit->proxy.is_used && visit->dns.skipped); i++)
		if (visit->endpoints[i]->text && *visit->endpoints[i]->text)
			json_text(j, NULL, visit->endpoints[i]->text);
	json_end(j);
	json_end(j);
}

static void put_verdict(struct json *j, const struct diagnosis *d)
{
	json_object_begin(j, "verdict");
	json_key_str(j, "status", status_name(d->status));
	json_key_str(j, "layer", d->root ? layer_name(d->root->layer) : NULL);
	json_key_str(j, "cause", d->root ? d->root->id : NULL);
	json_key_str(j, "confidence", d->confidence ? d->confidence : "certain");
	json_text(j, "summary", d->summary ? d->summary : "");
	json_text(j, "fix", d->fix);
	json_end(j);
}

static void put_layers(struct json *j, const struct diagnosis *d)
{
	json_array_begin(j, "layers");
	for (size_t i = 0; i < d->n_layers; i++) {
		const struct layer_summary *row = &d->layers[i];

		json_object_begin(j, NULL);
		json_key_str(j, "layer", layer_name(row->layer));
		json_key_str(j, "status", status_name(row->status));
		json_text(j, "summary", row->summary);
		json_ms(j, "elapsed_ms", row->elapsed_ms);
		json_end(j);
	}
	json_end(j);
}

static void put_where(struct json *j, const struct finding_where *where)
{
	if (!where->file && !where->table)
		return;
	json_object_begin(j, "where");
	if (where->file) {
		json_text(j, "file", where->file);
		json_key_int(j, "line", where->line);
	} else {
		json_text(j, "table", where->table);
		json_text(j, "chain", where->chain);
		if (where->handle)
			json_key_int(j, "handle", where->handle);
		else
			json_key_null(j, "handle");
	}
	json_end(j);
}

static void put_finding(struct json *j, const struct diagnosis *d, const struct finding *f)
{
	json_object_begin(j, NULL);
	json_key_str(j, "id", f->id);
	json_key_str(j, "layer", layer_name(f->layer));
	json_key_str(j, "severity", severity_name(f->severity));
	json_text(j, "title", f->title ? f->title : "");
	json_array_begin(j, "evidence");
	for (size_t i = 0; i < f->n_evidence && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, f->evidence[i] ? f->evidence[i] : "");
	json_end(j);
	json_text(j, "fix", f->fix);
	json_array_begin(j, "references");
	for (const char *const *r = f->references; r && *r; r++)
		json_text(j, NULL, *r);
	json_end(j);
	json_key_bool(j, "fails", f->fails);
	json_key_str(j, "confidence", f->confidence ? f->confidence : "certain");
	json_text(j, "shows", f->shows);
	json_key_str(j, "explained_by", f->explained_by ? f->explained_by->id : NULL);
	put_where(j, &f->where);
	if (f->visit && f->visit != d->evidence->visit)
		json_url(j, "at", &f->visit->target);
	json_end(j);
}

static void put_findings(struct json *j, const struct diagnosis *d)
{
	json_array_begin(j, "findings");
	for (size_t i = 0; i < d->findings.n; i++)
		put_finding(j, d, d->findings.items[i]);
	json_end(j);
}

static void put_client(struct json *j, const struct client_row *row)
{
	static const char *const outcomes[] = { "ok", "warning", "error" };
	const struct client_result *r = &row->result;

	json_object_begin(j, NULL);
	json_key_str(j, "client", row->client->id);
	json_key_str(j, "version", row->client->version);
	json_key_str(j, "outcome", outcomes[r->outcome]);
	json_text(j, "error", r->error);
	if (r->has_number)
		json_key_int(j, "number", r->number);
	else
		json_key_null(j, "number");
	json_text(j, "message", r->message);
	json_tri(j, "overridable", r->overridable);
	json_text(j, "page", r->page);
	json_key_str(j, "layer", r->layer == LAYER_NONE ? NULL : layer_name(r->layer));
	json_key_bool(j, "tried", r->tried);
	json_key_str(j, "known_by", r->unknown ? NULL : r->tried ? "tried" : "derived");
	if (r->unknown)
		json_text(j, "unknown", r->unknown);
	json_codepoint(j, "protocol", r->version, JSON_VERSION);
	json_codepoint(j, "cipher", r->suite, JSON_SUITE);
	json_codepoint(j, "group", r->group, JSON_GROUP);
	json_end(j);
}

static void put_clients(struct json *j, const struct diagnosis *d)
{
	json_array_begin(j, "clients");
	for (size_t i = 0; i < d->n_clients; i++)
		put_client(j, &d->clients[i]);
	json_end(j);
}

static void json_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct json j = json_of(out, options->verbose);
	char started[RFC3339_LEN];

	json_object_begin(&j, NULL);
	json_key_str(&j, "schema", "why443/1");
	put_target(&j, d);
	json_key_str(&j, "started", rfc3339_format(started, d->evidence->started_unix));
	json_ms(&j, "elapsed_ms", d->evidence->elapsed_ms);
	put_verdict(&j, d);
	put_layers(&j, d);
	put_findings(&j, d);
	put_clients(&j, d);
	if (d->assessment)
		json_assessment(&j, d->assessment);
	if (d->evidence->files)
		json_lint(&j, d->evidence->files->lints, d->evidence->files->n_lints);
	json_observations(&j, d->evidence, d->assessment);
	json_end(&j);
	out_char(out, '\n');
}

const struct renderer renderer_json = { .name = "json", .media = "application/json", .render = json_render };
