/* Do the certificates keep to their format: DER, RFC 5280 4, and what the CA/B Baseline Requirements 7.1
 * add. What a mainstream client refuses fails; what only the standards forbid is a note, and fails for a
 * chain on disk alone (doc/limbo.md). */
#include "rule/cert_parts.h"
#include "x509/name.h"
#include "x509/oids.h"

/* ---- what clients refuse ---------------------------------------------------------------- */

static void say_undecodable(const struct visit *visit, struct findings *findings, size_t at)
{
	const struct cert *cert = visit->chain->sent[at];
	struct finding *f = finding_add(findings, visit, "certificate.malformed",
					at == 0 ? "The server's certificate cannot be decoded" : "A certificate of the chain cannot be decoded");

	f->confidence = "certain";
	finding_evidence(findings, f, "certificate %zu, %zu bytes: %s at byte %zu", at, cert->der.n,
			 cert->malformed ? cert->malformed : "it is not DER", cert->malformed_at);
}

static void check_missing(const struct visit *visit, struct findings *findings)
{
	const struct attempt *at = visit->best ? visit->best->main : NULL;

	if (at && !at->n_chain && (at->fault == TLS_FAULT_NO_CERTIFICATE || at->has_certificate_message))
		finding_add(findings, visit, "certificate.missing", NULL)->confidence = "certain";
}

static void check_criticals(const struct visit *visit, struct findings *findings, size_t at)
{
	const struct cert *cert = visit->chain->best->certs[at];
	struct finding *f;

	if (cert->has_poison)
		cert_finding(findings, visit, "certificate.precertificate", at, "is a precertificate, made for the logs only");
	if (!cert->unknown_critical || OID_IS(cert->unknown_critical->oid, OID_CT_POISON))
		return;
	f = cert_finding(findings, visit, "certificate.unknown-critical-extension", at,
			 "holds a critical extension that clients do not know");
	finding_evidence(findings, f, "extension %s", oid_text(findings->arena, cert->unknown_critical->oid));
}

/* Faults of encoding that make OpenSSL or a browser refuse the certificate, not only frown. */
static const char *refused_for(const struct cert *cert)
{
	if (cert->has_trailing_bytes)
		return "has bytes behind its end";
	if (cert->has_duplicate_extension)
		return "holds an extension twice";
	if (cert->algorithm_differs)
		return "names two different signature algorithms inside and outside";
	if (cert->bad_time)
		return "has a date that is not written as it must be";
	for (size_t i = 0; i < cert->n_extensions; i++) {
		if (cert->extensions[i].writes_default)
			return "writes out that an extension is not critical, which DER leaves out";
		if (cert->extensions[i].is_unreadable)
			return "has an extension that does not decode";
	}
	return NULL;
}

static void check_encoding(const struct evidence *evidence, const struct visit *visit, struct findings *findings, size_t at)
{
	const struct cert *cert = visit->chain->best->certs[at];
	const char *refused = refused_for(cert);
	struct finding *f;

	if (!refused && !cert->malformed)
		return;
	f = cert_finding(findings, visit, "certificate.malformed", at, refused ? refused : "breaks the rules of its encoding");
	if (cert->malformed)
		finding_evidence(findings, f, "%s (byte %zu)", cert->malformed, cert->malformed_at);
	if (!refused)
		cert_finding_strict(evidence, f);
}

/* Equal in meaning is not enough: Firefox, GnuTLS and Go find an issuer by the bytes of its name. */
static void check_issuer_bytes(const struct visit *visit, struct findings *findings, size_t at)
{
	const struct chain_path *path = visit->chain->best;
	struct finding *f;

	if (at + 1 >= path->n || !path->certs[at]->is_decoded || !path->certs[at + 1]->is_decoded ||
	    span_equal(path->certs[at]->issuer.raw, path->certs[at + 1]->subject.raw) ||
	    !name_equal(path->certs[at]->issuer.raw, path->certs[at + 1]->subject.raw))
		return;
	f = cert_finding(findings, visit, "certificate.malformed", at, "writes its issuer's name in other bytes than the issuer does");
	finding_evidence(findings, f, "equal in meaning (%s), but of other string types or letters: Firefox, GnuTLS and Go take it for another name",
			 name_text(findings->arena, &path->certs[at]->issuer));
}

/* ---- what the standards forbid ---------------------------------------------------------- */

static bool is_critical(const struct cert *cert, struct span oid)
{
	const struct cert_extension *ext = cert_extension_find(cert, oid);

	return ext && ext->critical;
}

static const char *serial_fault(const struct cert *cert)
{
	if (cert->serial_negative)
		return "has a negative serial number (RFC 5280 4.1.2.2)";
	if (cert->serial_zero)
		return "has the serial number zero (RFC 5280 4.1.2.2)";
	if (cert->serial.n > 21 || (cert->serial.n == 21 && cert->serial.p[0]))
		return "has a serial number of more than 20 bytes (RFC 5280 4.1.2.2)";
	return NULL;
}

static const char *criticality_fault(const struct cert *cert)
{
	if (is_critical(cert, OID_SPAN(OID_INFO_ACCESS)))
		return "marks authorityInfoAccess critical (RFC 5280 4.2.2.1)";
	if (is_critical(cert, OID_SPAN(OID_AUTHORITY_KEY_ID)))
		return "marks authorityKeyIdentifier critical (RFC 5280 4.2.1.1)";
	if (is_critical(cert, OID_SPAN(OID_SUBJECT_KEY_ID)))
		return "marks subjectKeyIdentifier critical (RFC 5280 4.2.1.2)";
	return NULL;
}

/* Whether the chain holds another certificate of this authority, for the same key, that says who issued it. */
static bool is_told_elsewhere(const struct chain_facts *facts, const struct cert *authority)
{
	for (size_t i = 0; i < facts->n_sent; i++) {
		const struct cert *c = facts->sent[i];

		if (c->is_decoded && c->aki.n && span_equal(c->subject.raw, authority->subject.raw) && span_equal(c->key.spki, authority->key.spki))
			return true;
	}
	return false;
}

/*
 * Who holds a trust anchor does not look above it, so that it need not say who issued it. For a chain on disk an anchor
 * that another authority issued is asked all the same: those who hold only that other one have to find the way up by it.
 */
static bool must_name_issuer(const struct evidence *evidence, const struct chain_facts *facts, const struct cert *cert, bool is_anchor)
{
	if (cert->is_self_issued || cert->aki.n)
		return false;
	return !is_anchor || (evidence->from_file && !is_told_elsewhere(facts, cert));
}

static const char *key_id_fault(const struct cert *cert, bool is_authority, bool is_anchor, bool is_issuer_missing)
{
	if (cert->version < 3)
		return NULL;
	if (is_issuer_missing)
		return "has no authorityKeyIdentifier (RFC 5280 4.2.1.1)";
	if (is_authority && !cert->has_ski)
		return "has no subjectKeyIdentifier, as authorities must (RFC 5280 4.2.1.2)";
	if (is_authority && is_anchor && cert->is_self_issued && (cert->aki_has_issuer || cert->aki_has_serial))
		return "names issuer or serial number in its authorityKeyIdentifier (Baseline Requirements 7.1.2.1.3)";
	if (is_authority && is_anchor && cert->is_self_issued && cert->aki.n && !span_equal(cert->aki, cert->ski))
		return "has an authorityKeyIdentifier that is not its own key's, though it is self-signed (Baseline Requirements 7.1.2.1.3)";
	return NULL;
}

static const char *subtree_fault(const struct general_name *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (names[i].type == SAN_DNS && names[i].value.n && names[i].value.p[0] == '.')
			return "constrains names by one with a leading dot (RFC 5280 4.2.1.10)";
	}
	return NULL;
}

static const char *constraints_fault(const struct cert *cert)
{
	const char *why = subtree_fault(cert->permitted, cert->n_permitted);

	return why ? why : subtree_fault(cert->excluded, cert->n_excluded);
}

static const char *authority_fault(const struct cert *cert)
{
	if (name_is_empty(cert->subject.raw))
		return "is an authority without a name (RFC 5280 4.1.2.6)";
	return cert->has_name_constraints ? constraints_fault(cert) : NULL;
}

static const char *names_fault(const struct cert *leaf)
{
	uint8_t bytes[16];
	char text[64];

	for (size_t i = 0; i < leaf->n_san; i++) {
		const struct span name = leaf->san[i].value;

		if (leaf->san[i].type != SAN_DNS)
			continue;
		if (!host_name_is_valid(name))
			return "holds a name that is not written as a host name (RFC 5280 4.2.1.6)";
		if (name.n >= sizeof text)
			continue;
		memcpy(text, name.p, name.n);
		text[name.n] = 0;
		if (host_address(text, bytes))
			return "holds an address written as a host name (RFC 5280 4.2.1.6)";
	}
	return NULL;
}

static const char *leaf_fault(const struct cert *leaf)
{
	if (leaf->has_name_constraints && !leaf->is_ca)
		return "holds nameConstraints without being an authority (RFC 5280 4.2.1.10)";
	if (name_is_empty(leaf->subject.raw) && leaf->has_san && !leaf->san_critical)
		return "has no subject, and subjectAltName is not critical (RFC 5280 4.2.1.6)";
	return names_fault(leaf);
}

/* Leading zeros make it no address for inet_pton(). */
static bool is_digits_and_dots(struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] != '.' && (name.p[i] < '0' || name.p[i] > '9'))
			return false;
	}
	return name.n > 0;
}

static bool is_above(struct span name, struct span below)
{
	return below.n > name.n && below.p[below.n - name.n - 1] == '.' &&
	       span_equal_nocase(span_sub(below, below.n - name.n, name.n), name);
}

/* Baseline Requirements 7.1.4.3: the common name is one of the SAN's, character for character. A domain
 * above the names is passed over as a title: it claims no host that a visitor would miss. */
static bool common_name_is_listed(struct arena *arena, const struct cert *leaf)
{
	struct span name = span_str(leaf->subject.common_name);
	uint8_t bytes[16];
	bool is_address = is_digits_and_dots(name) || host_address(leaf->subject.common_name, bytes);

	if (leaf->n_san_dns == 0 && !is_address)
		return true;
	for (size_t i = 0; i < leaf->n_san; i++) {
		if (span_is(span_str(general_name_text(arena, &leaf->san[i])), leaf->subject.common_name))
			return true;
		if (leaf->san[i].type == SAN_DNS && is_above(name, leaf->san[i].value))
			return true;
	}
	return false;
}

static bool looks_like_host(const char *name)
{
	uint8_t bytes[16];

	return strchr(name, '.') || host_address(name, bytes);
}

static void check_standard(const struct evidence *evidence, const struct visit *visit, struct findings *findings, size_t at)
{
	const struct cert *cert = visit->chain->best->certs[at];
	bool is_anchor = at > 0 && at + 1 == visit->chain->best->n && visit->chain->is_trusted;
	const char *const why[] = {
		is_anchor ? NULL : serial_fault(cert), criticality_fault(cert),
		key_id_fault(cert, at > 0, is_anchor, must_name_issuer(evidence, visit->chain, cert, is_anchor)),
		at > 0 ? authority_fault(cert) : leaf_fault(cert),
	};

	for (size_t i = 0; i < COUNT_OF(why); i++) {
		if (why[i])
			cert_finding_strict(evidence, cert_finding(findings, visit, "certificate.malformed", at, why[i]));
	}
}

static void check_common_name(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct cert *leaf = visit->chain->leaf;
	const char *name = leaf->subject.common_name;
	struct finding *f;

	if (!name || leaf->n_san_dns + leaf->n_san_ip == 0 || !looks_like_host(name) || common_name_is_listed(findings->arena, leaf))
		return;
	f = cert_finding(findings, visit, "certificate.malformed", 0,
			 "has a common name that is none of its subjectAltName's (Baseline Requirements 7.1.4.3)");
	finding_evidence(findings, f, "common name %s; subjectAltName %s", name, cert_names_text(findings->arena, leaf, 8));
	cert_finding_strict(evidence, f);
	/* No client looks at the common name where there is a SAN: on a live server a note. */
	if (!evidence->from_file)
		f->severity = SEVERITY_INFO;
}

static void check(const struct evidence *evidence, const struct visit *visit, struct findings *findings)
{
	const struct chain_facts *facts = visit->chain;

	check_missing(visit, findings);
	for (size_t i = 0; facts && i < facts->n_sent && i < 20; i++) {
		if (!facts->sent[i]->is_decoded)
			say_undecodable(visit, findings, i);
	}
	if (!facts || !facts->best)
		return;
	for (size_t i = 0; i < facts->best->n; i++) {
		check_criticals(visit, findings, i);
		check_encoding(evidence, visit, findings, i);
		check_issuer_bytes(visit, findings, i);
		check_standard(evidence, visit, findings, i);
	}
	check_common_name(evidence, visit, findings);
}

const struct rule rule_cert_format = { .name = "cert_format", .layer = LAYER_CERTIFICATE, .check = check };
