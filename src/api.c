/* Ties the public API (why443.h) to the engine, the rules and the renderers. */
#include "why443.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_options.h"
#include "assess/assess.h"
#include "assess/profile.h"
#include "client/client.h"
#include "explain/explain.h"
#include "here/here.h"
#include "net/net.h"
#include "report/diff.h"
#include "report/progress.h"
#include "report/report.h"
#include "scan/file.h"
#include "scan/replay.h"
#include "scan/scan.h"
#include "scan/target.h"
#include "x509/ct.h"
#include "x509/trust.h"

/* Certificates, CRLs and pages of a hostile peer: bounded each by its reader, all together by this. */
#define REPORT_MEMORY ((size_t)512 << 20)

#ifndef WHY443_VERSION
#define WHY443_VERSION "0.1.0"
#endif

struct why_request {
	struct arena *arena;
	struct request_options set;
	struct why_error error;
	int progress_descriptor;
	char shown[2 * sizeof((struct why_error *)0)->text];
};

struct why_report {
	struct arena *arena;
	struct diagnosis *diagnosis;
	struct trust *trust, *proxy_trust;      /* the second NULL where it is the first */
	const struct root_store *stores; /* --roots */
	size_t n_stores;
	struct ct_logs *ct_logs;         /* --ct-logs */
};

/* ---- the request ---------------------------------------------------------------------------------- */

struct why_request *why_request_new(void)
{
	struct why_request *request = calloc(1, sizeof *request);

	if (!request)
		return NULL;
	request->arena = arena_new(0);
	request->progress_descriptor = -1;
	return request;
}

void why_request_free(struct why_request *request)
{
	if (!request)
		return;
	arena_free(request->arena);
	free(request);
}

int why_request_set(struct why_request *request, const char *name, const char *value)
{
	request->error = (struct why_error){ 0 };
	return request_option_set(request->arena, &request->set, name, value, &request->error);
}

void why_request_show_progress(struct why_request *request, int descriptor)
{
	request->progress_descriptor = descriptor;
}

const char *why_request_error(const struct why_request *request)
{
	/* The buffer belongs to the request; filling it changes nothing that anybody asked. */
	struct why_request *mine = (struct why_request *)(uintptr_t)request;

	return safe_copy(mine->shown, sizeof mine->shown, span_str(request->error.text));
}

/* ---- the report ----------------------------------------------------------------------------------- */

static struct why_report *nothing_of(struct arena *arena, struct evidence *evidence)
{
	if (evidence && evidence->proxy_trust != evidence->trust)
		trust_free(evidence->proxy_trust);
	if (evidence)
		trust_free(evidence->trust);
	arena_free(arena);
	return NULL;
}

static struct why_report *report_of(struct arena *arena, struct evidence *evidence)
{
	struct why_report *report = calloc(1, sizeof *report);

	if (!report)
		return nothing_of(arena, evidence);
	report->arena = arena;
	report->trust = evidence->trust;
	report->proxy_trust = evidence->proxy_trust != evidence->trust ? evidence->proxy_trust : NULL;
	report->diagnosis = diagnose(evidence);
	return report;
}

static void step_shown(void *ctx, const char *what)
{
	progress_step(ctx, what);
}

/* Several versions of a client share its name. */
static const char *client_ids(struct arena *arena)
{
	const char *list = "";

	for (const struct client *const *c = clients; *c; c++)
		if (client_find((*c)->id) == *c)
			list = arena_printf(arena, "%s%s%s", list, *list ? ", " : "", (*c)->id);
	return list;
}

/* What would fail here, whoever the server is, is no fault of the server's. */
static int way_out_check(const struct why_options *options, const struct target *target, struct why_error *error)
{
	const char *zone = target->is_ip ? strchr(target->host, '%') : NULL;
	char name[IF_NAMESIZE];
	int status = options->interface ? net_interface_check(options->interface) : 0;

	if (status != 0)
		return why_fail(error, WHY_EUSAGE, "--interface %.100s: expected an interface or an address of this machine: %s",
				options->interface, strerror(-status));
	if (!zone || if_nametoindex(zone + 1) || (strspn(zone + 1, "0123456789") == strlen(zone + 1) &&
						   if_indextoname((unsigned)strtoul(zone + 1, NULL, 10), name)))
		return 0;
	return why_fail(error, WHY_EUSAGE, "cannot read the target \"%.100s\": this machine has no interface \"%.40s\"", target->input, zone + 1);
}

static int request_check(struct arena *arena, const struct why_options *options, struct why_error *error)
{
	struct target target;
	int status = target_parse(arena, options->target, options->servername, &target, error);

	if (status != 0)
		return status;
	if (options->starttls) {
		status = target_starttls(&target, options->starttls, error);
		if (status != 0)
			return status;
	}
	if (options->as_client && strcmp(options->as_client, "all") != 0 && !client_find(options->as_client))
		return why_fail(error, WHY_EUSAGE, "--as %.60s: expected \"all\" or a client: %s", options->as_client,
				client_ids(arena));
	return way_out_check(options, &target, error);
}

static void stores_free(const struct root_store *stores, size_t n)
{
	for (size_t i = 0; i < n; i++)
		trust_free(stores[i].trust);
}

/* Other root stores to ask. What could be loaded is the report's, also when one could not. */
static int stores_load(struct arena *arena, const struct why_options *options, struct assess_options *judging,
		       struct why_error *error)
{
	struct root_store *stores = arena_array(arena, struct root_store, options->n_roots + 1);

	judging->roots = stores;
	for (size_t i = 0; i < options->n_roots; i++) {
		stores[i] = (struct root_store){ options->roots[i], trust_load_file(options->roots[i], error) };
		if (!stores[i].trust)
			return WHY_EFILE;
		judging->n_roots++;
	}
	return 0;
}

static struct why_report *look(struct why_request *request, const char *target, bool is_audit)
{
	struct progress progress = progress_of(request->progress_descriptor);
	const struct scan_progress steps = { .step = step_shown, .ctx = &progress };
	struct arena *arena = arena_new(REPORT_MEMORY);
	struct assess_options judging = { 0 };
	struct evidence *evidence = NULL;
	struct why_options options;
	struct why_report *report;
	int status;

	request->error = (struct why_error){ 0 };
	request->set.options.target = arena_str(request->arena, target ? target : "");
	options = request_options_copy(arena, &request->set);
	options.audit = is_audit;
	if (options.replay)
		status = transcript_load(&options, arena, &evidence, &request->error);
	else
		status = request_check(arena, &options, &request->error);
	/* A profile that cannot be read is told before anything is sent. */
	if (status == 0 && options.profile)
		status = profile_load(arena, options.profile, &judging.profile, &request->error);
	if (status == 0)
		status = stores_load(arena, &options, &judging, &request->error);
	if (status == 0 && options.ct_logs)
		status = ct_logs_load(arena, options.ct_logs, &judging.ct_logs, &request->error);
	if (status == 0 && !options.replay)
		status = scan_run(&options, arena, &evidence, &request->error, progress.is_live ? &steps : NULL);
	if (status == 0 && (options.here || options.with))
		status = here_join(&options, evidence, &request->error);
	if (status == 0 && options.transcript)
		status = transcript_save(&options, evidence, &request->error);
	progress_clear(&progress);
	if (status != 0) {
		stores_free(judging.roots, judging.n_roots);
		ct_logs_free(judging.ct_logs);
		return nothing_of(arena, evidence);
	}
	report = report_of(arena, evidence);
	judging.fix_for = options.fix_for;
	if (report) {
		report->stores = judging.roots;
		report->n_stores = judging.n_roots;
		report->ct_logs = judging.ct_logs;
	}
	if (report && is_audit)
		report->diagnosis->assessment = assess(report->diagnosis, &judging);
	return report;
}

struct why_report *why_diagnose(struct why_request *request, const char *target)
{
	return look(request, target, false);
}

struct why_report *why_audit(struct why_request *request, const char *target)
{
	return look(request, target, true);
}

struct why_report *why_file(struct why_request *request, const char *const *paths, size_t n_paths)
{
	struct arena *arena = arena_new(REPORT_MEMORY);
	struct evidence *evidence = NULL;
	struct why_options options;

	request->error = (struct why_error){ 0 };
	request->set.options.paths = paths;
	request->set.options.n_paths = n_paths;
	options = request_options_copy(arena, &request->set);
	if (file_evidence(&options, arena, &evidence, &request->error) != 0)
		return nothing_of(arena, evidence);
	return report_of(arena, evidence);
}

struct why_report *why_here(struct why_request *request)
{
	struct progress progress = progress_of(request->progress_descriptor);
	const struct scan_progress steps = { .step = step_shown, .ctx = &progress };
	struct arena *arena = arena_new(REPORT_MEMORY);
	struct evidence *evidence = NULL;
	struct why_options options;
	int status;

	request->error = (struct why_error){ 0 };
	options = request_options_copy(arena, &request->set);
	status = here_look(&options, arena, &evidence, &request->error, progress.is_live ? &steps : NULL);
	progress_clear(&progress);
	return status != 0 ? nothing_of(arena, evidence) : report_of(arena, evidence);
}

enum why_status why_report_status(const struct why_report *report)
{
	switch (report->diagnosis->status) {
	case STATUS_BROKEN: return WHY_STATUS_BROKEN;
	case STATUS_WARNING: return WHY_STATUS_WARNING;
	default: return WHY_STATUS_OK;
	}
}

int why_report_complies(const struct why_report *report)
{
	const struct assessment *a = report->diagnosis->assessment;

	if (!a || !a->compliance)
		return 1;
	return a->compliance->complies == TRI_YES ? 1 : a->compliance->complies == TRI_NO ? 0 : -1;
}

void why_report_free(struct why_report *report)
{
	if (!report)
		return;
	trust_free(report->trust);
	trust_free(report->proxy_trust);
	stores_free(report->stores, report->n_stores);
	ct_logs_free(report->ct_logs);
	arena_free(report->arena);
	free(report);
}

/* ---- texts ----------------------------------------------------------------------------------------- */

static struct report_options options_of(const struct why_style *style)
{
	if (!style)
		return (struct report_options){ 0 };
	return (struct report_options){
		.width = style->width, .colour = style->colour != 0, .unicode = style->unicode != 0,
		.quiet = style->quiet != 0, .verbose = style->verbose > 0,
	};
}

static char *text_taken(struct out *out)
{
	if (out->failed || !out->text) {
		out_release(out);
		return NULL;
	}
	return out->text;
}

char *why_report_render(const struct why_report *report, const char *format, const struct why_style *style)
{
	const struct renderer *renderer = renderer_find(format);
	struct report_options options = options_of(style);
	struct out out = { 0 };

	if (!renderer)
		return NULL;
	renderer->render(&out, report->diagnosis, &options);
	return text_taken(&out);
}

const char *why_format(size_t n)
{
	const struct renderer *renderer = renderer_at(n);

	return renderer ? renderer->name : NULL;
}

char *why_explain(const char *query, const char *format, const struct why_style *style, size_t *n_matches)
{
	struct arena *arena = arena_new((size_t)128 << 20);
	struct explain_result *result = explain(arena, query ? query : "");
	struct report_options options = options_of(style);
	struct out out = { 0 };

	if (n_matches)
		*n_matches = result->n_matches;
	if (format && strcmp(format, "json") == 0)
		explain_json(&out, result);
	else
		explain_text(&out, result, options.width, options.colour, NULL);
	arena_free(arena);
	return text_taken(&out);
}

static int diff_load(struct arena *arena, const char *path, struct diff_entry **entries, size_t *n, const char **title,
		     struct why_error *error)
{
	enum { REPORT_MAX = 64 << 20 };
	FILE *file = fopen(path, "rbe");
	uint8_t *bytes = NULL;
	size_t cap = 0, got = 0;
	int status;

	if (!file)
		return why_fail(error, WHY_EFILE, "%.200s: cannot be read: %m", path);
	do {
		uint8_t *larger = cap < REPORT_MAX ? realloc(bytes, cap = cap ? 2 * cap : 1 << 16) : NULL;

		if (!larger)
			break;
		bytes = larger;
		got += fread(bytes + got, 1, cap - got, file);
	} while (got == cap);
	fclose(file);
	if (!bytes || got == cap)
		status = why_fail(error, WHY_EFILE, "%.200s: expected a report of at most 64 MiB", path);
	else
		status = diff_read(arena, path, span_of(bytes, got), entries, n, title, error);
	free(bytes);
	return status;
}

char *why_diff(struct why_request *request, const char *before_path, const char *after_path, const char *format,
	       const struct why_style *style, int *is_same)
{
	struct arena *arena = arena_new(REPORT_MEMORY);
	struct report_options options = options_of(style);
	struct diff_entry *before = NULL, *after = NULL;
	size_t n_before = 0, n_after = 0;
	struct diff diff = { 0 };
	struct out out = { 0 };
	int status;

	request->error = (struct why_error){ 0 };
	status = diff_load(arena, before_path, &before, &n_before, &diff.before_title, &request->error);
	if (status == 0)
		status = diff_load(arena, after_path, &after, &n_after, &diff.after_title, &request->error);
	if (status == 0) {
		diff_compare(arena, before, n_before, after, n_after, &diff);
		if (format && strcmp(format, "json") == 0)
			diff_json(&out, &diff);
		else
			diff_text(&out, &diff, &options);
	}
	if (is_same)
		*is_same = status == 0 && diff.n == 0;
	arena_free(arena);
	return status == 0 ? text_taken(&out) : NULL;
}

const char *why_schema(void)
{
	return report_schema();
}

const char *why_version(void)
{
	return WHY443_VERSION;
}

char *why_escape(char *buffer, size_t cap, const char *text)
{
	return safe_copy(buffer, cap, span_str(text));
}

void why_free(char *text)
{
	free(text);
}
