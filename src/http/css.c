/* What a style sheet loads: url(...) and @import "...". CSS Syntax 3, no tree: comments and strings are
 * skipped, escapes in URLs are left alone, blocks are counted only to know which @font-face is open. */
#include "http/page_parts.h"

struct css {
	struct collector *c;
	struct span all;
	size_t at;
	unsigned line;
	unsigned depth, font_depth; /* font_depth: depth inside @font-face, 0 outside */
	bool font_next;		    /* "@font-face" was read, its block not yet begun */
	bool import;		    /* "@import" was read, its URL not yet */
};

static void advance(struct css *s, size_t n)
{
	for (; n > 0 && s->at < s->all.n; n--)
		if (s->all.p[s->at++] == '\n')
			s->line++;
}

static bool starts(const struct css *s, const char *text)
{
	return span_is_nocase(span_sub(s->all, s->at, strlen(text)), text);
}

static void skip_comment(struct css *s)
{
	long end = span_find(span_sub(s->all, s->at + 2, s->all.n), span_str("*/"));

	advance(s, end < 0 ? s->all.n : (size_t)end + 4);
}

/* A string ends at its quote or, broken, at the line's end. */
static struct span take_string(struct css *s)
{
	uint8_t quote = s->all.p[s->at];
	size_t n = 1;
	struct span text;

	while (s->at + n < s->all.n && s->all.p[s->at + n] != quote && s->all.p[s->at + n] != '\n')
		n += s->all.p[s->at + n] == '\\' ? 2 : 1;
	text = span_sub(s->all, s->at + 1, n - 1);
	advance(s, n + 1);
	return text;
}

static struct span take_url(struct css *s)
{
	struct span left, text;
	const uint8_t *end;

	advance(s, strlen("url("));
	while (s->at < s->all.n && s->all.p[s->at] <= ' ')
		advance(s, 1);
	if (s->at < s->all.n && (s->all.p[s->at] == '"' || s->all.p[s->at] == '\''))
		return take_string(s);
	left = span_sub(s->all, s->at, s->all.n);
	end = left.n > 0 ? memchr(left.p, ')', left.n) : NULL;
	text = span_sub(left, 0, end ? (size_t)(end - left.p) : left.n);
	advance(s, text.n + 1);
	return span_trim(text);
}

static void found(struct css *s, struct span url, unsigned line)
{
	enum resource_kind kind = s->import	  ? RESOURCE_STYLE
				  : s->font_depth ? RESOURCE_FONT
						  : RESOURCE_IMAGE;
	const char *element = s->import	      ? "css @import"
			      : s->font_depth ? "css @font-face"
					      : "css url()";

	s->import = false;
	resource_add(s->c, kind, false, element, line, url);
}

static void brace(struct css *s, uint8_t c)
{
	if (c == '{') {
		s->depth++;
		if (s->font_next)
			s->font_depth = s->depth;
		s->font_next = false;
	} else if (c == '}') {
		if (s->font_depth == s->depth)
			s->font_depth = 0;
		s->depth -= s->depth > 0;
	} else if (c == ';') {
		s->import = false;
	}
}

void css_scan(struct collector *c, struct span css, unsigned line)
{
	struct css s = { .c = c, .all = css, .line = line };

	while (s.at < css.n) {
		unsigned at_line = s.line;

		if (starts(&s, "/*")) {
			skip_comment(&s);
		} else if (css.p[s.at] == '"' || css.p[s.at] == '\'') {
			struct span text = take_string(&s);

			if (s.import)
				found(&s, text, at_line);
		} else if (starts(&s, "url(")) {
			found(&s, take_url(&s), at_line);
		} else if (starts(&s, "@import")) {
			s.import = true;
			advance(&s, strlen("@import"));
		} else if (starts(&s, "@font-face")) {
			s.font_next = true;
			advance(&s, strlen("@font-face"));
		} else {
			brace(&s, css.p[s.at]);
			advance(&s, 1);
		}
	}
}
