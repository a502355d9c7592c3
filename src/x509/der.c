#include "x509/der.h"

#include "base/out.h"
#include "base/timeutil.h"

struct der der_of(struct span bytes, struct der_fault *fault)
{
	return (struct der){ .rd = rd_of(bytes), .fault = fault };
}

void der_note(struct der *der, const char *what)
{
	if (der->fault && !der->fault->what)
		*der->fault = (struct der_fault){ .what = what, .at = der->rd.at };
}

void der_fail(struct der *der, const char *what)
{
	der_note(der, what);
	if (der->fault)
		der->fault->is_fatal = true;
	rd_fail(&der->rd);
}

uint8_t der_peek(const struct der *der)
{
	return rd_more(&der->rd) ? rd_peek_u8(&der->rd) : 0;
}

static size_t read_length(struct der *der)
{
	size_t n = rd_u8(&der->rd);
	unsigned octets = n & 0x7f;
	uint8_t first = rd_peek_u8(&der->rd);

	if (n < 0x80)
		return n;
	if (octets == 0 || octets > 4) {
		der_fail(der, octets ? "a length has too many bytes" : "a length is indefinite");
		return 0;
	}
	n = 0;
	for (unsigned i = 0; i < octets; i++)
		n = n << 8 | rd_u8(&der->rd);
	if (n < 0x80 || first == 0)
		der_note(der, "a length is not in its shortest form");
	return n;
}

bool der_next(struct der *der, uint8_t *tag, struct span *content, struct span *whole)
{
	const uint8_t *start = der->rd.p;
	size_t n;

	if (!der_more(der))
		return false;
	*tag = rd_u8(&der->rd);
	if ((*tag & 0x1f) == 0x1f) {
		der_fail(der, "a tag has several bytes");
		return false;
	}
	n = read_length(der);
	if (!der_ok(der) || n > der->rd.n) {
		der_fail(der, "an element is longer than what holds it");
		return false;
	}
	*content = rd_bytes(&der->rd, n);
	*whole = span_of(start, (size_t)(content->p + content->n - start));
	return true;
}

struct span der_get(struct der *der, uint8_t tag)
{
	struct span content = { 0 }, whole;
	uint8_t got;

	if (!der_more(der) || der_peek(der) != tag) {
		der_fail(der, der_more(der) ? "an element is of another type than expected" : "an element is missing");
		return span_of(NULL, 0);
	}
	if (!der_next(der, &got, &content, &whole))
		return span_of(NULL, 0);
	return content;
}

struct der der_enter(struct der *der, uint8_t tag)
{
	struct span content = der_get(der, tag);
	struct der inner = der_of(content, der->fault);

	inner.rd.at = der->rd.at - content.n;
	inner.rd.failed = !der_ok(der);
	return inner;
}

bool der_optional(struct der *der, uint8_t tag, struct span *content)
{
	if (der_peek(der) != tag || !der_more(der))
		return false;
	*content = der_get(der, tag);
	return der_ok(der);
}

void der_end(struct der *der)
{
	if (der_more(der))
		der_note(der, "bytes are left over at the end of an element");
}

bool der_boolean_value(struct der *der, struct span content)
{
	if (content.n != 1) {
		der_fail(der, "a BOOLEAN is not one byte long");
		return false;
	}
	if (content.p[0] != 0 && content.p[0] != 0xff)
		der_note(der, "a BOOLEAN is neither 00 nor FF");
	return content.p[0] != 0;
}

bool der_bool(struct der *der)
{
	struct span content = der_get(der, DER_BOOLEAN);

	return der_ok(der) && der_boolean_value(der, content);
}

int64_t der_small(struct der *der)
{
	struct span content = der_get(der, DER_INTEGER);
	int64_t value = 0;

	if (!der_ok(der))
		return -1;
	if (content.n == 0 || content.n > 7 || content.p[0] & 0x80) {
		der_note(der, "an INTEGER is out of range");
		return -1;
	}
	if (content.n > 1 && content.p[0] == 0 && !(content.p[1] & 0x80))
		der_note(der, "an INTEGER is not in its shortest form");
	for (size_t i = 0; i < content.n; i++)
		value = value << 8 | content.p[i];
	return value;
}

static bool digits(struct span text, size_t at, size_t n, int *value)
{
	*value = 0;
	for (size_t i = at; i < at + n; i++) {
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
		*value = *value * 10 + (text.p[i] - '0');
	}
	return true;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool der_time(uint8_t tag, struct span content, int64_t *unix_seconds)
{
	size_t year_digits = tag == DER_GENERALIZED_TIME ? 4 : 2;
	struct civil when = { 0 };
	int year;

	*unix_seconds = 0;
	if (content.n != year_digits + 11 || content.p[content.n - 1] != 'Z' ||
	    (tag != DER_GENERALIZED_TIME && tag != DER_UTC_TIME))
		return false;
	if (!digits(content, 0, year_digits, &year) || !digits(content, year_digits, 2, &when.month) ||
	    !digits(content, year_digits + 2, 2, &when.day) || !digits(content, year_digits + 4, 2, &when.hour) ||
	    !digits(content, year_digits + 6, 2, &when.minute) || !digits(content, year_digits + 8, 2, &when.second))
		return false;
	if (tag == DER_UTC_TIME)
		year += year < 50 ? 2000 : 1900;
	if (when.month < 1 || when.month > 12 || when.day < 1 || when.day > month_days(year, when.month) ||
	    when.hour > 23 || when.minute > 59 || when.second > 59)
		return false;
	when.year = year;
	*unix_seconds = unix_from_civil(when);
	return true;
}

struct span der_bits(struct der *der, unsigned *unused)
{
	struct span content = der_get(der, DER_BIT_STRING);

	*unused = 0;
	if (!der_ok(der))
		return span_of(NULL, 0);
	if (content.n == 0 || content.p[0] > 7 || (content.n == 1 && content.p[0])) {
		der_fail(der, "a BIT STRING is malformed");
		return span_of(NULL, 0);
	}
	*unused = content.p[0];
	return span_sub(content, 1, content.n - 1);
}

const char *oid_text(struct arena *arena, struct span oid)
{
	struct out out = { 0 };
	uint64_t arc = 0;
	bool first = true;
	const char *text;

	for (size_t i = 0; i < oid.n && i < 64; i++) {
		arc = arc << 7 | (oid.p[i] & 0x7f);
		if (oid.p[i] & 0x80)
			continue;
		if (first)
			out_printf(&out, "%u.%llu", arc < 40 ? 0 : arc < 80 ? 1 : 2,
				   (unsigned long long)(arc < 40 ? arc : arc < 80 ? arc - 40 : arc - 80));
		else
			out_printf(&out, ".%llu", (unsigned long long)arc);
		first = false;
		arc = 0;
	}
	text = out.n ? arena_strn(arena, out.text, out.n) : "?";
	out_release(&out);
	return text;
}
