/* Encrypted Client Hello: does the server take a hello that is hidden with the key DNS names, and what does it
 * give a client whose key is an old one: its own configurations, and a certificate for the public name. RFC
 * 9849 6.1.6, 7.1; RFC 9848. Nothing is hidden but the target's own name. */
#include "audit/vuln/vuln.h"

#include <openssl/evp.h>

#include "dns/records.h"
#include "tls/ech.h"
#include "tls/reply.h"
#include "x509/cert.h"
#include "x509/name.h"

enum { CONFIRMATIONS = 2 };

/* ---- in DNS --------------------------------------------------------------------------------------------- */

struct dns_ech {
	enum tri has;           /* some HTTPS record of this host names keys */
	enum ech_list list;
	struct ech_config config;
};

/* Records for other hosts say nothing about this one. */
static bool is_for_host(const struct visit *visit, const struct dns_svcb *svcb)
{
	return svcb->priority != 0 && (strcmp(svcb->target, ".") == 0 || strcasecmp(svcb->target, visit->target.host) == 0);
}

static struct dns_ech look_up(struct asking *asking)
{
	const struct visit *visit = asking_run(asking)->visit;
	const struct dns_answer *https = &visit->dns.https;
	struct dns_ech ech = { .has = https->outcome == DNS_OK || https->outcome == DNS_NODATA ? TRI_NO : TRI_UNKNOWN };
	struct dns_svcb svcb;

	for (size_t i = 0; i < https->n_records; i++) {
		if (https->records[i].type != 65 || !dns_svcb_decode(arena_of(asking), https->records[i].rdata, &svcb) ||
		    svcb.ech.n == 0 || !is_for_host(visit, &svcb) || ech.list == ECH_LIST_READ)
			continue;
		ech.has = TRI_YES;
		ech.list = ech_list_read(arena_of(asking), svcb.ech, &ech.config);
	}
	return ech;
}

bool ech_is_ready(struct asking *asking)
{
	return audit_has_protocol(asking_audit(asking), TLS_1_3) == TRI_YES && look_up(asking).has == TRI_YES;
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

static const struct attempt *ask_hidden(struct asking *asking, const struct ech_config *config)
{
	struct hello_spec *spec = hello_common(asking, TLS_1_3);
	struct ech_offer *offer = arena_new_of(arena_of(asking), struct ech_offer);

	offer->config = config;
	spec->ech = offer;
	return ask_decrypted(asking, "ech", spec);
}

/* The same with a key that the server cannot have: what clients meet whose record is an old one. */
static const struct attempt *ask_with_old_key(struct asking *asking, const struct ech_config *config)
{
	struct ech_config *old = arena_new_of(arena_of(asking), struct ech_config);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	uint8_t *public_key = arena_alloc(arena_of(asking), HPKE_KEY);
	size_t n = HPKE_KEY;
	bool made = key && EVP_PKEY_get_raw_public_key(key, public_key, &n) == 1;

	EVP_PKEY_free(key);
	*old = *config;
	old->public_key = span_of(public_key, HPKE_KEY);
	return made ? ask_hidden(asking, old) : NULL;
}

static bool is_answered(const struct attempt *at)
{
	return at && at->has_server_hello && at->fault == TLS_FAULT_NONE && at->ech_accepted != TRI_UNKNOWN && at->encrypted_extensions.n > 0;
}

/* Configurations to use instead, in EncryptedExtensions. */
static bool has_retry_configs(struct asking *asking, const struct attempt *at)
{
	struct ech_config unused;
	struct span body;

	return encrypted_extension(at->encrypted_extensions, EXT_ECH, &body) && ech_list_read(arena_of(asking), body, &unused) == ECH_LIST_READ;
}

static enum tri holds_for_public_name(struct asking *asking, const struct attempt *at, const struct ech_config *config)
{
	if (at->n_chain == 0)
		return TRI_UNKNOWN;
	return cert_matches_host(cert_parse(arena_of(asking), at->chain[0]), config->public_name, HOST_MATCH_STRICT) ? TRI_YES : TRI_NO;
}

static const char *holds_in_words(enum tri holds)
{
	return holds == TRI_YES ? "holds for" : holds == TRI_NO ? "does not hold for" : "was not seen for";
}

/* ---- judging --------------------------------------------------------------------------------------------------- */

static void judge_rejected(struct asking *asking, struct audit_vulnerability *out, const struct attempt *at, const struct ech_config *config)
{
	enum tri holds = holds_for_public_name(asking, at, config);
	bool retry = has_retry_configs(asking, at);

	note_exchange(asking, out, "hid a hello with the key of DNS: not taken, %s, the certificate %s %s",
		      retry ? "other configurations came" : "no configuration came",
		      holds_in_words(holds), config->public_name);
	if (holds == TRI_NO)
		is_vulnerable(asking, out, "does not take the key that DNS names, and its certificate does not hold for %s: clients with ECH fail",
			      config->public_name);
	else if (retry)
		is_vulnerable(asking, out, "does not take the key that DNS names; it sends another, so clients connect twice");
	else
		is_vulnerable(asking, out, "DNS names ECH keys, but the server has none: clients connect a second time, and show the name");
}

static void judge_accepted(struct asking *asking, struct audit_vulnerability *out, const struct ech_config *config)
{
	const struct attempt *old = ask_with_old_key(asking, config);
	enum tri holds;

	note_exchange(asking, out, "hid a hello with the key of DNS, under the name %s: taken", config->public_name);
	if (!is_answered(old)) {
		is_unknown(asking, out, "takes the key that DNS names; no clear answer to one with an old key: %s",
			   old ? answer_in_words(asking, old) : "none was made");
		return;
	}
	holds = asking_audit(asking)->habits.ech_public_name_valid = holds_for_public_name(asking, old, config);
	note_exchange(asking, out, "hid one with a key it cannot have: %s, the certificate %s %s",
		      has_retry_configs(asking, old) ? "its configurations came" : "no configuration came", holds_in_words(holds), config->public_name);
	if (holds == TRI_NO)
		is_vulnerable(asking, out, "its certificate does not hold for %s: clients with an old key fail", config->public_name);
	else if (!has_retry_configs(asking, old))
		is_vulnerable(asking, out, "sends no configurations to a client with an old key, which then goes on without ECH");
	else if (holds == TRI_UNKNOWN)
		is_unknown(asking, out, "takes the key that DNS names; the certificate for a client with an old key was not seen");
	else
		is_not_vulnerable(asking, out, "takes the key that DNS names, and sends its configurations to a client with an old one");
}

static void try_config(struct asking *asking, struct audit_vulnerability *out, const struct ech_config *config)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	const struct attempt *at = ask_hidden(asking, config);

	for (unsigned i = 0; i < CONFIRMATIONS && is_answered(at) && at->ech_accepted == TRI_NO; i++)
		at = ask_hidden(asking, config);
	h->ech_public_name = config->public_name;
	if (!is_answered(at)) {
		note_exchange(asking, out, "hid a hello with the key of DNS, under the name %s: %s", config->public_name, answer_in_words(asking, at));
		is_unknown(asking, out, "no clear answer to a hidden hello: %s", answer_in_words(asking, at));
		return;
	}
	h->ech_accepted = h->ech_honoured = at->ech_accepted;
	if (at->ech_accepted == TRI_NO) {
		h->ech_public_name_valid = holds_for_public_name(asking, at, config);
		judge_rejected(asking, out, at, config);
	} else {
		judge_accepted(asking, out, config);
	}
}

/* Not named in DNS: what the answer to GREASE showed is all there is. */
static void judge_unnamed(struct asking *asking, struct audit_vulnerability *out, enum tri has)
{
	if (has == TRI_UNKNOWN)
		is_unknown(asking, out, "the HTTPS record, which would name ECH keys, was not seen");
	else if (asking_audit(asking)->habits.ech_honoured == TRI_YES)
		is_not_vulnerable(asking, out, "the server has ECH keys; DNS names none");
	else
		is_not_applicable(asking, out, "DNS names no ECH keys");
}

void vulnerability_ech_misconfig(struct asking *asking, struct audit_vulnerability *out)
{
	struct audit_habits *h = &asking_audit(asking)->habits;
	enum tri has_13 = audit_has_protocol(asking_audit(asking), TLS_1_3);
	struct dns_ech *ech = arena_new_of(arena_of(asking), struct dns_ech);

	*ech = look_up(asking);
	h->ech_configured = ech->has;
	if (ech->has == TRI_YES)
		note_exchange(asking, out, "asked for the HTTPS record: it names ECH configurations%s",
			      ech->list == ECH_LIST_MALFORMED ? ", which do not decode" : "");
	if (h->ech_grease_refused == TRI_YES)
		note_exchange(asking, out, "sent a hello of TLS 1.3 with encrypted_client_hello that means nothing: refused; without it: a ServerHello");
	if (h->ech_grease_refused == TRI_YES)
		is_vulnerable(asking, out, "a hello with an ECH extension that means nothing (GREASE) is not answered as one without it");
	else if (ech->has != TRI_YES)
		judge_unnamed(asking, out, ech->has);
	else if (ech->list == ECH_LIST_MALFORMED)
		is_vulnerable(asking, out, "the ECH configurations in DNS do not decode");
	else if (has_13 == TRI_NO)
		is_vulnerable(asking, out, "DNS names ECH keys, but the server does not speak TLS 1.3");
	else if (has_13 == TRI_UNKNOWN)
		is_unknown(asking, out, "DNS names ECH keys; whether TLS 1.3 is spoken is not known: %s", why_not_seen(asking));
	else if (ech->list == ECH_LIST_UNKNOWN)
		is_unknown(asking, out, "none of the ECH configurations in DNS is of a kind that can be tried (X25519)");
	else
		try_config(asking, out, &ech->config);
}
