/* What the machine itself tells when why443 runs on the server: who listens, what its firewall and its
 * routes do with a connection, whether the name leads here. Facts only, as in evidence.h; what could not
 * be read is in `unread`, never an empty list that looks like "none". */
#ifndef WHY_EVIDENCE_HOST_H
#define WHY_EVIDENCE_HOST_H

#include <sys/socket.h>
#include <sys/types.h>

#include "base/arena.h"
#include "evidence/layer.h"

struct server_evidence;         /* evidence/server.h: configuration and certificate files */

struct host_process {
	pid_t pid;
	const char *name;       /* comm; hostile text, as all that a process says of itself */
	const char *exe;        /* NULL when not readable */
	const char *const *argv;/* ends with NULL; NULL when not readable */
	size_t n_argv;
	const char *unit;       /* systemd: "nginx.service"; NULL outside of any */
	const char *container;  /* its id, NULL on the machine itself */
	unsigned uid;           /* of the process that holds the socket (nginx: the master) */
	bool has_uid;           /* it is known, and the real one */
	const char *state;      /* "stopped", "traced", "waiting for a disk", "dead"; NULL: it runs or sleeps */
	uint64_t n_descriptors, max_descriptors;        /* 0: not readable */
};

/* A listening TCP socket, sock_diag(7). Ports and addresses of this network namespace. */
/* A socket that systemd holds until somebody connects: systemd.socket(5). */
struct host_socket_unit {
	const char *name, *path;        /* "web.socket" */
	unsigned line;                  /* of its ListenStream= */
	const char *service;            /* what a connection starts */
	const char *state;              /* of the service: "failed (exit-code)"; NULL: not known */
};

struct host_listener {
	int family;
	struct sockaddr_storage sockaddr;
	const char *address;    /* "0.0.0.0", "::", "127.0.0.1" */
	uint16_t port;
	bool is_any, is_loopback;
	bool is_v6_only;        /* of "::": takes no IPv4 */
	const char *device;     /* SO_BINDTODEVICE, or NULL */
	uint32_t queued, backlog;       /* connections that wait for accept(), and how many may */
	uint32_t uid, inode, mark;      /* mark: SO_MARK */
	bool is_transparent;    /* IP_TRANSPARENT */
	const struct host_process *process;     /* NULL: not found, see host_evidence.owners */
	const struct host_socket_unit *socket_unit;     /* where systemd itself is the process; NULL: none that was found */
};

struct host_address {
	int family;
	struct sockaddr_storage sockaddr;
	const char *text;
	const char *device;
	unsigned device_index, prefix_len;
	bool is_loopback, is_link_local, is_global;
	bool is_tentative;      /* IPv6: duplicate address detection not over, or failed */
};

enum firewall_end { FIREWALL_UNKNOWN = 0, FIREWALL_ACCEPT, FIREWALL_DROP, FIREWALL_REJECT };

/* What becomes of one connection's packets. Texts are those of the rules: hostile. */
struct firewall_verdict {
	enum firewall_end end;
	const char *direction;  /* "in": the SYN; "reply": the SYN-ACK on its way back; "out" with --out: the own SYN */
	const char *from, *to;  /* addresses */
	const char *tool;       /* "nft", "iptables-nft", "iptables-legacy", "route", "sysctl"; NULL: nothing decided */
	const char *family;     /* of the table: "ip", "ip6", "inet", "netdev" */
	const char *table, *chain, *hook;
	long handle;            /* nft's handle, or the rule's number in its chain; 0: none */
	bool is_policy;         /* the chain's policy decided */
	const char *rule;       /* its text; for route and sysctl the route or "net.ipv4.ip_forward=0" */
	const char *reject;     /* with FIREWALL_REJECT: "tcp reset", "icmp port-unreachable" */
	const char *to_address; /* where the connection is translated to, NULL when it is not */
	uint16_t to_port;
	enum tri listens;       /* does a socket of this machine take it at its end? TRI_UNKNOWN: it goes on, or never gets there */
	const char *because;    /* with FIREWALL_UNKNOWN, and where it is odd: why */
	const char *fix;        /* the command that mends it, NULL when there is none to give */
	const char *cause;      /* "host.firewall-drops", ..., "host.forwarding-off"; NULL with FIREWALL_ACCEPT */
	const char *in_device, *out_device;
	const struct firewall_verdict *later;   /* with FIREWALL_ACCEPT: what stops the packets that follow; NULL: nothing */
};

struct host_clock {
	bool is_read;
	bool is_synchronized;   /* adjtimex: the kernel is told that a time service steers it */
	double error_ms;        /* maximum error as the kernel holds it */
};

struct host_evidence {
	uint16_t port;
	uint16_t served_port;   /* where a translation on this machine leads, and a socket takes it; else `port`; 0: not looked at */
	const char *name;       /* --name, NULL */
	const char *config, *kind, *root;       /* --config, --kind, --root, NULL */
	const char *from, *to;  /* as asked, NULL */
	bool is_out;            /* --out */
	bool is_root;
	bool is_remote;         /* --with: the other side's, read from its report */
	bool is_joined;         /* beside a diagnosis of the target over the network: --here, --with */

	enum tri listeners_read;        /* sock_diag answered */
	struct host_listener *listeners;/* all TCP listeners; those on `port` have their process looked up first */
	size_t n_listeners, cap_listeners;
	bool owners_hidden;     /* some owners belong to other users and were not readable */
	struct host_process **processes;/* the owners of listeners, each once */
	size_t n_processes, cap_processes;

	struct host_address *addresses;
	size_t n_addresses, cap_addresses;
	bool has_default_v4, has_default_v6;
	enum tri routes_read;

	struct firewall_verdict *firewall;      /* one for each local address looked at */
	size_t n_firewall, cap_firewall;
	const struct firewall_verdict *worst;   /* the one that counts, NULL when none was looked at */
	size_t n_rules;                         /* read, of all tools */

	enum tri name_resolves, name_is_here;   /* --name: any address; one of them is this machine's */
	const char *name_addresses;             /* "192.0.2.1, 2001:db8::1" */
	const char *hosts_line;                 /* of the hosts file, where it names `name` */
	bool is_probed;                         /* TLS was spoken with the port from here */
	struct host_clock clock;

	const char **unread;    /* "iptables-legacy-save: not permitted" ... */
	size_t n_unread, cap_unread;
	const struct server_evidence *server;
	double elapsed_ms;
};

/* Another machine's or this one's view counts for a target of the same port alone. */
static inline bool host_is_about(const struct host_evidence *host, uint16_t port)
{
	return host && (!host->is_joined || host->port == port);
}

#endif
