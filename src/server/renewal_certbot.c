/* certbot: renewal/NAME.conf, live/NAME with its links, hooks, and the logs, one file a run, the newest without a number. */
#include "server/renewal.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { DAY = 86400, CENTURY = 36525, LOGS_MAX = 120 };

static const char *lineage_of(struct conf *conf, const char *path, const char **folder)
{
	const char *live = strstr(path, "/live/"), *name = live ? live + 6 : NULL, *end = name ? strchr(name, '/') : NULL;

	if (!end)
		return NULL;
	*folder = arena_strn(conf->arena, path, (size_t)(live - path));
	return arena_strn(conf->arena, name, (size_t)(end - name));
}

/* "30 days", as configargparse and certbot understand it; days where nothing is said. Nobody means more than a century. */
static int64_t seconds_of(const char *text)
{
	long n = strtol(text, NULL, 10);

	n = n < -CENTURY ? -CENTURY : n > CENTURY ? CENTURY : n;
	return n * (strstr(text, "week") ? 7 * DAY : strstr(text, "hour") ? 3600 : DAY);
}

/* ---- logs -------------------------------------------------------------------------------------------------------- */

/* `name` stands right behind `before` in the line, and `after` behind it. */
static bool says(struct span line, const char *before, const char *name, const char *after)
{
	long at = span_find(line, span_str(before));
	struct span rest;
	size_t n = strlen(name), n_after = strlen(after);

	if (at < 0)
		return false;
	rest = span_sub(line, (size_t)at + strlen(before), line.n);
	return rest.n >= n + n_after && memcmp(rest.p, name, n) == 0 && memcmp(rest.p + n, after, n_after) == 0;
}

/* In the words of certbot from 1.0 on, of older ones, of a file that it cannot read, and of the list at the end. */
static bool is_failure(struct span line, const char *name)
{
	return says(line, "Failed to renew certificate ", name, " ") || says(line, "Attempting to renew cert (", name, ") from ") ||
	       (says(line, "/renewal/", name, ".conf") && (span_find(line, span_str("is broken")) >= 0 || span_find(line, span_str("produced an unexpected error")) >= 0)) ||
	       says(line, "/live/", name, "/fullchain.pem (failure)");
}

static bool is_success(struct span line, const char *name)
{
	return says(line, "/live/", name, "/fullchain.pem (success)") || span_find(line, span_str("renew success for ")) >= 0 ||
	       span_find(line, span_str("Congratulations, all renewals succeeded")) >= 0 || span_find(line, span_str("Successfully received certificate")) >= 0;
}

/* "Hook 'deploy-hook' reported error code 1", "deploy-hook command "x" returned error code 1". */
static bool is_hook_failure(struct span line)
{
	return (span_find(line, span_str("deploy-hook")) >= 0 || span_find(line, span_str("post-hook")) >= 0) &&
	       (span_find(line, span_str("reported error code")) >= 0 || span_find(line, span_str("returned error code")) >= 0);
}

/* What the authority said stands in the lines "Type:" and "Detail:" before. */
static const char *detail_of(struct conf *conf, struct span text, size_t until)
{
	struct span line;
	const char *detail = NULL, *domain = "";
	size_t at = 0;

	while (at < until && renewal_line(text, &at, &line)) {
		struct span trimmed = span_trim(line);

		if (trimmed.n > 8 && memcmp(trimmed.p, "Domain: ", 8) == 0)
			domain = arena_strn(conf->arena, trimmed.p + 8, trimmed.n - 8);
		if (trimmed.n > 8 && memcmp(trimmed.p, "Detail: ", 8) == 0)
			detail = arena_printf(conf->arena, "%s: %.*s", domain, (int)(trimmed.n - 8 < 400 ? trimmed.n - 8 : 400), trimmed.p + 8);
	}
	return detail;
}

static const char *error_of(struct conf *conf, struct span line, struct span next)
{
	static const char *const marks[] = { "with error: ", "produced an unexpected error: ", "ERROR:", "WARNING:" };
	struct span rest = line;

	for (size_t i = 0; i < COUNT_OF(marks); i++) {
		long at = span_find(line, span_str(marks[i]));

		if (at < 0)
			continue;
		rest = span_sub(line, (size_t)at + strlen(marks[i]), line.n);
		break;
	}
	/* "Missing command line flag or config entry for this setting:" says what in the next line. */
	if (rest.n && rest.p[rest.n - 1] == ':')
		return arena_printf(conf->arena, "%.*s %.*s", (int)(rest.n < 400 ? rest.n : 400), rest.p, (int)(next.n < 200 ? next.n : 200), next.p);
	return arena_strn(conf->arena, rest.p, rest.n < 400 ? rest.n : 400);
}

/* The certificate was renewed, and the server not told. */
static void hook_say(struct renewing *r, const struct server_renewal *renewal, struct server_place at)
{
	struct server_fault *f = conf_fault(r->conf, "host.renewal-no-hook", at, arena_printf(r->conf->arena, "The hook that certbot runs for %s fails", renewal->name));

	conf_fault_line(r->conf, f, "%s:%u: the certificate was renewed, the command after it ended with an error", at.file, at.line);
	f->is_minor = true;
	f->fix = arena_printf(r->conf->arena, "Run the command by hand, mend it, then `certbot renew --cert-name %s --force-renewal --run-deploy-hooks` or reload %s now.", renewal->name, r->conf->server->kind_name);
}

/* 1 it failed in this run, -1 it was renewed, 0 the run was about others. */
static int log_look(struct renewing *r, struct server_renewal *renewal, const char *path)
{
	struct span text, line;
	size_t at = 0;
	unsigned number = 0;
	bool is_renewed = false;
	struct server_place hook = { NULL, 0 };
	int64_t begun_unix = 0;

	if (!renewal_load(r->conf, path, &text))
		return 0;
	while (renewal_line(text, &at, &line)) {
		struct span next = { 0 };
		size_t behind = at;

		number++;
		begun_unix = begun_unix ? begun_unix : renewal_time(line);
		is_renewed |= is_success(line, renewal->name);
		if (is_hook_failure(line))
			hook = (struct server_place){ path, number };
		if (!is_failure(line, renewal->name))
			continue;
		renewal_line(text, &behind, &next);
		renewal->failing_since_unix = renewal_time(line) ? renewal_time(line) : begun_unix;
		if (!renewal->error) {
			const char *detail = detail_of(r->conf, text, at);

			renewal->error = detail ? detail : error_of(r->conf, line, next);
			renewal->error_at = (struct server_place){ path, number };
		}
		return 1;
	}
	if (is_renewed && hook.file)
		hook_say(r, renewal, hook);
	return is_renewed ? -1 : 0;
}

/* From the newest on, for as long as each run that tried it failed. */
void renewal_certbot_logs(struct renewing *r, struct server_renewal *renewal, const char *const *logs, size_t n)
{
	for (size_t i = 0; i < n && i < LOGS_MAX; i++)
		if (log_look(r, renewal, logs[i]) < 0)
			return;
}

static void logs_look(struct renewing *r, struct server_renewal *renewal)
{
	struct conf *conf = r->conf;
	const char *newest = "/var/log/letsencrypt/letsencrypt.log", *logs[LOGS_MAX];
	size_t n = 0;

	for (; n < LOGS_MAX; n++) {
		logs[n] = n == 0 ? newest : arena_printf(conf->arena, "%s.%zu", newest, n);
		if (!conf_exists(conf, logs[n]))
			break;
	}
	if (n == 0)
		conf_unread(conf, "%s: no log of certbot to read", newest);
	renewal_certbot_logs(r, renewal, logs, n);
}

/* ---- hooks --------------------------------------------------------------------------------------------------------- */

static const char *hook_of(struct renewing *r, const char *folder, struct span text)
{
	static const char *const keys[] = { "renew_hook", "deploy_hook", "post_hook" };
	static const char *const folders[] = { "deploy", "post" };
	struct conf *conf = r->conf;
	const char *installer = renewal_value(conf, text, "installer", NULL), *const *paths;
	const char *ini = arena_printf(conf->arena, "%s/cli.ini", folder);
	struct span more;

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (renewal_value(conf, text, keys[i], NULL))
			return renewal_value(conf, text, keys[i], NULL);
	/* The plugin reloads the server that it writes for, and no other. */
	if (installer && strcmp(installer, r->conf->server->kind_name) == 0)
		return arena_printf(conf->arena, "--%s", installer);
	for (size_t i = 0; i < COUNT_OF(folders); i++)
		if (conf_glob(conf, arena_printf(conf->arena, "%s/renewal-hooks/%s/*", folder, folders[i]), &paths) > 0)
			return paths[0];
	if (renewal_load(conf, ini, &more) && (renewal_value(conf, more, "deploy-hook", NULL) || renewal_value(conf, more, "post-hook", NULL)))
		return ini;
	return NULL;
}

/* live/NAME/fullchain.pem leads to archive/NAME/fullchainN.pem: the highest N is the newest. */
static void link_check(struct renewing *r, const char *folder, const char *name)
{
	struct conf *conf = r->conf;
	const char *const *paths, *newest = NULL;
	size_t n = conf_glob(conf, arena_printf(conf->arena, "%s/archive/%s/fullchain*.pem", folder, name), &paths);
	struct server_fault *f;
	struct stat live, last;
	long highest = 0;

	for (size_t i = 0; i < n; i++) {
		const char *digits = strrchr(paths[i], '/') + strlen("/fullchain");
		long number = strtol(digits, NULL, 10);

		if (number > highest) {
			highest = number;
			newest = paths[i];
		}
	}
	if (!newest || !conf_stat(conf, arena_printf(conf->arena, "%s/live/%s/fullchain.pem", folder, name), &live) || !conf_stat(conf, newest, &last) ||
	    (live.st_dev == last.st_dev && live.st_ino == last.st_ino))
		return;
	f = conf_fault(conf, "host.not-reloaded", r->pair->at, "The newest certificate of certbot is not the one that live/ leads to");
	conf_fault_line(conf, f, "%s is newer than what %s/live/%s/fullchain.pem leads to", newest, folder, name);
	f->is_minor = true;
	f->fix = arena_printf(conf->arena, "certbot update_symlinks; then reload %s.", conf->server->kind_name);
}

static struct server_renewal *certbot_look(struct renewing *r)
{
	struct conf *conf = r->conf;
	const char *folder, *name = lineage_of(conf, r->pair->cert_path, &folder), *path, *value;
	struct server_renewal *renewal;
	struct span text;
	unsigned line = 1;

	if (!name)
		return NULL;
	path = arena_printf(conf->arena, "%s/renewal/%s.conf", folder, name);
	if (!renewal_load(conf, path, &text)) {
		struct server_fault *f;

		if (conf_exists(conf, path) || !conf_exists(conf, arena_printf(conf->arena, "%s/renewal", folder)))
			return NULL;
		f = conf_fault(conf, "host.renewal-not-scheduled", (struct server_place){ path, 0 }, arena_printf(conf->arena, "certbot knows nothing of %s any more", name));
		conf_fault_line(conf, f, "%s does not exist, so certbot renews nothing for it", path);
		f->is_minor = !r->is_chosen || r->pair->not_after_unix >= r->now_unix;
		f->fix = arena_printf(conf->arena, "Have it issued anew: certbot certonly --cert-name %s", name);
		return NULL;
	}
	renewal = renewal_new(r, "certbot", name, (struct server_place){ path, 0 });
	value = renewal_value(conf, text, "renew_before_expiry", NULL);
	renewal->due_unix = r->pair->not_after_unix - (value ? seconds_of(value) : 30 * DAY);
	/* Short-lived ones are renewed in the last half or third of their time. */
	if (!value && r->pair->not_after_unix - r->pair->not_before_unix < 60 * DAY)
		renewal->due_unix = r->pair->not_after_unix - (r->pair->not_after_unix - r->pair->not_before_unix) / 3;
	value = renewal_value(conf, text, "autorenew", &line);
	if (value && strcasecmp(value, "false") == 0) {
		renewal->is_off = true;
		renewal->at.line = line;
	}
	renewal->hook = hook_of(r, folder, text);
	logs_look(r, renewal);
	link_check(r, folder, name);
	return renewal;
}

const struct renewal_client renewal_certbot = {
	"certbot", "certbot", (const char *const[]){ "certbot.timer", "certbot-renew.timer", "snap.certbot.renew.timer", NULL }, "certbot renew", certbot_look,
};
