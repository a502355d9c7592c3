/* See out.h: the buffer, the escaping of foreign text, and wrapping. */
#include "base/out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void out_release(struct out *out)
{
	free(out->text);
	*out = (struct out){ 0 };
}

static bool reserve(struct out *out, size_t more)
{
	size_t cap = out->cap ? out->cap : 256;
	char *bigger;

	if (out->failed)
		return false;
	if (out->n + more + 1 <= out->cap)
		return true;
	while (cap < out->n + more + 1)
		cap *= 2;
	bigger = realloc(out->text, cap);
	if (!bigger) {
		out->failed = true;
		return false;
	}
	out->text = bigger;
	out->cap = cap;
	return true;
}

void out_bytes(struct out *out, const void *bytes, size_t n)
{
	if (!reserve(out, n))
		return;
	if (n > 0)
		memcpy(out->text + out->n, bytes, n);
	out->n += n;
	out->text[out->n] = '\0';
}

void out_str(struct out *out, const char *text)
{
	out_bytes(out, text, strlen(text));
}

void out_char(struct out *out, char c)
{
	out_bytes(out, &c, 1);
}

void out_printf(struct out *out, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(out, (size_t)n))
		return;
	va_start(ap, fmt);
	vsnprintf(out->text + out->n, (size_t)n + 1, fmt, ap);
	va_end(ap);
	out->n += (size_t)n;
}

void out_repeat(struct out *out, const char *text, size_t times)
{
	while (times-- > 0)
		out_str(out, text);
}

/* ---- UTF-8 ------------------------------------------------------------------------------------ */

size_t utf8_decode(struct span text, uint32_t *code)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t first = text.p[0];
	size_t n = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;

	if (n == 0 || n > text.n)
		return 0;
	*code = n == 1 ? first : first & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if (text.p[i] >> 6 != 2)
			return 0;
		*code = *code << 6 | (text.p[i] & 0x3f);
	}
	if (*code < smallest[n] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

struct range {
	uint32_t first, last;
};

static bool in_ranges(uint32_t code, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

bool utf8_is_unsafe(uint32_t code)
{
	static const struct range ranges[] = {
		{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x034f, 0x034f }, { 0x061c, 0x061c },
		{ 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
		{ 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xd800, 0xf8ff }, { 0xfdd0, 0xfdef }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0x13430, 0x1343f }, { 0x1bca0, 0x1bca3 },
		{ 0x1d173, 0x1d17a }, { 0xe0000, 0x10ffff },
	};

	return (code & 0xfffe) == 0xfffe || in_ranges(code, ranges, COUNT_OF(ranges));
}

void out_safe(struct out *out, struct span text)
{
	while (text.n > 0) {
		uint32_t code = 0;
		size_t n = utf8_decode(text, &code);

		if (n == 0)
			out_printf(out, "\\x%02x", text.p[0]);
		else if (!utf8_is_unsafe(code))
			out_bytes(out, text.p, n);
		else if (code < 0x100)
			out_printf(out, "\\x%02x", (unsigned)code);
		else
			out_printf(out, "\\u{%04x}", (unsigned)code);
		text = span_sub(text, n ? n : 1, text.n);
	}
}

void out_safe_str(struct out *out, const char *text)
{
	out_safe(out, span_str(text));
}

char *safe_copy(char *buffer, size_t cap, struct span text)
{
	struct out out = { 0 };
	size_t n;

	if (cap == 0)
		return buffer;
	out_safe(&out, span_sub(text, 0, cap));
	n = out.n;
	if (n >= cap || text.n > cap) {
		size_t keep = cap > 4 ? cap - 4 : 0;

		keep = keep < n ? keep : n;
		while (keep > 0 && ((uint8_t)out.text[keep] >> 6) == 2)
			keep--;
		snprintf(buffer, cap, "%.*s...", (int)keep, out.text ? out.text : "");
	} else {
		snprintf(buffer, cap, "%s", out.text ? out.text : "");
	}
	out_release(&out);
	return buffer;
}

/* ---- width and wrapping ------------------------------------------------------------------------ */

static size_t columns_of(uint32_t code)
{
	static const struct range wide[] = {
		{ 0x1100, 0x115f }, { 0x2e80, 0x303e }, { 0x3041, 0xa4cf }, { 0xac00, 0xd7a3 }, { 0xf900, 0xfaff },
		{ 0xfe30, 0xfe6f }, { 0xff00, 0xff60 }, { 0xffe0, 0xffe6 }, { 0x1f300, 0x1faff }, { 0x20000, 0x3fffd },
	};
	static const struct range none[] = { { 0x0300, 0x036f }, { 0x200b, 0x200f }, { 0x20d0, 0x20ff }, { 0xfe20, 0xfe2f } };

	if (in_ranges(code, none, COUNT_OF(none)))
		return 0;
	return in_ranges(code, wide, COUNT_OF(wide)) ? 2 : 1;
}

static size_t span_width(struct span text)
{
	size_t width = 0;

	while (text.n > 0) {
		uint32_t code = 0;
		size_t n = utf8_decode(text, &code);

		width += n ? columns_of(code) : 1;
		text = span_sub(text, n ? n : 1, text.n);
	}
	return width;
}

size_t text_width(const char *text)
{
	return span_width(span_str(text));
}

void out_wrapped(struct out *out, const char *text, size_t indent, size_t width, size_t first)
{
	size_t column = first;
	bool empty = true;      /* nothing yet on this line */

	while (*text) {
		size_t n = strcspn(text, " \n"), w = span_width(span_of(text, n));

		if (!empty && n > 0 && column + 1 + w > width) {
			out_char(out, '\n');
			out_repeat(out, " ", indent);
			column = indent;
			empty = true;
		}
		if (!empty && n > 0) {
			out_char(out, ' ');
			column++;
		}
		out_bytes(out, text, n);
		column += w;
		empty = empty && n == 0;
		text += n;
		if (*text == '\n') {
			out_char(out, '\n');
			out_repeat(out, " ", indent);
			column = indent;
			empty = true;
		}
		if (*text)
			text++;
	}
	out_char(out, '\n');
}
