/* What the probes saw of one target: facts only, no judgement. Everything lives in the arena of the
 * scan. A zeroed struct is a valid "nothing seen yet"; NULL and TRI_UNKNOWN mean not seen, and where
 * a probe could not see, `unknown` says why.
 *
 *   evidence            one diagnosis
 *     visit             one URL: the target itself, then each redirect hop and checked subresource
 *       dns             what the host's resolver and DNS said of the name
 *       endpoint        one address of it
 *         tcp           the connection attempts
 *         path          which routers lie on the way, where packets end
 *         attempt       one connection with one hello: what was offered, what came back
 *       http            the exchange over the best connection
 *       page            the resources the page asks for
 */
#ifndef WHY_EVIDENCE_EVIDENCE_H
#define WHY_EVIDENCE_EVIDENCE_H

#include <sys/socket.h>

#include "base/arena.h"
#include "base/span.h"
#include "evidence/layer.h"

struct cert;                    /* x509/cert.h */
struct trust;                   /* x509/trust.h */
struct host_evidence;           /* evidence/host.h */
struct files_evidence;          /* evidence/files.h */
struct proxy_route;             /* probe/connect.h */
struct audit;                   /* evidence/audit.h */

/* ---- target ---------------------------------------------------------------------------- */

struct target {
	const char *input;      /* as typed, user and password starred; hostile text */
	const char *scheme;     /* "https", "http", or "smtp", "imaps", ...: scan/schemes.def */
	const char *host;       /* ASCII form: A-label, lower case, no trailing dot, no brackets */
	const char *host_shown; /* as typed (U-label, trailing dot) */
	const char *path;       /* "/..." with the query */
	const char *servername; /* sent as SNI; NULL when the host is an address */
	const char *starttls;   /* NULL, or the protocol */
	uint16_t port;
	bool has_port;          /* it was typed; else the scheme's */
	bool is_ip;
	bool has_trailing_dot;
	const char *invalid;    /* why the host is no valid name; NULL when it is */
};

/* ---- dns ------------------------------------------------------------------------------- */

enum dns_outcome {
	DNS_NOT_ASKED = 0,
	DNS_OK,
	DNS_NXDOMAIN,
	DNS_NODATA,             /* the name exists, no record of this type */
	DNS_SERVFAIL,
	DNS_REFUSED,
	DNS_TIMEOUT,            /* no answer for this name, though the resolver answers others (or unknown) */
	DNS_UNREACHABLE,        /* no resolver answers anything: `why` */
	DNS_BOGUS,              /* DNSSEC validation failed: `why` */
	DNS_MALFORMED,
	DNS_OTHER               /* another rcode: `rcode` */
};

struct dns_record {
	const char *owner;
	uint16_t type;          /* IANA RR type */
	uint32_t ttl;
	struct span rdata;      /* wire format, names uncompressed */
	const char *text;       /* presentation form, our own writing of it (still hostile) */
};

struct dns_answer {
	enum dns_outcome outcome;
	int rcode;
	const char *why;
	struct dns_record *records;
	size_t n_records;
	const char *canonical_name;     /* last CNAME target, NULL when there is none */
	bool is_circle;                 /* the CNAMEs lead back to where they came from */
	bool is_cut;                    /* too long for UDP, and nothing came over TCP: `why` */
	enum tri secure;                /* DNSSEC validated */
	double elapsed_ms;
};

struct dns_evidence {
	bool skipped;                   /* the target is an address, or --resolve gave one */
	const char *skipped_because;
	int system_error;               /* getaddrinfo's EAI_* value; 0 when it answered */
	const char *system_error_text;
	bool system_timed_out;
	bool half_silent;               /* it waits for the family whose questions nobody answers; the addresses are those of the other, as DNS gave them */
	double system_ms;
	enum tri hosts_file;            /* a line of the hosts file gives the addresses */
	const char *hosts_file_line;
	struct dns_answer a, aaaa, caa, https, tlsa;
	enum tri resolver_alive;        /* the resolver answers for other names */
	const char *first_silent;       /* the first resolver, where another one had to answer in its stead */
	const char *elsewhere;          /* where the first resolver has no address: another one that has, and which address */
	const char *elsewhere_address;
	const char *resolvers;          /* configured name servers, "127.0.0.1, 192.0.2.1" */
	const char *resolvers_assumed;  /* why none is configured, and 127.0.0.1 was asked; NULL: they are configured */
	const char *unknown;
};

/* ---- tcp ------------------------------------------------------------------------------- */

enum tcp_outcome {
	TCP_NOT_TRIED = 0,
	TCP_CONNECTED,
	TCP_REFUSED,            /* RST to the SYN */
	TCP_TIMEOUT,            /* silence */
	TCP_RESET,              /* reset during the handshake */
	TCP_HOST_UNREACHABLE,
	TCP_NETWORK_UNREACHABLE,
	TCP_ADMIN_PROHIBITED,   /* ICMP codes 9, 10, 13; ICMPv6 1/1, 1/5, 1/6 */
	TCP_PORT_UNREACHABLE,   /* ICMP 3/3 */
	TCP_LOCAL_ERROR         /* our own machine said no: no route, no such family, EPERM */
};

struct tcp_evidence {
	enum tcp_outcome outcome;
	int error;              /* errno of the connect */
	bool has_icmp;
	uint8_t icmp_type, icmp_code;
	const char *icmp_from;  /* address of the box that sent it */
	double connect_ms;
	bool is_held_back;      /* silence, and not one repeat of the SYN has left this machine */
};

enum neighbour { NEIGHBOUR_UNKNOWN = 0, NEIGHBOUR_ANSWERS, NEIGHBOUR_SILENT };

/* How this machine itself sends to an address: looked up where a connection failed. */
struct own_way {
	bool is_known;          /* the kernel answered */
	int error;              /* errno of the look-up: no route, or one that forbids; 0: a route */
	const char *source, *interface;
	const char *gateway;    /* NULL: the address is on the link itself */
	enum tri has_link;      /* the interface is up and has a carrier */
	enum neighbour neighbour;       /* the gateway, or the address: is its hardware address known (ARP, ND) */
	enum tri has_other_family;      /* asked where there is no route: does this machine send to the world over the other one */
	enum tri lets_out;      /* TRI_NO: SYNs that are refused at once never reach the interface, other packets do */
};

/* ---- path ------------------------------------------------------------------------------ */

/* What came back for a packet that may pass so many routers and no more. */
enum path_reply {
	PATH_NOT_SENT = 0,
	PATH_SILENT,
	PATH_ROUTER,            /* ICMP time exceeded: it got as far as that router */
	PATH_REJECT,            /* another ICMP error: someone refuses it */
	PATH_ANSWER             /* SYN-ACK or RST, for UDP port unreachable: the host, or who answers in its stead */
};

struct path_hop {
	uint8_t hops;           /* the limit it was sent with, from 1 */
	enum path_reply reply;
	const char *from;       /* who sent the ICMP message, NULL when none came */
	uint8_t icmp_type, icmp_code;
	enum tcp_outcome outcome;       /* with PATH_ANSWER */
	bool is_reset, is_closed, has_bytes;    /* hello traces: what came on the connection besides */
	bool is_unsent;         /* the same: it never left this machine */
	int error;              /* the same, PATH_REJECT: the errno of the ICMP error, whose code nobody tells */
	double elapsed_ms;
};

/* The same packet with limits of 1, 2, 3 ...; trailing silence is cut, so the last entry is the
 * answer, or the last router that was heard of. */
struct path_trace {
	bool was_sent;
	const char *sends;      /* "SYN", "UDP", or the name of the attempt whose hello it is */
	uint16_t port;
	struct path_hop *hops;
	size_t n_hops;
	size_t n_sent;          /* limits tried; more than n_hops: silence behind the last */
};

struct path_evidence {
	bool is_complete;
	struct path_trace port, compare, udp;   /* SYN to the port, SYN to another one, UDP to ports nobody uses */
	struct path_trace hello, control;       /* a hello that fails, one that passes */
	uint16_t mss_passes, mss_fails;         /* largest segments with and smallest without a whole handshake; 0: none */
	/* The hop limit left in a packet when it arrived; 0: not seen. */
	uint8_t reset_left;     /* of the reset that refuses or ends the connection */
	uint8_t answer_left;    /* of a SYN-ACK of the host */
	enum tri lets_in;       /* TRI_NO: answers to SYNs come, and this machine does not let them in */
};

/* ---- dialogues in plain text before TLS: a proxy's, and STARTTLS ---------------------------- */

enum dialogue_fault {
	DIALOGUE_DONE = 0,      /* it led to TLS, or to the tunnel */
	DIALOGUE_SILENT,        /* not a byte where an answer was due */
	DIALOGUE_STALLED,       /* an answer began and never ended */
	DIALOGUE_ENDLESS,       /* more lines, or a longer one, than anybody reads */
	DIALOGUE_CLOSED,
	DIALOGUE_RESET,
	DIALOGUE_TLS_ALREADY,   /* TLS records where plain text is due */
	DIALOGUE_OTHER_PROTOCOL,        /* `speaks`, or unknown */
	DIALOGUE_TURNED_AWAY,   /* the greeting itself refuses: `code`, `text` */
	DIALOGUE_NOT_OFFERED,   /* what the peer lists is without it, and it does not do it when asked anyway */
	DIALOGUE_REFUSED,       /* asked, and the answer was no: `code`, `text` */
	DIALOGUE_WANTS_LOGIN,   /* a proxy wants credentials, or others: `offers` names the schemes */
	DIALOGUE_MALFORMED
};

enum dialogue_step { DIALOGUE_GREETING = 0, DIALOGUE_CAPABILITIES, DIALOGUE_COMMAND, DIALOGUE_LOGIN };

struct dialogue_evidence {
	const char *protocol;           /* "smtp", ...; of proxies "http", "socks5", "socks4a" */
	enum dialogue_fault fault;
	enum dialogue_step step;        /* where it ended */
	int code;                       /* of the answer that decided; 0 where the protocol has none */
	const char *text;               /* that answer's line; hostile */
	const char *greeting;           /* its first line, NULL when none came; hostile */
	const char *offers;             /* what the peer lists, in one line; hostile */
	enum tri offered;               /* TLS is in that list; unknown where the protocol has none or it was not told */
	const char *speaks;             /* with OTHER_PROTOCOL: which, NULL unknown */
	struct span first_bytes;        /* up to 512 of what came */
	struct span after;              /* came behind the answer that begins TLS, in the same breath */
	double elapsed_ms;
};

struct attempt;
struct chain_facts;             /* x509/chain.h: what the certificates of an attempt amount to */

/* How the target was reached. */
struct proxy_evidence {
	bool is_used;
	const char *url;                /* without credentials; NULL when none is configured */
	const char *scheme;             /* "http", "https", "socks4", "socks4a", "socks5", "socks5h" */
	const char *host;
	uint16_t port;
	const char *given_by;           /* "--proxy", "https_proxy" */
	bool has_login;
	const char *not_used_because;   /* the no_proxy entry; "https_proxy" where that is not set, and http_proxy is */
	const char *not_understood;     /* what the variable holds, where that is no proxy's URL; hostile */
	struct dns_evidence dns;        /* of the proxy's name */
	const char **addresses;         /* it resolved to */
	size_t n_addresses;
	struct attempt *tls;            /* with https: the handshake with the proxy itself, the first that was done, else the first; NULL: none */
	struct chain_facts *chain;      /* its certificates, judged against evidence.proxy_trust */
};

/* ---- tls ------------------------------------------------------------------------------- */

/* What went wrong in a handshake, in the order in which it would be met. */
enum tls_fault {
	TLS_FAULT_NONE = 0,
	TLS_FAULT_CONNECT,              /* no connection on which TLS could begin: attempt.tcp, .proxy, .starttls */
	TLS_FAULT_CLOSED,               /* FIN (or close_notify, see alert) before the handshake was over */
	TLS_FAULT_RESET,
	TLS_FAULT_SILENT,               /* not one byte within the time */
	TLS_FAULT_STALLED,              /* an answer began and never ended */
	TLS_FAULT_NOT_TLS,              /* first bytes are no TLS record: attempt.plain */
	TLS_FAULT_RECORD_TOO_LONG,
	TLS_FAULT_BAD_RECORD,           /* type or version of a record makes no sense after TLS began */
	TLS_FAULT_ALERT,                /* attempt.alert_level, attempt.alert */
	TLS_FAULT_BAD_RECORD_MAC,       /* a record from the peer does not decrypt */
	TLS_FAULT_UNEXPECTED_MESSAGE,
	TLS_FAULT_MALFORMED,            /* a message does not decode: attempt.fault_message */
	TLS_FAULT_VERSION_NOT_OFFERED,
	TLS_FAULT_SUITE_NOT_OFFERED,    /* or not one of that version */
	TLS_FAULT_COMPRESSION,
	TLS_FAULT_SESSION_ECHO,         /* TLS 1.3 answer without the legacy_session_id we sent */
	TLS_FAULT_EXTENSION_NOT_OFFERED,
	TLS_FAULT_GROUP_NOT_OFFERED,    /* key_share, HelloRetryRequest or ServerKeyExchange */
	TLS_FAULT_RETRY_LOOP,           /* a second HelloRetryRequest, or one that changes nothing */
	TLS_FAULT_DOWNGRADE,            /* downgrade sentinel in a lower version than we both speak */
	TLS_FAULT_UNSAFE_RENEGOTIATION, /* server without RFC 5746, client insists */
	TLS_FAULT_NO_CERTIFICATE,       /* an empty certificate list */
	TLS_FAULT_BAD_CERTIFICATE,      /* the leaf does not parse, or its key cannot be used */
	TLS_FAULT_SCHEME_NOT_OFFERED,   /* signature scheme in ServerKeyExchange or CertificateVerify */
	TLS_FAULT_BAD_SIGNATURE,        /* ServerKeyExchange or CertificateVerify does not verify */
	TLS_FAULT_WEAK_DH,
	TLS_FAULT_BAD_POINT,            /* key share that is no valid public key */
	TLS_FAULT_BAD_FINISHED,
	TLS_FAULT_OTHER                 /* attempt.reason says */
};

/* What a hello offered: enough to say in words what differs between two attempts, and to decide
 * whether the answer was among it. GREASE values are not listed. */
struct offer {
	const uint16_t *versions;       /* highest first; 0x0304 ... 0x0300; SSLv2 is 0x0002 */
	const uint16_t *suites;
	const uint16_t *groups;
	const uint16_t *key_shares;     /* groups sent with a share */
	const uint16_t *schemes;        /* signature_algorithms */
	size_t n_versions, n_suites, n_groups, n_key_shares, n_schemes;
	const char *const *alpn;
	size_t n_alpn;
	const char *sni;                /* NULL: no server_name extension */
	size_t hello_len;               /* bytes of the ClientHello record(s), headers included */
	bool has_grease, has_ems, has_status_request, has_session_ticket, has_renegotiation_info;
	bool split_records, split_segments;
};

enum attempt_kind {
	ATTEMPT_RAW,            /* our own hello, answer read as far as it is in clear */
	ATTEMPT_FULL            /* OpenSSL, to the end of the handshake and beyond */
};

struct http_evidence;

struct attempt {
	const char *name;       /* what it was for: "main", "chrome", "no-sni", "tls1.2-only", ... */
	enum attempt_kind kind;
	struct offer offer;
	unsigned nth;           /* 0, 1, 2: repeats of the same hello, for backends that differ */

	struct tcp_evidence tcp;
	struct dialogue_evidence *proxy, *starttls;     /* NULL: none was held; a fault of theirs is TLS_FAULT_CONNECT */
	uint16_t mss;           /* largest segment allowed either way; 0: the system's */
	bool unacknowledged;    /* given up because the peer's TCP never acknowledged what we sent */
	bool unsent;            /* because it never left this machine */
	bool tls_sent;          /* the hello left; false when the peer spoke or closed before */
	double first_byte_ms;   /* from the hello to the first byte of the answer; 0 when none */
	double elapsed_ms;      /* whole attempt, TCP included */
	struct span first_bytes;        /* up to 1 KiB of the answer as it came */

	enum tls_fault fault;
	uint8_t fault_message;  /* handshake type at which it happened (2 ServerHello, 11 Certificate, 12, 15, 20), 0 when none */
	uint8_t last_message;   /* the last whole handshake message seen, 0 when none */
	uint8_t alert_level, alert;     /* with TLS_FAULT_ALERT, or a warning that was passed over */
	bool warning_alert;     /* a warning-level alert came and the handshake went on */
	bool reset_after_alert;
	const char *plain;      /* with TLS_FAULT_NOT_TLS: "http", "ssh", "smtp", "ftp", "imap", "pop3", "mysql", "unknown" ... */
	const char *reason;     /* ATTEMPT_FULL: OpenSSL's reason text, e.g. "wrong version number" */
	unsigned long openssl_error;    /* its packed error code, 0 when none */
	int verify_error;       /* unused by probes: verification is done apart */

	/* What the server chose; valid where has_server_hello. */
	bool has_server_hello;
	bool hello_retry;       /* a HelloRetryRequest came first */
	uint16_t version, suite, group, scheme; /* group and scheme 0 when not seen */
	uint16_t legacy_version; /* ServerHello.legacy_version as it stood */
	uint8_t compression;
	const char *alpn;       /* NULL: none chosen; hostile text */
	bool secure_renegotiation, has_ems, has_ticket, sni_acknowledged;
	uint16_t dh_bits;       /* size of a finite-field group in ServerKeyExchange */
	bool downgrade_sentinel;
	struct span client_random;      /* of a hello of our own */
	struct span compressed_certificate;     /* the message's body, RFC 8879 */
	bool new_ticket;        /* of TLS 1.3, behind the handshake */
	enum tri ech_accepted;  /* the hello that was hidden in ours, where it can be told */

	struct span server_hello;       /* bodies of the messages as they came; empty when none */
	struct span encrypted_extensions;       /* TLS 1.3, where the answer was decrypted */
	struct span key_exchange;       /* ServerKeyExchange; in TLS 1.3 the server's key share */
	uint16_t certificate_compression;       /* algorithm of a CompressedCertificate, RFC 8879; 0 none */
	struct span *chain;     /* certificates as sent, DER, leaf first */
	size_t n_chain;
	bool has_certificate_message;
	struct span staple;     /* OCSPResponse, stapled */
	bool has_staple;
	struct span scts;       /* SignedCertificateTimestampList from the TLS extension */
	enum tri client_certificate_requested;
	struct span *client_ca_names;
	size_t n_client_ca_names;

	bool done;              /* ATTEMPT_FULL: Finished verified both ways. ATTEMPT_RAW: a whole, acceptable
	                         * ServerHello (1.3) or flight up to ServerHelloDone (1.2) */
	/* After the handshake (ATTEMPT_FULL): an alert that came instead of application data. */
	bool late_alert;
	uint8_t late_alert_code;
	enum tls_fault late_fault;      /* RESET, CLOSED, BAD_RECORD_MAC ... after the handshake, before HTTP began */
	struct http_evidence *http;     /* "sample" alone: the head of the answer over this connection; NULL: not asked */
};

struct endpoint {
	struct sockaddr_storage address;
	socklen_t address_len;
	const char *text;       /* "192.0.2.1", "2001:db8::1" */
	int family;             /* AF_INET, AF_INET6 */
	struct tcp_evidence tcp;
	bool closed_before_hello, reset_before_hello;   /* the peer ended the connection before a byte was sent */
	struct attempt **attempts;
	size_t n_attempts, cap_attempts;
	struct attempt *main;   /* the full handshake that stands for this address */
	struct path_evidence *path;     /* where its packets get to; NULL: nobody asked */
	struct own_way *way;    /* NULL: nobody asked */
	struct audit *audit;    /* evidence/audit.h; NULL unless an audit was asked for */
};

/* ---- http ------------------------------------------------------------------------------ */

enum http_fault {
	HTTP_FAULT_NONE = 0,
	HTTP_FAULT_NO_RESPONSE,         /* closed without a byte */
	HTTP_FAULT_RESET,
	HTTP_FAULT_TIMEOUT,
	HTTP_FAULT_TLS_ALERT,           /* attempt.late_alert */
	HTTP_FAULT_BAD_RECORD_MAC,
	HTTP_FAULT_MALFORMED,           /* no HTTP at all: http.first_bytes */
	HTTP_FAULT_BAD_HEADER,          /* HTTP, but a line of the head breaks the syntax */
	HTTP_FAULT_TWO_LENGTHS,         /* contradicting Content-Length */
	HTTP_FAULT_TRUNCATED_LENGTH,    /* body shorter than Content-Length */
	HTTP_FAULT_TRUNCATED_CHUNKED,
	HTTP_FAULT_BAD_CHUNK,
	HTTP_FAULT_BAD_ENCODING,        /* Content-Encoding says gzip, the body is not */
	HTTP_FAULT_HEADERS_TOO_LARGE,
	HTTP_FAULT_H2_PROTOCOL,         /* answer to HTTP/2 is no HTTP/2 */
	HTTP_FAULT_H2_STREAM,           /* RST_STREAM: http.h2_error */
	HTTP_FAULT_H2_GOAWAY,           /* GOAWAY: http.h2_error */
	HTTP_FAULT_H2_COMPRESSION,      /* header block does not decode */
	HTTP_FAULT_H2_CLOSED            /* closed before the answer */
};

struct http_header {
	const char *name;       /* lower case; hostile text */
	const char *value;
};

struct http_evidence {
	bool asked;
	const char *protocol;   /* what we spoke: "h2", "http/1.1" */
	const char *method;
	enum http_fault fault;
	const char *fault_text; /* our words for what was wrong */
	uint32_t h2_error;
	bool h2_of_stream;      /* the answer breaks HTTP/2 in its fields, its stream alone: RFC 9113 8.1.1 */
	const char *h2_bad_field;       /* the field that does; NULL: none, one is missing */
	bool is_http1;          /* an HTTP/1 answer where HTTP/2 was chosen */
	bool got_head, got_body;        /* a whole head; a whole body */
	int status;
	const char *reason;     /* phrase; hostile */
	const char *version;    /* of the status line: "HTTP/1.1" */
	struct http_header *headers;
	size_t n_headers;
	struct span body;       /* decoded, up to a limit */
	bool body_cut;          /* ours: longer than the limit */
	size_t body_len;        /* bytes seen of it on the wire */
	struct span first_bytes;
	double first_byte_ms, elapsed_ms;
	bool closed_clean;      /* close_notify came */
	bool is_abandoned;      /* with HTTP_FAULT_TIMEOUT: the server's TCP knows no more of the connection, and never said so */

	/* Strict-Transport-Security as sent */
	bool has_hsts, hsts_valid, hsts_subdomains, hsts_preload;
	int64_t hsts_max_age;
	const char *location;   /* as sent, NULL when none */
	const char *redirect_url;       /* resolved against this URL; NULL when none or unusable */
	const char *redirect_fault;     /* why Location cannot be followed */
	bool redirect_unreadable;       /* it is no URL */
	const char *server;
	const char *alt_svc;
	const char *csp;
};

/* ---- page ------------------------------------------------------------------------------ */

enum resource_kind {
	RESOURCE_SCRIPT, RESOURCE_STYLE, RESOURCE_FRAME, RESOURCE_IMAGE, RESOURCE_MEDIA, RESOURCE_FONT,
	RESOURCE_OBJECT, RESOURCE_WEBSOCKET, RESOURCE_FETCH, RESOURCE_FORM, RESOURCE_DOWNLOAD, RESOURCE_OTHER
};

enum mixed_treatment { MIXED_NOT = 0, MIXED_BLOCKED, MIXED_UPGRADED, MIXED_WARNED };

struct resource {
	enum resource_kind kind;
	const char *url;        /* absolute, hostile */
	const char *element;    /* "script src", "css url()" */
	unsigned line;          /* of the page, from 1 */
	bool is_plain;          /* http:// or ws:// */
	enum mixed_treatment treatment; /* what today's browsers do with it */
	enum tri works;         /* after upgrade, or as it is, where it was checked */
	struct visit *visit;    /* the check, NULL when none */
};

struct page_evidence {
	bool looked;
	const char *not_looked_because;
	bool upgrade_insecure_requests;
	const char *meta_csp;           /* Content-Security-Policy of a meta element, the first; hostile */
	struct resource *resources;
	size_t n_resources;
	bool cut;
};

/* ---- the whole -------------------------------------------------------------------------- */

/* Plain HTTP on another port: does it answer, does it redirect to https. */
struct plain_http {
	bool asked;
	const char *address;    /* which of the addresses; of the other family where the first had no answer */
	enum tcp_outcome tcp;
	struct http_evidence http;
};

enum quic_outcome {
	QUIC_NOT_ASKED = 0,
	QUIC_ANSWERED,          /* Version Negotiation, as RFC 9000 6 wants it */
	QUIC_SILENT,
	QUIC_REJECTED,          /* ICMP: icmp */
	QUIC_MALFORMED          /* something came that is no Version Negotiation for us */
};

/* Does HTTP/3 have a way: UDP to the port at which it is advertised. */
struct quic_evidence {
	enum quic_outcome outcome;
	const char *advertised_by;      /* "Alt-Svc", "the HTTPS record" */
	const char *address;            /* which endpoint was asked */
	uint16_t port;
	const char *versions;           /* those offered, "0x00000001, 0x6b3343cf" */
	bool has_current;               /* version 1 or 2 is among them */
	bool is_ours;                   /* a filter of this machine took or rejected it */
	struct tcp_evidence icmp;       /* has_icmp, icmp_*, error */
	double elapsed_ms;
};

/* An answer that stalls, and the same request again beside it: in small segments, and as usual. */
struct http_stall {
	bool was_tried;
	uint16_t mss;           /* of the small segments */
	bool small_answered, usual_answered;    /* wholly, before the first was given up */
};

/* ---- mail to a domain: where its MX records lead ------------------------------------------------ */

enum mta_sts_mode { MTA_STS_NO_POLICY = 0, MTA_STS_NONE, MTA_STS_TESTING, MTA_STS_ENFORCE };

/* RFC 8461 3.2. */
struct mta_sts_policy {
	enum mta_sts_mode mode;
	const char **patterns;          /* "mx.example.org", "*.example.org"; hostile */
	size_t n_patterns;
	unsigned max_age_s;
	const char *fault;              /* why it is no policy; NULL when it is one */
};

struct mail_exchanger {
	unsigned preference;
	const char *name;               /* hostile */
	struct visit *visit;            /* NULL: it is the target's own */
};

struct mail_evidence {
	const char *domain;
	struct dns_answer mx, sts, tls_rpt;     /* TXT of _mta-sts and of _smtp._tls */
	bool is_null_mx;                /* RFC 7505: the domain takes no mail */
	struct mail_exchanger *exchangers;      /* in the order in which senders try; none: the domain itself takes its mail */
	size_t n_exchangers;
	size_t n_left_out;              /* further ones that were not looked at */
	const char *sts_id, *sts_fault; /* of the TXT record; both NULL: there is none, or the answer is unknown */
	struct visit *policy_visit;     /* of https://mta-sts.DOMAIN/, NULL: not asked */
	struct mta_sts_policy policy;
	const char *tls_rpt_to;         /* its rua, RFC 8460 3; NULL none */
};

struct visit {
	struct target target;
	struct proxy_evidence proxy;
	struct proxy_route *route;      /* probe/connect.h: how connections are made; NULL: directly */
	struct dns_evidence dns;
	struct endpoint **endpoints;
	size_t n_endpoints, cap_endpoints;
	struct endpoint *best;          /* the address whose main attempt went furthest, IPv6 before IPv4 */
	struct chain_facts *chain;      /* of best->main, NULL without certificates */
	struct http_evidence http;
	struct http_evidence http_fallback;     /* the same request in HTTP/1.1 after HTTP/2 failed */
	struct http_stall http_stall;
	struct plain_http port80;
	struct quic_evidence quic;
	struct page_evidence page;
	struct mail_evidence *mail;     /* the target is a mail domain; NULL elsewhere */
	struct visit *next;             /* where a redirect leads, diagnosed in turn */
	bool redirect_loop, redirect_limit;
	const char *loop_why;           /* how the loop comes about */
	double dns_ms, tcp_ms, tls_ms, http_ms;
};

/* What is asked of the scan, from the command line. */
struct why_options;             /* scan/options.h */

/* --transcript: the bytes of each connection as they went, up to a limit. */
struct wire_event {
	double at_ms;
	bool sent;
	size_t n;                       /* of which `bytes` holds the first */
	struct span bytes;
};

struct wire_record {
	const char *address;            /* "192.0.2.1:443" */
	double opened_ms;
	struct wire_event *events;
	size_t n_events, cap_events;
	size_t kept;                    /* bytes */
};

struct wire_log {
	struct arena *arena;
	struct wire_record **records;
	size_t n, cap;
	size_t kept;
};

/* One fetch beside the target: an issuer, an OCSP answer, a CRL. */
struct fetched {
	const char *url;
	struct span post, body;
	const char *error;              /* NULL when an answer came */
};

enum { FAIR_WAIT_MS = 1000 };   /* for a peer to answer in, before its silence is held against it */

struct evidence {
	struct arena *arena;
	int64_t started_unix, now_unix; /* now_unix: the time certificates are judged at */
	enum tri clock_steered; /* a time service steers the kernel's clock (adjtimex) */
	double elapsed_ms;
	struct visit *visit;            /* the target */
	struct trust *trust;            /* x509/trust.h: what certificates are judged against */
	struct trust *proxy_trust;      /* and a proxy's own: --proxy-cacert, else the system's; may be the same */
	struct span *crls;              /* --crl: DER */
	size_t n_crls;
	bool from_file;                 /* a chain on disk: nothing was sent */
	struct files_evidence *files;   /* with from_file: all that lay there */
	bool out_of_time;               /* not all was asked, or not long enough */
	bool is_hasty;          /* --max-time leaves less than FAIR_WAIT_MS for one answer: silence shows little */
	bool has_client_certificate;    /* --cert: one was ready to be shown */
	bool external;                  /* issuers, OCSP and CRLs might be fetched */
	bool is_replay;                 /* read from a transcript: nothing may be sent */
	struct fetched *fetches;        /* what was fetched beside the target, in order */
	size_t n_fetches, cap_fetches;
	struct wire_log *wire;          /* NULL unless a transcript was asked for */
	struct host_evidence *host;     /* NULL unless the machine itself was looked at */
	unsigned n_connections;
	size_t bytes_sent, bytes_received;
};

/* Repeats of one hello were answered differently: another certificate, another outcome. */
bool evidence_answers_vary(const struct endpoint *endpoint);

/* What the ICMP error of `seen` amounts to for a connection. */
enum tcp_outcome tcp_outcome_told(const struct tcp_evidence *seen, int family);

/* Of the web: http or https. Only such targets have HTTP, pages, HTTP/3 and browsers. */
bool target_is_web(const struct target *target);

/* The dialogue before TLS on which the attempt failed; NULL when none did, or there is no attempt. */
const struct dialogue_evidence *attempt_dialogue_fault(const struct attempt *attempt);

/* The visits of the mail servers of the target, its own first; NULL behind the last. */
struct visit *evidence_mail_visit(const struct evidence *evidence, size_t nth);

/* The attempt of that name (nth repeat 0) at an endpoint, or NULL. */
const struct attempt *evidence_attempt(const struct endpoint *endpoint, const char *name);
/* Were hellos of 256 to 511 bytes ended without a word, each of them, and shorter and longer ones answered? Old load
 * balancers take the length's first byte, 1, for something else (RFC 7685). */
bool evidence_drops_middling_hellos(const struct endpoint *endpoint);
/* Is it of those, whatever was counted; its header is 5 bytes of hello_len. */
bool attempt_is_middling(const struct attempt *attempt);

#endif
