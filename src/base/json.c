/* The JSON writer of out.h. RFC 8259. */
#include <math.h>
#include <stdio.h>

#include "base/out.h"

static void string_part(struct out *out, uint8_t c)
{
	switch (c) {
	case '"': out_str(out, "\\\""); break;
	case '\\': out_str(out, "\\\\"); break;
	case '\n': out_str(out, "\\n"); break;
	case '\r': out_str(out, "\\r"); break;
	case '\t': out_str(out, "\\t"); break;
	default: out_printf(out, "\\u%04x", c);
	}
}

/* Bytes of the valid UTF-8 sequence here that may stand as they are; 0 when it must be escaped. */
static size_t plain_sequence(struct span text)
{
	uint8_t c = text.p[0];
	size_t n = c < 0x80 ? 1 : c >> 5 == 6 && c >= 0xc2 ? 2 : c >> 4 == 14 ? 3 : c >> 3 == 30 && c <= 0xf4 ? 4 : 0;

	if (n == 0 || n > text.n || c < 0x20 || c == 0x7f || c == '"' || c == '\\')
		return 0;
	for (size_t i = 1; i < n; i++)
		if (text.p[i] >> 6 != 2)
			return 0;
	if (n == 2 && c == 0xc2 && text.p[1] < 0xa0)
		return 0;       /* C1 controls */
	if ((c == 0xe0 && text.p[1] < 0xa0) || (c == 0xed && text.p[1] > 0x9f) || (c == 0xf0 && text.p[1] < 0x90) ||
	    (c == 0xf4 && text.p[1] > 0x8f))
		return 0;       /* overlong, surrogate, out of range */
	return n;
}

void json_string(struct out *out, struct span text)
{
	out_char(out, '"');
	while (text.n > 0) {
		size_t n = plain_sequence(text);

		/* A C1 control as the character it is, not as its two bytes. */
		if (n == 0 && text.n >= 2 && text.p[0] == 0xc2 && text.p[1] >= 0x80 && text.p[1] < 0xa0) {
			string_part(out, text.p[1]);
			n = 2;
		} else if (n == 0) {
			string_part(out, text.p[0]);
			n = 1;
		} else {
			out_bytes(out, text.p, n);
		}
		text = span_sub(text, n, text.n);
	}
	out_char(out, '"');
}

struct json json_of(struct out *out, bool pretty)
{
	return (struct json){ .out = out, .pretty = pretty };
}

static void newline(struct json *j)
{
	if (!j->pretty)
		return;
	out_char(j->out, '\n');
	out_repeat(j->out, "  ", j->depth);
}

static void begin(struct json *j, const char *key)
{
	if (j->depth > 0) {
		if (j->any[j->depth - 1])
			out_char(j->out, ',');
		j->any[j->depth - 1] = true;
		newline(j);
	}
	if (!key)
		return;
	json_string(j->out, span_str(key));
	out_str(j->out, j->pretty ? ": " : ":");
}

static void open_level(struct json *j, const char *key, char open, char close)
{
	begin(j, key);
	out_char(j->out, open);
	if (j->depth >= COUNT_OF(j->any)) {
		j->out->failed = true;
		return;
	}
	j->any[j->depth] = false;
	j->close[j->depth++] = close;
}

void json_object_begin(struct json *j, const char *key)
{
	open_level(j, key, '{', '}');
}

void json_array_begin(struct json *j, const char *key)
{
	open_level(j, key, '[', ']');
}

void json_end(struct json *j)
{
	if (j->depth == 0)
		return;
	j->depth--;
	if (j->any[j->depth])
		newline(j);
	out_char(j->out, j->close[j->depth]);
}

void json_key_span(struct json *j, const char *key, struct span value)
{
	begin(j, key);
	json_string(j->out, value);
}

void json_key_str(struct json *j, const char *key, const char *value)
{
	if (value)
		json_key_span(j, key, span_str(value));
	else
		json_key_null(j, key);
}

void json_key_int(struct json *j, const char *key, int64_t value)
{
	begin(j, key);
	out_printf(j->out, "%lld", (long long)value);
}

void json_key_double(struct json *j, const char *key, double value, int decimals)
{
	begin(j, key);
	if (isfinite(value))
		out_printf(j->out, "%.*f", decimals, value);
	else
		out_str(j->out, "null");
}

void json_key_bool(struct json *j, const char *key, bool value)
{
	begin(j, key);
	out_str(j->out, value ? "true" : "false");
}

void json_key_null(struct json *j, const char *key)
{
	begin(j, key);
	out_str(j->out, "null");
}

void json_key_hex(struct json *j, const char *key, struct span bytes)
{
	begin(j, key);
	out_char(j->out, '"');
	for (size_t i = 0; i < bytes.n; i++)
		out_printf(j->out, "%02x", bytes.p[i]);
	out_char(j->out, '"');
}
