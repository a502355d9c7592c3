/* Algorithm identifiers and public keys: RFC 3279, 4055, 5480, 5758, 8410. */
#include "x509/cert_parts.h"
#include "x509/oids.h"

#define PKCS1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01"
#define SHA2 "\x60\x86\x48\x01\x65\x03\x04\x02"
#define OID_ROW(bytes) bytes, sizeof(bytes) - 1

static const struct {
	const char *oid;
	size_t n;
	enum cert_hash hash;
	enum cert_signer signer;
	const char *name;
} algorithms[] = {
	{ OID_ROW(PKCS1 "\x02"), HASH_MD2, SIGNER_RSA, "md2WithRSAEncryption" },
	{ OID_ROW(PKCS1 "\x03"), HASH_MD4, SIGNER_RSA, "md4WithRSAEncryption" },
	{ OID_ROW(PKCS1 "\x04"), HASH_MD5, SIGNER_RSA, "md5WithRSAEncryption" },
	{ OID_ROW(PKCS1 "\x05"), HASH_SHA1, SIGNER_RSA, "sha1WithRSAEncryption" },
	{ OID_ROW("\x2b\x0e\x03\x02\x1d"), HASH_SHA1, SIGNER_RSA, "sha1WithRSA" },
	{ OID_ROW(PKCS1 "\x0a"), HASH_SHA1, SIGNER_RSA_PSS, "rsassaPss" },
	{ OID_ROW(PKCS1 "\x0b"), HASH_SHA256, SIGNER_RSA, "sha256WithRSAEncryption" },
	{ OID_ROW(PKCS1 "\x0c"), HASH_SHA384, SIGNER_RSA, "sha384WithRSAEncryption" },
	{ OID_ROW(PKCS1 "\x0d"), HASH_SHA512, SIGNER_RSA, "sha512WithRSAEncryption" },
	{ OID_ROW(PKCS1 "\x0e"), HASH_SHA224, SIGNER_RSA, "sha224WithRSAEncryption" },
	{ OID_ROW("\x2a\x86\x48\xce\x3d\x04\x01"), HASH_SHA1, SIGNER_ECDSA, "ecdsa-with-SHA1" },
	{ OID_ROW("\x2a\x86\x48\xce\x3d\x04\x03\x01"), HASH_SHA224, SIGNER_ECDSA, "ecdsa-with-SHA224" },
	{ OID_ROW("\x2a\x86\x48\xce\x3d\x04\x03\x02"), HASH_SHA256, SIGNER_ECDSA, "ecdsa-with-SHA256" },
	{ OID_ROW("\x2a\x86\x48\xce\x3d\x04\x03\x03"), HASH_SHA384, SIGNER_ECDSA, "ecdsa-with-SHA384" },
	{ OID_ROW("\x2a\x86\x48\xce\x3d\x04\x03\x04"), HASH_SHA512, SIGNER_ECDSA, "ecdsa-with-SHA512" },
	{ OID_ROW("\x2b\x65\x70"), HASH_NONE, SIGNER_ED25519, "Ed25519" },
	{ OID_ROW("\x2b\x65\x71"), HASH_NONE, SIGNER_ED448, "Ed448" },
	{ OID_ROW("\x2a\x86\x48\xce\x38\x04\x03"), HASH_SHA1, SIGNER_DSA, "dsaWithSHA1" },
	{ OID_ROW("\x60\x86\x48\x01\x65\x03\x04\x03\x01"), HASH_SHA224, SIGNER_DSA, "dsaWithSHA224" },
	{ OID_ROW("\x60\x86\x48\x01\x65\x03\x04\x03\x02"), HASH_SHA256, SIGNER_DSA, "dsaWithSHA256" },
};

static const struct {
	const char *oid;
	size_t n;
	enum cert_hash hash;
} hashes[] = {
	{ OID_ROW("\x2a\x86\x48\x86\xf7\x0d\x02\x05"), HASH_MD5 },
	{ OID_ROW("\x2b\x0e\x03\x02\x1a"), HASH_SHA1 },
	{ OID_ROW(SHA2 "\x04"), HASH_SHA224 },
	{ OID_ROW(SHA2 "\x01"), HASH_SHA256 },
	{ OID_ROW(SHA2 "\x02"), HASH_SHA384 },
	{ OID_ROW(SHA2 "\x03"), HASH_SHA512 },
};

static enum cert_hash hash_of(struct span algorithm)
{
	struct der in = der_of(algorithm, NULL), inner = der_enter(&in, DER_SEQUENCE);
	struct span oid = der_get(&inner, DER_OID);

	for (size_t i = 0; i < COUNT_OF(hashes); i++) {
		if (span_equal(oid, span_of(hashes[i].oid, hashes[i].n)))
			return hashes[i].hash;
	}
	return HASH_UNKNOWN;
}

/* RSASSA-PSS-params, RFC 4055 3.1: all optional, SHA-1 and 20 by default. */
static void read_pss(struct cert_algorithm *algorithm)
{
	struct der in = der_of(algorithm->parameters, NULL), all = der_enter(&in, DER_SEQUENCE);
	struct der mgf, inner;
	struct span part;

	algorithm->pss_mgf_hash = HASH_SHA1;
	algorithm->pss_salt = 20;
	if (der_optional(&all, DER_CONTEXT_OF(0), &part))
		algorithm->hash = hash_of(part);
	if (der_optional(&all, DER_CONTEXT_OF(1), &part)) {
		mgf = der_of(part, NULL);
		inner = der_enter(&mgf, DER_SEQUENCE);
		der_get(&inner, DER_OID);
		algorithm->pss_mgf_hash = hash_of(rd_rest(&inner.rd));
	}
	if (der_optional(&all, DER_CONTEXT_OF(2), &part)) {
		inner = der_of(part, NULL);
		algorithm->pss_salt = (int)(der_small(&inner) & 0x7fff);
	}
}

struct cert_algorithm cert_algorithm_read(struct der *in)
{
	struct cert_algorithm algorithm = { 0 };
	struct span content = { 0 };
	struct der inner;
	uint8_t tag = 0;

	if (der_peek(in) != DER_SEQUENCE || !der_next(in, &tag, &content, &algorithm.raw)) {
		der_fail(in, "an algorithm identifier is missing");
		return algorithm;
	}
	inner = der_of(content, in->fault);
	algorithm.oid = der_get(&inner, DER_OID);
	algorithm.parameters = rd_rest(&inner.rd);
	for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
		if (!span_equal(algorithm.oid, span_of(algorithms[i].oid, algorithms[i].n)))
			continue;
		algorithm.hash = algorithms[i].hash;
		algorithm.signer = algorithms[i].signer;
	}
	if (algorithm.signer == SIGNER_RSA_PSS)
		read_pss(&algorithm);
	return algorithm;
}

const char *cert_algorithm_name(struct arena *arena, const struct cert_algorithm *algorithm)
{
	if (algorithm->signer == SIGNER_RSA_PSS)
		return arena_printf(arena, "rsassaPss with %s", cert_hash_name(algorithm->hash));
	for (size_t i = 0; i < COUNT_OF(algorithms); i++) {
		if (span_equal(algorithm->oid, span_of(algorithms[i].oid, algorithms[i].n)))
			return algorithms[i].name;
	}
	return oid_text(arena, algorithm->oid);
}

const char *cert_hash_name(enum cert_hash hash)
{
	static const char *const names[] = {
		[HASH_UNKNOWN] = "an unknown hash", [HASH_MD2] = "MD2", [HASH_MD4] = "MD4", [HASH_MD5] = "MD5",
		[HASH_SHA1] = "SHA-1", [HASH_SHA224] = "SHA-224", [HASH_SHA256] = "SHA-256",
		[HASH_SHA384] = "SHA-384", [HASH_SHA512] = "SHA-512", [HASH_SHA3] = "SHA-3", [HASH_NONE] = "none",
	};

	return names[hash];
}

/* ---- keys ------------------------------------------------------------------------------- */

static const struct {
	const char *oid;
	size_t n;
	const char *name;
	unsigned bits;
} curves[] = {
	{ OID_ROW("\x2a\x86\x48\xce\x3d\x03\x01\x01"), "P-192", 192 },
	{ OID_ROW("\x2b\x81\x04\x00\x21"), "P-224", 224 },
	{ OID_ROW("\x2a\x86\x48\xce\x3d\x03\x01\x07"), "P-256", 256 },
	{ OID_ROW("\x2b\x81\x04\x00\x22"), "P-384", 384 },
	{ OID_ROW("\x2b\x81\x04\x00\x23"), "P-521", 521 },
	{ OID_ROW("\x2b\x81\x04\x00\x0a"), "secp256k1", 256 },
	{ OID_ROW("\x2b\x24\x03\x03\x02\x08\x01\x01\x07"), "brainpoolP256r1", 256 },
	{ OID_ROW("\x2b\x24\x03\x03\x02\x08\x01\x01\x0b"), "brainpoolP384r1", 384 },
	{ OID_ROW("\x2b\x24\x03\x03\x02\x08\x01\x01\x0d"), "brainpoolP512r1", 512 },
	{ OID_ROW("\x2a\x81\x1c\xcf\x55\x01\x82\x2d"), "SM2", 256 },
};

static const struct {
	const char *oid;
	size_t n;
	enum cert_key_type type;
	const char *name;
	unsigned bits;
} key_types[] = {
	{ OID_ROW(PKCS1 "\x01"), KEY_TYPE_RSA, "RSA", 0 },
	{ OID_ROW(PKCS1 "\x0a"), KEY_TYPE_RSA_PSS, "RSA-PSS", 0 },
	{ OID_ROW("\x2a\x86\x48\xce\x3d\x02\x01"), KEY_TYPE_EC, "EC", 0 },
	{ OID_ROW("\x2b\x65\x70"), KEY_TYPE_ED25519, "Ed25519", 255 },
	{ OID_ROW("\x2b\x65\x71"), KEY_TYPE_ED448, "Ed448", 448 },
	{ OID_ROW("\x2b\x65\x6e"), KEY_TYPE_X25519, "X25519", 255 },
	{ OID_ROW("\x2b\x65\x6f"), KEY_TYPE_X448, "X448", 448 },
	{ OID_ROW("\x2a\x86\x48\xce\x38\x04\x01"), KEY_TYPE_DSA, "DSA", 0 },
	{ OID_ROW("\x2a\x86\x48\xce\x3e\x02\x01"), KEY_TYPE_DH, "DH", 0 },
};

static struct span trimmed(struct span number)
{
	while (number.n > 1 && number.p[0] == 0)
		number = span_sub(number, 1, number.n - 1);
	return number;
}

static unsigned bit_length(struct span number)
{
	unsigned top = 0;

	if (number.n == 0 || number.n > 1 << 16)
		return 0;
	for (unsigned b = number.p[0]; b; b >>= 1)
		top++;
	return (unsigned)(number.n - 1) * 8 + top;
}

static void read_rsa(struct arena *arena, struct cert_key *key, struct der_fault *fault)
{
	struct der in = der_of(key->bits_of_key, fault), pair = der_enter(&in, DER_SEQUENCE);

	key->modulus = trimmed(der_get(&pair, DER_INTEGER));
	key->exponent = trimmed(der_get(&pair, DER_INTEGER));
	key->bits = bit_length(key->modulus);
	key->name = arena_printf(arena, "%s %u", key->type == KEY_TYPE_RSA ? "RSA" : "RSA-PSS", key->bits);
}

static void read_curve(struct arena *arena, struct cert_key *key, struct der_fault *fault)
{
	struct der in = der_of(key->parameters, fault);

	key->is_explicit_curve = der_peek(&in) == DER_SEQUENCE;
	if (der_peek(&in) == DER_OID)
		key->curve = der_get(&in, DER_OID);
	for (size_t i = 0; i < COUNT_OF(curves); i++) {
		if (key->curve.n && span_equal(key->curve, span_of(curves[i].oid, curves[i].n))) {
			key->curve_name = curves[i].name;
			key->bits = curves[i].bits;
		}
	}
	if (!key->bits && key->bits_of_key.n > 1 && key->bits_of_key.n < 512)
		key->bits = (unsigned)(key->bits_of_key.n - 1) * (key->bits_of_key.p[0] == 4 ? 4 : 8);
	key->name = key->is_explicit_curve ? "EC with explicit curve parameters" :
		    key->curve_name ? arena_printf(arena, "EC %s", key->curve_name) :
				      arena_printf(arena, "EC on curve %s", oid_text(arena, key->curve));
}

static void read_dsa(struct arena *arena, struct cert_key *key)
{
	struct der in = der_of(key->parameters, NULL), inner = der_enter(&in, DER_SEQUENCE);

	key->bits = bit_length(trimmed(der_get(&inner, DER_INTEGER)));
	key->name = arena_printf(arena, "DSA %u", key->bits);
}

struct cert_key key_read(struct arena *arena, struct span spki, struct der_fault *fault)
{
	struct cert_key key = { .spki = spki, .name = "a key of unknown kind" };
	struct der in = der_of(spki, fault), all, algorithm;
	unsigned unused;

	if (spki.n == 0)
		return key;
	all = der_enter(&in, DER_SEQUENCE);
	algorithm = der_enter(&all, DER_SEQUENCE);
	key.oid = der_get(&algorithm, DER_OID);
	key.parameters = rd_rest(&algorithm.rd);
	key.bits_of_key = der_bits(&all, &unused);
	der_end(&all);
	for (size_t i = 0; i < COUNT_OF(key_types); i++) {
		if (span_equal(key.oid, span_of(key_types[i].oid, key_types[i].n))) {
			key.type = key_types[i].type;
			key.name = key_types[i].name;
			key.bits = key_types[i].bits;
		}
	}
	if (key.type == KEY_TYPE_RSA || key.type == KEY_TYPE_RSA_PSS)
		read_rsa(arena, &key, fault);
	else if (key.type == KEY_TYPE_EC)
		read_curve(arena, &key, fault);
	else if (key.type == KEY_TYPE_DSA)
		read_dsa(arena, &key);
	return key;
}
