/* The way of one connection through this machine: the SYN in by device, prerouting, the routing decision,
 * input or forward; then the answer back out. The order is the kernel's (nft(8), "Address families"; RFC 1812
 * 5.2 for the routing decision, RFC 3704 for the reverse path). */
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

#include "firewall/parts.h"

/* Where a way ended, for the command that mends it. */
enum { FIXES_MAX = 6 };

struct ended {
	const struct fw_chain *chain;
	const struct fw_rule *rule;
	const char *cause;
};

struct follow {
	struct fw_walk walk;
	struct ended ended;
	const struct fw_query *query;
	struct firewall_verdict *verdict;
	bool wants_later;
};

static const char *family_name(const struct follow *f)
{
	return f->walk.packet.family == AF_INET ? "ip" : "ip6";
}

/* ---- ends ------------------------------------------------------------------------------------------------ */

static const char *tool_of(const struct fw_table *t)
{
	return t->tool == FW_IPTABLES_LEGACY ? "iptables-legacy" : t->is_iptables ? "iptables-nft" : "nft";
}

static void place(struct follow *f, const struct fw_chain *chain, const struct fw_rule *rule)
{
	struct firewall_verdict *v = f->verdict;

	if (!chain)
		return;
	v->tool = tool_of(chain->table);
	v->family = chain->table->family;
	v->table = chain->table->name;
	v->chain = chain->name;
	v->hook = f->walk.hook ? f->walk.hook : chain->hook;
	v->handle = rule ? rule->handle : 0;
	v->rule = !rule ? NULL : rule->text ? rule->text : fw_nft_text(f->walk.arena, rule->expr);
}

/* False: the packet's way is over. */
static bool goes_on(struct follow *f, enum fw_outcome outcome, const char *hook)
{
	struct firewall_verdict *v = f->verdict;
	struct fw_walk *w = &f->walk;

	if (outcome == FW_GOES_ON || outcome == FW_ACCEPTS)
		return true;
	w->hook = hook;
	f->ended = (struct ended){ .chain = w->chain, .rule = w->rule };
	place(f, w->chain, w->rule);
	v->is_policy = w->by_policy;
	if (w->by_policy)
		v->rule = "policy drop";
	v->because = w->because;
	v->end = outcome == FW_DROPS ? FIREWALL_DROP : outcome == FW_REJECTS ? FIREWALL_REJECT : FIREWALL_UNKNOWN;
	if (outcome == FW_REJECTS)
		v->reject = w->reject;
	/* What rejects an answer tells the server, not the client: he hears nothing. */
	if (v->end == FIREWALL_REJECT && strcmp(v->direction, "reply") == 0)
		v->end = FIREWALL_DROP;
	v->cause = v->end == FIREWALL_DROP ? "host.firewall-drops" : v->end == FIREWALL_REJECT ? "host.firewall-rejects" : NULL;
	if (v->end == FIREWALL_UNKNOWN && !v->because)
		v->because = w->is_overrun ? "the rules lead in circles or ask too much" : w->why;
	if (v->cause)
		v->fix = fw_fix(w, v, f->query->port, f->query->is_out);
	return false;
}

static bool ends_by(struct follow *f, enum firewall_end end, const char *tool, const char *cause, const char *rule, const char *fix)
{
	struct firewall_verdict *v = f->verdict;

	f->ended = (struct ended){ .cause = cause };
	v->end = end;
	v->tool = tool;
	v->cause = cause;
	v->rule = rule;
	v->fix = fix;
	v->family = family_name(f);
	v->table = v->chain = v->hook = NULL;
	v->handle = 0;
	return false;
}

static bool hook(struct follow *f, const char *name)
{
	return goes_on(f, fw_hook_run(&f->walk, name), name);
}

static bool device(struct follow *f, const char *name, const char *dev)
{
	return goes_on(f, fw_device_run(&f->walk, name, dev), name);
}

/* A bridge has hooks of its own, outside of those of IP: first on the way in, last on the way out. */
static bool bridged(struct follow *f, const char *dev, const char *first, const char *second)
{
	const struct fw_system *s = f->walk.system;
	const char *port = NULL;

	if (!dev || !s->bridge || !s->bridge(s->ctx, dev, &port))
		return true;
	return goes_on(f, fw_bridge_run(&f->walk, first, dev, port), first) && goes_on(f, fw_bridge_run(&f->walk, second, dev, port), second);
}

/* In by a device: the bridge that it is, then what is bound to it. */
static bool arrive(struct follow *f, const char *dev)
{
	return bridged(f, dev, "prerouting", "input") && device(f, "ingress", dev);
}

static bool leave(struct follow *f, const char *dev)
{
	return device(f, "egress", dev) && bridged(f, dev, "output", "postrouting");
}

/* Was this taken to be mended already? */
static bool is_waived(const struct follow *f, const char *cause)
{
	for (const struct fw_waived *w = f->walk.waived; w; w = w->next)
		if (!w->chain && strcmp(w->cause, cause) == 0)
			return true;
	return false;
}

/* ---- routing ------------------------------------------------------------------------------------------------ */

static long setting(struct follow *f, const char *dev, const char *name, long fallback)
{
	const struct fw_system *s = f->walk.system;
	long value = fallback;

	if (!s->sysctl || !s->sysctl(s->ctx, f->walk.packet.family == AF_INET ? "ipv4" : "ipv6", dev, name, &value))
		return fallback;
	return value;
}

static const char *setting_text(struct follow *f, const char *dev, const char *name, long value)
{
	return arena_printf(f->walk.arena, "net.%s.conf.%s.%s=%ld", f->walk.packet.family == AF_INET ? "ipv4" : "ipv6", dev, name, value);
}

static const char *number_text(struct follow *f, fw_number number)
{
	struct fw_address a = fw_address_of(f->walk.packet.family, number);

	return fw_address_text(f->walk.arena, &a);
}

static bool no_route(struct follow *f, const struct fw_route *route, fw_number to)
{
	static const char *const words[] = { "no route to ", "", "", "broadcast route to ", "multicast route to ", "blackhole route for ",
					     "unreachable route for ", "prohibit route for " };
	struct arena *arena = f->walk.arena;
	enum fw_route_type type = route->type;
	bool is_reply = strcmp(f->verdict->direction, "reply") == 0;
	bool tells = !is_reply && (type == FW_ROUTE_UNREACHABLE || type == FW_ROUTE_PROHIBIT || type == FW_ROUTE_NONE);
	const char *flag = f->walk.packet.family == AF_INET6 ? "-6 " : "", *fix;

	fix = route->text ? arena_printf(arena, "ip %sroute del %s", flag, route->text) : type >= FW_ROUTE_BLACKHOLE ?
		arena_printf(arena, "ip %srule; ip %sroute show table all type %s", flag, flag, type == FW_ROUTE_BLACKHOLE ? "blackhole" :
			     type == FW_ROUTE_PROHIBIT ? "prohibit" : "unreachable") :
		arena_printf(arena, "ip %sroute add default via GATEWAY", flag);
	return ends_by(f, tells ? FIREWALL_REJECT : FIREWALL_DROP, "route", "host.no-route",
		       arena_printf(arena, "%s%s%s%s", words[type], number_text(f, to), route->text ? ": " : "", route->text ? route->text : ""), fix);
}

/* IPv4 alone: the answer's way, and the way it came. 1 strict, 2 any way at all. */
static bool reverse_path(struct follow *f)
{
	struct fw_packet *p = &f->walk.packet;
	const struct fw_route none = { .type = FW_ROUTE_NONE };
	const char *back = NULL, *dev = p->in_port ? p->in_port : p->in;
	long all, own, mode;
	enum tri way;

	if (p->family != AF_INET || !dev || strcmp(dev, "lo") == 0 || is_waived(f, "host.reverse-path-filter"))
		return true;
	all = setting(f, "all", "rp_filter", 0);
	own = setting(f, dev, "rp_filter", 0);
	mode = all > own ? all : own;
	if (mode == 0)
		return true;
	way = fw_way_back(&f->walk, mode == 1, setting(f, dev, "src_valid_mark", 0) || setting(f, "all", "src_valid_mark", 0), &back);
	if (way != TRI_NO)
		return true;
	if (!back)
		return no_route(f, &none, p->source);
	f->verdict->because = arena_printf(f->walk.arena, "the way back to %s leaves by %s, the packet came in by %s", number_text(f, p->source),
					   back, dev);
	return ends_by(f, FIREWALL_DROP, "sysctl", "host.reverse-path-filter", setting_text(f, all > own ? "all" : dev, "rp_filter", mode),
		       arena_printf(f->walk.arena, "sysctl -w net.ipv4.conf.%s.rp_filter=2", all > own ? "all" : dev));
}

/* Where a forwarded packet goes out; ends where it does not. */
static bool forward_route(struct follow *f, const char **out, bool *is_local)
{
	struct fw_packet *p = &f->walk.packet;
	const struct fw_system *s = f->walk.system;
	struct fw_route_query query = { .to = fw_address_of(p->family, p->target), .from = fw_address_of(p->family, p->source),
					.in_device = p->in_port ? p->in_port : p->in, .mark = p->mark, .from_port = p->source_port, .to_port = p->target_port };
	struct fw_route route = { 0 };
	bool v4 = p->family == AF_INET, known = !p->mark_lost && s->route && s->route(s->ctx, &query, &route);
	const char *dev = v4 && p->in ? p->in : "all";

	/* A "local" route keeps the packet here whatever its address. */
	*is_local = known && route.type == FW_ROUTE_LOCAL;
	if (*is_local)
		return true;
	if (setting(f, dev, "forwarding", 1) == 0 && !is_waived(f, "host.forwarding-off")) {
		f->verdict->because = arena_printf(f->walk.arena, "for %s port %u, which is not this machine", number_text(f, p->target), p->target_port);
		return ends_by(f, FIREWALL_DROP, "sysctl", "host.forwarding-off",
			       v4 && setting(f, "all", "forwarding", 1) == 0 ? "net.ipv4.ip_forward=0" : setting_text(f, dev, "forwarding", 0),
			       v4 ? "sysctl -w net.ipv4.ip_forward=1" : "sysctl -w net.ipv6.conf.all.forwarding=1");
	}
	/* The kernel does not tell the route of a packet that it would not forward. */
	if (is_waived(f, "host.forwarding-off") && route.type != FW_ROUTE_UNICAST) {
		query.in_device = NULL;
		query.from = (struct fw_address){ 0 };
		known = s->route && s->route(s->ctx, &query, &route);
	}
	if (!known) {
		f->verdict->end = FIREWALL_UNKNOWN;
		f->verdict->because = arena_printf(f->walk.arena, "the route to %s is not known", number_text(f, p->target));
		return false;
	}
	*out = route.device;
	return route.type == FW_ROUTE_UNICAST || no_route(f, &route, p->target);
}

/* The way out of a packet made here. */
static bool own_route(struct follow *f, struct fw_address *source)
{
	struct fw_packet *p = &f->walk.packet;
	const struct fw_system *s = f->walk.system;
	struct fw_route_query query = { .to = fw_address_of(p->family, p->target), .mark = p->mark, .from_port = p->source_port,
					.to_port = p->target_port };
	struct fw_route route = { 0 };

	if (fw_is_local(&f->walk, p->target)) {
		p->out = "lo";
		return true;
	}
	/* A loopback address is no source that a route is asked with. */
	if (!source && !(p->family == AF_INET && p->source >> 24 == 127))
		query.from = fw_address_of(p->family, p->source);
	if (p->mark_lost || !s->route || !s->route(s->ctx, &query, &route)) {
		f->verdict->end = FIREWALL_UNKNOWN;
		f->verdict->because = arena_printf(f->walk.arena, "the route to %s is not known", number_text(f, p->target));
		return false;
	}
	if (route.type == FW_ROUTE_LOCAL)
		route.device = "lo";
	else if (route.type != FW_ROUTE_UNICAST)
		return no_route(f, &route, p->target);
	p->out = route.device;
	if (source)
		*source = route.source;
	return true;
}

/* ---- the ways --------------------------------------------------------------------------------------------- */

/* Out of this machine: output, postrouting, the device. */
static bool send_out(struct follow *f)
{
	struct fw_packet *p = &f->walk.packet;
	fw_number target = p->target;
	uint32_t mark = p->mark;

	p->in = NULL;
	if (!hook(f, "output"))
		return false;
	if ((p->target != target || p->mark != mark) && !own_route(f, NULL))
		return false;
	return hook(f, "postrouting") && leave(f, p->out);
}

/* Into this machine and to a socket of it. */
static bool take_in(struct follow *f)
{
	f->walk.packet.out = NULL;
	return hook(f, "input");
}

/* Through this machine. */
static bool pass_on(struct follow *f, const char *out)
{
	f->walk.packet.out = out;
	return hook(f, "forward") && hook(f, "postrouting") && leave(f, out);
}

static bool is_loopback(const struct fw_packet *p)
{
	return p->family == AF_INET ? p->target >> 24 == 127 : p->target == 1;
}

/* A translation to 127.0.0.1 is for those alone who may (route_localnet). */
static bool loopback_allowed(struct follow *f)
{
	struct fw_packet *p = &f->walk.packet;

	if (!is_loopback(p) || !p->in || strcmp(p->in, "lo") == 0 || is_waived(f, "host.forwarding-off"))
		return true;
	if (p->family == AF_INET && (setting(f, p->in, "route_localnet", 0) || setting(f, "all", "route_localnet", 0)))
		return true;
	f->verdict->because = "a connection from outside is translated to a loopback address, which the kernel takes for a forgery";
	return ends_by(f, FIREWALL_DROP, "sysctl", "host.forwarding-off",
		       p->family == AF_INET ? setting_text(f, p->in, "route_localnet", 0) : "::1 is reached from this machine alone",
		       p->family == AF_INET ? arena_printf(f->walk.arena, "sysctl -w net.ipv4.conf.%s.route_localnet=1", p->in) : NULL);
}

static void note_translation(struct follow *f)
{
	struct fw_packet *p = &f->walk.packet;

	if (!f->walk.is_translated)
		return;
	f->verdict->to_address = number_text(f, p->target);
	f->verdict->to_port = p->target_port;
}

/* The answer: everything turned round. */
static void turn(struct follow *f, bool is_own)
{
	struct fw_packet *p = &f->walk.packet;
	fw_number source = p->source;
	uint16_t port = p->source_port;

	f->walk.was_untracked = p->state == CT_UNTRACKED;
	f->walk.was_answered |= f->walk.is_answered;
	f->walk.is_tracked = f->walk.is_answered = false;
	p->source = p->target;
	p->source_port = p->target_port;
	p->target = source;
	p->target_port = port;
	p->state = CT_INVALID;
	p->is_reply = true;
	p->is_own = is_own;
	f->verdict->direction = "reply";
}

static bool listens(const struct follow *f)
{
	const struct fw_query *q = f->query;
	const struct fw_packet *p = &f->walk.packet;
	struct fw_address own = fw_address_of(p->family, p->target);

	if (f->walk.taken_port)
		return true;
	return q->listens ? q->listens(q->listens_ctx, &own, p->target_port, p->in_port ? p->in_port : p->in) : q->has_listener;
}

/* A setting of the protocol that is no device's: "net.ipv4.fwmark_reflect". */
static bool is_set(struct follow *f, const char *name)
{
	return setting(f, NULL, name, 0) != 0;
}

/* The mark that an answer of this machine bears. */
static void mark_answer(struct follow *f)
{
	const struct fw_system *s = f->walk.system;
	struct fw_packet *p = &f->walk.packet;
	struct fw_address own = fw_address_of(p->family, p->source);
	struct fw_socket socket = { 0 };

	if (p->has_socket ? is_set(f, "tcp_fwmark_accept") : is_set(f, "fwmark_reflect"))
		return;
	p->mark_lost = false;
	p->mark = p->has_socket && s->socket && s->socket(s->ctx, &own, p->source_port, &socket) == TRI_YES ? socket.mark : 0;
}

/* Out of this machine, and where it is for this machine itself, in again. */
static bool answer_out(struct follow *f)
{
	struct fw_packet *p = &f->walk.packet;

	if (!own_route(f, NULL) || !send_out(f))
		return false;
	if (!p->out || strcmp(p->out, "lo") != 0)
		return true;
	p->in = "lo";
	return hook(f, "prerouting") && take_in(f);
}

static bool answer_from_here(struct follow *f)
{
	struct fw_packet *p = &f->walk.packet;

	p->has_socket = listens(f);
	f->verdict->listens = fw_tri(p->has_socket);
	p->flags = p->has_socket ? TCP_SYN | TCP_ACK : TCP_RST | TCP_ACK;
	turn(f, true);
	mark_answer(f);
	return answer_out(f);
}

/* What refuses a SYN has to get out as well: a reset, or an ICMP message of this machine. It belongs to the
 * connection where that was tracked. nf_reject_ipv4.c, icmp_send() */
static void refuse(struct follow *f)
{
	struct firewall_verdict rejected = *f->verdict;
	struct ended ended = f->ended;
	struct fw_packet *p = &f->walk.packet;
	const struct fw_system *s = f->walk.system;
	bool is_reset = rejected.reject && strcmp(rejected.reject, "tcp reset") == 0, is_local = fw_is_local(&f->walk, p->target);
	unsigned state = f->walk.is_tracked && p->state == CT_NEW ? CT_RELATED : CT_INVALID;
	struct fw_route_query query = { .to = fw_address_of(p->family, p->source) };
	struct fw_route route = { 0 };

	p->has_socket = false;
	p->out = NULL;
	turn(f, true);
	mark_answer(f);
	if (is_reset)
		p->flags = TCP_RST | TCP_ACK;
	else {
		p->protocol = p->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		p->icmp_type = p->family == AF_INET ? 3 : 1;
		if (!is_local && s->route && s->route(s->ctx, &query, &route) && route.source.family == p->family)
			p->source = fw_number_of(&route.source);
	}
	p->state = state;
	f->walk.is_tracked = state == CT_RELATED;
	if (!answer_out(f)) {
		const char *by = f->verdict->table ? arena_printf(f->walk.arena, "table %s %s, chain %s%s%s", f->verdict->family, f->verdict->table,
			f->verdict->chain, f->verdict->rule ? ": " : "", f->verdict->rule ? f->verdict->rule : "") :
			f->verdict->rule ? f->verdict->rule : "it";

		rejected.end = f->verdict->end == FIREWALL_UNKNOWN ? FIREWALL_UNKNOWN : FIREWALL_DROP;
		rejected.because = rejected.end == FIREWALL_UNKNOWN ? f->verdict->because :
			arena_printf(f->walk.arena, "the refusal (%s) does not get out: %s", rejected.reject ? rejected.reject : "ICMP", by);
		if (rejected.end == FIREWALL_DROP && rejected.cause && strcmp(rejected.cause, "host.firewall-rejects") == 0)
			rejected.cause = "host.firewall-drops";
		rejected.reject = NULL;
	}
	*f->verdict = rejected;
	f->ended = ended;
}

static bool answer_through_here(struct follow *f, const char *in)
{
	const char *out = NULL;
	bool is_local;
	struct fw_packet *p = &f->walk.packet;

	p->flags = TCP_SYN | TCP_ACK;
	turn(f, false);
	p->mark = 0;
	p->mark_lost = false;
	p->in = in;
	p->out = NULL;
	return arrive(f, in) && hook(f, "prerouting") && reverse_path(f) && forward_route(f, &out, &is_local) &&
		(is_local || pass_on(f, out));
}

/* What comes in by a device of a VRF goes through prerouting once more, as the VRF's own; input sees the VRF alone. vrf_l3_rcv() */
static bool enter_vrf(struct follow *f)
{
	const struct fw_system *s = f->walk.system;
	struct fw_packet *p = &f->walk.packet;
	struct fw_device device = { 0 };

	if (!p->in || !s->device || !s->device(s->ctx, p->in, &device) || !device.vrf)
		return true;
	p->in_port = p->in;
	p->in = device.vrf;
	return hook(f, "prerouting");
}

static bool come_in(struct follow *f)
{
	struct fw_packet *p = &f->walk.packet;
	const char *out = NULL;
	bool is_local;

	if (!arrive(f, p->in) || !hook(f, "prerouting") || !enter_vrf(f))
		return false;
	note_translation(f);
	if (!reverse_path(f) || !loopback_allowed(f))
		return false;
	is_local = fw_is_local(&f->walk, p->target) || is_loopback(p) || f->walk.is_answered;
	if (!is_local && !forward_route(f, &out, &is_local))
		return false;
	f->verdict->out_device = is_local ? NULL : out;
	if (f->walk.is_later)
		return is_local ? take_in(f) : pass_on(f, out);
	return is_local ? take_in(f) && answer_from_here(f) : pass_on(f, out) && answer_through_here(f, out);
}

/* From this machine to itself. */
static bool come_from_here(struct follow *f)
{
	struct fw_packet *p = &f->walk.packet;

	p->is_own = true;
	if (!own_route(f, NULL) || !send_out(f))
		return false;
	note_translation(f);
	p->in = "lo";
	p->is_own = false;
	return hook(f, "prerouting") && take_in(f) && answer_from_here(f);
}

static bool go_out(struct follow *f)
{
	struct fw_packet *p = &f->walk.packet;
	struct fw_address source = { 0 };
	bool wants_source = f->query->from.family == 0;

	p->is_own = true;
	if (!own_route(f, wants_source ? &source : NULL))
		return false;
	if (wants_source && source.family == p->family) {
		p->source = p->original_source = fw_number_of(&source);
		f->verdict->from = fw_address_text(f->walk.arena, &source);
	}
	f->verdict->out_device = p->out;
	if (!send_out(f))
		return false;
	note_translation(f);
	p->flags = TCP_SYN | TCP_ACK;
	p->in = p->out;
	turn(f, false);
	p->mark = 0;
	p->mark_lost = false;
	p->out = NULL;
	return arrive(f, p->in) && hook(f, "prerouting") && reverse_path(f) && take_in(f);
}

/* ---- all ways where something is unknown ------------------------------------------------------------------ */

static void packet_begin(struct fw_packet *p, const struct fw_query *q)
{
	*p = (struct fw_packet){
		.family = q->to.family, .source = fw_number_of(&q->from), .target = fw_number_of(&q->to), .target_port = q->port,
		.in = q->in_device, .state = CT_INVALID, .flags = TCP_SYN, .protocol = IPPROTO_TCP,
	};
	p->original_source = p->source;
	p->original_target = p->target;
	p->original_target_port = p->target_port;
}

/* The connection is open: does what the client sends now get in as well? First an ACK alone, then what it has to say. */
static void follow_later(struct follow *f, const struct firewall_verdict *blank)
{
	static const uint8_t flags[] = { TCP_ACK, TCP_ACK | TCP_PSH };
	struct fw_packet *p = &f->walk.packet;
	const struct fw_packet last = *p;
	bool passes = true;

	f->walk.is_later = true;
	for (size_t i = 0; i < COUNT_OF(flags) && passes; i++) {
		*f->verdict = *blank;
		packet_begin(p, f->query);
		p->flags = flags[i];
		p->status = last.status | CT_STATUS_SEEN_REPLY | CT_STATUS_CONFIRMED;
		p->connection_mark = last.connection_mark;
		p->connection_mark_lost = last.connection_mark_lost;
		f->walk.is_tracked = false;
		passes = come_in(f);
	}
	if (passes)
		f->verdict->end = FIREWALL_ACCEPT;
}

static void follow_once(struct follow *f, const struct firewall_verdict *blank)
{
	const struct fw_query *q = f->query;

	*f->verdict = *blank;
	packet_begin(&f->walk.packet, q);
	if (q->is_out ? go_out(f) : fw_is_local(&f->walk, f->walk.packet.source) ? come_from_here(f) : come_in(f))
		f->verdict->end = FIREWALL_ACCEPT;
	else if (f->verdict->end == FIREWALL_REJECT)
		refuse(f);
	if (f->verdict->end == FIREWALL_ACCEPT) {
		f->verdict->direction = blank->direction;
		f->verdict->because = NULL;
	}
	if (f->wants_later && !fw_is_local(&f->walk, f->walk.packet.original_source) && !f->walk.was_answered && f->verdict->end == FIREWALL_ACCEPT && f->verdict->listens != TRI_NO)
		follow_later(f, blank);
}

/* The next of all vectors of choices, depth first; false after the last. */
static bool choices_next(struct fw_walk *walk)
{
	size_t n = walk->n_asked < FW_FORKS_MAX ? walk->n_asked : FW_FORKS_MAX;

	for (size_t i = walk->n_choices; i < n; i++)
		walk->choices[i] = false;
	while (n > 0 && walk->choices[n - 1])
		n--;
	if (n == 0)
		return false;
	walk->choices[n - 1] = true;
	walk->n_choices = n;
	return true;
}

static bool same_end(const struct firewall_verdict *a, const struct firewall_verdict *b)
{
	return a->end == b->end && (a->end != FIREWALL_ACCEPT || (a->to_port == b->to_port && !a->to_address == !b->to_address));
}

static void undecided(struct follow *f, struct firewall_verdict *first, size_t at, const char *reason)
{
	struct firewall_verdict *v = f->verdict;
	const char *direction = v->direction;

	*v = (struct firewall_verdict){ .direction = direction, .from = first->from, .to = first->to, .to_address = first->to_address,
					.to_port = first->to_port, .in_device = first->in_device };
	if (at < FW_FORKS_MAX)
		place(f, f->walk.reason_chains[at], f->walk.reason_rules[at]);
	v->end = FIREWALL_UNKNOWN;
	v->because = reason;
}

static struct firewall_verdict follow_all(struct arena *arena, struct fw_ruleset *set, const struct fw_system *system, const struct fw_query *query,
					  const struct fw_waived *waived, bool later, struct ended *ended)
{
	struct firewall_verdict first, verdict = { 0 };
	const struct firewall_verdict blank = {
		.direction = query->is_out ? "out" : "in", .from = query->from.family ? fw_address_text(arena, &query->from) : NULL,
		.to = fw_address_text(arena, &query->to), .in_device = query->in_device,
	};
	struct follow f = { .query = query, .verdict = &verdict, .wants_later = later };
	size_t steps = 0;

	for (size_t run = 0;; run++) {
		struct fw_walk fresh = { .arena = arena, .set = set, .system = system, .n_choices = f.walk.n_choices, .waived = waived };

		memcpy(fresh.choices, f.walk.choices, sizeof fresh.choices);
		f.walk = fresh;
		follow_once(&f, &blank);
		steps += f.walk.steps;
		if (f.walk.is_overrun && verdict.end != FIREWALL_UNKNOWN) {
			undecided(&f, &verdict, FW_FORKS_MAX, "too many rules ask for something that is not known");
			return verdict;
		}
		if (run == 0) {
			first = verdict;
			*ended = f.ended;
		} else if (!same_end(&first, &verdict)) {
			size_t at = f.walk.n_choices - 1;

			undecided(&f, &first, at, f.walk.reasons[at]);
			return verdict;
		}
		if (!choices_next(&f.walk))
			return first;
		if (run > FW_RUNS_MAX || steps > FW_STEPS_MAX) {
			undecided(&f, &first, 0, f.walk.reasons[0]);
			return verdict;
		}
	}
}

/* One rule mended, the next may stop it: what it takes until a connection gets through, as one line to type. */
static const char *fix_all(struct arena *arena, struct fw_ruleset *set, const struct fw_system *system, const struct fw_query *query,
			   const struct firewall_verdict *first, bool later, struct ended ended)
{
	const struct fw_waived *waived = NULL;
	struct firewall_verdict verdict = *first;
	const char *all = first->fix;

	for (size_t n = 0; n < FIXES_MAX && verdict.fix && (verdict.end == FIREWALL_DROP || verdict.end == FIREWALL_REJECT); n++) {
		struct fw_waived *one = arena_new_of(arena, struct fw_waived);

		*one = (struct fw_waived){ .chain = ended.chain, .rule = ended.rule, .cause = ended.cause, .next = waived };
		waived = one;
		verdict = follow_all(arena, set, system, query, waived, later, &ended);
		/* Beside other commands only one that needs no thought. */
		if ((verdict.end == FIREWALL_DROP || verdict.end == FIREWALL_REJECT) && verdict.fix && !strstr(all, verdict.fix) &&
		    !strstr(verdict.fix, "GATEWAY") && !strchr(verdict.fix, ';'))
			all = arena_printf(arena, "%s && %s", all, verdict.fix);
	}
	return all;
}

/* A connection that opens may still end with the next packet: where only new ones are let in, and none that are established. */
static const struct firewall_verdict *later(struct arena *arena, struct fw_ruleset *set, const struct fw_system *system, const struct fw_query *query)
{
	struct firewall_verdict *v = arena_new_of(arena, struct firewall_verdict);
	struct ended ended = { 0 };

	*v = follow_all(arena, set, system, query, NULL, true, &ended);
	if (v->end != FIREWALL_DROP && v->end != FIREWALL_REJECT)
		return NULL;
	v->fix = fix_all(arena, set, system, query, v, true, ended);
	return v;
}

struct firewall_verdict fw_follow(struct arena *arena, struct fw_ruleset *set, const struct fw_system *system, const struct fw_query *query)
{
	struct ended ended = { 0 };
	struct firewall_verdict verdict = follow_all(arena, set, system, query, NULL, false, &ended);

	/* Never "unknown" without a word. */
	if (verdict.end == FIREWALL_UNKNOWN && !verdict.because)
		verdict.because = "the rules could not be followed to their end";
	verdict.fix = fix_all(arena, set, system, query, &verdict, false, ended);
	if (verdict.end == FIREWALL_ACCEPT && !query->is_out && verdict.listens != TRI_NO)
		verdict.later = later(arena, set, system, query);
	return verdict;
}
