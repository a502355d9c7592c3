/* What exchange.c, h1.c, h2.c and fields.c share; nobody else includes this. */
#ifndef WHY_HTTP_PARTS_H
#define WHY_HTTP_PARTS_H

#include "http/buffer.h"
#include "http/exchange.h"

enum {
	HTTP_BODY_LIMIT = 2 << 20,
	HTTP_HEADER_LIMIT = 256 << 10, /* Chrome's limit for a response head: beyond it is a fault */
	HTTP_HEADER_STOP = 512 << 10,  /* ours: Firefox and Java stop at 384 KiB */
	HTTP_HEADER_LINES = 5000,
	HTTP_FIRST_BYTES = 1024
};

struct h1;
struct h2;

struct http_exchange {
	struct arena *arena;
	struct http_request request;
	struct http_evidence *out;
	struct buffer to_send;
	struct buffer first;
	struct buffer body; /* as sent, transfer coding undone, content coding not */
	size_t cap_headers;
	size_t header_bytes;
	uint64_t n_received;
	bool is_done;
	struct h1 *h1;
	struct h2 *h2;
};

/* Notes a fault; the first one stays. */
void http_fault(struct http_exchange *x, enum http_fault fault, const char *fmt, ...)
	WHY_PRINTF(3, 4);
/* A fault after which nothing more can be read. */
#define http_stop(x, ...) (http_fault((x), __VA_ARGS__), (x)->is_done = true)

/* False when the caps are reached: the fault is noted and the exchange is done. */
bool http_field_add(struct http_exchange *x, struct span name, struct span value);
/* Body bytes; what lies past the limit is counted and dropped, and ends the exchange. */
void http_body_add(struct http_exchange *x, struct span bytes);
/* Once, when the head is whole: reads the fields that have a place of their own in the evidence. */
void http_head_done(struct http_exchange *x);
/* Once, when no more of the body will come: undoes the content coding. */
void http_body_done(struct http_exchange *x, bool whole);
/* The response is whole. */
void http_finish(struct http_exchange *x);
/* GET and the like carry no body back for HEAD, 1xx, 204 and 304. RFC 9112 6.3. */
bool http_has_no_body(const struct http_exchange *x);

/* Content-Length: 1 one valid length, 0 none, -1 two that differ, -2 not a number. */
int http_content_length(const struct http_evidence *http, uint64_t *length);

struct h1 *h1_new(struct http_exchange *x);
void h1_receive(struct http_exchange *x, struct span bytes);
/* The connection ended in order: judges what is missing. */
void h1_end(struct http_exchange *x);

struct h2 *h2_new(struct http_exchange *x);
void h2_receive(struct http_exchange *x, struct span bytes);
void h2_end(struct http_exchange *x);

#endif
