/* Both sides of one connection: what is seen of the target over the network, and what the machine itself says.
 * Where the machine is well and nothing of its own stops a connection, what fails is on the way to it. */
#include "evidence/host.h"

#include <arpa/inet.h>
#include <string.h>

#include "rule/rule.h"

/* Of the Internet, and of no network that anybody may use inside: RFC 1918, RFC 4193, RFC 6598, RFC 3927, RFC 5737 not among them. */
static bool address_is_public(const char *text)
{
	struct in_addr v4;
	struct in6_addr v6;
	uint32_t a;

	if (inet_pton(AF_INET6, text, &v6) == 1)
		return v6.s6_addr[0] >> 5 == 1;
	if (inet_pton(AF_INET, text, &v4) != 1)
		return false;
	a = ntohl(v4.s_addr);
	return !(a >> 24 == 10 || a >> 24 == 127 || a >> 20 == 0xac1 || a >> 16 == 0xc0a8 || a >> 16 == 0xa9fe || a >> 22 == 0x191 || a >> 24 == 0 || a >> 28 >= 14);
}

static const struct host_listener *listener_of(const struct host_evidence *host)
{
	for (size_t i = 0; i < host->n_listeners; i++)
		if (host->listeners[i].port == host->port && !host->listeners[i].is_loopback)
			return &host->listeners[i];
	return NULL;
}

static bool host_fails(const struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (findings->items[i]->fails && findings->items[i]->layer == LAYER_HOST)
			return true;
	return false;
}

static bool is_own(const struct host_evidence *host, const char *address)
{
	for (size_t i = 0; i < host->n_addresses; i++)
		if (strcmp(host->addresses[i].text, address) == 0)
			return true;
	return false;
}

/* Do all of the target's addresses belong to others? `*first` is one of them. */
static bool leads_elsewhere(const struct host_evidence *host, const struct visit *visit, const char **first)
{
	*first = NULL;
	for (size_t i = 0; i < visit->n_endpoints; i++) {
		const char *text = visit->endpoints[i]->text;

		if (!text || is_own(host, text))
			return false;
		*first = *first ? *first : text;
	}
	return *first && host->n_addresses > 0;
}

/* Behind a translation a machine has none but inner addresses, and the target a public one. */
static bool may_be_translated(const struct host_evidence *host, const char *target)
{
	bool v6 = strchr(target, ':') != NULL;

	for (size_t i = 0; i < host->n_addresses; i++)
		if (host->addresses[i].is_global && (strchr(host->addresses[i].text, ':') != NULL) == v6)
			return false;
	return address_is_public(target);
}

static void elsewhere(const struct host_evidence *host, const struct visit *visit, struct findings *findings, const char *target)
{
	const char *name = visit->target.host;
	struct finding *f = finding_get(findings, "host.name-elsewhere");

	if (!f)
		f = finding_add(findings, visit, "host.name-elsewhere", NULL);
	f->title = visit->target.is_ip ? arena_printf(findings->arena, "%s is no address of the server", target) :
					 arena_printf(findings->arena, "%s leads to %s, an address that the server does not have", name, target);
	f->severity = SEVERITY_CRITICAL;
	f->fails = true;
	f->confidence = "likely";
	for (size_t i = 0; i < host->n_addresses && f->n_evidence < 8; i++)
		if (strncmp(host->addresses[i].text, "127.", 4) != 0 && strcmp(host->addresses[i].text, "::1") != 0 &&
		    strncmp(host->addresses[i].text, "fe80:", 5) != 0)
			finding_evidence(findings, f, "the server has %s on %s", host->addresses[i].text, host->addresses[i].device);
	f->fix = "Whoever runs DNS (or the hosts file) points the name to the server, or to what stands before it; where something stands "
		 "before it at that address, its administrator looks at it.";
}

static void on_the_way(const struct host_evidence *host, struct findings *findings, struct finding *f, const char *what)
{
	const struct host_listener *l = listener_of(host);
	struct arena *arena = findings->arena;
	const char *who = l && l->process ? l->process->name : "the server";

	finding_evidence(findings, f, "on the machine: %s listens on %s port %u", who, l ? l->address : "?", host->port);
	finding_evidence(findings, f, "on the machine: its firewall and routes let a connection from %s pass, both ways",
			 host->worst->from ? host->worst->from : "outside");
	f->title = arena_printf(arena, "Connections to port %u are %s before they reach the machine: %s listens there and is let through",
				host->port, what, who);
	f->fix = arena_printf(arena, "Whoever runs the network before the machine (the provider's firewall or security group, a router that "
			      "should forward the port) allows TCP to port %u.", host->port);
	f->confidence = "likely";
}

static void host_join_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	static const struct {
		const char *id, *what;
	} rows[] = { { "tcp.timeout", "dropped" }, { "tcp.refused", "refused" }, { "tcp.admin-prohibited", "rejected" },
		     { "tcp.host-unreachable", "lost" }, { "tcp.network-unreachable", "lost" } };
	const struct host_evidence *host = evidence->host;
	const char *target;
	bool other;

	if (!host || !host->is_joined || visit != evidence->visit || visit->target.port != host->port || host_fails(findings))
		return;
	other = leads_elsewhere(host, visit, &target);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct finding *f = finding_get(findings, rows[i].id);

		if (!f || !f->fails)
			continue;
		if (other && !may_be_translated(host, target)) {
			elsewhere(host, visit, findings, target);
			f->explained_by = finding_get(findings, "host.name-elsewhere");
			return;
		}
		if (!host->is_remote && host->served_port && host->served_port != host->port && !other) {
			f->fails = false;
			f->title = arena_printf(findings->arena, "Port %u is translated for those outside; from the machine itself it is closed", host->port);
			finding_evidence(findings, f, "for those outside it leads to port %u, where something listens", host->served_port);
			f->fix = "Look from another machine (why443 here --json > here.json on this one, --with here.json there); for this machine's own requests "
				 "the translation needs a rule in the output hook as well.";
			continue;
		}
		if (!listener_of(host) || !host->worst || host->worst->end != FIREWALL_ACCEPT)
			return;
		if (other)
			finding_evidence(findings, f, "%s is no address of the machine: a router or load balancer stands before it, or the name leads elsewhere", target);
		on_the_way(host, findings, f, rows[i].what);
	}
}

const struct rule rule_host_join = { "host_join", LAYER_HOST, host_join_check };
