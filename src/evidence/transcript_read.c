/* JSON to evidence, member by member: see shape.h. A transcript may come from anywhere: what does not
 * fit is an error that names the member. */
#include "evidence/shape.h"
#include "evidence/transcript.h"

#include <jansson.h>
#include <netinet/in.h>

enum { DEPTH_MAX = 64, LIST_MAX = 100000 };

struct reading {
	struct arena *arena;
	struct why_error *error;
	unsigned depth;
};

static int read_struct(struct reading *r, const struct shape *shape, json_t *value, void *base);

static int wrong(struct reading *r, const struct field *f, const char *expected)
{
	return why_fail(r->error, WHY_EFILE, "transcript: member \"%s\": expected %s", f->name, expected);
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hex(struct arena *arena, const json_t *value, struct span *out)
{
	const char *text = json_string_value(value);
	size_t n = json_string_length(value) / 2;
	uint8_t *bytes;

	if (!text || json_string_length(value) % 2)
		return false;
	bytes = arena_alloc(arena, n + 1);
	for (size_t i = 0; i < n; i++) {
		int high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	*out = span_of(bytes, n);
	return true;
}

static bool read_text(struct arena *arena, const json_t *value, const char **out)
{
	struct span bytes;

	*out = NULL;
	if (json_is_null(value))
		return true;
	if (json_is_string(value)) {
		*out = arena_str(arena, json_string_value(value));
		return true;
	}
	if (!read_hex(arena, json_object_get(value, "hex"), &bytes))
		return false;
	*out = arena_strn(arena, bytes.p, bytes.n);
	return true;
}

static int read_number(struct reading *r, const struct field *f, const json_t *value, void *member)
{
	json_int_t n = json_integer_value(value);
	json_int_t top = f->kind == FIELD_ENUM ? f->max : f->size == 1 ? 0xFF : f->size == 2 ? 0xFFFF :
			 f->size == 4 ? (f->kind == FIELD_INT ? INT32_MAX : UINT32_MAX) : INT64_MAX;
	json_int_t least = f->kind != FIELD_INT ? 0 : f->size == 4 ? INT32_MIN : INT64_MIN;

	if (!json_is_integer(value) || n < least || n > top)
		return wrong(r, f, "a whole number in range");
	memcpy(member, &n, f->size);    /* little-endian machines alone are supported, as in net/task.c */
	return 0;
}

/* ---- lists -------------------------------------------------------------------------------------- */

static int read_list(struct reading *r, const struct field *f, json_t *value, void *base)
{
	size_t n = json_array_size(value);
	size_t size = f->kind == FIELD_NUMBERS ? sizeof(uint16_t) : f->kind == FIELD_SPANS ? sizeof(struct span) :
		      f->kind == FIELD_STRUCTS ? f->shape->size : sizeof(void *);
	char *items;

	if (!json_is_array(value) || n > LIST_MAX)
		return wrong(r, f, "a list");
	items = arena_calloc(r->arena, n + 1, size);
	for (size_t i = 0; i < n; i++) {
		json_t *item = json_array_get(value, i);
		void *at = items + i * size, *one;
		bool is_good = true;

		switch (f->kind) {
		case FIELD_NUMBERS:
			is_good = json_is_integer(item) && json_integer_value(item) >= 0 && json_integer_value(item) <= 0xFFFF;
			*(uint16_t *)at = (uint16_t)json_integer_value(item);
			break;
		case FIELD_SPANS: is_good = read_hex(r->arena, item, at); break;
		case FIELD_TEXTS: is_good = read_text(r->arena, item, at) && *(const char **)at; break;
		case FIELD_STRUCTS: is_good = read_struct(r, f->shape, item, at) == 0; break;
		default:
			one = arena_alloc(r->arena, f->shape->size);
			is_good = read_struct(r, f->shape, item, one) == 0;
			memcpy(at, &one, sizeof one);
			break;
		}
		if (!is_good)
			return r->error->code ? r->error->code : wrong(r, f, "a list of its kind");
	}
	memcpy((char *)base + f->offset, &items, sizeof items);
	memcpy((char *)base + f->count_offset, &n, sizeof n);
	return 0;
}

static int read_one_of(struct reading *r, const struct shape *shape, size_t at, const json_t *value, void *base)
{
	const struct field *f = &shape->fields[at];
	size_t n;
	void **items;

	while (at-- > 0 && shape->fields[at].kind != FIELD_POINTERS)
		;
	memcpy(&n, (char *)base + shape->fields[at].count_offset, sizeof n);
	memcpy(&items, (char *)base + shape->fields[at].offset, sizeof items);
	if (!json_is_integer(value) || json_integer_value(value) < 0 || (size_t)json_integer_value(value) >= n)
		return wrong(r, f, "the place of one in the list before it");
	memcpy((char *)base + f->offset, &items[json_integer_value(value)], sizeof(void *));
	return 0;
}

/* ---- members ------------------------------------------------------------------------------------- */

static int read_pointer(struct reading *r, const struct field *f, json_t *value, void *member)
{
	void *one = arena_alloc(r->arena, f->shape->size);

	memcpy(member, &one, sizeof one);
	return read_struct(r, f->shape, value, one);
}

static int read_address(struct reading *r, const struct field *f, json_t *value, struct sockaddr_storage *address)
{
	struct span bytes;

	if (!read_hex(r->arena, value, &bytes) || bytes.n != sizeof(struct sockaddr_in6))
		return wrong(r, f, "an address");
	memcpy(address, bytes.p, bytes.n);
	return 0;
}

static int read_field(struct reading *r, const struct shape *shape, size_t at, json_t *value, void *base)
{
	const struct field *f = &shape->fields[at];
	void *member = (char *)base + f->offset;

	switch (f->kind) {
	case FIELD_BOOL: *(bool *)member = json_is_true(value); return 0;
	case FIELD_DOUBLE: *(double *)member = json_number_value(value); return 0;
	case FIELD_TEXT:
	case FIELD_TEXT_NEEDED: return read_text(r->arena, value, member) ? 0 : wrong(r, f, "text");
	case FIELD_SPAN: return read_hex(r->arena, value, member) ? 0 : wrong(r, f, "bytes in hexadecimal");
	case FIELD_ADDRESS: return read_address(r, f, value, member);
	case FIELD_STRUCT: return read_struct(r, f->shape, value, member);
	case FIELD_POINTER: return read_pointer(r, f, value, member);
	case FIELD_ONE_OF: return read_one_of(r, shape, at, value, base);
	case FIELD_NUMBERS:
	case FIELD_TEXTS:
	case FIELD_SPANS:
	case FIELD_STRUCTS:
	case FIELD_POINTERS: return read_list(r, f, value, base);
	case FIELD_COUNT:
	case FIELD_ROOM:
	case FIELD_LEFT_OUT: return 0;
	default: return read_number(r, f, value, member);
	}
}

/* Also in structs within that were left out whole. */
static void fill_needed(struct reading *r, const struct shape *shape, void *base)
{
	for (size_t i = 0; i < shape->n_fields; i++) {
		const struct field *f = &shape->fields[i];
		const char **text = (void *)((char *)base + f->offset);

		if (f->kind == FIELD_TEXT_NEEDED && !*text)
			*text = arena_str(r->arena, "");
		if (f->kind == FIELD_STRUCT)
			fill_needed(r, f->shape, (char *)base + f->offset);
	}
}

static int read_struct(struct reading *r, const struct shape *shape, json_t *value, void *base)
{
	if (!json_is_object(value) || r->depth >= DEPTH_MAX)
		return why_fail(r->error, WHY_EFILE, "transcript: expected an object for %s", shape->name);
	r->depth++;
	for (size_t i = 0; i < shape->n_fields; i++) {
		json_t *member = json_object_get(value, shape->fields[i].name);
		int status = member ? read_field(r, shape, i, member, base) : 0;

		if (status != 0)
			return status;
	}
	fill_needed(r, shape, base);
	r->depth--;
	return 0;
}

/* ---- the whole ------------------------------------------------------------------------------------ */

static int read_trust(struct reading *r, json_t *value, struct transcript_trust *trust)
{
	json_t *roots = json_object_get(value, "roots");

	*trust = (struct transcript_trust){ .is_known = json_is_true(json_object_get(value, "is_known")),
					    .is_system = json_is_true(json_object_get(value, "is_system")) };
	trust->n_all = (size_t)json_integer_value(json_object_get(value, "n_all"));
	trust->roots = arena_array(r->arena, struct transcript_root, json_array_size(roots) + 1);
	for (size_t i = 0; i < json_array_size(roots); i++) {
		struct transcript_root *root = &trust->roots[trust->n_roots++];

		root->is_public = json_is_true(json_object_get(json_array_get(roots, i), "is_public"));
		if (!read_hex(r->arena, json_object_get(json_array_get(roots, i), "der"), &root->der))
			return why_fail(r->error, WHY_EFILE, "transcript: a root is no hexadecimal");
	}
	return 0;
}

static int read_all(struct reading *r, json_t *document, struct evidence **evidence, struct transcript_trust *trust)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	int status;

	if (!schema || strcmp(schema, TRANSCRIPT_SCHEMA) != 0)
		return why_fail(r->error, WHY_EFILE, "transcript: expected the schema " TRANSCRIPT_SCHEMA);
	*evidence = arena_new_of(r->arena, struct evidence);
	status = read_struct(r, &shape_evidence, json_object_get(document, "evidence"), *evidence);
	if (status != 0)
		return status;
	(*evidence)->arena = r->arena;
	(*evidence)->is_replay = true;
	if (!(*evidence)->visit)
		return why_fail(r->error, WHY_EFILE, "transcript: it holds no visit");
	status = read_trust(r, json_object_get(document, "trust"), trust);
	if (status != 0 || !json_object_get(document, "proxy_trust"))
		return status;
	trust->of_proxy = arena_new_of(r->arena, struct transcript_trust);
	return read_trust(r, json_object_get(document, "proxy_trust"), trust->of_proxy);
}

int transcript_read(struct arena *arena, struct span text, struct evidence **evidence, struct transcript_trust *trust,
		    struct why_error *error)
{
	struct why_error unwanted = { 0 };
	struct reading r = { .arena = arena, .error = error ? error : &unwanted };
	json_error_t where;
	json_t *document = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES, &where);
	int status;

	if (!document)
		return why_fail(r.error, WHY_EFILE, "transcript: line %d: expected JSON: %.80s", where.line, where.text);
	status = read_all(&r, document, evidence, trust);
	json_decref(document);
	return status;
}
