/* Variables of nginx whose value follows from the server name that was asked for: $ssl_server_name itself, and what `map` makes
 * of it. What hangs on anything else is not known. */
#include "server/nginx.h"

#include <strings.h>

enum { FILL_DEPTH_MAX = 4 };

static const struct conf_node *map_of(const struct conf *conf, const char *name, size_t n)
{
	for (const struct conf_node *http = conf->root ? conf->root->first : NULL; http; http = http->next)
		for (const struct conf_node *m = conf_is(http, "http") ? http->first : NULL; m; m = m->next)
			if (m->is_block && conf_is(m, "map") && conf_word(m, 2)[0] == '$' && strlen(conf_word(m, 2)) == n + 1 && strncmp(conf_word(m, 2) + 1, name, n) == 0)
				return m;
	return NULL;
}

static bool is_option(const char *word)
{
	return strcmp(word, "hostnames") == 0 || strcmp(word, "volatile") == 0 || strcmp(word, "include") == 0 || strcmp(word, "default") == 0;
}

/* As the manual has it: exact, the longest star at the beginning, at the end, the first expression, the default. */
static const char *map_look(struct conf *conf, const struct conf_node *map, const char *name)
{
	bool hostnames = conf_last(map, "hostnames") != NULL;
	const struct conf_node *by_default = conf_last(map, "default");
	const char *best = by_default ? conf_word(by_default, 1) : "";
	size_t best_rank = 0;

	for (const struct conf_node *n = map->first; n; n = n->next) {
		const char *key = conf_word(n, 0);
		size_t rank = 0, len = strlen(key);

		if (is_option(key))
			continue;
		if (key[0] == '~') {
			enum tri matched = conf_regex_match(conf->arena, key + 1 + (key[1] == '*'), name);

			if (matched == TRI_UNKNOWN)
				return NULL;
			rank = matched == TRI_YES;
		} else if (strcasecmp(key + (key[0] == '\\'), name) == 0) {
			rank = 100000;
		} else if (hostnames && (key[0] == '*' || key[0] == '.') && len > 2) {
			rank = conf_name_match(arena_printf(conf->arena, "*%s", key + (key[0] == '*')), name) || (key[0] == '.' && strcasecmp(key + 1, name) == 0) ? 10000 + len : 0;
		} else if (hostnames && len > 2 && key[len - 1] == '*') {
			rank = conf_name_match(key, name) ? 1000 + len : 0;
		}
		if (rank > best_rank) {
			best_rank = rank;
			best = conf_word(n, 1);
		}
	}
	return best;
}

static const char *variable_value(struct conf *conf, const char *variable, size_t n, const char *name, unsigned depth)
{
	const struct conf_node *map;
	const char *of, *value;

	if (name && ((n == 15 && strncmp(variable, "ssl_server_name", n) == 0) || (n == 4 && strncmp(variable, "host", n) == 0)))
		return name;
	map = depth < FILL_DEPTH_MAX ? map_of(conf, variable, n) : NULL;
	of = map ? nginx_value_at(conf, conf_word(map, 1), name, depth + 1) : NULL;
	value = of ? map_look(conf, map, of) : NULL;
	return value ? nginx_value_at(conf, value, name, depth + 1) : NULL;
}

const char *nginx_value_at(struct conf *conf, const char *text, const char *name, unsigned depth)
{
	for (size_t at = 0; text[at] && at < CONF_PATH_MAX;) {
		bool braced = text[at] == '$' && text[at + 1] == '{';
		const char *variable = text + at + 1 + braced, *value;
		size_t n = strspn(variable, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

		if (text[at] != '$') {
			at++;
			continue;
		}
		value = variable_value(conf, variable, n, name, depth);
		if (!value || strlen(text) > CONF_PATH_MAX)
			return NULL;
		text = arena_printf(conf->arena, "%.*s%s%s", (int)at, text, value, variable + n + (braced && variable[n] == '}'));
		at += strlen(value);
	}
	return text;
}

const char *nginx_value(struct conf *conf, const char *text, const char *name)
{
	return nginx_value_at(conf, text, name, 0);
}
