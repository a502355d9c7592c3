/* The names of what goes over the wire: cipher suites, groups, signature schemes, alerts,
 * extensions and protocol versions, as IANA registers them, with the facts by which they are
 * judged. The tables are generated from src/kb/data/ at build time (tools/gen-kb) and constant;
 * every look-up is a binary search. Names are never NULL in a table; facts that do not apply
 * are NULL. */
#ifndef WHY_KB_NAMES_H
#define WHY_KB_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How good a suite is: the class of the table's own rule (data/suites.tsv, head). */
enum kb_class {
	KB_CLASS_NONE,          /* no cipher at all: a signalling value or GREASE */
	KB_CLASS_INSECURE,
	KB_CLASS_WEAK,
	KB_CLASS_SECURE,
	KB_CLASS_RECOMMENDED,
};

struct kb_suite {
	uint16_t code;                  /* 0xC02F */
	const char *name;               /* IANA: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" */
	const char *openssl;            /* "ECDHE-RSA-AES128-GCM-SHA256", or NULL */
	const char *gnutls;             /* or NULL */
	const char *key_exchange;       /* "ECDHE", "DHE", "RSA", "PSK", ...; NULL in TLS 1.3 */
	const char *authentication;     /* "RSA", "ECDSA", "anon", ...; NULL in TLS 1.3 */
	const char *encryption;         /* "AES", "CHACHA20", "3DES", "RC4", "NULL", ... */
	const char *mode;               /* "GCM", "CBC", "CCM", "POLY1305", or NULL */
	const char *mac;                /* "SHA1", "SHA256", "MD5"; NULL for AEAD */
	const char *prf;                /* hash of the PRF (1.2) or HKDF (1.3), or NULL */
	uint16_t bits;                  /* nominal key length; 0 for none */
	uint16_t first_version;         /* 0x0300 ... 0x0304; 0 unknown */
	uint16_t last_version;
	bool has_forward_secrecy;
	bool is_export;
	bool is_aead;
	bool is_iana;                   /* assigned by IANA; else draft, vendor, reserved */
	bool is_signal;                 /* SCSV or GREASE: never chosen */
	char recommended;               /* IANA's column: 'Y', 'N', 'D', or '-' */
	enum kb_class class;
};

/* NULL for a code that no table knows. */
const struct kb_suite *kb_suite(uint16_t code);
const struct kb_suite *kb_suite_by_name(const char *name);      /* IANA, OpenSSL or GnuTLS; any case */
const char *kb_suite_name(uint16_t code);                       /* IANA's, or NULL */
const char *kb_class_name(enum kb_class class);                 /* "recommended", ...; "none" */

enum kb_group_kind {
	KB_GROUP_EC,            /* prime curves in Weierstrass form */
	KB_GROUP_EC_BINARY,
	KB_GROUP_XDH,           /* X25519, X448 */
	KB_GROUP_FFDHE,
	KB_GROUP_HYBRID,        /* post-quantum and classical together */
	KB_GROUP_KEM,           /* post-quantum alone */
	KB_GROUP_OTHER,
};

struct kb_group {
	uint16_t code;
	const char *name;               /* "secp256r1" */
	const char *openssl;            /* "P-256", or NULL */
	enum kb_group_kind kind;
	uint16_t bits;
	uint16_t security_bits;         /* 0 unknown */
	uint16_t client_share_len;      /* octets of a TLS 1.3 key share; 0 unknown */
	uint16_t server_share_len;
	bool is_post_quantum;
	char recommended;
};

const struct kb_group *kb_group(uint16_t code);
const char *kb_group_name(uint16_t code);

struct kb_scheme {
	uint16_t code;
	const char *name;               /* "rsa_pss_rsae_sha256" */
	const char *algorithm;          /* "RSA", "ECDSA", "EdDSA", ... or NULL */
	const char *hash;               /* or NULL */
	bool is_tls13;                  /* may sign a TLS 1.3 handshake */
	bool is_insecure;
	char recommended;
};

const struct kb_scheme *kb_scheme(uint16_t code);
const char *kb_scheme_name(uint16_t code);

struct kb_alert {
	uint8_t code;
	const char *name;               /* "handshake_failure" */
	const char *meaning;            /* a sentence of ours */
};

const struct kb_alert *kb_alert(uint8_t code);
const char *kb_handshake_name(uint8_t type);    /* "ServerHello", NULL for what is not assigned */
/* What we call a protocol in our own tables ("smtp", "pop3 or redis") as people write it. */
const char *kb_protocol_shown(const char *name);
const char *kb_alert_name(uint8_t code);

struct kb_extension {
	uint16_t code;
	const char *name;               /* "server_name" */
	const char *note;               /* or NULL */
};

const struct kb_extension *kb_extension(uint16_t code);
const char *kb_extension_name(uint16_t code);

struct kb_version {
	uint16_t code;
	const char *name;               /* "TLS 1.2", "SSL 3.0" */
	const char *status;             /* "current", "deprecated", "prohibited" */
	const char *defined_by;
	const char *assessment;
	uint16_t year;
};

const struct kb_version *kb_version(uint16_t code);
const char *kb_version_name(uint16_t code);                     /* NULL when unknown */

/* GREASE (RFC 8701): 0x0A0A, 0x1A1A, ... of suites, groups, extensions, schemes and versions. */
bool kb_is_grease(uint16_t code);

/* The whole tables, in order of their codes. */
extern const struct kb_suite kb_suites[];
extern const size_t n_kb_suites;
extern const struct kb_group kb_groups[];
extern const size_t n_kb_groups;
extern const struct kb_scheme kb_schemes[];
extern const size_t n_kb_schemes;
extern const struct kb_alert kb_alerts[];
extern const size_t n_kb_alerts;
extern const struct kb_extension kb_extensions[];
extern const size_t n_kb_extensions;
extern const struct kb_version kb_versions[];
extern const size_t n_kb_versions;

#endif
