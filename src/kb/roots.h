/* Roots that browsers ship, whether this machine has them or not. */
#ifndef WHY_KB_ROOTS_H
#define WHY_KB_ROOTS_H

#include <stddef.h>

#include "base/span.h"

struct kb_root {
	const char *sha256;     /* of the certificate, lower-case hexadecimal */
	const char *ski;        /* subject key identifier likewise; NULL where it has none */
	const char *name;       /* common name, else the organisational unit */
};

extern const struct kb_root kb_roots[];
extern const size_t n_kb_roots;

/* By the certificate's SHA-256, or by the key identifier that its children name; NULL. */
const struct kb_root *kb_root_find(struct span sha256, struct span key_id);

#endif
