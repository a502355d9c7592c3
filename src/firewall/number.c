/* Addresses as numbers, and three-valued answers. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

#include "firewall/parts.h"

enum tri fw_tri(bool value)
{
	return value ? TRI_YES : TRI_NO;
}

enum tri fw_not(enum tri value)
{
	return value == TRI_UNKNOWN ? TRI_UNKNOWN : fw_tri(value == TRI_NO);
}

fw_number fw_number_of(const struct fw_address *address)
{
	fw_number n = 0;

	for (size_t i = address->family == AF_INET ? 12 : 0; i < 16; i++)
		n = n << 8 | address->bytes[i];
	return n;
}

struct fw_address fw_address_of(int family, fw_number number)
{
	struct fw_address a = { .family = family };

	for (size_t i = 16; i-- > 0; number >>= 8)
		a.bytes[i] = (uint8_t)number;
	return a;
}

bool fw_address_parse(const char *text, struct fw_address *out)
{
	struct in_addr v4;
	struct in6_addr v6;

	*out = (struct fw_address){ 0 };
	if (text && inet_pton(AF_INET, text, &v4) == 1) {
		*out = fw_address_of(AF_INET, ntohl(v4.s_addr));
		return true;
	}
	if (!text || inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	out->family = AF_INET6;
	memcpy(out->bytes, v6.s6_addr, 16);
	return true;
}

const char *fw_address_text(struct arena *arena, const struct fw_address *address)
{
	char text[INET6_ADDRSTRLEN];
	bool is_v4 = address->family == AF_INET;

	if (!inet_ntop(is_v4 ? AF_INET : AF_INET6, address->bytes + (is_v4 ? 12 : 0), text, sizeof text))
		return "?";
	return arena_str(arena, text);
}

bool fw_prefix_match(fw_number a, fw_number b, unsigned len, int family)
{
	unsigned bits = family == AF_INET ? 32 : 128;

	return len == 0 || len > bits ? len == 0 : (a ^ b) >> (bits - len) == 0;
}

bool fw_is_local(struct fw_walk *walk, fw_number address)
{
	struct fw_address a = fw_address_of(walk->packet.family, address);

	return walk->system->is_local && walk->system->is_local(walk->system->ctx, &a);
}

const char *fw_address_type(struct fw_walk *walk, fw_number address)
{
	static const char *const names[] = { "unreachable", "unicast", "local", "broadcast", "multicast", "blackhole", "unreachable", "prohibit" };
	struct fw_route_query query = { .to = fw_address_of(walk->packet.family, address) };
	struct fw_route route = { 0 };

	if (fw_is_local(walk, address))
		return "local";
	if (!walk->system->route || !walk->system->route(walk->system->ctx, &query, &route))
		return NULL;
	return names[route.type];
}

static bool goes_by(const struct fw_route *route, const char *device)
{
	bool it_does = route->device && strcmp(route->device, device) == 0;

	for (size_t i = 0; i < route->n_devices; i++)
		it_does |= strcmp(route->devices[i], device) == 0;
	return it_does;
}

enum tri fw_way_back(struct fw_walk *walk, bool same_device, bool by_mark, const char **device)
{
	const struct fw_packet *p = &walk->packet;
	struct fw_route_query query = { .to = fw_address_of(p->family, p->source), .from = fw_address_of(p->family, p->target),
					.mark = by_mark ? p->mark : 0 };
	struct fw_route route = { 0 };

	*device = NULL;
	if (fw_is_local(walk, p->source)) {
		*device = "lo";
		return fw_tri(!same_device || (p->in && strcmp(p->in, "lo") == 0));
	}
	/* The source address is not ours where the packet is forwarded. */
	if (!fw_is_local(walk, p->target))
		query.from = (struct fw_address){ 0 };
	if ((by_mark && p->mark_lost) || !walk->system->route || !walk->system->route(walk->system->ctx, &query, &route)) {
		walk->why = "the route to the source is not known";
		return TRI_UNKNOWN;
	}
	if (route.type != FW_ROUTE_UNICAST)
		return TRI_NO;
	*device = route.device;
	return fw_tri(!same_device || (p->in && goes_by(&route, p->in_port ? p->in_port : p->in)));
}

void fw_set_target(struct fw_walk *walk, const char *address, unsigned port)
{
	struct fw_address a = { 0 };

	walk->has_target = true;
	walk->new_target = address && fw_address_parse(address, &a) ? a : (struct fw_address){ 0 };
	walk->new_port = (uint16_t)port;
}

void fw_set_source(struct fw_walk *walk, const char *address)
{
	struct fw_address a = { 0 };

	walk->has_source = true;
	walk->new_target = address && fw_address_parse(address, &a) ? a : (struct fw_address){ 0 };
}

enum tri fw_to_socket(struct fw_walk *walk, const char *address, unsigned port)
{
	struct fw_packet *p = &walk->packet;
	const struct fw_system *s = walk->system;
	struct fw_address a = { 0 }, there = fw_address_of(p->family, p->target);
	struct fw_socket socket = { 0 };
	uint16_t at = port ? (uint16_t)port : p->target_port;
	enum tri found;

	if (address && fw_address_parse(address, &a) && a.family == p->family && fw_number_of(&a) != 0)
		there = a;
	found = s->socket ? s->socket(s->ctx, &there, at, &socket) : TRI_UNKNOWN;
	walk->why = "whether a transparent socket listens";
	if (found != TRI_YES || !socket.is_transparent)
		return found == TRI_UNKNOWN ? found : TRI_NO;
	walk->taken_port = at;
	return TRI_YES;
}

bool fw_choose(struct fw_walk *walk, enum tri answer, const struct fw_chain *chain, const struct fw_rule *rule)
{
	size_t n = walk->n_asked;

	if (answer != TRI_UNKNOWN)
		return answer == TRI_YES;
	if (n >= FW_FORKS_MAX) {
		walk->is_overrun = true;
		return false;
	}
	walk->reasons[n] = walk->why ? walk->why : "a match that is not known";
	walk->reason_rules[n] = rule;
	walk->reason_chains[n] = chain;
	walk->n_asked++;
	return n < walk->n_choices && walk->choices[n];
}

/* A queue that nobody reads drops what it gets, unless it may be bypassed. nfnetlink_queue */
enum fw_outcome fw_queue(struct fw_walk *walk, unsigned first, unsigned last, bool bypass)
{
	bool read = false, unknown = false;

	for (unsigned n = first; n <= last && n - first < 256; n++) {
		enum tri reader = walk->system->queue ? walk->system->queue(walk->system->ctx, n) : TRI_UNKNOWN;

		read |= reader == TRI_YES;
		unknown |= reader == TRI_UNKNOWN;
	}
	if (read || unknown) {
		walk->because = arena_printf(walk->arena, read ? "queue %u has a reader: a program decides" :
							  "it is not known whether queue %u has a reader", first);
		return FW_ENDS_UNKNOWN;
	}
	walk->because = arena_printf(walk->arena, "nothing reads queue %u%s", first, bypass ? ", and it may be bypassed" : "");
	return bypass ? FW_ACCEPTS : FW_DROPS;
}
