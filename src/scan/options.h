/* What is asked of a scan: plain data, filled by the public API. Zero is "not asked". */
#ifndef WHY_SCAN_OPTIONS_H
#define WHY_SCAN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct why_resolve {
	const char *host;       /* "" for any */
	uint16_t port;          /* 0 for any */
	const char *address;    /* an address; with connect_to also a name */
	uint16_t to_port;       /* connect_to only; 0 keeps the port */
};

struct why_options {
	const char *target;
	const char *starttls;
	const char *servername;         /* --servername: SNI and name to check */
	const char *name;               /* --name, for file */
	const char *const *paths;       /* for file */
	size_t n_paths;
	const char *password;           /* --passin, for file: of keys and PKCS #12; NULL: none given */
	const struct why_resolve *resolve, *connect_to;
	size_t n_resolve, n_connect_to;
	const char *cacert, *cert, *key;
	const char *proxy_cacert;       /* NULL: the system's roots, as curl has it, whatever cacert says */
	const char *const *crls;
	size_t n_crls;
	bool ipv4_only, ipv6_only;
	const char *proxy;              /* "" turns those of the environment off */
	const char *noproxy;            /* in place of no_proxy */
	const char *interface;
	unsigned max_time_ms;           /* 0: 30,000; an audit 120,000 */
	unsigned connect_timeout_ms;    /* 0: 10,000, less when the path shows that nothing will come */
	unsigned compare_port;          /* 0: 80, or 443 */
	bool has_now;
	int64_t now_unix;
	bool no_external;
	const char *as_client;          /* --as: a client's id, or "all" */
	unsigned samples;               /* whole exchanges with each address; 0: none, some hellos alone */
	bool audit;                     /* audit each address after the diagnosis */
	unsigned pool, delay_ms;        /* audit: connections at once (0: 20), pause between them */
	const char *transcript, *replay;        /* files to write, to read */
	const char *profile;            /* audit: a name, or a file of the user's */
	const char *ct_logs;            /* audit: a list of Certificate Transparency logs, or NULL */
	const char *const *roots;       /* audit: other root stores to ask */
	size_t n_roots;
	const char *fix_for;            /* audit: nginx, apache, haproxy, caddy */
	unsigned port;                  /* here: 0: 443 */
	const char *from, *to;          /* here: addresses of a client and of this machine */
	const char *config, *kind;      /* here: the server's configuration, and whose it is */
	const char *root;               /* here: the files are those below this folder */
	bool here;                      /* look at this machine too */
	const char *with;               /* the other side: a file of `here --json` */
	bool out;                       /* here: this machine's own requests */
	bool threads;                   /* --tasks=threads */
};

#endif
