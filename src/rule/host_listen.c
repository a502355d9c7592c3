/* Who has the port, and does he take connections: not-listening, loopback-only, one-family-only, wrong-process,
 * accept-queue-full, too-few-descriptors. RFC 9293 3.10.7; sock_diag(7), listen(2). */
#include "evidence/host.h"

#include "rule/rule.h"

/* Programs that have a port for something else than https, by the name the kernel knows them under. Only where
 * nothing spoke TLS does it count. */
static const char *const other_programs[] = {
	"sshd", "ssh", "openvpn", "vsftpd", "proftpd", "named", "dropbear", "nc", "ncat", "socat", "mysqld", "mariadbd", "postgres",
	"redis-server", "dnsmasq", "cupsd", "rpcbind", "smbd", "memcached", "mongod", "sslh", "xray", "v2ray", "ss-server", "tor",
};

static bool is_on_port(const struct host_evidence *host, const struct host_listener *l)
{
	return l->port == host->port;
}

static bool takes_family(const struct host_listener *l, int family)
{
	return l->family == family || (l->family == AF_INET6 && family == AF_INET && l->is_any && !l->is_v6_only);
}

/* "nginx (pid 812, nginx.service)" */
static const char *process_words(struct arena *arena, const struct host_evidence *host, const struct host_listener *l)
{
	const struct host_process *p = l->process;

	if (!p)
		return host->owners_hidden ? arena_printf(arena, "a process of user %u (not readable without root)", l->uid) :
					     "no process of this machine (a kernel's socket, or another PID namespace)";
	if (l->socket_unit)
		return arena_printf(arena, "systemd, for %s; a connection starts %s", l->socket_unit->name, l->socket_unit->service);
	return arena_printf(arena, "%s (pid %d%s%s%s%s)", p->name, (int)p->pid, p->unit ? ", " : "", p->unit ? p->unit : "",
			    p->container ? ", container " : "", p->container ? p->container : "");
}

static const char *listener_words(struct arena *arena, const struct host_evidence *host, const struct host_listener *l)
{
	bool is_v6 = l->family == AF_INET6;

	return arena_printf(arena, "%s%s%s:%u%s%s: %s", is_v6 ? "[" : "", l->address, is_v6 ? "]" : "", l->port, l->device ? ", for what comes in by " : "",
			    l->device ? l->device : "", process_words(arena, host, l));
}

static size_t listener_lines(struct findings *findings, struct finding *f, const struct host_evidence *host)
{
	size_t n = 0;

	for (size_t i = 0; i < host->n_listeners; i++)
		if (is_on_port(host, &host->listeners[i]) && n++ < 8)
			finding_evidence(findings, f, "%s", listener_words(findings->arena, host, &host->listeners[i]));
	return n;
}

static bool is_translated(const struct host_evidence *host)
{
	return host->worst && host->worst->to_address;
}

/* ---- nothing, or not for those outside ---------------------------------------------------------------- */

static void other_ports(struct findings *findings, struct finding *f, const struct host_evidence *host)
{
	static const uint16_t usual[] = { 80, 443, 8443, 4443, 8080, 8000 };

	for (size_t i = 0; i < host->n_listeners; i++)
		for (size_t k = 0; k < COUNT_OF(usual); k++)
			if (host->listeners[i].port == usual[k] && f->n_evidence < 6)
				finding_evidence(findings, f, "listens: %s",
						 listener_words(findings->arena, host, &host->listeners[i]));
}

static void not_listening(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	struct finding *f = finding_add(findings, visit, "host.not-listening",
					arena_printf(findings->arena, "Nothing listens on port %u", host->port));

	finding_evidence(findings, f, "%zu listening TCP sockets on this machine, none on port %u", host->n_listeners, host->port);
	other_ports(findings, f, host);
	f->shows = arena_printf(findings->arena, "ss -ltnp 'sport = :%u'", host->port);
}

/* What the port is translated to on this machine is not there. */
static void not_listening_behind(const struct host_evidence *host, const struct firewall_verdict *v, const struct visit *visit,
				 struct findings *findings)
{
	struct finding *f = finding_add(findings, visit, "host.not-listening",
					arena_printf(findings->arena, "Connections to port %u are translated to port %u, where nothing listens",
						     host->port, v->to_port));

	finding_evidence(findings, f, "%s port %u is translated to %s port %u", v->to, host->port, v->to_address, v->to_port);
	other_ports(findings, f, host);
	f->fix = arena_printf(findings->arena, "The server's administrator starts the server on port %u, or corrects the translation.", v->to_port);
	f->shows = arena_printf(findings->arena, "ss -ltnp 'sport = :%u'", v->to_port);
}

/* The address that was asked for, or that the name leads to. */
static bool is_wanted(const struct host_evidence *host, const struct visit *visit, const struct firewall_verdict *v)
{
	const char *at = host->name_addresses ? strstr(host->name_addresses, v->to) : NULL;
	size_t n = strlen(v->to);

	if (host->to)
		return strcmp(host->to, v->to) == 0;
	for (size_t i = 0; host->is_joined && i < visit->n_endpoints; i++)
		if (visit->endpoints[i]->text && strcmp(visit->endpoints[i]->text, v->to) == 0)
			return true;
	if (host->is_joined)
		return false;
	return at && (at[n] == ',' || at[n] == '\0') && (at == host->name_addresses || at[-1] == ' ');
}

/* Open, but not on this address. */
static void not_on_address(const struct host_evidence *host, const struct firewall_verdict *v, const struct visit *visit,
			   struct findings *findings)
{
	struct finding *f = finding_add(findings, visit, "host.not-listening",
					arena_printf(findings->arena, "Nothing listens on %s port %u; the port is open on other addresses", v->to, host->port));

	listener_lines(findings, f, host);
	f->fix = arena_printf(findings->arena, "The server's administrator lets the server listen on %s as well, or whoever runs DNS points the name to "
			      "an address on which it does.", v->to);
	f->shows = arena_printf(findings->arena, "ss -ltnp 'sport = :%u'", host->port);
}

/* Each address by itself: the firewall lets it pass, and the machine answers with a reset. True when one was told. */
static bool resets_check(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	bool any = false, served = false;

	for (size_t i = 0; i < host->n_listeners; i++)
		any |= is_on_port(host, &host->listeners[i]) && !host->listeners[i].is_loopback;
	/* One of several addresses that is served is told apart by the families, and by the address asked for. */
	for (size_t i = 0; i < host->n_firewall; i++)
		served |= host->firewall[i].listens == TRI_YES && (!host->is_joined || is_wanted(host, visit, &host->firewall[i]));
	for (size_t i = 0; i < host->n_firewall; i++) {
		const struct firewall_verdict *v = &host->firewall[i];
		bool wanted = v->to && is_wanted(host, visit, v);

		if (v->listens != TRI_NO || (v->end != FIREWALL_ACCEPT && v->end != FIREWALL_UNKNOWN) || !v->to || served)
			continue;
		if (v->to_address && (wanted || !host->is_joined))
			not_listening_behind(host, v, visit, findings);
		else if (any && wanted)
			not_on_address(host, v, visit, findings);
		else
			continue;
		return true;
	}
	return false;
}

static void loopback_only(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	struct finding *f = finding_add(findings, visit, "host.loopback-only",
					arena_printf(findings->arena, "Port %u is open on the loopback address only", host->port));

	listener_lines(findings, f, host);
	f->shows = arena_printf(findings->arena, "ss -ltnp 'sport = :%u'", host->port);
}

/* Is it one of the addresses that the target has? */
static bool is_asked(const struct host_evidence *host, const struct visit *visit, const char *address)
{
	for (size_t i = 0; host->is_joined && i < visit->n_endpoints; i++)
		if (visit->endpoints[i]->text && strcmp(visit->endpoints[i]->text, address) == 0)
			return true;
	return false;
}

static bool has_outward(const struct host_evidence *host, const struct visit *visit, int family)
{
	for (size_t i = 0; i < host->n_addresses; i++)
		if (host->addresses[i].family == family && (host->addresses[i].is_global || is_asked(host, visit, host->addresses[i].text)))
			return true;
	return false;
}

/* A family without an address that others reach needs no listener. */
static void one_family(const struct host_evidence *host, const struct visit *visit, struct findings *findings, int missing)
{
	bool is_v6 = missing == AF_INET6;
	struct finding *f;

	if (!has_outward(host, visit, missing))
		return;
	f = finding_add(findings, visit, "host.one-family-only",
			arena_printf(findings->arena, "Port %u takes %s only; this machine has %s addresses too", host->port,
				     is_v6 ? "IPv4" : "IPv6", is_v6 ? "IPv6" : "IPv4"));
	listener_lines(findings, f, host);
	for (size_t i = 0; i < host->n_addresses; i++)
		if (host->addresses[i].family == missing && (host->addresses[i].is_global || is_asked(host, visit, host->addresses[i].text)))
			finding_evidence(findings, f, "%s on %s has no listener", host->addresses[i].text, host->addresses[i].device);
}

static void reach_check(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	bool v4 = false, v6 = false, any = false, outward = false;

	if (host->listeners_read != TRI_YES || resets_check(host, visit, findings) || is_translated(host))
		return;
	for (size_t i = 0; i < host->n_listeners; i++) {
		const struct host_listener *l = &host->listeners[i];

		if (!is_on_port(host, l))
			continue;
		any = true;
		outward |= !l->is_loopback;
		v4 |= !l->is_loopback && takes_family(l, AF_INET);
		v6 |= !l->is_loopback && takes_family(l, AF_INET6);
	}
	if (!any)
		not_listening(host, visit, findings);
	else if (!outward)
		loopback_only(host, visit, findings);
	else if (!v4 || !v6)
		one_family(host, visit, findings, v4 ? AF_INET6 : AF_INET);
}

/* ---- who it is, and how he is ------------------------------------------------------------------------- */

static bool tls_spoken(const struct visit *visit)
{
	for (size_t i = 0; i < visit->n_endpoints; i++)
		if (visit->endpoints[i]->main && visit->endpoints[i]->main->has_server_hello)
			return true;
	return false;
}

static bool is_other_program(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(other_programs); i++)
		if (strcmp(name, other_programs[i]) == 0)
			return true;
	return false;
}

/* What the port said in its own first words: "ssh", "smtp", ...; NULL where nothing but https or http was seen. */
static const char *other_protocol(const struct visit *visit)
{
	for (size_t i = 0; i < visit->n_endpoints; i++) {
		const struct attempt *at = visit->endpoints[i]->main;

		if (at && at->fault == TLS_FAULT_NOT_TLS && at->plain && strcmp(at->plain, "http") != 0 && strcmp(at->plain, "unknown") != 0)
			return at->plain;
	}
	return NULL;
}

static void wrong_process(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	const char *spoken = host->is_joined ? NULL : other_protocol(visit);

	for (size_t i = 0; i < host->n_listeners; i++) {
		const struct host_listener *l = &host->listeners[i];
		struct finding *f;

		if (!is_on_port(host, l) || !l->process || (!spoken && !is_other_program(l->process->name)) || tls_spoken(visit))
			continue;
		f = finding_add(findings, visit, "host.wrong-process",
				arena_printf(findings->arena, "%s has port %u, and it is no web server", l->process->name, host->port));
		finding_evidence(findings, f, "%s", listener_words(findings->arena, host, l));
		if (spoken)
			finding_evidence(findings, f, "it speaks %s", spoken);
		f->shows = arena_printf(findings->arena, "ss -ltnp 'sport = :%u'", host->port);
		return;
	}
}

/* systemd takes the connections, and the service that they should start is not there. */
static void service_check(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	for (size_t i = 0; i < host->n_listeners; i++) {
		const struct host_socket_unit *unit = host->listeners[i].socket_unit;
		struct finding *f;

		if (!is_on_port(host, &host->listeners[i]) || !unit || tls_spoken(visit) || (unit->state && strncmp(unit->state, "active", 6) == 0))
			continue;
		f = finding_add(findings, visit, "host.service-down",
				arena_printf(findings->arena, "systemd holds port %u for %s, and %s does not answer", host->port, unit->name, unit->service));
		finding_evidence(findings, f, "%s", listener_words(findings->arena, host, &host->listeners[i]));
		if (unit->path)
			finding_evidence(findings, f, "%s:%u names the port", unit->path, unit->line);
		finding_evidence(findings, f, "%s is %s", unit->service, unit->state ? unit->state : "in a state that is not known: systemctl did not tell");
		f->shows = arena_printf(findings->arena, "systemctl status %s %s; journalctl -u %s -n 30", unit->name, unit->service, unit->service);
		if (!unit->state)
			f->confidence = "likely";
		return;
	}
}

/* The kernel takes connections for a process that does not: what is known of it belongs to the silence. */
static void silence_explain(const struct host_evidence *host, struct findings *findings)
{
	struct finding *f = finding_get(findings, "tls.silent");
	struct arena *arena = findings->arena;

	for (size_t i = 0; f && i < host->n_listeners; i++) {
		const struct host_listener *l = &host->listeners[i];
		const struct host_process *p = l->process;

		if (!is_on_port(host, l) || (l->queued == 0 && !(p && p->state)))
			continue;
		finding_evidence(findings, f, "on the machine: %s", listener_words(arena, host, l));
		if (l->queued)
			finding_evidence(findings, f, "%u connections wait there to be accepted", l->queued);
		if (!p || f->explained_by)
			continue;
		if (p->state) {
			f->title = arena_printf(arena, "Port %u is open, but %s does not answer: its process is %s", host->port, p->name, p->state);
			f->fix = arena_printf(arena, strcmp(p->state, "stopped") == 0 ? "The server's administrator lets it go on (kill -CONT %d) or restarts %s." :
					      "The server's administrator finds out what holds process %d up, and restarts %s.", (int)p->pid, p->unit ? p->unit : p->name);
		} else {
			f->title = arena_printf(arena, "Port %u is open, but %s accepts no connections", host->port, p->name);
			f->fix = arena_printf(arena, "The server's administrator looks what %s (pid %d) is busy with (its log; all workers taken?), and restarts it.",
					      p->name, (int)p->pid);
		}
		f->shows = arena_printf(arena, "ss -ltn 'sport = :%u'; ps -o pid,stat,wchan,cmd -C %s", host->port, p->name);
		return;
	}
}

/* The kernel drops what comes once more wait than the backlog (sk_acceptq_is_full); `queued` of a listener counts them. */
static void queue_check(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	for (size_t i = 0; i < host->n_listeners; i++) {
		const struct host_listener *l = &host->listeners[i];
		struct finding *f;

		if (!is_on_port(host, l) || l->queued <= l->backlog)
			continue;
		f = finding_add(findings, visit, "host.accept-queue-full", NULL);
		finding_evidence(findings, f, "%s", listener_words(findings->arena, host, l));
		finding_evidence(findings, f, "%u connections wait to be accepted, the queue holds %u", l->queued, l->backlog);
		f->shows = arena_printf(findings->arena, "ss -ltn 'sport = :%u'", host->port);
		return;
	}
}

static void descriptors_check(const struct host_evidence *host, const struct visit *visit, struct findings *findings)
{
	for (size_t i = 0; i < host->n_listeners; i++) {
		const struct host_process *p = host->listeners[i].process;
		struct finding *f;

		if (!is_on_port(host, &host->listeners[i]) || !p || p->max_descriptors == 0 || p->n_descriptors + 2 < p->max_descriptors)
			continue;
		f = finding_add(findings, visit, "host.descriptors-exhausted", NULL);
		finding_evidence(findings, f, "%s (pid %d) has %llu files open, its limit is %llu", p->name, (int)p->pid,
				 (unsigned long long)p->n_descriptors, (unsigned long long)p->max_descriptors);
		f->shows = arena_printf(findings->arena, "grep 'open files' /proc/%d/limits; ls /proc/%d/fd | wc -l", (int)p->pid,
					(int)p->pid);
		return;
	}
}

static void host_listen_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct host_evidence *host = evidence->host;

	if (!host_is_about(host, visit->target.port) || host->is_out || visit != evidence->visit)
		return;
	reach_check(host, visit, findings);
	wrong_process(host, visit, findings);
	service_check(host, visit, findings);
	silence_explain(host, findings);
	queue_check(host, visit, findings);
	descriptors_check(host, visit, findings);
}

const struct rule rule_host_listen = { "host_listen", LAYER_HOST, host_listen_check };
