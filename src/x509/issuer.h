/* Of an issuer that is neither sent nor trusted: is it a root, which clients would have themselves, or an authority between,
 * which the server has to send? */
#ifndef WHY_X509_ISSUER_H
#define WHY_X509_ISSUER_H

#include "evidence/layer.h"
#include "x509/trust.h"

struct issuer_guess {
	enum tri is_root;
	const char *why;                /* what tells, a sentence about "its issuer"; NULL: nothing does */
	const struct cert *akin;        /* the trusted root that its name is like; NULL: not told from one */
};

/* The issuer of `below`, by what `below` says of it and by the names of the trusted roots. `trust` may be NULL. */
struct issuer_guess issuer_guess(const struct cert *below, const struct trust *trust);

#endif
