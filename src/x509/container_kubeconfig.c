/* kubeconfig and Kubernetes' Secrets, in YAML as kubectl writes it or in JSON: what stands base64 in `*-data`, `tls.crt`
 * and their kin, with the name of the entry it stands in. No YAML library: lines, their indentation, "- " and
 * "KEY: VALUE" suffice, block scalars (`|`, `>`) included; anchors and flow collections are passed over. */
#include "x509/container.h"

#include <jansson.h>
#include <stdlib.h>

#include "x509/pem.h"

enum { DEPTH_MAX = 32, NAME_LEN_MAX = 200 };

static const char *const data_keys[] = { "certificate-authority-data", "client-certificate-data", "client-key-data", "tls.crt", "tls.key", "ca.crt" };

static bool is_data_key(struct span key)
{
	for (size_t i = 0; i < COUNT_OF(data_keys); i++)
		if (span_is(key, data_keys[i]))
			return true;
	return false;
}

bool container_is_kubeconfig(struct span text)
{
	struct span head = span_sub(text, 0, 1 << 20);

	if (span_find(head, span_str("apiVersion")) < 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(data_keys); i++)
		if (span_find(text, span_str(data_keys[i])) >= 0)
			return true;
	return false;
}

/* What one value holds: base64 of PEM (or of DER). */
static void value_take(struct arena *arena, struct span value, const char *within, unsigned line, struct container_options *options, struct file_seen *file)
{
	struct span bytes = pem_base64(arena, value);
	size_t before = file->n_items;

	if (span_find(bytes, span_str("-----BEGIN ")) >= 0)
		container_pem(arena, bytes, options, file);
	else
		container_der(arena, bytes, options, file);
	if (file->n_items == before)
		container_item(arena, file, ITEM_OTHER, "data")->problem = "neither PEM nor DER in base64";
	for (size_t i = before; i < file->n_items; i++) {
		file->items[i].within = within;
		file->items[i].line = line;
	}
}

/* ---- YAML ---------------------------------------------------------------------------------------------------- */

struct found {
	struct span value;
	struct span key;
	unsigned line;
	size_t entry;                   /* index of the list's entry */
};

struct entry {
	struct span section, name;
	size_t name_indent;
};

struct yaml {
	struct arena *arena;
	struct span text;
	size_t at;
	unsigned line;
	struct entry *entries;
	size_t n_entries, cap_entries;
	struct found *found;
	size_t n_found, cap_found;
	struct span section;
};

static bool line_next(struct yaml *y, struct span *line)
{
	const uint8_t *lf;

	if (y->at >= y->text.n)
		return false;
	lf = memchr(y->text.p + y->at, '\n', y->text.n - y->at);
	*line = span_sub(y->text, y->at, lf ? (size_t)(lf - y->text.p) - y->at : y->text.n);
	y->at += line->n + 1;
	y->line++;
	return true;
}

static size_t indent_of(struct span line)
{
	size_t n = 0;

	while (n < line.n && line.p[n] == ' ')
		n++;
	return n;
}

static struct span unquoted(struct span value)
{
	value = span_trim(value);
	if (value.n >= 2 && (value.p[0] == '"' || value.p[0] == '\'') && value.p[value.n - 1] == value.p[0])
		return span_sub(value, 1, value.n - 2);
	return value;
}

/* The lines below that are further in. */
static struct span block_scalar(struct yaml *y, size_t indent)
{
	size_t begin = y->at;

	for (;;) {
		size_t at = y->at;
		unsigned number = y->line;
		struct span line;

		if (!line_next(y, &line))
			break;
		if (span_trim(line).n > 0 && indent_of(line) <= indent) {
			y->at = at;
			y->line = number;
			break;
		}
	}
	return span_sub(y->text, begin, (y->at < y->text.n ? y->at : y->text.n) - begin);
}

static void pair_take(struct yaml *y, struct span key, struct span value, size_t indent)
{
	struct entry *entry = y->n_entries ? &y->entries[y->n_entries - 1] : NULL;
	unsigned line = y->line;

	if (indent == 0) {
		y->section = key;
		*arena_push(y->arena, y->entries, y->n_entries, y->cap_entries) = (struct entry){ .section = key };
	} else if (entry && span_is(key, "name") && (!entry->name.n || indent < entry->name_indent)) {
		entry->name = unquoted(value);
		entry->name_indent = indent;
	}
	if (value.n > 0 && (value.p[0] == '|' || value.p[0] == '>'))
		value = block_scalar(y, indent);
	if (is_data_key(key) && value.n > 0 && y->n_found < CONTAINER_ITEMS_MAX)
		*arena_push(y->arena, y->found, y->n_found, y->cap_found) =
			(struct found){ unquoted(value), key, line, y->n_entries ? y->n_entries - 1 : 0 };
}

static void line_take(struct yaml *y, struct span line)
{
	size_t indent = indent_of(line);
	struct span rest = span_sub(line, indent, line.n);
	const uint8_t *colon;

	while (rest.n >= 2 && rest.p[0] == '-' && rest.p[1] == ' ') {
		/* An entry of the section's list: as far in as the section, or two blanks more. */
		if (indent <= 2 && y->n_entries < CONTAINER_ITEMS_MAX)
			*arena_push(y->arena, y->entries, y->n_entries, y->cap_entries) = (struct entry){ .section = y->section };
		indent += 2;
		rest = span_sub(rest, 2, rest.n);
		while (rest.n && rest.p[0] == ' ') {
			indent++;
			rest = span_sub(rest, 1, rest.n);
		}
	}
	if (rest.n == 0 || rest.p[0] == '#' || (colon = memchr(rest.p, ':', rest.n)) == NULL)
		return;
	pair_take(y, unquoted(span_sub(rest, 0, (size_t)(colon - rest.p))), span_trim(span_sub(rest, (size_t)(colon - rest.p) + 1, rest.n)), indent);
}

static const char *within_of(struct arena *arena, struct span section, struct span name, struct span key)
{
	if (!name.n)
		return arena_printf(arena, "%.*s%s%.*s", (int)section.n, section.p, section.n ? "." : "", (int)key.n, key.p);
	return arena_printf(arena, "%.*s[%.*s].%.*s", (int)section.n, section.p, (int)(name.n < NAME_LEN_MAX ? name.n : NAME_LEN_MAX), name.p, (int)key.n, key.p);
}

static void yaml_read(struct arena *arena, struct span text, struct container_options *options, struct file_seen *file)
{
	struct yaml y = { .arena = arena, .text = text };
	struct span line;

	while (line_next(&y, &line))
		if (y.n_entries < CONTAINER_ITEMS_MAX)
			line_take(&y, line);
	for (size_t i = 0; i < y.n_found && file->n_items < CONTAINER_ITEMS_MAX; i++) {
		const struct entry *entry = y.n_entries ? &y.entries[y.found[i].entry] : &(struct entry){ 0 };

		value_take(arena, y.found[i].value, within_of(arena, entry->section, entry->name, y.found[i].key), y.found[i].line, options, file);
	}
}

/* ---- JSON ---------------------------------------------------------------------------------------------------- */

struct json_walk {
	struct arena *arena;
	struct container_options *options;
	struct file_seen *file;
	struct span section, name;
};

static void json_walk(const struct json_walk *w, json_t *value, unsigned depth)
{
	json_t *child;
	const char *key;
	size_t i;

	if (depth > DEPTH_MAX || w->file->n_items >= CONTAINER_ITEMS_MAX)
		return;
	json_array_foreach(value, i, child)
		json_walk(w, child, depth + 1);
	json_object_foreach(value, key, child) {
		struct json_walk below = *w;
		const char *name = json_string_value(json_object_get(value, "name"));

		if (depth == 0)
			below.section = span_str(key);
		else if (name && !below.name.n)
			below.name = span_str(name);
		if (json_is_string(child) && is_data_key(span_str(key)))
			value_take(w->arena, arena_copy(w->arena, span_of(json_string_value(child), json_string_length(child))),
				   within_of(w->arena, below.section, below.name, span_str(key)), 0, w->options, w->file);
		else
			json_walk(&below, child, depth + 1);
	}
}

void container_kubeconfig(struct arena *arena, struct span text, struct container_options *options, struct file_seen *file)
{
	struct json_walk w = { .arena = arena, .options = options, .file = file };
	json_t *root = span_trim(text).n && span_trim(text).p[0] == '{' ? json_loadb((const char *)text.p, text.n, 0, NULL) : NULL;

	if (root)
		json_walk(&w, root, 0);
	else
		yaml_read(arena, text, options, file);
	json_decref(root);
}
