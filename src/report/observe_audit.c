/* What an audit adds to the JSON document: observations.tls in full, vulnerabilities, grade, cost. */
#include "report/json_parts.h"

#include <stdio.h>

#include "assess/assess.h"
#include "lint/lint.h"
#include "assess/suite.h"
#include "base/timeutil.h"
#include "kb/names.h"
#include "report/names.h"
#include "x509/ct.h"
#include "x509/name.h"

enum { AUDIT_ITEMS_MAX = 1024 };

/* ---- observations.tls ---------------------------------------------------------------------------------- */

static void put_state(struct json *j, const char *key, const struct audit_state *state)
{
	static const char *const words[] = { "not_asked", "whole", "part" };

	json_object_begin(j, key);
	json_key_str(j, "extent", words[state->extent]);
	json_text(j, "because", state->because);
	json_end(j);
}

static void put_protocols(struct json *j, const struct audit *audit)
{
	json_array_begin(j, "protocols");
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++) {
		const struct audit_protocol *p = &audit->protocols[i];

		if (p->version == 0)
			continue;
		json_object_begin(j, NULL);
		json_key_str(j, "name", kb_version_name(p->version));
		json_tri(j, "supported", p->supported);
		json_text(j, "because", p->because);
		if (p->answered)
			json_key_str(j, "answered_with", kb_version_name(p->answered));
		json_end(j);
	}
	json_end(j);
}

static void put_suite(struct json *j, const struct audit_suites *list, const struct audit_suite *item)
{
	struct suite_view view = suite_view_of(list->version, item->code);

	json_object_begin(j, NULL);
	json_key_str(j, "protocol", kb_version_name(list->version));
	json_key_str(j, "code", view.code_text);
	json_key_str(j, "name", view.name);
	json_key_str(j, "openssl", view.openssl);
	json_key_str(j, "gnutls", view.gnutls);
	if (item->order)
		json_key_int(j, "order", item->order);
	else
		json_key_null(j, "order");
	json_key_int(j, "bits", view.bits);
	json_key_str(j, "class", kb_class_name(view.class));
	json_key_bool(j, "forward_secrecy", view.has_forward_secrecy);
	if (item->dh_bits)
		json_key_int(j, "dh_bits", item->dh_bits);
	if (item->group)
		json_key_str(j, "group", kb_group_name(item->group));
	if (item->scheme)
		json_codepoint(j, "signature_scheme", item->scheme, JSON_SCHEME);
	json_end(j);
}

static void put_ciphers(struct json *j, const struct audit *audit)
{
	json_array_begin(j, "ciphers");
	for (size_t v = AUDIT_PROTOCOLS; v-- > 0;)
		for (size_t i = 0; i < audit->suites[v].n && i < AUDIT_ITEMS_MAX; i++)
			put_suite(j, &audit->suites[v], &audit->suites[v].items[i]);
	json_end(j);
	json_object_begin(j, "ciphers_seen");
	for (size_t v = AUDIT_PROTOCOLS; v-- > 0;)
		if (audit->suites[v].version)
			put_state(j, kb_version_name(audit->suites[v].version), &audit->suites[v].state);
	json_end(j);
	json_object_begin(j, "server_preference");
	for (size_t v = AUDIT_PROTOCOLS; v-- > 0;)
		if (audit->suites[v].version && audit->suites[v].n > 0)
			json_tri(j, kb_version_name(audit->suites[v].version), audit->suites[v].server_preference);
	json_end(j);
	json_object_begin(j, "chacha_first_honoured");
	for (size_t v = AUDIT_PROTOCOLS; v-- > 0;)
		if (audit->suites[v].chacha_first_honoured != TRI_UNKNOWN)
			json_tri(j, kb_version_name(audit->suites[v].version), audit->suites[v].chacha_first_honoured);
	json_end(j);
}

static void put_group(struct json *j, const struct audit_groups *list, const struct audit_group *group)
{
	const struct kb_group *known = kb_group(group->group);
	char code[8];

	snprintf(code, sizeof code, "%04X", (unsigned)group->group);
	json_object_begin(j, NULL);
	json_key_str(j, "code", code);
	json_key_str(j, "name", known ? known->name : NULL);
	json_tri(j, "supported", group->supported);
	if (group->order)
		json_key_int(j, "order", group->order);
	else
		json_key_null(j, "order");
	json_key_str(j, "protocol", kb_version_name(list->version));
	json_key_bool(j, "post_quantum", known && known->is_post_quantum);
	json_key_bool(j, "needs_hello_retry", group->needs_retry);
	json_end(j);
}

static const struct audit_group *group_in(const struct audit_groups *list, uint16_t group)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->items[i].group == group)
			return &list->items[i];
	return NULL;
}

/* Each group once: its order is that of TLS 1.3, or of TLS 1.2 where it is in that alone. */
static void put_union(struct json *j, const struct audit *audit)
{
	json_array_begin(j, "groups");
	for (size_t v = 0; v < COUNT_OF(audit->groups); v++)
		for (size_t i = 0; i < audit->groups[v].n && i < AUDIT_ITEMS_MAX; i++) {
			const struct audit_group *group = &audit->groups[v].items[i];
			const struct audit_group *other = group_in(&audit->groups[1 - v], group->group);
			bool is_other_better = other && other->supported == TRI_YES && (v > 0 || group->supported != TRI_YES);

			/* Where neither has it, TLS 1.3 says so. */
			if (!is_other_better && !(v > 0 && other && group->supported != TRI_YES))
				put_group(j, &audit->groups[v], group);
		}
	json_end(j);
}

static void put_groups(struct json *j, const struct audit *audit)
{
	put_union(j, audit);
	json_array_begin(j, "groups_by_protocol");
	for (size_t v = 0; v < COUNT_OF(audit->groups); v++)
		for (size_t i = 0; i < audit->groups[v].n && i < AUDIT_ITEMS_MAX; i++)
			put_group(j, &audit->groups[v], &audit->groups[v].items[i]);
	json_end(j);
	json_object_begin(j, "groups_seen");
	for (size_t v = 0; v < COUNT_OF(audit->groups); v++)
		if (audit->groups[v].version)
			put_state(j, kb_version_name(audit->groups[v].version), &audit->groups[v].state);
	json_end(j);
}

static void put_schemes(struct json *j, const struct audit *audit)
{
	json_array_begin(j, "signature_schemes");
	for (size_t v = 0; v < COUNT_OF(audit->schemes); v++)
		for (size_t i = 0; i < audit->schemes[v].n && i < AUDIT_ITEMS_MAX; i++) {
			char code[8];

			snprintf(code, sizeof code, "%04X", (unsigned)audit->schemes[v].items[i]);
			json_object_begin(j, NULL);
			json_key_str(j, "protocol", kb_version_name(audit->schemes[v].version));
			json_key_str(j, "code", code);
			json_key_str(j, "name", kb_scheme_name(audit->schemes[v].items[i]));
			json_end(j);
		}
	json_end(j);
	json_object_begin(j, "signature_schemes_seen");
	for (size_t v = 0; v < COUNT_OF(audit->schemes); v++)
		if (audit->schemes[v].version)
			put_state(j, kb_version_name(audit->schemes[v].version), &audit->schemes[v].state);
	json_end(j);
}

static void put_client_certificate(struct json *j, const struct audit_habits *h)
{
	struct arena *scratch = arena_new((size_t)16 << 20);

	json_object_begin(j, "client_certificate");
	json_tri(j, "requested", h->client_certificate_requested);
	json_tri(j, "required", h->client_certificate_required);
	json_array_begin(j, "authorities");
	for (size_t i = 0; i < h->n_client_ca_names && i < JSON_ITEMS_MAX; i++) {
		struct cert_name name = name_read(scratch, h->client_ca_names[i], NULL);

		json_text(j, NULL, name_text(scratch, &name));
	}
	json_end(j);
	json_end(j);
	arena_free(scratch);
}

static void put_compression(struct json *j, const struct audit_habits *h)
{
	static const char *const names[] = { "reserved", "zlib", "brotli", "zstd" };

	json_array_begin(j, "certificate_compression");
	for (size_t i = 0; i < h->n_certificate_compression && i < JSON_ITEMS_MAX; i++)
		json_key_str(j, NULL, h->certificate_compression[i] < COUNT_OF(names) ? names[h->certificate_compression[i]]
										    : "unknown");
	json_end(j);
}

/* Whether keys rotate shows over days: two reports that are compared. */
static void put_ticket_keys(struct json *j, const struct audit *audit)
{
	char hex[2 * AUDIT_TICKET_HEAD + 1] = "";
	unsigned n_names;
	size_t len = ticket_key_name(audit, &n_names);

	for (size_t i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", audit->tickets[0].head[i]);
	json_object_begin(j, "ticket_keys");
	json_key_int(j, "tickets", (int64_t)audit->n_tickets);
	json_key_int(j, "names", n_names);
	json_key_str(j, "name", n_names == 1 ? hex : NULL);
	json_key_int(j, "watched_ms", audit->n_tickets > 0 ?
		     (int64_t)(audit->tickets[audit->n_tickets - 1].seen_ms - audit->tickets[0].seen_ms) : 0);
	json_end(j);
}

static void put_habits(struct json *j, const struct audit_habits *h)
{
	const struct { const char *key; enum tri value; } rows[] = {
		{ "sni_needed", h->sni_needed }, { "unknown_sni_refused", h->unknown_sni_refused },
		{ "extended_master_secret", h->extended_master_secret }, { "encrypt_then_mac", h->encrypt_then_mac },
		{ "secure_renegotiation", h->secure_renegotiation }, { "client_renegotiation", h->client_renegotiation },
		{ "early_data", h->early_data }, { "psk_ke", h->psk_ke }, { "ticket_key_shared", h->ticket_key_shared },
		{ "ticket_other_certificate", h->ticket_other_certificate },
		{ "heartbeat", h->heartbeat }, { "compression", h->compression },
		{ "random_is_time", h->random_is_time }, { "fallback_scsv", h->fallback_scsv },
		{ "downgrade_sentinel", h->downgrade_sentinel }, { "ecdh_reused", h->ecdh_reused },
		{ "key_share_reused", h->key_share_reused }, { "truncated_hmac", h->truncated_hmac }, { "npn", h->npn },
		{ "ech_configured", h->ech_configured }, { "ech_accepted", h->ech_accepted },
		{ "ech_public_name_valid", h->ech_public_name_valid }, { "ech_honoured", h->ech_honoured }, { "quic", h->quic },
	};

	json_object_begin(j, "habits");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		json_tri(j, rows[i].key, rows[i].value);
	json_key_int(j, "ticket_lifetime_s", h->ticket_lifetime_s);
	json_key_int(j, "early_data_allowed", h->early_data_allowed);
	json_text(j, "ech_public_name", h->ech_public_name);
	json_text(j, "ticket_other_name", h->ticket_other_name);
	json_key_int(j, "scts", h->n_scts);
	json_key_int(j, "max_fragment", h->max_fragment);
	json_key_int(j, "record_size_limit", h->record_size_limit);
	if (h->random_is_time == TRI_YES)
		json_key_int(j, "clock_skew_s", h->clock_skew_s);
	json_text(j, "quic_versions", h->quic_versions);
	json_text(j, "quic_advertised_by", h->quic_advertised_by);
	put_compression(j, h);
	json_end(j);
}

static void put_resumption(struct json *j, const struct audit_habits *h)
{
	json_array_begin(j, "alpn");
	for (size_t i = 0; i < h->n_alpn && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, h->alpn[i]);
	json_end(j);
	put_state(j, "alpn_seen", &h->alpn_state);
	json_object_begin(j, "resumption");
	json_tri(j, "tickets", h->tickets);
	json_tri(j, "session_ids", h->session_ids);
	json_tri(j, "tls13", h->resumption_tls13);
	json_end(j);
	put_client_certificate(j, h);
	json_tri(j, "ocsp_stapling", h->ocsp_stapling);
}

/* Index in "certificates" of the chain that entry `i` got. */
static size_t nth_different(const struct assessed *one, size_t i)
{
	size_t first = assessed_first(one, i), n = 0;

	for (size_t k = 0; k < first; k++)
		n += assessed_first(one, k) == k;
	return n;
}

static void put_certificates(struct json *j, const struct assessed *one)
{
	struct arena *scratch = arena_new((size_t)256 << 20);

	json_array_begin(j, "certificates");
	for (size_t i = 0; i < one->audit->n_certificates && i < JSON_ITEMS_MAX; i++) {
		if (assessed_first(one, i) != i)
			continue;
		json_array_begin(j, NULL);
		for (size_t k = 0; k < one->audit->certificates[i].n_chain && k < JSON_ITEMS_MAX; k++) {
			json_object_begin(j, NULL);
			json_certificate(j, scratch, one->chains[i][k]);
			json_end(j);
		}
		json_end(j);
	}
	json_end(j);
	json_array_begin(j, "certificates_for");
	for (size_t i = 0; i < one->audit->n_certificates && i < JSON_ITEMS_MAX; i++) {
		json_object_begin(j, NULL);
		json_text(j, "servername", one->audit->certificates[i].sni);
		json_key_str(j, "protocol", kb_version_name(one->audit->certificates[i].version));
		json_key_int(j, "certificate", (int64_t)nth_different(one, i));
		json_end(j);
	}
	json_end(j);
	arena_free(scratch);
}

static void put_dh(struct json *j, const struct audit *audit)
{
	json_array_begin(j, "dh");
	for (size_t i = 0; i < audit->n_dh && i < JSON_ITEMS_MAX; i++) {
		const struct audit_dh *dh = &audit->dh[i];

		json_object_begin(j, NULL);
		json_key_int(j, "bits", dh->bits);
		json_text(j, "known", dh->known);
		json_tri(j, "prime", dh->prime);
		json_tri(j, "safe", dh->safe);
		json_tri(j, "reused", dh->reused);
		json_end(j);
	}
	json_end(j);
}

static void put_tolerances(struct json *j, const struct audit *audit)
{
	json_array_begin(j, "tolerances");
	for (size_t i = 0; i < audit->n_tolerances && i < JSON_ITEMS_MAX; i++) {
		const struct audit_tolerance *t = &audit->tolerances[i];

		json_object_begin(j, NULL);
		json_key_str(j, "id", t->id);
		json_text(j, "title", t->title);
		json_tri(j, "tolerant", t->tolerant);
		json_text(j, "because", t->because);
		json_end(j);
	}
	json_end(j);
}

void json_observe_audit(struct json *j, const struct assessed *one)
{
	const struct audit *audit = one->audit;

	json_text(j, "audited_address", audit->endpoint ? audit->endpoint->text : NULL);
	json_text(j, "gave_up", audit->gave_up);
	put_protocols(j, audit);
	put_ciphers(j, audit);
	put_groups(j, audit);
	put_schemes(j, audit);
	put_resumption(j, &audit->habits);
	put_certificates(j, one);
	put_dh(j, audit);
	put_habits(j, &audit->habits);
	put_ticket_keys(j, audit);
	put_tolerances(j, audit);
}

/* ---- beside the observations ------------------------------------------------------------------------------ */

static void put_vulnerability(struct json *j, const struct audit_vulnerability *v)
{
	static const char *const words[] = { "unknown", "vulnerable", "not_vulnerable", "not_applicable" };

	json_object_begin(j, NULL);
	json_key_str(j, "id", v->id);
	json_text(j, "name", v->name);
	json_text(j, "cve", v->cve);
	json_key_str(j, "status", words[v->status]);
	json_text(j, "evidence", v->because);
	json_array_begin(j, "exchanges");
	for (size_t i = 0; i < COUNT_OF(v->exchanges) && v->exchanges[i]; i++)
		json_text(j, NULL, v->exchanges[i]);
	json_end(j);
	json_end(j);
}

static void put_texts(struct json *j, const char *key, const char *const *items, size_t n)
{
	json_array_begin(j, key);
	for (size_t i = 0; i < n && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, items[i]);
	json_end(j);
}

static void put_grade(struct json *j, const char *key, const struct grade *grade)
{
	const struct { const char *key; int value; } scores[] = {
		{ "score", grade->score }, { "protocol", grade->protocol }, { "key_exchange", grade->key_exchange },
		{ "cipher", grade->cipher },
	};

	json_object_begin(j, key);
	json_key_str(j, "letter", grade_letter_name(grade->letter));
	json_key_str(j, "without_trust", grade_letter_name(grade->without_trust));
	for (size_t i = 0; i < COUNT_OF(scores); i++) {
		if (grade->has_score)
			json_key_int(j, scores[i].key, scores[i].value);
		else
			json_key_null(j, scores[i].key);
	}
	put_texts(j, "capped_by", grade->capped_by, grade->n_capped_by);
	put_texts(j, "unknown", grade->unknown, grade->n_unknown);
	json_end(j);
}

static void put_compliance(struct json *j, const struct compliance *c)
{
	json_object_begin(j, "compliance");
	json_text(j, "profile", c->profile);
	json_text(j, "title", c->title);
	json_text(j, "version", c->version);
	json_tri(j, "complies", c->complies);
	json_array_begin(j, "rules");
	for (size_t i = 0; i < c->n_results && i < AUDIT_ITEMS_MAX; i++) {
		const struct rule_result *r = &c->results[i];

		json_object_begin(j, NULL);
		json_text(j, "rule", r->what);
		json_text(j, "source", r->source);
		json_key_str(j, "outcome", rule_outcome_name(r->outcome));
		json_text(j, "fact", r->fact);
		json_key_bool(j, "advice", r->is_advice);
		json_text(j, "address", r->address);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

void json_lint(struct json *j, const struct lint_report *reports, size_t n)
{
	json_array_begin(j, "lint");
	for (size_t i = 0; i < n; i++) {
		const struct lint_report *report = &reports[i];

		json_object_begin(j, NULL);
		json_key_hex(j, "sha256", span_of(report->cert->sha256, 32));
		json_key_int(j, "passed", (int64_t)report->n_passed);
		json_key_int(j, "not_applicable", (int64_t)report->n_not_applicable);
		json_array_begin(j, "failed");
		for (size_t k = 0; k < report->n_failed; k++) {
			const struct lint_result *r = &report->failed[k];

			json_object_begin(j, NULL);
			json_key_str(j, "id", r->row->id);
			json_key_str(j, "severity", severity_name(lint_severity(report, r)));
			json_key_str(j, "public_severity", severity_name(r->row->severity));
			json_key_str(j, "title", r->row->title);
			json_text(j, "detail", r->detail);
			json_key_str(j, "source", r->row->source);
			json_end(j);
		}
		json_end(j);
		json_end(j);
	}
	json_end(j);
}

/* Timestamps of Certificate Transparency, of all certificates. */
static void put_scts(struct json *j, const struct assessment *a)
{
	char when[RFC3339_LEN];

	if (a->n_scts == 0)
		return;
	json_array_begin(j, "scts");
	for (size_t i = 0; i < a->n_scts; i++)
		for (size_t k = 0; k < a->scts[i].n; k++) {
			const struct sct *sct = &a->scts[i].items[k];

			json_object_begin(j, NULL);
			json_key_hex(j, "certificate", span_of(a->scts[i].leaf->sha256, 32));
			json_key_str(j, "from", sct_source_name(sct->source));
			json_key_hex(j, "log_id", span_of(sct->log_id, sizeof sct->log_id));
			json_text(j, "log", sct->log);
			json_text(j, "operator", sct->operator_name);
			json_key_str(j, "time", rfc3339_format(when, sct->timestamp_ms / 1000));
			json_key_str(j, "status", sct_state_name(sct->state));
			json_end(j);
		}
	json_end(j);
}

static void put_policy(struct json *j, const struct assessment *a)
{
	if (a->caa_because) {
		json_object_begin(j, "caa");
		json_tri(j, "allows_issuer", a->caa_allows);
		json_text(j, "because", a->caa_because);
		json_end(j);
	}
	if (a->tlsa_because) {
		json_object_begin(j, "tlsa");
		json_tri(j, "matches", a->tlsa_matches);
		json_text(j, "because", a->tlsa_because);
		json_end(j);
	}
	if (a->preload) {
		json_object_begin(j, "hsts_preload");
		json_tri(j, "eligible", a->preload->eligible);
		put_texts(j, "reasons", a->preload->reasons, a->preload->n_reasons);
		json_end(j);
	}
	put_scts(j, a);
	if (a->n_stores == 0)
		return;
	json_array_begin(j, "root_stores");
	for (size_t i = 0; i < a->n_stores; i++) {
		json_object_begin(j, NULL);
		json_text(j, "file", a->stores[i].path);
		json_tri(j, "trusts", a->stores[i].trusts);
		json_end(j);
	}
	json_end(j);
}

static void put_weaknesses(struct json *j, const struct assessment *a)
{
	json_array_begin(j, "weaknesses");
	for (size_t i = 0; i < a->n_weaknesses && i < AUDIT_ITEMS_MAX; i++) {
		const struct weakness *w = a->weaknesses[i];

		json_object_begin(j, NULL);
		json_key_str(j, "id", w->id);
		json_key_str(j, "severity", severity_name(w->severity));
		json_text(j, "title", w->title);
		put_texts(j, "evidence", w->evidence, w->n_evidence);
		json_key_str(j, "change", w->change->id);
		json_text(j, "reference", w->reference);
		json_end(j);
	}
	json_end(j);
}

static void put_cost(struct json *j, const struct assessment *a)
{
	const struct evidence *whole = a->diagnosis->evidence;
	int64_t connections = 0, rounds = 0, sent = 0, received = 0;

	for (size_t i = 0; i < a->n_addresses; i++) {
		connections += a->addresses[i].audit->n_connections;
		rounds += a->addresses[i].audit->n_rounds;
		sent += (int64_t)a->addresses[i].audit->bytes_sent;
		received += (int64_t)a->addresses[i].audit->bytes_received;
	}
	/* The whole run: the diagnosis before it, other fetches. */
	connections = connections > whole->n_connections ? connections : whole->n_connections;
	sent = sent > (int64_t)whole->bytes_sent ? sent : (int64_t)whole->bytes_sent;
	received = received > (int64_t)whole->bytes_received ? received : (int64_t)whole->bytes_received;
	json_object_begin(j, "cost");
	json_key_int(j, "connections", connections);
	json_key_int(j, "rounds", rounds);
	json_key_int(j, "bytes_sent", sent);
	json_key_int(j, "bytes_received", received);
	json_end(j);
}

void json_assessment(struct json *j, const struct assessment *a)
{
	const struct audit *audit = a->shown ? a->shown->audit : NULL;

	json_array_begin(j, "vulnerabilities");
	for (size_t i = 0; audit && i < audit->n_vulnerabilities && i < JSON_ITEMS_MAX; i++)
		put_vulnerability(j, &audit->vulnerabilities[i]);
	json_end(j);
	if (a->shown)
		put_grade(j, "grade", &a->shown->grade);
	else
		put_grade(j, "grade", &(struct grade){ 0 });
	json_array_begin(j, "grades");
	for (size_t i = 0; i < a->n_addresses; i++) {
		json_object_begin(j, NULL);
		json_text(j, "address", a->addresses[i].audit->endpoint ? a->addresses[i].audit->endpoint->text : NULL);
		put_grade(j, "grade", &a->addresses[i].grade);
		json_end(j);
	}
	json_end(j);
	put_weaknesses(j, a);
	json_lint(j, a->lints, a->n_lints);
	put_policy(j, a);
	if (a->compliance)
		put_compliance(j, a->compliance);
	put_cost(j, a);
}
