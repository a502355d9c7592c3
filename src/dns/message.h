/* DNS messages on the wire: a query is written, a response is read. RFC 1035 section 4, EDNS(0) of
 * RFC 6891, extended errors of RFC 8914. Nothing here does I/O. */
#ifndef WHY_DNS_MESSAGE_H
#define WHY_DNS_MESSAGE_H

#include "base/arena.h"
#include "base/rd.h"
#include "base/wr.h"
#include "evidence/evidence.h"

enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_NS = 2,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_SOA = 6,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_MX = 15,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_DNAME = 39,
	DNS_TYPE_OPT = 41,
	DNS_TYPE_RRSIG = 46,
	DNS_TYPE_TLSA = 52,
	DNS_TYPE_SVCB = 64,
	DNS_TYPE_HTTPS = 65,
	DNS_TYPE_CAA = 257,
};

enum dns_rcode {
	DNS_RCODE_NOERROR = 0,
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_NOTIMP = 4,
	DNS_RCODE_REFUSED = 5,
};

#define DNS_CLASS_IN 1
#define DNS_QUERY_MAX 300       /* header, one question of 255 + 4 bytes, OPT */
#define DNS_NAME_WIRE_MAX 255
#define DNS_NAME_TEXT_MAX 1024  /* every byte of a name may become \DDD */

struct dns_query {
	const char *name;       /* "www.example.org", "." for the root */
	uint16_t type;
	uint16_t id;
	bool has_edns;
	bool dnssec_ok;         /* DO; needs has_edns */
	bool checking_disabled; /* CD */
};

struct dns_message {
	uint16_t id;
	bool is_response, is_truncated, is_authenticated;
	int rcode;              /* with the upper bits of EDNS */
	const char *name;       /* the question, NULL when none was echoed */
	uint16_t type;
	uint16_t rclass;
	struct dns_record *answers;     /* class IN only; in order */
	size_t n_answers;
	bool has_rrsig;         /* among the answers or the authority records */
	int extended_error;     /* RFC 8914 INFO-CODE, -1 when none */
	const char *extended_error_text;        /* hostile; NULL when none */
	const char *fault;      /* what is malformed, NULL when nothing; what came before it is kept */
};

const char *dns_type_name(uint16_t type);       /* "AAAA"; NULL when we have no name for it */
const char *dns_rcode_name(int rcode);          /* "NXDOMAIN"; NULL likewise */

/* False when `name` has an empty or overlong label or is too long. One trailing dot may be there. */
bool dns_name_encode(struct wr *wr, const char *name);
/* The next name of `rd`, a cursor over `message`; compression pointers may only lead backwards.
 * Text: no trailing dot, "." for the root, dots and unprintable bytes within labels escaped. */
bool dns_name_read(struct span message, struct rd *rd, char text[DNS_NAME_TEXT_MAX]);

/* False when the name cannot be encoded. */
bool dns_query_encode(struct wr *wr, const struct dns_query *query);
/* False when not even header and question can be read; `fault` is then set too. */
bool dns_message_decode(struct arena *arena, struct span bytes, struct dns_message *out);

#endif
