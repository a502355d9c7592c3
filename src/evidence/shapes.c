/* The members of each struct of evidence.h, in its order. */
#include "evidence/shape.h"

#include "base/attr.h"

#define F(kind_, member) { .name = #member, .kind = FIELD_##kind_, .offset = offsetof(S, member), .size = sizeof(((S *)0)->member) }
#define E(member, max_) { .name = #member, .kind = FIELD_ENUM, .offset = offsetof(S, member), .size = sizeof(((S *)0)->member), .max = (max_) }
#define L(kind_, member, count) { .name = #member, .kind = FIELD_##kind_, .offset = offsetof(S, member), .size = sizeof(((S *)0)->member), .count_offset = offsetof(S, count) }, F(COUNT, count)
#define O(kind_, member, of_) { .name = #member, .kind = FIELD_##kind_, .offset = offsetof(S, member), .size = sizeof(((S *)0)->member), .shape = &shape_##of_ }
#define LO(kind_, member, count, of_) { .name = #member, .kind = FIELD_##kind_, .offset = offsetof(S, member), .size = sizeof(((S *)0)->member), .count_offset = offsetof(S, count), .shape = &shape_##of_ }, F(COUNT, count)
#define SHAPE(name_, type) const struct shape shape_##name_ = { #name_, sizeof(type), fields_##name_, COUNT_OF(fields_##name_) }

static const struct shape shape_visit, shape_http_evidence, shape_attempt;

#define S struct target
static const struct field fields_target[] = {
	F(TEXT_NEEDED, input), F(TEXT_NEEDED, scheme), F(TEXT_NEEDED, host), F(TEXT_NEEDED, host_shown), F(TEXT_NEEDED, path),
	F(TEXT, servername), F(TEXT, starttls), F(UINT, port), F(BOOL, has_port), F(BOOL, is_ip), F(BOOL, has_trailing_dot), F(TEXT, invalid),
};
static SHAPE(target, S);
#undef S

#define S struct dns_record
static const struct field fields_dns_record[] = {
	F(TEXT_NEEDED, owner), F(UINT, type), F(UINT, ttl), F(SPAN, rdata), F(TEXT_NEEDED, text),
};
static SHAPE(dns_record, S);
#undef S

#define S struct dns_answer
static const struct field fields_dns_answer[] = {
	E(outcome, DNS_OTHER), F(INT, rcode), F(TEXT, why), LO(STRUCTS, records, n_records, dns_record), F(TEXT, canonical_name), F(BOOL, is_circle), F(BOOL, is_cut),
	E(secure, TRI_MAX), F(DOUBLE, elapsed_ms),
};
static SHAPE(dns_answer, S);
#undef S

#define S struct dns_evidence
static const struct field fields_dns_evidence[] = {
	F(BOOL, skipped), F(TEXT, skipped_because), F(INT, system_error), F(TEXT, system_error_text), F(BOOL, system_timed_out), F(BOOL, half_silent),
	F(DOUBLE, system_ms), E(hosts_file, TRI_MAX), F(TEXT, hosts_file_line), O(STRUCT, a, dns_answer),
	O(STRUCT, aaaa, dns_answer), O(STRUCT, caa, dns_answer), O(STRUCT, https, dns_answer), O(STRUCT, tlsa, dns_answer),
	E(resolver_alive, TRI_MAX), F(TEXT, first_silent), F(TEXT, elsewhere), F(TEXT, elsewhere_address), F(TEXT, resolvers), F(TEXT, resolvers_assumed), F(TEXT, unknown),
};
static SHAPE(dns_evidence, S);
#undef S

#define S struct tcp_evidence
static const struct field fields_tcp_evidence[] = {
	E(outcome, TCP_LOCAL_ERROR), F(INT, error), F(BOOL, has_icmp), F(UINT, icmp_type), F(UINT, icmp_code), F(TEXT, icmp_from),
	F(DOUBLE, connect_ms), F(BOOL, is_held_back),
};
static SHAPE(tcp_evidence, S);
#undef S

#define S struct own_way
static const struct field fields_own_way[] = {
	F(BOOL, is_known), F(INT, error), F(TEXT, source), F(TEXT, interface), F(TEXT, gateway), E(has_link, TRI_MAX),
	E(neighbour, NEIGHBOUR_SILENT), E(has_other_family, TRI_MAX), E(lets_out, TRI_MAX),
};
static SHAPE(own_way, S);
#undef S

#define S struct offer
static const struct field fields_offer[] = {
	L(NUMBERS, versions, n_versions), L(NUMBERS, suites, n_suites), L(NUMBERS, groups, n_groups),
	L(NUMBERS, key_shares, n_key_shares), L(NUMBERS, schemes, n_schemes), L(TEXTS, alpn, n_alpn), F(TEXT, sni),
	F(UINT, hello_len), F(BOOL, has_grease), F(BOOL, has_ems), F(BOOL, has_status_request), F(BOOL, has_session_ticket),
	F(BOOL, has_renegotiation_info), F(BOOL, split_records), F(BOOL, split_segments),
};
static SHAPE(offer, S);
#undef S

#define S struct dialogue_evidence
static const struct field fields_dialogue_evidence[] = {
	F(TEXT_NEEDED, protocol), E(fault, DIALOGUE_MALFORMED), E(step, DIALOGUE_LOGIN), F(INT, code), F(TEXT, text),
	F(TEXT, greeting), F(TEXT, offers), E(offered, TRI_MAX), F(TEXT, speaks), F(SPAN, first_bytes), F(SPAN, after),
	F(DOUBLE, elapsed_ms),
};
static SHAPE(dialogue_evidence, S);
#undef S

#define S struct proxy_evidence
static const struct field fields_proxy_evidence[] = {
	F(BOOL, is_used), F(TEXT, url), F(TEXT, scheme), F(TEXT, host), F(UINT, port), F(TEXT, given_by), F(BOOL, has_login),
	F(TEXT, not_used_because), F(TEXT, not_understood), O(STRUCT, dns, dns_evidence), L(TEXTS, addresses, n_addresses), O(POINTER, tls, attempt),
	F(LEFT_OUT, chain),
};
static SHAPE(proxy_evidence, S);
#undef S

#define S struct attempt
static const struct field fields_attempt[] = {
	F(TEXT_NEEDED, name), E(kind, ATTEMPT_FULL), O(STRUCT, offer, offer), F(UINT, nth), O(STRUCT, tcp, tcp_evidence),
	O(POINTER, proxy, dialogue_evidence), O(POINTER, starttls, dialogue_evidence),
	F(UINT, mss), F(BOOL, unacknowledged), F(BOOL, unsent), F(BOOL, tls_sent), F(DOUBLE, first_byte_ms), F(DOUBLE, elapsed_ms), F(SPAN, first_bytes), E(fault, TLS_FAULT_OTHER),
	F(UINT, fault_message), F(UINT, last_message), F(UINT, alert_level), F(UINT, alert), F(BOOL, warning_alert),
	F(BOOL, reset_after_alert), F(TEXT, plain), F(TEXT, reason), F(UINT, openssl_error), F(INT, verify_error),
	F(BOOL, has_server_hello), F(BOOL, hello_retry), F(UINT, version), F(UINT, suite), F(UINT, group), F(UINT, scheme),
	F(UINT, legacy_version), F(UINT, compression), F(TEXT, alpn), F(BOOL, secure_renegotiation), F(BOOL, has_ems),
	F(BOOL, has_ticket), F(BOOL, sni_acknowledged), F(UINT, dh_bits), F(BOOL, downgrade_sentinel), F(BOOL, new_ticket), E(ech_accepted, TRI_MAX), F(SPAN, compressed_certificate), F(LEFT_OUT, client_random), L(SPANS, chain, n_chain),
	F(SPAN, server_hello), F(SPAN, encrypted_extensions), F(SPAN, key_exchange), F(UINT, certificate_compression),
	F(BOOL, has_certificate_message), F(SPAN, staple), F(BOOL, has_staple), F(SPAN, scts),
	E(client_certificate_requested, TRI_MAX), L(SPANS, client_ca_names, n_client_ca_names), F(BOOL, done),
	F(BOOL, late_alert), F(UINT, late_alert_code), E(late_fault, TLS_FAULT_OTHER), O(POINTER, http, http_evidence),
};
static SHAPE(attempt, S);
#undef S

#define S struct path_hop
static const struct field fields_path_hop[] = {
	F(UINT, hops), E(reply, PATH_ANSWER), F(TEXT, from), F(UINT, icmp_type), F(UINT, icmp_code), E(outcome, TCP_LOCAL_ERROR),
	F(BOOL, is_reset), F(BOOL, is_closed), F(BOOL, has_bytes), F(BOOL, is_unsent), F(INT, error), F(DOUBLE, elapsed_ms),
};
static SHAPE(path_hop, S);
#undef S

#define S struct path_trace
static const struct field fields_path_trace[] = {
	F(BOOL, was_sent), F(TEXT_NEEDED, sends), F(UINT, port), LO(STRUCTS, hops, n_hops, path_hop), F(UINT, n_sent),
};
static SHAPE(path_trace, S);
#undef S

#define S struct path_evidence
static const struct field fields_path_evidence[] = {
	F(BOOL, is_complete), O(STRUCT, port, path_trace), O(STRUCT, compare, path_trace), O(STRUCT, udp, path_trace),
	O(STRUCT, hello, path_trace), O(STRUCT, control, path_trace), F(UINT, mss_passes), F(UINT, mss_fails), F(UINT, reset_left),
	F(UINT, answer_left), E(lets_in, TRI_MAX),
};
static SHAPE(path_evidence, S);
#undef S

#define S struct quic_evidence
static const struct field fields_quic_evidence[] = {
	E(outcome, QUIC_MALFORMED), F(TEXT, advertised_by), F(TEXT, address), F(UINT, port), F(TEXT, versions),
	F(BOOL, has_current), F(BOOL, is_ours), O(STRUCT, icmp, tcp_evidence), F(DOUBLE, elapsed_ms),
};
static SHAPE(quic_evidence, S);
#undef S

#define S struct endpoint
static const struct field fields_endpoint[] = {
	F(ADDRESS, address), F(UINT, address_len), F(TEXT_NEEDED, text), F(INT, family), O(STRUCT, tcp, tcp_evidence),
	F(BOOL, closed_before_hello), F(BOOL, reset_before_hello), LO(POINTERS, attempts, n_attempts, attempt),
	F(ROOM, cap_attempts), F(ONE_OF, main), O(POINTER, path, path_evidence), O(POINTER, way, own_way), F(LEFT_OUT, audit),
};
static SHAPE(endpoint, S);
#undef S

#define S struct http_header
static const struct field fields_http_header[] = { F(TEXT_NEEDED, name), F(TEXT_NEEDED, value) };
static SHAPE(http_header, S);
#undef S

#define S struct http_evidence
static const struct field fields_http_evidence[] = {
	F(BOOL, asked), F(TEXT, protocol), F(TEXT, method), E(fault, HTTP_FAULT_H2_CLOSED), F(TEXT, fault_text),
	F(UINT, h2_error), F(BOOL, h2_of_stream), F(TEXT, h2_bad_field), F(BOOL, is_http1), F(BOOL, got_head), F(BOOL, got_body), F(INT, status), F(TEXT, reason), F(TEXT, version),
	LO(STRUCTS, headers, n_headers, http_header), F(SPAN, body), F(BOOL, body_cut), F(UINT, body_len), F(SPAN, first_bytes),
	F(DOUBLE, first_byte_ms), F(DOUBLE, elapsed_ms), F(BOOL, closed_clean), F(BOOL, is_abandoned), F(BOOL, has_hsts), F(BOOL, hsts_valid),
	F(BOOL, hsts_subdomains), F(BOOL, hsts_preload), F(INT, hsts_max_age), F(TEXT, location), F(TEXT, redirect_url),
	F(TEXT, redirect_fault), F(BOOL, redirect_unreadable), F(TEXT, server), F(TEXT, alt_svc), F(TEXT, csp),
};
static SHAPE(http_evidence, S);
#undef S

#define S struct resource
static const struct field fields_resource[] = {
	E(kind, RESOURCE_OTHER), F(TEXT_NEEDED, url), F(TEXT, element), F(UINT, line), F(BOOL, is_plain),
	E(treatment, MIXED_WARNED), E(works, TRI_MAX), O(POINTER, visit, visit),
};
static SHAPE(resource, S);
#undef S

#define S struct page_evidence
static const struct field fields_page_evidence[] = {
	F(BOOL, looked), F(TEXT, not_looked_because), F(BOOL, upgrade_insecure_requests), F(TEXT, meta_csp),
	LO(STRUCTS, resources, n_resources, resource), F(BOOL, cut),
};
static SHAPE(page_evidence, S);
#undef S

#define S struct plain_http
static const struct field fields_plain_http[] = {
	F(BOOL, asked), F(TEXT, address), E(tcp, TCP_LOCAL_ERROR), O(STRUCT, http, http_evidence),
};
static SHAPE(plain_http, S);
#undef S

#define S struct http_stall
static const struct field fields_http_stall[] = {
	F(BOOL, was_tried), F(UINT, mss), F(BOOL, small_answered), F(BOOL, usual_answered),
};
static SHAPE(http_stall, S);
#undef S

#define S struct mta_sts_policy
static const struct field fields_mta_sts_policy[] = {
	E(mode, MTA_STS_ENFORCE), L(TEXTS, patterns, n_patterns), F(UINT, max_age_s), F(TEXT, fault),
};
static SHAPE(mta_sts_policy, S);
#undef S

#define S struct mail_exchanger
static const struct field fields_mail_exchanger[] = { F(UINT, preference), F(TEXT_NEEDED, name), O(POINTER, visit, visit) };
static SHAPE(mail_exchanger, S);
#undef S

#define S struct mail_evidence
static const struct field fields_mail_evidence[] = {
	F(TEXT_NEEDED, domain), O(STRUCT, mx, dns_answer), O(STRUCT, sts, dns_answer), O(STRUCT, tls_rpt, dns_answer),
	F(BOOL, is_null_mx), LO(STRUCTS, exchangers, n_exchangers, mail_exchanger), F(UINT, n_left_out), F(TEXT, sts_id),
	F(TEXT, sts_fault), O(POINTER, policy_visit, visit), O(STRUCT, policy, mta_sts_policy), F(TEXT, tls_rpt_to),
};
static SHAPE(mail_evidence, S);
#undef S

#define S struct visit
static const struct field fields_visit[] = {
	O(STRUCT, target, target), O(STRUCT, proxy, proxy_evidence), F(LEFT_OUT, route), O(STRUCT, dns, dns_evidence), LO(POINTERS, endpoints, n_endpoints, endpoint),
	F(ROOM, cap_endpoints), F(ONE_OF, best), F(LEFT_OUT, chain), O(STRUCT, http, http_evidence),
	O(STRUCT, http_fallback, http_evidence), O(STRUCT, http_stall, http_stall), O(STRUCT, port80, plain_http), O(STRUCT, quic, quic_evidence), O(STRUCT, page, page_evidence),
	O(POINTER, mail, mail_evidence),
	O(POINTER, next, visit), F(BOOL, redirect_loop), F(BOOL, redirect_limit), F(TEXT, loop_why), F(DOUBLE, dns_ms),
	F(DOUBLE, tcp_ms), F(DOUBLE, tls_ms), F(DOUBLE, http_ms),
};
static SHAPE(visit, S);
#undef S

#define S struct fetched
static const struct field fields_fetched[] = { F(TEXT_NEEDED, url), F(SPAN, post), F(SPAN, body), F(TEXT, error) };
static SHAPE(fetched, S);
#undef S

#define S struct evidence
static const struct field fields_evidence[] = {
	F(LEFT_OUT, arena), F(INT, started_unix), F(INT, now_unix), E(clock_steered, TRI_MAX), F(DOUBLE, elapsed_ms), O(POINTER, visit, visit),
	F(LEFT_OUT, trust), F(LEFT_OUT, proxy_trust), L(SPANS, crls, n_crls), F(BOOL, from_file), F(LEFT_OUT, files), F(BOOL, out_of_time), F(BOOL, is_hasty), F(BOOL, has_client_certificate), F(BOOL, external),
	F(LEFT_OUT, is_replay), LO(STRUCTS, fetches, n_fetches, fetched), F(ROOM, cap_fetches), F(LEFT_OUT, wire), F(LEFT_OUT, host), F(UINT, n_connections),
	F(UINT, bytes_sent), F(UINT, bytes_received),
};
SHAPE(evidence, S);
#undef S

const struct shape *const shapes[] = {
	&shape_target, &shape_dns_record, &shape_dns_answer, &shape_dns_evidence, &shape_tcp_evidence, &shape_own_way, &shape_offer,
	&shape_dialogue_evidence, &shape_proxy_evidence,
	&shape_attempt, &shape_path_hop, &shape_path_trace, &shape_path_evidence, &shape_quic_evidence, &shape_endpoint,
	&shape_http_header, &shape_http_evidence, &shape_resource, &shape_page_evidence, &shape_plain_http, &shape_http_stall, &shape_mta_sts_policy, &shape_mail_exchanger, &shape_mail_evidence, &shape_visit, &shape_fetched, &shape_evidence, NULL,
};
