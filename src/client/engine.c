/* What a client shows for a visit: in the order in which it would meet them, the port, the name, the connection, the
 * handshake, the certificates, the answer, the redirects. Where its own hello was sent, its answer stands; else the
 * main exchange does, as far as the client offers what was chosen there. */
#include "client/client.h"

#include <errno.h>

#include "client/engine.h"
#include "kb/ports.h"
#include "kb/preload.h"
#include "x509/chain.h"

const struct client *client_find(const char *id)
{
	for (const struct client *const *c = clients; *c; c++)
		if (strcmp((*c)->id, id) == 0)
			return *c;
	return NULL;
}

bool engine_show(const struct show_case *c, enum show what, enum layer layer, const char *more, struct client_result *out)
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

const struct endpoint *engine_endpoint(const struct visit *visit)
{
	if (visit->best)
		return visit->best;
	for (size_t i = 0; i < visit->n_endpoints; i++)
		if (visit->endpoints[i]->tcp.outcome == TCP_CONNECTED || visit->endpoints[i]->reset_before_hello)
			return visit->endpoints[i];
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
	if (!engine_show(c, SHOW_PROXY_CERTIFICATE, LAYER_PROXY, NULL, out)) {
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
	if (!engine_show(c, what, LAYER_PROXY, what == SHOW_PROXY_TLS ? proxy_tls_reason(c) : e ? e->text : NULL, out)) {
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
	if (!engine_show(c, SHOW_STARTTLS, LAYER_TLS, e->text, out)) {
		out->outcome = CLIENT_ERROR;
		out->layer = LAYER_TLS;
		out->unknown = "the dialogue before TLS fails; its error is the program's own, not the TLS library's";
	}
	return true;
}

static void predict_one(struct show_case *c, const struct evidence *evidence, struct client_result *out)
{
	const struct visit *visit = c->visit;
	const struct endpoint *ep = engine_endpoint(visit);
	const struct attempt *at;

	if (visit->proxy.is_used && stops_at_proxy_certificate(c, evidence, out))
		return;
	if (visit->proxy.is_used && stops_at_proxy(c, ep ? ep : visit->n_endpoints > 0 ? visit->endpoints[0] : NULL, out))
		return;

	if (!evidence->from_file && c->client->texts->is_browser && kb_port_is_blocked(visit->target.port) &&
	    engine_show(c, SHOW_BLOCKED_PORT, LAYER_CLIENT, NULL, out))
		return;
	if (visit->n_endpoints == 0) {
		engine_show(c, dns_show(&visit->dns), LAYER_DNS, NULL, out);
		return;
	}
	if (!ep) {
		engine_show(c, tcp_show(&visit->endpoints[0]->tcp), LAYER_TCP, NULL, out);
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
			engine_show(c, SHOW_CONNECT_RESET, LAYER_TCP, NULL, out);
			return;
		}
		at = engine_through_tls(c, ep, out);
		if (!at)
			return;
		through_chain(c, evidence, at, ep, out);
		if (out->outcome == CLIENT_ERROR || out->unknown)
			return;
	}
	engine_through_http(c, out);
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
	const struct endpoint *here = engine_endpoint(c->visit);

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
	if (evidence_answers_vary(engine_endpoint(c->visit)) || (is_of_tls && passes_elsewhere(c, evidence)))
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
		engine_show(c, engine_fault_show(at), LAYER_TLS, at->reason, out);
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
