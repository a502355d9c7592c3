/* Words for the enumerations of evidence.h, as reports print them. Never NULL. */
#ifndef WHY_REPORT_NAMES_H
#define WHY_REPORT_NAMES_H

#include "base/attr.h"
#include "evidence/evidence.h"
#include "rule/rule.h"

const char *severity_name(enum severity severity);      /* "critical", ... */
const char *dns_outcome_name(enum dns_outcome outcome);
const char *tcp_outcome_name(enum tcp_outcome outcome);
const char *tls_fault_name(enum tls_fault fault);
const char *dialogue_fault_name(enum dialogue_fault fault);
const char *dialogue_step_name(enum dialogue_step step);
const char *http_fault_name(enum http_fault fault);
const char *resource_kind_name(enum resource_kind kind);
const char *mixed_treatment_name(enum mixed_treatment treatment);

/* RFC 5280's word for a bit of keyUsage, from 0; NULL for a bit it does not know. */
const char *usage_name(unsigned bit);
/* RFC 5280's word for a purpose of extKeyUsage, else the OID with dots. */
const char *purpose_name(struct arena *arena, struct span oid);
/* All of them; "" where the extension is not there. */
const char *usages_text(struct arena *arena, const struct cert *cert);
const char *purposes_text(struct arena *arena, const struct cert *cert);

#endif
