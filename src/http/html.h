/* A tokenizer for HTML, of the WHATWG kind but without a tree: start tags with attributes, end tags,
 * and the text of elements whose content is raw. Time is linear in the document; nothing is
 * required of it, and what does not end ends with the document. */
#ifndef WHY_HTTP_HTML_H
#define WHY_HTTP_HTML_H

#include "base/arena.h"

enum { HTML_MAX_ATTRIBUTES = 64 };

enum html_kind { HTML_END, HTML_START_TAG, HTML_END_TAG, HTML_RAW_TEXT };

struct html_attribute {
	struct span name;  /* as written */
	struct span value; /* as written: html_text() undoes character references */
	unsigned line;
};

struct html_token {
	enum html_kind kind;
	struct span name; /* of the tag; of a raw text: of the element around it */
	struct span text; /* HTML_RAW_TEXT */
	unsigned line;	  /* where the tag or the text begins */
	struct html_attribute attributes[HTML_MAX_ATTRIBUTES];
	size_t n_attributes;
};

struct html {
	struct span all;
	size_t at;
	unsigned line;
	struct span raw; /* name of the raw element whose content comes next */
};

struct html html_of(struct span document);
/* False at the end. The token's spans point into the document. */
bool html_next(struct html *html, struct html_token *token);
/* The attribute of that name, or NULL. */
const struct html_attribute *html_attribute(const struct html_token *token, const char *name);
/* A value with its character references undone, into the arena. */
struct span html_text(struct arena *arena, struct span value);

#endif
