/* What follows from extensions, signature schemes and intolerances that the audit noted; nothing is
 * sent. RFC 7507, RFC 7627, RFC 8446 4.1.3, RFC 9155, RFC 9849, RFC 9000 6. */
#include "audit/vuln/vuln.h"

#include "x509/cert.h"

enum { WEEK_S = 604800 };

static const struct audit_habits *habits_of(struct asking *asking)
{
	return &asking_audit(asking)->habits;
}

/* False when nothing before TLS 1.3 is spoken, or nobody knows; says so in `out`. */
static bool speaks_before_13(struct asking *asking, struct audit_vulnerability *out)
{
	enum tri before = has_tls_before_13(asking);

	if (before == TRI_NO)
		is_not_applicable(asking, out, "nothing before TLS 1.3 is spoken");
	else if (before == TRI_UNKNOWN)
		is_unknown(asking, out, "whether TLS 1.2 or below is spoken is not known: %s", why_not_seen(asking));
	return before == TRI_YES;
}

void vulnerability_crime(struct asking *asking, struct audit_vulnerability *out)
{
	enum tri compression = habits_of(asking)->compression;

	if (!speaks_before_13(asking, out))
		return;
	if (compression != TRI_UNKNOWN)
		note_exchange(asking, out, "offered DEFLATE, the ServerHello chose %s",
			      compression == TRI_YES ? "it" : "null");
	judge(asking, out, compression, VULNERABILITY_VULNERABLE, "compresses records", VULNERABILITY_NOT,
	      "compression is declined", "the answer to an offer of compression");
}

/* ---- downgrades --------------------------------------------------------------------------------------- */

static unsigned count_versions(const struct audit *audit, uint16_t low, uint16_t high, enum tri wanted)
{
	unsigned n = 0;

	for (uint16_t version = low; version <= high; version++)
		n += audit_has_protocol(audit, version) == wanted;
	return n;
}

void vulnerability_fallback_scsv(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit *audit = asking_audit(asking);
	unsigned n_old = count_versions(audit, SSL_3_0, TLS_1_1, TRI_YES);
	unsigned n_new = count_versions(audit, TLS_1_2, TLS_1_3, TRI_YES);

	if (n_old == 0 && count_versions(audit, SSL_3_0, TLS_1_1, TRI_UNKNOWN) == 0) {
		is_not_applicable(
			asking, out,
			"no version below TLS 1.2 is spoken, and between 1.3 and 1.2 the server's random guards");
		return;
	}
	if (n_old + n_new < 2 && count_versions(audit, SSL_3_0, TLS_1_3, TRI_UNKNOWN) == 0) {
		is_not_applicable(asking, out, "only one version is spoken");
		return;
	}
	if (habits_of(asking)->fallback_scsv != TRI_UNKNOWN)
		note_exchange(asking, out, "offered a lower version with TLS_FALLBACK_SCSV: %s",
			      habits_of(asking)->fallback_scsv == TRI_YES ? "alert 86 (inappropriate_fallback)"
									  : "a ServerHello");
	if (habits_of(asking)->fallback_scsv == TRI_NO && n_old == 0) {
		is_unknown(asking, out, "whether a version below TLS 1.2 is spoken was not seen to the end: above, the server's random guards");
		return;
	}
	judge(asking, out, habits_of(asking)->fallback_scsv, VULNERABILITY_NOT, "a needless fallback is refused",
	      VULNERABILITY_VULNERABLE, "agrees to a lower version though the hello says that it is a fallback",
	      "a clear answer to TLS_FALLBACK_SCSV");
}

void vulnerability_tls13_sentinel(struct asking *asking, struct audit_vulnerability *out)
{
	enum tri has_13 = audit_has_protocol(asking_audit(asking), TLS_1_3);

	if (has_13 == TRI_NO || (has_13 == TRI_YES && has_tls_before_13(asking) == TRI_NO)) {
		is_not_applicable(asking, out,
				  has_13 == TRI_NO ? "TLS 1.3 is not spoken" : "nothing but TLS 1.3 is spoken");
		return;
	}
	if (habits_of(asking)->downgrade_sentinel != TRI_UNKNOWN)
		note_exchange(asking, out, "offered a version below TLS 1.3: the ServerHello's random %s",
			      habits_of(asking)->downgrade_sentinel == TRI_YES ? "ends in the downgrade sentinel"
									       : "has no sentinel");
	judge(asking, out, habits_of(asking)->downgrade_sentinel, VULNERABILITY_NOT,
	      "the random of lower versions warns the client", VULNERABILITY_VULNERABLE,
	      "speaks TLS 1.3, but the random of lower versions has no downgrade sentinel",
	      "a ServerHello of a lower version");
}

/* ---- extensions ------------------------------------------------------------------------------------------ */

void vulnerability_triple_handshake(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit_habits *h = habits_of(asking);

	if (!speaks_before_13(asking, out))
		return;
	if (h->extended_master_secret != TRI_UNKNOWN)
		note_exchange(asking, out, "offered extended_master_secret, the ServerHello %s it",
			      h->extended_master_secret == TRI_YES ? "echoes" : "lacks");
	if (h->extended_master_secret != TRI_NO)
		judge(asking, out, h->extended_master_secret, VULNERABILITY_NOT, "extended_master_secret is supported",
		      VULNERABILITY_UNKNOWN, NULL, "the answer to extended_master_secret");
	else if (h->client_certificate_requested == TRI_YES)
		is_vulnerable(asking, out, "asks for client certificates without extended_master_secret");
	else if (h->client_certificate_requested == TRI_NO)
		is_not_applicable(asking, out,
				  "without extended_master_secret, but no client certificate is asked for, which the "
				  "attack needs");
	else
		is_unknown(asking, out,
			   "without extended_master_secret; whether client certificates are asked for was not seen");
}

void vulnerability_zero_rtt(struct asking *asking, struct audit_vulnerability *out)
{
	if (audit_has_protocol(asking_audit(asking), TLS_1_3) == TRI_NO ||
	    habits_of(asking)->resumption_tls13 == TRI_NO)
		is_not_applicable(asking, out, "no TLS 1.3 session is resumed, so there is no early data");
	else if (habits_of(asking)->early_data == TRI_YES)
		is_unknown(
			asking, out,
			"early data is accepted, which is no flaw by itself; whether requests in it may be replayed is "
			"not tried on others' hosts");
	else
		judge(asking, out, habits_of(asking)->early_data, VULNERABILITY_UNKNOWN, NULL, VULNERABILITY_NOT,
		      habits_of(asking)->early_data_allowed > 0 ? "its tickets allow early data, and it declines them"
								: "its tickets allow no early data", "a ticket of TLS 1.3");
}

void vulnerability_psk_ke_only(struct asking *asking, struct audit_vulnerability *out)
{
	enum tri psk_ke = habits_of(asking)->psk_ke;

	if (audit_has_protocol(asking_audit(asking), TLS_1_3) == TRI_NO) {
		is_not_applicable(asking, out, "TLS 1.3 is not spoken");
		return;
	}
	if (habits_of(asking)->resumption_tls13 == TRI_NO) {
		is_not_applicable(asking, out, "no TLS 1.3 session is resumed");
		return;
	}
	if (psk_ke != TRI_UNKNOWN)
		note_exchange(asking, out, "offered a session of TLS 1.3 with psk_ke alone: the ServerHello %s",
			      psk_ke == TRI_YES ? "takes it" : "begins a new one");
	judge(asking, out, psk_ke, VULNERABILITY_VULNERABLE, "goes on with sessions without a new key exchange: no forward secrecy",
	      VULNERABILITY_NOT, "a session goes on with a new key exchange alone", "a steady answer to a session with psk_ke alone");
}

void vulnerability_cross_vhost_resumption(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit_habits *h = habits_of(asking);

	if (!asking_run(asking)->visit->target.servername) {
		is_not_applicable(asking, out, "the target is an address, so no name is sent");
		return;
	}
	if (h->tickets == TRI_NO && h->resumption_tls13 == TRI_NO) {
		is_not_applicable(asking, out, "no ticket resumes a session");
		return;
	}
	if (h->ticket_key_shared != TRI_UNKNOWN)
		note_exchange(asking, out, "offered a ticket under the name %s: %s", h->ticket_other_name,
			      h->ticket_key_shared == TRI_YES ? "resumed" : "a new handshake");
	if (!h->ticket_other_name && (h->tickets == TRI_YES || h->resumption_tls13 == TRI_YES))
		is_not_applicable(asking, out, "no other name is known at this address");
	else if (h->ticket_key_shared == TRI_UNKNOWN)
		is_unknown(asking, out, "no clear answer to a ticket under another name: %s", why_not_seen(asking));
	else if (h->ticket_other_certificate != TRI_YES)
		is_not_applicable(asking, out, "no name with another certificate is known at this address; under %s, which the same one covers, "
				  "a ticket is %s", h->ticket_other_name, h->ticket_key_shared == TRI_YES ? "taken, as it may be" : "declined");
	else if (h->ticket_key_shared == TRI_YES)
		is_vulnerable(asking, out, "goes on with a session under %s, which has another certificate", h->ticket_other_name);
	else
		is_not_vulnerable(asking, out, "makes a new session under %s, which has another certificate", h->ticket_other_name);
}

void vulnerability_ticket_lifetime(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit_habits *h = habits_of(asking);

	if (h->ticket_lifetime_s > 0)
		note_exchange(asking, out, "finished a handshake, the ticket's lifetime is %u s",
			      (unsigned)h->ticket_lifetime_s);
	if (h->ticket_lifetime_s > WEEK_S)
		is_vulnerable(asking, out, "tickets are said to live %u s, more than seven days",
			      (unsigned)h->ticket_lifetime_s);
	else if (h->ticket_lifetime_s > 0)
		is_not_vulnerable(asking, out, "tickets live %u s", (unsigned)h->ticket_lifetime_s);
	else if (h->tickets == TRI_NO && h->resumption_tls13 != TRI_UNKNOWN)
		is_not_applicable(asking, out, "no ticket came");
	else if (h->tickets == TRI_NO && audit_has_protocol(asking_audit(asking), TLS_1_3) == TRI_NO)
		is_not_applicable(asking, out, "no ticket came");
	else
		is_unknown(asking, out, "no lifetime of a ticket was seen");
}

void vulnerability_ocsp_stapling(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit *audit = asking_audit(asking);
	enum tri must = audit->n_certificates > 0 ? TRI_NO : TRI_UNKNOWN;

	for (size_t i = 0; i < audit->n_certificates; i++)
		if (audit->certificates[i].n_chain > 0 &&
		    cert_parse(arena_of(asking), audit->certificates[i].chain[0])->must_staple)
			must = TRI_YES;
	if (audit->habits.ocsp_stapling != TRI_UNKNOWN)
		note_exchange(asking, out, "sent status_request, %s",
			      audit->habits.ocsp_stapling == TRI_YES ? "a response was stapled"
								     : "no response was stapled");
	if (must == TRI_NO && audit->habits.ocsp_stapling == TRI_NO)
		is_not_applicable(asking, out, "nothing is stapled, and no certificate insists on it");
	else if (must == TRI_YES)
		judge(asking, out, audit->habits.ocsp_stapling, VULNERABILITY_NOT,
		      "the certificate must be stapled, and is", VULNERABILITY_VULNERABLE,
		      "the certificate must be stapled, and is not", "an answer to status_request");
	else
		judge(asking, out, audit->habits.ocsp_stapling, VULNERABILITY_NOT, "a response is stapled",
		      VULNERABILITY_UNKNOWN, "no certificate was seen", "an answer to status_request");
}

void vulnerability_compression_cert_bomb(struct asking *asking, struct audit_vulnerability *out)
{
	const struct audit_habits *h = habits_of(asking);

	if (audit_has_protocol(asking_audit(asking), TLS_1_3) == TRI_NO) {
		is_not_applicable(asking, out, "TLS 1.3 is not spoken, which compressed certificates need");
		return;
	}
	if (h->compression_claimed > 0)
		note_exchange(asking, out, "offered compress_certificate: %zu bytes came, said to become %zu: %s", h->compression_packed,
			      h->compression_claimed, h->compression_sound == TRI_YES ? "they do" : "they do not");
	if (h->compression_sound != TRI_UNKNOWN)
		judge(asking, out, h->compression_sound, VULNERABILITY_NOT, "compressed certificates have the length they claim",
		      VULNERABILITY_VULNERABLE, "a compressed certificate does not unpack to the length it claims", "one");
	else if (h->certificate_compression && h->n_certificate_compression == 0)
		is_not_applicable(asking, out, "certificates are not compressed");
	else
		is_unknown(asking, out, "the answer to compress_certificate was not seen: %s", why_not_seen(asking));
}

/* ---- signatures --------------------------------------------------------------------------------------------- */

static void judge_schemes(struct asking *asking, struct audit_vulnerability *out, const uint16_t *bad, size_t n_bad,
			  const char *hash)
{
	const struct audit_schemes *schemes = &asking_audit(asking)->schemes[1];

	if (audit_has_protocol(asking_audit(asking), TLS_1_2) == TRI_NO) {
		is_not_applicable(asking, out, "TLS 1.2 is not spoken");
		return;
	}
	for (size_t i = 0; i < schemes->n; i++)
		for (size_t k = 0; k < n_bad; k++)
			if (schemes->items[i] == bad[k]) {
				note_exchange(asking, out, "offered %s alone, the ServerKeyExchange is signed with it",
					      kb_scheme_name(bad[k]));
				is_vulnerable(asking, out, "signs TLS 1.2 key exchanges with %s when asked to",
					      kb_scheme_name(bad[k]));
				return;
			}
	if (schemes->state.extent == AUDIT_WHOLE) {
		note_exchange(asking, out, "offered signatures over %s: none came", hash);
		is_not_vulnerable(asking, out, "signs no TLS 1.2 key exchange with %s", hash);
	} else {
		is_unknown(asking, out, "which signatures it makes in TLS 1.2 is not known: %s",
			   schemes->state.because ? schemes->state.because : why_not_seen(asking));
	}
}

void vulnerability_sloth(struct asking *asking, struct audit_vulnerability *out)
{
	static const uint16_t md5[] = {0x0101, 0x0102, 0x0103};

	judge_schemes(asking, out, md5, COUNT_OF(md5), "MD5");
}

void vulnerability_sha1_ske(struct asking *asking, struct audit_vulnerability *out)
{
	static const uint16_t sha1[] = {0x0201, 0x0202, 0x0203};

	judge_schemes(asking, out, sha1, COUNT_OF(sha1), "SHA-1");
}

/* ---- intolerances --------------------------------------------------------------------------------------------- */

static bool is_among(const char *id, const char *const *wanted, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strncmp(id, wanted[i], strlen(wanted[i])) == 0)
			return true;
	return false;
}

/* Ids that begin with one of these: one refused is enough, all must be taken. */
static void judge_tolerances(struct asking *asking, struct audit_vulnerability *out, const char *const *wanted,
			     size_t n, const char *all_taken)
{
	const struct audit *audit = asking_audit(asking);
	const struct audit_tolerance *unclear = NULL;
	unsigned n_taken = 0;

	for (size_t i = 0; i < audit->n_tolerances; i++) {
		const struct audit_tolerance *t = &audit->tolerances[i];

		if (!is_among(t->id, wanted, n))
			continue;
		if (t->tolerant == TRI_NO) {
			note_exchange(asking, out, "sent %s: %s", t->title, t->because ? t->because : "refused");
			is_vulnerable(asking, out, "does not take %s", t->title);
			return;
		}
		if (t->tolerant == TRI_UNKNOWN)
			unclear = t;
		else if (n_taken++ < 3)
			note_exchange(asking, out, "sent %s: a ServerHello", t->title);
	}
	if (unclear)
		is_unknown(asking, out, "%s: %s", unclear->title, unclear->because ? unclear->because : "not known");
	else if (n_taken > 0)
		is_not_vulnerable(asking, out, "%s", all_taken);
	else
		is_unknown(asking, out, "no such hello was sent");
}

void vulnerability_version_intolerance(struct asking *asking, struct audit_vulnerability *out)
{
	static const char *const ids[] = {"version-",	     "unknown-extension", "many-suites",
					  "hello-over-1400", "hello-16k",	  "empty-last-extension"};

	judge_tolerances(asking, out, ids, COUNT_OF(ids), "takes versions to come, unknown extensions and long hellos");
}

void vulnerability_grease_intolerance(struct asking *asking, struct audit_vulnerability *out)
{
	static const char *const ids[] = {"grease-"};

	judge_tolerances(asking, out, ids, COUNT_OF(ids), "passes over GREASE values wherever they stand");
}

void vulnerability_f5_hello_256_511(struct asking *asking, struct audit_vulnerability *out)
{
	static const char *const ids[] = {"hello-256-511"};

	judge_tolerances(asking, out, ids, COUNT_OF(ids), "takes a hello of 256 to 511 bytes");
}

void vulnerability_split_hello(struct asking *asking, struct audit_vulnerability *out)
{
	static const char *const ids[] = {"split-"};

	judge_tolerances(asking, out, ids, COUNT_OF(ids), "takes a hello that is cut in two segments or two records");
}

/* ---- names ----------------------------------------------------------------------------------------------------- */

void vulnerability_sni_intolerance(struct asking *asking, struct audit_vulnerability *out)
{
	const struct endpoint *ep = asking_run(asking)->endpoint;
	const struct attempt *main = ep->main;
	const char *name = asking_run(asking)->visit->target.servername;
	enum { UNRECOGNIZED_NAME = 112 };

	if (!name) {
		is_not_applicable(asking, out, "the target is an address, so no name is sent");
		return;
	}
	if (main && main->warning_alert && main->alert == UNRECOGNIZED_NAME) {
		note_exchange(asking, out,
			      "sent server_name %s: a warning alert 112 (unrecognized_name) before the ServerHello",
			      name);
		is_vulnerable(asking, out,
			      "warns that it does not know the name, which some clients take for an error");
	} else if (main && main->fault == TLS_FAULT_ALERT && main->alert == UNRECOGNIZED_NAME) {
		note_exchange(asking, out, "sent server_name %s: fatal alert 112 (unrecognized_name)", name);
		is_vulnerable(asking, out, "refuses the very name by which it was asked for");
	} else if (main && main->has_server_hello) {
		note_exchange(asking, out, "sent server_name %s: a ServerHello, no alert", name);
		is_not_vulnerable(asking, out, "takes the name by which it was asked for");
	} else {
		is_unknown(asking, out, "no hello with its name was answered");
	}
}

/* ---- QUIC -------------------------------------------------------------------------------------------------------- */

static const struct quic_evidence *quic_of(struct asking *asking)
{
	const struct quic_evidence *advertised = &asking_run(asking)->visit->quic;

	return advertised->outcome != QUIC_NOT_ASKED ? advertised : &asking_audit(asking)->quic;
}

void vulnerability_quic_vn(struct asking *asking, struct audit_vulnerability *out)
{
	const struct quic_evidence *quic = quic_of(asking);

	switch (quic->outcome) {
	case QUIC_ANSWERED:
		note_exchange(asking, out,
			      "sent 1200 bytes with a reserved version over UDP: Version Negotiation came");
		is_not_vulnerable(asking, out, "answers a reserved version with Version Negotiation");
		break;
	case QUIC_MALFORMED:
		note_exchange(asking, out, "sent 1200 bytes with a reserved version over UDP: something else came");
		/* Many a service that is no QUIC answers whatever it is sent. */
		if (quic->advertised_by)
			is_vulnerable(asking, out, "answers a reserved version with something that is no Version Negotiation");
		else
			is_unknown(asking, out, "what answers over UDP is perhaps no QUIC, which nothing advertises");
		break;
	case QUIC_NOT_ASKED:
		if (asking_run(asking)->visit->target.starttls)
			is_not_applicable(asking, out, "the service is not HTTP");
		else
			is_unknown(asking, out, "UDP to the port was not asked");
		break;
	case QUIC_REJECTED: is_not_applicable(asking, out, "UDP to the port is refused"); break;
	case QUIC_SILENT: is_unknown(asking, out, "no answer over UDP: no QUIC there, or a filter before it"); break;
	}
}

void vulnerability_quic_amplification(struct asking *asking, struct audit_vulnerability *out)
{
	const struct quic_evidence *quic = quic_of(asking);

	if (quic->outcome == QUIC_REJECTED || (quic->outcome == QUIC_NOT_ASKED && asking_run(asking)->visit->target.starttls))
		is_not_applicable(asking, out, "no QUIC answers");
	else
		is_unknown(asking, out, "not tested: no QUIC Initial is sent here");
}

/* ---- what is never tested ------------------------------------------------------------------------------------------
 */

void vulnerability_smack(struct asking *asking, struct audit_vulnerability *out)
{
	if (speaks_before_13(asking, out))
		is_unknown(asking, out, "never tested: messages out of order are for one's own hosts alone");
}

void vulnerability_tls13_empty_records(struct asking *asking, struct audit_vulnerability *out)
{
	is_unknown(asking, out, "never tested: only a flood would show a limit");
}
