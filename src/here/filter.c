/* See filter.h. */
#include "here/filter.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "firewall/firewall.h"
#include "here/kernel.h"
#include "here/routes.h"
#include "here/rules.h"
#include "here/sockets.h"
#include "scan/options.h"

enum { TARGETS_MAX = 24 };

/* A client somewhere on the Internet, where none is named: addresses of no service that rules would single out. */
static const char anybody_v4[] = "93.184.215.14", anybody_v6[] = "2606:2800:21f:cb07:6820:80da:af6b:8b2c";

struct machine {
	struct arena *arena;
	struct host_evidence *host;
	const struct why_options *options;
	struct fw_ruleset *rules;
	struct kernel kernel;
	const char *unread;             /* why the rules are not all known, NULL when they are */
};

static struct fw_address address_of(const struct host_address *a)
{
	struct fw_address out = { 0 };

	(void)fw_address_parse(a->text, &out);
	return out;
}

/* ---- which connections -------------------------------------------------------------------------------------- */

static bool in_subnet(const struct host_address *a, const struct fw_address *client)
{
	struct fw_address own = address_of(a);
	unsigned skip = own.family == AF_INET ? 96 : 0;

	if (own.family != client->family || a->prefix_len == 0)
		return false;
	for (unsigned bit = skip; bit < skip + a->prefix_len && bit < 128; bit++)
		if ((own.bytes[bit / 8] ^ client->bytes[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

/* Where the client's SYN comes in: the device of a network that both are in, else that of the address, else
 * (an address of the loopback device, as with anycast) the way to the client. */
static const char *device_in(struct machine *m, const struct host_address *to, const struct fw_address *from)
{
	struct fw_route_query query = { .to = *from };
	struct fw_route found;

	if (m->options->interface)
		return m->options->interface;
	if (in_subnet(to, from))
		return to->device;
	for (size_t i = 0; i < m->host->n_addresses; i++)
		if (!m->host->addresses[i].is_loopback && in_subnet(&m->host->addresses[i], from))
			return m->host->addresses[i].device;
	if (strcmp(to->device, "lo") != 0 && strncmp(to->device, "dummy", 5) != 0)
		return to->device;
	return here_route(m->arena, &query, &found) && found.device ? found.device : to->device;
}

static bool has_route(struct machine *m, const struct fw_address *to)
{
	struct fw_route_query query = { .to = *to };
	struct fw_route found;

	return here_route(m->arena, &query, &found) && found.type == FW_ROUTE_UNICAST;
}

static bool default_route(struct machine *m, const char *somewhere)
{
	struct fw_address a;

	return fw_address_parse(somewhere, &a) && has_route(m, &a);
}

/* Without a way to the Internet, and with no address of it: a neighbour stands for the client. */
static struct fw_address neighbour(const struct host_address *to)
{
	struct fw_address a = address_of(to);

	a.bytes[15] ^= a.bytes[15] >= 254 || a.bytes[15] == 1 ? 3 : 1;
	return a;
}

static bool client_of(struct machine *m, const struct host_address *to, struct fw_address *from)
{
	if (m->options->from)
		return fw_address_parse(m->options->from, from) && from->family == to->family;
	if (!fw_address_parse(to->family == AF_INET ? anybody_v4 : anybody_v6, from))
		return false;
	if (!has_route(m, from) && !to->is_global)
		*from = neighbour(to);
	return true;
}

static void follow(struct machine *m, const struct host_address *to, const struct fw_system *system)
{
	struct fw_query query = { .to = address_of(to), .port = m->host->port, .listens = here_listens, .listens_ctx = &m->kernel };
	struct firewall_verdict v;

	if (!client_of(m, to, &query.from))
		return;
	query.in_device = device_in(m, to, &query.from);
	v = fw_follow(m->arena, m->rules, system, &query);
	*arena_push(m->arena, m->host->firewall, m->host->n_firewall, m->host->cap_firewall) = v;
}

static bool family_wanted(const struct machine *m, int family)
{
	return !(m->options->ipv4_only && family != AF_INET) && !(m->options->ipv6_only && family != AF_INET6);
}

/* Bridges of containers and virtual machines: nobody from outside comes to their addresses. */
static bool is_inner(const char *device)
{
	static const char *const names[] = { "docker", "br-", "virbr", "veth", "cni", "lxc", "lxd", "podman", "flannel", "cali", "tailscale", "wg" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strncmp(device, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static bool is_asked(const struct machine *m, const struct host_address *a, bool inner_too)
{
	if (m->options->to)
		return strcmp(m->options->to, a->text) == 0;
	return family_wanted(m, a->family) && !a->is_loopback && !a->is_link_local && !a->is_tentative && (inner_too || !is_inner(a->device));
}

/* An address of --to that no device has: of a machine behind this one, of a translation, of a route that keeps it here. It comes
 * in where the client does. */
static void follow_in_to_other(struct machine *m, const struct fw_system *system)
{
	struct host_address other = { .text = m->options->to, .device = "lo", .family = strchr(m->options->to, ':') ? AF_INET6 : AF_INET, .is_global = true };
	struct fw_address parsed, from;

	if (fw_address_parse(m->options->to, &parsed) && client_of(m, &other, &from))
		follow(m, &other, system);
}

static void follow_in(struct machine *m, const struct fw_system *system)
{
	for (int inner = 0; inner < 2 && m->host->n_firewall == 0; inner++)
		for (size_t i = 0; i < m->host->n_addresses && m->host->n_firewall < TARGETS_MAX; i++)
			if (is_asked(m, &m->host->addresses[i], inner))
				follow(m, &m->host->addresses[i], system);
	if (m->host->n_firewall == 0 && m->options->to)
		follow_in_to_other(m, system);
}

static void follow_out_to(struct machine *m, const char *to, const struct fw_system *system)
{
	struct fw_query query = { .port = m->host->port, .is_out = true };
	struct firewall_verdict v;

	if (!fw_address_parse(to, &query.to) || !family_wanted(m, query.to.family))
		return;
	if (m->options->from)
		(void)fw_address_parse(m->options->from, &query.from);
	v = fw_follow(m->arena, m->rules, system, &query);
	*arena_push(m->arena, m->host->firewall, m->host->n_firewall, m->host->cap_firewall) = v;
}

static bool has_family(const struct host_evidence *host, int family)
{
	for (size_t i = 0; i < host->n_addresses; i++)
		if (host->addresses[i].family == family && !host->addresses[i].is_loopback && !host->addresses[i].is_link_local)
			return true;
	return false;
}

static void follow_out(struct machine *m, const struct fw_system *system)
{
	if (m->options->to) {
		follow_out_to(m, m->options->to, system);
		return;
	}
	if (has_family(m->host, AF_INET) || !has_family(m->host, AF_INET6))
		follow_out_to(m, anybody_v4, system);
	if (has_family(m->host, AF_INET6))
		follow_out_to(m, anybody_v6, system);
}

static int weight(const struct firewall_verdict *v)
{
	switch (v->end) {
	case FIREWALL_DROP: return 4;
	case FIREWALL_REJECT: return 3;
	case FIREWALL_UNKNOWN: return 2;
	case FIREWALL_ACCEPT: break;
	}
	return v->later ? 1 : 0;
}

/* Rules that could not be read may stop what those that were read let pass. */
static void heed_unread(struct machine *m)
{
	for (size_t i = 0; m->unread && i < m->host->n_firewall; i++) {
		struct firewall_verdict *v = &m->host->firewall[i];

		if (v->end != FIREWALL_ACCEPT)
			continue;
		v->end = FIREWALL_UNKNOWN;
		v->because = m->unread;
	}
}

void here_filter(struct arena *arena, struct host_evidence *host, const struct why_options *options, struct rules_reading *reading)
{
	struct machine m = { .arena = arena, .host = host, .options = options, .rules = fw_ruleset_new(arena) };
	struct fw_system system;

	if (!reading)
		return;
	here_kernel(&m.kernel, arena, host, &system);
	m.unread = here_rules_read(arena, host, m.rules, reading);
	host->has_default_v4 = default_route(&m, anybody_v4);
	host->has_default_v6 = default_route(&m, anybody_v6);
	host->routes_read = TRI_YES;
	if (options->out)
		follow_out(&m, &system);
	else
		follow_in(&m, &system);
	heed_unread(&m);
	for (size_t i = 0; i < host->n_firewall; i++)
		if (!host->worst || weight(&host->firewall[i]) > weight(host->worst))
			host->worst = &host->firewall[i];
	fw_ruleset_release(m.rules);
}
