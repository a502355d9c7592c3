/* See file.h. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, struct span bytes)
{
	while (bytes.n > 0) {
		ssize_t n = write(fd, bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return errno ? errno : EIO;
		bytes = span_sub(bytes, (size_t)n, bytes.n);
	}
	return 0;
}

static bool is_no_plain_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

static int write_as_it_stands(const char *path, struct span bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), status;

	if (fd < 0)
		return errno;
	status = write_all(fd, bytes);
	return close(fd) != 0 && status == 0 ? errno : status;
}

static int write_beside(const char *path, struct span bytes, bool is_private)
{
	char beside[PATH_MAX];
	mode_t mask;
	int fd, status;

	if ((size_t)snprintf(beside, sizeof beside, "%s.XXXXXX", path) >= sizeof beside)
		return ENAMETOOLONG;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return errno;
	mask = umask(0);
	umask(mask);
	status = write_all(fd, bytes);
	if (status == 0 && !is_private && fchmod(fd, 0666 & ~mask) != 0)
		status = errno;
	if (close(fd) != 0 && status == 0)
		status = errno;
	if (status == 0 && rename(beside, path) != 0)
		status = errno;
	if (status != 0)
		unlink(beside);
	return status;
}

int file_write(const char *path, const char *what, struct span bytes, bool is_private, struct why_error *error)
{
	int status = is_no_plain_file(path) ? write_as_it_stands(path, bytes) : write_beside(path, bytes, is_private);

	if (status == 0)
		return 0;
	return why_fail(error, WHY_EFILE, "--%s %.200s: cannot be written: %s", what, path, strerror(status));
}
