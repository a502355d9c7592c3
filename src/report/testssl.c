/* The flat JSON that scripts around testssl.sh read: an array of {id, ip, port, severity, finding, cve},
 * with its ids and severities. Ids are facts of an interface; the texts are our own. What was not seen
 * is severity WARN, as there. */
#include <stdio.h>

#include <openssl/sha.h>

#include "base/timeutil.h"
#include "kb/names.h"
#include "report/report.h"
#include "report/testssl_parts.h"
#include "x509/chain.h"
#include "x509/name.h"

void testssl_put(struct flat_json *f, const char *id, const char *severity, const char *cve, const char *finding)
{
	const struct target *target = &f->d->evidence->visit->target;
	char port[8];

	snprintf(port, sizeof port, "%u", target->port);
	json_object_begin(&f->j, NULL);
	json_text(&f->j, "id", id);
	json_text(&f->j, "ip", arena_printf(f->arena, "%s/%s", target->host ? target->host : "", f->ip));
	json_key_str(&f->j, "port", port);
	json_key_str(&f->j, "severity", severity);
	if (cve)
		json_text(&f->j, "cve", cve);
	json_text(&f->j, "finding", finding ? finding : "");
	json_end(&f->j);
}

#define put testssl_put

static void put_tri(struct flat_json *f, const char *id, enum tri value, const char *when_yes, const char *when_no)
{
	if (value == TRI_UNKNOWN)
		put(f, id, "WARN", NULL, "not determined");
	else
		put(f, id, value == TRI_YES ? when_yes : when_no, NULL, value == TRI_YES ? "supported" : "not supported");
}

/* ---- protocols, suites --------------------------------------------------------------------------------------- */

static void put_protocols(struct flat_json *f)
{
	static const struct { uint16_t version; const char *id, *offered, *refused; } rows[] = {
		{ AUDIT_SSL2, "SSLv2", "CRITICAL", "OK" }, { AUDIT_SSL3, "SSLv3", "HIGH", "OK" },
		{ AUDIT_TLS10, "TLS1", "LOW", "INFO" }, { AUDIT_TLS11, "TLS1_1", "LOW", "INFO" },
		{ AUDIT_TLS12, "TLS1_2", "OK", "MEDIUM" }, { AUDIT_TLS13, "TLS1_3", "OK", "LOW" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum tri has = audit_has_protocol(f->audit, rows[i].version);

		put(f, rows[i].id, has == TRI_UNKNOWN ? "WARN" : has == TRI_YES ? rows[i].offered : rows[i].refused, NULL,
		    has == TRI_UNKNOWN ? "not determined" : has == TRI_YES ? "offered" : "not offered");
	}
}

static bool is_low(const struct suite_view *s)
{
	return s->bits > 0 && s->bits < 112 && !s->is_export && !suite_is_anonymous(s);
}

static bool is_triple(const struct suite_view *s) { return suite_has_block64(s) && !s->is_export && s->bits >= 112; }
static bool is_average(const struct suite_view *s) { return s->bits >= 112 && !s->is_aead && !suite_has_block64(s) && !suite_is_anonymous(s); }
static bool is_strong_static(const struct suite_view *s) { return s->is_aead && !s->has_forward_secrecy && !suite_is_anonymous(s); }
static bool is_strong(const struct suite_view *s) { return s->is_aead && s->has_forward_secrecy && !suite_is_anonymous(s); }

static void put_lists(struct flat_json *f)
{
	static const struct { const char *id; suite_test *test; const char *offered, *refused; } rows[] = {
		{ "cipherlist_NULL", suite_is_null, "CRITICAL", "OK" }, { "cipherlist_aNULL", suite_is_anonymous, "CRITICAL", "OK" },
		{ "cipherlist_EXPORT", suite_is_export, "CRITICAL", "OK" }, { "cipherlist_LOW", is_low, "HIGH", "OK" },
		{ "cipherlist_3DES_IDEA", is_triple, "MEDIUM", "INFO" }, { "cipherlist_OBSOLETED", is_average, "LOW", "INFO" },
		{ "cipherlist_STRONG_NOFS", is_strong_static, "OK", "INFO" }, { "cipherlist_STRONG_FS", is_strong, "OK", "MEDIUM" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum tri has = audit_any_suite(f->audit, AUDIT_SSL2, AUDIT_TLS13, rows[i].test, NULL);

		put(f, rows[i].id, has == TRI_UNKNOWN ? "WARN" : has == TRI_YES ? rows[i].offered : rows[i].refused, NULL,
		    has == TRI_UNKNOWN ? "not determined" : has == TRI_YES ? "offered" : "not offered");
	}
}

static const char *short_version(uint16_t version)
{
	switch (version) {
	case AUDIT_SSL2: return "ssl2";
	case AUDIT_SSL3: return "ssl3";
	case AUDIT_TLS10: return "tls1";
	case AUDIT_TLS11: return "tls1_1";
	case AUDIT_TLS12: return "tls1_2";
	default: return "tls1_3";
	}
}

static const char *class_severity(const struct suite_view *s)
{
	if (s->class == KB_CLASS_INSECURE)
		return "HIGH";
	return s->class == KB_CLASS_WEAK ? "LOW" : "OK";
}

static void put_suites(struct flat_json *f)
{
	for (size_t v = 0; v < AUDIT_PROTOCOLS; v++) {
		const struct audit_suites *list = &f->audit->suites[v];

		for (size_t i = 0; i < list->n; i++) {
			struct suite_view s = suite_view_of(list->version, list->items[i].code);
			const char *code = arena_str(f->arena, s.code_text);

			put(f, arena_printf(f->arena, "cipher-%s_x%s", short_version(list->version), code), class_severity(&s), NULL,
			    arena_printf(f->arena, "%s   x%s     %s   %s %s   %u   %s", kb_version_name(list->version), code,
					 s.openssl ? s.openssl : s.name, s.key_exchange,
					 list->items[i].group && kb_group_name(list->items[i].group) ? kb_group_name(list->items[i].group) : "",
					 s.bits, s.name));
		}
	}
}

static void put_order(struct flat_json *f)
{
	enum tri any = TRI_UNKNOWN;

	for (size_t v = 0; v < AUDIT_PROTOCOLS - 1; v++)
		if (f->audit->suites[v].n > 1 && f->audit->suites[v].server_preference != TRI_UNKNOWN)
			any = f->audit->suites[v].server_preference;
	put(f, "cipher_order", any == TRI_UNKNOWN ? "INFO" : any == TRI_YES ? "OK" : "LOW", NULL,
	    any == TRI_UNKNOWN ? "no two suites to order below TLS 1.3, or not determined" : any == TRI_YES ? "server" :
	    "NOT a server cipher order configured");
}

/* ---- forward secrecy -------------------------------------------------------------------------------------------- */

static void put_secrecy(struct flat_json *f)
{
	enum tri has = audit_any_suite(f->audit, AUDIT_SSL3, AUDIT_TLS13, suite_has_forward_secrecy, NULL);
	struct out curves = { 0 }, pq = { 0 };

	put(f, "FS", has == TRI_UNKNOWN ? "WARN" : has == TRI_YES ? "OK" : "MEDIUM", NULL,
	    has == TRI_UNKNOWN ? "not determined" : has == TRI_YES ? "offered" : "No ciphers supporting Forward Secrecy offered");
	for (size_t v = COUNT_OF(f->audit->groups); v-- > 0;)
		for (size_t i = 0; i < f->audit->groups[v].n; i++) {
			const struct audit_group *group = &f->audit->groups[v].items[i];
			const struct kb_group *known = kb_group(group->group);
			struct out *to = known && known->is_post_quantum ? &pq : &curves;

			/* Finite fields have an id of their own, DH_groups. */
			if (group->supported != TRI_YES || !known || known->kind == KB_GROUP_FFDHE || (to->text && strstr(to->text, known->openssl ? known->openssl : known->name)))
				continue;
			out_printf(to, "%s%s", to->n ? " " : "", known->openssl ? known->openssl : known->name);
		}
	put(f, "FS_ECDHE_curves", "OK", NULL, curves.text ? curves.text : "none seen");
	put(f, "FS_KEMs", pq.n ? "OK" : "INFO", NULL, pq.text ? pq.text : "none seen");
	out_release(&curves);
	out_release(&pq);
}

static void put_schemes(struct flat_json *f)
{
	static const char *const ids[] = { "FS_TLS13_sig_algs", "FS_TLS12_sig_algs" };

	for (size_t v = 0; v < COUNT_OF(f->audit->schemes); v++) {
		struct out list = { 0 };

		for (size_t i = 0; i < f->audit->schemes[v].n; i++)
			if (kb_scheme_name(f->audit->schemes[v].items[i]))
				out_printf(&list, "%s%s", list.n ? " " : "", kb_scheme_name(f->audit->schemes[v].items[i]));
		if (list.n)
			put(f, ids[v], "INFO", NULL, list.text);
		out_release(&list);
	}
}

/* ---- habits -------------------------------------------------------------------------------------------------------- */

static void put_habits(struct flat_json *f)
{
	const struct audit_habits *h = &f->audit->habits;
	struct out alpn = { 0 };

	put_tri(f, "session_ticket", h->tickets, "INFO", "INFO");
	if (h->tickets == TRI_YES)
		put(f, "TLS_session_ticket", h->ticket_lifetime_s > 86400 ? "LOW" : "INFO", NULL,
		    arena_printf(f->arena, "valid for %u seconds", (unsigned)h->ticket_lifetime_s));
	put_tri(f, "SSL_sessionID_support", h->session_ids, "INFO", "INFO");
	put_tri(f, "sessionresumption_ticket", h->tickets, "INFO", "INFO");
	put_tri(f, "sessionresumption_ID", h->session_ids, "INFO", "INFO");
	put_tri(f, "early_data", h->early_data, "HIGH", "INFO");
	put_tri(f, "TLS_timestamp", h->random_is_time, "INFO", "INFO");
	put_tri(f, "clientAuth", h->client_certificate_requested, "INFO", "INFO");
	put_tri(f, "NPN", h->npn, "INFO", "INFO");
	put_tri(f, "QUIC", h->quic, "INFO", "INFO");
	for (size_t i = 0; i < h->n_alpn && i < 16; i++)
		out_printf(&alpn, "%s%s", i ? ", " : "", h->alpn[i]);
	if (alpn.text)
		put(f, "ALPN", "INFO", NULL, alpn.text);
	else if (h->alpn_state.extent == AUDIT_WHOLE)
		put(f, "ALPN", "INFO", NULL, "not offered");
	else
		put(f, "ALPN", "WARN", NULL, arena_printf(f->arena, "not known: %s", h->alpn_state.because ? h->alpn_state.because : "not asked"));
	out_release(&alpn);
}

/* ---- certificates ----------------------------------------------------------------------------------------------------- */

static const char *key_severity(const struct cert *c)
{
	if (c->key.type != KEY_TYPE_RSA && c->key.type != KEY_TYPE_RSA_PSS)
		return "OK";
	return c->key.bits < 1024 ? "CRITICAL" : c->key.bits < 2048 ? "HIGH" : "INFO";
}

static void put_dates(struct flat_json *f, const struct cert *c, const char *suffix)
{
	int64_t now = f->d->evidence->now_unix, left = (c->not_after_unix - now) / 86400;
	/* Theirs: 60 and 30 days, half of that for who renews that late on purpose. */
	bool is_late_by_habit = c->issuer.organization && strcmp(c->issuer.organization, "Let's Encrypt") == 0;
	long long first = is_late_by_habit ? 30 : 60, second = first / 2;
	char when[RFC3339_LEN];

	put(f, arena_printf(f->arena, "cert_expirationStatus%s", suffix), c->not_after_unix < now ? "CRITICAL" : left < second ? "HIGH" :
	    left < first ? "MEDIUM" : "OK", NULL, c->not_after_unix < now ? "expired" :
	    left >= first ? arena_printf(f->arena, "%lld >= %lld days", (long long)left, first) :
	    arena_printf(f->arena, "expires < %lld days (%lld)", left < second ? second : first, (long long)left));
	put(f, arena_printf(f->arena, "cert_notBefore%s", suffix), c->not_before_unix > now ? "CRITICAL" : "INFO", NULL,
	    when_format(when, c->not_before_unix));
	put(f, arena_printf(f->arena, "cert_notAfter%s", suffix), c->not_after_unix < now ? "CRITICAL" : left < second ? "HIGH" :
	    left < first ? "MEDIUM" : "OK", NULL, when_format(when, c->not_after_unix));
	put(f, arena_printf(f->arena, "cert_extlifeSpan%s", suffix), "OK", NULL,
	    arena_printf(f->arena, "%lld days", (long long)((c->not_after_unix - c->not_before_unix + 86400) / 86400)));
}

static const char *sha1_text(struct arena *arena, const struct cert *c)
{
	uint8_t hash[SHA_DIGEST_LENGTH];
	char *text = arena_alloc(arena, sizeof hash * 2 + 1);

	SHA1(c->der.p, c->der.n, hash);
	for (size_t i = 0; i < sizeof hash; i++)
		snprintf(text + i * 2, 3, "%02X", hash[i]);
	return text;
}

/* OpenSSL's words, as there. */
static const char *usage_text(struct arena *arena, const struct cert *c)
{
	static const char *const words[] = { "Digital Signature", "Non Repudiation", "Key Encipherment", "Data Encipherment", "Key Agreement",
					     "Certificate Sign", "CRL Sign", "Encipher Only", "Decipher Only" };
	const char *text = NULL;

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (c->key_usage & 1u << i)
			text = text ? arena_printf(arena, "%s, %s", text, words[i]) : words[i];
	return text ? text : "--";
}

static const char *openssl_purposes(struct arena *arena, const struct cert *c)
{
	const struct { bool is_there; const char *word; } words[] = {
		{ c->eku_server, "TLS Web Server Authentication" }, { c->eku_client, "TLS Web Client Authentication" },
		{ c->eku_code, "Code Signing" }, { c->eku_email, "E-mail Protection" }, { c->eku_time, "Time Stamping" },
		{ c->eku_ocsp, "OCSP Signing" }, { c->eku_any, "Any Extended Key Usage" },
	};
	const char *text = NULL;

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (words[i].is_there)
			text = text ? arena_printf(arena, "%s, %s", text, words[i].word) : words[i].word;
	return text ? text : "--";
}

static bool is_extended(const struct cert *c)
{
	for (size_t i = 0; i < c->n_policies; i++)
		if (span_equal(c->policies[i], span_of("\x67\x81\x0c\x01\x01", 5)))
			return true;
	return false;
}

/* ETSI TS 103 523-3 ("eTLS"): an otherName of 0.4.0.3523.3.1 says that keys are shared with those who look in. */
static bool has_visibility(const struct cert *c)
{
	static const uint8_t name[] = { 0x06, 0x06, 0x04, 0x00, 0x9b, 0x43, 0x03, 0x01 };
	const struct cert_extension *names = cert_extension_find(c, span_str("\x55\x1d\x11"));

	return names && span_find(names->value, span_of(name, sizeof name)) >= 0;
}

static void put_certificate(struct flat_json *f, size_t nth, const char *suffix)
{
	const struct cert *c = f->one->chains[nth][0];
	const char *names = cert_names_text(f->arena, c, 100);
	bool is_weak = c->signature_outer.hash == HASH_MD5 || c->signature_outer.hash == HASH_SHA1;
	const struct { const char *id, *severity, *finding; } rows[] = {
		{ "cert_signatureAlgorithm", is_weak ? "CRITICAL" : "OK", cert_algorithm_name(f->arena, &c->signature_outer) },
		{ "cert_keySize", key_severity(c), c->key.name }, { "cert_serialNumber", "INFO", cert_serial_text(f->arena, c) },
		{ "cert_serialNumberLen", c->serial.n < 8 ? "LOW" : "INFO", arena_printf(f->arena, "%zu", c->serial.n) },
		{ "cert_fingerprintSHA256", "INFO", cert_fingerprint(f->arena, c) },
		{ "cert_fingerprintSHA1", "INFO", sha1_text(f->arena, c) }, { "cert", "INFO", cert_to_pem(f->arena, c) },
		{ "cert_keyUsage", "INFO", usage_text(f->arena, c) }, { "cert_extKeyUsage", "INFO", openssl_purposes(f->arena, c) },
		{ "cert_certificatePolicies_EV", "INFO", is_extended(c) ? "yes" : "no" },
		{ "cert_revocation", c->n_crl_urls + c->n_ocsp_urls ? "INFO" : "HIGH",
		  c->n_crl_urls + c->n_ocsp_urls ? "CRL or OCSP URI provided" : "Neither CRL nor OCSP URI provided" },
		{ "cert_commonName", "OK", c->subject.common_name ? c->subject.common_name : "no CN" },
		{ "cert_subjectAltName", c->n_san ? "INFO" : "HIGH", c->n_san ? names : "No SAN" },
		{ "cert_caIssuers", "INFO", name_text(f->arena, &c->issuer) },
		{ "cert_crlDistributionPoints", "INFO", c->n_crl_urls ? arena_strn(f->arena, c->crl_urls[0].p, c->crl_urls[0].n) : "--" },
		{ "cert_ocspURL", "INFO", c->n_ocsp_urls ? arena_strn(f->arena, c->ocsp_urls[0].p, c->ocsp_urls[0].n) : "--" },
		{ "cert_mustStapleExtension", "INFO", c->must_staple ? "supported" : "--" },
		{ "cert_eTLS", "INFO", has_visibility(c) ? "present" : "not present" },
		{ "certificate_transparency", c->n_scts ? "OK" : "INFO", c->n_scts ? "yes (certificate extension)" : "--" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		put(f, arena_printf(f->arena, "%s%s", rows[i].id, suffix), rows[i].severity, NULL, rows[i].finding);
	if (!c->bad_time)
		put_dates(f, c, suffix);
}

static void put_trust(struct flat_json *f)
{
	const struct chain_facts *chain = f->d->evidence->visit->chain;
	const struct assessment *a = f->d->assessment;

	if (chain) {
		put(f, "cert_trust", chain->name_matches ? "OK" : "HIGH", NULL, chain->name_matches ? "Ok via SAN" : "the name does not match");
		put(f, "cert_chain_of_trust", chain->is_trusted ? "OK" : "CRITICAL", NULL, chain->is_trusted ? "passed." : "failed.");
		put(f, "certs_list_ordering_problem", chain->out_of_order ? "LOW" : "INFO", NULL, chain->out_of_order ? "yes" : "no");
		put(f, "certs_countServer", "INFO", NULL, arena_printf(f->arena, "%zu", chain->n_sent));
	}
	/* Nothing to staple is nothing missing. */
	put_tri(f, "OCSP_stapling", f->audit->habits.ocsp_stapling, "OK", chain && chain->leaf && chain->leaf->n_ocsp_urls ? "LOW" : "INFO");
	if (a->caa_because)
		put(f, "DNS_CAArecord", a->caa_allows == TRI_YES ? "OK" : "LOW", NULL, a->caa_because);
}

static void put_certificates(struct flat_json *f)
{
	size_t n = 0, nth = 0;

	for (size_t i = 0; i < f->audit->n_certificates; i++)
		n += assessed_first(f->one, i) == i;
	put(f, "cert_numbers", "INFO", NULL, arena_printf(f->arena, "%zu", n));
	for (size_t i = 0; i < f->audit->n_certificates; i++)
		if (f->audit->certificates[i].n_chain > 0 && assessed_first(f->one, i) == i && ++nth)
			put_certificate(f, i, n > 1 ? arena_printf(f->arena, " <cert#%zu>", nth) : "");
	put_trust(f);
}

/* ---- vulnerabilities ------------------------------------------------------------------------------------------------------ */

static const struct { const char *id, *theirs, *vulnerable; } ids[] = {
	{ "heartbleed", "heartbleed", "CRITICAL" }, { "ccs_injection", "CCS", "HIGH" }, { "ticketbleed", "ticketbleed", "CRITICAL" },
	{ "opossum", "opossum", "HIGH" }, { "robot", "ROBOT", "CRITICAL" }, { "insecure_reneg", "secure_renego", "HIGH" },
	{ "client_reneg", "secure_client_renego", "MEDIUM" }, { "crime", "CRIME_TLS", "HIGH" }, { "breach", "BREACH", "MEDIUM" },
	{ "poodle_ssl", "POODLE_SSL", "HIGH" }, { "fallback_scsv", "fallback_SCSV", "LOW" }, { "sweet32", "SWEET32", "LOW" },
	{ "freak", "FREAK", "HIGH" }, { "drown", "DROWN", "CRITICAL" }, { "logjam_export", "LOGJAM", "HIGH" },
	{ "logjam_common", "LOGJAM-common_primes", "HIGH" }, { "beast", "BEAST", "LOW" }, { "lucky13", "LUCKY13", "LOW" },
	{ "winshock", "winshock", "HIGH" }, { "rc4", "RC4", "HIGH" }, { "starttls_injection", "starttls_injection", "HIGH" },
};

static bool has_cbc(const struct flat_json *f)
{
	/* SSL 2.0's codes are others. */
	for (size_t v = 0; v < AUDIT_PROTOCOLS; v++)
		for (size_t i = 0; i < f->audit->suites[v].n; i++) {
			uint32_t code = f->audit->suites[v].items[i].code;
			const char *name = code <= UINT16_MAX ? kb_suite_name((uint16_t)code) : NULL;

			if (name && strstr(name, "_CBC_"))
				return true;
		}
	return false;
}

/* The same key elsewhere, with SSLv2, would break this server too. */
static void put_drown_hint(struct flat_json *f)
{
	const struct cert *c = f->d->evidence->visit->chain ? f->d->evidence->visit->chain->leaf : NULL;

	if (c && c->key.type == KEY_TYPE_RSA)
		put(f, "DROWN_hint", "INFO", "CVE-2016-0800 CVE-2016-0703",
		    arena_printf(f->arena, "Make sure you don't use this certificate elsewhere with SSLv2 enabled services: %s",
				 cert_fingerprint(f->arena, c)));
	else if (c)
		put(f, "DROWN_hint", "INFO", "CVE-2016-0800 CVE-2016-0703", "no RSA certificate, can't be used with SSLv2 elsewhere");
}

static void put_vulnerability(struct flat_json *f, const struct audit_vulnerability *v)
{
	static const char *const words[] = { "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL" };
	const char *id = v->id, *severity = words[vulnerability_severity(v->id)];

	for (size_t i = 0; i < COUNT_OF(ids); i++)
		if (strcmp(ids[i].id, v->id) == 0) {
			id = ids[i].theirs;
			severity = ids[i].vulnerable;
		}
	switch (v->status) {
	case VULNERABILITY_VULNERABLE:
		put(f, id, severity, v->cve, arena_printf(f->arena, "VULNERABLE, %s", v->because ? v->because : ""));
		break;
	case VULNERABILITY_UNKNOWN:
		if (strcmp(v->id, "lucky13") == 0 && has_cbc(f)) {
			put(f, id, severity, v->cve, "potentially vulnerable, uses TLS CBC ciphers");
			break;
		}
		put(f, id, "WARN", v->cve, arena_printf(f->arena, "not determined: %s", v->because ? v->because : "not checked"));
		break;
	default:
		put(f, id, "OK", v->cve, arena_printf(f->arena, "not vulnerable%s%s", v->because ? ", " : "", v->because ? v->because : ""));
	}
}

/* "B: TLS 1.0 is accepted" in their words. */
static const char *cap_text(const struct flat_json *f, const char *line)
{
	size_t n = strcspn(line, ":");

	return arena_printf(f->arena, "Grade capped to %.*s. %s", (int)n, line, line[n] && line[n + 1] ? line + n + 2 : "");
}

static void put_rating(struct flat_json *f)
{
	const struct grade *g = &f->one->grade;
	const char *letter = grade_letter_name(g->letter);

	put(f, "rating_spec", "INFO", NULL, "SSL Labs's 'SSL Server Rating Guide' (version 2009r from 2025-05-16)");
	if (g->has_score) {
		put(f, "protocol_support_score", "INFO", NULL, arena_printf(f->arena, "%d", g->protocol));
		put(f, "protocol_support_score_weighted", "INFO", NULL, arena_printf(f->arena, "%d", g->protocol * 30 / 100));
		put(f, "key_exchange_score", "INFO", NULL, arena_printf(f->arena, "%d", g->key_exchange));
		put(f, "key_exchange_score_weighted", "INFO", NULL, arena_printf(f->arena, "%d", g->key_exchange * 30 / 100));
		put(f, "cipher_strength_score", "INFO", NULL, arena_printf(f->arena, "%d", g->cipher));
		put(f, "cipher_strength_score_weighted", "INFO", NULL, arena_printf(f->arena, "%d", g->cipher * 40 / 100));
		put(f, "final_score", "INFO", NULL, arena_printf(f->arena, "%d", g->score));
	}
	put(f, "overall_grade", !letter ? "WARN" : g->letter <= GRADE_A_MINUS ? "OK" : g->letter <= GRADE_C ? "MEDIUM" : "CRITICAL",
	    NULL, letter ? letter : "not determined");
	for (size_t i = 0; i < g->n_capped_by; i++)
		put(f, arena_printf(f->arena, "grade_cap_reason_%zu", i + 1), "INFO", NULL,
		    cap_text(f, g->capped_by[i]));
}

static void put_address(struct flat_json *f)
{
	put_protocols(f);
	put_lists(f);
	put_order(f);
	put_suites(f);
	testssl_orders(f);
	testssl_beast(f);
	testssl_nameless(f);
	testssl_negotiated(f);
	put_secrecy(f);
	put_schemes(f);
	testssl_extensions(f);
	put_habits(f);
	put_certificates(f);
	testssl_http(f);
	for (size_t i = 0; i < f->audit->n_vulnerabilities; i++)
		put_vulnerability(f, &f->audit->vulnerabilities[i]);
	put_drown_hint(f);
	testssl_clients(f);
	put_rating(f);
}

static void testssl_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct flat_json f = { .j = json_of(out, true), .arena = arena_new((size_t)128 << 20), .d = d, .ip = "" };

	(void)options;
	json_array_begin(&f.j, NULL);
	for (size_t i = 0; d->assessment && i < d->assessment->n_addresses; i++) {
		f.one = &d->assessment->addresses[i];
		f.audit = f.one->audit;
		f.ip = f.audit->endpoint && f.audit->endpoint->text ? f.audit->endpoint->text : "";
		put_address(&f);
	}
	if (!d->assessment || d->assessment->n_addresses == 0)
		put(&f, "scanProblem", "FATAL", NULL, d->summary ? d->summary : "nothing was audited");
	put(&f, "scanTime", "INFO", NULL, arena_printf(f.arena, "%.0f", d->evidence->elapsed_ms / 1000));
	json_end(&f.j);
	out_char(out, '\n');
	arena_free(f.arena);
}

const struct renderer renderer_testssl = { .name = "testssl-json", .media = "application/json", .render = testssl_render };
