/* Shared by the files of the firewall: rules as read, the packet, one walk through them. */
#ifndef WHY_FIREWALL_PARTS_H
#define WHY_FIREWALL_PARTS_H

#include "firewall/firewall.h"
#include "firewall/tree.h"

__extension__ typedef unsigned __int128 fw_number;      /* an address or any smaller value */

enum fw_tool { FW_NFT, FW_IPTABLES_NFT, FW_IPTABLES_LEGACY };
enum { FW_DEPTH_MAX = 24, FW_STEPS_MAX = 4000000, FW_FORKS_MAX = 24, FW_RUNS_MAX = 96, FW_TOKENS_MAX = 256 };
enum { CT_INVALID = 1, CT_ESTABLISHED = 2, CT_RELATED = 4, CT_NEW = 8, CT_UNTRACKED = 64 };
enum { CT_STATUS_SEEN_REPLY = 2, CT_STATUS_CONFIRMED = 8, CT_STATUS_SNAT = 16, CT_STATUS_DNAT = 32 };
enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32, TCP_ECE = 64, TCP_CWR = 128 };

struct fw_rule {
	long handle;            /* nft's, or the number in its chain */
	unsigned number;        /* from 1 in its chain */
	const struct tree *expr;           /* NULL: `tokens` alone */
	const char **tokens;    /* of iptables-save, behind -A CHAIN; ends with NULL */
	const char *text;       /* the line; NULL: written from expr when asked for */
	bool has_xt;            /* expr holds a match of iptables without its values */
};

struct fw_table;

struct fw_chain {
	const struct fw_table *table;
	const char *name;
	const char *hook;       /* NULL: no base chain */
	const char *type;       /* "filter", "nat", "route" */
	const char *device;     /* netdev; several are parted by blanks */
	int priority;
	bool drops;             /* policy */
	struct fw_rule *rules;
	size_t n_rules, cap_rules;
	struct fw_chain *next_in_bucket;
};

enum { FW_BUCKETS = 256 };

struct fw_table {
	enum fw_tool tool;
	const char *family;     /* "ip", "ip6", "inet", "netdev", "bridge", "arp" */
	const char *name;
	bool is_dormant;
	bool is_iptables;       /* nft holds it for iptables */
	struct fw_chain **chains;
	size_t n_chains, cap_chains;
	struct fw_chain *buckets[FW_BUCKETS];
	struct fw_table *next;
};

struct fw_set {
	const char *family, *table, *name;
	const struct tree *object;         /* nft's */
};

/* A limit or quota that has a name. */
struct fw_object {
	const char *kind, *family, *table, *name;
	const struct tree *object;
};

struct fw_ipset {
	const char *name, *type;
	const char **members;
	size_t n, cap;
};

struct fw_ruleset {
	struct arena *arena;
	struct fw_table *tables, **tables_end;
	struct fw_set *sets;
	size_t n_sets, cap_sets;
	struct fw_object *objects;
	size_t n_objects, cap_objects;
	struct arena *trees;    /* of JSON, which the rules point into; NULL: none yet */
	struct fw_ipset *ipsets;
	size_t n_ipsets, cap_ipsets;
	size_t n_rules;
	bool has_ufw, has_firewalld;
};

struct fw_chain *fw_chain_find(const struct fw_table *table, const char *name);
struct fw_chain *fw_chain_add(struct fw_ruleset *set, struct fw_table *table, const char *name);
struct fw_table *fw_table_add(struct fw_ruleset *set, enum fw_tool tool, const char *family, const char *name);
struct fw_table *fw_table_find(const struct fw_ruleset *set, enum fw_tool tool, const char *family, const char *name);

/* ---- the packet ---------------------------------------------------------------------------- */

struct fw_packet {
	int family;
	fw_number source, target;
	uint16_t source_port, target_port;
	const char *in, *out;           /* devices; NULL: none yet */
	const char *in_port;            /* of `in`, where that is a VRF; NULL: it is none */
	uint32_t mark, connection_mark;
	bool mark_lost, connection_mark_lost;   /* a rule set it to what is not known */
	unsigned state, status;
	uint8_t protocol;               /* of IP: TCP; ICMP and ICMPv6 for what refuses a SYN */
	uint8_t icmp_type;
	uint8_t flags;
	bool is_reply, is_own;          /* is_own: made on this machine */
	bool has_socket;                /* is_own: made by a listening socket, and not by the kernel alone */
	fw_number original_source, original_target;     /* of the connection's first packet, before translation */
	uint16_t original_source_port, original_target_port;
};

/* What a rule put into a set while the connection passed (nft's "add @s { ip saddr }", SET, recent). */
struct fw_added {
	const char *set;                /* its name; with the table's for nft */
	const struct fw_table *table;   /* NULL: an ipset or a list of the recently seen */
	const void *key;                /* nft: struct value */
	fw_number address;
	uint16_t port;
	bool is_removed;
	struct fw_added *before;
};

/* A rule, or a chain's policy (`rule` NULL), that is to be mended by a rule before it. */
struct fw_waived {
	const struct fw_chain *chain;
	const struct fw_rule *rule;
	const char *cause;              /* with `chain` NULL: a setting */
	const struct fw_waived *next;
};

enum fw_outcome { FW_GOES_ON, FW_RETURNS, FW_ACCEPTS, FW_DROPS, FW_REJECTS, FW_ENDS_UNKNOWN };

/* One walk: the choices made where something was unknown, in order. */
struct fw_walk {
	struct arena *arena;
	struct fw_ruleset *set;
	const struct fw_system *system;
	struct fw_packet packet;
	size_t steps;
	bool choices[FW_FORKS_MAX];
	size_t n_choices, n_asked;
	const char *reasons[FW_FORKS_MAX];
	const struct fw_rule *reason_rules[FW_FORKS_MAX];
	const struct fw_chain *reason_chains[FW_FORKS_MAX];
	bool is_overrun;                /* more choices or steps than allowed */
	/* The rule that ended it. */
	const struct fw_chain *chain;
	const struct fw_rule *rule;
	bool by_policy;
	const char *reject, *because;
	const char *hook;
	const struct fw_chain *at_chain;        /* being followed now */
	const struct fw_rule *at_rule;
	const char *bridge;             /* inside the hooks of this bridge; NULL: not */
	/* Translation asked for by a nat rule. */
	bool has_target, to_self;       /* to_self: to an address of the device it came in on */
	bool has_source;                /* masquerade, snat: new_target holds it, family 0: the way's own */
	bool is_tracked, was_untracked, is_translated, is_masked;
	bool was_answered;
	bool is_answered;               /* by the filter itself (synproxy): no further hook sees it */
	struct fw_address new_target;
	uint16_t new_port;
	uint16_t taken_port;            /* of the transparent socket that takes it; 0: none */
	const char *why;                /* of the last TRI_UNKNOWN */
	struct fw_added *added;
	bool sets_labels;
	bool is_later;                  /* what the client sends once the connection is open */
	fw_number later_target, later_source;   /* as they were translated */
	uint16_t later_port;
	/* Where it was already stopped, and is taken to be mended: for what stops it next. */
	const struct fw_waived *waived;
};

/* Is `answer` yes? Unknown is tried both ways. */
bool fw_choose(struct fw_walk *walk, enum tri answer, const struct fw_chain *chain, const struct fw_rule *rule);

/* One rule against the walk's packet: what it does, `*jump` where it goes on in another chain (`*is_goto`
 * without return). */
enum fw_outcome fw_nft_rule(struct fw_walk *walk, const struct fw_chain *chain, const struct fw_rule *rule,
			    const struct fw_chain **jump, bool *is_goto);
enum fw_outcome fw_save_rule(struct fw_walk *walk, const struct fw_chain *chain, const struct fw_rule *rule,
			     const struct fw_chain **jump, bool *is_goto);
/* `bypass`: passes where nobody reads. */
enum fw_outcome fw_queue(struct fw_walk *walk, unsigned first, unsigned last, bool bypass);
void fw_set_target(struct fw_walk *walk, const char *address, unsigned port);
void fw_set_source(struct fw_walk *walk, const char *address);
/* TPROXY: hands the packet to a transparent socket of this machine. TRI_NO: there is none. */
enum tri fw_to_socket(struct fw_walk *walk, const char *address, unsigned port);

/* An expression against values: see value.c. */
enum tri fw_nft_match(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *match);
/* The data that a map gives for its key; NULL with TRI_NO, or TRI_UNKNOWN. */
enum tri fw_nft_map(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *key, const struct tree *data, const struct tree **found);
/* TRI_NO: a map without such a key, at which the rule ends. */
enum tri fw_nft_number(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *expr, fw_number *out);
/* "add @s { ... }", "delete @s { ... }" */
void fw_nft_add(struct fw_walk *walk, const struct fw_chain *chain, const struct tree *set);
const struct tree *fw_nft_object(const struct fw_walk *walk, const struct fw_chain *chain, const char *kind, const char *name);
const char *fw_nft_text(struct arena *arena, const struct tree *expr);

enum tri fw_ipset_match(struct fw_walk *walk, const char *name, const char *directions);

/* walk.c: all chains of a hook in their order. FW_GOES_ON, or what ended it with walk->chain, rule, by_policy. */
enum fw_outcome fw_hook_run(struct fw_walk *walk, const char *hook);
/* netdev: a device's chains. */
/* The same for the tables of family bridge, while the frame passes through the bridge `device`. */
enum fw_outcome fw_bridge_run(struct fw_walk *walk, const char *hook, const char *device, const char *port);
enum fw_outcome fw_device_run(struct fw_walk *walk, const char *hook, const char *device);
/* fix.c: the command that lets the packet pass where `walk` was ended. */
const char *fw_fix(const struct fw_walk *walk, const struct firewall_verdict *verdict, uint16_t port, bool is_out);

fw_number fw_number_of(const struct fw_address *address);
struct fw_address fw_address_of(int family, fw_number number);
bool fw_is_local(struct fw_walk *walk, fw_number address);
/* "LOCAL", "UNICAST", ... of an address; NULL unknown. */
const char *fw_address_type(struct fw_walk *walk, fw_number address);
/* Does the way back to the source go out by the device it came in on? */
enum tri fw_way_back(struct fw_walk *walk, bool same_device, bool by_mark, const char **device);
enum tri fw_tri(bool value);
enum tri fw_not(enum tri value);
bool fw_prefix_match(fw_number a, fw_number b, unsigned len, int family);

#endif
