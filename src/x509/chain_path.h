/* Judging one path; used by chain.c. */
#ifndef WHY_X509_CHAIN_PATH_H
#define WHY_X509_CHAIN_PATH_H

#include "x509/chain.h"
#include "x509/sig.h"

/* Fills problems and badness; `link[i]`: is certificate i signed by i + 1. 0 badness: nothing is wrong. */
void chain_path_judge(struct arena *arena, struct chain_path *path, const enum sig_result *link, int64_t now);

#endif
