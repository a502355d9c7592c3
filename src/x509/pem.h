/* PEM (RFC 7468) block by block. */
#ifndef WHY_X509_PEM_H
#define WHY_X509_PEM_H

#include "base/arena.h"
#include "base/span.h"

/* The next block of `file` from `*at` on: its label and the text between its lines. False at the end. */
bool pem_next(struct span file, size_t *at, struct span *label, struct span *body);
bool pem_label_ends(struct span line, const char *label);
/* What is no base64 is passed over; stops at `=`. */
struct span pem_base64(struct arena *arena, struct span text);
/* Is it written so that OpenSSL, which is stricter than pem_next(), reads all of it as well: each mark on a line of its own and
 * at its beginning, labels that fit, certificates of nothing but base64? False says only that it is not plain. */
bool pem_is_plain(struct span text);

#endif
