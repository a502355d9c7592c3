/* What the files about nginx share. */
#ifndef WHY_SERVER_NGINX_H
#define WHY_SERVER_NGINX_H

#include "server/conf.h"

/* nginx_map.c: `text` with its variables filled in, for the server name `name` (NULL: none); NULL where one is not known. */
const char *nginx_value(struct conf *conf, const char *text, const char *name);
const char *nginx_value_at(struct conf *conf, const char *text, const char *name, unsigned depth);

#endif
