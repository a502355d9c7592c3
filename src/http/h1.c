/* HTTP/1.1 responses, RFC 9112, read as browsers read them: what they tolerate passes (bare LF, folded
 * lines, blank lines or a little noise in front, any case of "HTTP", no phrase), what at least one
 * common client refuses is a fault, and reading goes on where it can.
 *
 * The request asks for the connection to be closed: one question, one connection. Over TLS it
 * accepts gzip, deflate, br and zstd as browsers do; in clear only gzip and deflate, since
 * middleboxes mangle what they do not know. HTTP/0.9 (a body without a head) is no HTTP today. */
#include "http/parts.h"

enum { MAX_INTERIM = 20, MAX_NOISE = 4, MAX_CHUNK_LINE = 16 << 10 };

enum h1_state {
	H1_STATUS,
	H1_FIELDS,
	H1_BODY_LENGTH,
	H1_BODY_CLOSE,
	H1_CHUNK_SIZE,
	H1_CHUNK_DATA,
	H1_CHUNK_END,
	H1_TRAILER
};

struct h1 {
	enum h1_state state;
	struct buffer line;
	uint64_t left;	   /* of the body or the chunk */
	size_t line_bytes; /* of the head so far */
	unsigned n_interim;
	unsigned n_blank;
	struct buffer field; /* a field line whose folded parts may still come */
	bool has_field;
};

/* ---- request ---------------------------------------------------------------------------------- */

static void field_write(struct http_exchange *x, const char *name, const char *value)
{
	if (!value)
		return;
	buffer_str(x->arena, &x->to_send, name);
	buffer_str(x->arena, &x->to_send, ": ");
	buffer_str(x->arena, &x->to_send, value);
	buffer_str(x->arena, &x->to_send, "\r\n");
}

static void request_write(struct http_exchange *x)
{
	const struct http_request *r = &x->request;
	bool is_secure = strcmp(r->scheme, "https") == 0;

	buffer_str(x->arena, &x->to_send, r->method);
	buffer_str(x->arena, &x->to_send, " ");
	buffer_str(x->arena, &x->to_send, r->path);
	buffer_str(x->arena, &x->to_send, " HTTP/1.1\r\n");
	field_write(x, "Host", r->authority);
	field_write(x, "User-Agent", r->user_agent);
	field_write(x, "Accept", "text/html,application/xhtml+xml,*/*;q=0.8");
	field_write(x, "Accept-Encoding", is_secure ? "gzip, deflate, br, zstd" : "gzip, deflate");
	for (size_t i = 0; i < r->n_extra; i++)
		field_write(x, r->extra[i].name, r->extra[i].value);
	field_write(x, "Connection", "close");
	buffer_str(x->arena, &x->to_send, "\r\n");
}

struct h1 *h1_new(struct http_exchange *x)
{
	request_write(x);
	return arena_new_of(x->arena, struct h1);
}

/* ---- status line, RFC 9112 4 ------------------------------------------------------------------- */

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Where "HTTP" begins: Chrome and curl's ancestors look past up to four bytes of noise, such as a
 * line end too many of an answer before. */
static long http_begins(struct span line)
{
	return span_find_nocase(span_sub(line, 0, MAX_NOISE + 5), span_str("HTTP/"));
}

static bool status_code_read(struct span rest, int *status, struct span *reason)
{
	rest = span_trim(rest);
	if (rest.n < 3 || !is_digit(rest.p[0]) || !is_digit(rest.p[1]) || !is_digit(rest.p[2]))
		return false;
	if (rest.n > 3 && is_digit(rest.p[3]))
		return false;
	*status = (rest.p[0] - '0') * 100 + (rest.p[1] - '0') * 10 + (rest.p[2] - '0');
	*reason = span_trim(span_sub(rest, 3, rest.n));
	return *status >= 100;
}

static void status_line(struct http_exchange *x, struct span line)
{
	long begin = http_begins(line);
	struct span reason, version;
	size_t n = 0;

	if (begin < 0) {
		http_stop(x, HTTP_FAULT_MALFORMED,
			  "the answer does not begin with an HTTP status line");
		return;
	}
	line = span_sub(line, (size_t)begin, line.n);
	while (n < line.n && line.p[n] != ' ' && line.p[n] != '\t')
		n++;
	version = span_sub(line, 0, n);
	x->out->version = arena_text(x->arena, version);
	if (!status_code_read(span_sub(line, n, line.n), &x->out->status, &reason)) {
		x->out->status = 0;
		http_stop(x, HTTP_FAULT_BAD_HEADER,
			  "the status line holds no status code of three digits");
		return;
	}
	x->out->reason = arena_text(x->arena, reason);
	x->h1->state = H1_FIELDS;
}

/* ---- fields, RFC 9112 5 ------------------------------------------------------------------------ */

static void field_flush(struct http_exchange *x)
{
	struct h1 *h1 = x->h1;
	struct span line = buffer_span(&h1->field);
	long colon = span_find(line, span_str(":"));
	struct span name;

	if (!h1->has_field)
		return;
	h1->has_field = false;
	h1->field.n = 0;
	if (line.n > 0 && memchr(line.p, 0, line.n))
		http_fault(x, HTTP_FAULT_BAD_HEADER, "a header line holds a zero byte");
	if (colon < 0) {
		http_fault(x, HTTP_FAULT_BAD_HEADER, "a header line has no colon");
		return;
	}
	name = span_trim(span_sub(line, 0, (size_t)colon));
	if (name.n == 0)
		return; /* ": value": all clients pass over it */
	http_field_add(x, name, span_trim(span_sub(line, (size_t)colon + 1, line.n)));
}

static void field_line(struct http_exchange *x, struct span line)
{
	struct h1 *h1 = x->h1;

	if (line.p[0] != ' ' && line.p[0] != '\t')
		field_flush(x);
	else if (h1->has_field)
		buffer_str(x->arena, &h1->field, " "); /* obs-fold counts as one blank */
	else
		http_fault(x, HTTP_FAULT_BAD_HEADER, "the first header line begins with a blank");
	buffer_add(x->arena, &h1->field, span_trim(line));
	h1->has_field = true;
}

/* ---- the end of the head: how long is the body, RFC 9112 6.3 ------------------------------------ */

static bool is_chunked(const struct http_evidence *out)
{
	for (size_t i = 0; i < out->n_headers; i++)
		if (strcmp(out->headers[i].name, "transfer-encoding") == 0 &&
		    span_find_nocase(span_str(out->headers[i].value), span_str("chunked")) >= 0)
			return true;
	return false;
}

static void interim_skip(struct http_exchange *x)
{
	if (++x->h1->n_interim > MAX_INTERIM) {
		http_stop(x, HTTP_FAULT_BAD_HEADER, "more than %d interim responses came",
			  MAX_INTERIM);
		return;
	}
	x->out->n_headers = 0;
	x->h1->state = H1_STATUS;
	x->h1->n_blank = 0;
}

static void by_length(struct http_exchange *x)
{
	struct h1 *h1 = x->h1;
	int got = http_content_length(x->out, &h1->left);

	if (got == -1)
		http_stop(x, HTTP_FAULT_TWO_LENGTHS,
			  "two Content-Length values contradict each other");
	else if (got == -2)
		http_fault(x, HTTP_FAULT_BAD_HEADER, "Content-Length is no number");
	h1->state = got == 1 ? H1_BODY_LENGTH : H1_BODY_CLOSE;
	if (got == 1 && h1->left == 0)
		http_finish(x);
}

static void head_end(struct http_exchange *x)
{
	field_flush(x);
	if (x->is_done)
		return;
	if (x->out->status < 200 && x->out->status != 101) {
		interim_skip(x);
		return;
	}
	http_head_done(x);
	if (x->out->status == 101)
		http_fault(x, HTTP_FAULT_BAD_HEADER, "the server switches to another protocol, which nobody asked for");
	if (http_has_no_body(x))
		http_finish(x);
	else if (is_chunked(x->out)) /* wins over Content-Length */
		x->h1->state = H1_CHUNK_SIZE;
	else
		by_length(x);
}

/* ---- chunks, RFC 9112 7.1 ----------------------------------------------------------------------- */

static int hex_value(uint8_t c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void chunk_size(struct http_exchange *x, struct span line)
{
	uint64_t size = 0;
	size_t n = 0;

	while (n < line.n && hex_value(line.p[n]) >= 0 && n < 15)
		size = size * 16 + (uint64_t)hex_value(line.p[n++]);
	line = span_trim(span_sub(line, n, line.n));
	if (n == 0 || (line.n > 0 && line.p[0] != ';')) {
		http_stop(x, HTTP_FAULT_BAD_CHUNK,
			  "a chunk does not begin with its size in hexadecimal");
		http_body_done(x, false);
		return;
	}
	x->h1->left = size;
	x->h1->state = size > 0 ? H1_CHUNK_DATA : H1_TRAILER;
}

static void chunk_end(struct http_exchange *x, struct span line)
{
	x->h1->state = H1_CHUNK_SIZE;
	if (line.n == 0)
		return;
	http_stop(x, HTTP_FAULT_BAD_CHUNK, "a chunk is longer than its size says");
	http_body_done(x, false);
}

/* ---- lines and bytes ----------------------------------------------------------------------------- */

static void blank_line(struct http_exchange *x)
{
	switch (x->h1->state) {
	case H1_STATUS:
		if (++x->h1->n_blank > MAX_NOISE / 2)
			http_stop(x, HTTP_FAULT_MALFORMED,
				  "blank lines where the status line should be");
		break;
	case H1_FIELDS:
		head_end(x);
		break;
	case H1_CHUNK_SIZE:
		chunk_size(x, (struct span){ 0 });
		break;
	case H1_CHUNK_END:
		chunk_end(x, (struct span){ 0 });
		break;
	default:
		http_finish(x); /* the end of the trailers */
		break;
	}
}

static void line_take(struct http_exchange *x, struct span line)
{
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (line.n == 0) {
		blank_line(x);
		return;
	}
	switch (x->h1->state) {
	case H1_STATUS:
		status_line(x, line);
		break;
	case H1_FIELDS:
		field_line(x, line);
		break;
	case H1_CHUNK_SIZE:
		chunk_size(x, line);
		break;
	case H1_CHUNK_END:
		chunk_end(x, line);
		break;
	default:
		break; /* trailers are of no interest */
	}
}

static bool line_too_long(struct http_exchange *x)
{
	struct h1 *h1 = x->h1;

	if (h1->state == H1_STATUS || h1->state == H1_FIELDS || h1->state == H1_TRAILER) {
		if (h1->line_bytes <= x->request.header_limit + HTTP_HEADER_LINES * 4)
			return false;
		http_stop(x, HTTP_FAULT_HEADERS_TOO_LARGE,
			  "the response's header is longer than %zu KiB",
			  x->request.header_limit >> 10);
		return true;
	}
	if (h1->line.n <= MAX_CHUNK_LINE)
		return false;
	http_stop(x, HTTP_FAULT_BAD_CHUNK, "a chunk's size line does not end");
	http_body_done(x, false);
	return true;
}

/* Garbage without a line end is told from a status line early, not after the whole of it. */
static void look_early(struct http_exchange *x)
{
	struct span line = buffer_span(&x->h1->line);

	if (x->h1->state == H1_STATUS && line.n >= MAX_NOISE + 5 && http_begins(line) < 0)
		http_stop(x, HTTP_FAULT_MALFORMED,
			  "the answer does not begin with an HTTP status line");
}

static size_t line_receive(struct http_exchange *x, struct span bytes)
{
	struct h1 *h1 = x->h1;
	const uint8_t *end = memchr(bytes.p, '\n', bytes.n);
	size_t n = end ? (size_t)(end - bytes.p) : bytes.n;
	size_t used = end ? n + 1 : n;

	h1->line_bytes += used;
	if (line_too_long(x))
		return bytes.n;
	buffer_add(x->arena, &h1->line, span_sub(bytes, 0, n));
	if (end) {
		struct span line = buffer_span(&h1->line);

		h1->line.n = 0;
		line_take(x, line);
	} else {
		look_early(x);
	}
	return used;
}

static size_t body_receive(struct http_exchange *x, struct span bytes)
{
	struct h1 *h1 = x->h1;
	size_t n = bytes.n;

	if (h1->state != H1_BODY_CLOSE) {
		n = n > h1->left ? (size_t)h1->left : n;
		h1->left -= n;
	}
	http_body_add(x, span_sub(bytes, 0, n));
	if (h1->left == 0 && h1->state == H1_BODY_LENGTH)
		http_finish(x);
	else if (h1->left == 0 && h1->state == H1_CHUNK_DATA)
		h1->state = H1_CHUNK_END;
	return n;
}

void h1_receive(struct http_exchange *x, struct span bytes)
{
	while (bytes.n > 0 && !x->is_done && !x->out->body_cut) {
		enum h1_state state = x->h1->state;
		bool in_body =
			state == H1_BODY_LENGTH || state == H1_BODY_CLOSE || state == H1_CHUNK_DATA;
		size_t n = in_body ? body_receive(x, bytes) : line_receive(x, bytes);

		bytes = span_sub(bytes, n, bytes.n);
	}
}

static void head_cut(struct http_exchange *x)
{
	if (x->h1->state == H1_STATUS && !x->out->version &&
	    http_begins(buffer_span(&x->h1->line)) < 0)
		http_fault(x, HTTP_FAULT_MALFORMED,
			   "the answer does not begin with an HTTP status line");
	else
		http_fault(x, HTTP_FAULT_TRUNCATED_LENGTH,
			   "the connection was closed inside the head of the answer");
}

void h1_end(struct http_exchange *x)
{
	struct h1 *h1 = x->h1;

	switch (h1->state) {
	case H1_STATUS:
	case H1_FIELDS:
		head_cut(x);
		break;
	case H1_BODY_LENGTH:
		http_fault(x, HTTP_FAULT_TRUNCATED_LENGTH,
			   "%llu bytes of the body that Content-Length promises are missing",
			   (unsigned long long)h1->left);
		break;
	case H1_BODY_CLOSE:
		http_finish(x);
		break;
	case H1_TRAILER:
		/* the last chunk came, the blank line after it did not: curl and Chrome let that pass */
		http_finish(x);
		break;
	default:
		http_fault(x, HTTP_FAULT_TRUNCATED_CHUNKED,
			   "the connection was closed before the last chunk of the body");
		break;
	}
}
