/* See kernel.h. */
#include "here/kernel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "here/links.h"
#include "here/routes.h"
#include "here/sockets.h"

static bool route(void *ctx, const struct fw_route_query *query, struct fw_route *out)
{
	struct kernel *m = ctx;

	return here_route(m->arena, query, out);
}

static struct fw_address address_of(const struct host_address *a)
{
	struct fw_address out = { 0 };

	(void)fw_address_parse(a->text, &out);
	return out;
}

static bool is_local(void *ctx, const struct fw_address *address)
{
	struct kernel *m = ctx;

	if (address->family == AF_INET && address->bytes[12] == 127)
		return true;
	for (size_t i = 0; i < m->host->n_addresses; i++) {
		struct fw_address own = address_of(&m->host->addresses[i]);

		if (own.family == address->family && memcmp(own.bytes, address->bytes, 16) == 0)
			return true;
	}
	return false;
}

static bool sysctl(void *ctx, const char *family, const char *device, const char *name, long *value)
{
	struct kernel *m = ctx;
	const char *text;

	if (device && strchr(device, '/'))
		return false;
	text = here_file(m->arena, device ? arena_printf(m->arena, "/proc/sys/net/%s/conf/%s/%s", family, device, name) :
					    arena_printf(m->arena, "/proc/sys/net/%s/%s", family, name), NULL);
	if (!text)
		return false;
	*value = strtol(text, NULL, 10);
	return true;
}

/* ---- devices --------------------------------------------------------------------------------------------- */

static const struct link *link_named(const struct kernel *m, const char *name)
{
	for (int i = 0; i < m->n_links; i++)
		if (strcmp(m->links[i].name, name) == 0)
			return &m->links[i];
	return NULL;
}

static const char *vrf_of(const struct kernel *m, const struct link *link)
{
	for (int i = 0; i < m->n_links; i++)
		if (m->links[i].index == link->master && strcmp(m->links[i].kind, "vrf") == 0)
			return m->links[i].name;
	return NULL;
}

static bool device(void *ctx, const char *name, struct fw_device *out)
{
	const struct kernel *m = ctx;
	const struct link *link = link_named(m, name);

	if (link)
		*out = (struct fw_device){ .group = link->group, .link_type = link->type, .kind = link->kind, .vrf = vrf_of(m, link) };
	return link != NULL;
}

static bool bridge(void *ctx, const char *name, const char **port)
{
	const struct kernel *m = ctx;
	const struct link *link = link_named(m, name);
	size_t n = 0;

	*port = NULL;
	if (!link || strcmp(link->kind, "bridge") != 0)
		return false;
	for (int i = 0; i < m->n_links; i++)
		if (m->links[i].master == link->index && n++ == 0)
			*port = m->links[i].name;
	if (n != 1)
		*port = NULL;
	return true;
}

/* ---- sockets --------------------------------------------------------------------------------------------- */

/* A socket outside of a VRF takes what comes in there only where that is allowed. */
static bool takes_device(struct kernel *m, const struct host_listener *l, const char *name)
{
	const struct link *link = name ? link_named(m, name) : NULL;
	const char *vrf = link ? vrf_of(m, link) : NULL;
	long allowed = 0;

	if (!name || (l->device && strcmp(l->device, name) == 0))
		return true;
	if (l->device)
		return vrf && strcmp(l->device, vrf) == 0;
	return !vrf || (sysctl(m, "ipv4", NULL, "tcp_l3mdev_accept", &allowed) && allowed);
}

static bool takes_address(const struct host_listener *l, const struct fw_address *address)
{
	struct fw_address own;

	if (l->is_any)
		return l->family == address->family || (l->family == AF_INET6 && !l->is_v6_only);
	if (strncmp(l->address, "::ffff:", 7) == 0 && address->family == AF_INET)
		return fw_address_parse(l->address + 7, &own) && memcmp(own.bytes, address->bytes, 16) == 0;
	return fw_address_parse(l->address, &own) && own.family == address->family && memcmp(own.bytes, address->bytes, 16) == 0;
}

/* Of several the one that is bound to the address. */
static const struct host_listener *listener(struct kernel *m, const struct fw_address *address, uint16_t port, const char *name)
{
	const struct host_listener *best = NULL;

	for (size_t i = 0; i < m->host->n_listeners; i++) {
		const struct host_listener *l = &m->host->listeners[i];

		if (l->port == port && takes_address(l, address) && takes_device(m, l, name) && (!best || best->is_any))
			best = l;
	}
	return best;
}

bool here_listens(void *ctx, const struct fw_address *address, uint16_t port, const char *name)
{
	struct kernel *m = ctx;

	return m->host->listeners_read != TRI_YES || listener(m, address, port, name) != NULL;
}

static enum tri socket_there(void *ctx, const struct fw_address *address, uint16_t port, struct fw_socket *out)
{
	struct kernel *m = ctx;
	const struct host_listener *l = listener(m, address, port, NULL);

	if (l)
		*out = (struct fw_socket){ .is_transparent = l->is_transparent, .is_any = l->is_any, .uid = l->uid, .mark = l->mark };
	return l ? TRI_YES : m->host->listeners_read == TRI_YES ? TRI_NO : TRI_UNKNOWN;
}

/* ---- what netfilter remembers --------------------------------------------------------------------------- */

static enum tri queue(void *ctx, unsigned number)
{
	struct kernel *m = ctx;
	const char *text = here_file(m->arena, "/proc/net/netfilter/nfnetlink_queue", NULL);

	if (!text)
		return errno == ENOENT ? TRI_NO : TRI_UNKNOWN;
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n')
		if (strtoul(text, NULL, 10) == number)
			return TRI_YES;
	return TRI_NO;
}

static long connections(void *ctx)
{
	struct kernel *m = ctx;
	const char *text = here_file(m->arena, "/proc/sys/net/netfilter/nf_conntrack_count", NULL);

	return text ? strtol(text, NULL, 10) : -1;
}

/* Lines "src=192.0.2.7 ttl: 64 last_seen: 4295 oldest_pkt: 2 4290, 4295", IPv6 in full length. */
static long recent(void *ctx, const char *list, const struct fw_address *address)
{
	struct kernel *m = ctx;
	struct fw_address one;
	const char *text;

	if (strchr(list, '/'))
		return -1;
	text = here_file(m->arena, arena_printf(m->arena, "/proc/net/xt_recent/%s", list), NULL);
	if (!text)
		return errno == ENOENT ? 0 : -1;
	for (; *text; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *word = arena_strn(m->arena, text, strcspn(text, " \n")), *at;
		long n = 1;

		if (strncmp(word, "src=", 4) != 0 || !fw_address_parse(word + 4, &one) || one.family != address->family ||
		    memcmp(one.bytes, address->bytes, 16) != 0)
			continue;
		for (at = text; *at && *at != '\n'; at++)
			n += *at == ',';
		return n;
	}
	return 0;
}

static bool clock_now(void *ctx, int64_t *now, long *ahead)
{
	time_t t = time(NULL);
	struct tm local;

	(void)ctx;
	if (!localtime_r(&t, &local))
		return false;
	*now = t;
	*ahead = local.tm_gmtoff;
	return true;
}

void here_kernel(struct kernel *kernel, struct arena *arena, struct host_evidence *host, struct fw_system *system)
{
	*kernel = (struct kernel){ .arena = arena, .host = host };
	kernel->n_links = here_links(arena, &kernel->links);
	*system = (struct fw_system){ .ctx = kernel, .route = route, .is_local = is_local, .sysctl = sysctl, .queue = queue, .connections = connections,
				      .bridge = bridge, .device = device, .socket = socket_there, .recent = recent, .clock = clock_now };
}
