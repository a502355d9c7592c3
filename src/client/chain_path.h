/* What the models that build paths themselves share: certificates seen through libcrypto with the
 * facts a verifier asks for, names matched by RFC 6125, name constraints (RFC 5280 4.2.1.10), and
 * OCSP staples (RFC 6960). Each model keeps its own order of checks. */
#ifndef WHY_CLIENT_CHAIN_PATH_H
#define WHY_CLIENT_CHAIN_PATH_H

#include <openssl/x509v3.h>

#include "client/client.h"

enum { PATH_CERTS_MAX = 128, PATH_DEPTH_MAX = 16 };

enum link_digest { DIGEST_OTHER, DIGEST_MD5, DIGEST_SHA1, DIGEST_SHA224, DIGEST_SHA2, DIGEST_NONE };
enum link_key { KEY_OTHER, KEY_RSA, KEY_RSA_PSS, KEY_EC, KEY_ED25519, KEY_ED448, KEY_DSA };

/* One certificate. */
struct link {
	X509 *x;                        /* NULL: does not decode */
	struct span der, subject, issuer, spki;
	int version;                    /* 1, 2, 3 */
	bool bad_time;
	int64_t not_before, not_after;
	bool is_self_issued;
	bool is_root;                   /* from the trust store */
	bool is_public_root;
	const char *organization;       /* of a public root */
	int64_t logged_unix;            /* its earliest embedded timestamp; 0: none */

	bool has_basic, is_ca, bad_basic;
	long path_len;                  /* -1: none */
	bool has_key_usage;
	uint32_t key_usage;             /* KU_* of openssl/x509v3.h */
	bool has_eku, empty_eku, eku_server, eku_any, eku_client, eku_ocsp;
	bool has_san, has_constraints, bad_extension;
	bool bad_names;                 /* subjectAltName: none, not ASCII, or an address of no size that exists */
	bool writes_default;            /* "critical FALSE", which DER leaves out */
	bool has_duplicate;             /* an extension twice */
	bool unknown_critical;          /* none of the RFC 5280 extensions */
	bool critical_policy;           /* policy mappings, policy constraints, inhibit anyPolicy */
	bool must_staple;
	bool negative_serial;

	enum link_digest digest;
	bool is_odd_pss;        /* a salt or a mask that is not its digest's */
	bool is_pss, algorithm_differs, known_algorithm;
	enum link_key key;
	int key_bits;
	int curve;                      /* NID, 0: explicit or none */
};

/* All that was sent, leaf first, and the roots that can matter. */
struct links {
	const struct chain_case *in;
	struct link *sent;
	size_t n_sent;
	struct link *roots;
	size_t n_roots;
};

void links_open(struct links *links, const struct chain_case *in);
void links_close(struct links *links);

/* TLS_RSA_...: the server decrypts what the client made up, and signs nothing. */
bool is_rsa_exchange(uint16_t suite);

/* Is the child's signature the parent key's? */
bool link_signed_by(const struct link *child, const struct link *parent);
/* Do the policies of a path (leaf first) satisfy what its authorities demand: RFC 5280 6.1.3 (d) to (f). Any
 * policy is fine for the client itself. */
bool links_satisfy_policies(const struct link *const *path, size_t n);
/* What the browsers know against the authority of a public root; NULL: nothing. */
const struct kb_distrusted *link_distrusted(const struct link *anchor);
/* The store holds this very certificate. */
const struct link *links_root_same(const struct links *links, const struct link *link);
bool link_same(const struct link *a, const struct link *b);
bool link_self_signed(const struct link *link);
/* Names equal by X.500's rules (case, blanks), not byte by byte. */
bool link_issued_by_name(const struct link *child, const struct link *parent);

const char *link_common_name(struct arena *arena, const struct link *link);

/* How the host is matched. */
enum { MATCH_COMMON_NAME = 1, MATCH_PARTIAL_WILDCARD = 2, MATCH_TLD_WILDCARD = 4,
       MATCH_PUBLIC_SUFFIX_WILDCARD = 8,
       MATCH_NO_FINAL_DOT = 16 /* a certificate's name that ends in a dot is none */ };
bool link_matches_host(const struct link *leaf, const struct chain_case *in, unsigned how);
/* The DNS names and addresses of the SAN; counts of each kind. */
struct link_names {
	size_t n_dns, n_ip, n_other;
	const char *dns;                /* "a.test, b.test" */
	const char *ips;
};
struct link_names link_names(struct arena *arena, const struct link *leaf);
bool dns_name_matches(struct span pattern, struct span host, unsigned how);

/* Name constraints of `ca` over the names of `subject`: X509_V_OK, or OpenSSL's code. */
int link_constraints(const struct link *ca, const struct link *subject);

enum staple_status { STAPLE_NONE, STAPLE_GOOD, STAPLE_REVOKED, STAPLE_UNKNOWN, STAPLE_OTHER_CERTIFICATE,
		     STAPLE_EXPIRED, STAPLE_NOT_YET, STAPLE_BAD_SIGNATURE, STAPLE_WRONG_SIGNER,
		     STAPLE_ERROR_RESPONSE,
		     STAPLE_MALFORMED };
struct staple {
	enum staple_status status;
	int response;                   /* OCSPResponseStatus with STAPLE_ERROR_RESPONSE */
};
struct staple link_staple(const struct chain_case *in, const struct link *leaf,
			  const struct link *issuer);
/* Revoked by a CRL of the case, signed by the issuer and current. */
bool link_revoked_by_crl(const struct chain_case *in, const struct link *leaf,
			 const struct link *issuer);

/* Sets an error of the certificate layer. */
void chain_stop(struct client_result *out, const char *error, int64_t number, const char *message);

#endif
