/* See container.h. */
#include "x509/container.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "x509/cert_parts.h"
#include "x509/crl.h"
#include "x509/name.h"
#include "x509/pem.h"

struct file_item *container_item(struct arena *arena, struct file_seen *file, enum file_item_kind kind, const char *label)
{
	struct file_item *item = arena_push(arena, file->items, file->n_items, file->cap_items);

	*item = (struct file_item){ .kind = kind, .label = label };
	return item;
}

bool container_afford(struct container_options *options, int64_t rounds)
{
	if (rounds > options->rounds_left)
		return false;
	options->rounds_left -= rounds > 0 ? rounds : 0;
	return true;
}

/* ---- one structure --------------------------------------------------------------------------------------- */

static void certificate_add(struct arena *arena, struct file_seen *file, struct span der, const char *label, const char *within)
{
	struct file_item *item = container_item(arena, file, ITEM_CERTIFICATE, label);
	struct cert *cert = cert_parse(arena, der);

	item->within = within;
	item->cert = cert;
	item->spki = cert->key.spki;
	item->key_name = cert->key.name;
	if (!cert->is_decoded)
		item->problem = cert->malformed ? cert->malformed : "it does not decode";
}

static void key_describe(struct arena *arena, struct file_item *item, struct span spki)
{
	item->spki = spki;
	item->key_name = key_read(arena, spki, NULL).name;
}

static void request_names(struct arena *arena, X509_REQ *request, struct file_item *item)
{
	STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(request);
	GENERAL_NAMES *list = extensions ? X509V3_get_d2i(extensions, NID_subject_alt_name, NULL, NULL) : NULL;
	const char **names = NULL;
	size_t cap = 0;

	for (int i = 0; list && i < sk_GENERAL_NAME_num(list) && item->n_names < 1024; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(list, i);

		if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI)
			*arena_push(arena, names, item->n_names, cap) = arena_strn(arena, ASN1_STRING_get0_data(name->d.ia5), (size_t)ASN1_STRING_length(name->d.ia5));
		else if (name->type == GEN_IPADD)
			*arena_push(arena, names, item->n_names, cap) = general_name_text(arena, &(struct general_name){
				SAN_IP, arena_copy(arena, span_of(ASN1_STRING_get0_data(name->d.ip), (size_t)ASN1_STRING_length(name->d.ip))) });
	}
	item->names = names;
	GENERAL_NAMES_free(list);
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
}

static void request_add(struct arena *arena, struct file_seen *file, struct span der, const char *label)
{
	struct file_item *item = container_item(arena, file, ITEM_REQUEST, label);
	const unsigned char *p = der.p;
	X509_REQ *request = d2i_X509_REQ(NULL, &p, (long)der.n);
	unsigned char *bytes = NULL;
	int n;

	if (!request) {
		item->problem = "the request does not decode";
		ERR_clear_error();
		return;
	}
	n = i2d_X509_NAME(X509_REQ_get_subject_name(request), &bytes);
	if (n > 0) {
		struct cert_name name = name_read(arena, arena_copy(arena, span_of(bytes, (size_t)n)), NULL);

		item->subject = name_text(arena, &name);
	}
	OPENSSL_free(bytes);
	bytes = NULL;
	n = i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), &bytes);
	if (n > 0)
		key_describe(arena, item, arena_copy(arena, span_of(bytes, (size_t)n)));
	OPENSSL_free(bytes);
	request_names(arena, request, item);
	item->is_self_signed_badly = X509_REQ_verify(request, X509_REQ_get0_pubkey(request)) != 1;
	X509_REQ_free(request);
	ERR_clear_error();
}

static void crl_add(struct arena *arena, struct file_seen *file, struct span der, const char *label)
{
	struct file_item *item = container_item(arena, file, ITEM_CRL, label);
	struct crl crl = crl_parse(der);
	struct der entries = der_of(crl.entries, NULL);
	struct cert_name issuer = name_read(arena, crl.issuer, NULL);
	struct span content, whole;
	uint8_t tag;

	item->subject = name_text(arena, &issuer);
	item->this_update_unix = crl.this_update_unix;
	item->next_update_unix = crl.has_next_update ? crl.next_update_unix : 0;
	while (der_next(&entries, &tag, &content, &whole))
		item->n_revoked++;
	item->problem = crl.malformed;
}

/* ---- which structure DER is ------------------------------------------------------------------------------ */

enum { TAGS_MAX = 10 };

/* The tags of what a SEQUENCE holds, the first TAGS_MAX of them. */
static size_t tags_of(struct span content, uint8_t tags[TAGS_MAX], struct span parts[TAGS_MAX])
{
	struct der in = der_of(content, NULL);
	struct span whole;
	size_t n = 0;

	while (n < TAGS_MAX && der_next(&in, &tags[n], &parts[n], &whole))
		n++;
	return n;
}

static bool tags_begin(const uint8_t *tags, size_t n, const char *want, size_t n_want)
{
	return n >= n_want && memcmp(tags, want, n_want) == 0;
}
#define BEGINS(tags, n, want) tags_begin(tags, n, want, sizeof(want) - 1)

/* What is signed: a certificate, a request (RFC 2986) or a list (RFC 5280 5). */
static enum file_item_kind signed_kind(struct span tbs)
{
	uint8_t tags[TAGS_MAX];
	struct span parts[TAGS_MAX];
	size_t n = tags_of(tbs, tags, parts), at = n > 0 && tags[0] == DER_INTEGER;

	if (n >= at + 3 && tags[at] == DER_SEQUENCE && (tags[at + 2] == DER_UTC_TIME || tags[at + 2] == DER_GENERALIZED_TIME))
		return ITEM_CRL;
	if (BEGINS(tags, n, "\x02\x30\x30") && (n == 3 || tags[3] == DER_CONTEXT_OF(0)))
		return ITEM_REQUEST;
	return ITEM_CERTIFICATE;
}

static void key_add(struct arena *arena, struct span der, struct container_options *options, struct file_seen *file, const char *label)
{
	container_key_der(arena, der, options, container_item(arena, file, ITEM_KEY, label));
}

static bool pkcs7_add(struct arena *arena, struct span der, struct file_seen *file)
{
	const unsigned char *p = der.p;
	PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)der.n);
	STACK_OF(X509) *certs = NULL;

	ERR_clear_error();
	if (!p7)
		return false;
	if (PKCS7_type_is_signed(p7) && p7->d.sign)
		certs = p7->d.sign->cert;
	else if (PKCS7_type_is_signedAndEnveloped(p7) && p7->d.signed_and_enveloped)
		certs = p7->d.signed_and_enveloped->cert;
	for (int i = 0; certs && i < sk_X509_num(certs) && file->n_items < CONTAINER_ITEMS_MAX; i++) {
		unsigned char *bytes = NULL;
		int n = i2d_X509(sk_X509_value(certs, i), &bytes);

		if (n > 0)
			certificate_add(arena, file, arena_copy(arena, span_of(bytes, (size_t)n)), "CERTIFICATE", "PKCS #7");
		OPENSSL_free(bytes);
	}
	if (!certs)
		file->problem = "this PKCS #7 holds no certificates";
	PKCS7_free(p7);
	return true;
}

static bool sequence_add(struct arena *arena, struct span der, struct span content, struct container_options *options, struct file_seen *file)
{
	uint8_t tags[TAGS_MAX];
	struct span parts[TAGS_MAX];
	size_t n = tags_of(content, tags, parts);

	if (n == 3 && BEGINS(tags, n, "\x30\x30\x03")) {
		enum file_item_kind kind = signed_kind(parts[0]);

		if (kind == ITEM_CRL)
			crl_add(arena, file, der, "X509 CRL");
		else if (kind == ITEM_REQUEST)
			request_add(arena, file, der, "CERTIFICATE REQUEST");
		else
			certificate_add(arena, file, der, "CERTIFICATE", NULL);
	} else if (BEGINS(tags, n, "\x02\x30\x04")) {
		key_add(arena, der, options, file, "PRIVATE KEY");
	} else if (n == 2 && BEGINS(tags, n, "\x30\x04")) {
		key_add(arena, der, options, file, "ENCRYPTED PRIVATE KEY");
	} else if (n >= 9 && BEGINS(tags, n, "\x02\x02\x02\x02\x02\x02\x02\x02\x02")) {
		key_add(arena, der, options, file, "RSA PRIVATE KEY");
	} else if (BEGINS(tags, n, "\x02\x04") && parts[0].n == 1 && parts[0].p[0] == 1) {
		key_add(arena, der, options, file, "EC PRIVATE KEY");
	} else if (n == 2 && BEGINS(tags, n, "\x30\x03")) {
		key_describe(arena, container_item(arena, file, ITEM_PUBLIC_KEY, "PUBLIC KEY"), der);
	} else if (n >= 1 && tags[0] == DER_OID) {
		return pkcs7_add(arena, der, file);
	} else {
		return false;
	}
	return true;
}

bool container_der(struct arena *arena, struct span der, struct container_options *options, struct file_seen *file)
{
	struct der in = der_of(der, NULL);
	struct span content, whole;
	uint8_t tag;
	bool any = false;

	if (container_is_pkcs12(der)) {
		container_pkcs12(arena, der, options, file);
		return true;
	}
	/* Indefinite lengths are no DER, and PKCS #7 may have them. */
	if (der.n > 4 && der.p[0] == DER_SEQUENCE && der.p[1] == 0x80)
		return pkcs7_add(arena, der, file);
	while (file->n_items < CONTAINER_ITEMS_MAX && der_next(&in, &tag, &content, &whole) && tag == DER_SEQUENCE) {
		if (!sequence_add(arena, whole, content, options, file))
			break;
		any = true;
	}
	return any;
}

/* ---- PEM --------------------------------------------------------------------------------------------------- */

static bool label_is(struct span label, const char *const *labels)
{
	for (; *labels; labels++)
		if (span_is(label, *labels))
			return true;
	return false;
}

static void pem_block(struct arena *arena, struct span label, struct span block, struct span body, struct container_options *options, struct file_seen *file)
{
	static const char *const certificates[] = { "CERTIFICATE", "X509 CERTIFICATE", NULL };
	static const char *const requests[] = { "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST", NULL };
	static const char *const containers[] = { "PKCS7", "CMS", "PKCS #7 SIGNED DATA", "PKCS12", NULL };
	const char *name = arena_strn(arena, label.p, label.n < 80 ? label.n : 80);

	if (label_is(label, certificates))
		certificate_add(arena, file, pem_base64(arena, body), name, NULL);
	else if (span_is(label, "TRUSTED CERTIFICATE")) {
		struct der in = der_of(pem_base64(arena, body), NULL);
		struct span content, whole = { 0 };
		uint8_t tag;

		der_next(&in, &tag, &content, &whole);
		certificate_add(arena, file, whole, name, NULL);
	} else if (label_is(label, requests))
		request_add(arena, file, pem_base64(arena, body), name);
	else if (span_is(label, "X509 CRL"))
		crl_add(arena, file, pem_base64(arena, body), name);
	else if (pem_label_ends(label, "PRIVATE KEY"))
		container_key_pem(arena, block, body, options, container_item(arena, file, ITEM_KEY, name));
	else if (span_is(label, "PUBLIC KEY"))
		key_describe(arena, container_item(arena, file, ITEM_PUBLIC_KEY, name), pem_base64(arena, body));
	else if (pem_label_ends(label, "PARAMETERS"))
		container_item(arena, file, ITEM_PARAMETERS, name);
	else if (!label_is(label, containers) || !container_der(arena, pem_base64(arena, body), options, file))
		container_item(arena, file, ITEM_OTHER, name);
}

static unsigned lines_in(struct span text, size_t from, size_t to)
{
	unsigned n = 0;

	for (size_t i = from; i < to && i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

void container_pem(struct arena *arena, struct span text, struct container_options *options, struct file_seen *file)
{
	struct span label, body;
	size_t at = 0, counted = 0;
	unsigned line = 1;

	while (file->n_items < CONTAINER_ITEMS_MAX && pem_next(text, &at, &label, &body)) {
		size_t begin = (size_t)(label.p - text.p) - 11, n_before = file->n_items, end = at;

		line += lines_in(text, counted, begin);
		counted = begin;
		if (end >= text.n)
			file->problem = arena_printf(arena, "line %u: the block is never closed (no END line)", line);
		/* Past the END line, for those that read the block whole. */
		end += strlen("-----END -----") + label.n;
		pem_block(arena, label, span_sub(text, begin, end - begin), body, options, file);
		for (size_t i = n_before; i < file->n_items; i++)
			file->items[i].line = line;
	}
}

/* ---- the file ---------------------------------------------------------------------------------------------- */

static bool begins_with(struct span bytes, const char *magic, size_t n)
{
	return bytes.n >= n && memcmp(bytes.p, magic, n) == 0;
}

/* "UTF-16" text as some editors save it: no server reads it, so that is said of what was found. */
static struct span narrowed(struct arena *arena, struct span bytes)
{
	bool is_little = begins_with(bytes, "\xff\xfe", 2);
	uint8_t *text = arena_alloc(arena, bytes.n / 2 + 1);
	size_t n = 0;

	for (size_t i = 2; i + 1 < bytes.n; i += 2)
		text[n++] = bytes.p[i + is_little] ? '?' : bytes.p[i + !is_little];
	return span_of(text, n);
}

/* What OpenSSL, and the servers that read with it, cannot: they stop there, or do not begin. */
static void strict_look(struct arena *arena, struct span bytes, struct file_seen *file)
{
	BIO *bio = pem_is_plain(bytes) || bytes.n > INT_MAX ? NULL : BIO_new_mem_buf(bytes.p, (int)bytes.n);
	size_t n = 0, n_here = 0;
	const char *reason;
	X509 *x;

	if (!bio)
		return;
	for (size_t i = 0; i < file->n_items; i++)
		n_here += file->items[i].kind == ITEM_CERTIFICATE && !file->items[i].within && file->items[i].cert->is_decoded;
	ERR_clear_error();
	while (n < n_here && (x = PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL)) != NULL) {
		X509_free(x);
		n++;
	}
	reason = ERR_reason_error_string(ERR_peek_last_error());
	ERR_clear_error();
	BIO_free(bio);
	if (n >= n_here || file->problem)
		return;
	file->servers_refuse = true;
	file->problem = arena_printf(arena, "OpenSSL, and each server that reads with it, takes %zu of its %zu certificates (%s): begin and end each block at the start of a line of its own, with nothing but base64 between", n,
					     n_here, reason ? reason : "no start line");
}

void container_read(struct arena *arena, struct span bytes, struct container_options *options, struct file_seen *file)
{
	if (begins_with(bytes, "\xff\xfe", 2) || begins_with(bytes, "\xfe\xff", 2)) {
		container_pem(arena, narrowed(arena, bytes), options, file);
		file->format = file->n_items ? "PEM in UTF-16" : NULL;
		file->servers_refuse = file->n_items > 0;
		if (file->n_items)
			file->problem = "the file is written in UTF-16, which servers do not read: save it as plain ASCII";
	} else if (begins_with(bytes, "\xfe\xed\xfe\xed", 4) || begins_with(bytes, "\xce\xce\xce\xce", 4)) {
		file->format = "Java keystore";
		file->problem = "Java's own keystore is not read here: `keytool -importkeystore -srckeystore FILE -destkeystore out.p12 -deststoretype PKCS12` makes a PKCS #12 of it";
	} else if (container_is_kubeconfig(bytes)) {
		file->format = "kubeconfig";
		container_kubeconfig(arena, bytes, options, file);
	} else if (span_find(bytes, span_str("-----BEGIN ")) >= 0) {
		file->format = "PEM";
		container_pem(arena, bytes, options, file);
		strict_look(arena, bytes, file);
	} else if (container_is_pkcs12(bytes)) {
		file->format = "PKCS #12";
		container_pkcs12(arena, bytes, options, file);
	} else if (container_der(arena, bytes, options, file)) {
		file->format = "DER";
		if (file->n_items && file->items[0].within)
			file->format = file->items[0].within;
	}
}
