/* Certificates of a visit turned into facts, fetching what is missing. */
#ifndef WHY_SCAN_CHAIN_H
#define WHY_SCAN_CHAIN_H

#include "scan/visit.h"

/* Builds visit->chain from what the best address sent; fetches issuers (AIA), OCSP and CRLs unless
 * the options forbid it. */
void visit_judge_chain(struct scan *scan, struct visit *visit);

#endif
