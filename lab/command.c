/* The lab as a command: which scenes, where they listen, what is printed. Scene files that are named
 * are read; else the ones that the program holds. */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/out.h"
#include "bent.h"
#include "channel.h"
#include "pki.h"
#include "lab_main.h"
#include "site.h"

static const char usage[] =
	"usage: why443-lab [options] [SCENE.lab|DIRECTORY...]\n"
	"Serves scenes on 127.0.0.1 until it is stopped: those of the files, else all that it holds. As root also those\n"
	"behind two routers (far-*), in network namespaces.\n"
	"Prints NAME PORT URL for each.\n"
	"  --base PORT   ports from this one on, instead of any that are free\n"
	"  --state DIR   where trust.pem and manifest.json go (a temporary directory)\n"
	"  --host NAME   every server's name; *.localhost works in browsers as it is\n"
	"  --only NAMES  these scenes alone, parted by commas; NAME* for all that begin so\n"
	"  --near        without the scenes behind routers\n"
	"  --table       a table for people, with the causes and how to look at them\n"
	"  --json        the manifest on standard output\n"
	"  --list        what there is; nothing is served\n"
	"  --stdin       stop at the end of standard input too\n";

/* What the command line wants. */
struct wish {
	const char *only;
	bool table, json, list, stdin_too, near;
};

static const struct scene *at_scene;
static const struct line *at_line;

void lab_at(const struct scene *scene, const struct line *line)
{
	at_scene = scene;
	at_line = line;
}

void lab_fail(const char *fmt, ...)
{
	char text[512], shown[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	fputs("why443-lab: ", stderr);
	/* Those that name the file themselves know the place better. */
	if (at_line && strncmp(text, at_scene->path, strlen(at_scene->path)) != 0)
		fprintf(stderr, "%s:%u: ", at_scene->path, at_line->number);
	fprintf(stderr, "%s\n", safe_copy(shown, sizeof shown, span_str(text)));
	exit(2);
}

static void read_scenes(struct lab *lab, const char *path)
{
	struct stat stat_of;
	glob_t found;

	if (stat(path, &stat_of) != 0 || !S_ISDIR(stat_of.st_mode)) {
		scene_read(lab, path);
		return;
	}
	if (glob(arena_printf(lab->arena, "%s/*.lab", path), 0, NULL, &found) != 0)
		lab_fail("no scenes in %s", path);
	for (size_t i = 0; i < found.gl_pathc; i++)
		scene_read(lab, found.gl_pathv[i]);
	globfree(&found);
}

/* The names of other scenes can be put in only once all have their ports. */
static void scene_expand(struct lab *lab, struct scene *scene)
{
	for (size_t i = 0; i < scene->n_lines; i++) {
		struct line *line = &scene->lines[i];

		if (!strchr(line->rest, '{'))
			continue;
		line->rest = text_expand(lab, scene, line->rest);
		if (strstr(line->rest, "{at:"))
			lab_fail("%s:%u: %s %.100s: no scene is called that", scene->path, line->number, line->word, line->rest);
	}
}

static void set_up(struct lab *lab)
{
	far_open(lab);
	dns_open(lab);
	for (size_t i = 0; i < lab->n_scenes; i++)
		listen_open(lab, &lab->scenes[i], i);
	lab->pki = pki_new(lab);
	for (size_t i = 0; i < lab->n_scenes; i++) {
		struct scene *scene = &lab->scenes[i];

		scene_expand(lab, scene);
		script_make(lab, scene);
		when_make(lab, scene);
		answer_make(lab, scene);
		if (scene_is(scene, "kind", "tls"))
			site_make(lab, scene);
		else if (scene_is(scene, "kind", "bent"))
			bent_make(lab, scene);
		else if (!scene_is(scene, "kind", "raw") && scene->n_listeners > 0)
			lab_fail("%s: no kind of server is called \"%s\"", scene->path, scene_get(scene, "kind"));
	}
}

static char made_dir[512];      /* ours to remove; empty: none */

/* However the lab ends, short of being killed. */
static void remove_made_dir(void)
{
	DIR *dir = *made_dir ? opendir(made_dir) : NULL;

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
	if (*made_dir)
		rmdir(made_dir);
	*made_dir = '\0';
}

static void make_state_dir(struct lab *lab)
{
	const char *tmp = getenv("TMPDIR");

	if (lab->state_dir) {
		if (mkdir(lab->state_dir, 0700) != 0 && errno != EEXIST)
			lab_fail("--state %s: expected a folder, or a name for one: %s", lab->state_dir, strerror(errno));
		return;
	}
	char *dir = arena_printf(lab->arena, "%s/why443-lab.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		lab_fail("cannot make a directory %s: %s", dir, strerror(errno));
	lab->state_dir = dir;
	snprintf(made_dir, sizeof made_dir, "%s", strlen(dir) < sizeof made_dir ? dir : "");
	atexit(remove_made_dir);
}

/* ---- which scenes --------------------------------------------------------------------------------- */

static bool matches(const char *name, const char *pattern)
{
	size_t n = strlen(pattern);

	return n > 0 && pattern[n - 1] == '*' ? strncmp(name, pattern, n - 1) == 0 : strcmp(name, pattern) == 0;
}

/* The scenes that a chosen one speaks of ({at:NAME}) come along. */
static bool is_spoken_of(const struct lab *lab, const bool *chosen, const char *name)
{
	for (size_t i = 0; i < lab->n_scenes; i++)
		for (size_t k = 0; chosen[i] && k < lab->scenes[i].n_lines; k++) {
			const char *at = strstr(lab->scenes[i].lines[k].rest, "{at:");

			if (at && strncmp(at + 4, name, strlen(name)) == 0 && at[4 + strlen(name)] == '}')
				return true;
		}
	return false;
}

static void choose(struct lab *lab, const char *only)
{
	bool *chosen = arena_array(lab->arena, bool, lab->n_scenes + 1);
	char *patterns[64];
	size_t n = text_split(arena_str(lab->arena, only), ",", patterns, COUNT_OF(patterns)), kept = 0;

	for (size_t p = 0; p < n; p++) {
		bool any = false;

		for (size_t i = 0; i < lab->n_scenes; i++)
			if (matches(lab->scenes[i].name, patterns[p]))
				any = chosen[i] = true;
		if (!any)
			lab_fail("--only %s: there is no such scene; --list shows all", patterns[p]);
	}
	for (size_t i = 0; i < lab->n_scenes; i++)
		chosen[i] = chosen[i] || is_spoken_of(lab, chosen, lab->scenes[i].name);
	for (size_t i = 0; i < lab->n_scenes; i++)
		if (chosen[i])
			lab->scenes[kept++] = lab->scenes[i];
	lab->n_scenes = kept;
}

static void read_all(struct lab *lab, const struct wish *wish, char *const *paths)
{
	for (; *paths; paths++)
		read_scenes(lab, *paths);
	if (lab->n_scenes == 0)
		for (size_t i = 0; i < n_lab_texts; i++)
			scene_take(lab, lab_texts[i].name, lab_texts[i].text);
	if (wish->only)
		choose(lab, wish->only);
	if (wish->near)
		far_leave_out(lab);
	if (lab->n_scenes == 0)
		lab_fail("no scene is left to serve");
}

/* ---- what was asked ------------------------------------------------------------------------------- */

static unsigned long port_of(const char *text)
{
	char *end;
	unsigned long port = strtoul(text, &end, 10);

	if (*end || end == text || port < 1 || port > 65000)
		lab_fail("--base %s: expected a port from 1 to 65000", text);
	return port;
}

/* Ours to put into certificates, URLs and other programs' options. */
static const char *host_of(const char *text)
{
	if (!*text || strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") != strlen(text))
		lab_fail("--host %s: expected a host name, as in shop.localhost", *text ? text : "\"\"");
	return text;
}

static struct wish read_options(struct lab *lab, int argc, char **argv)
{
	static const struct option options[] = {
		{ "base", required_argument, NULL, 'b' }, { "state", required_argument, NULL, 's' },
		{ "host", required_argument, NULL, 'H' }, { "stdin", no_argument, NULL, 'i' },
		{ "only", required_argument, NULL, 'o' }, { "near", no_argument, NULL, 'n' },
		{ "table", no_argument, NULL, 't' },
		{ "json", no_argument, NULL, 'j' },       { "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },       { NULL, 0, NULL, 0 },
	};
	struct wish wish = { 0 };

	for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		switch (c) {
		case 'b': lab->base_port = (unsigned)port_of(optarg); break;
		case 's': lab->state_dir = optarg; break;
		case 'H': lab->host = host_of(optarg); break;
		case 'i': wish.stdin_too = true; break;
		case 'o': wish.only = optarg; break;
		case 'n': wish.near = true; break;
		case 't': wish.table = true; break;
		case 'j': wish.json = true; break;
		case 'l': wish.list = true; break;
		case 'h': fputs(usage, stdout); exit(0);
		default: fputs(usage, stderr); exit(2);
		}
	}
	return wish;
}

static int signals_open(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &ends, SFD_CLOEXEC);
}

static void say(const struct lab *lab, const struct wish *wish)
{
	if (wish->json) {
		manifest_json(lab, stdout, !wish->list);
	} else if (wish->table || wish->list) {
		manifest_table(lab, stdout, !wish->list);
	} else {
		printf("# %s\n", lab->state_dir);
		manifest_print(lab);
	}
	/* An earlier write may have failed, and the last one not. */
	if (fflush(stdout) != 0 || ferror(stdout))
		lab_fail("cannot write to standard output: %s", strerror(errno));
}

int why_lab(int argc, char **argv)
{
	struct lab lab = { .arena = arena_new(256u << 20) };
	struct wish wish = read_options(&lab, argc, argv);

	read_all(&lab, &wish, argv + optind);
	if (wish.list) {
		say(&lab, &wish);
		arena_free(lab.arena);
		return 0;
	}
	int signals = signals_open();

	set_up(&lab);
	make_state_dir(&lab);
	pki_write_trust(&lab);
	manifest_write(&lab);
	say(&lab, &wish);
	listen_run(&lab, signals, wish.stdin_too);
	remove_made_dir();
	far_close(&lab);
	_exit(0);       /* threads may still be talking; there is nothing to save */
}
