/* See renewal.h. Timers are looked for where systemd has them, cron jobs in the files of cron; a unit is on where a
 * link of timers.target.wants leads to it, as `systemctl enable` makes it. */
#include "server/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/timeutil.h"

enum { DAY = 86400, CRON_FILES_MAX = 256 };

static const struct renewal_client *const clients[] = { &renewal_certbot, &renewal_acme_sh, &renewal_dehydrated, &renewal_lego, &renewal_caddy };

/* ---- for the clients ----------------------------------------------------------------------------------------- */

struct server_renewal *renewal_new(struct renewing *r, const char *client, const char *name, struct server_place at)
{
	struct server_evidence *s = r->conf->server;
	struct server_renewal *renewal = arena_push(r->conf->arena, s->renewals, s->n_renewals, s->cap_renewals);

	*renewal = (struct server_renewal){ .client = client, .name = name, .at = at, .cert_path = r->pair->cert_path, .is_chosen = r->is_chosen,
					    .not_after_unix = r->pair->not_after_unix };
	return renewal;
}

/* Not among the configuration's files, and what cannot be read is the caller's to say. */
bool renewal_load(struct conf *conf, const char *path, struct span *text)
{
	struct server_evidence *s = conf->server, quiet = { .kind = s->kind };
	size_t bytes = conf->bytes;
	bool good;

	conf->server = &quiet;
	conf->bytes = 0;
	good = conf_load(conf, path, text);
	conf->server = s;
	conf->bytes = bytes;
	return good;
}

bool renewal_line(struct span text, size_t *at, struct span *line)
{
	const uint8_t *lf;

	if (*at >= text.n)
		return false;
	lf = memchr(text.p + *at, '\n', text.n - *at);
	*line = span_sub(text, *at, lf ? (size_t)(lf - text.p) - *at : text.n);
	*at += line->n + 1;
	return true;
}

const char *renewal_value(struct conf *conf, struct span text, const char *key, unsigned *line)
{
	struct span row, value;
	const char *found = NULL;
	size_t at = 0, n = strlen(key);

	for (unsigned number = 1; renewal_line(text, &at, &row); number++) {
		const uint8_t *equals = memchr(row.p, '=', row.n);

		if (!equals || !span_equal(span_trim(span_of(row.p, (size_t)(equals - row.p))), span_of(key, n)))
			continue;
		value = span_trim(span_sub(row, (size_t)(equals - row.p) + 1, row.n));
		if (value.n >= 2 && (value.p[0] == '\'' || value.p[0] == '"') && value.p[value.n - 1] == value.p[0])
			value = span_sub(value, 1, value.n - 2);
		found = arena_strn(conf->arena, value.p, value.n);
		if (line)
			*line = number;
	}
	return found;
}

int64_t renewal_time(struct span line)
{
	struct tm t = { 0 };
	char text[20];

	if (line.n < 19)
		return 0;
	memcpy(text, line.p, 19);
	text[19] = '\0';
	if (sscanf(text, "%4d-%2d-%2d%*1[ T]%2d:%2d:%2d", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec) != 6 || t.tm_year < 1970 || t.tm_mon < 1)
		return 0;
	t.tm_year -= 1900;
	t.tm_mon--;
	return timegm(&t);
}

/* ---- who runs it ----------------------------------------------------------------------------------------------- */

/* `systemctl mask` makes a link to /dev/null, which a tree of files need not have. */
static bool is_masked(const struct conf *conf, const char *path)
{
	char to[16];
	ssize_t n = readlink(conf->root_dir ? arena_printf(conf->arena, "%s%s", conf->root_dir, path) : path, to, sizeof to);

	return n == 9 && memcmp(to, "/dev/null", 9) == 0;
}

static bool timer_look(struct conf *conf, const char *unit, struct server_renewal *r)
{
	static const char *const folders[] = { "/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system", "/run/systemd/system" };
	const char *link, *const *paths;
	struct stat st;

	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		link = arena_printf(conf->arena, "%s/%s", folders[i], unit);
		if (is_masked(conf, link) || conf_stat(conf, link, &st)) {
			r->scheduled_by = link;
			r->schedule = is_masked(conf, link) ? SCHEDULE_MASKED : SCHEDULE_DISABLED;
			break;
		}
	}
	if (r->schedule == SCHEDULE_DISABLED && conf_glob(conf, arena_printf(conf->arena, "/etc/systemd/system/*.wants/%s", unit), &paths) > 0)
		r->schedule = SCHEDULE_ACTIVE;
	return r->schedule == SCHEDULE_ACTIVE;
}

/* Debian's job for certbot does nothing where systemd runs. */
static bool job_counts(struct conf *conf, struct span line, const char *word)
{
	line = span_trim(line);
	if (line.n == 0 || line.p[0] == '#' || span_find(line, span_str(word)) < 0)
		return false;
	return span_find(line, span_str("! -d /run/systemd/system")) < 0 || !conf_exists(conf, "/run/systemd/system");
}

static bool cron_look(struct conf *conf, const char *word, struct server_renewal *r)
{
	static const char *const patterns[] = { "/etc/crontab", "/etc/cron.d/*", "/etc/cron.daily/*", "/etc/cron.weekly/*", "/etc/cron.hourly/*",
						"/var/spool/cron/crontabs/*", "/var/spool/cron/*", "/etc/periodic/*/*", "/etc/anacrontab" };

	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		const char *const *paths;
		size_t n = conf_glob(conf, patterns[i], &paths);

		for (size_t k = 0; k < n && k < CRON_FILES_MAX; k++) {
			struct span text, line;
			size_t at = 0;

			if (!renewal_load(conf, paths[k], &text))
				continue;
			while (renewal_line(text, &at, &line))
				if (job_counts(conf, line, word)) {
					r->schedule = SCHEDULE_ACTIVE;
					r->scheduled_by = paths[k];
					return true;
				}
		}
	}
	return false;
}

static void schedule_look(struct conf *conf, const struct renewal_client *client, struct server_renewal *r)
{
	if (r->schedule != SCHEDULE_UNKNOWN)
		return;
	for (const char *const *unit = client->timers; *unit; unit++)
		if (timer_look(conf, *unit, r))
			return;
	if (cron_look(conf, client->cron_word, r) || r->schedule != SCHEDULE_UNKNOWN)
		return;
	/* What one may not see might be there. */
	if (geteuid() == 0 || conf->root_dir)
		r->schedule = SCHEDULE_NONE;
	else
		conf_unread(conf, "whether a cron job runs %s: the tables of cron may only be read by root", client->name);
}

/* ---- what is wrong ------------------------------------------------------------------------------------------------ */

/* Words of errors of ACME (RFC 8555 6.7) and of the clients, the first that is found counts. */
static const struct {
	const char *words, *means;
} reasons[] = {
	{ "NXDOMAIN", "The name has no record in DNS any more: set it right, or take the name out of the certificate." },
	{ "SERVFAIL", "The name's DNS servers fail (perhaps DNSSEC): mend the zone." },
	{ "query timed out looking up", "The name's DNS servers do not answer the authority: let them be reached over UDP and TCP." },
	{ "No valid IP addresses found", "The name has no address record in DNS any more: set it right, or take the name out of the certificate." },
	{ "no valid A records found", "The name has no address record in DNS any more: set it right, or take the name out of the certificate." },
	{ "Incorrect TXT record", "The TXT record of the challenge is an old one: let the client's DNS plugin write it, and wait until all name servers have it." },
	{ "No TXT record found", "The TXT record of the challenge is missing: let the client's DNS plugin write it, and wait until all name servers have it." },
	{ "error:caa", "A CAA record of the zone does not allow this authority: add its name to the record." },
	{ "CAA record", "A CAA record of the zone does not allow this authority: add its name to the record." },
	{ "too many certificates", "The authority's limit for this name is used up: wait as long as the message says, and renew less often." },
	{ "rateLimited", "The authority's limit is used up: wait as long as the message says." },
	{ "too many failed authorizations", "Too many attempts failed: mend the cause first, then wait an hour." },
	{ "likely firewall problem", "The authority cannot reach port 80: open it in the firewall for everybody (`why443 here --port 80`)." },
	{ "Timeout during connect", "The authority cannot reach the server: open port 80 for everybody (`why443 here --port 80`)." },
	{ "Connection refused", "Nothing listens on port 80: let the server listen there, or use the DNS challenge." },
	{ "Invalid response from", "The challenge's file was not found: the name leads to another server, or another block, than the one that the file was written for." },
	{ "unauthorized", "The challenge's answer was wrong: the name leads to another server, or the file is not where the server looks for it." },
	{ "Could not bind", "Another program has port 80: let the client use it (--webroot or --nginx) instead of a server of its own." },
	{ "Problem binding to port", "Another program has port 80: let the client use it (--webroot or --nginx) instead of a server of its own." },
	{ "Address already in use", "Another program has port 80: let the client use it instead of a server of its own." },
	{ "plugin does not appear to be installed", "The plugin that the certificate was made with is gone: install it again." },
	{ "accountDoesNotExist", "The account at the authority is unknown: register anew." },
	{ "urn:ietf:params:acme:error:malformed", "The authority did not accept the request: update the client." },
	{ "No such file or directory", "A file that the client needs is gone." },
	{ "Permission denied", "The client may not write where it must: run it as root, or give its user the rights." },
	{ "configuration", "The server's configuration does not pass its own test, so the client stopped: mend that first." },
};

static const char *reason_of(const char *error)
{
	for (size_t i = 0; error && i < COUNT_OF(reasons); i++)
		if (span_find_nocase(span_str(error), span_str(reasons[i].words)) >= 0)
			return reasons[i].means;
	return NULL;
}

static void failing_say(struct conf *conf, const struct renewal_client *client, const struct server_renewal *r, bool is_over)
{
	struct server_fault *f = conf_fault(conf, "host.renewal-failing", r->error_at, arena_printf(conf->arena, "The renewal of %s by %s fails", r->name, client->name));
	const char *means = reason_of(r->error);
	char when[RFC3339_LEN];

	f->is_minor = !is_over || !r->is_chosen;
	conf_fault_line(conf, f, "%s", r->error);
	if (r->failing_since_unix)
		conf_fault_line(conf, f, "since %s", when_format(when, r->failing_since_unix));
	if (r->due_unix)
		conf_fault_line(conf, f, "due since %s", when_format(when, r->due_unix));
	f->fix = arena_printf(conf->arena, "%s%sThen: %s", means ? means : "", means ? " " : "", client->run_fix);
}

static void schedule_say(struct conf *conf, const struct renewal_client *client, const struct server_renewal *r, bool is_over)
{
	static const char *const words[] = { [SCHEDULE_NONE] = "no timer and no cron job runs", [SCHEDULE_DISABLED] = "the timer is there and not enabled:",
					     [SCHEDULE_MASKED] = "the timer is masked:" };
	struct server_fault *f;

	if (r->schedule != SCHEDULE_NONE && r->schedule != SCHEDULE_DISABLED && r->schedule != SCHEDULE_MASKED && !r->is_off)
		return;
	f = conf_fault(conf, "host.renewal-not-scheduled", r->is_off ? r->at : (struct server_place){ r->scheduled_by, 0 },
		       arena_printf(conf->arena, "Nothing renews %s, which %s issued", r->name, client->name));
	f->is_minor = !is_over || !r->is_chosen;
	if (r->is_off) {
		conf_fault_line(conf, f, "%s:%u switches the renewal off", r->at.file, r->at.line);
		f->fix = arena_printf(conf->arena, "%s:%u: take the line out; then: %s", r->at.file, r->at.line, client->run_fix);
		return;
	}
	conf_fault_line(conf, f, "%s %s", words[r->schedule], r->schedule == SCHEDULE_NONE ? client->name : r->scheduled_by);
	if (r->schedule == SCHEDULE_NONE)
		f->fix = arena_printf(conf->arena, "Add a cron job or a timer that runs %s daily; once by hand: %s", client->name, client->run_fix);
	else
		f->fix = arena_printf(conf->arena, "systemctl %senable --now %s; once by hand: %s", r->schedule == SCHEDULE_MASKED ? arena_printf(conf->arena, "unmask %s; systemctl ", strrchr(r->scheduled_by, '/') + 1) : "",
				      strrchr(r->scheduled_by, '/') + 1, client->run_fix);
}

static void renewal_say(struct conf *conf, const struct renewal_client *client, const struct server_renewal *r, int64_t now_unix)
{
	bool is_over = r->not_after_unix && r->not_after_unix < now_unix;
	struct server_fault *f;
	char when[RFC3339_LEN];

	schedule_say(conf, client, r, is_over);
	if (r->error)
		failing_say(conf, client, r, is_over);
	else if (r->due_unix && now_unix > r->due_unix + 3 * DAY && !r->is_off) {
		f = conf_fault(conf, "host.renewal-overdue", r->at, arena_printf(conf->arena, "%s should have been renewed by %s on %s", r->name, client->name, when_format(when, r->due_unix)));
		f->is_minor = !is_over || !r->is_chosen;
		conf_fault_line(conf, f, "%s is valid until %s", r->cert_path, when_format(when, r->not_after_unix));
		f->fix = client->run_fix;
	}
	if (!r->hook) {
		f = conf_fault(conf, "host.renewal-no-hook", r->at, NULL);
		f->is_minor = true;
		conf_fault_line(conf, f, "%s renews %s, and nothing reloads %s afterwards", client->name, r->name, conf->server->kind_name);
	}
}

/* ---- all of them --------------------------------------------------------------------------------------------------- */

static bool is_known(const struct server_evidence *s, const char *cert_path)
{
	for (size_t i = 0; i < s->n_renewals; i++)
		if (strcmp(s->renewals[i].cert_path, cert_path) == 0)
			return true;
	return false;
}

static void pair_renewal(struct conf *conf, const struct server_pair *pair, bool is_chosen, int64_t now_unix)
{
	struct renewing r = { .conf = conf, .now_unix = now_unix, .pair = pair, .is_chosen = is_chosen };

	if (!pair->cert_path || is_known(conf->server, pair->cert_path))
		return;
	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		struct server_renewal *renewal = clients[i]->look(&r);

		if (!renewal)
			continue;
		schedule_look(conf, clients[i], renewal);
		renewal_say(conf, clients[i], renewal, now_unix);
		return;
	}
}

void server_renewals(struct conf *conf, int64_t now_unix)
{
	enum { RENEWALS_MAX = 64 };
	struct server_evidence *s = conf->server;

	for (size_t i = 0; s->chosen && i < s->chosen->n_pairs; i++)
		pair_renewal(conf, &s->chosen->pairs[i], true, now_unix);
	for (size_t i = 0; i < s->n_blocks && s->n_renewals < RENEWALS_MAX; i++)
		for (size_t k = 0; k < s->blocks[i]->n_pairs && s->n_renewals < RENEWALS_MAX; k++)
			if (s->blocks[i]->pairs[k].is_read && s->blocks[i]->pairs[k].not_after_unix < now_unix + 30 * DAY)
				pair_renewal(conf, &s->blocks[i]->pairs[k], false, now_unix);
}
