/* RDATA, names uncompressed, as structs and as presentation text. RFC 1035 3.3 and 3.4, 3596 (AAAA),
 * 6698 (TLSA), 8659 (CAA), 9460 (SVCB, HTTPS). Text of a peer stays hostile: escape it when shown. */
#ifndef WHY_DNS_RECORDS_H
#define WHY_DNS_RECORDS_H

#include <sys/socket.h>

#include "base/arena.h"
#include "evidence/evidence.h"

struct dns_caa {
	bool is_critical;
	const char *tag;        /* "issue", "issuewild", "iodef" */
	const char *value;      /* hostile; may hold NUL no longer: cut there */
};

struct dns_tlsa {
	uint8_t usage, selector, matching;
	struct span data;       /* points into the RDATA */
};

struct dns_svcb {
	uint16_t priority;      /* 0: alias mode */
	const char *target;     /* "." stands for the owner */
	const char **alpn;
	size_t n_alpn;
	bool no_default_alpn;
	bool has_port;
	uint16_t port;
	struct span ipv4_hints; /* 4 bytes each; into the RDATA */
	struct span ipv6_hints; /* 16 bytes each */
	struct span ech;        /* ECHConfigList; empty when none */
};

/* Each false when the RDATA is malformed. */
bool dns_caa_decode(struct arena *arena, struct span rdata, struct dns_caa *out);
bool dns_tlsa_decode(struct span rdata, struct dns_tlsa *out);
bool dns_svcb_decode(struct arena *arena, struct span rdata, struct dns_svcb *out);
bool dns_name_decode(struct arena *arena, struct span rdata, const char **name);       /* CNAME, NS, PTR */
/* A or AAAA; `port` in host order. */
bool dns_address_decode(uint16_t type, struct span rdata, uint16_t port,
			struct sockaddr_storage *address, socklen_t *len);

/* What a zone file would hold; unknown types as RFC 3597 has it ("\# 2 abcd"), malformed data with
 * "(malformed) " before. Never NULL. */
const char *dns_record_text(struct arena *arena, uint16_t type, struct span rdata);

#endif
