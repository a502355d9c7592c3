/* Which domains stand for an authority in CAA records: data/caa_issuers.tsv, generated at build time. */
#ifndef WHY_KB_CAA_H
#define WHY_KB_CAA_H

#include <stddef.h>

struct kb_caa_issuer {
	const char *organization;       /* part of the issuer's O */
	const char *domains;            /* separated by blanks */
};

extern const struct kb_caa_issuer kb_caa_issuers[];
extern const size_t n_kb_caa_issuers;

#endif
