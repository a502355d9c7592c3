/* Renewal: who keeps a certificate new, when it is due, whether it is run, and why it fails. One row a client in
 * `clients` of renewal.c; each reads that client's own files and nothing else. */
#ifndef WHY_SERVER_RENEWAL_H
#define WHY_SERVER_RENEWAL_H

#include "server/conf.h"

struct renewing {
	struct conf *conf;
	int64_t now_unix;
	const struct server_pair *pair;         /* the certificate in question */
	bool is_chosen;
};

struct renewal_client {
	const char *name;
	const char *cron_word;                  /* how a cron job calls it */
	const char *const *timers;              /* systemd's; ends with NULL */
	const char *run_fix;                    /* how it is run by hand */
	/* The renewal of r->pair, or NULL where it is none of this client's. Schedule and due dates may be left open. */
	struct server_renewal *(*look)(struct renewing *r);
};

extern const struct renewal_client renewal_certbot, renewal_acme_sh, renewal_dehydrated, renewal_lego, renewal_caddy;

/* For the pairs of all blocks: adds to server->renewals and to its faults. */
void server_renewals(struct conf *conf, int64_t now_unix);

struct server_renewal *renewal_new(struct renewing *r, const char *client, const char *name, struct server_place at);
/* A file's text, without note; false where there is none. */
bool renewal_load(struct conf *conf, const char *path, struct span *text);
/* The next line of `text` from `*at` on. */
bool renewal_line(struct span text, size_t *at, struct span *line);
/* The value of "KEY = VALUE" or "KEY='VALUE'", the last one of the file; NULL when there is none. */
const char *renewal_value(struct conf *conf, struct span text, const char *key, unsigned *line);
/* "2026-11-20 03:12:11" at the beginning of a line of a log; 0: none. */
int64_t renewal_time(struct span line);
/* certbot.c, for the test of its reader: what the logs (newest first) say of `name`. */
void renewal_certbot_logs(struct renewing *r, struct server_renewal *renewal, const char *const *logs, size_t n);

#endif
