/* What is trusted: the system's bundle or a file of the user's. Loaded once, then read only; any
 * thread may ask. */
#ifndef WHY_X509_TRUST_H
#define WHY_X509_TRUST_H

#include "base/err.h"
#include "evidence/transcript.h"
#include "x509/cert.h"

struct trust;

/* SSL_CERT_FILE when set, else the usual places. NULL with the error set when there is none. */
struct trust *trust_load_system(struct why_error *error);
/* --cacert: these alone, and private ones. */
struct trust *trust_load_file(const char *path, struct why_error *error);
/* From memory; `is_private`: whether its roots are a user's own. NULL when it holds no certificate. */
struct trust *trust_load_bytes(struct span file, bool is_private, struct why_error *error);
/* What a transcript kept of a store. */
struct trust *trust_load_recalled(const struct transcript_trust *seen);
void trust_free(struct trust *trust);

size_t trust_count(const struct trust *trust);
const char *trust_path(const struct trust *trust);              /* file it came from; NULL: memory */
bool trust_is_system(const struct trust *trust);
const struct cert *trust_at(const struct trust *trust, size_t i);
/* Trusted certificates with this subject (a raw Name); they live as long as the store. */
size_t trust_by_subject(const struct trust *trust, struct span name, const struct cert *const **found);
bool trust_contains(const struct trust *trust, const struct cert *cert);
/* A root that browsers ship, as far as the system's own list of them tells. */
bool trust_is_public(const struct trust *trust, const struct cert *root);

#endif
