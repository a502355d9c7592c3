/* See rights.h. Root, who asks, may read everything: so it is worked out. acl(5), capabilities(7), proc(5). */
#include "server/rights.h"

#include "server/edit.h"

#include <endian.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { RECORD_MAX = 4096, LIST_MAX = 4096, STATUS_MAX = 8192, READ = 4, ENTER = 1 };

/* ---- who ----------------------------------------------------------------------------------------------- */

bool rights_by_name(struct conf *conf, const char *name, struct reader_id *id)
{
	struct passwd pw, *found = NULL;
	char *buffer = arena_alloc(conf->arena, RECORD_MAX);

	if (getpwnam_r(name, &pw, buffer, RECORD_MAX, &found) != 0 || !found)
		return false;
	*id = (struct reader_id){ .name = name, .uid = found->pw_uid, .n_groups = RIGHTS_GROUPS_MAX, .reads_all = found->pw_uid == 0 };
	if (getgrouplist(name, found->pw_gid, id->groups, &id->n_groups) < 0)
		id->n_groups = RIGHTS_GROUPS_MAX;
	return true;
}

static void by_uid(struct conf *conf, uid_t uid, struct reader_id *id)
{
	struct passwd pw, *found = NULL;
	char *buffer = arena_alloc(conf->arena, RECORD_MAX);

	if (getpwuid_r(uid, &pw, buffer, RECORD_MAX, &found) != 0 || !found || !rights_by_name(conf, found->pw_name, id))
		*id = (struct reader_id){ .name = "its user", .uid = uid, .reads_all = uid == 0 };
}

static void group_add(struct reader_id *id, gid_t group)
{
	if (id->n_groups < RIGHTS_GROUPS_MAX)
		id->groups[id->n_groups++] = group;
}

/* "Gid:\t33\t33\t33\t33" (of which the last counts for files), "Groups:\t4 33 ". */
static void groups_read(struct reader_id *id, const char *status)
{
	const char *gid = strstr(status, "\nGid:"), *groups = strstr(status, "\nGroups:");
	char *end;

	if (!gid || !groups)
		return;
	id->n_groups = 0;
	for (const char *p = gid + 5; *p && *p != '\n'; p = end) {
		gid_t group = (gid_t)strtoul(p, &end, 10);

		if (end == p)
			break;
		id->n_groups = 0;
		group_add(id, group);
	}
	for (const char *p = groups + 8; *p && *p != '\n'; p = end) {
		gid_t group = (gid_t)strtoul(p, &end, 10);

		p += strspn(p, " \t");
		if (end == p || *p == '\n')
			break;
		group_add(id, group);
	}
}

void rights_of_process(struct conf *conf, pid_t pid, uid_t uid, struct reader_id *id)
{
	const uint64_t passes = 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_DAC_READ_SEARCH;
	char path[64], status[STATUS_MAX];
	const char *effective;
	size_t n = 0;
	FILE *f;

	by_uid(conf, uid, id);
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = pid > 0 ? fopen(path, "re") : NULL;
	if (f) {
		n = fread(status, 1, sizeof status - 1, f);
		fclose(f);
	}
	status[n] = '\0';
	groups_read(id, status);
	effective = strstr(status, "\nCapEff:");
	id->reads_all |= effective && (strtoull(effective + 8, NULL, 16) & passes) != 0;
}

/* ---- what it may --------------------------------------------------------------------------------------- */

static bool is_member(const struct reader_id *id, gid_t group)
{
	for (int i = 0; i < id->n_groups; i++)
		if (id->groups[i] == group)
			return true;
	return false;
}

/* The list's entries, 0 where there is none: then the mode says all. */
static size_t list_read(struct conf *conf, const char *path, struct posix_acl_xattr_entry *entries, size_t room)
{
	uint8_t bytes[LIST_MAX];
	const size_t head = sizeof(struct posix_acl_xattr_header), one = sizeof *entries;
	char link[64];
	int fd = conf_open(conf, path, O_PATH);
	ssize_t n = -1;
	size_t count;

	if (fd >= 0) {
		snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
		n = getxattr(link, "system.posix_acl_access", bytes, sizeof bytes);
		close(fd);
	}
	if (n < (ssize_t)head)
		return 0;
	count = ((size_t)n - head) / one;
	count = count < room ? count : room;
	memcpy(entries, bytes + head, count * one);
	return count;
}

static bool may_by_list(const struct reader_id *id, const struct stat *st, const struct posix_acl_xattr_entry *entries, size_t n, unsigned bit)
{
	unsigned mask = 7, user = 0, groups = 0;
	bool has_user = false, has_group = false;

	for (size_t i = 0; i < n; i++) {
		unsigned tag = le16toh(entries[i].e_tag), may = le16toh(entries[i].e_perm);
		uint32_t whom = le32toh(entries[i].e_id);

		if (tag == ACL_MASK)
			mask = may;
		if (tag == ACL_USER && whom == id->uid) {
			has_user = true;
			user = may;
		}
		if ((tag == ACL_GROUP && is_member(id, whom)) || (tag == ACL_GROUP_OBJ && is_member(id, st->st_gid))) {
			has_group = true;
			groups |= may;
		}
	}
	return has_user ? user & mask & bit : has_group ? groups & mask & bit : st->st_mode & bit;
}

static bool may(struct conf *conf, const struct reader_id *id, const char *path, const struct stat *st, unsigned bit)
{
	struct posix_acl_xattr_entry entries[LIST_MAX / sizeof(struct posix_acl_xattr_entry)];
	size_t n;

	if (id->reads_all)
		return true;
	if (st->st_uid == id->uid)
		return st->st_mode & (bit << 6);
	n = list_read(conf, path, entries, COUNT_OF(entries));
	if (n > 0)
		return may_by_list(id, st, entries, n, bit);
	return is_member(id, st->st_gid) ? st->st_mode & (bit << 3) : st->st_mode & bit;
}

static const char *refused(struct conf *conf, const char *what, const char *path, const struct stat *st)
{
	return arena_printf(conf->arena, "%s%s: owner %u, group %u, mode %04o", what, path, st->st_uid, st->st_gid, st->st_mode & 07777U);
}

const char *rights_kept_out_by(struct conf *conf, const struct reader_id *id, const char *path)
{
	char *real = conf->root_dir ? NULL : realpath(path, NULL);
	const char *whole = arena_str(conf->arena, real ? real : path);
	struct stat st;

	free(real);
	for (const char *slash = whole; slash; slash = strchr(slash + 1, '/')) {
		const char *part = slash == whole ? "/" : arena_strn(conf->arena, whole, (size_t)(slash - whole));

		if (conf_stat(conf, part, &st) && !may(conf, id, part, &st, ENTER))
			return refused(conf, "folder ", part, &st);
	}
	return conf_stat(conf, whole, &st) && !may(conf, id, whole, &st, READ) ? refused(conf, "", whole, &st) : NULL;
}

/* By an access control list where the program for it is there, else by the group. */
static const char *command(struct conf *conf, const struct reader_id *id, const char *user, char right, const char *path)
{
	if (access("/usr/bin/setfacl", X_OK) == 0 || access("/bin/setfacl", X_OK) == 0 || id->n_groups == 0)
		return arena_printf(conf->arena, "setfacl -m u:%s:%c %s", user, right, path);
	return arena_printf(conf->arena, "chgrp %u %s && chmod g+%c %s", (unsigned)id->groups[0], path, right, path);
}

const char *rights_commands(struct conf *conf, const struct reader_id *id, const char *path)
{
	char *real = conf->root_dir ? NULL : realpath(path, NULL);
	const char *whole = arena_str(conf->arena, real ? real : path), *all = "", *user = edit_shell(conf->arena, id->name);
	struct stat st;

	free(real);
	for (const char *slash = whole; slash; slash = strchr(slash + 1, '/')) {
		const char *part = slash == whole ? "/" : arena_strn(conf->arena, whole, (size_t)(slash - whole));

		if (conf_stat(conf, part, &st) && !may(conf, id, part, &st, ENTER))
			all = arena_printf(conf->arena, "%s%s%s", all, *all ? " && " : "", command(conf, id, user, 'x', edit_shell(conf->arena, part)));
	}
	if (conf_stat(conf, whole, &st) && !may(conf, id, whole, &st, READ))
		all = arena_printf(conf->arena, "%s%s%s", all, *all ? " && " : "", command(conf, id, user, 'r', edit_shell(conf->arena, whole)));
	return all;
}
