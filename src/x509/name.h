/* Names: X.500 (compared as RFC 5280 7.1 says, near enough), host names (RFC 9525, RFC 6125) and
 * name constraints (RFC 5280 4.2.1.10). */
#ifndef WHY_X509_NAME_H
#define WHY_X509_NAME_H

#include "x509/cert.h"

struct cert_name name_read(struct arena *arena, struct span raw, struct der_fault *fault);
/* Case and blanks do not count, nor which string type holds a text. Raw Names. */
bool name_equal(struct span a, struct span b);
/* `prefix`'s RDNs are the first of `name`'s. */
bool name_is_prefix(struct span prefix, struct span name);
uint64_t name_hash(struct span raw);
bool name_is_empty(struct span raw);
/* "CN=www.example.org, O=Example, C=DE"; hostile. */
const char *name_text(struct arena *arena, const struct cert_name *name);
/* Common name, else organisation, else all of it. */
const char *name_short(struct arena *arena, const struct cert_name *name);

enum host_match { HOST_MATCH_STRICT = 0,
		  HOST_MATCH_PARTIAL_WILDCARD = 1,      /* f*.example.org */
		  HOST_MATCH_TLD_WILDCARD = 2,          /* *.org */
		  HOST_MATCH_PUBLIC_SUFFIX = 4 };       /* *.co.uk */
/* Does the presented dNSName `pattern` cover `host`? */
bool host_matches(struct span pattern, struct span host, unsigned how);
bool host_is_public_suffix(struct span name);           /* ICANN section of the list */
/* 4 or 16 bytes of an address in text form; 0: none. */
size_t host_address(const char *host, uint8_t bytes[16]);
/* SAN entries alone count. */
bool cert_matches_host(const struct cert *cert, const char *host, unsigned how);
/* By the common name, as clients did that knew no SAN. */
bool cert_common_name_matches(const struct cert *cert, const char *host);
/* "a.test, b.test, 192.0.2.1", at most `max` and "and N more"; hostile. */
const char *cert_names_text(struct arena *arena, const struct cert *cert, size_t max);
/* A dNSName written as one: labels of letters, digits, hyphens (underscores pass), a star only first. */
bool host_name_is_valid(struct span name);
const char *general_name_text(struct arena *arena, const struct general_name *name);

/* Names of `subject` that `ca` does not allow: NULL when all are, else one sentence. */
const char *name_constraints_broken(struct arena *arena, const struct cert *ca, const struct cert *subject);

#endif
