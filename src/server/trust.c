/* May another user change a file? The test of a configuration runs the server's own program, which loads the modules and runs the
 * scripts that the configuration names, all with our rights. Who asks is mostly root: what a process of another user says its
 * configuration is must not become root's code. */
#include "server/conf.h"

#include <limits.h>
#include <unistd.h>

enum { LINKS_MAX = 40 };

/* A folder like /tmp lets nobody rename what belongs to another. */
static bool is_closed(const struct stat *st)
{
	bool of_others = st->st_uid != 0 && st->st_uid != geteuid();
	bool is_open = st->st_mode & S_IWOTH || (st->st_mode & S_IWGRP && st->st_gid != 0 && st->st_gid != getegid());

	if (S_ISLNK(st->st_mode))
		is_open = false;
	return !of_others && (!is_open || (S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX));
}

/* The path with the link `part`, its first `n` bytes, in the place of what that leads to. */
static const char *link_follow(struct conf *conf, const char *path, const char *part, size_t n)
{
	char to[PATH_MAX];
	ssize_t len = readlink(part, to, sizeof to - 1);

	if (len <= 0)
		return NULL;
	to[len] = '\0';
	return arena_printf(conf->arena, "%s%s", conf_path(conf, conf_folder(conf, part), to), path + n);
}

/* Where the part of the path ends that is one name longer than the first `n` bytes. */
static size_t part_next(const char *path, size_t n)
{
	if (n == 0)
		return 1;
	n += strspn(path + n, "/");
	return n + strcspn(path + n, "/");
}

const char *server_open_to_others(struct conf *conf, const char *path)
{
	const char *part = path;
	struct stat st;
	size_t n = 0;

	for (unsigned links = 0; path && path[0] == '/' && links < LINKS_MAX;) {
		n = part_next(path, n);
		part = arena_strn(conf->arena, path, n);
		if (lstat(part, &st) != 0 || !is_closed(&st))
			return part;
		if (!S_ISLNK(st.st_mode) && !path[n])
			return NULL;
		if (!S_ISLNK(st.st_mode))
			continue;
		path = link_follow(conf, path, part, n);
		n = 0;
		links++;
	}
	return part;
}

bool server_process_is_ours(const struct host_process *p)
{
	return p->has_uid && (p->uid == 0 || p->uid == geteuid());
}
