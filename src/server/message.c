/* Where in a configuration a server's message belongs that names no line. */
#include "server/conf.h"

#include <ctype.h>

/* The path itself, or the folder that it lies in. */
static bool is_path(struct conf *conf, const char *word, const char *what)
{
	const char *path = conf_path(conf, conf->base, word);
	size_t n = strlen(what);

	return strcmp(path, what) == 0 || (n > 1 && what[n - 1] == '/' && strncmp(path, what, n) == 0 && !strchr(path + n, '/'));
}

/* A word, a path or a variable that the message quotes stands in this directive. */
static bool holds(struct conf *conf, const struct conf_node *n, const char *what)
{
	size_t n_what = strlen(what);

	for (size_t i = 1; i < n->n_words; i++) {
		const char *word = n->words[i], *at = strchr(word, '$');

		if (strcmp(word, what) == 0 || (strchr(what, '/') && is_path(conf, word, what)))
			return true;
		for (; at; at = strchr(at + 1, '$')) {
			const char *variable = at + 1 + (at[1] == '{');
			char behind = strncmp(variable, what, n_what) == 0 ? variable[n_what] : '_';

			if (!isalnum((unsigned char)behind) && behind != '_')
				return true;
		}
	}
	return false;
}

static const struct conf_node *node_find(struct conf *conf, const struct conf_node *in, const char *what, bool is_name, unsigned depth)
{
	const struct conf_node *found = NULL;

	for (const struct conf_node *n = in ? in->first : NULL; n && !found; n = n->next) {
		if (is_name ? conf_is(n, what) : holds(conf, n, what))
			found = n;
		else if (n->is_block && depth < 16)
			found = node_find(conf, n, what, is_name, depth + 1);
	}
	return found;
}

/* The directive that a message without a line is about: by what it quotes, else by the last directive that it names. */
struct server_place conf_place_guess(struct conf *conf, const char *message)
{
	const struct conf_node *n = NULL, *found;

	/* Of several quotes the last: "Proxy 'x': unable to find default_backend: 'y'". */
	for (const char *p = message, *end; (p = strpbrk(p, "\"'")) != NULL && (end = strchr(p + 1, *p)) != NULL; p = end + 1)
		if (end - p > 1) {
			found = node_find(conf, conf->root, arena_strn(conf->arena, p + 1, (size_t)(end - p - 1)), false, 0);
			n = found ? found : n;
		}
	for (const char *p = message; !n && *p; p += strcspn(p, " \"") + strspn(p + strcspn(p, " \""), " \"")) {
		const char *word = arena_strn(conf->arena, p, strcspn(p, " \":,"));

		found = strchr(word, '_') ? node_find(conf, conf->root, word, true, 0) : NULL;
		n = found ? found : n;
	}
	return n ? n->at : (struct server_place){ NULL, 0 };
}

/* A program notices a slip where it is, or later. */
bool conf_is_read_fault(struct conf *conf, struct server_place at, const char *message)
{
	for (size_t i = 0; at.file && i < conf->server->n_faults; i++) {
		struct server_fault *f = &conf->server->faults[i];

		if (!f->is_syntax || !f->at.file || strcmp(f->at.file, at.file) != 0 || f->at.line > at.line)
			continue;
		conf_fault_line(conf, f, "%s says: %s", conf->server->test_command, message);
		f->shows = conf->server->test_command;
		return true;
	}
	return false;
}
