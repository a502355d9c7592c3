/* For testssl.sh's flat JSON: suites in their order, what is negotiated, what each client gets. */
#include <stdio.h>

#include "base/attr.h"
#include "kb/names.h"
#include "report/testssl_parts.h"

static const char *order_name(uint16_t version)
{
	switch (version) {
	case AUDIT_SSL2: return "SSLv2";
	case AUDIT_SSL3: return "SSLv3";
	case AUDIT_TLS10: return "TLSv1";
	case AUDIT_TLS11: return "TLSv1_1";
	case AUDIT_TLS12: return "TLSv1_2";
	default: return "TLSv1_3";
	}
}

static const char *suite_name(struct flat_json *f, uint16_t version, uint32_t code)
{
	struct suite_view s = suite_view_of(version, code);

	return arena_str(f->arena, s.openssl ? s.openssl : s.name);
}

void testssl_orders(struct flat_json *f)
{
	struct out secret = { 0 };

	for (size_t v = AUDIT_PROTOCOLS; v-- > 0;) {
		const struct audit_suites *list = &f->audit->suites[v];
		struct out order = { 0 };

		for (size_t i = 0; i < list->n; i++) {
			struct suite_view s = suite_view_of(list->version, list->items[i].code);
			const char *name = suite_name(f, list->version, list->items[i].code);

			out_printf(&order, "%s%s", i ? " " : "", name);
			if (s.has_forward_secrecy && list->version >= AUDIT_TLS12)
				out_printf(&secret, "%s%s", secret.n ? " " : "", name);
		}
		if (list->n > 1 && list->server_preference == TRI_YES)
			testssl_put(f, arena_printf(f->arena, "cipherorder_%s", order_name(list->version)), "INFO", NULL, order.text);
		out_release(&order);
	}
	if (secret.n)
		testssl_put(f, "FS_ciphers", "INFO", NULL, secret.text);
	out_release(&secret);
}

/* Suites that BEAST is about, of the two versions it is about. */
void testssl_beast(struct flat_json *f)
{
	static const struct { uint16_t version; const char *id; } rows[] = { { AUDIT_SSL3, "BEAST_CBC_SSL3" }, { AUDIT_TLS10, "BEAST_CBC_TLS1" } };

	for (size_t r = 0; r < COUNT_OF(rows); r++) {
		const struct audit_suites *list = audit_suites_of(f->audit, rows[r].version);
		struct out names = { 0 };

		for (size_t i = 0; list && i < list->n; i++) {
			struct suite_view s = suite_view_of(list->version, list->items[i].code);

			if (suite_is_cbc(&s))
				out_printf(&names, "%s%s", names.n ? " " : "", suite_name(f, list->version, list->items[i].code));
		}
		if (names.n)
			testssl_put(f, rows[r].id, "MEDIUM", "CVE-2011-3389", names.text);
		out_release(&names);
	}
}

/* What is shown to who names no host, and whether a hello of many suites is taken. */
void testssl_nameless(struct flat_json *f)
{
	for (size_t i = 0; i < f->audit->n_certificates; i++) {
		const struct audit_certificate *c = &f->audit->certificates[i];

		if (c->sni || c->n_chain == 0)
			continue;
		testssl_put(f, "cert_commonName_wo_SNI", "INFO", NULL,
			    f->one->chains[i][0]->subject.common_name ? f->one->chains[i][0]->subject.common_name : "no CN");
		break;
	}
	for (size_t i = 0; i < f->audit->n_tolerances; i++) {
		enum tri tolerant = f->audit->tolerances[i].tolerant;

		if (strcmp(f->audit->tolerances[i].id, "many-suites") == 0 && tolerant != TRI_UNKNOWN)
			testssl_put(f, "pre_128cipher", tolerant == TRI_YES ? "INFO" : "MEDIUM", NULL,
				    tolerant == TRI_YES ? "No 128 cipher limit bug" : "128 cipher limit bug");
	}
}

static const char *version_severity(uint16_t version)
{
	return version >= AUDIT_TLS12 ? "OK" : version >= AUDIT_TLS10 ? "MEDIUM" : "CRITICAL";
}

void testssl_negotiated(struct flat_json *f)
{
	const struct attempt *main = f->audit->endpoint ? f->audit->endpoint->main : NULL;
	struct out groups = { 0 };

	testssl_put(f, "service", "INFO", NULL, target_is_http(&f->d->evidence->visit->target) ? "HTTP"
		    : f->d->evidence->visit->target.starttls ? f->d->evidence->visit->target.starttls : "Couldn't determine service");
	if (main && main->version)
		testssl_put(f, "protocol_negotiated", version_severity(main->version), NULL,
			    arena_printf(f->arena, "Default protocol %s", order_name(main->version)));
	if (main && main->version && main->suite)
		testssl_put(f, "cipher_negotiated", "OK", NULL, suite_name(f, main->version, main->suite));
	for (size_t v = 0; v < COUNT_OF(f->audit->groups); v++)
		for (size_t i = 0; i < f->audit->groups[v].n; i++) {
			const struct kb_group *known = kb_group(f->audit->groups[v].items[i].group);

			if (f->audit->groups[v].items[i].supported == TRI_YES && known && known->kind == KB_GROUP_FFDHE &&
			    !(groups.text && strstr(groups.text, known->name)))
				out_printf(&groups, "%s%s", groups.n ? " " : "", known->name);
		}
	if (groups.n)
		testssl_put(f, "DH_groups", "OK", NULL, groups.text);
	for (size_t i = 0; i < f->audit->habits.n_alpn; i++)
		if (strcmp(f->audit->habits.alpn[i], "h2") == 0)
			testssl_put(f, "ALPN_HTTP2", "OK", NULL, "h2");
	out_release(&groups);
}

void testssl_clients(struct flat_json *f)
{
	for (size_t i = 0; i < f->d->n_clients; i++) {
		const struct client_row *row = &f->d->clients[i];
		const struct client_result *r = &row->result;
		const char *version = r->version ? kb_version_name(r->version) : NULL;

		if (r->unknown)
			continue;
		testssl_put(f, arena_printf(f->arena, "clientsimulation-%s_%s", row->client->id, row->client->version ? row->client->version : ""), "INFO",
			    NULL, r->outcome == CLIENT_ERROR ? "No connection" : arena_printf(f->arena, "%s %s", version ? version : "",
				  r->suite ? suite_name(f, r->version, r->suite) : ""));
	}
}
