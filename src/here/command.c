/* See command.h. posix_spawn(3). */
#include "here/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_MAX = 64 << 20, WORDS_MAX = 512 };

static const char *const folders[] = { "/usr/sbin", "/sbin", "/usr/bin", "/bin" };

static bool find(const char *name, char *path, size_t cap)
{
	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		snprintf(path, cap, "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return true;
	}
	return false;
}

bool command_exists(const char *name)
{
	char path[128];

	return find(name, path, sizeof path);
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static pid_t start(const char *path, const char *const *argv, int out, int err)
{
	static const char *const environment[] = { "PATH=/usr/sbin:/sbin:/usr/bin:/bin", "LC_ALL=C", NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid = -1;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return -1;
	if (posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&actions, out, 1) != 0 || posix_spawn_file_actions_adddup2(&actions, err, 2) != 0 ||
	    posix_spawn(&pid, path, &actions, NULL, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)environment) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

struct reading {
	int fd;
	char *text;
	size_t n, cap, max;
};

/* False at the end. */
static bool read_some(struct reading *r)
{
	char spill[4096];
	ssize_t got;

	if (r->n == r->cap && r->cap < r->max) {
		size_t cap = r->cap ? 2 * r->cap : 64 << 10;
		char *text = realloc(r->text, cap < r->max ? cap : r->max);

		if (!text)
			return false;
		r->text = text;
		r->cap = cap < r->max ? cap : r->max;
	}
	got = r->n < r->cap ? read(r->fd, r->text + r->n, r->cap - r->n) : read(r->fd, spill, sizeof spill);
	if (got <= 0)
		return got < 0 && errno == EINTR;
	r->n += r->n < r->cap ? (size_t)got : 0;
	return true;
}

/* Reads both until they end; false when the time is up. */
static bool read_both(struct reading *out, struct reading *err, long end_ms)
{
	struct pollfd polled[2] = { { .fd = out->fd, .events = POLLIN }, { .fd = err->fd, .events = POLLIN } };
	struct reading *readings[2] = { out, err };

	while (polled[0].fd >= 0 || polled[1].fd >= 0) {
		long left = end_ms - now_ms();

		if (left <= 0 || (poll(polled, 2, (int)left) < 0 && errno != EINTR))
			return false;
		for (int i = 0; i < 2; i++)
			if (polled[i].fd >= 0 && polled[i].revents && !read_some(readings[i]))
				polled[i].fd = -1;
	}
	return true;
}

static bool run(struct arena *arena, const char *path, const char *const *argv, unsigned limit_ms, struct reading *out, struct reading *err,
		const char **why)
{
	int outs[2], errs[2], status = 0;
	bool in_time;
	pid_t pid;

	*why = "cannot be started";
	if (pipe2(outs, O_CLOEXEC) != 0)
		return false;
	if (pipe2(errs, O_CLOEXEC) != 0) {
		close(outs[0]);
		close(outs[1]);
		return false;
	}
	pid = start(path, argv, outs[1], errs[1]);
	close(outs[1]);
	close(errs[1]);
	out->fd = outs[0];
	err->fd = errs[0];
	in_time = pid > 0 && read_both(out, err, now_ms() + limit_ms);
	if (pid > 0 && !in_time)
		kill(pid, SIGKILL);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	close(outs[0]);
	close(errs[0]);
	if (pid <= 0)
		return false;
	if (in_time && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	*why = !in_time ? arena_printf(arena, "took longer than %u ms", limit_ms) :
		err->n ? arena_strn(arena, err->text, strcspn(arena_strn(arena, err->text, err->n), "\n")) : "failed";
	return false;
}

bool command_run(struct arena *arena, const char *const *argv, unsigned limit_ms, struct span *out, const char **why)
{
	struct reading text = { .max = OUTPUT_MAX }, errors = { .max = WORDS_MAX };
	char path[128];
	bool ok;

	*out = span_of(NULL, 0);
	if (!find(argv[0], path, sizeof path)) {
		*why = "not installed";
		return false;
	}
	ok = run(arena, path, argv, limit_ms, &text, &errors, why);
	if (ok)
		*out = arena_copy(arena, span_of(text.text, text.n));
	free(text.text);
	free(errors.text);
	return ok;
}
