/* Chains in the order in which the kernel calls them: by priority within a hook, the last registered first among equals;
 * jumps and returns within a chain. nft(8) "Base chains", netfilter's hook priorities, nf_hook_entries_grow(). */
#include <stdlib.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "firewall/parts.h"

enum { CONNTRACK_PRIORITY = -200, TARGET_PRIORITY = -100, SOURCE_PRIORITY = 100, HOOK_CHAINS_MAX = 256 };

static bool is_waived(const struct fw_walk *walk, const struct fw_chain *chain, const struct fw_rule *rule)
{
	for (const struct fw_waived *w = walk->waived; w; w = w->next)
		if (w->chain == chain && w->rule == rule)
			return true;
	return false;
}

static enum fw_outcome chain_run(struct fw_walk *walk, const struct fw_chain *chain, int depth)
{
	for (size_t i = 0; i < chain->n_rules; i++) {
		const struct fw_rule *rule = &chain->rules[i];
		const struct fw_chain *jump = NULL;
		bool is_goto = false;
		enum fw_outcome outcome;

		if (++walk->steps > FW_STEPS_MAX || depth > FW_DEPTH_MAX) {
			walk->is_overrun = true;
			return FW_ENDS_UNKNOWN;
		}
		if (walk->waived && is_waived(walk, chain, rule))
			return FW_ACCEPTS;
		walk->at_chain = chain;
		walk->at_rule = rule;
		outcome = rule->tokens ? fw_save_rule(walk, chain, rule, &jump, &is_goto) : fw_nft_rule(walk, chain, rule, &jump, &is_goto);
		if (outcome == FW_GOES_ON && jump) {
			outcome = chain_run(walk, jump, depth + 1);
			if (outcome == FW_RETURNS)
				outcome = FW_GOES_ON;
			if (outcome == FW_GOES_ON && is_goto)
				return FW_RETURNS;
			if (outcome != FW_GOES_ON)
				return outcome;
			continue;
		}
		if (outcome == FW_GOES_ON)
			continue;
		if (outcome != FW_RETURNS) {
			walk->chain = chain;
			walk->rule = rule;
		}
		return outcome;
	}
	return FW_GOES_ON;
}

static enum fw_outcome base_run(struct fw_walk *walk, const struct fw_chain *chain)
{
	enum fw_outcome outcome = chain_run(walk, chain, 0);

	walk->hook = chain->hook;
	if (outcome == FW_ACCEPTS || ((outcome == FW_GOES_ON || outcome == FW_RETURNS) && (!chain->drops || is_waived(walk, chain, NULL))))
		return FW_GOES_ON;
	if (outcome == FW_GOES_ON || outcome == FW_RETURNS) {
		walk->chain = chain;
		walk->rule = NULL;
		walk->by_policy = true;
		return FW_DROPS;
	}
	return outcome;
}

static bool family_fits(const struct fw_walk *walk, const struct fw_table *t)
{
	if (walk->bridge)
		return strcmp(t->family, "bridge") == 0;
	return strcmp(t->family, "inet") == 0 || strcmp(t->family, walk->packet.family == AF_INET ? "ip" : "ip6") == 0;
}

static bool has_device(const char *list, const char *device)
{
	size_t m = device ? strlen(device) : 0;

	while (list && m) {
		size_t n = strcspn(list, " ");

		if (n == m && strncmp(list, device, n) == 0)
			return true;
		list = list[n] ? list + n + 1 : NULL;
	}
	return false;
}

struct placed {
	const struct fw_chain *chain;
	size_t at;
};

/* All chains of type nat are asked at one place, whatever their own priorities, which order them among each other. nf_nat_register_fn() */
static int place_of(const struct fw_chain *c)
{
	if (!c->type || strcmp(c->type, "nat") != 0)
		return c->priority;
	return strcmp(c->hook, "prerouting") == 0 || strcmp(c->hook, "output") == 0 ? TARGET_PRIORITY : SOURCE_PRIORITY;
}

static int placed_compare(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int p = place_of(x->chain), q = place_of(y->chain);
	bool x_legacy = x->chain->table->tool == FW_IPTABLES_LEGACY, y_legacy = y->chain->table->tool == FW_IPTABLES_LEGACY;

	if (p != q)
		return p < q ? -1 : 1;
	if (x->chain->priority != y->chain->priority)
		return x->chain->priority < y->chain->priority ? -1 : 1;
	/* Which of the two sorts came first is not to be seen; within one the newest goes first. */
	if (x_legacy != y_legacy)
		return x_legacy ? 1 : -1;
	return x->at > y->at ? -1 : x->at < y->at;
}

static size_t chains_of(const struct fw_walk *walk, const char *hook, const char *device, struct placed *out)
{
	size_t n = 0;

	for (const struct fw_table *t = walk->set->tables; t; t = t->next)
		for (size_t i = 0; i < t->n_chains && n < HOOK_CHAINS_MAX && !t->is_dormant; i++) {
			const struct fw_chain *c = t->chains[i];
			bool fits = device ? (strcmp(t->family, "netdev") == 0 || strcmp(t->family, "inet") == 0) && has_device(c->device, device) :
					     family_fits(walk, t);

			if (c->hook && strcmp(c->hook, hook) == 0 && fits) {
				out[n] = (struct placed){ c, n };
				n++;
			}
		}
	qsort(out, n, sizeof *out, placed_compare);
	return n;
}

enum fw_outcome fw_device_run(struct fw_walk *walk, const char *hook, const char *device)
{
	struct placed chains[HOOK_CHAINS_MAX];
	size_t n = device ? chains_of(walk, hook, device, chains) : 0;

	for (size_t i = 0; i < n; i++) {
		enum fw_outcome outcome = base_run(walk, chains[i].chain);

		if (outcome != FW_GOES_ON)
			return outcome;
	}
	return FW_GOES_ON;
}

enum fw_outcome fw_bridge_run(struct fw_walk *walk, const char *hook, const char *device, const char *port)
{
	const char *in = walk->packet.in, *out = walk->packet.out;
	enum fw_outcome outcome;

	walk->bridge = device;
	walk->packet.in = in ? port : NULL;
	walk->packet.out = out ? port : NULL;
	outcome = fw_hook_run(walk, hook);
	walk->bridge = NULL;
	walk->packet.in = in;
	walk->packet.out = out;
	return outcome;
}

/* From here on the connection is known: new, or the answer to one that is. An answer to what was not tracked
 * belongs to nothing. */
static void track(struct fw_walk *walk)
{
	if (walk->packet.state != CT_INVALID || walk->is_tracked)
		return;
	walk->is_tracked = true;
	if (!walk->packet.is_reply)
		walk->packet.state = walk->is_later && !walk->was_untracked ? CT_ESTABLISHED : CT_NEW;
	else if (!walk->was_untracked) {
		walk->packet.state = CT_ESTABLISHED;
		walk->packet.status |= CT_STATUS_SEEN_REPLY | CT_STATUS_CONFIRMED;
	}
}

static void translate_target(struct fw_walk *walk, const char *hook)
{
	struct fw_packet *p = &walk->packet;

	if (walk->new_target.family == p->family)
		p->target = fw_number_of(&walk->new_target);
	else if (walk->to_self && strcmp(hook, "output") == 0)
		p->target = p->family == AF_INET ? 0x7f000001 : 1;
	if (walk->new_port)
		p->target_port = walk->new_port;
	p->status |= CT_STATUS_DNAT;
	walk->is_translated = true;
	walk->later_target = p->target;
	walk->later_port = p->target_port;
}

/* To the address given, or that of the way out; the port stays where it can. */
static void translate_source(struct fw_walk *walk)
{
	struct fw_packet *p = &walk->packet;
	struct fw_route_query query = { .to = fw_address_of(p->family, p->target), .mark = p->mark };
	struct fw_route route = { 0 };

	if (walk->new_target.family == p->family)
		p->source = fw_number_of(&walk->new_target);
	else if (walk->system->route && walk->system->route(walk->system->ctx, &query, &route) && route.source.family == p->family)
		p->source = fw_number_of(&route.source);
	p->status |= CT_STATUS_SNAT;
	walk->is_masked = true;
	walk->later_source = p->source;
}

/* Packets behind the first are translated as that was; answers get back what was translated: the target on the way in,
 * the source on the way out. */
static void restore(struct fw_walk *walk, const char *hook)
{
	struct fw_packet *p = &walk->packet;
	bool of_target = strcmp(hook, "prerouting") == 0 || strcmp(hook, "output") == 0;

	if (p->state & (CT_INVALID | CT_UNTRACKED | CT_NEW))
		return;
	if (!p->is_reply) {
		if (of_target && walk->is_translated) {
			p->target = walk->later_target;
			p->target_port = walk->later_port;
		} else if (!of_target && walk->is_masked)
			p->source = walk->later_source;
		return;
	}
	if (of_target && walk->is_masked) {
		p->target = p->original_source;
		p->target_port = p->original_source_port;
	} else if (!of_target && walk->is_translated && p->protocol == IPPROTO_TCP) {
		p->source = p->original_target;
		p->source_port = p->original_target_port;
	}
}

/* What a nat chain asked for. */
static bool translate(struct fw_walk *walk, const char *hook)
{
	if (walk->has_source)
		translate_source(walk);
	else if (walk->has_target)
		translate_target(walk, hook);
	return walk->has_source || walk->has_target;
}

enum fw_outcome fw_hook_run(struct fw_walk *walk, const char *hook)
{
	struct placed chains[HOOK_CHAINS_MAX];
	size_t n = walk->is_answered ? 0 : chains_of(walk, hook, NULL, chains);
	bool tracks = strcmp(hook, "prerouting") == 0 || strcmp(hook, "output") == 0, done = false, restored = strcmp(hook, "forward") == 0;
	const int nat_place = tracks ? TARGET_PRIORITY : SOURCE_PRIORITY;

	for (size_t i = 0; i < n; i++) {
		const struct fw_chain *c = chains[i].chain;
		bool is_nat = c->type && strcmp(c->type, "nat") == 0;
		enum fw_outcome outcome;

		if (tracks && c->priority > CONNTRACK_PRIORITY)
			track(walk);
		if (!restored && place_of(c) > nat_place) {
			restore(walk, hook);
			restored = true;
		}
		/* nat is asked once a connection and direction. */
		if (is_nat && (walk->packet.state != CT_NEW || done || (walk->packet.in_port && tracks)))
			continue;
		walk->has_target = walk->has_source = false;
		outcome = base_run(walk, c);
		if (outcome != FW_GOES_ON)
			return outcome;
		if (is_nat)
			done = translate(walk, hook);
		if (walk->is_answered)
			return FW_GOES_ON;
	}
	if (tracks)
		track(walk);
	if (!restored)
		restore(walk, hook);
	return FW_GOES_ON;
}
