/* Whose port it is, where the kernel tells its owner to root alone: the one server that runs, if only one does. Command lines
 * and names of processes are there for everybody. */
#include "server/process_find.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ARGS_MAX = 64, LINE_MAX_N = 8192 };

static size_t read_some(const char *path, char *to, size_t size)
{
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(to, 1, size - 1, f) : 0;

	if (f)
		fclose(f);
	to[n] = '\0';
	return n;
}

/* Name and parent out of /proc/PID/stat: "12 (name) S 1 ...". */
static bool stat_read(struct arena *arena, long pid, const char **name, long *parent)
{
	char path[64], line[1024];
	char *open, *close;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	if (!read_some(path, line, sizeof line))
		return false;
	open = strchr(line, '(');
	close = strrchr(line, ')');
	if (!open || !close || close < open || sscanf(close + 1, " %*c %ld", parent) != 1)
		return false;
	*name = arena_strn(arena, open + 1, (size_t)(close - open - 1));
	return true;
}

static struct host_process *process_read(struct arena *arena, long pid, const char *name)
{
	struct host_process *p = arena_new_of(arena, struct host_process);
	char path[64], *line = arena_alloc(arena, LINE_MAX_N);
	const char **argv = arena_array(arena, const char *, ARGS_MAX + 1);
	struct stat st;
	size_t n;

	snprintf(path, sizeof path, "/proc/%ld/cmdline", pid);
	n = read_some(path, line, LINE_MAX_N);
	p->pid = (pid_t)pid;
	p->name = name;
	p->uid = stat(arena_printf(arena, "/proc/%ld", pid), &st) == 0 ? st.st_uid : 0;
	for (size_t at = 0; at < n && p->n_argv < ARGS_MAX; at += strlen(line + at) + 1)
		argv[p->n_argv++] = line + at;
	p->argv = argv;
	return p;
}

const struct host_process *process_find(struct arena *arena, bool (*is_server)(const char *name), bool *several)
{
	DIR *dir = opendir("/proc");
	const struct dirent *entry;
	const struct host_process *found = NULL;

	*several = false;
	while (dir && (entry = readdir(dir)) != NULL) {
		const char *name, *of_parent;
		long pid = strtol(entry->d_name, NULL, 10), parent, its_parent;

		if (pid <= 0 || !stat_read(arena, pid, &name, &parent) || !is_server(name))
			continue;
		/* Workers have a master of the same name. */
		if (stat_read(arena, parent, &of_parent, &its_parent) && strcmp(of_parent, name) == 0)
			continue;
		*several |= found != NULL;
		found = process_read(arena, pid, name);
	}
	if (dir)
		closedir(dir);
	return *several ? NULL : found;
}
