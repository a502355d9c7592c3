/* DNSSEC validation by libunbound, asking the machine's own resolvers. RFC 4033 to 4035. Only
 * worthwhile where the resolver passes RRSIG on: else every signed zone would look bogus. */
#ifndef WHY_DNS_DNSSEC_H
#define WHY_DNS_DNSSEC_H

#include <uv.h>

#include "dns/config.h"

struct dns_dnssec;

struct dns_dnssec_result {
	bool has_answer;        /* false: `why` says what failed */
	bool is_secure, is_bogus;
	const char *why;        /* in the arena; with is_bogus libunbound's reason */
};

/* `done` once from the loop unless stopped. NULL when there is no trust anchor or libunbound fails. */
struct dns_dnssec *dns_dnssec_start(uv_loop_t *loop, struct arena *arena,
				    const struct dns_servers *servers, const char *root_key,
				    const char *name, uint16_t type,
				    void (*done)(void *ctx, const struct dns_dnssec_result *result),
				    void *ctx);
void dns_dnssec_stop(struct dns_dnssec *dnssec);

#endif
