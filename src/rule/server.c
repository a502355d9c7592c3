/* What the server's configuration and its files are found to be: host.config-invalid, certificate-file-missing,
 * key-mismatch, duplicate-name, name-not-served, ..., and host.not-reloaded, where the port serves another certificate
 * than the file holds. */
#include "evidence/server.h"

#include "base/timeutil.h"
#include "evidence/host.h"
#include "rule/rule.h"

static bool has_failed(const struct visit *visit)
{
	const struct attempt *main = visit->best ? visit->best->main : NULL;

	return visit->n_endpoints > 0 && (!main || !main->done);
}

/* Faults that stop somebody only where the port, asked, shows it. */
static bool does_fail(const struct server_fault *fault, const struct visit *visit, const struct cause *cause)
{
	if (strcmp(fault->cause, "host.proxy-protocol-mismatch") == 0)
		return has_failed(visit);
	if (strcmp(fault->cause, "host.forwarded-proto-missing") == 0)
		return visit->redirect_loop;
	if (strcmp(fault->cause, "http.redirect-loop") == 0)
		return !fault->is_minor && (visit->n_endpoints == 0 || visit->redirect_loop);
	return cause && cause->fails && !fault->is_minor;
}

/* A redirect loop that the configuration seems to have, and that the answer did not show: something else answers first. */
static bool is_refuted(const struct server_fault *fault, const struct visit *visit)
{
	const struct attempt *main = visit->best ? visit->best->main : NULL;

	return strcmp(fault->cause, "http.redirect-loop") == 0 && main && main->done && !visit->redirect_loop;
}

/* The port answers as it should, with what its server loaded when it was started. */
static bool works_now(const struct findings *findings, const struct visit *visit)
{
	const struct attempt *main = visit->best ? visit->best->main : NULL;

	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i]->fails)
			return false;
	return main && main->done;
}

/* What lies on disk stops nobody until the server reads it again. */
static void put_off(struct findings *findings, struct finding *f)
{
	static const char *const on_disk[] = { "host.config-invalid", "host.certificate-file-missing", "host.certificate-file-unreadable", "host.key-mismatch", "host.tls-off", "host.name-not-served" };
	bool is_on_disk = false;

	for (size_t i = 0; i < COUNT_OF(on_disk); i++)
		is_on_disk |= strcmp(f->id, on_disk[i]) == 0;
	if (!f->fails || !is_on_disk)
		return;
	f->fails = false;
	f->severity = SEVERITY_HIGH;
	finding_evidence(findings, f, "the server that runs has loaded other files before and works; its next reload or start will not");
}

static void add_fault(struct findings *findings, const struct visit *visit, const struct server_fault *fault, bool works)
{
	bool is_of_host = strncmp(fault->cause, "host.", 5) == 0;
	struct finding *f = is_of_host ? NULL : finding_get(findings, fault->cause);

	if (!f) {
		f = finding_add(findings, visit, fault->cause, fault->title);
		f->fails = does_fail(fault, visit, cause_find(fault->cause));
		if (!f->fails && f->severity > SEVERITY_MEDIUM)
			f->severity = SEVERITY_MEDIUM;
	}
	for (size_t i = 0; i < fault->n_lines; i++)
		finding_evidence(findings, f, "%s", fault->lines[i]);
	if (works)
		put_off(findings, f);
	f->where.file = fault->at.file;
	f->where.line = fault->at.line;
	f->fix = fault->fix ? fault->fix : f->fix;
	f->shows = fault->shows ? fault->shows : f->shows;
}

static const char *reload_command(const struct server_evidence *s)
{
	static const char *const commands[] = { [SERVER_NGINX] = "nginx -t && systemctl reload nginx", [SERVER_APACHE] = "apachectl configtest && systemctl reload apache2",
		[SERVER_HAPROXY] = "systemctl reload haproxy", [SERVER_CADDY] = "systemctl reload caddy", [SERVER_STUNNEL] = "systemctl reload stunnel4", [SERVER_HITCH] = "systemctl reload hitch" };

	return s->kind > SERVER_UNKNOWN && (size_t)s->kind < COUNT_OF(commands) ? commands[s->kind] : NULL;
}

static bool is_of_pair(const struct server_block *block, const uint8_t sha256[32])
{
	for (size_t i = 0; i < block->n_pairs; i++)
		if (block->pairs[i].is_read && memcmp(block->pairs[i].sha256, sha256, 32) == 0)
			return true;
	return false;
}

/* Another block's certificate is another matter: then the configuration itself was not loaded. */
static void reload_check(struct findings *findings, const struct visit *visit, const struct server_evidence *s)
{
	const struct server_pair *pair = NULL;
	struct finding *f;
	char when[RFC3339_LEN];

	if (!s->has_served || !s->chosen || s->undecided || s->pid == 0 || is_of_pair(s->chosen, s->served_sha256))
		return;
	for (size_t i = 0; i < s->chosen->n_pairs; i++) {
		if (!s->chosen->pairs[i].is_read)
			return;
		pair = pair ? pair : &s->chosen->pairs[i];
	}
	if (!pair)
		return;
	f = finding_add(findings, visit, "host.not-reloaded", NULL);
	f->where.file = pair->at.file;
	f->where.line = pair->at.line;
	finding_evidence(findings, f, "%s holds another certificate than the port serves", pair->cert_path);
	if (pair->changed_unix)
		finding_evidence(findings, f, "the file was changed %s", when_format(when, pair->changed_unix));
	if (s->process_started_unix)
		finding_evidence(findings, f, "process %d was started %s", (int)s->pid, when_format(when, s->process_started_unix));
	if (reload_command(s))
		f->fix = arena_printf(findings->arena, "Run `%s`, and let the renewal do the same each time.", reload_command(s));
	f->fails = finding_get(findings, "certificate.expired") != NULL || finding_get(findings, "certificate.name-mismatch") != NULL;
}

static void server_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct server_evidence *s = evidence->host ? evidence->host->server : NULL;
	bool works;

	if (!s || visit != evidence->visit)
		return;
	works = works_now(findings, visit);
	for (size_t i = 0; i < s->n_faults; i++)
		if (!is_refuted(&s->faults[i], visit))
			add_fault(findings, visit, &s->faults[i], works);
	reload_check(findings, visit, s);
}

const struct rule rule_server = { "server", LAYER_HOST, server_check };
