/* One certificate, decoded by our own reader (RFC 5280 4), as far as it can be: `malformed` is the
 * first reason why it is not what it should be, and the fields that could be read are set all the
 * same. Spans point into `der`. Nothing is judged here. */
#ifndef WHY_X509_CERT_H
#define WHY_X509_CERT_H

#include "base/arena.h"
#include "base/err.h"
#include "x509/der.h"

enum cert_hash { HASH_UNKNOWN, HASH_MD2, HASH_MD4, HASH_MD5, HASH_SHA1, HASH_SHA224, HASH_SHA256,
		 HASH_SHA384, HASH_SHA512, HASH_SHA3, HASH_NONE };
enum cert_signer { SIGNER_UNKNOWN, SIGNER_RSA, SIGNER_RSA_PSS, SIGNER_ECDSA, SIGNER_ED25519,
		   SIGNER_ED448, SIGNER_DSA };

struct cert_algorithm {
	struct span raw;                /* the whole AlgorithmIdentifier */
	struct span oid, parameters;    /* parameters: whole element, empty when absent */
	enum cert_hash hash;            /* HASH_NONE for Ed25519, Ed448 */
	enum cert_signer signer;
	enum cert_hash pss_mgf_hash;
	int pss_salt;
};

struct cert_attribute {
	struct span oid;
	uint8_t type;                   /* DER string tag */
	struct span value;
	const char *text;               /* UTF-8 as well as it decodes; hostile */
	bool joins_last;                /* same RDN as the one before */
};

struct cert_name {
	struct span raw;                /* the Name, tag and length included */
	struct cert_attribute *attributes;
	size_t n_attributes;
	const char *common_name;        /* last CN, NULL when none; hostile */
	const char *organization;
};

enum cert_key_type { KEY_TYPE_UNKNOWN, KEY_TYPE_RSA, KEY_TYPE_RSA_PSS, KEY_TYPE_EC, KEY_TYPE_ED25519,
		     KEY_TYPE_ED448, KEY_TYPE_X25519, KEY_TYPE_X448, KEY_TYPE_DSA, KEY_TYPE_DH };

struct cert_key {
	struct span spki;               /* SubjectPublicKeyInfo, whole */
	struct span oid, parameters, bits_of_key;
	enum cert_key_type type;
	const char *name;               /* "RSA 2048", "EC P-256", "Ed25519" */
	unsigned bits;                  /* 0 unknown */
	struct span modulus, exponent;  /* RSA, without leading zeros */
	struct span curve;              /* EC: OID of the curve; empty for explicit parameters */
	const char *curve_name;         /* "P-256", NULL when unknown */
	bool is_explicit_curve;
};

enum san_type { SAN_OTHER = 0, SAN_EMAIL = 1, SAN_DNS = 2, SAN_X400 = 3, SAN_DIRECTORY = 4, SAN_EDI = 5,
		SAN_URI = 6, SAN_IP = 7, SAN_RID = 8 };

struct general_name {
	enum san_type type;
	struct span value;              /* DNS, e-mail, URI: text; IP: 4 or 16 bytes (8 or 32 in constraints);
	                                 * directory: a raw Name */
};

enum key_usage_bit {
	KU_BIT_DIGITAL_SIGNATURE = 1 << 0, KU_BIT_NON_REPUDIATION = 1 << 1, KU_BIT_KEY_ENCIPHERMENT = 1 << 2,
	KU_BIT_DATA_ENCIPHERMENT = 1 << 3, KU_BIT_KEY_AGREEMENT = 1 << 4, KU_BIT_KEY_CERT_SIGN = 1 << 5,
	KU_BIT_CRL_SIGN = 1 << 6, KU_BIT_ENCIPHER_ONLY = 1 << 7, KU_BIT_DECIPHER_ONLY = 1 << 8
};

struct cert_extension {
	struct span oid;
	bool critical;
	struct span value;              /* content of the OCTET STRING */
	bool is_duplicate;              /* the same OID came before */
	bool is_known;                  /* what verifiers of RFC 5280 process */
	bool is_malformed;              /* its content is not what it should be */
	bool is_unreadable;             /* so much so that reading could not go on */
	bool writes_default;            /* "critical FALSE", which DER leaves out */
};

struct cert {
	struct span der, tbs;
	const char *malformed;          /* NULL: decodes as it should */
	size_t malformed_at;            /* offset in der */
	bool is_decoded;                /* far enough for names, dates and key */
	bool has_trailing_bytes;
	uint8_t sha256[32];

	struct cert_algorithm signature_inner, signature_outer;
	bool algorithm_differs;         /* inner and outer */
	struct span signature;

	int version;                    /* 1, 2, 3 */
	struct span serial;             /* content of the INTEGER */
	bool serial_negative, serial_zero;

	struct cert_name issuer, subject;
	bool is_self_issued;            /* the two names are equal */
	uint64_t subject_hash, issuer_hash;     /* name_hash() */

	uint8_t not_before_type, not_after_type;        /* DER tag */
	struct span not_before_raw, not_after_raw;
	int64_t not_before_unix, not_after_unix;
	bool bad_time;                  /* one of them is no valid time; its value is 0 */

	struct cert_key key;
	bool has_unique_ids;

	struct cert_extension *extensions;
	size_t n_extensions;
	bool has_duplicate_extension;
	const struct cert_extension *unknown_critical;  /* the first, NULL when none */

	bool has_basic_constraints, is_ca, basic_constraints_critical;
	int64_t path_length;            /* -1: no limit */
	bool has_key_usage;
	uint32_t key_usage;             /* enum key_usage_bit */
	bool has_eku, eku_server, eku_client, eku_any, eku_ocsp, eku_email, eku_code, eku_time;
	struct span *eku;               /* OIDs */
	size_t n_eku;
	bool has_san, san_critical, bad_san;
	struct general_name *san;
	size_t n_san, n_san_dns, n_san_ip;
	bool has_name_constraints, name_constraints_critical, bad_name_constraints;
	struct general_name *permitted, *excluded;
	size_t n_permitted, n_excluded;
	bool has_aki, aki_has_issuer, aki_has_serial, has_ski;
	struct span aki, ski;           /* key identifiers; empty when absent */
	struct span aki_issuer;         /* the issuer's own issuer, a raw Name; empty when not told */
	struct span *ocsp_urls, *issuer_urls, *crl_urls;
	size_t n_ocsp_urls, n_issuer_urls, n_crl_urls;
	struct span *policies;          /* OIDs */
	size_t n_policies;
	bool has_policy_constraints, has_policy_mappings, has_inhibit_any_policy;
	int64_t require_explicit_policy;        /* -1: absent */
	bool must_staple;               /* tlsFeature holds status_request */
	bool has_poison;                /* CT precertificate */
	struct span sct_list;           /* SignedCertificateTimestampList, empty when absent */
	size_t n_scts, n_sct_logs;
};

/* Decodes. Never fails hard; never NULL. `der` must outlive the result. */
struct cert *cert_parse(struct arena *arena, struct span der);

/* All certificates of a file: PEM blocks (CERTIFICATE, X509 CERTIFICATE, TRUSTED CERTIFICATE) with
 * anything between, PKCS #7 (PEM or DER, its certificates), or one or more DER certificates. Returns
 * their number; `*certs` in the arena. */
size_t cert_read_all(struct arena *arena, struct span file, struct cert ***certs);
/* The DER of each PEM block whose label ends in `label` ("CERTIFICATE", "X509 CRL", "OCSP RESPONSE"). */
size_t pem_blocks(struct arena *arena, struct span file, const char *label, struct span **blocks);
char *cert_to_pem(struct arena *arena, const struct cert *cert);

bool cert_equal(const struct cert *a, const struct cert *b);
/* "AB:CD:..." of sha256. */
const char *cert_fingerprint(struct arena *arena, const struct cert *cert);
const char *cert_serial_text(struct arena *arena, const struct cert *cert);
/* "sha256WithRSAEncryption" and the like, else the dotted OID. */
const char *cert_algorithm_name(struct arena *arena, const struct cert_algorithm *algorithm);
const char *cert_hash_name(enum cert_hash hash);
const struct cert_extension *cert_extension_find(const struct cert *cert, struct span oid);
struct cert_algorithm cert_algorithm_read(struct der *in);
/* The timestamps of a SignedCertificateTimestampList (RFC 6962 3.3); 0 where there is none. */
struct sct_times {
	int64_t first_unix, last_unix;
};
struct sct_times sct_times(struct span list);
size_t sct_log_count(struct span list);         /* logs that they are of */
size_t sct_count(struct span list);             /* entries of a SignedCertificateTimestampList */

#endif
