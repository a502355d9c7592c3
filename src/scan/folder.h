/* Files and folders that were named, and what lies in them. */
#ifndef WHY_SCAN_FOLDER_H
#define WHY_SCAN_FOLDER_H

#include "base/err.h"
#include "evidence/files.h"
#include "scan/options.h"

enum { FOLDER_FILES_MAX = 8192, FOLDER_DEPTH_MAX = 24, FOLDER_FILE_MAX = 1 << 20, FOLDER_BYTES_MAX = 64 << 20 };

/* Reads all paths. An error where a named file cannot be read at all; what lies in folders is noted and passed over. */
int folder_read(const struct why_options *options, struct arena *arena, struct files_evidence **out, struct why_error *error) WHY_MUST_USE;

#endif
