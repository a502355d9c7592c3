/* Both sides of one connection: what is seen of the target over the network, and what the machine itself says.
 * Where the machine is well and nothing of its own stops a connection, what fails is on the way to it. */
#include "evidence/host.h"

#include "rule/rule.h"

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

	if (!host || !host->is_joined || visit != evidence->visit || visit->target.port != host->port || host_fails(findings) ||
	    !listener_of(host) || !host->worst || host->worst->end != FIREWALL_ACCEPT)
		return;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct finding *f = finding_get(findings, rows[i].id);

		if (f && f->fails)
			on_the_way(host, findings, f, rows[i].what);
	}
}

const struct rule rule_host_join = { "host_join", LAYER_HOST, host_join_check };
