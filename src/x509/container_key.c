/* Private keys in all their forms: PKCS #1 and SEC 1 (RFC 8017, RFC 5915), PKCS #8 plain and encrypted (RFC 5958,
 * RFC 8018), the old PEM encryption (RFC 1421: DEK-Info), OpenSSH's own. Of a key only the public half is kept.
 * A key derivation of too many rounds is refused: the file would cost hours. */
#include "x509/container.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "x509/cert_parts.h"
#include "x509/oids.h"
#include "x509/pem.h"

/* ---- how it is encrypted ----------------------------------------------------------------------------------- */

static const struct {
	const char *oid, *name;
	bool is_old;
} ciphers[] = {
	{ "1.2.840.113549.1.5.3", "PBES1, MD5 and DES", true }, { "1.2.840.113549.1.5.10", "PBES1, SHA-1 and DES", true },
	{ "1.2.840.113549.1.5.1", "PBES1, MD2 and DES", true }, { "1.2.840.113549.1.5.6", "PBES1, MD5 and RC2", true },
	{ "1.2.840.113549.1.5.11", "PBES1, SHA-1 and RC2", true }, { "1.2.840.113549.1.12.1.1", "RC4-128", true },
	{ "1.2.840.113549.1.12.1.2", "RC4-40", true }, { "1.2.840.113549.1.12.1.3", "3DES", false },
	{ "1.2.840.113549.1.12.1.4", "two-key 3DES", false }, { "1.2.840.113549.1.12.1.5", "RC2-128", true },
	{ "1.2.840.113549.1.12.1.6", "RC2-40", true }, { "2.16.840.1.101.3.4.1.2", "AES-128-CBC", false },
	{ "2.16.840.1.101.3.4.1.22", "AES-192-CBC", false }, { "2.16.840.1.101.3.4.1.42", "AES-256-CBC", false },
	{ "2.16.840.1.101.3.4.1.46", "AES-256-GCM", false }, { "1.2.840.113549.3.7", "3DES", false },
	{ "1.2.840.113549.3.2", "RC2", true }, { "1.3.14.3.2.7", "DES", true },
};

static const char *cipher_name(struct arena *arena, struct span oid, bool *is_old)
{
	const char *text = oid_text(arena, oid);

	for (size_t i = 0; i < COUNT_OF(ciphers); i++)
		if (strcmp(ciphers[i].oid, text) == 0) {
			*is_old |= ciphers[i].is_old;
			return ciphers[i].name;
		}
	return text;
}

/* PBKDF2-params: salt, iterationCount; scrypt-params (RFC 7914): salt, N, r, p. */
static int64_t rounds_of(struct der *kdf)
{
	int64_t rounds, r;
	bool is_scrypt = false;
	struct der in;
	struct span oid = der_get(kdf, DER_OID), salt;

	is_scrypt = OID_IS(oid, "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b");
	in = der_enter(kdf, DER_SEQUENCE);
	salt = der_get(&in, DER_OCTET_STRING);
	rounds = der_small(&in);
	(void)salt;
	if (!is_scrypt)
		return der_ok(&in) ? rounds : -1;
	r = der_small(&in);
	return der_ok(&in) && rounds > 0 && r > 0 && r < 64 && rounds < (1 << 24) ? rounds * r : -1;
}

const char *container_encryption(struct arena *arena, struct span algorithm, int64_t *rounds, bool *is_old)
{
	struct der in = der_of(algorithm, NULL), all = der_enter(&in, DER_SEQUENCE), parameters, kdf, cipher;
	struct span oid = der_get(&all, DER_OID);

	*rounds = -1;
	if (strcmp(oid_text(arena, oid), "1.2.840.113549.1.5.13") == 0) {
		parameters = der_enter(&all, DER_SEQUENCE);
		kdf = der_enter(&parameters, DER_SEQUENCE);
		*rounds = rounds_of(&kdf);
		cipher = der_enter(&parameters, DER_SEQUENCE);
		return arena_printf(arena, "PBES2, %s", cipher_name(arena, der_get(&cipher, DER_OID), is_old));
	}
	parameters = der_enter(&all, DER_SEQUENCE);
	der_get(&parameters, DER_OCTET_STRING);
	*rounds = der_small(&parameters);
	if (!der_ok(&parameters))
		*rounds = -1;
	return cipher_name(arena, oid, is_old);
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

static int password_of(char *buffer, int size, int rw, void *ctx)
{
	struct container_options *options = ctx;
	size_t n = options->password ? strlen(options->password) : 0;

	(void)rw;
	if (!options->password || n > (size_t)size)
		return -1;
	memcpy(buffer, options->password, n);
	return (int)n;
}

static void public_half(struct arena *arena, EVP_PKEY *key, struct file_item *item)
{
	unsigned char *der = NULL;
	int n = key ? i2d_PUBKEY(key, &der) : 0;

	if (n > 0) {
		item->spki = arena_copy(arena, span_of(der, (size_t)n));
		item->key_name = key_read(arena, item->spki, NULL).name;
		item->is_opened = true;
	}
	OPENSSL_free(der);
	EVP_PKEY_free(key);
	ERR_clear_error();
}

static EVP_PKEY *read_pem(struct span block, struct container_options *options)
{
	BIO *bio = BIO_new_mem_buf(block.p, (int)block.n);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, password_of, options) : NULL;

	BIO_free(bio);
	return key;
}

static void problem_say(struct arena *arena, struct container_options *options, struct file_item *item)
{
	if (item->is_opened)
		return;
	if (!item->is_encrypted)
		item->problem = "it does not decode as a private key";
	else if (options->password)
		item->problem = arena_printf(arena, "the password does not open it (%s)", item->encryption ? item->encryption : "encrypted");
}

/* EncryptedPrivateKeyInfo: true where it may be tried. */
static bool pkcs8_look(struct arena *arena, struct span der, struct container_options *options, struct file_item *item)
{
	struct der in = der_of(der, NULL), all = der_enter(&in, DER_SEQUENCE);
	struct span content, whole = { 0 };
	int64_t rounds;
	bool is_old = false;
	uint8_t tag;

	item->is_encrypted = true;
	if (!der_next(&all, &tag, &content, &whole))
		return false;
	item->encryption = container_encryption(arena, whole, &rounds, &is_old);
	if (!options->password || container_afford(options, rounds))
		return true;
	item->problem = "its key derivation asks for too many rounds to be tried";
	return false;
}

/* "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,IV". */
static bool dek_info(struct arena *arena, struct span body, struct file_item *item)
{
	long at = span_find(body, span_str("DEK-Info: "));
	struct span rest;
	size_t n = 0;

	if (at < 0)
		return false;
	rest = span_sub(body, (size_t)at + 10, 40);
	while (n < rest.n && rest.p[n] != ',' && rest.p[n] != '\n' && rest.p[n] != '\r')
		n++;
	item->is_encrypted = true;
	item->encryption = arena_printf(arena, "%s, in the old way of PEM", arena_strn(arena, rest.p, n));
	return true;
}

/* PROTOCOL.key of OpenSSH. "openssh-key-v1", cipher, ... */
static void openssh_look(struct arena *arena, struct span der, struct file_item *item)
{
	struct rd rd = rd_of(der);
	struct span cipher;

	rd_skip(&rd, 15);
	cipher = rd_bytes(&rd, rd_u32(&rd) & 0xff);
	item->is_encrypted = rd_ok(&rd) && !span_is(cipher, "none");
	item->encryption = item->is_encrypted ? arena_strn(arena, cipher.p, cipher.n) : NULL;
	item->problem = "OpenSSH's own form, which TLS servers do not read: `ssh-keygen -p -m PEM -f FILE` rewrites it";
}

void container_key_pem(struct arena *arena, struct span block, struct span body, struct container_options *options, struct file_item *item)
{
	if (strcmp(item->label, "OPENSSH PRIVATE KEY") == 0) {
		openssh_look(arena, pem_base64(arena, body), item);
		return;
	}
	if (strcmp(item->label, "ENCRYPTED PRIVATE KEY") == 0) {
		if (!pkcs8_look(arena, pem_base64(arena, body), options, item))
			return;
	} else {
		dek_info(arena, body, item);
	}
	if (!item->is_encrypted || options->password)
		public_half(arena, read_pem(block, options), item);
	problem_say(arena, options, item);
}

void container_key_der(struct arena *arena, struct span der, struct container_options *options, struct file_item *item)
{
	const unsigned char *p = der.p;
	BIO *bio;

	if (strcmp(item->label, "ENCRYPTED PRIVATE KEY") != 0) {
		public_half(arena, d2i_AutoPrivateKey(NULL, &p, (long)der.n), item);
	} else if (pkcs8_look(arena, der, options, item) && options->password) {
		bio = BIO_new_mem_buf(der.p, (int)der.n);
		public_half(arena, bio ? d2i_PKCS8PrivateKey_bio(bio, NULL, password_of, options) : NULL, item);
		BIO_free(bio);
	}
	if (!item->problem)
		problem_say(arena, options, item);
}
