/* What all readers share: files with their lines, a tree of directives, faults. A reader keeps what it does not
 * know; a file that cannot be read is a line in `unread` or a fault, never the end. */
#ifndef WHY_SERVER_CONF_H
#define WHY_SERVER_CONF_H

#include <sys/stat.h>

#include "base/span.h"
#include "evidence/host.h"
#include "evidence/server.h"

enum { CONF_FILES_MAX = 4096, CONF_DEPTH_MAX = 32, CONF_NODES_MAX = 400000, CONF_BYTES_MAX = 8 << 20, CONF_PATH_MAX = 4096 };

/* A directive; where `is_block`, what it holds is in `first`. */
struct conf_node {
	struct server_place at;
	const char **words;             /* words[0] is the directive's name; ends with NULL */
	size_t n_words, cap_words;
	bool is_block;
	unsigned end_line;              /* of a block: where it is closed, 0 where it is not */
	struct conf_node *parent, *first, *last, *next;
};

struct trust;

struct conf {
	struct arena *arena;
	struct server_evidence *server;
	const struct host_evidence *host;       /* NULL: not looked at */
	const struct trust *trust;      /* what is trusted here; NULL: not known */
	void *resolved;                 /* resolve.c: names that were asked for */
	bool is_resolver_silent;
	int64_t loaded_ns;              /* when the process that runs with this configuration was started, 0: not known */
	pid_t loaded_by;
	size_t n_near;                  /* files that a search for a certificate or a key opened */
	size_t n_neighbours;            /* files looked at that no configuration names */
	const char *root_dir;           /* all paths lie below it (a container's, an image's); NULL: "/" */
	const char *base;               /* relative paths begin here */
	const char *name;               /* asked for, or NULL */
	uint16_t port;                  /* asked about */
	const struct host_process *process;     /* whose configuration it is; NULL: none runs, or another was named */
	const char *more_configs[16];   /* of HAProxy: each -f behind the first, in order */
	size_t n_more_configs;
	const char *service_user;       /* whose rights the service has while it serves; NULL: not said */
	const struct conf_node *root;   /* the tree, once read */
	const struct conf_node *passed_over;    /* the first section with TLS in it whose condition does not hold; NULL: none */
	int64_t now_unix;               /* the time that counts */
	size_t n_nodes;
	unsigned depth;                 /* of includes */
	bool is_json;                   /* not the server's usual syntax (Caddy) */
	size_t bytes;
	bool is_full;                   /* more directives than are kept: said already */
	const char *open[CONF_DEPTH_MAX];       /* the files that are being included, outermost first */
};

/* False (and why, in `errno`) where it cannot be read. The file is noted in server->files. */
bool conf_load(struct conf *conf, const char *path, struct span *text);
/* As open(2), stat(2), access(2) with F_OK, all below root_dir: absolute links inside of it as well. */
int conf_open(const struct conf *conf, const char *path, int flags);
bool conf_stat(const struct conf *conf, const char *path, struct stat *st);
bool conf_exists(const struct conf *conf, const char *path);
/* `path` itself when absolute, else below `base`. */
const char *conf_path(const struct conf *conf, const char *base, const char *path);
/* The files that a pattern of glob(7) names, sorted; at most CONF_FILES_MAX. */
size_t conf_glob(struct conf *conf, const char *pattern, const char *const **paths);
/* A variable of a process's environment, NULL where it is not set or must not be read. */
const char *conf_variable(struct conf *conf, pid_t pid, const char *name);
/* dirname(3), in the arena. */
const char *conf_folder(struct conf *conf, const char *path);

struct conf_node *conf_node_new(struct conf *conf, struct conf_node *parent, const char *file, unsigned line);
/* More directives than are kept: said once, and then nothing may be concluded from the end of a file. */
bool conf_is_full(struct conf *conf, const char *file);
void conf_word_add(struct conf *conf, struct conf_node *node, const char *word);
const char *conf_word(const struct conf_node *node, size_t i);          /* "" past the last */
bool conf_is(const struct conf_node *node, const char *name);           /* case does not count */
bool conf_has_word(const struct conf_node *node, const char *word);     /* among those behind the name */
/* The last directive of that name in `in` itself; NULL when none. */
const struct conf_node *conf_last(const struct conf_node *in, const char *name);
/* The same, then in the blocks around it. */
const struct conf_node *conf_inherited(const struct conf_node *in, const char *name);

struct server_fault *conf_fault(struct conf *conf, const char *cause, struct server_place at, const char *title);
void conf_fault_line(struct conf *conf, struct server_fault *fault, const char *fmt, ...) WHY_PRINTF(3, 4);
void conf_unread(struct conf *conf, const char *fmt, ...) WHY_PRINTF(2, 3);

struct server_block *conf_block_new(struct conf *conf, struct server_place at);
struct server_bind *conf_bind_add(struct conf *conf, struct server_block *block, struct server_place at);
/* "443", "*:443", ":443", "192.0.2.1:443", "[::]:443", "192.0.2.1"; `port` where none is given. False: a socket of another sort. */
bool conf_bind_parse(struct conf *conf, const char *text, uint16_t port, struct server_bind *bind);

struct server_choice;

/* A name with a star at its beginning or its end, or none; the case of letters does not count. */
bool conf_name_match(const char *pattern, const char *name);

/* Puts the children of `of` in the place of `node`, which leaves the tree. `before`: the sibling before it, or NULL. */
void conf_splice(struct conf_node *node, struct conf_node *before, struct conf_node *of);

/* host.config-invalid where OpenSSL takes no suite of the list (`is_tls13`: of those of TLS 1.3); for servers whose own test does not look. */
void conf_ciphers_valid(struct conf *conf, const char *list, bool is_tls13, struct server_place at, const char *fix);
/* host.backend-down where `address` ("127.0.0.1:8080", "unix:/run/x.sock") lies on this machine and nobody listens. */
void conf_backend(struct conf *conf, const char *address, uint16_t port, struct server_place at, bool is_minor);
/* The socket of a block that takes the connection: one bound to the very address before one to any. NULL: none. */
const struct server_bind *conf_bind_for(const struct server_block *block, const struct server_choice *choice, bool wants_address);
/* Old protocols among the words behind the name, and TLS 1.3 left out: host.config-weak. */
void conf_ciphers_check(struct conf *conf, const char *list, struct server_place at, const char *fix);

struct server_choice {
	const char *address;            /* of this machine; NULL: any */
	int family;
	uint16_t port;
	const char *name;               /* NULL: none was sent */
};

/* One server program. */
struct server_reader {
	enum server_kind kind;
	const char *name;
	const char *const *programs;    /* names of its process; ends with NULL */
	const char *const *configs;     /* where its configuration usually lies; ends with NULL */
	void (*read)(struct conf *conf, const char *path);
	void (*choose)(struct conf *conf, const struct server_choice *choice);
	/* What is wrong in it, after one was chosen. */
	void (*check)(struct conf *conf, const struct server_choice *choice);
	const char *version_option;     /* with which its program says what it is */
	/* Where a process whose command line names no configuration has it; NULL: the usual place. May be absent. */
	const char *(*config_left)(struct conf *conf, const struct host_process *p);
};

extern const struct server_reader server_nginx, server_apache, server_haproxy, server_caddy, server_stunnel, server_hitch;

/* files.c: looks at what the pairs of all blocks name. `now_unix`: the time that counts. */
void server_files(struct conf *conf, int64_t now_unix);
/* other_files.c: is there what else the configuration names: authorities, revocation lists, parameters? */
void server_other_files(struct conf *conf);
/* Reads a pair's certificate without judging, for servers that choose by what is in it. */
void server_pair_read(struct conf *conf, struct server_pair *pair);

struct cert;
/* As conf_load(), and the file is noted nowhere. */
bool server_load_quiet(struct conf *conf, const char *path, struct span *text);
/* A plain key in PEM, that of the certificate; false says nothing. */
bool server_key_fits(struct conf *conf, struct span text, const struct cert *leaf);
/* read_pem.c: the certificates that a server takes out of a file; `problem`: why it stops there, NULL when it does not. */
size_t server_certs_read(struct conf *conf, struct span text, struct cert ***certs, const char **problem);
bool server_takes_pkcs12(const struct conf *conf, struct span text);
/* What a file is that no certificate (or key) can be read from ("is DER, not PEM"), and the command that makes FILE.pem of it, or NULL. */
const char *server_form(struct conf *conf, struct span text, const char *path, bool wants_key, const char **command);

/* chained.c: the server behind this one on the same machine. */
struct chained {
	const struct server_bind *bind;         /* its socket */
	const struct conf_node *redirect;       /* where it redirects to https; NULL: nowhere */
};

bool chained_find(struct conf *conf, const char *address, struct chained *out);
/* host.proxy-protocol-mismatch where the one sends what the other does not expect, or the other way round. */
void chained_proxy_protocol(struct conf *conf, const char *address, bool sends, struct server_place at);
/* Adds to `fault` where the one behind redirects to https again. */
void chained_redirect(struct conf *conf, const char *address, struct server_fault *fault);
/* server.c: the configuration of who listens on the port, read without judging; NULL: not known. */
const struct server_evidence *server_peer(struct conf *conf, uint16_t port);

/* run.c: what a fixed program printed; its exit status, or -1. */
int server_run(struct conf *conf, const char *const *argv, const char **output);
/* Asks the server's own program whether the configuration is valid. */
void server_test(struct conf *conf, const char *const *argv);
/* trust.c: the first part of an absolute path that another user than root and ourselves may change, links followed; NULL: none. */
const char *server_open_to_others(struct conf *conf, const char *path);
/* Root's process or our own: what it was started with is no other user's word. */
bool server_process_is_ours(const struct host_process *p);

/* redirects.c: http.redirect-loop where the block redirects all it gets over TLS to its own https address. */
void redirects_check(struct conf *conf, const struct server_choice *choice);

/* message.c: the directive that a message without a line is about, by what it quotes or names; no file where none fits. */
struct server_place conf_place_guess(struct conf *conf, const char *message);

/* What the server's own test says there is a slip that the reader has found already: the words go to that fault. */
bool conf_is_read_fault(struct conf *conf, struct server_place at, const char *message);

/* regex.c: does a server name match a regular expression; TRI_UNKNOWN where it says what we do not follow. */
enum tri conf_regex_match(struct arena *arena, const char *pattern, const char *name);

/* nginx_check.c, apache_check.c, haproxy_check.c */
void nginx_check(struct conf *conf, const struct server_choice *choice);
void apache_check(struct conf *conf, const struct server_choice *choice);
void haproxy_check(struct conf *conf, const struct server_choice *choice);

/* The tree of each syntax, from memory: for tests and fuzzers. `root` is a block. */
void nginx_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text);
void apache_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text);
void haproxy_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text);
void caddy_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text);
void hitch_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text);
/* json_tree.c: a JSON object as such a tree. False where a fault says what is wrong with it. */
bool json_tree_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text);
void stunnel_parse(struct conf *conf, struct conf_node *root, const char *file, struct span text);

#endif
