/* Expressions of nftables (libnftables-json(5)) against the packet: what a left side is, and whether a right
 * side holds it. Types are nft's own words for values: "tcp", "established", "eth*". */
#include <stdlib.h>
#include <sys/socket.h>

#include "firewall/parts.h"

enum type { TYPE_NUMBER, TYPE_ADDRESS, TYPE_PORT, TYPE_DEVICE, TYPE_STATE, TYPE_STATUS, TYPE_FLAGS, TYPE_PROTOCOL, TYPE_FAMILY,
	    TYPE_ETHER, TYPE_PACKET, TYPE_ROUTE, TYPE_DIRECTION, TYPE_LINK };

/* A left side. Where a client may choose (its port, how far away it is) it lies anywhere from `number` to
 * `other`: an answer holds where it is the same for all of these. */
struct value {
	enum tri known;                 /* TRI_NO: there is no such thing in this packet: nothing matches */
	enum type type;
	fw_number number, other;
	bool has_other;
	const char *text;               /* TYPE_DEVICE, TYPE_ROUTE, TYPE_DIRECTION */
	unsigned bits;
	struct value *parts;            /* of a concatenation */
	size_t n_parts;
};

static struct value eval(struct fw_walk *walk, const struct fw_chain *chain, json_t *expr, int depth);

/* ---- words ------------------------------------------------------------------------------------------- */

static const struct word {
	enum type type;
	const char *name;
	unsigned value;
} words[] = {
	{ TYPE_STATE, "invalid", CT_INVALID }, { TYPE_STATE, "established", CT_ESTABLISHED }, { TYPE_STATE, "related", CT_RELATED },
	{ TYPE_STATE, "new", CT_NEW }, { TYPE_STATE, "untracked", CT_UNTRACKED },
	{ TYPE_STATUS, "expected", 1 }, { TYPE_STATUS, "seen-reply", 2 }, { TYPE_STATUS, "assured", 4 }, { TYPE_STATUS, "confirmed", 8 },
	{ TYPE_STATUS, "snat", CT_STATUS_SNAT }, { TYPE_STATUS, "dnat", CT_STATUS_DNAT }, { TYPE_STATUS, "dying", 512 },
	{ TYPE_FLAGS, "fin", TCP_FIN }, { TYPE_FLAGS, "syn", TCP_SYN }, { TYPE_FLAGS, "rst", TCP_RST }, { TYPE_FLAGS, "psh", TCP_PSH },
	{ TYPE_FLAGS, "ack", TCP_ACK }, { TYPE_FLAGS, "urg", TCP_URG }, { TYPE_FLAGS, "ecn", TCP_ECE }, { TYPE_FLAGS, "ece", TCP_ECE },
	{ TYPE_FLAGS, "cwr", TCP_CWR },
	{ TYPE_PROTOCOL, "tcp", 6 }, { TYPE_PROTOCOL, "udp", 17 }, { TYPE_PROTOCOL, "icmp", 1 }, { TYPE_PROTOCOL, "icmpv6", 58 },
	{ TYPE_PROTOCOL, "ipv6-icmp", 58 }, { TYPE_PROTOCOL, "esp", 50 }, { TYPE_PROTOCOL, "ah", 51 }, { TYPE_PROTOCOL, "sctp", 132 },
	{ TYPE_PROTOCOL, "dccp", 33 }, { TYPE_PROTOCOL, "udplite", 136 }, { TYPE_PROTOCOL, "gre", 47 }, { TYPE_PROTOCOL, "igmp", 2 },
	{ TYPE_PROTOCOL, "comp", 108 }, { TYPE_PROTOCOL, "ipv6", 41 }, { TYPE_PROTOCOL, "ip", 0 }, { TYPE_PROTOCOL, "ospf", 89 },
	{ TYPE_PROTOCOL, "vrrp", 112 }, { TYPE_PROTOCOL, "pim", 103 },
	{ TYPE_FAMILY, "ipv4", 2 }, { TYPE_FAMILY, "ipv6", 10 }, { TYPE_FAMILY, "ip", 2 }, { TYPE_FAMILY, "ip6", 10 },
	{ TYPE_ETHER, "ip", 0x0800 }, { TYPE_ETHER, "ip6", 0x86dd }, { TYPE_ETHER, "arp", 0x0806 }, { TYPE_ETHER, "vlan", 0x8100 },
	{ TYPE_ETHER, "8021q", 0x8100 }, { TYPE_ETHER, "8021ad", 0x88a8 },
	{ TYPE_PACKET, "host", 0 }, { TYPE_PACKET, "unicast", 0 }, { TYPE_PACKET, "broadcast", 1 }, { TYPE_PACKET, "multicast", 2 },
	{ TYPE_PACKET, "other", 3 },
	{ TYPE_PORT, "ssh", 22 }, { TYPE_PORT, "domain", 53 }, { TYPE_PORT, "http", 80 }, { TYPE_PORT, "https", 443 },
	{ TYPE_PORT, "smtp", 25 }, { TYPE_PORT, "imaps", 993 }, { TYPE_PORT, "http-alt", 8080 },
	{ TYPE_LINK, "ether", 1 }, { TYPE_LINK, "loopback", 772 },
};

static bool word_find(enum type type, const char *name, fw_number *out)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i].type == type && strcmp(words[i].name, name) == 0) {
			*out = words[i].value;
			return true;
		}
	return false;
}

static bool text_number(enum type type, const char *text, fw_number *out)
{
	struct fw_address a;
	char *end;

	if (word_find(type, text, out))
		return true;
	if (fw_address_parse(text, &a)) {
		*out = fw_number_of(&a);
		return true;
	}
	if (!*text || text[0] == '-')
		return false;
	*out = strtoull(text, &end, 0);
	return !*end;
}

/* A right side as one number: a word, an integer, words or-ed together. */
static bool right_number(enum type type, json_t *right, fw_number *out)
{
	json_t *item, *list = json_object_get(right, "|");
	size_t i;

	if (json_is_integer(right)) {
		*out = (fw_number)(unsigned long long)json_integer_value(right);
		return json_integer_value(right) >= 0;
	}
	if (json_is_boolean(right)) {
		*out = json_is_true(right);
		return true;
	}
	if (json_is_string(right))
		return text_number(type, json_string_value(right), out);
	if (json_is_array(right))
		list = right;
	if (!json_is_array(list))
		return false;
	*out = 0;
	json_array_foreach(list, i, item) {
		fw_number part;

		if (!right_number(type, item, &part))
			return false;
		*out |= part;
	}
	return true;
}

/* ---- left sides: the packet's fields ------------------------------------------------------------------- */

static struct value number_of(enum type type, unsigned bits, fw_number number)
{
	return (struct value){ .known = TRI_YES, .type = type, .bits = bits, .number = number };
}

static struct value either(enum type type, unsigned bits, fw_number number, fw_number other)
{
	struct value v = number_of(type, bits, number);

	v.other = other;
	v.has_other = true;
	return v;
}

static struct value text_of(enum type type, const char *text)
{
	return (struct value){ .known = text ? TRI_YES : TRI_NO, .type = type, .text = text };
}

static struct value unknown(struct fw_walk *walk, const char *what, const char *name)
{
	walk->why = arena_printf(walk->arena, "%s %s cannot be known beforehand", what, name);
	return (struct value){ .known = TRI_UNKNOWN };
}

static struct value absent(void)
{
	return (struct value){ .known = TRI_NO };
}

static const char *string_at(json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The client's port: any above 1023, mostly high. */
static struct value port_of(const struct fw_packet *p, bool is_source)
{
	uint16_t port = is_source ? p->source_port : p->target_port;

	if (port == 0)
		return either(TYPE_PORT, 16, 32769, 60999);
	return number_of(TYPE_PORT, 16, port);
}

static struct value ip_field(struct fw_walk *walk, const char *protocol, const char *field)
{
	const struct fw_packet *p = &walk->packet;
	bool is_v4 = strcmp(protocol, "ip") == 0;
	unsigned bits = is_v4 ? 32 : 128;

	if ((p->family == AF_INET) != is_v4)
		return absent();
	if (strcmp(field, "saddr") == 0)
		return number_of(TYPE_ADDRESS, bits, p->source);
	if (strcmp(field, "daddr") == 0)
		return number_of(TYPE_ADDRESS, bits, p->target);
	if (strcmp(field, "protocol") == 0 || strcmp(field, "nexthdr") == 0)
		return number_of(TYPE_PROTOCOL, 8, 6);
	if (strcmp(field, "version") == 0)
		return number_of(TYPE_NUMBER, 4, is_v4 ? 4 : 6);
	if (strcmp(field, "hdrlength") == 0)
		return number_of(TYPE_NUMBER, 4, 5);
	if (strcmp(field, "frag-off") == 0)
		return number_of(TYPE_NUMBER, 16, 0x4000);
	if (strcmp(field, "ttl") == 0 || strcmp(field, "hoplimit") == 0)
		return either(TYPE_NUMBER, 8, 33, 250);
	if (strcmp(field, "length") == 0)
		return is_v4 ? either(TYPE_NUMBER, 16, 44, 60) : either(TYPE_NUMBER, 16, 24, 40);
	return unknown(walk, protocol, field);
}

static struct value tcp_field(struct fw_walk *walk, const char *field)
{
	const struct fw_packet *p = &walk->packet;

	if (strcmp(field, "dport") == 0)
		return port_of(p, false);
	if (strcmp(field, "sport") == 0)
		return port_of(p, true);
	if (strcmp(field, "flags") == 0)
		return number_of(TYPE_FLAGS, 8, p->flags);
	if (strcmp(field, "doff") == 0)
		return either(TYPE_NUMBER, 4, 6, 10);
	if (strcmp(field, "urgptr") == 0 || strcmp(field, "reserved") == 0)
		return number_of(TYPE_NUMBER, 16, 0);
	return unknown(walk, "tcp", field);
}

/* "@th,16,16": bytes by their place in the header. */
static struct value raw_field(struct fw_walk *walk, json_t *payload)
{
	const char *base = string_at(payload, "base");
	long offset = (long)json_integer_value(json_object_get(payload, "offset"));
	long len = (long)json_integer_value(json_object_get(payload, "len"));
	bool is_v4 = walk->packet.family == AF_INET;

	if (strcmp(base, "nh") == 0) {
		if (is_v4 ? offset == 96 && len == 32 : offset == 64 && len == 128)
			return ip_field(walk, is_v4 ? "ip" : "ip6", "saddr");
		if (is_v4 ? offset == 128 && len == 32 : offset == 192 && len == 128)
			return ip_field(walk, is_v4 ? "ip" : "ip6", "daddr");
		if (is_v4 ? offset == 72 && len == 8 : offset == 48 && len == 8)
			return number_of(TYPE_PROTOCOL, 8, 6);
	} else if (strcmp(base, "th") == 0) {
		if (offset == 0 && len == 16)
			return tcp_field(walk, "sport");
		if (offset == 16 && len == 16)
			return tcp_field(walk, "dport");
		if (offset == 104 && len == 8)
			return tcp_field(walk, "flags");
	}
	return unknown(walk, "bytes of the packet at", base);
}

static struct value payload_of(struct fw_walk *walk, json_t *payload)
{
	const char *protocol = string_at(payload, "protocol"), *field = string_at(payload, "field");

	if (json_object_get(payload, "base"))
		return raw_field(walk, payload);
	if (strcmp(protocol, "ip") == 0 || strcmp(protocol, "ip6") == 0)
		return ip_field(walk, protocol, field);
	if (strcmp(protocol, "tcp") == 0 || strcmp(protocol, "th") == 0)
		return tcp_field(walk, field);
	if (strcmp(protocol, "ether") == 0 || strcmp(protocol, "vlan") == 0) {
		if (strcmp(field, "type") == 0)
			return number_of(TYPE_ETHER, 16, walk->packet.family == AF_INET ? 0x0800 : 0x86dd);
		return strcmp(protocol, "vlan") == 0 ? absent() : unknown(walk, protocol, field);
	}
	/* Another protocol than TCP over IP. */
	return absent();
}

static struct value meta_of(struct fw_walk *walk, const char *key)
{
	const struct fw_packet *p = &walk->packet;

	bool is_in = key[0] == 'i';

	if (strcmp(key, "iifname") == 0 || strcmp(key, "iif") == 0 || strcmp(key, "oifname") == 0 || strcmp(key, "oif") == 0) {
		const char *device = is_in ? p->in : p->out;

		/* On its own side of the bridge a packet has the bridge's name, on the other that of a port which is not always known. */
		if (walk->bridge && !device)
			return is_in == !p->is_own ? unknown(walk, "meta", key) : text_of(TYPE_DEVICE, walk->bridge);
		return text_of(TYPE_DEVICE, device);
	}
	if (strcmp(key, "ibrname") == 0 || strcmp(key, "obrname") == 0)
		return walk->bridge && is_in == !p->is_own ? text_of(TYPE_DEVICE, walk->bridge) : absent();
	if (strcmp(key, "sdifname") == 0)
		return absent();
	if (strcmp(key, "mark") == 0)
		return number_of(TYPE_NUMBER, 32, p->mark);
	if (strcmp(key, "l4proto") == 0)
		return number_of(TYPE_PROTOCOL, 8, 6);
	if (strcmp(key, "nfproto") == 0)
		return number_of(TYPE_FAMILY, 8, p->family == AF_INET ? 2 : 10);
	if (strcmp(key, "protocol") == 0)
		return number_of(TYPE_ETHER, 16, p->family == AF_INET ? 0x0800 : 0x86dd);
	if (strcmp(key, "pkttype") == 0)
		return number_of(TYPE_PACKET, 8, 0);
	if (strcmp(key, "iiftype") == 0 && p->in)
		return strcmp(p->in, "lo") == 0 ? number_of(TYPE_LINK, 16, 772) : either(TYPE_LINK, 16, 1, 65534);
	if (strcmp(key, "oiftype") == 0 && p->out)
		return strcmp(p->out, "lo") == 0 ? number_of(TYPE_LINK, 16, 772) : either(TYPE_LINK, 16, 1, 65534);
	if (strcmp(key, "length") == 0)
		return either(TYPE_NUMBER, 16, 44, 80);
	/* What comes in belongs to no socket yet. */
	if ((strcmp(key, "skuid") == 0 || strcmp(key, "skgid") == 0 || strcmp(key, "cgroup") == 0) && !p->is_own)
		return absent();
	return unknown(walk, "meta", key);
}

static struct value original_of(struct fw_walk *walk, const char *key, bool is_reply)
{
	const struct fw_packet *p = &walk->packet;
	bool wants_source = strstr(key, "saddr") || strstr(key, "src");
	enum { REPLY_UNKNOWN };

	if (is_reply && strstr(key, "addr"))
		return number_of(TYPE_ADDRESS, p->family == AF_INET ? 32 : 128, wants_source ? p->target : p->source);
	if (is_reply)
		return unknown(walk, "ct reply", key);
	if (strstr(key, "addr")) {
		if ((strncmp(key, "ip ", 3) == 0 && p->family != AF_INET) || (strncmp(key, "ip6", 3) == 0 && p->family != AF_INET6))
			return absent();
		return number_of(TYPE_ADDRESS, p->family == AF_INET ? 32 : 128, wants_source ? p->original_source : p->original_target);
	}
	if (wants_source && p->original_source_port == 0)
		return either(TYPE_PORT, 16, 32769, 60999);
	return number_of(TYPE_PORT, 16, wants_source ? p->original_source_port : p->original_target_port);
}

static struct value ct_of(struct fw_walk *walk, json_t *ct)
{
	const struct fw_packet *p = &walk->packet;
	const char *key = string_at(ct, "key");

	if (strcmp(key, "state") == 0)
		return number_of(TYPE_STATE, 32, p->state);
	if (p->state & (CT_INVALID | CT_UNTRACKED))
		return absent();
	if (strcmp(key, "status") == 0)
		return number_of(TYPE_STATUS, 32, p->status);
	if (strcmp(key, "direction") == 0)
		return text_of(TYPE_DIRECTION, p->is_reply ? "reply" : "original");
	if (strcmp(key, "mark") == 0)
		return number_of(TYPE_NUMBER, 32, p->connection_mark);
	if (strcmp(key, "l3proto") == 0)
		return number_of(TYPE_FAMILY, 8, p->family == AF_INET ? 2 : 10);
	if (strcmp(key, "protocol") == 0)
		return number_of(TYPE_PROTOCOL, 8, 6);
	if (strcmp(key, "helper") == 0)
		return absent();
	if (strcmp(key, "zone") == 0)
		return number_of(TYPE_NUMBER, 16, 0);
	if (strstr(key, "addr") || strncmp(key, "proto-", 6) == 0)
		return original_of(walk, key, strcmp(string_at(ct, "dir"), "reply") == 0);
	return unknown(walk, "ct", key);
}

static bool flag_of(json_t *fib, const char *flag)
{
	json_t *flags = json_object_get(fib, "flags"), *item;
	size_t i;

	if (json_is_string(flags))
		return strcmp(json_string_value(flags), flag) == 0;
	json_array_foreach(flags, i, item)
		if (json_is_string(item) && strcmp(json_string_value(item), flag) == 0)
			return true;
	return false;
}

/* Asks the routing table about one of the packet's addresses. */
static struct value fib_of(struct fw_walk *walk, json_t *fib)
{
	const char *result = string_at(fib, "result"), *device = NULL, *type;
	bool of_source = flag_of(fib, "saddr");
	enum tri way;

	if (strcmp(result, "type") == 0) {
		type = fw_address_type(walk, of_source ? walk->packet.source : walk->packet.target);
		return type ? text_of(TYPE_ROUTE, type) : unknown(walk, "fib", "type");
	}
	if (!of_source)
		return unknown(walk, "fib", result);
	way = fw_way_back(walk, flag_of(fib, "iif"), &device);
	if (way == TRI_UNKNOWN)
		return (struct value){ .known = TRI_UNKNOWN };
	/* "missing" and "exists" are false and true; else the device's name. */
	return (struct value){ .known = TRI_YES, .type = TYPE_DEVICE, .text = way == TRI_YES && device ? device : "", .number = way == TRI_YES,
			       .bits = 1 };
}

static struct value option_of(struct fw_walk *walk, json_t *option)
{
	const char *name = string_at(option, "name"), *field = string_at(option, "field");

	if (strcmp(name, "maxseg") == 0 && strcmp(field, "size") == 0)
		return either(TYPE_NUMBER, 16, 1200, 1460);
	if (!*field && strcmp(name, "maxseg") == 0)
		return number_of(TYPE_NUMBER, 1, 1);
	return unknown(walk, "tcp option", name);
}

/* ---- left sides: what is made of fields ---------------------------------------------------------------- */

static fw_number combine(const char *op, fw_number a, fw_number b)
{
	switch (*op) {
	case '&': return a & b;
	case '|': return a | b;
	case '^': return a ^ b;
	case '<': return b < 128 ? a << b : 0;
	default: return b < 128 ? a >> b : 0;
	}
}

static struct value binary(struct fw_walk *walk, const struct fw_chain *chain, const char *op, json_t *pair, int depth)
{
	struct value left = eval(walk, chain, json_array_get(pair, 0), depth + 1);
	fw_number right;

	if (left.known != TRI_YES || left.text)
		return left.text ? unknown(walk, "arithmetic on", left.text) : left;
	if (left.has_other || !right_number(left.type, json_array_get(pair, 1), &right))
		return unknown(walk, "the operand of", op);
	left.number = combine(op, left.number, right);
	return left;
}

static struct value concat(struct fw_walk *walk, const struct fw_chain *chain, json_t *list, int depth)
{
	size_t n = json_array_size(list);
	struct value v = { .known = TRI_YES, .n_parts = n, .parts = arena_array(walk->arena, struct value, n + 1) };

	for (size_t i = 0; i < n; i++) {
		v.parts[i] = eval(walk, chain, json_array_get(list, i), depth + 1);
		if (v.parts[i].known == TRI_NO)
			v.known = TRI_NO;
		else if (v.parts[i].known == TRI_UNKNOWN && v.known == TRI_YES)
			v.known = TRI_UNKNOWN;
	}
	return v;
}

static struct value mapped(struct fw_walk *walk, const struct fw_chain *chain, json_t *map, int depth)
{
	json_t *found = NULL;
	enum tri answer = fw_nft_map(walk, chain, json_object_get(map, "key"), json_object_get(map, "data"), &found);

	if (answer != TRI_YES)
		return (struct value){ .known = answer };
	return eval(walk, chain, found, depth + 1);
}

static struct value constant(struct fw_walk *walk, json_t *expr)
{
	fw_number n;

	if (right_number(TYPE_NUMBER, expr, &n))
		return number_of(TYPE_NUMBER, 32, n);
	return json_is_string(expr) ? text_of(TYPE_DEVICE, json_string_value(expr)) : unknown(walk, "a", "constant");
}

static struct value eval(struct fw_walk *walk, const struct fw_chain *chain, json_t *expr, int depth)
{
	static const char *const operators[] = { "&", "|", "^", "<<", ">>" };
	const char *key;
	json_t *inner;
	void *at;

	if (depth > 16)
		return unknown(walk, "an expression", "nested too deeply");
	if (!json_is_object(expr))
		return constant(walk, expr);
	at = json_object_iter(expr);
	key = at ? json_object_iter_key(at) : "";
	inner = at ? json_object_iter_value(at) : NULL;
	if (strcmp(key, "payload") == 0)
		return payload_of(walk, inner);
	if (strcmp(key, "meta") == 0)
		return meta_of(walk, string_at(inner, "key"));
	if (strcmp(key, "ct") == 0)
		return ct_of(walk, inner);
	if (strcmp(key, "fib") == 0)
		return fib_of(walk, inner);
	if (strcmp(key, "tcp option") == 0)
		return option_of(walk, inner);
	if (strcmp(key, "concat") == 0)
		return concat(walk, chain, inner, depth);
	if (strcmp(key, "map") == 0)
		return mapped(walk, chain, inner, depth);
	if (strcmp(key, "elem") == 0)
		return eval(walk, chain, json_object_get(inner, "val"), depth + 1);
	for (size_t i = 0; i < COUNT_OF(operators); i++)
		if (strcmp(key, operators[i]) == 0)
			return binary(walk, chain, key, inner, depth);
	return unknown(walk, "the expression", key);
}

/* ---- right sides ----------------------------------------------------------------------------------------- */

static enum tri holds(struct fw_walk *walk, const struct fw_chain *chain, const struct value *left, json_t *right, bool in, int depth);

static bool device_match(const char *device, const char *pattern)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return strncmp(device, pattern, n - 1) == 0;
	return strcmp(device, pattern) == 0;
}

static enum tri both(const struct value *left, bool first, bool second)
{
	if (left->has_other && first != second)
		return TRI_UNKNOWN;
	return fw_tri(first);
}

static enum tri range_holds(const struct value *left, json_t *range)
{
	fw_number low, high;

	if (left->text || !right_number(left->type, json_array_get(range, 0), &low) ||
	    !right_number(left->type, json_array_get(range, 1), &high))
		return TRI_UNKNOWN;
	if (!left->has_other)
		return fw_tri(left->number >= low && left->number <= high);
	return low <= left->number && high >= left->other ? TRI_YES : high < left->number || low > left->other ? TRI_NO : TRI_UNKNOWN;
}

static enum tri prefix_holds(const struct value *left, json_t *prefix)
{
	json_t *len = json_object_get(prefix, "len");
	fw_number base;
	int family = left->bits == 32 ? AF_INET : AF_INET6;

	if (left->text || left->bits < 32 || !json_is_integer(len) || json_integer_value(len) < 0 ||
	    !right_number(left->type, json_object_get(prefix, "addr"), &base))
		return TRI_UNKNOWN;
	return fw_tri(fw_prefix_match(left->number, base, (unsigned)json_integer_value(len), family));
}

static json_t *set_named(const struct fw_walk *walk, const struct fw_chain *chain, const char *name)
{
	for (size_t i = 0; i < walk->set->n_sets; i++) {
		const struct fw_set *s = &walk->set->sets[i];

		if (strcmp(s->name, name) == 0 && strcmp(s->table, chain->table->name) == 0 && strcmp(s->family, chain->table->family) == 0)
			return s->object;
	}
	return NULL;
}

/* Elements of a named set; NULL where there is no such set. A set of names without elements has no "elem". */
static json_t *elements_of(const struct fw_walk *walk, const struct fw_chain *chain, json_t *data, bool *is_empty)
{
	json_t *set = json_object_get(data, "set"), *object;

	*is_empty = false;
	if (set)
		return json_is_array(set) ? set : NULL;
	if (!json_is_string(data) || *json_string_value(data) != '@')
		return NULL;
	object = set_named(walk, chain, json_string_value(data) + 1);
	*is_empty = object && !json_object_get(object, "elem");
	return json_object_get(object, "elem");
}

static enum tri any_holds(struct fw_walk *walk, const struct fw_chain *chain, const struct value *left, json_t *elements, bool in, int depth)
{
	enum tri answer = TRI_NO;
	json_t *item;
	size_t i;

	walk->steps += json_array_size(elements) / 8;
	json_array_foreach(elements, i, item) {
		enum tri one = holds(walk, chain, left, item, in, depth + 1);

		if (one == TRI_YES)
			return TRI_YES;
		if (one == TRI_UNKNOWN)
			answer = TRI_UNKNOWN;
	}
	return answer;
}

static enum tri concat_holds(struct fw_walk *walk, const struct fw_chain *chain, const struct value *left, json_t *right, int depth)
{
	json_t *list = json_object_get(right, "concat");
	enum tri answer = TRI_YES;

	if (!json_is_array(list) || json_array_size(list) != left->n_parts)
		return TRI_UNKNOWN;
	for (size_t i = 0; i < left->n_parts; i++) {
		enum tri one = left->parts[i].known == TRI_UNKNOWN ? TRI_UNKNOWN :
			holds(walk, chain, &left->parts[i], json_array_get(list, i), false, depth + 1);

		if (one == TRI_NO)
			return TRI_NO;
		if (one == TRI_UNKNOWN)
			answer = TRI_UNKNOWN;
	}
	return answer;
}

static enum tri word_holds(const struct value *left, json_t *right, bool in)
{
	fw_number n;

	if (left->text && json_is_string(right))
		return fw_tri(left->type == TYPE_DEVICE ? device_match(left->text, json_string_value(right)) :
							  strcmp(left->text, json_string_value(right)) == 0);
	if (!right_number(left->type, right, &n))
		return TRI_UNKNOWN;
	/* fib ... oif missing */
	if (left->text)
		return left->bits == 1 ? fw_tri((n != 0) == (left->number != 0)) : TRI_UNKNOWN;
	if (left->has_other)
		return in || (n >= left->number && n <= left->other) ? TRI_UNKNOWN : TRI_NO;
	return fw_tri(in ? (left->number & n) != 0 : left->number == n);
}

static enum tri holds(struct fw_walk *walk, const struct fw_chain *chain, const struct value *left, json_t *right, bool in, int depth)
{
	json_t *elements, *elem = json_object_get(right, "elem");
	bool is_empty;

	if (depth > 16)
		return TRI_UNKNOWN;
	if (elem)
		return holds(walk, chain, left, json_object_get(elem, "val"), in, depth + 1);
	/* The element of a set that stands for all others. */
	if (json_is_string(right) && strcmp(json_string_value(right), "*") == 0)
		return TRI_YES;
	elements = elements_of(walk, chain, right, &is_empty);
	if (elements)
		return any_holds(walk, chain, left, elements, in || left->type == TYPE_STATE, depth);
	if (is_empty)
		return TRI_NO;
	if (left->n_parts)
		return concat_holds(walk, chain, left, right, depth);
	if (json_object_get(right, "range"))
		return range_holds(left, json_object_get(right, "range"));
	if (json_object_get(right, "prefix"))
		return prefix_holds(left, json_object_get(right, "prefix"));
	return word_holds(left, right, in);
}

static enum tri order_holds(const struct value *left, const char *op, json_t *right)
{
	fw_number n;
	bool equal = op[1] == '=';

	if (left->text || !right_number(left->type, right, &n))
		return TRI_UNKNOWN;
	if (*op == '<')
		return both(left, left->number < n || (equal && left->number == n), left->other < n || (equal && left->other == n));
	return both(left, left->number > n || (equal && left->number == n), left->other > n || (equal && left->other == n));
}

enum tri fw_nft_match(struct fw_walk *walk, const struct fw_chain *chain, json_t *match)
{
	const char *op = string_at(match, "op");
	struct value left = eval(walk, chain, json_object_get(match, "left"), 0);
	json_t *right = json_object_get(match, "right");
	enum tri answer;

	if (left.known == TRI_NO)
		return TRI_NO;
	if (left.known == TRI_UNKNOWN)
		return TRI_UNKNOWN;
	walk->why = "a value in the rule that is not understood";
	if (*op == '<' || *op == '>')
		return order_holds(&left, op, right);
	answer = holds(walk, chain, &left, right, strcmp(op, "in") == 0, 0);
	if (answer == TRI_UNKNOWN && left.has_other)
		walk->why = "it depends on the client (its port, its distance, its packet's length)";
	return strcmp(op, "!=") == 0 ? fw_not(answer) : answer;
}

enum tri fw_nft_map(struct fw_walk *walk, const struct fw_chain *chain, json_t *key, json_t *data, json_t **found)
{
	struct value left = eval(walk, chain, key, 0);
	bool is_empty;
	json_t *elements = elements_of(walk, chain, data, &is_empty), *item;
	enum tri answer = TRI_NO;
	size_t i;

	*found = NULL;
	if (left.known != TRI_YES)
		return left.known;
	if (is_empty)
		return TRI_NO;
	walk->why = "a map that is not there";
	if (!elements)
		return TRI_UNKNOWN;
	walk->steps += json_array_size(elements) / 8;
	json_array_foreach(elements, i, item) {
		enum tri one = holds(walk, chain, &left, json_array_get(item, 0), left.type == TYPE_STATE, 0);

		if (one == TRI_YES) {
			*found = json_array_get(item, 1);
			return TRI_YES;
		}
		if (one == TRI_UNKNOWN)
			answer = TRI_UNKNOWN;
	}
	walk->why = "the map's key is not known";
	return answer;
}

bool fw_nft_number(struct fw_walk *walk, const struct fw_chain *chain, json_t *expr, fw_number *out)
{
	struct value v = eval(walk, chain, expr, 0);

	*out = v.number;
	return v.known == TRI_YES && !v.text && !v.has_other;
}
