/* Evidence to JSON, member by member: see shape.h. */
#include "evidence/shape.h"
#include "evidence/transcript.h"

#include <netinet/in.h>

#include "base/out.h"

static void write_struct(struct json *json, const char *key, const struct shape *shape, const void *base);

static size_t count_at(const void *base, const struct field *f)
{
	size_t n;

	memcpy(&n, (const char *)base + f->count_offset, sizeof n);
	return n;
}

static const void *pointer_at(const void *member)
{
	const void *p;

	memcpy(&p, member, sizeof p);
	return p;
}

static int64_t whole_number(const struct field *f, const void *member)
{
	bool is_signed = f->kind == FIELD_INT;

	switch (f->size) {
	case 1: return *(const uint8_t *)member;
	case 2: return *(const uint16_t *)member;
	case 4: return is_signed ? *(const int32_t *)member : (int64_t) * (const uint32_t *)member;
	default: return *(const int64_t *)member;
	}
}

static void write_text(struct json *json, const char *key, const char *text)
{
	bool is_ascii = true;

	for (const char *p = text; p && *p; p++)
		is_ascii = is_ascii && (unsigned char)*p < 0x80;
	if (is_ascii) {
		json_key_str(json, key, text);
		return;
	}
	json_object_begin(json, key);
	json_key_hex(json, "hex", span_str(text));
	json_end(json);
}

static void write_numbers(struct json *json, const struct field *f, const uint16_t *items, size_t n)
{
	json_array_begin(json, f->name);
	for (size_t i = 0; i < n; i++)
		json_key_int(json, NULL, items[i]);
	json_end(json);
}

static void write_texts(struct json *json, const struct field *f, const char *const *items, size_t n)
{
	json_array_begin(json, f->name);
	for (size_t i = 0; i < n; i++)
		write_text(json, NULL, items[i]);
	json_end(json);
}

static void write_spans(struct json *json, const struct field *f, const struct span *items, size_t n)
{
	json_array_begin(json, f->name);
	for (size_t i = 0; i < n; i++)
		json_key_hex(json, NULL, items[i]);
	json_end(json);
}

static void write_structs(struct json *json, const struct field *f, const char *items, size_t n)
{
	json_array_begin(json, f->name);
	for (size_t i = 0; i < n; i++)
		write_struct(json, NULL, f->shape, items + i * f->shape->size);
	json_end(json);
}

static void write_pointers(struct json *json, const struct field *f, const void *const *items, size_t n)
{
	json_array_begin(json, f->name);
	for (size_t i = 0; i < n; i++)
		write_struct(json, NULL, f->shape, items[i]);
	json_end(json);
}

/* Which of the pointers of the list it is. */
static void write_one_of(struct json *json, const struct field *f, const struct field *list, const void *base)
{
	const void *const *items = pointer_at((const char *)base + list->offset);
	const void *one = pointer_at((const char *)base + f->offset);

	for (size_t i = 0; one && i < count_at(base, list); i++)
		if (items[i] == one)
			json_key_int(json, f->name, (int64_t)i);
}

static void write_list(struct json *json, const struct field *f, const void *base)
{
	const void *items = pointer_at((const char *)base + f->offset);
	size_t n = count_at(base, f);

	if (n == 0)
		return;
	switch (f->kind) {
	case FIELD_NUMBERS: write_numbers(json, f, items, n); break;
	case FIELD_TEXTS: write_texts(json, f, items, n); break;
	case FIELD_SPANS: write_spans(json, f, items, n); break;
	case FIELD_STRUCTS: write_structs(json, f, items, n); break;
	default: write_pointers(json, f, items, n); break;
	}
}

/* Nothing is written for what is zero: the reader begins with zeroes. */
static void write_scalar(struct json *json, const struct field *f, const void *member)
{
	switch (f->kind) {
	case FIELD_BOOL:
		if (*(const bool *)member)
			json_key_bool(json, f->name, true);
		break;
	case FIELD_DOUBLE:
		if (*(const double *)member > 0)
			json_key_double(json, f->name, *(const double *)member, 6);
		break;
	default:
		if (whole_number(f, member) != 0)
			json_key_int(json, f->name, whole_number(f, member));
		break;
	}
}

static void write_span(struct json *json, const struct field *f, const struct span *span)
{
	if (span->n > 0)
		json_key_hex(json, f->name, *span);
}

static void write_field(struct json *json, const struct shape *shape, size_t at, const void *base)
{
	const struct field *f = &shape->fields[at];
	const void *member = (const char *)base + f->offset;

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_TEXT_NEEDED:
		if (pointer_at(member))
			write_text(json, f->name, pointer_at(member));
		break;
	case FIELD_SPAN: write_span(json, f, member); break;
	case FIELD_ADDRESS: json_key_hex(json, f->name, span_of(member, sizeof(struct sockaddr_in6))); break;
	case FIELD_STRUCT: write_struct(json, f->name, f->shape, member); break;
	case FIELD_POINTER:
		if (pointer_at(member))
			write_struct(json, f->name, f->shape, pointer_at(member));
		break;
	case FIELD_NUMBERS:
	case FIELD_TEXTS:
	case FIELD_SPANS:
	case FIELD_STRUCTS:
	case FIELD_POINTERS: write_list(json, f, base); break;
	case FIELD_ONE_OF:
		for (size_t i = at; i-- > 0;)
			if (shape->fields[i].kind == FIELD_POINTERS) {
				write_one_of(json, f, &shape->fields[i], base);
				break;
			}
		break;
	case FIELD_COUNT:
	case FIELD_ROOM:
	case FIELD_LEFT_OUT: break;
	default: write_scalar(json, f, member); break;
	}
}

static void write_struct(struct json *json, const char *key, const struct shape *shape, const void *base)
{
	json_object_begin(json, key);
	for (size_t i = 0; i < shape->n_fields; i++)
		write_field(json, shape, i, base);
	json_end(json);
}

static void write_root(struct json *json, const struct transcript_root *root)
{
	json_object_begin(json, NULL);
	json_key_hex(json, "der", root->der);
	json_key_bool(json, "is_public", root->is_public);
	json_end(json);
}

static void write_trust(struct json *json, const char *key, const struct transcript_trust *trust)
{
	json_object_begin(json, key);
	json_key_bool(json, "is_known", trust->is_known);
	json_key_bool(json, "is_system", trust->is_system);
	json_key_int(json, "n_all", (int64_t)trust->n_all);
	json_array_begin(json, "roots");
	for (size_t i = 0; i < trust->n_roots; i++)
		write_root(json, &trust->roots[i]);
	json_end(json);
	json_end(json);
}

static void write_wire(struct json *json, const struct wire_log *log)
{
	json_array_begin(json, "wire");
	for (size_t i = 0; log && i < log->n; i++) {
		const struct wire_record *r = log->records[i];

		json_object_begin(json, NULL);
		json_key_str(json, "address", r->address);
		json_key_double(json, "opened_ms", r->opened_ms, 3);
		json_array_begin(json, "events");
		for (size_t k = 0; k < r->n_events; k++) {
			json_object_begin(json, NULL);
			json_key_double(json, "at_ms", r->events[k].at_ms, 3);
			json_key_bool(json, "sent", r->events[k].sent);
			json_key_int(json, "n", (int64_t)r->events[k].n);
			json_key_hex(json, "bytes", r->events[k].bytes);
			json_end(json);
		}
		json_end(json);
		json_end(json);
	}
	json_end(json);
}

void transcript_write(struct out *out, const struct evidence *evidence, const struct transcript_trust *trust)
{
	struct json json = json_of(out, true);

	json_object_begin(&json, NULL);
	json_key_str(&json, "schema", TRANSCRIPT_SCHEMA);
	write_struct(&json, "evidence", &shape_evidence, evidence);
	write_trust(&json, "trust", trust);
	if (trust->of_proxy)
		write_trust(&json, "proxy_trust", trust->of_proxy);
	write_wire(&json, evidence->wire);
	json_end(&json);
	out_char(out, '\n');
}
