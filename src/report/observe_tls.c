/* observations.tcp and observations.tls: each address, and each hello sent to it with the answer. */
#include "report/json_parts.h"

#include "assess/assess.h"
#include "kb/names.h"
#include "report/names.h"
#include "x509/cert.h"

enum { ENDPOINTS_MAX = 32, ATTEMPTS_MAX = 128, CERTIFICATES_MAX = 32 };

static void put_tcp(struct json *j, const struct tcp_evidence *tcp)
{
	json_key_str(j, "outcome", tcp_outcome_name(tcp->outcome));
	json_key_int(j, "errno", tcp->error);
	if (tcp->has_icmp) {
		json_object_begin(j, "icmp");
		json_key_int(j, "type", tcp->icmp_type);
		json_key_int(j, "code", tcp->icmp_code);
		json_text(j, "from", tcp->icmp_from);
		json_end(j);
	}
	json_ms(j, "connect_ms", tcp->connect_ms);
}

static void put_codes(struct json *j, const char *key, const uint16_t *codes, size_t n, enum json_registry registry)
{
	json_array_begin(j, key);
	for (size_t i = 0; i < n && i < JSON_ITEMS_MAX; i++)
		json_codepoint(j, NULL, codes[i], registry);
	json_end(j);
}

/* Codes alone: names of the suites of each hello would be most of the document. */
static void put_hex_codes(struct json *j, const char *key, const uint16_t *codes, size_t n)
{
	struct out text = { 0 };

	for (size_t i = 0; i < n && i < JSON_ITEMS_MAX; i++)
		out_printf(&text, "%s%04X", i ? " " : "", (unsigned)codes[i]);
	json_key_str(j, key, text.text ? text.text : "");
	out_release(&text);
}

static void put_offer(struct json *j, const struct offer *offer)
{
	json_object_begin(j, "offered");
	put_codes(j, "versions", offer->versions, offer->n_versions, JSON_VERSION);
	put_hex_codes(j, "ciphers", offer->suites, offer->n_suites);
	put_hex_codes(j, "groups", offer->groups, offer->n_groups);
	put_hex_codes(j, "key_shares", offer->key_shares, offer->n_key_shares);
	put_hex_codes(j, "signature_schemes", offer->schemes, offer->n_schemes);
	json_array_begin(j, "alpn");
	for (size_t i = 0; i < offer->n_alpn && i < JSON_ITEMS_MAX; i++)
		json_text(j, NULL, offer->alpn[i]);
	json_end(j);
	json_text(j, "servername", offer->sni);
	json_key_int(j, "hello_len", (int64_t)offer->hello_len);
	json_key_bool(j, "grease", offer->has_grease);
	json_key_bool(j, "split_records", offer->split_records);
	json_key_bool(j, "split_segments", offer->split_segments);
	json_end(j);
}

static void put_chosen(struct json *j, const struct attempt *at)
{
	if (!at->has_server_hello) {
		json_key_null(j, "chosen");
		return;
	}
	json_object_begin(j, "chosen");
	json_codepoint(j, "protocol", at->version, JSON_VERSION);
	json_codepoint(j, "cipher", at->suite, JSON_SUITE);
	json_codepoint(j, "group", at->group, JSON_GROUP);
	json_codepoint(j, "signature_scheme", at->scheme, JSON_SCHEME);
	if (at->dh_bits)
		json_key_int(j, "dh_bits", at->dh_bits);
	json_text(j, "alpn", at->alpn);
	json_key_bool(j, "hello_retry", at->hello_retry);
	json_key_bool(j, "secure_renegotiation", at->secure_renegotiation);
	json_key_bool(j, "extended_master_secret", at->has_ems);
	json_key_bool(j, "servername_acknowledged", at->sni_acknowledged);
	json_key_bool(j, "ocsp_stapling", at->has_staple);
	json_tri(j, "client_certificate_requested", at->client_certificate_requested);
	json_end(j);
}

static void put_alert(struct json *j, const char *key, uint8_t code)
{
	json_object_begin(j, key);
	json_key_int(j, "code", code);
	json_key_str(j, "name", kb_alert_name(code));
	json_end(j);
}

static void put_fault(struct json *j, const struct attempt *at)
{
	json_key_str(j, "fault", at->fault == TLS_FAULT_NONE ? NULL : tls_fault_name(at->fault));
	if (at->fault_message)
		json_key_int(j, "fault_message", at->fault_message);
	if (at->fault == TLS_FAULT_ALERT || at->warning_alert)
		put_alert(j, "alert", at->alert);
	if (at->late_alert)
		put_alert(j, "late_alert", at->late_alert_code);
	if (at->late_fault != TLS_FAULT_NONE)
		json_key_str(j, "late_fault", tls_fault_name(at->late_fault));
	if (at->plain)
		json_text(j, "speaks", at->plain);
	if (at->reason)
		json_text(j, "reason", at->reason);
}

static void put_served(struct json *j, const struct attempt *at)
{
	size_t n = at->n_chain < CERTIFICATES_MAX ? at->n_chain : CERTIFICATES_MAX;

	json_array_begin(j, "certificates_sha256");
	for (size_t i = 0; i < n; i++) {
		struct arena *scratch = arena_new((size_t)256 << 20);

		json_key_hex(j, NULL, span_of(cert_parse(scratch, at->chain[i])->sha256, 32));
		arena_free(scratch);
	}
	json_end(j);
}

static void put_sampled_answer(struct json *j, const struct http_evidence *http)
{
	const char *hsts = NULL;

	for (size_t i = 0; i < http->n_headers && !hsts; i++)
		hsts = strcmp(http->headers[i].name, "strict-transport-security") == 0 ? http->headers[i].value : NULL;
	json_object_begin(j, "http");
	json_key_int(j, "status", http->status);
	json_text(j, "strict_transport_security", hsts);
	json_end(j);
}

static void put_attempt(struct json *j, const struct attempt *at)
{
	json_object_begin(j, NULL);
	json_text(j, "name", at->name);
	json_key_str(j, "kind", at->kind == ATTEMPT_FULL ? "full" : "hello");
	json_key_int(j, "nth", at->nth);
	json_key_bool(j, "done", at->done);
	json_object_begin(j, "tcp");
	put_tcp(j, &at->tcp);
	if (at->mss)
		json_key_int(j, "mss", at->mss);
	if (at->unacknowledged)
		json_key_bool(j, "unacknowledged", true);
	if (at->unsent)
		json_key_bool(j, "unsent", true);
	json_end(j);
	json_observe_dialogue(j, "proxy", at->proxy);
	json_observe_dialogue(j, "starttls", at->starttls);
	put_offer(j, &at->offer);
	put_chosen(j, at);
	put_fault(j, at);
	put_served(j, at);
	json_ms(j, "first_byte_ms", at->first_byte_ms);
	json_ms(j, "elapsed_ms", at->elapsed_ms);
	json_bytes(j, "first_bytes", at->first_bytes);
	if (at->http && at->http->asked)
		put_sampled_answer(j, at->http);
	json_end(j);
}

static void put_endpoint_tcp(struct json *j, const struct endpoint *endpoint)
{
	json_object_begin(j, NULL);
	json_text(j, "address", endpoint->text);
	json_key_int(j, "family", endpoint->family == AF_INET6 ? 6 : 4);
	put_tcp(j, &endpoint->tcp);
	json_key_bool(j, "closed_before_hello", endpoint->closed_before_hello);
	json_key_bool(j, "reset_before_hello", endpoint->reset_before_hello);
	json_observe_way(j, endpoint->way);
	json_observe_path(j, endpoint->path);
	json_end(j);
}

static const struct assessed *assessed_of(const struct assessment *assessment, const struct endpoint *endpoint)
{
	for (size_t i = 0; assessment && i < assessment->n_addresses; i++)
		if (assessment->addresses[i].audit->endpoint == endpoint)
			return &assessment->addresses[i];
	return NULL;
}

static void put_endpoint_tls(struct json *j, const struct endpoint *endpoint, const struct assessment *assessment)
{
	const struct assessed *one = assessed_of(assessment, endpoint);

	json_object_begin(j, NULL);
	json_text(j, "address", endpoint->text);
	json_text(j, "main", endpoint->main ? endpoint->main->name : NULL);
	json_array_begin(j, "attempts");
	for (size_t i = 0; i < endpoint->n_attempts && i < ATTEMPTS_MAX; i++)
		put_attempt(j, endpoint->attempts[i]);
	json_end(j);
	/* That of the address which is shown stands beside the endpoints. */
	if (one && one != assessment->shown) {
		json_object_begin(j, "audit");
		json_observe_audit(j, one);
		json_end(j);
	}
	json_end(j);
}

void json_observe_tls(struct json *j, const struct visit *visit, const struct assessment *assessment)
{
	json_object_begin(j, "tcp");
	json_array_begin(j, "endpoints");
	for (size_t i = 0; i < visit->n_endpoints && i < ENDPOINTS_MAX; i++)
		put_endpoint_tcp(j, visit->endpoints[i]);
	json_end(j);
	json_end(j);
	json_object_begin(j, "tls");
	json_array_begin(j, "endpoints");
	for (size_t i = 0; i < visit->n_endpoints && i < ENDPOINTS_MAX; i++)
		put_endpoint_tls(j, visit->endpoints[i], assessment);
	json_end(j);
	if (assessment && assessment->shown)
		json_observe_audit(j, assessment->shown);
	json_end(j);
}
