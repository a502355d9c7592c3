/* What /proc says of a process: proc(5), cgroups(7). */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "here/sockets.h"

enum { FILE_MAX = 64 << 10, ARGUMENTS_MAX = 1024, UNREAD_MAX = 32 };

char *here_file(struct arena *arena, const char *path, size_t *n)
{
	FILE *f = fopen(path, "rbe");
	char *text;
	size_t len;

	if (!f)
		return NULL;
	text = malloc(FILE_MAX);
	len = text ? fread(text, 1, FILE_MAX, f) : 0;
	fclose(f);
	if (n)
		*n = len;
	if (text) {
		char *kept = arena_alloc(arena, len + 1);

		memcpy(kept, text, len);
		free(text);
		return kept;
	}
	return NULL;
}

void here_unread(struct arena *arena, struct host_evidence *host, const char *fmt, ...)
{
	va_list ap;
	char *line;

	if (host->n_unread >= UNREAD_MAX)
		return;
	va_start(ap, fmt);
	line = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	*arena_push(arena, host->unread, host->n_unread, host->cap_unread) = line;
}

static char *proc_file(struct arena *arena, pid_t pid, const char *name, size_t *n)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
	return here_file(arena, path, n);
}

static const char *exe_of(struct arena *arena, pid_t pid)
{
	char path[64], link[4096];
	ssize_t n;

	snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	n = readlink(path, link, sizeof link);
	return n > 0 && (size_t)n < sizeof link ? arena_strn(arena, link, (size_t)n) : NULL;
}

static void arguments_read(struct arena *arena, struct host_process *p)
{
	size_t n = 0, cap = 0, n_argv = 0;
	char *text = proc_file(arena, p->pid, "cmdline", &n);
	const char **argv = NULL;

	for (size_t at = 0; text && at < n && n_argv < ARGUMENTS_MAX; at += strlen(text + at) + 1)
		*arena_push(arena, argv, n_argv, cap) = text + at;
	if (!argv)
		return;
	p->n_argv = n_argv;
	*arena_push(arena, argv, n_argv, cap) = NULL;
	p->argv = argv;
}

static bool ends_with(const char *text, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n > m && memcmp(text + n - m, end, m) == 0;
}

static size_t hex_run(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && isxdigit((unsigned char)text[i]))
		i++;
	return i;
}

/* One part of a cgroup's path: a unit of systemd, or a container's 64 hexadecimal digits. */
static void cgroup_part(struct arena *arena, struct host_process *p, const char *part, size_t n)
{
	if (ends_with(part, n, ".service") || ends_with(part, n, ".socket"))
		p->unit = arena_strn(arena, part, n);
	for (size_t i = 0; i + 64 <= n; i++)
		if (hex_run(part + i, 64) == 64) {
			p->container = arena_strn(arena, part + i, 12);
			return;
		}
}

static void cgroup_read(struct arena *arena, struct host_process *p)
{
	const char *text = proc_file(arena, p->pid, "cgroup", NULL);

	while (text && *text) {
		size_t n = strcspn(text, "\n");
		const char *path = memchr(text, '/', n);

		/* "0::/..." of version 2, "1:name=systemd:/..." of version 1. */
		if (path && (memcmp(text, "0::", 3) == 0 || memmem(text, n, "name=systemd", 12)))
			for (const char *at = path + 1; at < text + n;) {
				size_t m = strcspn(at, "/\n");

				cgroup_part(arena, p, at, m);
				at += m + 1;
			}
		text += n + (text[n] == '\n');
	}
}

static void descriptors_count(struct arena *arena, struct host_process *p)
{
	const char *limits = proc_file(arena, p->pid, "limits", NULL);
	const char *line = limits ? strstr(limits, "Max open files") : NULL;
	char path[64];
	DIR *dir;

	if (line)
		p->max_descriptors = strtoull(line + strlen("Max open files"), NULL, 10);
	snprintf(path, sizeof path, "/proc/%d/fd", (int)p->pid);
	dir = opendir(path);
	while (dir && readdir(dir))
		p->n_descriptors++;
	if (dir) {
		closedir(dir);
		p->n_descriptors -= p->n_descriptors >= 2 ? 2 : 0;
	}
}

/* A state in which it answers nobody. */
static const char *state_of(const char *status)
{
	static const struct { char letter; const char *words; } states[] = {
		{ 'T', "stopped" }, { 't', "traced" }, { 'D', "waiting for a disk" }, { 'Z', "dead" }, { 'X', "dead" },
	};
	const char *at = status ? strstr(status, "\nState:\t") : NULL;

	for (size_t i = 0; at && i < COUNT_OF(states); i++)
		if (at[8] == states[i].letter)
			return states[i].words;
	return NULL;
}

struct host_process *here_process(struct arena *arena, pid_t pid)
{
	struct host_process *p = arena_new_of(arena, struct host_process);
	const char *status = proc_file(arena, pid, "status", NULL);
	const char *uid = status ? strstr(status, "\nUid:") : NULL;
	const char *name = proc_file(arena, pid, "comm", NULL);

	p->pid = pid;
	p->name = name ? arena_strn(arena, name, strcspn(name, "\n")) : "?";
	p->exe = exe_of(arena, pid);
	p->state = state_of(status);
	p->has_uid = uid != NULL;
	p->uid = uid ? (unsigned)strtoul(uid + 5, NULL, 10) : 0;
	arguments_read(arena, p);
	cgroup_read(arena, p);
	descriptors_count(arena, p);
	return p;
}
