/* URLs as browsers read them: the WHATWG URL standard, as far as requests need it, which for sane input
 * is RFC 3986. Tabs and line ends are dropped, backslashes count as slashes, relative references are
 * resolved, blanks and bytes outside of ASCII in path and query are percent-encoded. Host names are
 * lower-cased, numbers of IPv4 in any notation become dotted; international names stay as they are. */
#ifndef WHY_HTTP_URL_H
#define WHY_HTTP_URL_H

#include "base/arena.h"

struct url {
	const char *scheme;   /* lower case, without the colon */
	const char *host;     /* without brackets; NULL: no authority (data:, mailto:, ...) */
	const char *path;     /* "/..." without the query; of others: all behind the colon */
	const char *query;    /* without "?"; NULL: none */
	const char *fragment; /* without "#"; NULL: none */
	uint16_t port;	      /* that of the scheme where none is given; 0: none */
	bool has_port;	      /* another than the scheme's was given */
	bool has_userinfo;    /* user or password: kept nowhere */
	bool is_ipv4, is_ipv6;
};

/* False when it is no URL. `base` may be NULL. The strings live in the arena. */
bool url_parse(struct arena *arena, struct span text, const struct url *base,
	       struct url *out) WHY_MUST_USE;
/* Without userinfo and fragment: what is asked for. */
const char *url_format(struct arena *arena, const struct url *url);
/* "host" or "host:port", as in Host and :authority. */
const char *url_authority(struct arena *arena, const struct url *url);
/* Path and query, as in a request line. */
const char *url_target(struct arena *arena, const struct url *url);
/* Loopback by address or name: trusted by browsers without TLS. Secure Contexts 3.1. */
bool url_is_loopback(const struct url *url);

#endif
