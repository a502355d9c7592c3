/* TLSA records against a chain: RFC 6698 2.1, RFC 7671. Whether DNSSEC secures them is the caller's. */
#ifndef WHY_X509_TLSA_H
#define WHY_X509_TLSA_H

#include "x509/chain.h"

enum tlsa_usage { TLSA_PKIX_TA, TLSA_PKIX_EE, TLSA_DANE_TA, TLSA_DANE_EE };

/* Why the record cannot be used, NULL when it can. */
const char *tlsa_fault(struct span rdata);
/* The record, which has no fault, names a certificate or key of the chain at the place its usage says. */
bool tlsa_matches(const struct chain_facts *chain, struct span rdata);

#endif
