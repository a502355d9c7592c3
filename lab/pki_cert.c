/* One certificate from the options of a `ca` or `cert` line. RFC 5280 4. */
#include <stdio.h>
#include <stdlib.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "pki.h"

static void set_dates(struct lab *lab, X509 *cert, const char *options, bool is_ca)
{
	const char *days = text_option(lab->arena, options, "days");
	int from = is_ca ? -400 : -30, to = is_ca ? 2000 : 60;

	if (days && sscanf(days, "%d..%d", &from, &to) != 2)
		lab_fail("days=%s: wanted FROM..TO, in days from now", days);
	if (!X509_time_adj_ex(X509_getm_notBefore(cert), from, 0, NULL) ||
	    !X509_time_adj_ex(X509_getm_notAfter(cert), to, 0, NULL))
		lab_fail("days=%s: no such dates", days);
}

static void set_serial(X509 *cert)
{
	unsigned char bytes[16];
	BIGNUM *number;

	if (RAND_bytes(bytes, sizeof bytes) != 1)
		lab_fail("no random bytes");
	bytes[0] = (unsigned char)((bytes[0] & 0x3f) | 0x40);
	number = BN_bin2bn(bytes, sizeof bytes, NULL);
	BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert));
	BN_free(number);
}

static void set_name(X509 *cert, const char *common_name)
{
	X509_NAME *name = X509_get_subject_name(cert);

	if (*common_name != '\0' &&
	    !X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0))
		lab_fail("cn=%s: not a name for a certificate", common_name);
}

static void add(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	CONF *none = NCONF_new(NULL);   /* policies insist on a configuration, were it empty */

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	X509V3_set_nconf(&ctx, none);
	X509_EXTENSION *extension = X509V3_EXT_nconf_nid(none, &ctx, nid, value);
	if (!extension || !X509_add_ext(cert, extension, -1))
		lab_fail("no certificate extension of \"%s\" can be made", value);
	X509_EXTENSION_free(extension);
	NCONF_free(none);
}

/* `key` of the options where given ("-" leaves the extension out), else the default. */
static void add_option(struct lab *lab, X509 *cert, X509 *issuer, int nid, const char *options, const char *key,
		       const char *otherwise)
{
	const char *value = text_option(lab->arena, options, key);

	if (!value)
		value = otherwise;
	if (value && strcmp(value, "-") != 0)
		add(cert, issuer, nid, value);
}

/* An extension that clients do not know, marked critical; its value is NULL. */
static void add_critical(X509 *cert, const char *oid)
{
	ASN1_OBJECT *id = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();

	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 2);
	X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, id, 1, value);
	if (!extension || !X509_add_ext(cert, extension, -1))
		lab_fail("cannot add an unknown extension");
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(id);
}

static void set_extensions(struct lab *lab, X509 *cert, X509 *issuer, const char *options, const char *common_name,
			   bool is_ca)
{
	const char *san = arena_printf(lab->arena, "DNS:%s", common_name);

	add_option(lab, cert, issuer, NID_basic_constraints, options, "bc",
		   is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
	add_option(lab, cert, issuer, NID_key_usage, options, "ku",
		   is_ca ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature,keyEncipherment");
	add_option(lab, cert, issuer, NID_ext_key_usage, options, "eku", is_ca ? NULL : "serverAuth");
	add_option(lab, cert, issuer, NID_subject_alt_name, options, "san", is_ca ? NULL : san);
	add_option(lab, cert, issuer, NID_name_constraints, options, "nc", NULL);
	add_option(lab, cert, issuer, NID_info_access, options, "aia", NULL);
	add_option(lab, cert, issuer, NID_certificate_policies, options, "policies", NULL);
	add_option(lab, cert, issuer, NID_policy_constraints, options, "policy-constraints", NULL);
	add_option(lab, cert, issuer, NID_subject_key_identifier, options, "ski", "hash");
	if (issuer != cert)
		add_option(lab, cert, issuer, NID_authority_key_identifier, options, "aki", "keyid");
	if (text_has(options, "must-staple"))
		add(cert, issuer, NID_tlsfeature, "status_request");
	if (text_has(options, "unknown-critical"))
		add_critical(cert, "1.2.3.4.5.6.7");
	if (text_has(options, "precertificate"))        /* RFC 6962 3.1 */
		add_critical(cert, "1.3.6.1.4.1.11129.2.4.3");
}

static void sign(struct lab *lab, X509 *cert, EVP_PKEY *key, const char *options)
{
	const char *digest = text_option(lab->arena, options, "digest");
	bool has_own = EVP_PKEY_is_a(key, "ED25519");
	const EVP_MD *md = has_own ? NULL : EVP_get_digestbyname(digest ? digest : "sha256");

	if ((!md && !has_own) || X509_sign(cert, key, md) <= 0)
		lab_fail("cannot sign a certificate with %s", digest ? digest : "sha256");
}

X509 *pki_certificate(struct lab *lab, const char *options, const char *common_name, EVP_PKEY *subject_key,
		      const struct authority *issuer, EVP_PKEY *sign_key, bool is_ca)
{
	X509 *cert = X509_new();

	if (!cert || !X509_set_version(cert, X509_VERSION_3) || !X509_set_pubkey(cert, subject_key))
		lab_fail("cannot make a certificate");
	set_serial(cert);
	set_dates(lab, cert, options, is_ca);
	set_name(cert, common_name);
	X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer->cert) : X509_get_subject_name(cert));
	set_extensions(lab, cert, issuer ? issuer->cert : cert, options, common_name, is_ca);
	sign(lab, cert, sign_key, options);
	return cert;
}
