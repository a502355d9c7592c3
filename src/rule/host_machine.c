/* The name, the addresses and the clock as the machine itself has them. RFC 8305, RFC 5905. */
#include "evidence/host.h"
#include "evidence/server.h"

#include "rule/rule.h"

static void name_check(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	struct finding *f;

	if (!host->name || host->name_resolves != TRI_YES || host->name_is_here != TRI_NO)
		return;
	f = finding_add(findings, visit, "host.name-elsewhere",
			arena_printf(findings->arena, "%s does not lead to an address of this machine", host->name));
	finding_evidence(findings, f, "%s is %s", host->name, host->name_addresses ? host->name_addresses : "?");
	for (size_t i = 0; i < host->n_addresses && f->n_evidence < 8; i++)
		if (!host->addresses[i].is_loopback && !host->addresses[i].is_link_local)
			finding_evidence(findings, f, "this machine has %s on %s", host->addresses[i].text, host->addresses[i].device);
	if (host->hosts_line)
		finding_evidence(findings, f, "hosts file: %s", host->hosts_line);
}

/* An address of the Internet, and no way back to it. */
static void default_route_check(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	for (size_t i = 0; i < host->n_addresses; i++) {
		const struct host_address *a = &host->addresses[i];
		bool is_v6 = a->family == AF_INET6;
		struct finding *f;

		if (!a->is_global || host->routes_read != TRI_YES || (is_v6 ? host->has_default_v6 : host->has_default_v4) ||
		    finding_get(findings, "host.no-route"))
			continue;
		f = finding_add(findings, visit, "host.no-route", arena_printf(findings->arena, "There is no default route for %s",
									       is_v6 ? "IPv6" : "IPv4"));
		f->fails = false;
		finding_evidence(findings, f, "%s on %s, and no default route", a->text, a->device);
	}
}

static void clock_check(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	struct finding *f;

	if (!host->clock.is_read || host->clock.is_synchronized)
		return;
	f = finding_add(findings, visit, "host.clock-unsynchronized", NULL);
	finding_evidence(findings, f, "adjtimex: the kernel knows of no time service");
	f->shows = "timedatectl";
}

static bool has_listener(const struct host_evidence *host)
{
	for (size_t i = 0; i < host->n_listeners; i++)
		if (host->listeners[i].port == host->port)
			return true;
	return false;
}

static void unread_note(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	const struct server_evidence *server = host->server;
	struct finding *f;

	if (host->n_unread == 0 && (!server || server->n_unread == 0))
		return;
	f = finding_add(findings, visit, "host.not-readable", NULL);
	/* Then the first question has no answer at all. */
	if (host->listeners_read == TRI_NO && !host->is_joined && !host->is_out && !has_listener(host)) {
		f->title = arena_printf(findings->arena, "Whether anybody listens on port %u could not be seen", host->port);
		f->severity = SEVERITY_MEDIUM;
	}
	for (size_t i = 0; i < host->n_unread; i++)
		finding_evidence(findings, f, "%s", host->unread[i]);
	for (size_t i = 0; server && i < server->n_unread; i++)
		finding_evidence(findings, f, "%s", server->unread[i]);
}

static void host_machine_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct host_evidence *host = evidence->host;

	if (!host_is_about(host, visit->target.port) || visit != evidence->visit)
		return;
	name_check(host, visit, findings);
	default_route_check(host, visit, findings);
	clock_check(host, visit, findings);
	unread_note(host, visit, findings);
}

const struct rule rule_host_machine = { "host_machine", LAYER_HOST, host_machine_check };
