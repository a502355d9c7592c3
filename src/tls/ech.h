/* Encrypted Client Hello, RFC 9849: the configurations that DNS names, a hello that hides another, and whether
 * the server took the hidden one. */
#ifndef WHY_TLS_ECH_H
#define WHY_TLS_ECH_H

#include "base/arena.h"
#include "base/wr.h"
#include "tls/hpke.h"

enum { ECH_VERSION = 0xfe0d, EXT_ECH = 0xfe0d };

struct ech_config {
	struct span whole;              /* version and length too */
	uint8_t id;
	struct hpke_suite suite;        /* the first of its suites that we know */
	struct span public_key;
	const char *public_name;
};

enum ech_list { ECH_LIST_MALFORMED, ECH_LIST_UNKNOWN, ECH_LIST_READ };

/* The first configuration of an ECHConfigList that we can use; UNKNOWN: none of them. */
enum ech_list ech_list_read(struct arena *arena, struct span list, struct ech_config *config);

/* To hide a hello with: `inner` is the hidden ClientHello as the transcript has it, filled by the encoder. */
struct ech_offer {
	const struct ech_config *config;
	struct span inner;
};

/* The body of the extension in the outer hello, with zeros for what is hidden: `n` bytes of EncodedClientHelloInner. */
void ech_put_outer(struct wr *wr, const struct ech_config *config, size_t n);
/* Bytes that EncodedClientHelloInner takes with its padding, and these bytes. */
struct span ech_pad(struct arena *arena, struct span inner_body, const char *name);
/* Hides `encoded` in a whole outer ClientHello that ends in the extension. */
bool ech_hide(const struct ech_config *config, struct span encoded, uint8_t *outer, size_t n);

/* Does the ServerHello (a whole message) say that the hidden hello was taken? */
bool ech_is_accepted(uint16_t suite, struct span inner, struct span server_hello);

/* For a server: finds the hidden hello with the key; empty where it does not open. Bodies, without headers. */
struct span ech_reveal(struct arena *arena, const struct ech_config *config, struct span private_key, struct span outer_body);
/* The last eight bytes of ServerHello.random that say so; `server_hello` has zeros there. */
bool ech_confirm(uint16_t suite, struct span inner, struct span server_hello, uint8_t out[8]);

#endif
