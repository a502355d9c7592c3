/* Values of nftables' expressions: what a field of the packet is, and the words for it. */
#ifndef WHY_FIREWALL_VALUE_H
#define WHY_FIREWALL_VALUE_H

#include "firewall/parts.h"

enum type { TYPE_NUMBER, TYPE_ADDRESS, TYPE_PORT, TYPE_DEVICE, TYPE_STATE, TYPE_STATUS, TYPE_FLAGS, TYPE_PROTOCOL, TYPE_FAMILY,
	    TYPE_ETHER, TYPE_PACKET, TYPE_ROUTE, TYPE_DIRECTION, TYPE_LINK,
	    TYPE_ICMP, TYPE_ICMP6, TYPE_DAY, TYPE_TIME, TYPE_HOUR, TYPE_DSCP, TYPE_ECN, TYPE_PRIORITY, TYPE_GROUP, TYPE_USER };

/* A left side. Where a client may choose (its port, how far away it is) it lies anywhere from `number` to
 * `other`: an answer holds where it is the same for all of these. */
struct value {
	enum tri known;                 /* TRI_NO: there is no such thing in this packet: nothing matches */
	enum type type;
	fw_number number, other;
	bool has_other, is_chance;      /* is_chance: the kernel draws it */
	const char *text;               /* TYPE_DEVICE, TYPE_ROUTE, TYPE_DIRECTION */
	unsigned bits;
	struct value *parts;            /* of a concatenation */
	size_t n_parts;
};

/* A right side as one number: a word, an integer, words or-ed together. */
bool fw_value_right(enum type type, const struct tree *right, fw_number *out);
struct value fw_value_number(enum type type, unsigned bits, fw_number number);
struct value fw_value_text(enum type type, const char *text);
struct value fw_value_unknown(struct fw_walk *walk, const char *what, const char *name);
/* A field of the packet or of what surrounds it: `key` "payload", "meta", "ct", ... False: no such. */
bool fw_value_field(struct fw_walk *walk, const char *key, const struct tree *body, struct value *out);

#endif
