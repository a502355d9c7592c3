/* Chains in the order in which the kernel calls them: by priority within a hook, jumps and returns within a
 * chain. nft(8) "Base chains", netfilter's hook priorities. */
#include <stdlib.h>
#include <sys/socket.h>

#include "firewall/parts.h"

enum { CONNTRACK_PRIORITY = -200, HOOK_CHAINS_MAX = 256 };

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
	if (outcome == FW_ACCEPTS || ((outcome == FW_GOES_ON || outcome == FW_RETURNS) && !chain->drops))
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

static int placed_compare(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->chain->priority != y->chain->priority)
		return x->chain->priority < y->chain->priority ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
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
		walk->packet.state = CT_NEW;
	else if (!walk->was_untracked)
		walk->packet.state = CT_ESTABLISHED;
}

static void translate(struct fw_walk *walk, const char *hook)
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
}

enum fw_outcome fw_hook_run(struct fw_walk *walk, const char *hook)
{
	struct placed chains[HOOK_CHAINS_MAX];
	size_t n = chains_of(walk, hook, NULL, chains);
	bool tracks = strcmp(hook, "prerouting") == 0 || strcmp(hook, "output") == 0, done = false;

	for (size_t i = 0; i < n; i++) {
		const struct fw_chain *c = chains[i].chain;
		bool is_nat = c->type && strcmp(c->type, "nat") == 0;
		enum fw_outcome outcome;

		if (tracks && c->priority > CONNTRACK_PRIORITY)
			track(walk);
		/* nat is asked once a connection and direction. */
		if (is_nat && (walk->packet.state != CT_NEW || done))
			continue;
		walk->has_target = false;
		outcome = base_run(walk, c);
		if (outcome != FW_GOES_ON)
			return outcome;
		if (is_nat && walk->has_target) {
			translate(walk, hook);
			done = true;
		}
	}
	if (tracks)
		track(walk);
	return FW_GOES_ON;
}
