/* The server's own test of its configuration: a fixed program, fixed arguments, no shell, a deadline, a fixed
 * environment. */
#include "server/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TEST_MAX_MS = 10000, OUTPUT_MAX = 64 << 10, MANY_BLOCKS = 256 };

static const char *program_find(struct arena *arena, const char *name)
{
	static const char *const folders[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin",
					       "/usr/local/nginx/sbin" };

	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		const char *path = arena_printf(arena, "%s/%s", folders[i], name);

		if (access(path, X_OK) == 0)
			return path;
	}
	return NULL;
}

static void child(const char *path, const char *const *argv, int out)
{
	static const char *const environment[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
		"APACHE_RUN_USER=www-data", "APACHE_RUN_GROUP=www-data", "APACHE_PID_FILE=/run/apache2/apache2.pid",
		"APACHE_RUN_DIR=/run/apache2", "APACHE_LOCK_DIR=/run/lock/apache2", "APACHE_LOG_DIR=/var/log/apache2", "APACHE_CONFDIR=/etc/apache2", NULL };
	int null = open("/dev/null", O_RDWR);

	setpgid(0, 0);
	dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	close_range(3, ~0U, 0);
	execve(path, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment);
	_exit(127);
}

static long left_ms(const struct timespec *began)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return TEST_MAX_MS - ((t.tv_sec - began->tv_sec) * 1000 + (t.tv_nsec - began->tv_nsec) / 1000000);
}

static size_t collect(int fd, char *out, const struct timespec *began)
{
	size_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		long left = left_ms(began);
		char rest[4096];
		ssize_t got;

		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return n;
		got = n < OUTPUT_MAX ? read(fd, out + n, OUTPUT_MAX - n) : read(fd, rest, sizeof rest);
		if (got <= 0)
			return n;
		n += n < OUTPUT_MAX ? (size_t)got : 0;
	}
}

/* The whole group is ended when time is up. */
static int finish(pid_t pid, const struct timespec *began)
{
	int status = -1;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (left_ms(began) <= 0) {
			kill(-pid, SIGKILL);
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		usleep(2000);
	}
	return status;
}

int server_run(struct conf *conf, const char *const *argv, const char **output)
{
	const char *path = program_find(conf->arena, argv[0]);
	char *out = arena_alloc(conf->arena, OUTPUT_MAX + 1);
	struct timespec began;
	int fds[2], status;
	pid_t pid;
	size_t n;

	*output = "";
	if (!path || pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &began);
	pid = fork();
	if (pid == 0)
		child(path, argv, fds[1]);
	close(fds[1]);
	n = pid > 0 ? collect(fds[0], out, &began) : 0;
	close(fds[0]);
	status = pid > 0 ? finish(pid, &began) : -1;
	out[n] = '\0';
	*output = out;
	return status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) != 127 ? WEXITSTATUS(status) : -1;
}

static bool is_since(const struct conf *conf, const struct stat *st)
{
	return (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec >= conf->loaded_ns;
}

/* The process that runs has loaded these very files: none has changed since it was started. */
static bool is_as_started(const struct conf *conf)
{
	const struct server_evidence *s = conf->server;
	struct stat st;

	if (!conf->loaded_ns)
		return false;
	for (size_t i = 0; i < s->n_files; i++)
		if (!conf_stat(conf, s->files[i], &st) || is_since(conf, &st))
			return false;
	for (size_t i = 0; i < s->n_blocks; i++)
		for (size_t k = 0; k < s->blocks[i]->n_pairs; k++)
			if (s->blocks[i]->pairs[k].changed_unix >= conf->loaded_ns / 1000000000 && (!conf_stat(conf, s->blocks[i]->pairs[k].cert_path, &st) || is_since(conf, &st)))
				return false;
	return true;
}

/* The first part of the configuration's paths that another user may change, where a process named them; NULL: none. */
static const char *open_part(struct conf *conf)
{
	const char *part = conf->process ? server_open_to_others(conf, conf->server->config) : NULL;

	for (size_t i = 0; i < conf->n_more_configs && !part; i++)
		part = server_open_to_others(conf, conf->more_configs[i]);
	return part;
}

void server_test(struct conf *conf, const char *const *argv)
{
	struct server_evidence *s = conf->server;
	const char *part;
	int status;

	if (conf->root_dir) {
		conf_unread(conf, "the configuration lies below %s: it was not tested by its own server", conf->root_dir);
		return;
	}
	part = open_part(conf);
	if (part) {
		conf_unread(conf, "%s is another user's, or may be changed by others: %s, which runs what a configuration names, was not run on %s (--config FILE has it run)", part, argv[0], s->config);
		return;
	}
	if (s->n_blocks >= MANY_BLOCKS && is_as_started(conf)) {
		conf_unread(conf, "%s %s: not run, it would take long for %zu blocks; process %d has loaded these files, none has changed since", argv[0], argv[1], s->n_blocks, (int)conf->loaded_by);
		return;
	}
	status = server_run(conf, argv, &s->test_output);
	s->test_command = "";
	for (size_t i = 0; argv[i]; i++)
		s->test_command = arena_printf(conf->arena, "%s%s%s", s->test_command, i ? " " : "", argv[i]);
	s->is_tested = status >= 0;
	s->is_valid = status == 0;
	if (!s->is_tested)
		conf_unread(conf, "%s: not installed here, or it did not end in time; the configuration was not tested by its own server", s->test_command);
}
