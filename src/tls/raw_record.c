/* See raw_record.h. Not constant in time, and need not be: these keys protect nothing. */
#include "tls/raw_record.h"

#include <openssl/rand.h>

#include "tls/codes.h"

/* SEALED: content, MAC, 256 of padding. Tasks have small stacks. */
enum { TAG_LEN = 16, EXPLICIT_LEN = 8, HEAD = 13, SEALED = RAW_SEAL_MAX + 64 + 256 };

/* ---- keys -------------------------------------------------------------------------------------------- */

bool raw_keys_derive(const struct raw_suite *suite, uint16_t version, const uint8_t master[RAW_MASTER],
		     const uint8_t client_random[32], const uint8_t server_random[32], struct raw_keys *client,
		     struct raw_keys *server)
{
	size_t iv_len = suite->bulk == RAW_CBC ? version <= TLS_1_0 ? suite->block_len : 0 : suite->fixed_iv_len;
	uint8_t seed[64], block[2 * (48 + 32 + 16)], *at = block;
	struct raw_keys *both[] = {client, server};

	memcpy(seed, server_random, 32);
	memcpy(seed + 32, client_random, 32);
	if (!raw_prf(version, suite->prf, span_of(master, RAW_MASTER), "key expansion", span_of(seed, sizeof seed),
		     block, 2 * ((size_t)suite->mac_len + suite->key_len + iv_len)))
		return false;
	for (int i = 0; i < 2; i++) {
		bool etm = both[i]->encrypt_then_mac;

		*both[i] = (struct raw_keys){.suite = *suite, .version = version, .encrypt_then_mac = etm};
		memcpy(both[i]->mac, at, suite->mac_len);
		at += suite->mac_len;
	}
	for (int i = 0; i < 2; i++, at += suite->key_len)
		memcpy(both[i]->key, at, suite->key_len);
	for (int i = 0; i < 2; i++, at += iv_len)
		memcpy(both[i]->iv, at, iv_len);
	return true;
}

/* ---- parts ------------------------------------------------------------------------------------------- */

/* Sequence, type, version, length: what MACs and tags cover besides. */
static void put_head(const struct raw_keys *keys, uint8_t type, size_t n, uint8_t head[HEAD])
{
	for (int i = 0; i < 8; i++)
		head[i] = (uint8_t)(keys->n_records >> (56 - 8 * i));
	head[8] = type;
	head[9] = (uint8_t)(keys->version >> 8);
	head[10] = (uint8_t)keys->version;
	head[11] = (uint8_t)(n >> 8);
	head[12] = (uint8_t)n;
}

static bool mac_of(const struct raw_keys *keys, uint8_t type, struct span bytes, uint8_t out[EVP_MAX_MD_SIZE])
{
	uint8_t head[HEAD];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, NULL, keys->mac, keys->suite.mac_len);
	size_t n = EVP_MAX_MD_SIZE;
	bool done;

	put_head(keys, type, bytes.n, head);
	done = ctx && key && EVP_DigestSignInit(ctx, NULL, keys->suite.mac, NULL, key) == 1 &&
	       EVP_DigestSignUpdate(ctx, head, sizeof head) == 1 && EVP_DigestSignUpdate(ctx, bytes.p, bytes.n) == 1 &&
	       EVP_DigestSignFinal(ctx, out, &n) == 1;
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(ctx);
	return done;
}

static bool cbc(const struct raw_keys *keys, bool encrypt, const uint8_t *iv, struct span in, uint8_t *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	bool done = ctx && EVP_CipherInit_ex(ctx, keys->suite.cipher, NULL, keys->key, iv, encrypt) == 1 &&
		    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 && EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) == 1 &&
		    n == (int)in.n;

	EVP_CIPHER_CTX_free(ctx);
	return done;
}

static void put_nonce(const struct raw_keys *keys, const uint8_t explicit_part[EXPLICIT_LEN], uint8_t nonce[12])
{
	memcpy(nonce, keys->iv, 12);
	if (keys->suite.bulk == RAW_GCM)
		memcpy(nonce + 4, explicit_part, EXPLICIT_LEN);
	for (int i = 0; keys->suite.bulk == RAW_CHACHA && i < 8; i++)
		nonce[4 + i] ^= (uint8_t)(keys->n_records >> (56 - 8 * i));
}

static bool aead(const struct raw_keys *keys, bool encrypt, const uint8_t nonce[12], const uint8_t head[HEAD],
		 struct span in, uint8_t *out, uint8_t tag[TAG_LEN])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	bool done = ctx && EVP_CipherInit_ex(ctx, keys->suite.cipher, NULL, NULL, NULL, encrypt) == 1 &&
		    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, 12, NULL) == 1 &&
		    EVP_CipherInit_ex(ctx, NULL, NULL, keys->key, nonce, encrypt) == 1 &&
		    (encrypt || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG_LEN, tag) == 1) &&
		    EVP_CipherUpdate(ctx, NULL, &n, head, HEAD) == 1 &&
		    (in.n == 0 || EVP_CipherUpdate(ctx, out, &n, in.p, (int)in.n) == 1) &&
		    EVP_CipherFinal_ex(ctx, out + in.n, &n) == 1 &&
		    (!encrypt || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG_LEN, tag) == 1);

	EVP_CIPHER_CTX_free(ctx);
	return done;
}

/* ---- sealing ------------------------------------------------------------------------------------------ */

static void flip(uint8_t *bytes, size_t n, unsigned nth)
{
	size_t at = nth == RAW_BYTE_LAST ? n : nth == RAW_BYTE_MIDDLE ? n / 2 : nth;

	if (at > 0 && at <= n)
		bytes[at - 1] ^= 1;
}

static bool put_mac(const struct raw_keys *keys, uint8_t type, struct span bytes, const struct raw_bend *bend,
		    struct wr *wr)
{
	uint8_t mac[EVP_MAX_MD_SIZE];

	if (!mac_of(keys, type, bytes, mac))
		return false;
	flip(mac, keys->suite.mac_len, bend->flip_mac);
	wr_bytes(wr, span_of(mac, keys->suite.mac_len));
	return true;
}

static void put_padding(const struct raw_keys *keys, const struct raw_bend *bend, struct wr *wr)
{
	size_t block = keys->suite.block_len;
	size_t fill = block - 1 - wr->n % block + block * bend->pad_blocks;
	size_t at = wr->n;

	if (fill > 255)
		fill -= (fill - 255 + block - 1) / block * block;
	wr_fill(wr, (uint8_t)fill, fill + 1);
	if (wr_ok(wr))
		flip(wr->p + at, fill, bend->flip_padding);
}

static bool put_plain(struct raw_keys *keys, uint8_t type, struct span payload, const struct raw_bend *bend,
		      struct wr *plain)
{
	if (bend->all_padding) {
		wr_fill(plain, (uint8_t)(2 * keys->suite.block_len - 1), 2 * (size_t)keys->suite.block_len);
		return true;
	}
	wr_bytes(plain, payload);
	if (!keys->encrypt_then_mac && !put_mac(keys, type, payload, bend, plain))
		return false;
	put_padding(keys, bend, plain);
	return wr_ok(plain);
}

static bool seal_cbc(struct raw_keys *keys, uint8_t type, struct span payload, const struct raw_bend *bend,
		     struct wr *wr)
{
	uint8_t buffer[SEALED], sealed[SEALED], iv[16];
	struct wr plain = wr_of(buffer, sizeof buffer);
	size_t block = keys->suite.block_len, start = wr->n;

	if (!put_plain(keys, type, payload, bend, &plain))
		return false;
	memcpy(iv, keys->iv, sizeof iv);
	if (keys->version > TLS_1_0) {
		if (RAND_bytes(iv, (int)block) != 1)
			return false;
		wr_bytes(wr, span_of(iv, block));
	}
	if (!cbc(keys, true, iv, wr_span(&plain), sealed))
		return false;
	wr_bytes(wr, span_of(sealed, plain.n));
	memcpy(keys->iv, sealed + plain.n - block, block);
	if (keys->encrypt_then_mac && wr_ok(wr))
		return put_mac(keys, type, span_of(wr->p + start, wr->n - start), bend, wr);
	return wr_ok(wr);
}

static bool seal_aead(struct raw_keys *keys, uint8_t type, struct span payload, const struct raw_bend *bend,
		      struct wr *wr)
{
	uint8_t sealed[SEALED], head[HEAD], nonce[12], tag[TAG_LEN], explicit_part[EXPLICIT_LEN];
	uint64_t count = bend->nonce ? bend->nonce : keys->n_records;

	if (payload.n > RAW_SEAL_MAX)
		return false;
	put_head(keys, type, payload.n, head);
	for (int i = 0; i < EXPLICIT_LEN; i++)
		explicit_part[i] = (uint8_t)(count >> (56 - 8 * i));
	put_nonce(keys, explicit_part, nonce);
	if (!aead(keys, true, nonce, head, payload, sealed, tag))
		return false;
	flip(tag, sizeof tag, bend->flip_mac);
	if (keys->suite.bulk == RAW_GCM)
		wr_bytes(wr, span_of(explicit_part, sizeof explicit_part));
	wr_bytes(wr, span_of(sealed, payload.n));
	wr_bytes(wr, span_of(tag, sizeof tag));
	return wr_ok(wr);
}

bool raw_seal(struct raw_keys *keys, uint8_t type, struct span payload, const struct raw_bend *bend, struct wr *wr)
{
	static const struct raw_bend straight = {0};
	size_t mark;
	bool done;

	wr_u8(wr, type);
	wr_u16(wr, keys->version);
	mark = wr_open(wr, 2);
	done = keys->suite.bulk == RAW_CBC ? seal_cbc(keys, type, payload, bend ? bend : &straight, wr)
					   : seal_aead(keys, type, payload, bend ? bend : &straight, wr);
	wr_close(wr, mark, 2);
	keys->n_records++;
	return done && wr_ok(wr);
}

/* ---- opening ------------------------------------------------------------------------------------------- */

static enum raw_open check_mac(const struct raw_keys *keys, uint8_t type, struct span bytes, struct span mac)
{
	uint8_t wanted[EVP_MAX_MD_SIZE];

	return mac_of(keys, type, bytes, wanted) && memcmp(wanted, mac.p, mac.n) == 0 ? RAW_OPEN_OK : RAW_OPEN_MAC;
}

static bool is_padding(const uint8_t *plain, size_t n, size_t fill)
{
	for (size_t i = 0; i <= fill; i++)
		if (plain[n - 1 - i] != fill)
			return false;
	return true;
}

static enum raw_open open_plain(struct raw_keys *keys, uint8_t type, uint8_t *plain, size_t n, size_t *n_content)
{
	size_t mac_len = keys->encrypt_then_mac ? 0 : keys->suite.mac_len, fill = plain[n - 1];

	*n_content = 0;
	if (fill + 1 + mac_len > n)
		return fill + 1 <= n && is_padding(plain, n, fill) ? RAW_OPEN_NO_ROOM : RAW_OPEN_PADDING;
	*n_content = n - fill - 1 - mac_len;
	if (mac_len > 0 && check_mac(keys, type, span_of(plain, *n_content), span_of(plain + *n_content, mac_len)))
		return is_padding(plain, n, fill) ? RAW_OPEN_MAC : RAW_OPEN_PADDING;
	return is_padding(plain, n, fill) ? RAW_OPEN_OK : RAW_OPEN_PADDING;
}

static enum raw_open open_cbc(struct raw_keys *keys, uint8_t type, struct span body, uint8_t *out, size_t *n)
{
	size_t block = keys->suite.block_len, mac_len = keys->encrypt_then_mac ? keys->suite.mac_len : 0;
	uint8_t iv[16];

	if (body.n < mac_len)
		return RAW_OPEN_LENGTH;
	body.n -= mac_len;
	if (mac_len > 0 && check_mac(keys, type, body, span_of(body.p + body.n, mac_len)))
		return RAW_OPEN_MAC;
	memcpy(iv, keys->iv, sizeof iv);
	if (keys->version > TLS_1_0) {
		if (body.n < block)
			return RAW_OPEN_LENGTH;
		memcpy(iv, body.p, block);
		body = span_sub(body, block, body.n);
	}
	if (body.n == 0 || body.n % block != 0)
		return RAW_OPEN_LENGTH;
	memcpy(keys->iv, body.p + body.n - block, block);
	return cbc(keys, false, iv, body, out) ? open_plain(keys, type, out, body.n, n) : RAW_OPEN_LENGTH;
}

static enum raw_open open_aead(struct raw_keys *keys, uint8_t type, struct span body, uint8_t *out, size_t *n)
{
	size_t explicit_len = keys->suite.bulk == RAW_GCM ? EXPLICIT_LEN : 0;
	uint8_t head[HEAD], nonce[12], tag[TAG_LEN];

	if (body.n < explicit_len + TAG_LEN)
		return RAW_OPEN_LENGTH;
	*n = body.n - explicit_len - TAG_LEN;
	put_head(keys, type, *n, head);
	put_nonce(keys, body.p, nonce);
	memcpy(tag, body.p + explicit_len + *n, TAG_LEN);
	return aead(keys, false, nonce, head, span_of(body.p + explicit_len, *n), out, tag) ? RAW_OPEN_OK
											    : RAW_OPEN_MAC;
}

enum raw_open raw_open(struct raw_keys *keys, uint8_t type, struct span body, uint8_t *out, size_t *n)
{
	enum raw_open result;

	*n = 0;
	if (body.n > RAW_RECORD_MAX)
		return RAW_OPEN_LENGTH;
	result = keys->suite.bulk == RAW_CBC ? open_cbc(keys, type, body, out, n) : open_aead(keys, type, body, out, n);
	keys->n_records++;
	return result;
}
