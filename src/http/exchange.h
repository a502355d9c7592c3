/* One request and its response over a connection that somebody else drives: bytes in, bytes out.
 * Fills struct http_evidence. Knows HTTP/1.1 (RFC 9112) and HTTP/2 (RFC 9113); sends no body.
 *
 * Everything, the HTTP/2 session included, lives in the arena: an exchange can be dropped at any
 * moment. The spans that come back live as long as the arena. No threads, no clock: the caller
 * fills first_byte_ms and elapsed_ms. */
#ifndef WHY_HTTP_EXCHANGE_H
#define WHY_HTTP_EXCHANGE_H

#include "evidence/evidence.h"

struct http_field {
	const char *name, *value;
};

/* RFC 9113 7; evidence.h2_error */
enum {
	H2_NO_ERROR = 0x0,
	H2_FRAME_SIZE_ERROR = 0x6,
	H2_REFUSED_STREAM = 0x7,
	H2_CANCEL = 0x8,
	H2_HTTP_1_1_REQUIRED = 0xd
};

struct http_request {
	const char *protocol;  /* "h2" or "http/1.1" (also when NULL) */
	const char *method;    /* NULL: GET */
	const char *scheme;    /* "https" or "http" */
	const char *authority; /* "host" or "host:port", as in Host */
	const char *path;      /* "/..." */
	const char *user_agent;
	const struct http_field *extra; /* more fields; names in lower case */
	size_t n_extra;
	size_t body_limit;   /* of the decoded body; 0: 2 MiB */
	size_t header_limit; /* of all names and values; 0: 512 KiB; over 256 is a fault */
};

/* How the connection ended. */
enum http_eof {
	HTTP_EOF_CLOSE_NOTIFY,
	HTTP_EOF_FIN, /* TCP ended without close_notify; plain HTTP: the usual end */
	HTTP_EOF_RESET,
	HTTP_EOF_TIMEOUT,
	HTTP_EOF_TLS_ALERT,
	HTTP_EOF_BAD_RECORD_MAC
};

struct http_exchange;

struct http_exchange *http_exchange_new(struct arena *arena, const struct http_request *request,
					struct http_evidence *out);
/* Bytes to write now; empty when there are none. To be asked after new and after each receive. */
void http_exchange_send(struct http_exchange *x, struct span *to_write);
void http_exchange_receive(struct http_exchange *x, struct span bytes);
void http_exchange_eof(struct http_exchange *x, enum http_eof how);
/* The response is whole, or hopeless: nothing more need be read. */
bool http_exchange_done(const struct http_exchange *x);

/* The value of the first field of that lower-case name, or NULL. */
const char *http_header_get(const struct http_evidence *http, const char *name);
/* An HTML document that a browser would render: by its Content-Type, or by its look when none came. */
bool http_is_html(const struct http_evidence *http);

#endif
