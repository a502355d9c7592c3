/* What a client shows for the handshake: its own hello's answer, else that of an exchange in whose place it may stand. */
#include "client/engine.h"
#include "client/first_record.h"
#include "kb/hello_profiles.h"
#include "tls/codes.h"

enum show engine_fault_show(const struct attempt *at)
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
	const struct endpoint *ep = engine_endpoint(visit);

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
const struct attempt *engine_through_tls(struct show_case *c, const struct endpoint *ep, struct client_result *out)
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
	if (!engine_show(c, engine_fault_show(at), LAYER_TLS, at->reason, out))
		return at;
	return NULL;
}
