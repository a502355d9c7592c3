/* How this machine resolves names: resolv.conf(5) and hosts(5), read by us so that we can ask the
 * same servers ourselves and tell what the hosts file decided. */
#ifndef WHY_DNS_CONFIG_H
#define WHY_DNS_CONFIG_H

#include <sys/socket.h>

#include "base/arena.h"
#include "evidence/layer.h"

#define DNS_SERVERS_MAX 3       /* as many as libc reads */

struct dns_servers {
	struct sockaddr_storage items[DNS_SERVERS_MAX];
	const char *texts[DNS_SERVERS_MAX];
	size_t n;
	const char *list;       /* "127.0.0.1, 192.0.2.1" */
	unsigned timeout_s, attempts;
	bool has_file;          /* false: no such file, 127.0.0.1 is assumed as libc does */
	const char *assumed;    /* why it is, also where the file names none; NULL: it names some */
};

/* `port` 0 takes 53. */
void dns_servers_read(struct arena *arena, const char *path, uint16_t port, struct dns_servers *out);
void dns_servers_parse(struct arena *arena, struct span text, uint16_t port, struct dns_servers *out);

struct dns_hosts_line {
	const char *line;       /* as it stands in the file */
	struct sockaddr_storage address;
};

/* The lines of the hosts file that name `host`. TRI_UNKNOWN when the file cannot be read. */
enum tri dns_hosts_find(struct arena *arena, const char *path, const char *host,
			struct dns_hosts_line **lines, size_t *n_lines);

/* The same address, ports aside. */
bool dns_address_equal(const struct sockaddr_storage *a, const struct sockaddr_storage *b);

#endif
