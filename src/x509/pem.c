/* Files that hold certificates: PEM (RFC 7468, with anything between the blocks), PKCS #7 (RFC 2315
 * 9.1, its certificates alone), DER. */
#include "x509/cert.h"
#include "x509/pem.h"

enum { BLOCKS_MAX = 4096, BASE64_LINE_MAX = 76 };

/* ---- base64 ----------------------------------------------------------------------------- */

static int base64_value(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* What is no base64 is passed over. A header block ("Proc-Type: ...") yields garbage, which is seen later. */
struct span pem_base64(struct arena *arena, struct span text)
{
	uint8_t *bytes = arena_alloc(arena, text.n / 4 * 3 + 4);
	uint32_t word = 0;
	size_t n = 0;
	int bits = 0;

	for (size_t i = 0; i < text.n && text.p[i] != '='; i++) {
		int v = base64_value(text.p[i]);

		if (v < 0)
			continue;
		word = word << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[n++] = (uint8_t)(word >> bits);
		}
	}
	return span_of(bytes, n);
}

/* ---- blocks ----------------------------------------------------------------------------- */

bool pem_label_ends(struct span line, const char *label)
{
	struct span tail = span_str(label);

	return line.n >= tail.n && span_equal(span_sub(line, line.n - tail.n, tail.n), tail) &&
	       (line.n == tail.n || line.p[line.n - tail.n - 1] == ' ');
}

/* The next block of `file` from `*at` on: its label and body. */
bool pem_next(struct span file, size_t *at, struct span *label, struct span *body)
{
	struct span rest = span_sub(file, *at, file.n);
	long begin = span_find(rest, span_str("-----BEGIN ")), dashes, end;

	if (begin < 0)
		return false;
	rest = span_sub(rest, (size_t)begin + 11, rest.n);
	dashes = span_find(rest, span_str("-----"));
	if (dashes < 0)
		return false;
	*label = span_sub(rest, 0, (size_t)dashes);
	rest = span_sub(rest, (size_t)dashes + 5, rest.n);
	end = span_find(rest, span_str("-----END"));
	*body = end < 0 ? rest : span_sub(rest, 0, (size_t)end);
	*at = (size_t)(body->p - file.p) + body->n;
	return true;
}

size_t pem_blocks(struct arena *arena, struct span file, const char *label, struct span **blocks)
{
	struct span name, body;
	size_t at = 0, n = 0, cap = 0;

	*blocks = NULL;
	while (n < BLOCKS_MAX && pem_next(file, &at, &name, &body)) {
		if (pem_label_ends(name, label))
			*arena_push(arena, *blocks, n, cap) = pem_base64(arena, body);
	}
	return n;
}

/* ---- certificates ----------------------------------------------------------------------- */

struct list {
	struct cert **certs;
	size_t n, cap;
};

static void take(struct arena *arena, struct list *list, struct span der)
{
	if (der.n && list->n < BLOCKS_MAX)
		*arena_push(arena, list->certs, list->n, list->cap) = cert_parse(arena, der);
}

/* Certificates one behind the other; a block of TRUSTED CERTIFICATE has OpenSSL's own data behind it. */
static void take_sequence(struct arena *arena, struct list *list, struct span der, bool first_only)
{
	struct der in = der_of(der, NULL);
	struct span content, whole;
	uint8_t tag;

	while (der_next(&in, &tag, &content, &whole) && tag == DER_SEQUENCE) {
		take(arena, list, whole);
		if (first_only)
			return;
	}
}

static bool take_pkcs7(struct arena *arena, struct list *list, struct span der)
{
	static const uint8_t signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
	struct der in = der_of(der, NULL), info = der_enter(&in, DER_SEQUENCE), wrapped, data;
	struct span content;

	if (der_peek(&info) != DER_OID || !span_equal(der_get(&info, DER_OID), span_of(signed_data, sizeof signed_data)))
		return false;
	wrapped = der_enter(&info, DER_CONTEXT_OF(0));
	data = der_enter(&wrapped, DER_SEQUENCE);
	der_get(&data, DER_INTEGER);
	der_get(&data, DER_SET);
	der_get(&data, DER_SEQUENCE);
	if (der_optional(&data, DER_CONTEXT_OF(0), &content))
		take_sequence(arena, list, content, false);
	return true;
}

static bool is_der(struct span file)
{
	return file.n > 4 && file.p[0] == DER_SEQUENCE && (file.p[1] & 0x80);
}

size_t cert_read_all(struct arena *arena, struct span file, struct cert ***certs)
{
	struct list list = { 0 };
	struct span label, body;
	size_t at = 0;

	while (pem_next(file, &at, &label, &body)) {
		if (pem_label_ends(label, "TRUSTED CERTIFICATE"))
			take_sequence(arena, &list, pem_base64(arena, body), true);
		else if (pem_label_ends(label, "CERTIFICATE"))
			take(arena, &list, pem_base64(arena, body));
		else if (pem_label_ends(label, "PKCS7") || pem_label_ends(label, "CMS"))
			take_pkcs7(arena, &list, pem_base64(arena, body));
	}
	if (list.n == 0 && is_der(file) && !take_pkcs7(arena, &list, file))
		take_sequence(arena, &list, file, false);
	*certs = list.certs;
	return list.n;
}

char *cert_to_pem(struct arena *arena, const struct cert *cert)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	static const char head[] = "-----BEGIN CERTIFICATE-----\n", tail[] = "-----END CERTIFICATE-----\n";
	struct span der = cert->der;
	char *text = arena_alloc(arena, sizeof head + sizeof tail + der.n / 3 * 4 + der.n / 48 + 16), *p = text;

	memcpy(p, head, sizeof head - 1);
	p += sizeof head - 1;
	for (size_t i = 0; i < der.n; i += 3) {
		size_t left = der.n - i;
		uint32_t w = (uint32_t)der.p[i] << 16 | (left > 1 ? (uint32_t)der.p[i + 1] << 8 : 0) |
			     (left > 2 ? der.p[i + 2] : 0);

		*p++ = digits[w >> 18];
		*p++ = digits[w >> 12 & 63];
		*p++ = left > 1 ? digits[w >> 6 & 63] : '=';
		*p++ = left > 2 ? digits[w & 63] : '=';
		if (i % 48 == 45 || left <= 3)
			*p++ = '\n';
	}
	memcpy(p, tail, sizeof tail);
	return text;
}

/* ---- as strict readers take it ---------------------------------------------------------- */

static struct span line_next(struct span text, size_t *at)
{
	const uint8_t *lf = memchr(text.p + *at, '\n', text.n - *at);
	size_t end = lf ? (size_t)(lf - text.p) : text.n;
	struct span line = span_sub(text, *at, end - *at);

	*at = end + 1;
	while (line.n && (line.p[line.n - 1] == '\r' || line.p[line.n - 1] == ' ' || line.p[line.n - 1] == '\t'))
		line.n--;
	return line;
}

static bool is_base64(struct span line)
{
	if (line.n == 0 || line.n > BASE64_LINE_MAX)
		return false;
	for (size_t i = 0; i < line.n; i++) {
		uint8_t c = line.p[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '='))
			return false;
	}
	return true;
}

/* Every mark of a block stands for itself on a line, labels fit, certificates hold base64 alone. */
bool pem_is_plain(struct span text)
{
	struct span label = { 0 };

	if (memchr(text.p, '\0', text.n))
		return false;
	for (size_t at = 0; at < text.n;) {
		struct span line = line_next(text, &at);

		if (span_begins(line, "-----BEGIN ") && line.n > 16 && memcmp(line.p + line.n - 5, "-----", 5) == 0) {
			if (label.n)
				return false;
			label = span_sub(line, 11, line.n - 16);
		} else if (span_begins(line, "-----END ") && line.n > 14 && memcmp(line.p + line.n - 5, "-----", 5) == 0) {
			if (!label.n || !span_equal(label, span_sub(line, 9, line.n - 14)))
				return false;
			label = (struct span){ 0 };
		} else if (span_find(line, span_str("-----")) >= 0) {
			return false;
		} else if (pem_label_ends(label, "CERTIFICATE") && !is_base64(line)) {
			return false;
		}
	}
	return label.n == 0;
}
