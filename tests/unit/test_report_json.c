/* The JSON document against its own schema, and hostile bytes in it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

/* Both have a json_string(); jansson's is not needed here. */
#define json_string jansson_string
#include <jansson.h>
#undef json_string
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/report.h"
#include "test_audit_sample.h"

/* ---- the part of JSON Schema that the schema uses --------------------------------------------------- */

struct validator {
	json_t *root;
	char path[256];
};

static bool is_valid(struct validator *v, json_t *schema, json_t *value);

static bool has_type(const char *type, json_t *value)
{
	if (strcmp(type, "number") == 0)
		return json_is_number(value);
	return (strcmp(type, "string") == 0 && json_is_string(value)) || (strcmp(type, "null") == 0 && json_is_null(value)) ||
	       (strcmp(type, "object") == 0 && json_is_object(value)) || (strcmp(type, "array") == 0 && json_is_array(value)) ||
	       (strcmp(type, "integer") == 0 && json_is_integer(value)) ||
	       (strcmp(type, "boolean") == 0 && json_is_boolean(value));
}

static bool type_fits(json_t *type, json_t *value)
{
	json_t *one;
	size_t i;

	if (json_is_string(type))
		return has_type(json_string_value(type), value);
	json_array_foreach(type, i, one)
		if (has_type(json_string_value(one), value))
			return true;
	return false;
}

static bool pattern_fits(const char *pattern, json_t *value)
{
	regex_t regex;
	bool fits;

	if (!json_is_string(value))
		return true;
	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	fits = regexec(&regex, json_string_value(value), 0, NULL, 0) == 0;
	regfree(&regex);
	return fits;
}

static bool properties_fit(struct validator *v, json_t *schema, json_t *value)
{
	json_t *sub, *name;
	const char *key;
	size_t i;

	json_array_foreach(json_object_get(schema, "required"), i, name) {
		if (json_is_object(value) && !json_object_get(value, json_string_value(name))) {
			snprintf(v->path, sizeof v->path, "%s is missing", json_string_value(name));
			return false;
		}
	}
	json_object_foreach(json_object_get(schema, "properties"), key, sub) {
		json_t *member = json_object_get(value, key);

		if (member && !is_valid(v, sub, member)) {
			if (!*v->path)
				snprintf(v->path, sizeof v->path, "at %s", key);
			return false;
		}
	}
	return true;
}

static bool combined_fit(struct validator *v, json_t *schema, json_t *value)
{
	json_t *any = json_object_get(schema, "anyOf"), *all = json_object_get(schema, "allOf"), *sub;
	bool one = !any;
	size_t i;

	json_array_foreach(any, i, sub)
		one = one || is_valid(v, sub, value);
	json_array_foreach(all, i, sub)
		one = one && is_valid(v, sub, value);
	sub = json_object_get(schema, "if");
	if (one && sub) {
		char kept[sizeof v->path];

		memcpy(kept, v->path, sizeof kept);
		if (is_valid(v, sub, value))
			one = is_valid(v, json_object_get(schema, "then"), value);
		else
			memcpy(v->path, kept, sizeof kept);
	}
	return one;
}

static bool listed(json_t *list, json_t *value)
{
	json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
		if (json_equal(one, value))
			return true;
	return false;
}

static bool is_valid(struct validator *v, json_t *schema, json_t *value)
{
	const char *ref = json_string_value(json_object_get(schema, "$ref"));
	const char *pattern = json_string_value(json_object_get(schema, "pattern"));
	json_t *type = json_object_get(schema, "type"), *items = json_object_get(schema, "items"), *one;
	json_t *most = json_object_get(schema, "maxItems");
	json_t *constant = json_object_get(schema, "const"), *list = json_object_get(schema, "enum");
	json_t *minimum = json_object_get(schema, "minimum"), *maximum = json_object_get(schema, "maximum");
	size_t i;

	if (ref && !is_valid(v, json_object_get(json_object_get(v->root, "$defs"), ref + strlen("#/$defs/")), value))
		return false;
	if ((type && !type_fits(type, value)) || (pattern && !pattern_fits(pattern, value)) ||
	    (constant && !json_equal(constant, value)) || (list && !listed(list, value)))
		return false;
	if (json_is_number(value) && ((minimum && json_number_value(value) < json_number_value(minimum)) ||
				      (maximum && json_number_value(value) > json_number_value(maximum))))
		return false;
	if (most && json_is_array(value) && (json_int_t)json_array_size(value) > json_integer_value(most))
		return false;
	if (items && json_is_array(value))
		json_array_foreach(value, i, one)
			if (!is_valid(v, items, one))
				return false;
	return properties_fit(v, schema, value) && combined_fit(v, schema, value);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static char *rendered(const struct diagnosis *d)
{
	struct report_options options = { 0 };
	struct out out = { 0 };

	renderer_find("json")->render(&out, d, &options);
	assert_false(out.failed);
	return out.text;
}

static json_t *parsed(const struct diagnosis *d)
{
	char *text = rendered(d);
	json_error_t error;
	json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &error);

	if (!document)
		fail_msg("%s at %d: %.80s", error.text, error.position, text);
	free(text);
	return document;
}

static void check(const struct diagnosis *d)
{
	struct validator v = { .root = json_loads(report_schema(), JSON_REJECT_DUPLICATES, NULL) };
	json_t *document = parsed(d);

	assert_non_null(v.root);
	if (!is_valid(&v, v.root, document))
		fail_msg("%s", v.path);
	json_decref(document);
	json_decref(v.root);
}

static void full_document_fits_schema(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	check(sample_diagnosis(arena));
	arena_free(arena);
}

static void empty_document_fits_schema(void **state)
{
	struct arena *arena = arena_new(0);

	(void)state;
	check(sample_empty(arena));
	arena_free(arena);
}

static void audited_document_fits_schema(void **state)
{
	struct arena *arena = arena_new(0);
	struct validator v = { .root = json_loads(report_schema(), 0, NULL) };
	json_t *document = parsed(sample_audited(arena, NULL, NULL));
	json_t *tls = json_object_get(json_object_get(document, "observations"), "tls");

	(void)state;
	check(sample_audited(arena, NULL, NULL));
	assert_int_equal(json_array_size(json_object_get(tls, "ciphers")), 5);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(tls, "ciphers"), 0), "code")), "1301");
	assert_int_equal(json_array_size(json_array_get(json_object_get(tls, "certificates"), 0)), 2);
	assert_string_equal(json_string_value(json_object_get(json_object_get(document, "grade"), "letter")), "A+");
	assert_true(is_valid(&v, v.root, document));
	json_object_del(tls, "resumption");
	assert_false(is_valid(&v, v.root, document));
	json_decref(document);
	json_decref(v.root);
	arena_free(arena);
}

/* The validator must be able to say no, or the tests above say nothing. */
static void schema_refuses(void **state)
{
	static const char *const keys[] = { "schema", "target", "verdict", "layers", "findings", "clients", "observations" };
	struct arena *arena = arena_new(0);
	struct validator v = { .root = json_loads(report_schema(), 0, NULL) };

	(void)state;
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		json_t *document = parsed(sample_diagnosis(arena));

		json_object_set_new(document, keys[i], json_integer(7));
		assert_false(is_valid(&v, v.root, document));
		json_object_del(document, keys[i]);
		assert_false(is_valid(&v, v.root, document));
		json_decref(document);
	}
	json_decref(v.root);
	arena_free(arena);
}

static void no_raw_control_gets_out(void **state)
{
	struct arena *arena = arena_new(0);
	char *text = rendered(sample_diagnosis(arena));
	size_t n = strlen(text);

	(void)state;
	for (size_t i = 0; i + 1 < n; i++) {
		uint8_t c = (uint8_t)text[i];

		assert_true(c >= ' ' && c != 0x7f);
		assert_false(c == 0xc2 && (uint8_t)text[i + 1] < 0xa0);
	}
	assert_int_equal(text[n - 1], '\n');
	free(text);
	arena_free(arena);
}

static void long_text_is_cut(void **state)
{
	struct arena *arena = arena_new(0);
	struct diagnosis *d = sample_diagnosis(arena);
	char *flood = arena_alloc(arena, 1 << 20);
	char *text;

	(void)state;
	memset(flood, 'x', (1 << 20) - 1);
	d->summary = flood;
	d->clients[0].result.message = flood;
	text = rendered(d);
	assert_true(strlen(text) < 64 << 10);
	free(text);
	arena_free(arena);
}

static void verdict_names_the_root(void **state)
{
	struct arena *arena = arena_new(0);
	json_t *document = parsed(sample_diagnosis(arena)), *verdict = json_object_get(document, "verdict");
	json_t *chrome = json_array_get(json_object_get(document, "clients"), 0);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(verdict, "cause")), "certificate.expired");
	assert_string_equal(json_string_value(json_object_get(verdict, "layer")), "certificate");
	assert_string_equal(json_string_value(json_object_get(chrome, "error")), "ERR_CERT_DATE_INVALID");
	assert_int_equal(json_integer_value(json_object_get(chrome, "number")), -201);
	assert_true(json_is_true(json_object_get(chrome, "overridable")));
	json_decref(document);
	document = parsed(sample_empty(arena));
	verdict = json_object_get(document, "verdict");
	assert_true(json_is_null(json_object_get(verdict, "cause")));
	assert_true(json_is_null(json_object_get(verdict, "layer")));
	json_decref(document);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(full_document_fits_schema), cmocka_unit_test(empty_document_fits_schema),
		cmocka_unit_test(audited_document_fits_schema), cmocka_unit_test(schema_refuses), cmocka_unit_test(no_raw_control_gets_out),
		cmocka_unit_test(long_text_is_cut), cmocka_unit_test(verdict_names_the_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
