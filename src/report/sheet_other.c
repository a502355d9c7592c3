/* Certificates, lint, habits, tolerances, vulnerabilities, profile, clients as tables. */
#include <stdio.h>

#include "lint/lint.h"
#include "base/timeutil.h"
#include "kb/names.h"
#include "report/names.h"
#include "report/sheet.h"
#include "x509/chain.h"
#include "x509/ct.h"
#include "x509/name.h"

enum { REASON_WORDS = 5 };

static void columns_set(struct sheet *sheet, const char *const *columns, size_t n)
{
	memcpy(sheet->columns, columns, n * sizeof *columns);
	sheet->n_columns = n;
}

/* ---- certificates ------------------------------------------------------------------------------------------ */

static void fact(struct sheets *s, struct sheet *sheet, const char *name, struct cell value)
{
	struct sheet_row *row;

	if (!value.text || !*value.text)
		return;
	row = sheet_row_add(s, sheet);
	row->cells[0] = cell_of(name, PAINT_NONE);
	row->cells[1] = value;
}

static const char *dates_text(struct sheets *s, const struct cert *cert)
{
	char from[RFC3339_LEN], until[RFC3339_LEN], length[40];

	if (cert->bad_time)
		return "unreadable";
	return arena_printf(s->arena, "%s to %s, %s", when_format(from, cert->not_before_unix),
			    when_format(until, cert->not_after_unix),
			    duration_format(length, cert->not_after_unix - cert->not_before_unix));
}

/* "for example.org, without a name". */
static const char *names_served(struct sheets *s, const struct assessed *one, size_t at)
{
	const char *text = "";

	for (size_t i = at; i < one->audit->n_certificates; i++) {
		const char *sni = one->audit->certificates[i].sni;

		if (assessed_first(one, i) == at)
			text = arena_printf(s->arena, "%s%s%s%s", text, *text ? ", " : "", sni ? "for " : "without a name (SNI)",
					    sni ? sni : "");
	}
	return text;
}

static const char *first_url(struct sheets *s, const struct span *urls, size_t n)
{
	enum { SHOWN_MAX = 200 };

	return n > 0 ? arena_strn(s->arena, urls[0].p, urls[0].n < SHOWN_MAX ? urls[0].n : SHOWN_MAX) : "";
}

static void certificate(struct sheets *s, const struct diagnosis *d, const struct assessed *one, size_t at, size_t nth)
{
	const struct audit_certificate *c = &one->audit->certificates[at];
	struct cert *const *chain = one->chains[at];
	static const char *const columns[] = { "what", "value" };
	const struct cert *leaf = chain[0];
	struct sheet *sheet = sheet_add(s, arena_printf(s->arena, "certificate-%zu", nth + 1),
					arena_printf(s->arena, "Certificate %zu, %s", nth + 1, names_served(s, one, at)));
	int64_t now = d->evidence->now_unix;
	bool is_over = leaf->not_after_unix < now || leaf->not_before_unix > now;

	columns_set(sheet, columns, COUNT_OF(columns));
	fact(s, sheet, "subject", cell_of(name_text(s->arena, &leaf->subject), PAINT_NONE));
	fact(s, sheet, "names", cell_of(cert_names_text(s->arena, leaf, 12), PAINT_NONE));
	fact(s, sheet, "issuer", cell_of(name_text(s->arena, &leaf->issuer), PAINT_NONE));
	fact(s, sheet, "valid", cell_of(dates_text(s, leaf), is_over ? PAINT_BAD : PAINT_NONE));
	fact(s, sheet, "key", cell_of(leaf->key.name, leaf->key.type == KEY_TYPE_RSA && leaf->key.bits < 2048 ? PAINT_BAD
										     : PAINT_NONE));
	fact(s, sheet, "signature", cell_of(cert_algorithm_name(s->arena, &leaf->signature_outer), PAINT_NONE));
	fact(s, sheet, "serial", cell_of(cert_serial_text(s->arena, leaf), PAINT_DIM));
	fact(s, sheet, "SHA-256", cell_of(cert_fingerprint(s->arena, leaf), PAINT_DIM));
	fact(s, sheet, "key usage", cell_of(usages_text(s->arena, leaf), PAINT_NONE));
	fact(s, sheet, "purposes", cell_of(purposes_text(s->arena, leaf), leaf->has_eku && !leaf->eku_server && !leaf->eku_any ? PAINT_BAD : PAINT_NONE));
	fact(s, sheet, "OCSP", cell_of(first_url(s, leaf->ocsp_urls, leaf->n_ocsp_urls), PAINT_NONE));
	fact(s, sheet, "CRL", cell_of(first_url(s, leaf->crl_urls, leaf->n_crl_urls), PAINT_NONE));
	fact(s, sheet, "issuer at", cell_of(first_url(s, leaf->issuer_urls, leaf->n_issuer_urls), PAINT_NONE));
	fact(s, sheet, "timestamps", cell_of(arena_printf(s->arena, "%zu in the certificate", leaf->n_scts), PAINT_NONE));
	fact(s, sheet, "must-staple", cell_of(leaf->must_staple ? "yes" : "", PAINT_NONE));
	for (size_t i = 1; i < c->n_chain; i++)
		fact(s, sheet, i == 1 ? "sent with" : "and", cell_of(name_text(s->arena, &chain[i]->subject), PAINT_NONE));
}

void sheet_of_lint(struct sheets *s, const struct lint_report *report)
{
	static const char *const columns[] = { "severity", "rule", "what", "source" };
	struct sheet *sheet = sheet_add(s, "lint", arena_printf(s->arena, "Rules for certificates: %s",
								name_short(s->arena, &report->cert->subject)));

	columns_set(sheet, columns, COUNT_OF(columns));
	sheet->note = arena_printf(s->arena, "%zu kept, %zu broken, %zu not about this certificate.%s", report->n_passed,
				   report->n_failed, report->n_not_applicable,
				   report->is_note ? " No browser is known to ship the authority's root: then the rules do not bind it." : "");
	for (size_t i = 0; i < report->n_failed; i++) {
		const struct lint_result *r = &report->failed[i];
		enum severity severity = lint_severity(report, r);
		struct sheet_row *row = sheet_row_add(s, sheet);

		row->cells[0] = cell_of(severity_name(severity), severity >= SEVERITY_HIGH ? PAINT_BAD :
					severity >= SEVERITY_LOW ? PAINT_WARN : PAINT_DIM);
		row->cells[1] = cell_of(r->row->id, PAINT_NONE);
		row->cells[2] = cell_of(arena_printf(s->arena, "%s: %s", r->row->title, r->detail), PAINT_NONE);
		row->cells[3] = cell_of(r->row->source, PAINT_DIM);
	}
}

static void sheet_of_scts(struct sheets *s, const struct assessment *a)
{
	static const char *const columns[] = { "certificate", "from", "log", "time", "verdict" };
	struct sheet *sheet;

	if (a->n_scts == 0)
		return;
	sheet = sheet_add(s, "transparency", "Certificate Transparency");
	columns_set(sheet, columns, COUNT_OF(columns));
	if (!a->has_ct_logs)
		sheet->note = "Not checked: give a list of logs with --ct-logs FILE.";
	for (size_t i = 0; i < a->n_scts; i++)
		for (size_t k = 0; k < a->scts[i].n; k++) {
			const struct sct *sct = &a->scts[i].items[k];
			struct sheet_row *row = sheet_row_add(s, sheet);
			char when[RFC3339_LEN];

			row->cells[0] = cell_of(name_short(s->arena, &a->scts[i].leaf->subject), PAINT_NONE);
			row->cells[1] = cell_of(sct_source_name(sct->source), PAINT_NONE);
			row->cells[2] = cell_of(sct->log ? sct->log : arena_printf(s->arena, "id %02x%02x%02x%02x...", sct->log_id[0], sct->log_id[1], sct->log_id[2], sct->log_id[3]),
						sct->log ? PAINT_NONE : PAINT_DIM);
			row->cells[3] = cell_of(arena_str(s->arena, when_format(when, sct->timestamp_ms / 1000)), PAINT_DIM);
			row->cells[4] = cell_of(sct_state_name(sct->state), sct->state == SCT_VALID ? PAINT_GOOD : sct->state == SCT_NOT_CHECKED ? PAINT_DIM :
						sct->state == SCT_INVALID || sct->state == SCT_OF_FUTURE ? PAINT_BAD : PAINT_WARN);
		}
}

static void trust_facts(struct sheets *s, const struct diagnosis *d)
{
	static const char *const columns[] = { "what", "value", "remark" };
	const struct assessment *a = d->assessment;
	struct sheet *sheet = sheet_add(s, "trust", "Trust and DNS");
	const struct chain_facts *chain = d->evidence->visit->chain;

	columns_set(sheet, columns, COUNT_OF(columns));
	if (chain) {
		fact(s, sheet, "trusted here", cell_tri(chain->is_trusted ? TRI_YES : TRI_NO, TRI_YES));
		fact(s, sheet, "name matches", cell_tri(chain->name_matches ? TRI_YES : TRI_NO, TRI_YES));
	}
	for (size_t i = 0; i < a->n_stores; i++)
		fact(s, sheet, a->stores[i].path, cell_tri(a->stores[i].trusts, TRI_YES));
	if (a->caa_because) {
		fact(s, sheet, "CAA allows it", cell_tri(a->caa_allows, TRI_YES));
		sheet->rows[sheet->n_rows - 1].cells[2] = cell_of(a->caa_because, PAINT_DIM);
	}
	if (a->tlsa_because) {
		fact(s, sheet, "TLSA matches", cell_tri(a->tlsa_matches, TRI_YES));
		sheet->rows[sheet->n_rows - 1].cells[2] = cell_of(a->tlsa_because, PAINT_DIM);
	}
	for (size_t i = 0; a->preload && i < a->preload->n_reasons; i++) {
		fact(s, sheet, i ? "and" : "HSTS preload list", i ? cell_of("no", PAINT_DIM) : cell_tri(a->preload->eligible, TRI_UNKNOWN));
		sheet->rows[sheet->n_rows - 1].cells[2] = cell_of(a->preload->reasons[i], PAINT_DIM);
	}
}

void sheets_of_certificates(struct sheets *s, const struct diagnosis *d)
{
	const struct assessment *a = d->assessment;
	const struct assessed *one = a->shown;
	size_t nth = 0;

	for (size_t i = 0; one && i < one->audit->n_certificates; i++)
		if (one->audit->certificates[i].n_chain > 0 && assessed_first(one, i) == i)
			certificate(s, d, one, i, nth++);
	trust_facts(s, d);
	for (size_t i = 0; i < a->n_lints; i++)
		sheet_of_lint(s, &a->lints[i]);
	sheet_of_scts(s, a);
}

/* ---- habits and tolerances -------------------------------------------------------------------------------------- */

static void habit_extras(struct sheets *s, struct sheet *sheet, const struct audit_habits *h)
{
	struct out list = { 0 };

	for (size_t i = 0; i < h->n_alpn && i < 16; i++)
		out_printf(&list, "%s%s", i ? ", " : "", h->alpn[i]);
	if (h->alpn_state.extent != AUDIT_WHOLE)
		out_printf(&list, "%s%s", list.n ? ", others " : "", "not known");
	if (h->alpn_state.because)
		out_printf(&list, " (%s)", h->alpn_state.because);
	fact(s, sheet, "ALPN", cell_of(list.text ? arena_str(s->arena, list.text) : "none", PAINT_NONE));
	out_release(&list);
	if (h->tickets == TRI_YES && h->ticket_lifetime_s)
		fact(s, sheet, "ticket lifetime", cell_of(arena_printf(s->arena, "%u s", (unsigned)h->ticket_lifetime_s),
							  h->ticket_lifetime_s > 604800 ? PAINT_WARN : PAINT_NONE));
	if (h->n_scts)
		fact(s, sheet, "timestamps in the handshake", cell_of(arena_printf(s->arena, "%u", h->n_scts), PAINT_NONE));
	if (h->max_fragment)
		fact(s, sheet, "max_fragment_length", cell_of(arena_printf(s->arena, "%u", h->max_fragment), PAINT_NONE));
	if (h->record_size_limit)
		fact(s, sheet, "record_size_limit", cell_of(arena_printf(s->arena, "%u", h->record_size_limit), PAINT_NONE));
	if (h->random_is_time == TRI_YES)
		fact(s, sheet, "clock", cell_of(arena_printf(s->arena, "%+lld s", (long long)h->clock_skew_s), PAINT_NONE));
	fact(s, sheet, "ECH public name", cell_of(h->ech_public_name, PAINT_NONE));
	fact(s, sheet, "QUIC versions", cell_of(h->quic_versions, PAINT_NONE));
	if (h->n_client_ca_names)
		fact(s, sheet, "client certificate authorities",
		     cell_of(arena_printf(s->arena, "%zu named", h->n_client_ca_names), PAINT_NONE));
}

/* What an audit of seconds can see of their rotation, and what not. */
static const char *ticket_keys(struct arena *arena, const struct audit *audit)
{
	unsigned n_names;
	double seconds = audit->n_tickets ? (audit->tickets[audit->n_tickets - 1].seen_ms - audit->tickets[0].seen_ms) / 1000 : 0;

	(void)ticket_key_name(audit, &n_names);
	if (audit->n_tickets == 0)
		return NULL;
	if (n_names == 0)
		return arena_printf(arena, "no key name shows in %zu ticket%s", audit->n_tickets, audit->n_tickets == 1 ? "" : "s");
	if (n_names > 1)
		return arena_printf(arena, "%u key names in %zu tickets within %.2f s: several keys, or several servers", n_names, audit->n_tickets,
				    seconds);
	return arena_printf(arena, "one key name in %zu tickets within %.2f s; longer was not watched", audit->n_tickets, seconds);
}

static void habits(struct sheets *s, const struct audit *audit)
{
	const struct audit_habits *h = &audit->habits;
	static const char *const columns[] = { "habit", "seen" };
	/* Which answer is the good one; unknown where neither is. */
	const struct { const char *name; enum tri value, good; } rows[] = {
		{ "secure renegotiation (RFC 5746)", h->secure_renegotiation, TRI_YES },
		{ "renegotiation by clients", h->client_renegotiation, TRI_NO },
		{ "extended master secret", h->extended_master_secret, TRI_YES },
		{ "encrypt-then-MAC", h->encrypt_then_mac, TRI_UNKNOWN },
		{ "TLS_FALLBACK_SCSV", h->fallback_scsv, TRI_YES }, { "downgrade sentinel", h->downgrade_sentinel, TRI_YES },
		{ "session ids", h->session_ids, TRI_UNKNOWN }, { "session tickets", h->tickets, TRI_UNKNOWN },
		{ h->ticket_other_name ? arena_printf(s->arena, "ticket accepted under %s", h->ticket_other_name) : "ticket of another name accepted",
		  h->ticket_key_shared, h->ticket_other_certificate == TRI_NO ? TRI_UNKNOWN : TRI_NO },
		{ "TLS 1.3 sessions without key exchange", h->psk_ke, TRI_NO },
		{ "resumption in TLS 1.3", h->resumption_tls13, TRI_UNKNOWN }, { "0-RTT", h->early_data, TRI_NO },
		{ "OCSP stapling", h->ocsp_stapling, TRI_UNKNOWN },
		{ "client certificate asked for", h->client_certificate_requested, TRI_UNKNOWN },
		{ "client certificate required", h->client_certificate_required, TRI_UNKNOWN },
		{ "name (SNI) needed", h->sni_needed, TRI_UNKNOWN }, { "unknown name refused", h->unknown_sni_refused, TRI_UNKNOWN },
		{ "compression", h->compression, TRI_NO }, { "heartbeat", h->heartbeat, TRI_NO },
		{ "truncated HMAC", h->truncated_hmac, TRI_NO }, { "NPN", h->npn, TRI_UNKNOWN },
		{ "ephemeral ECDH key reused", h->ecdh_reused, TRI_NO }, { "key share reused", h->key_share_reused, TRI_NO },
		{ "time in the server random", h->random_is_time, TRI_UNKNOWN },
		{ "ECH in DNS", h->ech_configured, TRI_UNKNOWN }, { "ECH key of DNS taken", h->ech_accepted, TRI_YES }, { "ECH honoured", h->ech_honoured, TRI_YES },
		{ h->quic == TRI_YES && !h->quic_advertised_by ? "QUIC (which nothing advertises)" : "QUIC", h->quic, TRI_UNKNOWN },
	};
	struct sheet *sheet = sheet_add(s, "habits", "Extensions and habits");

	bool is_known = false;

	columns_set(sheet, columns, COUNT_OF(columns));
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		is_known |= rows[i].value != TRI_UNKNOWN;
	/* A table of nothing but unknowns says less than none. */
	for (size_t i = 0; is_known && i < COUNT_OF(rows); i++)
		fact(s, sheet, rows[i].name, cell_tri(rows[i].value, rows[i].good));
	fact(s, sheet, "ticket keys", cell_of(ticket_keys(s->arena, audit), PAINT_NONE));
	habit_extras(s, sheet, h);
}

void sheets_of_habits(struct sheets *s, const struct assessed *one)
{
	static const char *const columns[] = { "hello", "taken", "remark" };
	struct sheet *sheet;

	habits(s, one->audit);
	sheet = sheet_add(s, "tolerances", "Hellos that a server must take");
	columns_set(sheet, columns, COUNT_OF(columns));
	for (size_t i = 0; i < one->audit->n_tolerances; i++) {
		const struct audit_tolerance *t = &one->audit->tolerances[i];
		struct sheet_row *row = sheet_row_add(s, sheet);

		row->cells[0] = cell_of(t->title ? t->title : t->id, PAINT_NONE);
		row->cells[1] = cell_tri(t->tolerant, TRI_YES);
		row->cells[2] = cell_of(t->because, PAINT_DIM);
	}
}

/* ---- vulnerabilities, profile, clients ----------------------------------------------------------------------------- */

void sheets_of_vulnerabilities(struct sheets *s, const struct assessed *one)
{
	static const char *const columns[] = { "vulnerability", "status", "because", "CVE" };
	static const char *const words[] = { "unknown", "vulnerable", "not vulnerable", "not applicable" };
	static const enum paint paints[] = { PAINT_WARN, PAINT_BAD, PAINT_GOOD, PAINT_DIM };
	static const enum vulnerability_status order[] = { VULNERABILITY_VULNERABLE, VULNERABILITY_UNKNOWN, VULNERABILITY_NOT,
							   VULNERABILITY_NOT_APPLICABLE };
	struct sheet *sheet = sheet_add(s, "vulnerabilities", "Vulnerabilities");

	columns_set(sheet, columns, COUNT_OF(columns));
	sheet->last_joins = true;
	for (size_t k = 0; k < COUNT_OF(order); k++)
		for (size_t i = 0; i < one->audit->n_vulnerabilities; i++) {
			const struct audit_vulnerability *v = &one->audit->vulnerabilities[i];
			struct sheet_row *row;

			if (v->status != order[k])
				continue;
			row = sheet_row_add(s, sheet);
			row->cells[0] = cell_of(v->name ? v->name : v->id, PAINT_NONE);
			row->cells[1] = cell_of(words[v->status], paints[v->status]);
			row->cells[2] = cell_of(v->because, PAINT_NONE);
			/* The first is enough for a table. */
			row->cells[3] = cell_of(v->cve ? arena_strn(s->arena, v->cve, strcspn(v->cve, " ,;")) : "", PAINT_DIM);
		}
}

const char *compliance_summary(struct arena *arena, const struct compliance *c)
{
	return arena_printf(arena, "%s: %s", c->title, c->complies == TRI_YES ? "complies" : c->complies == TRI_NO
		? "does not comply" : "nothing fails, but not everything could be seen");
}

size_t compliance_reasons(struct arena *arena, const struct compliance *c, const char **reasons, size_t cap)
{
	enum rule_outcome wanted = c->complies == TRI_NO ? RULE_FAIL : RULE_UNKNOWN;
	size_t n = 0;

	for (size_t i = 0; i < c->n_results && n < cap; i++) {
		const struct rule_result *r = &c->results[i];
		size_t words = 0, end = 0;

		if (r->is_advice || r->outcome != wanted)
			continue;
		/* Of a long list of suites the first words say which rule it is. */
		for (; r->what[end] && words < REASON_WORDS; end++)
			words += r->what[end] == ' ';
		reasons[n++] = arena_printf(arena, "%.*s%s: %s", (int)(words == REASON_WORDS ? end - 1 : end), r->what,
					    words == REASON_WORDS ? " ..." : "", r->fact ? r->fact : "not seen");
	}
	return n;
}

/* Broken rules first: musts, then advice; what is not known; what is kept. */
static unsigned place_of(const struct rule_result *r)
{
	return r->outcome == RULE_FAIL ? (r->is_advice ? 1 : 0) : r->outcome == RULE_UNKNOWN ? 2 : r->outcome == RULE_PASS ? 3 : 4;
}

void sheets_of_compliance(struct sheets *s, const struct assessment *a)
{
	static const char *const columns[] = { "outcome", "level", "rule", "seen", "source" };
	static const char *const words[] = { "pass", "FAIL", "unknown", "n/a" };
	static const enum paint paints[] = { PAINT_GOOD, PAINT_BAD, PAINT_WARN, PAINT_DIM };
	const struct compliance *c = a->compliance;
	struct sheet *sheet;

	if (!c)
		return;
	sheet = sheet_add(s, "compliance", arena_printf(s->arena, "Profile: %s", c->title));
	columns_set(sheet, columns, COUNT_OF(columns));
	sheet->last_joins = true;
	sheet->note = arena_printf(s->arena, "%s%s%s.", c->complies == TRI_YES ? "Complies" : c->complies == TRI_NO
		? "Does not comply" : "Nothing fails, but not everything could be seen", *c->version ? "; " : "", c->version);
	for (unsigned place = 0; place < 5; place++)
		for (size_t i = 0; i < c->n_results; i++) {
			const struct rule_result *r = &c->results[i];
			bool is_soft = r->is_advice && r->outcome == RULE_FAIL;
			struct sheet_row *row;

			if (place_of(r) != place)
				continue;
			row = sheet_row_add(s, sheet);
			row->cells[0] = cell_of(words[r->outcome], is_soft ? PAINT_WARN : paints[r->outcome]);
			row->cells[1] = cell_of(r->is_advice ? "should" : "must", PAINT_DIM);
			row->cells[2] = cell_of(r->what, PAINT_NONE);
			row->cells[3] = cell_of(a->n_addresses > 1 && r->address
				? arena_printf(s->arena, "%s: %s", r->address, r->fact ? r->fact : "") : r->fact, PAINT_NONE);
			row->cells[4] = cell_of(r->source, PAINT_DIM);
		}
}

void sheets_of_clients(struct sheets *s, const struct diagnosis *d)
{
	static const char *const columns[] = { "client", "outcome", "shows", "protocol", "suite" };
	static const char *const words[] = { "ok", "warning", "error" };
	static const enum paint paints[] = { PAINT_GOOD, PAINT_WARN, PAINT_BAD };
	struct sheet *sheet = sheet_add(s, "clients", "Clients");

	columns_set(sheet, columns, COUNT_OF(columns));
	for (size_t i = 0; i < d->n_clients; i++) {
		const struct client *client = d->clients[i].client;
		const struct client_result *r = &d->clients[i].result;
		struct sheet_row *row = sheet_row_add(s, sheet);
		const char *shows = r->unknown ? r->unknown : r->error ? r->error : r->page ? r->page : r->message;

		row->cells[0] = cell_of(arena_printf(s->arena, "%s%s%s", client->title, client->version ? " " : "",
						     client->version ? client->version : ""),
					client->is_mainstream ? PAINT_STRONG : PAINT_NONE);
		row->cells[1] = cell_of(r->unknown ? "unknown" : words[r->outcome], r->unknown ? PAINT_DIM : paints[r->outcome]);
		row->cells[2] = cell_of(r->has_number && r->error && !r->unknown
			? arena_printf(s->arena, "%s (%lld)", r->error, (long long)r->number) : shows, PAINT_NONE);
		row->cells[3] = cell_of(r->version ? kb_version_name(r->version) : "", PAINT_NONE);
		row->cells[4] = cell_of(r->suite ? kb_suite_name(r->suite) : "", PAINT_DIM);
	}
}
