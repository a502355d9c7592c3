/* See ech.h. No outer_extensions are made, and a retry ends the matter: whoever asks goes on with another share. */
#include "tls/ech.h"

#include "base/rd.h"
#include "tls/schedule13.h"
#include "x509/name.h"

enum { ECH_OUTER = 0, RANDOM_END = 2 + 32, CONFIRMATION = 8, INFO_MAX = 2048 };

/* ---- configurations, RFC 9849 4 ------------------------------------------------------------------------- */

static bool choose_suite(struct rd suites, struct ech_config *config)
{
	while (rd_more(&suites)) {
		config->suite.kdf = rd_u16(&suites);
		config->suite.aead = rd_u16(&suites);
		if (rd_ok(&suites) && hpke_is_known(&config->suite))
			return true;
	}
	return false;
}

/* An extension whose number has its highest bit set must be understood. */
static bool has_mandatory(struct rd extensions)
{
	while (rd_more(&extensions)) {
		if (rd_u16(&extensions) & 0x8000)
			return true;
		(void)rd_vec16(&extensions);
	}
	return false;
}

/* False where the contents do not decode; `*usable` where we can go by them. */
static bool read_contents(struct arena *arena, struct rd rd, struct ech_config *config, bool *usable)
{
	struct rd key, suites, name, extensions;
	struct span text;

	config->id = rd_u8(&rd);
	config->suite.kem = rd_u16(&rd);
	key = rd_vec16(&rd);
	suites = rd_vec16(&rd);
	(void)rd_u8(&rd);       /* maximum_name_length */
	name = rd_vec8(&rd);
	extensions = rd_vec16(&rd);
	if (!rd_done(&rd))
		return false;
	config->public_key = rd_rest(&key);
	text = rd_rest(&name);
	config->public_name = arena_text(arena, text);
	*usable = choose_suite(suites, config) && config->public_key.n == HPKE_KEY && host_name_is_valid(text) && !has_mandatory(extensions);
	return true;
}

enum ech_list ech_list_read(struct arena *arena, struct span list, struct ech_config *config)
{
	struct rd rd = rd_of(list), configs = rd_vec16(&rd);
	enum ech_list result = ECH_LIST_UNKNOWN;
	struct span all;

	if (!rd_done(&rd) || !rd_more(&configs))
		return ECH_LIST_MALFORMED;
	all = span_sub(list, 2, list.n);
	while (rd_more(&configs)) {
		uint16_t version = rd_u16(&configs);
		struct rd contents = rd_vec16(&configs);
		struct ech_config one = { 0 };
		bool usable = false;
		size_t n = 4 + contents.n;

		if (!rd_ok(&configs))
			return ECH_LIST_MALFORMED;
		one.whole = span_sub(all, 0, n);
		all = span_sub(all, n, all.n);
		if (version != ECH_VERSION || result == ECH_LIST_READ)
			continue;
		if (!read_contents(arena, contents, &one, &usable))
			return ECH_LIST_MALFORMED;
		if (usable) {
			*config = one;
			result = ECH_LIST_READ;
		}
	}
	return result;
}

static struct span info_of(const struct ech_config *config, uint8_t room[INFO_MAX])
{
	struct wr wr = wr_of(room, INFO_MAX);

	wr_bytes(&wr, span_str("tls ech"));
	wr_u8(&wr, 0);
	wr_bytes(&wr, config->whole);
	return wr_span(&wr);
}

/* ---- the hidden hello, 5.1 and 6.1 -------------------------------------------------------------------------- */

struct span ech_pad(struct arena *arena, struct span inner_body, const char *name)
{
	enum { NAME = 64, STEP = 32 };
	size_t len = name ? strlen(name) : 0, fill = len < NAME ? NAME - len : 0, n = inner_body.n + fill;
	uint8_t *bytes;

	n = (n + STEP - 1) / STEP * STEP;
	bytes = arena_alloc(arena, n);
	memset(bytes, 0, n);
	memcpy(bytes, inner_body.p, inner_body.n);
	return span_of(bytes, n);
}

void ech_put_outer(struct wr *wr, const struct ech_config *config, size_t n)
{
	size_t mark;

	wr_u8(wr, ECH_OUTER);
	wr_u16(wr, config->suite.kdf);
	wr_u16(wr, config->suite.aead);
	wr_u8(wr, config->id);
	mark = wr_open(wr, 2);
	wr_fill(wr, 0, HPKE_KEY);
	wr_close(wr, mark, 2);
	mark = wr_open(wr, 2);
	wr_fill(wr, 0, n + HPKE_TAG);
	wr_close(wr, mark, 2);
}

/* What is authenticated holds the key of one use already, which sealing makes: a first time for that. */
bool ech_hide(const struct ech_config *config, struct span encoded, uint8_t *outer, size_t n)
{
	uint8_t room[INFO_MAX], *payload = outer + n - encoded.n - HPKE_TAG, *enc = payload - 2 - HPKE_KEY, *sealed;
	struct span info = info_of(config, room);
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	uint8_t seed[HPKE_KEY], again[HPKE_KEY];
	size_t len = HPKE_KEY, len_public = HPKE_KEY;
	bool done = key && info.n > 0 && EVP_PKEY_get_raw_private_key(key, seed, &len) == 1 &&
		    EVP_PKEY_get_raw_public_key(key, enc, &len_public) == 1;

	EVP_PKEY_free(key);
	sealed = done ? OPENSSL_malloc(encoded.n + HPKE_TAG) : NULL;
	done = sealed && hpke_seal(&config->suite, config->public_key, info, seed, span_of(outer + 4, n - 4), encoded, again, sealed);
	if (done)
		memcpy(payload, sealed, encoded.n + HPKE_TAG);
	OPENSSL_free(sealed);
	return done;
}

/* ---- was it taken, 7.2 ------------------------------------------------------------------------------------------ */

bool ech_confirm(uint16_t suite, struct span inner, struct span server_hello, uint8_t out[8])
{
	const struct span messages[] = { inner, server_hello };
	uint8_t transcript[EVP_MAX_MD_SIZE];
	struct schedule13 s;

	schedule13_init(&s, schedule13_is_sha384(suite));
	return inner.n > 4 + RANDOM_END && schedule13_digest(&s, messages, 2, transcript) &&
	       schedule13_extract(&s, span_sub(inner, 4 + 2, RANDOM_END - 2)) &&
	       schedule13_expand(&s, "ech accept confirmation", span_of(transcript, s.n), out, CONFIRMATION);
}

bool ech_is_accepted(uint16_t suite, struct span inner, struct span server_hello)
{
	enum { SERVER_HELLO_MAX = 2048, AT = 4 + RANDOM_END - CONFIRMATION };
	uint8_t copy[SERVER_HELLO_MAX], wanted[CONFIRMATION];

	if (server_hello.n > sizeof copy || server_hello.n < 4 + RANDOM_END)
		return false;
	memcpy(copy, server_hello.p, server_hello.n);
	memset(copy + AT, 0, CONFIRMATION);
	return ech_confirm(suite, inner, span_of(copy, server_hello.n), wanted) && memcmp(wanted, server_hello.p + AT, CONFIRMATION) == 0;
}

/* ---- a server's side ------------------------------------------------------------------------------------------------ */

/* The extension in the outer hello; and where its payload lies. */
static bool find_outer(struct span body, struct span *enc, struct span *payload, uint8_t *id)
{
	struct rd rd = rd_of(body), extensions;

	rd_skip(&rd, RANDOM_END);
	(void)rd_vec8(&rd);
	(void)rd_vec16(&rd);
	(void)rd_vec8(&rd);
	extensions = rd_vec16(&rd);
	while (rd_more(&extensions)) {
		uint16_t type = rd_u16(&extensions);
		struct rd ext = rd_vec16(&extensions), one;

		if (type != EXT_ECH || rd_u8(&ext) != ECH_OUTER)
			continue;
		rd_skip(&ext, 4);
		*id = rd_u8(&ext);
		one = rd_vec16(&ext);
		*enc = rd_rest(&one);
		one = rd_vec16(&ext);
		*payload = rd_rest(&one);
		return rd_done(&ext);
	}
	return false;
}

struct span ech_reveal(struct arena *arena, const struct ech_config *config, struct span private_key, struct span outer_body)
{
	uint8_t room[INFO_MAX], *aad = arena_alloc(arena, outer_body.n), *out, id;
	struct span enc, payload;

	if (!find_outer(outer_body, &enc, &payload, &id) || id != config->id || payload.n <= HPKE_TAG)
		return span_of(NULL, 0);
	memcpy(aad, outer_body.p, outer_body.n);
	memset(aad + (payload.p - outer_body.p), 0, payload.n);
	out = arena_alloc(arena, payload.n);
	if (!hpke_open(&config->suite, private_key, enc, info_of(config, room), span_of(aad, outer_body.n), payload, out))
		return span_of(NULL, 0);
	return span_of(out, payload.n - HPKE_TAG);
}
