/* What a ClientHello offers, as far as a scene's `when` asks. */
#ifndef WHY_LAB_HELLO_H
#define WHY_LAB_HELLO_H

#include "base/rd.h"

#define HELLO_MAX (5 + 16384)

struct client_hello {
	size_t n_bytes;         /* with the record's head */
	struct span name;       /* server_name; empty: not sent */
	struct span versions, groups;   /* the lists, two bytes an entry */
	bool has_grease;
	uint16_t extensions[128];
	size_t n_extensions;
};

/* False when the bytes are no ClientHello. */
bool client_hello_read(struct client_hello *hello, struct span record);
bool client_hello_has(const struct client_hello *hello, uint16_t extension);
bool span_has_u16(struct span list, uint16_t value);

#endif
