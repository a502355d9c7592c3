/* The words of one rule of iptables while it is read: shared by save_match.c and save_module.c. */
#ifndef WHY_FIREWALL_SAVE_H
#define WHY_FIREWALL_SAVE_H

#include "firewall/parts.h"

struct words {
	struct fw_walk *walk;
	const struct fw_chain *chain;
	const struct fw_rule *rule;
	const char *const *at;
	const char *module;             /* -m, the last one */
	bool negated;
	bool is_absolute;               /* the last answer holds whether negated or not */
};

/* Matches whose options only make sense together ("recent", "time", ...): takes all words up to the next module or
 * target. False: no such module, nothing taken. */
bool fw_save_module(struct words *w, enum tri *answer);
/* SET and its kin: what the packet's way puts into sets. */
void fw_save_added(struct words *w, const char *set, const char *directions, bool is_removed);

#endif
