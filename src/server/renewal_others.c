/* acme.sh, dehydrated, lego and Caddy's own: where each keeps its state, and what it says of renewal. */
#include "server/renewal.h"

#include <stdlib.h>
#include <time.h>

static const int64_t DAY = 86400, YEAR_9999 = 253402300799;

/* ---- acme.sh: DOMAIN/DOMAIN.conf with the path of what it installed ------------------------------------------------ */

static struct server_renewal *acme_sh_entry(struct renewing *r, const char *path)
{
	static const char *const keys[] = { "Le_RealFullChainPath", "Le_RealCertPath" };
	struct conf *conf = r->conf;
	struct server_renewal *renewal;
	const char *value = NULL;
	struct span text;

	if (!renewal_load(conf, path, &text))
		return NULL;
	for (size_t i = 0; i < COUNT_OF(keys) && (!value || strcmp(value, r->pair->cert_path) != 0); i++)
		value = renewal_value(conf, text, keys[i], NULL);
	/* Used where it was made, though its author asks not to. */
	if ((!value || strcmp(value, r->pair->cert_path) != 0) && strcmp(conf_folder(conf, path), conf_folder(conf, r->pair->cert_path)) != 0)
		return NULL;
	value = renewal_value(conf, text, "Le_Domain", NULL);
	renewal = renewal_new(r, "acme.sh", value ? value : path, (struct server_place){ path, 0 });
	value = renewal_value(conf, text, "Le_NextRenewTime", NULL);
	renewal->due_unix = value ? strtoll(value, NULL, 10) : 0;
	/* Beyond the years that can be written, it is not known. */
	if (renewal->due_unix < 0 || renewal->due_unix > YEAR_9999)
		renewal->due_unix = 0;
	value = renewal_value(conf, text, "Le_ReloadCmd", NULL);
	renewal->hook = value && *value ? value : NULL;
	return renewal;
}

/* "[Mon Nov 23 00:00:00 UTC 2026]" or, where the locale is English of today's kind, "[Mon 23 Nov 2026 12:00:00 AM UTC]". 0: neither. */
static int64_t acme_sh_time(struct conf *conf, struct span line)
{
	static const char *const forms[] = { "[%a %b %d %H:%M:%S", "[%a %d %b %Y %I:%M:%S %p", "[%a %d %b %Y %H:%M:%S" };
	const char *text = arena_strn(conf->arena, line.p, line.n < 40 ? line.n : 40), *year = strchr(text, ']');

	for (size_t i = 0; i < COUNT_OF(forms); i++) {
		struct tm t = { .tm_year = 0 };

		if (!strptime(text, forms[i], &t))
			continue;
		if (i == 0 && (!year || year - text < 5))
			continue;
		if (i == 0)
			t.tm_year = (int)strtol(year - 4, NULL, 10) - 1900;
		return t.tm_year >= 70 && t.tm_year < 8000 ? timegm(&t) : 0;
	}
	return 0;
}

static bool has_any(struct span line, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_find(line, span_str(words[i])) >= 0)
			return true;
	return false;
}

/* Its runs one behind the other, each beginning with "Renew: 'example.com'". Of the last the first complaint counts; it has failed since the first one
 * behind the last success. */
static void acme_sh_log(struct renewing *r, struct server_renewal *renewal, const char *home)
{
	static const char *const errors[] = { "rror", "Timeout", "rateLimited", "Can not" }, *const begins[] = { "Renew: ", "Renewing: " };
	static const char *const good[] = { "Cert success", "Your cert is in", "Skip, Next renewal", "Skipping. Next renewal" }, *const noise[] = { "error='", "errors='" };
	struct conf *conf = r->conf;
	const char *path = arena_printf(conf->arena, "%s/acme.sh.log", home), *name = arena_printf(conf->arena, "'%s'", renewal->name);
	struct span text, line;
	size_t at = 0;
	bool is_ours = false, is_told = false;

	if (!renewal_load(conf, path, &text))
		return;
	for (unsigned number = 1; renewal_line(text, &at, &line); number++) {
		if (has_any(line, begins, COUNT_OF(begins))) {
			is_ours = span_find(line, span_str(name)) >= 0;
			is_told = false;
		}
		if (is_ours && has_any(line, good, COUNT_OF(good))) {
			renewal->error = NULL;
			renewal->failing_since_unix = 0;
		}
		if (is_ours && !is_told && has_any(line, errors, COUNT_OF(errors)) && !has_any(line, noise, COUNT_OF(noise))) {
			long end = span_find(line, span_str("] "));

			if (!renewal->error)
				renewal->failing_since_unix = acme_sh_time(conf, line);
			line = span_sub(line, end < 0 ? 0 : (size_t)end + 2, 400);
			renewal->error = arena_strn(conf->arena, line.p, line.n);
			renewal->error_at = (struct server_place){ path, number };
			is_told = true;
		}
	}
}

static struct server_renewal *acme_sh_look(struct renewing *r)
{
	static const char *const homes[] = { "/root/.acme.sh", "/home/*/.acme.sh", "/etc/acme.sh", "/etc/acme", "/var/lib/acme/.acme.sh", "/acme.sh" };

	for (size_t i = 0; i < COUNT_OF(homes); i++) {
		const char *const *paths;
		size_t n = conf_glob(r->conf, arena_printf(r->conf->arena, "%s/*/*.conf", homes[i]), &paths);

		for (size_t k = 0; k < n; k++) {
			struct server_renewal *renewal = acme_sh_entry(r, paths[k]);

			if (!renewal)
				continue;
			acme_sh_log(r, renewal, conf_folder(r->conf, conf_folder(r->conf, paths[k])));
			return renewal;
		}
	}
	return NULL;
}

const struct renewal_client renewal_acme_sh = {
	"acme.sh", "acme.sh", (const char *const[]){ "acme.sh.timer", "acme-sh.timer", "acme_letsencrypt.timer", NULL }, "acme.sh --cron --force", acme_sh_look,
};

/* ---- dehydrated: BASEDIR/certs/NAME, its configuration says how many days before ---------------------------------- */

static struct server_renewal *dehydrated_look(struct renewing *r)
{
	static const char *const configs[] = { "/etc/dehydrated/config", "/usr/local/etc/dehydrated/config", "/opt/dehydrated/config", "/root/dehydrated/config" };
	struct conf *conf = r->conf;
	const char *certs = strstr(r->pair->cert_path, "/certs/"), *end = certs ? strchr(certs + 7, '/') : NULL, *value;
	struct server_renewal *renewal;
	struct span text = { 0 };
	bool is_ours = end && strstr(r->pair->cert_path, "dehydrated") != NULL;

	for (size_t i = 0; end && i < COUNT_OF(configs); i++) {
		if (!renewal_load(conf, configs[i], &text))
			continue;
		value = renewal_value(conf, text, "BASEDIR", NULL);
		is_ours |= value && strncmp(value, r->pair->cert_path, strlen(value)) == 0;
		value = renewal_value(conf, text, "CERTDIR", NULL);
		is_ours |= value && *value == '/' && strncmp(value, r->pair->cert_path, strlen(value)) == 0;
		if (!is_ours)
			continue;
		renewal = renewal_new(r, "dehydrated", arena_strn(conf->arena, certs + 7, (size_t)(end - certs - 7)), (struct server_place){ configs[i], 0 });
		value = renewal_value(conf, text, "RENEW_DAYS", NULL);
		renewal->due_unix = r->pair->not_after_unix - (value && atoi(value) > 0 ? atoi(value) : 32) * (int64_t)DAY;
		value = renewal_value(conf, text, "HOOK", NULL);
		renewal->hook = value && *value ? value : NULL;
		return renewal;
	}
	return NULL;
}

const struct renewal_client renewal_dehydrated = {
	"dehydrated", "dehydrated", (const char *const[]){ "dehydrated.timer", NULL }, "dehydrated --cron", dehydrated_look,
};

/* ---- lego: certificates/NAME.crt beside NAME.json ------------------------------------------------------------------- */

/* The hook stands on the command line of the job that runs it. */
static const char *lego_hook(struct conf *conf)
{
	static const char *const patterns[] = { "/etc/cron*/*", "/etc/crontab", "/var/spool/cron/crontabs/*", "/etc/systemd/system/*lego*" };

	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		const char *const *paths;
		size_t n = conf_glob(conf, patterns[i], &paths);
		struct span text;

		for (size_t k = 0; k < n && k < 256; k++)
			if (renewal_load(conf, paths[k], &text) && span_find(text, span_str("lego")) >= 0 &&
			    (span_find(text, span_str("-hook")) >= 0 || span_find(text, span_str("reload")) >= 0))
				return paths[k];
	}
	return NULL;
}

static struct server_renewal *lego_look(struct renewing *r)
{
	struct conf *conf = r->conf;
	const char *path = r->pair->cert_path, *dot = strrchr(path, '.'), *name = strrchr(path, '/'), *beside;
	struct server_renewal *renewal;
	struct span text;

	if (!dot || !name || dot < name || !strstr(path, "/certificates/"))
		return NULL;
	beside = arena_printf(conf->arena, "%.*s.json", (int)(dot - path), path);
	if (!renewal_load(conf, beside, &text) || span_find(text, span_str("certStableUrl")) < 0)
		return NULL;
	renewal = renewal_new(r, "lego", arena_strn(conf->arena, name + 1, (size_t)(dot - name - 1)), (struct server_place){ beside, 0 });
	renewal->due_unix = r->pair->not_after_unix - 30 * (int64_t)DAY;
	renewal->hook = lego_hook(conf);
	return renewal;
}

const struct renewal_client renewal_lego = {
	"lego", "lego", (const char *const[]){ "lego.timer", "lego-renew.timer", NULL }, "lego ... renew", lego_look,
};

/* ---- Caddy: its own storage; the process renews by itself in the last third --------------------------------------- */

static struct server_renewal *caddy_look(struct renewing *r)
{
	const char *path = r->pair->cert_path, *name = strrchr(path, '/');
	struct server_renewal *renewal;

	if (!strstr(path, "/caddy/certificates/") || !name)
		return NULL;
	renewal = renewal_new(r, "Caddy", arena_strn(r->conf->arena, name + 1, strlen(name + 1) > 4 ? strlen(name + 1) - 4 : 0), (struct server_place){ path, 0 });
	renewal->due_unix = r->pair->not_after_unix - (r->pair->not_after_unix - r->pair->not_before_unix) / 3;
	renewal->schedule = SCHEDULE_OWN;
	renewal->hook = "Caddy itself";
	return renewal;
}

const struct renewal_client renewal_caddy = {
	"Caddy", "caddy", (const char *const[]){ NULL }, "journalctl -u caddy | grep -i error says why; systemctl reload caddy tries again", caddy_look,
};
