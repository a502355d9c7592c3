/* See tls_view.h. */
#include "rule/tls_view.h"

#include "kb/names.h"

bool tls_view_of(const struct evidence *evidence, const struct visit *visit, struct findings *findings,
		 struct tls_view *view)
{
	const struct endpoint *ep = visit->best;

	for (size_t i = 0; i < visit->n_endpoints && (!ep || !ep->main); i++)
		if (visit->endpoints[i]->tcp.outcome == TCP_CONNECTED)
			ep = visit->endpoints[i];
	if (!ep || !ep->main || ep->main->tcp.outcome != TCP_CONNECTED || evidence->from_file)
		return false;
	*view = (struct tls_view){ evidence, visit, ep, ep->main, findings };
	return true;
}

bool attempt_done(const struct tls_view *view, const char *name)
{
	const struct attempt *at = evidence_attempt(view->endpoint, name);

	return at && at->done;
}

bool attempt_failed(const struct tls_view *view, const char *name)
{
	const struct attempt *at = evidence_attempt(view->endpoint, name);

	return at && !at->done;
}

static const struct {
	const char *name, *offered;
} offers[] = {
	{ "main", "a browser's hello" },
	{ "chrome", "Chrome's hello (with a post-quantum key share)" },
	{ "tls1.2-only", "a hello for TLS 1.2 at most" },
	{ "tls1.3-only", "a hello for TLS 1.3 only" },
	{ "tls1.1-only", "a hello for TLS 1.1" },
	{ "tls1.0-only", "a hello for TLS 1.0" },
	{ "ssl3-only", "a hello for SSL 3.0" },
	{ "sslv2", "an SSL 2.0 hello" },
	{ "no-sni", "the same without a server name" },
	{ "other-sni", "the same with another server name" },
	{ "no-alpn", "the same without ALPN" },
	{ "no-pq", "the same without the post-quantum share (under 1,400 bytes)" },
	{ "padded", "the same without the post-quantum share, padded over 1,400 bytes" },
	{ "no-grease", "the same without GREASE" },
	{ "split-records", "the same split over two TLS records" },
	{ "split-segments", "the same split over two TCP segments" },
	{ "few-extensions", "the same with the necessary extensions only" },
	{ "all-suites", "the same with every cipher suite" },
	{ "all-groups", "the same with every group" },
	{ "all-schemes", "the same with every signature scheme" },
	{ "everything", "every suite, group and signature scheme" },
	{ "proxy-header", "Chrome's hello behind a PROXY protocol header" },
	{ "everything-1.2", "every suite, group and signature scheme, in TLS 1.2" },
	{ "permissive", "everything OpenSSL can do, SSL 3.0 excepted" },
	{ "http-small-segments", "a browser's hello, then the request again" },
	{ "http-again", "a browser's hello, then the request again" },
	{ "main-unanswered", "a browser's hello, the first time" },
	{ "chrome-unanswered", "Chrome's hello, the first time" },
	{ "silent", "nothing sent at all" },
	{ "tls-at-once", "a hello without the plain-text dialogue" },
	{ "http/1.1-only", "a browser's hello with http/1.1 alone" },
	{ "no-alpn-http", "a browser's hello without ALPN" },
};

const char *attempt_offered(const struct attempt *attempt)
{
	for (size_t i = 0; i < COUNT_OF(offers); i++)
		if (strcmp(offers[i].name, attempt->name) == 0)
			return offers[i].offered;
	return NULL;
}

static const char *alert_text(struct arena *arena, uint8_t alert)
{
	const char *name = kb_alert_name(alert);

	return arena_printf(arena, "alert %s (%u)", name ? name : "unassigned", alert);
}

static const char *chosen_text(struct arena *arena, const struct attempt *at)
{
	const char *version = kb_version_name(at->version), *suite = kb_suite_name(at->suite);
	const char *group = at->group ? kb_group_name(at->group) : NULL;

	return arena_printf(arena, "%s, %s%s%s%s", version ? version : "an unknown version",
			    at->version == 2 ? "a SERVER-HELLO" : suite ? suite : arena_printf(arena, "suite 0x%04x", at->suite),
			    group ? ", " : "", group ? group : "", at->hello_retry ? " (after a HelloRetryRequest)" : "");
}

static const char *const fault_words[] = {
	[TLS_FAULT_NONE] = "an answer cut short",
	[TLS_FAULT_CONNECT] = "no TCP connection",
	[TLS_FAULT_CLOSED] = "the connection closed",
	[TLS_FAULT_RESET] = "a reset",
	[TLS_FAULT_SILENT] = "silence",
	[TLS_FAULT_STALLED] = "an answer that began and never ended",
	[TLS_FAULT_NOT_TLS] = "bytes that are no TLS",
	[TLS_FAULT_RECORD_TOO_LONG] = "a record longer than TLS allows",
	[TLS_FAULT_BAD_RECORD] = "a record that makes no sense",
	[TLS_FAULT_ALERT] = "an alert",
	[TLS_FAULT_BAD_RECORD_MAC] = "a record that does not decrypt",
	[TLS_FAULT_UNEXPECTED_MESSAGE] = "a message out of order",
	[TLS_FAULT_MALFORMED] = "a message that does not decode",
	[TLS_FAULT_VERSION_NOT_OFFERED] = "a version that was not offered",
	[TLS_FAULT_SUITE_NOT_OFFERED] = "a cipher suite that was not offered",
	[TLS_FAULT_COMPRESSION] = "compression, which was not offered",
	[TLS_FAULT_SESSION_ECHO] = "a session id that is not the one sent",
	[TLS_FAULT_EXTENSION_NOT_OFFERED] = "an extension that was not offered",
	[TLS_FAULT_GROUP_NOT_OFFERED] = "a group that was not offered",
	[TLS_FAULT_RETRY_LOOP] = "a second HelloRetryRequest",
	[TLS_FAULT_DOWNGRADE] = "the mark of a forced downgrade",
	[TLS_FAULT_UNSAFE_RENEGOTIATION] = "no secure renegotiation",
	[TLS_FAULT_NO_CERTIFICATE] = "an empty certificate list",
	[TLS_FAULT_BAD_CERTIFICATE] = "a certificate that cannot be read",
	[TLS_FAULT_SCHEME_NOT_OFFERED] = "a signature scheme that was not offered",
	[TLS_FAULT_BAD_SIGNATURE] = "a handshake signature that does not verify",
	[TLS_FAULT_WEAK_DH] = "a Diffie-Hellman group that is too small",
	[TLS_FAULT_BAD_POINT] = "a key share that is no valid key",
	[TLS_FAULT_BAD_FINISHED] = "a Finished that does not verify",
	[TLS_FAULT_OTHER] = "an error",
};

const char *attempt_outcome(struct arena *arena, const struct attempt *at)
{
	if (at->done)
		return chosen_text(arena, at);
	if (attempt_dialogue_fault(at))
		return at->starttls ? "no TLS: the dialogue before it fails" : "no tunnel through the proxy";
	if (at->fault == TLS_FAULT_ALERT || (at->fault == TLS_FAULT_CLOSED && at->alert_level))
		return alert_text(arena, at->alert);
	if (at->fault == TLS_FAULT_NOT_TLS && at->plain && strcmp(at->plain, "unknown") != 0)
		return arena_printf(arena, "%s, not TLS", at->plain);
	if (at->fault == TLS_FAULT_OTHER && at->reason)
		return arena_printf(arena, "an error (OpenSSL: %s)", at->reason);
	if (at->fault == TLS_FAULT_VERSION_NOT_OFFERED && kb_version_name(at->version))
		return arena_printf(arena, "%s, which was not offered", kb_version_name(at->version));
	if (at->fault == TLS_FAULT_SILENT && at->unsent)
		return "silence: it never leaves this machine";
	if (at->fault == TLS_FAULT_SILENT && at->unacknowledged)
		return "silence: not even its arrival is acknowledged";
	if (at->fault < COUNT_OF(fault_words) && fault_words[at->fault])
		return fault_words[at->fault];
	return "an error";
}

void attempt_evidence(const struct tls_view *view, struct finding *finding, const struct attempt *at)
{
	const char *offered = attempt_offered(at);

	if (at->mss)
		offered = arena_printf(view->findings->arena, "%s, segments of at most %u bytes",
				       at->kind == ATTEMPT_FULL ? "a browser's hello" : "Chrome's hello", at->mss);
	finding_evidence(view->findings, finding, "%s%s -> %s%s", offered ? offered : at->name, offered ? "" : "'s hello",
			 attempt_outcome(view->findings->arena, at),
			 at->hello_retry && !at->done ? " after a HelloRetryRequest" : "");
}

void attempt_evidence_of(const struct tls_view *view, struct finding *finding, const char *name)
{
	const struct attempt *at = evidence_attempt(view->endpoint, name);

	if (at)
		attempt_evidence(view, finding, at);
}

struct finding *tls_finding(const struct tls_view *view, const char *id, const char *title)
{
	struct finding *f = finding_add(view->findings, view->visit, id, title);

	f->shows = arena_printf(view->findings->arena, "openssl s_client -connect %s%s%s%s%s",
				authority_text(view->findings->arena, view->visit->target.host, view->visit->target.port), view->visit->target.servername ? " -servername " : "",
				view->visit->target.servername ? view->visit->target.servername : "",
				view->visit->target.starttls ? " -starttls " : "",
				view->visit->target.starttls ? view->visit->target.starttls : "");
	return f;
}
