/* PKCS #12 (RFC 7292): the MAC says whether the password is right, then each safe is opened. Old files are
 * encrypted with RC2, which OpenSSL 3 has in its legacy provider alone; that is opened in a library context of its
 * own, and told, since servers and clients of today refuse such a file. Numbers of rounds are looked at first. */
#include "x509/container.h"

#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>

#include "x509/cert_parts.h"

struct opening {
	struct arena *arena;
	struct file_seen *file;
	struct container_options *options;
	const char *password;           /* the one that the MAC agrees with; NULL differs from "" here */
	int n_password;
	OSSL_LIB_CTX *context;          /* of the legacy provider; NULL until needed */
	OSSL_PROVIDER *providers[2];
	bool is_locked;                 /* something could not be opened */
};

/* SEQUENCE { INTEGER 3, SEQUENCE ..., and lengths of any form. */
bool container_is_pkcs12(struct span bytes)
{
	size_t at = 2;

	if (bytes.n < 16 || bytes.p[0] != 0x30)
		return false;
	if (bytes.p[1] > 0x80)
		at += bytes.p[1] & 0x7f;
	return at + 4 < bytes.n && at < 8 && bytes.p[at] == 0x02 && bytes.p[at + 1] == 1 && bytes.p[at + 2] == 3 && bytes.p[at + 3] == 0x30;
}

static struct span algorithm_der(struct opening *o, const X509_ALGOR *algorithm)
{
	unsigned char *bytes = NULL;
	int n = algorithm ? i2d_X509_ALGOR(algorithm, &bytes) : 0;
	struct span der = n > 0 ? arena_copy(o->arena, span_of(bytes, (size_t)n)) : (struct span){ 0 };

	OPENSSL_free(bytes);
	return der;
}

/* False where it would cost too much. Notes an old one. */
static bool algorithm_look(struct opening *o, const X509_ALGOR *algorithm, const char **name)
{
	int64_t rounds;
	bool is_old = false;

	*name = container_encryption(o->arena, algorithm_der(o, algorithm), &rounds, &is_old);
	if (is_old && !o->file->old_encryption)
		o->file->old_encryption = *name;
	if (container_afford(o->options, rounds))
		return true;
	o->file->problem = "its key derivation asks for too many rounds to be tried";
	return false;
}

static OSSL_LIB_CTX *legacy_context(struct opening *o)
{
	if (!o->context) {
		o->context = OSSL_LIB_CTX_new();
		o->providers[0] = o->context ? OSSL_PROVIDER_load(o->context, "legacy") : NULL;
		o->providers[1] = o->context ? OSSL_PROVIDER_load(o->context, "default") : NULL;
	}
	return o->context;
}

static void opening_release(struct opening *o)
{
	for (size_t i = 0; i < COUNT_OF(o->providers); i++)
		if (o->providers[i])
			OSSL_PROVIDER_unload(o->providers[i]);
	OSSL_LIB_CTX_free(o->context);
}

/* ---- bags -------------------------------------------------------------------------------------------------- */

static void key_take(struct opening *o, const PKCS8_PRIV_KEY_INFO *info, struct file_item *item)
{
	EVP_PKEY *key = info ? EVP_PKCS82PKEY(info) : NULL;
	unsigned char *der = NULL;
	int n = key ? i2d_PUBKEY(key, &der) : 0;

	if (n > 0) {
		item->spki = arena_copy(o->arena, span_of(der, (size_t)n));
		item->key_name = key_read(o->arena, item->spki, NULL).name;
		item->is_opened = true;
	} else {
		item->problem = "the key does not decode";
	}
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}

static void shrouded_key(struct opening *o, const PKCS12_SAFEBAG *bag)
{
	const X509_SIG *sealed = PKCS12_SAFEBAG_get0_pkcs8(bag);
	struct file_item *item = container_item(o->arena, o->file, ITEM_KEY, "PKCS #8 key");
	const X509_ALGOR *algorithm = NULL;
	const ASN1_OCTET_STRING *bytes = NULL;
	PKCS8_PRIV_KEY_INFO *info = NULL;

	item->within = "PKCS #12";
	item->is_encrypted = true;
	X509_SIG_get0(sealed, &algorithm, &bytes);
	if (!algorithm_look(o, algorithm, &item->encryption)) {
		item->problem = o->file->problem;
		return;
	}
	info = PKCS12_decrypt_skey(bag, o->password, o->n_password);
	if (!info)
		info = PKCS12_decrypt_skey_ex(bag, o->password, o->n_password, legacy_context(o), NULL);
	if (info)
		key_take(o, info, item);
	else
		item->problem = arena_printf(o->arena, "the password does not open the key (%s)", item->encryption);
	PKCS8_PRIV_KEY_INFO_free(info);
}

static void certificate_bag(struct opening *o, const PKCS12_SAFEBAG *bag)
{
	X509 *x509 = PKCS12_SAFEBAG_get1_cert(bag);
	unsigned char *bytes = NULL;
	int n = x509 ? i2d_X509(x509, &bytes) : 0;
	struct file_item *item = container_item(o->arena, o->file, ITEM_CERTIFICATE, "CERTIFICATE");

	item->within = "PKCS #12";
	if (n > 0) {
		item->cert = cert_parse(o->arena, arena_copy(o->arena, span_of(bytes, (size_t)n)));
		item->spki = item->cert->key.spki;
		item->key_name = item->cert->key.name;
	} else {
		item->kind = ITEM_OTHER;
		item->problem = "the certificate does not decode";
	}
	OPENSSL_free(bytes);
	X509_free(x509);
}

static void bags_read(struct opening *o, const STACK_OF(PKCS12_SAFEBAG) *bags, unsigned depth)
{
	for (int i = 0; bags && depth < 8 && i < sk_PKCS12_SAFEBAG_num(bags) && o->file->n_items < CONTAINER_ITEMS_MAX; i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);

		switch (PKCS12_SAFEBAG_get_nid(bag)) {
		case NID_keyBag: {
			struct file_item *item = container_item(o->arena, o->file, ITEM_KEY, "PKCS #8 key");

			item->within = "PKCS #12";
			key_take(o, PKCS12_SAFEBAG_get0_p8inf(bag), item);
			break;
		}
		case NID_pkcs8ShroudedKeyBag:
			shrouded_key(o, bag);
			break;
		case NID_certBag:
			if (PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate)
				certificate_bag(o, bag);
			break;
		case NID_safeContentsBag:
			bags_read(o, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
			break;
		default:
			break;
		}
	}
}

static STACK_OF(PKCS12_SAFEBAG) *sealed_open(struct opening *o, PKCS7 *p7)
{
	const PKCS7_ENC_CONTENT *content = p7->d.encrypted ? p7->d.encrypted->enc_data : NULL;
	const char *name;
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

	if (!content || !content->enc_data || !algorithm_look(o, content->algorithm, &name))
		return NULL;
	bags = PKCS12_unpack_p7encdata(p7, o->password, o->n_password);
	if (!bags)
		bags = PKCS12_item_decrypt_d2i_ex(content->algorithm, ASN1_ITEM_rptr(PKCS12_SAFEBAGS), o->password, o->n_password, content->enc_data, 1,
						  legacy_context(o), NULL);
	if (!bags && !o->file->problem)
		o->file->problem = arena_printf(o->arena, "a part of it that is encrypted with %s could not be opened", name);
	return bags;
}

static void safes_read(struct opening *o, PKCS12 *p12)
{
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);

	if (!safes)
		o->file->problem = "its contents do not decode";
	for (int i = 0; safes && i < sk_PKCS7_num(safes) && i < 64; i++) {
		PKCS7 *p7 = sk_PKCS7_value(safes, i);
		STACK_OF(PKCS12_SAFEBAG) *bags = NULL;

		if (PKCS7_type_is_data(p7))
			bags = PKCS12_unpack_p7data(p7);
		else if (PKCS7_type_is_encrypted(p7))
			bags = sealed_open(o, p7);
		bags_read(o, bags, 0);
		sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	}
	sk_PKCS7_pop_free(safes, PKCS7_free);
}

/* ---- the password ------------------------------------------------------------------------------------------ */

/* No password and an empty one are two things in PKCS #12: both are tried where none was given. */
static bool password_find(struct opening *o, PKCS12 *p12, struct container_options *options)
{
	const ASN1_INTEGER *rounds = NULL;

	PKCS12_get0_mac(NULL, NULL, NULL, &rounds, p12);
	if (rounds && (ASN1_INTEGER_get(rounds) < 0 || !container_afford(options, ASN1_INTEGER_get(rounds)))) {
		o->file->problem = "its MAC asks for too many rounds to be tried";
		return false;
	}
	o->password = options->password;
	o->n_password = options->password ? (int)strlen(options->password) : 0;
	/* Without a MAC the decryption tells. */
	if (!PKCS12_mac_present(p12))
		return true;
	if (options->password && PKCS12_verify_mac(p12, options->password, o->n_password))
		return true;
	if (!options->password || !*options->password) {
		o->password = NULL;
		if (PKCS12_verify_mac(p12, NULL, 0))
			return true;
		o->password = "";
		if (PKCS12_verify_mac(p12, "", 0))
			return true;
	}
	o->file->needs_password = true;
	o->file->problem = options->password ? "the password is wrong" : "it is protected by a password: give it with --passin, or in WHY443_PASSWORD";
	return false;
}

void container_pkcs12(struct arena *arena, struct span bytes, struct container_options *options, struct file_seen *file)
{
	struct opening o = { .arena = arena, .file = file, .options = options };
	const unsigned char *p = bytes.p;
	PKCS12 *p12 = d2i_PKCS12(NULL, &p, (long)bytes.n);

	if (!p12)
		file->problem = "this PKCS #12 does not decode: it is cut off, or damaged";
	else if (password_find(&o, p12, options))
		safes_read(&o, p12);
	PKCS12_free(p12);
	opening_release(&o);
	ERR_clear_error();
}
