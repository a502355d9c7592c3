/* Certificate lint: one good certificate, and for each rule the one change that breaks it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <openssl/bn.h>

#include "lint/lint.h"
#include "base/attr.h"
#include "base/timeutil.h"
#include "x509_fixture.h"

static struct arena *arena;
static struct cert *issuer;

static struct cert *of_pem(const char *pem)
{
	struct cert **certs;

	assert_int_equal(cert_read_all(arena, span_str(pem), &certs), 1);
	return certs[0];
}

static struct cert_extension extension(const char *oid, size_t n, bool critical)
{
	return (struct cert_extension){ .oid = span_of(oid, n), .critical = critical, .is_known = true };
}

/* The fixture's leaf, made such that no rule has anything to say. */
static struct cert *good(void)
{
	static const struct span policies[] = { { (const uint8_t *)"\x67\x81\x0c\x01\x02\x01", 6 } };
	struct cert *c = of_pem(leaf_pem);

	issuer = of_pem(inter_pem);
	c->serial = span_of("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", 10);
	c->policies = (struct span *)(uintptr_t)policies;
	c->n_policies = 1;
	c->n_scts = c->n_sct_logs = 2;
	c->crl_urls = arena_array(arena, struct span, 1);
	c->crl_urls[0] = span_str("http://ca.example/crl");
	c->n_crl_urls = 1;
	c->san = arena_array(arena, struct general_name, 2);
	c->san[0] = (struct general_name){ SAN_DNS, span_str("www.example.org") };
	c->san[1] = (struct general_name){ SAN_DNS, span_str("*.example.org") };
	c->n_san = c->n_san_dns = 2;
	c->n_san_ip = 0;
	c->basic_constraints_critical = true;
	for (size_t i = 0; i < c->n_extensions; i++)
		c->extensions[i].critical = OID_IS(c->extensions[i].oid, OID_KEY_USAGE) ||
					    OID_IS(c->extensions[i].oid, OID_BASIC_CONSTRAINTS);
	return c;
}

static void name(struct cert *c, const char *text)
{
	c->san[1].value = span_str(text);
}

static void ext(struct cert *c, const char *oid, size_t n, bool critical)
{
	for (size_t i = 0; i < c->n_extensions; i++)
		if (span_equal(c->extensions[i].oid, span_of(oid, n))) {
			c->extensions[i].critical = critical;
			return;
		}
	c->extensions[0] = extension(oid, n, critical);
}
#define EXT(c, oid, critical) ext(c, oid, sizeof(oid) - 1, critical)

static void ip(struct cert *c, const char *bytes, size_t n)
{
	c->san[1] = (struct general_name){ SAN_IP, span_of(bytes, n) };
	c->n_san_ip = c->n_san_dns = 1;
}

static void rsa(struct cert *c)
{
	static uint8_t modulus[256];
	static const char exponent[] = "\x01\x00\x01";
	BIGNUM *p = BN_new(), *q = BN_new(), *n = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	/* Two Mersenne primes: far apart, no small factor. */
	BN_one(p);
	BN_lshift(p, p, 1279);
	BN_sub_word(p, 1);
	BN_one(q);
	BN_lshift(q, q, 607);
	BN_sub_word(q, 1);
	BN_mul(n, p, q, ctx);
	BN_bn2binpad(n, modulus, sizeof modulus);
	BN_free(p);
	BN_free(q);
	BN_free(n);
	BN_CTX_free(ctx);
	c->key.type = KEY_TYPE_RSA;
	c->key.bits = 2048;
	c->key.modulus = span_of(modulus, sizeof modulus);
	c->key.exponent = span_of(exponent, 3);
	c->key.parameters = span_of("\x05\x00", 2);
}

static void attribute(struct cert *c, const char *last, const char *text, uint8_t type)
{
	struct cert_attribute *all = arena_array(arena, struct cert_attribute, c->subject.n_attributes + 1);
	uint8_t *oid = arena_alloc(arena, 3);

	memcpy(oid, "\x55\x04", 2);
	oid[2] = (uint8_t)last[0];
	memcpy(all, c->subject.attributes, c->subject.n_attributes * sizeof *all);
	all[c->subject.n_attributes++] = (struct cert_attribute){ .oid = span_of(oid, 3), .type = type, .text = text,
								  .value = span_str(text) };
	c->subject.attributes = all;
}

/* p(p+2): as close as primes can be is close enough. */
static void fermat(struct cert *c)
{
	static uint8_t bytes[256];
	BIGNUM *p = BN_new(), *n = BN_new();
	BN_CTX *ctx = BN_CTX_new();

	rsa(c);
	BN_one(p);
	BN_lshift(p, p, 1000);
	BN_add_word(p, 1297);
	BN_copy(n, p);
	BN_add_word(n, 34);
	BN_mul(n, n, p, ctx);
	c->key.modulus = span_of(bytes, (size_t)BN_bn2bin(n, bytes));
	BN_free(p);
	BN_free(n);
	BN_CTX_free(ctx);
}

/* 65537^16 is a power of 65537 for every prime. */
static void roca(struct cert *c)
{
	static const uint8_t modulus[] = {
		0x01, 0x00, 0x10, 0x00, 0x78, 0x02, 0x30, 0x07, 0x1c, 0x11, 0x10, 0x1f, 0x48, 0x2c, 0xb0, 0x32,
		0x46, 0x2c, 0xb0, 0x1f, 0x48, 0x11, 0x10, 0x07, 0x1c, 0x02, 0x30, 0x00, 0x78, 0x00, 0x10, 0x00, 0x01
	};

	rsa(c);
	c->key.modulus = span_of(modulus, sizeof modulus);
}

static const char long_name[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example.org";

#define T(id) static void t_##id(struct cert *c)
T(der) { c->malformed = "a length is not minimal"; }
T(trailing_bytes) { c->has_trailing_bytes = true; }
T(version_3) { c->version = 1; }
T(serial_positive) { c->serial_negative = true; }
T(serial_length) { c->serial = span_of("aaaaaaaaaaaaaaaaaaaaa", 21); }
T(serial_entropy) { c->serial = span_of("\x12\x34", 2); }
T(serial_minimal) { c->serial = span_of("\x00\x02\x03\x04\x05\x06\x07\x08\x09\x0a", 10); }
T(signature_same) { c->algorithm_differs = true; }
T(signature_known) { c->signature_outer.signer = SIGNER_DSA; }
T(signature_parameters) { c->signature_outer.parameters = span_of("\x05\x00", 2); }
T(signature_sha1) { c->signature_outer.hash = HASH_SHA1; }
T(signature_md5) { c->signature_outer.hash = HASH_MD5; }
T(signature_curve_hash) { c->signature_outer.hash = HASH_SHA384; }
T(issuer_present) { c->issuer.n_attributes = 0; }
T(issuer_bytes) { c->issuer.raw = span_str("another"); }
T(unique_ids) { c->has_unique_ids = true; }
T(time_readable) { c->bad_time = true; }
T(time_type) { c->not_after_type = DER_GENERALIZED_TIME; }
T(time_order) { c->not_after_unix = c->not_before_unix - 1; }
T(validity_60_months) { c->not_after_unix = c->not_before_unix + 200 * 86400; }
T(validity_recommended) { c->not_after_unix = c->not_before_unix + 200 * 86400 - 1; }
T(validity_apple) { c->not_before_unix = 1570000000; c->not_after_unix = c->not_before_unix + 826 * (int64_t)86400; }
T(subject_cn_once) { attribute(c, "\x03", "www.example.org", DER_UTF8); }
T(subject_cn_in_san) { c->subject.common_name = "other.example.org"; }
T(subject_cn_exact) { c->subject.common_name = "WWW.example.org"; }
T(subject_lengths) { attribute(c, "\x0a", long_name, DER_UTF8); }
T(subject_empty_value) { attribute(c, "\x07", "-", DER_UTF8); }
T(subject_blanks) { attribute(c, "\x07", " Berlin", DER_UTF8); }
T(subject_country) { attribute(c, "\x06", "Germany", DER_PRINTABLE); }
T(subject_unit) { attribute(c, "\x0b", "Web", DER_UTF8); }
T(subject_duplicates) { attribute(c, "\x07", "Bonn", DER_UTF8); attribute(c, "\x07", "Bonn", DER_UTF8); }
T(subject_types) { attribute(c, "\x07", "Bonn", DER_T61); }
T(subject_printable) { attribute(c, "\x07", "B@nn", DER_PRINTABLE); }
T(subject_domain_validated) { attribute(c, "\x0a", "Example", DER_UTF8); }
T(subject_organization_present)
{
	static const struct span policies[] = { { (const uint8_t *)"\x67\x81\x0c\x01\x02\x02", 6 } };

	c->policies = (struct span *)(uintptr_t)policies;
}
static void policy(struct cert *c, const char *last, size_t n)
{
	c->policies = arena_array(arena, struct span, 1);
	c->policies[0] = span_of(last, n);
}

T(subject_characters) { attribute(c, "\x07", "Bo\xff\xfe", DER_UTF8); }
T(subject_one_each) { attribute(c, "\x06", "DE", DER_PRINTABLE); c->subject.attributes[c->subject.n_attributes - 1].joins_last = true; }
T(subject_order) { attribute(c, "\x0a", "Example", DER_UTF8); attribute(c, "\x07", "Bonn", DER_UTF8); }
T(subject_individual_present) { policy(c, "\x67\x81\x0c\x01\x02\x03", 6); }
T(subject_place) { policy(c, "\x67\x81\x0c\x01\x02\x02", 6); }
T(subject_extended) { policy(c, "\x67\x81\x0c\x01\x01", 5); }
T(san_present) { c->has_san = false; }
T(san_empty) { c->n_san = 0; }
T(san_critical) { c->san_critical = true; }
T(san_types) { c->san[1].type = SAN_EMAIL; }
T(san_extended) { policy(c, "\x67\x81\x0c\x01\x01", 5); }
T(san_duplicates) { name(c, "WWW.example.org"); }
T(dns_empty_label) { name(c, "a..example.org"); }
T(dns_trailing_dot) { name(c, "www.example.org."); }
T(dns_label_length) { name(c, long_name); }
T(dns_length)
{
	char *text = arena_alloc(arena, 300);

	for (size_t i = 0; i < 260; i++)
		text[i] = i % 50 == 49 ? '.' : 'a';
	memcpy(text + 260, ".org", 5);
	name(c, text);
}
T(dns_characters) { name(c, "a b.example.org"); }
T(dns_underscore) { name(c, "a_b.example.org"); }
T(dns_hyphens) { name(c, "-a.example.org"); }
T(dns_reserved_label) { name(c, "ab--c.example.org"); }
T(dns_alabel) { name(c, "xn--99999999.example.org"); }
T(dns_onion) { name(c, "expyuzz4wqqyqhjn.onion"); }
T(dns_wildcard_place) { name(c, "a.*.example.org"); }
T(dns_wildcard_suffix) { name(c, "*.co.uk"); }
T(dns_internal) { name(c, "intranet"); }
T(dns_reserved_domain) { name(c, "www.shop.local"); }
T(dns_address) { name(c, "192.0.2.1"); }
T(dns_reverse_zone) { name(c, "1.2.0.192.in-addr.arpa"); }
T(ip_length) { ip(c, "\x08\x08\x08", 3); }
T(ip_reserved) { ip(c, "\x0a\x00\x00\x01", 4); }
T(extension_once) { c->extensions[1].is_duplicate = true; }
T(extension_decodes) { c->extensions[1].is_malformed = true; }
T(extension_critical_known) { c->unknown_critical = &c->extensions[1]; }
T(not_precertificate) { c->has_poison = true; }
T(basic_constraints_leaf) { c->is_ca = true; }
T(basic_constraints_path) { c->path_length = 0; }
T(basic_constraints_critical) { c->basic_constraints_critical = false; }
T(key_usage_present) { c->has_key_usage = false; }
T(key_usage_critical) { EXT(c, OID_KEY_USAGE, false); }
T(key_usage_empty) { c->key_usage = 0; }
T(key_usage_no_ca) { c->key_usage |= KU_BIT_KEY_CERT_SIGN; }
T(key_usage_rsa) { rsa(c); c->key_usage |= KU_BIT_KEY_AGREEMENT; }
T(key_usage_ec) { c->key_usage |= KU_BIT_KEY_ENCIPHERMENT; }
T(key_usage_signs) { c->key_usage = KU_BIT_KEY_AGREEMENT; }
T(key_usage_only_bits) { c->key_usage |= KU_BIT_ENCIPHER_ONLY; }
T(eku_present) { c->has_eku = false; }
T(eku_server) { c->eku_server = false; }
T(eku_any) { c->eku_any = true; }
T(eku_forbidden) { c->eku_code = true; }
T(eku_critical) { EXT(c, OID_EXT_KEY_USAGE, true); }
T(eku_client) { c->eku_client = true; c->not_before_unix = 1808000000; c->not_after_unix = c->not_before_unix + 40 * 86400; }
T(aki_present) { c->has_aki = false; }
T(aki_critical) { EXT(c, OID_AUTHORITY_KEY_ID, true); }
T(aki_key_id) { c->aki.n = 0; }
T(aki_issuer_serial) { c->aki_has_serial = true; }
T(aki_matches) { c->aki = span_str("another key"); }
T(ski_critical) { EXT(c, OID_SUBJECT_KEY_ID, true); }
T(aia_issuer) { c->n_issuer_urls = 0; }
T(aia_critical) { EXT(c, OID_INFO_ACCESS, true); }
T(aia_scheme) { c->issuer_urls[0] = span_str("https://ca.example/i.der"); }
T(revocation_pointer) { c->n_crl_urls = c->n_ocsp_urls = 0; }
T(crl_present) { c->n_crl_urls = c->n_ocsp_urls = 0; }
T(crl_scheme) { c->crl_urls[0] = span_str("ldap://ca.example/crl"); }
T(crl_critical) { EXT(c, OID_CRL_POINTS, true); }
T(policies_present) { c->n_policies = 0; }
T(policies_reserved)
{
	static const struct span policies[] = { { (const uint8_t *)"\x2a\x03", 2 } };

	c->policies = (struct span *)(uintptr_t)policies;
}
T(policies_critical) { EXT(c, OID_POLICIES, true); }
T(policies_duplicates)
{
	struct span *twice = arena_array(arena, struct span, 2);

	twice[0] = twice[1] = c->policies[0];
	c->policies = twice;
	c->n_policies = 2;
}
T(ca_extensions) { c->has_name_constraints = true; }
T(netscape) { c->extensions[1].oid = OID_SPAN(OID_NETSCAPE_TYPE); }
T(sct_critical) { EXT(c, OID_CT_SCTS, true); }
T(sct_count) { c->n_sct_logs = 1; }
/* Extensions whose bytes are read again. */
static void content(struct cert *c, const char *oid, size_t oid_n, const char *bytes, size_t n)
{
	ext(c, oid, oid_n, OID_IS(span_of(oid, oid_n), OID_KEY_USAGE));
	for (size_t i = 0; i < c->n_extensions; i++)
		if (span_equal(c->extensions[i].oid, span_of(oid, oid_n)))
			c->extensions[i].value = span_of(bytes, n);
}
#define CONTENT(c, oid, bytes) content(c, oid, sizeof(oid) - 1, bytes, sizeof(bytes) - 1)

T(aia_shape) { CONTENT(c, OID_INFO_ACCESS, "\x30\x0f\x30\x0d\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x03\x86\x01x"); }
T(crl_shape) { CONTENT(c, OID_CRL_POINTS, "\x30\x02\x30\x00"); }
T(policies_any) { policy(c, "\x55\x1d\x20\x00", 4); }
T(policies_qualifiers)
{
	CONTENT(c, OID_POLICIES, "\x30\x16\x30\x14\x06\x02\x2a\x03\x30\x0e\x30\x0c\x06\x08\x2b\x06\x01\x05\x05\x07\x02\x02\x30\x00");
}
T(key_usage_minimal) { CONTENT(c, OID_KEY_USAGE, "\x03\x03\x00\x80\x00"); }
T(key_algorithm) { c->key.type = KEY_TYPE_ED25519; }
T(rsa_bits) { rsa(c); c->key.bits = 1024; }
T(rsa_multiple_of_8) { rsa(c); c->key.bits = 2049; }
T(rsa_exponent) { rsa(c); c->key.exponent = span_of("\x01", 1); }
T(rsa_exponent_range) { rsa(c); c->key.exponent = span_of("\x03", 1); }
T(rsa_small_factor)
{
	static uint8_t modulus[256];

	rsa(c);
	memset(modulus, 0, sizeof modulus);
	modulus[0] = 0x80;
	modulus[255] = 1;
	c->key.modulus = span_of(modulus, sizeof modulus);
}
T(rsa_close_primes) { fermat(c); }
T(rsa_roca) { roca(c); }
T(ec_curve) { c->key.curve_name = "secp256k1"; }
T(ec_named) { c->key.is_explicit_curve = true; }
T(ec_point) { c->key.bits_of_key = span_of("\x02xx", 3); }
T(rsa_parameters) { rsa(c); c->key.parameters.n = 0; }

static const struct { const char *id; void (*tune)(struct cert *c); } cases[] = {
#define LINT(id, severity, source, from, title) { #id, t_##id },
#include "lint/lints.def"
#undef LINT
};

static bool has_failed(const struct lint_report *report, const char *id)
{
	for (size_t i = 0; i < report->n_failed; i++)
		if (strcmp(report->failed[i].row->id, id) == 0)
			return true;
	return false;
}

static void the_good_one_keeps_all(void **state)
{
	struct lint_report report;

	(void)state;
	arena = arena_new(0);
	report = lint_certificate(arena, good(), issuer);
	for (size_t i = 0; i < report.n_failed; i++)
		print_message("%s: %s\n", report.failed[i].row->id, report.failed[i].detail);
	assert_int_equal(report.n_failed, 0);
	assert_true(report.n_passed > 60);
	arena_free(arena);
}

static void a_good_rsa_key_keeps_all(void **state)
{
	struct lint_report report;
	struct cert *c;

	(void)state;
	arena = arena_new(0);
	c = good();
	rsa(c);
	report = lint_certificate(arena, c, issuer);
	for (size_t i = 0; i < report.n_failed; i++)
		print_message("%s: %s\n", report.failed[i].row->id, report.failed[i].detail);
	assert_int_equal(report.n_failed, 0);
	arena_free(arena);
}

static void each_rule_fires(void **state)
{
	(void)state;
	assert_int_equal(COUNT_OF(cases), n_lint_rows);
	assert_true(n_lint_rows >= 60);
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct lint_report report;
		struct cert *c;

		arena = arena_new(0);
		c = good();
		cases[i].tune(c);
		report = lint_certificate(arena, c, issuer);
		if (!has_failed(&report, cases[i].id))
			fail_msg("%s does not fire", cases[i].id);
		assert_int_equal(report.n_failed + report.n_passed + report.n_not_applicable, n_lint_rows);
		arena_free(arena);
	}
}

/* A rule binds nobody before its day; the schedule of validity goes by the day of issue. */
static void dates_count(void **state)
{
	static const struct { const char *issued; int days; bool fails; } rows[] = {
		{ "2012-06-01", 3650, false }, { "2016-01-01", 1200, false }, { "2016-01-01", 1300, true }, { "2019-01-01", 825, false },
		{ "2019-01-01", 826, true }, { "2020-08-31", 825, false }, { "2020-09-01", 399, true }, { "2020-09-01", 398, false },
		{ "2026-03-14", 398, false }, { "2026-03-15", 201, true }, { "2026-03-15", 200, false }, { "2027-03-15", 101, true },
		{ "2027-03-15", 100, false }, { "2029-03-15", 48, true }, { "2029-03-15", 47, false },
	};
	struct lint_report report;
	struct cert *c;

	(void)state;
	arena = arena_new(0);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		c = good();
		assert_true(rfc3339_parse(rows[i].issued, &c->not_before_unix));
		c->not_after_unix = c->not_before_unix + rows[i].days * (int64_t)86400 - 1;
		report = lint_certificate(arena, c, issuer);
		if (has_failed(&report, "validity_60_months") != rows[i].fails)
			fail_msg("%s, %d days", rows[i].issued, rows[i].days);
	}
	c = good();
	c->subject.n_attributes = 0;
	t_subject_unit(c);
	c->not_before_unix = 1600000000;
	report = lint_certificate(arena, c, issuer);
	assert_false(has_failed(&report, "subject_unit"));
	arena_free(arena);
}

/* What does not decode is told once, and nothing else is made up about it. */
static void rubbish(void **state)
{
	struct lint_report report;

	(void)state;
	arena = arena_new(0);
	report = lint_certificate(arena, cert_parse(arena, span_str("\x30\x03rubbish")), NULL);
	assert_true(has_failed(&report, "der"));
	assert_int_equal(report.n_failed, 1);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_good_one_keeps_all), cmocka_unit_test(a_good_rsa_key_keeps_all),
		cmocka_unit_test(each_rule_fires), cmocka_unit_test(dates_count), cmocka_unit_test(rubbish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
