/* The JSON writer of out.h. RFC 8259. */
#include <math.h>
#include <stdio.h>

#include "base/out.h"

/* Beyond the first plane as a pair of surrogates: RFC 8259 7. */
static void escape(struct out *out, uint32_t code)
{
	switch (code) {
	case '"': out_str(out, "\\\""); break;
	case '\\': out_str(out, "\\\\"); break;
	case '\n': out_str(out, "\\n"); break;
	case '\r': out_str(out, "\\r"); break;
	case '\t': out_str(out, "\\t"); break;
	default:
		if (code > 0xffff)
			out_printf(out, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((code - 0x10000) >> 10)),
				   (unsigned)(0xdc00 + ((code - 0x10000) & 0x3ff)));
		else
			out_printf(out, "\\u%04x", (unsigned)code);
	}
}

/* How many bytes from here on stand for themselves: nearly all of nearly every text. */
static size_t n_plain(struct span text)
{
	size_t n = 0;

	while (n < text.n && text.p[n] >= 0x20 && text.p[n] < 0x7f && text.p[n] != '"' && text.p[n] != '\\')
		n++;
	return n;
}

void json_string(struct out *out, struct span text)
{
	out_char(out, '"');
	while (text.n > 0) {
		uint32_t code = 0;
		size_t n = n_plain(text);

		if (n > 0) {
			out_bytes(out, text.p, n);
			text = span_sub(text, n, text.n);
			continue;
		}
		n = utf8_decode(text, &code);

		if (n == 0)
			escape(out, text.p[0]);
		else if (code == '"' || code == '\\' || utf8_is_unsafe(code))
			escape(out, code);
		else
			out_bytes(out, text.p, n);
		text = span_sub(text, n ? n : 1, text.n);
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
