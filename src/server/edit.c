/* See edit.h. How a word is quoted: ngx_conf_read_token() of nginx, ap_getword_conf() of Apache httpd, parse_line() of HAProxy. */
#include "server/edit.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/out.h"

static const char *taken(const struct conf *conf, struct out *out)
{
	const char *text = arena_strn(conf->arena, out->text ? out->text : "", out->n);

	out_release(out);
	return text;
}

const char *edit_shell(struct arena *arena, const char *word)
{
	struct out out = { 0 };
	const char *text;

	if (*word && strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,") == strlen(word))
		return word;
	out_str(&out, "'");
	for (const char *p = word; *p; p++) {
		if (*p == '\'')
			out_str(&out, "'\\''");
		else
			out_printf(&out, "%c", *p);
	}
	out_str(&out, "'");
	text = arena_strn(arena, out.text, out.n);
	out_release(&out);
	return text;
}

/* ---- a directive as text ------------------------------------------------------------------------------------------- */

const char *edit_word(const struct conf *conf, const char *word)
{
	bool is_nginx = conf->server->kind == SERVER_NGINX, is_haproxy = conf->server->kind == SERVER_HAPROXY;
	const char *bad = is_nginx ? " \t\r\n;\"'" : is_haproxy ? " \t#\\\"'" : " \t\"'";
	bool has_brace = false;
	struct out out = { 0 };

	/* `${name}` needs no quotes, any other brace does. */
	for (const char *p = word; is_nginx && *p; p++) {
		if (p[0] == '$' && p[1] == '{' && strchr(p, '}'))
			p = strchr(p, '}');
		else
			has_brace |= *p == '{' || *p == '}';
	}
	if (*word && !strpbrk(word, bad) && !has_brace && !(is_nginx && *word == '#'))
		return word;
	if (!is_haproxy)
		out_str(&out, "\"");
	for (const char *p = word; *p; p++) {
		if (is_haproxy ? strchr(bad, *p) != NULL : *p == '"')
			out_str(&out, "\\");
		out_printf(&out, "%c", *p);
	}
	if (!is_haproxy)
		out_str(&out, "\"");
	else if (!*word)
		out_str(&out, "\"\"");
	return taken(conf, &out);
}

static const char *line_of(const struct conf *conf, const char *const *words, size_t n, bool is_block)
{
	bool is_nginx = conf->server->kind == SERVER_NGINX, is_section = is_block && conf->server->kind == SERVER_APACHE;
	struct out out = { 0 };

	for (size_t i = 0; i < n; i++)
		out_printf(&out, "%s%s%s", i ? " " : is_section ? "<" : "", edit_word(conf, words[i]), "");
	if (is_nginx)
		out_str(&out, is_block ? " {" : ";");
	if (is_section)
		out_str(&out, ">");
	return taken(conf, &out);
}

const char *edit_line(const struct conf *conf, const struct conf_node *node)
{
	return line_of(conf, node->words, node->n_words, node->is_block);
}

/* "a.pem" in the configuration is "/etc/nginx/a.pem". */
static bool is_word(const char *word, const char *old)
{
	size_t n = strlen(word), n_old = strlen(old);

	return strcmp(word, old) == 0 || (n > 0 && old[0] == '/' && word[0] != '/' && n < n_old && old[n_old - n - 1] == '/' && strcmp(old + n_old - n, word) == 0);
}

const char *edit_line_with(const struct conf *conf, const struct conf_node *node, const char *old, const char *new)
{
	const char **words = arena_array(conf->arena, const char *, node->n_words + 1);
	size_t n = 0;
	bool found = false;

	for (size_t i = 0; i < node->n_words; i++) {
		bool is_old = i > 0 && old && is_word(node->words[i], old);

		found |= is_old;
		if (!is_old || new)
			words[n++] = is_old ? new : node->words[i];
	}
	if (!found && new)
		words[n++] = new;
	return line_of(conf, words, n, node->is_block);
}

const char *edit_line_part(const struct conf *conf, const struct conf_node *node, const char *old, const char *new)
{
	for (size_t i = 1; i < node->n_words; i++) {
		const char *word = node->words[i], *at = strstr(word, old);

		if (at)
			return edit_line_with(conf, node, word, arena_printf(conf->arena, "%.*s%s%s", (int)(at - word), word, new, at + strlen(old)));
	}
	return NULL;
}

const char *edit_raw(struct conf *conf, struct server_place at)
{
	struct span text;
	size_t from = 0;
	const char *line;

	if (!server_load_quiet(conf, at.file, &text))
		return NULL;
	for (unsigned k = 1; k < at.line; k++) {
		const uint8_t *lf = from < text.n ? memchr(text.p + from, '\n', text.n - from) : NULL;

		if (!lf)
			return NULL;
		from = (size_t)(lf - text.p) + 1;
	}
	line = arena_strn(conf->arena, text.p + from, text.n - from);
	line += strspn(line, " \t");
	return arena_strn(conf->arena, line, strcspn(line, "\r\n"));
}

static const struct conf_node *find(const struct conf_node *in, struct server_place at, const char *name, unsigned depth)
{
	const struct conf_node *found = NULL;

	for (const struct conf_node *n = in ? in->first : NULL; n && !found; n = n->next) {
		if (n->at.line == at.line && n->at.file && strcmp(n->at.file, at.file) == 0 && (!name || conf_is(n, name)))
			found = n;
		else if (n->first && depth < 16)
			found = find(n, at, name, depth + 1);
	}
	return found;
}

const struct conf_node *edit_node(const struct conf *conf, struct server_place at, const char *name)
{
	return at.file ? find(conf->root, at, name, 0) : NULL;
}

/* ---- steps --------------------------------------------------------------------------------------------------------- */

const char *edit_write(const struct conf *conf, struct server_place at, const char *text)
{
	return arena_printf(conf->arena, "%s:%u: write `%s`", at.file, at.line, text);
}

const char *edit_above(const struct conf *conf, struct server_place at, const char *text)
{
	return arena_printf(conf->arena, "%s:%u: add `%s` above it", at.file, at.line, text);
}

const char *edit_below(const struct conf *conf, struct server_place at, const char *text)
{
	return arena_printf(conf->arena, "%s:%u: add `%s` below it", at.file, at.line, text);
}

const char *edit_drop(const struct conf *conf, struct server_place at)
{
	return arena_printf(conf->arena, "%s:%u: take the line out", at.file, at.line);
}

const char *edit_drop_block(const struct conf *conf, const struct conf_node *block)
{
	if (block->end_line <= block->at.line)
		return edit_drop(conf, block->at);
	return arena_printf(conf->arena, "%s:%u: take lines %u to %u out", block->at.file, block->at.line, block->at.line, block->end_line);
}

const char *edit_into(const struct conf *conf, const struct conf_node *block, const char *text)
{
	const struct conf_node *first = block->first;

	if (first && first->at.file && strcmp(first->at.file, block->at.file) == 0 && first->at.line > block->at.line)
		return edit_above(conf, first->at, text);
	if (conf->server->kind == SERVER_NGINX && (!block->end_line || block->end_line == block->at.line))
		return arena_printf(conf->arena, "%s:%u: add `%s` right behind its \"{\"", block->at.file, block->at.line, text);
	return edit_below(conf, block->at, text);
}

/* ---- the test and the reload --------------------------------------------------------------------------------------- */

/* "nginx.service" to "nginx"; NULL where no service of systemd's has the process. */
static const char *service_of(const struct conf *conf)
{
	const char *unit = conf->process ? conf->process->unit : NULL;
	size_t n = unit ? strlen(unit) : 0;

	return n > 8 && strcmp(unit + n - 8, ".service") == 0 ? edit_shell(conf->arena, arena_strn(conf->arena, unit, n - 8)) : NULL;
}

static bool is_usual(const struct conf *conf, const char *const *paths, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (conf->server->config && strcmp(conf->server->config, paths[i]) == 0)
			return true;
	return false;
}

static const char *test_of(const struct conf *conf, bool *usual)
{
	static const char *const nginx[] = { "/etc/nginx/nginx.conf" }, *const apache[] = { "/etc/apache2/apache2.conf", "/etc/httpd/conf/httpd.conf" },
			  *const haproxy[] = { "/etc/haproxy/haproxy.cfg" };
	const char *config = edit_shell(conf->arena, conf->server->config ? conf->server->config : "FILE"), *all;

	switch (conf->server->kind) {
	case SERVER_NGINX:
		*usual = is_usual(conf, nginx, COUNT_OF(nginx));
		return *usual ? "nginx -t" : arena_printf(conf->arena, "nginx -t -c %s", config);
	case SERVER_APACHE:
		*usual = is_usual(conf, apache, COUNT_OF(apache));
		return *usual ? "apachectl configtest" : arena_printf(conf->arena, "%s -t -f %s", access("/usr/sbin/apache2", X_OK) == 0 ? "apache2" : "httpd", config);
	case SERVER_HAPROXY:
		*usual = is_usual(conf, haproxy, COUNT_OF(haproxy));
		all = arena_printf(conf->arena, "haproxy -c -f %s", config);
		for (size_t i = 0; i < conf->n_more_configs; i++)
			all = arena_printf(conf->arena, "%s -f %s", all, edit_shell(conf->arena, conf->more_configs[i]));
		return all;
	default:
		return NULL;
	}
}

/* A server that runs is told to read again; systemctl starts one that does not. */
static const char *reload_of(const struct conf *conf, bool usual)
{
	static const char *const signals[] = { [SERVER_NGINX] = "HUP", [SERVER_APACHE] = "USR1", [SERVER_HAPROXY] = "USR2" };
	static const char *const names[] = { [SERVER_NGINX] = "nginx", [SERVER_APACHE] = "apache2", [SERVER_HAPROXY] = "haproxy" };
	const char *service = service_of(conf), *name = names[conf->server->kind];

	if (service)
		return arena_printf(conf->arena, "systemctl reload %s", service);
	if (conf->process && conf->server->pid)
		return arena_printf(conf->arena, "kill -%s %d", signals[conf->server->kind], (int)conf->server->pid);
	if (conf->server->kind == SERVER_APACHE && strncmp(conf->server->config ? conf->server->config : "", "/etc/httpd", 10) == 0)
		name = "httpd";
	return usual ? arena_printf(conf->arena, "systemctl reload-or-restart %s", name) : NULL;
}

const char *edit_then(const struct conf *conf, const char *steps)
{
	bool usual = false;
	const char *test = test_of(conf, &usual), *reload = test ? reload_of(conf, usual) : NULL;

	if (!test)
		return arena_printf(conf->arena, "%s; then test the configuration and reload.", steps);
	if (!reload)
		return arena_printf(conf->arena, "%s; then `%s`, and start or reload it.", steps, test);
	return arena_printf(conf->arena, "%s; then `%s && %s`.", steps, test, reload);
}
