/* The TLS side of a server: contexts made from its scene's settings. */
#ifndef WHY_LAB_SITE_H
#define WHY_LAB_SITE_H

#include "lab.h"

struct backend {
	SSL_CTX *ctx;
	unsigned char *staple;
	int staple_len;
};

struct site {
	struct backend main, other;     /* other.ctx: NULL unless the scene has `other-cert` */
	unsigned char alpn[64];         /* wire form; empty: ALPN is ignored */
	unsigned alpn_len;
	struct pace *pace;              /* NULL: as fast as it goes */
	bool refuses_names;             /* sni refuse: alert 112 to any name */
};

void site_make(struct lab *lab, struct scene *scene);

#endif
