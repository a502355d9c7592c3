/* Why no connection comes about: refused, silent, reset, forbidden by a box on the way; which
 * addresses and families are dead while others live. RFC 9293 3.5; RFC 792, 4443; RFC 8305. */
#include <netinet/in.h>

#include "rule/own_way.h"
#include "rule/path_view.h"

static const struct {
	enum tcp_outcome outcome;
	const char *id, *words;
} outcomes[] = {
	{ TCP_ADMIN_PROHIBITED, "tcp.admin-prohibited", "a firewall answers that it is forbidden" },
	{ TCP_REFUSED, "tcp.refused", "refused: nothing listens on the port" },
	{ TCP_PORT_UNREACHABLE, "tcp.refused", "refused by an ICMP port-unreachable" },
	{ TCP_RESET, "tcp.reset", "reset" },
	{ TCP_TIMEOUT, "tcp.timeout", "no answer" },
	{ TCP_HOST_UNREACHABLE, "tcp.host-unreachable", "host unreachable" },
	{ TCP_NETWORK_UNREACHABLE, "tcp.network-unreachable", "network unreachable" },
	{ TCP_LOCAL_ERROR, "tcp.network-unreachable", "this machine itself cannot send there" },
};

static size_t outcome_row(enum tcp_outcome outcome)
{
	size_t i = 0;

	while (i + 1 < COUNT_OF(outcomes) && outcomes[i].outcome != outcome)
		i++;
	return i;
}

static void endpoint_line(struct findings *findings, struct finding *f, const struct visit *visit, const struct endpoint *ep)
{
	const struct tcp_evidence *t = &ep->tcp;

	if (t->outcome == TCP_CONNECTED)
		finding_evidence(findings, f, "%s port %u: connected in %.0f ms", ep->text, visit->target.port, t->connect_ms);
	else
		finding_evidence(findings, f, "%s port %u: %s after %.0f ms (%s)", ep->text, visit->target.port,
				 outcomes[outcome_row(t->outcome)].words, t->connect_ms, strerror(t->error));
	if (t->has_icmp)
		finding_evidence(findings, f, "%s, from %s", icmp_text(findings->arena, ep->family, t->icmp_type, t->icmp_code),
				 t->icmp_from ? t->icmp_from : "an unknown box");
}

/* ---- where it ends --------------------------------------------------------------------------------- */

static void title_filtered(struct arena *arena, struct finding *f, const struct path_judgement *j, const struct endpoint *ep, uint16_t port)
{
	if (j->is_unheard) {
		f->title = arena_printf(arena, "Port %u is filtered on the way or by the host (no router on the way says where); %s", port, j->alive);
		f->fix = arena_printf(arena, "Whoever runs the firewalls between this machine and %s allows TCP to port %u.", ep->text, port);
		return;
	}
	f->title = arena_printf(arena, "Port %u is filtered at or behind %s%s; %s", port, j->place,
				j->is_last ? ", the last before the host, or on the way back" : "", j->alive);
	f->fix = arena_printf(arena, "Whoever runs %s, or the firewall behind it, allows TCP to port %u.", j->place, port);
	/* Who drops a SYN there and who drops the answer anywhere look alike from here. */
	if (j->is_last)
		f->fix = arena_printf(arena, "Whoever runs %s, or the firewall of the server itself, allows TCP to port %u; where both do, the answers "
				      "are lost on the way back (a firewall that lets none from port %u out, or a way back that passes none it knows).",
				      j->place, port, port);
}

static void title_silent(struct arena *arena, struct finding *f, const struct path_judgement *j, const struct endpoint *ep)
{
	const char *next = own_way_next(arena, ep);

	if (j->hop == 0 && next) {
		f->title = arena_printf(arena, "Nothing answers on any port, and no router: packets get lost at or behind %s", next);
		f->fix = "Whoever runs the gateway checks that it forwards, has a way on and lets packets through.";
		return;
	}
	if (j->hop == 0) {
		f->title = "Nothing answers on any port, and no router on the way: the host is down, or all of it is filtered";
		return;
	}
	f->title = arena_printf(arena, "Nothing answers on any port behind %s: the host is down, all of it is filtered, or its answers are lost on the way back",
				j->place);
	f->fix = arena_printf(arena, "The server's administrator checks that the machine is up and has this address; whoever runs "
			      "%s checks the way from there on.", j->place);
}

/* What the connection was told, or would have been: a router tells of few packets, and the trace may hear what it did not. */
static enum tcp_outcome outcome_told(const struct endpoint *ep, const struct path_judgement *j)
{
	const struct tcp_evidence told = { .has_icmp = true, .icmp_type = j->icmp_type, .icmp_code = j->icmp_code };
	bool is_told = ep->tcp.outcome == TCP_TIMEOUT && (j->kind == PATH_REJECTED || j->kind == PATH_REJECTED_BY_HOST);

	return is_told ? tcp_outcome_told(&told, ep->family) : ep->tcp.outcome;
}

static void title_rejected(struct arena *arena, struct finding *f, const struct path_judgement *j, const struct endpoint *ep,
			   uint16_t port)
{
	const char *icmp = icmp_text(arena, ep->family, j->icmp_type, j->icmp_code);

	if (outcome_told(ep, j) == TCP_HOST_UNREACHABLE) {
		f->title = arena_printf(arena, "The router at %s finds no way to the host: %s", j->place, icmp);
		return;
	}
	f->title = arena_printf(arena, "Connections to port %u are rejected at %s: %s", port, j->place, icmp);
	f->fix = arena_printf(arena, "Whoever runs %s allows TCP to port %u there, or corrects its routes.", j->place, port);
}

static void title_refused_nearer(struct arena *arena, struct finding *f, const struct path_judgement *j, uint16_t port)
{
	f->title = arena_printf(arena, "A device at or behind %s, not the server, refuses port %u with a reset", j->place, port);
	f->fix = arena_printf(arena, "Whoever runs %s, or the firewall behind it, allows TCP to port %u.", j->place, port);
}

/* A host that forwards the port says "host unreachable" of the machine behind it. */
static void title_rejected_by_host(struct arena *arena, struct finding *f, const struct path_judgement *j, const struct endpoint *ep, uint16_t port)
{
	enum tcp_outcome outcome = outcome_told(ep, j);
	const char *icmp = icmp_text(arena, ep->family, j->icmp_type, j->icmp_code);

	f->title = arena_printf(arena, "The host itself rejects connections to port %u by ICMP, as firewalls do: %s", port, icmp);
	f->fix = arena_printf(arena, outcome == TCP_HOST_UNREACHABLE || outcome == TCP_NETWORK_UNREACHABLE ?
			      "The server's administrator allows TCP to port %u in its firewall; where the host forwards the port, it checks that "
			      "the machine behind it is up." : "The server's administrator allows TCP to port %u in its firewall.", port);
}

static void title_loop(struct arena *arena, struct finding *f, const struct path_judgement *j, const struct endpoint *ep)
{
	const char *circle = path_circle(arena, ep->path);

	f->title = circle ? arena_printf(arena, "Packets to the host go in a circle %s", circle) :
			    arena_printf(arena, "Packets to the host go in a circle at %s", j->place);
	f->fix = "Whoever runs these routers corrects their routes to the host: each sends the packets to another, none to it.";
}

/* RFC 6052 2.1: the last four bytes are an address of IPv4, and a box on the way translates. */
static void nat64_hint(struct findings *findings, struct finding *f, const struct endpoint *ep)
{
	static const uint8_t prefix[12] = { 0x00, 0x64, 0xff, 0x9b };
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)&ep->address;
	const uint8_t *b = v6->sin6_addr.s6_addr;

	if (ep->family != AF_INET6 || memcmp(b, prefix, sizeof prefix) != 0)
		return;
	finding_evidence(findings, f, "%s stands for %u.%u.%u.%u, as this network's resolver has it (DNS64): packets to it need the network's NAT64, which may be what fails",
			 ep->text, b[12], b[13], b[14], b[15]);
}

/* What the world's DNS, or a company's, says of a network that this machine may not be in. */
static void private_hint(struct findings *findings, struct finding *f, const struct visit *visit, const struct endpoint *ep)
{
	enum tcp_outcome outcome = ep->tcp.outcome;

	if (visit->target.is_ip || visit->dns.skipped || !ep->way || !ep->way->gateway || !path_is_private(ep->text) ||
	    (outcome != TCP_TIMEOUT && outcome != TCP_HOST_UNREACHABLE && outcome != TCP_NETWORK_UNREACHABLE && outcome != TCP_ADMIN_PROHIBITED))
		return;
	finding_evidence(findings, f, "%s is an address of a private network: it is reached from inside alone, or by its VPN", ep->text);
	f->fix = arena_printf(findings->arena, "The user checks that this machine is in the network of %s, or that its VPN is up. %s", ep->text, f->fix ? f->fix : "");
}

static void title_by_path(struct findings *findings, struct finding *f, const struct visit *visit, const struct endpoint *ep)
{
	struct arena *arena = findings->arena;
	struct path_judgement j = path_judge(arena, ep);
	uint16_t port = visit->target.port;

	if (own_way_title(findings, f, visit, ep)) {
		path_lines(findings, f, ep);
		return;
	}
	/* The SYN was answered: what follows it is reset. */
	if (ep->tcp.outcome == TCP_RESET) {
		path_blame(findings, f, ep, "connections as soon as they are made");
		return;
	}
	switch (j.kind) {
	case PATH_FILTERED: title_filtered(arena, f, &j, ep, port); break;
	case PATH_ALL_SILENT: title_silent(arena, f, &j, ep); break;
	case PATH_REJECTED: title_rejected(arena, f, &j, ep, port); break;
	case PATH_REFUSED_NEARER: title_refused_nearer(arena, f, &j, port); break;
	case PATH_REJECTED_BY_HOST:
		title_rejected_by_host(arena, f, &j, ep, port);
		break;
	case PATH_LOOP:
		title_loop(arena, f, &j, ep);
		break;
	case PATH_AT_TIMES:
		f->title = arena_printf(arena, "Port %u answers at times only: packets are lost on the way", port);
		break;
	case PATH_UNSEEN:
	case PATH_REFUSED_BY_HOST: break;
	}
	path_lines(findings, f, ep);
	private_hint(findings, f, visit, ep);
	nat64_hint(findings, f, ep);
}

static bool is_alive(const struct endpoint *ep)
{
	return ep->tcp.outcome == TCP_CONNECTED;
}

static size_t count_alive(const struct visit *visit, int family)
{
	size_t n = 0;

	for (size_t i = 0; i < visit->n_endpoints; i++)
		n += is_alive(visit->endpoints[i]) && (family == AF_UNSPEC || visit->endpoints[i]->family == family);
	return n;
}

static size_t count_of(const struct visit *visit, int family)
{
	size_t n = 0;

	for (size_t i = 0; i < visit->n_endpoints; i++)
		n += visit->endpoints[i]->family == family && visit->endpoints[i]->tcp.outcome != TCP_NOT_TRIED;
	return n;
}

static void curl_line(struct findings *findings, struct finding *f, const struct visit *visit)
{
	f->shows = arena_printf(findings->arena, "curl -v --connect-timeout 10 %s://%s/", visit->target.scheme,
				authority_text(findings->arena, visit->target.host, visit->target.port));
}

/* No address answers: the outcome that tells most stands first in the table. */
static void all_dead(const struct visit *visit, struct findings *findings)
{
	size_t best = COUNT_OF(outcomes) - 1;
	const struct endpoint *telling = visit->endpoints[0];
	struct finding *f;

	for (size_t i = 0; i < visit->n_endpoints; i++) {
		const struct path_judgement j = path_judge(findings->arena, visit->endpoints[i]);
		size_t row = outcome_row(outcome_told(visit->endpoints[i], &j));

		if (row < best)
			telling = visit->endpoints[i];
		best = row < best ? row : best;
	}
	f = finding_add(findings, visit, outcomes[best].id, NULL);
	for (size_t i = 0; i < visit->n_endpoints; i++)
		endpoint_line(findings, f, visit, visit->endpoints[i]);
	title_by_path(findings, f, visit, telling);
	curl_line(findings, f, visit);
}

static bool family_dead(const struct visit *visit, int family)
{
	return count_of(visit, family) > 0 && count_alive(visit, family) == 0;
}

/* What the title would be, were it the only address. */
static void dead_line(struct findings *findings, struct finding *f, const struct visit *visit, const struct endpoint *ep)
{
	struct finding alone = { .title = NULL };

	if (!ep->path)
		return;
	title_by_path(findings, &alone, visit, ep);
	if (alone.title)
		finding_evidence(findings, f, "%s: %s", ep->text, alone.title);
	path_lines(findings, f, ep);
}

/* Nothing was tried where this machine has no way: that tells nothing about the server. */
static bool only_own_way_is_missing(const struct visit *visit)
{
	for (size_t i = 0; i < visit->n_endpoints; i++)
		if (!is_alive(visit->endpoints[i]) && !own_way_is_missing(visit->endpoints[i]))
			return false;
	return true;
}

static void not_tried(const struct visit *visit, struct findings *findings)
{
	const char *family = family_dead(visit, AF_INET6) ? "IPv6" : family_dead(visit, AF_INET) ? "IPv4" : NULL;
	struct finding *f = finding_add(findings, visit, family ? "tcp.one-family-broken" : "tcp.some-addresses-dead", family ?
		arena_printf(findings->arena, "This machine has no %s: whether the server answers over it was not seen", family) :
		"This machine has no way to some of the addresses: whether they answer was not seen");

	f->fails = false;
	f->severity = SEVERITY_INFO;
	f->fix = family ? arena_printf(findings->arena, "Nothing for this machine; ask from one that has %s.", family) : NULL;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		endpoint_line(findings, f, visit, visit->endpoints[i]);
}

/* "2 of the name's 3 addresses take no connection: 192.0.2.1, 192.0.2.2" */
static const char *which_dead(const struct visit *visit, struct arena *arena)
{
	enum { NAMED_MAX = 3 };
	const char *list = "";
	size_t n = 0;

	for (size_t i = 0; i < visit->n_endpoints; i++) {
		if (is_alive(visit->endpoints[i]))
			continue;
		if (n < NAMED_MAX)
			list = arena_printf(arena, "%s%s%s", list, n ? ", " : "", visit->endpoints[i]->text);
		n++;
	}
	return arena_printf(arena, "%zu of the name's %zu addresses %s no connection: %s%s", n, visit->n_endpoints,
			    n == 1 ? "takes" : "take", list, n > NAMED_MAX ? ", ..." : "");
}

static void some_dead(const struct visit *visit, struct findings *findings)
{
	int dead = family_dead(visit, AF_INET6) ? AF_INET6 : family_dead(visit, AF_INET) ? AF_INET : AF_UNSPEC;
	struct finding *f;

	if (dead == AF_UNSPEC)
		f = finding_add(findings, visit, "tcp.some-addresses-dead", which_dead(visit, findings->arena));
	else
		f = finding_add(findings, visit, "tcp.one-family-broken", dead == AF_INET6 ?
				"The IPv6 address does not answer, the IPv4 address does" :
				"The IPv4 address does not answer, the IPv6 address does");
	f->fails = false;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		endpoint_line(findings, f, visit, visit->endpoints[i]);
	for (size_t i = 0; i < visit->n_endpoints; i++)
		if (!is_alive(visit->endpoints[i]))
			dead_line(findings, f, visit, visit->endpoints[i]);
	curl_line(findings, f, visit);
}

/* A connection that ends before we said anything. */
static void ended_early(const struct visit *visit, struct findings *findings)
{
	for (size_t i = 0; i < visit->n_endpoints; i++) {
		const struct endpoint *ep = visit->endpoints[i];
		bool failed = ep->main && !ep->main->done;
		struct finding *f;

		if (!failed || !is_alive(ep) || !(ep->closed_before_hello || ep->reset_before_hello))
			continue;
		f = finding_add(findings, visit, ep->reset_before_hello ? "tcp.reset" : "tcp.closed",
				ep->reset_before_hello ? "The server resets the connection as soon as it is made" : NULL);
		finding_evidence(findings, f, "%s port %u: connected, then %s before a byte was sent", ep->text,
				 visit->target.port, ep->reset_before_hello ? "reset" : "closed");
		if (ep->reset_before_hello)
			path_blame(findings, f, ep, "connections as soon as they are made");
		curl_line(findings, f, visit);
		return;
	}
}

static void tcp_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	size_t alive = count_alive(visit, AF_UNSPEC);

	/* A proxy that cannot be reached is the proxy rule's. */
	if (visit->n_endpoints == 0 || evidence->from_file || visit->proxy.is_used)
		return;
	if (alive == 0)
		all_dead(visit, findings);
	else if (alive < visit->n_endpoints && only_own_way_is_missing(visit))
		not_tried(visit, findings);
	else if (alive < visit->n_endpoints)
		some_dead(visit, findings);
	ended_early(visit, findings);
}

const struct rule rule_tcp = { "tcp", LAYER_TCP, tcp_check };
