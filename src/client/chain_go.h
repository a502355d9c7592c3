/* The parts of Go's crypto/x509: what makes a certificate unreadable, and name constraints. All
 * give Go's text, or NULL. */
#ifndef WHY_CLIENT_CHAIN_GO_H
#define WHY_CLIENT_CHAIN_GO_H

#include "client/chain_path.h"

/* `unhandled`: it holds a kind of name that Go does not know. */
const char *go_constraints_fault(struct arena *arena, const struct link *link, bool *unhandled);
const char *go_names_fault(struct arena *arena, const struct link *ca, const struct link *subject);
const char *go_san_fault(struct arena *arena, const struct link *link);

#endif
