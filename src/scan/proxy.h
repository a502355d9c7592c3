/* Which proxy stands between us and a target: --proxy, or the variables, as curl reads them (curl(1),
 * "ENVIRONMENT"; CURLOPT_NOPROXY). */
#ifndef WHY_SCAN_PROXY_H
#define WHY_SCAN_PROXY_H

#include "base/err.h"
#include "scan/visit.h"

struct proxy_url {
	const char *scheme;     /* "http", "https", "socks4", "socks4a", "socks5", "socks5h" */
	const char *host;
	uint16_t port;          /* 1080 where none is given, 443 for https */
	const char *user, *password;    /* NULL: none */
	const char *shown;      /* without credentials */
};

/* WHY_EUSAGE where it is none; `given_by` names it in the message. */
int proxy_url_parse(struct arena *arena, const char *text, const char *given_by, struct proxy_url *out,
		    struct why_error *error) WHY_MUST_USE;
/* The entry of a no_proxy list that exempts the target, in the arena, or NULL: names stand for themselves
 * and what is below them, with or without a leading dot; addresses and blocks for addresses; "*" for all. */
const char *no_proxy_entry(struct arena *arena, const char *list, const struct target *target);

/* The setting that counts for the target: its text and, in `given_by`, where it comes from. NULL: none.
 * `get` is getenv() outside of tests. */
const char *proxy_setting(const struct why_options *options, const struct target *target, const char *(*get)(const char *name),
			  const char **given_by);

/* Decides for the visit; resolves the proxy's name; fills visit->proxy and visit->route. */
void proxy_prepare(struct scan *scan, struct visit *visit);

#endif
