/* An explanation as one page for people, and as the contract's JSON. The query may be pasted from
 * anywhere and is escaped wherever it is shown; everything else is our own. */
#include "explain/explain.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "kb/fixes.h"
#include "rule/rule.h"

#define CAUSES_SHOWN 4
#define ROLES 3

struct page {
	struct out *out;
	size_t width;
	bool colour;
};

static const char *const kind_names[] = { "code", "cause", "name", "word" };

static void heading(struct page *page, const char *text)
{
	out_printf(page->out, page->colour ? "\n\033[1m%s\033[0m\n" : "\n%s\n", text);
}

/* The lines behind the first are indented by `hanging` more. */
static void paragraph_hanging(struct page *page, const char *text, size_t indent, size_t hanging)
{
	out_repeat(page->out, " ", indent);
	out_wrapped(page->out, text, indent + hanging, page->width, indent);
	if (page->out->n > 0 && page->out->text && page->out->text[page->out->n - 1] != '\n')
		out_char(page->out, '\n');
}

static void paragraph(struct page *page, const char *text, size_t indent)
{
	paragraph_hanging(page, text, indent, 0);
}

static void entry_name(struct out *out, const struct explain_entry *entry)
{
	out_str(out, entry->code);
	if (entry->number && !strstr(entry->code, entry->number))
		out_printf(out, " (%s)", entry->number);
	if (entry->client)
		out_printf(out, ", %s", entry->client);
	else if (entry->kind == EXPLAIN_CODE)
		out_printf(out, ", %s", strcmp(entry->table, "tls-alert") == 0 ? "TLS alert" : entry->table);
}

static void page_causes(struct page *page, const struct explain_entry *entry)
{
	heading(page, entry->causes[1] ? "Usual causes, the likeliest first" : "Cause");
	for (size_t i = 0; entry->causes[i] && i < CAUSES_SHOWN + 2; i++) {
		const struct cause *cause = cause_find(entry->causes[i]);

		if (!cause)
			continue;
		out_printf(page->out, "  %s. %s\n", cause->id, cause->title);
		paragraph(page, cause->meaning, 4);
	}
}

/* Who is to act: the catalogue's fixes begin each part with one of these. */
static const struct {
	const char *title;
	const char *starts[4];
} roles[ROLES] = {
	{ "You, the user", { "the user", "check the client", "compare ", "the client's owner" } },
	{ "The server's administrator",
	  { "the server's", "the site's", "whoever runs", "the authority" } },
	{ "The network's administrator",
	  { "the network's", "a company's", "for the public", "inside an" } },
};

static const char *const user_default[LAYER_COUNT] = {
	[LAYER_DNS] = "Check the spelling; try another network or resolver.",
	[LAYER_TCP] = "Try another network; if it fails everywhere, tell the site's operator.",
	[LAYER_PROXY] = "Check the proxy settings of the program and of the system.",
	[LAYER_TLS] = "Update the program; try another network and another client; tell the site's "
		      "operator what the code says.",
	[LAYER_CERTIFICATE] = "Check this machine's clock, try another network, and tell the site's "
			      "operator; do not click the warning away where passwords are involved.",
	[LAYER_HTTP] = "Reload, delete the site's cookies, and tell the site's operator.",
	[LAYER_PAGE] = "Tell the site's author which part is missing.",
	[LAYER_CLIENT] = "Look at this machine's clock, trust store and proxy settings first.",
	[LAYER_HOST] = "Tell the site's operator.",
};
static const char network_default[] = "Check that nothing on the path filters, inspects or redirects "
				      "the connection to this host and port.";

static size_t role_of(const char *clause)
{
	for (size_t role = 0; role < ROLES; role++) {
		for (size_t i = 0; i < COUNT_OF(roles[role].starts); i++) {
			if (strncasecmp(clause, roles[role].starts[i], strlen(roles[role].starts[i])) == 0)
				return role;
		}
	}
	return 1;
}

/* The heading says who: how much of the clause says it again. */
static size_t named_already(const char *clause, size_t role)
{
	size_t n = strlen(roles[role].title);

	return strncasecmp(clause, roles[role].title, n) == 0 && clause[n] == ' ' ? n + 1 : 0;
}

/* Writes the parts of a fix that fall to `role`, each as a line; gives how many. */
static size_t role_clauses(struct page *page, const char *fix, size_t role)
{
	size_t n = 0;

	while (*fix) {
		size_t length = strcspn(fix, ";.");
		char clause[400];

		while (fix[length] == '.' && fix[length + 1] != ' ' && fix[length + 1] != '\0')
			length += 1 + strcspn(fix + length + 1, ";.");
		if (length > 0 && length < sizeof clause - 4 && role_of(fix) == role) {
			size_t named = named_already(fix, role);

			snprintf(clause, sizeof clause, "- %.*s", (int)(length - named), fix + named);
			if (clause[2] >= 'a' && clause[2] <= 'z')
				clause[2] = (char)(clause[2] - 'a' + 'A');
			paragraph_hanging(page, clause, 4, 2);
			n++;
		}
		fix += length;
		fix += strspn(fix, "; .");
	}
	return n;
}

static void page_roles(struct page *page, const struct explain_entry *entry)
{
	heading(page, "What to do");
	for (size_t role = 0; role < ROLES; role++) {
		size_t n = 0;

		out_printf(page->out, "  %s:\n", roles[role].title);
		for (size_t i = 0; entry->causes[i] && i < CAUSES_SHOWN - 1; i++) {
			const struct cause *cause = cause_find(entry->causes[i]);

			n += cause ? role_clauses(page, cause->fix, role) : 0;
		}
		if (n > 0)
			continue;
		paragraph(page,
			  role == 0 ? user_default[entry->layer] :
			  role == 2 ? network_default :
				      "Look at the server's log at that second.",
			  4);
	}
}

/* For each client the code that means this cause most narrowly. */
static void page_others(struct page *page, const struct explain_entry *entry)
{
	static const char *const clients[] = { "chrome", "firefox", "safari", "curl", "openssl", "gnutls",
					       "go",	 "java",    "node",   "python", "dotnet", "rustls" };
	bool is_first = true;

	for (size_t c = 0; c < COUNT_OF(clients); c++) {
		const struct explain_entry *best = NULL;
		size_t best_n = 0;

		if (entry->client && strcmp(entry->client, clients[c]) == 0)
			continue;
		for (size_t i = 0; i < n_explain_entries; i++) {
			const struct explain_entry *other = &explain_entries[i];
			size_t n = 0;

			if (other->kind != EXPLAIN_CODE || !other->client || !other->causes[0] ||
			    strcmp(other->client, clients[c]) != 0 ||
			    strcmp(other->causes[0], entry->causes[0]) != 0)
				continue;
			while (other->causes[n])
				n++;
			if (!best || n < best_n) {
				best = other;
				best_n = n;
			}
		}
		if (!best)
			continue;
		if (is_first)
			heading(page, "The same failure in other clients' words");
		is_first = false;
		out_printf(page->out, "  %-8s ", clients[c]);
		out_str(page->out, best->code);
		if (best->number && !strstr(best->code, best->number))
			out_printf(page->out, " (%s)", best->number);
		out_char(page->out, '\n');
	}
}

static bool mentions(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (; n > 0 && *text; text++) {
		if (strncasecmp(text, word, n) == 0)
			return true;
	}
	return false;
}

static void page_fixes(struct page *page, const struct explain_result *result, const char *software)
{
	const struct explain_entry *entry = result->matches[0].entry;
	const struct cause *cause = cause_find(entry->causes[0]);
	size_t n, shown = 0, most = entry->kind == EXPLAIN_CAUSE ? SIZE_MAX : 2;
	const struct kb_fix *fixes = kb_fixes_of(cause ? cause->fix_id : NULL, &n);
	bool is_named = false;

	for (size_t i = 0; i < n; i++)
		is_named |= software ? strcasecmp(fixes[i].software, software) == 0 :
				       mentions(result->query, fixes[i].software);
	for (size_t i = 0; i < n && shown < most; i++) {
		if (is_named && (software ? strcasecmp(fixes[i].software, software) != 0 :
					    !mentions(result->query, fixes[i].software)))
			continue;
		if (shown++ == 0)
			heading(page, "For example");
		out_printf(page->out, "  %s:\n", fixes[i].title);
		for (const char *line = fixes[i].text; *line;) {
			size_t length = strcspn(line, "\n");

			out_repeat(page->out, " ", 4);
			out_bytes(page->out, line, length);
			out_char(page->out, '\n');
			line += length + (line[length] == '\n');
		}
	}
	if (shown < n && !is_named)
		out_printf(page->out, "  More: why443 explain %s\n", cause->id);
}

static const char *deciding_command(enum layer layer)
{
	if (layer == LAYER_HOST)
		return "why443 here (on the server)";
	return layer == LAYER_CERTIFICATE ?
		       "why443 HOST (or why443 file CHAIN.pem --name HOST, for files on disk)" :
		       "why443 HOST";
}

static void page_rest(struct page *page, const struct explain_result *result)
{
	bool is_first = true;

	for (size_t i = 1; i < result->n_matches && i < 6; i++) {
		struct out line = { 0 };

		if (result->matches[0].score > 4 * result->matches[i].score &&
		    result->matches[0].score < 1000)
			break;
		if (is_first)
			heading(page, "It may also be");
		is_first = false;
		entry_name(&line, result->matches[i].entry);
		out_printf(&line, ": %.*s", (int)strcspn(result->matches[i].entry->meaning, "."), result->matches[i].entry->meaning);
		paragraph_hanging(page, line.text ? line.text : "", 2, 2);
		out_release(&line);
	}
}

static void page_unknown(struct page *page, const struct explain_result *result)
{
	char shown[200];

	safe_copy(shown, sizeof shown, span_str(result->query));
	out_printf(page->out, "Nothing known about \"%s\".\n", shown);
	for (size_t i = 0; i < result->n_nearest; i++) {
		out_str(page->out, i == 0 ? "Did you mean:\n  " : "  ");
		entry_name(page->out, result->nearest[i]);
		out_char(page->out, '\n');
	}
	out_str(page->out, "why443 HOST finds out by itself why a host does not work.\n");
}

void explain_text(struct out *out, const struct explain_result *result, size_t width, bool colour,
		  const char *software)
{
	struct page page = { .out = out, .width = width ? width : 80, .colour = colour };

	if (result->n_matches == 0) {
		page_unknown(&page, result);
		return;
	}
	const struct explain_entry *entry = result->matches[0].entry;
	if (result->is_guess)
		out_str(out, "Not known literally; the nearest is:\n");
	out_str(out, colour ? "\033[1m" : "");
	entry_name(out, entry);
	out_str(out, colour ? "\033[0m\n" : "\n");
	const struct cause *cause = entry->kind == EXPLAIN_CAUSE ? cause_find(entry->code) : NULL;
	if (cause)
		paragraph(&page, cause->title, 2);
	paragraph(&page, entry->meaning ? entry->meaning : "", 2);
	if (entry->layer != LAYER_NONE)
		out_printf(out, "  Layer: %s\n", layer_name(entry->layer));
	if (entry->causes[0]) {
		if (!cause)
			page_causes(&page, entry);
		page_roles(&page, entry);
		page_fixes(&page, result, software);
		page_others(&page, entry);
		heading(&page, "What decides it");
		out_printf(out, "  %s\n", deciding_command(entry->layer));
	}
	for (size_t i = 0; cause && cause->references[i]; i++)
		out_printf(out, i == 0 ? "  See %s" : ", %s", cause->references[i]);
	if (cause)
		out_char(out, '\n');
	page_rest(&page, result);
}

static void json_match(struct json *json, const struct explain_entry *entry)
{
	json_object_begin(json, NULL);
	json_key_str(json, "kind", kind_names[entry->kind]);
	json_key_str(json, "client", entry->client);
	json_key_str(json, "code", entry->code);
	if (entry->has_value)
		json_key_int(json, "number", entry->value);
	else
		json_key_null(json, "number");
	if (entry->layer != LAYER_NONE)
		json_key_str(json, "layer", layer_name(entry->layer));
	else
		json_key_null(json, "layer");
	json_key_str(json, "meaning", entry->meaning);
	json_array_begin(json, "causes");
	for (size_t i = 0; entry->causes[i]; i++)
		json_key_str(json, NULL, entry->causes[i]);
	json_end(json);
	json_end(json);
}

void explain_json(struct out *out, const struct explain_result *result)
{
	struct json json = json_of(out, false);

	json_object_begin(&json, NULL);
	json_key_str(&json, "schema", "why443/1");
	json_key_str(&json, "query", result->query);
	json_array_begin(&json, "matches");
	for (size_t i = 0; i < result->n_matches; i++)
		json_match(&json, result->matches[i].entry);
	json_end(&json);
	json_end(&json);
	out_char(out, '\n');
}
