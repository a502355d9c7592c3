/* Output: a growing text buffer, and the one layer through which bytes of a peer reach people,
 * terminals and files. Everything that came from outside goes through one of the out_*_escaped
 * functions; plain out_str() is for our own words. */
#ifndef WHY_BASE_OUT_H
#define WHY_BASE_OUT_H

#include "base/attr.h"
#include "base/span.h"

struct out {
	char *text;     /* NUL-terminated once anything was written */
	size_t n, cap;
	bool failed;    /* out of memory: everything after is dropped */
};

void out_release(struct out *out);
void out_str(struct out *out, const char *text);
void out_bytes(struct out *out, const void *bytes, size_t n);
void out_char(struct out *out, char c);
void out_printf(struct out *out, const char *fmt, ...) WHY_PRINTF(2, 3);
void out_repeat(struct out *out, const char *text, size_t times);

/* Valid UTF-8 passes; controls (C0, DEL, C1), bidirectional and other invisible formatting
 * characters, line separators and invalid bytes become \xNN or \u{NNNN}. Never a line break. */
void out_safe(struct out *out, struct span text);
void out_safe_str(struct out *out, const char *text);
/* The same into a caller's buffer; cut with "..." where it does not fit. Returns `buffer`. */
char *safe_copy(char *buffer, size_t cap, struct span text);

/* Length of the valid UTF-8 sequence `text` begins with, 0 when there is none. RFC 3629 4. */
size_t utf8_decode(struct span text, uint32_t *code);
/* Controls, and what changes how other text looks without being seen: bidirectional marks, joiners,
 * separators, variation and tag characters, private use, noncharacters. */
bool utf8_is_unsafe(uint32_t code);

/* JSON. Strings: what out_safe() would escape is written as \uNNNN, invalid UTF-8 as \u00NN of the
 * byte, so that the document is always valid, means the same and is safe to look at. */
void json_string(struct out *out, struct span text);

/* A writer that keeps commas and nesting: json_object_begin(j, "key" or NULL) ... json_end(j). */
struct json {
	struct out *out;
	unsigned depth;
	bool any[64];           /* has this level an element yet */
	char close[64];
	bool pretty;
};

struct json json_of(struct out *out, bool pretty);
void json_object_begin(struct json *j, const char *key);
void json_array_begin(struct json *j, const char *key);
void json_end(struct json *j);
void json_key_span(struct json *j, const char *key, struct span value);
void json_key_str(struct json *j, const char *key, const char *value);  /* NULL gives null */
void json_key_int(struct json *j, const char *key, int64_t value);
void json_key_double(struct json *j, const char *key, double value, int decimals);
void json_key_bool(struct json *j, const char *key, bool value);
void json_key_null(struct json *j, const char *key);
void json_key_hex(struct json *j, const char *key, struct span bytes);
/* Elements of an array: the same calls with key NULL. */

/* Columns that `text` takes on a terminal: UTF-8 aware, wide East Asian characters count two. */
size_t text_width(const char *text);

/* Writes `text` wrapped at `width` columns, each line behind `indent` blanks; breaks at blanks only.
 * `first` is how many columns of the first line are already taken. */
void out_wrapped(struct out *out, const char *text, size_t indent, size_t width, size_t first);

#endif
