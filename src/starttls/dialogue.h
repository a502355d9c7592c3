/* What is said in plain text before TLS can begin: STARTTLS in its many forms, and what a proxy wants
 * to hear before it opens a tunnel. Bytes in, bytes out, facts in struct dialogue_evidence; no I/O and
 * no clock. Each dialogue ends: lines, their number and all bytes together are capped. */
#ifndef WHY_STARTTLS_DIALOGUE_H
#define WHY_STARTTLS_DIALOGUE_H

#include "base/arena.h"
#include "evidence/evidence.h"

struct dialogue;

/* Whom it is about. */
struct dialogue_ask {
	const char *host;               /* the server's name, or its address */
	uint16_t port;                  /* for proxies: where the tunnel leads */
	struct sockaddr_storage address;        /* socks4 and socks5: the tunnel's end; AF_UNSPEC where `host` is sent */
	const char *user, *password;    /* for proxies; NULL: none */
};

struct dialogue_protocol {
	const char *name;               /* as in `openssl s_client -starttls`; of proxies the URL's scheme */
	const char *title;              /* "SMTP" */
	const char *command;            /* what asks for TLS: "STARTTLS", "AUTH TLS" */
	bool peer_first;                /* it speaks before we do */
	void (*begin)(struct dialogue *d);
	/* Looks at all bytes that came and were not taken; returns how many it takes, 0: more are needed. */
	size_t (*take)(struct dialogue *d, struct span bytes);
	bool wraps_handshake;           /* records of the handshake travel in packets of the protocol (TDS) */
};

extern const struct dialogue_protocol *const dialogue_protocols[];      /* ends with NULL; protocols.def */
/* Of STARTTLS protocols, by name; NULL when there is none. */
const struct dialogue_protocol *starttls_find(const char *name);
/* By the scheme of a proxy's URL. */
const struct dialogue_protocol *tunnel_find(const char *scheme);

/* Begins it. `out` is filled as it goes on. */
struct dialogue *dialogue_new(struct arena *arena, const struct dialogue_protocol *protocol,
			      const struct dialogue_ask *ask, struct dialogue_evidence *out);
/* Bytes to write now; empty when there are none. After new and after each receive. */
struct span dialogue_send(struct dialogue *d);
void dialogue_receive(struct dialogue *d, struct span bytes);
/* The peer is gone or says nothing more: fault CLOSED, RESET or SILENT. */
void dialogue_end(struct dialogue *d, enum dialogue_fault how);
bool dialogue_over(const struct dialogue *d);
/* The value of Proxy-Authorization and of Authorization: RFC 7617 2. */
const char *tunnel_basic(struct arena *arena, const char *user, const char *password);
/* After success: what came behind the last answer. */
struct span dialogue_rest(const struct dialogue *d);

/* ---- for the protocols ------------------------------------------------------------------------ */

struct dialogue {
	struct arena *arena;
	const struct dialogue_protocol *protocol;
	const struct dialogue_ask *ask;
	struct dialogue_evidence *out;
	unsigned state;                 /* the protocol's own */
	uint8_t *bytes;                 /* not taken yet */
	size_t n_bytes;
	size_t n_all, n_lines;
	struct span to_send;
	bool is_over;
};

/* Sends this next (copied). */
void dialogue_say(struct dialogue *d, const char *text);
void dialogue_say_bytes(struct dialogue *d, struct span bytes);
/* It led to where it should; what is left in the buffer came too early. */
void dialogue_done(struct dialogue *d);
/* It fails here; `line` (may be empty) is the answer that decided. */
void dialogue_fail(struct dialogue *d, enum dialogue_fault fault, int code, struct span line);
/* The first bytes show that the peer speaks something else: TLS, or a protocol of another name. A single
 * byte that could be either decides nothing yet: the caller takes none and is called again. */
void dialogue_foreign(struct dialogue *d, struct span bytes);
/* Where the command is refused: not offered, if the list was without it. */
void dialogue_refused(struct dialogue *d, int code, struct span line);
/* Adds an entry to what the peer lists. */
void dialogue_offer(struct dialogue *d, struct span entry);

/* Cuts the next line off, without CR LF; false when it is not whole. `*n` is what it takes. */
bool dialogue_line(struct span bytes, struct span *line, size_t *n);
/* A first word of ASCII letters, case ignored, then a blank or the end. */
bool line_begins(struct span line, const char *word);
/* Anywhere in the line as a word of its own, case ignored. */
bool line_has_word(struct span line, const char *word);
/* "250-": three digits; 0 when it does not begin with such. `*is_last`: no hyphen follows. */
int line_code(struct span line, bool *is_last);

#endif
