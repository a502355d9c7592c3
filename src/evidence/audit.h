/* What an audit saw of one address: facts only, no judgement. Lives in the arena of the scan. Zero is
 * "not seen"; each set says whether it is whole, and if not, why.
 *
 *   audit                 one address
 *     protocols           what each version's hello was answered with
 *     suites              one list a protocol, in the server's order
 *     groups, schemes     key exchange groups, signature schemes, by protocol
 *     certificates        each chain that some hello was answered with
 *     habits              extensions, resumption, renegotiation: yes, no, not seen
 *     intolerances        shapes of hello that a peer must take and may not
 *     vulnerabilities     one row for each id of the table, with two or three exchanges as evidence */
#ifndef WHY_EVIDENCE_AUDIT_H
#define WHY_EVIDENCE_AUDIT_H

#include "evidence/evidence.h"

/* How far a set was asked for. */
enum audit_extent {
	AUDIT_NOT_ASKED = 0,
	AUDIT_WHOLE,            /* each candidate was chosen or refused */
	AUDIT_PART              /* `because` says what stopped it; what is missing is unknown, not refused */
};

struct audit_state {
	enum audit_extent extent;
	const char *because;
};

enum { AUDIT_SSL2 = 0x0002, AUDIT_SSL3 = 0x0300, AUDIT_TLS10, AUDIT_TLS11, AUDIT_TLS12, AUDIT_TLS13, AUDIT_PROTOCOLS = 6 };

struct audit_protocol {
	uint16_t version;
	enum tri supported;
	const char *because;    /* where unknown, and what the refusal was where not */
	uint16_t answered;      /* another version that a hello of this one was answered with; 0 none */
};

struct audit_suite {
	uint32_t code;          /* IANA two bytes; SSLv2's three */
	unsigned order;         /* 1 is the server's first; 0 not known */
	uint16_t group;         /* chosen with it in TLS 1.2 and below, 0 none or not seen */
	uint16_t dh_bits;
	uint16_t scheme;        /* of the ServerKeyExchange in TLS 1.2 */
};

struct audit_suites {
	uint16_t version;
	struct audit_suite *items;      /* in the server's order where it has one, else strongest first */
	size_t n, cap;
	struct audit_state state;
	enum tri server_preference;     /* the server's order rules */
	enum tri chacha_first_honoured; /* ChaCha20 wins only where the client puts it first */
};

struct audit_group {
	uint16_t group;
	enum tri supported;
	unsigned order;
	bool needs_retry;       /* preferred though the client sent a share of another: HelloRetryRequest */
};

struct audit_groups {
	uint16_t version;       /* AUDIT_TLS13, or AUDIT_TLS12 for it and below */
	struct audit_group *items;
	size_t n, cap;
	struct audit_state state;
	enum tri server_preference;
};

struct audit_schemes {
	uint16_t version;
	uint16_t *items;
	size_t n, cap;
	struct audit_state state;
};

struct audit_certificate {
	struct span *chain;     /* DER as sent, leaf first */
	size_t n_chain;
	const char *sni;        /* NULL: sent without server_name */
	uint16_t version;       /* of the handshake in which it was seen first */
	struct chain_facts *facts;      /* filled by the scan; NULL when not judged */
};

struct audit_dh {
	struct span p, g;       /* big-endian, as sent */
	uint16_t bits;
	const char *known;      /* name in the table of common primes, NULL when not in it */
	enum tri prime, safe;   /* p, and (p-1)/2 */
	enum tri reused;        /* the same public value twice */
};

struct audit_habits {
	enum tri sni_needed, unknown_sni_refused;
	enum tri extended_master_secret, encrypt_then_mac, secure_renegotiation, client_renegotiation;
	enum tri session_ids, tickets, resumption_tls13, early_data;
	uint32_t ticket_lifetime_s;
	bool lacked_ticket;             /* resumption_tls13 is NO for want of a ticket, as long as was waited */
	enum tri psk_ke;                /* TLS 1.3 sessions without a new key exchange */
	uint32_t early_data_allowed;    /* bytes, as a ticket says */
	enum tri ticket_key_shared;     /* with another name of the same server: */
	const char *ticket_other_name;  /* this one, for which */
	enum tri ticket_other_certificate;      /* it has a certificate that does not hold for the first */
	enum tri ocsp_stapling;
	unsigned n_scts;
	struct span scts, staple, of_leaf;      /* a handshake's own timestamps and OCSP answer, and the leaf they came with */
	const uint16_t *certificate_compression;        /* algorithms, RFC 8879 */
	size_t n_certificate_compression;
	enum tri compression_sound;     /* what was compressed has the length it claims */
	size_t compression_packed, compression_claimed; /* of one that has not, else of the last */
	enum tri heartbeat, compression;
	enum tri client_certificate_requested, client_certificate_required;
	struct span *client_ca_names;
	size_t n_client_ca_names;
	uint16_t max_fragment, record_size_limit;       /* honoured; 0 none or not seen */
	enum tri random_is_time;
	int64_t clock_skew_s;           /* with random_is_time */
	enum tri fallback_scsv, downgrade_sentinel;
	enum tri ecdh_reused, key_share_reused;
	enum tri truncated_hmac, npn;
	enum tri ech_configured;        /* DNS names keys */
	enum tri ech_accepted;          /* and the server takes them */
	enum tri ech_honoured;          /* that, or it answers with configurations of its own */
	enum tri ech_public_name_valid; /* the certificate it has for the public name */
	enum tri ech_grease_refused;
	const char *ech_public_name;
	enum tri quic;
	const char *quic_versions;
	const char *quic_advertised_by; /* NULL: nobody */
	const char **alpn;
	size_t n_alpn;
	struct audit_state alpn_state;  /* not whole: a name that is missing is not known to be passed over */
};

/* The head of a ticket holds, with most servers, the name of the key that sealed it. */
enum { AUDIT_TICKET_HEAD = 16 };

struct audit_ticket {
	uint8_t head[AUDIT_TICKET_HEAD];
	double seen_ms;
};

struct audit_tolerance {
	const char *id;         /* "grease-suites", "hello-256-511", "version-0304", ... */
	const char *title;
	enum tri tolerant;
	const char *because;
};

enum vulnerability_status { VULNERABILITY_UNKNOWN = 0, VULNERABILITY_VULNERABLE, VULNERABILITY_NOT, VULNERABILITY_NOT_APPLICABLE };

struct audit_vulnerability {
	const char *id;         /* of vulnerabilities.tsv */
	const char *name, *cve; /* cve NULL when none */
	enum vulnerability_status status;
	const char *because;    /* one sentence: what was seen, or why unknown or not applicable */
	const char *exchanges[4];       /* what was sent and what came back, short; NULL-terminated unless full */
};

struct audit {
	const struct endpoint *endpoint;
	struct audit_protocol protocols[AUDIT_PROTOCOLS];       /* SSLv2 first */
	struct audit_suites suites[AUDIT_PROTOCOLS];
	struct audit_groups groups[2];          /* TLS 1.3; TLS 1.2 and below */
	struct audit_schemes schemes[2];
	struct audit_certificate *certificates;
	size_t n_certificates, cap_certificates;
	struct audit_dh *dh;
	size_t n_dh, cap_dh;
	struct audit_habits habits;
	struct quic_evidence quic;      /* asked whether it is advertised or not; see the visit's */
	unsigned n_signatures_good, n_signatures_bad;   /* RSA, of ServerKeyExchanges */
	struct audit_ticket *tickets;   /* as they came */
	size_t n_tickets, cap_tickets;
	struct audit_tolerance *tolerances;
	size_t n_tolerances, cap_tolerances;
	struct audit_vulnerability *vulnerabilities;
	size_t n_vulnerabilities, cap_vulnerabilities;
	const char *gave_up;    /* the server refused or reset too often: from then on nothing was asked */
	bool is_another;                /* at its end the server answered otherwise than at first */
	unsigned n_connections, n_rounds;
	size_t bytes_sent, bytes_received;
	double elapsed_ms;
};

const struct audit_suites *audit_suites_of(const struct audit *audit, uint16_t version);
/* TRI_UNKNOWN unless the version's list is whole or holds the suite. */
enum tri audit_has_suite(const struct audit *audit, uint16_t version, uint32_t code);
enum tri audit_has_protocol(const struct audit *audit, uint16_t version);
/* The head that all tickets share, at most AUDIT_TICKET_HEAD bytes, where it can be a key's name; `n_names`: how
 * many different names there were, 0 where none can be told. */
size_t ticket_key_name(const struct audit *audit, unsigned *n_names);

#endif
