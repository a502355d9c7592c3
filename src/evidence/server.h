/* The configuration of the server that stands behind a port: its files, its blocks, the certificates they
 * name, and which block answers. Facts as the configuration has them; texts from files are hostile. */
#ifndef WHY_EVIDENCE_SERVER_H
#define WHY_EVIDENCE_SERVER_H

#include <sys/types.h>

#include "base/arena.h"
#include "evidence/layer.h"

enum server_kind { SERVER_UNKNOWN = 0, SERVER_NGINX, SERVER_APACHE, SERVER_HAPROXY, SERVER_CADDY, SERVER_STUNNEL, SERVER_HITCH };

struct server_place {
	const char *file;               /* NULL: nowhere in particular */
	unsigned line;                  /* from 1 */
};

/* A socket that a block takes connections from. */
struct server_bind {
	struct server_place at;
	const char *address;            /* "192.0.2.1", "::1"; NULL: any address */
	int family;                     /* AF_INET, AF_INET6; 0: both */
	uint16_t port;                  /* 0: any port (Apache's "*") */
	bool is_tls, is_default, is_proxy_protocol, is_http2, is_strict_sni;
	bool is_v6_only;                /* [::] without IPv4 */
};

/* A certificate and the key that goes with it, as configured and as they lie on disk. */
struct server_pair {
	struct server_place at, key_at, chain_at;
	const char *cert_path, *key_path;       /* whole paths; NULL: not named, or not known before a handshake */
	const char *chain_path;                 /* a file of intermediates apart, or NULL */
	bool has_other_chain;                   /* the server completes the chain from other files */
	const char *password_path;              /* a file whose lines are tried on the key, or NULL */
	const char *password_from;              /* who else is asked for the key's password; NULL: nobody */
	bool is_read;                           /* a certificate was read: what follows is set */
	uint8_t sha256[32];                     /* of the leaf */
	size_t n_certs;
	const char *const *names;               /* of the leaf: CN and DNS names */
	size_t n_names;
	bool is_ecdsa;
	int64_t not_before_unix, not_after_unix;
	int64_t changed_unix;                   /* mtime of the certificate's file */
};

/* What a block is: an nginx server, an Apache VirtualHost, a line of a HAProxy crt-list or bind, a Caddy site. */
struct server_block {
	struct server_place at;
	const char **names;                     /* patterns in the server's own syntax */
	size_t n_names, cap_names;
	const struct server_place *name_at;     /* where each stands; NULL: at the block */
	struct server_bind *binds;
	size_t n_binds, cap_binds;
	struct server_pair *pairs;
	size_t n_pairs, cap_pairs;
	bool is_sni_only;                       /* names are matched against SNI alone */
	const char *refuses_because;            /* it answers, and ends each handshake; NULL: it does not */
	const void *of;                         /* the reader's own: its directive */
};

enum renewal_schedule { SCHEDULE_UNKNOWN = 0, SCHEDULE_NONE, SCHEDULE_DISABLED, SCHEDULE_MASKED, SCHEDULE_ACTIVE, SCHEDULE_OWN };

/* A certificate that a client of ACME keeps new, as that client's own files have it. */
struct server_renewal {
	const char *client;                     /* "certbot" */
	const char *name;                       /* the lineage, as the client calls it */
	struct server_place at;                 /* its configuration */
	const char *cert_path;                  /* what the server reads */
	bool is_chosen;                         /* of the block that answers */
	int64_t not_after_unix, due_unix;       /* due 0: not known */
	bool is_off;                            /* told not to renew */
	const char *error;                      /* the last attempt's, where it failed */
	struct server_place error_at;
	int64_t failing_since_unix;             /* 0: not known, or not failing */
	enum renewal_schedule schedule;
	const char *scheduled_by;               /* the unit or the file */
	const char *hook;                       /* what makes the server read the new file; NULL: nothing */
};

/* Something in the configuration or on disk that is not as it should be. */
struct server_fault {
	const char *cause;                      /* "host.key-mismatch" */
	struct server_place at;
	const char *title;                      /* NULL: the catalogue's */
	const char *lines[4];                   /* what was seen */
	size_t n_lines;
	const char *fix;                        /* the exact edit or command; NULL: the catalogue's */
	const char *shows;
	bool is_syntax;                         /* found by our own reader, which knows the place better than the program */
	bool is_minor;                          /* stops nobody by itself, or not this name */
};

struct server_evidence {
	enum server_kind kind;
	const char *kind_name;                  /* "nginx" */
	const char *version;                    /* "1.22.1", NULL when not known */
	const char *config;                     /* the file it begins with */
	pid_t pid;                              /* 0: none runs, or not asked */
	uid_t reader_uid;                       /* who reads keys at the start */
	int64_t process_started_unix;           /* 0: not known */
	const char **files;                     /* all that were read, in order */
	size_t n_files, cap_files;
	struct server_block **blocks;
	size_t n_blocks, cap_blocks;

	const struct server_block *chosen;      /* who answers; NULL: nobody, or not known */
	const char *chosen_because;
	const char *chosen_name;                /* the pattern that matched; NULL: the default */
	const char *undecided;                  /* why no block could be chosen for certain */

	bool is_tested;                         /* the server's own test was run */
	bool is_valid;
	const char *test_command, *test_output;

	bool has_served;                        /* the port was asked */
	uint8_t served_sha256[32];
	bool is_disk_known;
	uint8_t disk_sha256[32];                /* leaf of the chosen block */

	struct server_renewal *renewals;
	size_t n_renewals, cap_renewals;

	struct server_fault *faults;
	size_t n_faults, cap_faults;
	const char **unread;                    /* what could not be read, and why */
	size_t n_unread, cap_unread;
};

#endif
