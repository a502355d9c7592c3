/* See raw_suite.h; the facts are those of kb/names.h. */
#include "tls/raw_suite.h"

#include <string.h>

#include "base/attr.h"
#include "kb/names.h"

static bool is_text(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

static const struct bulk_row {
	const char *encryption, *mode;
	uint16_t bits;
	enum raw_bulk bulk;
	const EVP_CIPHER *(*cipher)(void);
	uint8_t key_len, block_len, fixed_iv_len;
} bulks[] = {
	{"AES", "CBC", 128, RAW_CBC, EVP_aes_128_cbc, 16, 16, 0},
	{"AES", "CBC", 256, RAW_CBC, EVP_aes_256_cbc, 32, 16, 0},
	{"CAMELLIA", "CBC", 128, RAW_CBC, EVP_camellia_128_cbc, 16, 16, 0},
	{"CAMELLIA", "CBC", 256, RAW_CBC, EVP_camellia_256_cbc, 32, 16, 0},
	{"3DES", "CBC", 168, RAW_CBC, EVP_des_ede3_cbc, 24, 8, 0},
	{"AES", "GCM", 128, RAW_GCM, EVP_aes_128_gcm, 16, 0, 4},
	{"AES", "GCM", 256, RAW_GCM, EVP_aes_256_gcm, 32, 0, 4},
	{"CHACHA20", "POLY1305", 256, RAW_CHACHA, EVP_chacha20_poly1305, 32, 0, 12},
};

static const EVP_MD *mac_of(const struct kb_suite *s)
{
	return is_text(s->mac, "SHA1")	   ? EVP_sha1()
	       : is_text(s->mac, "SHA256") ? EVP_sha256()
	       : is_text(s->mac, "SHA384") ? EVP_sha384()
	       : is_text(s->mac, "MD5")	   ? EVP_md5()
					   : NULL;
}

static bool set_bulk(struct raw_suite *out, const struct kb_suite *s)
{
	for (size_t i = 0; i < COUNT_OF(bulks); i++) {
		const struct bulk_row *b = &bulks[i];

		if (!is_text(s->encryption, b->encryption) || !is_text(s->mode, b->mode) || s->bits != b->bits)
			continue;
		out->bulk = b->bulk;
		out->cipher = b->cipher();
		out->key_len = b->key_len;
		out->block_len = b->block_len;
		out->fixed_iv_len = b->fixed_iv_len;
		out->mac = b->bulk == RAW_CBC ? mac_of(s) : NULL;
		out->mac_len = out->mac ? (uint8_t)EVP_MD_get_size(out->mac) : 0;
		return b->bulk != RAW_CBC || out->mac;
	}
	return false;
}

static bool set_exchange(struct raw_suite *out, const struct kb_suite *s)
{
	if (is_text(s->key_exchange, "RSA") && is_text(s->authentication, "RSA"))
		out->exchange = RAW_RSA;
	else if (is_text(s->key_exchange, "DHE") && is_text(s->authentication, "RSA"))
		out->exchange = RAW_DHE;
	else if (is_text(s->key_exchange, "ECDHE") &&
		 (is_text(s->authentication, "RSA") || is_text(s->authentication, "ECDSA")))
		out->exchange = RAW_ECDHE;
	else
		return false;
	return true;
}

bool raw_suite_of(uint16_t code, struct raw_suite *out)
{
	const struct kb_suite *s = kb_suite(code);

	*out = (struct raw_suite){.code = code};
	if (!s || s->is_signal || s->is_export || s->first_version >= 0x0304 || !set_exchange(out, s) ||
	    !set_bulk(out, s))
		return false;
	out->prf = is_text(s->prf, "SHA384") ? EVP_sha384() : EVP_sha256();
	return true;
}
