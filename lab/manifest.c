/* manifest.json: every scene with its address, and what a good diagnosis of it says. */
#include "base/out.h"
#include "lab.h"

/* Where it is served, when that is not loopback. */
static const char *place_of(const struct lab *lab, const struct scene *scene)
{
	const char *addresses = far_addresses(lab, scene);

	if (scene->resolver)
		return arena_printf(lab->arena, " asking %s", scene->resolver);
	if (scene_get(scene, "proxy"))
		return arena_printf(lab->arena, " through %s", scene_get(scene, "proxy"));
	return addresses ? arena_printf(lab->arena, " at %s", addresses) : "";
}

static const char *url_of(const struct lab *lab, const struct scene *scene)
{
	const char *url = scene_get(scene, "url");

	if (url)
		return url;
	return scene_is_far(scene) || scene_is_dns(scene) ? arena_printf(lab->arena, "https://%s/", scene->host) :
				     arena_printf(lab->arena, "https://%s:%u/", scene->host, scene->port);
}

void manifest_print(const struct lab *lab)
{
	for (size_t i = 0; i < lab->n_scenes; i++)
		printf("%s %u %s%s\n", lab->scenes[i].name, lab->scenes[i].port, url_of(lab, &lab->scenes[i]),
		       place_of(lab, &lab->scenes[i]));
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
	const char *addresses = scene_is_far(scene) ? far_addresses(lab, scene) : scene_get(scene, "addresses");

	json_object_begin(json, NULL);
	json_key_str(json, "name", scene->name);
	json_key_str(json, "title", scene_get(scene, "title"));
	json_key_str(json, "url", url_of(lab, scene));
	json_key_str(json, "host", scene->host);
	json_key_int(json, "port", scene->port);
	json_key_str(json, "addresses", addresses ? addresses : "127.0.0.1");
	json_key_str(json, "resolver", scene->resolver);
	json_key_str(json, "proxy", scene_get(scene, "proxy"));
	json_key_bool(json, "slow", scene_get(scene, "slow") != NULL);
	json_key_bool(json, "far", scene_is_far(scene));
	json_array_begin(json, "says");
	for (const struct line *line = NULL; (line = scene_next(scene, "says", line));)
		json_key_str(json, NULL, line->rest);
	json_end(json);
	add_expectation(lab, json, scene);
	json_end(json);
}

static struct out manifest_of(const struct lab *lab, bool is_served)
{
	struct out out = { 0 };
	struct json json = json_of(&out, true);

	json_object_begin(&json, NULL);
	json_key_str(&json, "trust", is_served ? arena_printf(lab->arena, "%s/trust.pem", lab->state_dir) : NULL);
	json_array_begin(&json, "scenes");
	for (size_t i = 0; i < lab->n_scenes; i++)
		add_scene(lab, &json, &lab->scenes[i]);
	json_end(&json);
	json_end(&json);
	return out;
}

void manifest_json(const struct lab *lab, FILE *to, bool is_served)
{
	struct out out = manifest_of(lab, is_served);

	fputs(out.text ? out.text : "", to);
	fputc('\n', to);
	out_release(&out);
}

void manifest_write(const struct lab *lab)
{
	struct out out = manifest_of(lab, true);
	FILE *file = fopen(arena_printf(lab->arena, "%s/manifest.json", lab->state_dir), "we");

	if (!file || out.failed || fwrite(out.text, 1, out.n, file) != out.n || fclose(file) != 0)
		lab_fail("cannot write the manifest in %s", lab->state_dir);
	out_release(&out);
}

/* ---- for people ----------------------------------------------------------------------------------- */

/* The first of each list that "expect" allows. */
static const char *expected_cause(const struct lab *lab, const struct scene *scene)
{
	char *parts[3] = { NULL };
	size_t n = text_split(arena_str(lab->arena, scene_get(scene, "expect")), " \t", parts, COUNT_OF(parts));

	if (n < COUNT_OF(parts))
		return "";
	parts[2][strcspn(parts[2], ",")] = '\0';
	return strcmp(parts[2], "-") == 0 ? "works" : parts[2];
}

static int widest_of(const struct lab *lab, const char *(*text)(const struct lab *, const struct scene *))
{
	int widest = 0;

	for (size_t i = 0; i < lab->n_scenes; i++) {
		int n = (int)strlen(text(lab, &lab->scenes[i]));

		widest = n > widest ? n : widest;
	}
	return widest;
}

static const char *name_of(const struct lab *lab, const struct scene *scene)
{
	(void)lab;
	return scene->name;
}

static const char *url_and_place(const struct lab *lab, const struct scene *scene)
{
	return arena_printf(lab->arena, "%s%s", url_of(lab, scene), place_of(lab, scene));
}

/* Shown to everyone: the first on loopback, if there is one that is reached without more ado. */
static const struct scene *example_of(const struct lab *lab)
{
	for (size_t i = 0; i < lab->n_scenes; i++)
		if (!lab->scenes[i].far && !lab->scenes[i].resolver && !scene_get(&lab->scenes[i], "proxy"))
			return &lab->scenes[i];
	for (size_t i = 0; i < lab->n_scenes; i++)
		if (!lab->scenes[i].resolver)
			return &lab->scenes[i];
	return &lab->scenes[0];
}

static void print_resolvers(const struct lab *lab, FILE *to)
{
	for (size_t i = 0; i < lab->n_scenes; i++)
		if (lab->scenes[i].resolver) {
			fprintf(to, "  dns-*     for one command, as root: unshare -m sh -c 'echo nameserver ADDRESS > %s/resolv.conf && mount --bind %s/resolv.conf\n"
				"            /etc/resolv.conf && why443 URL', with the address after \"asking\"\n", lab->state_dir, lab->state_dir);
			return;
		}
}

static bool any_proxy(const struct lab *lab)
{
	for (size_t i = 0; i < lab->n_scenes; i++)
		if (scene_get(&lab->scenes[i], "proxy"))
			return true;
	return false;
}

static void print_guide(const struct lab *lab, FILE *to)
{
	const struct scene *first = example_of(lab);
	const char *all = first->far ? far_addresses(lab, first) : "127.0.0.1", *comma = strrchr(all, ',');
	const char *at = comma ? comma + 1 : all, *proxy = scene_get(first, "proxy");
	const char *how = proxy ? arena_printf(lab->arena, "-x %s", proxy) :
				  arena_printf(lab->arena, "--resolve %s:%u:%s", first->host, first->port, at);

	fprintf(to, "\nThe root to trust: %s/trust.pem (made for this run; throw it away with it)\n", lab->state_dir);
	fprintf(to, "  why443    why443 --cacert %s/trust.pem %s %s\n", lab->state_dir, how, url_of(lab, first));
	fprintf(to, "  curl      curl --cacert %s/trust.pem %s %s\n", lab->state_dir, how, url_of(lab, first));
	fprintf(to, "  Chromium  chromium --user-data-dir=$(mktemp -d) %s%s' %s\n", proxy ? "--proxy-server='" : "--host-resolver-rules='MAP * ",
		proxy ? proxy : at, url_of(lab, first));
	fprintf(to, "            and its root: certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n why443-lab -i %s/trust.pem\n",
		lab->state_dir);
	fputs("  Firefox   about:config, network.dns.localDomains = the host's name; the root: Settings, Certificates, Import\n"
	      "  Or start the lab with --host shop.localhost: browsers know that name without help.\n", to);
	print_resolvers(lab, to);
	if (any_proxy(lab))
		fputs("  proxy-*   with the address after \"through\": -x ADDRESS (why443, curl); --proxy-server=ADDRESS (Chromium)\n", to);
	if (lab->far)
		fputs("  far-*     with the address after \"at\": --resolve NAME.example:443:ADDRESS, 'MAP NAME.example ADDRESS'\n", to);
	fputs("\nServing until Ctrl-C.\n", to);
}

void manifest_table(const struct lab *lab, FILE *to, bool is_served)
{
	int widest = widest_of(lab, name_of), widest_url = widest_of(lab, url_and_place);

	if (is_served)
		fprintf(to, "%-*s  %-*s  %-34s  %s\n", widest, "SCENE", widest_url, "URL", "CAUSE", "HOW IT IS BROKEN");
	else
		fprintf(to, "%-*s  %-34s  %s\n", widest, "SCENE", "CAUSE", "HOW IT IS BROKEN");
	for (size_t i = 0; i < lab->n_scenes; i++) {
		const struct scene *scene = &lab->scenes[i];

		fprintf(to, "%-*s  ", widest, scene->name);
		if (is_served)
			fprintf(to, "%-*s  ", widest_url, url_and_place(lab, scene));
		fprintf(to, "%-34s  %s\n", expected_cause(lab, scene), scene_get(scene, "title"));
	}
	if (is_served && lab->n_scenes > 0)
		print_guide(lab, to);
}
