/* Why a handshake fails: the one change of the hello that makes it pass names the cause; where no
 * change helps, the answer itself does. RFC 8446 6, 4.1; draft-ietf-tls-grease; tldr.fail. */
#include "rule/tls_view.h"

#include "kb/names.h"
#include "rule/path_view.h"
#include "tls/codes.h"

/* ---- the browser's true hello fails where a smaller one passes ------------------------------------ */

static void hello_size(const struct tls_view *view)
{
	struct finding *f = tls_finding(view, "tls.hello-size-intolerant", "The server or a device fails when the ClientHello is large");

	attempt_evidence_of(view, f, "chrome");
	attempt_evidence_of(view, f, "padded");
	attempt_evidence_of(view, f, "no-pq");
	path_blame(view->findings, f, view->endpoint, "hellos that need more than one packet");
}

/* A length whose first byte is 1: by the box of RFC 7685 these are taken for something else. */
static void middling_hellos(const struct tls_view *view)
{
	struct finding *f = tls_finding(view, "tls.hello-size-intolerant",
					"Hellos of 256 to 511 bytes are cut off, shorter and longer ones are answered");
	const struct attempt *shorter = NULL, *longer = NULL, *dropped = evidence_attempt(view->endpoint, "main-unanswered");

	dropped = dropped ? dropped : view->main;
	/* Browsers and curl get through: who does not is told by the clients' table. */
	f->fails = !view->main->done;
	for (size_t i = 0; i < view->endpoint->n_attempts; i++) {
		const struct attempt *at = view->endpoint->attempts[i];

		if (!attempt_offered(at) || !(at->has_server_hello || at->fault == TLS_FAULT_ALERT))
			continue;
		if (at->offer.hello_len < 256)
			shorter = shorter ? shorter : at;
		else if (at->offer.hello_len > 511)
			longer = longer ? longer : at;
	}
	attempt_evidence(view, f, dropped);
	finding_evidence(view->findings, f, "that hello has %zu bytes", dropped->offer.hello_len);
	if (longer)
		attempt_evidence(view, f, longer);
	if (shorter)
		attempt_evidence(view, f, shorter);
	f->fix = "The administrator of the load balancer or firewall in front updates it: old F5 BIG-IP, and others that take the "
		 "first bytes for SSL 2.0, hang on hellos of 256 to 511 bytes. Clients that pad theirs to 512 (browsers, curl) get through.";
	path_blame(view->findings, f, view->endpoint, "hellos of 256 to 511 bytes");
}

static void one_change(const struct tls_view *view, const char *id, const char *fails, const char *passes)
{
	struct finding *f = tls_finding(view, id, NULL);

	attempt_evidence_of(view, f, fails);
	attempt_evidence_of(view, f, passes);
}

/* Chrome's hello fails, a plainer browser's passes. */
static void browser_hello_fails(const struct tls_view *view)
{
	struct finding *f;

	if (attempt_done(view, "no-pq") && attempt_failed(view, "padded"))
		hello_size(view);
	else if (attempt_done(view, "no-pq"))
		one_change(view, "tls.group-intolerant", "chrome", "no-pq");
	else if (attempt_done(view, "no-grease"))
		one_change(view, "tls.grease-intolerant", "chrome", "no-grease");
	else if (attempt_done(view, "few-extensions"))
		one_change(view, "tls.extension-intolerant", "chrome", "few-extensions");
	else if (attempt_done(view, "split-segments") || attempt_done(view, "split-records"))
		one_change(view, "tls.intercepted", "chrome",
			   attempt_done(view, "split-records") ? "split-records" : "split-segments");
	else {
		f = tls_finding(view, "tls.extension-intolerant", "Chrome's hello is refused where a plainer one passes");
		attempt_evidence_of(view, f, "chrome");
		attempt_evidence(view, f, view->main);
		f->confidence = "possible";
	}
}

/* ---- one changed thing makes it pass ----------------------------------------------------------------- */

static bool version_is_old(const struct attempt *at)
{
	return at && at->has_server_hello && at->version != 0 && at->version < TLS_1_2;
}

static bool has_clean_version_alert(const struct tls_view *view)
{
	return view->main->fault == TLS_FAULT_ALERT &&
	       (view->main->alert == ALERT_PROTOCOL_VERSION || view->main->alert == ALERT_HANDSHAKE_FAILURE ||
		view->main->alert == ALERT_INSUFFICIENT_SECURITY);
}

/* With other suites, groups or schemes it does speak TLS 1.2 or 1.3: then those are the matter. */
static bool speaks_modern(const struct tls_view *view)
{
	static const char *const names[] = { "all-suites", "all-groups", "all-schemes", "everything", "everything-1.2",
					     "permissive" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const struct attempt *at = evidence_attempt(view->endpoint, names[i]);

		if (at && at->done && at->version >= TLS_1_2)
			return true;
	}
	return false;
}

static bool too_old(const struct tls_view *view)
{
	static const char *const names[] = { "tls1.1-only", "tls1.0-only", "ssl3-only", "sslv2", "permissive" };
	const struct attempt *found = NULL;
	struct finding *f;

	if (attempt_done(view, "tls1.2-only") || attempt_done(view, "tls1.3-only") || speaks_modern(view))
		return false;
	if (version_is_old(view->main))
		found = view->main;
	for (size_t i = 0; i < COUNT_OF(names) && !found; i++) {
		const struct attempt *at = evidence_attempt(view->endpoint, names[i]);

		if (at && (at->done || at->has_server_hello) && (version_is_old(at) || at->version == 2))
			found = at;
	}
	if (!found)
		return false;
	f = tls_finding(view, "tls.version-too-old",
			arena_printf(view->findings->arena, "The server speaks %s at most; today's clients want TLS 1.2 or 1.3",
				     kb_version_name(found->version) ? kb_version_name(found->version) : "an old version"));
	attempt_evidence(view, f, view->main);
	if (found != view->main)
		attempt_evidence(view, f, found);
	return true;
}

/* An IP target sends no name; a server that wants one answers when any is sent. */
static bool by_name(const struct tls_view *view)
{
	bool is_112 = view->main->fault == TLS_FAULT_ALERT && view->main->alert == ALERT_UNRECOGNIZED_NAME;
	const char *passes = attempt_done(view, "no-sni") ? "no-sni" : attempt_done(view, "other-sni") ? "other-sni" : NULL;
	struct finding *f;

	if (is_112) {
		f = tls_finding(view, "tls.sni-unrecognized", NULL);
		attempt_evidence(view, f, view->main);
		attempt_evidence_of(view, f, "no-sni");
		attempt_evidence_of(view, f, "other-sni");
		return true;
	}
	if (!passes)
		return false;
	if (!view->visit->target.servername) {
		one_change(view, "tls.sni-required", "main", "other-sni");
		return true;
	}
	f = tls_finding(view, "tls.sni-intolerant",
			strcmp(passes, "other-sni") == 0 || attempt_done(view, "other-sni") ?
			"Hellos that carry this server's name are cut off, hellos with another name are not" :
			"Hellos that carry a server name are cut off, hellos without one are not");
	attempt_evidence(view, f, view->main);
	attempt_evidence_of(view, f, "no-sni");
	attempt_evidence_of(view, f, "other-sni");
	path_blame(view->findings, f, view->endpoint, attempt_done(view, "other-sni") ?
		   "hellos that carry this server's name" : "hellos that carry a server name");
	return true;
}

/* Some hello that offers TLS 1.3 passes: then the offer itself is not what is refused. In pieces it passes a device that does not see it. */
static bool passes_with_13(const struct tls_view *view)
{
	for (size_t i = 0; i < view->endpoint->n_attempts; i++) {
		const struct attempt *at = view->endpoint->attempts[i];

		if (at->done && at->offer.n_versions && at->offer.versions[0] == TLS_1_3 && !at->offer.split_records && !at->offer.split_segments)
			return true;
	}
	return false;
}

static bool by_version(const struct tls_view *view)
{
	const struct attempt *old = evidence_attempt(view->endpoint, "tls1.2-only");
	struct finding *f;

	if (!old || !old->done || (view->main->fault == TLS_FAULT_NONE && view->main->done))
		return false;
	if (view->main->has_server_hello || passes_with_13(view))
		return false;   /* it answered the very hello: what follows is wrong */
	f = tls_finding(view, "tls.version-intolerant", "Hellos that offer TLS 1.3 are refused, the same for TLS 1.2 are answered");
	attempt_evidence(view, f, view->main);
	attempt_evidence(view, f, old);
	return true;
}

static bool is_weak_dh(const struct attempt *at)
{
	return at && at->dh_bits > 0 && at->dh_bits < 1024;
}

static void no_common_cipher(const struct tls_view *view, const struct attempt *passed)
{
	const char *name = kb_suite_name(passed->suite);
	struct finding *f = tls_finding(view, is_weak_dh(passed) ? "tls.weak-dh" : "tls.no-common-cipher", NULL);

	if (is_weak_dh(passed))
		f->title = arena_printf(view->findings->arena, "The server's Diffie-Hellman group has only %u bits", passed->dh_bits);
	else if (name)
		f->title = arena_printf(view->findings->arena, "No cipher suite in common: the server takes %s, which no browser offers", name);
	attempt_evidence(view, f, view->main);
	attempt_evidence(view, f, passed);
	finding_evidence(view->findings, f, "no browser offers %s", name ? name : "that suite");
	if (passed->dh_bits)
		finding_evidence(view->findings, f, "its Diffie-Hellman group has %u bits", passed->dh_bits);
}

static bool in_list(const uint16_t *list, size_t n, uint16_t value)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == value)
			return true;
	return false;
}

static void no_common_group(const struct tls_view *view, const struct attempt *passed)
{
	const char *name = kb_group_name(passed->group);
	struct finding *f = tls_finding(view, "tls.no-common-group", NULL);

	if (name)
		f->title = arena_printf(view->findings->arena, "No key exchange group in common: the server takes %s, which most browsers do not offer", name);
	attempt_evidence(view, f, view->main);
	attempt_evidence(view, f, passed);
}

/* Only a hello with everything passes: what it chose that the browser's hello does not offer. */
static bool by_choice(const struct tls_view *view, const struct attempt *passed)
{
	const struct offer *o = &view->main->offer;

	if (!in_list(o->suites, o->n_suites, passed->suite))
		no_common_cipher(view, passed);
	else if (passed->group && !in_list(o->groups, o->n_groups, passed->group))
		no_common_group(view, passed);
	else
		one_change(view, "tls.no-common-signature", "main", passed->name);
	return true;
}

static bool by_lists(const struct tls_view *view)
{
	static const char *const wide[] = { "everything", "everything-1.2" };
	const struct attempt *permissive = evidence_attempt(view->endpoint, "permissive");

	if (attempt_done(view, "all-suites")) {
		no_common_cipher(view, evidence_attempt(view->endpoint, "all-suites"));
		return true;
	}
	if (attempt_done(view, "all-groups")) {
		no_common_group(view, evidence_attempt(view->endpoint, "all-groups"));
		return true;
	}
	if (attempt_done(view, "all-schemes")) {
		one_change(view, "tls.no-common-signature", "main", "all-schemes");
		return true;
	}
	if (permissive && permissive->done)
		return by_choice(view, permissive);
	/* Where TLS 1.2 passes as browsers offer it, its lists are long enough. */
	for (size_t i = 0; i < COUNT_OF(wide); i++)
		if (attempt_done(view, wide[i]) && !(i > 0 && attempt_done(view, "tls1.2-only")))
			return by_choice(view, evidence_attempt(view->endpoint, wide[i]));
	return false;
}

static bool by_other(const struct tls_view *view)
{
	static const struct { const char *passes, *id; } rows[] = {
		{ "no-alpn", "tls.alpn-mismatch" },
		{ "no-pq", "tls.group-intolerant" },
		{ "no-grease", "tls.grease-intolerant" },
		{ "few-extensions", "tls.extension-intolerant" },
		{ "split-records", "tls.intercepted" },
		{ "split-segments", "tls.intercepted" },
	};

	if (attempt_done(view, "chrome"))
		return false;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (attempt_done(view, rows[i].passes)) {
			one_change(view, rows[i].id, "main", rows[i].passes);
			return true;
		}
	return false;
}

/* A refusal by a single changed thing is told only where the answer was a refusal of the hello; an
 * answer that began and then went wrong is its own cause. */
static bool is_refusal(const struct attempt *at)
{
	if (at->has_server_hello)
		return at->fault == TLS_FAULT_VERSION_NOT_OFFERED;
	return at->fault == TLS_FAULT_ALERT || at->fault == TLS_FAULT_CLOSED || at->fault == TLS_FAULT_RESET ||
	       at->fault == TLS_FAULT_SILENT || at->fault == TLS_FAULT_VERSION_NOT_OFFERED;
}

/* ---- no change helps: the answer itself ---------------------------------------------------------------- */

static const struct {
	enum tls_fault fault;
	const char *id;
	const char *title;      /* NULL: the catalogue's */
} by_fault[] = {
	{ TLS_FAULT_CLOSED, "tls.closed-after-hello", NULL },
	{ TLS_FAULT_RESET, "tls.reset-after-hello", NULL },
	{ TLS_FAULT_SILENT, "tls.silent", NULL },
	{ TLS_FAULT_STALLED, "tls.stalled", NULL },
	{ TLS_FAULT_RECORD_TOO_LONG, "tls.record-too-long", NULL },
	{ TLS_FAULT_BAD_RECORD, "tls.malformed-message",
	  "A TLS record of the server cannot be read" },
	{ TLS_FAULT_BAD_RECORD_MAC, "tls.bad-record-mac", NULL },
	{ TLS_FAULT_UNEXPECTED_MESSAGE, "tls.unexpected-message", NULL },
	{ TLS_FAULT_MALFORMED, "tls.malformed-message", NULL },
	{ TLS_FAULT_VERSION_NOT_OFFERED, "tls.no-common-version", NULL },
	{ TLS_FAULT_SUITE_NOT_OFFERED, "tls.illegal-parameter",
	  "The server chose a cipher suite that was not offered" },
	{ TLS_FAULT_COMPRESSION, "tls.illegal-parameter",
	  "The server chose a compression that was not offered" },
	{ TLS_FAULT_SESSION_ECHO, "tls.illegal-parameter",
	  "The server does not return the session id that it was sent" },
	{ TLS_FAULT_EXTENSION_NOT_OFFERED, "tls.illegal-parameter",
	  "The server answers with an extension that was not offered" },
	{ TLS_FAULT_GROUP_NOT_OFFERED, "tls.illegal-parameter",
	  "The server chose a key exchange group that was not offered" },
	{ TLS_FAULT_BAD_POINT, "tls.illegal-parameter",
	  "The server sent a key share that is no valid key" },
	{ TLS_FAULT_SCHEME_NOT_OFFERED, "tls.illegal-parameter",
	  "The server signed in a way that was not offered" },
	{ TLS_FAULT_RETRY_LOOP, "tls.retry-loop", NULL },
	{ TLS_FAULT_DOWNGRADE, "tls.downgrade-detected", NULL },
	{ TLS_FAULT_UNSAFE_RENEGOTIATION, "tls.renegotiation-required", NULL },
	{ TLS_FAULT_NO_CERTIFICATE, "certificate.missing", NULL },
	{ TLS_FAULT_BAD_CERTIFICATE, "certificate.malformed", NULL },
	{ TLS_FAULT_BAD_SIGNATURE, "tls.bad-signature", NULL },
	{ TLS_FAULT_WEAK_DH, "tls.weak-dh", NULL },
	{ TLS_FAULT_BAD_FINISHED, "tls.bad-finished", NULL },
	{ TLS_FAULT_OTHER, "tls.malformed-message", NULL },
};

/* Whoever showed a certificate of his own was not refused for want of one. */
static const char *client_certificate_cause(const struct tls_view *view)
{
	return view->evidence->has_client_certificate ? "tls.client-certificate-rejected" : "tls.client-certificate-required";
}

static const char *alert_cause(const struct tls_view *view)
{
	const struct attempt *at = view->main;
	bool asked = at->client_certificate_requested == TRI_YES;

	switch (at->alert) {
	case ALERT_PROTOCOL_VERSION: return "tls.no-common-version";
	case ALERT_INTERNAL_ERROR: return "tls.internal-error";
	case ALERT_UNRECOGNIZED_NAME: return "tls.sni-unrecognized";
	case ALERT_NO_APPLICATION_PROTOCOL: return "tls.alpn-mismatch";
	case ALERT_CERTIFICATE_REQUIRED: return client_certificate_cause(view);
	case ALERT_INSUFFICIENT_SECURITY: return "tls.no-common-cipher";
	default: return asked && at->last_message >= HS_SERVER_HELLO_DONE ? client_certificate_cause(view) : "tls.alert";
	}
}

static bool ended_after_asking(const struct attempt *at)
{
	return at->client_certificate_requested == TRI_YES && at->last_message >= HS_SERVER_HELLO_DONE &&
	       (at->fault == TLS_FAULT_CLOSED || at->fault == TLS_FAULT_RESET);
}

static void describe_bytes(const struct tls_view *view, struct finding *f, struct span bytes)
{
	size_t n = bytes.n < 120 ? bytes.n : 120;

	if (n > 0)
		finding_evidence(view->findings, f, "first bytes: %s",
				 arena_strn(view->findings->arena, bytes.p, strnlen((const char *)bytes.p, n)));
}

static void not_tls(const struct tls_view *view)
{
	const struct attempt *at = view->main;
	struct span bytes = at->first_bytes;
	const char *plain = at->plain ? at->plain : "unknown";
	const char *id = strcmp(plain, "http") == 0 ? "tls.plain-http" :
			 strcmp(plain, "unknown") == 0 ? "tls.not-tls" : "tls.other-protocol";
	struct finding *f = tls_finding(view, id, strcmp(id, "tls.other-protocol") ? NULL :
		arena_printf(view->findings->arena, "The port speaks %s, not TLS", kb_protocol_shown(plain)));

	attempt_evidence(view, f, at);
	if (strcmp(plain, "unknown") != 0)
		describe_bytes(view, f, span_sub(bytes, 0, (size_t)(span_find(bytes, span_str("\n")) < 0 ? 120 :
							span_find(bytes, span_str("\n")))));
	else if (bytes.n > 0)
		finding_evidence(view->findings, f, "the answer begins %02x %02x %02x, a TLS record begins 16 03",
				 bytes.p[0], bytes.n > 1 ? bytes.p[1] : 0, bytes.n > 2 ? bytes.p[2] : 0);
}

static void by_answer(const struct tls_view *view)
{
	const struct attempt *at = view->main;
	const char *id = at->fault == TLS_FAULT_ALERT ? alert_cause(view) : NULL, *title = NULL;
	bool is_asked;
	struct finding *f;

	if (at->fault == TLS_FAULT_NOT_TLS) {
		not_tls(view);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(by_fault) && !id; i++)
		if (by_fault[i].fault == at->fault) {
			id = by_fault[i].id;
			title = by_fault[i].title;
		}
	/* Java's own HTTP server closes without an alert. */
	is_asked = ended_after_asking(at);
	if (is_asked)
		id = client_certificate_cause(view);
	f = tls_finding(view, id ? id : "tls.alert", title);
	if (is_asked) {
		f->confidence = "likely";
		finding_evidence(view->findings, f, "it asked for a client certificate, and ended the connection where none came");
	}
	if (strcmp(f->id, "tls.alert") == 0)
		f->title = arena_printf(view->findings->arena, "The server answers every hello with %s",
					attempt_outcome(view->findings->arena, at));
	attempt_evidence(view, f, at);
	if (at->last_message)
		finding_evidence(view->findings, f, "last message seen: %s; OpenSSL says: %s",
				 kb_handshake_name(at->last_message) ? kb_handshake_name(at->last_message) :
				 arena_printf(view->findings->arena, "handshake type %u", at->last_message),
				 at->reason ? at->reason : "nothing");
	attempt_evidence_of(view, f, "no-sni");
	attempt_evidence_of(view, f, "tls1.2-only");
	if (at->fault == TLS_FAULT_RESET || at->fault == TLS_FAULT_SILENT)
		path_blame(view->findings, f, view->endpoint, at->fault == TLS_FAULT_RESET ?
			   "the connection as soon as TLS begins" : "hellos of any kind");
}

/* ---- the rule --------------------------------------------------------------------------------------------- */

static bool ended_before_hello(const struct tls_view *view)
{
	return view->endpoint->closed_before_hello || view->endpoint->reset_before_hello;
}

/* Rules of lower layers have had their say. */
static bool is_explained_below(const struct tls_view *view)
{
	for (size_t i = 0; i < view->findings->n; i++) {
		const struct finding *f = view->findings->items[i];

		if (f->visit == view->visit && f->fails && f->layer < LAYER_TLS)
			return true;
	}
	return false;
}

static void handshake_failed(const struct tls_view *view)
{
	if (view->main->fault == TLS_FAULT_CONNECT || (ended_before_hello(view) && is_explained_below(view)))
		return; /* the tcp rule's, or the proxy's */
	if (attempt_done(view, "proxy-header") && !attempt_done(view, "chrome")) {
		one_change(view, "tcp.proxy-protocol-expected", "chrome", "proxy-header");
		return;
	}
	if (view->main->fault == TLS_FAULT_ALERT && view->main->alert == ALERT_NO_APPLICATION_PROTOCOL &&
	    attempt_done(view, "no-alpn")) {
		one_change(view, "tls.alpn-mismatch", "main", "no-alpn");
		return;
	}
	if (attempt_is_middling(view->main) && evidence_drops_middling_hellos(view->endpoint)) {
		middling_hellos(view);
		return;
	}
	if (is_refusal(view->main) &&
	    (too_old(view) || by_name(view) || (!has_clean_version_alert(view) && by_version(view)) || by_lists(view) || by_other(view)))
		return;
	by_answer(view);
}

static bool is_hung_up_on(const struct http_evidence *http)
{
	switch (http->fault) {
	case HTTP_FAULT_NO_RESPONSE:
	case HTTP_FAULT_RESET:
	case HTTP_FAULT_H2_STREAM:
	case HTTP_FAULT_H2_GOAWAY:
	case HTTP_FAULT_H2_CLOSED: return !http->got_head;
	case HTTP_FAULT_TIMEOUT: return http->is_abandoned && !http->got_head;
	default: return false;
	}
}

/* The certificate is optional in the handshake, and whoever shows none gets no answer (status 444 of nginx, reject and
 * silent-drop of HAProxy). What HTTP/1.1 is told counts where HTTP/2 was tried first: that may have faults of its own. */
static const struct http_evidence *unanswered_after_asking(const struct tls_view *view)
{
	const struct http_evidence *http = &view->visit->http, *fallback = &view->visit->http_fallback;

	if (view->main->client_certificate_requested != TRI_YES || view->visit->best != view->endpoint || !http->asked ||
	    view->evidence->has_client_certificate || !is_hung_up_on(http))
		return NULL;
	if (!fallback->asked)
		return http;
	return is_hung_up_on(fallback) ? fallback : NULL;
}

static const char *how_it_hangs_up(const struct http_evidence *http)
{
	return http->is_abandoned ? "drops the connection without a word" : http->fault == HTTP_FAULT_RESET ? "resets the connection" :
	       http->fault == HTTP_FAULT_H2_STREAM ? "ends the stream" : "closes the connection";
}

static void after_handshake(const struct tls_view *view)
{
	const struct attempt *at = view->main;
	const struct http_evidence *unanswered = unanswered_after_asking(view);
	struct finding *f;

	if (at->late_alert && (at->late_alert_code == ALERT_CERTIFICATE_REQUIRED ||
			       at->client_certificate_requested == TRI_YES)) {
		f = tls_finding(view, client_certificate_cause(view), NULL);
		finding_evidence(view->findings, f, "after the handshake, instead of an answer: alert %s (%u)",
				 kb_alert_name(at->late_alert_code) ? kb_alert_name(at->late_alert_code) : "unassigned",
				 at->late_alert_code);
	} else if (at->client_certificate_requested == TRI_YES && (at->late_fault == TLS_FAULT_CLOSED || at->late_fault == TLS_FAULT_RESET)) {
		f = tls_finding(view, client_certificate_cause(view), NULL);
		f->confidence = "likely";
		finding_evidence(view->findings, f, "it asked for a client certificate, and ended the connection%s right after the handshake",
				 at->late_fault == TLS_FAULT_RESET ? " with a reset" : "");
		if (at->reason)
			finding_evidence(view->findings, f, "it says: %s", at->reason);
	} else if (unanswered) {
		f = tls_finding(view, client_certificate_cause(view), "The server asks for a client certificate, and hangs up on a request without one");
		f->confidence = "likely";
		finding_evidence(view->findings, f, "the request is not answered: the server %s", how_it_hangs_up(unanswered));
	} else if (at->late_alert) {
		f = tls_finding(view, "tls.alert", "The server ends the connection with an alert after the handshake");
		finding_evidence(view->findings, f, "alert %s (%u) instead of an answer",
				 kb_alert_name(at->late_alert_code) ? kb_alert_name(at->late_alert_code) : "unassigned",
				 at->late_alert_code);
	} else if (at->late_fault == TLS_FAULT_BAD_RECORD_MAC) {
		f = tls_finding(view, "tls.bad-record-mac", NULL);
		finding_evidence(view->findings, f, "the first record after the handshake does not decrypt");
	} else if (at->late_fault == TLS_FAULT_OTHER) {
		f = tls_finding(view, "tls.malformed-message", "After the handshake the server breaks the TLS protocol");
		finding_evidence(view->findings, f, "instead of an answer: OpenSSL says \"%s\"", at->reason ? at->reason : "nothing");
	}
}

static void tls_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	struct tls_view view;

	if (!tls_view_of(evidence, visit, findings, &view))
		return;
	if (!view.main->done) {
		handshake_failed(&view);
		return;
	}
	if (evidence_drops_middling_hellos(view.endpoint))
		middling_hellos(&view);
	else if (attempt_failed(&view, "chrome") && evidence_attempt(view.endpoint, "chrome")->fault != TLS_FAULT_CONNECT)
		browser_hello_fails(&view);
	after_handshake(&view);
}

const struct rule rule_tls = { "tls", LAYER_TLS, tls_check };
