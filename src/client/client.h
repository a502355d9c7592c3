/* What a client shows: one model a file in client/models/, one row in clients.def. */
#ifndef WHY_CLIENT_CLIENT_H
#define WHY_CLIENT_CLIENT_H

#include "evidence/evidence.h"

enum client_outcome { CLIENT_OK, CLIENT_WARNING, CLIENT_ERROR };

struct client_texts;            /* client/shows.h */

struct client_result {
	enum client_outcome outcome;
	const char *error;      /* exactly the client's own code or name; NULL where it shows the page */
	bool has_number;
	int64_t number;
	const char *message;    /* what it prints, NULL when nothing */
	enum tri overridable;   /* may the user go on */
	const char *page;       /* which page it shows: "about:neterror?e=nssFailure2", ... or NULL */
	enum layer layer;       /* at which layer it stops, LAYER_NONE when it does not */
	bool tried;             /* from its own hello, not derived */
	const char *unknown;    /* set instead of a guess: why this cannot be told */
	uint16_t version, suite, group; /* what it gets; 0 unknown */
};

/* The certificates a client was given and what it trusts. */
struct chain_case {
	struct arena *arena;
	const struct cert *const *sent;         /* parsed, leaf first, as sent; a cert that does not parse is there
	                                         * with .malformed set */
	size_t n_sent;
	const struct trust *trust;              /* x509/trust.h */
	const char *host;                       /* name or address; NULL: not asked */
	bool host_is_ip;
	int64_t now_unix;
	struct span staple;
	bool has_staple;
	enum { RESPONDER_SILENT = 0, RESPONDER_GOOD, RESPONDER_REVOKED } responder;     /* what OCSP said when asked */
	struct span *crls;                      /* DER */
	size_t n_crls;
	uint16_t tls_version, suite;            /* 0 for a chain on disk */
};

struct client {
	const char *id;         /* "chrome": the contract's name */
	const char *title;      /* "Chrome" */
	const char *version;    /* "156" */
	const char *hello;      /* id in the hello profiles (kb/hello_profiles) */
	bool is_mainstream;     /* Chrome, Firefox, Safari, curl: decide status and exit code */
	/* Judges a chain; leaves outcome CLIENT_OK where it is accepted. */
	void (*chain)(const struct client *client, const struct chain_case *in, struct client_result *out);
	/* All that is no certificate: its words for each way of failing (client/shows.h). */
	const struct client_texts *texts;
};

extern const struct client *const clients[];    /* ends with NULL */
const struct client *client_find(const char *id);

/* Can it speak to a target that is not of the web: TLS libraries can, whatever runs above them; curl
 * knows a few of the protocols; browsers none. */
bool client_speaks(const struct client *client, const struct target *target);

/* What `client` shows for the visit, redirects followed. */
/* Was the client's own hello answered otherwise than the attempt that stands for it where its own was not sent. */
bool client_tried_differs(const struct client *client, const struct visit *visit, const struct attempt **tried,
			  const struct attempt **derived);
void client_predict(const struct client *client, const struct evidence *evidence, const struct visit *visit,
		    struct client_result *out);

#endif
