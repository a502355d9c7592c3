/* Answers that say by status or by the words of their page what is wrong behind or before the server:
 * plain HTTP on the TLS port, a client certificate that is wanted, TLS towards the origin, and the
 * plain 4xx and 5xx. The words are those that the servers themselves send; versions in the table. */
#include "rule/http_parts.h"

/* One way of telling. A row matches when the status is right and, where given, the page has the words. */
struct sign {
	int status_from, status_to;
	const char *words; /* in the body, any case; NULL: the status alone says it */
	const char *said_by;
	const char *confidence;
};

static const struct sign plain_on_tls[] = {
	{ 497, 497, NULL, "nginx status 497", "certain" },
	{ 400, 400, "plain HTTP request was sent to HTTPS port", "nginx", "certain" },
	{ 400, 400, "speaking plain HTTP to an SSL-enabled server port", "Apache", "certain" },
	{ 400, 400, "sent an HTTP request to an HTTPS server", "a Go server", "certain" },
	{ 400, 400, "combination of host and port requires TLS", "Tomcat", "certain" },
	{ 400, 426, "plain HTTP request on an HTTPS port", "the server", "likely" },
};

static const struct sign client_certificate[] = {
	{ 495, 495, NULL, "nginx status 495", "certain" },
	{ 496, 496, NULL, "nginx status 496", "certain" },
	{ 400, 400, "No required SSL certificate was sent", "nginx", "certain" },
	{ 400, 400, "The SSL certificate error", "nginx", "certain" },
	{ 403, 403, "Cannot perform Post-Handshake Authentication", "Apache", "certain" },
	{ 403, 403, "403.7 -", "IIS", "certain" },
	{ 403, 403, "403.16 -", "IIS", "certain" },
	{ 403, 403, "403.17 -", "IIS", "certain" },
	{ 400, 403, "client certificate", "the page", "likely" },
};

static const struct sign origin_tls[] = {
	{ 525, 525, NULL, "Cloudflare status 525: the handshake with the origin failed",
	  "certain" },
	{ 526, 526, NULL, "Cloudflare status 526: the origin's certificate is not valid",
	  "certain" },
	{ 500, 502, "Error during SSL Handshake with remote server", "Apache as a proxy",
	  "certain" },
	{ 502, 503,
	  "upstream connect error or disconnect/reset before headers. reset reason: connection "
	  "failure, transport failure reason: TLS error",
	  "Envoy", "certain" },
	{ 503, 503, "TLS error: ", "Envoy", "likely" },
	{ 503, 503, "hostname doesn't match against certificate", "Fastly", "certain" },
	{ 503, 503, "certificate has expired", "Fastly", "likely" },
	{ 503, 503, "SSL handshake error", "Fastly", "certain" },
	{ 502, 502, "CloudFront wasn't able to connect to the origin", "CloudFront", "possible" },
};

static const struct sign misdirected[] = {
	{ 421, 421, NULL, "status 421", "certain" },
};

static const struct sign headers_too_large[] = {
	{ 431, 431, NULL, "status 431", "certain" },
	{ 494, 494, NULL, "nginx status 494", "certain" },
	{ 400, 400, "Request Header Or Cookie Too Large", "nginx", "certain" },
};

static const struct sign server_error[] = {
	{ 520, 520, NULL, "Cloudflare status 520: the origin's answer was empty or could not be read", "certain" },
	{ 521, 521, NULL, "Cloudflare status 521: the origin refuses the connection", "certain" },
	{ 522, 522, NULL, "Cloudflare status 522: the connection to the origin does not come up", "certain" },
	{ 523, 523, NULL, "Cloudflare status 523: there is no way to the origin", "certain" },
	{ 524, 524, NULL, "Cloudflare status 524: the origin takes the request and does not answer in time", "certain" },
	{ 500, 999, NULL, NULL, "certain" },
};
static const struct sign client_error[] = { { 400, 499, NULL, NULL, "certain" } };

#define SIGNS(table) table, COUNT_OF(table)

/* The first family with a sign that matches is told; the plain ones come last. */
static const struct family {
	const char *id, *title;
	const struct sign *signs;
	size_t n_signs;
	enum severity severity;
} families[] = {
	{ "http.plain-http-to-https-port",
	  "The server says that it was sent plain HTTP on its HTTPS port", SIGNS(plain_on_tls),
	  SEVERITY_HIGH },
	{ "http.client-certificate",
	  "The server wants a client certificate and says so in an error page",
	  SIGNS(client_certificate), SEVERITY_HIGH },
	{ "http.origin-tls",
	  "The front server answers, but its TLS connection to the server behind it fails",
	  SIGNS(origin_tls), SEVERITY_HIGH },
	{ "http.misdirected",
	  "The server does not serve this name on this connection (421 Misdirected Request)",
	  SIGNS(misdirected), SEVERITY_HIGH },
	{ "http.headers-too-large", "The server finds the request's header too large",
	  SIGNS(headers_too_large), SEVERITY_MEDIUM },
	{ "http.server-error", NULL, SIGNS(server_error), SEVERITY_HIGH },
	{ "http.client-error", NULL, SIGNS(client_error), SEVERITY_MEDIUM },
};

static const struct sign *sign_find(const struct family *family, const struct http_evidence *answer)
{
	for (size_t i = 0; i < family->n_signs; i++) {
		const struct sign *sign = &family->signs[i];

		if (answer->status < sign->status_from || answer->status > sign->status_to)
			continue;
		if (!sign->words || span_find_nocase(answer->body, span_str(sign->words)) >= 0)
			return sign;
	}
	return NULL;
}

static bool names_a_login(const struct http_evidence *answer)
{
	for (size_t i = 0; i < answer->n_headers; i++)
		if (strcasecmp(answer->headers[i].name, "www-authenticate") == 0)
			return true;
	return false;
}

/* A 403, or a 401 that names no other way to log in (RFC 9110 11.6.1 demands one), on a connection where the server asked for a
 * certificate and got none. */
static const struct sign *forbidden_without_certificate(const struct http_view *view)
{
	static const struct sign sign = { 401, 403, NULL,
					  "the server asked for a certificate in the handshake",
					  "possible" };
	const struct attempt *main = view->visit->best ? view->visit->best->main : NULL;

	if (view->is_plain || !main || main->client_certificate_requested != TRI_YES)
		return NULL;
	if (view->answer->status != 403 && (view->answer->status != 401 || names_a_login(view->answer)))
		return NULL;
	return &sign;
}

static const char *plain_title(struct arena *arena, const struct http_evidence *answer,
			       bool is_empty)
{
	const char *what = answer->status >= 500 ? "https works; the server itself reports an error"
						 : "https works; the server refuses this request";

	return arena_printf(arena, "%s: HTTP %d%s%.100s%s", what, answer->status,
			    answer->reason && *answer->reason ? " " : "",
			    answer->reason ? answer->reason : "",
			    is_empty ? ", with an empty page" : "");
}

/* Where the page is empty Chrome and Firefox show an error page of their own. */
static bool is_empty(const struct http_evidence *answer)
{
	return answer->got_body && answer->body.n == 0 &&
	       !(answer->method && strcmp(answer->method, "HEAD") == 0);
}

static void report(const struct http_view *view, const struct family *family,
		   const struct sign *sign)
{
	bool empty = is_empty(view->answer);
	const char *title = family->title ? family->title
					  : plain_title(view->findings->arena, view->answer, empty);
	struct finding *finding = finding_add(view->findings, view->visit, family->id, title);

	finding->severity = empty ? SEVERITY_HIGH : family->severity;
	finding->fails = empty;
	finding->confidence = sign->confidence;
	http_evidence_status(view, finding);
	if (sign->words)
		finding_evidence(view->findings, finding, "the page says \"%s\" (%s)", sign->words,
				 sign->said_by);
	else if (sign->said_by)
		finding_evidence(view->findings, finding, "%s", sign->said_by);
	if (empty)
		finding_evidence(view->findings, finding,
				 "the page is empty, so browsers show an error page of their own");
}

void http_check_status(const struct http_view *view)
{
	if (view->answer->status < 400)
		return;
	for (size_t i = 0; i < COUNT_OF(families); i++) {
		const struct sign *sign = sign_find(&families[i], view->answer);

		if (!sign && families[i].signs == client_certificate)
			sign = forbidden_without_certificate(view);
		if (sign) {
			report(view, &families[i], sign);
			return;
		}
	}
}
