/* What mends a fault, in words that can be followed to the letter: the file and the line, the very text to write there, the very
 * command to run. Steps are joined by "; " and end in the server's own test and its reload. Texts live in the arena. */
#ifndef WHY_SERVER_EDIT_H
#define WHY_SERVER_EDIT_H

#include "server/conf.h"

/* As a word of sh(1). */
const char *edit_shell(struct arena *arena, const char *word);
/* As a word of the server's configuration, in quotes where it needs them. */
const char *edit_word(const struct conf *conf, const char *word);
/* The directive as a line of the configuration, without its line's end. */
const char *edit_line(const struct conf *conf, const struct conf_node *node);
/* The same with the word `old` (or the end of it, where it is a path) changed, dropped (`new` NULL) or, where it is not there, added at the end. */
const char *edit_line_with(const struct conf *conf, const struct conf_node *node, const char *old, const char *new);
/* The same with a part of a word changed; NULL where no word has it. */
const char *edit_line_part(const struct conf *conf, const struct conf_node *node, const char *old, const char *new);
/* A line as it stands in its file, without blanks before it; NULL: it is not there. */
const char *edit_raw(struct conf *conf, struct server_place at);
/* The directive of that place and name (NULL: any) in the tree; NULL: none. */
const struct conf_node *edit_node(const struct conf *conf, struct server_place at, const char *name);

/* "FILE:LINE: write `TEXT`": in the place of the directive that stands there. */
const char *edit_write(const struct conf *conf, struct server_place at, const char *text);
const char *edit_above(const struct conf *conf, struct server_place at, const char *text);
const char *edit_below(const struct conf *conf, struct server_place at, const char *text);
const char *edit_drop(const struct conf *conf, struct server_place at);
/* The block from its first to its last line. */
const char *edit_drop_block(const struct conf *conf, const struct conf_node *block);
/* A directive as the first in a block. */
const char *edit_into(const struct conf *conf, const struct conf_node *block, const char *text);

/* "STEPS; then `TEST && RELOAD`." */
const char *edit_then(const struct conf *conf, const char *steps);

#endif
