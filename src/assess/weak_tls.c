/* Weaknesses of the TLS that an address accepts. What was not seen adds nothing here: the tables of
 * the report say that it is unknown. */
#include "assess/assess.h"
#include "assess/suite.h"
#include "base/attr.h"
#include "base/out.h"
#include "kb/names.h"

enum { SUITES_NAMED = 3, TICKET_WEEK_S = 7 * 86400 };

struct looking {
	struct assessment *a;
	const struct assessed *one;
	const struct audit *audit;
	size_t nth;             /* of the addresses */
};

static struct weakness *note(const struct looking *l, const char *id)
{
	return weakness_add(l->a, id, NULL);
}

#define say(l, weakness, ...) weakness_evidence_at((l)->a, (weakness), (l)->nth, __VA_ARGS__)

/* ---- protocols ------------------------------------------------------------------------------------------- */

static void version_note(const struct looking *l, uint16_t version, const char *id)
{
	if (audit_has_protocol(l->audit, version) == TRI_YES)
		say(l, note(l, id), "%s is accepted", kb_version_name(version));
}

static void look_protocols(const struct looking *l)
{
	enum tri tls12 = audit_has_protocol(l->audit, AUDIT_TLS12), tls13 = audit_has_protocol(l->audit, AUDIT_TLS13);

	version_note(l, AUDIT_SSL2, "tls.ssl2");
	version_note(l, AUDIT_SSL3, "tls.ssl3");
	version_note(l, AUDIT_TLS10, "tls.old-version");
	version_note(l, AUDIT_TLS11, "tls.old-version");
	if (tls12 == TRI_NO && tls13 == TRI_NO)
		say(l, note(l, "tls.no-modern-version"), "hellos of TLS 1.2 and TLS 1.3 are refused");
	else if (tls13 == TRI_NO)
		say(l, note(l, "tls.no-tls13"), "a hello of TLS 1.3 is not answered with it");
}

/* ---- suites ------------------------------------------------------------------------------------------------ */

static bool is_weak_rsa(const struct suite_view *suite)
{
	return suite_is_static_rsa(suite) && !suite_is_null(suite) && !suite_is_export(suite) && !suite_is_rc4(suite);
}

static bool is_plain_cbc(const struct suite_view *suite)
{
	return suite_is_cbc(suite) && suite->has_forward_secrecy && !suite_has_block64(suite);
}

static bool is_true_block64(const struct suite_view *suite)
{
	return suite_has_block64(suite) && !suite_is_export(suite);
}

static const struct { const char *id; suite_test *test; } suite_rows[] = {
	{ "tls.null-cipher", suite_is_null }, { "tls.anonymous-cipher", suite_is_anonymous },
	{ "tls.export-cipher", suite_is_export }, { "tls.rc4", suite_is_rc4 }, { "tls.block64", is_true_block64 },
	{ "tls.static-rsa", is_weak_rsa }, { "tls.cbc", is_plain_cbc }, { "tls.dhe", suite_is_dhe },
};

static void suites_name(const struct looking *l, const char *id, suite_test *test, const struct audit_suites *list)
{
	struct out names = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++) {
		struct suite_view view = suite_view_of(list->version, list->items[i].code);

		if (!test(&view) || view.is_known == false)
			continue;
		if (++n <= SUITES_NAMED)
			out_printf(&names, "%s%s", names.n ? ", " : "", view.name);
	}
	if (n > SUITES_NAMED)
		out_printf(&names, " and %zu more", n - SUITES_NAMED);
	if (n > 0)
		say(l, note(l, id), "%s: %s", kb_version_name(list->version), names.text);
	out_release(&names);
}

static void look_suites(const struct looking *l)
{
	for (size_t r = 0; r < COUNT_OF(suite_rows); r++)
		for (size_t v = AUDIT_PROTOCOLS; v-- > 0;)
			if (l->audit->suites[v].n > 0)
				suites_name(l, suite_rows[r].id, suite_rows[r].test, &l->audit->suites[v]);
	if (audit_any_suite(l->audit, AUDIT_SSL2, AUDIT_TLS13, suite_is_any, NULL) != TRI_YES)
		return;
	if (audit_any_suite(l->audit, AUDIT_SSL2, AUDIT_TLS13, suite_has_forward_secrecy, NULL) == TRI_NO)
		say(l, note(l, "tls.no-forward-secrecy"), "all suites were asked for");
	if (audit_any_suite(l->audit, AUDIT_SSL2, AUDIT_TLS13, suite_is_aead, NULL) == TRI_NO)
		say(l, note(l, "tls.no-aead"), "all suites were asked for");
}

static bool is_bad(const struct suite_view *view)
{
	return view->class == KB_CLASS_INSECURE || view->class == KB_CLASS_WEAK;
}

/* A server's own order helps only where it is a good one. */
static void look_order(const struct looking *l, const struct audit_suites *list)
{
	struct suite_view first, view;
	bool has_bad = false;

	if (list->n < 2 || list->version < AUDIT_TLS10)
		return;
	first = suite_view_of(list->version, list->items[0].code);
	for (size_t i = 0; i < list->n; i++) {
		view = suite_view_of(list->version, list->items[i].code);
		has_bad |= is_bad(&view);
		if (list->server_preference != TRI_YES || !is_bad(&first) || is_bad(&view) || !view.is_known)
			continue;
		say(l, note(l, "tls.weak-first"), "%s: %s comes before %s", kb_version_name(list->version),
		    first.name, view.name);
		return;
	}
	if (list->server_preference == TRI_NO && has_bad)
		say(l, note(l, "tls.client-order"), "%s: the client's order rules among %zu suites",
		    kb_version_name(list->version), list->n);
}

/* ---- key exchange --------------------------------------------------------------------------------------------- */

static void dh_note(const struct looking *l, unsigned bits)
{
	struct weakness *w;

	if (bits == 0 || bits >= 2048)
		return;
	w = note(l, "tls.dh-short");
	if (bits < 1024)
		w->severity = SEVERITY_CRITICAL;
	else if (bits < 1536 && w->severity < SEVERITY_HIGH)
		w->severity = SEVERITY_HIGH;
	say(l, w, "a prime of %u bits", bits);
}

static void look_dh(const struct looking *l)
{
	for (size_t v = 0; v < AUDIT_PROTOCOLS; v++)
		for (size_t i = 0; i < l->audit->suites[v].n; i++)
			dh_note(l, l->audit->suites[v].items[i].dh_bits);
	for (size_t i = 0; i < l->audit->n_dh; i++) {
		const struct audit_dh *dh = &l->audit->dh[i];

		dh_note(l, dh->bits);
		if (dh->prime == TRI_NO)
			say(l, note(l, "tls.dh-unsound"), "the modulus of %u bits is no prime", dh->bits);
		else if (dh->safe == TRI_NO && !dh->known)
			say(l, note(l, "tls.dh-unsound"), "the prime of %u bits is no safe prime", dh->bits);
		if (dh->known && dh->bits < 2048)
			say(l, note(l, "tls.dh-common"), "%u bits: %s", dh->bits, dh->known);
		if (dh->reused == TRI_YES)
			say(l, note(l, "tls.key-reused"), "DHE: the same public value twice");
	}
}

static void look_groups(const struct looking *l)
{
	bool has_hybrid = false, is_whole = l->audit->groups[0].state.extent == AUDIT_WHOLE;

	for (size_t v = 0; v < COUNT_OF(l->audit->groups); v++)
		for (size_t i = 0; i < l->audit->groups[v].n; i++) {
			const struct audit_group *group = &l->audit->groups[v].items[i];
			const struct kb_group *known = kb_group(group->group);

			if (group->supported != TRI_YES || !known)
				continue;
			has_hybrid |= known->is_post_quantum && group->group != 0x6399 && group->group != 0x639a;
			/* ffdhe2048 is estimated at 103 bits (RFC 7919) and accepted by all guidelines. */
			if (known->security_bits && known->security_bits < (known->kind == KB_GROUP_FFDHE ? 100 : 112))
				say(l, note(l, "tls.weak-group"), "%s: %u bits of security", known->name,
				    known->security_bits);
			if (group->group == 0x6399 || group->group == 0x639a)
				say(l, note(l, "tls.kyber-draft"), "%s", known->name);
		}
	if (!has_hybrid && is_whole && audit_has_protocol(l->audit, AUDIT_TLS13) == TRI_YES)
		say(l, note(l, "tls.no-post-quantum"), "neither X25519MLKEM768 nor another hybrid is accepted");
}

static void look_schemes(const struct looking *l)
{
	for (size_t v = 0; v < COUNT_OF(l->audit->schemes); v++)
		for (size_t i = 0; i < l->audit->schemes[v].n; i++) {
			const struct kb_scheme *known = kb_scheme(l->audit->schemes[v].items[i]);

			if (known && known->hash && (strcmp(known->hash, "SHA1") == 0 || strcmp(known->hash, "MD5") == 0))
				say(l, note(l, "tls.weak-signature"), "%s in %s", known->name,
				    kb_version_name(l->audit->schemes[v].version));
		}
}

/* ---- habits ------------------------------------------------------------------------------------------------------- */

static void look_habits(const struct looking *l)
{
	const struct audit_habits *h = &l->audit->habits;
	const struct { enum tri value, bad; const char *id, *evidence; } habits[] = {
		{ h->secure_renegotiation, TRI_NO, "tls.insecure-renegotiation", "no renegotiation_info in the ServerHello" },
		{ h->client_renegotiation, TRI_YES, "tls.client-renegotiation", "a second ClientHello is answered" },
		{ h->compression, TRI_YES, "tls.compression", "the ServerHello chooses compression" },
		{ h->heartbeat, TRI_YES, "tls.heartbeat", "the ServerHello holds the heartbeat extension" },
		{ h->truncated_hmac, TRI_YES, "tls.truncated-hmac", "the ServerHello holds truncated_hmac" },
		{ h->extended_master_secret, TRI_NO, "tls.no-extended-master-secret", "it is not in the ServerHello" },
		{ h->early_data, TRI_YES, "tls.early-data", "early data are accepted" },
		{ h->downgrade_sentinel, TRI_NO, "tls.no-sentinel", "the server random of TLS 1.2 has no sentinel" },
		{ h->ecdh_reused, TRI_YES, "tls.key-reused", "ECDHE: the same public value twice" },
		{ h->key_share_reused, TRI_YES, "tls.key-reused", "TLS 1.3: the same key share twice" },
	};

	for (size_t i = 0; i < COUNT_OF(habits); i++)
		if (habits[i].value == habits[i].bad)
			say(l, note(l, habits[i].id), "%s", habits[i].evidence);
	if (h->ticket_lifetime_s > TICKET_WEEK_S)
		say(l, note(l, "tls.ticket-lifetime"), "%u seconds", (unsigned)h->ticket_lifetime_s);
	for (size_t i = 0; i < l->audit->n_tolerances; i++) {
		const struct audit_tolerance *t = &l->audit->tolerances[i];

		/* A server of TLS 1.3 alone may refuse hellos that cannot speak it. */
		if (t->tolerant == TRI_NO && audit_has_protocol(l->audit, AUDIT_TLS12) == TRI_NO &&
		    strncmp(t->id, "version-", 8) == 0)
			continue;
		if (t->tolerant == TRI_NO)
			say(l, note(l, "tls.intolerant"), "%s%s%s", t->title ? t->title : t->id,
			    t->because ? ": " : "", t->because ? t->because : "");
	}
}

/* ---- vulnerabilities ------------------------------------------------------------------------------------------------ */

/* Ids that are facts of the tables above join them; the others stand for themselves. */
static const struct { const char *id, *weakness; } same[] = {
	{ "rc4", "tls.rc4" }, { "sweet32", "tls.block64" }, { "freak", "tls.export-cipher" },
	{ "logjam_export", "tls.export-cipher" }, { "logjam_common", "tls.dh-short" }, { "dh_weak_params", "tls.dh-unsound" },
	{ "dh_reuse", "tls.key-reused" }, { "crime", "tls.compression" },
	{ "insecure_reneg", "tls.insecure-renegotiation" }, { "client_reneg", "tls.client-renegotiation" },
	{ "triple_handshake", "tls.no-extended-master-secret" }, { "tls13_sentinel", "tls.no-sentinel" },
	{ "no_pq", "tls.no-post-quantum" }, { "kyber_draft", "tls.kyber-draft" }, { "tls_version_old", "tls.old-version" },
	{ "ticket_lifetime", "tls.ticket-lifetime" }, { "cross_vhost_resumption", "tls.ticket-shared" },
	{ "zero_rtt", "tls.early-data" }, { "name_constraints_san", "certificate.name-mismatch" },
	{ "cert_pinning_hpkp", "http.obsolete-header" }, { "breach", "http.breach" }, { "hsts_missing", "http.hsts-missing" },
	{ "mixed_upgrade", "http.no-redirect" }, { "caa_missing", "dns.caa-missing" }, { "sha1_ske", "tls.weak-signature" },
	{ "sloth", "tls.weak-signature" }, { "version_intolerance", "tls.intolerant" },
	{ "grease_intolerance", "tls.intolerant" }, { "f5_hello_256_511", "tls.intolerant" },
	{ "split_hello", "tls.intolerant" }, { "record_version_intol", "tls.intolerant" }, { "sni_intolerance", "tls.intolerant" },
};

static const struct { const char *id; enum severity severity; const char *change; } graded[] = {
	{ "heartbleed", SEVERITY_CRITICAL, "software" }, { "ccs_injection", SEVERITY_CRITICAL, "software" },
	{ "ticketbleed", SEVERITY_CRITICAL, "software" }, { "robot", SEVERITY_CRITICAL, "software" },
	{ "drown", SEVERITY_CRITICAL, "tls" }, { "debian_weak_key", SEVERITY_CRITICAL, "key" },
	{ "roca", SEVERITY_CRITICAL, "key" }, { "weak_rsa_other", SEVERITY_CRITICAL, "key" },
	{ "cbc_mac_unchecked", SEVERITY_CRITICAL, "software" }, { "gcm_tag_unchecked", SEVERITY_CRITICAL, "software" },
	{ "gcm_nonce_reuse", SEVERITY_CRITICAL, "software" }, { "winshock", SEVERITY_CRITICAL, "software" },
	{ "poodle_ssl", SEVERITY_HIGH, "tls" }, { "beast", SEVERITY_LOW, "tls" }, { "lucky13", SEVERITY_LOW, "tls" },
	{ "marvin", SEVERITY_MEDIUM, "tls" }, { "raccoon", SEVERITY_LOW, "dh" }, { "dheat", SEVERITY_LOW, "dh" },
	{ "static_dh", SEVERITY_MEDIUM, "tls" }, { "fallback_scsv", SEVERITY_LOW, "software" },
	{ "alpaca", SEVERITY_LOW, "software" }, { "opossum", SEVERITY_MEDIUM, "http" },
	{ "sigalg_noext", SEVERITY_LOW, "software" }, { "ocsp_stapling", SEVERITY_LOW, "stapling" },
	{ "cert_chain", SEVERITY_MEDIUM, "chain" }, { "psk_ke_only", SEVERITY_LOW, "software" },
	{ "ticket_key_weak", SEVERITY_HIGH, "tickets" }, { "starttls_injection", SEVERITY_HIGH, "software" },
	{ "starttls_strip", SEVERITY_MEDIUM, "software" }, { "drown_special", SEVERITY_CRITICAL, "tls" },
	{ "early_ccs_tls13", SEVERITY_LOW, "software" }, { "supported_groups_ignore", SEVERITY_LOW, "software" },
	{ "hrr_errors", SEVERITY_LOW, "software" }, { "x25519_zero", SEVERITY_MEDIUM, "software" },
	{ "rsa_crt_leak", SEVERITY_CRITICAL, "software" }, { "ech_misconfig", SEVERITY_LOW, "dns" },
	{ "compression_cert_bomb", SEVERITY_LOW, "software" }, { "alert_flood", SEVERITY_MEDIUM, "software" },
	{ "tls13_empty_records", SEVERITY_LOW, "software" }, { "session_id_reuse", SEVERITY_LOW, "software" },
	{ "quic_vn", SEVERITY_INFO, "software" }, { "quic_amplification", SEVERITY_MEDIUM, "software" },
};

static struct weakness *vulnerability_note(const struct looking *l, const struct audit_vulnerability *v)
{
	struct weakness *w;

	for (size_t i = 0; i < COUNT_OF(same); i++)
		if (strcmp(same[i].id, v->id) == 0)
			return note(l, same[i].weakness);
	w = weakness_add(l->a, arena_printf(l->a->diagnosis->evidence->arena, "vulnerability.%s", v->id), v->name);
	w->severity = SEVERITY_HIGH;
	w->change = change_find("software");
	w->reference = v->cve;
	for (size_t i = 0; i < COUNT_OF(graded); i++)
		if (strcmp(graded[i].id, v->id) == 0) {
			w->severity = graded[i].severity;
			w->change = change_find(graded[i].change);
		}
	return w;
}

enum severity vulnerability_severity(const char *id)
{
	for (size_t i = 0; i < COUNT_OF(same); i++)
		if (strcmp(same[i].id, id) == 0)
			return weakness_severity(same[i].weakness);
	for (size_t i = 0; i < COUNT_OF(graded); i++)
		if (strcmp(graded[i].id, id) == 0)
			return graded[i].severity;
	return strcmp(id, "null_anon") == 0 ? SEVERITY_CRITICAL : SEVERITY_HIGH;
}

bool vulnerability_is_known(const char *id)
{
	/* Those that are no weakness of their own weight; tests/unit holds all of it against the table of checks. */
	static const char *const others[] = {
		"padding_oracle_2016_2107", "zombie_poodle", "goldendoodle", "sleeping_poodle", "zero_length_openssl",
		"poodle_tls", "null_anon", "reneg_null_deref", "invalid_curve", "smack",
	};

	for (size_t i = 0; i < COUNT_OF(same); i++)
		if (strcmp(same[i].id, id) == 0)
			return true;
	for (size_t i = 0; i < COUNT_OF(graded); i++)
		if (strcmp(graded[i].id, id) == 0)
			return true;
	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (strcmp(others[i], id) == 0)
			return true;
	return false;
}

/* Two things in one row, which have a line each. */
static bool is_told_by_suites(const struct audit_vulnerability *v)
{
	return strcmp(v->id, "null_anon") == 0;
}

static void look_vulnerabilities(const struct looking *l)
{
	for (size_t i = 0; i < l->audit->n_vulnerabilities; i++) {
		const struct audit_vulnerability *v = &l->audit->vulnerabilities[i];

		struct weakness *w = v->status == VULNERABILITY_VULNERABLE && !is_told_by_suites(v) ? vulnerability_note(l, v) : NULL;

		/* Where the tables have told it already, once is enough. */
		if (w && (w->n_evidence == 0 || strncmp(w->id, "vulnerability.", 14) == 0))
			say(l, w, "%s", v->because ? v->because : v->id);
	}
}

void weak_tls(struct assessment *a, const struct assessed *one)
{
	struct looking l = { a, one, one->audit, (size_t)(one - a->addresses) };

	look_protocols(&l);
	look_suites(&l);
	for (size_t v = 0; v < AUDIT_PROTOCOLS; v++)
		look_order(&l, &one->audit->suites[v]);
	look_dh(&l);
	look_groups(&l);
	look_schemes(&l);
	look_habits(&l);
	look_vulnerabilities(&l);
}
