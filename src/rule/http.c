/* HTTP after a good handshake: no answer, answers that break the protocol, HTTP/2 that does not work.
 * RFC 9110, 9112, 9113. What the status says is http_status.c, redirects and HSTS http_policy.c. */
#include "http/exchange.h"
#include "rule/http_parts.h"


void http_evidence_status(const struct http_view *view, struct finding *finding)
{
	const struct http_evidence *answer = view->answer;
	const char *reason = answer->reason && *answer->reason ? answer->reason : "";

	finding_evidence(view->findings, finding, "GET %s", view->url);
	finding_evidence(view->findings, finding, "%s %d%s%s",
			 answer->version ? answer->version : "HTTP/1.1", answer->status,
			 *reason ? " " : "", reason);
	if (answer->server)
		finding_evidence(view->findings, finding, "server: %s", answer->server);
}

/* ---- faults ----------------------------------------------------------------------------------------- */

static const struct fault {
	enum http_fault fault;
	const char *id;
	const char *title; /* NULL: the catalogue's */
} faults[] = {
	{ HTTP_FAULT_NO_RESPONSE, "http.no-response",
	  "The server closes the connection without answering the request" },
	{ HTTP_FAULT_RESET, "http.reset", "The server resets the connection instead of answering" },
	{ HTTP_FAULT_TIMEOUT, "http.timeout",
	  "The server takes the request and does not answer in time" },
	{ HTTP_FAULT_TLS_ALERT, "http.no-response",
	  "The server ends the connection with a TLS alert instead of answering" },
	{ HTTP_FAULT_BAD_RECORD_MAC, "http.no-response",
	  "The answer arrives damaged: a TLS record does not decrypt" },
	{ HTTP_FAULT_MALFORMED, "http.malformed",
	  "What the server answers inside TLS is not HTTP" },
	{ HTTP_FAULT_BAD_HEADER, "http.malformed",
	  "The head of the answer breaks the syntax of HTTP" },
	{ HTTP_FAULT_TWO_LENGTHS, "http.malformed",
	  "The answer has two Content-Length values that contradict each other" },
	{ HTTP_FAULT_TRUNCATED_LENGTH, "http.truncated",
	  "The answer is cut short: less came than Content-Length promises" },
	{ HTTP_FAULT_TRUNCATED_CHUNKED, "http.truncated",
	  "The answer is cut short: the last chunk never comes" },
	{ HTTP_FAULT_BAD_CHUNK, "http.malformed", "The chunked body of the answer cannot be read" },
	{ HTTP_FAULT_BAD_ENCODING, "http.bad-encoding",
	  "The body is not compressed the way Content-Encoding says" },
	{ HTTP_FAULT_HEADERS_TOO_LARGE, "http.headers-too-large",
	  "The head of the answer is larger than browsers accept" },
	{ HTTP_FAULT_H2_PROTOCOL, "http.h2-broken",
	  "The server negotiates HTTP/2 and does not speak it" },
	{ HTTP_FAULT_H2_STREAM, "http.h2-broken",
	  "The server breaks off the HTTP/2 stream instead of answering" },
	{ HTTP_FAULT_H2_GOAWAY, "http.h2-broken",
	  "The server refuses the HTTP/2 connection (GOAWAY)" },
	{ HTTP_FAULT_H2_COMPRESSION, "http.h2-broken",
	  "The HTTP/2 header of the answer does not decode" },
	{ HTTP_FAULT_H2_CLOSED, "http.h2-broken",
	  "The server closes the HTTP/2 connection without answering" },
};

static const struct fault *fault_find(enum http_fault fault)
{
	for (size_t i = 0; i < COUNT_OF(faults); i++)
		if (faults[i].fault == fault)
			return &faults[i];
	return NULL;
}

static const char *fault_title(struct arena *arena, const struct fault *fault, const struct http_evidence *http)
{
	if (fault->fault == HTTP_FAULT_BAD_HEADER && http->fault_text)
		return arena_printf(arena, "The answer breaks the rules of HTTP: %s", http->fault_text);
	if (fault->fault == HTTP_FAULT_TRUNCATED_LENGTH && !http->got_head)
		return "The answer is cut short inside its header";
	if (http->is_abandoned)
		return http->got_head ? "The answer begins, and then the server drops the connection without a word" :
					"The server drops the connection without a word instead of answering";
	if (fault->fault == HTTP_FAULT_TIMEOUT && http->got_head)
		return "The answer begins and never ends";
	if (fault->fault == HTTP_FAULT_RESET && http->got_head)
		return "The connection is reset in the middle of the answer";
	return fault->title;
}

static bool is_h2(const struct http_evidence *http)
{
	return http->protocol && strcmp(http->protocol, "h2") == 0;
}

static bool is_h2_fault(enum http_fault fault)
{
	return fault == HTTP_FAULT_H2_PROTOCOL || fault == HTTP_FAULT_H2_STREAM ||
	       fault == HTTP_FAULT_H2_GOAWAY || fault == HTTP_FAULT_H2_COMPRESSION ||
	       fault == HTTP_FAULT_H2_CLOSED;
}

/* The answer itself is no HTTP/2, whatever HTTP/1.1 says. */
static bool is_own_h2_fault(enum http_fault fault)
{
	return fault == HTTP_FAULT_H2_PROTOCOL || fault == HTTP_FAULT_H2_COMPRESSION;
}

static void exchange_evidence(const struct http_view *view, struct finding *finding,
			      const struct http_evidence *http)
{
	struct span first = span_sub(http->first_bytes, 0, 80);

	finding_evidence(view->findings, finding, "%s %s in %s: %s",
			 http->method ? http->method : "GET", view->url,
			 is_h2(http) ? "HTTP/2" : "HTTP/1.1",
			 http->fault_text ? http->fault_text : "no answer");
	if (http->got_head)
		finding_evidence(view->findings, finding, "%s %d, %zu bytes of the body came",
				 http->version ? http->version : "HTTP/1.1", http->status,
				 http->body_len);
	else if (first.n > 0 && !is_h2(http))
		finding_evidence(view->findings, finding, "the answer begins with \"%.*s\"",
				 (int)first.n, (const char *)first.p);
	if (http->is_abandoned)
		finding_evidence(view->findings, finding, "a keepalive is answered by a reset: the other end knows no more of the connection, and has not said so");
}

/* An alert or a broken record after the handshake is a matter of TLS, and its rules' to tell. */
static bool is_told_by_tls(const struct visit *visit, const struct http_evidence *http)
{
	const struct attempt *main = visit->best ? visit->best->main : NULL;

	return (http->fault == HTTP_FAULT_TLS_ALERT || http->fault == HTTP_FAULT_BAD_RECORD_MAC) &&
	       main && (main->late_alert || main->late_fault != TLS_FAULT_NONE);
}

static void fault_report(const struct http_view *view, const struct http_evidence *http,
			 const struct http_evidence *other)
{
	const struct fault *fault = fault_find(http->fault);
	struct finding *finding;

	if (!fault || is_told_by_tls(view->visit, http))
		return;
	finding = finding_add(view->findings, view->visit, fault->id, fault_title(view->findings->arena, fault, http));
	finding->severity = SEVERITY_HIGH;
	finding->fails = true;
	finding->confidence = http->fault == HTTP_FAULT_TIMEOUT ? "likely" : "certain";
	exchange_evidence(view, finding, http);
	if (http->fault == HTTP_FAULT_TIMEOUT && !http->got_head && view->visit->best && view->visit->best->main &&
	    view->visit->best->main->client_certificate_requested == TRI_YES)
		finding_evidence(view->findings, finding, "it asked for a client certificate in the handshake, and got none");
	if (other && other->asked)
		exchange_evidence(view, finding, other);
}

/* ---- HTTP/2 against HTTP/1.1 ---------------------------------------------------------------------------- */

static bool works(const struct http_evidence *http)
{
	return http->asked && http->got_head && http->fault == HTTP_FAULT_NONE;
}

/* Browsers and curl ask again in HTTP/1.1 when they are told HTTP_1_1_REQUIRED. RFC 9113 7. */
static bool is_mended_by_clients(const struct http_evidence *http)
{
	return http->h2_error == H2_HTTP_1_1_REQUIRED &&
	       (http->fault == HTTP_FAULT_H2_STREAM || http->fault == HTTP_FAULT_H2_GOAWAY);
}

static void h2_report(const struct http_view *view, const struct http_evidence *http,
		      const struct http_evidence *fallback)
{
	const struct fault *fault = fault_find(http->fault);
	bool is_mended = is_mended_by_clients(http) && works(fallback);
	const char *title = is_mended ? "The server negotiates HTTP/2 and then asks for HTTP/1.1"
			    : is_h2_fault(http->fault) && fault
				    ? fault->title
				    : "The request is answered in HTTP/1.1, but not in HTTP/2";
	struct finding *finding = finding_add(view->findings, view->visit, "http.h2-broken", title);

	finding->severity = is_mended ? SEVERITY_LOW : SEVERITY_HIGH;
	finding->fails = !is_mended;
	finding->confidence =
		works(fallback) || is_own_h2_fault(http->fault) ? "certain" : "likely";
	exchange_evidence(view, finding, http);
	if (works(fallback))
		finding_evidence(view->findings, finding, "the same request in HTTP/1.1: %d%s%s",
				 fallback->status, fallback->reason && *fallback->reason ? " " : "",
				 fallback->reason ? fallback->reason : "");
	else if (fallback->asked && fallback->fault != HTTP_FAULT_NONE)
		exchange_evidence(view, finding, fallback);
}

static void check_fault(const struct http_view *view)
{
	const struct http_evidence *http = &view->visit->http,
				   *fallback = &view->visit->http_fallback;

	if (!http->asked || http->fault == HTTP_FAULT_NONE)
		return;
	if (!is_h2(http)) {
		fault_report(view, http, NULL);
	} else if (works(fallback) && !is_told_by_tls(view->visit, http)) {
		h2_report(view, http, fallback);
	} else if (is_own_h2_fault(http->fault)) {
		h2_report(view, http, fallback);
	} else if (is_h2_fault(http->fault) && fallback->asked &&
		   fallback->fault != HTTP_FAULT_NONE) {
		fault_report(view, fallback,
			     http); /* broken in both: what HTTP/1.1 shows is plainer */
	} else if (is_h2_fault(http->fault)) {
		h2_report(view, http, fallback);
	} else {
		fault_report(view, http, fallback);
	}
}

/* ---- the rule ---------------------------------------------------------------------------------------------- */

static const char *visit_url(struct arena *arena, const struct visit *visit)
{
	const struct target *t = &visit->target;
	bool is_plain = t->scheme && strcmp(t->scheme, "http") == 0;
	bool is_ipv6 = t->host && strchr(t->host, ':');
	const char *port = "";

	if (t->port && t->port != (is_plain ? 80 : 443))
		port = arena_printf(arena, ":%u", t->port);
	return arena_printf(arena, "%s://%s%s%s%s%s", is_plain ? "http" : "https",
			    is_ipv6 ? "[" : "", t->host ? t->host : "", is_ipv6 ? "]" : "", port,
			    t->path ? t->path : "/");
}

static void http_check(const struct evidence *evidence, const struct visit *visit,
		       struct findings *findings)
{
	struct http_view view = { .visit = visit, .findings = findings };

	(void)evidence;
	view.url = visit_url(findings->arena, visit);
	view.is_plain = visit->target.scheme && strcmp(visit->target.scheme, "http") == 0;
	if (visit->http.got_head &&
	    (visit->http.fault == HTTP_FAULT_NONE || !works(&visit->http_fallback)))
		view.answer = &visit->http;
	else if (visit->http_fallback.got_head)
		view.answer = &visit->http_fallback;
	check_fault(&view);
	if (view.answer && view.answer->fault == HTTP_FAULT_NONE)
		http_check_status(&view);
	http_check_redirect(&view);
	http_check_hsts(&view);
}

const struct rule rule_http = {
	.name = "http",
	.layer = LAYER_HTTP,
	.check = http_check,
};
