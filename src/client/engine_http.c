/* What a client shows for the answer to its request, and for redirects. */
#include "client/engine.h"
#include "client/h1_head.h"
#include "http/parts.h"
#include "tls/codes.h"

static enum show http_show(enum http_fault fault)
{
	static const enum show shows[] = {
		[HTTP_FAULT_NO_RESPONSE] = SHOW_HTTP_EMPTY, [HTTP_FAULT_RESET] = SHOW_HTTP_RESET,
		[HTTP_FAULT_TIMEOUT] = SHOW_HTTP_TIMEOUT, [HTTP_FAULT_TLS_ALERT] = SHOW_HTTP_EMPTY,
		[HTTP_FAULT_BAD_RECORD_MAC] = SHOW_LATE_BAD_MAC, [HTTP_FAULT_MALFORMED] = SHOW_HTTP_MALFORMED,
		[HTTP_FAULT_BAD_HEADER] = SHOW_HTTP_BAD_HEADER, [HTTP_FAULT_TWO_LENGTHS] = SHOW_HTTP_TWO_LENGTHS,
		[HTTP_FAULT_TRUNCATED_LENGTH] = SHOW_HTTP_SHORT, [HTTP_FAULT_TRUNCATED_CHUNKED] = SHOW_HTTP_SHORT_CHUNKED,
		[HTTP_FAULT_BAD_CHUNK] = SHOW_HTTP_BAD_CHUNK, [HTTP_FAULT_BAD_ENCODING] = SHOW_HTTP_ENCODING,
		[HTTP_FAULT_HEADERS_TOO_LARGE] = SHOW_HTTP_LARGE, [HTTP_FAULT_H2_PROTOCOL] = SHOW_H2_PROTOCOL,
		[HTTP_FAULT_H2_STREAM] = SHOW_H2_STREAM, [HTTP_FAULT_H2_GOAWAY] = SHOW_H2_GOAWAY,
		[HTTP_FAULT_H2_COMPRESSION] = SHOW_H2_COMPRESSION, [HTTP_FAULT_H2_CLOSED] = SHOW_H2_CLOSED,
	};

	return shows[fault];
}

/* The exchange that is like this client's. */
static const struct http_evidence *answer_for(const struct client *client, const struct visit *visit)
{
	bool is_h2 = visit->http.protocol && strcmp(visit->http.protocol, "h2") == 0;
	/* Browsers ask again in HTTP/1.1 when a stream or the connection ends so, curl for a stream's end alone. */
	bool falls_back = visit->http.h2_error == H2_HTTP_1_1_REQUIRED &&
			  (client->texts->is_browser || (strcmp(client->id, "curl") == 0 && visit->http.fault == HTTP_FAULT_H2_STREAM));

	if (!visit->http.asked)
		return NULL;
	if (is_h2 && (!client->texts->offers_h2 || falls_back) && visit->http_fallback.asked)
		return &visit->http_fallback;
	return &visit->http;
}

static const char *first_line(struct arena *arena, const struct http_evidence *http)
{
	size_t n = 0;

	while (n < http->first_bytes.n && n < 200 && http->first_bytes.p[n] != '\r' && http->first_bytes.p[n] != '\n')
		n++;
	return arena_strn(arena, http->first_bytes.p, n);
}

static const char *h2_error_name(uint32_t error)
{
	static const char *const names[] = {
		"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
		"FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
		"INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
	};

	return error < COUNT_OF(names) ? names[error] : "unknown error";
}

static const char *http_more(const struct show_case *c, const struct http_evidence *http)
{
	if (http->fault == HTTP_FAULT_H2_STREAM || http->fault == HTTP_FAULT_H2_GOAWAY)
		return h2_error_name(http->h2_error);
	if (http->fault == HTTP_FAULT_MALFORMED)
		return first_line(c->arena, http);
	return NULL;
}

static size_t head_size(const struct http_evidence *http)
{
	size_t n = 0;

	for (size_t i = 0; i < http->n_headers; i++)
		n += strlen(http->headers[i].name) + strlen(http->headers[i].value);
	return n;
}

/* What is not in the headers that were read is the line at which
 * reading stopped. */
static bool has_long_line(const struct http_evidence *http, size_t limit)
{
	if (limit == 0)
		return false;

	for (size_t i = 0; i < http->n_headers; i++)
		if (strlen(http->headers[i].value) > limit)
			return true;
	return http->fault == HTTP_FAULT_HEADERS_TOO_LARGE && !http->got_head && HTTP_HEADER_STOP - head_size(http) > limit;
}

static bool is_too_large(const struct client_texts *texts, const struct http_evidence *http)
{
	if (http->fault == HTTP_FAULT_HEADERS_TOO_LARGE && !http->got_head)
		return true;
	return texts->head_bytes_max && head_size(http) > texts->head_bytes_max;
}

/* A message whose fields are wrong ends its stream, not the connection. RFC 9113 8.1.1. */
static enum show h2_show(const struct show_case *c, const struct http_evidence *http)
{
	if (http->fault != HTTP_FAULT_H2_PROTOCOL || !http->h2_of_stream)
		return http_show(http->fault);
	return c->client->texts->passes_h2_message && c->client->texts->passes_h2_message(http) ? SHOW_COUNT : SHOW_H2_MESSAGE;
}

static bool has_no_page(const struct http_evidence *http)
{
	return http->got_head && http->status >= 400 && http->body.n == 0 && http->body_len == 0;
}

/* What is wrong with the head as such. */
static bool is_head_fault(const struct http_evidence *http)
{
	return http->fault == HTTP_FAULT_MALFORMED || http->fault == HTTP_FAULT_BAD_HEADER || http->fault == HTTP_FAULT_TWO_LENGTHS ||
	       (http->fault == HTTP_FAULT_TRUNCATED_LENGTH && !http->got_head);
}

static enum h1_view view_of_head(const struct show_case *c, struct client_result *out)
{
	struct h1_head head;
	enum h1_view view;

	if (!c->client->texts->reads_head || !c->http->protocol || strcmp(c->http->protocol, "http/1.1") != 0 ||
	    c->http->first_bytes.n == 0 || !h1_head_read(c->http, &head))
		return H1_NO_OPINION;
	view = c->client->texts->reads_head(c, &head, out);
	if (view == H1_STOPS)
		out->layer = LAYER_HTTP;
	return view;
}

static enum show redirect_show(const struct http_evidence *http)
{
	if (span_trim(span_str(http->location)).n == 0)
		return SHOW_REDIRECT_EMPTY;
	return http->redirect_unreadable ? SHOW_REDIRECT_UNREADABLE : SHOW_BAD_REDIRECT;
}

/* The server ends the connection by itself, before anything is asked. An alert is then read by who reads at all; after a
 * reset the request cannot even be written. */
static bool through_quiet(struct show_case *c, struct client_result *out)
{
	const struct client_texts *texts = c->client->texts;
	const struct attempt *quiet = c->visit->best ? evidence_attempt(c->visit->best, "quiet") : NULL;

	bool is_refusal = quiet && quiet->late_alert && quiet->late_alert_code == ALERT_CERTIFICATE_REQUIRED &&
			  quiet->client_certificate_requested == TRI_YES;

	if (!quiet || !quiet->done ||
	    !(texts->speaks_http || texts->waits_after_handshake || (texts->waits_for_refusal && is_refusal)))
		return false;
	if (quiet->late_fault == TLS_FAULT_RESET) {
		c->attempt = quiet;
		return engine_show(c, SHOW_EARLY_RESET, LAYER_TLS, NULL, out);
	}
	if (!quiet->late_alert || texts->speaks_http)
		return false;
	c->attempt = quiet;
	texts->alert(c, quiet->late_alert_code, true, out);
	out->layer = LAYER_TLS;
	return true;
}

void engine_through_http(struct show_case *c, struct client_result *out)
{
	enum h1_view view;
	const struct client_texts *texts = c->client->texts;
	const struct http_evidence *http = answer_for(c->client, c->visit);
	const struct attempt *main = c->visit->best ? c->visit->best->main : NULL;

	if (!http && main && main->late_alert && !target_is_web(&c->visit->target)) {
		c->attempt = main;
		texts->alert(c, main->late_alert_code, true, out);
		out->layer = LAYER_TLS;
	}
	if (!http)
		return;
	c->http = http;
	if (through_quiet(c, out))
		return;
	/* What comes behind the request is for clients that ask; s_client and gnutls-cli may have left by then. */
	if (!texts->speaks_http)
		return;
	view = view_of_head(c, out);
	if (view == H1_STOPS || (view == H1_PASSES && is_head_fault(http)))
		return;
	if (http->fault == HTTP_FAULT_TLS_ALERT && main && main->late_alert) {
		c->attempt = main;
		if (main->late_alert_code != ALERT_CLOSE_NOTIFY || texts->minds_late_close)
			texts->alert(c, main->late_alert_code, true, out);
		else
			engine_show(c, SHOW_HTTP_EMPTY, LAYER_HTTP, NULL, out);
		out->layer = LAYER_TLS;
	} else if (http->fault == HTTP_FAULT_BAD_RECORD_MAC && main && main->late_fault == TLS_FAULT_OTHER) {
		engine_show(c, SHOW_TLS_OTHER, LAYER_TLS, main->reason, out);
	} else if (has_long_line(http, texts->head_line_max) && engine_show(c, SHOW_HTTP_LONG_LINE, LAYER_HTTP, NULL, out)) {
		return;
	} else if (texts->head_lines_max && http->n_headers > texts->head_lines_max && engine_show(c, SHOW_HTTP_MANY_LINES, LAYER_HTTP, NULL, out)) {
		return;
	} else if (is_too_large(texts, http)) {
		engine_show(c, SHOW_HTTP_LARGE, LAYER_HTTP, NULL, out);
	} else if (http->fault != HTTP_FAULT_NONE && http->fault != HTTP_FAULT_HEADERS_TOO_LARGE) {
		enum show what = h2_show(c, http);

		if (what != SHOW_COUNT)
			engine_show(c, what, LAYER_HTTP, http_more(c, http), out);
	} else if (http->status == 407 && !c->visit->proxy.is_used && engine_show(c, SHOW_ASKS_PROXY_PASSWORD, LAYER_HTTP, NULL, out)) {
		return;
	} else if (http->status == 401 && http_header_get(http, "www-authenticate") && engine_show(c, SHOW_ASKS_PASSWORD, LAYER_HTTP, NULL, out)) {
		return;
	} else if (has_no_page(http)) {
		engine_show(c, http->status >= 500 ? SHOW_EMPTY_SERVER_ERROR : SHOW_EMPTY_CLIENT_ERROR, LAYER_HTTP, NULL, out);
	} else if (http->status >= 300 && http->status < 400 && http->redirect_fault && http->location) {
		engine_show(c, redirect_show(http), LAYER_HTTP, NULL, out);
	} else if (c->visit->redirect_loop || c->visit->redirect_limit) {
		engine_show(c, SHOW_REDIRECT_LOOP, LAYER_HTTP, NULL, out);
	}
}
