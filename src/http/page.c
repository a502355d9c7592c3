/* What a page loads: elements and attributes by the HTML standard, style sheets by css.c, inline
 * scripts by script.c. Content of <template> and <noscript> loads nothing in a browser with scripts. */
#include "http/page.h"

#include "http/html.h"
#include "http/page_parts.h"

enum { MAX_RESOURCES = 1000, MAX_PLAIN = 2000, MAX_URL_LEN = 4096, MAX_POLICY_LEN = 16384, MAX_MEMORY = 12 << 20 };

/* ---- collecting -------------------------------------------------------------------------------------- */

/* A page may hold hundreds of thousands of references, each relative to a long base. */
static bool has_room(const struct collector *c)
{
	return c->out->n_resources < MAX_PLAIN &&
	       arena_used(c->arena) - c->used_before < MAX_MEMORY;
}

static uint32_t hash_of(enum resource_kind kind, const char *url)
{
	uint32_t hash = 2166136261u ^ (uint32_t)kind;

	for (; *url; url++)
		hash = (hash ^ (uint8_t)*url) * 16777619u;
	return hash;
}

static bool is_known(const struct collector *c, enum resource_kind kind, const char *url,
		     uint32_t hash)
{
	const struct resource *known = c->out->resources;

	for (size_t i = 0; i < c->out->n_resources; i++)
		if (c->hashes[i] == hash && known[i].kind == kind && strcmp(known[i].url, url) == 0)
			return true;
	return false;
}

static bool is_loaded_scheme(const struct url *url)
{
	const char *s = url->scheme;

	return url->host && *url->host &&
	       (strcmp(s, "http") == 0 || strcmp(s, "https") == 0 || strcmp(s, "ws") == 0 ||
		strcmp(s, "wss") == 0);
}

/* WebSocket takes http: for ws:, as the standard says since 2023. */
static void as_websocket(struct url *url)
{
	if (strcmp(url->scheme, "http") == 0)
		url->scheme = "ws";
	else if (strcmp(url->scheme, "https") == 0)
		url->scheme = "wss";
}

void resource_add(struct collector *c, enum resource_kind kind, bool is_set, const char *element,
		  unsigned line, struct span text)
{
	struct page_evidence *out = c->out;
	struct resource *resource;
	struct url url;
	const char *whole;
	uint32_t hash;
	bool is_plain;

	text = span_trim(text);
	out->cut |= !has_room(c);
	if (text.n == 0 || text.n > MAX_URL_LEN || text.p[0] == '#' || !has_room(c) ||
	    !url_parse(c->arena, text, &c->base, &url) || !is_loaded_scheme(&url))
		return;
	if (kind == RESOURCE_WEBSOCKET)
		as_websocket(&url);
	is_plain = strcmp(url.scheme, "http") == 0 || strcmp(url.scheme, "ws") == 0;
	whole = url_format(c->arena, &url);
	hash = hash_of(kind, whole);
	if (is_known(c, kind, whole, hash))
		return;
	out->cut |= out->n_resources >= MAX_RESOURCES;
	if (out->n_resources >= MAX_RESOURCES && !is_plain)
		return; /* room is left for those that matter most */
	c->hashes[out->n_resources] = hash;
	resource = arena_push(c->arena, out->resources, out->n_resources, c->cap);
	*resource = (struct resource){ .kind = kind,
				       .url = whole,
				       .element = element,
				       .line = line,
				       .is_plain = is_plain,
				       .treatment = mixed_treatment_of(c, kind, is_set, &url) };
}

/* ---- elements with one attribute each -------------------------------------------------------------------- */

static const struct simple {
	const char *element, *attribute, *shown;
	enum resource_kind kind;
} simples[] = {
	{ "img", "src", "img src", RESOURCE_IMAGE },
	{ "video", "src", "video src", RESOURCE_MEDIA },
	{ "video", "poster", "video poster", RESOURCE_IMAGE },
	{ "audio", "src", "audio src", RESOURCE_MEDIA },
	{ "track", "src", "track src", RESOURCE_OTHER },
	{ "iframe", "src", "iframe src", RESOURCE_FRAME },
	{ "frame", "src", "frame src", RESOURCE_FRAME },
	{ "object", "data", "object data", RESOURCE_OBJECT },
	{ "embed", "src", "embed src", RESOURCE_OBJECT },
	{ "form", "action", "form action", RESOURCE_FORM },
	{ "button", "formaction", "button formaction", RESOURCE_FORM },
	{ "input", "formaction", "input formaction", RESOURCE_FORM },
	{ "body", "background", "body background", RESOURCE_IMAGE },
	{ "table", "background", "table background", RESOURCE_IMAGE },
	{ "td", "background", "td background", RESOURCE_IMAGE },
	{ "image", "href", "svg image href", RESOURCE_IMAGE },
	{ "image", "xlink:href", "svg image href", RESOURCE_IMAGE },
};

static struct span value_of(struct collector *c, const struct html_token *tag, const char *name)
{
	const struct html_attribute *attribute = html_attribute(tag, name);

	return attribute ? html_text(c->arena, attribute->value) : (struct span){ 0 };
}

static void take(struct collector *c, const struct html_token *tag, const char *name,
		 enum resource_kind kind, bool is_set, const char *shown)
{
	const struct html_attribute *attribute = html_attribute(tag, name);

	if (attribute)
		resource_add(c, kind, is_set, shown, attribute->line,
			     html_text(c->arena, attribute->value));
}

static void simple_attributes(struct collector *c, const struct html_token *tag)
{
	for (size_t i = 0; i < COUNT_OF(simples); i++)
		if (span_is_nocase(tag->name, simples[i].element))
			take(c, tag, simples[i].attribute, simples[i].kind, false,
			     simples[i].shown);
}

/* ---- srcset: "url 2x, url 640w" ------------------------------------------------------------------------- */

static bool is_space(uint8_t c)
{
	return c <= ' ';
}

static void srcset(struct collector *c, const struct html_token *tag, const char *name,
		   const char *shown)
{
	const struct html_attribute *attribute = html_attribute(tag, name);
	struct span list = attribute ? html_text(c->arena, attribute->value) : (struct span){ 0 };
	size_t at = 0;

	while (at < list.n) {
		size_t n = 0;

		while (at < list.n && (is_space(list.p[at]) || list.p[at] == ','))
			at++;
		while (at + n < list.n && !is_space(list.p[at + n]))
			n++;
		resource_add(c, RESOURCE_IMAGE, true, shown, attribute->line,
			     span_sub(list, at, n > 0 && list.p[at + n - 1] == ',' ? n - 1 : n));
		at += n;
		if (n > 0 && list.p[at - 1] == ',')
			continue; /* no descriptor */
		while (at < list.n && list.p[at] != ',')
			at++;
	}
}

/* ---- elements with rules of their own ---------------------------------------------------------------------- */

static bool word_in(struct span list, const char *word)
{
	size_t at = 0;

	while (at < list.n) {
		size_t n = 0;

		while (at + n < list.n && !is_space(list.p[at + n]))
			n++;
		if (span_is_nocase(span_sub(list, at, n), word))
			return true;
		at += n + 1;
	}
	return false;
}

static const struct preload {
	const char *as, *shown;
	enum resource_kind kind;
} preloads[] = {
	{ "script", "link preload (script)", RESOURCE_SCRIPT },
	{ "style", "link preload (style)", RESOURCE_STYLE },
	{ "font", "link preload (font)", RESOURCE_FONT },
	{ "image", "link preload (image)", RESOURCE_IMAGE },
	{ "video", "link preload (video)", RESOURCE_MEDIA },
	{ "audio", "link preload (audio)", RESOURCE_MEDIA },
	{ "fetch", "link preload (fetch)", RESOURCE_FETCH },
	{ "worker", "link preload (worker)", RESOURCE_SCRIPT },
	{ "track", "link preload (track)", RESOURCE_OTHER },
	{ "document", "link preload (document)", RESOURCE_FRAME },
};

static void link_preload(struct collector *c, const struct html_token *tag)
{
	struct span as = value_of(c, tag, "as");

	for (size_t i = 0; i < COUNT_OF(preloads); i++)
		if (span_is_nocase(as, preloads[i].as))
			take(c, tag, "href", preloads[i].kind, false, preloads[i].shown);
	if (span_is_nocase(as, "image"))
		srcset(c, tag, "imagesrcset", "link imagesrcset");
}

static void link_element(struct collector *c, const struct html_token *tag)
{
	struct span rel = value_of(c, tag, "rel");

	if (word_in(rel, "stylesheet") && !html_attribute(tag, "disabled"))
		take(c, tag, "href", RESOURCE_STYLE, false, "link rel=stylesheet");
	else if (word_in(rel, "preload"))
		link_preload(c, tag);
	else if (word_in(rel, "modulepreload"))
		take(c, tag, "href", RESOURCE_SCRIPT, false, "link rel=modulepreload");
	else if (word_in(rel, "icon") || word_in(rel, "apple-touch-icon"))
		take(c, tag, "href", RESOURCE_IMAGE, false, "link rel=icon");
	else if (word_in(rel, "manifest"))
		take(c, tag, "href", RESOURCE_OTHER, false, "link rel=manifest");
}

/* A data block (JSON, templates) is neither fetched nor run. */
static bool is_script_type(struct span type)
{
	return type.n == 0 || span_is_nocase(type, "module") ||
	       span_find_nocase(type, span_str("javascript")) >= 0 ||
	       span_find_nocase(type, span_str("ecmascript")) >= 0 ||
	       span_find_nocase(type, span_str("jscript")) >= 0;
}

static void script_element(struct collector *c, const struct html_token *tag)
{
	if (is_script_type(span_trim(value_of(c, tag, "type"))))
		take(c, tag, "src", RESOURCE_SCRIPT, false, "script src");
}

static void base_element(struct collector *c, const struct html_token *tag)
{
	struct span href = value_of(c, tag, "href");
	struct url base;

	if (c->has_base || !html_attribute(tag, "href") || href.n > MAX_URL_LEN)
		return;
	c->has_base = true; /* the first one counts, even when it is of no use */
	if (url_parse(c->arena, href, &c->page, &base) && base.host)
		c->base = base;
}

static void meta_element(struct collector *c, const struct html_token *tag)
{
	struct span policy;

	if (!span_is_nocase(span_trim(value_of(c, tag, "http-equiv")), "content-security-policy"))
		return;
	policy = value_of(c, tag, "content");
	if (csp_upgrades(policy))
		c->out->upgrade_insecure_requests = true;
	if (!c->out->meta_csp && policy.n <= MAX_POLICY_LEN)
		c->out->meta_csp = arena_strn(c->arena, policy.p, policy.n);
}

static bool looks_like_download(struct span href)
{
	static const char *const endings[] = { ".exe", ".msi",	  ".zip", ".dmg", ".pkg",
					       ".apk", ".deb",	  ".rpm", ".iso", ".7z",
					       ".rar", ".tar.gz", ".tgz" };
	size_t n = 0;

	while (n < href.n && href.p[n] != '?' && href.p[n] != '#')
		n++;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		size_t m = strlen(endings[i]);

		if (n > m && span_is_nocase(span_sub(href, n - m, m), endings[i]))
			return true;
	}
	return false;
}

static void link_followed(struct collector *c, const struct html_token *tag)
{
	if (html_attribute(tag, "download"))
		take(c, tag, "href", RESOURCE_DOWNLOAD, false, "a download");
	else if (looks_like_download(value_of(c, tag, "href")))
		take(c, tag, "href", RESOURCE_DOWNLOAD, false, "a href to a file");
}

static void source_element(struct collector *c, const struct html_token *tag, bool in_picture)
{
	srcset(c, tag, "srcset", "picture source srcset");
	if (!in_picture)
		take(c, tag, "src", RESOURCE_MEDIA, false, "source src");
}

/* ---- the walk over the document --------------------------------------------------------------------------- */

struct walk {
	struct collector *c;
	unsigned template_depth;
	bool in_picture;
	bool script_runs; /* the <script> just opened is JavaScript without src */
};

static void special_elements(struct walk *w, const struct html_token *tag)
{
	struct collector *c = w->c;
	struct span name = tag->name;

	if (span_is_nocase(name, "script"))
		script_element(c, tag);
	else if (span_is_nocase(name, "link"))
		link_element(c, tag);
	else if (span_is_nocase(name, "img"))
		srcset(c, tag, "srcset", "img srcset");
	else if (span_is_nocase(name, "source"))
		source_element(c, tag, w->in_picture);
	else if (span_is_nocase(name, "base"))
		base_element(c, tag);
	else if (span_is_nocase(name, "meta"))
		meta_element(c, tag);
	else if (span_is_nocase(name, "a") || span_is_nocase(name, "area"))
		link_followed(c, tag);
	else if (span_is_nocase(name, "input") && span_is_nocase(value_of(c, tag, "type"), "image"))
		take(c, tag, "src", RESOURCE_IMAGE, false, "input src");
}

static void start_tag(struct walk *w, const struct html_token *tag)
{
	const struct html_attribute *style = html_attribute(tag, "style");

	if (span_is_nocase(tag->name, "template"))
		w->template_depth++;
	if (w->template_depth > 0)
		return;
	if (span_is_nocase(tag->name, "picture"))
		w->in_picture = true;
	if (span_is_nocase(tag->name, "script"))
		w->script_runs = !html_attribute(tag, "src") &&
				 is_script_type(span_trim(value_of(w->c, tag, "type")));
	simple_attributes(w->c, tag);
	special_elements(w, tag);
	if (style)
		css_scan(w->c, html_text(w->c->arena, style->value), style->line);
}

static void end_tag(struct walk *w, const struct html_token *tag)
{
	if (span_is_nocase(tag->name, "template") && w->template_depth > 0)
		w->template_depth--;
	if (span_is_nocase(tag->name, "picture"))
		w->in_picture = false;
}

static void raw_text(struct walk *w, const struct html_token *token)
{
	if (w->template_depth > 0)
		return;
	if (span_is_nocase(token->name, "style"))
		css_scan(w->c, token->text, token->line);
	else if (span_is_nocase(token->name, "script") && w->script_runs)
		script_scan(w->c, token->text, token->line);
}

static void walk(struct collector *c, struct span body)
{
	struct html html = html_of(body);
	struct walk w = { .c = c };
	struct html_token *token = arena_new_of(c->arena, struct html_token);

	while (has_room(c) && html_next(&html, token)) {
		if (token->kind == HTML_START_TAG)
			start_tag(&w, token);
		else if (token->kind == HTML_END_TAG)
			end_tag(&w, token);
		else
			raw_text(&w, token);
	}
}

static bool is_utf16(struct span body)
{
	return body.n >= 2 && ((body.p[0] == 0xff && body.p[1] == 0xfe) ||
			       (body.p[0] == 0xfe && body.p[1] == 0xff));
}

void page_scan(struct arena *arena, struct span body, const char *page_url, const char *csp,
	       struct page_evidence *out)
{
	struct collector c = { .arena = arena, .out = out };

	*out = (struct page_evidence){ 0 };
	if (!url_parse(arena, span_str(page_url), NULL, &c.page) || !c.page.host) {
		out->not_looked_because = "the page's own URL cannot be read";
		return;
	}
	if (is_utf16(body)) {
		out->not_looked_because = "the page is written in UTF-16";
		return;
	}
	c.base = c.page;
	c.hashes = arena_array(arena, uint32_t, MAX_PLAIN);
	c.used_before = arena_used(arena);
	out->looked = true;
	out->upgrade_insecure_requests = csp && csp_upgrades(span_str(csp));
	walk(&c, body);
}
