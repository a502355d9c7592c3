/* Parts of cert_parse(), a file each. */
#ifndef WHY_X509_CERT_PARTS_H
#define WHY_X509_CERT_PARTS_H

#include "x509/cert.h"

void extensions_read(struct arena *arena, struct span content, struct cert *cert, struct der_fault *fault);
struct cert_key key_read(struct arena *arena, struct span spki, struct der_fault *fault);

#endif
