/* What the two syntaxes of Caddy share. */
#ifndef WHY_SERVER_CADDY_H
#define WHY_SERVER_CADDY_H

#include "server/conf.h"

struct caddy_options {
	uint16_t http_port, https_port;
	const char *storage;            /* a folder; NULL: not in files */
};

#define CADDY_DEFAULTS { 80, 443, "/var/lib/caddy/.local/share/caddy" }

/* A port from 1 to 65535, else `fallback`. */
uint16_t caddy_port(const char *text, uint16_t fallback);
/* The certificate that Caddy got by itself for `host`, if it is in the storage. */
void caddy_pair_of_storage(struct conf *conf, struct server_block *block, const struct caddy_options *o, const char *host);
/* Does a host of the configuration, maybe with a star for its first label, cover the name? */
bool caddy_covers(const char *pattern, const char *name);

/* caddy_json.c: the sites of a JSON configuration as blocks; each block's `of` is what its Caddyfile would say. */
void caddy_json_read(struct conf *conf, struct conf_node *root, const char *file, struct span text);

#endif
