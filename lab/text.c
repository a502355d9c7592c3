/* The small languages inside a scene's lines: key=value options, escapes, {names} of other scenes. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab.h"

#define FILL_MAX (1u << 20)     /* bytes that \*NNN may make */

/* The value of `key` in "a=1 b="two words" c"; quotes keep blanks together. */
const char *text_option(struct arena *arena, const char *text, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = text; p && *p != '\0';) {
		p += strspn(p, " \t");
		const char *from = p;
		bool in_quotes = false;

		for (; *p != '\0' && (in_quotes || (*p != ' ' && *p != '\t')); p++)
			if (*p == '"')
				in_quotes = !in_quotes;
		if ((size_t)(p - from) <= n || strncmp(from, key, n) != 0 || from[n] != '=')
			continue;
		from += n + 1;
		if (*from == '"' && p - from >= 2 && p[-1] == '"')
			return arena_strn(arena, from + 1, (size_t)(p - from) - 2);
		return arena_strn(arena, from, (size_t)(p - from));
	}
	return NULL;
}

/* Is `word` one of the blank-separated words of `text`? */
bool text_has(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = text; p && *p != '\0'; p += strcspn(p, " \t")) {
		p += strspn(p, " \t");
		if (strcspn(p, " \t") == n && strncmp(p, word, n) == 0)
			return true;
	}
	return false;
}

size_t text_split(char *text, const char *marks, char **parts, size_t cap)
{
	size_t n = 0;
	char *save = NULL;

	for (char *part = strtok_r(text, marks, &save); part && n < cap; part = strtok_r(NULL, marks, &save))
		parts[n++] = part;
	return n;
}

static uint8_t escape_of(char c)
{
	switch (c) {
	case 'r': return '\r';
	case 'n': return '\n';
	case 't': return '\t';
	case '0': return '\0';
	default: return (uint8_t)c;
	}
}

/* \r \n \t \0 \\ \xNN, and \*NNN: the byte before it NNN times more. */
struct span text_unescape(struct arena *arena, const char *text)
{
	size_t n = 0, cap = strlen(text) + (strstr(text, "\\*") ? FILL_MAX : 1);
	uint8_t *bytes = arena_alloc(arena, cap);

	for (const char *p = text; *p != '\0' && n < cap; p++) {
		if (*p != '\\' || p[1] == '\0') {
			bytes[n++] = (uint8_t)*p;
		} else if (p[1] == 'x' && isxdigit((unsigned char)p[2]) && isxdigit((unsigned char)p[3])) {
			bytes[n++] = (uint8_t)strtoul((char[]){ p[2], p[3], '\0' }, NULL, 16);
			p += 3;
		} else if (p[1] == '*' && n > 0) {
			char *end;
			size_t times = strtoul(p + 2, &end, 10);

			for (; times > 0 && n < cap; times--, n++)
				bytes[n] = bytes[n - 1];
			p = end - 1;
		} else {
			bytes[n++] = escape_of(*++p);
		}
	}
	return span_of(bytes, n);
}

static const char *expand_one(struct lab *lab, const struct scene *scene, const char *name, size_t n)
{
	char what[64];
	const struct scene *of = scene;

	if (n >= sizeof what)
		return NULL;
	snprintf(what, sizeof what, "%.*s", (int)n, name);
	char *colon = strchr(what, ':');
	if (colon) {
		*colon = '\0';
		of = lab_scene(lab, colon + 1);
		if (!of)
			return NULL;
	}
	if (strcmp(what, "host") == 0)
		return of->host;
	if (strcmp(what, "port") == 0)
		return arena_printf(lab->arena, "%u", of->port);
	if (strcmp(what, "hop1") == 0 || strcmp(what, "hop2") == 0)
		return far_hop(of, what[3] == '1' ? 1 : 2);
	if (strcmp(what, "at") == 0)
		return arena_printf(lab->arena, "%s:%u", of->host, of->port);
	return NULL;
}

/* {host}, {port} and {at} (host:port) of this scene, {at:NAME} of another; other braces stay. */
const char *text_expand(struct lab *lab, const struct scene *scene, const char *text)
{
	const char *out = "";

	for (;;) {
		size_t plain = strcspn(text, "{");
		const char *end = text[plain] ? strchr(text + plain, '}') : NULL;
		const char *name = text + plain + 1;
		const char *value = end ? expand_one(lab, scene, name, (size_t)(end - name)) : NULL;

		if (text[plain] == '\0')
			return arena_printf(lab->arena, "%s%s", out, text);
		if (value)
			out = arena_printf(lab->arena, "%s%.*s%s", out, (int)plain, text, value);
		else
			out = arena_printf(lab->arena, "%s%.*s{", out, (int)plain, text);
		text = value ? end + 1 : name;
	}
}
