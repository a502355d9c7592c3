/* Known words of the servers' configurations. */
#ifndef WHY_SERVER_WORDS_H
#define WHY_SERVER_WORDS_H

#include "base/arena.h"

/* The directive (variable) that differs from the word by a slip or two; NULL where there is none or more than one. */
const char *words_nginx_like(struct arena *arena, const char *word);
const char *words_variable_like(struct arena *arena, const char *word);
const char *words_haproxy_like(struct arena *arena, const char *word);         /* of a bind line's options for TLS */
const char *words_apache_like(struct arena *arena, const char *word);
/* The module that brings a directive ("headers"); NULL: the core, or not known. */
const char *words_apache_module(const char *directive);

#endif
