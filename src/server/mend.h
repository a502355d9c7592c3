/* What has to be written where a server's own test refuses its configuration, by what its message says. */
#ifndef WHY_SERVER_MEND_H
#define WHY_SERVER_MEND_H

#include "server/conf.h"

/* The steps (see edit.h) for the message of nginx -t, apache2 -t or haproxy -c about `at`; where none is known, what to do with the line. */
const char *mend_steps(struct conf *conf, struct server_place at, const char *message);

/* The module is loaded: by a2enmod or a line below the last LoadModule. */
const char *mend_apache_module(const struct conf *conf, const char *module);

#endif
