/* See tree.h. A cursor over what is read piece by piece; its error sticks. */
#include "firewall/tree.h"

#include <ctype.h>
#include <limits.h>

enum { CHUNK = 64 << 10, STRING_MAX = 32 << 10, DEPTH_MAX = 512, VALUES_MAX = 8 << 20, KEYS = 64 };

struct reader {
	struct arena *arena;
	size_t (*read)(void *buffer, size_t n, void *ctx);
	void *ctx;
	const unsigned char *at, *end;
	size_t n_values;
	unsigned depth;
	bool is_wrong;
	const char *keys[KEYS];         /* the few that come over and over */
	unsigned char buffer[CHUNK];
	char text[STRING_MAX];          /* of a string with escapes, or in two pieces */
};

/* -1 at the end. */
static int refill(struct reader *r)
{
	size_t n = r->is_wrong ? 0 : r->read(r->buffer, sizeof r->buffer, r->ctx);

	r->at = r->buffer;
	r->end = r->buffer + n;
	return n ? *r->at : -1;
}

static int peek(struct reader *r)
{
	return r->at < r->end ? *r->at : refill(r);
}

static int peek_solid(struct reader *r)
{
	int c;

	while ((c = peek(r)) == ' ' || c == '\n' || c == '\t' || c == '\r')
		r->at++;
	return c;
}

static bool fail(struct reader *r)
{
	r->is_wrong = true;
	r->at = r->end;
	return false;
}

static bool expect(struct reader *r, int c)
{
	if (peek_solid(r) != c)
		return fail(r);
	r->at++;
	return true;
}

/* ---- strings ------------------------------------------------------------------------------------------------- */

static unsigned hex4(struct reader *r)
{
	unsigned code = 0;

	for (int i = 0; i < 4; i++) {
		int c = peek(r);

		if (c < 0 || !isxdigit(c)) {
			fail(r);
			return 0;
		}
		code = code << 4 | (unsigned)(isdigit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
		r->at++;
	}
	return code;
}

/* RFC 3629 3. NUL would end the text and is left out. */
static size_t utf8_put(char *out, unsigned code)
{
	if (code == 0)
		return 0;
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	out[0] = (char)(0xe0 | code >> 12);
	out[1] = (char)(0x80 | (code >> 6 & 0x3f));
	out[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

static size_t escape_read(struct reader *r, char *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	int c = peek(r);
	const char *at = c > 0 ? strchr(from, c) : NULL;

	if (c == 'u') {
		r->at++;
		return utf8_put(out, hex4(r));
	}
	if (!at) {
		fail(r);
		return 0;
	}
	r->at++;
	*out = to[at - from];
	return 1;
}

/* What stands behind its first quote, where all of it is at hand and nothing in it is escaped. */
static struct span string_plain(struct reader *r)
{
	const unsigned char *quote = memchr(r->at, '"', (size_t)(r->end - r->at));
	struct span text = span_of(r->at, quote ? (size_t)(quote - r->at) : 0);

	if (!quote || memchr(r->at, '\\', text.n))
		return span_of(NULL, 0);
	r->at = quote + 1;
	return text;
}

static struct span string_read(struct reader *r)
{
	struct span plain;
	size_t n = 0;
	int c;

	if (!expect(r, '"'))
		return span_of(NULL, 0);
	plain = string_plain(r);
	if (plain.p)
		return plain;
	while ((c = peek(r)) != '"' && c >= 0) {
		if (n + 4 > sizeof r->text)
			fail(r);
		else if (r->at++, c == '\\')
			n += escape_read(r, r->text + n);
		else
			r->text[n++] = (char)c;
	}
	(void)expect(r, '"');
	return span_of(r->text, n);
}

static const char *key_read(struct reader *r)
{
	struct span text = string_read(r);
	const char **known = &r->keys[text.n ? (text.n * 7 + text.p[0] * 3u + text.p[text.n - 1]) % KEYS : 0];

	if (!*known || !span_is(text, *known))
		*known = arena_strn(r->arena, text.p, text.n);
	return *known;
}

/* ---- values -------------------------------------------------------------------------------------------------- */

static void digits_read(struct reader *r, long long *value)
{
	for (int c; (c = peek(r)) >= '0' && c <= '9'; r->at++)
		*value = *value > (LLONG_MAX - 9) / 10 ? LLONG_MAX : *value * 10 + (c - '0');
}

static void number_read(struct reader *r, struct tree *value)
{
	bool is_negative = peek(r) == '-';
	long long unused = 0;
	int c;

	r->at += is_negative;
	value->kind = TREE_INTEGER;
	c = peek(r);
	if (c < '0' || c > '9')
		fail(r);
	digits_read(r, &value->integer);
	value->integer = is_negative ? -value->integer : value->integer;
	while ((c = peek(r)) == '.' || c == 'e' || c == 'E' || c == '+' || c == '-') {
		value->kind = TREE_REAL;
		r->at++;
		digits_read(r, &unused);
	}
}

static void word_read(struct reader *r, struct tree *value)
{
	static const struct {
		const char *word;
		enum tree_kind kind;
	} words[] = {{"null", TREE_NULL}, {"true", TREE_TRUE}, {"false", TREE_FALSE}};
	char word[8];
	size_t n = 0;

	for (int c; (c = peek(r)) >= 'a' && c <= 'z' && n < sizeof word - 1; r->at++)
		word[n++] = (char)c;
	word[n] = '\0';
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(word, words[i].word) == 0) {
			value->kind = words[i].kind;
			return;
		}
	fail(r);
}

static struct tree *value_read(struct reader *r);

static void inside_read(struct reader *r, struct tree *value, int close)
{
	const struct tree **end = &value->first;
	bool is_more = peek_solid(r) != close;

	while (is_more && !r->is_wrong) {
		const char *key = close == '}' ? key_read(r) : NULL;
		struct tree *inner;

		if (key && !expect(r, ':'))
			return;
		inner = value_read(r);
		inner->key = key;
		*end = inner;
		end = &inner->next;
		value->n++;
		is_more = peek_solid(r) == ',';
		r->at += is_more;
	}
	(void)expect(r, close);
}

static struct tree *value_read(struct reader *r)
{
	struct tree *value = arena_new_of(r->arena, struct tree);
	int c = peek_solid(r);
	struct span text;

	if (r->depth == DEPTH_MAX || ++r->n_values > VALUES_MAX) {
		fail(r);
		return value;
	}
	if (c == '"') {
		value->kind = TREE_TEXT;
		text = string_read(r);
		value->text = arena_strn(r->arena, text.p, text.n);
	} else if (c == '{' || c == '[') {
		value->kind = c == '{' ? TREE_OBJECT : TREE_ARRAY;
		r->at++;
		r->depth++;
		inside_read(r, value, c == '{' ? '}' : ']');
		r->depth--;
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		number_read(r, value);
	} else {
		word_read(r, value);
	}
	return value;
}

const struct tree *tree_read(struct arena *arena, size_t (*read)(void *buffer, size_t n, void *ctx), void *ctx)
{
	struct reader *r = arena_new_of(arena, struct reader);
	const struct tree *value;

	r->arena = arena;
	r->read = read;
	r->ctx = ctx;
	r->at = r->end = r->buffer;
	value = value_read(r);
	return r->is_wrong ? NULL : value;
}

/* ---- looking at it ------------------------------------------------------------------------------------------- */

const struct tree *tree_member(const struct tree *object)
{
	return tree_is(object, TREE_OBJECT) ? object->first : NULL;
}

const struct tree *tree_get(const struct tree *object, const char *key)
{
	const struct tree *member = tree_member(object);

	while (member && strcmp(member->key, key) != 0)
		member = member->next;
	return member;
}

size_t tree_size(const struct tree *array)
{
	return tree_is(array, TREE_ARRAY) ? array->n : 0;
}

const struct tree *tree_at(const struct tree *array, size_t i)
{
	const struct tree *item;

	tree_foreach(array, item) if (i-- == 0) return item;
	return NULL;
}

const char *tree_text(const struct tree *value)
{
	return tree_is(value, TREE_TEXT) ? value->text : NULL;
}

long long tree_integer(const struct tree *value)
{
	return tree_is(value, TREE_INTEGER) ? value->integer : 0;
}
