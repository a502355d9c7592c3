/* See raw_secrets.h. */
#include "tls/raw_secrets.h"

#include <openssl/hmac.h>

#include "base/wr.h"
#include "tls/codes.h"

enum { SEED_MAX = 256 };

/* P_hash, RFC 5246 5: A(i) = HMAC(A(i-1)), out ^= HMAC(A(i) + seed). */
static bool expand(const EVP_MD *hash, struct span secret, struct span seed, uint8_t *out, size_t n)
{
	uint8_t a[EVP_MAX_MD_SIZE + SEED_MAX], block[EVP_MAX_MD_SIZE];
	size_t len = (size_t)EVP_MD_get_size(hash);

	if (seed.n > SEED_MAX || !HMAC(hash, secret.p, (int)secret.n, seed.p, seed.n, a, NULL))
		return false;
	for (size_t at = 0; at < n; at += len) {
		memcpy(a + len, seed.p, seed.n);
		if (!HMAC(hash, secret.p, (int)secret.n, a, len + seed.n, block, NULL))
			return false;
		for (size_t i = 0; i < len && at + i < n; i++)
			out[at + i] ^= block[i];
		if (!HMAC(hash, secret.p, (int)secret.n, a, len, block, NULL))
			return false;
		memcpy(a, block, len);
	}
	return true;
}

bool raw_prf(uint16_t version, const EVP_MD *prf, struct span secret, const char *label, struct span seed, uint8_t *out,
	     size_t n)
{
	uint8_t all[SEED_MAX];
	struct wr wr = wr_of(all, sizeof all);
	size_t half = (secret.n + 1) / 2;

	wr_bytes(&wr, span_str(label));
	wr_bytes(&wr, seed);
	memset(out, 0, n);
	if (!wr_ok(&wr))
		return false;
	if (version >= TLS_1_2)
		return expand(prf, secret, wr_span(&wr), out, n);
	return expand(EVP_md5(), span_sub(secret, 0, half), wr_span(&wr), out, n) &&
	       expand(EVP_sha1(), span_sub(secret, secret.n - half, half), wr_span(&wr), out, n);
}

size_t raw_transcript_hash(uint16_t version, const EVP_MD *prf, struct span messages, uint8_t out[RAW_HASH_MAX])
{
	const EVP_MD *hash = version >= TLS_1_2 ? prf : EVP_md5_sha1();
	unsigned n = 0;

	return EVP_Digest(messages.p, messages.n, out, &n, hash, NULL) == 1 ? n : 0;
}
