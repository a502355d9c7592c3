/* An audit made by hand: a middling server on two addresses, with hostile bytes wherever a peer could
 * put them. Tests change what they are about. */
#ifndef TEST_AUDIT_SAMPLE_H
#define TEST_AUDIT_SAMPLE_H

#include <stdio.h>
#include <stdlib.h>

#include "assess/assess.h"
#include "test_report_sample.h"
#include "x509/chain.h"

static inline void audit_suite_add(struct arena *arena, struct audit *audit, uint16_t version, uint32_t code)
{
	struct audit_suites *list = (struct audit_suites *)(uintptr_t)audit_suites_of(audit, version);
	struct audit_suite *item = arena_push(arena, list->items, list->n, list->cap);

	*item = (struct audit_suite){ .code = code, .order = (unsigned)list->n };
}

static inline void audit_protocol_set(struct audit *audit, uint16_t version, enum tri supported)
{
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++)
		if (audit->protocols[i].version == version)
			audit->protocols[i].supported = supported;
}

static inline void audit_group_add(struct arena *arena, struct audit *audit, size_t list, uint16_t group)
{
	*arena_push(arena, audit->groups[list].items, audit->groups[list].n, audit->groups[list].cap) =
		(struct audit_group){ .group = group, .supported = TRI_YES, .order = (unsigned)audit->groups[list].n };
}

static inline struct span sample_file(struct arena *arena, const char *name)
{
	char path[512];
	uint8_t *bytes = arena_alloc(arena, 1 << 16);
	const char *data = getenv("TEST_DATA");
	FILE *file;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", data ? data : TEST_DATA, name);
	file = fopen(path, "rb");
	if (!file)
		return (struct span){ 0 };
	n = fread(bytes, 1, 1 << 16, file);
	fclose(file);
	return span_of(bytes, n);
}

/* TLS 1.2 and 1.3 with good suites, everything asked and answered. */
static inline struct audit *sample_audit(struct arena *arena, struct endpoint *endpoint)
{
	static const uint16_t versions[] = { AUDIT_SSL2, AUDIT_SSL3, AUDIT_TLS10, AUDIT_TLS11, AUDIT_TLS12, AUDIT_TLS13 };
	static const char *alpn[] = { "h2", HOSTILE };
	struct audit *audit = arena_new_of(arena, struct audit);
	struct span *ders;

	audit->endpoint = endpoint;
	for (size_t i = 0; i < AUDIT_PROTOCOLS; i++) {
		audit->protocols[i] = (struct audit_protocol){ .version = versions[i], .supported = i < 4 ? TRI_NO : TRI_YES,
							       .because = i < 4 ? "alert protocol_version" : NULL };
		audit->suites[i] = (struct audit_suites){ .version = versions[i], .state = { .extent = AUDIT_WHOLE },
							  .server_preference = TRI_NO };
	}
	audit_suite_add(arena, audit, AUDIT_TLS13, 0x1301);
	audit_suite_add(arena, audit, AUDIT_TLS13, 0x1302);
	audit_suite_add(arena, audit, AUDIT_TLS13, 0x1303);
	audit_suite_add(arena, audit, AUDIT_TLS12, 0xc02b);
	audit_suite_add(arena, audit, AUDIT_TLS12, 0xc02c);
	audit->groups[0] = (struct audit_groups){ .version = AUDIT_TLS13, .state = { .extent = AUDIT_WHOLE } };
	audit->groups[1] = (struct audit_groups){ .version = AUDIT_TLS12, .state = { .extent = AUDIT_WHOLE } };
	audit_group_add(arena, audit, 0, 0x11ec);
	audit_group_add(arena, audit, 0, 0x001d);
	audit_group_add(arena, audit, 1, 0x001d);
	audit->schemes[0] = (struct audit_schemes){ .version = AUDIT_TLS13, .state = { .extent = AUDIT_WHOLE } };
	audit->schemes[1] = (struct audit_schemes){ .version = AUDIT_TLS12, .state = { .extent = AUDIT_WHOLE } };
	*arena_push(arena, audit->schemes[0].items, audit->schemes[0].n, audit->schemes[0].cap) = 0x0403;
	*arena_push(arena, audit->schemes[1].items, audit->schemes[1].n, audit->schemes[1].cap) = 0x0403;
	audit->habits = (struct audit_habits){
		.extended_master_secret = TRI_YES, .encrypt_then_mac = TRI_YES, .secure_renegotiation = TRI_YES,
		.client_renegotiation = TRI_NO, .session_ids = TRI_NO, .tickets = TRI_YES, .resumption_tls13 = TRI_YES,
		.early_data = TRI_NO, .ticket_lifetime_s = 7200, .ocsp_stapling = TRI_NO, .heartbeat = TRI_NO,
		.compression = TRI_NO, .truncated_hmac = TRI_NO, .fallback_scsv = TRI_YES, .downgrade_sentinel = TRI_YES,
		.client_certificate_requested = TRI_NO, .client_certificate_required = TRI_NO, .alpn = alpn, .n_alpn = 2,
	};
	if (pem_blocks(arena, sample_file(arena, "chain/ok-ec.pem"), "CERTIFICATE", &ders) > 0)
		*arena_push(arena, audit->certificates, audit->n_certificates, audit->cap_certificates) =
			(struct audit_certificate){ .chain = ders, .n_chain = 2, .sni = "expired.example", .version = AUDIT_TLS13 };
	*arena_push(arena, audit->tolerances, audit->n_tolerances, audit->cap_tolerances) =
		(struct audit_tolerance){ "grease-suites", "unknown (GREASE) suites", TRI_YES, NULL };
	*arena_push(arena, audit->tolerances, audit->n_tolerances, audit->cap_tolerances) =
		(struct audit_tolerance){ "hello-256-511", "hellos of 256 to 511 bytes", TRI_NO, HOSTILE };
	*arena_push(arena, audit->vulnerabilities, audit->n_vulnerabilities, audit->cap_vulnerabilities) =
		(struct audit_vulnerability){ .id = "heartbleed", .name = "Heartbleed", .cve = "CVE-2014-0160",
					      .status = VULNERABILITY_NOT_APPLICABLE, .because = "no heartbeat extension",
					      .exchanges = { "hello with heartbeat", "ServerHello without it" } };
	*arena_push(arena, audit->vulnerabilities, audit->n_vulnerabilities, audit->cap_vulnerabilities) =
		(struct audit_vulnerability){ .id = "raccoon", .name = "Raccoon", .status = VULNERABILITY_UNKNOWN,
					      .because = HOSTILE };
	audit->n_connections = 40;
	audit->n_rounds = 6;
	audit->bytes_sent = 9000;
	audit->bytes_received = 120000;
	return audit;
}

/* A diagnosis whose target works, audited; `tune` may change the facts before they are judged. */
static inline struct diagnosis *sample_audited(struct arena *arena, void (*tune)(struct diagnosis *d, struct audit *audit),
					       const struct assess_options *options)
{
	struct diagnosis *d = sample_diagnosis(arena);
	struct visit *visit = d->evidence->visit;
	struct chain_input in = { 0 };
	static const struct assess_options none = { 0 };

	for (size_t i = 0; i < visit->n_endpoints; i++)
		visit->endpoints[i]->audit = sample_audit(arena, visit->endpoints[i]);
	in = (struct chain_input){ .sent = visit->endpoints[0]->audit->certificates[0].chain, .n_sent = 2,
				   .now_unix = d->evidence->now_unix };
	visit->chain = chain_facts_build(arena, &in);
	visit->chain->is_trusted = visit->chain->name_matches = true;
	visit->chain->needs_aia = false;
	if (visit->chain->best)
		((struct chain_path *)(uintptr_t)visit->chain->best)->n_problems = 0;
	((struct cert *)(uintptr_t)visit->chain->leaf)->not_after_unix = d->evidence->now_unix + 86400 * 60;
	visit->http.got_head = true;
	visit->http.has_hsts = visit->http.hsts_valid = true;
	visit->http.hsts_max_age = 63072000;
	if (tune)
		tune(d, visit->endpoints[0]->audit);
	d->assessment = assess(d, options ? options : &none);
	return d;
}

#endif
