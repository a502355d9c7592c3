/* What real clients put into their ClientHello: data/hello_profiles.tsv, generated at build time. */
#ifndef WHY_KB_HELLO_PROFILES_H
#define WHY_KB_HELLO_PROFILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hello_profile_extension {
	uint16_t type;          /* 0x0a0a for GREASE */
	const uint8_t *body;    /* of types that the encoder does not fill itself */
	size_t body_len;
};

struct hello_profile {
	const char *id;         /* "chrome_156" */
	const char *title;      /* "Chrome 156" */
	uint16_t record_version, legacy_version;
	uint8_t session_id_len; /* 0 or 32 */
	const uint16_t *suites, *groups, *key_shares, *schemes, *versions;      /* GREASE as 0x0a0a */
	size_t n_suites, n_groups, n_key_shares, n_schemes, n_versions;
	const char *const *alpn;
	size_t n_alpn;
	const struct hello_profile_extension *extensions;
	size_t n_extensions;
	uint16_t pad_to;        /* record length reached with the padding extension; 0: none */
	bool permutes;          /* a new order of extensions each time */
	const char *kind;       /* how it is known: "capture", "public-capture", "documentation", ... */
};

extern const struct hello_profile hello_profiles[];
extern const size_t n_hello_profiles;

const struct hello_profile *hello_profile_find(const char *id);
/* Does the profile offer this value; GREASE never. */
bool hello_profile_offers_suite(const struct hello_profile *profile, uint16_t suite);
bool hello_profile_offers_group(const struct hello_profile *profile, uint16_t group);
bool hello_profile_offers_scheme(const struct hello_profile *profile, uint16_t scheme);
/* By supported_versions, or legacy_version where there is none. */
bool hello_profile_offers_version(const struct hello_profile *profile, uint16_t version);

#endif
