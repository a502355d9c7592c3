/* Scene files: one setting a line, a word and the rest; `#` begins a comment line. What each word
 * means is in doc/lab.md. */
#include <stdio.h>

#include "lab.h"

static const char *const words[] = {
	"title", "expect", "kind", "host", "addresses", "ca", "cert", "other-cert", "versions", "ciphers",
	"groups", "schemes", "alpn", "sni", "client-cert", "staple", "when", "pace", "before", "do", "do-h2", "status",
	"header", "body", "url", "slow", "bend", "verdict", "fact",
	"proxy-protocol", "dh-bits", "port", "far", "net", "net-text", "quic", "says", "proxy", "dns",
};

static bool is_word(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static void line_add(struct lab *lab, struct scene *scene, char *text, unsigned number)
{
	text[strcspn(text, "\r\n")] = '\0';
	text += strspn(text, " \t");
	if (*text == '\0' || *text == '#')
		return;
	char *rest = text + strcspn(text, " \t");
	if (*rest != '\0')
		*rest++ = '\0';
	rest += strspn(rest, " \t");
	if (!is_word(text))
		lab_fail("%s:%u: no setting is called \"%.60s\"", scene->path, number, text);

	struct line *line = arena_push(lab->arena, scene->lines, scene->n_lines, scene->cap_lines);
	line->word = arena_str(lab->arena, text);
	line->rest = arena_str(lab->arena, rest);
	line->number = number;
	scene_check_line(lab, scene, line);
}

static const char *name_of(struct lab *lab, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *from = slash ? slash + 1 : path;
	const char *dot = strrchr(from, '.');

	return arena_strn(lab->arena, from, dot ? (size_t)(dot - from) : strlen(from));
}

static void scene_check(const struct scene *scene)
{
	static const char *const needed[] = { "title", "expect", "kind" };

	for (size_t i = 0; i < COUNT_OF(needed); i++)
		if (!scene_get(scene, needed[i]))
			lab_fail("%s: has no line \"%s\"", scene->path, needed[i]);
}

void scene_take(struct lab *lab, const char *path, const char *text)
{
	struct scene *scene = arena_push(lab->arena, lab->scenes, lab->n_scenes, lab->cap_scenes);

	*scene = (struct scene){ .path = arena_str(lab->arena, path), .name = name_of(lab, path) };
	for (unsigned number = 1; *text; number++) {
		size_t n = strcspn(text, "\n");

		line_add(lab, scene, arena_strn(lab->arena, text, n), number);
		text += n + (text[n] == '\n');
	}
	scene_check(scene);
	scene->host = lab->host ? lab->host : scene_get(scene, "host");
	if (!scene->host)       /* those far away share a port, so that a name of their own tells them apart */
		scene->host = scene_is_far(scene) ? arena_printf(lab->arena, "%s.example", scene->name) : "shop.example";
}

void scene_read(struct lab *lab, const char *path)
{
	enum { SCENE_MAX = 1 << 20 };
	FILE *file = fopen(path, "re");
	static char text[SCENE_MAX + 1];        /* one after the other; what is kept of them is copied */
	size_t n;

	if (!file)
		lab_fail("cannot read %s", path);
	n = fread(text, 1, SCENE_MAX, file);
	fclose(file);
	if (n == SCENE_MAX)
		lab_fail("%s: longer than %d bytes", path, SCENE_MAX);
	text[n] = '\0';
	scene_take(lab, path, text);
}

const struct line *scene_next(const struct scene *scene, const char *word, const struct line *after)
{
	for (size_t i = after ? (size_t)(after - scene->lines) + 1 : 0; i < scene->n_lines; i++)
		if (strcmp(scene->lines[i].word, word) == 0)
			return &scene->lines[i];
	return NULL;
}

const char *scene_get(const struct scene *scene, const char *word)
{
	const struct line *line = scene_next(scene, word, NULL);

	return line ? line->rest : NULL;
}

bool scene_is(const struct scene *scene, const char *word, const char *value)
{
	const char *has = scene_get(scene, word);

	return has && strcmp(has, value) == 0;
}

struct scene *lab_scene(struct lab *lab, const char *name)
{
	for (size_t i = 0; i < lab->n_scenes; i++)
		if (strcmp(lab->scenes[i].name, name) == 0)
			return &lab->scenes[i];
	return NULL;
}
