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

/* ---- ufw ----------------------------------------------------------------------------------------------------- */

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* "ufw-user-input" of IPv4 and "ufw6-user-input" of IPv6. */
static bool is_ufw_chain(const char *chain, const char *name)
{
	return (starts(chain, "ufw-") && starts(chain + 4, name)) || (starts(chain, "ufw6-") && starts(chain + 5, name));
}

/* The very rule that `ufw allow` replaces: of this port, for everybody. */
static bool is_plain_rule(const struct fw_walk *walk, const struct firewall_verdict *v, uint16_t port)
{
	return walk->rule && walk->rule->text && starts(walk->rule->text, arena_printf(walk->arena, "-A %s -p tcp -m tcp --dport %u -j ", v->chain, port));
}

/* NULL: what stops it is none of ufw's own rules. */
static const char *by_ufw(const struct fw_walk *walk, const struct firewall_verdict *v, uint16_t port, bool is_out)
{
	const char *allow = arena_printf(walk->arena, "allow %s%u/tcp", is_out ? "out " : "", port);

	if (v->is_policy && strcmp(v->table, "filter") == 0 && (strcmp(v->chain, "INPUT") == 0 || strcmp(v->chain, "OUTPUT") == 0))
		return arena_printf(walk->arena, "ufw %s", allow);
	if (is_ufw_chain(v->chain, "reject-") || is_ufw_chain(v->chain, "skip-to-policy-") || is_ufw_chain(v->chain, "track-"))
		return arena_printf(walk->arena, "ufw %s", allow);
	if (!is_ufw_chain(v->chain, "user-"))
		return NULL;
	/* Rules of the user's are taken in their order: an allowing one helps before the other only. */
	return is_plain_rule(walk, v, port) ? arena_printf(walk->arena, "ufw %s", allow) :
						 arena_printf(walk->arena, "ufw --force delete %s; ufw prepend %s", allow, allow);
}

/* ---- firewalld ----------------------------------------------------------------------------------------------- */

/* "filter_IN_public_deny" of nftables, "IN_public_deny" of iptables: the zone or policy, and which part of its rules. */
static const char *zone_of(struct arena *arena, const char *chain, bool *is_policy, const char **part)
{
	static const char *const parts[] = { "_log", "_deny", "_allow", "_pre", "_post" };
	const char *name = starts(chain, "filter_") ? chain + 7 : chain;
	size_t n;

	*is_policy = false;
	*part = "";
	if (!starts(name, "IN_"))
		return NULL;
	name += 3;
	*is_policy = starts(name, "policy_");
	name += *is_policy ? 7 : 0;
	n = strlen(name);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		size_t m = strlen(parts[i]);

		if (n > m && strcmp(name + n - m, parts[i]) == 0) {
			*part = parts[i] + 1;
			n -= m;
		}
	}
	return n && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") >= n ? arena_strn(arena, name, n) : NULL;
}

static const char *by_firewalld(const struct fw_walk *walk, const struct firewall_verdict *v, uint16_t port)
{
	/* Its table of nftables, or its chains among iptables'. */
	bool is_policy, is_own = starts(v->table, "firewalld") || fw_chain_find(walk->chain->table, "INPUT_ZONES");
	const char *part, *zone = zone_of(walk->arena, v->chain, &is_policy, &part), *option = "", *what;

	if (strcmp(v->table, "firewalld_policy_drop") == 0)
		return "firewall-cmd --panic-off";
	/* Rules that others put beside firewalld's are none of its business. */
	if (!is_own || (!zone && strcmp(v->table, "firewalld") != 0 && !(walk->rule && walk->rule->number == walk->chain->n_rules)))
		return NULL;
	if (zone)
		option = arena_printf(walk->arena, "--%s=%s ", is_policy ? "policy" : "zone", zone);
	what = port == 443 ? "--add-service=https" : arena_printf(walk->arena, "--add-port=%u/tcp", port);
	/* Of its rules those that deny come before those that allow; a rich rule of the lowest priority is first of all. */
	if (*part)
		what = arena_printf(walk->arena, "--add-rich-rule='rule priority=-32768 port port=%u protocol=tcp accept'", port);
	/* Now, and for the next start: a reload would undo what else was set for now. */
	return arena_printf(walk->arena, "firewall-cmd %s%s && firewall-cmd --permanent %s%s", option, what, option, what);
}

/* ---- programs that write rules of their own, and write them anew ---------------------------------------------- */

static bool is_last(const struct fw_walk *walk)
{
	return walk->rule && walk->rule->number == walk->chain->n_rules;
}

/* A ban: "f2b-NAME" of iptables, "f2b-table" of nftables. The client that was asked about is the banned one. */
static const char *by_fail2ban(const struct fw_walk *walk, const struct firewall_verdict *v)
{
	if ((!starts(v->chain, "f2b-") && !starts(v->table, "f2b-")) || !v->from)
		return NULL;
	return arena_printf(walk->arena, "fail2ban-client unban %s", v->from);
}

static const char *by_csf(const struct fw_walk *walk, const struct firewall_verdict *v, uint16_t port, bool is_out)
{
	if (!fw_chain_find(walk->chain->table, "LOCALINPUT") || !fw_chain_find(walk->chain->table, "LOGDROPIN"))
		return NULL;
	if (starts(v->chain, "DENYIN") || starts(v->chain, "DENYOUT"))
		return v->from && !is_out ? arena_printf(walk->arena, "csf -dr %s", v->from) : NULL;
	if (!starts(v->chain, "LOGDROP") && !v->is_policy)
		return NULL;
	return arena_printf(walk->arena, "sed -i 's/^%s = \"/&%u,/' /etc/csf/csf.conf && csf -r", is_out ? "TCP_OUT" : "TCP_IN", port);
}

/* The policy at the end of a chain "ZONE-fw", which comes behind all rules of the file. */
static const char *by_shorewall(const struct fw_walk *walk, const struct firewall_verdict *v, uint16_t port)
{
	size_t n = strlen(v->chain);
	bool is_v6 = walk->packet.family == AF_INET6;

	if (!fw_chain_find(walk->chain->table, "shorewall") || n < 4 || strcmp(v->chain + n - 3, "-fw") != 0 || !is_last(walk) ||
	    strspn(v->chain, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != n - 3)
		return NULL;
	return arena_printf(walk->arena, "echo 'ACCEPT %.*s $FW tcp %u' >> /etc/shorewall%s/rules && shorewall%s reload", (int)(n - 3), v->chain, port, is_v6 ? "6" : "", is_v6 ? "6" : "");
}

static const char *frontend(const struct fw_walk *walk, const struct firewall_verdict *v, uint16_t port, bool is_out)
{
	bool is_filter = strcmp(v->hook, "input") == 0 || (strcmp(v->hook, "output") == 0 && is_out);
	const char *by = NULL;

	if (strcmp(v->table, "firewalld_policy_drop") == 0 && walk->set->has_firewalld)
		return by_firewalld(walk, v, port);
	if (!is_filter || strcmp(v->direction, "reply") == 0)
		return NULL;
	if (walk->packet.target_port)
		port = walk->packet.target_port;
	by = by_fail2ban(walk, v);
	by = by ? by : by_csf(walk, v, port, is_out);
	by = by || is_out ? by : by_shorewall(walk, v, port);
	if (!by && walk->set->has_ufw)
		by = by_ufw(walk, v, port, is_out);
	return by || !walk->set->has_firewalld || is_out ? by : by_firewalld(walk, v, port);
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
	front = frontend(walk, v, port, is_out);
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
