/* What the facts of an audit amount to: grade, weaknesses grouped by what to change, certificate lint,
 * compliance with a profile. Pure: nothing is sent, nothing is printed. Everything lives in the arena
 * of the evidence. A fact that was not seen leaves a judgement unknown, with the reason. */
#ifndef WHY_ASSESS_ASSESS_H
#define WHY_ASSESS_ASSESS_H

#include "base/err.h"
#include "evidence/audit.h"
#include "lint/lint.h"
#include "rule/diagnosis.h"
#include "x509/cert.h"

/* ---- grade (grade.c) ---------------------------------------------------------------------------------- */

enum grade_letter { GRADE_UNKNOWN = 0, GRADE_A_PLUS, GRADE_A, GRADE_A_MINUS, GRADE_B, GRADE_C, GRADE_D, GRADE_E, GRADE_F,
		    GRADE_M, GRADE_T };

struct grade {
	enum grade_letter letter;
	enum grade_letter without_trust;        /* the letter if only trust and name were mended */
	bool has_score;
	int score, protocol, key_exchange, cipher;      /* 0 to 100 each */
	const char **capped_by;                 /* what lowered it, in words; hostile text possible */
	size_t n_capped_by, cap_capped_by;
	const char **unknown;                   /* what could not be judged, and would count */
	size_t n_unknown, cap_unknown;
};

const char *grade_letter_name(enum grade_letter letter);        /* "A+"; NULL for GRADE_UNKNOWN */

/* ---- weaknesses and what to change ---------------------------------------------------------------------- */

struct change {                 /* changes.def: one thing to change mends several weaknesses */
	const char *id;         /* "protocols" */
	const char *title;      /* "Switch the old protocols off" */
	const char *fix_id;     /* key into kb/fixes; NULL when it is no matter of server lines */
};

struct weakness {
	const char *id;         /* weaknesses.def, or "lint.*" */
	enum severity severity;
	const struct change *change;
	const char *title;      /* may quote the peer: escape when shown */
	const char **evidence;
	size_t n_evidence, cap_evidence;
	uint32_t *at;           /* for each line, the addresses of which it was said, as bits; 0: the target */
	size_t cap_at;
	const char *reference;
};

struct change_group {
	const struct change *change;
	enum severity severity;         /* the worst of them */
	const struct weakness **items;
	size_t n, cap;
};

/* ---- profiles (profile.h) --------------------------------------------------------------------------------- */

enum rule_outcome { RULE_PASS, RULE_FAIL, RULE_UNKNOWN, RULE_NOT_APPLICABLE };

struct rule_result {
	const char *what;       /* the rule as the profile has it: "protocols only TLS 1.2, TLS 1.3" */
	const char *source;     /* "RFC 9325 3.1.1" */
	enum rule_outcome outcome;
	const char *fact;       /* what was seen, or why it is not known */
	unsigned line;          /* of the profile */
	bool is_advice;         /* "should": does not count */
	const char *address;
};

struct compliance {
	const char *profile, *title, *version;
	enum tri complies;      /* unknown: nothing fails, but something could not be seen */
	struct rule_result *results;
	size_t n_results, cap_results;
};

const char *rule_outcome_name(enum rule_outcome outcome);       /* "pass", "fail", "unknown", "not_applicable" */

/* ---- the name and the stores ---------------------------------------------------------------------------------- */

/* May the name go onto the browsers' HSTS preload list? */
struct hsts_preload {
	enum tri eligible;      /* never YES: one visit does not see all subdomains */
	const char **reasons;
	size_t n_reasons, cap_reasons;
};

/* The timestamps of one leaf from one source: x509/ct.h. */
struct sct_list {
	const struct cert *leaf;
	const struct sct *items;
	size_t n;
};

/* Does the certificate lead to a root of another store? */
struct store_verdict {
	const char *path;
	enum tri trusts;
};

/* ---- the whole ------------------------------------------------------------------------------------------------ */

struct assessed {               /* one address */
	const struct audit *audit;
	struct grade grade;
	struct cert ***chains;  /* parsed: one list a chain of the audit */
};

struct assessment {
	const struct diagnosis *diagnosis;
	struct assessed *addresses;
	size_t n_addresses;
	const struct assessed *shown;           /* the one with the worst grade; NULL without any */
	struct weakness **weaknesses;           /* worst first */
	size_t n_weaknesses, cap_weaknesses;
	struct change_group *changes;           /* worst first */
	size_t n_changes;
	struct lint_report *lints;              /* one for each certificate of a server (the leaf of a chain) */
	size_t n_lints;
	struct hsts_preload *preload;           /* NULL: not HTTP, or no answer */
	size_t n_cookies;
	enum tri caa_allows;                    /* the authority that issued */
	const char *caa_because;                /* NULL: CAA was not asked for */
	enum tri tlsa_matches;
	const char *tlsa_because;               /* NULL: there are no TLSA records */
	struct store_verdict *stores;           /* --roots */
	size_t n_stores;
	struct sct_list *scts;                  /* what each leaf came with */
	size_t n_scts;
	bool has_ct_logs;                       /* --ct-logs: they were checked */
	const struct compliance *compliance;    /* NULL when no profile was asked for */
	const char *fix_for;                    /* --fix: the server to print a whole configuration for */
	bool fix_modern;                        /* for today's clients alone */
};

struct root_store {
	const char *path;
	struct trust *trust;
};

struct assess_options {
	const struct root_store *roots;
	size_t n_roots;
	const struct profile *profile;  /* NULL: none */
	struct ct_logs *ct_logs;        /* x509/ct.h; NULL: none */
	const char *fix_for;
};

/* The first entry of the audit with the same chain as entry `i`: itself for a new one. */
size_t assessed_first(const struct assessed *one, size_t i);

/* NULL without an audit in the evidence. */
const struct assessment *assess(const struct diagnosis *diagnosis, const struct assess_options *options);

/* ---- between the parts ---------------------------------------------------------------------------------------- */

void grade_build(struct arena *arena, const struct diagnosis *d, struct assessed *one);
/* Adds, or gives the one of that id and title that is there already. */
struct weakness *weakness_add(struct assessment *a, const char *id, const char *title);
/* What a row of weaknesses.def weighs by itself; and a vulnerability where there is one. */
enum severity weakness_severity(const char *id);
enum severity vulnerability_severity(const char *id);
bool vulnerability_is_known(const char *id);
void weakness_evidence(struct assessment *a, struct weakness *weakness, const char *fmt, ...) WHY_PRINTF(3, 4);
/* The same of the n-th address: said once, whatever number of addresses share it. */
void weakness_evidence_at(struct assessment *a, struct weakness *weakness, size_t nth_address, const char *fmt, ...)
	WHY_PRINTF(4, 5);
const struct change *change_find(const char *id);
/* Fill the weaknesses; each file one subject. */
void weak_tls(struct assessment *a, const struct assessed *one);
void weak_http(struct assessment *a);
void weak_csp(struct assessment *a, const struct http_evidence *http, const char *meta);
/* Does a policy say who may show the page in a frame? */
bool csp_guards_frames(const struct http_evidence *http);
void weak_certificate(struct assessment *a, const struct assess_options *options);
void weak_dns(struct assessment *a);
void lint_all(struct assessment *a);
void weaknesses_collect(struct assessment *a, const struct assess_options *options);

/* The STARTTLS protocols are opportunistic or not, but never HTTP. */
bool target_is_http(const struct target *target);

#endif
