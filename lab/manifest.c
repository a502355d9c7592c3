/* manifest.json: every scene with its address, and what a good diagnosis of it says. */
#include <stdio.h>

#include "base/out.h"
#include "lab.h"

static const char *url_of(const struct lab *lab, const struct scene *scene)
{
	const char *url = scene_get(scene, "url");

	return url ? url : arena_printf(lab->arena, "https://%s:%u/", scene->host, scene->port);
}

void manifest_print(const struct lab *lab)
{
	for (size_t i = 0; i < lab->n_scenes; i++)
		printf("%s %u %s\n", lab->scenes[i].name, lab->scenes[i].port, url_of(lab, &lab->scenes[i]));
	fflush(stdout);
}

static void add_list(struct json *json, const char *key, char *text)
{
	char *parts[16];
	size_t n = text ? text_split(text, ",", parts, COUNT_OF(parts)) : 0;

	json_array_begin(json, key);
	for (size_t i = 0; i < n; i++)
		json_key_str(json, NULL, strcmp(parts[i], "-") == 0 ? "null" : parts[i]);
	json_end(json);
}

/* expect STATUS LAYER CAUSE, each a list with commas; "-" is none. */
static void add_expectation(const struct lab *lab, struct json *json, const struct scene *scene)
{
	static const char *const keys[] = { "status", "layer", "cause" };
	char *parts[3] = { NULL };
	size_t n = text_split(arena_str(lab->arena, scene_get(scene, "expect")), " \t", parts, COUNT_OF(parts));

	if (n != COUNT_OF(parts))
		lab_fail("%s: expect wants STATUS LAYER CAUSE", scene->path);
	json_object_begin(json, "expect");
	for (size_t i = 0; i < n; i++)
		add_list(json, keys[i], parts[i]);
	json_end(json);
}

static void add_scene(const struct lab *lab, struct json *json, const struct scene *scene)
{
	const char *addresses = scene_get(scene, "addresses");

	json_object_begin(json, NULL);
	json_key_str(json, "name", scene->name);
	json_key_str(json, "title", scene_get(scene, "title"));
	json_key_str(json, "url", url_of(lab, scene));
	json_key_str(json, "host", scene->host);
	json_key_int(json, "port", scene->port);
	json_key_str(json, "addresses", addresses ? addresses : "127.0.0.1");
	json_key_bool(json, "slow", scene_get(scene, "slow") != NULL);
	add_expectation(lab, json, scene);
	json_end(json);
}

void manifest_write(const struct lab *lab)
{
	struct out out = { 0 };
	struct json json = json_of(&out, true);

	json_object_begin(&json, NULL);
	json_key_str(&json, "trust", arena_printf(lab->arena, "%s/trust.pem", lab->state_dir));
	json_array_begin(&json, "scenes");
	for (size_t i = 0; i < lab->n_scenes; i++)
		add_scene(lab, &json, &lab->scenes[i]);
	json_end(&json);
	json_end(&json);
	FILE *file = fopen(arena_printf(lab->arena, "%s/manifest.json", lab->state_dir), "we");
	if (!file || out.failed || fwrite(out.text, 1, out.n, file) != out.n || fclose(file) != 0)
		lab_fail("cannot write the manifest in %s", lab->state_dir);
	out_release(&out);
}
