/* What stands between us and the server: a proxy that cannot be reached, wants a login, refuses, is no
 * proxy at all. RFC 9110 9.3.6, 15.5.8; RFC 1928, 1929. */
#include <string.h>

#include "base/timeutil.h"
#include "kb/names.h"
#include "rule/cert_parts.h"
#include "rule/tls_view.h"
#include "x509/name.h"

static const char *proxy_name(const struct visit *visit)
{
	return visit->proxy.url ? visit->proxy.url : "the proxy";
}

static void came_from(const struct visit *visit, struct findings *findings, struct finding *f)
{
	finding_evidence(findings, f, "the proxy is %s, given by %s", proxy_name(visit),
			 visit->proxy.given_by ? visit->proxy.given_by : "the settings");
	f->shows = arena_printf(findings->arena, "curl -v -x %s %s://%s/", proxy_name(visit), visit->target.scheme,
				authority_text(findings->arena, visit->target.host, visit->target.port));
}

/* ---- no connection to it ---------------------------------------------------------------------------------- */

static void no_name(const struct visit *visit, struct findings *findings)
{
	struct finding *f = finding_add(findings, visit, "proxy.unreachable",
			arena_printf(findings->arena, "The name of the proxy does not resolve: %s", visit->proxy.host));

	came_from(visit, findings, f);
	if (visit->proxy.dns.system_error_text)
		finding_evidence(findings, f, "looking up %s: %s", visit->proxy.host, visit->proxy.dns.system_error_text);
}

static const char *tcp_words(const struct tcp_evidence *tcp)
{
	switch (tcp->outcome) {
	case TCP_REFUSED:
	case TCP_PORT_UNREACHABLE: return "refuses the connection: nothing listens there";
	case TCP_TIMEOUT: return "does not answer";
	case TCP_RESET: return "resets the connection";
	case TCP_ADMIN_PROHIBITED: return "is behind a firewall that forbids it";
	case TCP_HOST_UNREACHABLE:
	case TCP_NETWORK_UNREACHABLE: return "cannot be reached: no route";
	default: return "cannot be reached from this machine";
	}
}

static void no_connection(const struct visit *visit, const struct endpoint *ep, struct findings *findings)
{
	struct finding *f = finding_add(findings, visit, "proxy.unreachable",
			arena_printf(findings->arena, "The proxy %s:%u %s", visit->proxy.host, visit->proxy.port, tcp_words(&ep->tcp)));

	came_from(visit, findings, f);
	for (size_t i = 0; i < visit->proxy.n_addresses; i++)
		finding_evidence(findings, f, "address %s", visit->proxy.addresses[i]);
	finding_evidence(findings, f, "after %.0f ms: %s", ep->tcp.connect_ms, strerror(ep->tcp.error));
}

/* ---- its answers -------------------------------------------------------------------------------------------- */

/* "NTLM, Negotiate": what signs a program in without a password of its own, and few programs do. RFC 4559. */
static bool wants_windows_login(const struct dialogue_evidence *e)
{
	return e->offers && (strcasestr(e->offers, "ntlm") || strcasestr(e->offers, "negotiate") || strcasestr(e->offers, "kerberos")) &&
	       !strcasestr(e->offers, "basic") && !strcasestr(e->offers, "digest");
}

static void wants_login(const struct visit *visit, const struct dialogue_evidence *e, struct findings *findings)
{
	struct arena *arena = findings->arena;
	bool is_windows = wants_windows_login(e);
	struct finding *f = finding_add(findings, visit, "proxy.auth-required",
					is_windows ? arena_printf(arena, "The proxy wants a sign-in by %s, and takes no plain user and password", e->offers) :
					visit->proxy.has_login ? "The proxy does not accept the user and password it was given" :
								 "The proxy wants a user and a password");

	came_from(visit, findings, f);
	if (e->text)
		finding_evidence(findings, f, "it answers: %s", e->text);
	if (e->offers)
		finding_evidence(findings, f, "ways to sign in: %s", e->offers);
	if (visit->proxy.has_login && e->offers && !strcasestr(e->offers, "basic") && strcmp(e->protocol, "http") == 0)
		finding_evidence(findings, f, "Basic, which was tried, is not among them");
	if (is_windows)
		f->fix = arena_printf(arena, "The user takes a program that signs in that way (browsers of a machine in the domain do; `curl --proxy-%s -U : -x %s`), or "
				      "runs a local proxy that does it for the others (cntlm, px); the network's administrator may exempt the host or the program.",
				      strcasestr(e->offers, "negotiate") || strcasestr(e->offers, "kerberos") ? "negotiate" : "ntlm", proxy_name(visit));
}

static const char *status_means(const struct dialogue_evidence *e)
{
	if (strcmp(e->protocol, "http") != 0)
		return NULL;
	switch (e->code) {
	case 400: return "the proxy does not understand the request: perhaps it is a web server";
	case 403: return "its rules forbid this host, this port or this client";
	case 404:
		if (e->text && strcasestr(e->text, "no such domain"))
			return "the name did not resolve there";        /* Privoxy */
		/* fall through */
	case 405:
	case 501: return "it is no proxy for CONNECT: a web server, or a proxy for other things";
	case 502: return "it could not connect to the server";
	case 503: return "it could not connect to the server, or is overloaded";
	case 504: return "the server did not answer it in time, or its name did not resolve";
	default: return NULL;
	}
}

static void refused(const struct visit *visit, const struct dialogue_evidence *e, struct findings *findings)
{
	struct finding *f = finding_add(findings, visit, "proxy.connect-refused",
			e->text ? arena_printf(findings->arena, "The proxy refuses to connect to %s:%u: %s", visit->target.host,
					       visit->target.port, e->text) : NULL);
	const char *means = status_means(e);

	came_from(visit, findings, f);
	finding_evidence(findings, f, strcmp(e->protocol, "http") == 0 ? "its answer to CONNECT %s:%u: %s" :
			 "asked for %s:%u: %s", visit->target.host, visit->target.port, e->text ? e->text : "no");
	if (strcmp(e->protocol, "http") != 0)
		finding_evidence(findings, f, "reply code %d", e->code);
	if (means)
		finding_evidence(findings, f, "%s", means);
	if (e->offers)
		finding_evidence(findings, f, "it adds: %s", e->offers);
}

static void no_proxy_at_all(const struct visit *visit, const struct dialogue_evidence *e, struct findings *findings)
{
	bool is_tls = e->fault == DIALOGUE_TLS_ALREADY;
	struct finding *f = finding_add(findings, visit, "proxy.wrong-protocol",
			is_tls ? "The proxy speaks TLS, and was asked in plain text" :
			e->speaks ? arena_printf(findings->arena, "What answers at the proxy's address speaks %s", kb_protocol_shown(e->speaks)) : NULL);

	came_from(visit, findings, f);
	if (is_tls)
		finding_evidence(findings, f, "it answers with a TLS record: its URL begins with https://, not %s://", e->protocol);
	if (e->text)
		finding_evidence(findings, f, "it answers: %s", e->text);
}

static void ended(const struct visit *visit, const struct dialogue_evidence *e, struct findings *findings)
{
	static const char *const words[] = {
		[DIALOGUE_SILENT] = "does not answer the request for a tunnel", [DIALOGUE_STALLED] = "begins an answer and never ends it",
		[DIALOGUE_ENDLESS] = "answers without end", [DIALOGUE_CLOSED] = "closes the connection when asked for a tunnel",
		[DIALOGUE_RESET] = "resets the connection when asked for a tunnel",
		[DIALOGUE_MALFORMED] = "answers what breaks the protocol",
	};
	const char *what = e->fault < COUNT_OF(words) ? words[e->fault] : NULL;
	struct finding *f = finding_add(findings, visit, "proxy.connect-refused",
			what ? arena_printf(findings->arena, "The proxy %s", what) : NULL);

	came_from(visit, findings, f);
	finding_evidence(findings, f, "asked for %s:%u", visit->target.host, visit->target.port);
	if (e->text)
		finding_evidence(findings, f, "so far: %s", e->text);
}

/* ---- in TLS with the proxy itself ------------------------------------------------------------------------------ */

static bool is_tls_failed(const struct visit *visit)
{
	return visit->proxy.tls && !visit->proxy.tls->done;
}

static void tls_failed(const struct visit *visit, struct findings *findings)
{
	const struct attempt *at = visit->proxy.tls;
	struct arena *arena = findings->arena;
	const char *outcome = attempt_outcome(arena, at);
	bool is_plain = at->fault == TLS_FAULT_NOT_TLS;
	struct finding *f = finding_add(findings, visit, is_plain ? "proxy.wrong-protocol" : "proxy.tls-failed", is_plain ?
					"The proxy answers in plain text, and was asked in TLS" :
					arena_printf(arena, "The proxy answers the TLS handshake with %s", outcome));

	came_from(visit, findings, f);
	if (is_plain)
		finding_evidence(findings, f, "it answers with %s: its URL begins with http://, not https://", outcome);
	if (at->reason)
		finding_evidence(findings, f, "OpenSSL says: %s", at->reason);
	if (at->client_certificate_requested == TRI_YES)
		finding_evidence(findings, f, "the proxy asks for a client certificate");
}

static void about_certificate(const struct visit *visit, struct findings *findings, const char *id, const char *title)
{
	const struct chain_facts *facts = visit->proxy.chain;
	struct finding *f = finding_add(findings, visit, id, title);

	came_from(visit, findings, f);
	f->shows = arena_printf(findings->arena, "openssl s_client -connect %s -servername %s",
				authority_text(findings->arena, visit->proxy.host, visit->proxy.port), visit->proxy.host);
	finding_evidence(findings, f, "names in the proxy's certificate: %s", cert_names_text(findings->arena, facts->leaf, 20));
	cert_evidence(findings, f, facts->leaf);
}

/* What curl asks of it; RFC 9110 4.3.4. */
static void own_certificate(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->proxy.chain;
	struct arena *arena = findings->arena;
	char day[RFC3339_LEN];

	if (!facts || !facts->leaf || !facts->best)
		return;
	if (evidence->now_unix > facts->leaf->not_after_unix)
		about_certificate(visit, findings, "proxy.certificate-expired",
				  arena_printf(arena, "The proxy's own certificate expired on %s", when_format(day, facts->leaf->not_after_unix)));
	else if (evidence->now_unix < facts->leaf->not_before_unix)
		about_certificate(visit, findings, "proxy.certificate-expired",
				  arena_printf(arena, "The proxy's own certificate is not valid before %s",
					       when_format(day, facts->leaf->not_before_unix)));
	if (!facts->name_matches)
		about_certificate(visit, findings, "proxy.certificate-name-mismatch",
				  arena_printf(arena, "The proxy's own certificate is for %s, not for %s", cert_names_text(arena, facts->leaf, 4),
					       visit->proxy.host));
	if (evidence->proxy_trust && !facts->is_trusted)
		about_certificate(visit, findings, "proxy.certificate-untrusted", facts->leaf_self_signed ?
				  "The proxy's own certificate is signed by itself" :
				  "The proxy's own certificate leads to no root that is trusted for proxies here");
}

static void answered(const struct visit *visit, const struct dialogue_evidence *e, struct findings *findings)
{
	if (is_tls_failed(visit)) {
		tls_failed(visit, findings);
		return;
	}
	switch (e->fault) {
	case DIALOGUE_WANTS_LOGIN: wants_login(visit, e, findings); break;
	case DIALOGUE_REFUSED:
	case DIALOGUE_TURNED_AWAY: refused(visit, e, findings); break;
	case DIALOGUE_TLS_ALREADY:
	case DIALOGUE_OTHER_PROTOCOL: no_proxy_at_all(visit, e, findings); break;
	default: ended(visit, e, findings);
	}
}

/* An HTTP proxy asked for a page in clear answers in the server's stead. */
static void plain_answered(const struct visit *visit, struct findings *findings)
{
	struct dialogue_evidence e = { .protocol = "http", .fault = DIALOGUE_WANTS_LOGIN, .code = 407 };

	if (visit->http.status != 407)
		return;
	for (size_t i = 0; i < visit->http.n_headers; i++)
		if (strcmp(visit->http.headers[i].name, "proxy-authenticate") == 0)
			e.offers = visit->http.headers[i].value;
	wants_login(visit, &e, findings);
}

/* It says yes at once and finds out later, or forbids by what comes next; the server behind it may have done it as well. */
static void ended_at_once(const struct visit *visit, const struct endpoint *ep, struct findings *findings)
{
	struct finding *f = finding_add(findings, visit, "proxy.connect-refused", ep->reset_before_hello ?
					"The proxy opens the tunnel, then resets it before TLS begins" :
					"The proxy opens the tunnel, then closes it before TLS begins");

	f->confidence = "likely";
	came_from(visit, findings, f);
	finding_evidence(findings, f, "its answer to CONNECT %s:%u: %s", visit->target.host, visit->target.port,
			 ep->main->proxy->text ? ep->main->proxy->text : "yes");
	finding_evidence(findings, f, "then the tunnel was %s before a byte was sent: the proxy could not connect after all, forbids it, "
			 "or the server behind it hangs up", ep->reset_before_hello ? "reset" : "closed");
}

static bool is_ended_at_once(const struct endpoint *ep)
{
	return ep && ep->main && ep->main->proxy && !ep->main->done && (ep->closed_before_hello || ep->reset_before_hello);
}

static const struct attempt *telling(const struct endpoint *ep)
{
	return ep->main ? ep->main : evidence_attempt(ep, "plain");
}

static void proxy_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct endpoint *ep = visit->best ? visit->best : visit->n_endpoints > 0 ? visit->endpoints[0] : NULL;
	const struct attempt *at = ep ? telling(ep) : NULL;

	if (!visit->proxy.is_used)
		return;
	/* It comes before the tunnel. */
	own_certificate(evidence, visit, findings);
	if (visit->proxy.n_addresses == 0)
		no_name(visit, findings);
	else if (ep && ep->tcp.outcome != TCP_CONNECTED && ep->tcp.outcome != TCP_NOT_TRIED)
		no_connection(visit, ep, findings);
	else if (at && at->proxy && at->proxy->fault != DIALOGUE_DONE)
		answered(visit, at->proxy, findings);
	else if (is_ended_at_once(ep))
		ended_at_once(visit, ep, findings);
	else
		plain_answered(visit, findings);
}

const struct rule rule_proxy = { "proxy", LAYER_PROXY, proxy_check };
