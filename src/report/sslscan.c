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

enum { NAMES_MAX = 1000 };

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
	if (s->bits < 112 || suite_is_rc4(s))
		return s->bits < 56 ? "weak" : "medium";
	/* Its rule goes by OpenSSL's name, in which the suites of TLS 1.3 say nothing of their key exchange. */
	return s->openssl && strstr(s->openssl, "DHE") && (strstr(s->openssl, "GCM") || strstr(s->openssl, "CHACHA20")) ? "strong"
															: "acceptable";
}

/* Its words for groups: IANA's, with NIST's in brackets; another word for the curve of a suite. */
static const struct { uint16_t code; const char *nist, *curve; unsigned bits; } group_words[] = {
	{ 0x0013, "P-192", "P-192", 0 }, { 0x0015, "P-224", "P-224", 0 }, { 0x0017, "P-256", "P-256", 0 }, { 0x0018, "P-384", "P-384", 0 },
	{ 0x0019, "P-521", "P-521", 260 }, { 0x001d, NULL, "25519", 0 }, { 0x001e, NULL, "448", 0 }, { 0x0001, "K-163", "K-163", 0 },
	{ 0x0003, "B-163", "B-163", 0 }, { 0x0006, "K-233", "K-233", 0 }, { 0x0007, "B-233", "B-233", 0 }, { 0x0009, "K-283", "K-283", 0 },
	{ 0x000a, "B-283", "B-283", 0 }, { 0x000b, "K-409", "K-409", 0 }, { 0x000c, "B-409", "B-409", 0 }, { 0x000d, "K-571", "K-571", 0 },
	{ 0x000e, "B-571", "B-571", 0 }, { 0x0100, NULL, NULL, 112 }, { 0x0101, NULL, NULL, 128 },
};

static const char *group_curve(const struct kb_group *group)
{
	for (size_t i = 0; i < COUNT_OF(group_words); i++)
		if (group_words[i].code == group->code && group_words[i].curve)
			return group_words[i].curve;
	return group->name;
}

/* In TLS 1.3 no suite has a group of its own: the first of the server's. */
static const struct kb_group *group_of(const struct audit *audit, const struct audit_suites *list, size_t i)
{
	for (size_t v = 0; list->version == AUDIT_TLS13 && v < COUNT_OF(audit->groups); v++)
		for (size_t k = 0; audit->groups[v].version == AUDIT_TLS13 && k < audit->groups[v].n; k++)
			if (audit->groups[v].items[k].supported == TRI_YES)
				return kb_group(audit->groups[v].items[k].group);
	return kb_group(list->items[i].group);
}

static void suites(struct out *out, const struct audit *audit, const struct audit_suites *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct suite_view s = suite_view_of(list->version, list->items[i].code);
		const struct kb_group *group = group_of(audit, list, i);

		/* Its first one of each protocol, whoever's order that is. */
		out_printf(out, "  <cipher status=\"%s\" sslversion=\"%s\" bits=\"%u\"", i == 0 ? "preferred" : "accepted",
			   protocol_name(list->version), s.bits);
		xml_attribute(out, "cipher", s.openssl ? s.openssl : s.name);
		out_printf(out, " id=\"0x%s\" strength=\"%s\"", s.code_text, strength(&s));
		if (group) {
			xml_attribute(out, "curve", group_curve(group));
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

		const char *nist = NULL;
		unsigned bits = known ? known->security_bits : 0;

		if (list->items[i].supported != TRI_YES || !known)
			continue;
		for (size_t k = 0; k < COUNT_OF(group_words); k++) {
			if (group_words[k].code != known->code)
				continue;
			nist = group_words[k].nist;
			bits = group_words[k].bits ? group_words[k].bits : bits;
		}
		out_printf(out, "  <group sslversion=\"%s\" bits=\"%u\" name=\"%s%s%s%s\"", protocol_name(list->version), bits, known->name,
			   nist ? " (NIST " : "", nist ? nist : "", nist ? ")" : "");
		out_printf(out, " id=\"0x%04x\" />\n", (unsigned)known->code);
	}
}

static void element(struct out *out, const char *name, const char *text)
{
	out_printf(out, "      <%s>", name);
	xml_text(out, text);
	out_printf(out, "</%s>\n", name);
}

/* As OpenSSL prints it: "Nov 30 19:52:00 2026 GMT". */
static const char *asn1_time(char *buffer, size_t cap, int64_t unix_seconds)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct civil t = civil_from_unix(unix_seconds);

	snprintf(buffer, cap, "%s %2d %02d:%02d:%02d %lld GMT", months[(t.month - 1) % 12], t.day, t.hour, t.minute, t.second, (long long)t.year);
	return buffer;
}

static const char *curve_name(const struct cert *cert)
{
	return strcmp(cert->key.curve_name, "P-256") == 0 ? "prime256v1" : strcmp(cert->key.curve_name, "P-384") == 0 ? "secp384r1" :
	       strcmp(cert->key.curve_name, "P-521") == 0 ? "secp521r1" : cert->key.curve_name;
}

static const char *alternative_names(struct arena *arena, const struct cert *cert)
{
	struct out list = { 0 };
	const char *text;

	for (size_t i = 0; i < cert->n_san && i < NAMES_MAX; i++)
		if (cert->san[i].type == SAN_DNS || cert->san[i].type == SAN_IP)
			out_printf(&list, "%s%s:%s", list.n ? ", " : "", cert->san[i].type == SAN_IP ? "IP Address" : "DNS",
				   general_name_text(arena, &cert->san[i]));
	text = arena_str(arena, list.text ? list.text : "");
	out_release(&list);
	return text;
}

static void certificate(struct out *out, struct arena *arena, const struct diagnosis *d, const struct cert *cert)
{
	char when[40];

	out_str(out, "    <certificate type=\"short\">\n");
	element(out, "signature-algorithm", cert_algorithm_name(arena, &cert->signature_outer));
	out_str(out, "      <pk");
	out_printf(out, " error=\"false\"");
	xml_attribute(out, "type", cert->key.type == KEY_TYPE_EC ? "EC" : cert->key.type == KEY_TYPE_RSA ? "RSA" : "unknown");
	if (cert->key.curve_name)
		xml_attribute(out, "curve_name", curve_name(cert));
	/* Of EC keys it tells how strong they are, not how long. */
	xml_attribute_int(out, "bits", cert->key.type == KEY_TYPE_EC ? cert->key.bits / 2 : cert->key.bits);
	out_str(out, " />\n");
	element(out, "subject", cert->subject.common_name ? cert->subject.common_name : name_text(arena, &cert->subject));
	element(out, "altnames", alternative_names(arena, cert));
	element(out, "issuer", name_short(arena, &cert->issuer));
	out_printf(out, "      <self-signed>%s</self-signed>\n", cert->is_self_issued ? "true" : "false");
	element(out, "not-valid-before", asn1_time(when, sizeof when, cert->not_before_unix));
	element(out, "not-valid-after", asn1_time(when, sizeof when, cert->not_after_unix));
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

/* As with its --show-sigs. */
static void schemes(struct out *out, const struct audit_schemes *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const char *name = list->items[i] == 0x0301 ? "rsa_pkcs1_sha224" : kb_scheme_name(list->items[i]);

		out_printf(out, "  <connection-signature-algorithm sslversion=\"%s\" name=\"%s\" id=\"0x%04x\" />\n",
			   protocol_name(list->version), name ? name : "unknown", (unsigned)list->items[i]);
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
		suites(out, audit, &audit->suites[v]);
	for (size_t v = 0; v < COUNT_OF(audit->groups); v++)
		groups(out, &audit->groups[v]);
	for (size_t v = 0; v < COUNT_OF(audit->schemes); v++)
		schemes(out, &audit->schemes[v]);
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
