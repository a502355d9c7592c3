/* Which format goes to standard output, and the files of -o: each is written beside its place under
 * another name and renamed, so that nobody ever reads half a report. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"

/* Endings of file names, where they are not the format's own name. */
static const struct { const char *ending, *format; } endings[] = {
	{ "txt", "text" }, { "htm", "html" }, { "md", "markdown" }, { "jsonl", "ndjson" }, { "xml", "junit" },
};

const char *format_of(const struct invocation *in, const char *fallback)
{
	const char *found = NULL;

	for (size_t i = 0; i < in->n_given; i++) {
		const struct option *option = in->given[i].option;

		if (option->kind != KIND_JSON && option->kind != KIND_FORMAT)
			continue;
		if (found && strcmp(found, option->name) != 0) {
			complain("--%s and --%s: only one format goes to standard output; write others to files with -o", found,
				 option->name);
			return NULL;
		}
		found = option->name;
	}
	return found ? found : fallback;
}

static const char *format_known(const char *name, size_t n)
{
	const char *format;

	for (size_t i = 0; (format = why_format(i)) != NULL; i++)
		if (strlen(format) == n && strncmp(format, name, n) == 0)
			return format;
	return NULL;
}

static const char *format_of_ending(const char *path)
{
	const char *dot = strrchr(path, '.'), *slash = strrchr(path, '/');

	if (!dot || (slash && slash > dot))
		return NULL;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		if (strcasecmp(dot + 1, endings[i].ending) == 0)
			return endings[i].format;
	return format_known(dot + 1, strlen(dot + 1));
}

/* "FILE" or "FORMAT:FILE". */
static const char *output_read(const char *value, const char **path)
{
	const char *colon = strchr(value, ':');
	const char *format = colon ? format_known(value, (size_t)(colon - value)) : NULL;

	*path = format ? colon + 1 : value;
	return format ? format : format_of_ending(value);
}

int outputs_check(const struct invocation *in)
{
	for (size_t i = 0; i < in->n_given; i++) {
		const char *value = in->given[i].value, *path;
		char safe[256];

		if (in->given[i].option->kind != KIND_OUTPUT)
			continue;
		if (!output_read(value, &path) || !*path)
			return complain("--output %s: expected a name that ends in .json, .html, .csv, .md, .txt, .sarif, .ndjson or "
					".xml, or FORMAT:FILE", why_escape(safe, sizeof safe, value));
	}
	return 0;
}

static int whole_write(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t sent = write(fd, text, n);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0)
			return -1;
		text += sent;
		n -= (size_t)sent;
	}
	return 0;
}

/* A device or pipe (/dev/stderr) is no place to rename to. */
static int direct_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int status = fd < 0 ? -1 : whole_write(fd, text, strlen(text));

	if (fd >= 0 && close(fd) != 0)
		status = -1;
	return status;
}

static int file_write(const char *path, const char *text)
{
	char temporary[4096];
	mode_t mask = umask(0);
	struct stat there;
	int fd, status;

	umask(mask);
	if (stat(path, &there) == 0 && !S_ISREG(there.st_mode))
		return direct_write(path, text);
	if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return -1;
	status = whole_write(fd, text, strlen(text));
	if (status == 0)
		status = fchmod(fd, 0666 & ~mask);
	if (close(fd) != 0)
		status = -1;
	if (status == 0)
		status = rename(temporary, path);
	if (status != 0) {
		int error = errno;

		unlink(temporary);
		errno = error;
	}
	return status;
}

int outputs_write(const struct invocation *in, const struct why_report *report)
{
	/* A file is no terminal: wide enough for tables, plain. */
	struct why_style style = { .width = 120, .unicode = 1, .verbose = in->is[KIND_VERBOSE] };

	for (size_t i = 0; i < in->n_given; i++) {
		const char *path, *format;
		char safe[256], *text;
		int status;

		if (in->given[i].option->kind != KIND_OUTPUT)
			continue;
		format = output_read(in->given[i].value, &path);
		text = why_report_render(report, format, &style);
		if (!text)
			return complain("out of memory");
		status = file_write(path, text);
		why_free(text);
		if (status != 0)
			return complain("--output %s: cannot be written: %m", why_escape(safe, sizeof safe, path));
	}
	return 0;
}
