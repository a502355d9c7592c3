#include "server/conf.h"
static void none_read(struct conf *c, const char *p) { (void)c; (void)p; }
static void none_choose(struct conf *c, const struct server_choice *p) { (void)c; (void)p; }
#define X(v,K,n) const struct server_reader v = { K, n, (const char *const[]){ n, NULL }, (const char *const[]){ NULL }, none_read, none_choose, none_choose }
X(server_apache, SERVER_APACHE, "apache"); X(server_haproxy, SERVER_HAPROXY, "haproxy"); X(server_caddy, SERVER_CADDY, "caddy"); X(server_stunnel, SERVER_STUNNEL, "stunnel"); X(server_hitch, SERVER_HITCH, "hitch");
