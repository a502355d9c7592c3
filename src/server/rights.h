/* What a user may read: owner, group, mode, access control list, and the x bit of each folder. */
#ifndef WHY_SERVER_RIGHTS_H
#define WHY_SERVER_RIGHTS_H

#include <sys/types.h>

#include "server/conf.h"

enum { RIGHTS_GROUPS_MAX = 64 };

struct reader_id {
	const char *name;
	uid_t uid;
	gid_t groups[RIGHTS_GROUPS_MAX];
	int n_groups;
	bool reads_all;                 /* root, or who has a capability that passes rights over */
};

/* False: there is no such user. */
bool rights_by_name(struct conf *conf, const char *name, struct reader_id *id);
/* Of a process that runs: with the groups and capabilities that it was given, which no file tells. */
void rights_of_process(struct conf *conf, pid_t pid, uid_t uid, struct reader_id *id);
/* The first thing on the way to `path` that keeps the reader out, in words; NULL when nothing does. */
const char *rights_kept_out_by(struct conf *conf, const struct reader_id *id, const char *path);

/* What lets the reader in, as commands of setfacl(1) joined by "&&". */
const char *rights_commands(struct conf *conf, const struct reader_id *id, const char *path);

#endif
