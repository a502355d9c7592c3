/* Files written whole or not at all. */
#ifndef WHY_BASE_FILE_H
#define WHY_BASE_FILE_H

#include "base/err.h"
#include "base/span.h"

/* Writes beside `path` and renames; an old file stays as it is when anything fails. `what` names the
 * option in the error (WHY_EFILE). Permissions 0600 where `is_private`, else the umask's. A device or a
 * pipe is written to as it stands. */
int file_write(const char *path, const char *what, struct span bytes, bool is_private, struct why_error *error) WHY_MUST_USE;

#endif
