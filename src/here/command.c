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

enum { OUTPUT_MAX = 64 << 20, WORDS_MAX = 512, PIPE_SIZE = 1 << 20, CHUNK = 64 << 10 };

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

struct command {
	struct arena *arena;
	pid_t pid;
	int out, err;
	long end_ms;
	unsigned limit_ms;
	size_t n_read, n_words;
	char words[WORDS_MAX + 1];      /* what it complains of */
	bool is_late;
	const char *why;                /* it was not even begun */
};

struct command *command_begin(struct arena *arena, const char *const *argv, unsigned limit_ms)
{
	struct command *c = arena_new_of(arena, struct command);
	int outs[2], errs[2];
	char path[128];

	*c = (struct command){ .arena = arena, .pid = -1, .out = -1, .err = -1, .limit_ms = limit_ms, .end_ms = now_ms() + limit_ms };
	if (!find(argv[0], path, sizeof path)) {
		c->why = "not installed";
		return c;
	}
	c->why = "cannot be started";
	if (pipe2(outs, O_CLOEXEC) != 0)
		return c;
	if (pipe2(errs, O_CLOEXEC) != 0) {
		close(outs[0]);
		close(outs[1]);
		return c;
	}
	(void)fcntl(outs[1], F_SETPIPE_SZ, PIPE_SIZE);  /* so that it need not wait for us */
	c->pid = start(path, argv, outs[1], errs[1]);
	close(outs[1]);
	close(errs[1]);
	c->out = outs[0];
	c->err = errs[0];
	c->why = c->pid > 0 ? NULL : c->why;
	return c;
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Keeps the first words; the rest is read and forgotten. */
static void read_words(struct command *c)
{
	char spill[4096];
	ssize_t n = read(c->err, spill, sizeof spill);
	size_t keep = n > 0 ? (size_t)n : 0;

	if (n == 0 || (n < 0 && errno != EINTR))
		close_end(&c->err);
	keep = keep < WORDS_MAX - c->n_words ? keep : WORDS_MAX - c->n_words;
	memcpy(c->words + c->n_words, spill, keep);
	c->n_words += keep;
}

/* Until `*until` can be read; false when the time is up. */
static bool wait_for(struct command *c, const int *until)
{
	while (*until >= 0) {
		struct pollfd polled[2] = { { .fd = c->out, .events = POLLIN }, { .fd = c->err, .events = POLLIN } };
		long left = c->end_ms - now_ms();

		if (until == &c->err)
			polled[0].fd = -1;
		if (left <= 0 || (poll(polled, 2, (int)left) < 0 && errno != EINTR)) {
			c->is_late = true;
			return false;
		}
		if (polled[1].fd >= 0 && polled[1].revents)
			read_words(c);
		if (polled[0].fd >= 0 && polled[0].revents)
			return true;
	}
	return true;
}

size_t command_read(struct command *c, void *buffer, size_t n)
{
	ssize_t got = -1;

	while (c->out >= 0 && c->n_read < OUTPUT_MAX && got < 0 && wait_for(c, &c->out)) {
		got = read(c->out, buffer, n);
		if (got == 0 || (got < 0 && errno != EINTR))
			close_end(&c->out);
	}
	c->n_read += got > 0 ? (size_t)got : 0;
	return got > 0 ? (size_t)got : 0;
}

void command_drop(struct command *c)
{
	int status;

	if (!c)
		return;
	if (c->pid > 0)
		kill(c->pid, SIGKILL);
	while (c->pid > 0 && waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->pid = -1;
	close_end(&c->out);
	close_end(&c->err);
}

static struct span read_rest(struct command *c)
{
	char *text = NULL;
	size_t n = 0, cap = 0, got = 1;
	struct span rest;

	while (got > 0) {
		if (n == cap) {
			char *more = realloc(text, cap ? 2 * cap : CHUNK);

			if (!more)
				break;
			text = more;
			cap = cap ? 2 * cap : CHUNK;
		}
		got = command_read(c, text + n, cap - n);
		n += got;
	}
	rest = arena_copy(c->arena, span_of(text, n));
	free(text);
	return rest;
}

bool command_end(struct command *c, struct span *rest, const char **why)
{
	bool in_time, ok;
	int status = 0;
	pid_t ended = 0;

	*rest = span_of(NULL, 0);
	*why = c ? c->why : "not asked";
	if (!c || c->pid <= 0) {
		command_drop(c);
		return false;
	}
	*rest = read_rest(c);
	close_end(&c->out);     /* what would print more is ended by that */
	in_time = !c->is_late && wait_for(c, &c->err);
	while (in_time && (ended = waitpid(c->pid, &status, 0)) < 0 && errno == EINTR)
		;
	ok = ended == c->pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	c->pid = ended == c->pid ? -1 : c->pid;
	command_drop(c);
	c->words[strcspn(c->words, "\n")] = '\0';
	*why = !in_time ? arena_printf(c->arena, "took longer than %u ms", c->limit_ms) : c->n_words ? c->words : "failed";
	return ok;
}

bool command_run(struct arena *arena, const char *const *argv, unsigned limit_ms, struct span *out, const char **why)
{
	return command_end(command_begin(arena, argv, limit_ms), out, why);
}
