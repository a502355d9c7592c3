/* Authorities that browsers no longer trust: who refuses what, by the day of the first timestamp or of issue. The
 * certificates are made here, since the real ones would be those of real authorities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/timeutil.h"
#include "client/chain.h"
#include "client/client.h"
#include "kb/distrusted.h"
#include "rule/rule.h"
#include "x509/chain.h"
#include "x509/trust.h"

extern const struct rule rule_cert_chain;

static X509 *certificate(const char *organization, const char *host, int64_t from, int64_t to, EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), host ? 77 : 7);
	ASN1_TIME_set(X509_getm_notBefore(x), (time_t)from);
	ASN1_TIME_set(X509_getm_notAfter(x), (time_t)to);
	X509_NAME_add_entry_by_txt(name, host ? "CN" : "O", MBSTRING_UTF8, (const uint8_t *)(host ? host : organization), -1, -1, 0);
	X509_set_pubkey(x, key);
	return x;
}

static void add(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *e;

	X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert_non_null(e);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

/* One timestamp, version 1: the signature is not looked at. */
static void add_timestamp(X509 *x, int64_t when)
{
	uint8_t bytes[] = { 0x04, 0x33, 0, 0x31, 0, 0x2f, 0 /* version */, [6 + 1 + 32] = 0, [6 + 1 + 32 + 8] = 0, 0,
			    4, 3, 0, 0 };
	ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;

	for (int i = 0; i < 8; i++)
		bytes[6 + 1 + 32 + i] = (uint8_t)((uint64_t)(when * 1000) >> (56 - 8 * i));
	bytes[1] = (uint8_t)(sizeof bytes - 2);
	bytes[3] = (uint8_t)(sizeof bytes - 4);
	bytes[5] = (uint8_t)(sizeof bytes - 6);
	ASN1_OCTET_STRING_set(octets, bytes, (int)sizeof bytes);
	e = X509_EXTENSION_create_by_NID(NULL, NID_ct_precert_scts, 0, octets);
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(octets);
}

static struct span der_of_x509(struct arena *arena, X509 *x)
{
	uint8_t *der = NULL;
	int n = i2d_X509(x, &der);
	struct span out = span_of(memcpy(arena_alloc(arena, (size_t)n), der, (size_t)n), (size_t)n);

	OPENSSL_free(der);
	X509_free(x);
	return out;
}

struct seen {
	bool finding;
	const char *chrome, *firefox;
};

static struct seen judge(struct arena *arena, const char *organization, const char *issued, const char *logged, bool is_private)
{
	EVP_PKEY *ca_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
	int64_t from, first;
	X509 *root, *leaf;
	struct span der[2];
	struct cert *certs[2];
	struct chain_input in = { .n_sent = 1, .host = "www.example.org" };
	struct evidence e = { .arena = arena };
	struct visit v = { .target = { .scheme = "https", .host = "www.example.org", .host_shown = "www.example.org", .port = 443 } };
	struct findings findings = { .arena = arena };
	struct client_result chrome = { 0 }, firefox = { 0 };
	struct chain_case c = { .arena = arena, .n_sent = 1, .host = "www.example.org" };
	struct seen out;

	assert_true(rfc3339_parse(issued, &from));
	assert_true(rfc3339_parse(logged, &first));
	root = certificate(organization, NULL, 1262304000, 2524607000, ca_key);
	X509_set_issuer_name(root, X509_get_subject_name(root));
	add(root, root, NID_basic_constraints, "critical,CA:TRUE");
	add(root, root, NID_key_usage, "critical,keyCertSign,cRLSign");
	add(root, root, NID_subject_key_identifier, "hash");
	X509_sign(root, ca_key, EVP_sha256());
	leaf = certificate(NULL, "www.example.org", from, from + 90 * 86400, key);
	X509_set_issuer_name(leaf, X509_get_subject_name(root));
	add(leaf, root, NID_authority_key_identifier, "keyid");
	add(leaf, root, NID_subject_alt_name, "DNS:www.example.org");
	add(leaf, root, NID_ext_key_usage, "serverAuth");
	add_timestamp(leaf, first);
	X509_sign(leaf, ca_key, EVP_sha256());
	der[0] = der_of_x509(arena, leaf);
	der[1] = der_of_x509(arena, root);
	EVP_PKEY_free(ca_key);
	EVP_PKEY_free(key);

	in.sent = der;
	in.now_unix = e.now_unix = e.started_unix = c.now_unix = from + 30 * 86400;
	e.trust = trust_load_bytes(der[1], is_private, NULL);
	assert_non_null(e.trust);
	in.trust = c.trust = e.trust;
	e.visit = &v;
	v.chain = chain_facts_build(arena, &in);
	rule_cert_chain.check(&e, &v, &findings);
	out.finding = finding_get(&findings, "certificate.distrusted-ca") != NULL;
	certs[0] = (struct cert *)(uintptr_t)v.chain->leaf;
	c.sent = (const struct cert *const *)certs;
	chain_chrome(NULL, &c, &chrome);
	chain_firefox(NULL, &c, &firefox);
	out.chrome = chrome.error;
	out.firefox = firefox.error;
	trust_free(e.trust);
	return out;
}

#define AUTHORITY "ERR_CERT_AUTHORITY_INVALID"
#define NO_LONGER "MOZILLA_PKIX_ERROR_ISSUER_NO_LONGER_TRUSTED"
#define UNKNOWN "SEC_ERROR_UNKNOWN_ISSUER"

static void who_refuses_what(void **state)
{
	static const struct {
		const char *organization, *issued, *logged;
		bool is_private;
		struct seen wanted;
	} rows[] = {
		{ "Example Trust", "2025-09-01", "2025-09-01", false, { false, NULL, NULL } },
		{ "WoSign CA Limited", "2025-09-01", "2025-09-01", false, { true, AUTHORITY, UNKNOWN } },
		{ "E-Tugra EBG A.S.", "2025-09-01", "2025-09-01", false, { true, AUTHORITY, UNKNOWN } },
		{ "Entrust, Inc.", "2024-11-11T20:00:00Z", "2024-11-11T21:00:00Z", false, { false, NULL, NULL } },
		/* Dated back by an hour, logged on the next day. */
		{ "Entrust, Inc.", "2024-11-11T23:30:00Z", "2024-11-12T00:30:00Z", false, { true, AUTHORITY, NULL } },
		{ "Entrust, Inc.", "2024-11-20", "2024-11-20", false, { true, AUTHORITY, NULL } },
		{ "Entrust, Inc.", "2024-12-01", "2024-12-01", false, { true, AUTHORITY, NO_LONGER } },
		{ "AffirmTrust", "2024-12-01", "2024-11-11", false, { true, NULL, NO_LONGER } },
		{ "e-commerce monitoring GmbH", "2024-06-30", "2024-06-30", false, { false, NULL, NULL } },
		{ "e-commerce monitoring GmbH", "2024-07-01", "2024-07-01", false, { true, AUTHORITY, NO_LONGER } },
		{ "Chunghwa Telecom Co., Ltd.", "2025-07-31", "2025-07-31", false, { false, NULL, NULL } },
		{ "Chunghwa Telecom Co., Ltd.", "2025-08-01", "2025-08-01", false, { true, AUTHORITY, NULL } },
		{ "NetLock Kft.", "2025-08-01", "2025-08-01", false, { true, AUTHORITY, NULL } },
		/* A root of one's own may be called as it likes. */
		{ "Entrust, Inc.", "2025-09-01", "2025-09-01", true, { false, NULL, NULL } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct arena *arena = arena_new(0);
		struct seen seen = judge(arena, rows[i].organization, rows[i].issued, rows[i].logged, rows[i].is_private);
		const struct seen *wanted = &rows[i].wanted;

		if (seen.finding != wanted->finding || !seen.chrome != !wanted->chrome || !seen.firefox != !wanted->firefox ||
		    (seen.chrome && strcmp(seen.chrome, wanted->chrome) != 0) ||
		    (seen.firefox && strcmp(seen.firefox, wanted->firefox) != 0))
			fail_msg("row %zu, %s of %s: finding %d, chrome %s, firefox %s", i, rows[i].organization, rows[i].issued,
				 seen.finding, seen.chrome ? seen.chrome : "-", seen.firefox ? seen.firefox : "-");
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(who_refuses_what) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
