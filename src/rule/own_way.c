/* See own_way.h. RFC 826, 4861; RFC 1122 3.3.1. */
#include "rule/own_way.h"

#include <errno.h>

#include "rule/path_view.h"

static const char *family_words(const struct endpoint *ep)
{
	return ep->family == AF_INET6 ? "IPv6" : "IPv4";
}

static const char *asking(const struct endpoint *ep)
{
	return ep->family == AF_INET6 ? "neighbour discovery" : "ARP";
}

static const char *on(struct arena *arena, const struct own_way *way)
{
	return way->interface ? arena_printf(arena, " on %s", way->interface) : "";
}

/* ---- no route ------------------------------------------------------------------------------------------- */

static bool is_own_error(const struct endpoint *ep)
{
	return !ep->tcp.has_icmp && (ep->tcp.outcome == TCP_LOCAL_ERROR || ep->tcp.outcome == TCP_NETWORK_UNREACHABLE);
}

bool own_way_is_missing(const struct endpoint *ep)
{
	return is_own_error(ep) || (ep->way && ep->way->error != 0 && !ep->tcp.has_icmp && ep->tcp.outcome != TCP_CONNECTED);
}

static void no_route(struct arena *arena, struct finding *f, const struct endpoint *ep)
{
	int error = ep->way && ep->way->error ? ep->way->error : ep->tcp.error;
	bool has_route = ep->way && ep->way->is_known && ep->way->error == 0;

	f->fix = arena_printf(arena, "The user of this machine checks its routes (`ip%s route get %s`).", ep->family == AF_INET6 ? " -6" : "", ep->text);
	if (has_route || (error != ENETUNREACH && error != EHOSTUNREACH && error != EACCES && error != EINVAL)) {
		f->title = arena_printf(arena, "This machine itself refuses to send to %s: %s", ep->text, strerror(ep->tcp.error));
		f->fix = "The user of this machine checks its firewall, the limits of the service (systemd's IPAddressDeny, RestrictAddressFamilies), "
			 "and what --interface says.";
	} else if (error == ENETUNREACH && ep->way && ep->way->has_other_family == TRI_YES && ep->family == AF_INET) {
		f->title = arena_printf(arena, "This machine has IPv6 alone, and %s is an address of IPv4", ep->text);
		f->fix = "The user asks for the name, not the address: the resolvers of such networks translate (DNS64), and so does the machine itself where it has "
			 "a CLAT (464XLAT); else the server's administrator gives the name an IPv6 address, or the network's administrator offers NAT64 or IPv4.";
	} else if (error == ENETUNREACH && ep->way && ep->way->has_other_family == TRI_YES) {
		f->title = arena_printf(arena, "This machine has IPv4 alone, and %s is an address of IPv6", ep->text);
		f->fix = "The network's administrator gives this machine IPv6, or the server's administrator gives the name an IPv4 address too.";
	} else if (error == ENETUNREACH) {
		f->title = arena_printf(arena, "This machine has no route to %s", ep->text);
		f->fix = arena_printf(arena, "The user of this machine checks its network connection: a cable or a wireless network, an %s address, and "
				      "a default route (`ip%s route`).", family_words(ep), ep->family == AF_INET6 ? " -6" : "");
	} else {
		f->title = arena_printf(arena, "A route of this machine %s packets to %s", error == EACCES ? "prohibits" :
					error == EINVAL ? "throws away (blackhole)" : "declares unreachable all", ep->text);
	}
}

/* ---- nobody next door ------------------------------------------------------------------------------------- */

static void no_link(struct arena *arena, struct finding *f, const struct own_way *way)
{
	f->title = arena_printf(arena, "The network link %s of this machine is down (no carrier)", way->interface);
	f->fix = "The user of this machine plugs in the cable, joins the wireless network, or brings up the tunnel again.";
}

static void no_neighbour(struct arena *arena, struct finding *f, const struct endpoint *ep)
{
	const struct own_way *way = ep->way;

	if (way->gateway) {
		f->title = arena_printf(arena, "The gateway %s of this machine does not answer (%s%s)", way->gateway, asking(ep), on(arena, way));
		f->fix = arena_printf(arena, "The user of this machine checks that %s is the right gateway and is up; whoever runs the network sees to "
				      "the gateway.", way->gateway);
		return;
	}
	f->title = arena_printf(arena, "Nobody on the local network answers for %s (%s%s)", ep->text, asking(ep), on(arena, way));
	f->fix = "The server's administrator checks that the machine is up, has this address, and is in the same network; the user of this machine "
		 "checks its own address and netmask.";
}

/* ---- a filter of our own ------------------------------------------------------------------------------------ */

/* `how`: ": " and the ICMP error in words, or nothing. */
static void own_filter(struct arena *arena, struct finding *f, const struct visit *visit, const char *does, const char *how)
{
	uint16_t port = visit->target.port;

	f->title = arena_printf(arena, "This machine's own firewall %s connections to port %u%s", does, port, how);
	f->fix = arena_printf(arena, "The administrator of this machine allows TCP to port %u out; as root, `why443 here --out --port %u` names the rule.",
			      port, port);
}

/* An ICMP error of our own kernel: nobody was found next door after about three seconds, or a filter said so at once. */
static bool is_from_ourselves(const struct endpoint *ep)
{
	const struct own_way *way = ep->way;

	return ep->tcp.has_icmp && ep->tcp.icmp_from && way->source && strcmp(ep->tcp.icmp_from, way->source) == 0 &&
	       strcmp(ep->tcp.icmp_from, ep->text) != 0;
}

static bool is_search_over(const struct endpoint *ep)
{
	enum { SEARCH_MS = 900 };

	return ep->tcp.outcome == TCP_HOST_UNREACHABLE &&
	       (ep->way->neighbour == NEIGHBOUR_SILENT || (ep->way->neighbour == NEIGHBOUR_UNKNOWN && ep->tcp.connect_ms > SEARCH_MS));
}

static bool says_nothing_leaves(struct findings *findings, struct finding *f, const struct visit *visit, const struct endpoint *ep)
{
	struct arena *arena = findings->arena;
	const struct own_way *way = ep->way;

	if (way->lets_out == TRI_NO) {
		own_filter(arena, f, visit, "refuses", " with a reset");
		finding_evidence(findings, f, "SYNs to the port are refused before they reach %s; other packets leave by it", way->interface);
		return true;
	}
	if (is_from_ourselves(ep)) {
		if (is_search_over(ep) && way->has_link == TRI_NO && way->interface)
			no_link(arena, f, way);
		else if (is_search_over(ep))
			no_neighbour(arena, f, ep);
		else
			own_filter(arena, f, visit, "rejects", arena_printf(arena, ": %s", icmp_text(arena, ep->family, ep->tcp.icmp_type, ep->tcp.icmp_code)));
		return true;
	}
	if (ep->tcp.outcome != TCP_TIMEOUT || !(ep->tcp.is_held_back || way->has_link == TRI_NO))
		return false;
	if (way->has_link == TRI_NO && way->interface)
		no_link(arena, f, way);
	else if (way->neighbour == NEIGHBOUR_SILENT)
		no_neighbour(arena, f, ep);
	else
		own_filter(arena, f, visit, "drops", "");
	return true;
}

/* The answers come as far as this machine. */
static void not_let_in(struct findings *findings, struct finding *f, const struct visit *visit, const struct endpoint *ep)
{
	struct arena *arena = findings->arena;
	uint16_t port = visit->target.port;

	f->title = arena_printf(arena, "The answers from port %u arrive here, and this machine itself throws them away: its own firewall, or its "
				"reverse path filter", port);
	f->fix = arena_printf(arena, "The administrator of this machine lets in what belongs to connections it made (`ct state established,related accept`, "
			      "or `iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT`); where it has several ways out, rp_filter is "
			      "not 1 on %s.", ep->way && ep->way->interface ? ep->way->interface : "the interface");
	f->confidence = "likely";
	finding_evidence(findings, f, "for every SYN to the port a packet came that was not let in, and none while nothing was sent");
}

bool own_way_title(struct findings *findings, struct finding *f, const struct visit *visit, const struct endpoint *ep)
{
	const struct own_way *way = ep->way;
	struct arena *arena = findings->arena;

	if (own_way_is_missing(ep))
		no_route(arena, f, ep);
	else if (ep->tcp.outcome == TCP_TIMEOUT && !ep->tcp.is_held_back && ep->path && ep->path->lets_in == TRI_NO)
		not_let_in(findings, f, visit, ep);
	else if (!way || !way->is_known || !says_nothing_leaves(findings, f, visit, ep))
		return false;
	f->shows = arena_printf(arena, "ip%s route get %s", ep->family == AF_INET6 ? " -6" : "", ep->text);
	if (way && way->source)
		finding_evidence(findings, f, "this machine sends from %s%s%s%s", way->source, way->interface ? " through " : "",
				 way->interface ? way->interface : "", way->gateway ? arena_printf(arena, " by the gateway %s", way->gateway) : "");
	if (ep->tcp.is_held_back)
		finding_evidence(findings, f, "the kernel repeated the SYN, and none of the repeats left this machine");
	return true;
}

const char *own_way_next(struct arena *arena, const struct endpoint *ep)
{
	const struct own_way *way = ep->way;

	if (!way || !way->gateway)
		return NULL;
	return arena_printf(arena, "the gateway %s%s", way->gateway, way->neighbour != NEIGHBOUR_ANSWERS ? "" : ep->family == AF_INET6 ?
			    " (which answers neighbour discovery)" : " (which answers ARP)");
}
