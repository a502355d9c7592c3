/* X.500 names. Compared attribute by attribute without building a canonical copy. */
#include "x509/name.h"

#include "base/out.h"
#include "x509/oids.h"

enum { ATTRIBUTES_MAX = 4096 };

/* ---- walking ---------------------------------------------------------------------------- */

struct walk {
	struct der rdns, set;
};

struct step {
	struct span oid, value;
	uint8_t type;
	bool joins_last;
};

static struct walk walk_of(struct span raw, struct der_fault *fault)
{
	struct der in = der_of(raw, fault);

	return (struct walk){ .rdns = der_enter(&in, DER_SEQUENCE) };
}

static bool walk_next(struct walk *walk, struct step *step)
{
	struct der pair;
	struct span whole;

	*step = (struct step){ .joins_last = der_more(&walk->set) };
	if (!der_more(&walk->set)) {
		if (!der_more(&walk->rdns))
			return false;
		walk->set = der_enter(&walk->rdns, DER_SET);
	}
	pair = der_enter(&walk->set, DER_SEQUENCE);
	step->oid = der_get(&pair, DER_OID);
	return der_next(&pair, &step->type, &step->value, &whole) && der_ok(&walk->set);
}

/* ---- text ------------------------------------------------------------------------------- */

static void put_utf8(struct out *out, uint32_t c)
{
	if (c < 0x80) {
		out_char(out, (char)c);
	} else if (c < 0x800) {
		out_char(out, (char)(0xc0 | c >> 6));
		out_char(out, (char)(0x80 | (c & 0x3f)));
	} else if (c < 0x10000) {
		out_char(out, (char)(0xe0 | c >> 12));
		out_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		out_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		out_char(out, (char)(0xf0 | (c >> 18 & 7)));
		out_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		out_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		out_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* NUL would end the text for every reader of it: shown as a replacement character. */
static const char *text_of(struct arena *arena, uint8_t type, struct span value)
{
	size_t width = type == DER_BMP ? 2 : type == DER_UNIVERSAL ? 4 : 1;
	struct out out = { 0 };
	const char *text;

	if (width == 1 && type != DER_T61 && !memchr(value.p ? value.p : (const uint8_t *)"", 0, value.n))
		return arena_strn(arena, value.p, value.n);
	for (size_t i = 0; i + width <= value.n; i += width) {
		uint32_t c = 0;

		for (size_t k = 0; k < width; k++)
			c = c << 8 | value.p[i + k];
		if (type == DER_UTF8 && c >= 0x80)
			out_char(&out, (char)c);
		else
			put_utf8(&out, c ? c & 0x1fffff : 0xfffd);
	}
	text = out.n ? arena_strn(arena, out.text, out.n) : "";
	out_release(&out);
	return text;
}

struct cert_name name_read(struct arena *arena, struct span raw, struct der_fault *fault)
{
	struct cert_name name = { .raw = raw };
	struct walk walk = walk_of(raw, fault);
	struct step step;
	size_t cap = 0;

	while (raw.n && name.n_attributes < ATTRIBUTES_MAX && walk_next(&walk, &step)) {
		struct cert_attribute *at = arena_push(arena, name.attributes, name.n_attributes, cap);

		*at = (struct cert_attribute){ .oid = step.oid, .type = step.type, .value = step.value,
					       .joins_last = step.joins_last };
		at->text = text_of(arena, step.type, step.value);
		if (OID_IS(step.oid, OID_COMMON_NAME))
			name.common_name = at->text;
		else if (OID_IS(step.oid, OID_ORGANIZATION))
			name.organization = at->text;
	}
	return name;
}

static const struct {
	uint8_t arc;
	const char *label;
} labels[] = { { 3, "CN" }, { 4, "SN" }, { 5, "serialNumber" }, { 6, "C" }, { 7, "L" }, { 8, "ST" },
	       { 9, "street" }, { 10, "O" }, { 11, "OU" }, { 12, "title" }, { 17, "postalCode" }, { 42, "GN" } };

static const char *label_of(struct arena *arena, struct span oid)
{
	for (size_t i = 0; i < COUNT_OF(labels); i++) {
		if (oid.n == 3 && oid.p[0] == 0x55 && oid.p[1] == 4 && oid.p[2] == labels[i].arc)
			return labels[i].label;
	}
	if (OID_IS(oid, "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"))
		return "DC";
	if (OID_IS(oid, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"))
		return "emailAddress";
	return oid_text(arena, oid);
}

const char *name_text(struct arena *arena, const struct cert_name *name)
{
	struct out out = { 0 };
	const char *text;

	for (size_t i = name->n_attributes; i-- > 0;) {
		const struct cert_attribute *at = &name->attributes[i];

		if (out.n > 1024) {
			out_str(&out, ", ...");
			break;
		}
		out_printf(&out, "%s%s=%s", out.n ? ", " : "", label_of(arena, at->oid), at->text);
	}
	text = out.n ? arena_strn(arena, out.text, out.n) : "(empty name)";
	out_release(&out);
	return text;
}

const char *name_short(struct arena *arena, const struct cert_name *name)
{
	if (name->common_name && *name->common_name)
		return name->common_name;
	if (name->organization && *name->organization)
		return name->organization;
	return name_text(arena, name);
}

/* ---- comparing -------------------------------------------------------------------------- */

static bool is_folded(uint8_t type)
{
	return type == DER_UTF8 || type == DER_PRINTABLE || type == DER_IA5 || type == DER_T61;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A text as it is compared: lower case, runs of blanks as one, none at either end. */
struct fold {
	struct span text;
	size_t at;
};

/* The next character, -1 at the end. */
static int fold_step(struct fold *fold)
{
	size_t start = fold->at;
	uint8_t c;

	while (fold->at < fold->text.n && is_blank(fold->text.p[fold->at]))
		fold->at++;
	if (fold->at >= fold->text.n)
		return -1;
	if (fold->at > start && start > 0)
		return ' ';
	c = fold->text.p[fold->at++];
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static bool value_equal(const struct step *a, const struct step *b)
{
	struct fold x = { .text = a->value }, y = { .text = b->value };
	int c;

	if (!is_folded(a->type) || !is_folded(b->type))
		return a->type == b->type && span_equal(a->value, b->value);
	do {
		c = fold_step(&x);
		if (c != fold_step(&y))
			return false;
	} while (c >= 0);
	return true;
}

static bool walk_compare(struct span a, struct span b, bool prefix)
{
	struct walk x = walk_of(a, NULL), y = walk_of(b, NULL);
	struct step p, q;

	for (;;) {
		bool more = walk_next(&x, &p), other = walk_next(&y, &q);

		if (!more)
			return prefix || !other;
		if (!other || p.joins_last != q.joins_last || !span_equal(p.oid, q.oid) || !value_equal(&p, &q))
			return false;
	}
}

bool name_equal(struct span a, struct span b)
{
	return span_equal(a, b) || (a.n && b.n && walk_compare(a, b, false));
}

bool name_is_prefix(struct span prefix, struct span name)
{
	return walk_compare(prefix, name, true);
}

uint64_t name_hash(struct span raw)
{
	uint64_t hash = 14695981039346656037u;
	struct walk walk = walk_of(raw, NULL);
	struct step step;

	while (raw.n && walk_next(&walk, &step)) {
		struct fold fold = { .text = step.value };
		int c;

		for (size_t i = 0; i < step.oid.n; i++)
			hash = (hash ^ step.oid.p[i]) * 1099511628211u;
		if (!is_folded(step.type)) {
			hash = (hash ^ 0x200) * 1099511628211u;
			continue;
		}
		while ((c = fold_step(&fold)) >= 0)
			hash = (hash ^ (unsigned)c) * 1099511628211u;
	}
	return hash;
}

bool name_is_empty(struct span raw)
{
	return raw.n <= 2;
}
