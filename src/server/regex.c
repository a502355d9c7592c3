/* Server names as regular expressions. Their servers use PCRE; what POSIX says as well is translated, all else
 * (look-around, back references, many repeats) is left undecided. */
#include "server/conf.h"

#include <regex.h>
#include <stdlib.h>

enum { PATTERN_MAX = 512 };

/* One escape behind a backslash; false where POSIX has no like. */
static bool escape_add(char *out, size_t *n, char c)
{
	static const struct { char c; const char *is; } classes[] = {
		{ 'd', "[0-9]" }, { 'D', "[^0-9]" }, { 'w', "[A-Za-z0-9_]" }, { 'W', "[^A-Za-z0-9_]" }, { 's', "[[:space:]]" },
	};

	for (size_t i = 0; i < COUNT_OF(classes); i++)
		if (classes[i].c == c) {
			memcpy(out + *n, classes[i].is, strlen(classes[i].is));
			*n += strlen(classes[i].is);
			return true;
		}
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\0')
		return false;
	out[(*n)++] = '\\';
	out[(*n)++] = c;
	return true;
}

/* Behind "(?": a name or ":" is skipped. NULL where it is anything else. */
static const char *group_skip(const char *p)
{
	if (*p == ':')
		return p + 1;
	if (*p == 'P')
		p++;
	if (*p != '<' || p[1] == '=' || p[1] == '!')
		return NULL;
	p = strchr(p, '>');
	return p ? p + 1 : NULL;
}

static bool translate(const char *p, char *out)
{
	size_t n = 0, repeats = 0;
	bool in_class = false;

	for (; *p; p++) {
		if (*p == '\\' && !in_class) {
			if (!escape_add(out, &n, *++p))
				return false;
			continue;
		}
		if (*p == '\\')
			return false;
		in_class = *p == '[' ? true : *p == ']' ? false : in_class;
		if (!in_class && (*p == '{' || *p == '*' || *p == '+') && (++repeats > 12 || (*p == '{' && (strlen(p) > 8 && strtoul(p + 1, NULL, 10) > 64))))
			return false;
		if (!in_class && *p == '{' && ++repeats > 3)
			return false;
		out[n++] = *p;
		if (!in_class && *p == '(' && p[1] == '?') {
			p = group_skip(p + 2);
			if (!p)
				return false;
			p--;
		} else if (!in_class && (*p == '*' || *p == '+' || *p == '?') && (p[1] == '?' || p[1] == '+')) {
			p++;    /* lazy or possessive: whether it matches stays the same for lazy ones */
			if (*p == '+')
				return false;
		}
	}
	out[n] = '\0';
	return true;
}

enum tri conf_regex_match(struct arena *arena, const char *pattern, const char *name)
{
	char *posix;
	regex_t re;
	int matched;

	if (strlen(pattern) > PATTERN_MAX || strlen(name) > 255)
		return TRI_UNKNOWN;
	posix = arena_alloc(arena, strlen(pattern) * 16 + 1);
	if (!translate(pattern, posix) || regcomp(&re, posix, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
		return TRI_UNKNOWN;
	matched = regexec(&re, name, 0, NULL, 0);
	regfree(&re);
	return matched == 0 ? TRI_YES : TRI_NO;
}
