/* What a packet filter and the routing of Linux do with one TCP connection: rules as `nft -j list ruleset`,
 * iptables-save and `ipset save` print them are read, and the connection's SYN and the answer to it are
 * followed through them. No I/O: what only the kernel knows comes through struct fw_system. What cannot be
 * decided from the text ends as FIREWALL_UNKNOWN with its reason, unless both ways end alike. */
#ifndef WHY_FIREWALL_FIREWALL_H
#define WHY_FIREWALL_FIREWALL_H

#include "base/arena.h"
#include "base/span.h"
#include "evidence/host.h"

struct fw_ruleset;

struct fw_ruleset *fw_ruleset_new(struct arena *arena);
/* Frees what is not the arena's; verdicts stay valid. */
void fw_ruleset_release(struct fw_ruleset *set);
/* Each adds what it reads; 0, or -1 where the text is no such listing (nothing is added then). Hostile text. */
int fw_read_nft(struct fw_ruleset *set, struct span json);
/* The same, read in pieces while it is printed; nothing is read behind its end. `read` gives 0 at the end. */
int fw_read_nft_from(struct fw_ruleset *set, size_t (*read)(void *buffer, size_t n, void *ctx), void *ctx);
/* The kernel's older tables; or the text of rules that nftables holds, which `nft -j` shows without the values of
 * iptables' matches: read after fw_read_nft(), or alone where nft itself is not there. `family` AF_INET or AF_INET6. */
enum fw_save { FW_SAVE_BESIDE_NFT, FW_SAVE_LEGACY, FW_SAVE_ALONE };
int fw_read_save(struct fw_ruleset *set, struct span text, int family, enum fw_save sort);
int fw_read_ipset(struct fw_ruleset *set, struct span text);
void fw_set_dormant(struct fw_ruleset *set, const char *family, const char *table);
/* Chains of a device whose name the listing does not tell: some versions leave it out of their JSON. */
bool fw_lacks_devices(const struct fw_ruleset *set);
/* `nft list chains`: gives those names. */
void fw_read_devices(struct fw_ruleset *set, struct span text);
bool fw_has_table(const struct fw_ruleset *set, const char *family, const char *table);
/* Does nftables hold tables of the names that iptables uses? */
bool fw_has_iptables(const struct fw_ruleset *set, int family);
size_t fw_n_rules(const struct fw_ruleset *set);

struct fw_address {
	int family;             /* AF_INET: the last 4 of the 16 bytes count */
	uint8_t bytes[16];
};

struct fw_route_query {
	struct fw_address to, from;     /* from.family 0: not given */
	const char *in_device;          /* NULL: this machine's own packet */
	uint32_t mark;
	uint16_t from_port, to_port;    /* of TCP, for rules of policy routing that ask; 0: not known */
};

enum fw_route_type { FW_ROUTE_NONE, FW_ROUTE_UNICAST, FW_ROUTE_LOCAL, FW_ROUTE_BROADCAST, FW_ROUTE_MULTICAST,
		     FW_ROUTE_BLACKHOLE, FW_ROUTE_UNREACHABLE, FW_ROUTE_PROHIBIT };

struct fw_route {
	enum fw_route_type type;        /* NONE: there is none */
	const char *device;             /* goes out by it */
	const char *const *devices;     /* of all the hops that it may take; NULL: `device` alone */
	size_t n_devices;
	bool is_on_link;                /* no gateway */
	const char *table;              /* "main", "100"; NULL unknown */
	const char *text;               /* as `ip route` names one that stops packets: "blackhole 192.0.2.0/24"; NULL: not found */
	struct fw_address source;       /* preferred; family 0: none */
};

struct fw_device {
	unsigned group, link_type;
	const char *kind;               /* of its driver, as in `ip -d link`, "" none; NULL: not known */
	const char *vrf;                /* that it belongs to; NULL: none */
};

struct fw_socket {
	bool is_transparent, is_any;    /* IP_TRANSPARENT; bound to no address */
	uint32_t uid, mark;
};

struct fw_system {
	void *ctx;
	/* False: not known. */
	bool (*route)(void *ctx, const struct fw_route_query *query, struct fw_route *out);
	bool (*is_local)(void *ctx, const struct fw_address *address);
	/* "net.ipv4.conf.eth0.rp_filter", dots between device names' parts as they are; "net.ipv4.fwmark_reflect" with `device` NULL. */
	bool (*sysctl)(void *ctx, const char *family, const char *device, const char *name, long *value);
	/* Connections that are tracked now; -1: not known. */
	long (*connections)(void *ctx);
	/* Has NFQUEUE `number` a reader? */
	enum tri (*queue)(void *ctx, unsigned number);
	/* Is the device a bridge? `*port` its only port, NULL where it has none or several. May be absent: none is. */
	bool (*bridge)(void *ctx, const char *device, const char **port);
	/* What is known of a device: its group, the number of its link type, its kind ("veth"; "" none). May be absent. */
	bool (*device)(void *ctx, const char *device, struct fw_device *out);
	/* The socket that listens there. TRI_UNKNOWN: the sockets could not be listed. May be absent. */
	enum tri (*socket)(void *ctx, const struct fw_address *address, uint16_t port, struct fw_socket *out);
	/* How often a list of iptables' match "recent" saw the address; 0: it is not on it, -1: not known. May be absent: never. */
	long (*recent)(void *ctx, const char *list, const struct fw_address *address);
	/* Seconds since 1970, and those that local time is ahead; false: not known. May be absent. */
	bool (*clock)(void *ctx, int64_t *now, long *ahead);
};

struct fw_query {
	struct fw_address from, to;     /* with is_out: from this machine (family 0: as routed) to a server */
	uint16_t port;
	const char *in_device;          /* where the SYN comes in; NULL for is_out */
	bool is_out;
	bool has_listener;              /* else the answer is a reset */
	/* Where a socket takes it, in by `device`; NULL: as has_listener. */
	bool (*listens)(void *ctx, const struct fw_address *address, uint16_t port, const char *device);
	void *listens_ctx;
};

/* Follows the connection. Texts live in `arena`. */
struct firewall_verdict fw_follow(struct arena *arena, struct fw_ruleset *set, const struct fw_system *system,
				  const struct fw_query *query);

const char *fw_address_text(struct arena *arena, const struct fw_address *address);
bool fw_address_parse(const char *text, struct fw_address *out);

#endif
