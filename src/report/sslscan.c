/* The XML that sslscan 2 writes, for scripts that read it: <document><ssltest> with protocol, cipher,
 * group, certificate elements. Element and attribute names are facts of its interface. Where a fact is
 * not known its element is left out: that form has no word for it. */
#include <stdio.h>

#include "assess/assess.h"
#include "assess/suite.h"
#include "base/timeutil.h"
#include "kb/names.h"
#include "report/report.h"
#include "report/xml.h"
#include "x509/name.h"

static const char *protocol_name(uint16_t version)
{
	switch (version) {
	case AUDIT_SSL2: return "SSLv2";
	case AUDIT_SSL3: return "SSLv3";
	case AUDIT_TLS10: return "TLSv1.0";
	case AUDIT_TLS11: return "TLSv1.1";
	case AUDIT_TLS12: return "TLSv1.2";
	default: return "TLSv1.3";
	}
}

static void protocols(struct out *out, const struct audit *audit)
{
	static const struct { uint16_t version; const char *type, *number; } rows[] = {
		{ AUDIT_SSL2, "ssl", "2" }, { AUDIT_SSL3, "ssl", "3" }, { AUDIT_TLS10, "tls", "1.0" }, { AUDIT_TLS11, "tls", "1.1" },
		{ AUDIT_TLS12, "tls", "1.2" }, { AUDIT_TLS13, "tls", "1.3" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum tri has = audit_has_protocol(audit, rows[i].version);

		if (has != TRI_UNKNOWN)
			out_printf(out, "  <protocol type=\"%s\" version=\"%s\" enabled=\"%d\" />\n", rows[i].type, rows[i].number,
				   has == TRI_YES);
	}
}

static void habit(struct out *out, const char *element, const char *attribute, enum tri value, const char *rest)
{
	if (value != TRI_UNKNOWN)
		out_printf(out, "  <%s %s=\"%d\"%s />\n", element, attribute, value == TRI_YES, rest);
}

static const char *strength(const struct suite_view *s)
{
	if (suite_is_null(s))
		return "null";
	if (suite_is_anonymous(s))
		return "anonymous";
	return s->bits < 56 ? "weak" : s->bits < 112 || suite_is_rc4(s) ? "medium" : s->class == KB_CLASS_RECOMMENDED ? "strong" : "acceptable";
}

static void suites(struct out *out, const struct audit_suites *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct suite_view s = suite_view_of(list->version, list->items[i].code);
		const struct kb_group *group = kb_group(list->items[i].group);

		out_printf(out, "  <cipher status=\"%s\" sslversion=\"%s\" bits=\"%u\"", i == 0 && list->server_preference == TRI_YES
			   ? "preferred" : "accepted", protocol_name(list->version), s.bits);
		xml_attribute(out, "cipher", s.openssl ? s.openssl : s.name);
		out_printf(out, " id=\"0x%s\" strength=\"%s\"", s.code_text, strength(&s));
		if (group) {
			xml_attribute(out, "curve", group->openssl ? group->openssl : group->name);
			xml_attribute_int(out, "ecdhebits", group->bits);
		}
		if (list->items[i].dh_bits)
			xml_attribute_int(out, "dhebits", list->items[i].dh_bits);
		out_str(out, " />\n");
	}
}

static void groups(struct out *out, const struct audit_groups *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct kb_group *known = kb_group(list->items[i].group);

		if (list->items[i].supported != TRI_YES || !known)
			continue;
		out_printf(out, "  <group sslversion=\"%s\" bits=\"%u\"", protocol_name(list->version), known->security_bits);
		xml_attribute(out, "name", known->openssl ? known->openssl : known->name);
		out_printf(out, " id=\"0x%04x\" />\n", (unsigned)known->code);
	}
}

static void element(struct out *out, const char *name, const char *text)
{
	out_printf(out, "      <%s>", name);
	xml_text(out, text);
	out_printf(out, "</%s>\n", name);
}

static void certificate(struct out *out, struct arena *arena, const struct diagnosis *d, const struct cert *cert)
{
	char when[RFC3339_LEN];

	out_str(out, "    <certificate type=\"short\">\n");
	element(out, "signature-algorithm", cert_algorithm_name(arena, &cert->signature_outer));
	out_str(out, "      <pk");
	out_printf(out, " error=\"false\"");
	xml_attribute(out, "type", cert->key.type == KEY_TYPE_EC ? "EC" : cert->key.type == KEY_TYPE_RSA ? "RSA" : "unknown");
	xml_attribute_int(out, "bits", cert->key.bits);
	if (cert->key.curve_name)
		xml_attribute(out, "curve_name", cert->key.curve_name);
	out_str(out, " />\n");
	element(out, "subject", cert->subject.common_name ? cert->subject.common_name : name_text(arena, &cert->subject));
	element(out, "altnames", cert_names_text(arena, cert, 1000));
	element(out, "issuer", name_short(arena, &cert->issuer));
	out_printf(out, "      <self-signed>%s</self-signed>\n", cert->is_self_issued ? "true" : "false");
	element(out, "not-valid-before", when_format(when, cert->not_before_unix));
	element(out, "not-valid-after", when_format(when, cert->not_after_unix));
	out_printf(out, "      <expired>%s</expired>\n    </certificate>\n",
		   cert->not_after_unix < d->evidence->now_unix ? "true" : "false");
}

static void heartbleed(struct out *out, const struct audit *audit)
{
	for (size_t i = 0; i < audit->n_vulnerabilities; i++) {
		const struct audit_vulnerability *v = &audit->vulnerabilities[i];

		if (strcmp(v->id, "heartbleed") != 0 || v->status == VULNERABILITY_UNKNOWN)
			continue;
		for (size_t p = 0; p < AUDIT_PROTOCOLS; p++)
			if (audit->protocols[p].version >= AUDIT_TLS10 && audit->protocols[p].supported == TRI_YES)
				out_printf(out, "  <heartbleed sslversion=\"%s\" vulnerable=\"%d\" />\n",
					   protocol_name(audit->protocols[p].version), v->status == VULNERABILITY_VULNERABLE);
	}
}

static void address(struct out *out, struct arena *arena, const struct diagnosis *d, const struct assessed *one)
{
	const struct target *target = &d->evidence->visit->target;
	const struct audit *audit = one->audit;
	const struct audit_habits *h = &audit->habits;

	out_str(out, " <ssltest");
	xml_attribute(out, "host", audit->endpoint && audit->endpoint->text ? audit->endpoint->text : target->host);
	xml_attribute(out, "sniname", target->servername ? target->servername : target->host);
	xml_attribute_int(out, "port", target->port);
	out_str(out, ">\n");
	protocols(out, audit);
	habit(out, "fallback", "supported", h->fallback_scsv, "");
	habit(out, "renegotiation", "supported", h->secure_renegotiation,
	      h->secure_renegotiation == TRI_YES ? " secure=\"1\"" : " secure=\"0\"");
	habit(out, "compression", "supported", h->compression, "");
	heartbleed(out, audit);
	for (size_t v = AUDIT_PROTOCOLS; v-- > 0;)
		suites(out, &audit->suites[v]);
	for (size_t v = 0; v < COUNT_OF(audit->groups); v++)
		groups(out, &audit->groups[v]);
	out_str(out, "  <certificates>\n");
	for (size_t i = 0; i < audit->n_certificates; i++)
		if (audit->certificates[i].n_chain > 0 && assessed_first(one, i) == i)
			certificate(out, arena, d, one->chains[i][0]);
	out_str(out, "  </certificates>\n </ssltest>\n");
}

static void sslscan_render(struct out *out, const struct diagnosis *d, const struct report_options *options)
{
	struct arena *arena = arena_new((size_t)128 << 20);

	(void)options;
	out_str(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<document title=\"SSLScan Results\" version=\"why443 " WHY443_VERSION
		"\" web=\"http://github.com/rbsec/sslscan\">\n");
	for (size_t i = 0; d->assessment && i < d->assessment->n_addresses; i++)
		address(out, arena, d, &d->assessment->addresses[i]);
	out_str(out, "</document>\n");
	arena_free(arena);
}

const struct renderer renderer_sslscan = { .name = "sslscan-xml", .media = "application/xml", .render = sslscan_render };
