/* One request and its response: what HTTP/1.1 and HTTP/2 have in common. */
#include "http/exchange.h"

#include <stdarg.h>

#include "http/encoding.h"
#include "http/parts.h"

void http_fault(struct http_exchange *x, enum http_fault fault, const char *fmt, ...)
{
	va_list ap;

	if (x->out->fault != HTTP_FAULT_NONE)
		return;
	x->out->fault = fault;
	va_start(ap, fmt);
	x->out->fault_text = arena_vprintf(x->arena, fmt, ap);
	va_end(ap);
}

bool http_field_add(struct http_exchange *x, struct span name, struct span value)
{
	struct http_evidence *out = x->out;
	struct http_header *header;
	char *lower;

	x->header_bytes += name.n + value.n;
	if (x->header_bytes > x->request.header_limit || out->n_headers >= HTTP_HEADER_LINES) {
		http_stop(x, HTTP_FAULT_HEADERS_TOO_LARGE,
			  "the response's header is longer than %zu KiB or %d lines",
			  x->request.header_limit >> 10, HTTP_HEADER_LINES);
		return false;
	}
	if (x->header_bytes > HTTP_HEADER_LIMIT)
		http_fault(x, HTTP_FAULT_HEADERS_TOO_LARGE, "the response's header is longer than %d KiB", HTTP_HEADER_LIMIT >> 10);
	lower = arena_text(x->arena, name);
	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	header = arena_push(x->arena, out->headers, out->n_headers, x->cap_headers);
	header->name = lower;
	header->value = arena_text(x->arena, value);
	return true;
}

void http_body_add(struct http_exchange *x, struct span bytes)
{
	size_t room = x->request.body_limit - x->body.n;

	x->out->body_len += bytes.n;
	if (bytes.n > room) {
		x->out->body_cut = true;
		bytes.n = room;
	}
	buffer_add(x->arena, &x->body, bytes);
}

void http_body_done(struct http_exchange *x, bool whole)
{
	struct http_evidence *out = x->out;
	struct http_decoded decoded;

	out->got_body = whole && !out->body_cut;
	http_decode(x->arena, http_header_get(out, "content-encoding"), buffer_span(&x->body),
		    x->request.body_limit, &decoded);
	out->body = decoded.body;
	out->body_cut |= decoded.is_cut;
	if (decoded.bad)
		http_fault(x, HTTP_FAULT_BAD_ENCODING,
			   "Content-Encoding says %s, the body is no %s data", decoded.bad,
			   decoded.bad);
}

void http_finish(struct http_exchange *x)
{
	if (x->is_done)
		return;
	http_body_done(x, true);
	x->is_done = true;
}

bool http_has_no_body(const struct http_exchange *x)
{
	int status = x->out->status;

	return strcmp(x->request.method, "HEAD") == 0 || status < 200 || status == 204 ||
	       status == 304;
}

static void defaults_set(struct http_request *request)
{
	if (!request->method)
		request->method = "GET";
	if (!request->scheme)
		request->scheme = "https";
	if (!request->path || !*request->path)
		request->path = "/";
	if (!request->authority)
		request->authority = "";
	if (!request->body_limit)
		request->body_limit = HTTP_BODY_LIMIT;
	if (!request->header_limit)
		request->header_limit = HTTP_HEADER_STOP;
}

struct http_exchange *http_exchange_new(struct arena *arena, const struct http_request *request,
					struct http_evidence *out)
{
	struct http_exchange *x = arena_new_of(arena, struct http_exchange);
	bool is_h2 = request->protocol && strcmp(request->protocol, "h2") == 0;

	x->arena = arena;
	x->request = *request;
	x->out = out;
	defaults_set(&x->request);
	*out = (struct http_evidence){ .asked = true,
				       .protocol = is_h2 ? "h2" : "http/1.1",
				       .method = x->request.method };
	if (is_h2)
		x->h2 = h2_new(x);
	else
		x->h1 = h1_new(x);
	return x;
}

void http_exchange_send(struct http_exchange *x, struct span *to_write)
{
	*to_write = buffer_span(&x->to_send);
	x->to_send = (struct buffer){ 0 }; /* the bytes now belong to the caller */
}

void http_exchange_receive(struct http_exchange *x, struct span bytes)
{
	if (bytes.n == 0)
		return;
	x->n_received += bytes.n;
	if (x->first.n < HTTP_FIRST_BYTES) {
		buffer_add(x->arena, &x->first, span_sub(bytes, 0, HTTP_FIRST_BYTES - x->first.n));
		x->out->first_bytes = buffer_span(&x->first);
	}
	if (x->is_done)
		return;
	if (x->h2)
		h2_receive(x, bytes);
	else
		h1_receive(x, bytes);
	if (x->out->body_cut && !x->is_done)
		http_finish(x); /* enough was seen; the rest is of no interest */
}

static void end_badly(struct http_exchange *x, enum http_eof how)
{
	const char *when = x->n_received == 0 ? "before the first byte of the answer"
			   : x->out->got_head ? "inside the body"
					      : "inside the head of the answer";

	switch (how) {
	case HTTP_EOF_RESET:
		http_fault(x, HTTP_FAULT_RESET, "the connection was reset %s", when);
		break;
	case HTTP_EOF_TIMEOUT:
		http_fault(x, HTTP_FAULT_TIMEOUT, "nothing more came %s", when);
		break;
	case HTTP_EOF_TLS_ALERT:
		http_fault(x, HTTP_FAULT_TLS_ALERT, "a TLS alert ended the connection %s", when);
		break;
	case HTTP_EOF_BAD_RECORD_MAC:
		http_fault(x, HTTP_FAULT_BAD_RECORD_MAC, "a TLS record did not decrypt %s", when);
		break;
	case HTTP_EOF_CLOSE_NOTIFY:
	case HTTP_EOF_FIN:
		break;
	}
}

void http_exchange_eof(struct http_exchange *x, enum http_eof how)
{
	bool is_orderly = how == HTTP_EOF_CLOSE_NOTIFY || how == HTTP_EOF_FIN;

	x->out->closed_clean |= how == HTTP_EOF_CLOSE_NOTIFY;
	if (x->is_done)
		return;
	if (!is_orderly)
		end_badly(x, how);
	else if (x->n_received == 0)
		http_fault(x, HTTP_FAULT_NO_RESPONSE,
			   "the connection was closed without one byte of an answer");
	else if (x->h2)
		h2_end(x);
	else
		h1_end(x);
	if (!x->is_done)
		http_body_done(x, false);
	x->is_done = true;
}

bool http_exchange_done(const struct http_exchange *x)
{
	return x->is_done;
}
