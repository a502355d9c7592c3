/* why443-lab: a street of deliberately broken servers on loopback, each as its scene file says. */
#include <getopt.h>
#include <glob.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "channel.h"
#include "pki.h"
#include "site.h"

static const char usage[] =
	"usage: why443-lab [options] SCENE.lab|DIRECTORY...\n"
	"Serves every scene on 127.0.0.1 until it is stopped; prints NAME PORT URL for each.\n"
	"  --base PORT   ports from this one on, instead of any that are free\n"
	"  --state DIR   where trust.pem and manifest.json go (a temporary directory)\n"
	"  --host NAME   every server's name; *.localhost works in browsers as it is\n"
	"  --stdin       stop at the end of standard input too\n";

void lab_fail(const char *fmt, ...)
{
	va_list ap;

	fputs("why443-lab: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
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
	for (size_t i = 0; i < scene->n_lines; i++)
		if (strchr(scene->lines[i].rest, '{'))
			scene->lines[i].rest = text_expand(lab, scene, scene->lines[i].rest);
}

static void set_up(struct lab *lab)
{
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
		else if (!scene_is(scene, "kind", "raw") && scene->listener >= 0)
			lab_fail("%s: no kind of server is called \"%s\"", scene->path, scene_get(scene, "kind"));
	}
}

/* True where the directory is ours to remove. */
static bool make_state_dir(struct lab *lab)
{
	const char *tmp = getenv("TMPDIR");

	if (lab->state_dir) {
		mkdir(lab->state_dir, 0700);
		return false;
	}
	char *dir = arena_printf(lab->arena, "%s/why443-lab.XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		lab_fail("cannot make a directory %s", dir);
	lab->state_dir = dir;
	return true;
}

static void remove_state_dir(const struct lab *lab)
{
	unlink(arena_printf(lab->arena, "%s/trust.pem", lab->state_dir));
	unlink(arena_printf(lab->arena, "%s/manifest.json", lab->state_dir));
	rmdir(lab->state_dir);
}

static bool read_options(struct lab *lab, int argc, char **argv)
{
	static const struct option options[] = {
		{ "base", required_argument, NULL, 'b' }, { "state", required_argument, NULL, 's' },
		{ "host", required_argument, NULL, 'H' }, { "stdin", no_argument, NULL, 'i' },
		{ "help", no_argument, NULL, 'h' },       { NULL, 0, NULL, 0 },
	};
	bool stdin_too = false;

	for (int c; (c = getopt_long(argc, argv, "h", options, NULL)) != -1;) {
		switch (c) {
		case 'b': lab->base_port = (unsigned)strtoul(optarg, NULL, 10); break;
		case 's': lab->state_dir = optarg; break;
		case 'H': lab->host = optarg; break;
		case 'i': stdin_too = true; break;
		case 'h': fputs(usage, stdout); exit(0);
		default: fputs(usage, stderr); exit(2);
		}
	}
	if (lab->base_port > 65000)
		lab_fail("--base %u: there are not that many ports", lab->base_port);
	if (optind == argc) {
		fputs(usage, stderr);
		exit(2);
	}
	return stdin_too;
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

int main(int argc, char **argv)
{
	struct lab lab = { .arena = arena_new(256u << 20) };
	bool stdin_too = read_options(&lab, argc, argv);
	int signals = signals_open();

	for (int i = optind; i < argc; i++)
		read_scenes(&lab, argv[i]);
	set_up(&lab);
	bool is_ours = make_state_dir(&lab);
	pki_write_trust(&lab);
	manifest_write(&lab);
	printf("# %s\n", lab.state_dir);
	manifest_print(&lab);
	listen_run(&lab, signals, stdin_too);
	if (is_ours)
		remove_state_dir(&lab);
	_exit(0);       /* threads may still be talking; there is nothing to save */
}
