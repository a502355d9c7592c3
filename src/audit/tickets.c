/* See tickets.h. */
#include "audit/tickets.h"

#include "audit/psk.h"
#include "base/attr.h"
#include "tls/codes.h"
#include "x509/cert.h"
#include "x509/name.h"

static const char nobody[] = "why443.invalid";

static struct arena *arena_of(struct asking *asking)
{
	return asking_run(asking)->probing->arena;
}

/* ---- key names --------------------------------------------------------------------------------------- */

void audit_note_ticket(struct asking *asking, struct span ticket)
{
	enum { TICKETS_MAX = 64 };
	struct audit *audit = asking_audit(asking);
	struct audit_ticket *seen;

	if (ticket.n < AUDIT_TICKET_HEAD || audit->n_tickets >= TICKETS_MAX)
		return;
	seen = arena_push(arena_of(asking), audit->tickets, audit->n_tickets, audit->cap_tickets);
	memcpy(seen->head, ticket.p, AUDIT_TICKET_HEAD);
	seen->seen_ms = net_now_ms(&asking_run(asking)->probing->net);
}

/* ---- other names ------------------------------------------------------------------------------------- */

static bool is_usable(struct span name)
{
	return name.n > 0 && name.n < 250 && name.p[0] != '*' && host_name_is_valid(name);
}

/* A name of the certificate that is not `but`. */
static const char *name_in(struct asking *asking, const struct cert *cert, const char *but)
{
	for (size_t i = 0; i < cert->n_san; i++) {
		struct span name = cert->san[i].value;

		if (cert->san[i].type == SAN_DNS && is_usable(name) && !(but && span_equal_nocase(name, span_str(but))))
			return arena_printf(arena_of(asking), "%.*s", (int)name.n, (const char *)name.p);
	}
	return NULL;
}

/* The certificate under a name. */
static struct span leaf_under(struct asking *asking, uint16_t version, const char *sni)
{
	static const enum hello_kind kinds[] = { KIND_ECDHE_RSA, KIND_ECDHE_ECDSA };

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct hello_spec *spec = version < TLS_1_3 ? hello_of_kind(asking, version, kinds[i]) : hello_common(asking, TLS_1_3);
		const struct attempt *at;

		spec->sni = sni;
		at = version < TLS_1_3 ? ask_hello(asking, "name", spec) : ask_decrypted(asking, "name", spec);
		if (at->n_chain > 0)
			return at->chain[0];
		if (version >= TLS_1_3)
			break;
	}
	return span_of(NULL, 0);
}

/* The leaf that was seen without a name, or under one that nobody has. */
static struct span default_leaf(const struct audit *audit)
{
	for (size_t i = 0; i < audit->n_certificates; i++)
		if (!audit->certificates[i].sni || strcmp(audit->certificates[i].sni, nobody) == 0)
			return audit->certificates[i].chain[0];
	return span_of(NULL, 0);
}

struct other_name other_name_of(struct asking *asking, struct span leaf)
{
	const char *sni = asking_run(asking)->visit->target.servername;
	struct other_name other = { 0 };
	const struct cert *cert;
	struct span theirs;

	if (!sni)
		return other;
	theirs = default_leaf(asking_audit(asking));
	if (theirs.n > 0 && !span_equal(theirs, leaf)) {
		cert = cert_parse(arena_of(asking), theirs);
		if (!cert_matches_host(cert, sni, HOST_MATCH_STRICT)) {
			other.name = name_in(asking, cert, NULL);
			other.name = other.name ? other.name : nobody;
			other.has_other_certificate = true;
			return other;
		}
	}
	if (leaf.n > 0)
		other.name = name_in(asking, cert_parse(arena_of(asking), leaf), sni);
	return other;
}

/* That the name has another certificate was guessed from who sends none: it is looked at before it counts. */
static bool has_other_certificate(struct asking *asking, uint16_t version, const char *name)
{
	const char *sni = asking_run(asking)->visit->target.servername;
	struct span leaf = leaf_under(asking, version, name);

	return leaf.n > 0 && !cert_matches_host(cert_parse(arena_of(asking), leaf), sni, HOST_MATCH_STRICT);
}

void note_other_name(struct asking *asking, uint16_t version, const struct other_name *other, enum tri taken)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	bool is_other = other->has_other_certificate;

	if (taken == TRI_YES && is_other)
		is_other = has_other_certificate(asking, version, other->name);
	/* Of two answers the one that is worse to have. */
	if (h->ticket_key_shared == TRI_YES || (taken == TRI_UNKNOWN && h->ticket_other_name))
		return;
	h->ticket_key_shared = taken;
	h->ticket_other_name = other->name;
	h->ticket_other_certificate = is_other ? TRI_YES : TRI_NO;
}

/* ---- in TLS 1.3 ------------------------------------------------------------------------------------------ */

struct ticket_store {
	const struct psk13 *session;
	bool sessions_done, names_done;
	void (*try_12)(struct asking *asking, void *ctx);       /* the same in TLS 1.2, once the names are known */
	void *ctx_12;
};

static struct ticket_store *store_of(struct asking *asking)
{
	struct ticket_store **store = asking_tickets(asking);

	if (!*store)
		*store = arena_new_of(arena_of(asking), struct ticket_store);
	return *store;
}

static struct span own_leaf(const struct audit *audit, const char *sni)
{
	for (size_t i = 0; i < audit->n_certificates; i++)
		if (audit->certificates[i].sni && strcmp(audit->certificates[i].sni, sni) == 0)
			return audit->certificates[i].chain[0];
	return span_of(NULL, 0);
}

static uint16_t version_of_names(const struct audit *audit)
{
	for (uint16_t version = TLS_1_2; version > SSL_3_0; version--)
		if (audit_has_protocol(audit, version) == TRI_YES)
			return version;
	return TLS_1_3;
}

static enum tri under_other_name(struct asking *asking, const struct psk13 *session, const char *name)
{
	const char *sni = asking_run(asking)->visit->target.servername;
	enum tri taken = psk_is_taken(ask_with_psk(asking, "other name", session, name, PSK_DHE_KE, false));

	/* Declined: because of the name, or because it was offered before? */
	if (taken == TRI_NO && psk_is_taken(ask_with_psk(asking, "psk_dhe_ke", session, sni, PSK_DHE_KE, false)) != TRI_YES)
		return TRI_UNKNOWN;
	return taken;
}

static void try_other_name(struct asking *asking)
{
	struct ticket_store *store = store_of(asking);
	struct audit *audit = asking_audit(asking);
	const char *sni = asking_run(asking)->visit->target.servername;
	struct other_name other;

	if (!store->sessions_done || !store->names_done || !store->session || !sni)
		return;
	other = other_name_of(asking, own_leaf(audit, sni));
	if (other.name)
		note_other_name(asking, version_of_names(audit), &other, under_other_name(asking, store->session, other.name));
}

void audit_keep_session(struct asking *asking, const struct psk13 *psk)
{
	store_of(asking)->session = psk;
}

void audit_sessions_done(struct asking *asking)
{
	store_of(asking)->sessions_done = true;
	try_other_name(asking);
}

static void run_12(struct asking *asking)
{
	struct ticket_store *store = store_of(asking);

	if (store->try_12)
		store->try_12(asking, store->ctx_12);
}

void audit_when_names_are_known(struct asking *asking, void (*fn)(struct asking *asking, void *ctx), void *ctx)
{
	struct ticket_store *store = store_of(asking);

	store->try_12 = fn;
	store->ctx_12 = ctx;
	if (store->names_done)
		run_12(asking);
}

void audit_names_done(struct asking *asking)
{
	static void (*const both[])(struct asking *) = { run_12, try_other_name };

	store_of(asking)->names_done = true;
	ask_parts(asking, both, COUNT_OF(both));
}
