/* What keeps packets on this machine or on its own link: no route, no link, a gateway that is not there, its own firewall. */
#ifndef WHY_RULE_OWN_WAY_H
#define WHY_RULE_OWN_WAY_H

#include "rule/rule.h"

/* It never left: this says nothing about the address. */
bool own_way_is_missing(const struct endpoint *endpoint);
/* Gives the finding a title and a fix where this machine or its link is to blame; false where they are not. */
bool own_way_title(struct findings *findings, struct finding *finding, const struct visit *visit, const struct endpoint *endpoint);
/* "the gateway 192.0.2.1 (which answers ARP)", "the local network (eth0)": what is next to this machine; NULL: not known. */
const char *own_way_next(struct arena *arena, const struct endpoint *endpoint);

#endif
