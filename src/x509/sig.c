#include "x509/sig.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

static const char *digest_name(enum cert_hash hash)
{
	switch (hash) {
	case HASH_MD5:
		return "MD5";
	case HASH_SHA1:
		return "SHA1";
	case HASH_SHA224:
		return "SHA224";
	case HASH_SHA256:
		return "SHA256";
	case HASH_SHA384:
		return "SHA384";
	case HASH_SHA512:
		return "SHA512";
	default:
		return NULL;
	}
}

static bool key_fits(enum cert_key_type key, enum cert_signer signer)
{
	switch (signer) {
	case SIGNER_RSA:
		return key == KEY_TYPE_RSA;
	case SIGNER_RSA_PSS:
		return key == KEY_TYPE_RSA || key == KEY_TYPE_RSA_PSS;
	case SIGNER_ECDSA:
		return key == KEY_TYPE_EC;
	case SIGNER_ED25519:
		return key == KEY_TYPE_ED25519;
	case SIGNER_ED448:
		return key == KEY_TYPE_ED448;
	case SIGNER_DSA:
		return key == KEY_TYPE_DSA;
	default:
		return false;
	}
}

static bool set_pss(EVP_PKEY_CTX *parameters, const struct cert_algorithm *algorithm)
{
	const char *mgf = digest_name(algorithm->pss_mgf_hash);

	return EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, algorithm->pss_salt) > 0 && mgf &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md_name(parameters, mgf, NULL) > 0;
}

static enum sig_result verify_with(EVP_PKEY *key, const struct cert_algorithm *algorithm, struct span data,
				   struct span signature)
{
	const char *digest = digest_name(algorithm->hash);
	EVP_MD_CTX *ctx;
	EVP_PKEY_CTX *parameters = NULL;
	enum sig_result result = SIG_UNSUPPORTED;

	if (!digest && algorithm->hash != HASH_NONE)
		return SIG_UNSUPPORTED;
	ctx = EVP_MD_CTX_new();
	if (ctx && EVP_DigestVerifyInit_ex(ctx, &parameters, digest, NULL, NULL, key, NULL) == 1 &&
	    (algorithm->signer != SIGNER_RSA_PSS || set_pss(parameters, algorithm)))
		result = EVP_DigestVerify(ctx, signature.p, signature.n, data.p, data.n) == 1 ? SIG_OK : SIG_BAD;
	EVP_MD_CTX_free(ctx);
	return result;
}

enum sig_result sig_verify(const struct cert_key *key, const struct cert_algorithm *algorithm,
			   struct span signed_bytes, struct span signature)
{
	const unsigned char *p = key->spki.p;
	enum sig_result result = SIG_UNSUPPORTED;
	EVP_PKEY *decoded;

	if (algorithm->signer == SIGNER_UNKNOWN || key->type == KEY_TYPE_UNKNOWN || key->spki.n > 1 << 20)
		return SIG_UNSUPPORTED;
	if (!key_fits(key->type, algorithm->signer) || signed_bytes.n == 0 || signature.n == 0)
		return SIG_BAD;
	decoded = d2i_PUBKEY(NULL, &p, (long)key->spki.n);
	if (decoded)
		result = verify_with(decoded, algorithm, signed_bytes, signature);
	EVP_PKEY_free(decoded);
	ERR_clear_error();
	return result;
}

enum sig_result cert_signed_by(const struct cert *child, const struct cert *issuer)
{
	return sig_verify(&issuer->key, &child->signature_outer, child->tbs, child->signature);
}
