/* The lab: a street of servers on loopback, each broken in one way that its scene file describes.
 * Everything is set up once, in one arena, before the first connection; after that the threads
 * only read it. */
#ifndef WHY_LAB_LAB_H
#define WHY_LAB_LAB_H

#include <stdatomic.h>
#include <stdio.h>
#include <openssl/ssl.h>

#include "base/arena.h"

#define LAB_WAIT_SECONDS 180    /* no connection is held longer */

struct line {
	const char *word, *rest;
	unsigned number;
};

struct script {
	struct step *steps;
	size_t n, cap;
};

struct scene {
	const char *name, *path;
	struct line *lines;
	size_t n_lines, cap_lines;
	const char *host;
	unsigned port;
	int listeners[2];       /* one a family */
	size_t n_listeners;
	struct far_place *far;  /* behind two routers; NULL: on loopback */
	const char *resolver;   /* its address: the scene is about DNS; NULL: it is not */
	struct site *site;      /* NULL: no TLS here */
	struct bent *bent;      /* NULL: not a bent server */
	struct script script, h2_script;        /* the second where h2 was agreed on; may be empty */
	struct script before;   /* in plain text before TLS: STARTTLS; mostly empty */
	struct when *whens;     /* its rules about hellos */
	size_t n_whens, cap_whens;
	struct span answer;     /* to an HTTP request */
	atomic_uint n_connections, second, n_in_second;
};

struct lab {
	struct arena *arena;
	struct scene *scenes;
	size_t n_scenes, cap_scenes;
	struct pki *pki;
	struct far *far;        /* routers and their namespaces; NULL: none */
	const char *state_dir;
	const char *host;       /* given: every server's name, whatever its scene says */
	unsigned base_port;     /* 0: ports that are free */
	int parked[16];         /* connections of our own that keep a full accept queue full */
	size_t n_parked;
};

/* Ends the program: the lab is a tool, and a scene that cannot be set up is a mistake in it. */
void lab_fail(const char *fmt, ...) WHY_PRINTF(1, 2) WHY_NORETURN;

/* The line that is worked on: lab_fail() names it. NULL: none. */
void lab_at(const struct scene *scene, const struct line *line);

/* Scene files that the program holds, generated from lab/scenes. */
struct lab_text {
	const char *name, *text;
};

extern const struct lab_text lab_texts[];
extern const size_t n_lab_texts;

/* scene.c */
void scene_read(struct lab *lab, const char *path);
void scene_take(struct lab *lab, const char *path, const char *text);
const char *scene_get(const struct scene *scene, const char *word);     /* the first, or NULL */
const struct line *scene_next(const struct scene *scene, const char *word, const struct line *after);
bool scene_is(const struct scene *scene, const char *word, const char *value);
struct scene *lab_scene(struct lab *lab, const char *name);

/* check.c: fails with the line's place where it says nothing that can be meant. */
void scene_check_line(struct lab *lab, const struct scene *scene, const struct line *line);

/* text.c: words of a scene file */
const char *text_option(struct arena *arena, const char *text, const char *key);        /* key=value, or NULL */
bool text_has(const char *text, const char *word);
size_t text_split(char *text, const char *marks, char **parts, size_t cap);
struct span text_unescape(struct arena *arena, const char *text);
const char *text_expand(struct lab *lab, const struct scene *scene, const char *text);

/* listen.c */
void listen_open(struct lab *lab, struct scene *scene, size_t nth);
void listen_run(struct lab *lab, int signals, bool stdin_too);

/* far.c: two routers and a server in network namespaces. */
/* Makes them where a scene wants them. Where that cannot be, says why on standard error and leaves those scenes out. */
void far_open(struct lab *lab);
void far_close(struct lab *lab);
void far_leave_out(struct lab *lab);
/* Scenes behind the routers: the sockets that serve them; sets their port. */
void far_listen(struct lab *lab, struct scene *scene);
const char *far_addresses(const struct lab *lab, const struct scene *scene);      /* "A,B"; NULL: not far */
bool scene_is_far(const struct scene *scene);
/* The router's address that the scene's client sees; hop 1 or 2. */
const char *far_hop(const struct scene *scene, unsigned hop);

/* dns.c: resolvers on port 53. Where that port is not to be had, says why on standard error and leaves those scenes out. */
void dns_open(struct lab *lab);
void dns_listen(struct lab *lab, struct scene *scene, size_t nth);
bool scene_is_dns(const struct scene *scene);
bool dns_line_is_good(const char *text);

/* quic.c: answers Version Negotiation on this bound UDP socket, for ever. */
void quic_answer(struct lab *lab, int fd, const char *versions);

/* manifest.c: what serves where, for people and programs */
void manifest_print(const struct lab *lab);
void manifest_table(const struct lab *lab, FILE *to, bool is_served);
void manifest_json(const struct lab *lab, FILE *to, bool is_served);
void manifest_write(const struct lab *lab);

/* serve.c: one accepted connection; closes it */
void serve(struct scene *scene, int fd);

#endif
