/* The command that lets the port pass where a rule or a policy stops it: for people to type, never run here. */
#include <sys/socket.h>

#include "firewall/parts.h"

/* As the rules see the packet there: the new port behind a translation, the old one before it. */
static const char *match_words(const struct fw_walk *walk, bool is_nft)
{
	const struct fw_packet *p = &walk->packet;
	bool of_source = p->source_port && (p->is_reply || !p->target_port);
	uint16_t port = of_source ? p->source_port : p->target_port;
	const char *side = of_source ? "sport" : "dport";

	return is_nft ? arena_printf(walk->arena, "tcp %s %u accept", side, port) : arena_printf(walk->arena, "-p tcp --%s %u -j ACCEPT", side, port);
}

static const char *frontend(struct arena *arena, const struct fw_ruleset *set, const struct firewall_verdict *v, uint16_t port, bool is_out)
{
	bool is_filter = strcmp(v->hook, "input") == 0 || (strcmp(v->hook, "output") == 0 && is_out);

	if (!is_filter || strcmp(v->direction, "reply") == 0)
		return NULL;
	if (set->has_ufw && strncmp(v->chain, "ufw", 3) == 0)
		return arena_printf(arena, "ufw allow %s%u/tcp", is_out ? "out " : "", port);
	if (set->has_ufw && v->is_policy && strcmp(v->table, "filter") == 0)
		return arena_printf(arena, "ufw allow %s%u/tcp", is_out ? "out " : "", port);
	if (!set->has_firewalld || is_out)
		return NULL;
	return port == 443 ? "firewall-cmd --permanent --add-service=https && firewall-cmd --reload" :
			     arena_printf(arena, "firewall-cmd --permanent --add-port=%u/tcp && firewall-cmd --reload", port);
}

const char *fw_fix(const struct fw_walk *walk, const struct firewall_verdict *v, uint16_t port, bool is_out)
{
	const struct fw_chain *chain = walk->chain;
	const struct fw_rule *rule = walk->rule;
	struct arena *arena = walk->arena;
	bool is_legacy, is_iptables;
	const char *front, *match, *program;

	if (!chain)
		return NULL;
	front = frontend(arena, walk->set, v, port, is_out);
	if (front)
		return front;
	is_legacy = chain->table->tool == FW_IPTABLES_LEGACY;
	is_iptables = is_legacy || chain->table->is_iptables;
	match = match_words(walk, !is_iptables);
	if (!is_iptables && rule)
		return arena_printf(arena, "nft insert rule %s %s %s position %ld %s", v->family, v->table, v->chain, rule->handle, match);
	if (!is_iptables)
		return arena_printf(arena, "nft add rule %s %s %s %s", v->family, v->table, v->chain, match);
	program = arena_printf(arena, "ip%stables%s", walk->packet.family == AF_INET6 ? "6" : "", is_legacy ? "-legacy" : "");
	return rule ? arena_printf(arena, "%s -t %s -I %s %u %s", program, v->table, v->chain, rule->number, match) :
		      arena_printf(arena, "%s -t %s -A %s %s", program, v->table, v->chain, match);
}
