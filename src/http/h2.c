/* HTTP/2, RFC 9113, as a client with one request. Framing and HPACK are nghttp2's; the caps are ours:
 * fields (http_field_add), all bytes and frames of a response, settings, acknowledgements owed.
 *
 * The session's memory comes from the arena by way of free lists, so an exchange that is dropped
 * leaks nothing. Faults of the peer are told apart by the GOAWAY or RST_STREAM with which nghttp2
 * answers them. */
#include <nghttp2/nghttp2.h>

#include "http/parts.h"

enum {
	MAX_FRAMES = 50000,
	MAX_OVERHEAD = 1 << 20, /* bytes that are neither header nor body */
	N_CLASSES = 26,
	WINDOW = 4 << 20
};

struct block {
	struct block *next;
	size_t class; /* holds 32 << class bytes, this head included */
};

struct h2 {
	nghttp2_session *session;
	struct arena *arena;
	struct block *unused[N_CLASSES];
	int32_t stream;
	unsigned n_frames;
	bool is_interim, head_done, has_goaway;
	uint32_t goaway_code;
	int library_error; /* what nghttp2 said of the peer's last fault */
};

/* ---- memory ------------------------------------------------------------------------------------- */

static void *h2_malloc(size_t n, void *user)
{
	struct h2 *h2 = user;
	size_t class = 0;
	struct block *block;

	if (n > ((size_t)32 << (N_CLASSES - 1)) - sizeof *block)
		return NULL;
	while (((size_t)32 << class) - sizeof *block < n || class == 0)
		class ++;
	block = h2->unused[class];
	if (block)
		h2->unused[class] = block->next;
	else
		block = arena_alloc(h2->arena, (size_t)32 << class);
	block->class = class;
	return block + 1;
}

static void h2_free(void *p, void *user)
{
	struct h2 *h2 = user;
	struct block *block = p;

	if (!p)
		return;
	block--;
	block->next = h2->unused[block->class];
	h2->unused[block->class] = block;
}

static void *h2_calloc(size_t n, size_t size, void *user)
{
	void *p;

	if (size > 0 && n > SIZE_MAX / size)
		return NULL;
	p = h2_malloc(n * size, user);
	if (p)
		memset(p, 0, n * size);
	return p;
}

static void *h2_realloc(void *p, size_t n, void *user)
{
	size_t has = p ? ((size_t)32 << ((struct block *)p - 1)->class) - sizeof(struct block) : 0;
	void *q;

	if (n <= has)
		return p;
	q = h2_malloc(n, user);
	if (q && p) {
		memcpy(q, p, has);
		h2_free(p, user);
	}
	return q;
}

/* ---- what comes in ------------------------------------------------------------------------------- */

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *hd, void *user)
{
	struct http_exchange *x = user;

	(void)session, (void)hd;
	if (++x->h2->n_frames <= MAX_FRAMES)
		return 0;
	http_stop(x, HTTP_FAULT_H2_PROTOCOL, "a flood of more than %d HTTP/2 frames", MAX_FRAMES);
	return NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http_exchange *x = user;

	(void)session;
	if (frame->hd.stream_id == x->h2->stream && x->h2->is_interim) {
		x->out->n_headers = 0;
		x->out->status = 0;
		x->h2->is_interim = false;
	}
	return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
		     size_t n_name, const uint8_t *value, size_t n_value, uint8_t flags, void *user)
{
	struct http_exchange *x = user;
	struct span field = span_of(name, n_name);

	(void)session, (void)flags;
	if (frame->hd.stream_id != x->h2->stream || x->h2->head_done)
		return 0;
	if (span_is(field, ":status")) {
		/* nghttp2 has checked that it is three digits */
		x->out->status = 0;
		for (size_t i = 0; i < n_value && i < 3; i++)
			x->out->status = x->out->status * 10 + (value[i] - '0');
		x->out->version = "HTTP/2";
		return 0;
	}
	if (n_name > 0 && name[0] == ':')
		return 0;
	return http_field_add(x, field, span_of(value, n_value)) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *bytes,
		   size_t n, void *user)
{
	struct http_exchange *x = user;

	(void)session, (void)flags;
	if (stream == x->h2->stream && !x->is_done)
		http_body_add(x, span_of(bytes, n));
	return 0;
}

static void headers_whole(struct http_exchange *x)
{
	if (x->h2->head_done)
		return;
	if (x->out->status < 200) {
		x->h2->is_interim = true;
		return;
	}
	x->h2->head_done = true;
	http_head_done(x);
}

static void goaway_take(struct http_exchange *x, const nghttp2_goaway *goaway)
{
	x->h2->has_goaway = true;
	x->h2->goaway_code = goaway->error_code;
	if (x->is_done ||
	    (goaway->last_stream_id >= x->h2->stream && goaway->error_code == NGHTTP2_NO_ERROR))
		return;
	x->out->h2_error = goaway->error_code;
	http_fault(x, HTTP_FAULT_H2_GOAWAY, "the server ended the HTTP/2 connection: GOAWAY %s",
		   nghttp2_http2_strerror(goaway->error_code));
	/* a last stream that includes ours may still be answered */
	if (goaway->last_stream_id < x->h2->stream)
		x->is_done = true;
}

static void reset_take(struct http_exchange *x, uint32_t code)
{
	if (x->is_done)
		return;
	x->out->h2_error = code;
	http_fault(x, HTTP_FAULT_H2_STREAM, "the server ended the HTTP/2 stream %s: RST_STREAM %s",
		   x->out->got_head ? "inside the body" : "without an answer",
		   nghttp2_http2_strerror(code));
	http_body_done(x, false);
	x->is_done = true;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http_exchange *x = user;
	bool is_ours = frame->hd.stream_id == x->h2->stream;

	(void)session;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		goaway_take(x, &frame->goaway);
	else if (frame->hd.type == NGHTTP2_RST_STREAM && is_ours)
		reset_take(x, frame->rst_stream.error_code);
	else if (frame->hd.type == NGHTTP2_HEADERS && is_ours)
		headers_whole(x);
	if (is_ours && x->h2->head_done && !x->is_done &&
	    (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) &&
	    (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA))
		http_finish(x);
	return 0;
}

/* ---- faults of the peer, as nghttp2 answers them --------------------------------------------------- */

/* The field that breaks a message stands only in the library's words: "... name: [x], value: [y]". */
static void bad_field_note(struct http_exchange *x, struct span words)
{
	long begin = span_find(words, span_str("name: ["));
	struct span name = begin < 0 ? span_of(NULL, 0) : span_sub(words, (size_t)begin + 7, 100);
	long end = span_find(name, span_str("]"));

	if (end > 0 && !x->out->h2_bad_field)
		x->out->h2_bad_field = arena_strn(x->arena, name.p, (size_t)end);
}

static int on_error(nghttp2_session *session, int code, const char *text, size_t n, void *user)
{
	struct http_exchange *x = user;

	(void)session;
	x->h2->library_error = code;
	if (code == NGHTTP2_ERR_HTTP_HEADER)
		bad_field_note(x, span_of(text, n));
	return 0;
}

static int on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int code,
			    void *user)
{
	struct http_exchange *x = user;

	(void)session, (void)frame;
	x->h2->library_error = code;
	return 0;
}

static void answered_in_http1(struct http_exchange *x)
{
	bool is_http1 =
		span_find_nocase(span_sub(buffer_span(&x->first), 0, 9), span_str("HTTP/1.")) == 0;

	x->out->is_http1 = is_http1;
	http_stop(x, HTTP_FAULT_H2_PROTOCOL,
		  is_http1 ? "the server chose HTTP/2 and answers in HTTP/1"
			   : "what the server answers is no HTTP/2");
}

static void body_too_short(struct http_exchange *x)
{
	uint64_t length;

	if (x->out->got_head && http_content_length(x->out, &length) == 1 &&
	    length != x->out->body_len)
		http_fault(x, HTTP_FAULT_TRUNCATED_LENGTH,
			   "Content-Length says %llu bytes, %zu came", (unsigned long long)length,
			   x->out->body_len);
}

static void protocol_fault(struct http_exchange *x, uint32_t code)
{
	int library = x->h2->library_error;

	if (x->is_done || code == NGHTTP2_NO_ERROR)
		return;
	x->out->h2_error = code;
	if (code == NGHTTP2_COMPRESSION_ERROR || library == NGHTTP2_ERR_HEADER_COMP) {
		http_stop(x, HTTP_FAULT_H2_COMPRESSION,
			  "the header block of the answer does not decode (HPACK)");
	} else if (library == NGHTTP2_ERR_SETTINGS_EXPECTED) {
		answered_in_http1(x);
	} else {
		body_too_short(x);
		http_stop(x, HTTP_FAULT_H2_PROTOCOL, "the server breaks the HTTP/2 protocol: %s",
			  nghttp2_http2_strerror(code));
	}
	http_body_done(x, false);
}

static void stream_fault(struct http_exchange *x, uint32_t code)
{
	x->out->h2_of_stream = !x->is_done && code != NGHTTP2_NO_ERROR;
	protocol_fault(x, code);
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
	struct http_exchange *x = user;

	(void)session;
	if (frame->hd.type == NGHTTP2_GOAWAY)
		protocol_fault(x, frame->goaway.error_code);
	else if (frame->hd.type == NGHTTP2_RST_STREAM && frame->hd.stream_id == x->h2->stream)
		stream_fault(x, frame->rst_stream.error_code);
	return 0;
}

/* ---- the session ------------------------------------------------------------------------------------ */

static void pump(struct http_exchange *x)
{
	const uint8_t *bytes;
	ssize_t n;

	while ((n = nghttp2_session_mem_send(x->h2->session, &bytes)) > 0)
		buffer_add(x->arena, &x->to_send, span_of(bytes, (size_t)n));
}

static nghttp2_session *session_open(struct http_exchange *x)
{
	nghttp2_mem mem = { x->h2, h2_malloc, h2_free, h2_calloc, h2_realloc };
	nghttp2_session_callbacks *on = NULL;
	nghttp2_session *session = NULL;
	nghttp2_option *option = NULL;

	if (nghttp2_session_callbacks_new(&on) != 0 || nghttp2_option_new(&option) != 0)
		goto out;
	nghttp2_session_callbacks_set_on_begin_frame_callback(on, on_begin_frame);
	nghttp2_session_callbacks_set_on_begin_headers_callback(on, on_begin_headers);
	nghttp2_session_callbacks_set_on_header_callback(on, on_header);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(on, on_data);
	nghttp2_session_callbacks_set_on_frame_recv_callback(on, on_frame);
	nghttp2_session_callbacks_set_on_frame_send_callback(on, on_sent);
	nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(on, on_invalid_frame);
	nghttp2_session_callbacks_set_error_callback2(on, on_error);
	nghttp2_option_set_max_outbound_ack(option, 100);
	nghttp2_option_set_max_settings(option, 64);
	nghttp2_option_set_no_closed_streams(option, 1);
	if (nghttp2_session_client_new3(&session, on, x, option, &mem) != 0)
		session = NULL;
out:
	nghttp2_option_del(option);
	nghttp2_session_callbacks_del(on);
	return session;
}

static nghttp2_nv pair(const char *name, const char *value)
{
	return (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name,
			     .namelen = strlen(name),
			     .value = (uint8_t *)(uintptr_t)value,
			     .valuelen = strlen(value) };
}

static void request_submit(struct http_exchange *x)
{
	const struct http_request *r = &x->request;
	nghttp2_nv *fields = arena_array(x->arena, nghttp2_nv, 7 + r->n_extra);
	size_t n = 0;

	fields[n++] = pair(":method", r->method);
	fields[n++] = pair(":scheme", r->scheme);
	fields[n++] = pair(":authority", r->authority);
	fields[n++] = pair(":path", r->path);
	if (r->user_agent)
		fields[n++] = pair("user-agent", r->user_agent);
	fields[n++] = pair("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
	fields[n++] = pair("accept-encoding", "gzip, deflate, br, zstd");
	for (size_t i = 0; i < r->n_extra; i++)
		fields[n++] = pair(r->extra[i].name, r->extra[i].value);
	x->h2->stream = nghttp2_submit_request(x->h2->session, NULL, fields, n, NULL, NULL);
}

struct h2 *h2_new(struct http_exchange *x)
{
	nghttp2_settings_entry settings[] = {
		{ NGHTTP2_SETTINGS_ENABLE_PUSH, 0 },
		{ NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1 },
		{ NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW },
		{ NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)x->request.header_limit },
	};

	x->h2 = arena_new_of(x->arena, struct h2);
	x->h2->arena = x->arena;
	x->h2->session = session_open(x);
	if (!x->h2->session) {
		http_stop(x, HTTP_FAULT_H2_CLOSED, "no HTTP/2 session could be made here");
		return x->h2;
	}
	nghttp2_submit_settings(x->h2->session, NGHTTP2_FLAG_NONE, settings, COUNT_OF(settings));
	nghttp2_session_set_local_window_size(x->h2->session, NGHTTP2_FLAG_NONE, 0, WINDOW);
	request_submit(x);
	pump(x);
	return x->h2;
}

static void receive_failed(struct http_exchange *x, ssize_t code)
{
	if (x->is_done)
		return;
	if (code == NGHTTP2_ERR_FLOODED)
		http_stop(x, HTTP_FAULT_H2_PROTOCOL,
			  "the server floods the HTTP/2 connection with control frames");
	else
		http_stop(x, HTTP_FAULT_H2_PROTOCOL, "the HTTP/2 session failed: %s",
			  nghttp2_strerror((int)code));
	http_body_done(x, false);
}

void h2_receive(struct http_exchange *x, struct span bytes)
{
	ssize_t n = nghttp2_session_mem_recv(x->h2->session, bytes.p, bytes.n);

	if (n < 0) {
		receive_failed(x, n);
		return;
	}
	if (x->is_done)
		nghttp2_session_terminate_session(x->h2->session, NGHTTP2_NO_ERROR);
	pump(x);
	if (!x->is_done && x->n_received > x->out->body_len + x->header_bytes + MAX_OVERHEAD) {
		http_stop(x, HTTP_FAULT_H2_PROTOCOL,
			  "the server floods the HTTP/2 connection with frames that carry nothing");
		http_body_done(x, false);
	}
}

void h2_end(struct http_exchange *x)
{
	uint64_t length;

	if (x->n_received < 9 || span_find_nocase(buffer_span(&x->first), span_str("HTTP/")) == 0) {
		answered_in_http1(x);
	} else if (x->out->got_head && http_content_length(x->out, &length) == 1) {
		http_fault(x, HTTP_FAULT_TRUNCATED_LENGTH,
			   "the connection was closed inside the body");
	} else {
		http_fault(x, HTTP_FAULT_H2_CLOSED, "the HTTP/2 connection was closed %s",
			   x->out->got_head ? "inside the body" : "before the answer");
	}
}
