/* A cipher suite as an audit found it: IANA's two-byte codes and SSLv2's three-byte kinds seen alike. */
#ifndef WHY_ASSESS_SUITE_H
#define WHY_ASSESS_SUITE_H

#include "evidence/audit.h"
#include "kb/names.h"

struct suite_view {
	uint32_t code;
	char code_text[8];              /* "C02F"; of SSLv2 "010080" */
	const char *name;               /* IANA's, never NULL: "unknown" for a code that no table has */
	const char *openssl, *gnutls;   /* or NULL */
	const char *key_exchange;       /* "ECDHE", "DHE", "RSA", ...; "any" in TLS 1.3, "" unknown */
	const char *authentication;
	const char *encryption;         /* "AES", "3DES", ...; "" unknown */
	const char *mode, *mac;         /* "" where there is none */
	unsigned bits;                  /* of real strength: 3DES counts 112, export 40 or 56 */
	bool has_forward_secrecy, is_aead, is_export, is_known;
	enum kb_class class;
};

struct suite_view suite_view_of(uint16_t version, uint32_t code);

bool suite_is_rc4(const struct suite_view *suite);
bool suite_is_null(const struct suite_view *suite);
bool suite_is_anonymous(const struct suite_view *suite);
bool suite_is_cbc(const struct suite_view *suite);
bool suite_is_export(const struct suite_view *suite);
bool suite_has_block64(const struct suite_view *suite);         /* 3DES, DES, IDEA, RC2 */
bool suite_has_forward_secrecy(const struct suite_view *suite);
bool suite_is_aead(const struct suite_view *suite);
bool suite_is_dhe(const struct suite_view *suite);
bool suite_is_static_rsa(const struct suite_view *suite);
bool suite_is_any(const struct suite_view *suite);

typedef bool suite_test(const struct suite_view *suite);

/* Has the server such a suite in a protocol from `low` to `high`? YES as soon as one was seen; NO only
 * where each of these protocols is refused or its list is whole. `seen`, where not NULL, gets the
 * first one and its version. */
struct suite_seen {
	uint16_t version;
	uint32_t code;
};
enum tri audit_any_suite(const struct audit *audit, uint16_t low, uint16_t high, suite_test *test, struct suite_seen *seen);
/* Protocol and suite lists are complete for what is supported. `because` says what is missing. */
bool audit_suites_are_whole(const struct audit *audit, const char **because);

#endif
