/* The head of an HTTP/1 answer as it came, and how each client reads it. Parsers differ in what they let pass; the
 * bytes decide, not what our own parser made of them. */
#ifndef WHY_CLIENT_H1_HEAD_H
#define WHY_CLIENT_H1_HEAD_H

#include "client/client.h"

struct show_case;

enum { H1_LINES_MAX = 64 };

struct h1_line {
	struct span text;       /* without its end */
	bool is_bare;           /* ended by LF alone */
	bool is_cut;            /* the connection ended before the line did */
};

struct h1_head {
	bool has_blank_before;  /* a line end in front of the status line */
	struct h1_line lines[H1_LINES_MAX];     /* the status line, then the fields */
	size_t n_lines;
	bool is_cut;            /* the connection ended inside */
	bool has_more;          /* something follows the head */
};

enum h1_view {
	H1_NO_OPINION,          /* what our own parser says holds */
	H1_PASSES,              /* this client sees nothing wrong with the head */
	H1_STOPS                /* `out` says what it shows */
};

/* False when the head does not lie whole in the bytes that are kept (http.first_bytes). */
bool h1_head_read(const struct http_evidence *http, struct h1_head *head);
/* A field's name, empty without a colon, and its value, both trimmed. */
struct span h1_field_name(const struct h1_line *line);
struct span h1_field_value(const struct h1_line *line);

/* struct client_texts.reads_head */
enum h1_view h1_chrome(const struct show_case *c, const struct h1_head *head, struct client_result *out);
enum h1_view h1_firefox(const struct show_case *c, const struct h1_head *head, struct client_result *out);
enum h1_view h1_curl(const struct show_case *c, const struct h1_head *head, struct client_result *out);
enum h1_view h1_go(const struct show_case *c, const struct h1_head *head, struct client_result *out);
enum h1_view h1_java(const struct show_case *c, const struct h1_head *head, struct client_result *out);
enum h1_view h1_node(const struct show_case *c, const struct h1_head *head, struct client_result *out);
enum h1_view h1_python(const struct show_case *c, const struct h1_head *head, struct client_result *out);

#endif
