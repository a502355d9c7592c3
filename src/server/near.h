/* Certificates and keys that lie where they would be looked for: beside a file that is missing or wrong, and where the clients of ACME and
 * packages put them. What is named in a fix has been read and fits. */
#ifndef WHY_SERVER_NEAR_H
#define WHY_SERVER_NEAR_H

#include "server/conf.h"

struct cert;

struct near_pair {
	const char *cert_path, *key_path;       /* the same where both lie in one file */
};

/* A file that holds the key of `leaf`, not `not`; NULL: none was found. */
const char *near_key(struct conf *conf, const char *beside, const char *not, const struct cert *leaf);
/* A certificate for `name`, valid now, with its key: of several the one that is valid longest. */
bool near_certificate(struct conf *conf, const char *beside, const char *name, int64_t now_unix, bool wants_one_file, struct near_pair *out);

#endif
