/* See diff.h. Each document becomes a list of facts that two runs on an unchanged server share: no times,
 * no costs, no addresses, no serial evidence. The lists are sorted and laid side by side. */
#include "report/diff.h"

/* Both have a json_string(); jansson's is not needed here. */
#define json_string jansson_string
#include <jansson.h>
#undef json_string
#include <stdio.h>
#include <stdlib.h>

#include "report/json_parts.h"
#include "report/page.h"

enum { ENTRIES_MAX = 100000 };

struct reading {
	struct arena *arena;
	struct diff_entry *entries;
	size_t n, cap;
};

static void add(struct reading *r, const char *section, const char *key, const char *value)
{
	if (r->n < ENTRIES_MAX && key)
		*arena_push(r->arena, r->entries, r->n, r->cap) =
			(struct diff_entry){ section, arena_str(r->arena, key), arena_str(r->arena, value ? value : "unknown"), false };
}

/* A scalar as text; NULL for null and for what has parts. */
static const char *scalar(struct reading *r, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING: return json_string_value(value);
	case JSON_INTEGER: return arena_printf(r->arena, "%lld", (long long)json_integer_value(value));
	case JSON_REAL: return arena_printf(r->arena, "%.1f", json_real_value(value));
	case JSON_TRUE: return "yes";
	case JSON_FALSE: return "no";
	default: return NULL;
	}
}

static const char *member(struct reading *r, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return value ? scalar(r, value) : NULL;
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

/* ---- the sections -------------------------------------------------------------------------------------------- */

static void read_members(struct reading *r, const char *section, json_t *object, const char *const *keys)
{
	/* A verdict without a cause has none; elsewhere null means that it is not known. */
	const char *null = strcmp(section, "verdict") == 0 ? "none" : NULL;

	for (; object && *keys; keys++)
		if (json_object_get(object, *keys))
			add(r, section, *keys, json_is_null(json_object_get(object, *keys)) ? null : member(r, object, *keys));
}

/* All scalar members of an object. */
static void read_object(struct reading *r, const char *section, json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
		if (!json_is_object(value) && !json_is_array(value) && strcmp(key, "clock_skew_s") != 0)
			add(r, section, key, scalar(r, value));
}

/* Rows of a list: the key from up to three members, the value from up to three others. */
struct rows {
	const char *list, *section;
	const char *keys[3], *values[3];
};

static const char *joined(struct reading *r, const json_t *row, const char *const *names)
{
	const char *text = NULL;

	for (size_t i = 0; i < 3 && names[i]; i++) {
		const char *one = member(r, row, names[i]);

		text = text ? arena_printf(r->arena, "%s %s", text, or_dash(one)) : one ? one : "unknown";
	}
	return text;
}

/* What is known of the value; numbers with their name. */
static const char *valued(struct reading *r, const json_t *row, const char *const *names)
{
	const char *text = NULL;

	for (size_t i = 0; i < 3 && names[i]; i++) {
		const char *one = member(r, row, names[i]);

		if (one && json_is_integer(json_object_get(row, names[i])))
			one = arena_printf(r->arena, "%s %s", names[i], one);
		if (one)
			text = text ? arena_printf(r->arena, "%s, %s", text, one) : one;
	}
	if (text)
		return text;
	/* A list of answers says unknown; a list of what is there needs no more than being there. */
	return names[0] && !names[1] ? "unknown" : "yes";
}

static void read_rows(struct reading *r, const json_t *parent, const struct rows *rows)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(parent, rows->list), i, row)
		add(r, rows->section, joined(r, row, rows->keys), valued(r, row, rows->values));
}

static void read_certificates(struct reading *r, json_t *tls)
{
	json_t *chain, *cert;
	size_t i, k;

	json_array_foreach(json_object_get(tls, "certificates"), i, chain)
		json_array_foreach(chain, k, cert)
			add(r, "certificates", member(r, cert, "sha256"),
			    arena_printf(r->arena, "%s, until %s, %s", or_dash(member(r, cert, "subject")),
					 or_dash(member(r, cert, "not_after")), or_dash(member(r, cert, "key"))));
}

static void read_texts(struct reading *r, const char *section, json_t *list)
{
	json_t *text;
	size_t i;

	json_array_foreach(list, i, text)
		add(r, section, json_string_value(text), "yes");
}

/* A nonce is another one each time. */
static const char *without_nonces(struct reading *r, const char *policy)
{
	static const char begin[] = "'nonce-";
	struct span rest = span_str(policy);
	struct out out = { 0 };
	const char *text;
	long at;

	while ((at = span_find_nocase(rest, span_str(begin))) >= 0) {
		size_t n = (size_t)at + sizeof begin - 1;

		out_bytes(&out, (const char *)rest.p, n);
		while (n < rest.n && !strchr("'; \t", (char)rest.p[n]))
			n++;
		rest = span_sub(rest, n, rest.n);
	}
	out_bytes(&out, (const char *)rest.p, rest.n);
	text = arena_strn(r->arena, out.text ? out.text : "", out.n);
	out_release(&out);
	return text;
}

static void read_http(struct reading *r, json_t *http)
{
	json_t *header;
	size_t i;

	if (!json_is_object(http))
		return;
	add(r, "http", "status", member(r, http, "status"));
	/* Headers whose value is another each time are compared by name alone. */
	json_array_foreach(json_object_get(http, "headers"), i, header) {
		static const char *const steady[] = { "server", "strict-transport-security", "content-security-policy",
						      "x-frame-options", "x-content-type-options", "referrer-policy",
						      "permissions-policy", "location", "alt-svc" };
		const char *name = member(r, header, "name"), *value = "sent";

		for (size_t k = 0; name && k < COUNT_OF(steady); k++)
			if (strcmp(name, steady[k]) == 0)
				value = member(r, header, "value");
		if (value && name && strcmp(name, "content-security-policy") == 0)
			value = without_nonces(r, value);
		add(r, "http", name ? arena_printf(r->arena, "header %s", name) : NULL, value);
	}
}

/* What is missing in a list that was not seen whole is not known to be gone. */
static void read_open(struct reading *r, const char *section, const char *key, const json_t *state)
{
	const char *extent = member(r, state, "extent");

	if (!extent || strcmp(extent, "whole") == 0)
		return;
	*arena_push(r->arena, r->entries, r->n, r->cap) =
		(struct diff_entry){ .section = section, .key = arena_str(r->arena, key), .value = "unknown", .is_open = true };
}

static void read_states(struct reading *r, json_t *tls)
{
	static const struct { const char *states, *section; } lists[] = {
		{ "ciphers_seen", "ciphers" }, { "groups_seen", "groups" }, { "signature_schemes_seen", "signature schemes" },
	};
	const char *protocol;
	json_t *state;

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		json_object_foreach(json_object_get(tls, lists[i].states), protocol, state)
			read_open(r, lists[i].section, arena_printf(r->arena, "%s ", protocol), state);
	read_open(r, "alpn", "", json_object_get(tls, "alpn_seen"));
}

static void read_tls(struct reading *r, json_t *tls)
{
	static const struct rows lists[] = {
		{ "protocols", "protocols", { "name" }, { "supported" } },
		{ "ciphers", "ciphers", { "protocol", "code", "name" }, { "order", "group", "dh_bits" } },
		{ "groups_by_protocol", "groups", { "protocol", "code", "name" }, { "supported", "order" } },
		{ "signature_schemes", "signature schemes", { "protocol", "code", "name" }, { NULL } },
		{ "dh", "dh", { "bits", "known" }, { "prime", "safe", "reused" } },
		{ "tolerances", "tolerances", { "id" }, { "tolerant" } },
	};

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		read_rows(r, tls, &lists[i]);
	read_object(r, "server preference", json_object_get(tls, "server_preference"));
	read_object(r, "habits", json_object_get(tls, "habits"));
	read_object(r, "resumption", json_object_get(tls, "resumption"));
	read_object(r, "client certificate", json_object_get(tls, "client_certificate"));
	read_texts(r, "alpn", json_object_get(tls, "alpn"));
	read_states(r, tls);
	if (json_object_get(tls, "ocsp_stapling"))
		add(r, "habits", "ocsp_stapling", member(r, tls, "ocsp_stapling"));
	read_certificates(r, tls);
}

static void read_sent(struct reading *r, json_t *certificate)
{
	static const struct rows sent = { "sent", "certificates sent", { "sha256" }, { "subject", "not_after" } };
	static const char *const keys[] = { "is_trusted", "name_matches", "needs_aia", "out_of_order", NULL };

	if (!json_is_object(certificate))
		return;
	read_rows(r, certificate, &sent);
	read_members(r, "certificate", certificate, keys);
}

static void read_document(struct reading *r, json_t *document)
{
	static const char *const verdict[] = { "status", "cause", NULL };
	static const char *const grade[] = { "letter", "score", "protocol", "key_exchange", "cipher", NULL };
	static const char *const complies[] = { "profile", "complies", NULL };
	static const struct rows lists[] = {
		{ "findings", "findings", { "id" }, { "severity" } },
		{ "weaknesses", "weaknesses", { "id" }, { "severity" } },
		{ "vulnerabilities", "vulnerabilities", { "id" }, { "status" } },
		{ "clients", "clients", { "client", "version" }, { "outcome", "error" } },
	};
	json_t *observations = json_object_get(document, "observations"), *compliance = json_object_get(document, "compliance");
	static const struct rows rules = { "rules", "compliance", { "rule", "address" }, { "outcome" } };

	read_members(r, "verdict", json_object_get(document, "verdict"), verdict);
	read_members(r, "grade", json_object_get(document, "grade"), grade);
	read_texts(r, "grade capped by", json_object_get(json_object_get(document, "grade"), "capped_by"));
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		read_rows(r, document, &lists[i]);
	read_members(r, "compliance", compliance, complies);
	if (compliance)
		read_rows(r, compliance, &rules);
	read_tls(r, json_object_get(observations, "tls"));
	read_sent(r, json_object_get(observations, "certificate"));
	read_http(r, json_object_get(observations, "http"));
}

static bool is_ours(const json_t *document)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));

	return json_is_object(document) && schema && strcmp(schema, "why443/1") == 0 && json_object_get(document, "verdict");
}

int diff_read(struct arena *arena, const char *name, struct span text, struct diff_entry **entries, size_t *n,
	      const char **title, struct why_error *error)
{
	struct reading r = { .arena = arena };
	json_error_t fault;
	json_t *document = json_loadb((const char *)text.p, text.n, 0, &fault), *target;
	char safe[160], why[160];

	safe_copy(safe, sizeof safe, span_str(name));
	if (!document)
		return why_fail(error, WHY_EFILE, "%s: expected a report in JSON; line %d: %s", safe, fault.line,
				safe_copy(why, sizeof why, span_str(fault.text)));
	if (!is_ours(document)) {
		json_decref(document);
		return why_fail(error, WHY_EFILE, "%s: expected a report that why443 wrote with --json (schema why443/1)", safe);
	}
	read_document(&r, document);
	target = json_object_get(document, "target");
	*title = arena_printf(arena, "%s:%s, %s", or_dash(member(&r, target, "host")), or_dash(member(&r, target, "port")),
			      or_dash(member(&r, document, "started")));
	json_decref(document);
	*entries = r.entries;
	*n = r.n;
	return 0;
}

/* ---- side by side ------------------------------------------------------------------------------------------------ */

static int by_key(const void *a, const void *b)
{
	const struct diff_entry *x = a, *y = b;
	int order = strcmp(x->section, y->section);

	if (order == 0)
		order = strcmp(x->key, y->key);
	return order ? order : strcmp(x->value, y->value);
}

static int key_order(const struct diff_entry *a, const struct diff_entry *b)
{
	int order = strcmp(a->section, b->section);

	return order ? order : strcmp(a->key, b->key);
}

static void note(struct arena *arena, struct diff *out, const struct diff_entry *before, const struct diff_entry *after)
{
	const struct diff_entry *one = before ? before : after;

	if (before && after && strcmp(before->value, after->value) == 0)
		return;
	*arena_push(arena, out->changes, out->n, out->cap) = (struct diff_change){
		one->section, one->key, before ? before->value : NULL, after ? after->value : NULL };
}

/* Puts those that leave lists open last; how many others there are. */
static size_t set_open_apart(struct arena *arena, struct diff_entry *entries, size_t n)
{
	struct diff_entry *open = arena_array(arena, struct diff_entry, n + 1);
	size_t n_open = 0, kept = 0;

	for (size_t i = 0; i < n; i++)
		if (entries[i].is_open)
			open[n_open++] = entries[i];
		else
			entries[kept++] = entries[i];
	for (size_t i = 0; i < n_open; i++)
		entries[kept + i] = open[i];
	return kept;
}

/* This one in a document that does not have it: unknown where its list is open, else it is not there. */
static const struct diff_entry *missing(struct arena *arena, const struct diff_entry *one, const struct diff_entry *open, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(open[i].section, one->section) == 0 && strncmp(one->key, open[i].key, strlen(open[i].key)) == 0) {
			struct diff_entry *unknown = arena_new_of(arena, struct diff_entry);

			*unknown = (struct diff_entry){ .section = one->section, .key = one->key, .value = "unknown" };
			return unknown;
		}
	return NULL;
}

void diff_compare(struct arena *arena, struct diff_entry *before, size_t all_before, struct diff_entry *after, size_t all_after,
		  struct diff *out)
{
	size_t n_before = set_open_apart(arena, before, all_before), n_after = set_open_apart(arena, after, all_after);
	/* A document of no entries has no list to point into. */
	const struct diff_entry *open_before = n_before < all_before ? before + n_before : NULL;
	const struct diff_entry *open_after = n_after < all_after ? after + n_after : NULL;
	size_t i = 0, k = 0;

	if (n_before)
		qsort(before, n_before, sizeof *before, by_key);
	if (n_after)
		qsort(after, n_after, sizeof *after, by_key);
	while (i < n_before || k < n_after) {
		int order = i >= n_before ? 1 : k >= n_after ? -1 : key_order(&before[i], &after[k]);

		note(arena, out,
		     order <= 0 ? &before[i] : missing(arena, &after[k], open_before, all_before - n_before),
		     order >= 0 ? &after[k] : missing(arena, &before[i], open_after, all_after - n_after));
		i += order <= 0;
		k += order >= 0;
	}
}

/* ---- shown ---------------------------------------------------------------------------------------------------------- */

static void change_put(const struct page *page, const struct diff_change *c)
{
	struct out line = { 0 };

	out_str(page->out, "  ");
	paint_str(page, !c->before ? PAINT_GOOD : !c->after ? PAINT_BAD : PAINT_WARN, !c->before ? "+ " : !c->after ? "- " : "~ ");
	if (c->before && c->after)
		out_printf(&line, "%s: %s, now %s", c->key, c->before, c->after);
	else
		out_printf(&line, "%s%s%s%s", c->key, strcmp(c->before ? c->before : c->after, "yes") ? " (" : "",
			   strcmp(c->before ? c->before : c->after, "yes") ? (c->before ? c->before : c->after) : "",
			   strcmp(c->before ? c->before : c->after, "yes") ? ")" : "");
	page_text(page, line.text, 4, 4);
	out_release(&line);
}

void diff_text(struct out *out, const struct diff *diff, const struct report_options *options)
{
	struct page page = page_of(out, options);
	const char *section = "";
	struct out line = { 0 };

	if (diff->n == 0) {
		out_str(out, "No change.\n");
		return;
	}
	out_printf(&line, "%zu change%s from %s to %s", diff->n, diff->n == 1 ? "" : "s", diff->before_title, diff->after_title);
	page_text(&page, line.text, 0, 0);
	out_release(&line);
	for (size_t i = 0; i < diff->n && !options->quiet; i++) {
		if (strcmp(section, diff->changes[i].section) != 0)
			page_head(&page, section = diff->changes[i].section);
		change_put(&page, &diff->changes[i]);
	}
}

void diff_json(struct out *out, const struct diff *diff)
{
	struct json j = json_of(out, false);

	json_object_begin(&j, NULL);
	json_key_str(&j, "schema", "why443/1");
	json_text(&j, "before", diff->before_title);
	json_text(&j, "after", diff->after_title);
	json_key_bool(&j, "same", diff->n == 0);
	json_array_begin(&j, "changes");
	for (size_t i = 0; i < diff->n; i++) {
		json_object_begin(&j, NULL);
		json_key_str(&j, "section", diff->changes[i].section);
		json_text(&j, "key", diff->changes[i].key);
		json_text(&j, "before", diff->changes[i].before);
		json_text(&j, "after", diff->changes[i].after);
		json_end(&j);
	}
	json_end(&j);
	json_end(&j);
	out_char(out, '\n');
}
