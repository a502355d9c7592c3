/* Findings that look at several blocks of a configuration, whoever's it is. */
#ifndef WHY_SERVER_BLOCKS_H
#define WHY_SERVER_BLOCKS_H

#include "server/conf.h"

/* For the socket and name of `choice`; the block that answers it is chosen already (conf->server->chosen). */
void server_blocks_check(struct conf *conf, const struct server_choice *choice);

#endif
