/* RSA signatures of ServerKeyExchanges that came anyway: a fault in the arithmetic of the Chinese remainder theorem
 * shows as one that does not verify (Weimer 2015). Nothing is computed from it. RFC 5246 7.4.3, RFC 8422 5.4. */
#include "audit/parts.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/rd.h"
#include "tls/codes.h"
#include "x509/cert.h"

enum { VERIFIED_MAX = 48, NAMED_CURVE = 3 };

struct signer {
	struct span leaf;
	EVP_PKEY *key;          /* NULL: none of RSA */
};

struct signed_exchange {
	struct span params, signature;
	uint16_t scheme;        /* 0: MD5 and SHA-1 together, before TLS 1.2 */
};

static bool read_exchange(const struct attempt *at, struct signed_exchange *out)
{
	struct rd rd = rd_of(at->key_exchange), part;

	*out = (struct signed_exchange){ 0 };
	if (at->dh_bits > 0) {
		for (unsigned i = 0; i < 3; i++)
			(void)rd_vec16(&rd);
	} else {
		if (rd_u8(&rd) != NAMED_CURVE)
			return false;
		(void)rd_u16(&rd);
		(void)rd_vec8(&rd);
	}
	out->params = span_of(at->key_exchange.p, at->key_exchange.n - rd.n);
	if (at->version >= TLS_1_2)
		out->scheme = rd_u16(&rd);
	part = rd_vec16(&rd);
	out->signature = rd_rest(&part);
	return rd_done(&rd) && out->signature.n > 0;
}

static const EVP_MD *hash_of(uint16_t scheme)
{
	switch (scheme) {
	case 0: return EVP_md5_sha1();
	case 0x0101: return EVP_md5();
	case 0x0201: return EVP_sha1();
	case 0x0401:
	case 0x0804: return EVP_sha256();
	case 0x0501:
	case 0x0805: return EVP_sha384();
	case 0x0601:
	case 0x0806: return EVP_sha512();
	default: return NULL;
	}
}

/* YES or NO; unknown where the library will not tell. */
static enum tri verify(EVP_PKEY *key, const struct attempt *at, const struct signed_exchange *x)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how = NULL;
	const EVP_MD *hash = hash_of(x->scheme);
	bool is_pss = x->scheme >> 8 == 0x08;
	enum tri result = TRI_UNKNOWN;

	if (ctx && hash && at->server_hello.n >= 34 && EVP_DigestVerifyInit(ctx, &how, hash, NULL, key) == 1 &&
	    (!is_pss || (EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
			 EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1)) &&
	    EVP_DigestVerifyUpdate(ctx, at->client_random.p, at->client_random.n) == 1 &&
	    EVP_DigestVerifyUpdate(ctx, at->server_hello.p + 2, 32) == 1 && EVP_DigestVerifyUpdate(ctx, x->params.p, x->params.n) == 1)
		result = EVP_DigestVerifyFinal(ctx, x->signature.p, x->signature.n) == 1 ? TRI_YES : TRI_NO;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return result;
}

static EVP_PKEY *rsa_key_of(struct arena *arena, struct span leaf)
{
	const struct cert *cert = cert_parse(arena, leaf);
	const uint8_t *p = cert->key.spki.p;

	return cert->key.modulus.n > 0 && cert->key.modulus.n <= 1024 ? d2i_PUBKEY(NULL, &p, (long)cert->key.spki.n) : NULL;
}

/* To read a key takes longer than to verify with it, and nearly all answers are signed by the same one. NULL: no RSA key. */
static EVP_PKEY *last_key(struct asking *asking, struct span leaf)
{
	struct signer **signer = asking_signer(asking);

	if (!*signer || !span_equal((*signer)->leaf, leaf)) {
		signature_end(asking);
		*signer = arena_new_of(asking_run(asking)->probing->arena, struct signer);
		**signer = (struct signer){ leaf, rsa_key_of(asking_run(asking)->probing->arena, leaf) };
	}
	return (*signer)->key;
}

void signature_end(struct asking *asking)
{
	struct signer **signer = asking_signer(asking);

	if (*signer)
		EVP_PKEY_free((*signer)->key);
	*signer = NULL;
}

void signature_note(struct asking *asking, const struct attempt *at)
{
	struct audit *audit = asking_audit(asking);
	struct signed_exchange x;
	EVP_PKEY *key;
	enum tri is_good;

	if (at->version >= TLS_1_3 || at->version < TLS_1_0 || at->n_chain == 0 || at->client_random.n != 32 || at->fault != TLS_FAULT_NONE ||
	    audit->n_signatures_good + audit->n_signatures_bad >= VERIFIED_MAX || !read_exchange(at, &x) || !hash_of(x.scheme))
		return;
	key = last_key(asking, at->chain[0]);
	is_good = key ? verify(key, at, &x) : TRI_UNKNOWN;
	audit->n_signatures_good += is_good == TRI_YES;
	audit->n_signatures_bad += is_good == TRI_NO;
}
