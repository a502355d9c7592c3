/* What a domain publishes about its mail servers' TLS: the TXT record and the policy of MTA-STS
 * (RFC 8461 3.1, 3.2, 4.1), the TXT record of TLS reporting (RFC 8460 3). Bytes in, facts out. */
#ifndef WHY_STARTTLS_MTA_STS_H
#define WHY_STARTTLS_MTA_STS_H

#include "base/arena.h"
#include "evidence/evidence.h"

enum { MTA_STS_POLICY_MAX = 64 << 10, MTA_STS_PATTERNS_MAX = 64 };

/* Of all TXT records at _mta-sts.DOMAIN. `*id` is NULL without a usable one; `*fault` then says why, NULL
 * where none is meant for MTA-STS. */
void mta_sts_record(struct arena *arena, const struct dns_answer *txt, const char **id, const char **fault);
/* The text served at /.well-known/mta-sts.txt. */
void mta_sts_policy_read(struct arena *arena, struct span text, struct mta_sts_policy *out);
/* "*.example.org" stands for one label. */
bool mta_sts_matches(const struct mta_sts_policy *policy, const char *host);
/* Where reports go, NULL without such a record. */
const char *tls_rpt_record(struct arena *arena, const struct dns_answer *txt);

#endif
