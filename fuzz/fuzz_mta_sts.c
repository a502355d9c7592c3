/* MTA-STS policies, and the same bytes as a TXT record. */
#include <stdlib.h>

#include "starttls/mta_sts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	struct dns_record record = { .owner = "x", .type = 16, .rdata = span_of(data, n), .text = "" };
	const struct dns_answer answer = { .outcome = DNS_OK, .records = &record, .n_records = 1 };
	struct mta_sts_policy policy;
	const char *id, *fault;

	mta_sts_policy_read(arena, span_of(data, n), &policy);
	if ((policy.fault != NULL) != (policy.mode == MTA_STS_NO_POLICY))
		abort();
	mta_sts_matches(&policy, "mail.example.org");
	mta_sts_record(arena, &answer, &id, &fault);
	if (id && fault)
		abort();
	tls_rpt_record(arena, &answer);
	arena_free(arena);
	return 0;
}
