/* Rules turn what was seen into findings. A rule never sends; one family a file, one row a rule. */
#ifndef WHY_RULE_RULE_H
#define WHY_RULE_RULE_H

#include "base/severity.h"
#include "evidence/evidence.h"

/* The place that is to be changed. */
struct finding_where {
	const char *file;               /* NULL where it is a rule */
	unsigned line;
	const char *table, *chain;      /* NULL where it is a file */
	long handle;                    /* 0: the chain's policy */
};

struct finding {
	const char *id;                 /* "certificate.expired" */
	enum layer layer;
	enum severity severity;
	bool fails;                     /* stops at least one mainstream client; else a warning or a note */
	const char *title;              /* one line, may quote the peer: escape when shown */
	const char **evidence;          /* lines; hostile text inside */
	size_t n_evidence, cap_evidence;
	const char *fix;                /* a sentence for this case, or the catalogue's */
	const char *shows;              /* a curl or openssl command that shows it, or NULL */
	const char *confidence;         /* "certain", "likely", "possible" */
	const char *const *references;  /* NULL-terminated */
	struct finding_where where;     /* file or table NULL: nowhere in particular */
	const struct visit *visit;      /* at which URL: the target's, a redirect's, a resource's */
	const struct finding *explained_by;     /* a failed finding of which this, failed or a note, is a consequence */
};

struct findings {
	struct arena *arena;
	struct finding **items;
	size_t n, cap;
};

/* Adds a finding with the catalogue's layer, severity, fix and references; the caller refines it.
 * `title` may be NULL for the catalogue's. */
struct finding *finding_add(struct findings *findings, const struct visit *visit, const char *id, const char *title);
/* "example.org:443", "[2001:db8::1]:443": as URLs and programs want it. */
const char *authority_text(struct arena *arena, const char *host, uint16_t port);
void finding_evidence(struct findings *findings, struct finding *finding, const char *fmt, ...) WHY_PRINTF(3, 4);
struct finding *finding_get(const struct findings *findings, const char *id);

/* A family of rules: looks at one visit, adds what it finds. */
struct rule {
	const char *name;               /* "cert_dates" */
	enum layer layer;
	void (*check)(const struct evidence *evidence, const struct visit *visit, struct findings *findings);
};

/* The catalogue (rule/causes.def): each id once. */
struct cause {
	const char *id;
	enum layer layer;
	enum severity severity;
	bool fails;                     /* by itself stops a mainstream client */
	const char *title;              /* "The certificate has expired" */
	const char *meaning;            /* two or three sentences for explain */
	const char *fix;                /* what to do, by whom */
	const char *fix_id;             /* key into kb/fixes, NULL when none */
	const char *const *references;
	const char *const *explains;    /* ids of failed findings and notes that this one accounts for; NULL-terminated */
};

const struct cause *cause_find(const char *id);
extern const struct cause causes[];
extern const size_t n_causes;

#endif
