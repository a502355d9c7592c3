/* See near.h. Few files are opened, and small ones only: this runs where something is broken already. */
#include "server/near.h"

#include <sys/stat.h>

#include "x509/name.h"

enum { NEAR_FILES_MAX = 96, NEAR_BYTES_MAX = 64 << 10 };

static const char *const elsewhere[] = { "/etc/letsencrypt/live/*/*.pem", "/etc/ssl/private/*", "/etc/nginx/ssl/*", "/etc/apache2/ssl/*", "/etc/haproxy/certs/*", "/etc/haproxy/ssl/*", "/etc/pki/tls/private/*",
					 "/etc/pki/tls/certs/*.crt" };

struct search {
	struct conf *conf;
	const struct cert *leaf;        /* whose key */
	const char *not;
	const char *name;               /* for whom a certificate */
	int64_t now_unix;
	bool wants_one_file;
	const char *key_path;
	struct near_pair best;
	int64_t best_until;
};

/* False where the search is over. */
typedef bool look(struct search *s, const char *path, struct span text);

static bool each_of(struct search *s, const char *pattern, look *fn)
{
	const char *const *paths = NULL;
	size_t n = conf_glob(s->conf, pattern, &paths);

	for (size_t i = 0; i < n && s->conf->n_near < NEAR_FILES_MAX; i++) {
		struct stat st;
		struct span text;

		if (!conf_stat(s->conf, paths[i], &st) || !S_ISREG(st.st_mode) || st.st_size == 0 || st.st_size > NEAR_BYTES_MAX)
			continue;
		s->conf->n_near++;
		if (server_load_quiet(s->conf, paths[i], &text) && span_find(text, span_str("-----BEGIN ")) >= 0 && !fn(s, paths[i], text))
			return false;
	}
	return true;
}

static void each(struct search *s, const char *beside, look *fn)
{
	const char *folder = beside ? conf_folder(s->conf, beside) : NULL;
	bool goes_on = !folder || each_of(s, arena_printf(s->conf->arena, "%s/*", folder), fn);

	for (size_t i = 0; i < COUNT_OF(elsewhere) && goes_on; i++)
		goes_on = each_of(s, elsewhere[i], fn);
}

static bool key_look(struct search *s, const char *path, struct span text)
{
	if ((!s->not || strcmp(path, s->not) != 0) && server_key_fits(s->conf, text, s->leaf))
		s->key_path = path;
	return s->key_path == NULL;
}

const char *near_key(struct conf *conf, const char *beside, const char *not, const struct cert *leaf)
{
	struct search s = { .conf = conf, .leaf = leaf, .not = not };

	conf->n_near = 0;
	each(&s, beside, key_look);
	return s.key_path;
}

static bool certificate_look(struct search *s, const char *path, struct span text)
{
	struct cert **certs;
	const struct cert *leaf;
	const char *problem, *key;

	if (span_find(text, span_str("BEGIN CERTIFICATE-----")) < 0 || server_certs_read(s->conf, text, &certs, &problem) == 0)
		return true;
	leaf = certs[0];
	if (!leaf->is_decoded || leaf->not_before_unix > s->now_unix || leaf->not_after_unix <= s->now_unix || !cert_matches_host(leaf, s->name, HOST_MATCH_STRICT) ||
	    leaf->not_after_unix < s->best_until)
		return true;
	/* Of one and the same certificate the longer chain comes first in the alphabet: fullchain.pem lies behind cert.pem. */
	key = server_key_fits(s->conf, text, leaf) ? path : NULL;
	if (!key && !s->wants_one_file) {
		struct search for_key = { .conf = s->conf, .leaf = leaf };

		each_of(&for_key, arena_printf(s->conf->arena, "%s/*", conf_folder(s->conf, path)), key_look);
		key = for_key.key_path;
	}
	if (key) {
		s->best = (struct near_pair){ path, key };
		s->best_until = leaf->not_after_unix;
	}
	return true;
}

bool near_certificate(struct conf *conf, const char *beside, const char *name, int64_t now_unix, bool wants_one_file, struct near_pair *out)
{
	struct search s = { .conf = conf, .name = name, .now_unix = now_unix, .wants_one_file = wants_one_file };

	conf->n_near = 0;
	each(&s, beside, certificate_look);
	*out = s.best;
	return s.best.cert_path != NULL;
}
