/* Fields of the packet and of what the kernel knows of it, as nftables names them: libnftables-json(5), nft(8). */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "firewall/value.h"

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
	{ TYPE_LINK, "ether", 1 }, { TYPE_LINK, "loopback", 772 }, { TYPE_LINK, "ppp", 512 }, { TYPE_LINK, "ipip", 768 },
	{ TYPE_LINK, "ipip6", 769 }, { TYPE_LINK, "sit", 776 }, { TYPE_LINK, "ipgre", 778 },
	{ TYPE_ICMP, "echo-reply", 0 }, { TYPE_ICMP, "destination-unreachable", 3 }, { TYPE_ICMP, "source-quench", 4 },
	{ TYPE_ICMP, "redirect", 5 }, { TYPE_ICMP, "echo-request", 8 }, { TYPE_ICMP, "router-advertisement", 9 },
	{ TYPE_ICMP, "router-solicitation", 10 }, { TYPE_ICMP, "time-exceeded", 11 }, { TYPE_ICMP, "parameter-problem", 12 },
	{ TYPE_ICMP, "timestamp-request", 13 }, { TYPE_ICMP, "timestamp-reply", 14 }, { TYPE_ICMP, "info-request", 15 },
	{ TYPE_ICMP, "info-reply", 16 }, { TYPE_ICMP, "address-mask-request", 17 }, { TYPE_ICMP, "address-mask-reply", 18 },
	{ TYPE_ICMP6, "destination-unreachable", 1 }, { TYPE_ICMP6, "packet-too-big", 2 }, { TYPE_ICMP6, "time-exceeded", 3 },
	{ TYPE_ICMP6, "parameter-problem", 4 }, { TYPE_ICMP6, "echo-request", 128 }, { TYPE_ICMP6, "echo-reply", 129 },
	{ TYPE_ICMP6, "mld-listener-query", 130 }, { TYPE_ICMP6, "mld-listener-report", 131 }, { TYPE_ICMP6, "mld-listener-done", 132 },
	{ TYPE_ICMP6, "mld-listener-reduction", 132 }, { TYPE_ICMP6, "nd-router-solicit", 133 }, { TYPE_ICMP6, "nd-router-advert", 134 },
	{ TYPE_ICMP6, "nd-neighbor-solicit", 135 }, { TYPE_ICMP6, "nd-neighbor-advert", 136 }, { TYPE_ICMP6, "nd-redirect", 137 },
	{ TYPE_ICMP6, "router-renumbering", 138 }, { TYPE_ICMP6, "mld2-listener-report", 143 },
	{ TYPE_DAY, "sunday", 0 }, { TYPE_DAY, "monday", 1 }, { TYPE_DAY, "tuesday", 2 }, { TYPE_DAY, "wednesday", 3 },
	{ TYPE_DAY, "thursday", 4 }, { TYPE_DAY, "friday", 5 }, { TYPE_DAY, "saturday", 6 },
	{ TYPE_DSCP, "cs0", 0 }, { TYPE_DSCP, "cs1", 8 }, { TYPE_DSCP, "cs2", 16 }, { TYPE_DSCP, "cs3", 24 }, { TYPE_DSCP, "cs4", 32 },
	{ TYPE_DSCP, "cs5", 40 }, { TYPE_DSCP, "cs6", 48 }, { TYPE_DSCP, "cs7", 56 }, { TYPE_DSCP, "df", 0 }, { TYPE_DSCP, "be", 0 },
	{ TYPE_DSCP, "lephb", 1 }, { TYPE_DSCP, "af11", 10 }, { TYPE_DSCP, "af12", 12 }, { TYPE_DSCP, "af13", 14 }, { TYPE_DSCP, "af21", 18 },
	{ TYPE_DSCP, "af22", 20 }, { TYPE_DSCP, "af23", 22 }, { TYPE_DSCP, "af31", 26 }, { TYPE_DSCP, "af32", 28 }, { TYPE_DSCP, "af33", 30 },
	{ TYPE_DSCP, "af41", 34 }, { TYPE_DSCP, "af42", 36 }, { TYPE_DSCP, "af43", 38 }, { TYPE_DSCP, "va", 44 }, { TYPE_DSCP, "ef", 46 },
	{ TYPE_ECN, "not-ect", 0 }, { TYPE_ECN, "ect1", 1 }, { TYPE_ECN, "ect0", 2 }, { TYPE_ECN, "ce", 3 },
	{ TYPE_PRIORITY, "none", 0 }, { TYPE_GROUP, "default", 0 }, { TYPE_USER, "root", 0 },
};

/* "2026-11-30 21:45:00", "10:00", "10:00:30" as seconds. */
static bool time_parse(enum type type, const char *text, fw_number *out)
{
	struct tm t = { 0 };
	unsigned hour, minute, second = 0;
	int end = 0, n;

	if (type == TYPE_TIME) {
		n = sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday, &t.tm_hour, &t.tm_min, &t.tm_sec, &end);
		t.tm_year -= 1900;
		t.tm_mon -= 1;
		*out = (fw_number)(long long)timegm(&t);
		return n == 6 && end > 0 && !text[end] && timegm(&t) >= 0;
	}
	n = sscanf(text, "%2u:%2u%n:%2u%n", &hour, &minute, &end, &second, &end);
	*out = (fw_number)hour * 3600 + minute * 60 + second;
	return n >= 2 && !text[end];
}

static bool word_find(enum type type, const char *name, fw_number *out)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i].type == type && strcasecmp(words[i].name, name) == 0) {
			*out = words[i].value;
			return true;
		}
	return false;
}

static bool text_number(enum type type, const char *text, fw_number *out)
{
	struct fw_address a;
	char *end;

	if (type == TYPE_TIME || type == TYPE_HOUR)
		return time_parse(type, text, out);
	if (word_find(type, text, out))
		return true;
	if (fw_address_parse(text, &a)) {
		*out = fw_number_of(&a);
		return true;
	}
	if (!*text || text[0] == '-')
		return false;
	*out = strtoull(text, &end, 0);
	/* Some versions of nft say so behind numbers that they know no words for. */
	return !*end || strcmp(end, " [invalid type]") == 0;
}

/* A right side as one number: a word, an integer, words or-ed together. */
bool fw_value_right(enum type type, const struct tree *right, fw_number *out)
{
	const struct tree *item, *list = tree_get(right, "|");

	if (tree_is(right, TREE_INTEGER)) {
		*out = (fw_number)(unsigned long long)tree_integer(right);
		return tree_integer(right) >= 0;
	}
	if (tree_is(right, TREE_TRUE) || tree_is(right, TREE_FALSE)) {
		*out = tree_is(right, TREE_TRUE);
		return true;
	}
	if (tree_is(right, TREE_TEXT))
		return text_number(type, tree_text(right), out);
	if (tree_is(right, TREE_ARRAY))
		list = right;
	if (!tree_is(list, TREE_ARRAY))
		return false;
	*out = 0;
	tree_foreach(list, item) {
		fw_number part;

		if (!fw_value_right(type, item, &part))
			return false;
		*out |= part;
	}
	return true;
}

/* ---- values -------------------------------------------------------------------------------------------- */

struct value fw_value_number(enum type type, unsigned bits, fw_number number)
{
	return (struct value){ .known = TRI_YES, .type = type, .bits = bits, .number = number };
}

static struct value either(enum type type, unsigned bits, fw_number number, fw_number other)
{
	struct value v = fw_value_number(type, bits, number);

	v.other = other;
	v.has_other = number != other;
	return v;
}

struct value fw_value_text(enum type type, const char *text)
{
	return (struct value){ .known = text ? TRI_YES : TRI_NO, .type = type, .text = text };
}

struct value fw_value_unknown(struct fw_walk *walk, const char *what, const char *name)
{
	walk->why = arena_printf(walk->arena, "%s%s%s cannot be known beforehand", what, *name ? " " : "", name);
	return (struct value){ .known = TRI_UNKNOWN };
}

static struct value absent(void)
{
	return (struct value){ .known = TRI_NO };
}

/* "exists" or "missing" of something that TCP's first packets do not have; a field of it is in none. */
static struct value missing(const struct tree *body)
{
	return tree_get(body, "field") ? absent() : fw_value_number(TYPE_NUMBER, 1, 0);
}

static const char *string_at(const struct tree *object, const char *key)
{
	const char *text = tree_text(tree_get(object, key));

	return text ? text : "";
}

/* ---- bytes of the packet ------------------------------------------------------------------------------- */

/* The client's port: any of those that are no service's. */
static struct value port_of(const struct fw_packet *p, bool is_source)
{
	uint16_t port = is_source ? p->source_port : p->target_port;

	if (port == 0)
		return either(TYPE_PORT, 16, 1024, 65535);
	return fw_value_number(TYPE_PORT, 16, port);
}

static struct value ip_field(struct fw_walk *walk, const char *protocol, const char *field)
{
	const struct fw_packet *p = &walk->packet;
	bool is_v4 = strcmp(protocol, "ip") == 0, is_tcp = p->protocol == IPPROTO_TCP;
	unsigned bits = is_v4 ? 32 : 128;

	if ((p->family == AF_INET) != is_v4)
		return absent();
	if (strcmp(field, "saddr") == 0)
		return fw_value_number(TYPE_ADDRESS, bits, p->source);
	if (strcmp(field, "daddr") == 0)
		return fw_value_number(TYPE_ADDRESS, bits, p->target);
	if (strcmp(field, "protocol") == 0 || strcmp(field, "nexthdr") == 0)
		return fw_value_number(TYPE_PROTOCOL, 8, p->protocol);
	if (strcmp(field, "version") == 0)
		return fw_value_number(TYPE_NUMBER, 4, is_v4 ? 4 : 6);
	if (strcmp(field, "hdrlength") == 0)
		return fw_value_number(TYPE_NUMBER, 4, 5);
	if (strcmp(field, "frag-off") == 0 && is_tcp)
		return fw_value_number(TYPE_NUMBER, 16, 0x4000);
	if (strcmp(field, "ttl") == 0 || strcmp(field, "hoplimit") == 0)
		return either(TYPE_NUMBER, 8, 33, 250);
	if (strcmp(field, "length") == 0)
		return !is_tcp ? either(TYPE_NUMBER, 16, 56, 1280) : is_v4 ? either(TYPE_NUMBER, 16, 40, 60) : either(TYPE_NUMBER, 16, 20, 40);
	/* RFC 3168 6.1.1: neither SYN nor SYN-ACK is ECN-capable. */
	if (strcmp(field, "ecn") == 0 && is_tcp)
		return fw_value_number(TYPE_ECN, 2, 0);
	return fw_value_unknown(walk, protocol, field);
}

static struct value tcp_field(struct fw_walk *walk, const char *field)
{
	const struct fw_packet *p = &walk->packet;

	if (p->protocol != IPPROTO_TCP)
		return absent();
	if (strcmp(field, "dport") == 0)
		return port_of(p, false);
	if (strcmp(field, "sport") == 0)
		return port_of(p, true);
	if (strcmp(field, "flags") == 0)
		return fw_value_number(TYPE_FLAGS, 8, p->flags);
	if (strcmp(field, "doff") == 0)
		return either(TYPE_NUMBER, 4, 5, 10);
	if (strcmp(field, "urgptr") == 0 || strcmp(field, "reserved") == 0)
		return fw_value_number(TYPE_NUMBER, 16, 0);
	if (strcmp(field, "ackseq") == 0 && !(p->flags & TCP_ACK))
		return fw_value_number(TYPE_NUMBER, 32, 0);
	return fw_value_unknown(walk, "tcp", field);
}

static struct value icmp_field(struct fw_walk *walk, bool is_v4, const char *field)
{
	const struct fw_packet *p = &walk->packet;

	if (p->protocol != (is_v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return absent();
	if (strcmp(field, "type") == 0)
		return fw_value_number(is_v4 ? TYPE_ICMP : TYPE_ICMP6, 8, p->icmp_type);
	return fw_value_unknown(walk, is_v4 ? "icmp" : "icmpv6", field);
}

/* "@th,16,16": bytes by their place in the header. */
static struct value raw_field(struct fw_walk *walk, const struct tree *payload)
{
	const char *base = string_at(payload, "base");
	long offset = (long)tree_integer(tree_get(payload, "offset"));
	long len = (long)tree_integer(tree_get(payload, "len"));
	bool is_v4 = walk->packet.family == AF_INET;

	if (strcmp(base, "nh") == 0) {
		if (is_v4 ? offset == 96 && len == 32 : offset == 64 && len == 128)
			return ip_field(walk, is_v4 ? "ip" : "ip6", "saddr");
		if (is_v4 ? offset == 128 && len == 32 : offset == 192 && len == 128)
			return ip_field(walk, is_v4 ? "ip" : "ip6", "daddr");
		if (is_v4 ? offset == 72 && len == 8 : offset == 48 && len == 8)
			return fw_value_number(TYPE_PROTOCOL, 8, walk->packet.protocol);
	} else if (strcmp(base, "th") == 0 && walk->packet.protocol == IPPROTO_TCP) {
		if (offset == 0 && len == 16)
			return tcp_field(walk, "sport");
		if (offset == 16 && len == 16)
			return tcp_field(walk, "dport");
		if (offset == 104 && len == 8)
			return tcp_field(walk, "flags");
	}
	return fw_value_unknown(walk, "bytes of the packet at", base);
}

static struct value payload_of(struct fw_walk *walk, const struct tree *payload)
{
	const char *protocol = string_at(payload, "protocol"), *field = string_at(payload, "field");

	if (tree_get(payload, "base"))
		return raw_field(walk, payload);
	if (strcmp(protocol, "ip") == 0 || strcmp(protocol, "ip6") == 0)
		return ip_field(walk, protocol, field);
	if (strcmp(protocol, "th") == 0 && walk->packet.protocol != IPPROTO_TCP)
		return fw_value_unknown(walk, protocol, field);
	if (strcmp(protocol, "tcp") == 0 || strcmp(protocol, "th") == 0)
		return tcp_field(walk, field);
	if (strcmp(protocol, "icmp") == 0 || strcmp(protocol, "icmpv6") == 0)
		return icmp_field(walk, protocol[4] == '\0', field);
	if (strcmp(protocol, "ether") == 0 || strcmp(protocol, "vlan") == 0) {
		if (strcmp(field, "type") == 0)
			return fw_value_number(TYPE_ETHER, 16, walk->packet.family == AF_INET ? 0x0800 : 0x86dd);
		/* What is made here has no such header before it leaves. */
		return strcmp(protocol, "vlan") == 0 || walk->packet.is_own ? absent() : fw_value_unknown(walk, protocol, field);
	}
	/* Another protocol than TCP over IP. */
	return absent();
}

static struct value option_of(struct fw_walk *walk, const struct tree *option)
{
	const char *name = string_at(option, "name"), *field = string_at(option, "field");
	const struct fw_packet *p = &walk->packet;

	if (p->protocol != IPPROTO_TCP)
		return absent();
	if (p->flags & TCP_RST || (!(p->flags & TCP_SYN) && strcmp(name, "timestamp") != 0))
		return missing(option);
	if (strcmp(name, "maxseg") == 0 && strcmp(field, "size") == 0)
		return either(TYPE_NUMBER, 16, 1200, 1460);
	/* RFC 7323, RFC 2018: all of today's clients send them. */
	if (!*field && (strcmp(name, "maxseg") == 0 || strncmp(name, "sack-perm", 9) == 0 || strcmp(name, "window") == 0))
		return fw_value_number(TYPE_NUMBER, 1, 1);
	if (strcmp(name, "md5sig") == 0 || strcmp(name, "sack") == 0 || strncmp(name, "sack", 4) == 0)
		return missing(option);
	return fw_value_unknown(walk, "tcp option", name);
}

/* ---- what surrounds the packet ------------------------------------------------------------------------- */

static struct value device_name(struct fw_walk *walk, bool is_in)
{
	const struct fw_packet *p = &walk->packet;
	const char *device = is_in ? p->in : p->out;

	/* On its own side of the bridge a packet has the bridge's name, on the other that of a port which is not always known. */
	if (walk->bridge && !device)
		return is_in == !p->is_own ? fw_value_unknown(walk, "meta", is_in ? "iifname" : "oifname") :
					     fw_value_text(TYPE_DEVICE, walk->bridge);
	return fw_value_text(TYPE_DEVICE, device);
}

/* "group", "type", "kind" behind "iif" or "oif". */
static struct value device_trait(struct fw_walk *walk, const char *key)
{
	const char *name = key[0] == 'i' ? walk->packet.in : walk->packet.out, *trait = key + 3;
	const struct fw_system *s = walk->system;
	struct fw_device device = { 0 };

	if (!name)
		return walk->bridge ? fw_value_unknown(walk, "meta", key) : absent();
	if (strcmp(trait, "type") == 0 && strcmp(name, "lo") == 0)
		return fw_value_number(TYPE_LINK, 16, 772);
	if (!s->device || !s->device(s->ctx, name, &device) || (strcmp(trait, "kind") == 0 && !device.kind))
		return fw_value_unknown(walk, "meta", key);
	return strcmp(trait, "kind") == 0 ? fw_value_text(TYPE_DEVICE, device.kind) :
	       strcmp(trait, "type") == 0 ? fw_value_number(TYPE_LINK, 16, device.link_type) : fw_value_number(TYPE_GROUP, 32, device.group);
}

static bool socket_of(struct fw_walk *walk, struct fw_socket *out, enum tri *found)
{
	const struct fw_packet *p = &walk->packet;
	const struct fw_system *s = walk->system;
	struct fw_address own = fw_address_of(p->family, p->is_own ? p->source : p->target);

	*out = (struct fw_socket){ 0 };
	*found = s->socket ? s->socket(s->ctx, &own, p->is_own ? p->source_port : p->target_port, out) : TRI_UNKNOWN;
	return *found == TRI_YES;
}

/* Who made it: an answer is the listener's; what comes in belongs to nobody yet, and the kernel's own resets to none. */
static struct value owner_of(struct fw_walk *walk, const char *key)
{
	const struct fw_packet *p = &walk->packet;
	struct fw_socket socket;
	enum tri found;

	if (!p->is_own || (p->is_reply && !p->has_socket))
		return absent();
	if (strcmp(key, "skuid") == 0 && p->is_reply && socket_of(walk, &socket, &found))
		return fw_value_number(TYPE_USER, 32, socket.uid);
	return fw_value_unknown(walk, "meta", key);
}

static struct value clock_of(struct fw_walk *walk, const char *key)
{
	const struct fw_system *s = walk->system;
	int64_t now = 0;
	long ahead = 0;

	if (!s->clock || !s->clock(s->ctx, &now, &ahead))
		return fw_value_unknown(walk, "meta", key);
	/* nft shows local time; days begin where the kernel's do. */
	return strcmp(key, "time") == 0 ? fw_value_number(TYPE_TIME, 64, (fw_number)(now + ahead)) :
	       strcmp(key, "hour") == 0 ? fw_value_number(TYPE_HOUR, 32, (fw_number)((now + ahead) % 86400)) :
					  fw_value_number(TYPE_DAY, 8, (fw_number)((now / 86400 + 4) % 7));
}

static struct value mark_of(struct fw_walk *walk)
{
	return walk->packet.mark_lost ? fw_value_unknown(walk, "meta", "mark") : fw_value_number(TYPE_NUMBER, 32, walk->packet.mark);
}

static struct value meta_of(struct fw_walk *walk, const char *key)
{
	const struct fw_packet *p = &walk->packet;
	bool is_in = key[0] == 'i', is_v4 = p->family == AF_INET;

	if (strcmp(key, "iifname") == 0 || strcmp(key, "iif") == 0 || strcmp(key, "oifname") == 0 || strcmp(key, "oif") == 0)
		return device_name(walk, is_in);
	if (strncmp(key, "iif", 3) == 0 || strncmp(key, "oif", 3) == 0)
		return device_trait(walk, key);
	if (strcmp(key, "ibrname") == 0 || strcmp(key, "obrname") == 0 || strcmp(key, "ibridgename") == 0 || strcmp(key, "obridgename") == 0)
		return walk->bridge && is_in == !p->is_own ? fw_value_text(TYPE_DEVICE, walk->bridge) : absent();
	if (strcmp(key, "sdifname") == 0 || strcmp(key, "sdif") == 0)
		return p->in && p->in_port ? fw_value_text(TYPE_DEVICE, p->in_port) : absent();
	if (strcmp(key, "mark") == 0)
		return mark_of(walk);
	if (strcmp(key, "l4proto") == 0)
		return fw_value_number(TYPE_PROTOCOL, 8, p->protocol);
	if (strcmp(key, "nfproto") == 0)
		return fw_value_number(TYPE_FAMILY, 8, is_v4 ? 2 : 10);
	if (strcmp(key, "protocol") == 0)
		return fw_value_number(TYPE_ETHER, 16, is_v4 ? 0x0800 : 0x86dd);
	if (strcmp(key, "pkttype") == 0)
		return fw_value_number(TYPE_PACKET, 8, 0);
	if (strcmp(key, "length") == 0)
		return p->protocol == IPPROTO_TCP ? either(TYPE_NUMBER, 16, 40, 80) : either(TYPE_NUMBER, 16, 56, 1280);
	if (strcmp(key, "skuid") == 0 || strcmp(key, "skgid") == 0 || strcmp(key, "cgroup") == 0)
		return owner_of(walk, key);
	if (strcmp(key, "time") == 0 || strcmp(key, "hour") == 0 || strcmp(key, "day") == 0)
		return clock_of(walk, key);
	if (strcmp(key, "cpu") == 0)
		return either(TYPE_NUMBER, 32, 0, (fw_number)(sysconf(_SC_NPROCESSORS_CONF) > 1 ? sysconf(_SC_NPROCESSORS_CONF) - 1 : 0));
	/* Neither through IPsec nor given a class. */
	if (strcmp(key, "secpath") == 0 || strcmp(key, "ipsec") == 0 || strcmp(key, "nftrace") == 0)
		return fw_value_number(TYPE_NUMBER, 1, 0);
	if (strcmp(key, "priority") == 0 && !p->is_own)
		return fw_value_number(TYPE_PRIORITY, 32, 0);
	return fw_value_unknown(walk, "meta", key);
}

/* Of the two directions of a connection, as it was before any translation and as its answers come. */
static struct value original_of(struct fw_walk *walk, const char *key, bool is_reply)
{
	const struct fw_packet *p = &walk->packet;
	bool wants_source = strstr(key, "saddr") || strstr(key, "src");
	unsigned bits = p->family == AF_INET ? 32 : 128;
	uint16_t port;

	if ((strncmp(key, "ip ", 3) == 0 && p->family != AF_INET) || (strncmp(key, "ip6", 3) == 0 && p->family != AF_INET6))
		return absent();
	/* A reply's source is what the first packet was sent on to. */
	if (is_reply && strstr(key, "addr"))
		return fw_value_number(TYPE_ADDRESS, bits, wants_source == p->is_reply ? p->source : p->target);
	if (strstr(key, "addr"))
		return fw_value_number(TYPE_ADDRESS, bits, wants_source ? p->original_source : p->original_target);
	port = is_reply ? (wants_source == p->is_reply ? p->source_port : p->target_port) :
			  (wants_source ? p->original_source_port : p->original_target_port);
	return port ? fw_value_number(TYPE_PORT, 16, port) : either(TYPE_PORT, 16, 1024, 65535);
}

static struct value ct_of(struct fw_walk *walk, const struct tree *ct)
{
	const struct fw_packet *p = &walk->packet;
	const char *key = string_at(ct, "key");

	if (strcmp(key, "state") == 0)
		return fw_value_number(TYPE_STATE, 32, p->state);
	if (p->state & (CT_INVALID | CT_UNTRACKED))
		return absent();
	if (strcmp(key, "status") == 0)
		return fw_value_number(TYPE_STATUS, 32, p->status);
	if (strcmp(key, "direction") == 0)
		return fw_value_text(TYPE_DIRECTION, p->is_reply ? "reply" : "original");
	if (strcmp(key, "mark") == 0)
		return p->connection_mark_lost ? fw_value_unknown(walk, "ct", key) : fw_value_number(TYPE_NUMBER, 32, p->connection_mark);
	if (strcmp(key, "l3proto") == 0)
		return fw_value_number(TYPE_FAMILY, 8, p->family == AF_INET ? 2 : 10);
	if (strcmp(key, "protocol") == 0)
		return fw_value_number(TYPE_PROTOCOL, 8, IPPROTO_TCP);
	if (strcmp(key, "helper") == 0)
		return absent();
	if (strcmp(key, "zone") == 0)
		return fw_value_number(TYPE_NUMBER, 16, 0);
	if (strcmp(key, "label") == 0 && !walk->sets_labels)
		return fw_value_number(TYPE_NUMBER, 128, (fw_number)1 << 127);
	/* Counted or not, this is the first packet. */
	if (strcmp(key, "packets") == 0)
		return either(TYPE_NUMBER, 64, 0, p->is_reply ? 2 : 1);
	if (strcmp(key, "bytes") == 0 || strcmp(key, "avgpkt") == 0)
		return either(TYPE_NUMBER, 64, 0, 160);
	if (strstr(key, "addr") || strncmp(key, "proto-", 6) == 0)
		return original_of(walk, key, strcmp(string_at(ct, "dir"), "reply") == 0);
	return fw_value_unknown(walk, "ct", key);
}

static bool flag_of(const struct tree *fib, const char *flag)
{
	const struct tree *flags = tree_get(fib, "flags"), *item;

	if (tree_is(flags, TREE_TEXT))
		return strcmp(tree_text(flags), flag) == 0;
	tree_foreach(flags, item)
		if (tree_is(item, TREE_TEXT) && strcmp(tree_text(item), flag) == 0)
			return true;
	return false;
}

/* "missing" and "exists" are false and true; else the device's name. */
static struct value way(const char *device)
{
	return (struct value){ .known = TRI_YES, .type = TYPE_DEVICE, .text = device ? device : "", .number = device != NULL, .bits = 1 };
}

/* Asks the routing table about one of the packet's addresses. */
static struct value fib_of(struct fw_walk *walk, const struct tree *fib)
{
	const char *result = string_at(fib, "result"), *device = NULL, *type;
	const struct fw_packet *p = &walk->packet;
	const struct fw_system *s = walk->system;
	bool of_source = flag_of(fib, "saddr"), of_device = flag_of(fib, "iif") || flag_of(fib, "oif");
	struct fw_route route = { 0 };
	struct fw_route_query query = { .to = fw_address_of(p->family, p->target), .mark = flag_of(fib, "mark") ? p->mark : 0 };
	enum tri back;

	if (strcmp(result, "type") == 0) {
		type = fw_address_type(walk, of_source ? p->source : p->target);
		if (!type || (of_device && strcmp(type, "local") == 0 && !(p->in && strcmp(p->in, "lo") == 0)))
			return fw_value_unknown(walk, "fib", "type");
		return fw_value_text(TYPE_ROUTE, type);
	}
	if (of_source) {
		back = fw_way_back(walk, flag_of(fib, "iif"), flag_of(fib, "mark"), &device);
		return back == TRI_UNKNOWN ? (struct value){ .known = TRI_UNKNOWN } : way(back == TRI_YES ? device : NULL);
	}
	if (fw_is_local(walk, p->target))
		return way(NULL);
	if (!s->route || !s->route(s->ctx, &query, &route))
		return fw_value_unknown(walk, "fib", result);
	return way(route.type == FW_ROUTE_UNICAST ? route.device : NULL);
}

/* The socket that the packet is for, or that it comes from. nft_socket: nothing matches without one. */
static struct value socket_field(struct fw_walk *walk, const char *key)
{
	struct fw_socket socket;
	enum tri found;

	if (!socket_of(walk, &socket, &found))
		return found == TRI_NO ? absent() : fw_value_unknown(walk, "socket", key);
	if (strcmp(key, "transparent") == 0)
		return fw_value_number(TYPE_NUMBER, 8, socket.is_transparent);
	if (strcmp(key, "wildcard") == 0)
		return fw_value_number(TYPE_NUMBER, 8, socket.is_any);
	if (strcmp(key, "mark") == 0)
		return fw_value_number(TYPE_NUMBER, 32, socket.mark);
	return fw_value_unknown(walk, "socket", key);
}

/* The route that was chosen: none before that decision. */
static struct value rt_of(struct fw_walk *walk, const struct tree *rt)
{
	const char *key = string_at(rt, "key");

	if (strcmp(key, "ipsec") == 0)
		return fw_value_number(TYPE_NUMBER, 1, 0);
	return fw_value_unknown(walk, "rt", key);
}

/* Any of `mod` numbers. */
static struct value by_chance(const struct tree *body)
{
	long long mod = tree_integer(tree_get(body, "mod")), offset = tree_integer(tree_get(body, "offset"));
	struct value v = either(TYPE_NUMBER, 32, (fw_number)(offset > 0 ? offset : 0), (fw_number)((offset > 0 ? offset : 0) + (mod > 1 ? mod - 1 : 0)));

	v.is_chance = true;
	return v;
}

bool fw_value_field(struct fw_walk *walk, const char *key, const struct tree *body, struct value *out)
{
	if (strcmp(key, "payload") == 0)
		*out = payload_of(walk, body);
	else if (strcmp(key, "meta") == 0)
		*out = meta_of(walk, string_at(body, "key"));
	else if (strcmp(key, "ct") == 0)
		*out = ct_of(walk, body);
	else if (strcmp(key, "fib") == 0)
		*out = fib_of(walk, body);
	else if (strcmp(key, "tcp option") == 0)
		*out = option_of(walk, body);
	else if (strcmp(key, "exthdr") == 0 || strcmp(key, "ip option") == 0 || strcmp(key, "sctp chunk") == 0)
		*out = missing(body);
	else if (strcmp(key, "socket") == 0)
		*out = socket_field(walk, string_at(body, "key"));
	else if (strcmp(key, "rt") == 0)
		*out = rt_of(walk, body);
	else if (strcmp(key, "ipsec") == 0)
		*out = absent();
	else if (strcmp(key, "numgen") == 0 || strcmp(key, "jhash") == 0 || strcmp(key, "symhash") == 0)
		*out = by_chance(body);
	else
		return false;
	return true;
}
