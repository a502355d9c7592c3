/* What a client shows for a visit: in the order in which it would meet them, the port, the name, the connection, the
 * handshake, the certificates, the answer, the redirects. Where its own hello was sent, its answer stands; else the
 * main exchange does, as far as the client offers what was chosen there. */
#include "client/client.h"

#include <errno.h>

#include "client/shows.h"
#include "http/exchange.h"
#include "http/parts.h"
#include "kb/hello_profiles.h"
#include "kb/ports.h"
#include "kb/preload.h"
#include "tls/codes.h"
#include "x509/chain.h"

const struct client *client_find(const char *id)
{
	for (const struct client *const *c = clients; *c; c++)
		if (strcmp((*c)->id, id) == 0)
			return *c;
	return NULL;
}

static bool show(const struct show_case *c, enum show what, enum layer layer, const char *more, struct client_result *out)
{
	const struct client_texts *texts = c->client->texts;

	if (!texts->rows[what].error && !texts->rows[what].message)
		return false;
	show_set(c, &texts->rows[what], more, out);
	out->layer = layer;
	if (texts->adjust)
		texts->adjust(c, what, out);
	return true;
}

/* ---- name and connection ----------------------------------------------------------------------- */

static enum show dns_show(const struct dns_evidence *dns)
{
	if (dns->a.outcome == DNS_TIMEOUT || dns->a.outcome == DNS_UNREACHABLE || dns->system_timed_out)
		return SHOW_DNS_TIMEOUT;
	if (dns->a.outcome == DNS_SERVFAIL || dns->a.outcome == DNS_REFUSED || dns->a.outcome == DNS_BOGUS ||
	    dns->a.outcome == DNS_OTHER || dns->a.outcome == DNS_MALFORMED)
		return SHOW_DNS_FAILED;
	return dns->a.outcome == DNS_NODATA && !dns->a.canonical_name ? SHOW_NO_ADDRESS : SHOW_NO_SUCH_NAME;
}

static enum show tcp_show(const struct tcp_evidence *tcp)
{
	if (tcp->has_icmp && tcp->error == ENOPROTOOPT)
		return SHOW_PROTOCOL_UNREACHABLE;
	if (tcp->has_icmp && tcp->error == ENETUNREACH)
		return SHOW_NETWORK_UNREACHABLE;
	switch (tcp->outcome) {
	case TCP_REFUSED:
	case TCP_PORT_UNREACHABLE: return SHOW_REFUSED;
	case TCP_TIMEOUT: return SHOW_CONNECT_TIMEOUT;
	case TCP_RESET: return SHOW_CONNECT_RESET;
	case TCP_NETWORK_UNREACHABLE:
	case TCP_LOCAL_ERROR: return tcp->error == ENETUNREACH ? SHOW_NETWORK_UNREACHABLE : SHOW_NO_ROUTE;
	default: return SHOW_NO_ROUTE;
	}
}

/* SHOW_COUNT: nothing stops there. */
static enum show proxy_show(const struct visit *visit, const struct endpoint *ep, const struct dialogue_evidence *e)
{
	if (visit->proxy.n_addresses == 0)
		return SHOW_PROXY_NO_NAME;
	if (ep && ep->tcp.outcome != TCP_CONNECTED && ep->tcp.outcome != TCP_NOT_TRIED)
		return ep->tcp.outcome == TCP_TIMEOUT ? SHOW_PROXY_TIMEOUT : SHOW_PROXY_REFUSED;
	if (!e)
		return visit->http.status == 407 ? SHOW_PROXY_LOGIN_PAGE : SHOW_COUNT;
	if (visit->proxy.tls && !visit->proxy.tls->done)
		return SHOW_PROXY_TLS;
	switch (e->fault) {
	case DIALOGUE_WANTS_LOGIN: return strcmp(e->protocol, "http") == 0 ? SHOW_PROXY_LOGIN : SHOW_SOCKS_LOGIN;
	case DIALOGUE_REFUSED: return strcmp(e->protocol, "http") == 0 ? SHOW_PROXY_STATUS : SHOW_SOCKS_REPLY;
	case DIALOGUE_SILENT:
	case DIALOGUE_STALLED: return SHOW_PROXY_SILENT;
	case DIALOGUE_CLOSED:
	case DIALOGUE_RESET: return SHOW_PROXY_CLOSED;
	default: return strcmp(e->protocol, "http") == 0 ? SHOW_PROXY_GARBAGE : SHOW_SOCKS_GARBAGE;
	}
}

static const struct endpoint *living(const struct visit *visit)
{
	if (visit->best)
		return visit->best;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		if (visit->endpoints[i]->tcp.outcome == TCP_CONNECTED || visit->endpoints[i]->reset_before_hello)
			return visit->endpoints[i];
	return NULL;
}

/* ---- handshake ------------------------------------------------------------------------------------ */

static enum show fault_show(const struct attempt *at)
{
	static const enum show shows[] = {
		[TLS_FAULT_CLOSED] = SHOW_TLS_CLOSED, [TLS_FAULT_RESET] = SHOW_TLS_RESET,
		[TLS_FAULT_SILENT] = SHOW_TLS_SILENT, [TLS_FAULT_STALLED] = SHOW_TLS_STALLED,
		[TLS_FAULT_NOT_TLS] = SHOW_NOT_TLS, [TLS_FAULT_RECORD_TOO_LONG] = SHOW_RECORD_TOO_LONG,
		[TLS_FAULT_BAD_RECORD] = SHOW_BAD_RECORD, [TLS_FAULT_BAD_RECORD_MAC] = SHOW_BAD_RECORD_MAC,
		[TLS_FAULT_UNEXPECTED_MESSAGE] = SHOW_UNEXPECTED_MESSAGE, [TLS_FAULT_MALFORMED] = SHOW_MALFORMED,
		[TLS_FAULT_VERSION_NOT_OFFERED] = SHOW_VERSION, [TLS_FAULT_SUITE_NOT_OFFERED] = SHOW_SUITE,
		[TLS_FAULT_COMPRESSION] = SHOW_COMPRESSION, [TLS_FAULT_SESSION_ECHO] = SHOW_SESSION_ECHO,
		[TLS_FAULT_EXTENSION_NOT_OFFERED] = SHOW_EXTENSION, [TLS_FAULT_GROUP_NOT_OFFERED] = SHOW_GROUP,
		[TLS_FAULT_RETRY_LOOP] = SHOW_RETRY_LOOP, [TLS_FAULT_DOWNGRADE] = SHOW_DOWNGRADE,
		[TLS_FAULT_UNSAFE_RENEGOTIATION] = SHOW_RENEGOTIATION, [TLS_FAULT_NO_CERTIFICATE] = SHOW_NO_CERTIFICATE,
		[TLS_FAULT_BAD_CERTIFICATE] = SHOW_BAD_CERTIFICATE, [TLS_FAULT_SCHEME_NOT_OFFERED] = SHOW_SCHEME,
		[TLS_FAULT_BAD_SIGNATURE] = SHOW_BAD_SIGNATURE, [TLS_FAULT_WEAK_DH] = SHOW_WEAK_DH,
		[TLS_FAULT_BAD_POINT] = SHOW_GROUP, [TLS_FAULT_BAD_FINISHED] = SHOW_BAD_FINISHED,
		[TLS_FAULT_OTHER] = SHOW_TLS_OTHER,
	};

	if (at->fault == TLS_FAULT_CLOSED && at->alert_level != 0 && at->alert == ALERT_CLOSE_NOTIFY)
		return SHOW_TLS_CLOSE_NOTIFY;
	if (at->fault == TLS_FAULT_NOT_TLS && at->plain && strcmp(at->plain, "http") == 0)
		return SHOW_PLAIN_HTTP;
	if (at->fault == TLS_FAULT_MALFORMED && at->fault_message == HS_CERTIFICATE)
		return SHOW_MALFORMED_CERTIFICATE;
	return at->fault < COUNT_OF(shows) ? shows[at->fault] : SHOW_TLS_OTHER;
}

static const struct attempt *own_attempt(const struct client *client, const struct endpoint *ep)
{
	const struct attempt *again = client->texts->second_try ? evidence_attempt(ep, client->texts->second_try) : NULL;

	if (again && again->done)
		return again;
	/* The first row of an id is tried by its id, the others by their hello's. */
	return evidence_attempt(ep, client == client_find(client->id) ? client->id : client->hello);
}

static bool is_like(const struct attempt *full, const struct attempt *own)
{
	return full && full->kind == ATTEMPT_FULL && full->version == own->version && full->has_server_hello &&
	       full->fault != TLS_FAULT_CONNECT && (full->offer.n_alpn > 0) == (own->offer.n_alpn > 0);
}

/* What a mere hello cannot see: how a whole handshake of that version, with or without ALPN like it, went on. */
static const struct attempt *further(const struct endpoint *ep, const struct attempt *own)
{
	if (own->kind == ATTEMPT_FULL || !own->done)
		return own;
	for (size_t i = 0; i < ep->n_attempts; i++)
		if (is_like(ep->attempts[i], own))
			return ep->attempts[i]->done ? own : ep->attempts[i];
	/* None is like it: the main exchange, if it met the same version. */
	if (ep->main && ep->main->version == own->version && ep->main->has_server_hello && !ep->main->done)
		return ep->main;
	return own;
}

static bool offers_choice(const struct client *client, const struct attempt *main)
{
	const struct hello_profile *p = hello_profile_find(client->hello);

	if (!p || !main->done)
		return false;
	return hello_profile_offers_version(p, main->version) && hello_profile_offers_suite(p, main->suite) &&
	       (main->group == 0 || p->n_groups == 0 || hello_profile_offers_group(p, main->group)) &&
	       (main->scheme == 0 || p->n_schemes == 0 || hello_profile_offers_scheme(p, main->scheme));
}

/* Not its own hello: what the server chose for another stands for it, where the client offers that choice. Clients
 * without TLS 1.3 are judged by the hello that ended at TLS 1.2. */
static const struct attempt *stand_in(const struct client *client, const struct endpoint *ep)
{
	const struct hello_profile *p = hello_profile_find(client->hello);
	const struct attempt *old = evidence_attempt(ep, "tls1.2-only");
	bool has_13 = p && hello_profile_offers_version(p, TLS_1_3);

	/* A chain on disk comes without a handshake: nothing was chosen, and each is given it. */
	if (!ep->main || !p || (ep->main->done && ep->main->version == 0))
		return ep->main;
	if (has_13 || !old)
		return !ep->main->done || ep->main->version >= TLS_1_3 || offers_choice(client, ep->main) ? ep->main : NULL;
	if (hello_profile_offers_version(p, TLS_1_2))
		return !old->done || offers_choice(client, old) ? old : NULL;
	return !ep->main->done && !old->done ? ep->main : NULL;
}

bool client_tried_differs(const struct client *client, const struct visit *visit, const struct attempt **tried,
			  const struct attempt **derived)
{
	const struct endpoint *ep = living(visit);

	*tried = ep ? own_attempt(client, ep) : NULL;
	*derived = ep ? stand_in(client, ep) : NULL;
	return *tried && *derived && *tried != *derived && (*tried)->done != (*derived)->done && (*tried)->tls_sent &&
	       (*derived)->tls_sent;
}

static void got(const struct attempt *at, struct client_result *out)
{
	out->version = at->version;
	out->suite = at->suite;
	out->group = at->group;
}

/* Returns the attempt whose certificates and answer count, NULL when `out` is final. */
static const struct attempt *through_tls(struct show_case *c, const struct endpoint *ep, struct client_result *out)
{
	const struct client_texts *texts = c->client->texts;
	const struct attempt *own = own_attempt(c->client, ep), *at = own ? own : stand_in(c->client, ep);
	struct first_record record;

	if (!at) {
		out->unknown = "what the server answers this client's hello was not asked (--as all asks)";
		return NULL;
	}
	out->tried = own != NULL;
	at = further(ep, at);
	c->attempt = at;
	got(at, out);
	if (at->warning_alert && texts->heeds_warning_alerts) {
		texts->alert(c, at->alert, false, out);
		out->layer = LAYER_TLS;
		return NULL;
	}
	if (at->done)
		return at;
	out->layer = LAYER_TLS;
	if (at->fault == TLS_FAULT_ALERT) {
		texts->alert(c, at->alert, false, out);
		return NULL;
	}
	/* A certificate that cannot be read is the certificate judge's matter. */
	if (at->fault == TLS_FAULT_BAD_CERTIFICATE && at->n_chain > 0)
		return at;
	if (texts->reads_record && first_record_read(at, &record) && texts->reads_record(c, &record, out))
		return NULL;
	if (!show(c, fault_show(at), LAYER_TLS, at->reason, out))
		return at;
	return NULL;
}

/* ---- certificates --------------------------------------------------------------------------------- */

/* The very bytes are mostly those of the visit's chain, which were read once. */
static const struct cert *find(const struct chain_facts *chain, struct span der)
{
	for (size_t i = 0; chain && i < chain->n_sent; i++)
		if (span_equal(chain->sent[i]->der, der))
			return chain->sent[i];
	return NULL;
}

static const struct cert *const *parse_all(struct arena *arena, const struct chain_facts *chain, const struct attempt *at)
{
	const struct cert **certs = arena_array(arena, const struct cert *, at->n_chain + 1);

	for (size_t i = 0; i < at->n_chain; i++) {
		certs[i] = find(chain, at->chain[i]);
		if (!certs[i])
			certs[i] = cert_parse(arena, at->chain[i]);
	}
	return certs;
}

static void through_chain(const struct show_case *c, const struct evidence *evidence, const struct attempt *at,
			  const struct endpoint *ep, struct client_result *out)
{
	const struct attempt *source = at->n_chain > 0 ? at : ep->main && ep->main->n_chain > 0 ? ep->main : at;
	const struct visit *visit = c->visit;
	struct chain_case in = {
		.arena = c->arena, .n_sent = source->n_chain, .trust = evidence->trust,
		.host = visit->target.servername ? visit->target.servername : visit->target.host,
		.host_is_ip = visit->target.is_ip && !visit->target.servername, .now_unix = evidence->now_unix,
		.staple = source->staple, .has_staple = source->has_staple, .crls = evidence->crls, .n_crls = evidence->n_crls,
		.tls_version = at->version, .suite = at->suite,
	};

	if (visit->chain && source == ep->main)
		in.responder = visit->chain->ocsp_verdict.status == OCSP_REVOKED ? RESPONDER_REVOKED :
			       visit->chain->ocsp_verdict.status == OCSP_GOOD	 ? RESPONDER_GOOD : RESPONDER_SILENT;
	if (visit->target.has_trailing_dot && c->client->texts->keeps_trailing_dot)
		in.host = arena_printf(c->arena, "%s.", in.host);
	if (evidence->from_file) {
		in.host = visit->chain ? visit->chain->host : NULL;
		in.host_is_ip = visit->chain && visit->chain->is_ip;
	}
	if (source->n_chain == 0 || !c->client->chain)
		return;
	if (!evidence->trust && !evidence->from_file && c->client->texts->is_browser && !(visit->chain && visit->chain->leaf_self_signed)) {
		out->unknown = "it brings roots of its own, and this machine has none that could stand for them";
		out->layer = LAYER_CERTIFICATE;
		return;
	}
	in.sent = parse_all(c->arena, visit->chain, source);
	c->client->chain(c->client, &in, out);
}

/* ---- the answer -------------------------------------------------------------------------------------- */

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
		return show(c, SHOW_EARLY_RESET, LAYER_TLS, NULL, out);
	}
	if (!quiet->late_alert || texts->speaks_http)
		return false;
	c->attempt = quiet;
	texts->alert(c, quiet->late_alert_code, true, out);
	out->layer = LAYER_TLS;
	return true;
}

static void through_http(struct show_case *c, struct client_result *out)
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
			show(c, SHOW_HTTP_EMPTY, LAYER_HTTP, NULL, out);
		out->layer = LAYER_TLS;
	} else if (http->fault == HTTP_FAULT_BAD_RECORD_MAC && main && main->late_fault == TLS_FAULT_OTHER) {
		show(c, SHOW_TLS_OTHER, LAYER_TLS, main->reason, out);
	} else if (has_long_line(http, texts->head_line_max) && show(c, SHOW_HTTP_LONG_LINE, LAYER_HTTP, NULL, out)) {
		return;
	} else if (texts->head_lines_max && http->n_headers > texts->head_lines_max && show(c, SHOW_HTTP_MANY_LINES, LAYER_HTTP, NULL, out)) {
		return;
	} else if (is_too_large(texts, http)) {
		show(c, SHOW_HTTP_LARGE, LAYER_HTTP, NULL, out);
	} else if (http->fault != HTTP_FAULT_NONE && http->fault != HTTP_FAULT_HEADERS_TOO_LARGE) {
		enum show what = h2_show(c, http);

		if (what != SHOW_COUNT)
			show(c, what, LAYER_HTTP, http_more(c, http), out);
	} else if (http->status == 407 && !c->visit->proxy.is_used && show(c, SHOW_ASKS_PROXY_PASSWORD, LAYER_HTTP, NULL, out)) {
		return;
	} else if (http->status == 401 && http_header_get(http, "www-authenticate") && show(c, SHOW_ASKS_PASSWORD, LAYER_HTTP, NULL, out)) {
		return;
	} else if (has_no_page(http)) {
		show(c, http->status >= 500 ? SHOW_EMPTY_SERVER_ERROR : SHOW_EMPTY_CLIENT_ERROR, LAYER_HTTP, NULL, out);
	} else if (http->status >= 300 && http->status < 400 && http->redirect_fault && http->location) {
		show(c, redirect_show(http), LAYER_HTTP, NULL, out);
	} else if (c->visit->redirect_loop || c->visit->redirect_limit) {
		show(c, SHOW_REDIRECT_LOOP, LAYER_HTTP, NULL, out);
	}
}

/* ---- the whole ------------------------------------------------------------------------------------------- */

static bool uses_tls(const struct client *client, const struct visit *visit)
{
	if (strcmp(visit->target.scheme, "http") != 0)
		return true;
	/* s_client and gnutls-cli open TLS whatever the URL says. */
	return !client->texts->speaks_http ||
	       (client->texts->is_browser && !visit->target.is_ip && kb_preloaded_suffix(visit->target.host));
}

static const char *proxy_tls_reason(const struct show_case *c)
{
	const struct attempt *at = c->visit->proxy.tls;

	return at->fault == TLS_FAULT_ALERT ? openssl_alert_reason(c->arena, at->alert) : at->reason ? at->reason : "unexpected eof while reading";
}

/* Which judge the certificate of a proxy by the rules they have for servers, in their own words. */
static bool is_judged_like_a_server(const struct client *client)
{
	return strcmp(client->id, "curl") == 0 || strcmp(client->id, "go") == 0;
}

/* A proxy that is spoken to in TLS shows a certificate of its own, before any tunnel. */
static bool stops_at_proxy_certificate(struct show_case *c, const struct evidence *evidence, struct client_result *out)
{
	const struct visit *visit = c->visit;
	const struct attempt *at = visit->proxy.tls;
	struct chain_case in = {
		.arena = c->arena, .trust = evidence->proxy_trust, .host = visit->proxy.host, .host_is_ip = visit->proxy.dns.skipped,
		.now_unix = evidence->now_unix, .crls = evidence->crls, .n_crls = evidence->n_crls,
	};

	if (!at || at->n_chain == 0 || !at->done || !evidence->proxy_trust || !c->client->chain)
		return false;
	in.sent = parse_all(c->arena, visit->proxy.chain, at);
	in.n_sent = at->n_chain;
	in.tls_version = at->version;
	in.suite = at->suite;
	c->client->chain(c->client, &in, out);
	if (out->outcome != CLIENT_ERROR) {
		*out = (struct client_result){ 0 };
		return false;
	}
	out->layer = LAYER_PROXY;
	if (is_judged_like_a_server(c->client)) {
		if (strcmp(c->client->id, "go") == 0 && out->message)
			out->message = arena_printf(c->arena, "proxyconnect tcp: %s", out->message);
		return true;
	}
	*out = (struct client_result){ 0 };
	if (!show(c, SHOW_PROXY_CERTIFICATE, LAYER_PROXY, NULL, out)) {
		out->unknown = "what this client shows for the certificate of a proxy is not known here, or it speaks to none in TLS";
		out->layer = LAYER_PROXY;
	}
	return true;
}

/* The proxy's refusal, in the client's words; false where there was none. */
static bool stops_at_proxy(struct show_case *c, const struct endpoint *ep, struct client_result *out)
{
	const struct visit *visit = c->visit;
	const struct attempt *at = ep && ep->main ? ep->main : ep ? evidence_attempt(ep, "plain") : NULL;
	const struct dialogue_evidence *e = at && at->proxy && at->proxy->fault != DIALOGUE_DONE ? at->proxy : NULL;
	enum show what = proxy_show(visit, ep, e);

	if (!visit->proxy.is_used || what == SHOW_COUNT)
		return false;
	c->dialogue = e;
	if (!show(c, what, LAYER_PROXY, what == SHOW_PROXY_TLS ? proxy_tls_reason(c) : e ? e->text : NULL, out)) {
		out->unknown = "what this client shows when a proxy fails is not known here, or it takes no notice of proxies";
		out->layer = LAYER_PROXY;
	}
	return true;
}

/* STARTTLS has no error of its own in the libraries that only do TLS: whoever uses them holds the dialogue. */
static bool stops_at_starttls(struct show_case *c, const struct attempt *main, struct client_result *out)
{
	const struct dialogue_evidence *e = main ? main->starttls : NULL;

	if (!e || e->fault == DIALOGUE_DONE)
		return false;
	c->dialogue = e;
	if (!show(c, SHOW_STARTTLS, LAYER_TLS, e->text, out)) {
		out->outcome = CLIENT_ERROR;
		out->layer = LAYER_TLS;
		out->unknown = "the dialogue before TLS fails; its error is the program's own, not the TLS library's";
	}
	return true;
}

static void predict_one(struct show_case *c, const struct evidence *evidence, struct client_result *out)
{
	const struct visit *visit = c->visit;
	const struct endpoint *ep = living(visit);
	const struct attempt *at;

	if (visit->proxy.is_used && stops_at_proxy_certificate(c, evidence, out))
		return;
	if (visit->proxy.is_used && stops_at_proxy(c, ep ? ep : visit->n_endpoints > 0 ? visit->endpoints[0] : NULL, out))
		return;

	if (!evidence->from_file && c->client->texts->is_browser && kb_port_is_blocked(visit->target.port) &&
	    show(c, SHOW_BLOCKED_PORT, LAYER_CLIENT, NULL, out))
		return;
	if (visit->n_endpoints == 0) {
		show(c, dns_show(&visit->dns), LAYER_DNS, NULL, out);
		return;
	}
	if (!ep) {
		show(c, tcp_show(&visit->endpoints[0]->tcp), LAYER_TCP, NULL, out);
		return;
	}
	if (stops_at_starttls(c, ep->main, out))
		return;
	if (uses_tls(c->client, visit)) {
		if (!ep->main && strcmp(visit->target.scheme, "http") == 0) {
			out->unknown = "TLS was not tried for an http address";
			return;
		}
		if (ep->main && ep->main->tcp.outcome == TCP_RESET && !ep->main->done) {
			show(c, SHOW_CONNECT_RESET, LAYER_TCP, NULL, out);
			return;
		}
		at = through_tls(c, ep, out);
		if (!at)
			return;
		through_chain(c, evidence, at, ep, out);
		if (out->outcome == CLIENT_ERROR || out->unknown)
			return;
	}
	through_http(c, out);
}

static void at_times(const struct show_case *c, const struct client_result *failure, struct client_result *out)
{
	out->message = arena_printf(c->arena, "fails on some connections: %s", failure->error ? failure->error : "its own error page");
	out->outcome = CLIENT_WARNING;
	out->error = NULL;
	out->has_number = false;
	out->page = NULL;
}

/* At another address of the same family, where a client may go as well, it would pass. */
static bool passes_elsewhere(struct show_case *c, const struct evidence *evidence)
{
	const struct endpoint *here = living(c->visit);

	for (size_t i = 0; here && here->main && i < c->visit->n_endpoints; i++) {
		const struct endpoint *ep = c->visit->endpoints[i];
		struct client_result there = { 0 };

		if (ep == here || ep->family != here->family || !ep->main || !ep->main->done)
			continue;
		if (here->main->done && here->main->n_chain > 0 && ep->main->n_chain > 0 && span_equal(here->main->chain[0], ep->main->chain[0]))
			continue;
		through_chain(c, evidence, ep->main, ep, &there);
		if (there.outcome == CLIENT_OK)
			return true;
	}
	return false;
}

/* Behind a load balancer whose servers differ, one connection fails and the next works. */
static void soften(struct show_case *c, const struct evidence *evidence, struct client_result *out)
{
	const struct client_result failure = *out;
	bool is_of_tls = out->layer == LAYER_TLS || out->layer == LAYER_CERTIFICATE;

	if (out->outcome != CLIENT_ERROR || out->layer < LAYER_TLS)
		return;
	if (evidence_answers_vary(living(c->visit)) || (is_of_tls && passes_elsewhere(c, evidence)))
		at_times(c, &failure, out);
}

static bool is_repeat(const struct attempt *at)
{
	return at->fault != TLS_FAULT_CONNECT && (strcmp(at->name, "sample") == 0 || strcmp(at->name, "tls1.2-only") == 0);
}

/* The same question was answered elsewhere. */
static bool is_answered_elsewhere(const struct visit *visit, const struct attempt *at)
{
	for (size_t i = 0; i < visit->n_endpoints; i++)
		for (size_t k = 0; k < visit->endpoints[i]->n_attempts; k++)
			if (strcmp(visit->endpoints[i]->attempts[k]->name, at->name) == 0 && visit->endpoints[i]->attempts[k]->done)
				return true;
	return false;
}

static void through_repeat(struct show_case *c, const struct evidence *evidence, const struct endpoint *ep,
			   const struct attempt *at, struct client_result *out)
{
	const struct attempt *main = c->visit->best ? c->visit->best->main : NULL;

	c->attempt = at;
	if (!at->done && !is_answered_elsewhere(c->visit, at))
		return;
	if (!at->done && at->fault == TLS_FAULT_ALERT)
		c->client->texts->alert(c, at->alert, false, out);
	else if (!at->done)
		show(c, fault_show(at), LAYER_TLS, at->reason, out);
	else if (main && main->n_chain > 0 && at->n_chain > 0 && !span_equal(main->chain[0], at->chain[0]))
		through_chain(c, evidence, at, ep, out);
}

/* Answers that were looked at. A peer that gives everyone another certificate is asked no more than that of each client. */
struct answers {
	const struct attempt *items[8];
	size_t n;
};

static bool is_same_answer(const struct attempt *a, const struct attempt *b)
{
	if (a->done != b->done || a->fault != b->fault || a->alert != b->alert)
		return false;
	return !a->done || (a->n_chain == 0 ? b->n_chain == 0 : b->n_chain > 0 && span_equal(a->chain[0], b->chain[0]));
}

static bool is_another(struct answers *answers, const struct attempt *at)
{
	for (size_t i = 0; i < answers->n; i++)
		if (is_same_answer(answers->items[i], at))
			return false;
	if (answers->n == COUNT_OF(answers->items))
		return false;
	answers->items[answers->n++] = at;
	return true;
}

/* It passes, but another machine behind the name would have stopped it. */
static void harden(struct show_case *c, const struct evidence *evidence, struct client_result *out)
{
	const struct visit *visit = c->visit;
	struct answers answers = { .n = 0 };

	if (out->outcome != CLIENT_OK || out->unknown || evidence->from_file)
		return;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		for (size_t k = 0; k < visit->endpoints[i]->n_attempts; k++) {
			struct client_result failure = { 0 };

			if (is_repeat(visit->endpoints[i]->attempts[k]) && is_another(&answers, visit->endpoints[i]->attempts[k]))
				through_repeat(c, evidence, visit->endpoints[i], visit->endpoints[i]->attempts[k], &failure);
			if (failure.outcome == CLIENT_ERROR) {
				at_times(c, &failure, out);
				return;
			}
		}
}

void client_predict(const struct client *client, const struct evidence *evidence, const struct visit *visit,
		    struct client_result *out)
{
	for (;; visit = visit->next) {
		struct show_case c = { .client = client, .arena = evidence->arena, .visit = visit };

		*out = (struct client_result){ 0 };
		predict_one(&c, evidence, out);
		soften(&c, evidence, out);
		harden(&c, evidence, out);
		if (out->outcome == CLIENT_ERROR || out->unknown || !visit->next || !client->texts->follows_redirects ||
		    (client->texts->keeps_to_scheme && strcmp(visit->target.scheme, visit->next->target.scheme) != 0))
			return;
	}
}
