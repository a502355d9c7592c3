/* The order and the dates of the certificates that a server sends. */
#ifndef WHY_SERVER_CHAIN_FILE_H
#define WHY_SERVER_CHAIN_FILE_H

#include "server/conf.h"
#include "x509/cert.h"

struct chain_file {
	const char *path, *rest_path;           /* of the server's own certificate, and of what comes behind it: mostly the same */
	struct server_place at, rest_at;
	struct cert **certs;                    /* at least one, the server's own first */
	size_t n;
	int64_t now_unix;
	bool has_other_chain;                   /* the server completes the chain from elsewhere */
};

/* A command that puts the certificate of that key first, the others behind it in their order. */
const char *chain_reorder(struct conf *conf, const char *path, struct cert **certs, size_t n, struct span spki);
void chain_file_check(struct conf *conf, const struct chain_file *file);

#endif
