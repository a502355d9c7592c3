/* The encoder's way for a spec with `ech`. */
#ifndef WHY_TLS_HELLO_ECH_H
#define WHY_TLS_HELLO_ECH_H

#include "tls/hello.h"

void hello_ech_encode(struct arena *arena, const struct hello_spec *spec, const uint8_t random[64], struct wr *wr, struct offer *offer);

#endif
