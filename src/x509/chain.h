/* What the certificates of a server amount to: every path from its leaf to a trusted root, what is
 * wrong on each, and which one stands for the server. RFC 5280 6, RFC 4158. */
#ifndef WHY_X509_CHAIN_H
#define WHY_X509_CHAIN_H

#include "x509/issuer.h"
#include "x509/ocsp.h"
#include "x509/trust.h"

enum { CHAIN_DEPTH_MAX = 32, CHAIN_PATHS_MAX = 16, CHAIN_STEPS_MAX = 10000 };

/* Worst last: a path with lesser faults wins. */
enum chain_fault {
	CHAIN_FAULT_NONE = 0,
	CHAIN_EXPIRED, CHAIN_NOT_YET_VALID,
	CHAIN_WRONG_EKU,                /* a CA's EKU without serverAuth */
	CHAIN_NO_CERT_SIGN,
	CHAIN_PATH_LENGTH,
	CHAIN_NAME_CONSTRAINTS,
	CHAIN_UNKNOWN_CRITICAL,
	CHAIN_NOT_CA,
	CHAIN_WEAK_SIGNATURE,
	CHAIN_SIGNATURE_UNSUPPORTED,
	CHAIN_BAD_SIGNATURE,
	CHAIN_MALFORMED
};

struct chain_problem {
	enum chain_fault fault;
	size_t at;                      /* certificate of the path, 0 the leaf */
	const char *detail;             /* our words with hostile names in them; may be NULL */
};

enum cert_source { FROM_SERVER, FROM_TRUST, FROM_AIA };

struct chain_path {
	const struct cert *certs[CHAIN_DEPTH_MAX];      /* leaf first */
	enum cert_source source[CHAIN_DEPTH_MAX];
	size_t n;
	bool is_trusted;                /* ends at a root of the store */
	bool is_public;                 /* and that is one browsers ship */
	struct chain_problem *problems;
	size_t n_problems, cap_problems;
	unsigned badness;
};

/* Certificates that AIA gave. */
struct chain_extra {
	struct cert *cert;
	const char *url;
};

struct chain_facts {
	struct cert **sent;
	size_t n_sent;
	size_t sent_bytes;              /* of all, with their three-byte lengths */
	const struct cert *leaf;        /* sent[0] */
	const struct trust *trust;
	const struct chain_extra *extra;
	size_t n_extra;
	const char *host;
	bool is_ip;
	int64_t now_unix;
	struct span staple;
	bool has_staple;
	const struct span *crls;
	size_t n_crls;

	struct chain_path *paths;
	size_t n_paths;
	bool cut;                       /* a cap was reached before all paths were seen */
	const struct chain_path *best;  /* NULL only without a decodable leaf */
	const struct chain_path *served;        /* best one without AIA's help; may be `best` */

	bool leaf_self_signed;          /* issuer, subject and key are its own */
	bool leaf_trusted;              /* the very certificate lies in the store */
	bool name_matches;              /* true when no host was asked */
	bool is_trusted;                /* best->is_trusted */
	bool needs_aia;                 /* only with AIA's help: certificate.missing-intermediate */
	const struct cert *missing_below;       /* the certificate whose issuer is neither sent nor trusted */
	struct issuer_guess missing_is; /* what that issuer is by all that tells; a root is missed by clients, not from the chain */
	const struct chain_extra *missing_found;        /* it, from AIA; NULL when not found */
	const char *missing_pem;        /* what to append to the chain file */
	bool out_of_order;
	bool *is_unneeded;              /* for each sent: not on the best path, a copy, or the root */
	size_t n_unneeded, n_duplicates;
	struct ocsp_verdict staple_verdict;

	/* What was fetched, when it was. */
	const char *ocsp_url;           /* the responder asked; NULL: none was */
	const char *ocsp_error;         /* why it gave no answer */
	struct ocsp_verdict ocsp_verdict;
	const char *crl_url;            /* asked where no responder is named */
	const char *crl_error;
};

struct chain_input {
	const struct span *sent;        /* DER, leaf first */
	size_t n_sent;
	const struct trust *trust;      /* NULL: nothing is trusted */
	const struct chain_extra *extra;
	size_t n_extra;
	const char *host;               /* NULL: not asked */
	bool is_ip;
	int64_t now_unix;
	struct span staple;
	bool has_staple;
	const struct span *crls;        /* DER */
	size_t n_crls;
};

/* NULL without certificates. */
struct chain_facts *chain_facts_build(struct arena *arena, const struct chain_input *in);

/* Problem of this kind on the best path at or above `from`, or NULL. */
const struct chain_problem *chain_problem_find(const struct chain_path *path, enum chain_fault fault, size_t from);
/* URLs worth fetching for this chain: the caIssuers URLs of the certificate whose issuer is missing. */
size_t chain_wanted_urls(const struct chain_facts *facts, const struct span **urls);

#endif
