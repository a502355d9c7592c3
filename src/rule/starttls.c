/* Why the plain-text dialogue does not lead to TLS. The protocols: doc/starttls.md; RFC 3207, 9051, 2595,
 * 4217, 6120, 4511; what is said in the dialogue is worth nothing (RFC 7457 2.1), injected bytes: RFC 9051
 * 11.4, CVE-2011-0411, CVE-2021-23222. */
#include "kb/names.h"
#include "rule/rule.h"
#include "starttls/dialogue.h"

static const struct {
	enum dialogue_fault fault;
	const char *id;
} rows[] = {
	{ DIALOGUE_SILENT, "tls.starttls-silent" },
	{ DIALOGUE_STALLED, "tls.starttls-stalled" },
	{ DIALOGUE_ENDLESS, "tls.starttls-malformed" },
	{ DIALOGUE_CLOSED, "tls.starttls-closed" },
	{ DIALOGUE_RESET, "tls.starttls-closed" },
	{ DIALOGUE_TLS_ALREADY, "tls.starttls-at-once" },
	{ DIALOGUE_OTHER_PROTOCOL, "tls.starttls-wrong-protocol" },
	{ DIALOGUE_TURNED_AWAY, "tls.starttls-turned-away" },
	{ DIALOGUE_NOT_OFFERED, "tls.starttls-not-offered" },
	{ DIALOGUE_REFUSED, "tls.starttls-refused" },
	{ DIALOGUE_WANTS_LOGIN, "tls.starttls-refused" },
	{ DIALOGUE_MALFORMED, "tls.starttls-malformed" },
};

static const char *id_of(enum dialogue_fault fault)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].fault == fault)
			return rows[i].id;
	return NULL;
}

static const char *step_words(const struct dialogue_evidence *e, const struct dialogue_protocol *protocol)
{
	switch (e->step) {
	case DIALOGUE_GREETING: return "waiting for the greeting";
	case DIALOGUE_CAPABILITIES: return "asking what it offers";
	default: return protocol->command;
	}
}

static const char *end_words(enum dialogue_fault fault)
{
	static const char *const words[] = {
		[DIALOGUE_SILENT] = "no answer", [DIALOGUE_STALLED] = "an answer that began and never ended",
		[DIALOGUE_ENDLESS] = "more than any client reads", [DIALOGUE_CLOSED] = "the connection closed",
		[DIALOGUE_RESET] = "a reset", [DIALOGUE_TLS_ALREADY] = "a TLS record",
		[DIALOGUE_MALFORMED] = "an answer that breaks the protocol",
	};

	return fault < COUNT_OF(words) ? words[fault] : NULL;
}

/* openssl-s_client(1), -starttls */
static bool openssl_knows(const char *protocol)
{
	static const char *const known[] = { "smtp", "pop3", "imap", "ftp", "xmpp", "xmpp-server", "irc", "postgres", "mysql", "lmtp", "nntp",
					     "sieve", "ldap" };

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (strcmp(known[i], protocol) == 0)
			return true;
	return false;
}

static void tell(const struct visit *visit, const struct dialogue_evidence *e, struct findings *findings, struct finding *f)
{
	const struct dialogue_protocol *protocol = starttls_find(e->protocol);
	const char *end = end_words(e->fault);

	if (e->greeting)
		finding_evidence(findings, f, "it greets: %s", e->greeting);
	if (e->offers)
		finding_evidence(findings, f, "it offers: %s", e->offers);
	if (end)
		finding_evidence(findings, f, "%s -> %s", step_words(e, protocol), end);
	if (e->text && e->text != e->greeting)
		finding_evidence(findings, f, "%s -> %s", step_words(e, protocol), e->text);
	if (e->code && (!e->text || !strchr("0123456789", *e->text)))
		finding_evidence(findings, f, "its code: %d", e->code);
	f->shows = arena_printf(findings->arena, openssl_knows(e->protocol) ? "openssl s_client -connect %s -starttls %s" :
				"why443 -v %s --starttls %s", authority_text(findings->arena, visit->target.host, visit->target.port), e->protocol);
}

/* The hello that went out without the dialogue was answered. */
static const struct attempt *answers_at_once(const struct visit *visit)
{
	for (size_t i = 0; i < visit->n_endpoints; i++) {
		const struct attempt *at = evidence_attempt(visit->endpoints[i], "tls-at-once");

		if (at && (at->has_server_hello || at->fault == TLS_FAULT_ALERT))
			return at;
	}
	return NULL;
}

static void speaks_at_once(const struct visit *visit, const struct dialogue_evidence *e, struct findings *findings)
{
	const struct dialogue_protocol *protocol = starttls_find(e->protocol);
	struct finding *f = finding_add(findings, visit, "tls.starttls-at-once", NULL);

	finding_evidence(findings, f, "port %u: no word of %s, and a ClientHello sent at once is answered", visit->target.port,
			 protocol->title);
	f->fix = arena_printf(findings->arena, "The client's user sets the connection to TLS at once (%ss:// here, \"SSL/TLS\" in mail programs), "
			      "or the port for STARTTLS; the server's administrator checks which mode the port is configured for.",
			      visit->target.scheme);
	f->shows = arena_printf(findings->arena, "openssl s_client -connect %s", authority_text(findings->arena, visit->target.host, visit->target.port));
}

static const char *ends_how(enum dialogue_fault fault)
{
	switch (fault) {
	case DIALOGUE_SILENT: return "says nothing";
	case DIALOGUE_STALLED: return "begins an answer that never ends";
	case DIALOGUE_CLOSED: return "hangs up";
	case DIALOGUE_RESET: return "resets the connection";
	case DIALOGUE_ENDLESS: return "says more than any client reads";
	case DIALOGUE_MALFORMED: return "breaks its protocol";
	default: return NULL;
	}
}

/* "The SMTP server greets, then hangs up when asked what it offers". */
static const char *end_title(struct arena *arena, const struct dialogue_evidence *e, const struct dialogue_protocol *protocol)
{
	const char *how = ends_how(e->fault);

	switch (e->step) {
	case DIALOGUE_GREETING: return arena_printf(arena, "The %s server %s where its greeting is due", protocol->title, how);
	case DIALOGUE_CAPABILITIES: return arena_printf(arena, "The %s server greets, and %s when asked what it offers", protocol->title, how);
	default: return arena_printf(arena, "The %s server %s when asked for TLS (%s)", protocol->title, how, protocol->command);
	}
}

static void failed(const struct visit *visit, const struct dialogue_evidence *e, struct findings *findings)
{
	const struct dialogue_protocol *protocol = starttls_find(e->protocol);
	struct finding *f;

	if (answers_at_once(visit)) {
		speaks_at_once(visit, e, findings);
		return;
	}
	f = finding_add(findings, visit, id_of(e->fault), NULL);
	if (e->fault == DIALOGUE_OTHER_PROTOCOL)
		f->title = e->speaks ? arena_printf(findings->arena, "The port speaks %s, not %s", kb_protocol_shown(e->speaks), protocol->title) :
				       arena_printf(findings->arena, "What answers on the port is not %s, nor anything else that is known", protocol->title);
	if (ends_how(e->fault))
		f->title = end_title(findings->arena, e, protocol);
	if (e->fault == DIALOGUE_TURNED_AWAY && e->text)
		f->title = arena_printf(findings->arena, "The %s server turns us away: %s", protocol->title, e->text);
	if (e->fault == DIALOGUE_REFUSED && e->text)
		f->title = arena_printf(findings->arena, "The %s server refuses %s: %s", protocol->title, protocol->command, e->text);
	tell(visit, e, findings, f);
}

/* It began TLS all right; was all as it should be on the way there. */
static void passed(const struct visit *visit, const struct dialogue_evidence *e, struct findings *findings)
{
	const struct dialogue_protocol *protocol = starttls_find(e->protocol);
	struct finding *f;

	if (e->offered == TRI_NO) {
		f = finding_add(findings, visit, "tls.starttls-not-offered",
				"STARTTLS is missing from what the server offers, though it works when asked for");
		tell(visit, e, findings, f);
		finding_evidence(findings, f, "%s was sent all the same, and TLS began", protocol->command);
		f->confidence = "likely";
	}
	if (e->after.n > 0) {
		f = finding_add(findings, visit, "tls.starttls-injection", NULL);
		finding_evidence(findings, f, "%zu bytes behind the answer to %s: %s", e->after.n, protocol->command,
				 arena_strn(findings->arena, e->after.p, strnlen((const char *)e->after.p, e->after.n < 100 ? e->after.n : 100)));
	}
}

static void starttls_check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	(void)evidence;
	for (size_t i = 0; i < visit->n_endpoints; i++) {
		const struct endpoint *ep = visit->best ? visit->best : visit->endpoints[i];
		const struct dialogue_evidence *e = ep->main ? ep->main->starttls : NULL;

		if (!e || !starttls_find(e->protocol))
			continue;
		if (e->fault == DIALOGUE_DONE)
			passed(visit, e, findings);
		else
			failed(visit, e, findings);
		return;
	}
}

const struct rule rule_starttls = { "starttls", LAYER_TLS, starttls_check };
