/* Shared by the rules on certificates. */
#ifndef WHY_RULE_CERT_PARTS_H
#define WHY_RULE_CERT_PARTS_H

#include "rule/rule.h"
#include "x509/chain.h"

/* "The certificate", "The intermediate ...", "The root ...": what certificate `at` of the best path is. */
const char *cert_role(struct arena *arena, const struct chain_facts *facts, size_t at);
/* Evidence that names one certificate: subject, issuer, fingerprint. */
void cert_evidence(struct findings *findings, struct finding *finding, const struct cert *cert);
/* A finding about certificate `at` of the best path, with that evidence. */
struct finding *cert_finding(struct findings *findings, const struct visit *visit, const char *id, size_t at,
			     const char *what);
/* No client of today looks, but the standard forbids it: fails only where a chain on disk is asked about,
 * which is judged by the standards before anybody meets it. */
void cert_finding_strict(const struct evidence *evidence, struct finding *finding);

#endif
